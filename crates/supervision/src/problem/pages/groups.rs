//! Similar problems together, and whether they are no accident.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;

use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, encoded};
use crate::http::view::Choice;
use crate::http::visit::{Answer, Visit};
use crate::problem::groups::{Group, groups, offices};
use crate::problem::see;

const GROUPS: ListSpec =
    ListSpec { sorts: &["units", "kind", "n", "open", "last"], default_sort: ("units", Direction::Desc), filters: &["field"], per: 50 };

struct Row {
    kind: String,
    field: String,
    n_units: usize,
    n: u64,
    n_open: u64,
    last_on: String,
    is_systemic: bool,
    is_ordered: bool,
    list: String,
    check: String,
}

#[derive(Template)]
#[template(path = "pages/problem_groups.html")]
struct GroupsPage {
    layout: Layout,
    sentence: String,
    facts: String,
    query: ListQuery,
    fields: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_order: bool,
}

/// `GET /problems/groups`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&GROUPS, &uri);
    let pack = visit.pack();
    let today = visit.today();
    let mut found = groups(&visit.app, &see::reach(visit.actor()), &offices(&visit.app, visit.actor()), today).await?;
    let n_systemic = found.iter().filter(|group| group.is_systemic).count();
    let name_of = |field: &str| pack.fields.get(field).map_or_else(|| field.to_owned(), |field| field.name.clone());
    found.retain(|group| group.kind.contains(&query.q) && query.filter("field").is_none_or(|field| group.field == field));
    match query.sort {
        "kind" => found.sort_by(|a, b| (&a.kind, &a.field).cmp(&(&b.kind, &b.field))),
        "n" => found.sort_by_key(|group| group.n),
        "open" => found.sort_by_key(|group| group.n_open),
        "last" => found.sort_by_key(|group| group.last_on),
        _ => found.sort_by_key(|group| (group.n_units, group.n)),
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, "同类问题", &sheet(&found, name_of));
    }
    let total = found.len() as u64;
    let query = query.within(total);
    let row = |group: &Group| Row {
        kind: group.kind.clone(),
        field: name_of(&group.field),
        n_units: group.n_units,
        n: group.n,
        n_open: group.n_open,
        last_on: group.last_on.to_string(),
        is_systemic: group.is_systemic,
        is_ordered: group.is_ordered,
        list: format!("/problems?state=all&kind={}", encoded(&group.kind)),
        check: format!("/problems/self-checks/new?kind={}&field={}", encoded(&group.kind), group.field),
    };
    let [months, least] = ["problem_systemic_months", "problem_systemic_units"].map(|setting| pack.whole(setting, today).unwrap_or_default());
    let page = GroupsPage {
        layout: visit.layout("同类问题").crumb("问题台账", "/problems").crumb("同类问题", ""),
        sentence: if n_systemic == 0 {
            "没有成片的同类问题".to_owned()
        } else {
            format!("{n_systemic} 类问题在同一领域成片出现")
        },
        facts: format!("看最近 {months} 个月：同一领域 {least} 个以上党组织有同一类问题的，提示举一反三，让其他单位也查一查。"),
        fields: query.choices("field", "全部领域", pack.fields.iter().map(|(key, field)| (key.as_str(), field.name.as_str()))),
        columns: vec![
            query.column("类型", "kind", false),
            Column::plain("领域"),
            query.column("党组织", "units", true),
            query.column("问题", "n", true),
            query.column("没有销号", "open", true),
            query.column("最近一次", "last", false),
            Column::plain("举一反三"),
        ],
        rows: query.page_of(&found).iter().map(row).collect(),
        pager: Pager::new(&query, total, "类"),
        may_order: visit.actor().may(Capability::VerifyProblems),
        query,
    };
    visit.page(&page)
}

fn sheet(found: &[Group], name_of: impl Fn(&str) -> String) -> Table {
    let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(18.0);
    let columns = ["类型", "领域", "党组织", "问题", "没有销号", "最近一次"].map(heading).to_vec();
    let row = |group: &Group| {
        let cells = [
            group.kind.clone(),
            name_of(&group.field),
            group.n_units.to_string(),
            group.n.to_string(),
            group.n_open.to_string(),
            group.last_on.to_string(),
        ];
        cells.map(Value::text).to_vec()
    };
    Table { name: "同类问题".to_owned(), title: None, columns, rows: found.iter().map(row).collect() }
}
