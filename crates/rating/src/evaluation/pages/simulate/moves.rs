//! Who moves under a draft: the matrix of stars, how many of each star, and the list by name.

use std::cmp::Ordering;

use assessment::{Compared, Placing, decimal};
use store::OrgId;

use super::{Place, View, office};
use crate::directory::Directory;
use crate::evaluation::pages::result::{cohort_name, star_word, unit_of};
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice};

pub(super) const MOVES: ListSpec = ListSpec {
    sorts: &["move", "name", "unit", "score", "places"],
    default_sort: ("move", Direction::Asc),
    filters: &["scheme", "period", "draft", "of", "view", "show", "from", "to", "unit", "field"],
    per: 50,
};

/// Stands for no star in addresses.
const NONE: &str = "none";

pub(super) struct MovesView {
    pub sentence: String,
    /// Nothing was changed: there is nobody to name.
    pub is_same: bool,
    pub matrix: Vec<MatrixRow>,
    pub heads: Vec<String>,
    pub stars: Vec<StarBar>,
    pub findings: Vec<(String, String, String)>,
    pub query: ListQuery,
    pub chips: Vec<Chip>,
    pub units: Vec<Choice>,
    pub fields: Vec<Choice>,
    pub columns: Vec<Column>,
    pub rows: Vec<RowView>,
    pub pager: Pager,
    /// The list without search and filters.
    pub clear: String,
    pub is_narrowed: bool,
}

pub(super) struct MatrixRow {
    pub name: String,
    pub cells: Vec<MatrixCell>,
    pub total: usize,
}

pub(super) struct MatrixCell {
    pub n: usize,
    pub href: String,
    /// `up w3`: which way, and how many of all who move.
    pub class: String,
    pub speaks: String,
}

/// How many have a star under each scheme, on one scale.
pub(super) struct StarBar {
    pub name: String,
    pub before: usize,
    pub after: usize,
    pub before_width: String,
    pub after_width: String,
    pub change: String,
    pub speaks: String,
}

pub(super) struct RowView {
    pub name: String,
    pub href: String,
    pub unit: String,
    pub field: String,
    pub star_before: String,
    pub star_after: String,
    pub score_before: String,
    pub score_after: String,
    pub rank_before: String,
    pub rank_after: String,
    pub cohort: String,
    pub moves: Vec<(&'static str, String)>,
}

fn star_name(star: Option<u8>) -> String {
    star.map_or_else(|| "没有星级".to_owned(), |star| format!("{}星", star_word(star)))
}

fn star_key(star: Option<u8>) -> String {
    star.map_or_else(|| NONE.to_owned(), |star| star.to_string())
}

/// Which way somebody moves, as the filter says it.
fn way(row: &Compared) -> &'static str {
    match row.star_moves() {
        Ordering::Greater => "up",
        Ordering::Less => "down",
        Ordering::Equal if row.is_moved() => "rank",
        Ordering::Equal => "same",
    }
}

/// The rows that the question leaves, in its order.
pub(super) fn asked<'a>(place: &'a Place<'_>, directory: &Directory, query: &ListQuery) -> Vec<&'a Compared> {
    let home = office(place.visit);
    let unit: Option<OrgId> = query.filter("unit").and_then(|id| id.parse().ok());
    let unit_name = |row: &Compared| home.and_then(|home| unit_of(directory, home, row.org)).map(|(_, name)| name).unwrap_or_default();
    let is_cell = query.filter("from").is_some() || query.filter("to").is_some();
    let mut rows: Vec<&Compared> = place
        .simulation
        .rows
        .iter()
        .filter(|row| match query.filter("show") {
            Some("all") => true,
            Some(wanted) => way(row) == wanted,
            None => is_cell || row.is_moved(),
        })
        .filter(|row| query.filter("from").is_none_or(|star| star_key(row.before.star) == star))
        .filter(|row| query.filter("to").is_none_or(|star| star_key(row.after.star) == star))
        .filter(|row| query.filter("field").is_none_or(|field| row.field == field))
        .filter(|row| unit.is_none_or(|unit| home.and_then(|home| unit_of(directory, home, row.org)).is_some_and(|(id, _)| id == unit)))
        .filter(|row| {
            query.q.is_empty()
                || row.name.contains(&query.q)
                || row.code.contains(&query.q)
                || directory.org(row.org).is_some_and(|org| org.pinyin.contains(&query.q))
        })
        .collect();
    match query.sort {
        "name" => rows.sort_by_cached_key(|row| directory.org(row.org).map_or_else(|| row.name.clone(), |org| org.pinyin.clone())),
        "unit" => rows.sort_by_cached_key(|row| (unit_name(row), row.code.clone())),
        "score" => rows.sort_by(|a, b| a.after.score.cmp(&b.after.score).then_with(|| a.code.cmp(&b.code))),
        "places" => rows.sort_by(|a, b| a.places_gained().cmp(&b.places_gained()).then_with(|| a.code.cmp(&b.code))),
        // Those who change most stars first, then most places.
        _ => rows.sort_by_key(|row| {
            let stars = row.before.star.zip(row.after.star).map_or(0, |(before, after)| before.abs_diff(after));
            (std::cmp::Reverse((stars, row.places_gained().map_or(0, i64::unsigned_abs))), row.code.clone())
        }),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    rows
}

pub(super) fn view(place: &Place<'_>, query: ListQuery) -> MovesView {
    let (simulation, ask) = (place.simulation, place.ask);
    let directory = place.visit.app.directory();
    let home = office(place.visit);
    let all = &simulation.rows;
    let count = |wanted: &str| all.iter().filter(|row| way(row) == wanted).count();
    let (n_up, n_down, n_rank, n_same) = (count("up"), count("down"), count("rank"), count("same"));
    let n_unrated = all.iter().filter(|row| row.after.star.is_none()).count();
    let unrated = if n_unrated > 0 { format!("；{n_unrated} 个依据不足或者不予评星，没有星级") } else { String::new() };
    let is_same = ask.is_same();
    let sentence = if is_same {
        format!("{} 个党支部。草案和现行方案一样，没有谁会动；先在“改方案”里改动。", all.len())
    } else if !super::reports::is_rated(place) {
        format!("{} 个党支部{}", all.len(), super::reports::UNRATED)
    } else {
        format!("{} 个党支部里 {} 个换星：升 {n_up} 个，降 {n_down} 个；另有 {n_rank} 个只动名次{unrated}。", all.len(), n_up + n_down)
    };
    let chip = |value: &str, label: &str, n: usize| query.chip("show", value, label, Some(n as u64));
    let mut units: Vec<(String, String)> = Vec::new();
    for (id, name) in all.iter().filter_map(|row| unit_of(&directory, home?, row.org)) {
        if !units.iter().any(|(known, _)| *known == id.to_string()) {
            units.push((id.to_string(), name));
        }
    }
    let mut fields: Vec<(String, String)> = simulation.by_field.iter().map(|group| (group.field.clone(), field_name(place, &group.field))).collect();
    fields.sort_by_key(|(key, _)| ask.pack.fields.get(key).map_or(u8::MAX, |field| field.order));
    let rows = if is_same { Vec::new() } else { asked(place, &directory, &query) };
    let total = rows.len() as u64;
    let at = query.clone().within(total);
    let shown = at.page_of(&rows).iter().map(|row| row_view(place, &directory, home, row)).collect();
    let is_narrowed = !query.q.is_empty() || ["show", "from", "to", "unit", "field"].iter().any(|name| query.filter(name).is_some());
    MovesView {
        sentence,
        is_same,
        matrix: matrix(place, &query),
        heads: stars(place).into_iter().map(star_name).collect(),
        stars: star_bars(place),
        findings: findings(place),
        chips: vec![
            chip("up", "升星", n_up),
            chip("down", "降星", n_down),
            chip("rank", "只动名次", n_rank),
            chip("same", "不动", n_same),
            chip("all", "全部", all.len()),
        ],
        units: query.choices("unit", "全部", units),
        fields: query.choices("field", "全部", fields),
        columns: vec![
            query.column("党支部", "name", false),
            query.column("单位", "unit", false),
            Column::plain("领域"),
            query.column("变动", "move", false),
            Column::plain("星级"),
            query.column("得分", "score", true),
            query.column("组内名次", "places", true),
        ],
        rows: shown,
        pager: Pager::new(&at, total, "个"),
        clear: ask.address(View::Moves),
        is_narrowed,
        query,
    }
}

pub(super) fn field_name(place: &Place<'_>, key: &str) -> String {
    place.ask.pack.fields.get(key).map_or_else(|| key.to_owned(), |field| field.name.clone())
}

/// Stars of the matrix, from the highest; no star last, where somebody has none.
fn stars(place: &Place<'_>) -> Vec<Option<u8>> {
    let has_none = place.simulation.rows.iter().any(|row| row.before.star.is_none() || row.after.star.is_none());
    place.simulation.stars.iter().map(|star| Some(*star)).chain(has_none.then_some(None)).collect()
}

/// How many by the star that they would have; `None`: without one.
type CountByStar = Vec<(Option<u8>, usize)>;

pub(super) fn count_moves(place: &Place<'_>) -> Vec<(Option<u8>, CountByStar)> {
    let stars = stars(place);
    let n = |from: Option<u8>, to: Option<u8>| place.simulation.rows.iter().filter(|row| row.before.star == from && row.after.star == to).count();
    stars.iter().map(|from| (*from, stars.iter().map(|to| (*to, n(*from, *to))).collect())).collect()
}

fn matrix(place: &Place<'_>, query: &ListQuery) -> Vec<MatrixRow> {
    let counted = count_moves(place);
    let most = counted.iter().flat_map(|(from, cells)| cells.iter().filter(move |(to, _)| to != from)).map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let base = place.ask.address(View::Moves);
    counted
        .into_iter()
        .map(|(from, cells)| MatrixRow {
            name: star_name(from),
            total: cells.iter().map(|(_, n)| n).sum(),
            cells: cells
                .into_iter()
                .map(|(to, n)| {
                    let class = match from.zip(to).map(|(from, to)| to.cmp(&from)) {
                        Some(Ordering::Greater) => format!("up w{}", weight(n, most)),
                        Some(Ordering::Less) => format!("down w{}", weight(n, most)),
                        _ => "same".to_owned(),
                    };
                    let (from_key, to_key) = (star_key(from), star_key(to));
                    let is_chosen = query.filter("from") == Some(from_key.as_str()) && query.filter("to") == Some(to_key.as_str());
                    MatrixCell {
                        n,
                        href: format!("{base}&from={from_key}&to={to_key}#list"),
                        class: if is_chosen { format!("{class} chosen") } else { class },
                        speaks: format!("现行{}，草案{}，{n} 个", star_name(from), star_name(to)),
                    }
                })
                .collect(),
        })
        .collect()
}

/// 0 for nobody, 1 to 4 by the share of the largest cell.
fn weight(n: usize, most: usize) -> usize {
    if n == 0 { 0 } else { (4 * n).div_ceil(most).clamp(1, 4) }
}

fn star_bars(place: &Place<'_>) -> Vec<StarBar> {
    let rows = &place.simulation.rows;
    let count = |star: Option<u8>, of: &dyn Fn(&Compared) -> &Placing| rows.iter().filter(|row| of(row).star == star).count();
    let counted: Vec<_> = stars(place).into_iter().map(|star| (star, count(star, &|row| &row.before), count(star, &|row| &row.after))).collect();
    let most = counted.iter().map(|(_, before, after)| *before.max(after)).max().unwrap_or(0).max(1);
    // A tenth is left for the figure at the end of the bar.
    let width = |n: usize| format!("{}%", n * 82 / most);
    counted
        .into_iter()
        .map(|(star, before, after)| StarBar {
            name: star_name(star),
            before_width: width(before),
            after_width: width(after),
            change: match after.cmp(&before) {
                Ordering::Greater => format!("+{}", after - before),
                Ordering::Less => format!("−{}", before - after),
                Ordering::Equal => "0".to_owned(),
            },
            speaks: format!("{}：现行 {before} 个，草案 {after} 个", star_name(star)),
            before,
            after,
        })
        .collect()
}

/// The other views in a sentence each: words, what is found, where it stands.
fn findings(place: &Place<'_>) -> Vec<(String, String, String)> {
    let items = super::reports::items_found(place);
    let fairness = super::reports::fairness_found(place);
    vec![("各项作用".to_owned(), items, place.ask.address(View::Items)), ("是否公平".to_owned(), fairness, place.ask.address(View::Fairness))]
}

fn rank_of(placing: &Placing) -> String {
    placing.rank.map_or_else(|| "—".to_owned(), |rank| rank.to_string())
}

/// 升两星, 升 3 位.
pub(super) fn moves_of(row: &Compared) -> Vec<(&'static str, String)> {
    let mut moves = Vec::new();
    if let (Some(before), Some(after)) = (row.before.star, row.after.star)
        && before != after
    {
        let by = star_word(before.abs_diff(after));
        moves.push(if after > before { ("up", format!("升{by}星")) } else { ("down", format!("降{by}星")) });
    }
    match row.places_gained() {
        Some(n) if n > 0 => moves.push(("muted", format!("升 {n} 位"))),
        Some(n) if n < 0 => moves.push(("muted", format!("降 {} 位", -n))),
        None if row.before.cohort != row.after.cohort => moves.push(("muted", "换了分组".to_owned())),
        _ => {}
    }
    moves
}

fn row_view(place: &Place<'_>, directory: &Directory, home: Option<OrgId>, row: &Compared) -> RowView {
    let with_open = |placing: &Placing| if placing.is_open { format!("{} 起", decimal(placing.score)) } else { decimal(placing.score) };
    RowView {
        name: row.name.clone(),
        href: format!("/organisations/{}", row.org),
        unit: home.and_then(|home| unit_of(directory, home, row.org)).map(|(_, name)| name).unwrap_or_default(),
        field: field_name(place, &row.field),
        star_before: star_name(row.before.star),
        star_after: star_name(row.after.star),
        score_before: with_open(&row.before),
        score_after: with_open(&row.after),
        rank_before: rank_of(&row.before),
        rank_after: format!("{} / {}", rank_of(&row.after), row.after.size),
        cohort: cohort_name(directory, &row.after.cohort),
        moves: moves_of(row),
    }
}
