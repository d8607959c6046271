//! One entry explained; what the check says; which versions were kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::{Explanation, Problem, Reading, ValueDifference};
use store::query;

use super::pages::place;
use super::usage::Usages;
use crate::app::App;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Citation, Link, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/policy_show.html")]
struct EntryPage {
    layout: Layout,
    it: Explanation,
    cite: Option<Citation>,
    is_example: bool,
    /// Of a mechanism: how it stands, where it is done, records of the last year within reach.
    standing: Option<(Status, Option<Link>, String)>,
    parts: Vec<(String, String, String)>,
    versions: Vec<VersionLine>,
}

/// One kept version of the entry's layer.
struct VersionLine {
    sm3: String,
    at: String,
    is_now: bool,
    changes: Vec<String>,
}

/// `GET /policies/{table}.{key}`.
///
/// # Errors
/// [`Failure::NotFound`]: there is no such entry.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    let policies = visit.app.policies();
    let reading = &policies.reading;
    let it = policy::explain(reading, &id).ok_or(Failure::NotFound)?;
    let reading_line =
        it.interpretation.as_ref().map_or_else(String::new, |reading| format!("口径：{}（{}，{}）", reading.text, reading.by, reading.on));
    let cite = it.cite.as_ref().map(|source| Citation {
        quote: source.quote.clone().unwrap_or_default(),
        source: format!("{}{}", source.document, source.clause.clone().unwrap_or_default()),
        reading: reading_line.clone(),
        href: String::new(),
    });
    let mechanism = reading.pack.mechanisms.get(it.entry.strip_prefix("mechanism.").unwrap_or_default());
    let standing = match mechanism {
        Some(mechanism) => {
            let (state, n) = Usages::of(&visit).await?.of_mechanism(reading, mechanism);
            let records = if n > 0 { format!("{} 条", grouped(n.unsigned_abs())) } else { "—".to_owned() };
            Some((state.status(), place(&visit, reading, mechanism), records))
        }
        None => None,
    };
    let parts = mechanism.map(|mechanism| mechanism.entries.clone()).unwrap_or_default();
    let parts = parts.into_iter().filter_map(|id| policy::explain(reading, &id).map(|part| (id, part.kind, part.title))).collect();
    let page = EntryPage {
        layout: visit.layout(it.title.clone()).crumb("制度规则", "/policies").crumb(it.title.clone(), ""),
        is_example: reading.entries.get(&it.entry).is_some_and(|entry| entry.value["cite"]["doc"] == "example"),
        versions: versions(&visit.app, &it).await?,
        standing,
        cite,
        parts,
        it,
    };
    visit.page(&page)
}

/// Versions read at most for one entry.
const N_VERSIONS_MAX: usize = 6;

/// Kept texts of the entry's layer, newest first, and what each changed in this entry.
async fn versions(app: &App, it: &Explanation) -> anyhow::Result<Vec<VersionLine>> {
    let now = app.policies();
    let rows = query(
        app.store().reader(),
        "select sm3, body, first_used_at from pack_layer where layer = $1 order by first_used_at desc, sm3",
        [it.layer.clone().into()],
    )
    .await?;
    let mut texts: Vec<(String, String, Reading)> = Vec::new();
    for row in rows.iter().take(N_VERSIONS_MAX) {
        // A single version has nothing to be held against, and reading one takes its time.
        let body: String = if rows.len() > 1 { row.try_get("", "body")? } else { String::new() };
        texts.push((row.try_get("", "sm3")?, row.try_get("", "first_used_at")?, policy::read(&policy::layer_files(&it.layer, &body))));
    }
    let lines = texts.iter().enumerate().map(|(i, (sm3, at, reading))| {
        let before = texts.get(i + 1).map(|(.., reading)| reading);
        let changes = match before {
            None => Vec::new(),
            Some(before) => policy::differences(before, reading)
                .into_iter()
                .filter(|it_| it_.entry == it.entry)
                .flat_map(|difference| sentences(&difference))
                .collect(),
        };
        VersionLine { sm3: sm3.clone(), at: crate::account::minute(at), is_now: now.reading.layers.iter().any(|layer| layer.sm3 == *sm3), changes }
    });
    Ok(lines.collect())
}

fn sentences(difference: &policy::Difference) -> Vec<String> {
    if difference.values.is_empty() {
        return vec![difference.kind.label().to_owned()];
    }
    difference.values.iter().map(value_sentence).collect()
}

fn value_sentence(value: &ValueDifference) -> String {
    let text = |value: &Option<serde_json::Value>| match value {
        None => "（没有）".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("{}：{} → {}", value.path, text(&value.before), text(&value.after))
}

#[derive(Template)]
#[template(path = "pages/policy_versions.html")]
struct VersionsPage {
    layout: Layout,
    layers: Vec<LayerLine>,
}

struct LayerLine {
    layer: String,
    title: String,
    version: String,
    sm3: String,
    at: String,
    is_now: bool,
    changes: Vec<(String, String, Vec<String>)>,
}

/// Kept texts as they were read: a text under its SM3 never changes.
#[derive(Default)]
struct Readings(Mutex<HashMap<String, Arc<Reading>>>);

impl Readings {
    fn of(&self, sm3: &str, layer: &str, body: &str) -> Arc<Reading> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = kept.entry(format!("{layer}@{sm3}")).or_insert_with(|| Arc::new(policy::read(&policy::layer_files(layer, body))));
        reading.clone()
    }
}

/// `GET /policies/versions`: what was kept, and what each version changed against the one before.
///
/// # Errors
/// When the database cannot be read.
pub async fn all_versions(visit: Visit) -> Answer {
    let rows = query(
        visit.app.store().reader(),
        "select sm3, layer, title, version, body, first_used_at from pack_layer order by layer, first_used_at desc, sm3",
        [],
    )
    .await?;
    let now = visit.app.policies();
    let readings = visit.app.held(Readings::default);
    let mut layers: Vec<LayerLine> = Vec::new();
    let mut later: Option<(String, Arc<Reading>)> = None;
    for row in &rows {
        let (sm3, layer, body): (String, String, String) = (row.try_get("", "sm3")?, row.try_get("", "layer")?, row.try_get("", "body")?);
        let reading = readings.of(&sm3, &layer, &body);
        if let Some((of, later)) = &later
            && *of == layer
            && let Some(last) = layers.last_mut()
        {
            last.changes = policy::differences(&reading, later)
                .iter()
                .map(|it| (it.entry.clone(), it.kind.label().to_owned(), it.values.iter().map(value_sentence).collect()))
                .collect();
        }
        layers.push(LayerLine {
            is_now: now.reading.layers.iter().any(|it| it.sm3 == sm3),
            title: row.try_get("", "title")?,
            version: row.try_get("", "version")?,
            at: crate::account::minute(&row.try_get::<String>("", "first_used_at")?),
            changes: Vec::new(),
            sm3,
            layer: layer.clone(),
        });
        later = Some((layer, reading));
    }
    visit.page(&VersionsPage { layout: visit.layout("制度包的版本").crumb("制度规则", "/policies").crumb("版本", ""), layers })
}

const CHECK: ListSpec = ListSpec { sorts: &["place"], default_sort: ("place", Direction::Asc), filters: &["severity"], per: 50 };

#[derive(Template)]
#[template(path = "pages/policy_check.html")]
struct CheckPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    severities: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<ProblemLine>,
    pager: Pager,
}

struct ProblemLine {
    place: String,
    status: Status,
    message: String,
}

/// `GET /policies/check`.
///
/// # Errors
/// When the template fails.
pub async fn check(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&CHECK, &uri);
    let policies = visit.app.policies();
    let problems = policies.problems();
    let n_errors = problems.iter().filter(|problem| problem.is_error()).count();
    let sentence = format!(
        "{} 处错误，{} 处提示；示例方案的条目 {} 条，不得用于正式公布。",
        n_errors,
        problems.len() - n_errors,
        policies.reading.count_examples()
    );
    let is_wanted = |problem: &&Problem| {
        let severity = asked.filter("severity").is_none_or(|it| problem.is_error() == (it == "error"));
        severity && (asked.q.is_empty() || problem.message.contains(&asked.q) || problem.file.contains(&asked.q))
    };
    let mut rows: Vec<ProblemLine> = problems
        .iter()
        .filter(is_wanted)
        .map(|problem| ProblemLine {
            place: format!("{}:{}", problem.file, problem.line),
            status: Status::new(if problem.is_error() { Standing::Missed } else { Standing::Soon }, problem.severity.label()).plain(),
            message: problem.message.clone(),
        })
        .collect();
    if asked.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = asked.export {
        let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
        let cells = rows.iter().map(|row| vec![Value::text(&row.place), Value::text(&row.status.word), Value::text(&row.message)]);
        return download::table(
            export,
            "制度检查",
            &Table {
                name: "制度检查".to_owned(),
                columns: vec![column("位置", 40.0), column("轻重", 8.0), column("说明", 80.0)],
                rows: cells.collect(),
                ..Table::default()
            },
        );
    }
    let pager = Pager::new(&asked, rows.len() as u64, "处");
    let shown = asked.clone().within(rows.len() as u64);
    let rows = rows.into_iter().skip(usize::try_from(shown.offset()).unwrap_or_default()).take(shown.per as usize).collect();
    let severities =
        vec![asked.chip("severity", "", "全部", None), asked.chip("severity", "error", "错误", None), asked.chip("severity", "note", "提示", None)];
    let columns = vec![asked.column("位置", "place", false), Column::plain("轻重"), Column::plain("说明")];
    visit.page(&CheckPage {
        layout: visit.layout("制度检查").crumb("制度规则", "/policies").crumb("检查", ""),
        sentence,
        severities,
        columns,
        rows,
        pager,
        query: asked,
    })
}
