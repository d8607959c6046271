//! Reviews (考评): each rated organisation looks at its own points, its superior listens, checks, looks and judges; what differs is
//! explained, what is lacking gets a measure. The ledger closes when the filing of the whole result is acknowledged.

use std::collections::{BTreeMap, HashMap, HashSet};

use assessment::{Evaluation, Row};
use policy::{Capability, Effect, FormFieldKind};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::brief::briefs;
use super::rows::{self, StoredEvaluation};
use crate::app::App;
use crate::case::{self, Act, CaseAtWork, CaseFile, Done, Exempt, NewCase, ScoreLine, Variables};

/// Procedure of the pack that a review goes through, and what its cases are about.
pub const REVIEW: &str = "star_review";

/// Opens a review for every organisation of a result that has none yet.
pub(super) async fn open_all(app: &App, tx: &mut Tx, evaluation: &StoredEvaluation) -> anyhow::Result<()> {
    let begun: HashSet<OrgId> = case::cases_of(tx.connection(), REVIEW, evaluation.id).await?.into_iter().map(|case| case.organisation).collect();
    let new = briefs(tx.connection(), evaluation.id).await?.into_iter().filter(|row| !begun.contains(&row.org)).map(|row| NewCase {
        procedure: REVIEW.to_owned(),
        subject_kind: REVIEW,
        subject_id: evaluation.id,
        organisation: row.org,
        issuer: Some(evaluation.organisation),
        title: format!("{}：{}", row.name, evaluation.name),
        due_on: None,
        items: Vec::new(),
    });
    case::open_all(app, tx, new.collect()).await?;
    Ok(())
}

/// Whose review still waits for the visit of the superior.
pub(super) async fn open_ones<C: ConnectionTrait>(app: &App, connection: &C, evaluation: i64) -> anyhow::Result<Vec<OrgId>> {
    let cases = case::cases_of(connection, REVIEW, evaluation).await?;
    let pack = app.pack();
    let reviewed = reviewed_from(&pack);
    let is_open = |case: &&CaseFile| stage_number(&pack, &case.stage).is_some_and(|at| at < reviewed);
    Ok(cases.iter().filter(is_open).map(|case| case.organisation).collect())
}

/// How many of these stand below the offices for which somebody judges.
pub(super) fn n_below(app: &App, actor: &Actor, open: &[OrgId]) -> usize {
    let offices: Vec<OrgId> = actor.grants_with(Capability::JudgeItems).filter_map(|grant| grant.set.root).collect();
    let directory = app.directory();
    let is_own = |id: &&OrgId| directory.org(**id).is_some_and(|org| org.superiors.iter().any(|above| offices.contains(above)));
    open.iter().filter(is_own).count()
}

/// Who was made public without having been reviewed or without having confirmed, with the reason; nobody while it is a draft again.
pub(super) fn exempted(work: &CaseAtWork) -> Vec<Exempt> {
    let first = work.procedure().and_then(|procedure| procedure.stages.first()).map(|stage| &stage.key);
    let since_draft = work.acts.iter().rev().take_while(|act| act.to_stage.as_ref() != first);
    let asks = |act: &&Act| work.action(&act.action).is_some_and(|action| action.fields.iter().any(|field| field.kind == FormFieldKind::Exemptions));
    since_draft.into_iter().find(asks).map(|act| case::exemptions(&act.fields)).unwrap_or_default()
}

/// The number of the first stage that comes after the differences were explained.
fn reviewed_from(pack: &policy::Pack) -> usize {
    let stages = pack.procedures.get(REVIEW).map(|procedure| procedure.stages.as_slice()).unwrap_or_default();
    let explains =
        |stage: &policy::Stage| stage.actions.iter().any(|action| action.fields.iter().any(|field| field.kind == FormFieldKind::Differences));
    stages.iter().position(explains).map_or(0, |at| at + 1)
}

fn stage_number(pack: &policy::Pack, key: &str) -> Option<usize> {
    pack.procedures.get(REVIEW)?.stages.iter().position(|stage| stage.key == key)
}

/// The review of one organisation; `None`: there is none.
pub(super) async fn find(app: &App, evaluation: i64, organisation: OrgId) -> anyhow::Result<Option<CaseAtWork>> {
    let sql = "select c.id from case_file c where c.procedure = $3 and c.subject_kind = $3 and c.subject_id = $1 and c.organisation_id = $2";
    let rows = query(app.store().reader(), sql, [evaluation.into(), organisation.into(), REVIEW.into()]).await?;
    match rows.first() {
        Some(row) => CaseAtWork::read(app, row.try_get_by_index(0)?).await,
        None => Ok(None),
    }
}

/// What the conditions and forms of a review ask about: every item that counts, what was counted, what the organisation gave
/// itself last; and whether the filing of the whole is acknowledged.
pub(super) async fn variables(app: &App, evaluation: &StoredEvaluation, work: &CaseAtWork) -> anyhow::Result<Variables> {
    variables_in(app, app.store().reader(), evaluation, work.case.organisation, &work.acts).await
}

async fn variables_in<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    evaluation: &StoredEvaluation,
    organisation: OrgId,
    acts: &[Act],
) -> anyhow::Result<Variables> {
    let result = rows::result_of(connection, evaluation.id, &[organisation]).await?;
    let lines = result.rows.first().map(|row| lines(&result, row, acts)).unwrap_or_default();
    let is_filed = is_filed(app, connection, evaluation).await?;
    Ok(Variables::default().with("is_filed", i64::from(is_filed)).scored(lines))
}

/// Whether the upper level has acknowledged the filing of the whole result, and did not take it back.
pub(super) async fn is_filed<C: ConnectionTrait>(app: &App, connection: &C, evaluation: &StoredEvaluation) -> anyhow::Result<bool> {
    let work = CaseAtWork::read_in(app, connection, evaluation.case_id.unwrap_or_default()).await?;
    Ok(work.is_some_and(|work| is_acknowledged(&work)))
}

/// Whether a case has passed the step that acknowledges the filing.
pub(super) fn is_acknowledged(work: &CaseAtWork) -> bool {
    let last = work.acts.iter().rev().find(|act| act.to_stage.is_some() && work.action(&act.action).is_some_and(|it| !it.effects.is_empty()));
    last.and_then(|act| work.action(&act.action)).is_some_and(|action| action.effects.contains(&Effect::EvaluationAcknowledge))
}

/// Every item that counts for an organisation, beside what it gave itself last.
pub(super) fn lines(result: &Evaluation, row: &Row, acts: &[Act]) -> Vec<ScoreLine> {
    let own = last_own(acts);
    let line = |item: &assessment::ItemResult| {
        let definition = result.definition(item);
        let found = assessment::explain(result, row, item).sentences;
        Some(ScoreLine {
            item: definition.key.clone(),
            name: definition.name.clone(),
            section: definition.section.clone(),
            weight: item.due.max(item.points?),
            counted: item.points?,
            basis: found.into_iter().nth(1).unwrap_or_default(),
            own: own.get(&definition.key).cloned(),
        })
    };
    row.items.iter().filter_map(line).collect()
}

/// What an organisation gave itself last, by item.
pub(super) fn last_own(acts: &[Act]) -> BTreeMap<String, (policy::Ratio, String)> {
    acts.iter().rev().map(|act| case::own_scores(&act.fields)).find(|own| !own.is_empty()).unwrap_or_default()
}

/// Why what differs was held as it is, by item; from the last visit.
pub(super) fn last_reasons(acts: &[Act]) -> BTreeMap<String, String> {
    acts.iter().rev().map(|act| case::reasons(&act.fields)).find(|reasons| !reasons.is_empty()).unwrap_or_default()
}

/// Does one step of a review.
///
/// # Errors
/// [`Refusal`] as the procedure says.
pub async fn act(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    evaluation: &StoredEvaluation,
    case_id: i64,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    let found = case::find(tx.connection(), case_id).await?.filter(|case| case.subject_kind == REVIEW && case.subject_id == evaluation.id);
    let found = found.ok_or_else(|| Refusal("没有找到这次考评。".to_owned()))?;
    let acts = case::acts_of(tx.connection(), case_id).await?;
    let variables = variables_in(app, tx.connection(), evaluation, found.organisation, &acts).await?;
    let done = case::act(app, tx, actor, case_id, action, fields, &variables).await?;
    tx.changed("evaluation", evaluation.id, Some(found.organisation));
    Ok(done)
}

/// The filing is acknowledged: what has no open measure any more goes into the ledger and closes.
pub(super) async fn close_all(app: &App, tx: &mut Tx, actor: &Actor, evaluation: &StoredEvaluation) -> anyhow::Result<()> {
    let cases = case::cases_of(tx.connection(), REVIEW, evaluation.id).await?;
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let mut open: HashMap<i64, usize> = HashMap::new();
    for item in case::items_of_all(tx.connection(), &ids).await?.iter().filter(|item| item.closed_in.is_none()) {
        *open.entry(item.case_id).or_default() += 1;
    }
    let pack = app.pack();
    let reviewed = reviewed_from(&pack);
    let is_done = |case: &&CaseFile| {
        case.closed_at.is_none() && !open.contains_key(&case.id) && stage_number(&pack, &case.stage).is_some_and(|at| at >= reviewed)
    };
    let done: Vec<&CaseFile> = cases.iter().filter(is_done).collect();
    case::close_all(app, tx, actor, &done).await?;
    tx.record("evaluation.close_reviews", "evaluation", evaluation.id, Some(evaluation.organisation), json!({ "n": done.len() }));
    Ok(())
}
