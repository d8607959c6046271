//! Villages and their yearly income.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::{Date, date};
use policy::{Capability, OrganisationRole};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::{unit, unit_income};
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all, query};

use crate::app::App;
use crate::facts::{EventFact, Facts, SpanFact};
use crate::organisation::{Outcome, listed, within};

/// The source of these facts; the record is the unit.
const SOURCE: &str = "unit";

/// Who may write villages and their income.
const MAY_WRITE: [Capability; 2] = [Capability::ManageOrganisations, Capability::Import];

/// A village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVillage {
    /// Division code, 12 digits.
    pub code: String,
    pub name: String,
}

/// What a village earned in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIncome {
    pub village_code: String,
    pub year: i16,
    pub operating_fen: i64,
    /// None: not stated; then the operating income.
    pub total_fen: Option<i64>,
    pub source: String,
}

/// Puts in villages that are not there yet and renames those whose name differs. A village is linked to the organisation
/// with its division code: a branch, else whatever stands there (the organisation's code carries a `P`).
///
/// # Errors
/// [`Refusal`]: no organisation with this code is in reach.
pub async fn upsert_villages(app: &App, tx: &mut Tx, actor: &Actor, villages: Vec<NewVillage>) -> anyhow::Result<Vec<(i64, Outcome)>> {
    let codes: Vec<&str> = villages.iter().map(|it| it.code.as_str()).collect();
    let known = units_by_code(tx, &codes).await?;
    let orgs = organisations_by_region(app, tx, &codes).await?;
    let all: Vec<OrgId> = orgs.values().flat_map(|at| at.all.iter().copied()).collect();
    let reached = within(tx, actor, &MAY_WRITE, &all).await?;
    let is_console = actor.grants.iter().any(|grant| grant.set.everything);
    let ids = tx.next_ids(villages.len()).await?;
    let (mut rows, mut outcomes) = (Vec::new(), Vec::new());
    let mut in_batch: HashMap<&str, i64> = HashMap::new();
    for (it, id) in villages.iter().zip(ids) {
        let here = orgs.get(&it.code);
        if !is_console && !here.is_some_and(|at| at.all.iter().any(|org| reached.contains(org))) {
            return Err(Refusal(format!("村编码 {}：没有找到这个村的党组织，请先登记党组织（行政区划代码要与村编码相同）。", it.code)).into());
        }
        if let Some(id) = in_batch.get(it.code.as_str()) {
            outcomes.push((*id, Outcome::Unchanged));
            continue;
        }
        let organisation = here.and_then(|at| at.main);
        if let Some(old) = known.get(&it.code) {
            in_batch.insert(&it.code, old.id);
            let name = if it.name.trim().is_empty() { &old.name } else { &it.name };
            if *name == old.name && (organisation.is_none() || organisation == old.organisation_id) {
                outcomes.push((old.id, Outcome::Unchanged));
                continue;
            }
            let values = [old.id.into(), name.clone().into(), crate::pinyin::key(name).into(), organisation.or(old.organisation_id).into()];
            execute(tx.connection(), "update unit set name = $2, pinyin = $3, organisation_id = $4 where id = $1", values).await?;
            tx.record("unit.update", "unit", old.id, organisation, json!({ "fields": ["name"] }));
            tx.changed("unit", old.id, organisation);
            outcomes.push((old.id, Outcome::Updated));
            continue;
        }
        in_batch.insert(&it.code, id);
        rows.push(unit::ActiveModel {
            id: Set(id),
            kind: Set("village".to_owned()),
            code: Set(it.code.clone()),
            name: Set(it.name.clone()),
            pinyin: Set(crate::pinyin::key(&it.name)),
            organisation_id: Set(organisation),
            created_at: Set(tx.at_text()),
        });
        tx.record("unit.create", "unit", id, organisation, json!({ "code": it.code }));
        tx.changed("unit", id, organisation);
        outcomes.push((id, Outcome::Created));
    }
    insert_all::<unit::Entity, _, _>(tx.connection(), rows).await?;
    Ok(outcomes)
}

/// What is recorded for these villages, in fen: operating and total income by village code and year.
///
/// # Errors
/// When the database cannot be read.
pub async fn known_incomes<C: sea_orm::ConnectionTrait>(connection: &C, codes: &[&str]) -> anyhow::Result<HashMap<(String, i64), (i64, i64)>> {
    let mut known = HashMap::new();
    for chunk in codes.chunks(500) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|code| (*code).into()).collect();
        let sql = format!(
            "select u.code, i.year, i.operating_fen, i.total_fen from unit_income i join unit u on u.id = i.unit_id where u.code in ({places})"
        );
        for row in query(connection, sql, values).await? {
            known.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), (row.try_get_by_index(2)?, row.try_get_by_index(3)?));
        }
    }
    Ok(known)
}

/// The income of one village in one year.
///
/// # Errors
/// As [`set_incomes`].
pub async fn set_income(app: &App, tx: &mut Tx, actor: &Actor, new: NewIncome) -> anyhow::Result<Outcome> {
    Ok(set_incomes(app, tx, actor, vec![new]).await?[0])
}

/// Income by village and year, in the order given; the facts stand on 31 December at every branch of the same division code.
///
/// # Errors
/// [`Refusal`]: a village is unknown or out of reach.
pub async fn set_incomes(app: &App, tx: &mut Tx, actor: &Actor, list: Vec<NewIncome>) -> anyhow::Result<Vec<Outcome>> {
    let codes: Vec<&str> = list.iter().map(|it| it.village_code.as_str()).collect();
    let units = units_by_code(tx, &codes).await?;
    let orgs = organisations_by_region(app, tx, &codes).await?;
    let all: Vec<OrgId> = orgs.values().flat_map(|at| at.all.iter().copied()).collect();
    let reached = within(tx, actor, &MAY_WRITE, &all).await?;
    let is_console = actor.grants.iter().any(|grant| grant.set.everything);
    let mut wanted: Vec<i64> = Vec::new();
    let mut seen = HashSet::new();
    for it in &list {
        if !seen.insert((it.village_code.as_str(), it.year)) {
            return Err(Refusal(format!("村编码 {} 的 {} 年在这一批里有两行，只能有一行。", it.village_code, it.year)).into());
        }
        let is_reached = is_console || orgs.get(&it.village_code).is_some_and(|at| at.all.iter().any(|org| reached.contains(org)));
        match units.get(&it.village_code).filter(|_| is_reached) {
            Some(unit) => wanted.push(unit.id),
            None => return Err(Refusal(format!("没有村编码 {} 的村，请先登记。", it.village_code)).into()),
        }
    }
    let old = incomes(tx, &wanted).await?;
    let ids = tx.next_ids(list.len()).await?;
    let (mut rows, mut outcomes, mut gone, mut touched) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for ((it, id), unit) in list.iter().zip(ids).zip(&wanted) {
        let total = it.total_fen.unwrap_or(it.operating_fen);
        let before = old.iter().find(|row| row.unit_id == *unit && row.year == i64::from(it.year));
        let outcome = match before {
            Some(row) if (row.operating_fen, row.total_fen) == (it.operating_fen, total) => Outcome::Unchanged,
            Some(row) => {
                gone.push(row.id);
                Outcome::Updated
            }
            None => Outcome::Created,
        };
        outcomes.push(outcome);
        if outcome == Outcome::Unchanged {
            continue;
        }
        touched.insert(*unit);
        rows.push(unit_income::ActiveModel {
            id: Set(id),
            unit_id: Set(*unit),
            year: Set(i64::from(it.year)),
            operating_fen: Set(it.operating_fen),
            total_fen: Set(total),
            source: Set(it.source.clone()),
            recorded_at: Set(tx.at_text()),
        });
        let organisation = orgs.get(&it.village_code).and_then(|at| at.main);
        tx.record("unit.set_income", "unit", *unit, organisation, json!({ "year": it.year, "source": it.source }));
        tx.changed("unit", *unit, organisation);
        for org in orgs.get(&it.village_code).map_or(&[][..], |at| &at.branches) {
            tx.changed("unit", *unit, Some(*org));
        }
    }
    for chunk in gone.chunks(500) {
        execute(tx.connection(), format!("delete from unit_income where id in ({})", listed(chunk)), []).await?;
    }
    insert_all::<unit_income::Entity, _, _>(tx.connection(), rows).await?;
    let touched: Vec<i64> = touched.into_iter().collect();
    refresh_facts(tx, &touched, &units, &orgs).await?;
    Ok(outcomes)
}

/// The organisations of one division code.
#[derive(Debug, Default)]
struct AtRegion {
    /// The branch with the village's own code, else the first branch, else the first of all.
    main: Option<OrgId>,
    branches: Vec<OrgId>,
    all: Vec<OrgId>,
}

struct UnitRow {
    id: i64,
    name: String,
    organisation_id: Option<OrgId>,
}

async fn units_by_code(tx: &Tx, codes: &[&str]) -> anyhow::Result<HashMap<String, UnitRow>> {
    let mut found = HashMap::new();
    for chunk in codes.chunks(500) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|code| (*code).into()).collect();
        for row in query(tx.connection(), format!("select code, id, name, organisation_id from unit where code in ({places})"), values).await? {
            let unit = UnitRow { id: row.try_get_by_index(1)?, name: row.try_get_by_index(2)?, organisation_id: row.try_get_by_index(3)? };
            found.insert(row.try_get_by_index(0)?, unit);
        }
    }
    Ok(found)
}

async fn organisations_by_region(app: &App, tx: &Tx, codes: &[&str]) -> anyhow::Result<HashMap<String, AtRegion>> {
    let pack = app.pack();
    let mut found: HashMap<String, AtRegion> = HashMap::new();
    let codes: Vec<&str> = codes.iter().copied().collect::<HashSet<_>>().into_iter().collect();
    for chunk in codes.chunks(500) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|code| (*code).into()).collect();
        let rows = query(
            tx.connection(),
            format!(
                "select s.region_code, o.id, o.code, s.kind from organisation_state s join organisation o on o.id = s.organisation_id \
                 where s.superseded_in is null and s.until_on is null and s.region_code in ({places}) order by o.code"
            ),
            values,
        )
        .await?;
        for row in rows {
            let (region, id, code, kind): (String, OrgId, String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let is_branch = pack.organisation_kinds.get(&kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
            let is_own = code.strip_prefix('P') == Some(region.as_str());
            let at = found.entry(region).or_default();
            at.all.push(id);
            if is_branch {
                at.branches.push(id);
            }
            if is_own || at.main.is_none() {
                at.main = Some(id);
            }
        }
    }
    Ok(found)
}

async fn incomes(tx: &Tx, units: &[i64]) -> anyhow::Result<Vec<unit_income::Model>> {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
    let mut rows = Vec::new();
    for chunk in units.chunks(500) {
        let found = unit_income::Entity::find()
            .filter(unit_income::Column::UnitId.is_in(chunk.iter().copied()))
            .order_by_asc(unit_income::Column::UnitId)
            .order_by_asc(unit_income::Column::Year)
            .all(tx.connection())
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Derives the facts of these villages anew from their rows.
async fn refresh_facts(tx: &mut Tx, touched: &[i64], units: &HashMap<String, UnitRow>, orgs: &HashMap<String, AtRegion>) -> anyhow::Result<()> {
    let facts = facts_of_incomes(tx, touched, units, orgs).await?;
    crate::facts::replace(tx, SOURCE, facts).await?;
    Ok(())
}

/// The facts of these villages as they follow from their rows; nothing is written.
pub async fn derive_facts(app: &App, tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut codes: Vec<String> = Vec::new();
    for chunk in ids.chunks(500) {
        for row in query(tx.connection(), format!("select code from unit where id in ({})", listed(chunk)), []).await? {
            codes.push(row.try_get_by_index(0)?);
        }
    }
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let units = units_by_code(tx, &codes).await?;
    let orgs = organisations_by_region(app, tx, &codes).await?;
    facts_of_incomes(tx, ids, &units, &orgs).await
}

async fn facts_of_incomes(
    tx: &Tx,
    touched: &[i64],
    units: &HashMap<String, UnitRow>,
    orgs: &HashMap<String, AtRegion>,
) -> anyhow::Result<Vec<(i64, Facts)>> {
    let rows = incomes(tx, touched).await?;
    let code_of: HashMap<i64, &str> = units.iter().map(|(code, unit)| (unit.id, code.as_str())).collect();
    let mut facts: HashMap<i64, Facts> = touched.iter().map(|id| (*id, Facts::default())).collect();
    for row in rows {
        let Some(branches) = code_of.get(&row.unit_id).and_then(|code| orgs.get(*code)).map(|at| &at.branches) else { continue };
        let (Some((first, last)), Some(facts)) = (year(row.year), facts.get_mut(&row.unit_id)) else { continue };
        for organisation in branches {
            for (kind, quantity) in [("village.operating_income", row.operating_fen), ("village.total_income", row.total_fen)] {
                facts.events.push(EventFact {
                    organisation: *organisation,
                    day: last,
                    kind: kind.to_owned(),
                    quantity,
                    subject: row.unit_id,
                    flags: 0,
                    makes_up: None,
                });
            }
            let until = last.tomorrow().ok();
            facts.spans.push(SpanFact {
                organisation: *organisation,
                kind: "coverage.village_income".to_owned(),
                from: first,
                until,
                quantity: 1,
                subject: row.unit_id,
            });
        }
    }
    Ok(facts.into_iter().collect())
}

fn year(year: i64) -> Option<(Date, Date)> {
    let year = i16::try_from(year).ok().filter(|year| (1..=9998).contains(year))?;
    Some((date(year, 1, 1), date(year, 12, 31)))
}
