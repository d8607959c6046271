//! Pages of meetings on Party building: all, one, writing one down.

use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, OrganisationRole};
use store::{OrgId, Refusal};

use super::{NewMeeting, missed, record, rows};
use crate::answerable::post_name;
use crate::burden;
use crate::directory::OrgNode;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, pairs};
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainList, PlainOne, Section};
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::task::{self, Decision, over_before_it_begins};

/// Decisions that a form takes at once.
const N_DECISIONS: usize = 5;
/// Units of a decision: everything directly below.
const ALL: &str = "all";

/// Routes of meetings.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewResponsibility);
    let keeps = Needs::May(Capability::KeepResponsibility);
    routes
        .get("/party-meetings", sees, Door::Both, list)
        .get("/party-meetings/new", keeps, Door::Inner, show_new)
        .post("/party-meetings/new", keeps, Door::Inner, put_new)
        .get("/party-meetings/{id}", sees, Door::Both, show)
}

const MEETINGS: ListSpec = ListSpec { sorts: &["day", "unit"], default_sort: ("day", Direction::Desc), filters: &["year"], per: 50 };

/// `GET /party-meetings`.
///
/// # Errors
/// When the database cannot be read.
async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&MEETINGS, &uri);
    let today = visit.today();
    let year: i16 = query.filter("year").and_then(|year| year.parse().ok()).unwrap_or(today.year());
    let scope = visit.scope(Capability::ViewResponsibility);
    let condition = format!("m.held_on >= $1 and m.held_on <= $2 and {}", scope.sql("m.organisation_id"));
    let values = vec![format!("{year}-01-01").into(), format!("{year}-12-31").into()];
    let mut lines = rows::meetings(visit.app.store().reader(), &condition, values).await?;
    let warnings = warnings(&visit).await?;
    let directory = visit.app.directory();
    lines.retain(|it| directory.name_of(it.organisation).contains(&query.q) || it.chair.contains(&query.q) || it.agenda.contains(&query.q));
    match query.sort {
        "unit" => lines.sort_by_key(|it| (directory.org(it.organisation).map(|org| org.code.clone()), it.id)),
        _ => lines.sort_by_key(|it| (it.held_on, it.id)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["党委（党工委）", "日期", "主持人", "议题", "决定"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(26.0)).to_vec();
        let row = |it: &rows::Meeting| {
            [directory.name_of(it.organisation), &it.held_on.to_string(), &it.chair, &it.agenda, &it.n_decisions.to_string()]
                .map(Value::text)
                .to_vec()
        };
        let table = Table { name: "专题研究党建".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, &format!("{year}年专题研究党建"), &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |it: &rows::Meeting| {
        vec![
            Cell::Named(Link::new(directory.name_of(it.organisation), format!("/party-meetings/{}", it.id)), it.agenda.clone()),
            Cell::text(it.held_on.to_string()),
            Cell::text(&it.chair),
            Cell::text(format!("{} 条", it.n_decisions)),
        ]
    };
    let keeps = visit.actor().may(Capability::KeepResponsibility);
    let mut acts = Vec::new();
    if keeps {
        acts.push(Link::new("登记会议", "/party-meetings/new"));
    }
    acts.push(Link::new("书记纪实", "/duty-logs"));
    let page = PlainList {
        layout: visit.layout("专题研究党建").crumb("书记纪实", "/duty-logs").crumb("专题研究党建", ""),
        title: "党委专题研究党建会议".to_owned(),
        lead: "有议题、有决定；每条决定都是一项任务，办结以前一直在任务里。".to_owned(),
        acts,
        has_main: keeps,
        warnings,
        searched: "党委、主持人、议题",
        chips: Vec::new(),
        drops: vec![("year", "年度", query.choices("year", "今年", [((today.year() - 1).to_string(), format!("{} 年", today.year() - 1))]))],
        columns: vec![
            query.column("党委（党工委）", "unit", false),
            query.column("日期", "day", false),
            Column::plain("主持人"),
            Column::plain("决定"),
        ],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "次会议"),
        empty: ("还没有登记会议".to_owned(), "党委专题研究党建的会议，开完就登记，决定当场变成任务。".to_owned()),
        query,
    };
    drop(directory);
    visit.page(&page)
}

/// Of one's own committees: the periods that went by without a meeting.
async fn warnings(visit: &Visit) -> anyhow::Result<Vec<Link>> {
    let committees: Vec<OrgId> = {
        let directory = visit.app.directory();
        let scope = visit.scope(Capability::ViewResponsibility);
        let is_committee = |id: &OrgId| directory.org(*id).is_some_and(|org| org.role == OrganisationRole::Committee);
        scope.roots().filter(is_committee).collect()
    };
    let missed = missed(&visit.app, &committees, visit.today()).await?;
    let directory = visit.app.directory();
    let said = |id: &OrgId| {
        let periods: Vec<String> = missed.get(id)?.iter().map(|period| period.label()).collect();
        (!periods.is_empty()).then(|| Link::new(format!("{}没有专题研究党建的：{}", directory.name_of(*id), periods.join("、")), ""))
    };
    Ok(committees.iter().filter_map(said).collect())
}

/// `GET /party-meetings/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let reader = visit.app.store().reader();
    let it = rows::meetings(reader, "m.id = $1", vec![id.into()]).await?.into_iter().next().ok_or(Failure::NotFound)?;
    let committee = visit.organisation(Capability::ViewResponsibility, it.organisation)?;
    let decisions = rows::decisions(reader, id).await?;
    let mut lines = Vec::with_capacity(decisions.len());
    for (text, task) in decisions {
        let found = crate::task::find(reader, &visit.app, visit.actor(), task).await?;
        let state = found.as_ref().map_or_else(String::new, |it| format!("{} 前办结", it.due_now()));
        let href = if found.is_some() { format!("/tasks/{task}") } else { String::new() };
        lines.push(vec![Cell::link(text, href), Cell::text(state)]);
    }
    let title = format!("{} 专题研究党建", it.held_on);
    let page = PlainOne {
        layout: visit.layout(title.clone()).crumb("书记纪实", "/duty-logs").crumb("专题研究党建", "/party-meetings").crumb(title.clone(), ""),
        title,
        lead: committee.name.clone(),
        status: None,
        acts: Vec::new(),
        has_main: false,
        warnings: Vec::new(),
        sections: vec![
            Section {
                title: "会议".to_owned(),
                facts: vec![
                    ("日期".to_owned(), it.held_on.to_string()),
                    ("主持人".to_owned(), it.chair.clone()),
                    ("议题".to_owned(), it.agenda.clone()),
                ],
                ..Section::default()
            },
            Section {
                title: "决定".to_owned(),
                note: "每条都是一项任务".to_owned(),
                columns: vec!["决定", "时限"],
                rows: lines,
                ..Section::default()
            },
        ],
    };
    visit.page(&page)
}

fn asked(visit: &Visit) -> Option<OrgId> {
    pairs(&visit.query).into_iter().find(|(name, _)| name == "organisation").and_then(|(_, id)| id.parse().ok())
}

/// The committee whose meeting is written down: the one asked for, or one's own.
fn committee(visit: &Visit) -> Result<OrgNode, Failure> {
    let scope = visit.scope(Capability::KeepResponsibility);
    let directory = visit.app.directory();
    let first = scope.roots().find(|id| directory.org(*id).is_some_and(|org| org.role == OrganisationRole::Committee));
    let id = asked(visit).or(first).ok_or(Failure::NotFound)?;
    directory.visible(&scope, id).filter(|org| org.role == OrganisationRole::Committee).cloned().ok_or(Failure::NotFound)
}

async fn new_page(visit: &Visit, org: &OrgNode, form: &Form) -> anyhow::Result<ActionPage> {
    let members = crate::responsibility::members(visit.app.store().reader(), org.id, visit.today()).await?;
    let layout = visit.layout("登记会议").crumb("书记纪实", "/duty-logs").crumb("专题研究党建", "/party-meetings").crumb("登记会议", "");
    let chairs = members.iter().map(|(post, name)| (name.clone(), format!("{name}（{}）", post_name(post))));
    let mut page = ActionPage::new(layout, "登记会议", format!("{}专题研究党建的会议", org.name), Link::new("先不登记", "/party-meetings"))
        .with(Control::Input(form.field("held_on", "哪一天"), "date"))
        .with(Control::Select(form.field("chair", "主持人").hint("没有列出的，先登记班子"), form.choices("chair", chairs)))
        .with(Control::Text(form.field("agenda", "议题")));
    let units = units_of(visit, org.id);
    for n in 1..=N_DECISIONS {
        let optional = |field: crate::http::view::Field| if n == 1 { field } else { field.optional() };
        let (text, unit, owner, due) = (format!("text_{n}"), format!("unit_{n}"), format!("owner_{n}"), format!("due_on_{n}"));
        page = page
            .with(Control::Text(optional(form.field(&text, &format!("决定 {n}")))))
            .with(Control::Select(optional(form.field(&unit, &format!("决定 {n} 由谁办"))), form.choices(&unit, units.clone())))
            .with(Control::Input(optional(form.field(&owner, &format!("决定 {n} 的责任人")).hint("职务和姓名")), "text"))
            .with(Control::Input(optional(form.field(&due, &format!("决定 {n} 的时限"))), "date"));
    }
    let all: Vec<OrgId> = chosen(visit, org.id, ALL);
    let reader = visit.app.store().reader();
    let permitted = burden::permitted_choices(reader, &visit.app, &all, form.text("permitted"), visit.today()).await?;
    if !permitted.is_empty() {
        let field = form.field("permitted", "社区办的，是准入清单里的哪一项").hint("决定由社区办的要在清单里；没有的，先报请列入").optional();
        page = page.with(Control::Select(field, permitted));
    }
    if form.has_problem("reason") {
        page = page.with(Control::Text(form.field("reason", "非办不可的理由").hint("写了理由，点登记就先报请批准；批准以后再点一次登记")));
    }
    Ok(page.note("每条决定立即作为任务下发，会议和任务互相能点到。").note("由书记主持的，记进书记纪实；没有决定的会议不登记。"))
}

/// Those directly below, and all of them at once.
fn units_of(visit: &Visit, committee: OrgId) -> Vec<(String, String)> {
    let directory = visit.app.directory();
    let below = directory.children(committee).filter(|org| org.until.is_none()).map(|org| (org.id.to_string(), org.name.clone()));
    std::iter::once((ALL.to_owned(), "全部直接下级".to_owned())).chain(below).collect()
}

/// `GET /party-meetings/new`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show_new(visit: Visit) -> Answer {
    let org = committee(&visit)?;
    let form = Form::prefilled([("held_on", visit.today().to_string()), ("chair", org.secretary.clone().unwrap_or_default())]);
    new_page(&visit, &org, &form).await?.answer(&visit)
}

/// `POST /party-meetings/new`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn put_new(visit: Visit, sent: Submitted) -> Answer {
    let org = committee(&visit)?;
    let mut form = Form::new(sent);
    let (held_on, chair) = (form.required_day("held_on"), form.required("chair", "请选主持人"));
    let agenda = form.required("agenda", "请写议题");
    let mut decisions = Vec::new();
    for n in 1..=N_DECISIONS {
        let text = form.text(&format!("text_{n}")).to_owned();
        if text.is_empty() {
            continue;
        }
        let unit = form.required(&format!("unit_{n}"), "请选由谁办");
        let owner = form.required(&format!("owner_{n}"), "请写责任人");
        let due_on = form.required_day(&format!("due_on_{n}"));
        if let Some(problem) = over_before_it_begins(due_on, visit.today()) {
            form.problem(&format!("due_on_{n}"), format!("这条决定{problem}"));
        }
        decisions.push(Decision { text, units: chosen(&visit, org.id, &unit), owner, due_on, permitted: form.text("permitted").to_owned() });
    }
    if decisions.is_empty() {
        form.problem("text_1", "专题研究要有决定，请至少写一条");
    }
    if !form.is_right() {
        return new_page(&visit, &org, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    let n = decisions.len();
    let new = NewMeeting { organisation: org.id, held_on, chair, agenda, decisions: decisions.clone() };
    match record(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/party-meetings/{id}"), &format!("已经登记，{n} 条决定已经作为任务下发。"))),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let cost = task::cost_of_decisions(visit.app.store().reader(), &visit.app, &decisions, visit.today()).await?;
            if !burden::is_for_the_ceiling(&error, &cost) {
                return new_page(&visit, &org, &form).await?.refused(&visit, error);
            }
            let said = ask_approval(&visit, &org, held_on, &decisions, form.text("reason"), error).await?;
            form.problem("reason", said);
            new_page(&visit, &org, &form).await?.answer(&visit)
        }
        Err(error) => Err(error.into()),
    }
}

/// Above the ceiling nothing is written down: with a reason an approval is asked for. Says what was done, or what is to be done.
async fn ask_approval(
    visit: &Visit,
    org: &OrgNode,
    held_on: Date,
    decisions: &[Decision],
    reason: &str,
    refused: anyhow::Error,
) -> Result<String, Failure> {
    if reason.is_empty() {
        return Ok(refused.to_string());
    }
    let mut tx = visit.begin().await?;
    match task::ask_decisions_approval(&visit.app, &mut tx, visit.actor(), org.id, held_on, decisions, reason).await {
        Ok(_) => {
            tx.commit().await?;
            Ok("还没有登记：已经报请批准，批准以后再点登记，填的内容留在这里".to_owned())
        }
        Err(error) => Ok(error.downcast::<Refusal>().map_err(Failure::from)?.0),
    }
}

fn chosen(visit: &Visit, committee: OrgId, unit: &str) -> Vec<OrgId> {
    let directory = visit.app.directory();
    let below = directory.children(committee).filter(|org| org.until.is_none());
    if unit == ALL { below.map(|org| org.id).collect() } else { below.filter(|org| org.id.to_string() == unit).map(|org| org.id).collect() }
}
