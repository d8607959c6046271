//! The end of an inspection: its report, and closing it when every problem it found is verified closed by somebody else.

use serde_json::json;
use store::{Actor, Refusal, Tx, query};

use super::check::raise;
use super::model::Target;
use super::sampling::own;
use super::teams::kind_of;
use super::{KIND, rows};
use crate::app::App;
use crate::notice::{self, To};

/// Issues the report: from then on everybody concerned sees what was found; what was hidden goes to the ledger.
///
/// # Errors
/// [`Refusal`] while a unit is not checked, or when it is issued already.
pub async fn report(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    if it.report_on.is_some() {
        return Err(Refusal("督查报告已经发出。".to_owned()).into());
    }
    let targets: Vec<Target> = rows::targets_of(tx.connection(), id).await?.into_iter().filter(Target::is_in).collect();
    if targets.is_empty() {
        return Err(Refusal("还没有检查单位，没有什么可以报告。".to_owned()).into());
    }
    let n_open = targets.iter().filter(|target| target.handed_in_on.is_none()).count();
    if n_open > 0 {
        return Err(Refusal(format!("还有 {n_open} 个单位没有检查完；确实不查的，请写明原因不查。")).into());
    }
    let findings = rows::findings_of(tx.connection(), id).await?;
    let kind = kind_of(app, &it).await?;
    raise(app, tx, &it, &kind.source, &targets, &findings).await?;
    rows::end(tx, id, "report").await?;
    tx.record("inspection.report", KIND, id, Some(it.organisation), json!({ "units": targets.len() }));
    tx.changed(KIND, id, None);
    for target in &targets {
        let text = format!("“{}”的报告已经发出，请看您单位的检查结果", it.title);
        notice::settle(tx, To::Organisation(target.organisation), "inspection.told", &it.address()).await?;
        notice::send(tx, To::Organisation(target.organisation), "inspection.reported", &text, &target.address()).await?;
    }
    Ok(())
}

/// Problems of an inspection, and how many of them are not closed.
///
/// # Errors
/// When the database cannot be read.
pub async fn problems_of<C: sea_orm::ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<(usize, usize)> {
    let sql = "select p.closed_on from problem p where p.id in (select r.problem_id from inspection_result r join inspection_target t on t.id = r.target_id where t.inspection_id = $1)";
    let rows = query(connection, sql, [id.into()]).await?;
    let closed = rows.iter().map(|row| Ok(row.try_get_by_index::<Option<String>>(0)?.is_some())).collect::<anyhow::Result<Vec<bool>>>()?;
    Ok((closed.len(), closed.iter().filter(|is_closed| !**is_closed).count()))
}

/// Closes an inspection.
///
/// # Errors
/// [`Refusal`] before its report, and while a problem that it found is not verified closed.
pub async fn close(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    if it.report_on.is_none() {
        return Err(Refusal("请先发出督查报告，再办结。".to_owned()).into());
    }
    let (n, n_open) = problems_of(tx.connection(), id).await?;
    if n_open > 0 {
        return Err(Refusal(format!("查出 {n} 个问题，还有 {n_open} 个没有核验销号，不能办结。")).into());
    }
    rows::end(tx, id, "closed").await?;
    tx.record("inspection.close", KIND, id, Some(it.organisation), json!({ "problems": n }));
    tx.changed(KIND, id, None);
    Ok(())
}
