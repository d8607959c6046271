//! Rows of activities.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use policy::Period;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::{activity, activity_amendment};
use store::{OrgId, Scope, Tx, execute, insert_all, query};

use super::model::{Activity, Attendance, NewActivity};

pub(super) const COLUMNS: &str = "id, organisation_id, kind, held_on, topic, place, host, form, n_eligible, n_present, n_guests, minutes, absences, contents, decisions, notes, is_on_paper, entered_on, entered_by, source, makes_up, late_reason, waits_for_consent, accepted_at, accepted_by, returned_reason, returned_at, returned_by";

fn model(tx: &Tx, kept: Activity) -> anyhow::Result<activity::ActiveModel> {
    let record = kept.record;
    let form = if matches!(record.attendance, Attendance::Names { .. }) { "names" } else { "counts" };
    Ok(activity::ActiveModel {
        id: Set(kept.id),
        record_key: Set(record.key()),
        organisation_id: Set(record.organisation),
        kind: Set(record.kind),
        held_on: Set(record.held_on.to_string()),
        topic: Set(record.topic),
        place: Set(record.place),
        host: Set(record.host),
        form: Set(form.to_owned()),
        n_eligible: Set(kept.n_eligible),
        n_present: Set(kept.n_present),
        n_guests: Set(kept.n_guests),
        minutes: Set(record.minutes),
        absences: Set(serde_json::to_string(&kept.absences)?),
        contents: Set(serde_json::to_string(&record.contents)?),
        decisions: Set(serde_json::to_string(&record.decisions)?),
        notes: Set(record.notes),
        is_on_paper: Set(record.is_on_paper),
        entered_on: Set(record.entered_on.to_string()),
        entered_by: Set(kept.entered_by),
        source: Set(record.source),
        makes_up: Set(record.makes_up.map(|period| period.to_string())),
        late_reason: Set(record.late_reason),
        waits_for_consent: Set(kept.waits_for_consent),
        accepted_by: Set(kept.accepted_by),
        accepted_at: Set(kept.accepted_at),
        returned_by: Set(kept.returned_by),
        returned_at: Set(kept.returned_at),
        returned_reason: Set(kept.returned_reason),
        updated_at: Set(tx.at_text()),
    })
}

pub(super) async fn insert(tx: &mut Tx, activities: Vec<Activity>) -> anyhow::Result<()> {
    let rows = activities.into_iter().map(|kept| model(tx, kept)).collect::<anyhow::Result<Vec<_>>>()?;
    insert_all::<activity::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

pub(super) async fn update_all(tx: &mut Tx, activities: Vec<Activity>) -> anyhow::Result<()> {
    for kept in activities {
        let row = model(tx, kept)?;
        row.update(tx.connection()).await?;
    }
    Ok(())
}

/// Those of a batch that are there already, by key.
pub(super) async fn known(tx: &Tx, new: &[NewActivity]) -> anyhow::Result<HashMap<String, Activity>> {
    find_by_keys(tx.connection(), &new.iter().map(NewActivity::key).collect::<Vec<_>>()).await
}

/// Records by [`NewActivity::key`]; the caller has checked the branches.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_keys<C: ConnectionTrait>(connection: &C, keys: &[String]) -> anyhow::Result<HashMap<String, Activity>> {
    let mut known = HashMap::new();
    for some in keys.chunks(500) {
        let marks = (1..=some.len()).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
        let rows =
            query(connection, format!("select {COLUMNS} from activity where record_key in ({marks})"), some.iter().map(|key| key.clone().into()))
                .await?;
        for row in &rows {
            let kept = read(row)?;
            known.insert(kept.record.key(), kept);
        }
    }
    Ok(known)
}

pub(super) async fn accept(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update activity set accepted_at = $2, accepted_by = $3, waits_for_consent = false, updated_at = $2 where id = $1",
        [id.into(), tx.at_text().into(), tx.actor_id().into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn return_one(tx: &mut Tx, id: i64, reason: &str) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update activity set returned_at = $2, returned_by = $3, returned_reason = $4, updated_at = $2 where id = $1",
        [id.into(), tx.at_text().into(), tx.actor_id().into(), reason.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_amendment(tx: &mut Tx, before: &Activity, after: &Activity, reason: &str) -> anyhow::Result<()> {
    let id = tx.next_id().await?;
    activity_amendment::ActiveModel {
        id: Set(id),
        activity_id: Set(before.id),
        amended_at: Set(tx.at_text()),
        amended_by: Set(tx.actor_id()),
        reason: Set(reason.to_owned()),
        before: Set(summary(before).to_string()),
        after: Set(summary(after).to_string()),
    }
    .insert(tx.connection())
    .await?;
    Ok(())
}

fn summary(kept: &Activity) -> serde_json::Value {
    json!({
        "held_on": kept.record.held_on.to_string(), "topic": kept.record.topic, "place": kept.record.place, "host": kept.record.host,
        "n_eligible": kept.n_eligible, "n_present": kept.n_present, "minutes": kept.record.minutes, "contents": kept.record.contents,
        "decisions": kept.record.decisions, "notes": kept.record.notes, "absences": kept.absences,
    })
}

/// One record through a scope.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, scope: &Scope, id: i64) -> anyhow::Result<Option<Activity>> {
    let rows = query(connection, format!("select {COLUMNS} from activity where id = $1 and {}", scope.sql("organisation_id")), [id.into()]).await?;
    rows.first().map(read).transpose()
}

/// Records by number through a scope, by day held: the evidence behind a figure.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_all<C: ConnectionTrait>(connection: &C, scope: &Scope, ids: &[i64]) -> anyhow::Result<Vec<Activity>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = query(
        connection,
        format!("select {COLUMNS} from activity where id in ({list}) and {} order by held_on, id", scope.sql("organisation_id")),
        [],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// Records of some kinds that were held in a period or make it up, by day.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_period<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    organisation: OrgId,
    kinds: &[String],
    period: Period,
) -> anyhow::Result<Vec<Activity>> {
    let rows = query(
        connection,
        format!(
            "select {COLUMNS} from activity where organisation_id = $1 and (held_on >= $2 and held_on < $3 or makes_up = $4) and {} order by held_on, id",
            scope.sql("organisation_id")
        ),
        [organisation.into(), period.from().to_string().into(), period.until().to_string().into(), period.to_string().into()],
    )
    .await?;
    let records = rows.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    // What makes another period up does not belong to the one it was held in.
    Ok(records.into_iter().filter(|it| kinds.contains(&it.record.kind) && it.record.makes_up.is_none_or(|of| of == period)).collect())
}

/// How often each content was part of activities of a kind, over some branches in a period.
///
/// # Errors
/// When the database cannot be read.
pub async fn content_mix<C: ConnectionTrait>(
    connection: &C,
    organisations: &[OrgId],
    kind: &str,
    period: Period,
) -> anyhow::Result<Vec<(String, u64)>> {
    let mut mix: BTreeMap<String, u64> = BTreeMap::new();
    for some in organisations.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select contents, count(*) from activity where organisation_id in ({list}) and held_on >= $1 and held_on < $2 and kind = $3 and returned_reason is null group by contents"
        );
        for row in query(connection, sql, [period.from().to_string().into(), period.until().to_string().into(), kind.into()]).await? {
            let contents: Vec<String> = serde_json::from_str(&row.try_get_by_index::<String>(0)?)?;
            let n = u64::try_from(row.try_get_by_index::<i64>(1)?)?;
            contents.into_iter().for_each(|content| *mix.entry(content).or_default() += n);
        }
    }
    Ok(mix.into_iter().collect())
}

/// Where the last activity of a branch took place: what is usual there.
///
/// # Errors
/// When the database cannot be read.
pub async fn usual_place<C: ConnectionTrait>(connection: &C, organisation: OrgId, kind: &str) -> anyhow::Result<Option<String>> {
    let rows = query(
        connection,
        "select place from activity where organisation_id = $1 and kind = $2 and place is not null order by held_on desc, id desc limit 1",
        [organisation.into(), kind.into()],
    )
    .await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

/// One change that was made after a record was locked or returned.
#[derive(Debug, Clone)]
pub struct Amendment {
    pub on: Date,
    pub by: Option<i64>,
    pub reason: String,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
}

/// Changes of a record, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn amendments_of<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Vec<Amendment>> {
    let rows = query(
        connection,
        "select amended_at, amended_by, reason, before, after from activity_amendment where activity_id = $1 order by id",
        [id.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let at: jiff::Timestamp = row.try_get::<String>("", "amended_at")?.parse()?;
            Ok(Amendment {
                on: store::day_of(at),
                by: row.try_get("", "amended_by")?,
                reason: row.try_get("", "reason")?,
                before: serde_json::from_str(&row.try_get::<String>("", "before")?)?,
                after: serde_json::from_str(&row.try_get::<String>("", "after")?)?,
            })
        })
        .collect()
}

/// Names of people with an account, by number.
///
/// # Errors
/// When the database cannot be read.
pub async fn names_of<C: ConnectionTrait>(connection: &C, people: &[i64]) -> anyhow::Result<HashMap<i64, String>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let list = people.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = query(connection, format!("select id, name from person where id in ({list})"), []).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The facts of these records as they follow from their rows; nothing is written.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, crate::facts::Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for row in query(tx.connection(), format!("select {COLUMNS} from activity where id in ({list})"), []).await? {
            let activity = read(&row)?;
            facts.push((activity.id, super::facts_of(&activity)));
        }
    }
    Ok(facts)
}

pub(super) fn read(row: &QueryResult) -> anyhow::Result<Activity> {
    let form: String = row.try_get("", "form")?;
    let (n_eligible, n_present, n_guests) = (row.try_get("", "n_eligible")?, row.try_get("", "n_present")?, row.try_get("", "n_guests")?);
    let absences: Vec<super::model::Absence> = serde_json::from_str(&row.try_get::<String>("", "absences")?)?;
    let attendance =
        if form == "names" { Attendance::Names { absences: absences.clone(), n_guests } } else { Attendance::Counts { n_eligible, n_present } };
    let makes_up: Option<String> = row.try_get("", "makes_up")?;
    let record = NewActivity {
        organisation: row.try_get("", "organisation_id")?,
        kind: row.try_get("", "kind")?,
        held_on: row.try_get::<String>("", "held_on")?.parse()?,
        topic: row.try_get("", "topic")?,
        place: row.try_get("", "place")?,
        host: row.try_get("", "host")?,
        attendance,
        minutes: row.try_get("", "minutes")?,
        contents: serde_json::from_str(&row.try_get::<String>("", "contents")?)?,
        decisions: serde_json::from_str(&row.try_get::<String>("", "decisions")?)?,
        notes: row.try_get("", "notes")?,
        is_on_paper: row.try_get("", "is_on_paper")?,
        entered_on: row.try_get::<String>("", "entered_on")?.parse()?,
        source: row.try_get("", "source")?,
        makes_up: makes_up.and_then(|text| text.parse::<Period>().ok()),
        late_reason: row.try_get("", "late_reason")?,
    };
    Ok(Activity {
        id: row.try_get("", "id")?,
        record,
        n_eligible,
        n_present,
        n_guests,
        absences,
        entered_by: row.try_get("", "entered_by")?,
        waits_for_consent: row.try_get("", "waits_for_consent")?,
        accepted_at: row.try_get("", "accepted_at")?,
        accepted_by: row.try_get("", "accepted_by")?,
        returned_at: row.try_get("", "returned_at")?,
        returned_by: row.try_get("", "returned_by")?,
        returned_reason: row.try_get("", "returned_reason")?,
    })
}
