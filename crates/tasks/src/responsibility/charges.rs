//! What tasks and projects somebody sees that are not done yet, as things that some level answers for.

use jiff::civil::Date;
use policy::Capability;
use sea_orm::QueryResult;
use store::{Actor, OrgId, query};

use crate::answerable::Charge;
use crate::app::App;
use crate::directory::optional_day;
use crate::task::{At, Turn, field_of, times_of};

/// Open tasks and projects within somebody's reach.
///
/// # Errors
/// When the database cannot be read.
pub async fn charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let mut found = tasks(app, actor, on).await?;
    found.extend(projects(app, actor, on).await?);
    Ok(found)
}

async fn tasks(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let scope = actor.scope(Capability::ViewTasks).sql("t.organisation_id");
    let sql = format!(
        "select t.id, t.organisation_id, t.issuer_id, i.action, i.scope, c.id, c.stage, c.stage_since, coalesce(c.due_on, t.due_on) from task t join directive_item i on i.id = t.item_id join case_file c on c.id = t.case_id where c.closed_at is null and {scope} order by coalesce(c.due_on, t.due_on), t.id"
    );
    let pack = app.pack();
    let times = times_of(&pack, on)?;
    // By position: there are thousands of rows.
    let read = |row: &QueryResult| -> anyhow::Result<Charge> {
        let (id, organisation): (i64, OrgId) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let due_on: Date = row.try_get_by_index::<String>(8)?.parse()?;
        let at =
            At { case_id: row.try_get_by_index(5)?, stage: row.try_get_by_index(6)?, since: row.try_get_by_index::<String>(7)?.parse()?, due_on };
        let standing = times.standing(&at, on);
        Ok(Charge {
            kind: "任务",
            organisation,
            field: field_of(&row.try_get_by_index::<String>(4)?).map(str::to_owned),
            title: row.try_get_by_index(3)?,
            due_on: Some(due_on),
            is_overdue: standing.is_overdue(),
            stands_at: if standing.turn == Turn::Verify { row.try_get_by_index(2)? } else { organisation },
            href: format!("/tasks/{id}"),
        })
    };
    query(app.store().reader(), sql, []).await?.iter().map(read).collect()
}

async fn projects(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let scope = crate::project::reach(actor).sql("p.organisation_id");
    let sql = format!(
        "select p.id, p.organisation_id, p.issuer_id, p.name, p.due_on, p.is_handed_in from project p where p.closed_on is null and p.accepted_on is null and {scope} order by p.due_on, p.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Charge> {
        let organisation: OrgId = row.try_get("", "organisation_id")?;
        let due_on = optional_day(row, "due_on")?;
        let id: i64 = row.try_get("", "id")?;
        Ok(Charge {
            kind: "项目",
            organisation,
            field: None,
            title: row.try_get("", "name")?,
            due_on,
            is_overdue: due_on.is_some_and(|day| day < on),
            stands_at: if row.try_get("", "is_handed_in")? { row.try_get("", "issuer_id")? } else { organisation },
            href: format!("/projects/entries/{id}"),
        })
    };
    query(app.store().reader(), sql, []).await?.iter().map(read).collect()
}
