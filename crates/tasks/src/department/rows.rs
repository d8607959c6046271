//! Rows of offices, their reports, and the parts of shared tasks: SQL in, model out.

use jiff::civil::Date;
use policy::Period;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{department_office, department_report, joint_part, joint_report, joint_task};
use store::{OrgId, PersonId, Tx, execute, insert_all, query};

use super::joint::NewPart;
use crate::directory::optional_day;

/// The office of a department at a committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    pub id: i64,
    /// Key of the pack.
    pub department: String,
    pub organisation: OrgId,
    pub name: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// What a standing duty came to in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyReport {
    pub office: i64,
    pub duty: String,
    pub period: Period,
    pub result: String,
    pub evidence: String,
    pub on: Date,
}

/// What one department does of a task that another leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub id: i64,
    pub task: i64,
    /// What the task is about.
    pub action: String,
    pub organisation: OrgId,
    pub issuer: OrgId,
    /// Numbers of the offices that lead, and that help.
    pub lead: i64,
    pub lead_name: String,
    pub office: i64,
    pub office_name: String,
    pub department: String,
    pub office_organisation: OrgId,
    pub part: String,
    pub due_on: Date,
    /// The lead accepted what was reported.
    pub delivered_on: Option<Date>,
    /// A report waits for the lead.
    pub is_reported: bool,
}

/// What a helper reported, and what the lead said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub id: i64,
    pub result: String,
    pub evidence: String,
    pub by: Option<PersonId>,
    pub on: Date,
    pub outcome: Option<String>,
    pub word: String,
    pub decided_on: Option<Date>,
}

fn read_office(row: &QueryResult) -> anyhow::Result<Office> {
    Ok(Office {
        id: row.try_get("", "id")?,
        department: row.try_get("", "department")?,
        organisation: row.try_get("", "organisation_id")?,
        name: row.try_get("", "name")?,
        from: row.try_get::<String>("", "from_on")?.parse()?,
        until: optional_day(row, "until_on")?,
    })
}

/// Offices `o` under a condition, in the order of being registered.
pub(super) async fn offices<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Office>> {
    let sql = format!(
        "select o.id, o.department, o.organisation_id, o.name, o.from_on, o.until_on from department_office o where {condition} order by o.id"
    );
    query(connection, sql, values).await?.iter().map(read_office).collect()
}

pub(super) async fn office<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Office>> {
    Ok(offices(connection, "o.id = $1", vec![id.into()]).await?.into_iter().next())
}

pub(super) async fn insert_office(tx: &mut Tx, id: i64, department: &str, organisation: OrgId, name: &str) -> anyhow::Result<()> {
    let row = department_office::ActiveModel {
        id: Set(id),
        department: Set(department.to_owned()),
        organisation_id: Set(organisation),
        name: Set(name.to_owned()),
        from_on: Set(tx.today().to_string()),
        until_on: Set(None),
        registered_by: Set(tx.actor_id()),
        ended_by: Set(None),
    };
    Ok(insert_all::<department_office::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn end_office(tx: &Tx, id: i64) -> anyhow::Result<()> {
    let sql = "update department_office set until_on = $2, ended_by = $3 where id = $1";
    execute(tx.connection(), sql, [id.into(), tx.today().to_string().into(), tx.actor_id().into()]).await?;
    Ok(())
}

/// What these offices reported of their standing duties, newest first.
pub(super) async fn reported<C: ConnectionTrait>(connection: &C, offices: &[i64]) -> anyhow::Result<Vec<DutyReport>> {
    let sql = format!(
        "select department_office_id, duty, period, result, evidence, reported_at from department_report where department_office_id in ({}) order by id desc",
        listed(offices)
    );
    let read = |row: &QueryResult| -> anyhow::Result<DutyReport> {
        Ok(DutyReport {
            office: row.try_get("", "department_office_id")?,
            duty: row.try_get("", "duty")?,
            period: row.try_get::<String>("", "period")?.parse().map_err(|_| anyhow::anyhow!("a period that cannot be read"))?,
            result: row.try_get("", "result")?,
            evidence: row.try_get("", "evidence")?,
            on: store::day_of(row.try_get::<String>("", "reported_at")?.parse()?),
        })
    };
    query(connection, sql, []).await?.iter().map(read).collect()
}

pub(super) async fn insert_duty_report(tx: &mut Tx, office: i64, duty: &str, period: Period, result: &str, evidence: &str) -> anyhow::Result<()> {
    let row = department_report::ActiveModel {
        id: Set(tx.next_id().await?),
        department_office_id: Set(office),
        duty: Set(duty.to_owned()),
        period: Set(period.to_string()),
        result: Set(result.to_owned()),
        evidence: Set(evidence.to_owned()),
        reported_by: Set(tx.actor_id()),
        reported_at: Set(tx.at_text()),
    };
    Ok(insert_all::<department_report::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// The number of a shared task's record, and of the office that leads it.
pub(super) async fn joint<C: ConnectionTrait>(connection: &C, task: i64) -> anyhow::Result<Option<(i64, i64)>> {
    let rows = query(connection, "select id, department_office_id from joint_task where task_id = $1", [task.into()]).await?;
    rows.first().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()
}

pub(super) async fn insert_joint(tx: &mut Tx, id: i64, task: i64, lead: i64) -> anyhow::Result<()> {
    let row = joint_task::ActiveModel {
        id: Set(id),
        task_id: Set(task),
        department_office_id: Set(lead),
        named_by: Set(tx.actor_id()),
        named_at: Set(tx.at_text()),
    };
    Ok(insert_all::<joint_task::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn insert_parts(tx: &mut Tx, joint: i64, parts: &[NewPart]) -> anyhow::Result<()> {
    let ids = tx.next_ids(parts.len()).await?;
    let rows = parts.iter().zip(ids).map(|(part, id)| joint_part::ActiveModel {
        id: Set(id),
        joint_task_id: Set(joint),
        department_office_id: Set(part.office),
        part: Set(part.part.trim().to_owned()),
        due_on: Set(part.due_on.to_string()),
        delivered_on: Set(None),
    });
    Ok(insert_all::<joint_part::Entity, _, _>(tx.connection(), rows.collect()).await?)
}

/// Parts `p` of shared tasks `j` (of tasks `t`, by offices `o`, led by `l`) under a condition, in the order of their days.
pub(super) async fn parts<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Part>> {
    let sql = format!(
        "select p.id, j.task_id, i.action, t.organisation_id, t.issuer_id, j.department_office_id as lead_id, l.name as lead_name, p.department_office_id, o.name as office_name, o.department, o.organisation_id as office_organisation, p.part, p.due_on, p.delivered_on, (select count(*) from joint_report r where r.joint_part_id = p.id and r.outcome is null) as n_waiting from joint_part p join joint_task j on j.id = p.joint_task_id join task t on t.id = j.task_id join directive_item i on i.id = t.item_id join department_office o on o.id = p.department_office_id join department_office l on l.id = j.department_office_id where {condition} order by p.due_on, p.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Part> {
        Ok(Part {
            id: row.try_get("", "id")?,
            task: row.try_get("", "task_id")?,
            action: row.try_get("", "action")?,
            organisation: row.try_get("", "organisation_id")?,
            issuer: row.try_get("", "issuer_id")?,
            lead: row.try_get("", "lead_id")?,
            lead_name: row.try_get("", "lead_name")?,
            office: row.try_get("", "department_office_id")?,
            office_name: row.try_get("", "office_name")?,
            department: row.try_get("", "department")?,
            office_organisation: row.try_get("", "office_organisation")?,
            part: row.try_get("", "part")?,
            due_on: row.try_get::<String>("", "due_on")?.parse()?,
            delivered_on: optional_day(row, "delivered_on")?,
            is_reported: row.try_get::<i64>("", "n_waiting")? > 0,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

pub(super) async fn part<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Part>> {
    Ok(parts(connection, "p.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// What was reported of a part, oldest first.
pub(super) async fn reports<C: ConnectionTrait>(connection: &C, part: i64) -> anyhow::Result<Vec<Report>> {
    let sql =
        "select id, result, evidence, reported_by, reported_on, outcome, word, decided_on from joint_report where joint_part_id = $1 order by id";
    let read = |row: &QueryResult| -> anyhow::Result<Report> {
        Ok(Report {
            id: row.try_get("", "id")?,
            result: row.try_get("", "result")?,
            evidence: row.try_get("", "evidence")?,
            by: row.try_get("", "reported_by")?,
            on: row.try_get::<String>("", "reported_on")?.parse()?,
            outcome: row.try_get("", "outcome")?,
            word: row.try_get("", "word")?,
            decided_on: optional_day(row, "decided_on")?,
        })
    };
    query(connection, sql, [part.into()]).await?.iter().map(read).collect()
}

pub(super) async fn insert_report(tx: &mut Tx, part: i64, result: &str, evidence: &str) -> anyhow::Result<()> {
    let row = joint_report::ActiveModel {
        id: Set(tx.next_id().await?),
        joint_part_id: Set(part),
        result: Set(result.to_owned()),
        evidence: Set(evidence.to_owned()),
        reported_by: Set(tx.actor_id()),
        reported_on: Set(tx.today().to_string()),
        outcome: Set(None),
        word: Set(String::new()),
        decided_by: Set(None),
        decided_on: Set(None),
    };
    Ok(insert_all::<joint_report::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// What the lead says to a report; an accepted part is delivered that day.
pub(super) async fn decide(tx: &Tx, part: i64, report: i64, outcome: &str, word: &str) -> anyhow::Result<()> {
    let sql = "update joint_report set outcome = $2, word = $3, decided_by = $4, decided_on = $5 where id = $1";
    let day = tx.today().to_string();
    execute(tx.connection(), sql, [report.into(), outcome.into(), word.into(), tx.actor_id().into(), day.clone().into()]).await?;
    if outcome == super::joint::ACCEPTED {
        execute(tx.connection(), "update joint_part set delivered_on = $2 where id = $1", [part.into(), day.into()]).await?;
    }
    Ok(())
}

/// Numbers for an `in (…)`; none: one that nothing has.
pub(super) fn listed(ids: &[i64]) -> String {
    if ids.is_empty() { "0".to_owned() } else { ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}
