//! Rows of rounds, entries, judges and scores: SQL in, model out.

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{contest_entry, contest_judge, contest_round, contest_score};
use store::{PersonId, Tx, execute, insert_all, query};

use super::model::{Entry, Judge, Placed, Round, Score};

fn day(row: &QueryResult, column: &str) -> anyhow::Result<Date> {
    Ok(row.try_get::<String>("", column)?.parse()?)
}

/// Rounds under a condition over `r`, the newest first.
pub(super) async fn rounds<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Round>> {
    let sql = format!(
        "select r.id, r.contest, r.pack_version, r.organisation_id, r.level, r.year_from, r.year_until, r.title, r.held_on, r.case_id, r.opened_on, r.published_on, c.stage from contest_round r join case_file c on c.id = r.case_id where {condition} order by r.held_on desc, r.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Round> {
        Ok(Round {
            id: row.try_get("", "id")?,
            contest: row.try_get("", "contest")?,
            pack_version: row.try_get("", "pack_version")?,
            organisation: row.try_get("", "organisation_id")?,
            level: row.try_get("", "level")?,
            years: (i16::try_from(row.try_get::<i64>("", "year_from")?)?, i16::try_from(row.try_get::<i64>("", "year_until")?)?),
            title: row.try_get("", "title")?,
            held_on: day(row, "held_on")?,
            case_id: row.try_get("", "case_id")?,
            opened_on: day(row, "opened_on")?,
            published_on: row.try_get::<Option<String>>("", "published_on")?.map(|day| day.parse()).transpose()?,
            stage: row.try_get("", "stage")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One round, whoever asks.
///
/// # Errors
/// When the database cannot be read.
pub async fn round<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Round>> {
    Ok(rounds(connection, "r.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// Entries under a condition over `e`, by place, then in the order in which they came.
pub(super) async fn entries<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Entry>> {
    let sql = format!(
        "select e.id, e.round_id, e.organisation_id, e.name, e.presentation, e.evidence, e.entered_by, e.entered_on, e.entered_from_id, e.score, e.place, e.is_up, e.practice from contest_entry e where {condition} order by e.round_id, e.place nulls last, e.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Entry> {
        let score: Option<String> = row.try_get("", "score")?;
        Ok(Entry {
            id: row.try_get("", "id")?,
            round: row.try_get("", "round_id")?,
            organisation: row.try_get("", "organisation_id")?,
            name: row.try_get("", "name")?,
            presentation: row.try_get("", "presentation")?,
            evidence: serde_json::from_str(&row.try_get::<String>("", "evidence")?)?,
            entered_by: row.try_get("", "entered_by")?,
            entered_on: day(row, "entered_on")?,
            entered_from: row.try_get("", "entered_from_id")?,
            score: score.map(|text| policy::parse_ratio(&text)).transpose().map_err(anyhow::Error::msg)?,
            place: row.try_get("", "place")?,
            is_up: row.try_get("", "is_up")?,
            practice: row.try_get("", "practice")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// The entries of a round.
///
/// # Errors
/// When the database cannot be read.
pub async fn entries_of<C: ConnectionTrait>(connection: &C, round: i64) -> anyhow::Result<Vec<Entry>> {
    entries(connection, "e.round_id = $1", vec![round.into()]).await
}

/// One entry, whoever asks.
///
/// # Errors
/// When the database cannot be read.
pub async fn entry<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Entry>> {
    Ok(entries(connection, "e.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// The judges of a round.
///
/// # Errors
/// When the database cannot be read.
pub async fn judges_of<C: ConnectionTrait>(connection: &C, round: i64) -> anyhow::Result<Vec<Judge>> {
    let sql = "select j.id, j.round_id, j.person_id, p.name, p.login, j.unit, j.absent_reason from contest_judge j join person p on p.id = j.person_id where j.round_id = $1 order by j.id";
    let read = |row: &QueryResult| -> anyhow::Result<Judge> {
        Ok(Judge {
            id: row.try_get("", "id")?,
            round: row.try_get("", "round_id")?,
            person: row.try_get("", "person_id")?,
            name: row.try_get("", "name")?,
            login: row.try_get("", "login")?,
            unit: row.try_get("", "unit")?,
            absent_reason: row.try_get("", "absent_reason")?,
        })
    };
    query(connection, sql, [round.into()]).await?.iter().map(read).collect()
}

/// The scores of a round; who may read them is asked by the caller.
///
/// # Errors
/// When the database cannot be read.
pub async fn scores_of<C: ConnectionTrait>(connection: &C, round: i64) -> anyhow::Result<Vec<Score>> {
    let sql = "select s.entry_id, s.judge_id, s.points, s.remark from contest_score s join contest_entry e on e.id = s.entry_id where e.round_id = $1 order by s.entry_id, s.judge_id";
    let read = |row: &QueryResult| -> anyhow::Result<Score> {
        Ok(Score {
            entry: row.try_get("", "entry_id")?,
            judge: row.try_get("", "judge_id")?,
            points: row.try_get("", "points")?,
            remark: row.try_get("", "remark")?,
        })
    };
    query(connection, sql, [round.into()]).await?.iter().map(read).collect()
}

pub(super) async fn insert(tx: &Tx, it: &Round) -> anyhow::Result<()> {
    let row = contest_round::ActiveModel {
        id: Set(it.id),
        contest: Set(it.contest.clone()),
        pack_version: Set(it.pack_version.clone()),
        organisation_id: Set(it.organisation),
        level: Set(it.level.clone()),
        year_from: Set(i64::from(it.years.0)),
        year_until: Set(i64::from(it.years.1)),
        title: Set(it.title.clone()),
        held_on: Set(it.held_on.to_string()),
        case_id: Set(it.case_id),
        opened_on: Set(it.opened_on.to_string()),
        published_on: Set(None),
    };
    Ok(insert_all::<contest_round::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn insert_entry(tx: &Tx, it: &Entry) -> anyhow::Result<()> {
    let row = contest_entry::ActiveModel {
        id: Set(it.id),
        round_id: Set(it.round),
        organisation_id: Set(it.organisation),
        name: Set(it.name.clone()),
        presentation: Set(it.presentation.clone()),
        evidence: Set(serde_json::to_string(&it.evidence)?),
        entered_by: Set(it.entered_by),
        entered_on: Set(it.entered_on.to_string()),
        entered_from_id: Set(it.entered_from),
        score: Set(None),
        place: Set(None),
        is_up: Set(false),
        practice: Set(String::new()),
    };
    Ok(insert_all::<contest_entry::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// Takes the judges of a round away, of whom none has scored.
pub(super) async fn clear_judges(tx: &Tx, round: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from contest_judge where round_id = $1", [round.into()]).await?;
    Ok(())
}

/// Puts further judges beside those of a round, with where each comes from.
pub(super) async fn add_judges(tx: &mut Tx, round: i64, judges: Vec<(PersonId, String)>) -> anyhow::Result<()> {
    let ids = tx.next_ids(judges.len()).await?;
    let rows = ids.into_iter().zip(judges).map(|(id, (person, unit))| contest_judge::ActiveModel {
        id: Set(id),
        round_id: Set(round),
        person_id: Set(person),
        unit: Set(unit),
        absent_reason: Set(String::new()),
    });
    Ok(insert_all::<contest_judge::Entity, _, _>(tx.connection(), rows.collect()).await?)
}

pub(super) async fn set_absent(tx: &Tx, judge: i64, reason: &str) -> anyhow::Result<()> {
    execute(tx.connection(), "update contest_judge set absent_reason = $2 where id = $1", [judge.into(), reason.into()]).await?;
    Ok(())
}

pub(super) async fn insert_scores(tx: &mut Tx, scores: Vec<Score>) -> anyhow::Result<()> {
    let ids = tx.next_ids(scores.len()).await?;
    let rows = ids.into_iter().zip(scores).map(|(id, it)| contest_score::ActiveModel {
        id: Set(id),
        entry_id: Set(it.entry),
        judge_id: Set(it.judge),
        points: Set(it.points),
        remark: Set(it.remark),
    });
    Ok(insert_all::<contest_score::Entity, _, _>(tx.connection(), rows.collect()).await?)
}

pub(super) async fn set_place(tx: &Tx, it: &Placed) -> anyhow::Result<()> {
    let score = format!("{}/{}", it.score.numer(), it.score.denom());
    execute(tx.connection(), "update contest_entry set score = $2, place = $3 where id = $1", [it.entry.into(), score.into(), it.place.into()])
        .await?;
    Ok(())
}

pub(super) async fn set_up(tx: &Tx, entry: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update contest_entry set is_up = $2 where id = $1", [entry.into(), true.into()]).await?;
    Ok(())
}

pub(super) async fn set_practice(tx: &Tx, entry: i64, practice: &str) -> anyhow::Result<()> {
    execute(tx.connection(), "update contest_entry set practice = $2 where id = $1", [entry.into(), practice.into()]).await?;
    Ok(())
}

pub(super) async fn publish(tx: &Tx, round: i64) -> anyhow::Result<()> {
    let sql = "update contest_round set published_on = $2 where id = $1";
    execute(tx.connection(), sql, [round.into(), tx.today().to_string().into()]).await?;
    Ok(())
}
