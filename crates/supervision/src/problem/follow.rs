//! Problems that were found in a procedure about more (整顿, 自查): rows of the same ledger, put right and closed where they were found.

use serde_json::json;
use store::{Tx, query};

use super::facts::{SOURCE, facts_of};
use super::model::Problem;
use super::{ITEM, PROCEDURE, SELF_CHECK, raise, rows};
use crate::app::App;
use crate::case::{self, CaseFile, Item};

/// Brings the ledger in line with the items of a case, after an act that opened or closed some.
///
/// # Errors
/// When the database refuses.
pub async fn follow(app: &App, tx: &mut Tx, case: &CaseFile) -> anyhow::Result<()> {
    if case.subject_kind == PROCEDURE {
        return Ok(());
    }
    let items: Vec<Item> = case::items_of(tx.connection(), case.id).await?.into_iter().filter(|item| item.kind == ITEM).collect();
    if items.is_empty() {
        return Ok(());
    }
    let known = rows::of_case(tx.connection(), case.id).await?;
    let today = tx.today();
    let mut changed = Vec::new();
    for old in &known {
        let is_closed = items.iter().any(|item| item.id == old.case_item && item.closed_in.is_some());
        if is_closed && old.closed_on.is_none() {
            let it = Problem { closed_on: Some(today), is_late: today > old.due_on, ..old.clone() };
            rows::update(tx, &it).await?;
            tx.record("problem.close", "problem", it.id, Some(it.organisation), json!({ "case": case.id }));
            changed.push(it);
        }
    }
    let fresh: Vec<&Item> = items.iter().filter(|item| !known.iter().any(|old| old.case_item == item.id)).collect();
    if !fresh.is_empty() {
        let opened = opened(app, tx, case, &fresh).await?;
        rows::insert(tx, &opened).await?;
        for it in &opened {
            tx.record("problem.follow", "problem", it.id, Some(it.organisation), json!({ "case": case.id }));
        }
        changed.extend(opened);
    }
    crate::facts::replace(tx, SOURCE, changed.iter().map(|it| (it.id, facts_of(it))).collect()).await?;
    Ok(())
}

async fn opened(app: &App, tx: &mut Tx, case: &CaseFile, items: &[&Item]) -> anyhow::Result<Vec<Problem>> {
    let pack = app.policies_of(&case.pack_version).await?;
    let source = pack.procedures.get(&case.procedure).map_or_else(|| case.procedure.clone(), |procedure| procedure.name.clone());
    let kind = kind_of(tx, case).await?;
    let above = raise::issuer(&app.directory(), case.organisation, &[]);
    let Some(issuer) = above.or(case.issuer).filter(|issuer| *issuer != case.organisation) else { return Ok(Vec::new()) };
    let recurs = rows::closed_before(tx.connection(), case.organisation, &kind).await?;
    let ids = tx.next_ids(items.len()).await?;
    let today = tx.today();
    let problem = |(item, id): (&&Item, i64)| Problem {
        id,
        organisation: case.organisation,
        issuer,
        case_id: case.id,
        case_item: item.id,
        is_own: false,
        source: source.clone(),
        kind: kind.clone(),
        text: item.text.clone(),
        basis: String::new(),
        owner: item.owner.clone().unwrap_or_default(),
        due_on: item.due_on.unwrap_or(today),
        raised_on: today,
        raised_by: tx.actor_id(),
        raiser: String::new(),
        recurs,
        origin: case.subject_kind.clone(),
        origin_id: Some(case.subject_id),
        is_handed_in: false,
        closed_on: item.closed_in.map(|_| today),
        is_late: false,
        is_dismissed: false,
        step: None,
    };
    Ok(items.iter().zip(ids).map(problem).collect())
}

/// What a self-check was ordered to look for; other procedures do not say.
async fn kind_of(tx: &Tx, case: &CaseFile) -> anyhow::Result<String> {
    if case.subject_kind != SELF_CHECK {
        return Ok(String::new());
    }
    let sql = "select problem_type from self_check where id = $1 and procedure = $2";
    let rows = query(tx.connection(), sql, [case.subject_id.into(), SELF_CHECK.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
