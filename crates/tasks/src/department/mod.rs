//! Departments that join forces (部门合力): each with an office, standing duties of its own, and its parts of tasks that several share.
//!
//! For: offices of departments, whoever hands a task down to several. In: who leads and who helps; what was done in a period.
//! Out: tasks that close only when everybody has delivered; the list of what was not. Does not know: which departments there are.

mod joint;
mod left;
mod pages;
mod rows;
mod waits;

use policy::{Capability, OrganisationRole, Pack, Period};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;

pub use joint::{NewPart, accept, may_name, name, report, return_};
pub use pages::{routes, status};
pub use rows::{Office, Part, Report};
pub use waits::waiting_items;

/// Whether somebody acts for an office: by a post at its committee, of a role that the pack names for the department.
#[must_use]
pub fn acts_for(pack: &Pack, actor: &Actor, office: &Office) -> bool {
    let Some(department) = pack.departments.get(&office.department) else { return false };
    actor.grants_with(Capability::WorkForDepartment).any(|grant| {
        grant.set.everything || (grant.set.root == Some(office.organisation) && grant.set.case_id.is_none() && department.roles.contains(&grant.role))
    })
}

/// Registers the office of a department at a committee.
///
/// # Errors
/// [`Refusal`] out of reach, at a level where the department has none, or twice.
pub async fn register(app: &App, tx: &mut Tx, actor: &Actor, department: &str, organisation: OrgId, name: &str) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let scope = actor.scope(Capability::KeepResponsibility);
    let committee = app.directory().visible(&scope, organisation).filter(|org| org.role == OrganisationRole::Committee).cloned();
    let Some(committee) = committee else { return refuse("没有找到这个党委（党工委），请在您单位和下级里选。".to_owned()) };
    let pack = app.pack();
    let Some(kind) = pack.departments.get(department) else { return refuse("请选是哪个部门。".to_owned()) };
    if !kind.levels.contains(&committee.level) {
        return refuse(format!("{}不设在{}这一级。", kind.name, committee.name));
    }
    if name.trim().is_empty() {
        return refuse("请写单位名称，例如：青屏县委宣传部。".to_owned());
    }
    let open = rows::offices(tx.connection(), "o.until_on is null and o.organisation_id = $1", vec![organisation.into()]).await?;
    if let Some(office) = open.iter().find(|office| office.department == department) {
        return refuse(format!("{}已经登记了{}。", committee.name, office.name));
    }
    let id = tx.next_id().await?;
    rows::insert_office(tx, id, department, organisation, name.trim()).await?;
    tx.record("department.register", "department_office", id, Some(organisation), json!({ "department": kind.name }));
    tx.changed("department", id, Some(organisation));
    Ok(id)
}

/// Takes an office out of the register from today on.
///
/// # Errors
/// [`Refusal`] out of reach, and while it still owes a part or leads a task.
pub async fn end(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    tx.lock("department_office", id).await?;
    let office = rows::office(tx.connection(), id).await?.filter(|office| office.until.is_none());
    let scope = actor.scope(Capability::KeepResponsibility);
    let office = office.filter(|office| app.directory().is_visible(&scope, office.organisation));
    let Some(office) = office else { return Err(Refusal("没有找到这个部门。".to_owned()).into()) };
    let owed =
        rows::parts(tx.connection(), "p.delivered_on is null and (p.department_office_id = $1 or j.department_office_id = $1)", vec![id.into()])
            .await?;
    if !owed.is_empty() {
        return Err(Refusal(format!("{}还有 {} 件协办的事没有办完，办完再撤。", office.name, owed.len())).into());
    }
    rows::end_office(tx, id).await?;
    tx.record("department.end", "department_office", id, Some(office.organisation), json!(null));
    tx.changed("department", id, Some(office.organisation));
    Ok(())
}

/// Reports a standing duty as done in a period.
///
/// # Errors
/// [`Refusal`] of anybody but the office itself, of a period to come, without evidence, or twice.
#[expect(clippy::too_many_arguments, reason = "what one form asks, beside the three of every operation")]
pub async fn report_duty(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    office_id: i64,
    duty: &str,
    period: Period,
    result: &str,
    evidence: &str,
) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let office = rows::office(tx.connection(), office_id).await?.filter(|office| office.until.is_none() && acts_for(&pack, actor, office));
    let Some(office) = office else { return refuse("由这个部门自己报告。".to_owned()) };
    let kind = pack.departments.get(&office.department).and_then(|it| it.duties.iter().find(|known| known.key == duty));
    let Some(kind) = kind else { return refuse("没有找到这项职责。".to_owned()) };
    if period.per != kind.per || period.from() > tx.today() || period.last_day() < left::owed_since(&office, kind) {
        return refuse("请在列出的期间里报告。".to_owned());
    }
    if result.trim().is_empty() || evidence.trim().is_empty() {
        return refuse("请写做了什么，以及写在哪条记录、哪份文件里。".to_owned());
    }
    tx.lock("department_office", office_id).await?;
    if rows::reported(tx.connection(), &[office_id]).await?.iter().any(|it| it.duty == duty && it.period == period) {
        return refuse(format!("{}已经报告过了。", period.label()));
    }
    rows::insert_duty_report(tx, office_id, duty, period, result.trim(), evidence.trim()).await?;
    tx.record(
        "department.report",
        "department_office",
        office_id,
        Some(office.organisation),
        json!({ "duty": kind.name, "period": period.to_string() }),
    );
    tx.changed("department", office_id, Some(office.organisation));
    Ok(())
}

/// Offices that have not delivered their part of a task yet, by name; empty where nobody helps.
///
/// # Errors
/// When the database cannot be read.
pub async fn undelivered<C: ConnectionTrait>(connection: &C, task_id: i64) -> anyhow::Result<Vec<String>> {
    let parts = rows::parts(connection, "j.task_id = $1 and p.delivered_on is null", vec![task_id.into()]).await?;
    Ok(parts.into_iter().map(|part| part.office_name).collect())
}

/// Offices registered at a committee.
///
/// # Errors
/// When the database cannot be read.
pub async fn offices_at(app: &App, committee: OrgId) -> anyhow::Result<Vec<Office>> {
    rows::offices(app.store().reader(), "o.until_on is null and o.organisation_id = $1", vec![committee.into()]).await
}

/// Numbers of the parts that an office still owes and has not reported.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts_owed(app: &App, office: i64) -> anyhow::Result<Vec<i64>> {
    let parts = rows::parts(app.store().reader(), "p.department_office_id = $1 and p.delivered_on is null", vec![office.into()]).await?;
    Ok(parts.into_iter().filter(|part| !part.is_reported).map(|part| part.id).collect())
}

/// Who leads a task that several share, and the parts of those who help; nothing where it is one unit's alone.
///
/// # Errors
/// When the database cannot be read.
pub async fn joint_of<C: ConnectionTrait>(connection: &C, task_id: i64) -> anyhow::Result<Option<(Office, Vec<Part>)>> {
    let Some((_, lead)) = rows::joint(connection, task_id).await? else { return Ok(None) };
    let Some(lead) = rows::office(connection, lead).await? else { return Ok(None) };
    Ok(Some((lead, rows::parts(connection, "j.task_id = $1", vec![task_id.into()]).await?)))
}
