//! `jishi facts rebuild`: events and spans computed anew from the records, by the same pure functions that wrote them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use store::{Actor, OrgId, Tx, query};

use super::{EventFact, Facts, SpanFact, replace};
use crate::app::App;

/// Facts of some records of one source, derived from their rows.
pub type Derived<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Vec<(i64, Facts)>>> + Send + 'a>>;

/// A primitive whose records stand for facts. Whoever adds facts adds a line to [`crate::app::Rooms::sources`].
pub struct Source {
    /// As in `event.source` and `span.source`.
    pub name: &'static str,
    /// What its records are called.
    pub label: &'static str,
    /// The table whose numbers are those of the records.
    pub table: &'static str,
    pub derive: for<'a> fn(&'a App, &'a Tx, &'a [i64]) -> Derived<'a>,
}

/// What was found at one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    pub source: String,
    pub label: String,
    pub n_records: usize,
    pub n_facts: usize,
    /// Records whose facts were not those that follow from their rows; they were replaced.
    pub differing: Vec<i64>,
}

/// Records of one transaction.
const AT_ONCE: usize = 1_000;

/// What is done with facts that do not follow from their records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differences {
    Told,
    Replaced,
}

/// Computes all facts anew, compares, and tells or replaces what differs. Facts of no source at all are left alone and reported
/// with `n_records` 0.
///
/// # Errors
/// When the database refuses, or a record cannot be read.
pub async fn rebuild(app: &App, actor: &Actor, at: Timestamp, differences: Differences) -> anyhow::Result<Vec<Rebuilt>> {
    let mut found = Vec::new();
    for source in app.rooms().sources {
        found.push(rebuild_source(app, actor, at, source, differences).await?);
    }
    for table in ["event", "span"] {
        for row in query(app.store().reader(), format!("select source, count(*) from {table} group by source order by source"), []).await? {
            let name: String = row.try_get_by_index(0)?;
            if !app.rooms().sources.iter().any(|source| source.name == name) {
                let n_facts = usize::try_from(row.try_get_by_index::<i64>(1)?)?;
                found.push(Rebuilt { label: format!("{name}（没有登记来源）"), source: name, n_records: 0, n_facts, differing: Vec::new() });
            }
        }
    }
    Ok(found)
}

async fn rebuild_source(app: &App, actor: &Actor, at: Timestamp, source: &Source, differences: Differences) -> anyhow::Result<Rebuilt> {
    let ids = record_ids(app, source).await?;
    let mut rebuilt =
        Rebuilt { source: source.name.to_owned(), label: source.label.to_owned(), n_records: ids.len(), n_facts: 0, differing: Vec::new() };
    for some in ids.chunks(AT_ONCE) {
        let mut tx = app.begin(actor, at).await?;
        let mut kept = kept(&tx, source.name, some).await?;
        let mut fresh: HashMap<i64, Facts> = (source.derive)(app, &tx, some).await?.into_iter().collect();
        let mut wrong = Vec::new();
        let mut touched: BTreeSet<OrgId> = BTreeSet::new();
        for id in some {
            let old = sorted(kept.remove(id).unwrap_or_default());
            let new = sorted(fresh.remove(id).unwrap_or_default());
            rebuilt.n_facts += new.events.len() + new.spans.len();
            if old != new {
                touched.extend(old.events.iter().chain(&new.events).map(|fact| fact.organisation));
                touched.extend(old.spans.iter().chain(&new.spans).map(|fact| fact.organisation));
                wrong.push((*id, new));
            }
        }
        if wrong.is_empty() {
            continue;
        }
        let differing: Vec<i64> = wrong.iter().map(|(id, _)| *id).collect();
        if differences == Differences::Told {
            rebuilt.differing.extend(differing);
            continue;
        }
        replace(&mut tx, source.name, wrong).await?;
        tx.record("facts.rebuild", "source", 0, None, json!({ "source": source.name, "n": differing.len(), "first": differing[0] }));
        for organisation in touched {
            tx.changed(source.name, differing[0], Some(organisation));
        }
        let commit = tx.commit().await?;
        app.settle(commit).await;
        rebuilt.differing.extend(differing);
    }
    Ok(rebuilt)
}

/// Numbers of the records, and of those that are gone but left facts behind.
async fn record_ids(app: &App, source: &Source) -> anyhow::Result<Vec<i64>> {
    let mut ids = BTreeSet::new();
    for row in query(app.store().reader(), format!("select id from {} order by id", source.table), []).await? {
        ids.insert(row.try_get_by_index::<i64>(0)?);
    }
    for table in ["event", "span"] {
        for row in query(app.store().reader(), format!("select distinct source_id from {table} where source = $1"), [source.name.into()]).await? {
            ids.insert(row.try_get_by_index::<i64>(0)?);
        }
    }
    Ok(ids.into_iter().collect())
}

async fn kept(tx: &Tx, source: &str, ids: &[i64]) -> anyhow::Result<BTreeMap<i64, Facts>> {
    let mut kept: BTreeMap<i64, Facts> = BTreeMap::new();
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let day = |text: Option<String>| text.map(|text| text.parse::<Date>()).transpose();
    let sql = format!(
        "select source_id, organisation_id, day, kind, quantity, subject_id, flags, makes_up from event where source = $1 and source_id in ({list})"
    );
    for row in query(tx.connection(), sql, [source.into()]).await? {
        kept.entry(row.try_get_by_index(0)?).or_default().events.push(EventFact {
            organisation: row.try_get_by_index(1)?,
            day: row.try_get_by_index::<String>(2)?.parse()?,
            kind: row.try_get_by_index(3)?,
            quantity: row.try_get_by_index(4)?,
            subject: row.try_get_by_index(5)?,
            flags: row.try_get_by_index(6)?,
            makes_up: day(row.try_get_by_index(7)?)?,
        });
    }
    let sql = format!(
        "select source_id, organisation_id, kind, from_on, until_on, quantity, subject_id from span where source = $1 and source_id in ({list})"
    );
    for row in query(tx.connection(), sql, [source.into()]).await? {
        kept.entry(row.try_get_by_index(0)?).or_default().spans.push(SpanFact {
            organisation: row.try_get_by_index(1)?,
            kind: row.try_get_by_index(2)?,
            from: row.try_get_by_index::<String>(3)?.parse()?,
            until: day(row.try_get_by_index(4)?)?,
            quantity: row.try_get_by_index(5)?,
            subject: row.try_get_by_index(6)?,
        });
    }
    Ok(kept)
}

/// In one order, so that equal facts are equal.
fn sorted(mut facts: Facts) -> Facts {
    facts.events.sort_by(|a, b| {
        (a.organisation, a.day, &a.kind, a.subject, a.quantity, a.flags, a.makes_up).cmp(&(
            b.organisation,
            b.day,
            &b.kind,
            b.subject,
            b.quantity,
            b.flags,
            b.makes_up,
        ))
    });
    facts.spans.sort_by(|a, b| {
        (a.organisation, &a.kind, a.from, a.until, a.subject, a.quantity).cmp(&(b.organisation, &b.kind, b.from, b.until, b.subject, b.quantity))
    });
    facts
}
