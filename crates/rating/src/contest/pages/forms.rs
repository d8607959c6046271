//! What offices and units do, each as a form of its own.

use policy::Capability;
use store::OrgId;

use super::super::acts::note_practice as note_good_practice;
use super::super::enter::{NewEntry, enter as enter_round};
use super::super::open::{NewRound, open as open_round};
use super::super::score::{mark_absent as mark_judge_absent, name_judges as name_judges_of};
use super::super::{rows, rule, see};
use super::{layout, seen};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

/// `GET /contests/new`
///
/// # Errors
/// [`Failure::NotFound`] where the visitor's office holds no contest.
pub async fn show_new(visit: Visit) -> Answer {
    new_page(&visit, &Form::prefilled([("held_on", visit.today().to_string())]))?.answer(&visit)
}

fn new_page(visit: &Visit, form: &Form) -> Result<ActionPage, Failure> {
    let pack = visit.pack();
    let offices = see::places_of(visit.actor(), Capability::HoldContests);
    let (contests, hosts) = {
        let directory = visit.app.directory();
        let of_level = |level: &str| offices.iter().any(|id| directory.org(*id).is_some_and(|org| org.level == level));
        let contests: Vec<(String, String)> = pack
            .contests
            .iter()
            .filter(|(_, rule)| rule.rounds.iter().any(|round| of_level(&round.level)))
            .map(|(key, rule)| (key.clone(), rule.name.clone()))
            .collect();
        let hosts: Vec<(String, String)> = offices.iter().map(|id| (id.to_string(), directory.name_of(*id).to_owned())).collect();
        (contests, hosts)
    };
    if contests.is_empty() {
        return Err(Failure::NotFound);
    }
    let mut page = ActionPage::new(
        visit.layout("举办比武").crumb("擂台比武", "/contests").crumb("举办比武", ""),
        "举办比武",
        "最低一级的由各单位报名，上一级的由下一级比出来的参加。一期一次。",
        Link::new("先不办", "/contests"),
    )
    .with(Control::Select(form.field("contest", "比武"), form.choices("contest", contests)));
    page = match hosts.as_slice() {
        [_] => page,
        _ => page.with(Control::Select(form.field("organisation", "举办单位"), form.choices("organisation", hosts.clone()))),
    };
    Ok(page.with(Control::Input(form.field("held_on", "比武的日期"), "date")))
}

/// `POST /contests/new`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn open(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent.clone());
    let contest = form.required("contest", "请选比武");
    let held_on = form.required_day("held_on");
    let organisation = match see::places_of(visit.actor(), Capability::HoldContests).as_slice() {
        [only] => *only,
        _ => form.required("organisation", "请选举办单位").parse::<OrgId>().unwrap_or_default(),
    };
    let page = new_page(&visit, &form)?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, "/contests").await? {
        return Ok(visit.see(&answer, "已经举办了，没有重复记录。"));
    }
    match open_round(&visit.app, &mut tx, visit.actor(), NewRound { contest, organisation, held_on }).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/contests/{id}"), "已经开始报名，通知了可以参加的单位。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// `GET /contests/{id}/enter`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_enter(visit: Visit, Path(id): Path<i64>) -> Answer {
    let units = units(&visit, id).await?;
    let name = units.first().map(|(_, _, secretary)| secretary.clone()).unwrap_or_default();
    enter_page(&visit, id, &units, &Form::prefilled([("name", name)])).await?.answer(&visit)
}

/// Units of the visitor that the round is for: number, name, who would take part.
async fn units(visit: &Visit, id: i64) -> Result<Vec<(OrgId, String, String)>, Failure> {
    let (sight, pack) = seen(visit, id).await?;
    let rule = rule(&pack, &sight.round)?;
    let directory = visit.app.directory();
    let places = see::places_of(visit.actor(), Capability::EnterContests);
    let unit = |id: &OrgId| {
        let org = directory.org(*id).filter(|org| see::takes_part(rule, org) && org.superiors.contains(&sight.round.organisation))?;
        // Of townships it is the officer himself, of branches the secretary.
        let name = if org.is_branch() { org.secretary.clone().unwrap_or_default() } else { visit.actor().name.clone() };
        Some((org.id, org.name.clone(), name))
    };
    let units: Vec<_> = places.iter().filter_map(unit).collect();
    if units.is_empty() { Err(Failure::NotFound) } else { Ok(units) }
}

async fn enter_page(visit: &Visit, id: i64, units: &[(OrgId, String, String)], form: &Form) -> Result<ActionPage, Failure> {
    let (sight, pack) = seen(visit, id).await?;
    let who = rule(&pack, &sight.round)?.who.clone();
    let lead = format!("{who}参加，{} 比。单位的数据由系统生成，不用填数字。", sight.round.held_on);
    let mut page = ActionPage::new(layout(visit, &sight.round, "报名").crumb("报名", ""), "报名", lead, Link::new("先不报", sight.round.address()));
    if units.len() > 1 {
        let choices = form.choices("organisation", units.iter().map(|(id, name, _)| (id.to_string(), name.clone())));
        page = page.with(Control::Select(form.field("organisation", "参赛的单位"), choices));
    }
    Ok(page
        .with(Control::Input(form.field("name", "参赛人"), "text"))
        .with(Control::Text(form.field("presentation", "展示材料").hint("做了什么、怎么做的、结果怎样；不要求照片和视频"))))
}

/// `POST /contests/{id}/enter`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn enter(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let units = units(&visit, id).await?;
    let mut form = Form::new(sent.clone());
    let organisation = match units.as_slice() {
        [(only, ..)] => *only,
        _ => form.required("organisation", "请选参赛的单位").parse().unwrap_or_default(),
    };
    let name = form.required("name", "请写参赛人的姓名");
    let presentation = form.required("presentation", "请写展示材料");
    let page = enter_page(&visit, id, &units, &form).await?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let back = format!("/contests/{id}");
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&answer, "已经报过名了，没有重复记录。"));
    }
    match enter_round(&visit.app, &mut tx, visit.actor(), NewEntry { round: id, organisation, name, presentation }).await {
        Ok(entry) => Ok(visit.done(tx.commit().await?, &format!("/contests/entries/{entry}"), "已经报名，单位的数据随报名固定。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// A page about a round of the visitor's own office.
async fn host_page(visit: &Visit, id: i64, title: &str, lead: &str) -> Result<ActionPage, Failure> {
    let (sight, _) = seen(visit, id).await?;
    if !see::stands_at(visit.actor(), Capability::HoldContests, sight.round.organisation) {
        return Err(Failure::NotFound);
    }
    let layout = layout(visit, &sight.round, title).crumb(title.to_owned(), "");
    Ok(ActionPage::new(layout, title, lead, Link::new("先不办", sight.round.address())))
}

/// `GET /contests/{id}/judges`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_judges(visit: Visit, Path(id): Path<i64>) -> Answer {
    let judges = rows::judges_of(visit.app.store().reader(), id).await?;
    let logins = judges.iter().map(|judge| judge.login.as_str()).collect::<Vec<_>>().join("\n");
    judges_page(&visit, id, &Form::prefilled([("logins", logins)])).await?.answer(&visit)
}

async fn judges_page(visit: &Visit, id: i64, form: &Form) -> Result<ActionPage, Failure> {
    let (sight, pack) = seen(visit, id).await?;
    let rule = rule(&pack, &sight.round)?;
    let is_scoring = sight.round.stage == super::super::SCORING;
    let hint = match is_scoring {
        true => "一行一个登录名；原来的评委都保留，写上要补请的就行".to_owned(),
        false => format!("一行一个登录名，至少 {} 人；重新填写代替原来的", rule.judges_min),
    };
    let title = if is_scoring { "补请评委" } else { "请评委" };
    let page = host_page(visit, id, title, "评委不得来自参赛单位，也不得来自它的上下级；举办单位的人可以当评委。").await?;
    Ok(page.with(Control::Text(form.field("logins", "评委").hint(hint))))
}

/// `POST /contests/{id}/judges`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn name_judges(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let form = Form::new(sent);
    let is_scoring = seen(&visit, id).await?.0.round.stage == super::super::SCORING;
    let done = if is_scoring { "评委已经补请，通知了他们。" } else { "评委已经记下，评分开始时通知他们。" };
    let logins: Vec<String> = form.text("logins").split([' ', '\n', '\r', '、', '，', ',']).map(str::to_owned).collect();
    let page = judges_page(&visit, id, &form).await?;
    let mut tx = visit.begin().await?;
    match name_judges_of(&visit.app, &mut tx, visit.actor(), id, &logins).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/contests/{id}"), done)),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// `GET /contests/{id}/judges/{judge}/absent`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_absent(visit: Visit, Path((id, judge)): Path<(i64, i64)>) -> Answer {
    absent_page(&visit, id, judge, &Form::default()).await?.answer(&visit)
}

async fn absent_page(visit: &Visit, id: i64, judge: i64, form: &Form) -> Result<ActionPage, Failure> {
    let judges = rows::judges_of(visit.app.store().reader(), id).await?;
    let judge = judges.iter().find(|it| it.id == judge).ok_or(Failure::NotFound)?;
    let lead = format!("{}。登记以后他打过的分都不算，这样每个参赛的人都由同样的评委评。", judge.name);
    Ok(host_page(visit, id, "登记评委缺席", &lead).await?.with(Control::Text(form.field("reason", "为什么缺席"))))
}

/// `POST /contests/{id}/judges/{judge}/absent`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn mark_absent(visit: Visit, Path((id, judge)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let reason = form.required("reason", "请写明为什么缺席");
    let page = absent_page(&visit, id, judge, &form).await?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match mark_judge_absent(&visit.app, &mut tx, visit.actor(), id, judge, &reason).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/contests/{id}"), "缺席已经登记。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// `GET /contests/entries/{id}/practice`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_practice(visit: Visit, Path(id): Path<i64>) -> Answer {
    let entry = rows::entry(visit.app.store().reader(), id).await?.ok_or(Failure::NotFound)?;
    practice_page(&visit, entry.round, &entry.name, &Form::prefilled([("text", entry.practice.clone())])).await?.answer(&visit)
}

async fn practice_page(visit: &Visit, round: i64, name: &str, form: &Form) -> Result<ActionPage, Failure> {
    let page = host_page(visit, round, "记好做法", &format!("{name}的做法列入“好做法”，链接到参赛的材料和数据。")).await?;
    Ok(page.with(Control::Text(form.field("text", "好做法").hint("遇到什么问题、怎么做的、结果怎样"))))
}

/// `POST /contests/entries/{id}/practice`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn note_practice(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let text = form.required("text", "请写好做法");
    let entry = rows::entry(visit.app.store().reader(), id).await?.ok_or(Failure::NotFound)?;
    let page = practice_page(&visit, entry.round, &entry.name, &form).await?;
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match note_good_practice(&visit.app, &mut tx, visit.actor(), id, &text).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &entry.address(), "已列为好做法。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}
