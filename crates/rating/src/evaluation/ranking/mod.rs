//! Composite rankings (综合考核排名): components with weights over the units of one level, drafted, objected to, published.
//!
//! For: the half-yearly ranking of counties. In: published ratings where there are some, records, component values that
//! people judged. Out: a stored ranking whose every figure leads down to the branches it is made of.
//! Does not know: how a mean is taken.

mod bulletin;
mod compute;
mod judged;
pub mod pages;
mod rows;

use assessment::ranking_fingerprint;
use policy::PlanLineKind;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, Tx};

use super::pages::result::short_name;
use super::rows::Kept;
use crate::app::App;

pub use bulletin::bulletin;
pub use compute::{ComponentHead, How, RankingHead, SourceUsed};
pub use judged::{JudgedComponent, judge_components};
pub use rows::{BranchTrace, UnitBrief, branch_traces, head_of, unit_briefs, unit_row};

/// What `evaluation.kind` says of a ranking.
pub const KIND: &str = "ranking";
/// Procedure of the pack by which a ranking is published.
pub const PUBLICATION: &str = "ranking_publication";

/// Opens a ranking for a line of the filed plan and calculates it.
///
/// # Errors
/// [`store::Refusal`] when the line is not filed by the actor's own office, not open yet, or already used.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, plan_entry: i64) -> anyhow::Result<i64> {
    let entry = super::entry_to_open(tx, actor, plan_entry, PlanLineKind::Ranking).await?;
    let pack = app.pack();
    let components = pack.rankings.get(&entry.of_key).into_iter().flat_map(|ranking| &ranking.components);
    for scheme in components.filter_map(|component| component.mean_score_of.as_ref()) {
        super::check_authority(app, scheme, &entry, tx.today())?;
    }
    let closed_until = entry.period.until().min(tx.today());
    let result = compute::compute(app, &entry.of_key, entry.organisation, entry.period, closed_until).await?;
    let title = format!("{}（{}）", result.head.name, entry.period.label());
    let (id, case_id) = super::open_publication(app, tx, PUBLICATION, KIND, &entry, &title).await?;
    super::rows::insert(tx, id, entry.id, case_id, kept(&result, &title, entry.organisation)?).await?;
    rows::insert(tx, id, &result).await?;
    tx.record("ranking.open", "evaluation", id, Some(entry.organisation), json!({ "ranking": entry.of_key, "period": entry.period.to_string() }));
    tx.changed("evaluation", id, None);
    Ok(id)
}

/// Calculates a ranking anew, until it is decided.
///
/// # Errors
/// [`store::Refusal`] when it is decided or published.
pub async fn calculate(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let stored = super::to_change(app, tx, actor, id).await?;
    let closed_until = stored.period.until().min(tx.today());
    let result = compute::compute(app, &stored.of_key, stored.organisation, stored.period, closed_until).await?;
    super::rows::replace(tx, id, kept(&result, &stored.name, stored.organisation)?).await?;
    rows::insert(tx, id, &result).await?;
    tx.record("ranking.calculate", "evaluation", id, Some(stored.organisation), json!(null));
    tx.changed("evaluation", id, None);
    Ok(())
}

fn kept<'a>(result: &'a compute::Calculated, name: &'a str, organisation: store::OrgId) -> anyhow::Result<Kept<'a>> {
    Ok(Kept {
        kind: KIND,
        of_key: &result.head.key,
        name,
        organisation,
        period: result.head.period,
        closed_until: result.head.closed_until,
        pack: &result.head.pack,
        is_example: result.head.is_example,
        head: serde_json::to_string(&result.head)?,
        fingerprint: ranking_fingerprint(&result.ranking, &result.head.pack),
        n_rows: result.ranking.rows.len(),
    })
}

/// Why a ranking may not be published, if so: components without a value.
pub(super) async fn why_not_publish<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<String>> {
    let ranking = rows::ranking(connection, id).await?;
    let mut unjudged: Vec<(&str, usize)> = Vec::new();
    let mut unproved = Vec::new();
    for (row, part) in ranking.rows.iter().flat_map(|row| row.components.iter().map(move |part| (row, part))) {
        if part.lacks_evidence() {
            let n = part.n_organisations + part.n_without_result;
            unproved.push(format!("{}的{}（{n} 个党支部里 {} 个依据不足）", short_name(&row.name), part.name, part.n_without_result));
        } else if part.value.is_none() {
            match unjudged.iter_mut().find(|(name, _)| *name == part.name) {
                Some((_, n)) => *n += 1,
                None => unjudged.push((&part.name, 1)),
            }
        }
    }
    if unjudged.is_empty() && unproved.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = unjudged.iter().map(|(name, n)| format!("{name}（{n} 个）")).chain(unproved).collect();
    Ok(Some(format!("还有组成部分没有得分，不排名次，不能公布：{}。请评定或者补齐记录，再重新计算。", names.join("、"))))
}

/// The fingerprint of what is stored.
pub(super) async fn fingerprint_of<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<String> {
    let head = rows::head_of(connection, id).await?;
    Ok(ranking_fingerprint(&rows::ranking(connection, id).await?, &head.pack))
}
