//! Rows of inspections: SQL in, model out.

use jiff::civil::Date;
use policy::InspectionMode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{inspection, inspection_draw, inspection_member, inspection_result, inspection_target, inspection_team};
use store::{OrgId, PersonId, Tx, execute, insert_all, query};

use super::model::{Draw, Figure, Finding, Inspection, Inspector, Target, TeamRow, Verdict};
use crate::directory::optional_day;

const INSPECTION: &str = "i.id, i.plan_entry_id, i.kind, i.mode, i.pack_version, i.organisation_id, i.title, i.topic, i.from_on, i.until_on, i.opened_on, i.population, i.fingerprint, i.n_wanted, i.public_source, i.report_on, i.closed_on";

fn read(row: &QueryResult) -> anyhow::Result<Inspection> {
    let mode: String = row.try_get("", "mode")?;
    let day = |column: &str| -> anyhow::Result<Date> { Ok(row.try_get::<String>("", column)?.parse()?) };
    Ok(Inspection {
        id: row.try_get("", "id")?,
        plan_entry: row.try_get("", "plan_entry_id")?,
        kind: row.try_get("", "kind")?,
        mode: InspectionMode::ALL.into_iter().find(|it| it.key() == mode).ok_or_else(|| anyhow::anyhow!("no mode {mode}"))?,
        pack_version: row.try_get("", "pack_version")?,
        organisation: row.try_get("", "organisation_id")?,
        title: row.try_get("", "title")?,
        topic: row.try_get("", "topic")?,
        from: day("from_on")?,
        until: day("until_on")?,
        opened_on: day("opened_on")?,
        population: row.try_get::<String>("", "population")?.lines().map(str::to_owned).collect(),
        fingerprint: row.try_get("", "fingerprint")?,
        n_wanted: row.try_get("", "n_wanted")?,
        public_source: row.try_get("", "public_source")?,
        report_on: optional_day(row, "report_on")?,
        closed_on: optional_day(row, "closed_on")?,
    })
}

/// Inspections under a condition over `i`, newest first.
pub(super) async fn inspections<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Inspection>> {
    let sql = format!("select {INSPECTION} from inspection i where {condition} order by i.from_on desc, i.id desc");
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// Units of inspections under a condition over `t`, in the order in which they were drawn or chosen.
pub(super) async fn targets<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Target>> {
    let sql = format!(
        "select t.id, t.inspection_id, t.organisation_id, t.draw_id, t.draw_rank, t.draw_key, t.aside_reason, t.team_id, t.opened_on, t.handed_in_on from inspection_target t where {condition} order by t.inspection_id, coalesce(t.draw_id, 0), coalesce(t.draw_rank, 0), t.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Target> {
        Ok(Target {
            id: row.try_get("", "id")?,
            inspection: row.try_get("", "inspection_id")?,
            organisation: row.try_get("", "organisation_id")?,
            draw: row.try_get("", "draw_id")?,
            rank: row.try_get("", "draw_rank")?,
            key: row.try_get("", "draw_key")?,
            aside: row.try_get("", "aside_reason")?,
            team: row.try_get("", "team_id")?,
            opened_on: optional_day(row, "opened_on")?,
            handed_in_on: optional_day(row, "handed_in_on")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// The units of one inspection.
pub(super) async fn targets_of<C: ConnectionTrait>(connection: &C, inspection: i64) -> anyhow::Result<Vec<Target>> {
    targets(connection, "t.inspection_id = $1", vec![inspection.into()]).await
}

/// The draws of an inspection, in their order.
pub(super) async fn draws_of<C: ConnectionTrait>(connection: &C, inspection: i64) -> anyhow::Result<Vec<Draw>> {
    let sql = "select id, first_part, first_by, second_part, second_by, public_source, public_on, drawn_on, aside_reason from inspection_draw where inspection_id = $1 order by id";
    let read = |row: &QueryResult| -> anyhow::Result<Draw> {
        Ok(Draw {
            id: row.try_get("", "id")?,
            first_part: row.try_get("", "first_part")?,
            first_by: row.try_get("", "first_by")?,
            second_part: row.try_get("", "second_part")?,
            second_by: row.try_get("", "second_by")?,
            public_source: row.try_get("", "public_source")?,
            public_on: optional_day(row, "public_on")?,
            drawn_on: optional_day(row, "drawn_on")?,
            aside: row.try_get("", "aside_reason")?,
        })
    };
    query(connection, sql, [inspection.into()]).await?.iter().map(read).collect()
}

/// The teams of an inspection, and who is in them.
pub(super) async fn teams_of<C: ConnectionTrait>(connection: &C, inspection: i64) -> anyhow::Result<(Vec<TeamRow>, Vec<Inspector>)> {
    let rows = query(connection, "select id, name from inspection_team where inspection_id = $1 order by id", [inspection.into()]).await?;
    let teams = rows.iter().map(|row| Ok(TeamRow { id: row.try_get("", "id")?, name: row.try_get("", "name")? }));
    let teams = teams.collect::<anyhow::Result<Vec<_>>>()?;
    let sql = "select team_id, person_id, name, from_id from inspection_member where inspection_id = $1 order by team_id, id";
    let rows = query(connection, sql, [inspection.into()]).await?;
    let member = |row: &QueryResult| -> anyhow::Result<Inspector> {
        Ok(Inspector {
            team: row.try_get("", "team_id")?,
            person: row.try_get("", "person_id")?,
            name: row.try_get("", "name")?,
            from: row.try_get("", "from_id")?,
        })
    };
    Ok((teams, rows.iter().map(member).collect::<anyhow::Result<_>>()?))
}

/// Teams in which somebody is, with their inspections.
pub(super) async fn teams_with<C: ConnectionTrait>(connection: &C, person: PersonId) -> anyhow::Result<Vec<(i64, i64)>> {
    let rows = query(connection, "select inspection_id, team_id from inspection_member where person_id = $1", [person.into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// What was found, under a condition over `r`, in the order of the form.
pub(super) async fn findings<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Finding>> {
    let sql = format!(
        "select r.id, r.target_id, r.item, r.name, r.verdict, r.figure, r.note, r.owner, r.due_on, r.problem_type, r.problem_id from inspection_result r where {condition} order by r.target_id, r.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Finding> {
        let verdict: String = row.try_get("", "verdict")?;
        Ok(Finding {
            id: row.try_get("", "id")?,
            target: row.try_get("", "target_id")?,
            item: row.try_get("", "item")?,
            name: row.try_get("", "name")?,
            verdict: Verdict::of(&verdict).ok_or_else(|| anyhow::anyhow!("no verdict {verdict}"))?,
            figure: Figure::of(&row.try_get::<String>("", "figure")?),
            note: row.try_get("", "note")?,
            owner: row.try_get("", "owner")?,
            due_on: optional_day(row, "due_on")?,
            problem_type: row.try_get("", "problem_type")?,
            problem: row.try_get("", "problem_id")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// What was found in an inspection.
pub(super) async fn findings_of<C: ConnectionTrait>(connection: &C, inspection: i64) -> anyhow::Result<Vec<Finding>> {
    let condition = "r.target_id in (select t.id from inspection_target t where t.inspection_id = $1)";
    findings(connection, condition, vec![inspection.into()]).await
}

/// Accounts by sign-in name: number and name.
pub(super) async fn people<C: ConnectionTrait>(connection: &C, logins: &[String]) -> anyhow::Result<Vec<(String, PersonId, String)>> {
    let places = (1..=logins.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    if logins.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Value> = logins.iter().map(|login| login.clone().into()).collect();
    let rows = query(connection, format!("select login, id, name from person where disabled_at is null and login in ({places})"), values).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))).collect()
}

pub(super) async fn insert(tx: &mut Tx, it: &Inspection) -> anyhow::Result<()> {
    let row = inspection::ActiveModel {
        id: Set(it.id),
        plan_entry_id: Set(it.plan_entry),
        kind: Set(it.kind.clone()),
        mode: Set(it.mode.key().to_owned()),
        pack_version: Set(it.pack_version.clone()),
        organisation_id: Set(it.organisation),
        title: Set(it.title.clone()),
        topic: Set(it.topic.clone()),
        from_on: Set(it.from.to_string()),
        until_on: Set(it.until.to_string()),
        opened_on: Set(it.opened_on.to_string()),
        opened_by: Set(tx.actor_id()),
        population: Set(it.population.iter().map(|code| format!("{code}\n")).collect()),
        fingerprint: Set(it.fingerprint.clone()),
        n_wanted: Set(it.n_wanted),
        report_on: Set(None),
        closed_on: Set(None),
        public_source: Set(it.public_source.clone()),
    };
    Ok(insert_all::<inspection::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// A unit about to be inspected: which, and how it was drawn.
pub(super) struct NewTarget {
    pub organisation: OrgId,
    pub draw: Option<(i64, super::draw::Drawn)>,
}

pub(super) async fn insert_targets(tx: &mut Tx, inspection: i64, new: Vec<NewTarget>) -> anyhow::Result<()> {
    let ids = tx.next_ids(new.len()).await?;
    let row = |(id, it): (i64, NewTarget)| {
        let (draw, drawn) = it.draw.unzip();
        inspection_target::ActiveModel {
            id: Set(id),
            inspection_id: Set(inspection),
            organisation_id: Set(it.organisation),
            draw_id: Set(draw),
            draw_rank: Set(drawn.as_ref().and_then(|drawn| i64::try_from(drawn.rank).ok())),
            draw_key: Set(drawn.as_ref().map(|drawn| drawn.key.clone()).unwrap_or_default()),
            aside_reason: Set(drawn.and_then(|drawn| drawn.aside)),
            team_id: Set(None),
            opened_on: Set(None),
            opened_by: Set(None),
            handed_in_on: Set(None),
            handed_in_by: Set(None),
        }
    };
    let rows = ids.into_iter().zip(new).map(row).collect();
    Ok(insert_all::<inspection_target::Entity, _, _>(tx.connection(), rows).await?)
}

/// So many units more.
pub(super) async fn add_wanted(tx: &Tx, inspection: i64, n: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update inspection set n_wanted = n_wanted + $2 where id = $1", [inspection.into(), n.into()]).await?;
    Ok(())
}

pub(super) async fn insert_draw(tx: &mut Tx, inspection: i64, it: &Draw) -> anyhow::Result<()> {
    let row = inspection_draw::ActiveModel {
        id: Set(it.id),
        inspection_id: Set(inspection),
        first_part: Set(it.first_part.clone()),
        first_by: Set(it.first_by),
        second_part: Set(it.second_part.clone()),
        second_by: Set(it.second_by),
        public_source: Set(it.public_source.clone()),
        public_on: Set(it.public_on.map(|day| day.to_string())),
        drawn_on: Set(it.drawn_on.map(|day| day.to_string())),
        aside_reason: Set(it.aside.clone()),
    };
    Ok(insert_all::<inspection_draw::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn update_draw(tx: &Tx, it: &Draw) -> anyhow::Result<()> {
    let sql = "update inspection_draw set second_part = $2, second_by = $3, drawn_on = $4, aside_reason = $5 where id = $1";
    let values: [Value; 5] =
        [it.id.into(), it.second_part.clone().into(), it.second_by.into(), it.drawn_on.map(|day| day.to_string()).into(), it.aside.clone().into()];
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

pub(super) async fn insert_team(tx: &mut Tx, inspection: i64, name: &str, members: Vec<(PersonId, String, Option<OrgId>)>) -> anyhow::Result<()> {
    let team = tx.next_id().await?;
    let row = inspection_team::ActiveModel { id: Set(team), inspection_id: Set(inspection), name: Set(name.to_owned()) };
    insert_all::<inspection_team::Entity, _, _>(tx.connection(), vec![row]).await?;
    let ids = tx.next_ids(members.len()).await?;
    let row = |(id, (person, name, from)): (i64, (PersonId, String, Option<OrgId>))| inspection_member::ActiveModel {
        id: Set(id),
        inspection_id: Set(inspection),
        team_id: Set(team),
        person_id: Set(person),
        name: Set(name),
        from_id: Set(from),
    };
    Ok(insert_all::<inspection_member::Entity, _, _>(tx.connection(), ids.into_iter().zip(members).map(row).collect()).await?)
}

/// Which team inspects a unit.
pub(super) async fn set_team(tx: &Tx, target: i64, team: Option<i64>) -> anyhow::Result<()> {
    execute(tx.connection(), "update inspection_target set team_id = $2 where id = $1", [target.into(), team.into()]).await?;
    Ok(())
}

pub(super) async fn set_aside(tx: &Tx, target: i64, reason: &str) -> anyhow::Result<()> {
    execute(tx.connection(), "update inspection_target set aside_reason = $2 where id = $1", [target.into(), reason.into()]).await?;
    Ok(())
}

/// The check is opened on site (`opened`) or handed in (`handed_in`), by whoever acts.
pub(super) async fn mark(tx: &Tx, target: i64, what: &'static str) -> anyhow::Result<()> {
    let sql = format!("update inspection_target set {what}_on = $2, {what}_by = $3 where id = $1");
    execute(tx.connection(), sql, [target.into(), tx.today().to_string().into(), tx.actor_id().into()]).await?;
    Ok(())
}

/// The report is out (`report`), or it is over (`closed`).
pub(super) async fn end(tx: &Tx, inspection: i64, what: &'static str) -> anyhow::Result<()> {
    let sql = format!("update inspection set {what}_on = $2 where id = $1");
    execute(tx.connection(), sql, [inspection.into(), tx.today().to_string().into()]).await?;
    Ok(())
}

pub(super) async fn insert_findings(tx: &mut Tx, findings: &[Finding]) -> anyhow::Result<()> {
    let row = |it: &Finding| inspection_result::ActiveModel {
        id: Set(it.id),
        target_id: Set(it.target),
        item: Set(it.item.clone()),
        name: Set(it.name.clone()),
        verdict: Set(it.verdict.key().to_owned()),
        figure: Set(it.figure.key().to_owned()),
        note: Set(it.note.clone()),
        owner: Set(it.owner.clone()),
        due_on: Set(it.due_on.map(|day| day.to_string())),
        problem_type: Set(it.problem_type.clone()),
        problem_id: Set(it.problem),
    };
    Ok(insert_all::<inspection_result::Entity, _, _>(tx.connection(), findings.iter().map(row).collect()).await?)
}

pub(super) async fn set_problem(tx: &Tx, finding: i64, problem: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update inspection_result set problem_id = $2 where id = $1", [finding.into(), problem.into()]).await?;
    Ok(())
}
