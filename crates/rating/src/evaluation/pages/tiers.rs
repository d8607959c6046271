//! `/evaluations/{id}/tiers`: 先进、中间、后进, and how organisations moved since the published result before.

use std::collections::HashMap;

use crate::http::path::Path;
use askama::Template;
use store::OrgId;

use super::result::{Listing, tiers_of, unit_of};
use super::{Head, citation};
use crate::evaluation::access::opened;
use crate::evaluation::tier_target::{self, Reached, TierTarget, in_tier};
use crate::evaluation::{self, Brief, KIND};
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::Citation;
use crate::http::visit::{Answer, Visit};

const MOVES: ListSpec = ListSpec { sorts: &["code", "name"], default_sort: ("code", Direction::Asc), filters: &["from", "to"], per: 50 };

#[derive(Template)]
#[template(path = "pages/evaluation_tiers.html")]
struct TiersPage {
    layout: Layout,
    head: Head,
    sentence: String,
    before: String,
    tiers: Vec<TierView>,
    matrix: Vec<MatrixRow>,
    heads: Vec<String>,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<MoveRow>,
    pager: Pager,
}

struct TierView {
    name: String,
    n: usize,
    href: String,
    change: String,
    /// The year's target, what the result came to and the gap: 2026 年目标不低于30%，实际 28.6%（2 / 7 个），差 1 个.
    target: String,
    duty: String,
    citation: Citation,
}

struct MatrixRow {
    name: String,
    cells: Vec<(usize, String, &'static str)>,
    total: usize,
}

struct MoveRow {
    name: String,
    code: String,
    href: String,
    unit: String,
    from: String,
    to: String,
    score: String,
}

/// Stands for 暂不评定 and for what was not there.
const NONE: &str = "none";

/// `GET /evaluations/{id}/tiers`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let listing = Listing::read(&visit, &found).await?;
    let reader = visit.app.store().reader();
    let earlier = evaluation::published_before(reader, &found.evaluation).await?;
    let before: Vec<Brief> = match &earlier {
        Some(earlier) => evaluation::briefs(reader, earlier.id).await?,
        None => Vec::new(),
    };
    let targets = tier_target::in_force(reader).await?;
    let (head, layout) = (found.head(&visit, "/tiers"), found.layout(&visit, "先进中间后进").crumb("先进中间后进", ""));
    let directory = visit.app.directory();
    let before: HashMap<OrgId, &Brief> =
        before.iter().filter(|row| found.sight.sees(&directory, row.org, &row.field)).map(|row| (row.org, row)).collect();
    let tiers = tiers_of(&listing.pack, &found.evaluation.of_key);
    let keys: Vec<&str> = tiers.iter().map(|(key, _)| key.as_str()).chain([NONE]).collect();
    let name_of = |key: &str| listing.pack.tiers.get(key).map_or_else(|| "暂不评定".to_owned(), |tier| tier.name.clone());
    let place = |row: &Brief| row.tier.clone().unwrap_or_else(|| NONE.to_owned());
    let from_of = |row: &Brief| before.get(&row.org).map_or_else(|| NONE.to_owned(), |was| place(was));
    let query = ListQuery::parse(&MOVES, &format!("{}/tiers", found.base()), Some(&visit.query));
    let n_in = |key: &str| listing.rows.iter().filter(|row| place(row) == key).count();
    let n_was = |key: &str| before.values().filter(|row| place(row) == key).count();
    let rank_of = |key: &str| keys.iter().position(|other| *other == key).unwrap_or(keys.len());
    let matrix = keys.iter().map(|from| MatrixRow {
        name: if *from == NONE { "上期没有".to_owned() } else { name_of(from) },
        total: listing.rows.iter().filter(|row| from_of(row) == *from).count(),
        cells: keys
            .iter()
            .map(|to| {
                let n = listing.rows.iter().filter(|row| from_of(row) == *from && place(row) == *to).count();
                let class = match (*from == NONE || *to == NONE, rank_of(to).cmp(&rank_of(from))) {
                    (true, _) | (_, std::cmp::Ordering::Equal) => "same",
                    (_, std::cmp::Ordering::Less) => "up",
                    (_, std::cmp::Ordering::Greater) => "down",
                };
                (n, format!("{}?from={from}&to={to}", query.path), class)
            })
            .collect(),
    });
    let matrix = if earlier.is_some() { matrix.collect() } else { Vec::new() };
    let counted: Vec<(String, i64)> = tiers.iter().map(|(key, _)| ((*key).clone(), i64::try_from(n_in(key)).unwrap_or_default())).collect();
    let target_of = |key: &str| {
        let (unit, year) = (found.evaluation.organisation, found.evaluation.period.year);
        let target = targets.iter().find(|it| found.sight.is_whole && it.organisation == unit && it.year == year && it.tier == key);
        target.map_or_else(String::new, |target| target_words(target, in_tier(&counted, key)))
    };
    let views = tiers
        .iter()
        .map(|(key, tier)| {
            let (n, was) = (n_in(key), n_was(key));
            TierView {
                name: tier.name.clone(),
                n,
                href: format!("{}?cohort=all&tier={key}", found.base()),
                change: if earlier.is_none() { "没有上期可比".to_owned() } else { format!("上期 {was} 个，净增 {}", signed(n, was)) },
                target: target_of(key),
                duty: tier.duty.clone(),
                citation: citation(&listing.pack, &tier.cite, ""),
            }
        })
        .collect();
    let mut moved: Vec<&Brief> = listing
        .rows
        .iter()
        .filter(|row| match (query.filter("from"), query.filter("to")) {
            (None, None) => earlier.is_some() && before.contains_key(&row.org) && from_of(row) != place(row),
            (from, to) => from.is_none_or(|from| from_of(row) == from) && to.is_none_or(|to| place(row) == to),
        })
        .filter(|row| query.q.is_empty() || row.name.contains(&query.q) || row.code.contains(&query.q))
        .collect();
    moved.sort_by(|a, b| if query.sort == "name" { a.name.cmp(&b.name) } else { a.code.cmp(&b.code) });
    if query.dir == Direction::Desc {
        moved.reverse();
    }
    let row_view = |row: &Brief| MoveRow {
        name: row.name.clone(),
        code: row.code.clone(),
        href: format!("{}/organisations/{}", found.base(), row.org),
        unit: unit_of(&directory, found.evaluation.organisation, row.org).map(|(_, name)| name).unwrap_or_default(),
        from: if before.contains_key(&row.org) { name_of(&from_of(row)) } else { "上期没有".to_owned() },
        to: name_of(&place(row)),
        score: row.score(),
    };
    if let Some(export) = query.export {
        let rows: Vec<MoveRow> = moved.iter().map(|row| row_view(row)).collect();
        return download(export, &found.evaluation.name, &rows);
    }
    let last = tiers.last().map(|(key, _)| key.as_str()).unwrap_or_default();
    let n_left = listing.rows.iter().filter(|row| from_of(row) == last && place(row) != last && place(row) != NONE).count();
    let total = moved.len() as u64;
    let at = query.clone().within(total);
    let rows = at.page_of(&moved).iter().map(|row| row_view(row)).collect();
    let page = TiersPage {
        sentence: match &earlier {
            Some(_) => format!("上期{} {} 个，本期离开的 {n_left} 个；本期{} {} 个。", name_of(last), n_was(last), name_of(last), n_in(last)),
            None => format!("本期{} {} 个。还没有更早的同类结果，公布下一期以后可以看晋位。", name_of(last), n_in(last)),
        },
        before: earlier.as_ref().map(|e| e.period.label()).unwrap_or_default(),
        tiers: views,
        matrix,
        heads: keys.iter().map(|key| name_of(key)).collect(),
        columns: vec![
            query.column("党支部", "name", false),
            query.column("组织编码", "code", false),
            Column::plain("单位"),
            Column::plain("上期"),
            Column::plain("本期"),
            Column::number("得分"),
        ],
        pager: Pager::new(&at, total, "个"),
        rows,
        head,
        layout,
        query,
    };
    drop(directory);
    visit.page(&page)
}

fn target_words(target: &TierTarget, reached: Reached) -> String {
    let gap = match (target.gap(reached), target.is_ceiling) {
        (None, _) => return format!("{} 年目标{}，本期没有评类的党支部", target.year, target.words()),
        (Some(..=0), _) => "达到".to_owned(),
        (Some(gap), true) => format!("多 {gap} 个"),
        (Some(gap), false) => format!("差 {gap} 个"),
    };
    format!("{} 年目标{}，本期 {}，{gap}", target.year, target.words(), reached.words())
}

fn signed(n: usize, was: usize) -> String {
    if n >= was { (n - was).to_string() } else { format!("−{}", was - n) }
}

fn download(export: crate::http::list::Export, name: &str, rows: &[MoveRow]) -> Answer {
    use office::sheet::{Column as Head, ColumnKind, Table, Value};
    let text = |heading: &str, width: f64| Head::new(heading, ColumnKind::Text).wide(width);
    let columns = vec![text("党支部", 34.0), text("组织编码", 18.0), text("单位", 16.0), text("上期", 10.0), text("本期", 10.0), text("得分", 10.0)];
    let rows = rows.iter().map(|row| [&row.name, &row.code, &row.unit, &row.from, &row.to, &row.score].into_iter().map(Value::text).collect());
    crate::http::download::table(
        export,
        &format!("{name} 晋位"),
        &Table { name: "晋位".into(), title: Some(format!("{name}：先进、中间、后进")), columns, rows: rows.collect() },
    )
}
