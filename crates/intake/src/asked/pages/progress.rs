//! One table: a draft to be composed, one's own to be filled in, or who has answered and who has not.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use store::OrgId;

use super::{answering, draft};
use crate::asked::{AskedTable, AskedUnit, close as close_table, known, rows, see, send_back as send_back_to};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, pairs};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Field, Link, Meter, Standing, Status};
use crate::http::visit::{Answer, Visit};

const UNITS: ListSpec = ListSpec { sorts: &["unit", "day"], default_sort: ("unit", Direction::Asc), filters: &["state", "of"], per: 50 };

struct Row {
    organisation: OrgId,
    name: String,
    above: String,
    status: Status,
    note: String,
    answered_on: String,
    n_typed: i64,
    may_return: bool,
}

#[derive(Template)]
#[template(path = "pages/asked_table.html")]
struct TablePage {
    layout: Layout,
    name: String,
    sentence: String,
    address: String,
    problem: String,
    closed: String,
    meter: Meter,
    query: ListQuery,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    headings: Vec<(String, String)>,
    may_close: bool,
    n_left: usize,
    reason: Field,
}

/// `GET /tables/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when one has nothing to do with it.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let reader = visit.app.store().reader();
    let named = |name: &str| pairs(&visit.query).into_iter().find(|(it, _)| it == name).map(|(_, value)| value);
    let organisation = named("organisation").and_then(|id| id.parse().ok());
    if named("of").is_none()
        && let Some((table, unit)) = see::asked(reader, visit.actor(), id, organisation).await?
        && !see::is_office(visit.actor(), &table)
    {
        return answering::page(&visit, &table, &unit, None, Vec::new()).await;
    }
    let (table, units) = see::seen(reader, &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    if table.is_draft() {
        return draft::page(&visit, &table, Vec::new(), "").await;
    }
    page(&visit, &table, &units, &uri, String::new()).await
}

async fn page(visit: &Visit, table: &AskedTable, units: &[AskedUnit], uri: &Uri, problem: String) -> Answer {
    let query = ListQuery::from_uri(&UNITS, uri);
    let columns = rows::columns(visit.app.store().reader(), table.id).await?;
    let n_done = units.iter().filter(|unit| unit.answered_on.is_some()).count();
    let n_free = units.iter().filter(|unit| unit.n_asked == 0).count();
    let is_own = see::is_office(visit.actor(), table);
    let red = crate::asked::red_days(&visit.pack(), visit.today());
    let mut lines: Vec<Row> = {
        let directory = visit.app.directory();
        let row = |unit: &AskedUnit| Row {
            organisation: unit.organisation,
            name: directory.name_of(unit.organisation).to_owned(),
            above: directory.above(unit.organisation),
            status: match unit.answered_on {
                Some(_) if unit.n_asked == 0 => Status::new(Standing::Ok, "不用填"),
                Some(_) if unit.is_late => Status::new(Standing::Late, "逾期填了"),
                Some(_) => Status::new(Standing::Ok, "填了"),
                None if table.is_open() => Status::by_days_left(i64::from((table.due_on - visit.today()).get_days()), red),
                None => Status::new(Standing::Missed, "没有填"),
            },
            note: if unit.returned.is_empty() { String::new() } else { format!("退回：{}", unit.returned) },
            answered_on: unit.answered_on.map(|day| day.to_string()).unwrap_or_default(),
            n_typed: unit.n_typed,
            may_return: unit.answered_on.is_some() && unit.n_asked > 0,
        };
        units.iter().map(row).collect()
    };
    let is_done = |row: &Row| !row.answered_on.is_empty();
    lines.retain(|row| query.q.is_empty() || row.name.contains(&query.q) || row.above.contains(&query.q));
    let chips = vec![
        query.chip("state", "", "全部", Some(units.len() as u64)),
        query.chip("state", "left", "没有填", Some((units.len() - n_done) as u64)),
        query.chip("state", "done", "填了", Some(n_done as u64)),
    ];
    match query.filter("state") {
        Some("left") => lines.retain(|row| !is_done(row)),
        Some("done") => lines.retain(is_done),
        _ => {}
    }
    if query.sort == "day" {
        lines.sort_by(|a, b| (&a.answered_on, &a.name).cmp(&(&b.answered_on, &b.name)));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(24.0);
        let line = |row: &Row| [&row.name, &row.above, &row.status.word, &row.answered_on, &row.note].map(Value::text).to_vec();
        let sheet = Table {
            name: "填报进度".to_owned(),
            title: None,
            columns: ["单位", "上级", "状态", "填的日期", "说明"].map(heading).to_vec(),
            rows: lines.iter().map(line).collect(),
        };
        return download::table(export, "填报进度", &sheet);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let pack = visit.pack();
    let source = |column: &crate::asked::AskedColumn| if column.is_asked() { "单位填".to_owned() } else { known::source(&pack, &column.known) };
    let said = format!("{n_done} / {} 个单位填了", units.len());
    let page = TablePage {
        layout: visit.layout(table.title.clone()).crumb("报表", "/tables").crumb(table.title.clone(), ""),
        name: table.title.clone(),
        sentence: if n_free > 0 {
            format!("{said}，其中 {n_free} 个一年内答过，没有再问；{} 截止。", table.due_on)
        } else {
            format!("{said}；{} 截止。", table.due_on)
        },
        address: table.address(),
        closed: table.closed_on.map(|day| format!("{day} 关闭。{}", table.close_reason)).unwrap_or_default(),
        meter: Meter::new(n_done as u64, 0, units.len().max(1) as u64, said),
        chips,
        columns: vec![
            query.column("单位", "unit", false),
            Column::plain("状态"),
            query.column("填的日期", "day", false),
            Column::number("自己填的"),
            Column::plain(""),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "个单位"),
        headings: columns.iter().map(|column| (column.heading.clone(), source(column))).collect(),
        may_close: is_own && table.is_open(),
        n_left: units.len() - n_done,
        reason: Field::new("reason", "不等没有填的，为什么", ""),
        query,
        problem,
    };
    visit.page(&page)
}

/// The unit of an address, in one's own open table.
async fn returned(visit: &Visit, id: i64) -> Result<(AskedTable, OrgId, ActionPage, Form), Failure> {
    let table = see::own(visit.app.store().reader(), visit.actor(), id).await?.filter(AskedTable::is_open).ok_or(Failure::NotFound)?;
    let organisation = pairs(&visit.query).into_iter().find(|(name, _)| name == "organisation").and_then(|(_, id)| id.parse().ok());
    let organisation: OrgId = organisation.ok_or(Failure::NotFound)?;
    let units = rows::units(visit.app.store().reader(), "u.table_id = $1 and u.organisation_id = $2", vec![id.into(), organisation.into()]).await?;
    if units.is_empty() {
        return Err(Failure::NotFound);
    }
    let form = Form::default();
    let name = visit.app.directory().name_of(organisation).to_owned();
    let layout = visit.layout("退回").crumb("报表", "/tables").crumb(table.title.clone(), table.address()).crumb("退回", "");
    let page = ActionPage::new(layout, "退回修改", format!("{name} 要重新填，填过的还在。"), Link::new("先不办", table.address()))
        .with(Control::Text(form.field("reason", "哪里要改")));
    Ok((table, organisation, page, form))
}

/// `GET /tables/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn show_return(visit: Visit, Path(id): Path<i64>) -> Answer {
    returned(&visit, id).await?.2.answer(&visit)
}

/// `POST /tables/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn send_back(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (table, organisation, page, _) = returned(&visit, id).await?;
    let mut tx = visit.begin().await?;
    match send_back_to(&mut tx, visit.actor(), id, organisation, sent.text("reason")).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &table.address(), "退回了，他们的工作台上看得到。")),
        Err(error) => {
            drop(tx);
            page.refused(&visit, error)
        }
    }
}

/// `POST /tables/{id}/close`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn close(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let table = see::own(visit.app.store().reader(), visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    let done = close_table(&mut tx, visit.actor(), id, sent.text("reason")).await;
    match visit.or_back(&table.address(), done)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, &table.address(), "关闭了。")),
        Err(refused) => Ok(refused),
    }
}
