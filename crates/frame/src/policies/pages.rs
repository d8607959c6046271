//! 制度: every mechanism with its clause, where it lives, whether it is in use.

use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::{Mechanism, Reading};

use super::usage::Usage;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec =
    ListSpec { sorts: &["group", "name", "state", "records"], default_sort: ("group", Direction::Asc), filters: &["state", "group"], per: 50 };

/// Whether a mechanism is in use; computed, never typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// In force, with records of the last twelve months.
    InUse,
    /// In force, nothing recorded within what one may see.
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
            State::Ready => "就绪，近一年没有记录",
            State::Off => "规则停用",
            State::NotBuilt => "未建",
        }
    }

    fn status(self) -> Status {
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
    let usage = Usage::of(&visit.app, visit.actor(), visit.at).await?;
    let policies = visit.app.policies();
    let all: Vec<MechanismLine> = policies.pack.mechanisms.iter().map(|(key, it)| line(&visit, &policies.reading, &usage, key, it)).collect();
    let n_of = |state: State| all.iter().filter(|line| line.state == state).count();
    let total = all.len();
    let states = std::iter::once(asked.chip("state", "", "全部", u64::try_from(total).ok()))
        .chain(State::ALL.into_iter().map(|state| asked.chip("state", state.key(), state.word(), u64::try_from(n_of(state)).ok())))
        .collect();
    let mut groups: Vec<String> = all.iter().map(|line| line.group.clone()).collect();
    groups.sort();
    groups.dedup();
    let sentence = format!(
        "文件里写到的机制共 {total} 项：{} 项在用，{} 项就绪，{} 项规则停用，{} 项未建。",
        n_of(State::InUse),
        n_of(State::Ready),
        n_of(State::Off),
        n_of(State::NotBuilt)
    );
    let rows = chosen(all, &asked);
    if let Some(export) = asked.export {
        return download::table(export, "制度机制", &table(&rows));
    }
    let shown = asked.clone().within(rows.len() as u64);
    let n_found = rows.len() as u64;
    let rows = rows.into_iter().skip(usize::try_from(shown.offset()).unwrap_or_default()).take(shown.per as usize);
    let page = PoliciesPage {
        sentence,
        counted_at: jiff::tz::Offset::constant(8).to_datetime(usage.counted_at).strftime("%H:%M").to_string(),
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
        layout: visit.layout("制度").crumb("制度", "/policies"),
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

fn line(visit: &Visit, reading: &Reading, usage: &Usage, key: &str, it: &Mechanism) -> MechanismLine {
    let n_records = usage.of_mechanism(&reading.pack, it);
    let source = policy::source(&reading.pack, &it.cite);
    let menu = it.menu.as_deref().and_then(crate::http::menu::place_of);
    let may_open = it.menu.as_deref().is_some_and(|menu| {
        visit.actor().grants.iter().any(|own| reading.pack.roles.get(&own.role).is_some_and(|role| role.menu.iter().any(|key| key == menu)))
    });
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
        place: menu.map(|(label, href)| Link::new(label, if may_open { href } else { "" })),
        n_rules: it.entries.len(),
        n_pending: it.entries.iter().filter_map(|id| reading.entries.get(id)).filter(|entry| entry.value["pending"].is_string()).count(),
        uses: uses.join("、"),
        state: State::of(reading, it, n_records),
        n_records,
    }
}

fn chosen(all: Vec<MechanismLine>, asked: &ListQuery) -> Vec<MechanismLine> {
    let q = asked.q.as_str();
    let is_wanted = |line: &MechanismLine| {
        asked.filter("state").is_none_or(|state| line.state.key() == state)
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
