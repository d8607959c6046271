//! What is done in the case of a round, and what follows: ranks, what is published, who goes up; good practices.

use std::collections::BTreeMap;

use policy::{Contest, Effect};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::facts::facts_of;
use super::model::{Paper, Round, placed};
use super::open::bring_up;
use super::score::{ask_judges, check_judges, held};
use super::{CALLED_OFF, ENTERING, SCORING, SUBJECT, rows, rule};
use crate::app::App;
use crate::case::{self, Done, Variables};
use crate::notice::{self, To};

const PUBLISHED: &str = "contest.published";
/// The kind of notice to those who entered a round that does not take place.
const CALLED_OFF_NOTICE: &str = "contest.called_off";
/// Characters that a good practice has at least.
const N_PRACTICE_MIN: usize = 10;

/// What the steps may ask: entries, judges that are lacking, judges that have not scored all.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn variables<C: ConnectionTrait>(connection: &C, rule: &Contest, round: &Round) -> anyhow::Result<Variables> {
    let entries = rows::entries_of(connection, round.id).await?;
    let open = unscored(connection, round).await?;
    Ok(Variables::default()
        .with("n_entries", i64::try_from(entries.len())?)
        .with("n_judges_lacking", n_judges_lacking(connection, rule, round).await?)
        .with("n_papers_open", i64::try_from(open.len())?))
}

/// How many judges are lacking, of those who are not absent.
async fn n_judges_lacking<C: ConnectionTrait>(connection: &C, rule: &Contest, round: &Round) -> anyhow::Result<i64> {
    let n_present = rows::judges_of(connection, round.id).await?.iter().filter(|judge| !judge.is_absent()).count();
    Ok((i64::from(rule.judges_min) - i64::try_from(n_present)?).max(0))
}

/// Names of the judges who are present and have not scored everybody.
async fn unscored<C: ConnectionTrait>(connection: &C, round: &Round) -> anyhow::Result<Vec<String>> {
    let n_entries = rows::entries_of(connection, round.id).await?.len();
    let scores = rows::scores_of(connection, round.id).await?;
    let judges = rows::judges_of(connection, round.id).await?;
    let n = |judge: i64| scores.iter().filter(|score| score.judge == judge).count();
    Ok(judges.into_iter().filter(|judge| !judge.is_absent() && n(judge.id) < n_entries).map(|judge| judge.name).collect())
}

/// Does one step of a round.
///
/// # Errors
/// [`Refusal`] as the procedure says, naming the judges who are missing; when a judge comes from an entrant's side.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("contest_round", id).await?;
    let round = held(tx, actor, id).await?;
    let pack = app.policies_of(&round.pack_version).await?;
    let rule = rule(&pack, &round)?;
    let open = unscored(tx.connection(), &round).await?;
    let variables = variables(tx.connection(), rule, &round).await?;
    let done = match case::act(app, tx, actor, round.case_id, action, fields, &variables).await {
        Ok(done) => done,
        Err(error) => {
            let refusal = error.downcast::<Refusal>()?;
            let n_lacking = n_judges_lacking(tx.connection(), rule, &round).await?;
            let mut said = Vec::new();
            if round.stage == SCORING && n_lacking > 0 {
                said.push(format!("到场的评委还差 {n_lacking} 位，请补请评委，他们评完以后再结束"));
            }
            if round.stage == SCORING && !open.is_empty() {
                said.push(format!("没有评完的：{}", open.join("、")));
            }
            let sentence = if said.is_empty() { refusal.0 } else { format!("{}：{}。", refusal.0.trim_end_matches('。'), said.join("；")) };
            return Err(Refusal(sentence).into());
        }
    };
    if round.stage == ENTERING && done.to.as_deref() == Some(SCORING) {
        check_judges(app, tx, &round).await?;
        ask_judges(tx, &round).await?;
    }
    if done.to.as_deref() == Some(CALLED_OFF) {
        let reason = fields.get("reason").and_then(|values| values.first()).map_or("", String::as_str);
        for it in rows::entries_of(tx.connection(), round.id).await? {
            let text = format!("“{}”取消了：{reason}", round.title);
            notice::send(tx, To::Organisation(it.organisation), CALLED_OFF_NOTICE, &text, &it.address()).await?;
        }
        tx.record("contest.call_off", "contest_round", round.id, Some(round.organisation), json!(null));
    }
    for effect in &done.effects {
        match effect {
            Effect::ContestRank => rank(tx, rule, &round).await?,
            Effect::ContestPublish => publish(app, tx, rule, &round).await?,
            _ => anyhow::bail!("the effect {effect:?} is not one of a contest"),
        }
    }
    tx.changed(SUBJECT, id, Some(round.organisation));
    Ok(done)
}

/// Scores of the judges who were there to the end become places.
async fn rank(tx: &mut Tx, rule: &Contest, round: &Round) -> anyhow::Result<()> {
    let absent: Vec<i64> = rows::judges_of(tx.connection(), round.id).await?.iter().filter(|judge| judge.is_absent()).map(|judge| judge.id).collect();
    let scores = rows::scores_of(tx.connection(), round.id).await?;
    let of = |entry: i64| scores.iter().filter(move |score| score.entry == entry).filter(|score| !absent.contains(&score.judge));
    let entries = rows::entries_of(tx.connection(), round.id).await?;
    let papers: Vec<Paper> = entries.iter().map(|it| Paper { entry: it.id, points: of(it.id).map(|score| score.points).collect() }).collect();
    let placed = placed(&papers, rule.trim as usize, &rule.ties);
    let placed = placed.ok_or_else(|| Refusal("到场的评委太少，去掉最高分和最低分以后没有可算的，请补请评委后重新举办。".to_owned()))?;
    for it in &placed {
        rows::set_place(tx, it).await?;
    }
    tx.record("contest.rank", "contest_round", round.id, Some(round.organisation), json!({ "entries": placed.len() }));
    Ok(())
}

/// The result can be read below the office; the first go up.
async fn publish(app: &App, tx: &mut Tx, rule: &Contest, round: &Round) -> anyhow::Result<()> {
    let uppers = uppers_of(app, tx, rule, round).await?;
    rows::publish(tx, round.id).await?;
    let up = round.place_in(rule).and_then(|at| rule.rounds.get(at)).map_or(0, |it| i64::from(it.up));
    let entries = rows::entries_of(tx.connection(), round.id).await?;
    for it in &entries {
        let mut text = format!("“{}”公布了名次和评语", round.title);
        if it.place.is_some_and(|place| place <= up) {
            match uppers.iter().find(|upper| upper.is_scored()) {
                Some(upper) => text = format!("{text}；“{}”已经比完，这一期不再进入", upper.title),
                None => rows::set_up(tx, it.id).await?,
            }
        }
        notice::send(tx, To::Organisation(it.organisation), PUBLISHED, &text, &it.address()).await?;
        tx.changed(SUBJECT, it.id, Some(it.organisation));
    }
    let published = Round { published_on: Some(tx.today()), ..round.clone() };
    frame::facts::replace(tx, SUBJECT, entries.iter().map(|it| (it.id, facts_of(&published, it))).collect()).await?;
    tx.record("contest.publish", "contest_round", round.id, Some(round.organisation), json!(null));
    for upper in &uppers {
        bring_up(app, tx, rule, upper).await?;
    }
    Ok(())
}

/// The rounds into which the first of a round go, locked: none of them begins meanwhile, and two that go up wait for each other.
async fn uppers_of(app: &App, tx: &Tx, rule: &Contest, round: &Round) -> anyhow::Result<Vec<Round>> {
    let Some(next) = round.place_in(rule).and_then(|at| rule.rounds.get(at + 1)) else { return Ok(Vec::new()) };
    let condition = "r.contest = $1 and r.year_from = $2 and r.level = $3 and c.stage <> 'called_off'";
    let values = vec![round.contest.clone().into(), i64::from(round.years.0).into(), next.level.clone().into()];
    let mut uppers = Vec::new();
    for upper in rows::rounds(tx.connection(), condition, values).await? {
        if !app.directory().org(round.organisation).is_some_and(|org| org.superiors.contains(&upper.organisation)) {
            continue;
        }
        tx.lock("contest_round", upper.id).await?;
        uppers.extend(rows::round(tx.connection(), upper.id).await?);
    }
    if let Some(upper) = uppers.iter().find(|upper| upper.stage == SCORING) {
        let office = app.directory().name_of(upper.organisation).to_owned();
        let sentence = format!("“{}”已经开始评分，现在公布，进入的人就赶不上了：请联系{office}先退回报名，再公布。", upper.title);
        return Err(Refusal(sentence).into());
    }
    Ok(uppers)
}

/// Notes what of an entry is worth copying, for the library of experience.
///
/// # Errors
/// [`Refusal`] of anybody but the office, or before the result is published.
pub async fn note_practice(app: &App, tx: &mut Tx, actor: &Actor, entry: i64, text: &str) -> anyhow::Result<()> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let Some(it) = rows::entry(tx.connection(), entry).await? else { return refuse("没有找到这位参赛人。") };
    let round = held(tx, actor, it.round).await?;
    if round.published_on.is_none() {
        return refuse("名次公布以后再记好做法。");
    }
    if text.trim().chars().count() < N_PRACTICE_MIN {
        return refuse("请写清楚：遇到什么问题、怎么做的、结果怎样。");
    }
    rows::set_practice(tx, entry, text.trim()).await?;
    tx.record("contest.practice", "contest_entry", entry, Some(it.organisation), json!(null));
    tx.changed(SUBJECT, round.id, Some(round.organisation));
    let said = format!("“{}”里的做法列为好做法", app.directory().name_of(it.organisation));
    notice::send(tx, To::Organisation(it.organisation), PUBLISHED, &said, &it.address()).await?;
    Ok(())
}
