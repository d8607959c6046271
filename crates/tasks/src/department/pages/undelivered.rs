//! What departments did not deliver in a period: the list for the office that hands tasks down.

use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Period;

use crate::department::left::{Left, left, per};
use crate::http::download;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::plain::{Cell, PlainList};
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const LEFT: ListSpec =
    ListSpec { sorts: &["department", "due"], default_sort: ("department", Direction::Asc), filters: &["period", "department", "kind"], per: 50 };
/// Periods to choose from.
const N_PERIODS: usize = 5;

/// `GET /departments/undelivered`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LEFT, &uri);
    let (today, pack) = (visit.today(), visit.pack());
    let now = Period::containing(today, per(&pack, today));
    let periods: Vec<Period> = std::iter::successors(Some(now), |period| Some(period.previous())).take(N_PERIODS).collect();
    let period = query.filter("period").and_then(|asked| periods.iter().find(|it| it.to_string() == asked)).copied().unwrap_or(now);
    let mut lines = left(&visit.app, visit.actor(), period, today).await?;
    lines.retain(|line| {
        (line.office_name.contains(&query.q) || line.what.contains(&query.q) || line.of.contains(&query.q))
            && query.filter("department").is_none_or(|key| line.department == key)
            && query.filter("kind").is_none_or(|kind| (kind == "part") == line.is_part)
    });
    if query.sort == "due" {
        lines.sort_by(|a, b| (a.due_on, &a.href).cmp(&(b.due_on, &b.href)));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    let kind = |line: &Left| if line.is_part { "协办的任务" } else { "自己的职责" };
    let status = |line: &Left| match line.done_on {
        Some(day) => Status::new(Standing::Late, format!("{day} 才办结")),
        None => Status::new(Standing::Overdue, format!("逾期 {} 天", (today - line.due_on).get_days())),
    };
    if let Some(export) = query.export {
        let columns = ["部门", "类别", "没有办结的", "属于", "时限", "情况"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(24.0)).to_vec();
        let row = |line: &Left| {
            let (due, state) = (line.due_on.to_string(), status(line).word);
            [line.office_name.as_str(), kind(line), &line.what, &line.of, &due, &state].map(Value::text).to_vec()
        };
        let table = Table { name: "没有办结的".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, &format!("{}各部门没有办结的", period.label()), &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Left| {
        vec![
            Cell::Named(Link::new(line.office_name.clone(), format!("/departments/{}", line.office)), kind(line).to_owned()),
            Cell::Link(Link::new(line.what.clone(), line.href.clone())),
            Cell::text(&line.of),
            Cell::text(line.due_on.to_string()),
            Cell::Status(status(line)),
        ]
    };
    let page = PlainList {
        layout: visit.layout("没有办结的清单").crumb("部门合力", "/departments").crumb("没有办结的清单", ""),
        title: "各部门没有办结的".to_owned(),
        lead: format!("{}：到时限没有办结的协办和职责，按部门列出。", period.label()),
        acts: vec![Link::new("看各部门", "/departments")],
        has_main: false,
        warnings: Vec::new(),
        searched: "部门、事项",
        chips: Vec::new(),
        drops: vec![
            ("period", "期间", query.choices("period", "本期", periods[1..].iter().map(|it| (it.to_string(), it.label())))),
            ("department", "部门", query.choices("department", "全部", pack.departments.iter().map(|(key, it)| (key.as_str(), it.name.as_str())))),
            ("kind", "类别", query.choices("kind", "全部", [("part", "协办的任务"), ("duty", "自己的职责")])),
        ],
        columns: vec![
            query.column("部门", "department", false),
            Column::plain("没有办结的"),
            Column::plain("属于"),
            query.column("时限", "due", false),
            Column::plain("情况"),
        ],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "件"),
        empty: ("没有逾期的".to_owned(), "各部门到时限的协办和职责都办结了。".to_owned()),
        query,
    };
    visit.page(&page)
}
