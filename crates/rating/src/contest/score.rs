//! Judges: named from outside the units that take part, scoring once, absent only with a reason.

use std::collections::BTreeMap;

use policy::Capability;
use serde_json::json;
use store::{Actor, OrgId, PersonId, Refusal, Tx, query};

use super::model::{Entry, Round, Score, is_partial};
use super::{ENTERING, SCORING, SUBJECT, rows, rule, see};
use crate::app::App;
use crate::notice::{self, To};

/// The kind of notice to judges.
pub(super) const ASKED: &str = "contest.judge";

/// A round of the actor's own office; never one in which he takes part or judges, whatever other post he has.
pub(super) async fn held(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<Round> {
    let round = rows::round(tx.connection(), id).await?.filter(|it| see::stands_at(actor, Capability::HoldContests, it.organisation));
    let round = round.ok_or_else(|| Refusal("没有找到这次比武。".to_owned()))?;
    if rows::entries_of(tx.connection(), id).await?.iter().any(|it| see::is_entrant(actor, it)) {
        return Err(Refusal("您或者您的单位参加这次比武，不能由您办理，请由本单位别的同志办理。".to_owned()).into());
    }
    if actor.person_id.is_some() && rows::judges_of(tx.connection(), id).await?.iter().any(|it| Some(it.person) == actor.person_id) {
        return Err(Refusal("您是这次比武的评委，不能由您办理，请由本单位别的同志办理。".to_owned()).into());
    }
    Ok(round)
}

/// Where somebody's posts stand, each with what is above it; and the posts in words.
async fn places_of(app: &App, tx: &Tx, person: PersonId, name: &str) -> anyhow::Result<(Vec<(OrgId, Vec<OrgId>)>, String)> {
    let actor = frame::account::actor(app, person, name.to_owned(), tx.today()).await?;
    let directory = app.directory();
    let places = actor.grants.iter().flat_map(|grant| grant.set.root.into_iter().chain(grant.set.named.iter().copied()));
    let places = places.map(|id| (id, directory.org(id).map(|org| org.superiors.clone()).unwrap_or_default())).collect();
    Ok((places, actor.post_line()))
}

/// Those who take part and from whose side a judge comes.
fn sided_with(app: &App, round: &Round, entries: &[Entry], places: &[(OrgId, Vec<OrgId>)]) -> Option<OrgId> {
    let directory = app.directory();
    let is_of = |it: &&Entry| {
        let Some(org) = directory.org(it.organisation) else { return false };
        let above = org.superiors.iter().copied().take_while(|id| *id != round.organisation);
        let line: Vec<OrgId> = std::iter::once(org.id).chain(above).collect();
        is_partial(places, org.id, &line)
    };
    entries.iter().find(is_of).map(|it| it.organisation)
}

fn partial(app: &App, name: &str, unit: OrgId) -> Refusal {
    Refusal(format!("{name}的岗位在参赛单位{}，或者在它的上下级，不能当评委，请另请一位。", app.directory().name_of(unit)))
}

/// Names the judges of a round by sign-in name, in the place of those named before; once scoring began, further ones beside them.
///
/// # Errors
/// [`Refusal`] of anybody but the office, after scoring, for names that are no accounts, of whoever takes part or runs the round, or of
/// a judge from an entrant's side.
pub async fn name_judges(app: &App, tx: &mut Tx, actor: &Actor, id: i64, logins: &[String]) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("contest_round", id).await?;
    let round = held(tx, actor, id).await?;
    if round.stage != ENTERING && round.stage != SCORING {
        return refuse("评分已经结束，评委不再改动。".to_owned());
    }
    let entries = rows::entries_of(tx.connection(), id).await?;
    // What was scored stays: those who were named then stay named, and are absent only with a reason.
    let is_begun = round.stage == SCORING || !rows::scores_of(tx.connection(), id).await?.is_empty();
    let before = if is_begun { rows::judges_of(tx.connection(), id).await? } else { Vec::new() };
    let mut judges: BTreeMap<PersonId, String> = BTreeMap::new();
    for login in logins.iter().map(|login| login.trim()).filter(|login| !login.is_empty()) {
        let found = query(tx.connection(), "select id, name from person where login = $1 and disabled_at is null", [login.into()]).await?;
        let Some(row) = found.first() else { return refuse(format!("没有这个登录名：{login}。请核对，一行一个。")) };
        let (person, name): (PersonId, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if before.iter().any(|judge| judge.person == person) {
            continue;
        }
        if actor.person_id == Some(person) {
            return refuse(format!("{name}办理这次比武，不能又当评委，请另请一位。"));
        }
        if entries.iter().any(|it| it.entered_by == Some(person)) {
            return refuse(format!("{name}自己参赛，不能当评委，请另请一位。"));
        }
        let (places, posts) = places_of(app, tx, person, &name).await?;
        if let Some(unit) = sided_with(app, &round, &entries, &places) {
            return Err(partial(app, &name, unit).into());
        }
        judges.insert(person, posts);
    }
    if judges.is_empty() {
        let again = "已经开始评分，原来的评委不再改动，不能来的请登记缺席；要补请的请写他的登录名，一行一个。";
        return refuse(if is_begun { again } else { "请写评委，一行一个登录名。" }.to_owned());
    }
    if !is_begun {
        rows::clear_judges(tx, id).await?;
    }
    let added: Vec<PersonId> = judges.keys().copied().collect();
    rows::add_judges(tx, id, judges.into_iter().collect()).await?;
    if round.stage == SCORING {
        ask(tx, &round, &added).await?;
    }
    tx.record("contest.judges", "contest_round", id, Some(round.organisation), json!(null));
    tx.changed(SUBJECT, id, Some(round.organisation));
    Ok(())
}

/// Asks once more, before scoring, that no judge comes from the side of whoever entered since.
pub(super) async fn check_judges(app: &App, tx: &Tx, round: &Round) -> anyhow::Result<()> {
    let entries = rows::entries_of(tx.connection(), round.id).await?;
    for judge in rows::judges_of(tx.connection(), round.id).await? {
        let (places, _) = places_of(app, tx, judge.person, &judge.name).await?;
        if let Some(unit) = sided_with(app, round, &entries, &places) {
            return Err(partial(app, &judge.name, unit).into());
        }
    }
    Ok(())
}

/// Asks the judges of a round to score.
pub(super) async fn ask_judges(tx: &mut Tx, round: &Round) -> anyhow::Result<()> {
    let judges = rows::judges_of(tx.connection(), round.id).await?;
    let present: Vec<PersonId> = judges.iter().filter(|judge| !judge.is_absent()).map(|judge| judge.person).collect();
    ask(tx, round, &present).await
}

async fn ask(tx: &mut Tx, round: &Round, persons: &[PersonId]) -> anyhow::Result<()> {
    for person in persons {
        let text = format!("请为“{}”评分", round.title);
        notice::send(tx, To::Person(*person), ASKED, &text, &format!("{}/score", round.address())).await?;
    }
    Ok(())
}

/// Puts down that a judge does not score, and why: nothing that he gave counts, so that all are scored by the same judges.
///
/// # Errors
/// [`Refusal`] of anybody but the office, outside scoring, without a reason, or of a judge who has scored all.
pub async fn mark_absent(_app: &App, tx: &mut Tx, actor: &Actor, round: i64, judge: i64, reason: &str) -> anyhow::Result<()> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    tx.lock("contest_round", round).await?;
    let round = held(tx, actor, round).await?;
    let judges = rows::judges_of(tx.connection(), round.id).await?;
    let Some(judge) = judges.iter().find(|it| it.id == judge) else { return refuse("没有找到这位评委。") };
    if round.stage != SCORING {
        return refuse("评分开始以后、结束以前可以登记缺席。");
    }
    if reason.trim().is_empty() {
        return refuse("请写明为什么缺席。");
    }
    let n_scored = rows::scores_of(tx.connection(), round.id).await?.iter().filter(|score| score.judge == judge.id).count();
    if n_scored == rows::entries_of(tx.connection(), round.id).await?.len() {
        return refuse("这位评委已经全部评完，不能登记缺席。");
    }
    rows::set_absent(tx, judge.id, reason.trim()).await?;
    tx.record("contest.absent", "contest_round", round.id, Some(round.organisation), json!({ "judge": judge.person }));
    tx.changed(SUBJECT, round.id, Some(round.organisation));
    notice::settle(tx, To::Person(judge.person), ASKED, &format!("{}/score", round.address())).await?;
    Ok(())
}

/// What a judge gives one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    pub entry: i64,
    pub points: i64,
    pub remark: String,
}

/// Writes scores down, once each.
///
/// # Errors
/// [`Refusal`] of anybody but a judge of the round, outside scoring, off the scale, or of a score that was given already.
pub async fn score(app: &App, tx: &mut Tx, actor: &Actor, id: i64, given: &[Given]) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    // Two browsers of one judge wait for each other here.
    tx.lock("contest_round", id).await?;
    let not_found = || Refusal("没有找到要您评分的比武。".to_owned());
    let round = rows::round(tx.connection(), id).await?.ok_or_else(not_found)?;
    let judges = rows::judges_of(tx.connection(), id).await?;
    let judge = judges.iter().find(|it| Some(it.person) == actor.person_id).ok_or_else(not_found)?;
    if round.stage != SCORING {
        return refuse("现在不能评分：还没有开始，或者已经结束。".to_owned());
    }
    if judge.is_absent() {
        return refuse("已经登记您缺席，要评分的请联系举办单位。".to_owned());
    }
    if given.is_empty() {
        return refuse("请至少给一位打分。".to_owned());
    }
    let pack = app.policies_of(&round.pack_version).await?;
    let scale = rule(&pack, &round)?.scale;
    let entries = rows::entries_of(tx.connection(), id).await?;
    let before = rows::scores_of(tx.connection(), id).await?;
    let mut scores = Vec::with_capacity(given.len());
    for it in given {
        let Some(entry) = entries.iter().find(|entry| entry.id == it.entry) else { return refuse("没有找到这位参赛人。".to_owned()) };
        if before.iter().any(|score| score.entry == it.entry && score.judge == judge.id) || scores.iter().any(|score: &Score| score.entry == it.entry)
        {
            return refuse(format!("您已经给{}打过分，打过的不能改。", entry.name));
        }
        if !(scale.from..=scale.to).contains(&it.points) {
            return refuse(format!("给{}打的分请在 {} 到 {} 之间。", entry.name, scale.from, scale.to));
        }
        scores.push(Score { entry: it.entry, judge: judge.id, points: it.points, remark: it.remark.trim().to_owned() });
    }
    let n = before.iter().filter(|score| score.judge == judge.id).count() + scores.len();
    rows::insert_scores(tx, scores).await?;
    // That a judge scored, not what: it is told when the round is closed.
    tx.record("contest.score", "contest_round", id, Some(round.organisation), json!(null));
    tx.changed(SUBJECT, id, Some(round.organisation));
    if n == entries.len() {
        notice::settle(tx, To::Person(judge.person), ASKED, &format!("{}/score", round.address())).await?;
    }
    Ok(())
}
