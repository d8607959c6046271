//! `/evaluations/{id}/charts`: how scores are made up, side by side; unit by unit; where stars went since the result before; the trend.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use serde_json::json;
use store::OrgId;

use super::Head;
use super::result::{Listing, cohort_name, star_word, unit_of};
use crate::directory::{DATUM, coordinates};
use crate::evaluation::access::opened;
use crate::evaluation::brief::printed;
use crate::evaluation::{self, Brief, KIND, Parts};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::Choice;
use crate::http::visit::{Answer, Visit};

const UNITS: ListSpec = ListSpec { sorts: &["name", "n"], default_sort: ("name", Direction::Asc), filters: &["cohort"], per: 50 };

/// A drawing with the words for whoever does not see it, and its figures as a table.
struct Chart {
    option: String,
    speaks: String,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

struct UnitLine {
    id: OrgId,
    code: String,
    name: String,
    href: String,
    n: usize,
    mean: String,
    effect: String,
    process: String,
    /// Of each star from five down: how many, and where its part of the bar begins and how wide it is, in percent.
    stars: Vec<(u8, usize, String, String)>,
}

#[derive(Template)]
#[template(path = "pages/evaluation_charts.html")]
struct ChartsPage {
    layout: Layout,
    head: Head,
    sentence: String,
    query: ListQuery,
    cohorts: Vec<Choice>,
    columns: Vec<Column>,
    sections: Option<Chart>,
    /// Share of the points due that process and effect items earned; empty: the scheme has no such items.
    process: String,
    effect: String,
    flow: Option<Chart>,
    trend: Option<Chart>,
    units: Vec<UnitLine>,
    pager: Pager,
}

/// `GET /evaluations/{id}/charts`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let listing = Listing::read(&visit, &found).await?;
    let reader = visit.app.store().reader();
    let parts = evaluation::parts(reader, id).await?;
    let query = ListQuery::parse(&UNITS, &format!("{}/charts", found.base()), Some(&visit.query));
    let rows: Vec<&Brief> = listing.rows.iter().filter(|row| query.filter("cohort").is_none_or(|key| row.cohort == key)).collect();
    let flow = match evaluation::published_before(reader, &found.evaluation).await? {
        Some(earlier) => flow(&earlier.period.label(), &found.evaluation.period.label(), &rows, &|org| listing.star_before(org)),
        None => None,
    };
    let mut series = Vec::new();
    for past in evaluation::published_series(reader, &found.evaluation).await? {
        let seen = |row: &Brief| found.sight.sees(&visit.app.directory(), row.org, &row.field);
        let point = if past.id == id {
            point(&listing.rows.iter().collect::<Vec<_>>())
        } else {
            let all = evaluation::briefs(reader, past.id).await?;
            point(&all.iter().filter(|row| seen(row)).collect::<Vec<_>>())
        };
        series.extend(point.map(|(mean, five)| (past.period.label(), mean, five)));
    }
    let (process, effect) = shares(&rows, &parts);
    let mut units = units(&visit.app.directory(), found.evaluation.organisation, &found.base(), &rows, &parts);
    match query.sort {
        "n" => units.sort_by_key(|unit| unit.n),
        _ => units.sort_by(|a, b| a.code.cmp(&b.code)),
    }
    if query.dir == Direction::Desc {
        units.reverse();
    }
    units.retain(|unit| unit.name.contains(&query.q));
    if let Some(export) = query.export {
        let ids: Vec<OrgId> = units.iter().map(|unit| unit.id).collect();
        let places = coordinates(visit.app.store(), &ids).await?;
        return download::table(export, &format!("{}分单位", found.evaluation.name), &table(&units, &places));
    }
    let directory = visit.app.directory();
    let total = units.len() as u64;
    let query = query.within(total);
    let mut cohorts: Vec<(String, String)> = listing.rows.iter().map(|row| (row.cohort.clone(), cohort_name(&directory, &row.cohort))).collect();
    cohorts.sort_unstable();
    cohorts.dedup();
    let skipped = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let page = ChartsPage {
        sentence: format!("{} 个党支部，按您看得到的画；点图上的数打开是哪些支部。", rows.len()),
        cohorts: query.choices("cohort", "全部分组", cohorts),
        columns: vec![
            query.column("单位", "name", false),
            query.column("支部", "n", true),
            Column::number("平均分"),
            Column::number("过程得分率"),
            Column::number("成效得分率"),
            Column::plain("星级构成（五星在左）"),
        ],
        sections: sections(&rows, &parts),
        process,
        effect,
        flow,
        trend: trend(series),
        pager: Pager::new(&query, total, "个"),
        units: units.into_iter().skip(skipped).take(query.per as usize).collect(),
        head: found.head(&visit, "/charts"),
        layout: found.layout(&visit, "图表").crumb("图表", ""),
        query,
    };
    drop(directory);
    visit.page(&page)
}

/// Earned out of due, as a percentage with one decimal; `None`: nothing was due.
fn percent(earned: i64, due: i64) -> Option<String> {
    let thousandths = (i128::from(earned) * 1000).checked_div(i128::from(due))?;
    Some(format!("{}.{}", thousandths / 10, thousandths % 10))
}

fn mean(rows: &[&Brief]) -> Option<String> {
    let rated: Vec<i64> = rows.iter().filter(|row| row.star.is_some()).map(|row| row.score_micro).collect();
    let sum: i128 = rated.iter().map(|score| i128::from(*score)).sum();
    Some(printed(i64::try_from(sum.checked_div(rated.len() as i128)?).ok()?))
}

/// 五个基本 side by side: of each section, the share of the points due that was earned.
fn sections(rows: &[&Brief], parts: &HashMap<OrgId, Parts>) -> Option<Chart> {
    let mut sums: Vec<(String, i64, i64)> = Vec::new();
    for (name, earned, due) in rows.iter().filter_map(|row| parts.get(&row.org)).flat_map(|parts| &parts.sections) {
        match sums.iter_mut().find(|(known, ..)| known == name) {
            Some((_, e, d)) => (*e, *d) = (*e + earned, *d + due),
            None => sums.push((name.clone(), *earned, *due)),
        }
    }
    let shares: Vec<(String, String)> = sums.into_iter().filter_map(|(name, earned, due)| Some((name, percent(earned, due)?))).collect();
    let weakest = shares.iter().min_by(|a, b| number(&a.1).total_cmp(&number(&b.1)))?;
    Some(Chart {
        speaks: format!("得分率最低的是{}，{}%", weakest.0, weakest.1),
        option: json!({
            "grid": { "left": 8, "right": 48, "top": 8, "bottom": 4, "containLabel": true },
            "xAxis": { "type": "value", "min": 0, "max": 100, "axisLabel": { "formatter": "{value}%" } },
            "yAxis": { "type": "category", "inverse": true, "data": shares.iter().map(|(name, _)| name).collect::<Vec<_>>(), "axisLine": { "show": false } },
            "series": [{ "type": "bar", "barWidth": 16, "data": shares.iter().map(|(_, share)| number(share)).collect::<Vec<_>>(),
                "label": { "show": true, "position": "right", "formatter": "{c}%" } }],
        })
        .to_string(),
        heads: vec!["部分".to_owned(), "得分率（%）".to_owned()],
        rows: shares.iter().map(|(name, share)| vec![name.clone(), share.clone()]).collect(),
    })
}

/// For drawing alone: what is printed is exact.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

fn shares(rows: &[&Brief], parts: &HashMap<OrgId, Parts>) -> (String, String) {
    let add = |side: fn(&Parts) -> (i64, i64)| {
        let sums = rows.iter().filter_map(|row| parts.get(&row.org)).map(side);
        sums.fold((0, 0), |(earned, due), (e, d)| (earned + e, due + d))
    };
    let (process, effect) = (add(|parts| parts.process), add(|parts| parts.effect));
    (percent(process.0, process.1).unwrap_or_default(), percent(effect.0, effect.1).unwrap_or_default())
}

/// Where the stars of one result came from.
fn flow(then: &str, now: &str, rows: &[&Brief], before: &dyn Fn(OrgId) -> Option<Option<u8>>) -> Option<Chart> {
    let name = |star: Option<u8>| star.map_or_else(|| "暂不评定".to_owned(), |star| format!("{}星", star_word(star)));
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows {
        if let Some(old) = before(row.org) {
            *counts.entry((name(old), name(row.star))).or_default() += 1;
        }
    }
    if counts.is_empty() {
        return None;
    }
    let mut nodes: Vec<String> = counts.keys().flat_map(|(from, to)| [format!("{then} {from}"), format!("{now} {to}")]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let links: Vec<serde_json::Value> =
        counts.iter().map(|((from, to), n)| json!({ "source": format!("{then} {from}"), "target": format!("{now} {to}"), "value": n })).collect();
    let n_moved: usize = counts.iter().filter(|((from, to), _)| from != to).map(|(_, n)| n).sum();
    Some(Chart {
        speaks: format!("从{then}到{now}，{n_moved} 个党支部变了星级"),
        option: json!({ "tooltip": {}, "series": [{ "type": "sankey", "left": 8, "right": 120, "top": 8, "bottom": 8, "data": nodes.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(), "links": links, "lineStyle": { "color": "source", "opacity": 0.35 }, "draggable": false }] }).to_string(),
        heads: vec![then.to_owned(), now.to_owned(), "支部".to_owned()],
        rows: counts.iter().map(|((from, to), n)| vec![from.clone(), to.clone(), n.to_string()]).collect(),
    })
}

/// Mean score and share of five stars; `None`: nobody was rated.
fn point(rows: &[&Brief]) -> Option<(String, String)> {
    let n_of = |is: fn(Option<u8>) -> bool| rows.iter().filter(|row| is(row.star)).count() as i64;
    Some((mean(rows)?, percent(n_of(|star| star == Some(5)), n_of(|star| star.is_some()))?))
}

/// Mean score and share of five stars over the published results.
fn trend(points: Vec<(String, String, String)>) -> Option<Chart> {
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    Some(Chart {
        speaks: format!("平均分从{}的 {} 到{}的 {}", first.0, first.1, last.0, last.1),
        option: json!({
            "grid": { "left": 8, "right": 8, "top": 32, "bottom": 4, "containLabel": true },
            "legend": { "top": 0, "data": ["平均分", "五星占比（%）"] },
            "xAxis": { "type": "category", "data": points.iter().map(|point| &point.0).collect::<Vec<_>>() },
            "yAxis": [{ "type": "value", "min": 0, "max": 100 }, { "type": "value", "min": 0, "show": false }],
            "series": [
                { "name": "平均分", "type": "line", "data": points.iter().map(|point| number(&point.1)).collect::<Vec<_>>() },
                { "name": "五星占比（%）", "type": "bar", "yAxisIndex": 1, "barWidth": 14, "data": points.iter().map(|point| number(&point.2)).collect::<Vec<_>>() },
            ],
        })
        .to_string(),
        heads: vec!["期间".to_owned(), "平均分".to_owned(), "五星占比（%）".to_owned()],
        rows: points.into_iter().map(|(label, mean, five)| vec![label, mean, five]).collect(),
    })
}

fn units(directory: &crate::directory::Directory, organiser: OrgId, base: &str, rows: &[&Brief], parts: &HashMap<OrgId, Parts>) -> Vec<UnitLine> {
    let mut by_unit: BTreeMap<OrgId, (String, Vec<&Brief>)> = BTreeMap::new();
    for row in rows {
        if let Some((id, name)) = unit_of(directory, organiser, row.org) {
            by_unit.entry(id).or_insert_with(|| (name, Vec::new())).1.push(row);
        }
    }
    let line = |(id, (name, rows)): (OrgId, (String, Vec<&Brief>))| {
        let (process, effect) = shares(&rows, parts);
        let n = rows.len();
        let mut begins = 0;
        let stars = [Some(5), Some(4), Some(3), Some(2), Some(1), None].map(|star: Option<u8>| {
            let own = rows.iter().filter(|row| row.star == star).count();
            let part = (star.unwrap_or_default(), own, width(begins, n), width(own, n));
            begins += own;
            part
        });
        UnitLine {
            id,
            code: directory.org_ever(id).map_or_else(String::new, |org| org.code.clone()),
            name,
            href: format!("{base}?cohort=all&unit={id}"),
            n,
            mean: mean(&rows).unwrap_or_else(|| "—".to_owned()),
            effect,
            process,
            stars: stars.into_iter().filter(|(_, own, ..)| *own > 0).collect(),
        }
    };
    by_unit.into_iter().map(line).collect()
}

fn width(part: usize, whole: usize) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or_default();
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// With the code of every unit and where it stands, so that it can be put on a map.
fn table(units: &[UnitLine], places: &HashMap<OrgId, (String, String)>) -> Table {
    let text = |name: &str, width: f64| SheetColumn::new(name, ColumnKind::Text).wide(width);
    let mut columns = vec![
        text("组织编码", 18.0),
        text("单位", 24.0),
        text(&format!("经度（{DATUM}）"), 16.0),
        text(&format!("纬度（{DATUM}）"), 16.0),
        text("支部", 8.0),
        text("平均分", 10.0),
        text("过程得分率（%）", 14.0),
        text("成效得分率（%）", 14.0),
    ];
    columns.extend([5, 4, 3, 2, 1].map(|star| text(&format!("{}星", star_word(star)), 8.0)));
    columns.push(text("暂不评定", 10.0));
    let row = |unit: &UnitLine| {
        let of = |star: u8| unit.stars.iter().find(|(own, ..)| *own == star).map_or(0, |(_, n, ..)| *n).to_string();
        let (longitude, latitude) = places.get(&unit.id).cloned().unwrap_or_default();
        let mut cells = vec![
            unit.code.clone(),
            unit.name.clone(),
            longitude,
            latitude,
            unit.n.to_string(),
            unit.mean.clone(),
            unit.process.clone(),
            unit.effect.clone(),
        ];
        cells.extend([5, 4, 3, 2, 1, 0].map(of));
        cells.into_iter().map(Value::text).collect()
    };
    Table { name: "分单位".to_owned(), title: None, columns, rows: units.iter().map(row).collect() }
}
