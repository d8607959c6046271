//! Rows of activities.

use std::collections::HashMap;

use policy::Period;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::{activity, activity_amendment};
use store::{Scope, Tx, execute, insert_all, query};

use super::model::{Activity, Attendance, NewActivity};

const COLUMNS: &str = "id, organisation_id, kind, held_on, topic, place, host, form, n_eligible, n_present, n_guests, minutes, absences, contents, decisions, notes, is_on_paper, entered_on, entered_by, source, makes_up, late_reason, waits_for_consent, accepted_at, returned_reason";

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
        accepted_by: Set(None),
        accepted_at: Set(kept.accepted_at),
        returned_by: Set(None),
        returned_at: Set(None),
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
    let mut known = HashMap::new();
    let keys: Vec<String> = new.iter().map(NewActivity::key).collect();
    for some in keys.chunks(500) {
        let marks = (1..=some.len()).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
        let rows = query(tx.connection(), format!("select {COLUMNS} from activity where record_key in ({marks})"), some.iter().map(|key| key.clone().into())).await?;
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
    let rows = query(connection, format!("select {COLUMNS} from activity where id in ({list}) and {} order by held_on, id", scope.sql("organisation_id")), []).await?;
    rows.iter().map(read).collect()
}

/// The facts of these records as they follow from their rows; nothing is written.
pub(crate) async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, crate::facts::Facts)>> {
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
    let attendance = if form == "names" { Attendance::Names { absences: absences.clone(), n_guests } } else { Attendance::Counts { n_eligible, n_present } };
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
        returned_reason: row.try_get("", "returned_reason")?,
    })
}
