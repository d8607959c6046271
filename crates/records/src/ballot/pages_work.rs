//! Forms of ballots: calling a sitting, its groups, the tally, a paper, the steps of the case.

use axum::response::{IntoResponse, Redirect};
use policy::{Ballot, Capability, Period, PlanLineKind, Votes};
use store::{OrgId, Refusal};

use super::pages::{SECRECY, back, layout, name_of_vote, works_on};
use super::rows::{self, Sitting};
use super::{GroupCount, NewSitting, ballot_of, count, enter_papers, named, pages_named, variables};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};
use frame::case::CaseAtWork;
use frame::case::pages::{ActionPlace, show_action as show_form, show_again};

/// Organisations that are offered with a box each; above that one is found by typing.
const N_OFFERED: usize = 80;

/// `GET /ballots/new?ballot=KEY`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such ballot to hold.
pub async fn show_new(visit: Visit) -> Answer {
    let sent = Submitted::parse(&visit.query);
    let today = visit.today().to_string();
    let key = sent.text("ballot").to_owned();
    new_page(&visit, &key, &Form::prefilled([("ballot", key.clone()), ("held_on", today)]), &[])?.answer(&visit)
}

fn new_page(visit: &Visit, key: &str, form: &Form, chosen: &[String]) -> Result<ActionPage, Failure> {
    let pack = visit.pack();
    let ballot = pack.ballots.get(key).filter(|ballot| ballot.procedure.is_some()).ok_or(Failure::NotFound)?;
    let scope = visit.scope(Capability::HoldBallots);
    let (hosts, below) = {
        let directory = visit.app.directory();
        let mut hosts: Vec<OrgId> = scope.roots().chain(scope.named()).filter(|id| directory.org(*id).is_some_and(|org| !org.is_branch())).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let mut below: Vec<OrgId> = hosts.iter().flat_map(|host| directory.children(*host).map(|org| org.id)).collect();
        let branches: Vec<OrgId> = hosts.iter().flat_map(|host| directory.subtree(*host)).filter(|org| org.is_branch()).map(|org| org.id).collect();
        below.extend(branches.iter().filter(|_| branches.len() <= N_OFFERED));
        below.sort_by_key(|id| directory.org(*id).map(|org| org.code.clone()));
        below.dedup();
        let name =
            |id: &OrgId| Choice { value: id.to_string(), label: directory.name_of(*id).to_owned(), selected: form.text("host") == id.to_string() };
        let box_of = |id: &OrgId| {
            let value = id.to_string();
            let selected = chosen.contains(&value);
            (Choice { value, label: directory.name_of(*id).to_owned(), selected }, String::new())
        };
        (hosts.iter().map(name).collect::<Vec<_>>(), below.iter().take(N_OFFERED).map(box_of).collect::<Vec<_>>())
    };
    if hosts.is_empty() {
        return Err(Failure::Refused("测评由党委、党工委或者组织部门组织，您的岗位在党支部，不能组织测评。".to_owned()));
    }
    let period = form.text("period").to_owned();
    let periods = periods(visit, key).into_iter().map(|(value, label)| Choice { selected: value == period, value, label }).collect();
    let mut page = ActionPage::new(
        visit.layout(format!("组织{}", ballot.name)).crumb("民主测评", "/ballots").crumb(format!("组织{}", ballot.name), ""),
        format!("组织{}", ballot.name),
        "先定期间和被测评的党组织，下一步定各类参加人员的人数。",
        Link::new("民主测评", "/ballots"),
    )
    .button("下一步：定参加范围")
    .with(Control::Select(form.field("host", "组织单位"), hosts))
    .with(Control::Select(form.field("period", "计入哪一次评定"), periods))
    .with(Control::Input(form.field("held_on", "测评日期"), "date"));
    if ballot.on_devices.is_some() {
        let on_paper = if ballot.votes == Votes::Named { "纸质记名票，一人一张录入" } else { "纸质票，按类计票" };
        let ways = [("paper", on_paper), ("devices", "电子投票，列出参加的人")];
        let way = form.text("way").to_owned();
        let ways = ways.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned(), selected: value == way });
        page = page.with(Control::Select(form.field("way", "方式"), ways.into()));
    }
    page = page.with(Control::Checks(form.field("subject", "被测评的党组织").optional(), below));
    page = page.with(Control::Choose(form.field("other", "或者另找一个").optional(), String::new(), "/choose/organisations"));
    for sentence in policy::ballot_rule(&pack, ballot) {
        page = page.note(sentence);
    }
    Ok(page)
}

/// Periods that a count can go into: those of the plan's evaluations, this year's and last year's.
fn periods(visit: &Visit, ballot: &str) -> Vec<(String, String)> {
    let pack = visit.pack();
    let year = visit.today().year();
    let uses = |scheme: &str| {
        pack.schemes.iter().filter(|(key, it)| *key == scheme || it.version_of.as_deref() == Some(scheme)).any(|(_, scheme)| {
            let sections = scheme.sections.iter().chain(scheme.standards.iter().flat_map(|standard| &standard.sections));
            sections.flat_map(|section| &section.items).any(|item| item.ballot.as_deref() == Some(ballot))
        })
    };
    let lines = pack.plan_lines.values().filter(|line| line.kind == PlanLineKind::Evaluation && line.period.year >= year - 1 && uses(&line.of));
    let mut periods: Vec<(String, String)> =
        lines.map(|line| (line.period.to_string(), format!("{}（{}）", line.period.label(), line.name))).collect();
    if periods.is_empty() {
        periods.push((year.to_string(), Period::year(year).label()));
    }
    periods.sort_unstable();
    periods.dedup_by(|a, b| a.0 == b.0);
    periods.reverse();
    periods
}

/// `POST /ballots/new`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn hold(visit: Visit, sent: Submitted) -> Answer {
    let key = Submitted::parse(&visit.query).text("ballot").to_owned();
    let chosen = sent.all("subject").to_vec();
    let mut form = Form::new(sent);
    let host = form.required("host", "请选组织单位");
    let held_on = form.required_day("held_on");
    let period = form.text("period").parse::<Period>().map_err(|sentence| form.problem("period", sentence)).ok();
    let mut subjects: Vec<OrgId> = chosen.iter().filter_map(|id| id.parse().ok()).collect();
    subjects.extend(form.text("other").parse::<OrgId>().ok());
    let (Some(period), true) = (period, form.is_right()) else {
        return new_page(&visit, &key, &form, &chosen)?.answer(&visit);
    };
    let new = NewSitting {
        ballot: key.clone(),
        organisation: host.parse().unwrap_or_default(),
        subjects,
        period,
        held_on,
        is_on_devices: form.text("way") == "devices",
    };
    let mut tx = visit.begin().await?;
    match super::hold(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/ballots/{id}"), "已开始准备，请定各类参加人员的人数。")),
        Err(error) => new_page(&visit, &key, &form, &chosen)?.refused(&visit, error),
    }
}

async fn worked_on(visit: &Visit, id: i64) -> Result<(Sitting, Ballot), Failure> {
    let sitting = rows::find(visit.app.store().reader(), id).await?.filter(|sitting| works_on(visit, sitting)).ok_or(Failure::NotFound)?;
    let ballot = ballot_of(&visit.app, &sitting).await?;
    Ok((sitting, ballot))
}

/// `GET /ballots/{id}/groups/{group}`: how many may vote, who may, or what the papers say; by the stage.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_group(visit: Visit, Path((id, group)): Path<(i64, String)>) -> Answer {
    let (sitting, ballot) = worked_on(&visit, id).await?;
    group_page(&visit, &sitting, &ballot, &group, &filled(&visit, &sitting, &ballot, &group).await?).await?.answer(&visit)
}

/// What is known of a group, as it stands in its form.
async fn filled(visit: &Visit, sitting: &Sitting, ballot: &Ballot, group: &str) -> Result<Form, Failure> {
    let reader = visit.app.store().reader();
    let mut fields: Vec<(String, String)> = Vec::new();
    let found = rows::groups(reader, sitting.id).await?.into_iter().find(|it| it.key == group);
    let number = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
    fields.push(("electors".to_owned(), number(found.as_ref().map(|it| it.n_electors))));
    fields.push(("issued".to_owned(), number(found.as_ref().and_then(|it| it.n_issued.or(Some(it.n_electors))))));
    fields.push(("collected".to_owned(), number(found.as_ref().and_then(|it| it.n_collected))));
    let logins: Vec<String> = rows::electors(reader, sitting.id).await?.into_iter().filter(|it| it.group == group).map(|it| it.login).collect();
    fields.push(("logins".to_owned(), logins.join("\n")));
    let tallies = rows::tallies(reader, sitting.id).await?;
    for subject in rows::subjects(reader, sitting.id).await? {
        let own: Vec<&rows::Tally> = tallies.iter().filter(|it| it.subject == subject.id && it.group == group).collect();
        for option in &ballot.options {
            let n = own.iter().find(|it| it.vote == option.vote).map(|it| it.n);
            fields.push((format!("n.{}.{}", subject.organisation, option.vote), number(n)));
        }
        let said: Vec<String> = own.iter().map(|it| if it.n == 1 { it.vote.to_string() } else { format!("{}×{}", it.vote, it.n) }).collect();
        fields.push((format!("scores.{}", subject.organisation), said.join(" ")));
    }
    if ballot.votes == Votes::Named && !sitting.is_on_devices {
        fields.extend(pages_named::entered(visit, sitting, ballot).await?);
    }
    Ok(Form::prefilled(fields))
}

async fn group_page(visit: &Visit, sitting: &Sitting, ballot: &Ballot, group: &str, form: &Form) -> Result<ActionPage, Failure> {
    let rule = ballot.groups.iter().find(|it| it.key == group).ok_or(Failure::NotFound)?;
    let start = |title: String, lead: &str| {
        ActionPage::new(layout(visit, sitting).crumb(sitting.title.clone(), sitting.address()).crumb(title.clone(), ""), title, lead, back(sitting))
            .button("保存")
    };
    if sitting.is_preparing && named::lists_electors(sitting, ballot) {
        let field = form.field("logins", "参加的人").hint("一行一个登录名；每人只在一类里，只投一次");
        let lead = if sitting.is_on_devices {
            "开始投票以后，这些人会收到提醒。"
        } else {
            "记名投票：收回的票按这份名单一人一张录入；开始投票以后不再改动。"
        };
        return Ok(start(format!("{}：列出参加的人", rule.name), lead).with(Control::Text(field)));
    }
    if sitting.is_preparing {
        let field = form.field("electors", "应参加人数").hint("按规定应当到会投票的人数，不是实到人数");
        return Ok(start(format!("{}：应参加人数", rule.name), "开始投票以后不再改动。").with(Control::Input(field, "number")));
    }
    if sitting.is_on_devices || !sitting.is_voting {
        return Err(Failure::Refused("现在不是录入的环节，请看测评的页面上到了哪一步。".to_owned()));
    }
    if ballot.votes == Votes::Named {
        let page = start(format!("{}：录入记名票", rule.name), "照票面录，一人一张；各类票数由这些票算出，录完由另外的人核定。");
        return pages_named::papers_form(visit, sitting, ballot, group, form, page).await;
    }
    let mut page = start(format!("{}：录入票数", rule.name), "按唱票的结果录，一类一页；录完由另外的人核定。")
        .with(Control::Input(form.field("issued", "发出"), "number"))
        .with(Control::Input(form.field("collected", "收回").hint("弃权的、填错的也算收回，不算有效票"), "number"));
    for subject in rows::subjects(visit.app.store().reader(), sitting.id).await? {
        let name = visit.app.directory().name_of(subject.organisation).to_owned();
        if ballot.options.is_empty() {
            let field = form.field(&format!("scores.{}", subject.organisation), &format!("{name}：每张有效票的分数"));
            let hint = format!("{} 到 {} 分，空格隔开；几张相同的写成 90×3", ballot.scale.from, ballot.scale.to);
            page = page.with(Control::Text(field.hint(hint).optional()));
            continue;
        }
        for option in &ballot.options {
            let field = form.field(&format!("n.{}.{}", subject.organisation, option.vote), &format!("{name}：{}", option.name));
            page = page.with(Control::Input(field.optional(), "number"));
        }
    }
    Ok(page)
}

/// `POST /ballots/{id}/groups/{group}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach; a refusal shows the form again.
pub async fn save_group(visit: Visit, Path((id, group)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (sitting, ballot) = worked_on(&visit, id).await?;
    let mut form = Form::new(sent.clone());
    let mut tx = visit.begin().await?;
    let (app, actor) = (&visit.app, visit.actor());
    let is_by_paper = !sitting.is_preparing && ballot.votes == Votes::Named && !sitting.is_on_devices;
    let saved = if is_by_paper {
        match pages_named::papers_of_form(&ballot, &sent, &mut form) {
            Some((n_issued, papers)) => enter_papers(app, &mut tx, actor, id, &group, n_issued, &papers).await,
            None => return group_page(&visit, &sitting, &ballot, &group, &form).await?.answer(&visit),
        }
    } else if sitting.is_preparing && named::lists_electors(&sitting, &ballot) {
        let logins: Vec<String> = form.text("logins").split(|c: char| c.is_whitespace() || "，,、；;".contains(c)).map(str::to_owned).collect();
        super::name_electors(app, &mut tx, actor, id, &group, &logins).await
    } else if sitting.is_preparing {
        super::set_electors(app, &mut tx, actor, id, &group, form.whole("electors").unwrap_or_default()).await
    } else {
        match count_of(&visit, &sitting, &ballot, &group, &mut form).await? {
            Some(count) => count::enter_count(app, &mut tx, actor, id, &count).await,
            None => return group_page(&visit, &sitting, &ballot, &group, &form).await?.answer(&visit),
        }
    };
    match saved {
        Ok(()) => Ok(visit.done(tx.commit().await?, &sitting.address(), "已保存。")),
        Err(error) => group_page(&visit, &sitting, &ballot, &group, &form).await?.refused(&visit, error),
    }
}

/// Reads a tally; `None`: something is wrong, and said in the form.
async fn count_of(visit: &Visit, sitting: &Sitting, ballot: &Ballot, group: &str, form: &mut Form) -> Result<Option<GroupCount>, Failure> {
    let n_issued = form.whole("issued");
    let n_collected = form.whole("collected");
    for (name, n) in [("issued", n_issued), ("collected", n_collected)] {
        if n.is_none() {
            form.problem(name, "请填张数，没有的填 0");
        }
    }
    let mut votes = Vec::new();
    for subject in rows::subjects(visit.app.store().reader(), sitting.id).await? {
        let org = subject.organisation;
        let mut own: Vec<(i64, i64)> = Vec::new();
        if ballot.options.is_empty() {
            let name = format!("scores.{org}");
            match scores(form.text(&name)) {
                Ok(read) => own = read,
                Err(sentence) => form.problem(&name, sentence),
            }
        }
        for option in &ballot.options {
            let name = format!("n.{org}.{}", option.vote);
            match form.text(&name).parse::<i64>() {
                Ok(n) if n >= 0 => own.push((option.vote, n)),
                _ if form.text(&name).is_empty() => {}
                _ => form.problem(&name, "请填票数，没有的不填"),
            }
        }
        votes.push((org, own));
    }
    let (Some(n_issued), Some(n_collected), true) = (n_issued, n_collected, form.is_right()) else { return Ok(None) };
    Ok(Some(GroupCount { group: group.to_owned(), n_issued, n_collected, votes }))
}

/// `95 90×3 88`: numbers, several equal ones with their count.
fn scores(text: &str) -> Result<Vec<(i64, i64)>, String> {
    let pieces = text.split(|c: char| c.is_whitespace() || "，,、；;".contains(c)).filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let (vote, n) = piece.split_once(['×', 'x', 'X', '*']).unwrap_or((piece, "1"));
            let both = vote.parse::<i64>().ok().zip(n.parse::<i64>().ok().filter(|n| *n >= 1));
            both.ok_or_else(|| format!("“{piece}”不是分数，请写成 90 或者 90×3"))
        })
        .collect()
}

/// The sitting and ballot of somebody who may vote.
async fn paper_of(visit: &Visit, id: i64) -> Result<(Sitting, Ballot, bool), Failure> {
    let reader = visit.app.store().reader();
    let sitting = rows::find(reader, id).await?.filter(|sitting| sitting.is_on_devices).ok_or(Failure::NotFound)?;
    let electors = rows::electors(reader, id).await?;
    let own = electors.iter().find(|it| Some(it.person) == visit.actor().person_id).ok_or(Failure::NotFound)?;
    let ballot = ballot_of(&visit.app, &sitting).await?;
    Ok((sitting, ballot, own.has_voted))
}

async fn paper_page(visit: &Visit, sitting: &Sitting, ballot: &Ballot, form: &Form) -> Result<ActionPage, Failure> {
    let mut page = ActionPage::new(
        visit.layout(sitting.title.clone()).crumb(sitting.title.clone(), ""),
        sitting.title.clone(),
        "每一个都选好再投；投出以后不能改，也不能再看。",
        Link::new("工作台", "/"),
    )
    .button("投票")
    .asking("投出以后不能改。");
    for subject in rows::subjects(visit.app.store().reader(), sitting.id).await? {
        let name = format!("vote.{}", subject.organisation);
        let about = visit.app.directory().name_of(subject.organisation).to_owned();
        let field = form.field(&name, &about);
        if ballot.options.is_empty() {
            let hint = format!("{} 到 {} 分", ballot.scale.from, ballot.scale.to);
            page = page.with(Control::Input(field.hint(hint), "number"));
        } else {
            let chosen = form.text(&name).to_owned();
            let none = Choice { value: String::new(), label: "请选".to_owned(), selected: chosen.is_empty() };
            let options = ballot.options.iter().map(|it| Choice {
                value: it.vote.to_string(),
                label: name_of_vote(ballot, it.vote),
                selected: chosen == it.vote.to_string(),
            });
            page = page.with(Control::Select(field, std::iter::once(none).chain(options).collect()));
        }
    }
    Ok(if ballot.votes == policy::Votes::Secret {
        page.note(SECRECY)
    } else {
        page.note("这次是记名投票，组织单位看得到您投了什么。")
    })
}

/// `GET /ballots/{id}/vote`
///
/// # Errors
/// [`Failure::NotFound`] for whoever is no elector.
pub async fn show_paper(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (sitting, ballot, has_voted) = paper_of(&visit, id).await?;
    if has_voted {
        return Ok(visit.see("/", "您已经投过票，谢谢。"));
    }
    if !sitting.is_voting {
        return Ok(visit.refuse("/", "现在不能投票：还没有开始，或者已经封箱。"));
    }
    paper_page(&visit, &sitting, &ballot, &Form::default()).await?.answer(&visit)
}

/// `POST /ballots/{id}/vote`
///
/// # Errors
/// [`Failure::NotFound`] for whoever is no elector; a refusal shows the paper again.
pub async fn hand_in(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (sitting, ballot, _) = paper_of(&visit, id).await?;
    let mut form = Form::new(sent);
    let mut votes = Vec::new();
    for subject in rows::subjects(visit.app.store().reader(), id).await? {
        let name = format!("vote.{}", subject.organisation);
        match form.text(&name).parse::<i64>() {
            Ok(vote) => votes.push(vote),
            Err(_) => form.problem(&name, "请选"),
        }
    }
    if !form.is_right() {
        return paper_page(&visit, &sitting, &ballot, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match super::vote(&visit.app, &mut tx, visit.actor(), id, &votes).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/", "已投票，谢谢。")),
        Err(error) => paper_page(&visit, &sitting, &ballot, &form).await?.refused(&visit, error),
    }
}

/// `GET /ballots/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach, or when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (sitting, ballot) = worked_on(&visit, id).await?;
    let work = CaseAtWork::read(&visit.app, sitting.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = variables(visit.app.store().reader(), &sitting, &ballot).await?;
    let base = sitting.address();
    let layout = layout(&visit, &sitting).crumb(sitting.title.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action)
}

/// `POST /ballots/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (sitting, ballot) = worked_on(&visit, id).await?;
    let work = CaseAtWork::read(&visit.app, sitting.case_id).await?.ok_or(Failure::NotFound)?;
    let base = sitting.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match super::act(&visit.app, &mut tx, visit.actor(), &sitting, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            let commit = tx.commit().await?;
            if let Err(error) = super::destroy_keys(&visit.app).await {
                tracing::error!(error = format!("{error:#}"), "cannot destroy the key of a box");
            }
            Ok(visit.done(commit, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let error = error.downcast::<Refusal>()?;
            let variables = variables(visit.app.store().reader(), &sitting, &ballot).await?;
            let layout = layout(&visit, &sitting).crumb(sitting.title.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error.into())
        }
    }
}
