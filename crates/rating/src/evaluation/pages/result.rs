//! `/evaluations/{id}`: the ranking within a cohort, its quota, who is not rated and why, and the steps of publication.

use std::collections::{HashMap, HashSet};

use crate::http::path::Path;
use askama::Template;
use policy::{Pack, Ratio, Scheme};
use store::OrgId;

use super::histogram::Histogram;
use super::{Head, citation, version_words};
use crate::case::pages::CaseView;
use crate::directory::Directory;
use crate::evaluation::access::{Opened, Sight, opened};
use crate::evaluation::brief::printed;
use crate::evaluation::publication::lack_of_evidence;
use crate::evaluation::{self, Brief, KIND, RowMarks};
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Citation};
use crate::http::visit::{Answer, Visit};

pub(in crate::evaluation) const ROWS: ListSpec = ListSpec {
    sorts: &["rank", "score", "name", "unit"],
    default_sort: ("rank", Direction::Asc),
    filters: &["cohort", "unit", "star", "tier", "mark"],
    per: 50,
};

#[derive(Template)]
#[template(path = "pages/evaluation_result.html")]
struct ResultPage {
    layout: Layout,
    head: Head,
    title: String,
    sentence: String,
    warning: Option<String>,
    notes: Vec<String>,
    case: CaseView,
    query: ListQuery,
    cohorts: Vec<Chip>,
    units: Vec<Choice>,
    stars: Vec<Choice>,
    tiers: Vec<Choice>,
    marks: Vec<Chip>,
    columns: Vec<Column>,
    /// There is an earlier result to compare with.
    has_before: bool,
    rows: Vec<RowView>,
    pager: Pager,
    chart: Histogram,
    shares: Vec<StarShare>,
    /// The visitor sees a part of the group; figures say which they are of.
    is_partial: bool,
    /// The figures of the whole group may be said.
    shows_whole: bool,
    closing: String,
    lacking: Vec<Lacking>,
    citation: Citation,
}

impl ResultPage {
    /// Whether only the visitor's own branch is shown: its result comes first, and there is nothing to search.
    fn is_own(&self) -> bool {
        !self.head.is_organiser && self.rows.len() == 1 && !self.query.is_narrowed()
    }
}

struct RowView {
    rank: String,
    is_tied: bool,
    name: String,
    href: String,
    unit: String,
    score: String,
    open: String,
    star: Option<u8>,
    /// What stands where a star would.
    without_star: &'static str,
    tier: String,
    moves: Vec<Move>,
    remark: String,
    /// The remark is longer than two lines; the rest stands in the explanation.
    more: bool,
    /// The line drawn under this row: 五星名额到此.
    cut: Option<String>,
}

struct Move {
    class: &'static str,
    icon: Option<&'static str>,
    text: String,
}

/// An item that keeps organisations from a result.
struct Lacking {
    indicator: String,
    name: String,
    n: usize,
}

struct StarShare {
    star: u8,
    /// In the whole group.
    whole: usize,
    /// Of those that the visitor sees.
    n: usize,
    href: String,
    change: String,
    condition: String,
}

/// `GET /evaluations/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let query = ListQuery::parse(&ROWS, &found.base(), Some(&visit.query));
    let listing = Listing::read(&visit, &found).await?;
    if let Some(export) = query.export {
        return super::sheets::listing(export, &visit, &found, &listing, &query);
    }
    let page = page(&visit, found, listing, query).await?;
    visit.page(&page)
}

/// Everything that a list of one result is made from, already narrowed to what the visitor sees.
pub(in crate::evaluation) struct Listing {
    pub rows: Vec<Brief>,
    /// Cohort, score and star of every row of the result, seen or not: figures of a group are of the whole group.
    whole: Vec<(String, i64, Option<u8>)>,
    pub head: assessment::Evaluation,
    pub pack: std::sync::Arc<Pack>,
    /// Every organisation of the result, seen or not.
    in_result: HashSet<OrgId>,
    /// The published result before: star and rank by organisation, with the cohort.
    before: HashMap<OrgId, (Option<u8>, Option<u32>, String)>,
}

impl Listing {
    pub async fn read(visit: &Visit, found: &Opened) -> anyhow::Result<Self> {
        let reader = visit.app.store().reader();
        let mut rows = evaluation::briefs(reader, found.evaluation.id).await?;
        let head = evaluation::result_head(reader, found.evaluation.id).await?;
        let pack = visit.app.policies_of(&found.evaluation.pack_version).await?;
        let before = match evaluation::published_before(reader, &found.evaluation).await? {
            Some(earlier) => {
                evaluation::briefs(reader, earlier.id).await?.into_iter().map(|row| (row.org, (row.star, row.rank, row.cohort))).collect()
            }
            None => HashMap::new(),
        };
        let whole = rows.iter().map(|row| (row.cohort.clone(), row.score_micro, row.star)).collect();
        let in_result = rows.iter().map(|row| row.org).collect();
        let directory = visit.app.directory();
        keep_visible(&directory, &found.sight, &mut rows);
        drop(directory);
        Ok(Self { rows, whole, in_result, head, pack, before })
    }

    /// The star of an organisation in the published result before; the outer `None`: it was not in it.
    pub fn star_before(&self, org: OrgId) -> Option<Option<u8>> {
        self.before.get(&org).map(|(star, ..)| *star)
    }

    /// Score and star of every row of a group (of the whole result without one).
    fn whole_of(&self, cohort: Option<&str>) -> Vec<(i64, Option<u8>)> {
        self.whole.iter().filter(|(key, ..)| cohort.is_none_or(|wanted| key == wanted)).map(|(_, score, star)| (*score, *star)).collect()
    }

    /// The cohort that is shown: the one asked for, else that of most rows; `None`: across all.
    pub fn cohort<'a>(&'a self, query: &'a ListQuery) -> Option<&'a str> {
        match query.filter("cohort") {
            Some("all") => None,
            Some(key) if self.rows.iter().any(|row| row.cohort == key) => Some(key),
            _ if !query.q.is_empty() => None,
            _ => self.cohorts().into_iter().max_by_key(|(_, n)| *n).map(|(key, _)| key),
        }
    }

    /// Cohorts of the visible rows with their numbers, in the order of the pack's fields.
    fn cohorts(&self) -> Vec<(&str, usize)> {
        let mut counted: Vec<(&str, &str, usize)> = Vec::new();
        for row in &self.rows {
            match counted.iter_mut().find(|(key, ..)| *key == row.cohort) {
                Some((_, _, n)) => *n += 1,
                None => counted.push((&row.cohort, &row.field, 1)),
            }
        }
        counted.sort_by_key(|(key, field, _)| (self.pack.fields.get(*field).map_or(u8::MAX, |f| f.order), (*key).to_owned()));
        counted.into_iter().map(|(key, _, n)| (key, n)).collect()
    }

    /// The rows that the question leaves, in its order.
    pub fn asked(&self, directory: &Directory, organiser: OrgId, query: &ListQuery) -> Vec<&Brief> {
        let cohort = self.cohort(query);
        let unit: Option<OrgId> = query.filter("unit").and_then(|id| id.parse().ok());
        let star = query.filter("star");
        let mut rows: Vec<&Brief> = self
            .rows
            .iter()
            .filter(|row| cohort.is_none_or(|key| row.cohort == key))
            .filter(|row| {
                query.q.is_empty()
                    || row.name.contains(&query.q)
                    || row.code.contains(&query.q)
                    || directory.org_ever(row.org).is_some_and(|org| org.pinyin.contains(&query.q))
            })
            .filter(|row| unit.is_none_or(|unit| unit_of(directory, organiser, row.org).is_some_and(|org| org.0 == unit)))
            .filter(|row| star.is_none_or(|star| row.star.map_or_else(|| "none".to_owned(), |n| n.to_string()) == star))
            .filter(|row| query.filter("tier").is_none_or(|tier| row.tier.as_deref().unwrap_or("none") == tier))
            .filter(|row| query.filter("mark").is_none_or(|mark| has_mark(row, mark)))
            .collect();
        match query.sort {
            "score" => rows.sort_by_key(|row| (row.score_micro, row.code.clone())),
            "name" => rows.sort_by_cached_key(|row| directory.org_ever(row.org).map_or_else(|| row.name.clone(), |org| org.pinyin.clone())),
            "unit" => rows.sort_by_cached_key(|row| (unit_of(directory, organiser, row.org).map(|(_, name)| name), row.rank.unwrap_or(u32::MAX))),
            _ if cohort.is_none() => rows.sort_by(|a, b| a.code.cmp(&b.code)),
            _ => {}
        }
        if query.dir == Direction::Desc {
            rows.reverse();
        }
        rows
    }
}

fn keep_visible(directory: &Directory, sight: &Sight, rows: &mut Vec<Brief>) {
    rows.retain(|row| sight.sees(directory, row.org, &row.field));
}

fn has_mark(row: &Brief, mark: &str) -> bool {
    match mark {
        "open" => row.marks.has(RowMarks::OPEN),
        "unrated" => row.is_unrated(),
        "vetoed" => row.marks.has(RowMarks::VETOED),
        "tied" => row.marks.has(RowMarks::TIED),
        "full" => row.marks.has(RowMarks::WITHOUT_PLACE),
        _ => true,
    }
}

/// The organisation directly below the organiser through which one stands under it, by number and short name.
pub(in crate::evaluation) fn unit_of(directory: &Directory, organiser: OrgId, id: OrgId) -> Option<(OrgId, String)> {
    let org = directory.org_ever(id)?;
    let at = org.superiors.iter().position(|above| *above == organiser)?;
    let unit = if at == 0 { org.id } else { org.superiors[at - 1] };
    Some((unit, short_name(directory.name_of(unit))))
}

/// A committee as people call its place: 中共青石镇委员会 is 青石镇.
pub(in crate::evaluation) fn short_name(name: &str) -> String {
    let place = name.strip_prefix("中共").unwrap_or(name);
    ["街道工作委员会", "工作委员会", "委员会", "街道党工委", "党工委", "党委"]
        .iter()
        .find_map(|end| place.strip_suffix(end).map(|kept| if end.starts_with("街道") { format!("{kept}街道") } else { kept.to_owned() }))
        .unwrap_or_else(|| place.to_owned())
}

/// `农村@P990101` as people say it: 农村 · 青屏县.
pub(in crate::evaluation) fn cohort_name(directory: &Directory, key: &str) -> String {
    let (field, code) = key.split_once('@').unwrap_or((key, ""));
    directory.by_code(code).map_or_else(|| key.to_owned(), |org| format!("{field} · {}", short_name(&org.name)))
}

async fn page(visit: &Visit, found: Opened, listing: Listing, query: ListQuery) -> anyhow::Result<ResultPage> {
    let head = Head { version: version_words(&listing.pack, &found.evaluation), ..found.head(visit, "") };
    let layout = found.layout(visit, &found.evaluation.name);
    let judged_after = judged_after(visit, &found).await?;
    let (case, found) = found.case(visit);
    let directory = visit.app.directory();
    let organiser = found.evaluation.organisation;
    let scheme = listing.pack.scheme_in(&found.evaluation.of_key, found.evaluation.period.year).map(|(_, scheme)| scheme);
    let names: Vec<&str> = listing.head.items.iter().map(|item| item.name.as_str()).collect();
    let cohort_key = listing.cohort(&query).map(str::to_owned);
    let cohort = cohort_key.as_deref().and_then(|key| listing.head.cohorts.iter().find(|cohort| cohort.key == key));
    let asked = listing.asked(&directory, organiser, &query);
    let total = asked.len() as u64;
    let at = query.clone().within(total);
    let shown = at.page_of(&asked);
    let is_ranked = query.sort == "rank" && query.dir == Direction::Asc;
    let edge = cohort.filter(|_| is_ranked).and_then(|cohort| edge_of(cohort, &asked));
    let rows = shown.iter().map(|row| row_view(&listing, &directory, &found, row, cohort_key.is_none(), edge.as_ref())).collect();
    let in_cohort: Vec<&Brief> = listing.rows.iter().filter(|row| cohort_key.as_deref().is_none_or(|key| row.cohort == key)).collect();
    let lacking = lacking(&listing.head, &listing.rows);
    let whole = listing.whole_of(cohort_key.as_deref());
    let is_partial = in_cohort.len() < whole.len();
    // Before it is published, nobody but the organisers is told how the others did.
    let shows_whole = !is_partial || found.evaluation.published_at.is_some();
    let count = |bit: &str| Some(in_cohort.iter().filter(|row| has_mark(row, bit)).count() as u64);
    let notes = notes(&found, &listing, &directory, cohort, judged_after);
    let is_draft = found.evaluation.published_at.is_none();
    let warning = if found.sight.is_organiser && is_draft { lack_of_evidence(&listing.rows, &names) } else { None };
    let mut units: Vec<(OrgId, String)> = in_cohort.iter().filter_map(|row| unit_of(&directory, organiser, row.org)).collect();
    units.sort_unstable();
    units.dedup();
    Ok(ResultPage {
        title: found.evaluation.name.clone(),
        sentence: sentence(&found, &listing, &directory, cohort, &in_cohort, shows_whole.then_some(whole.as_slice())),
        warning,
        notes,
        cohorts: cohort_chips(&listing, &directory, &query, cohort_key.as_deref()),
        units: query.choices("unit", "全部单位", units.iter().map(|(id, name)| (id.to_string(), name.clone()))),
        stars: query.choices("star", "全部星级", [("5", "五星"), ("4", "四星"), ("3", "三星"), ("2", "二星"), ("1", "一星"), ("none", "暂不评定")]),
        tiers: query.choices(
            "tier",
            "全部档次",
            tiers_of(&listing.pack, &found.evaluation.of_key).iter().map(|(key, tier)| (key.as_str(), tier.name.as_str())),
        ),
        marks: vec![
            query.chip("mark", "tied", "并列", count("tied")),
            query.chip("mark", "open", "待佐证", count("open")),
            query.chip("mark", "unrated", "暂不评定", count("unrated")),
            query.chip("mark", "vetoed", "一票否决", count("vetoed")),
            query.chip("mark", "full", "名额已满", count("full")),
        ],
        columns: columns(&query, cohort_key.is_none(), !listing.before.is_empty()),
        has_before: !listing.before.is_empty(),
        rows,
        pager: Pager::new(&at, total, "个"),
        chart: if shows_whole { chart(scheme, cohort, &whole) } else { Histogram::default() },
        shares: shares(scheme, &listing, &query, &in_cohort, &whole),
        is_partial,
        shows_whole,
        closing: closing(scheme, cohort, &case),
        lacking,
        citation: scheme.map_or_else(
            || citation(&listing.pack, &policy::Cite { doc: "example".into(), clause: None, quote: None }, ""),
            |scheme| citation(&listing.pack, &scheme.cite, ""),
        ),
        case,
        head,
        layout,
        query,
    })
}

/// Items by how many organisations they keep from a result, most first; of all cohorts, as they are waived.
fn lacking(head: &assessment::Evaluation, rows: &[Brief]) -> Vec<Lacking> {
    let mut counts: HashMap<&str, (usize, &str)> = HashMap::new();
    let waiting = rows.iter().filter(|row| row.keeps_from_publishing());
    for item in waiting.flat_map(|row| &row.lacking).filter_map(|at| head.items.get(usize::from(*at))) {
        counts.entry(&item.indicator).or_insert((0, &item.name)).0 += 1;
    }
    let mut all: Vec<Lacking> =
        counts.into_iter().map(|(indicator, (n, name))| Lacking { indicator: indicator.to_owned(), name: name.to_owned(), n }).collect();
    all.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.indicator.cmp(&b.indicator)));
    all
}

/// `POST /evaluations/{id}/waive`: one item, for every organisation that has no evidence for it.
pub(super) async fn waive_all(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let back = found.base();
    if !found.sight.is_organiser || !super::may_change(&found.work) {
        return Ok(visit.refuse(&back, "只有组织评定的部门可以免评；已经研究决定的不再改动。"));
    }
    let reader = visit.app.store().reader();
    let head = evaluation::result_head(reader, id).await?;
    let is_it = |at: &u16| head.items.get(usize::from(*at)).is_some_and(|item| item.indicator == sent.text("item"));
    let rows: Vec<Brief> =
        evaluation::briefs(reader, id).await?.into_iter().filter(|row| row.keeps_from_publishing() && row.lacking.iter().any(is_it)).collect();
    if rows.is_empty() {
        return Ok(visit.refuse(&back, "这一项没有缺依据的支部，请刷新再看。"));
    }
    let mut tx = visit.begin().await?;
    for row in &rows {
        if let Err(error) =
            evaluation::waive(&visit.app, &mut tx, visit.actor(), row.org, sent.text("item"), found.evaluation.period, sent.text("reason")).await
        {
            return Ok(visit.refuse(&back, &error.downcast::<store::Refusal>()?.0));
        }
    }
    Ok(visit.done(tx.commit().await?, &back, &format!("{} 个支部的这一项已免评，理由会印在结果里。重新计算后计入。", rows.len())))
}

/// Whether something was judged or waived after the last calculation.
async fn judged_after(visit: &Visit, found: &Opened) -> anyhow::Result<bool> {
    if !found.sight.is_organiser || found.evaluation.published_at.is_some() {
        return Ok(false);
    }
    let rows = store::query(
        visit.app.store().reader(),
        "select (select count(*) from judged_value where period = $1 and judged_at > $2) + (select count(*) from judged_waiver where period = $1 and waived_at > $2)",
        [found.evaluation.period.to_string().into(), found.evaluation.calculated_at.clone().into()],
    )
    .await?;
    Ok(rows.first().map_or(Ok(0_i64), |row| row.try_get_by_index(0))? > 0)
}

pub(in crate::evaluation) fn tiers_of<'a>(pack: &'a Pack, scheme: &str) -> Vec<(&'a String, &'a policy::Tier)> {
    let mut tiers: Vec<_> = pack.tiers.iter().filter(|(_, tier)| tier.scheme == scheme).collect();
    tiers.sort_by_key(|(_, tier)| tier.order);
    tiers
}

fn columns(query: &ListQuery, is_across: bool, has_before: bool) -> Vec<Column> {
    let mut columns = vec![
        if is_across { Column::number("组内名次") } else { query.column("名次", "rank", true) },
        query.column("党支部", "name", false),
        query.column("单位", "unit", false),
        query.column("得分", "score", true),
        Column::plain("星级"),
        Column::plain("档次"),
    ];
    columns.extend(has_before.then(|| Column::plain("较上期")));
    columns.push(Column::plain("说明"));
    columns
}

fn cohort_chips(listing: &Listing, directory: &Directory, query: &ListQuery, now: Option<&str>) -> Vec<Chip> {
    let link = |key: &str| {
        let plain = ListQuery::parse(&ROWS, &query.path, None);
        plain.filter_link("cohort", key)
    };
    let cohorts = listing.cohorts();
    let mut chips: Vec<Chip> = cohorts
        .iter()
        .map(|(key, n)| Chip { label: cohort_name(directory, key), count: Some(*n as u64), href: link(key), pressed: now == Some(*key) })
        .collect();
    if cohorts.len() > 1 {
        chips.push(Chip { label: "各组".to_owned(), count: Some(listing.rows.len() as u64), href: link("all"), pressed: now.is_none() });
    }
    chips
}

/// The last visible row within the quota, and what the line under it says.
fn edge_of(cohort: &assessment::Cohort, rows: &[&Brief]) -> Option<(OrgId, String)> {
    let quota = cohort.quotas.first()?;
    let last = rows.iter().filter(|row| row.star == Some(quota.star)).max_by_key(|row| row.rank)?;
    let share = assessment::plain(quota.quota * Ratio::from_integer(100));
    let full = if quota.n_awarded < quota.places { format!("，实评 {} 个", quota.n_awarded) } else { String::new() };
    Some((last.org, format!("{}星名额到此：{} × {share}%，取 {} 个{full}", star_word(quota.star), cohort.size, quota.places)))
}

/// 5 as 五.
pub(crate) fn star_word(star: u8) -> &'static str {
    ["零", "一", "二", "三", "四", "五"].get(usize::from(star)).copied().unwrap_or("")
}

fn row_view(listing: &Listing, directory: &Directory, found: &Opened, row: &Brief, is_across: bool, edge: Option<&(OrgId, String)>) -> RowView {
    let (base, organiser) = (found.base(), found.evaluation.organisation);
    let size = listing.head.cohorts.iter().find(|cohort| cohort.key == row.cohort).map_or(0, |cohort| cohort.size);
    let rank = match row.rank {
        Some(rank) if is_across => format!("{rank} / {size}"),
        Some(rank) => rank.to_string(),
        None => "—".to_owned(),
    };
    RowView {
        rank,
        is_tied: row.marks.has(RowMarks::TIED),
        name: row.name.clone(),
        href: format!("{base}/organisations/{}", row.org),
        unit: unit_of(directory, organiser, row.org).map(|(_, name)| name).unwrap_or_default(),
        score: row.score(),
        open: row.open_points(),
        star: row.star,
        without_star: row.words_without_star(),
        tier: row.tier.as_ref().and_then(|key| listing.pack.tiers.get(key)).map(|tier| tier.name.clone()).unwrap_or_default(),
        moves: moves(listing.before.get(&row.org), row),
        more: row.remark.chars().count() > REMARK_MAX,
        remark: shortened(&row.remark),
        cut: edge.filter(|(org, _)| *org == row.org).map(|(_, text)| text.clone()),
    }
}

/// Characters of a remark that stand in about two lines of the table.
const REMARK_MAX: usize = 36;

/// The beginning of a long remark, up to a whole item of its list.
fn shortened(remark: &str) -> String {
    if remark.chars().count() <= REMARK_MAX {
        return remark.to_owned();
    }
    let start: String = remark.chars().take(REMARK_MAX - 2).collect();
    let end = start.rfind(['、', '；']).unwrap_or(start.len());
    format!("{}…", &start[..end])
}

fn moves(before: Option<&(Option<u8>, Option<u32>, String)>, row: &Brief) -> Vec<Move> {
    let Some((star, rank, cohort)) = before else { return Vec::new() };
    let mut moves = Vec::new();
    if let (Some(old), Some(new)) = (*star, row.star)
        && old != new
    {
        let by = star_word(old.abs_diff(new));
        moves.push(if new > old {
            Move { class: "up", icon: Some("arrow-up"), text: format!("升{by}星") }
        } else {
            Move { class: "down", icon: Some("arrow-down"), text: format!("降{by}星") }
        });
    }
    if let (Some(old), Some(new)) = (*rank, row.rank)
        && *cohort == row.cohort
        && old != new
    {
        let text = if new < old { format!("升 {} 位", old - new) } else { format!("降 {} 位", new - old) };
        moves.push(Move { class: "muted", icon: None, text });
    }
    moves
}

/// What the head says: figures of the whole group, and what of it the visitor sees.
fn sentence(
    found: &Opened,
    listing: &Listing,
    directory: &Directory,
    cohort: Option<&assessment::Cohort>,
    rows: &[&Brief],
    whole: Option<&[(i64, Option<u8>)]>,
) -> String {
    let top_of = |stars: &mut dyn Iterator<Item = Option<u8>>| stars.filter(|star| *star == Some(5)).count();
    let n_seen_top = top_of(&mut rows.iter().map(|row| row.star));
    let period = if listing.head.is_closed() {
        String::new()
    } else {
        format!("，只计到 {}", listing.head.closed_until.yesterday().map(|d| d.to_string()).unwrap_or_default())
    };
    let verb = if found.evaluation.published_at.is_some() { "评为" } else { "拟评" };
    let Some(whole) = whole else {
        let name = cohort.map(|cohort| format!("{}：", cohort_name(directory, &cohort.key))).unwrap_or_default();
        return format!("{name}您看得到 {} 个党支部，{verb}五星 {n_seen_top} 个{period}；全组的结果公布后显示。", rows.len());
    };
    let n_unrated = whole.iter().filter(|(_, star)| star.is_none()).count();
    let unrated = if n_unrated > 0 { format!("，暂不评定 {n_unrated} 个") } else { String::new() };
    let n_whole_top = top_of(&mut whole.iter().map(|(_, star)| *star));
    let seen = if rows.len() < whole.len() { format!("；您看得到其中 {} 个，五星 {n_seen_top} 个", rows.len()) } else { String::new() };
    match cohort {
        // A group that is pooled with those of other offices is larger than this result.
        Some(cohort) if cohort.size > whole.len() => format!(
            "{}：同类 {} 个党支部，这次评定的 {} 个里{verb}五星 {n_whole_top} 个{unrated}{period}{seen}。",
            cohort_name(directory, &cohort.key),
            cohort.size,
            whole.len()
        ),
        Some(cohort) => {
            format!("{}：同类 {} 个党支部，{verb}五星 {n_whole_top} 个{unrated}{period}{seen}。", cohort_name(directory, &cohort.key), cohort.size)
        }
        None => format!("{} 个党支部，{verb}五星 {n_whole_top} 个{unrated}{period}{seen}。", whole.len()),
    }
}

fn notes(found: &Opened, listing: &Listing, directory: &Directory, cohort: Option<&assessment::Cohort>, judged_after: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if judged_after {
        notes.push("上次计算以后又有评定或免评，重新计算后才计入。".to_owned());
    }
    if let Some((_, scheme)) = listing.pack.scheme_in(&found.evaluation.of_key, found.evaluation.period.year) {
        notes.extend(scheme.weight_changes.iter().map(|change| policy::weight_change(&listing.pack, scheme, change)));
    }
    let exempted: Vec<String> = exempted_seen(found, listing).into_iter().map(|it| format!("{}：{}", it.name, it.reason)).collect();
    if !exempted.is_empty() {
        notes.push(format!("经逐个说明、没有考评完或者没有确认就公示的 {} 个：{}。", exempted.len(), exempted.join("；")));
    }
    if let Some(cohort) = cohort.filter(|cohort| !cohort.pooled_from.is_empty()) {
        let parts: Vec<String> = cohort.pooled_from.iter().map(|(key, n)| format!("{}（{n} 个）", cohort_name(directory, key))).collect();
        notes.push(format!(
            "单独一组不足 {} 个，按方案合并评定：{}。组的大小和名额按合并后的 {} 个算。",
            minimum(listing, found),
            parts.join("、"),
            cohort.size
        ));
    }
    notes
}

/// Who was made public without a review or without confirming: offices, and the branches that the visitor sees.
pub(super) fn exempted_seen(found: &Opened, listing: &Listing) -> Vec<crate::case::Exempt> {
    let is_hidden = |unit: &str| {
        let id: OrgId = unit.parse().unwrap_or_default();
        listing.in_result.contains(&id) && !listing.rows.iter().any(|row| row.org == id)
    };
    crate::evaluation::review::exempted(&found.work).into_iter().filter(|it| !is_hidden(&it.unit)).collect()
}

/// Cohorts smaller than this are merged upward.
fn minimum(listing: &Listing, found: &Opened) -> u32 {
    let Some((_, scheme)) = listing.pack.scheme_in(&found.evaluation.of_key, found.evaluation.period.year) else { return 0 };
    scheme.cohort.pool_below.unwrap_or_else(|| {
        let quota = scheme.stars.iter().find_map(|star| star.quota).unwrap_or_else(|| Ratio::from_integer(1));
        quota.recip().ceil().to_integer().try_into().unwrap_or(0)
    })
}

fn chart(scheme: Option<&Scheme>, cohort: Option<&assessment::Cohort>, rows: &[(i64, Option<u8>)]) -> Histogram {
    let (Some(cohort), Some(scheme)) = (cohort, scheme) else { return Histogram::default() };
    let scores: Vec<(i64, u8)> = rows.iter().filter_map(|(score, star)| Some((*score, (*star)?))).collect();
    let thresholds: Vec<(i64, String)> = scheme
        .stars
        .iter()
        .map(|star| (i64::try_from(star.at_least.to_integer()).unwrap_or_default(), format!("{}星", star_word(star.star))))
        .collect();
    let edge = cohort.quotas.first().and_then(|quota| quota.edge_score).map(crate::evaluation::brief::micro);
    Histogram::new(&scores, &thresholds, edge.map(|micro| (micro, format!("名额线 {}", printed(micro)))))
}

fn shares(scheme: Option<&Scheme>, listing: &Listing, query: &ListQuery, rows: &[&Brief], whole: &[(i64, Option<u8>)]) -> Vec<StarShare> {
    let Some(scheme) = scheme else { return Vec::new() };
    let mut rules: Vec<(u8, String)> = scheme
        .stars
        .iter()
        .map(|rule| {
            let quota = rule.quota.map_or_else(String::new, |quota| format!("，且 ≤ {}%", assessment::plain(quota * Ratio::from_integer(100))));
            let effect =
                rule.effect_at_least.map_or_else(String::new, |share| format!("，成效 ≥ {}%", assessment::plain(share * Ratio::from_integer(100))));
            (rule.star, format!("≥ {}{quota}{effect}", assessment::plain(rule.at_least)))
        })
        .collect();
    let least = scheme.stars.last().map(|rule| assessment::plain(rule.at_least)).unwrap_or_default();
    rules.push((scheme.star_below, format!("< {least}")));
    rules
        .into_iter()
        .map(|(star, condition)| {
            let n = rows.iter().filter(|row| row.star == Some(star)).count();
            let had = rows.iter().filter(|row| listing.before.get(&row.org).is_some_and(|before| before.0 == Some(star))).count();
            let change = match (listing.before.is_empty(), n.cmp(&had)) {
                (true, _) => "—".to_owned(),
                (false, std::cmp::Ordering::Equal) => "0".to_owned(),
                (false, std::cmp::Ordering::Greater) => format!("+{}", n - had),
                (false, std::cmp::Ordering::Less) => format!("−{}", had - n),
            };
            let of_whole = whole.iter().filter(|(_, had)| *had == Some(star)).count();
            StarShare { star, whole: of_whole, n, href: query.filter_link("star", &star.to_string()), change, condition }
        })
        .collect()
}

fn closing(scheme: Option<&Scheme>, cohort: Option<&assessment::Cohort>, case: &CaseView) -> String {
    let mut parts = Vec::new();
    if let (Some(scheme), Some(quota)) = (scheme, cohort.and_then(|cohort| cohort.quotas.first())) {
        let at_least = scheme.stars.iter().find(|rule| rule.star == quota.star).map(|rule| assessment::plain(rule.at_least)).unwrap_or_default();
        let edge = quota.edge_score.map_or_else(String::new, |score| format!("，最后一名 {} 分", assessment::decimal(score)));
        let more = quota.n_candidates.saturating_sub(quota.n_awarded);
        let without = if more > 0 { format!("，{more} 个够分没有名额，按下一星级") } else { String::new() };
        parts.push(format!(
            "{} 个达到 {at_least} 分且没有被否决，名额 {} 个，实评 {} 个{edge}{without}。",
            quota.n_candidates, quota.places, quota.n_awarded
        ));
    }
    let (open, closed) = (case.open_items.len(), case.closed_items.len());
    if open + closed > 0 {
        parts.push(format!("收到意见 {} 条，已答复 {closed} 条。", open + closed));
    }
    parts.join("")
}
