//! Publishing a result: the acts of the pack's procedure, what they cause, and why it may not be done yet.

use std::collections::{BTreeMap, HashMap};

use policy::{Capability, Effect};
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::entities::notice;
use store::{Actor, OrgId, Refusal, Tx, insert_all};

use super::brief::briefs;
use super::rows::StoredEvaluation;
use super::{consequence, ranking, review, rows};
use crate::app::App;
use crate::case::{self, CaseAtWork, Done, Variables};

/// Does one step of a publication and what follows from it.
///
/// # Errors
/// [`Refusal`] as the procedure says, or when the result may not be published.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("evaluation", id).await?;
    let kept = rows::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    let fields = signed(app, actor, fields);
    let case_id = kept.case_id.unwrap_or_default();
    let work = CaseAtWork::read_in(app, tx.connection(), case_id).await?.ok_or_else(|| Refusal("没有找到这次评定的公布。".to_owned()))?;
    let variables = variables(app, tx.connection(), actor, &kept, &work).await?;
    let done = case::act(app, tx, actor, case_id, action, &fields, &variables).await?;
    carry_out(app, tx, actor, id, &done).await?;
    Ok(done)
}

/// What the conditions of a publication ask about beside its own items: reviews that still wait, of all and of the actor's own, consequences that are neither
/// done nor waived. Only a procedure that begins them asks.
pub(super) async fn variables<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    actor: &Actor,
    kept: &StoredEvaluation,
    work: &CaseAtWork,
) -> anyhow::Result<Variables> {
    let causes = |effect: Effect| {
        work.procedure().is_some_and(|it| it.stages.iter().flat_map(|stage| &stage.actions).any(|action| action.effects.contains(&effect)))
    };
    let mut variables = Variables::default();
    if causes(Effect::EvaluationOpenReviews) {
        let open = review::open_ones(app, connection, kept.id).await?;
        let n_own = i64::try_from(review::n_below(app, actor, &open))?;
        let directory = app.directory();
        let missing = open.iter().map(|id| (id.to_string(), format!("{}（没有考评完）", directory.name_of(*id)))).collect();
        variables = variables.with("n_reviews_open", i64::try_from(open.len())?).with("own_reviews_open", n_own).missing(missing);
    }
    if causes(Effect::EvaluationAcknowledge) {
        let pack = app.policies_of(&kept.pack_version).await?;
        variables = variables.with("n_consequences_open", consequence::n_open(connection, &pack, kept).await?);
    }
    Ok(variables)
}

/// Objections carry the name and code of the organisation that makes them.
fn signed(app: &App, actor: &Actor, fields: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut fields = fields.clone();
    let Some(rows) = fields.get("objections.text").map(Vec::len) else { return fields };
    let root = actor.grants_with(Capability::ObjectToEvaluations).find_map(|grant| grant.set.root);
    let name = root.and_then(|root| app.directory().org(root).map(|org| format!("{}（{}）", org.name, org.code)));
    if let Some(name) = name {
        let texts = fields["objections.text"].clone();
        fields.insert(
            "objections.owner".to_owned(),
            (0..rows).map(|i| if texts[i].trim().is_empty() { String::new() } else { name.clone() }).collect(),
        );
    }
    fields
}

/// Why a result may not be published, if so: a demo scheme, or organisations that lack evidence.
///
/// # Errors
/// When the stored result cannot be read.
pub async fn why_not_publish(app: &App, tx: &Tx, id: i64) -> anyhow::Result<Option<String>> {
    let kept = rows::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    if kept.is_example && !app.settings().is_demo {
        return Ok(Some("这是示例方案，里面的分值是编的，不能公布。请先在本市制度包里写明依据。".to_owned()));
    }
    if kept.kind == ranking::KIND {
        return ranking::why_not_publish(tx.connection(), id).await;
    }
    let head = rows::result_head(tx.connection(), id).await?;
    let rows = briefs(tx.connection(), id).await?;
    let names: Vec<&str> = head.items.iter().map(|item| item.name.as_str()).collect();
    Ok(lack_of_evidence(&rows, &names))
}

/// So many of the items that lack evidence are named; the others are counted.
const NAMED: usize = 5;

/// The sentence about rows that keep a result from being published.
pub(super) fn lack_of_evidence(rows: &[super::Brief], names: &[&str]) -> Option<String> {
    let waiting: Vec<&super::Brief> = rows.iter().filter(|row| row.keeps_from_publishing()).collect();
    if waiting.is_empty() {
        return None;
    }
    let n_unrated = waiting.iter().filter(|row| row.is_unrated()).count();
    let lacking = items_lacking(&waiting, names);
    let rest = if lacking.len() > NAMED { format!("等 {} 项", lacking.len()) } else { String::new() };
    let items: Vec<String> = lacking.into_iter().take(NAMED).map(|(name, n)| format!("{name}（{n} 个）")).collect();
    let unrated = if n_unrated > 0 { format!("，其中 {n_unrated} 个暂不评定") } else { String::new() };
    Some(format!(
        "还有 {} 个党组织依据不足{unrated}，不能公布。缺的是：{}{rest}。请补录、评定或写明理由免评，再重新计算。",
        waiting.len(),
        items.join("、")
    ))
}

/// Items by how many organisations lack them, most first.
fn items_lacking<'a>(rows: &[&super::Brief], names: &[&'a str]) -> Vec<(&'a str, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        for item in &row.lacking {
            if let Some(name) = names.get(usize::from(*item)) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    let mut items: Vec<(&str, usize)> = counts.into_iter().collect();
    items.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    items
}

/// Carries out what an act of the publication causes, in the act's own transaction.
///
/// # Errors
/// [`Refusal`] when it may not be published.
pub async fn carry_out(app: &App, tx: &mut Tx, actor: &Actor, id: i64, done: &Done) -> anyhow::Result<()> {
    for effect in &done.effects {
        match effect {
            Effect::EvaluationPublish => {
                if let Some(sentence) = why_not_publish(app, tx, id).await? {
                    return Err(Refusal(sentence).into());
                }
                rows::publish(tx, id).await?;
                tx.record("evaluation.publish", "evaluation", id, None, json!(null));
            }
            Effect::EvaluationFreeze => freeze(tx, id).await?,
            Effect::NoticeSuperior => tell_superior(app, tx, id, done).await?,
            Effect::EvaluationOpenReviews => review::open_all(app, tx, &kept_in(tx, id).await?).await?,
            Effect::EvaluationAcknowledge => {
                let kept = kept_in(tx, id).await?;
                review::close_all(app, tx, actor, &kept).await?;
                consequence::draw(app, tx, &kept).await?;
            }
            _ => {}
        }
    }
    tell_concerned(app, tx, id, done).await?;
    tx.changed("evaluation", id, None);
    Ok(())
}

async fn kept_in(tx: &Tx, id: i64) -> anyhow::Result<StoredEvaluation> {
    rows::find(tx.connection(), id).await?.ok_or_else(|| anyhow::anyhow!("no evaluation {id}"))
}

/// Those concerned are told when the draft goes out to them and when the result is published: the branches of a rating,
/// the units of a ranking. The message says that there is a result, never what it is.
async fn tell_concerned(app: &App, tx: &mut Tx, id: i64, done: &Done) -> anyhow::Result<()> {
    let kept = kept_in(tx, id).await?;
    let work = case::CaseAtWork::read_in(app, tx.connection(), kept.case_id.unwrap_or_default()).await?;
    let first = work.as_ref().and_then(|work| work.procedure()?.stages.first());
    let left_draft =
        work.as_ref().zip(first).is_some_and(|(work, first)| work.acts.last().is_some_and(|act| act.id == done.act_id && act.stage == first.key));
    let text = match (left_draft && done.to.is_some(), done.effects.contains(&Effect::EvaluationPublish)) {
        (_, true) => format!("{}已经公布，可以看本组织的得分和依据。", kept.name),
        (true, _) if done.effects.contains(&Effect::EvaluationOpenReviews) => {
            format!("{}开始自评：已按记录逐项算出，不一致的写自评分和依据。", kept.name)
        }
        (true, _) => format!("{}征求意见稿已经发出，请核对本组织的得分和依据，有意见的在征求意见期内提出。", kept.name),
        _ => return Ok(()),
    };
    let is_ranking = kept.kind == ranking::KIND;
    let concerned: Vec<OrgId> = if is_ranking {
        ranking::unit_briefs(tx.connection(), id).await?.into_iter().map(|unit| unit.org).collect()
    } else {
        briefs(tx.connection(), id).await?.into_iter().map(|row| row.org).collect()
    };
    let base = if is_ranking { "rankings" } else { "evaluations" };
    let ids = tx.next_ids(concerned.len()).await?;
    let models = concerned.into_iter().zip(&ids).map(|(org, notice_id)| notice::ActiveModel {
        id: Set(*notice_id),
        person_id: Set(None),
        organisation_id: Set(Some(org)),
        kind: Set(kept.kind.clone()),
        text: Set(text.clone()),
        href: Set(format!("/{base}/{id}/organisations/{org}")),
        created_at: Set(tx.at_text()),
        done_at: Set(None),
    });
    insert_all::<notice::Entity, _, _>(tx.connection(), models.collect()).await?;
    if let Some(first) = ids.first() {
        tx.changed("notice", *first, None);
    }
    Ok(())
}

/// The superior of the organising office is told that a result was published, or filed.
async fn tell_superior(app: &App, tx: &mut Tx, id: i64, done: &Done) -> anyhow::Result<()> {
    let kept = kept_in(tx, id).await?;
    let is_published = done.effects.contains(&Effect::EvaluationPublish);
    let text = if is_published { format!("{}已经公布。", kept.name) } else { format!("{}已报备案，请确认收到。", kept.name) };
    let Some(superior) = app.directory().org(kept.organisation).and_then(|org| org.parent) else { return Ok(()) };
    let base = if kept.kind == ranking::KIND { "rankings" } else { "evaluations" };
    crate::notice::send(tx, crate::notice::To::Organisation(superior), &kept.kind, &text, &format!("/{base}/{id}")).await?;
    Ok(())
}

/// What is stored must still be what was signed.
async fn freeze(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    let kept = kept_in(tx, id).await?;
    let of_rows = if kept.kind == ranking::KIND {
        ranking::fingerprint_of(tx.connection(), id).await?
    } else {
        assessment::fingerprint(&rows::result(tx.connection(), id).await?)
    };
    anyhow::ensure!(of_rows == kept.fingerprint, "the stored result {id} does not match its fingerprint");
    Ok(())
}
