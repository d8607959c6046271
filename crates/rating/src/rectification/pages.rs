//! Pages of rectifications. Visible only to those who work on them.

use std::collections::{HashMap, HashSet};

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect};
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::{Actor, OrgId, Scope};

use super::{PROCEDURE, rows};
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, Act, CaseAtWork, CaseFile, Variables};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const CASES: ListSpec = ListSpec {
    sorts: &["title", "unit", "stage", "deadline", "open"],
    default_sort: ("deadline", Direction::Asc),
    filters: &["stage", "unit"],
    per: 50,
};

/// Who may see rectifications: those who see lists, and whoever works on, accepts or approves one.
pub fn reach(actor: &Actor) -> Scope {
    [Capability::ViewWeakLists, Capability::WorkOnRectification, Capability::AcceptRectification, Capability::ApproveRectification]
        .into_iter()
        .map(|capability| actor.scope(capability))
        .reduce(Scope::union)
        .unwrap_or_else(|| actor.scope(Capability::ViewWeakLists))
}

fn scope(visit: &Visit) -> Scope {
    reach(visit.actor())
}

struct CaseLine {
    name: String,
    unit: String,
    href: String,
    stage: String,
    until: Option<Status>,
    n_open: String,
    remark: bool,
}

#[derive(Template)]
#[template(path = "pages/rectifications.html")]
struct CasesPage {
    layout: Layout,
    title: String,
    fact: String,
    query: ListQuery,
    stages: Vec<Choice>,
    units: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<CaseLine>,
    pager: Pager,
    rounds: Option<Link>,
}

/// `GET /rectifications`
///
/// # Errors
/// When the database cannot be read.
pub async fn show_all(visit: Visit, uri: Uri) -> Answer {
    let scope = scope(&visit);
    let pack = visit.pack();
    let procedure = pack.procedures.get(PROCEDURE).ok_or_else(|| Failure::Refused("制度包里没有整顿的程序。".to_owned()))?;
    let query = ListQuery::from_uri(&CASES, &uri);
    let mut cases = case::open_cases(visit.app.store().reader(), &scope, PROCEDURE, false).await?;
    let open = rows::open_items(visit.app.store().reader(), &scope, PROCEDURE).await?;
    // An organisation is counted once, however many cases it has from earlier years.
    let n_of = |test: &dyn Fn(&CaseFile) -> bool| cases.iter().filter(|case| test(case)).map(|case| case.organisation).collect::<HashSet<_>>().len();
    let n_working = n_of(&|case| case.closed_at.is_none() && case.stage != "observation");
    let n_watched = n_of(&|case| case.stage == "observation");
    let today = visit.today();
    let stage_at = |key: &str| procedure.stages.iter().position(|stage| stage.key == key);
    let due = |case: &CaseFile| stage_at(&case.stage).filter(|_| case.closed_at.is_none()).and_then(|at| case::deadline(&procedure.stages[at], case));
    let places: HashMap<i64, Place> = {
        let directory = visit.app.directory();
        let place = |case: &CaseFile| {
            let org = directory.org_ever(case.organisation);
            Place {
                name: directory.name_of(case.organisation).to_owned(),
                pinyin: org.map(|org| org.pinyin.clone()).unwrap_or_default(),
                unit: org.and_then(|org| org.parent).map(|unit| (unit, directory.name_of(unit).to_owned())).unwrap_or_default(),
            }
        };
        cases.iter().map(|case| (case.id, place(case))).collect()
    };
    let mut units: Vec<(OrgId, String)> = places.values().map(|place| place.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    cases.retain(|case| {
        let place = &places[&case.id];
        query.filter("stage").is_none_or(|stage| case.stage == stage)
            && query.filter("unit").is_none_or(|unit| place.unit.0.to_string() == unit)
            && (query.q.is_empty() || case.title.contains(&query.q) || place.name.contains(&query.q) || place.pinyin.contains(&query.q))
    });
    let n_open = |case: &CaseFile| open.get(&case.id).copied().unwrap_or_default();
    match query.sort {
        "title" => cases.sort_by_cached_key(|case| (places[&case.id].pinyin.clone(), case.id)),
        "unit" => cases.sort_by_cached_key(|case| (crate::pinyin::key(&places[&case.id].unit.1), case.id)),
        "stage" => cases.sort_by_key(|case| (stage_at(&case.stage), case.id)),
        "open" => cases.sort_by_key(|case| (n_open(case), case.id)),
        _ => cases.sort_by_key(|case| (due(case).is_none(), due(case), case.id)),
    }
    if query.dir == Direction::Desc {
        cases.reverse();
    }
    let line = |case: &CaseFile| {
        let n = n_open(case);
        CaseLine {
            name: places[&case.id].name.clone(),
            unit: places[&case.id].unit.1.clone(),
            href: format!("/rectifications/{}", case.id),
            stage: stage_at(&case.stage).map_or_else(|| case.stage.clone(), |at| procedure.stages[at].name.clone()),
            until: due(case).map(|day| Status::by_days_left(i64::from((day - today).get_days()), visit.pack().soon_days(today))),
            n_open: if n == 0 { "—".to_owned() } else { format!("{n} 项") },
            remark: case.remark.is_some(),
        }
    };
    if let Some(export) = query.export {
        let mut table = text_table("整顿台账", &["党组织", "上级党组织", "阶段", "时限", "未办结", "提示"]);
        for case in &cases {
            let line = line(case);
            let until = line.until.map_or(String::new(), |s| s.word);
            let remark = case.remark.clone().unwrap_or_default();
            table.rows.push([line.name, line.unit, line.stage, until, line.n_open, remark].map(Value::text).to_vec());
        }
        return download::table(export, "整顿台账", &table);
    }
    let total = cases.len() as u64;
    let query = query.within(total);
    let lines = query.page_of(&cases).iter().map(line).collect();
    let title = if n_working == 0 { "现在没有正在整顿的党组织".to_owned() } else { format!("正在整顿 {n_working} 个党组织") };
    let page = CasesPage {
        layout: visit.layout("整顿销号"),
        title,
        fact: format!("销号后观察 {n_watched} 个"),
        stages: query.choices("stage", "全部阶段", procedure.stages.iter().map(|stage| (stage.key.as_str(), stage.name.as_str()))),
        units: query.choices("unit", "全部上级党组织", units.into_iter().map(|(id, name)| (id.to_string(), name))),
        columns: vec![
            query.column("党组织", "title", false),
            query.column("上级党组织", "unit", false),
            query.column("阶段", "stage", false),
            query.column("时限", "deadline", false),
            query.column("未办结", "open", true),
            Column::plain("提示"),
        ],
        pager: Pager::new(&query, total, "件"),
        rounds: visit.actor().may(Capability::ViewWeakLists).then(|| Link::new("年度排查名单", "/weak-lists")),
        lines,
        query,
    };
    visit.page(&page)
}

/// How a case's organisation is called and found.
struct Place {
    name: String,
    pinyin: String,
    /// What stands directly above it.
    unit: (OrgId, String),
}

async fn seen(visit: &Visit, id: i64) -> Result<CaseAtWork, Failure> {
    let work = CaseAtWork::read(&visit.app, id).await?.ok_or(Failure::NotFound)?;
    let scope = scope(visit);
    let is_reached = scope.has_case(id) || visit.app.directory().visible_ever(&scope, work.case.organisation).is_some();
    if is_reached && work.case.procedure == PROCEDURE { Ok(work) } else { Err(Failure::NotFound) }
}

#[derive(Template)]
#[template(path = "pages/rectification.html")]
struct CasePage {
    layout: Layout,
    title: String,
    organisation: Link,
    case: CaseView,
    /// The newest plan, field by field.
    plan: Vec<PlanField>,
    /// Analyses and visits, newest first.
    reports: Vec<Report>,
    n_conditions_open: usize,
}

/// A field of the plan: its text, or its measures.
struct PlanField {
    name: String,
    text: String,
    measures: Vec<Measure>,
}

struct Measure {
    text: String,
    owner: String,
    due_on: String,
    standing: Option<Status>,
}

/// The plan as it was handed in, each measure with how it stands today.
fn plan_of(work: &CaseAtWork, act: &Act, today: jiff::civil::Date) -> Vec<PlanField> {
    let action = work.action(&act.action);
    let printed = case::printed(action, &act.fields);
    let fields = action.map(|action| action.fields.as_slice()).unwrap_or_default();
    let view = |(name, text): (String, String)| {
        let field = fields.iter().find(|field| field.name == name && field.kind == policy::FormFieldKind::Items);
        let rows = field.and_then(|field| act.fields.get(&field.key)).and_then(serde_json::Value::as_array);
        let measures: Vec<Measure> = rows.into_iter().flatten().map(|row| measure(work, act, row, today)).collect();
        PlanField { name, text: if measures.is_empty() { text } else { String::new() }, measures }
    };
    printed.into_iter().map(view).collect()
}

fn measure(work: &CaseAtWork, act: &Act, row: &serde_json::Value, today: jiff::civil::Date) -> Measure {
    let part = |key: &str| row.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let text = part("text");
    let item = work.items.iter().find(|item| item.opened_in == act.id && item.text == text);
    let standing = item.and_then(|item| match (item.closed_in, item.due_on) {
        (Some(_), _) => Some(Status::new(Standing::Ok, "已办结")),
        (None, Some(due)) => Some(Status::by_days_left(i64::from((due - today).get_days()), work.pack.soon_days(today))),
        (None, None) => None,
    });
    Measure { owner: part("owner"), due_on: part("due_on"), text, standing }
}

struct Report {
    on: String,
    name: String,
    by: String,
    lines: Vec<(String, String)>,
    files: Vec<Link>,
}

/// `GET /rectifications/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let work = seen(&visit, id).await?;
    let base = format!("/rectifications/{id}");
    let plan = work.acts.iter().rev().find(|act| act.action == "submit_plan").map(|act| plan_of(&work, act, visit.today())).unwrap_or_default();
    let reports = work
        .acts
        .iter()
        .rev()
        .filter(|act| act.to_stage.is_none())
        .map(|act| Report {
            on: act.on.to_string(),
            name: work.action(&act.action).map_or(act.action.clone(), |action| action.name.clone()),
            by: format!("{}（{}）", act.actor_name, act.post),
            lines: case::printed(work.action(&act.action), &act.fields),
            files: crate::case::pages::files_of(act, &base),
        })
        .collect();
    let organisation = Link::new(visit.app.directory().name_of(work.case.organisation), format!("/organisations/{}", work.case.organisation));
    let page = CasePage {
        layout: visit.layout(work.case.title.clone()).crumb("整顿销号", "/rectifications").crumb(work.case.title.clone(), ""),
        title: work.case.title.clone(),
        organisation,
        case: CaseView::new(&work, visit.actor(), &Variables::default(), visit.today(), &base),
        plan,
        reports,
        n_conditions_open: work.items.iter().filter(|item| item.kind == "condition" && item.closed_in.is_none()).count(),
    };
    visit.page(&page)
}

/// `GET /rectifications/{id}/files/{file}`
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the case.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let work = seen(&visit, id).await?;
    crate::case::pages::file(&visit, &work, file).await
}

/// `GET /rectifications/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let work = seen(&visit, id).await?;
    let base = format!("/rectifications/{id}");
    let layout = visit.layout("").crumb("整顿销号", "/rectifications").crumb(work.case.title.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action)
}

/// `POST /rectifications/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let work = seen(&visit, id).await?;
    let base = format!("/rectifications/{id}");
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match super::act(&visit.app, &mut tx, visit.actor(), &work.case, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = visit.layout("").crumb("整顿销号", "/rectifications").crumb(work.case.title.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action, &sent, error)
        }
    }
}

/// A table whose columns are all text.
pub(super) fn text_table(name: &str, headings: &[&str]) -> Table {
    let columns = headings.iter().map(|heading| SheetColumn::new(*heading, ColumnKind::Text)).collect();
    Table { name: name.to_owned(), title: None, columns, rows: Vec::new() }
}
