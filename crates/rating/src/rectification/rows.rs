//! Rows of rounds, candidates and observations.

use std::collections::HashMap;

use policy::Period;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{case_item, weak_candidate, weak_round};
use store::{OrgId, Scope, Tx, execute, insert_all, query};

use super::list::{Answer, Candidate, Round};
use crate::case::{self, NewItem};

const ROUND: &str =
    "r.id, r.plan_entry_id, r.list_key, r.name, r.organisation_id, r.evaluation_id, r.period, r.n_base, r.n_floor, r.case_id, r.opened_at";

pub(super) async fn insert_round(tx: &mut Tx, round: &Round) -> anyhow::Result<()> {
    weak_round::ActiveModel {
        id: Set(round.id),
        plan_entry_id: Set(round.plan_entry),
        list_key: Set(round.list_key.clone()),
        name: Set(round.name.clone()),
        organisation_id: Set(round.organisation),
        evaluation_id: Set(round.evaluation),
        period: Set(round.period.clone()),
        n_base: Set(round.n_base),
        n_floor: Set(round.n_floor),
        case_id: Set(round.case_id),
        opened_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    Ok(())
}

/// Organisation, reasons in words, whether it must be answered, conditions the machine saw.
pub(super) async fn insert_candidates(tx: &mut Tx, round: i64, new: Vec<(OrgId, Vec<String>, bool, Vec<String>)>) -> anyhow::Result<()> {
    let ids = tx.next_ids(new.len()).await?;
    let mut rows = Vec::with_capacity(new.len());
    for ((organisation, reasons, must_be_answered, conditions), id) in new.into_iter().zip(ids) {
        rows.push(weak_candidate::ActiveModel {
            id: Set(id),
            round_id: Set(round),
            organisation_id: Set(organisation),
            reasons: Set(serde_json::to_string(&reasons)?),
            must_be_answered: Set(must_be_answered),
            is_listed: Set(None),
            conditions: Set(serde_json::to_string(&conditions)?),
            explanation: Set(None),
            answered_by: Set(None),
            answered_at: Set(None),
        });
    }
    insert_all::<weak_candidate::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

pub(super) async fn answer(tx: &mut Tx, id: i64, given: &Answer) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update weak_candidate set is_listed = $2, conditions = $3, explanation = $4, answered_by = $5, answered_at = $6 where id = $1",
        [
            id.into(),
            given.is_listed.into(),
            serde_json::to_string(&given.conditions)?.into(),
            given.explanation.trim().into(),
            tx.actor_id().into(),
            tx.at_text().into(),
        ],
    )
    .await?;
    Ok(())
}

/// One round.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_round<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Round>> {
    let rows = query(connection, format!("select {ROUND} from weak_round r where r.id = $1"), [id.into()]).await?;
    rows.first().map(read_round).transpose()
}

/// Rounds of a scope, newest first: organised in it, or with a candidate in it.
///
/// # Errors
/// When the database cannot be read.
pub async fn rounds<C: ConnectionTrait>(connection: &C, scope: &Scope) -> anyhow::Result<Vec<Round>> {
    let rows = query(
        connection,
        format!(
            "select {ROUND} from weak_round r where {} or exists (select 1 from weak_candidate c where c.round_id = r.id and {}) or exists (select 1 from case_file f where f.subject_kind = 'weak_list' and f.subject_id = r.id and {}) order by r.id desc",
            scope.sql("r.organisation_id"),
            scope.sql("c.organisation_id"),
            scope.cases_sql("f.id")
        ),
        [],
    )
    .await?;
    rows.iter().map(read_round).collect()
}

/// Candidates of a round, in the order they were proposed.
///
/// # Errors
/// When the database cannot be read.
pub async fn candidates_of<C: ConnectionTrait>(connection: &C, round: i64) -> anyhow::Result<Vec<Candidate>> {
    let rows = query(
        connection,
        "select id, round_id, organisation_id, reasons, must_be_answered, is_listed, conditions, explanation, answered_by, answered_at from weak_candidate where round_id = $1 order by id",
        [round.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let at: Option<String> = row.try_get("", "answered_at")?;
            Ok(Candidate {
                id: row.try_get("", "id")?,
                round: row.try_get("", "round_id")?,
                organisation: row.try_get("", "organisation_id")?,
                reasons: serde_json::from_str(&row.try_get::<String>("", "reasons")?)?,
                must_be_answered: row.try_get("", "must_be_answered")?,
                is_listed: row.try_get("", "is_listed")?,
                conditions: serde_json::from_str(&row.try_get::<String>("", "conditions")?)?,
                explanation: row.try_get("", "explanation")?,
                answered_by: row.try_get("", "answered_by")?,
                answered_on: at.and_then(|at| at.parse().ok()).map(store::day_of),
            })
        })
        .collect()
}

/// A published result that a list is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Basis {
    pub id: i64,
    pub name: String,
}

/// The published evaluation of a scheme by one of these offices over the list's own period: a list of a year is made neither from the
/// preview of its half nor from the year before. Of several the newest.
pub(super) async fn published_over<C: ConnectionTrait>(
    connection: &C,
    scheme: &str,
    offices: &[OrgId],
    period: Period,
) -> anyhow::Result<Option<Basis>> {
    let list = offices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = query(
        connection,
        format!("select id, name from evaluation where of_key = $1 and period = $2 and kind = 'evaluation' and published_at is not null and organisation_id in ({list}) order by id desc limit 1"),
        [scheme.into(), period.to_string().into()],
    )
    .await?;
    rows.first().map(|row| Ok(Basis { id: row.try_get_by_index(0)?, name: row.try_get_by_index(1)? })).transpose()
}

/// How a round stands: the stage of its approval, and how many of the candidates of a scope there are, answered, listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub stage: String,
    pub is_closed: bool,
    pub n_candidates: i64,
    pub n_answered: i64,
    pub n_listed: i64,
}

/// How every round stands, by its number.
pub(super) async fn progress<C: ConnectionTrait>(connection: &C, scope: &Scope) -> anyhow::Result<HashMap<i64, Progress>> {
    let rows = query(connection, "select r.id, c.stage, c.closed_at from weak_round r join case_file c on c.id = r.case_id", []).await?;
    let mut all: HashMap<i64, Progress> = HashMap::new();
    for row in &rows {
        let progress =
            Progress { stage: row.try_get_by_index(1)?, is_closed: row.try_get_by_index::<Option<String>>(2)?.is_some(), ..Progress::default() };
        all.insert(row.try_get_by_index(0)?, progress);
    }
    let rows = query(
        connection,
        format!(
            "select c.round_id, count(*), count(c.is_listed), count(case when c.is_listed then 1 end) from weak_candidate c where {} group by c.round_id",
            scope.sql("c.organisation_id")
        ),
        [],
    )
    .await?;
    for row in &rows {
        if let Some(progress) = all.get_mut(&row.try_get_by_index::<i64>(0)?) {
            progress.n_candidates = row.try_get_by_index(1)?;
            progress.n_answered = row.try_get_by_index(2)?;
            progress.n_listed = row.try_get_by_index(3)?;
        }
    }
    Ok(all)
}

/// Items that a later list adds to an open case, as those that stood when it was opened.
pub(super) async fn add_items(tx: &mut Tx, case_id: i64, items: Vec<NewItem>) -> anyhow::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let ids = tx.next_ids(items.len()).await?;
    let rows = items.into_iter().zip(ids).map(|(item, id)| case_item::ActiveModel {
        id: Set(id),
        case_id: Set(case_id),
        kind: Set(item.kind),
        text: Set(item.text),
        owner: Set(item.owner),
        due_on: Set(item.due_on.map(|day| day.to_string())),
        opened_in: Set(0),
        closed_in: Set(None),
    });
    insert_all::<case_item::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Key of the standing mark of an organisation that is watched after close-out.
const OBSERVATION: &str = "observation";

pub(super) async fn begin_observation(tx: &mut Tx, organisation: OrgId, reason: &str) -> anyhow::Result<()> {
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into organisation_finding (id, organisation_id, flag, reason, recorded_by, recorded_at, until_on) values ($1, $2, $3, $4, $5, $6, null)",
        [id.into(), organisation.into(), OBSERVATION.into(), reason.into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.changed("organisation_finding", id, Some(organisation));
    Ok(())
}

pub(super) async fn end_observation(tx: &mut Tx, organisation: OrgId) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update organisation_finding set until_on = $3 where organisation_id = $1 and flag = $2 and until_on is null",
        [organisation.into(), OBSERVATION.into(), tx.today().to_string().into()],
    )
    .await?;
    tx.changed("organisation_finding", organisation, Some(organisation));
    Ok(())
}

fn read_round(row: &QueryResult) -> anyhow::Result<Round> {
    let at: jiff::Timestamp = row.try_get::<String>("", "opened_at")?.parse()?;
    Ok(Round {
        id: row.try_get("", "id")?,
        plan_entry: row.try_get("", "plan_entry_id")?,
        list_key: row.try_get("", "list_key")?,
        name: row.try_get("", "name")?,
        organisation: row.try_get("", "organisation_id")?,
        evaluation: row.try_get("", "evaluation_id")?,
        period: row.try_get("", "period")?,
        n_base: row.try_get("", "n_base")?,
        n_floor: row.try_get("", "n_floor")?,
        case_id: row.try_get("", "case_id")?,
        opened_on: store::day_of(at),
    })
}

/// How many items are open in each case of a procedure, in a scope.
pub(super) async fn open_items<C: ConnectionTrait>(connection: &C, scope: &Scope, procedure: &str) -> anyhow::Result<HashMap<i64, i64>> {
    let rows = query(
        connection,
        format!(
            "select i.case_id, count(*) from case_item i join case_file c on c.id = i.case_id where c.procedure = $1 and i.closed_in is null and {} group by i.case_id",
            case::reached(scope)
        ),
        [procedure.into()],
    )
    .await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
