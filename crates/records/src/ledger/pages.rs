//! Pages of ledgers: all of them, the rows of one, a new row, one row.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, FormField, FormFieldKind, Ledger};
use store::OrgId;

use super::rows::{self, Row};
use super::{NewRow, is_kept_by};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

const LEDGERS: ListSpec = ListSpec { sorts: &["name", "n"], default_sort: ("name", Direction::Asc), filters: &["state", "level"], per: 50 };
/// What the ledgers are narrowed to.
const STATES: [(&str, &str); 3] = [("kept", "由我记的"), ("written", "今年有记录的"), ("empty", "今年没有记录的")];
const ROWS: ListSpec = ListSpec {
    sorts: &["held", "about", "keeper"],
    default_sort: ("held", Direction::Desc),
    filters: &["year", "field", "element", "input", "unit"],
    per: 50,
};

/// Years that can be looked back on.
pub(super) const N_YEARS: i16 = 3;

struct LedgerLine {
    name: String,
    href: String,
    note: String,
    n: i64,
    balances: Vec<Link>,
}

#[derive(Template)]
#[template(path = "pages/ledgers.html")]
struct LedgersPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Choice>,
    levels: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<LedgerLine>,
    pager: Pager,
}

/// `GET /ledgers`
///
/// # Errors
/// When the database cannot be read.
pub async fn all(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LEDGERS, &uri);
    let pack = visit.pack();
    let since = jiff::civil::date(visit.today().year(), 1, 1);
    let numbers = rows::numbers(visit.app.store().reader(), &visit.scope(Capability::ViewLedgers), since).await?;
    let mut balances = super::balance::links(&visit);
    let mut lines: Vec<LedgerLine> = pack
        .ledgers
        .iter()
        .filter(|(_, ledger)| ledger.name.contains(&query.q) && query.is_of_level(&ledger.levels))
        .filter(|(key, ledger)| match query.filter("state") {
            Some("kept") => !keepers(&visit, ledger).is_empty(),
            Some("written") => numbers.contains_key(*key),
            Some("empty") => !numbers.contains_key(*key),
            _ => true,
        })
        .map(|(key, ledger)| LedgerLine {
            name: ledger.name.clone(),
            href: format!("/ledgers/{key}"),
            note: ledger.note.clone().unwrap_or_default(),
            n: numbers.get(key).copied().unwrap_or_default(),
            balances: balances.remove(key).unwrap_or_default(),
        })
        .collect();
    lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name));
    if query.sort == "n" {
        lines.sort_by_key(|line| line.n);
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["台账", "说明", "今年条数"].map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(28.0)).into_iter().collect();
        let rows = lines.iter().map(|line| vec![Value::text(&line.name), Value::text(&line.note), Value::Integer(line.n)]).collect();
        return download::table(export, "台账", &Table { name: "台账".to_owned(), title: None, columns, rows });
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let page = LedgersPage {
        layout: visit.layout("台账").crumb("台账", ""),
        states: query.choices("state", "全部台账", STATES),
        levels: query.level_choices(&pack, pack.ledgers.values().map(|ledger| ledger.levels.as_slice())),
        columns: vec![query.column("台账", "name", false), Column::plain("看什么"), query.column("今年", "n", true)],
        pager: Pager::new(&query, total, "本"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

struct RowLine {
    href: String,
    about: String,
    keeper: String,
    held_on: String,
    cells: Vec<String>,
    is_withdrawn: bool,
}

#[derive(Template)]
#[template(path = "pages/ledger.html")]
struct LedgerPage {
    layout: Layout,
    key: String,
    name: String,
    note: String,
    query: ListQuery,
    years: Vec<Choice>,
    fields: Vec<Choice>,
    /// A filter for each choice of the ledger that has one: name of the filter, what it is called, its choices.
    choices: Vec<(String, String, Vec<Choice>)>,
    columns: Vec<Column>,
    lines: Vec<RowLine>,
    pager: Pager,
    may_enter: bool,
    balances: Vec<Link>,
}

fn ledger_of<'a>(pack: &'a policy::Pack, key: &str) -> Result<&'a Ledger, Failure> {
    pack.ledgers.get(key).ok_or(Failure::NotFound)
}

/// Choices that the list can be narrowed by: those whose key is a filter.
fn filtered(ledger: &Ledger) -> impl Iterator<Item = &FormField> {
    ledger.fields.iter().filter(|field| field.kind == FormFieldKind::Choice && ["element", "input"].contains(&field.key.as_str()))
}

/// `GET /ledgers/{key}`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such ledger.
pub async fn list(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let pack = visit.pack();
    let ledger = ledger_of(&pack, &key)?;
    let query = ListQuery::from_uri(&ROWS, &uri);
    let this_year = visit.today().year();
    let year =
        query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (this_year - N_YEARS..=this_year).contains(year)).unwrap_or(this_year);
    let mut rows = rows::of_year(visit.app.store().reader(), &visit.scope(Capability::ViewLedgers), &key, year).await?;
    let shown: Vec<&FormField> = ledger.fields.iter().filter(|field| field.key != ledger.on).collect();
    let mut seen_fields: Vec<String> = Vec::new();
    {
        let directory = visit.app.directory();
        let field_of = |id: OrgId| directory.org(id).map_or("", |org| org.field.as_str());
        seen_fields.extend(rows.iter().map(|row| field_of(row.about).to_owned()));
        let unit = query.filter("unit").and_then(|id| id.parse::<OrgId>().ok());
        let mut below: Option<Vec<OrgId>> = unit.map(|unit| directory.subtree(unit).map(|org| org.id).collect());
        below.iter_mut().for_each(|ids| ids.sort_unstable());
        rows.retain(|row| {
            (query.q.is_empty() || directory.name_of(row.about).contains(&query.q) || row.fields.values().any(|text| text.contains(&query.q)))
                && query.filter("field").is_none_or(|field| field_of(row.about) == field)
                && filtered(ledger).all(|field| query.filter(&field.key).is_none_or(|choice| row.text(&field.key) == choice))
                && below.as_ref().is_none_or(|ids| ids.binary_search(&row.about).is_ok())
        });
        match query.sort {
            "about" => rows.sort_by_cached_key(|row| crate::pinyin::key(directory.name_of(row.about))),
            "keeper" => rows.sort_by_cached_key(|row| crate::pinyin::key(directory.name_of(row.organisation))),
            _ => rows.sort_by_key(|row| (row.held_on, row.id)),
        }
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, &ledger.name, &table(&visit, ledger, &rows));
    }
    seen_fields.sort_unstable();
    seen_fields.dedup();
    let total = rows.len() as u64;
    let query = query.within(total);
    let lines = {
        let directory = visit.app.directory();
        let line = |row: &Row| RowLine {
            href: row.address(),
            about: directory.name_of(row.about).to_owned(),
            keeper: directory.name_of(row.organisation).to_owned(),
            held_on: row.held_on.to_string(),
            cells: shown.iter().map(|field| row.text(&field.key).to_owned()).collect(),
            is_withdrawn: row.withdrawn_reason.is_some(),
        };
        query.page_of(&rows).iter().map(line).collect()
    };
    let mut columns = vec![query.column("党组织", "about", false), query.column("日期", "held", false)];
    columns.extend(
        shown
            .iter()
            .map(|field| if field.kind == FormFieldKind::Whole { Column::number(field.name.clone()) } else { Column::plain(field.name.clone()) }),
    );
    columns.push(query.column("记的单位", "keeper", false));
    let page = LedgerPage {
        layout: visit.layout(ledger.name.clone()).crumb("台账", "/ledgers").crumb(ledger.name.clone(), ""),
        name: ledger.name.clone(),
        note: ledger.note.clone().unwrap_or_default(),
        years: query
            .choices("year", "", (0..=N_YEARS).map(|back| ((this_year - back).to_string(), format!("{} 年", this_year - back))))
            .into_iter()
            .filter(|it| !it.value.is_empty())
            .collect(),
        fields: query.choices(
            "field",
            "全部领域",
            seen_fields.iter().filter_map(|key| pack.fields.get(key).map(|field| (key.clone(), field.name.clone()))),
        ),
        choices: filtered(ledger)
            .map(|field| {
                let all = format!("全部{}", field.name);
                (
                    field.key.clone(),
                    field.name.clone(),
                    query.choices(&field.key, &all, field.choices.iter().map(|choice| (choice.clone(), choice.clone()))),
                )
            })
            .collect(),
        columns,
        lines,
        pager: Pager::new(&query, total, "条"),
        may_enter: !keepers(&visit, ledger).is_empty(),
        balances: super::balance::links(&visit).remove(&key).unwrap_or_default(),
        key,
        query,
    };
    visit.page(&page)
}

fn table(visit: &Visit, ledger: &Ledger, rows: &[Row]) -> Table {
    let directory = visit.app.directory();
    let mut headings = vec!["党组织编码", "党组织", "记的单位"];
    headings.extend(ledger.fields.iter().map(|field| field.name.as_str()));
    headings.extend(["记录时间", "撤回原因"]);
    let columns = headings.into_iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).collect();
    let row = |row: &Row| {
        let mut cells = vec![
            Value::text(directory.org(row.about).map_or("", |org| org.code.as_str())),
            Value::text(directory.name_of(row.about)),
            Value::text(directory.name_of(row.organisation)),
        ];
        cells.extend(ledger.fields.iter().map(|field| match (field.kind, row.text(&field.key).parse()) {
            (FormFieldKind::Whole, Ok(n)) => Value::Integer(n),
            _ => Value::text(row.text(&field.key)),
        }));
        cells.push(Value::text(row.entered_at.get(..10).unwrap_or_default()));
        cells.push(Value::text(row.withdrawn_reason.as_deref().unwrap_or_default()));
        cells
    };
    Table { name: ledger.name.clone(), title: None, columns, rows: rows.iter().map(row).collect() }
}

/// The visitor's organisations that keep this ledger.
fn keepers(visit: &Visit, ledger: &Ledger) -> Vec<(OrgId, String)> {
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::KeepLedgers);
    let own = scope.roots().chain(scope.named()).filter_map(|id| directory.org(id)).filter(|org| is_kept_by(ledger, &org.level));
    let mut own: Vec<(OrgId, String)> = own.map(|org| (org.id, org.name.clone())).collect();
    own.sort_unstable();
    own.dedup();
    own
}

fn new_page(visit: &Visit, key: &str, ledger: &Ledger, form: &Form) -> Result<ActionPage, Failure> {
    let keepers = keepers(visit, ledger);
    let Some((only, _)) = keepers.first() else {
        return Err(Failure::Refused(format!("“{}”不由您的单位记，看得到、不能写。", ledger.name)));
    };
    let title = format!("记{}", ledger.name);
    let mut page = ActionPage::new(
        visit.layout(title.clone()).crumb("台账", "/ledgers").crumb(ledger.name.clone(), format!("/ledgers/{key}")).crumb("记一条", ""),
        title,
        ledger.note.clone().unwrap_or_default(),
        Link::new(ledger.name.clone(), format!("/ledgers/{key}")),
    )
    .button("记下");
    let now = if form.text("keeper").is_empty() { only.to_string() } else { form.text("keeper").to_owned() };
    let choices: Vec<Choice> =
        keepers.iter().map(|(id, name)| Choice { value: id.to_string(), label: name.clone(), selected: id.to_string() == now }).collect();
    page = page.with(Control::Select(form.field("keeper", "记的单位"), choices));
    if ledger.about_below {
        let about = form.text("about").parse::<OrgId>().ok();
        let name = about.map_or_else(String::new, |id| {
            let directory = visit.app.directory();
            directory.visible(&visit.scope(Capability::ViewLedgers), id).map_or_else(String::new, |org| org.name.clone())
        });
        page = page.with(Control::Choose(form.field("about", "对哪个党组织"), name, "/choose/organisations"));
    }
    page = page.with_fields(form, &ledger.fields);
    Ok(page)
}

/// `GET /ledgers/{key}/new`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such ledger; a refusal for whoever keeps none.
pub async fn show_new(visit: Visit, Path(key): Path<String>) -> Answer {
    let pack = visit.pack();
    let ledger = ledger_of(&pack, &key)?;
    let asked = Submitted::parse(&visit.query);
    let mut fields: BTreeMap<String, String> =
        asked.fields().iter().filter_map(|(name, values)| Some((name.clone(), values.first()?.clone()))).collect();
    fields.entry(ledger.on.clone()).or_insert_with(|| visit.today().to_string());
    new_page(&visit, &key, ledger, &Form::prefilled(fields))?.answer(&visit)
}

/// `POST /ledgers/{key}/new`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn enter(visit: Visit, Path(key): Path<String>, sent: Submitted) -> Answer {
    let pack = visit.pack();
    let ledger = ledger_of(&pack, &key)?;
    let back = format!("/ledgers/{key}");
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&answer)));
    }
    let new = NewRow {
        ledger: key.clone(),
        organisation: sent.text("keeper").parse().unwrap_or_default(),
        about: sent.text("about").parse().ok(),
        fields: sent.fields().clone(),
    };
    match super::enter(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &back, "已记下。")),
        Err(error) => new_page(&visit, &key, ledger, &Form::new(sent))?.refused(&visit, error),
    }
}

#[derive(Template)]
#[template(path = "pages/ledger_row.html")]
struct RowPage {
    layout: Layout,
    title: String,
    about: Link,
    keeper: String,
    /// What is called how, and what stands there.
    lines: Vec<(String, String)>,
    entered: String,
    withdrawn: String,
    may_withdraw: bool,
    href: String,
}

async fn seen(visit: &Visit, key: &str, id: i64) -> Result<(Row, Ledger), Failure> {
    let row = rows::find(visit.app.store().reader(), id).await?.filter(|row| row.ledger == key).ok_or(Failure::NotFound)?;
    let scope = visit.scope(Capability::ViewLedgers);
    let is_seen = {
        let directory = visit.app.directory();
        directory.is_visible(&scope, row.organisation) || directory.is_visible(&scope, row.about)
    };
    if !is_seen {
        return Err(Failure::NotFound);
    }
    let pack = visit.app.policies_of(&row.pack_version).await?;
    let ledger = pack.ledgers.get(key).cloned().ok_or(Failure::NotFound)?;
    Ok((row, ledger))
}

/// `GET /ledgers/{key}/rows/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path((key, id)): Path<(String, i64)>) -> Answer {
    let (row, ledger) = seen(&visit, &key, id).await?;
    let (about, keeper, may_keep) = {
        let directory = visit.app.directory();
        let may_keep = directory.is_visible(&visit.scope(Capability::KeepLedgers), row.organisation);
        (directory.name_of(row.about).to_owned(), directory.name_of(row.organisation).to_owned(), may_keep)
    };
    let page = RowPage {
        layout: visit
            .layout(ledger.name.clone())
            .crumb("台账", "/ledgers")
            .crumb(ledger.name.clone(), format!("/ledgers/{key}"))
            .crumb(about.clone(), ""),
        title: format!("{about} {}", row.held_on),
        about: Link::new(about, format!("/organisations/{}", row.about)),
        keeper,
        lines: ledger.fields.iter().map(|field| (field.name.clone(), row.text(&field.key).to_owned())).filter(|(_, text)| !text.is_empty()).collect(),
        entered: format!("{} {}记", row.entered_at.get(..10).unwrap_or_default(), row.entered_by),
        may_withdraw: may_keep && row.withdrawn_reason.is_none(),
        withdrawn: row.withdrawn_reason.clone().unwrap_or_default(),
        href: row.address(),
    };
    visit.page(&page)
}

fn withdraw_page(visit: &Visit, key: &str, row: &Row, ledger: &Ledger, form: &Form) -> ActionPage {
    let layout = visit.layout("撤回").crumb("台账", "/ledgers").crumb(ledger.name.clone(), format!("/ledgers/{key}")).crumb("撤回", "");
    ActionPage::new(layout, "撤回这一条", "撤回的仍在台账里，注明原因，不再计数。", Link::new(ledger.name.clone(), row.address()))
        .button("撤回")
        .with(Control::Text(form.field("reason", "原因")))
}

/// `GET /ledgers/{key}/rows/{id}/withdraw`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_withdraw(visit: Visit, Path((key, id)): Path<(String, i64)>) -> Answer {
    let (row, ledger) = seen(&visit, &key, id).await?;
    withdraw_page(&visit, &key, &row, &ledger, &Form::default()).answer(&visit)
}

/// `POST /ledgers/{key}/rows/{id}/withdraw`
///
/// # Errors
/// [`Failure::NotFound`] out of reach; a refusal shows the form again.
pub async fn withdraw(visit: Visit, Path((key, id)): Path<(String, i64)>, sent: Submitted) -> Answer {
    let (row, ledger) = seen(&visit, &key, id).await?;
    let mut tx = visit.begin().await?;
    match super::withdraw(&visit.app, &mut tx, visit.actor(), id, sent.text("reason")).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &row.address(), "已撤回。")),
        Err(error) => withdraw_page(&visit, &key, &row, &ledger, &Form::new(sent)).refused(&visit, error),
    }
}
