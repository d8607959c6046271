//! 制度: every mechanism with its clause, where it lives, whether it is in use.

use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::{Mechanism, Reading};

use super::usage::Usages;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec =
    ListSpec { sorts: &["group", "name", "state", "records"], default_sort: ("group", Direction::Asc), filters: &["state", "group"], per: 50 };

/// The state of the filter that leaves every mechanism.
const ALL: &str = "all";

/// Whether a mechanism is in use; computed, never typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// In force, with records of the last twelve months.
    InUse,
    /// In force, nothing recorded.
    Ready,
    /// Every rule of it is switched off (待核原文).
    Off,
    /// Nothing carries it yet.
    NotBuilt,
}

impl State {
    const ALL: [State; 4] = [State::InUse, State::Ready, State::Off, State::NotBuilt];

    fn key(self) -> &'static str {
        match self {
            State::InUse => "in_use",
            State::Ready => "ready",
            State::Off => "off",
            State::NotBuilt => "not_built",
        }
    }

    fn word(self) -> &'static str {
        match self {
            State::InUse => "在用",
            State::Ready => "可以用，近一年没有记录",
            State::Off => "规则停用",
            State::NotBuilt => "系统里还没有",
        }
    }

    /// What a list shows.
    #[must_use]
    pub fn status(self) -> Status {
        let standing = match self {
            State::InUse => Standing::Ok,
            State::Ready => Standing::Future,
            State::Off => Standing::Unproved,
            State::NotBuilt => Standing::Excused,
        };
        Status::new(standing, self.word()).plain()
    }

    /// How a mechanism stands, given how many records it has.
    #[must_use]
    pub fn of(reading: &Reading, mechanism: &Mechanism, n_records: i64) -> Self {
        if mechanism.primitive.is_none() {
            return Self::NotBuilt;
        }
        let entries: Vec<_> = mechanism.entries.iter().filter_map(|id| reading.entries.get(id)).collect();
        if !entries.is_empty() && entries.iter().all(|entry| entry.value["pending"].is_string()) {
            return Self::Off;
        }
        if n_records > 0 { Self::InUse } else { Self::Ready }
    }
}

struct MechanismLine {
    key: String,
    name: String,
    group: String,
    quote: String,
    source: String,
    place: Option<Link>,
    n_rules: usize,
    n_pending: usize,
    uses: String,
    state: State,
    n_records: i64,
}

#[derive(Template)]
#[template(path = "pages/policy_list.html")]
struct PoliciesPage {
    layout: Layout,
    sentence: String,
    counted_at: String,
    query: ListQuery,
    states: Vec<Chip>,
    groups: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<MechanismRow>,
    pager: Pager,
    version: String,
}

/// A row of the page.
struct MechanismRow {
    line: MechanismLine,
    /// Sorted by group, the first row of each has a heading.
    begins_group: bool,
    status: Status,
    records: String,
}

/// `GET /policies`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let usage = Usages::of(&visit).await?;
    let policies = visit.app.policies();
    let all: Vec<MechanismLine> = policies.pack.mechanisms.iter().map(|(key, it)| line(&visit, &policies.reading, &usage, key, it)).collect();
    let n_of = |state: State| all.iter().filter(|line| line.state == state).count();
    let total = all.len();
    // Whoever opens the page looks for what is done; whoever searches looks through everything.
    let is_open = asked.q.is_empty() && asked.filter("group").is_none() && n_of(State::InUse) > 0;
    let state = asked.filter("state").unwrap_or(if is_open { State::InUse.key() } else { ALL });
    let chip = |key: &str, word: &str, n: usize| Chip {
        label: word.to_owned(),
        count: u64::try_from(n).ok(),
        href: asked.filter_link("state", if state == key { ALL } else { key }),
        pressed: state == key,
    };
    let states = std::iter::once(chip(ALL, "全部", total))
        .chain(State::ALL.into_iter().filter(|state| n_of(*state) > 0).map(|state| chip(state.key(), state.word(), n_of(state))))
        .collect();
    let mut groups: Vec<String> = all.iter().map(|line| line.group.clone()).collect();
    groups.sort();
    groups.dedup();
    let sentence = format!(
        "文件里写到的机制共 {total} 项：{} 项在用，{} 项可以用但近一年没有记录，{} 项规则停用，{} 项系统里还没有。",
        n_of(State::InUse),
        n_of(State::Ready),
        n_of(State::Off),
        n_of(State::NotBuilt)
    );
    let rows = chosen(all, &asked, state);
    if let Some(export) = asked.export {
        return download::table(export, "制度机制", &table(&rows));
    }
    let shown = asked.clone().within(rows.len() as u64);
    let n_found = rows.len() as u64;
    let rows = rows.into_iter().skip(usize::try_from(shown.offset()).unwrap_or_default()).take(shown.per as usize);
    let page = PoliciesPage {
        sentence,
        counted_at: jiff::tz::Offset::constant(8).to_datetime(usage.own.counted_at).strftime("%H:%M").to_string(),
        states,
        groups: asked.choices("group", "全部门类", groups.iter().map(|group| (group, group))),
        columns: vec![
            asked.column("机制", "name", false),
            Column::plain("出处"),
            Column::plain("在哪里办"),
            Column::plain("规则"),
            asked.column("状态", "state", false),
            asked.column("近一年记录", "records", true),
        ],
        rows: with_headings(rows, asked.sort == "group"),
        pager: Pager::new(&asked, n_found, "项"),
        version: policies.reading.layers.iter().map(|layer| format!("{} {}", layer.title, layer.version)).collect::<Vec<_>>().join("；"),
        query: asked,
        layout: visit.layout("制度规则").crumb("制度规则", "/policies"),
    };
    visit.page(&page)
}

fn with_headings(lines: impl Iterator<Item = MechanismLine>, by_group: bool) -> Vec<MechanismRow> {
    let mut rows: Vec<MechanismRow> = Vec::new();
    for line in lines {
        let begins_group = by_group && rows.last().is_none_or(|before| before.line.group != line.group);
        let records = if line.n_records > 0 { grouped(line.n_records.unsigned_abs()) } else { "—".to_owned() };
        rows.push(MechanismRow { begins_group, status: line.state.status(), records, line });
    }
    rows
}

/// Where a mechanism is done: without an address for whoever has no such place.
pub(super) fn place(visit: &Visit, reading: &Reading, it: &Mechanism) -> Option<Link> {
    let (label, href) = it.menu.as_deref().and_then(crate::http::menu::place_of)?;
    let may_open = it.menu.as_deref().is_some_and(|menu| {
        visit.actor().grants.iter().any(|own| reading.pack.roles.get(&own.role).is_some_and(|role| role.menu.iter().any(|key| key == menu)))
    });
    Some(Link::new(label, if may_open { href } else { "" }))
}

fn line(visit: &Visit, reading: &Reading, usage: &Usages, key: &str, it: &Mechanism) -> MechanismLine {
    let (state, n_records) = usage.of_mechanism(reading, it);
    let source = policy::source(&reading.pack, &it.cite);
    let mut uses: Vec<String> = it
        .entries
        .iter()
        .filter(|id| id.starts_with("scheme.") || id.starts_with("duty.") || id.starts_with("ranking."))
        .filter_map(|id| reading.entries.get(id))
        .map(|entry| entry.value["name"].as_str().unwrap_or(&entry.key).to_owned())
        .collect();
    uses.dedup();
    MechanismLine {
        key: key.to_owned(),
        name: it.name.clone(),
        group: it.group.clone(),
        quote: source.quote.unwrap_or_default(),
        source: format!("{}{}", source.document, source.clause.unwrap_or_default()),
        place: place(visit, reading, it),
        n_rules: it.entries.len(),
        n_pending: it.entries.iter().filter_map(|id| reading.entries.get(id)).filter(|entry| entry.value["pending"].is_string()).count(),
        uses: uses.join("、"),
        state,
        n_records,
    }
}

fn chosen(all: Vec<MechanismLine>, asked: &ListQuery, state: &str) -> Vec<MechanismLine> {
    let q = asked.q.as_str();
    let is_wanted = |line: &MechanismLine| {
        (state == ALL || line.state.key() == state)
            && asked.filter("group").is_none_or(|group| line.group == group)
            && (q.is_empty() || [&line.name, &line.quote, &line.source, &line.key, &line.uses].iter().any(|text| text.contains(q)))
    };
    let mut rows: Vec<MechanismLine> = all.into_iter().filter(is_wanted).collect();
    let pinyin = |line: &MechanismLine| crate::pinyin::key(&line.name);
    match asked.sort {
        "name" => rows.sort_by_cached_key(pinyin),
        "state" => rows.sort_by_cached_key(|line| (line.state, pinyin(line))),
        "records" => rows.sort_by_cached_key(|line| (line.n_records, pinyin(line))),
        _ => rows.sort_by_cached_key(|line| (crate::pinyin::key(&line.group), line.state, pinyin(line))),
    }
    if asked.dir == Direction::Desc {
        rows.reverse();
    }
    rows
}

fn table(rows: &[MechanismLine]) -> Table {
    let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
    Table {
        name: "制度机制".to_owned(),
        columns: vec![
            column("门类", 18.0),
            column("机制", 40.0),
            column("出处", 30.0),
            column("原文", 40.0),
            column("在哪里办", 12.0),
            column("规则数", 8.0),
            column("用到它的方案、责任", 30.0),
            column("状态", 18.0),
            office::sheet::Column::new("近一年记录", ColumnKind::Integer),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let place = row.place.as_ref().map_or(String::new(), |link| link.label.clone());
                let mut cells: Vec<Value> =
                    [&row.group, &row.name, &row.source, &row.quote, &place, &row.n_rules.to_string(), &row.uses].map(Value::text).into();
                cells.extend([Value::text(row.state.word()), Value::Integer(row.n_records)]);
                cells
            })
            .collect(),
        ..Table::default()
    }
}
