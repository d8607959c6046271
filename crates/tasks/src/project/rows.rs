//! Rows of projects: SQL in, model out.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, QueryResult, Value};
use store::entities::{project as project_row, project_whole as whole_row};
use store::{OrgId, Tx, execute, insert_all, query};

use super::model::{Project, Whole};
use super::{MILESTONE, PART};
use crate::directory::optional_day;
use crate::http::view::{Standing, Status};

/// Numbers for an `in (…)`; none: one that nothing has.
pub(super) fn listed(ids: &[i64]) -> String {
    if ids.is_empty() { "0".to_owned() } else { ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}

fn read(row: &QueryResult) -> anyhow::Result<Project> {
    Ok(Project {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "project")?,
        organisation: row.try_get("", "organisation_id")?,
        issuer: row.try_get("", "issuer_id")?,
        served: row.try_get("", "served_id")?,
        case_id: row.try_get("", "case_id")?,
        origin_case: row.try_get("", "origin_case_id")?,
        whole: row.try_get("", "project_whole_id")?,
        year: i16::try_from(row.try_get::<i64>("", "year")?)?,
        name: row.try_get("", "name")?,
        body: serde_json::from_str(&row.try_get::<String>("", "body")?)?,
        quantity: row.try_get("", "quantity")?,
        n_done: row.try_get("", "n_done")?,
        due_on: optional_day(row, "due_on")?,
        proposed_on: row.try_get::<String>("", "proposed_on")?.parse()?,
        approved_on: optional_day(row, "approved_on")?,
        progress_on: optional_day(row, "progress_on")?,
        opinion_on: optional_day(row, "opinion_on")?,
        accepted_on: optional_day(row, "accepted_on")?,
        closed_on: optional_day(row, "closed_on")?,
        grade: row.try_get("", "grade")?,
        is_good: row.try_get("", "is_good")?,
        is_late: row.try_get("", "is_late")?,
        is_handed_in: row.try_get("", "is_handed_in")?,
        is_reported: row.try_get("", "is_reported")?,
        stage: row.try_get("", "stage")?,
        stage_since: row.try_get::<String>("", "stage_since")?.parse()?,
    })
}

/// Projects `p` under a condition, oldest first.
pub(super) async fn projects_where<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Project>> {
    let sql = format!("select p.*, c.stage, c.stage_since from project p join case_file c on c.id = p.case_id where {condition} order by p.id");
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One project.
pub(super) async fn project<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Project>> {
    Ok(projects_where(connection, "p.id = $1", vec![id.into()]).await?.into_iter().next())
}

fn day(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

pub(super) async fn insert(tx: &mut Tx, projects: &[Project]) -> anyhow::Result<()> {
    let mut rows = Vec::with_capacity(projects.len());
    for it in projects {
        rows.push(project_row::ActiveModel {
            id: Set(it.id),
            project: Set(it.kind.clone()),
            organisation_id: Set(it.organisation),
            issuer_id: Set(it.issuer),
            served_id: Set(it.served),
            case_id: Set(it.case_id),
            origin_case_id: Set(it.origin_case),
            project_whole_id: Set(it.whole),
            year: Set(i64::from(it.year)),
            name: Set(it.name.clone()),
            body: Set(serde_json::to_string(&it.body)?),
            quantity: Set(it.quantity),
            n_done: Set(it.n_done),
            due_on: Set(day(it.due_on)),
            proposed_on: Set(it.proposed_on.to_string()),
            approved_on: Set(day(it.approved_on)),
            progress_on: Set(day(it.progress_on)),
            opinion_on: Set(day(it.opinion_on)),
            accepted_on: Set(day(it.accepted_on)),
            closed_on: Set(day(it.closed_on)),
            grade: Set(it.grade.clone()),
            is_good: Set(it.is_good),
            is_late: Set(it.is_late),
            is_handed_in: Set(it.is_handed_in),
            is_reported: Set(it.is_reported),
        });
    }
    insert_all::<project_row::Entity, _, _>(tx.connection(), rows).await?;
    for it in projects {
        tx.changed("project", it.id, Some(it.organisation));
    }
    Ok(())
}

/// Writes what changes on a project's way.
pub(super) async fn update(tx: &mut Tx, it: &Project) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update project set body = $2, n_done = $3, due_on = $4, approved_on = $5, progress_on = $6, opinion_on = $7, accepted_on = $8, closed_on = $9, grade = $10, is_good = $11, is_late = $12, is_handed_in = $13, is_reported = $14 where id = $1",
        [
            it.id.into(),
            serde_json::to_string(&it.body)?.into(),
            it.n_done.into(),
            day(it.due_on).into(),
            day(it.approved_on).into(),
            day(it.progress_on).into(),
            day(it.opinion_on).into(),
            day(it.accepted_on).into(),
            day(it.closed_on).into(),
            it.grade.clone().into(),
            it.is_good.into(),
            it.is_late.into(),
            it.is_handed_in.into(),
            it.is_reported.into(),
        ],
    )
    .await?;
    tx.changed("project", it.id, Some(it.organisation));
    Ok(())
}

fn read_whole(row: &QueryResult) -> anyhow::Result<Whole> {
    Ok(Whole {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "project")?,
        pack_version: row.try_get("", "pack_version")?,
        organisation: row.try_get("", "organisation_id")?,
        year: i16::try_from(row.try_get::<i64>("", "year")?)?,
        number: row.try_get("", "number")?,
        name: row.try_get("", "name")?,
        unit: row.try_get("", "unit")?,
        quantity: row.try_get("", "quantity")?,
        due_on: row.try_get::<String>("", "due_on")?.parse()?,
        closed_on: optional_day(row, "closed_on")?,
    })
}

/// Wholes `w` under a condition, by year and number.
pub(super) async fn wholes_where<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Whole>> {
    let sql = format!(
        "select w.id, w.project, w.pack_version, w.organisation_id, w.year, w.number, w.name, w.unit, w.quantity, w.due_on, w.closed_on from project_whole w where {condition} order by w.year desc, w.number, w.id"
    );
    query(connection, sql, values).await?.iter().map(read_whole).collect()
}

/// One whole.
pub(super) async fn whole<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Whole>> {
    Ok(wholes_where(connection, "w.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// The number that the next whole of a year gets.
pub(super) async fn next_number<C: ConnectionTrait>(connection: &C, kind: &str, organisation: OrgId, year: i16) -> anyhow::Result<i64> {
    let sql = "select coalesce(max(number), 0) from project_whole where project = $1 and organisation_id = $2 and year = $3";
    let rows = query(connection, sql, [kind.into(), organisation.into(), i64::from(year).into()]).await?;
    let last: i64 = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(last + 1)
}

pub(super) async fn insert_whole(tx: &mut Tx, it: &Whole) -> anyhow::Result<()> {
    whole_row::ActiveModel {
        id: Set(it.id),
        project: Set(it.kind.clone()),
        pack_version: Set(it.pack_version.clone()),
        organisation_id: Set(it.organisation),
        year: Set(i64::from(it.year)),
        number: Set(it.number),
        name: Set(it.name.clone()),
        unit: Set(it.unit.clone()),
        quantity: Set(it.quantity),
        due_on: Set(it.due_on.to_string()),
        entered_by: Set(tx.actor_id()),
        entered_on: Set(tx.today().to_string()),
        closed_on: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.changed("project_whole", it.id, Some(it.organisation));
    Ok(())
}

/// A whole is over when all of its parts are.
pub(super) async fn close_whole_if_over(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    let open = query(tx.connection(), "select 1 from project where project_whole_id = $1 and closed_on is null", [id.into()]).await?;
    if open.is_empty() {
        let sql = "update project_whole set closed_on = $2 where id = $1 and closed_on is null";
        execute(tx.connection(), sql, [id.into(), tx.today().to_string().into()]).await?;
        tx.changed("project_whole", id, None);
    }
    Ok(())
}

/// A milestone, or a thing that every unit has to do; withdrawn ones are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub case_id: i64,
    pub kind: String,
    pub text: String,
    pub owner: String,
    pub due_on: Option<Date>,
    /// When somebody else confirmed it.
    pub closed_on: Option<Date>,
}

impl Step {
    /// How it stands on a day; so many days before its own it is 临期.
    #[must_use]
    pub fn status(&self, on: Date, soon_days: i64) -> Status {
        match (self.closed_on, self.due_on) {
            (Some(closed), Some(due)) if closed > due => Status::new(Standing::Late, format!("{:02}-{:02} 确认", closed.month(), closed.day())),
            (Some(closed), _) => Status::new(Standing::Ok, format!("{:02}-{:02} 确认", closed.month(), closed.day())),
            (None, Some(due)) => Status::by_days_left(i64::from((due - on).get_days()), soon_days),
            (None, None) => Status::new(Standing::Future, "没有时限"),
        }
    }

    /// The same, of a part whose deliverable may lie there already.
    #[must_use]
    pub fn status_with(&self, handed_over: &BTreeSet<(i64, String)>, on: Date, soon_days: i64) -> Status {
        if self.closed_on.is_none() && handed_over.contains(&(self.case_id, self.text.clone())) {
            return Status::new(Standing::Running, "已交，待验收");
        }
        self.status(on, soon_days)
    }
}

/// Which parts units say they handed over, by case: the choice that the pack names, in their reports.
pub(super) async fn handed_over<C: ConnectionTrait>(connection: &C, cases: &[i64], key: &str) -> anyhow::Result<BTreeSet<(i64, String)>> {
    let sql = format!("select case_id, fields from case_act where kind = 'report' and case_id in ({}) order by id", listed(cases));
    let mut found = BTreeSet::new();
    for row in query(connection, sql, []).await? {
        let fields: serde_json::Value = serde_json::from_str(&row.try_get_by_index::<String>(1)?)?;
        if let Some(part) = fields.get(key).and_then(|part| part.as_str()).filter(|part| !part.is_empty()) {
            found.insert((row.try_get_by_index(0)?, part.to_owned()));
        }
    }
    Ok(found)
}

/// The steps of cases, in the order in which they were opened.
pub(super) async fn steps<C: ConnectionTrait>(connection: &C, cases: &[i64]) -> anyhow::Result<Vec<Step>> {
    let sql = format!(
        "select i.case_id, i.kind, i.text, i.owner, i.due_on, a.acted_at from case_item i left join case_act a on a.id = i.closed_in where i.case_id in ({}) and i.kind in ('{MILESTONE}', '{PART}') and (a.kind is null or a.kind <> 'return') order by i.id",
        listed(cases)
    );
    let read = |row: &QueryResult| -> anyhow::Result<Step> {
        let at: Option<String> = row.try_get("", "acted_at")?;
        Ok(Step {
            case_id: row.try_get("", "case_id")?,
            kind: row.try_get("", "kind")?,
            text: row.try_get("", "text")?,
            owner: row.try_get::<Option<String>>("", "owner")?.unwrap_or_default(),
            due_on: optional_day(row, "due_on")?,
            closed_on: at.map(|at| at.parse::<jiff::Timestamp>().map(store::day_of)).transpose()?,
        })
    };
    query(connection, sql, []).await?.iter().map(read).collect()
}
