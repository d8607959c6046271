//! What an import covers: whether its records are all of a year, and which kinds of record its workbooks hold.
//!
//! An organisation can have missed only what a complete import (or its own use of the system) covers; a kind that the
//! workbook does not hold stays not evidenced.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use policy::{Capability, Pack};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::coverage;
use store::{Actor, OrgId, Tx, insert_all, query};

use super::model::{Checked, Primitive, Record};
use crate::app::App;
use crate::facts::{Facts, SpanFact};

/// First year of which records are imported as complete: an earlier one was mistyped.
pub(super) const FIRST_YEAR: i16 = 1978;

/// The source of these facts; the record is the row of `coverage`.
pub const SOURCE: &str = "coverage";

/// The kinds of record that the accepted rows of a sheet hold: `member`, `activity`, `activity.theme_day` …
#[must_use]
pub fn kinds_of(pack: &Pack, primitive: Primitive, rows: &[Checked]) -> Vec<String> {
    match primitive {
        Primitive::Member => vec!["member".to_owned()],
        Primitive::Activity => {
            let own =
                rows.iter().filter_map(|checked| if let Record::Activity(activity) = &checked.record { Some(activity.kind.as_str()) } else { None });
            let own: BTreeSet<&str> = own.collect();
            let also = own.iter().filter_map(|key| pack.activities.get(*key)).flat_map(|kind| kind.also_satisfies.iter().map(String::as_str));
            let all: BTreeSet<&str> = also.chain(own.iter().copied()).collect();
            std::iter::once("activity".to_owned()).chain(all.into_iter().map(|key| format!("activity.{key}"))).collect()
        }
        // The income of a village covers itself: a village without a row has no evidence, complete or not.
        Primitive::Organisation | Primitive::VillageIncome | Primitive::JudgedValue => Vec::new(),
    }
}

/// How many branches the accepted rows of a sheet speak of.
#[must_use]
pub fn n_branches_of(rows: &[Checked]) -> usize {
    let code = |checked: &Checked| match &checked.record {
        Record::Activity(activity) => Some(activity.branch_code.clone()),
        Record::Member(member) => Some(member.branch_code.clone()),
        Record::Organisation(_) | Record::Income(_) | Record::Judged(_) => None,
    };
    rows.iter().filter_map(code).collect::<BTreeSet<String>>().len()
}

/// What it means that the records of a sheet are complete, for those branches of which it holds none.
#[must_use]
pub fn warning(app: &App, actor: &Actor, n_branches: usize) -> Option<String> {
    let scope = actor.scope(Capability::Import);
    let n_all = app.directory().all(&scope).filter(|org| org.is_branch()).count();
    let n_without = n_all.checked_sub(n_branches).filter(|n| *n > 0 && n_branches > 0)?;
    Some(format!(
        "表里有 {n_branches} 个党支部的记录，您的范围内有 {n_all} 个；算作全部记录以后，其余 {n_without} 个没有记录的将算作这一年没有开展。"
    ))
}

/// The spans that one row of `coverage` stands for.
#[must_use]
pub fn facts_of(organisation: OrgId, kinds: &[String], from: Date, until: Date) -> Facts {
    let span = |kind: &String| SpanFact { organisation, kind: format!("coverage.{kind}"), from, until: Some(until), quantity: 1, subject: 0 };
    Facts { events: Vec::new(), spans: kinds.iter().map(span).collect() }
}

/// The facts of these rows as they follow from what they say; nothing is written.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!("select id, organisation_id, kinds, from_on, until_on from coverage where id in ({list})");
        for row in query(tx.connection(), sql, []).await? {
            let kinds: Vec<String> = serde_json::from_str(&row.try_get_by_index::<String>(2)?)?;
            let (from, until): (String, String) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            facts.push((row.try_get_by_index(0)?, facts_of(row.try_get_by_index(1)?, &kinds, from.parse()?, until.parse()?)));
        }
    }
    Ok(facts)
}

/// Says for every branch that the importer reaches that its records of `year` are complete. What is said already is not said again.
///
/// # Errors
/// When the database refuses.
pub async fn cover(app: &App, tx: &mut Tx, actor: &Actor, job: i64, year: i16, kinds: BTreeSet<String>) -> anyhow::Result<u64> {
    if kinds.is_empty() {
        return Ok(0);
    }
    let kinds: Vec<String> = kinds.into_iter().collect();
    let (from, until) = (date(year, 1, 1), date(year + 1, 1, 1));
    let branches: Vec<OrgId> = {
        let scope = actor.scope(Capability::Import);
        app.directory().all(&scope).filter(|org| org.is_branch()).map(|org| org.id).collect()
    };
    let text = serde_json::to_string(&kinds)?;
    let said = query(
        tx.connection(),
        "select distinct organisation_id from coverage where from_on = $1 and until_on = $2 and kinds = $3",
        [from.to_string().into(), until.to_string().into(), text.clone().into()],
    )
    .await?;
    let said: BTreeSet<OrgId> = said.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let branches: Vec<OrgId> = branches.into_iter().filter(|id| !said.contains(id)).collect();
    let ids = tx.next_ids(branches.len()).await?;
    let mut rows = Vec::with_capacity(branches.len());
    let mut facts = Vec::with_capacity(branches.len());
    for (organisation, id) in branches.iter().zip(ids) {
        rows.push(coverage::ActiveModel {
            id: Set(id),
            organisation_id: Set(*organisation),
            source: Set("import".to_owned()),
            kinds: Set(text.clone()),
            from_on: Set(from.to_string()),
            until_on: Set(until.to_string()),
            import_id: Set(Some(job)),
            recorded_at: Set(tx.at_text()),
        });
        facts.push((id, facts_of(*organisation, &kinds, from, until)));
        tx.changed("coverage", id, Some(*organisation));
    }
    let n = rows.len() as u64;
    insert_all::<coverage::Entity, _, _>(tx.connection(), rows).await?;
    crate::facts::insert(tx, SOURCE, facts).await?;
    tx.record("import.cover", "job", job, None, json!({ "year": year, "kinds": kinds, "n_branches": n }));
    Ok(n)
}
