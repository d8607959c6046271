//! The yearly list: the machine proposes with reasons, people answer, the county decides, the city acknowledges.

use assessment::weak_proposal;
use jiff::civil::Date;
use policy::{Capability, Pack, PlanLineKind, WeakList, WeakListMode};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::rows;
use crate::app::App;
use crate::case::{self, CaseFile, NewCase, NewItem, Variables};
use crate::evaluation;

/// One round of one county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub id: i64,
    pub plan_entry: i64,
    pub list_key: String,
    pub name: String,
    pub organisation: OrgId,
    /// The published result that the machine read; none where the conditions alone decide.
    pub evaluation: Option<i64>,
    pub period: String,
    /// Organisations of the list's kinds and fields under the county.
    pub n_base: i64,
    /// At least so many must be listed.
    pub n_floor: i64,
    pub case_id: i64,
    pub opened_on: Date,
}

/// An organisation that the machine proposed or people named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: i64,
    pub round: i64,
    pub organisation: OrgId,
    /// The machine's reasons in words; empty when people named it.
    pub reasons: Vec<String>,
    pub must_be_answered: bool,
    /// `None`: not answered yet.
    pub is_listed: Option<bool>,
    /// Keys of the stated conditions.
    pub conditions: Vec<String>,
    pub explanation: Option<String>,
    pub answered_by: Option<i64>,
    pub answered_on: Option<Date>,
}

/// What is answered about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub is_listed: bool,
    pub conditions: Vec<String>,
    pub explanation: String,
}

/// Opens the round of a filed plan line: proposals from the published evaluation of the list's scheme over the list's own
/// period.
///
/// # Errors
/// [`Refusal`] when the line is not the actor's, not open yet, used, or there is no published evaluation to start from.
pub async fn open_round(app: &App, tx: &mut Tx, actor: &Actor, plan_entry: i64) -> anyhow::Result<i64> {
    let pack = app.pack();
    let entry = evaluation::plan_entry(tx.connection(), plan_entry)
        .await?
        .filter(|entry| entry.kind == PlanLineKind::WeakList)
        .ok_or_else(|| Refusal("年度计划里没有这一项排查，请先报备。".to_owned()))?;
    let owns = actor.grants_with(Capability::ReviewWeakLists).any(|grant| grant.set.everything || grant.set.root == Some(entry.organisation));
    if !owns {
        return Err(Refusal("由县（市、区）委组织部组织排查。".to_owned()).into());
    }
    if tx.today() < entry.opens_on {
        return Err(Refusal(format!("按年度计划，{} 起才能开始排查。", entry.opens_on)).into());
    }
    if evaluation::round_of(tx.connection(), entry.organisation, &entry.of_key, entry.period).await?.is_some() {
        return Err(Refusal("这一项计划已经开始排查，请从列表进入。".to_owned()).into());
    }
    let rule = pack.weak_lists.get(&entry.of_key).ok_or_else(|| anyhow::anyhow!("no weak list {}", entry.of_key))?;
    let above = app
        .directory()
        .org(entry.organisation)
        .map(|org| (org.code.clone(), org.superiors.clone()))
        .ok_or_else(|| Refusal("没有找到组织排查的党委。".to_owned()))?;
    let mut offices = vec![entry.organisation];
    offices.extend(&above.1);
    let result_id = rows::published_over(tx.connection(), &rule.scheme, &offices, entry.period).await?.map(|result| result.id);
    if result_id.is_none() && rule.mode == WeakListMode::Ratio {
        let name = pack.scheme_in(&rule.scheme, entry.period.year).map_or(rule.scheme.clone(), |(_, scheme)| scheme.name.clone());
        return Err(Refusal(format!("还没有公布 {}的“{name}”结果，倒排要以公布的结果为准。", entry.period.label())).into());
    }
    // Where only the conditions decide (应整尽整), the offices name whom they know; a published result helps them where there is one.
    let result = match result_id {
        Some(id) => Some(evaluation::result(tx.connection(), id).await?),
        None => None,
    };
    let subjects = app.figures().subjects(app, tx.today()).await?;
    let units = weak_proposal(rule, result.as_ref(), &subjects);
    let unit = units.into_iter().find(|unit| unit.code == above.0).ok_or_else(|| Refusal("本县没有这份名单范围内的党组织。".to_owned()))?;
    let id = tx.next_id().await?;
    let name = format!("{}（{}）", rule.name, entry.period.label());
    let case_id = case::open(
        app,
        tx,
        NewCase {
            procedure: rule.approval.clone(),
            subject_kind: "weak_list",
            subject_id: id,
            organisation: entry.organisation,
            issuer: None,
            title: name.clone(),
            due_on: None,
            items: Vec::new(),
        },
    )
    .await?;
    let round = Round {
        id,
        plan_entry,
        list_key: entry.of_key.clone(),
        name,
        organisation: entry.organisation,
        evaluation: result_id,
        period: entry.period.to_string(),
        n_base: i64::try_from(unit.base)?,
        n_floor: i64::try_from(unit.floor)?,
        case_id,
        opened_on: tx.today(),
    };
    rows::insert_round(tx, &round).await?;
    let proposed = unit.proposals.into_iter().map(|p| {
        let conditions = p
            .reasons
            .iter()
            .filter_map(|reason| if let assessment::WeakReason::Condition { key, .. } = reason { Some(key.clone()) } else { None })
            .collect();
        (p.org, p.reasons.iter().map(assessment::WeakReason::label).collect(), p.must_be_answered, conditions)
    });
    rows::insert_candidates(tx, id, proposed.collect()).await?;
    tx.record("weak_list.open", "weak_round", id, Some(entry.organisation), json!({ "floor": round.n_floor, "base": round.n_base }));
    tx.changed("weak_round", id, Some(entry.organisation));
    Ok(id)
}

/// Names an organisation that the machine did not propose.
///
/// # Errors
/// [`Refusal`] when it is out of reach or not of the list's base.
pub async fn add_candidate(app: &App, tx: &mut Tx, actor: &Actor, round: &Round, organisation: OrgId) -> anyhow::Result<i64> {
    let pack = app.pack();
    let scope = actor.scope(Capability::ProposeWeakLists).union(actor.scope(Capability::ReviewWeakLists));
    let fits = {
        let directory = app.directory();
        let rule = pack.weak_lists.get(&round.list_key);
        directory.visible(&scope, organisation).is_some_and(|org| {
            rule.is_some_and(|r| r.kinds.contains(&org.kind) && r.fields.contains(&org.field)) && org.superiors.contains(&round.organisation)
        })
    };
    if !fits {
        return Err(Refusal("没有找到这个党组织，或者它不在这份名单的范围里。".to_owned()).into());
    }
    if rows::candidates_of(tx.connection(), round.id).await?.iter().any(|c| c.organisation == organisation) {
        return Err(Refusal("它已经在排查范围里，请直接填写意见。".to_owned()).into());
    }
    rows::insert_candidates(tx, round.id, vec![(organisation, Vec::new(), true, Vec::new())]).await?;
    tx.record("weak_list.add", "weak_round", round.id, Some(organisation), json!(null));
    tx.changed("weak_round", round.id, Some(organisation));
    Ok(organisation)
}

/// Whether somebody may answer for a candidate at the present stage.
///
/// # Errors
/// [`Refusal`] when it is not this stage's to answer, or out of reach.
pub fn may_answer(app: &App, actor: &Actor, case: &case::CaseFile, candidate: &Candidate) -> Result<(), Refusal> {
    let capability = match case.stage.as_str() {
        "self_check" => Capability::ProposeWeakLists,
        "county_review" => Capability::ReviewWeakLists,
        _ => return Err(Refusal("名单已经提请研究，不能再改意见；要改请先退回。".to_owned())),
    };
    let scope = actor.scope(capability).union(actor.scope(Capability::ReviewWeakLists));
    if !app.directory().is_visible(&scope, candidate.organisation) {
        return Err(Refusal("这一步由乡镇（街道）自查、县（市、区）联审，您的岗位不能填写。".to_owned()));
    }
    Ok(())
}

/// Answers whether a candidate is to be listed: by which conditions, or why not. By the township at its self-check, by the
/// county at its review.
///
/// # Errors
/// [`Refusal`] when it is not this stage's to answer, or nothing is stated.
pub async fn answer(app: &App, tx: &mut Tx, actor: &Actor, round: &Round, candidate: &Candidate, given: Answer) -> anyhow::Result<()> {
    let pack = app.pack();
    let case = case::find(tx.connection(), round.case_id).await?.ok_or_else(|| Refusal("没有找到这份名单。".to_owned()))?;
    may_answer(app, actor, &case, candidate)?;
    let known =
        pack.weak_lists.get(&round.list_key).map(|rule| rule.conditions.iter().map(|c| c.key.clone()).collect::<Vec<_>>()).unwrap_or_default();
    if given.conditions.iter().any(|key| !known.contains(key)) {
        return Err(Refusal("情形请从列表中选。".to_owned()).into());
    }
    if given.explanation.trim().is_empty() {
        let what = if given.is_listed { "列入的事实" } else { "不列入的理由" };
        return Err(Refusal(format!("请写明{what}。")).into());
    }
    if !given.is_listed && !given.conditions.is_empty() {
        return Err(Refusal("有五种情形之一的一律列入；确实没有的，请不要勾选情形。".to_owned()).into());
    }
    rows::answer(tx, candidate.id, &given).await?;
    tx.record("weak_list.answer", "weak_candidate", candidate.id, Some(candidate.organisation), json!({ "listed": given.is_listed }));
    tx.changed("weak_round", round.id, Some(candidate.organisation));
    Ok(())
}

/// What the list's conditions speak of: how many are listed, the floor, how many are unanswered; and which bodies review it.
#[must_use]
pub fn variables_of(candidates: &[Candidate], round: &Round, pack: &Pack) -> Variables {
    let count = |test: fn(&Candidate) -> bool| i64::try_from(candidates.iter().filter(|c| test(c)).count()).unwrap_or(i64::MAX);
    Variables::default()
        .with("n_listed", count(|c| c.is_listed == Some(true)))
        .with("n_unanswered", count(|c| c.is_listed.is_none()))
        .with("floor", round.n_floor)
        .choosing("body", pack.weak_lists.get(&round.list_key).map(|rule| rule.review_bodies.clone()).unwrap_or_default())
}

/// Once the city has acknowledged, every listed organisation gets its case, with the conditions it was listed by. One that
/// is being put right already, or watched, keeps its case: the conditions are added there.
pub(super) async fn open_rectifications(app: &App, tx: &mut Tx, round_id: i64) -> anyhow::Result<()> {
    let pack = app.pack();
    let round = rows::find_round(tx.connection(), round_id).await?.ok_or_else(|| anyhow::anyhow!("no round {round_id}"))?;
    let rule = pack.weak_lists.get(&round.list_key).ok_or_else(|| anyhow::anyhow!("no weak list {}", round.list_key))?;
    for candidate in rows::candidates_of(tx.connection(), round_id).await?.into_iter().filter(|c| c.is_listed == Some(true)) {
        let items = conditions_of(rule, &candidate);
        let known = case::cases_of(tx.connection(), "organisation", candidate.organisation).await?;
        if let Some(open) = known.iter().rev().find(|case| case.procedure == rule.rectification && case.closed_at.is_none()) {
            add_conditions(tx, open, items, &round).await?;
            continue;
        }
        let name = app.directory().name_of(candidate.organisation).to_owned();
        case::open(
            app,
            tx,
            NewCase {
                procedure: rule.rectification.clone(),
                subject_kind: "organisation",
                subject_id: candidate.organisation,
                organisation: candidate.organisation,
                issuer: Some(round.organisation),
                title: format!("{name}整顿"),
                due_on: None,
                items: items.into_iter().map(|(_, item)| item).collect(),
            },
        )
        .await?;
    }
    Ok(())
}

/// What a listed organisation has to put right: the stated conditions with the written facts, by name; where it was listed
/// without one, the facts. Never the place it had in an order: that cannot be put right.
fn conditions_of(rule: &WeakList, candidate: &Candidate) -> Vec<(String, NewItem)> {
    let facts = candidate.explanation.clone().unwrap_or_default();
    let item = |text: String| NewItem { kind: "condition".to_owned(), text, owner: None, due_on: None };
    let stated: Vec<(String, NewItem)> = candidate
        .conditions
        .iter()
        .filter_map(|key| rule.conditions.iter().find(|c| c.key == *key))
        .map(|condition| (condition.name.clone(), item(format!("{}：{facts}", condition.name))))
        .collect();
    if stated.is_empty() { vec![(facts.clone(), item(facts))] } else { stated }
}

/// Adds to an open case what it does not say yet, and tells the organisation.
async fn add_conditions(tx: &mut Tx, open: &CaseFile, items: Vec<(String, NewItem)>, round: &Round) -> anyhow::Result<()> {
    tx.lock("case_file", open.id).await?;
    let known = case::items_of(tx.connection(), open.id).await?;
    let is_known = |name: &str| known.iter().any(|item| item.kind == "condition" && item.closed_in.is_none() && item.text.starts_with(name));
    let new: Vec<NewItem> = items.into_iter().filter(|(name, _)| !is_known(name)).map(|(_, item)| item).collect();
    let n = new.len();
    rows::add_items(tx, open.id, new).await?;
    tx.record("weak_list.act", "case_file", open.id, Some(open.organisation), json!({ "round": round.id, "conditions": n }));
    tx.changed("case", open.id, Some(open.organisation));
    let text = format!("“{}”又列入了本组织，{n} 种新的情形并入正在办理的整顿，不另开一件。", round.name);
    crate::notice::send(tx, crate::notice::To::Organisation(open.organisation), "case", &text, &format!("/rectifications/{}", open.id)).await?;
    Ok(())
}
