//! Pages of selections: all of them, and the register of one.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, Selection, SelectionOf};
use serde_json::json;
use store::Refusal;

use super::rows::{self, Entry, Judged, Standing};
use super::support::{self, SupportLine};
use super::{Application, Openings, scope_of};
use crate::directory::OrgNode;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing as Tone, Status};
use crate::http::visit::{Answer, Visit};

const SELECTIONS: ListSpec = ListSpec {
    sorts: &["name", "held", "under_way", "lapsed"],
    default_sort: ("name", Direction::Asc),
    filters: &["state", "level", "mine"],
    per: 50,
};
/// What the selections are narrowed to.
const STATES: [(&str, &str); 4] = [("under_way", "有在申报的"), ("held", "有命名期内的"), ("lapsed", "有期满未复核的"), ("none", "还没有申报的")];

const ENTRIES: ListSpec = ListSpec {
    sorts: &["name", "unit", "field", "applied", "until", "open"],
    default_sort: ("applied", Direction::Desc),
    filters: &["state", "field"],
    per: 50,
};

struct SelectionLine {
    key: String,
    name: String,
    title: String,
    is_example: bool,
    /// Nobody comes forward for it today.
    is_closed: bool,
    n_held: usize,
    n_under_way: usize,
    n_lapsed: usize,
}

#[derive(Template)]
#[template(path = "pages/selections.html")]
struct SelectionsPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Choice>,
    levels: Vec<Choice>,
    mine: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<SelectionLine>,
    pager: Pager,
}

/// What somebody sees: titles that are held are public, of families for their term alone; what is under way is seen by those who come forward or review.
fn is_seen(visit: &Visit, entry: &Entry) -> bool {
    let is_public = match entry.standing(visit.today()) {
        Standing::Held => true,
        // A family agreed to stand on the list for its term.
        Standing::Lapsed => entry.holder.is_none(),
        Standing::UnderWay | Standing::Withdrawn | Standing::NotNamed => false,
    };
    is_public || is_open_to(visit, entry)
}

/// Whether somebody may open the entry's page.
pub(super) fn is_open_to(visit: &Visit, entry: &Entry) -> bool {
    let scope = scope_of(visit.actor());
    scope.has_case(entry.case_id) || visit.app.directory().is_visible(&scope, entry.organisation)
}

/// `GET /selections`
///
/// # Errors
/// When the database cannot be read.
pub async fn show_all(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SELECTIONS, &uri);
    let pack = visit.pack();
    let entries = rows::all(visit.app.store().reader(), None).await?;
    let today = visit.today();
    let openings = Openings::of(&visit).await?;
    let mut counts: HashMap<(&str, Standing), usize> = HashMap::new();
    for entry in entries.iter().filter(|entry| is_seen(&visit, entry)) {
        *counts.entry((entry.selection.as_str(), entry.standing(today))).or_default() += 1;
    }
    let mut lines: Vec<SelectionLine> = pack
        .selections
        .iter()
        .filter(|(_, selection)| selection.name.contains(&query.q) || selection.title.contains(&query.q))
        .filter(|(_, selection)| query.is_of_level(&selection.levels))
        .filter(|(key, selection)| {
            query.filter("mine").is_none_or(|mine| mine != "apply" || !candidates(&visit, &openings, key, selection).is_empty())
        })
        .map(|(key, selection)| {
            let n = |standing: Standing| counts.get(&(key.as_str(), standing)).copied().unwrap_or_default();
            SelectionLine {
                key: key.clone(),
                name: selection.name.clone(),
                title: selection.title.clone(),
                is_example: selection.example,
                is_closed: openings.why_not(key, selection).is_some(),
                n_held: n(Standing::Held),
                n_under_way: n(Standing::UnderWay),
                n_lapsed: n(Standing::Lapsed),
            }
        })
        .filter(|line| match query.filter("state") {
            Some("under_way") => line.n_under_way > 0,
            Some("held") => line.n_held > 0,
            Some("lapsed") => line.n_lapsed > 0,
            Some("none") => line.n_under_way + line.n_held + line.n_lapsed == 0,
            _ => true,
        })
        .collect();
    match query.sort {
        "lapsed" => lines.sort_by_key(|line| line.n_lapsed),
        "held" => lines.sort_by_key(|line| line.n_held),
        "under_way" => lines.sort_by_key(|line| line.n_under_way),
        _ => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let mut table = table("评选创建", &["评选", "称号", "命名期内", "在申报", "期满未复核"]);
        let row = |line: SelectionLine| [line.name, line.title, line.n_held.to_string(), line.n_under_way.to_string(), line.n_lapsed.to_string()];
        table.rows.extend(lines.into_iter().map(|line| row(line).map(Value::text).to_vec()));
        return download::table(export, "评选创建", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let page = SelectionsPage {
        layout: visit.layout("评选创建").crumb("评选创建", "/selections"),
        columns: vec![
            query.column("评选", "name", false),
            query.column("命名期内", "held", true),
            query.column("在申报", "under_way", true),
            query.column("提示", "lapsed", false),
        ],
        states: query.choices("state", "全部进展", STATES),
        levels: query.level_choices(&pack, pack.selections.values().map(|selection| selection.levels.as_slice())),
        mine: query.choices("mine", "全部评选", [("apply", "我能申报的")]),
        pager: Pager::new(&query, total, "项"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

struct EntryLine {
    name: String,
    unit: String,
    field: String,
    state: Standing,
    status: Status,
    stage: String,
    applied_on: String,
    until: String,
    /// `None`: nobody has reviewed it yet.
    n_open: Option<usize>,
    n_dimensions: usize,
    /// Empty: not this person's to open.
    href: String,
}

impl EntryLine {
    /// 2 / 6, 待审核; empty: it is judged by nothing.
    fn open_words(&self) -> String {
        match self.n_open {
            _ if self.n_dimensions == 0 => String::new(),
            Some(n) => format!("{n} / {}", self.n_dimensions),
            None if self.state == Standing::UnderWay => "待审核".to_owned(),
            None => "没有审核".to_owned(),
        }
    }
}

/// How far a dimension is fulfilled by those who came forward and were reviewed.
struct DimensionLine {
    name: String,
    field: String,
    /// Of those that were reviewed.
    n_met: usize,
    n_of: usize,
    is_weakest: bool,
}

#[derive(Template)]
#[template(path = "pages/selection.html")]
struct RegisterPage {
    layout: Layout,
    key: String,
    name: String,
    fact: String,
    who: String,
    query: ListQuery,
    states: Vec<Choice>,
    fields: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<EntryLine>,
    pager: Pager,
    dimensions: Vec<DimensionLine>,
    weakest: String,
    /// How many are still to be reviewed and not counted above; empty: none.
    unreviewed: String,
    chart: String,
    /// Organisations that this person may put forward.
    candidates: Vec<Choice>,
    is_family: bool,
    title: String,
    /// On whose word it is held: who approved it, under which number, until when, from which year; empty: an example says none.
    authority: String,
    /// Why nobody comes forward today.
    why_not: Option<String>,
    /// Who strives below whom; empty: of one level.
    support: Vec<SupportLine>,
    /// To trying it on today's records; without an address for those who may not.
    simulation: Link,
}

impl RegisterPage {
    /// Whether there is anything to draw.
    fn has_entries(&self) -> bool {
        self.dimensions.iter().any(|line| line.n_of > 0)
    }
}

pub(super) fn selection_of<'a>(pack: &'a policy::Pack, key: &str) -> Result<&'a Selection, Failure> {
    pack.selections.get(key).ok_or(Failure::NotFound)
}

/// `GET /selections/{key}`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such selection.
pub async fn show_one(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let pack = visit.pack();
    let selection = selection_of(&pack, &key)?;
    let reader = visit.app.store().reader();
    let mut entries = rows::all(reader, Some(&key)).await?;
    entries.retain(|entry| is_seen(&visit, entry));
    let procedures = std::iter::once(&selection.procedure).chain(selection.outside.as_ref().map(|outside| &outside.procedure));
    let reviews: Vec<&str> = procedures.filter_map(|key| pack.procedures.get(key)).flat_map(super::reviews_of).collect();
    let judged = rows::judged(reader, &key, &reviews).await?;
    let openings = Openings::of(&visit).await?;
    let mut query = ListQuery::from_uri(&ENTRIES, &uri);
    let mut lines: Vec<EntryLine> = entries.iter().map(|entry| line(&visit, selection, entry, &judged)).collect();
    let n_of = |state: Standing| lines.iter().filter(|line| line.state == state).count();
    let n_held = n_of(Standing::Held);
    let fact = format!("命名期内 {n_held} 个，在申报 {} 个{}", n_of(Standing::UnderWay), against_target(&visit, selection, n_held));
    let open: Vec<&Entry> = entries.iter().filter(|entry| is_open_to(&visit, entry)).collect();
    let support = support::lines(&visit, selection, &entries, &|entry| is_open_to(&visit, entry));
    let dimensions = dimension_lines(&visit, selection, &open, &judged);
    let unreviewed = unreviewed(&visit, &open, &judged);
    let mut fields: Vec<String> = lines.iter().map(|line| line.field.clone()).collect();
    fields.sort_unstable();
    fields.dedup();
    narrow(&mut lines, &query);
    if let Some(export) = query.export {
        return download::table(export, &selection.name, &register(selection, lines));
    }
    let total = lines.len() as u64;
    query = query.within(total);
    let page_lines: Vec<EntryLine> =
        lines.into_iter().skip(usize::try_from(query.offset()).unwrap_or_default()).take(usize::try_from(query.per).unwrap_or(usize::MAX)).collect();
    let mut layout = visit.layout(selection.name.clone()).crumb("评选创建", "/selections").crumb(selection.name.clone(), "");
    layout.mark = mark(selection);
    let page = RegisterPage {
        layout,
        fact,
        who: who_may(&pack, selection),
        states: query.choices("state", "全部状态", Standing::ALL.map(|(word, state)| (word.to_owned(), state.words().to_owned())).to_vec()),
        fields: query.choices("field", "全部领域", fields.into_iter().map(|field| (field.clone(), field)).collect::<Vec<(String, String)>>()),
        columns: vec![
            query.column(if selection.of == SelectionOf::Family { "家庭" } else { "党组织" }, "name", false),
            query.column("上级党组织", "unit", false),
            query.column("领域", "field", false),
            Column::plain("状态"),
            query.column("有效到", "until", false),
            query.column("没有通过的", "open", true),
            query.column("申报", "applied", false),
        ],
        pager: Pager::new(&query, total, "个"),
        lines: page_lines,
        weakest: weakest(&dimensions),
        unreviewed,
        chart: chart(&dimensions),
        dimensions,
        support,
        candidates: candidates(&visit, &openings, &key, selection),
        is_family: selection.of == SelectionOf::Family,
        title: selection.title.clone(),
        name: selection.name.clone(),
        authority: authority(selection),
        why_not: openings.why_not(&key, selection),
        simulation: visit.link("模拟", format!("/selections/{key}/simulation")),
        key,
        query,
    };
    visit.page(&page)
}

/// What stands on every page of a selection that is not simply in force.
pub(super) fn mark(selection: &Selection) -> Option<String> {
    match (selection.example, selection.draft) {
        (true, _) => Some("示例方案".to_owned()),
        (false, true) => Some("草案".to_owned()),
        (false, false) => None,
    }
}

/// Who approved it, and from which year it is held.
fn authority(selection: &Selection) -> String {
    let year = selection.from_year.map(|year| format!("{year} 年起开展。"));
    policy::approval(&selection.authority()).into_iter().chain(year).collect()
}

fn line(visit: &Visit, selection: &Selection, entry: &Entry, judged: &HashMap<i64, Judged>) -> EntryLine {
    let directory = visit.app.directory();
    let pack = visit.pack();
    let org = directory.org(entry.organisation);
    let state = entry.standing(visit.today());
    let tone = match state {
        Standing::UnderWay => Tone::Running,
        Standing::Held => Tone::Ok,
        Standing::Lapsed => Tone::Soon,
        Standing::Withdrawn => Tone::Excused,
        Standing::NotNamed => Tone::Future,
    };
    let is_open = is_open_to(visit, entry);
    let level = org.map_or("", |org| org.level.as_str());
    let stages = pack.procedures.get(selection.procedure_at(level)).map(|procedure| procedure.stages.as_slice()).unwrap_or_default();
    let own = judged.get(&entry.id);
    let shown = entry.holder.is_some().then_some(entry.organisation).or_else(|| org.and_then(|org| org.parent));
    EntryLine {
        name: entry.name(directory.name_of(entry.organisation)).to_owned(),
        unit: shown.map_or_else(String::new, |id| directory.name_of(id).to_owned()),
        field: org.and_then(|org| pack.fields.get(&org.field)).map_or_else(String::new, |field| field.name.clone()),
        stage: stages
            .iter()
            .find(|stage| stage.key == entry.stage && is_open && stage.name != state.words())
            .map_or_else(String::new, |stage| stage.name.clone()),
        status: Status::new(tone, state.words()).plain(),
        state,
        applied_on: entry.applied_on.to_string(),
        until: entry.valid_until.map_or_else(String::new, |until| until.to_string()),
        n_open: own.and_then(Judged::n_open),
        n_dimensions: own.map_or(0, |own| own.dimensions.len()),
        href: if is_open { entry.address() } else { String::new() },
    }
}

fn narrow(lines: &mut Vec<EntryLine>, query: &ListQuery) {
    let state = query.filter("state").and_then(|word| Standing::ALL.iter().find(|(key, _)| *key == word)).map(|(_, state)| *state);
    lines.retain(|line| {
        (line.name.contains(&query.q) || line.unit.contains(&query.q))
            && state.is_none_or(|state| line.state == state)
            && query.filter("field").is_none_or(|field| line.field == field)
    });
    match query.sort {
        "name" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name)),
        "unit" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.unit)),
        "field" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.field)),
        "until" => lines.sort_by(|a, b| (a.until.is_empty(), &a.until).cmp(&(b.until.is_empty(), &b.until))),
        "open" => lines.sort_by_key(|line| line.n_open),
        _ => lines.sort_by(|a, b| a.applied_on.cmp(&b.applied_on)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
}

/// How many of those that may come forward hold the title, beside what the pack wants this year.
fn against_target(visit: &Visit, selection: &Selection, n_held: usize) -> String {
    let Some(percent) = policy::in_force(&selection.target, visit.today()) else { return String::new() };
    let everywhere = store::Actor::console(visit.today()).whole_scope();
    let directory = visit.app.directory();
    let n = directory.all(&everywhere).filter(|org| selection.is_open_to(&org.kind, &org.field, &org.level)).count();
    format!("；全市 {n} 个，已达 {}%，今年目标 {percent}%", (n_held * 100).checked_div(n).unwrap_or_default())
}

/// Who may come forward, in words.
fn who_may(pack: &policy::Pack, selection: &Selection) -> String {
    let names = |keys: &[String], of: &dyn Fn(&str) -> Option<String>| keys.iter().filter_map(|key| of(key)).collect::<Vec<_>>().join("、");
    let fields = names(&selection.fields, &|key| pack.fields.get(key).map(|field| field.name.clone()));
    let kinds = names(&selection.kinds, &|key| pack.organisation_kinds.get(key).map(|kind| kind.name.clone()));
    let levels = names(&selection.levels, &|key| pack.levels.get(key).map(|level| level.name.clone()));
    let parts: Vec<String> = [levels, fields, kinds].into_iter().filter(|part| !part.is_empty()).collect();
    let whose = if parts.is_empty() { "各党组织".to_owned() } else { parts.join(" · ") };
    match selection.of {
        SelectionOf::Organisation => format!("面向：{whose}；称号有效 {} 个月", selection.valid_months),
        SelectionOf::Family => format!("由{whose}征得家庭同意后申报或者推荐；称号有效 {} 个月", selection.valid_months),
    }
}

/// How the dimensions stand over those who came forward, were reviewed and are seen, in the order of the pack.
fn dimension_lines(visit: &Visit, selection: &Selection, entries: &[&Entry], judged: &HashMap<i64, Judged>) -> Vec<DimensionLine> {
    let pack = visit.pack();
    let directory = visit.app.directory();
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.standing(visit.today()) != Standing::Withdrawn) {
        let field = directory.org(entry.organisation).map_or("", |org| org.field.as_str());
        for (name, is_met) in judged.get(&entry.id).filter(|judged| judged.is_reviewed).into_iter().flat_map(|judged| &judged.dimensions) {
            let Some(dimension) = selection.dimensions.iter().find(|it| it.name == *name && it.field.as_deref().is_none_or(|only| only == field))
            else {
                continue;
            };
            let count = counts.entry((dimension.key.as_str(), name.as_str())).or_default();
            count.0 += usize::from(*is_met);
            count.1 += 1;
        }
    }
    let mut lines: Vec<DimensionLine> = selection
        .dimensions
        .iter()
        .map(|dimension| {
            let (n_met, n_of) = counts.get(&(dimension.key.as_str(), dimension.name.as_str())).copied().unwrap_or_default();
            let field = dimension.field.as_ref().and_then(|key| pack.fields.get(key)).map_or_else(String::new, |field| field.name.clone());
            DimensionLine { name: dimension.name.clone(), field, n_met, n_of, is_weakest: false }
        })
        .collect();
    // Within each field the dimension that the fewest fulfil; where all are fulfilled there is none.
    let fields: std::collections::BTreeSet<String> = lines.iter().map(|line| line.field.clone()).collect();
    for field in fields {
        let of_field = |line: &&mut DimensionLine| line.field == field && line.n_met < line.n_of;
        let least = lines.iter_mut().filter(of_field).min_by(|a, b| (a.n_met * b.n_of).cmp(&(b.n_met * a.n_of))).map(|line| (line.n_met, line.n_of));
        let Some((n_met, n_of)) = least else { continue };
        for line in lines.iter_mut().filter(of_field).filter(|line| line.n_met * n_of == n_met * line.n_of) {
            line.is_weakest = true;
        }
    }
    lines
}

fn weakest(lines: &[DimensionLine]) -> String {
    let said: Vec<String> = lines
        .iter()
        .filter(|line| line.is_weakest)
        .map(|line| {
            let field = if line.field.is_empty() { String::new() } else { format!("{}：", line.field) };
            format!("{field}{}（审核过的 {} 个里 {} 个通过）", line.name, line.n_of, line.n_met)
        })
        .collect();
    if said.is_empty() { String::new() } else { format!("最弱的是{}", said.join("；")) }
}

/// How many who came forward are still to be reviewed: what nobody has judged counts neither as fulfilled nor as missing.
fn unreviewed(visit: &Visit, entries: &[&Entry], judged: &HashMap<i64, Judged>) -> String {
    let is_waiting = |entry: &&&Entry| {
        entry.standing(visit.today()) == Standing::UnderWay && judged.get(&entry.id).is_some_and(|it| !it.is_reviewed && !it.dimensions.is_empty())
    };
    match entries.iter().filter(is_waiting).count() {
        0 => String::new(),
        n => format!("在申报的有 {n} 个还没有审核，不算在内。"),
    }
}

/// Bars: how many of those who came forward fulfil each.
fn chart(lines: &[DimensionLine]) -> String {
    let label = |line: &DimensionLine| if line.field.is_empty() { line.name.clone() } else { format!("{} · {}", line.field, line.name) };
    let met: Vec<usize> = lines.iter().rev().map(|line| line.n_met).collect();
    let open: Vec<usize> = lines.iter().rev().map(|line| line.n_of - line.n_met).collect();
    json!({
        "grid": { "left": 8, "right": 24, "top": 24, "bottom": 4, "containLabel": true },
        "legend": { "top": 0, "data": ["通过", "没有通过"] },
        "xAxis": { "type": "value", "min": 0, "minInterval": 1, "show": false },
        "yAxis": { "type": "category", "data": lines.iter().rev().map(label).collect::<Vec<_>>(), "axisLine": { "show": false } },
        "series": [
            { "name": "通过", "type": "bar", "stack": "all", "data": met, "barWidth": 14 },
            { "name": "没有通过", "type": "bar", "stack": "all", "data": open, "barWidth": 14, "itemStyle": { "color": "--line-2" } },
        ],
    })
    .to_string()
}

/// Organisations that somebody may put forward for this, at most so many; in a larger reach they come forward from nearer by.
fn candidates(visit: &Visit, openings: &Openings, key: &str, selection: &Selection) -> Vec<Choice> {
    const N_MAX: usize = 400;
    if openings.why_not(key, selection).is_some() {
        return Vec::new();
    }
    let scope = visit.scope(Capability::ApplyForSelections);
    let directory = visit.app.directory();
    let is_meant = |org: &&OrgNode| selection.is_open_to(&org.kind, &org.field, &org.level);
    let mut meant: Vec<&OrgNode> = directory.all(&scope).filter(is_meant).take(N_MAX).collect();
    meant.sort_by(|a, b| a.pinyin.cmp(&b.pinyin));
    meant.iter().map(|org| Choice { value: org.id.to_string(), label: org.name.clone(), selected: meant.len() == 1 }).collect()
}

pub(super) fn table(name: &str, headings: &[&str]) -> Table {
    let columns = headings.iter().map(|heading| SheetColumn::new(*heading, ColumnKind::Text).wide(20.0)).collect();
    Table { name: name.to_owned(), title: None, columns, rows: Vec::new() }
}

fn register(selection: &Selection, lines: Vec<EntryLine>) -> Table {
    let mut out = table(&selection.title, &["名称", "上级党组织", "领域", "状态", "环节", "有效到", "没有通过的项", "申报日期"]);
    if selection.example {
        out.title = Some(format!("{}（示例方案）", selection.name));
    }
    let row = |line: EntryLine| {
        let open = line.open_words();
        [line.name, line.unit, line.field, line.status.word, line.stage, line.until, open, line.applied_on].map(Value::text).to_vec()
    };
    out.rows.extend(lines.into_iter().map(row));
    out
}

/// `POST /selections/{key}`
///
/// # Errors
/// Unexpected ones; a refusal stands on the page.
pub async fn apply(visit: Visit, Path(key): Path<String>, form: Submitted) -> Answer {
    selection_of(&visit.pack(), &key)?;
    let back = format!("/selections/{key}");
    let Ok(organisation) = form.text("organisation").parse() else { return Ok(visit.refuse(&back, "请先选申报的党组织。")) };
    let given = Application {
        selection: key.clone(),
        organisation,
        holder: form.filled("holder").map(str::to_owned),
        is_agreed: !form.text("is_agreed").is_empty(),
    };
    let mut tx = visit.begin().await?;
    match super::apply(&visit.app, &mut tx, visit.actor(), given).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/selections/entries/{id}"), "已经开始申报，请按步骤填报。")),
        Err(error) => Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    }
}
