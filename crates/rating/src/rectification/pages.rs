//! Pages of rectifications. Visible only to those who work on them.

use askama::Template;
use axum::extract::Path;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect};
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::Scope;

use super::{PROCEDURE, rows};
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, CaseAtWork, CaseFile, Variables};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Status};
use crate::http::visit::{Answer, Visit};

const CASES: ListSpec = ListSpec { sorts: &["title", "since"], default_sort: ("since", Direction::Desc), filters: &["stage", "open"], per: 50 };

/// Who may see rectifications: those who see lists, and whoever works on, accepts or approves one.
fn scope(visit: &Visit) -> Scope {
    [Capability::ViewWeakLists, Capability::WorkOnRectification, Capability::AcceptRectification, Capability::ApproveRectification]
        .into_iter()
        .map(|capability| visit.scope(capability))
        .reduce(Scope::union)
        .unwrap_or_else(|| visit.scope(Capability::ViewWeakLists))
}

struct CaseLine {
    title: String,
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
    let n_working = cases.iter().filter(|case| case.closed_at.is_none() && case.stage != "observation").count();
    let n_watched = cases.iter().filter(|case| case.stage == "observation").count();
    cases.retain(|case| query.filter("stage").is_none_or(|stage| case.stage == stage) && (query.q.is_empty() || case.title.contains(&query.q)));
    match query.sort {
        "title" => cases.sort_by_key(|case| crate::pinyin::key(&case.title)),
        _ => cases.sort_by_key(|case| (case.stage_since, case.id)),
    }
    if query.dir == Direction::Desc {
        cases.reverse();
    }
    let today = visit.today();
    let stage_name = |key: &str| procedure.stages.iter().find(|stage| stage.key == key).map_or(key.to_owned(), |stage| stage.name.clone());
    let line = |case: &CaseFile| {
        let stage = procedure.stages.iter().find(|stage| stage.key == case.stage);
        let until = stage.and_then(|stage| case::deadline(stage, case)).map(|day| Status::by_days_left(i64::from((day - today).get_days()), 7));
        let n = open.get(&case.id).copied().unwrap_or_default();
        CaseLine {
            title: case.title.clone(),
            href: format!("/rectifications/{}", case.id),
            stage: stage_name(&case.stage),
            until: until.filter(|_| case.closed_at.is_none()),
            n_open: if n == 0 { "—".to_owned() } else { format!("{n} 项") },
            remark: case.remark.is_some(),
        }
    };
    if let Some(export) = query.export {
        let mut table = text_table("整顿台账", &["党组织", "阶段", "时限", "未办结", "提示"]);
        for case in &cases {
            let line = line(case);
            let until = line.until.map_or(String::new(), |s| s.word);
            table.rows.push([line.title, line.stage, until, line.n_open, case.remark.clone().unwrap_or_default()].map(Value::text).to_vec());
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
        columns: vec![
            query.column("党组织", "title", false),
            Column::plain("阶段"),
            query.column("时限", "since", false),
            Column::number("未办结"),
            Column::plain("提示"),
        ],
        pager: Pager::new(&query, total, "件"),
        rounds: visit.actor().may(Capability::ViewWeakLists).then(|| Link::new("年度排查名单", "/weak-lists")),
        lines,
        query,
    };
    visit.page(&page)
}

async fn seen(visit: &Visit, id: i64) -> Result<CaseAtWork, Failure> {
    let work = CaseAtWork::read(&visit.app, id).await?.ok_or(Failure::NotFound)?;
    let is_visible = work.case.procedure == PROCEDURE && visit.app.directory().is_visible(&scope(visit), work.case.organisation);
    if is_visible { Ok(work) } else { Err(Failure::NotFound) }
}

#[derive(Template)]
#[template(path = "pages/rectification.html")]
struct CasePage {
    layout: Layout,
    title: String,
    organisation: Link,
    case: CaseView,
    /// The newest plan, field by field.
    plan: Vec<(String, String)>,
    /// Analyses and visits, newest first.
    reports: Vec<Report>,
    n_conditions_open: usize,
}

struct Report {
    on: String,
    name: String,
    by: String,
    lines: Vec<(String, String)>,
}

/// `GET /rectifications/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let work = seen(&visit, id).await?;
    let base = format!("/rectifications/{id}");
    let plan = work
        .acts
        .iter()
        .rev()
        .find(|act| act.action == "submit_plan")
        .map(|act| super::copied::plan_lines(work.action(&act.action), &act.fields))
        .unwrap_or_default();
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
            Ok(visit.done(tx.commit().await?, &base, &format!("已办“{name}”。")))
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
