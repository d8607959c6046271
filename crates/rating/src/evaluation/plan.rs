//! The yearly plan: what an office has filed to assess, and when. The pack proposes the lines.

use policy::{Capability, Key, Period, PlanLine, PlanLineKind};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::plan_entry;
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use crate::app::App;
use frame::plan::kind_key;
pub use frame::plan::{PlanEntry, find, plan_entries};

/// The lines that the pack proposes to an office of a level, for a year; by opening day.
#[must_use]
pub fn lines_of(pack: &policy::Pack, level: &str, year: i16) -> Vec<(Key, PlanLine)> {
    let mut lines: Vec<(Key, PlanLine)> =
        pack.plan_lines.iter().filter(|(_, line)| line.level == level && line.period.year == year).map(|(k, l)| (k.clone(), l.clone())).collect();
    lines.sort_by(|a, b| (a.1.opens_on, &a.0).cmp(&(b.1.opens_on, &b.0)));
    lines
}

/// Files a line of the pack for the actor's own office: by what it is based on and who approved it.
///
/// # Errors
/// [`Refusal`] when it is another level's line, already filed, or lacks basis or approver.
#[expect(clippy::too_many_arguments, reason = "what a filing says")]
pub async fn file_line(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    pack_key: &str,
    basis: &str,
    approver: &str,
    number: Option<&str>,
) -> anyhow::Result<i64> {
    let pack = app.pack();
    let line = pack.plan_lines.get(pack_key).ok_or_else(|| Refusal("制度包里没有这一项计划。".to_owned()))?;
    let owns = actor.grants_with(Capability::ManagePlan).any(|grant| grant.set.everything || grant.set.root == Some(organisation));
    let level = app.directory().org(organisation).map(|org| org.level.clone());
    if !owns || level.as_deref() != Some(line.level.as_str()) {
        return Err(Refusal(format!("“{}”由{}报备。", line.name, line.owner)).into());
    }
    if basis.trim().is_empty() || approver.trim().is_empty() {
        return Err(Refusal("请写明依据的文件和批准的人，没有依据和批准不能列入年度计划。".to_owned()).into());
    }
    let filed = query(
        tx.connection(),
        "select id from plan_entry where organisation_id = $1 and pack_key = $2 and withdrawn_at is null",
        [organisation.into(), pack_key.into()],
    )
    .await?;
    if !filed.is_empty() {
        return Err(Refusal(format!("“{}”已经报备过了。", line.name)).into());
    }
    if line.kind == PlanLineKind::WeakList && round_of(tx.connection(), organisation, &line.of, line.period).await?.is_some() {
        return Err(Refusal(format!("“{}”已经开始排查，不用再报备。", line.name)).into());
    }
    if line.kind == PlanLineKind::Inspection {
        let sql =
            "select name from plan_entry where organisation_id = $1 and kind = 'inspection' and of_key = $2 and year = $3 and withdrawn_at is null";
        let same = [organisation.into(), line.of.clone().into(), i64::from(line.period.year).into()];
        if let Some(row) = query(tx.connection(), sql, same).await?.first() {
            let name: String = row.try_get_by_index(0)?;
            return Err(Refusal(format!("同类督查一年列一项计划，已经报备“{name}”；要多开几次，请在那一项里写明次数。")).into());
        }
    }
    let id = tx.next_id().await?;
    plan_entry::ActiveModel {
        id: Set(id),
        year: Set(i64::from(line.period.year)),
        pack_key: Set(pack_key.to_owned()),
        name: Set(line.name.clone()),
        kind: Set(kind_key(line.kind)),
        of_key: Set(line.of.clone()),
        organisation_id: Set(organisation),
        period: Set(line.period.to_string()),
        opens_on: Set(line.opens_on.to_string()),
        basis: Set(basis.trim().to_owned()),
        approver: Set(approver.trim().to_owned()),
        number: Set(number.map(str::to_owned)),
        filed_at: Set(tx.at_text()),
        filed_by: Set(tx.actor_id()),
        withdrawn_at: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.record("plan.file", "plan_entry", id, Some(organisation), json!({ "line": pack_key }));
    tx.changed("plan_entry", id, Some(organisation));
    Ok(id)
}

/// Takes a filed line back, as long as nothing was opened on it.
///
/// # Errors
/// [`Refusal`] when it is another office's or already used.
pub async fn withdraw_line(tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let entry = find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这一项计划。".to_owned()))?;
    if !actor.grants_with(Capability::ManagePlan).any(|grant| grant.set.everything || grant.set.root == Some(entry.organisation)) {
        return Err(Refusal("没有找到这一项计划。".to_owned()).into());
    }
    if super::rows::of_plan_entry(tx.connection(), id).await?.is_some() {
        return Err(Refusal("这一项计划已经开评，不能撤回。".to_owned()).into());
    }
    if entry.kind == PlanLineKind::WeakList && round_of(tx.connection(), entry.organisation, &entry.of_key, entry.period).await?.is_some() {
        return Err(Refusal("这一项排查已经开始，不能撤回计划。".to_owned()).into());
    }
    if !crate::appraisal::sessions_on(tx.connection(), id).await?.is_empty() {
        return Err(Refusal("这一项述职评议已经开了，不能撤回计划。".to_owned()).into());
    }
    if !inspections_on(tx.connection(), id).await?.is_empty() {
        return Err(Refusal("这一项督查已经开展，不能撤回计划。".to_owned()).into());
    }
    let (begun, what) = match entry.kind {
        PlanLineKind::Selection => {
            ("select 1 from selection_entry where selection = $1 and applied_on >= $2 and applied_on < $3", "已经有党组织申报")
        }
        PlanLineKind::Contest => ("select 1 from contest_round where contest = $1 and held_on >= $2 and held_on < $3", "这一项比武已经举办"),
        _ => ("", ""),
    };
    if !begun.is_empty() {
        let values = [entry.of_key.clone().into(), entry.period.from().to_string().into(), entry.period.until().to_string().into()];
        if !query(tx.connection(), begun, values).await?.is_empty() {
            return Err(Refusal(format!("{what}，不能撤回计划。")).into());
        }
    }
    execute(tx.connection(), "update plan_entry set withdrawn_at = $2 where id = $1", [id.into(), tx.at_text().into()]).await?;
    tx.record("plan.withdraw", "plan_entry", id, Some(entry.organisation), json!(null));
    Ok(())
}

/// The list that an office made of a rule for a period, whichever line of the plan it was opened from.
///
/// # Errors
/// When the database cannot be read.
pub async fn round_of<C: ConnectionTrait>(connection: &C, organisation: OrgId, list: &str, period: Period) -> anyhow::Result<Option<OpenedRound>> {
    let rows = query(
        connection,
        "select r.id, c.stage, c.closed_at from weak_round r join case_file c on c.id = r.case_id where r.organisation_id = $1 and r.list_key = $2 and r.period = $3 order by r.id desc",
        [organisation.into(), list.into(), period.to_string().into()],
    )
    .await?;
    let read = |row: &QueryResult| -> anyhow::Result<OpenedRound> {
        Ok(OpenedRound {
            id: row.try_get_by_index(0)?,
            stage: row.try_get_by_index(1)?,
            is_closed: row.try_get_by_index::<Option<String>>(2)?.is_some(),
        })
    };
    rows.first().map(read).transpose()
}

/// A list of weak and lax organisations as the plan shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRound {
    pub id: i64,
    /// Key of the stage at which its approval stands.
    pub stage: Key,
    pub is_closed: bool,
}

/// Inspections opened on a filed line, oldest first, and whether each is over.
///
/// # Errors
/// When the database cannot be read.
pub async fn inspections_on<C: ConnectionTrait>(connection: &C, plan_entry: i64) -> anyhow::Result<Vec<(i64, bool)>> {
    let rows = query(connection, "select id, closed_on from inspection where plan_entry_id = $1 order by id", [plan_entry.into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<Option<String>>(1)?.is_some()))).collect()
}
