//! A task that several departments share: one leads, the others help, each with a part of its own that the lead accepts.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::acts_for;
use super::rows::{self, Office, Part};
use crate::answerable::line_of;
use crate::app::App;
use crate::directory::Directory;
use crate::task::{self, Task};

pub(super) const ACCEPTED: &str = "accepted";
pub(super) const RETURNED: &str = "returned";

/// What one department is to do of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPart {
    pub office: i64,
    pub part: String,
    pub due_on: Date,
}

/// Whether an office may have a part in a task of this unit: it stands at the unit, above it, or directly below one of these.
fn is_near(directory: &Directory, unit: OrgId, office: &Office) -> bool {
    let line = line_of(directory, unit);
    line.contains(&office.organisation) || directory.org(office.organisation).and_then(|org| org.parent).is_some_and(|above| line.contains(&above))
}

/// Offices that may have a part in a task of a unit.
///
/// # Errors
/// When the database cannot be read.
pub async fn offices_for(app: &App, unit: OrgId) -> anyhow::Result<Vec<Office>> {
    let mut found = rows::offices(app.store().reader(), "o.until_on is null", Vec::new()).await?;
    let directory = app.directory();
    found.retain(|office| is_near(&directory, unit, office));
    Ok(found)
}

/// Whether somebody says who leads a task and who helps: whoever handed it down.
#[must_use]
pub fn may_name(actor: &Actor, task: &Task) -> bool {
    task.at.is_some() && task.fulfilled_on.is_none() && task.issuer.is_acted_for_by(actor, Capability::IssueTasks)
}

/// Says who leads a task and who helps with what; later only further helpers.
///
/// # Errors
/// [`Refusal`] of anybody but the issuer, of an office that ended, of a second lead, of a lead that helps itself, of a part without words or over the task's day.
pub async fn name(app: &App, tx: &mut Tx, actor: &Actor, task_id: i64, lead: i64, parts: Vec<NewPart>) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("task", task_id).await?;
    let Some(task) = task::find(tx.connection(), app, actor, task_id).await? else { return refuse("没有找到这项任务。".to_owned()) };
    if !may_name(actor, &task) {
        return refuse("由交办单位确定牵头和协办，任务办结以后不能再定。".to_owned());
    }
    // An office that ends meanwhile waits, or is found to have ended.
    let mut ids: Vec<i64> = parts.iter().map(|part| part.office).chain([lead]).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        tx.lock("department_office", id).await?;
        if let Some(ended) = rows::office(tx.connection(), id).await?.filter(|office| office.until.is_some()) {
            return refuse(format!("{}已经从部门名录里撤下，不能再牵头或者协办，请改选别的部门。", ended.name));
        }
    }
    let offices = offices_for(app, task.organisation).await?;
    let office = |id: i64| offices.iter().find(|office| office.id == id);
    let Some(leading) = office(lead) else { return refuse("请选牵头部门，没有登记的先登记。".to_owned()) };
    if parts.is_empty() {
        return refuse("请至少选一个协办部门，写清楚它办哪一部分。".to_owned());
    }
    let before = rows::joint(tx.connection(), task_id).await?;
    if let Some((_, now)) = before.filter(|(_, now)| *now != lead) {
        let name = rows::office(tx.connection(), now).await?.map_or_else(String::new, |office| office.name);
        return refuse(format!("这项任务已经由{name}牵头，一项任务只有一个牵头部门。"));
    }
    let known = rows::parts(tx.connection(), "j.task_id = $1", vec![task_id.into()]).await?;
    for (at, part) in parts.iter().enumerate() {
        let Some(helper) = office(part.office) else { return refuse("选的协办部门不在这项任务的范围内。".to_owned()) };
        if part.office == lead {
            return refuse(format!("{}是牵头部门，不能同时协办。", leading.name));
        }
        if known.iter().any(|old| old.office == part.office) || parts[..at].iter().any(|other| other.office == part.office) {
            return refuse(format!("{}已经有一部分了，一个部门一部分。", helper.name));
        }
        if part.part.trim().is_empty() {
            return refuse(format!("请写清楚{}办哪一部分。", helper.name));
        }
        if part.due_on > task.due_now() || part.due_on < tx.today() {
            return refuse(format!("{}的时限请写 {} 到 {} 之间的一天。", helper.name, tx.today(), task.due_now()));
        }
    }
    let id = match before {
        Some((id, _)) => id,
        None => {
            let id = tx.next_id().await?;
            rows::insert_joint(tx, id, task_id, lead).await?;
            id
        }
    };
    rows::insert_parts(tx, id, &parts).await?;
    tx.record("joint.name", "joint_task", id, Some(task.organisation), json!({ "n": parts.len() }));
    tx.changed("task", task_id, Some(task.organisation));
    Ok(())
}

async fn open_part(tx: &Tx, id: i64) -> anyhow::Result<Part> {
    tx.lock("joint_part", id).await?;
    let part = rows::part(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这件协办的事。".to_owned()))?;
    if part.delivered_on.is_some() {
        return Err(Refusal("牵头部门已经认可，不用再办。".to_owned()).into());
    }
    Ok(part)
}

/// The helper reports its part.
///
/// # Errors
/// [`Refusal`] of anybody but the helper, and while a report waits.
pub async fn report(app: &App, tx: &mut Tx, actor: &Actor, part_id: i64, result: &str, evidence: &str) -> anyhow::Result<()> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let part = open_part(tx, part_id).await?;
    let office = rows::office(tx.connection(), part.office).await?;
    if !office.is_some_and(|office| acts_for(&app.pack(), actor, &office)) {
        return refuse(&format!("由{}报告。", part.office_name));
    }
    if part.is_reported {
        return refuse(&format!("已经报告，等{}认可。", part.lead_name));
    }
    if result.trim().is_empty() || evidence.trim().is_empty() {
        return refuse("请写办成了什么，以及写在哪条记录、哪份文件里。");
    }
    rows::insert_report(tx, part_id, result.trim(), evidence.trim()).await?;
    done(tx, "joint.report", &part);
    Ok(())
}

/// The lead accepts what a helper reported: the part is delivered.
///
/// # Errors
/// [`Refusal`] of anybody but the lead, of whoever reported, and where nothing waits.
pub async fn accept(app: &App, tx: &mut Tx, actor: &Actor, part_id: i64) -> anyhow::Result<()> {
    decide(app, tx, actor, part_id, ACCEPTED, "").await
}

/// The lead gives back what a helper reported.
///
/// # Errors
/// As [`accept`], and without a reason.
pub async fn return_(app: &App, tx: &mut Tx, actor: &Actor, part_id: i64, reason: &str) -> anyhow::Result<()> {
    if reason.trim().is_empty() {
        return Err(Refusal("请写还差什么。".to_owned()).into());
    }
    decide(app, tx, actor, part_id, RETURNED, reason.trim()).await
}

async fn decide(app: &App, tx: &mut Tx, actor: &Actor, part_id: i64, outcome: &str, word: &str) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let part = open_part(tx, part_id).await?;
    let lead = rows::office(tx.connection(), part.lead).await?;
    if !lead.is_some_and(|lead| acts_for(&app.pack(), actor, &lead)) {
        return refuse(format!("由牵头的{}认可或者退回。", part.lead_name));
    }
    let waiting = rows::reports(tx.connection(), part_id).await?.into_iter().find(|report| report.outcome.is_none());
    let Some(waiting) = waiting else { return refuse(format!("{}还没有报告。", part.office_name)) };
    if waiting.by.is_some() && waiting.by == actor.person_id {
        return refuse("报告的人不能自己认可，请牵头部门的另一个人办。".to_owned());
    }
    rows::decide(tx, part_id, waiting.id, outcome, word).await?;
    done(tx, if outcome == ACCEPTED { "joint.accept" } else { "joint.return" }, &part);
    Ok(())
}

fn done(tx: &mut Tx, operation: &str, part: &Part) {
    tx.record(operation, "joint_part", part.id, Some(part.office_organisation), json!({ "task": part.task }));
    tx.changed("task", part.task, Some(part.organisation));
    tx.changed("department", part.office, Some(part.office_organisation));
}
