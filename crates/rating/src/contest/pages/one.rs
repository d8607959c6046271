//! One round: its steps, those who take part, the judges.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, print_rounded};

use super::super::model::Entry;
use super::super::{ENTERING, SCORING, acts, rows, rule, see};
use super::{layout, seen};
use crate::case::CaseAtWork;
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const ENTRIES: ListSpec = ListSpec { sorts: &["place", "unit", "name"], default_sort: ("place", Direction::Asc), filters: &[], per: 50 };

struct Row {
    name: Link,
    unit: String,
    above: String,
    place: String,
    score: String,
    is_up: bool,
}

struct JudgeView {
    name: String,
    unit: String,
    status: Status,
    absent: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/contest.html")]
struct OnePage {
    layout: Layout,
    title: String,
    facts: String,
    note: String,
    case: CaseView,
    is_office: bool,
    acts: Vec<Link>,
    main: Option<Link>,
    judges: Vec<JudgeView>,
    rule: Vec<String>,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /contests/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&ENTRIES, &uri);
    let (sight, pack) = seen(&visit, id).await?;
    let (round, reader) = (&sight.round, visit.app.store().reader());
    let rule = rule(&pack, round)?;
    let mut rows: Vec<Row> = {
        let directory = visit.app.directory();
        let row = |it: &Entry| Row {
            name: Link::new(it.name.clone(), it.address()),
            unit: directory.name_of(it.organisation).to_owned(),
            above: directory.above(it.organisation),
            place: it.place.map(|place| place.to_string()).unwrap_or_default(),
            score: it.score.map(|score| print_rounded(score, 2)).unwrap_or_default(),
            is_up: it.is_up && sight.has_scores,
        };
        sight.entries.iter().map(row).collect()
    };
    rows.retain(|row| row.name.label.contains(&query.q) || row.unit.contains(&query.q));
    match query.sort {
        "unit" => rows.sort_by(|a, b| (&a.unit, &a.name.href).cmp(&(&b.unit, &b.name.href))),
        "name" => rows.sort_by(|a, b| (&a.name.label, &a.name.href).cmp(&(&b.name.label, &b.name.href))),
        _ => {}
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(18.0);
        let columns = ["名次", "参赛人", "党组织", "所在", "得分", "进入上一级"].map(heading).to_vec();
        let line = |row: &Row| {
            let up = if row.is_up { "是" } else { "" }.to_owned();
            [&row.place, &row.name.label, &row.unit, &row.above, &row.score, &up].map(Value::text).to_vec()
        };
        let table = Table { name: "参赛".to_owned(), title: Some(round.title.clone()), columns, rows: rows.iter().map(line).collect() };
        return download::table(export, &round.title, &table);
    }
    let work = CaseAtWork::read(&visit.app, round.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(reader, rule, round).await?;
    let actor = visit.actor();
    let is_host = see::stands_at(actor, Capability::HoldContests, round.organisation);
    let mut case = CaseView::new(&work, actor, &variables, visit.today(), &round.address());
    if !is_host {
        case.main = None;
    }
    let (acts, main) = acts_of(&visit, &sight, is_host, rule);
    let scores = rows::scores_of(reader, id).await?;
    let judge = |judge: &super::super::Judge| {
        let n = scores.iter().filter(|score| score.judge == judge.id).count();
        let status = match (judge.is_absent(), n == sight.n_entries && n > 0) {
            (true, _) => Status::new(Standing::Excused, format!("缺席：{}", judge.absent_reason)),
            (false, true) => Status::new(Standing::Ok, "已评完"),
            (false, false) => Status::new(Standing::Running, format!("已评 {n} / {}", sight.n_entries)),
        };
        let may = is_host && round.stage == SCORING && !judge.is_absent() && n < sight.n_entries;
        JudgeView {
            name: judge.name.clone(),
            unit: judge.unit.clone(),
            status,
            absent: may.then(|| Link::new("登记缺席", format!("{}/judges/{}/absent", round.address(), judge.id))),
        }
    };
    let day = |words: &str, day: Option<jiff::civil::Date>| day.map(|day| format!("{words} {day}"));
    let facts =
        [Some(visit.app.directory().name_of(round.organisation).to_owned()), day("比武", Some(round.held_on)), day("公布", round.published_on)];
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = OnePage {
        layout: layout(&visit, round, round.title.clone()),
        title: round.title.clone(),
        facts: facts.into_iter().flatten().chain([format!("{} 人参赛", sight.n_entries)]).collect::<Vec<_>>().join(" · "),
        note: if sight.has_scores {
            String::new()
        } else {
            "评分结束以前，谁都看不到别人打的分；公布以后这里有名次、得分和评语。".to_owned()
        },
        is_office: sight.is_office,
        acts,
        main,
        judges: if sight.is_office { sight.judges.iter().map(judge).collect() } else { Vec::new() },
        rule: policy_words(&visit, &round.contest),
        columns: vec![
            query.column("名次", "place", true),
            query.column("参赛人", "name", false),
            query.column("党组织", "unit", false),
            Column::number("得分"),
            Column::plain(""),
        ],
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "人"),
        query,
        case,
    };
    visit.page(&page)
}

/// What the pack says of the contest, in sentences.
fn policy_words(visit: &Visit, contest: &str) -> Vec<String> {
    let pack = visit.pack();
    pack.contests.get(contest).map(|rule| policy::contest_rule(&pack, rule)).unwrap_or_default()
}

/// What the visitor may do in a round beside its steps.
fn acts_of(visit: &Visit, sight: &see::Sight, is_host: bool, rule: &policy::Contest) -> (Vec<Link>, Option<Link>) {
    let (round, actor) = (&sight.round, visit.actor());
    let link = |words: &str, end: &str| Link::new(words, format!("{}/{end}", round.address()));
    let mut acts = Vec::new();
    if is_host && round.stage == ENTERING {
        acts.push(link("请评委", "judges"));
    }
    if is_host && round.stage == SCORING {
        acts.push(link("补请评委", "judges"));
    }
    if round.stage == SCORING && sight.judges.iter().any(|judge| Some(judge.person) == actor.person_id && !judge.is_absent()) {
        return (acts, Some(link("评分", "score")));
    }
    let directory = visit.app.directory();
    let may_enter = |id: &i64| {
        let is_meant = directory.org(*id).is_some_and(|org| see::takes_part(rule, org) && org.superiors.contains(&round.organisation));
        is_meant && !sight.entries.iter().any(|it| it.organisation == *id)
    };
    let is_first = round.stage == ENTERING && round.place_in(rule) == Some(0);
    let main = (is_first && see::places_of(actor, Capability::EnterContests).iter().any(may_enter)).then(|| link("报名", "enter"));
    (acts, main)
}

/// `GET /contests/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (sight, pack) = seen(&visit, id).await?;
    let round = &sight.round;
    let work = CaseAtWork::read(&visit.app, round.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(visit.app.store().reader(), rule(&pack, round)?, round).await?;
    let base = round.address();
    show_form(
        ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout: layout(&visit, round, round.title.clone()) },
        &action,
    )
}

/// `POST /contests/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (sight, pack) = seen(&visit, id).await?;
    let round = &sight.round;
    let work = CaseAtWork::read(&visit.app, round.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(visit.app.store().reader(), rule(&pack, round)?, round).await?;
    let base = round.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&answer, "已经办过了，没有重复记录。"));
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已办：{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = layout(&visit, round, round.title.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
    }
}
