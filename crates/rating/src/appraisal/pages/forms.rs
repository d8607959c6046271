//! What the office does, each as a form of its own.

use jiff::civil::Date;
use policy::Capability;
use store::OrgId;

use super::super::model::{CommentKind, Listed};
use super::super::open::{NewSession, lines, open as open_session, units_of};
use super::super::{acts, rows, rule, see};
use super::{Seen, layout, seen};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

/// `GET /appraisals/new?line=ID&office=ID`
///
/// # Errors
/// [`Failure::NotFound`] for a line on which the visitor's office opens nothing.
pub async fn show_new(visit: Visit) -> Answer {
    let (entry, _) = line(&visit).await?;
    let days = visit.pack().appraisals.get(&entry.of_key).map_or(0, |rule| i64::from(rule.report_days));
    let due = visit.today().checked_add(jiff::Span::new().days(days)).unwrap_or(visit.today());
    new_page(&visit, &Form::prefilled([("due_on", due.to_string())]), None).await?.answer(&visit)
}

/// The line and office of the address, or the first that may be opened.
async fn line(visit: &Visit) -> Result<(frame::plan::PlanEntry, OrgId), Failure> {
    let asked = pairs(&visit.query);
    let number = |name: &str| asked.iter().find(|(known, _)| known == name).and_then(|(_, id)| id.parse::<i64>().ok());
    let lines = lines(&visit.app, visit.actor(), visit.today().year()).await?;
    let mut lines = lines.into_iter().chain(self::lines(&visit.app, visit.actor(), visit.today().year() - 1).await?);
    let is_asked = |(entry, office): &(frame::plan::PlanEntry, OrgId)| {
        number("line").is_none_or(|id| id == entry.id) && number("office").is_none_or(|id| id == *office)
    };
    lines.find(is_asked).ok_or(Failure::NotFound)
}

async fn new_page(visit: &Visit, form: &Form, chosen: Option<&[OrgId]>) -> Result<ActionPage, Failure> {
    let (entry, office) = line(visit).await?;
    let pack = visit.pack();
    let rule = pack.appraisals.get(&entry.of_key).ok_or(Failure::NotFound)?;
    let units: Vec<(Choice, String)> = {
        let directory = visit.app.directory();
        let unit = |(n, org): (usize, &crate::directory::OrgNode)| {
            let selected = chosen.map_or(n < rule.oral as usize, |chosen| chosen.contains(&org.id));
            let note = org.secretary.clone().unwrap_or_default();
            (Choice { value: org.id.to_string(), label: org.name.clone(), selected }, note)
        };
        units_of(&directory, office, rule).enumerate().map(unit).collect()
    };
    let name = visit.app.directory().name_of(office).to_owned();
    let checks = form.field("oral", "口头述职的书记").optional().hint(format!("一般安排 {} 位口头述职，其他的书面述职", rule.oral));
    Ok(ActionPage::new(
        visit.layout("开述职评议").crumb("述职评议", "/appraisals").crumb("开述职评议", ""),
        "开述职评议",
        format!("{name} · {}。下面每个党组织的书记都要交述职报告。", entry.name),
        Link::new("先不办", "/appraisals"),
    )
    .with(Control::Input(form.field("due_on", "交报告的期限"), "date"))
    .with(Control::Checks(checks, units))
    .note("按年度计划，每级每年一次；没有报备的不能开。"))
}

/// `POST /appraisals/new`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn open(visit: Visit, sent: Submitted) -> Answer {
    let (entry, office) = line(&visit).await?;
    let mut form = Form::new(sent.clone());
    let due_on = form.required_day("due_on");
    let oral = form.ids("oral");
    if !form.is_right() {
        return new_page(&visit, &form, Some(&oral)).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, "/appraisals").await? {
        return Ok(visit.see(&answer, "已经开了，没有重复记录。"));
    }
    let new = NewSession { plan_entry: entry.id, office, due_on, oral: oral.clone() };
    match open_session(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/appraisals/{id}"), "已经开了，通知了每位要述职的书记。")),
        Err(error) => {
            drop(tx);
            new_page(&visit, &form, Some(&oral)).await?.refused(&visit, error)
        }
    }
}

/// `GET /appraisals/{id}/ballot`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_ballot(visit: Visit, Path(id): Path<i64>) -> Answer {
    ballot_page(&visit, id, &Form::default()).await?.answer(&visit)
}

async fn ballot_page(visit: &Visit, id: i64, form: &Form) -> Result<ActionPage, Failure> {
    let (sight, pack) = seen(visit, id).await?;
    let session = &sight.session;
    if !see::stands_at(visit.actor(), Capability::HoldAppraisals, session.organisation) {
        return Err(Failure::NotFound);
    }
    let ballot = pack.ballots.get(&rule(&pack, session)?.ballot).ok_or(Failure::NotFound)?;
    let mut page = ActionPage::new(
        layout(visit, session, "组织测评").crumb("组织测评", ""),
        "组织测评",
        format!("“{}”对每位述职的书记按类投票，按类计票，由上级核定；下一步定各类参加的人数。", ballot.name),
        Link::new("先不办", session.address()),
    )
    .button("下一步：定参加范围");
    if ballot.on_devices.is_some() {
        page = page.with(Control::Select(
            form.field("way", "方式"),
            form.choices("way", [("paper", "纸质票，按类计票"), ("devices", "电子投票，列出参加的人")]),
        ));
    }
    for sentence in policy::ballot_rule(&pack, ballot) {
        page = page.note(sentence);
    }
    Ok(page)
}

/// `POST /appraisals/{id}/ballot`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn call_ballot(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let page = ballot_page(&visit, id, &Form::new(sent.clone())).await?;
    let mut tx = visit.begin().await?;
    match acts::call_ballot(&visit.app, &mut tx, visit.actor(), id, sent.text("way") == "devices").await {
        Ok(sitting) => Ok(visit.done(tx.commit().await?, &format!("/ballots/{sitting}"), "已开始准备测评，请定各类参加人员的人数。")),
        Err(error) => page.refused(&visit, error),
    }
}

/// A report that the visitor's office hears; anybody else finds nothing.
async fn heard(visit: &Visit, id: i64) -> Result<Seen, Failure> {
    let seen = Seen::of(visit, id).await?;
    if see::stands_at(visit.actor(), Capability::HoldAppraisals, seen.session().organisation) { Ok(seen) } else { Err(Failure::NotFound) }
}

/// The form of an act on a report.
fn form_of(visit: &Visit, seen: &Seen, title: &str, lead: &str) -> ActionPage {
    let unit = visit.app.directory().name_of(seen.report.organisation).to_owned();
    let layout = layout(visit, seen.session(), title).crumb(unit.clone(), seen.report.address()).crumb(title.to_owned(), "");
    ActionPage::new(layout, title, format!("{unit} · {}。{lead}", seen.report.way()), Link::new("先不办", seen.report.address()))
}

/// `GET /appraisals/reports/{id}/back`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_back(visit: Visit, Path(id): Path<i64>) -> Answer {
    back_page(&visit, id, &Form::default()).await?.answer(&visit)
}

async fn back_page(visit: &Visit, id: i64, form: &Form) -> Result<ActionPage, Failure> {
    let page = form_of(visit, &heard(visit, id).await?, "退回修改", "改好再交时，数据附录重新生成。");
    Ok(page.with(Control::Text(form.field("reason", "哪里要改"))))
}

/// `POST /appraisals/reports/{id}/back`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn give_back(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let reason = form.required("reason", "请写明哪里要改");
    let page = back_page(&visit, id, &form).await?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match acts::give_back(&visit.app, &mut tx, visit.actor(), id, &reason).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/appraisals/reports/{id}"), "已退回，通知了述职的单位。")),
        Err(error) => page.refused(&visit, error),
    }
}

/// `GET /appraisals/reports/{id}/comment`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_comment(visit: Visit, Path(id): Path<i64>) -> Answer {
    comment_page(&visit, id, &Form::prefilled([("kind", CommentKind::Problem.key().to_owned())])).await?.answer(&visit)
}

async fn comment_page(visit: &Visit, id: i64, form: &Form) -> Result<ActionPage, Failure> {
    let page = form_of(visit, &heard(visit, id).await?, "点评", "一条一件事；指出的问题结果公布以后列入问题台账。");
    let kinds = form.choices("kind", CommentKind::ALL.map(|kind| (kind.key(), kind.words())));
    Ok(page.with(Control::Select(form.field("kind", "哪一类"), kinds)).with(Control::Text(form.field("text", "点评"))).button("记下"))
}

/// `POST /appraisals/reports/{id}/comment`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn comment(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let mut form = Form::new(sent.clone());
    let kind = form.required("kind", "请选是肯定、问题还是要求");
    let text = form.required("text", "请写点评");
    let page = comment_page(&visit, id, &form).await?;
    let (Some(kind), true) = (CommentKind::read(&kind), form.is_right()) else { return page.answer(&visit) };
    let back = format!("/appraisals/reports/{id}");
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&answer, "已经记下了，没有重复记录。"));
    }
    match acts::comment(&visit.app, &mut tx, visit.actor(), id, kind, &text).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &back, "点评已经记下。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// `GET /appraisals/reports/{id}/problems`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_problems(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = heard(&visit, id).await?;
    let days = i64::from(seen.rule()?.problem_days);
    let due = visit.today().checked_add(jiff::Span::new().days(days)).unwrap_or(visit.today());
    let owner = if seen.report.secretary.is_empty() { String::new() } else { format!("书记 {}", seen.report.secretary) };
    let mut fields = Vec::new();
    for comment in problems_of(&visit, &seen).await? {
        fields.push((format!("owner_{}", comment.id), owner.clone()));
        fields.push((format!("due_on_{}", comment.id), due.to_string()));
    }
    problems_page(&visit, &seen, &Form::prefilled(fields)).await?.answer(&visit)
}

async fn problems_of(visit: &Visit, seen: &Seen) -> anyhow::Result<Vec<super::super::Comment>> {
    let mut comments = rows::comments_of(visit.app.store().reader(), seen.session().id).await?;
    comments.retain(|comment| comment.report == seen.report.id && comment.kind == CommentKind::Problem);
    Ok(comments)
}

async fn problems_page(visit: &Visit, seen: &Seen, form: &Form) -> Result<ActionPage, Failure> {
    let mut page = form_of(visit, seen, "列问题清单", "点评指出的每个问题定责任人和时限，列入问题台账，由您单位核验销号。").button("列入问题台账");
    for (n, comment) in problems_of(visit, seen).await?.iter().enumerate() {
        let owner = form.field(&format!("owner_{}", comment.id), &format!("{}. {}　责任人", n + 1, comment.text)).hint("职务和姓名");
        page = page.with(Control::Input(owner, "text"));
        page = page.with(Control::Input(form.field(&format!("due_on_{}", comment.id), "整改时限"), "date"));
    }
    Ok(page.note("明年的述职报告从这些问题的整改情况写起。"))
}

/// `POST /appraisals/reports/{id}/problems`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn file_list(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let seen = heard(&visit, id).await?;
    let mut form = Form::new(sent.clone());
    let mut list: Vec<Listed> = Vec::new();
    for comment in problems_of(&visit, &seen).await? {
        let owner = form.required(&format!("owner_{}", comment.id), "请写责任人，没有责任人的不能列入");
        let due_on: Date = form.required_day(&format!("due_on_{}", comment.id));
        list.push(Listed { comment: comment.id, owner, due_on });
    }
    let page = problems_page(&visit, &seen, &form).await?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &seen.report.address()).await? {
        return Ok(visit.see(&answer, "已经列入了，没有重复记录。"));
    }
    match acts::file_list(&visit.app, &mut tx, visit.actor(), id, list).await {
        Ok(problems) => Ok(visit.done(
            tx.commit().await?,
            &seen.report.address(),
            &format!("{} 个问题列入问题台账；原来就在台账里、还没有销号的，接着原来的那条整改。", problems.len()),
        )),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}
