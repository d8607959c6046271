//! `/villages`: villages with three years of collective income, each with its source.

use std::collections::BTreeSet;

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, Target};
use serde_json::json;

use super::income::{NewIncome, set_income};
use super::read::{Village, fen_of, is_reached, n_without_organisation, target, ten_thousand_yuan, villages};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Citation, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const LIST: ListSpec =
    ListSpec { sorts: &["code", "name", "township"], default_sort: ("code", Direction::Asc), filters: &["township", "mark"], per: 20 };

/// Years that a page shows.
const N_YEARS: i16 = 3;

#[derive(Template)]
#[template(path = "pages/unit_list.html")]
struct VillageListPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    townships: Vec<Choice>,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    has_townships: bool,
    pager: Pager,
    may_export: bool,
}

struct Row {
    id: i64,
    name: String,
    code: String,
    township: String,
    organisation: Option<Link>,
    years: Vec<(i16, String)>,
    status: Option<Status>,
}

/// The years shown: the last that is closed, and the two before.
fn years(today: Date) -> Vec<i16> {
    (today.year() - N_YEARS..today.year()).collect()
}

fn mark_of(village: &Village, years: &[i16], target: Option<&Target>) -> Option<(&'static str, Status)> {
    if village.organisation.is_none() {
        return Some(("unbuilt", Status::new(Standing::Overdue, "应建未建")));
    }
    let last = years.last()?;
    match (village.years.get(last), target) {
        (None, _) => Some(("unproved", Status::new(Standing::Unproved, format!("{last} 年没有记录")))),
        (Some(income), Some(target)) if !is_reached(target, income.operating_fen) => Some(("below", Status::new(Standing::Soon, "低于目标"))),
        _ => None,
    }
}

/// `GET /villages`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let years = years(visit.today());
    let pack = visit.pack();
    let target = years.last().and_then(|year| target(&pack, *year));
    let all = villages(&visit.app, &visit.scope(Capability::ViewUnits), None).await?;
    let townships: BTreeSet<String> = all.iter().map(|village| village.township.clone()).collect();
    let narrowed: Vec<&Village> = all
        .iter()
        .filter(|village| {
            query.q.is_empty() || crate::pinyin::is_found(&query.q, &village.name, &village.pinyin) || village.code.starts_with(&query.q)
        })
        .filter(|village| query.filter("township").is_none_or(|name| name == village.township))
        .collect();
    let mark = |village: &Village| mark_of(village, &years, target.as_ref());
    let chips = [("below", "低于目标"), ("unproved", "没有记录"), ("unbuilt", "应建未建")]
        .into_iter()
        .filter_map(|(key, word)| {
            let n = narrowed.iter().filter(|village| mark(village).is_some_and(|(known, _)| known == key)).count() as u64;
            (n > 0 || query.filter("mark") == Some(key)).then(|| query.chip("mark", key, word, Some(n)))
        })
        .collect();
    let n_recorded = all.iter().filter(|village| years.last().is_some_and(|year| village.years.contains_key(year))).count();
    let mut chosen: Vec<&Village> =
        narrowed.into_iter().filter(|village| query.filter("mark").is_none_or(|key| mark(village).is_some_and(|(known, _)| known == key))).collect();
    match query.sort {
        "name" => chosen.sort_by(|a, b| (&a.pinyin, &a.code).cmp(&(&b.pinyin, &b.code))),
        "township" => chosen.sort_by(|a, b| (&a.township, &a.code).cmp(&(&b.township, &b.code))),
        _ => {}
    }
    if query.dir == Direction::Desc {
        chosen.reverse();
    }
    if let Some(export) = query.export {
        return export_list(&visit, export, &chosen, &years);
    }
    let last = years.last().copied().unwrap_or_default();
    let mut columns = vec![query.column("村", "name", false), query.column("编码", "code", false), Column::plain("党组织")];
    if townships.len() > 1 {
        columns.insert(2, query.column("乡镇（街道）", "township", false));
    }
    columns.extend(years.iter().map(|year| Column::number(format!("{year} 年"))));
    columns.push(Column::plain("提示"));
    let page = VillageListPage {
        layout: visit.layout("村级经济").crumb("基础信息", "/organisations").crumb("村级经济", ""),
        sentence: format!("{} 个村，{last} 年有收入记录的 {n_recorded} 个；年度栏是经营性收入，单位万元", all.len()),
        townships: if townships.len() > 1 { query.choices("township", "全部", townships.iter().map(|name| (name, name))) } else { Vec::new() },
        chips,
        columns,
        has_townships: townships.len() > 1,
        pager: Pager::new(&query, chosen.len() as u64, "个"),
        rows: query.page_of(&chosen).iter().map(|village| row(&visit, village, &years, mark(village).map(|(_, status)| status))).collect(),
        may_export: visit.actor().may(Capability::Export),
        query,
    };
    visit.page(&page)
}

fn row(visit: &Visit, village: &Village, years: &[i16], status: Option<Status>) -> Row {
    Row {
        id: village.id,
        name: village.name.clone(),
        code: village.code.clone(),
        township: village.township.clone(),
        organisation: village.organisation.map(|id| Link::new(visit.app.directory().name_of(id), format!("/organisations/{id}"))),
        years: years
            .iter()
            .map(|year| (*year, village.years.get(year).map_or_else(|| "—".to_owned(), |income| ten_thousand_yuan(income.operating_fen))))
            .collect(),
        status,
    }
}

fn export_list(visit: &Visit, export: Export, chosen: &[&Village], years: &[i16]) -> Answer {
    if !visit.actor().may(Capability::Export) {
        return Err(Failure::Refused("您的岗位没有导出的权限，请联系本级管理员。".to_owned()));
    }
    let money = |fen: i64| Value::Decimal { units: fen / 10_000, places: 2 };
    let rows = chosen.iter().flat_map(|village| {
        years.iter().filter_map(|year| {
            let income = village.years.get(year)?;
            Some(vec![
                Value::text(&village.code),
                Value::text(&village.name),
                Value::Integer(i64::from(*year)),
                money(income.operating_fen),
                money(income.total_fen),
                Value::text(&income.source),
            ])
        })
    });
    let text = |heading: &str| SheetColumn::new(heading, ColumnKind::Text);
    let decimal = |heading: &str| SheetColumn::new(heading, ColumnKind::Decimal { places: 2 });
    let table = Table {
        name: "村级集体经济".to_owned(),
        title: None,
        columns: vec![
            text("村编码").wide(18.0),
            text("村名").wide(28.0),
            SheetColumn::new("年度", ColumnKind::Integer),
            decimal("经营性收入（万元）"),
            decimal("总收入（万元）"),
            text("来源").wide(28.0),
        ],
        rows: rows.collect(),
    };
    download::table(export, "村级集体经济", &table)
}

#[derive(Template)]
#[template(path = "pages/unit_detail.html")]
struct VillagePage {
    layout: Layout,
    village: Village,
    organisation: Option<Link>,
    status: Option<Status>,
    rows: Vec<YearRow>,
    chart: String,
    speaks: String,
    citation: Option<Citation>,
    may_write: bool,
}

struct YearRow {
    year: i16,
    operating: String,
    total: String,
    source: String,
    recorded_on: String,
    change: String,
}

/// `GET /villages/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let village = village(&visit, Capability::ViewUnits, id).await?;
    let years = years(visit.today());
    let pack = visit.pack();
    let aim = years.last().and_then(|year| target(&pack, *year));
    let status = mark_of(&village, &years, aim.as_ref()).map(|(_, status)| status);
    let shown: Vec<i16> = village.years.keys().rev().take(usize::from(N_YEARS.unsigned_abs())).rev().copied().collect();
    let rows = shown
        .iter()
        .rev()
        .map(|year| {
            let income = &village.years[year];
            let before = village.years.get(&(year - 1)).map(|before| income.operating_fen - before.operating_fen);
            YearRow {
                year: *year,
                operating: ten_thousand_yuan(income.operating_fen),
                total: ten_thousand_yuan(income.total_fen),
                source: income.source.clone(),
                recorded_on: income.recorded_at.chars().take(10).collect(),
                change: before.map_or_else(|| "—".to_owned(), |fen| format!("{}{}", if fen > 0 { "+" } else { "" }, ten_thousand_yuan(fen))),
            }
        })
        .collect();
    let speaks =
        shown.iter().map(|year| format!("{year} 年 {} 万元", ten_thousand_yuan(village.years[year].operating_fen))).collect::<Vec<_>>().join("，");
    let citation = pack.indicators.get("collective_income").map(|rule| Citation {
        quote: rule.cite.quote.clone().unwrap_or_default(),
        source: pack.documents.get(&rule.cite.doc).map_or_else(|| rule.cite.doc.clone(), |document| format!("《{}》", document.name)),
        reading: rule.reading.clone().unwrap_or_default(),
        href: String::new(),
    });
    let page = VillagePage {
        layout: visit.layout(village.name.clone()).crumb("基础信息", "/organisations").crumb("村级经济", "/villages").crumb(village.name.clone(), ""),
        organisation: village.organisation.map(|id| Link::new(visit.app.directory().name_of(id), format!("/organisations/{id}"))),
        status,
        chart: chart(&village, &shown, aim.as_ref()),
        speaks: format!("{}经营性收入：{speaks}", village.name),
        rows,
        citation,
        may_write: may_write(&visit, &village),
        village,
    };
    visit.page(&page)
}

async fn village(visit: &Visit, capability: Capability, id: i64) -> Result<Village, Failure> {
    villages(&visit.app, &visit.scope(capability), Some(id)).await?.pop().ok_or(Failure::NotFound)
}

fn may_write(visit: &Visit, village: &Village) -> bool {
    let scope = visit.scope(Capability::ManageOrganisations).union(visit.scope(Capability::Import));
    village.organisation.is_some_and(|id| visit.app.directory().is_visible(&scope, id))
}

/// Bars of operating income, with the target drawn and named.
fn chart(village: &Village, years: &[i16], target: Option<&Target>) -> String {
    // Two decimals of 万元 are exact enough for a picture; the table below it holds the figures.
    let values: Vec<serde_json::Value> = years
        .iter()
        .map(|year| ten_thousand_yuan(village.years[year].operating_fen).parse().map_or(json!(null), |number: f64| json!(number)))
        .collect();
    let line = target.and_then(|target| i64::try_from((target.value / policy::Ratio::from_integer(10_000)).to_integer()).ok());
    let mark = line.map(|at| {
        json!({ "silent": true, "symbol": "none", "lineStyle": { "type": "dashed", "color": "--ink-4" },
        "label": { "formatter": "目标 {c} 万元", "position": "insideEndTop" }, "data": [{ "yAxis": at }] })
    });
    // The target stays in the picture, however far away it is.
    let highest = years.iter().map(|year| village.years[year].operating_fen / 1_000_000 + 1).max().unwrap_or_default().max(line.unwrap_or_default());
    let top = (highest * 6 / 5 + 4) / 5 * 5;
    json!({
        "grid": { "left": 44, "right": 12, "top": 18, "bottom": 22 },
        "xAxis": { "type": "category", "data": years.iter().map(|year| format!("{year} 年")).collect::<Vec<_>>() },
        "yAxis": { "type": "value", "min": 0, "max": top },
        "series": [{ "type": "bar", "barWidth": 36, "data": values, "label": { "show": true, "position": "top" }, "markLine": mark }]
    })
    .to_string()
}

/// `GET /villages/{id}/income`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn income_form(visit: Visit, Path(id): Path<i64>) -> Answer {
    let village = village(&visit, Capability::ViewUnits, id).await?;
    let form = Form::prefilled([("year", (visit.today().year() - 1).to_string())]);
    income_page(&visit, &village, &form).answer(&visit)
}

/// `POST /villages/{id}/income`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn income(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let village = village(&visit, Capability::ViewUnits, id).await?;
    let mut form = Form::new(sent);
    let year = form.whole("year").and_then(|year| i16::try_from(year).ok()).filter(|year| (1990..=visit.today().year()).contains(year));
    let (operating, total) = (fen_of(form.text("operating")), fen_of(form.text("total")));
    let source = form.required("source", "请写明来源，例如村集体经济年报");
    if year.is_none() {
        form.problem("year", "请填写四位年份，不晚于今年");
    }
    if operating.is_none() {
        form.problem("operating", "请填写万元数，例如 22.84");
    }
    if total.is_none() && form.filled("total").is_some() {
        form.problem("total", "请填写万元数，或者留空");
    }
    if total.zip(operating).is_some_and(|(total, operating)| total < operating) {
        form.problem("total", "总收入不能少于经营性收入");
    }
    let (Some(year), Some(operating_fen), true) = (year, operating, form.is_right()) else {
        return income_page(&visit, &village, &form).answer(&visit);
    };
    let mut tx = visit.begin().await?;
    let new = NewIncome { village_code: village.code.clone(), year, operating_fen, total_fen: total, source };
    match set_income(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &format!("/villages/{id}"), &format!("已登记 {year} 年的收入。"))),
        Err(error) => income_page(&visit, &village, &form).refused(&visit, error),
    }
}

fn income_page(visit: &Visit, village: &Village, form: &Form) -> ActionPage {
    let here = format!("/villages/{}", village.id);
    let layout = visit.layout("登记收入").crumb("村级经济", "/villages").crumb(village.name.clone(), here.clone()).crumb("登记收入", "");
    ActionPage::new(layout, "登记收入", format!("{}的年度集体经济收入；同一年再登记就是更正", village.name), Link::new("先不办", here))
        .with(Control::Input(form.field("year", "年度"), "number"))
        .with(Control::Input(form.field("operating", "经营性收入（万元）").hint("不含上级补助"), "text"))
        .with(Control::Input(form.field("total", "总收入（万元）").optional(), "text"))
        .with(Control::Input(form.field("source", "来源").hint("例如：2025 年村集体经济年报"), "text"))
        .button("登记")
}

/// Villages in reach without a Party organisation.
///
/// # Errors
/// When the database cannot be read.
pub async fn n_unbuilt(visit: &Visit) -> anyhow::Result<u64> {
    if !visit.actor().may(Capability::ViewUnits) {
        return Ok(0);
    }
    n_without_organisation(&visit.app, &visit.scope(Capability::ViewUnits)).await
}
