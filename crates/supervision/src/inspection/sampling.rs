//! The draw of a random inspection: the seed comes after the population is frozen, from two people or a public number; what is set aside
//! stays on record.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::InspectionMode;
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::draw::{Population, draw};
use super::model::{Draw, Inspection, Target};
use super::rows::{self, NewTarget};
use super::{KIND, open, see};
use crate::app::App;

/// What a seed comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One of two people says his part, not knowing the other's.
    Own(String),
    /// The number that was named when the population was frozen, made public afterwards: of which day, the number.
    Public { on: Date, number: String },
}

/// Characters of a part at most.
const N_PART_MAX: usize = 60;

/// The inspection of the actor's own office, not over, locked.
pub(super) async fn own(app: &App, tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<Inspection> {
    tx.lock("inspection", id).await?;
    let sight = see::find(tx.connection(), app, actor, id).await?.ok_or_else(|| Refusal("没有找到这次督查。".to_owned()))?;
    if !see::is_office(actor, sight.inspection.organisation) {
        return Err(Refusal("由开展这次督查的单位办理。".to_owned()).into());
    }
    if sight.inspection.closed_on.is_some() {
        return Err(Refusal("这次督查已经办结。".to_owned()).into());
    }
    Ok(sight.inspection)
}

/// Gives a part of the seed; when it is whole, the sample is drawn. Answers whether it was.
///
/// # Errors
/// [`Refusal`] of a second part by the same person, of a number that was public before the population was frozen, of a second draw.
pub async fn give_seed(app: &App, tx: &mut Tx, actor: &Actor, id: i64, part: Part) -> anyhow::Result<bool> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let it = own(app, tx, actor, id).await?;
    if it.mode != InspectionMode::Random {
        return refuse("只有随机抽取的督查要种子。");
    }
    let text = match &part {
        Part::Own(text) | Part::Public { number: text, .. } => text.trim().to_owned(),
    };
    if text.is_empty() || text.chars().count() > N_PART_MAX || text.contains('+') || text.contains(char::is_control) {
        return refuse("请写种子：数字、字母或汉字，60 个字以内，不用加号。");
    }
    let draws = rows::draws_of(tx.connection(), id).await?;
    if draws.iter().any(|draw| draw.drawn_on.is_some() && draw.aside.is_none()) {
        return refuse("已经抽取过了；确要重抽，请先写明原因，把上一次抽取作废。");
    }
    // Whoever could choose between a number that is known and two people would choose among samples. A second draw by the same
    // number would be the first again.
    let is_public = !it.public_source.is_empty() && draws.is_empty();
    match &part {
        Part::Own(_) if is_public => {
            return refuse(&format!("范围固定时写明了用公开号码“{}”，请等它公布以后填写号码。", it.public_source));
        }
        Part::Public { .. } if !is_public => {
            return refuse("用哪个公开号码，要在范围固定以前写明；没有写明的，由两个人各给一半种子。");
        }
        _ => {}
    }
    let waiting = draws.into_iter().find(|draw| draw.drawn_on.is_none() && draw.aside.is_none());
    let mut now = match (waiting, part) {
        (Some(mut waiting), Part::Own(_)) => {
            if waiting.first_by == tx.actor_id() {
                return refuse("另一半种子要由另一个人给出，两个人互不知道对方的一半。");
            }
            waiting.second_part = text;
            waiting.second_by = tx.actor_id();
            waiting
        }
        (Some(_), Part::Public { .. }) => return refuse("已经有人给出了一半种子，请由另一个人给出另一半。"),
        (None, part) => {
            let (public_source, public_on) = match part {
                Part::Own(_) => (String::new(), None),
                Part::Public { on, .. } => {
                    if on <= it.opened_on || on > tx.today() {
                        return refuse("公开号码要在范围固定以后产生、今天已经公布：范围固定当天和以前的号码不能用。");
                    }
                    (it.public_source.clone(), Some(on))
                }
            };
            let new = Draw {
                id: tx.next_id().await?,
                first_part: text,
                first_by: tx.actor_id(),
                second_part: String::new(),
                second_by: None,
                public_source,
                public_on,
                drawn_on: None,
                aside: None,
            };
            rows::insert_draw(tx, id, &new).await?;
            new
        }
    };
    // Which part somebody gave is not in the audit: the other may read it.
    tx.record("inspection.seed", KIND, id, Some(it.organisation), json!(null));
    let Some(seed) = now.seed() else {
        tx.changed(KIND, id, None);
        return Ok(false);
    };
    now.drawn_on = Some(tx.today());
    rows::update_draw(tx, &now).await?;
    take(app, tx, &it, &now, &seed).await?;
    tx.record("inspection.draw", KIND, id, Some(it.organisation), json!({ "seed": seed, "n": it.n_wanted }));
    tx.changed(KIND, id, None);
    Ok(true)
}

/// Takes what a draw gives beyond what it gave already: all at first, the next one when one was set aside.
async fn take(app: &App, tx: &mut Tx, it: &Inspection, now: &Draw, seed: &str) -> anyhow::Result<()> {
    let all = rows::targets_of(tx.connection(), it.id).await?;
    let known: Vec<&Target> = all.iter().filter(|target| target.draw == Some(now.id)).collect();
    let (codes, drawn) = {
        let directory = app.directory();
        let aside: HashMap<String, String> =
            known.iter().filter_map(|target| Some((directory.org(target.organisation)?.code.clone(), target.aside.clone()?))).collect();
        let codes: HashMap<String, i64> = it.population.iter().filter_map(|code| Some((code.clone(), directory.by_code(code)?.id))).collect();
        let population = Population::new(it.population.iter().cloned());
        // An organisation that was dissolved meanwhile is drawn and set aside like any other.
        let gone = |code: &str| (!codes.contains_key(code)).then(|| "已经撤销".to_owned());
        let drawn = draw(&population, seed, usize::try_from(it.n_wanted)?, |code| aside.get(code).cloned().or_else(|| gone(code)));
        (codes, drawn)
    };
    let is_new = |rank: usize| !known.iter().any(|target| target.rank == i64::try_from(rank).ok());
    let mut units = Vec::new();
    let new: Vec<NewTarget> = drawn
        .into_iter()
        .filter(|drawn| is_new(drawn.rank))
        .filter_map(|drawn| {
            let organisation = *codes.get(&drawn.code)?;
            units.push(organisation);
            Some(NewTarget { organisation, draw: Some((now.id, drawn)) })
        })
        .collect();
    rows::insert_targets(tx, it.id, new).await?;
    open::tell(tx, it, &units).await
}

/// Sets a unit aside before its check is opened: the reason stays, and of a draw the next one takes its place.
///
/// # Errors
/// [`Refusal`] without a reason, or once the check is opened.
pub async fn set_aside(app: &App, tx: &mut Tx, actor: &Actor, id: i64, target: i64, reason: &str) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    let all = rows::targets_of(tx.connection(), id).await?;
    let target = all.iter().find(|it| it.id == target && it.is_in()).ok_or_else(|| Refusal("没有找到这个单位。".to_owned()))?;
    if reason.trim().chars().count() < N_REASON_MIN {
        return Err(Refusal("请写清楚为什么不查这个单位，原因留在记录里。".to_owned()).into());
    }
    if target.opened_on.is_some() {
        return Err(Refusal("检查组已经到现场打开检查，不能不查。".to_owned()).into());
    }
    rows::set_aside(tx, target.id, reason.trim()).await?;
    tx.record("inspection.set_aside", KIND, id, Some(it.organisation), json!(null));
    let draws = rows::draws_of(tx.connection(), id).await?;
    if let Some(now) = draws.into_iter().find(|draw| Some(draw.id) == target.draw)
        && let Some(seed) = now.seed()
    {
        take(app, tx, &it, &now, &seed).await?;
    }
    tx.changed(KIND, id, None);
    Ok(())
}

/// Characters that a reason has at least.
const N_REASON_MIN: usize = 4;

/// Gives up the public number that was named when the population was frozen: it was not published, or not as it was named. Who gave
/// it up, when and why stays on record like a draw that was set aside; the seed then comes from two people.
///
/// # Errors
/// [`Refusal`] without a reason, where no number was named, or once one was given.
pub async fn give_up_number(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    if it.mode != InspectionMode::Random || it.public_source.is_empty() || !rows::draws_of(tx.connection(), id).await?.is_empty() {
        return Err(Refusal("没有在等公开号码，不用放弃。".to_owned()).into());
    }
    if reason.trim().chars().count() < N_REASON_MIN {
        return Err(Refusal("请写清楚写明的公开号码为什么不能用，如哪一期没有公布；原因留在记录里。".to_owned()).into());
    }
    let new = Draw {
        id: tx.next_id().await?,
        first_part: String::new(),
        first_by: tx.actor_id(),
        second_part: String::new(),
        second_by: None,
        public_source: it.public_source.clone(),
        public_on: None,
        drawn_on: None,
        aside: Some(format!("没有用写明的公开号码，改由两个人各给一半种子：{}（{}，{}）", reason.trim(), actor.name, tx.today())),
    };
    rows::insert_draw(tx, id, &new).await?;
    tx.record("inspection.set_aside", KIND, id, Some(it.organisation), json!({ "draw": new.id }));
    tx.changed(KIND, id, None);
    Ok(())
}

/// Sets a whole draw aside: it stays on record, and another seed is given.
///
/// # Errors
/// [`Refusal`] without a reason, or once a check is opened.
pub async fn set_draw_aside(app: &App, tx: &mut Tx, actor: &Actor, id: i64, draw: i64, reason: &str) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    let draws = rows::draws_of(tx.connection(), id).await?;
    let mut now = draws.into_iter().find(|it| it.id == draw && it.aside.is_none()).ok_or_else(|| Refusal("没有找到这次抽取。".to_owned()))?;
    if reason.trim().chars().count() < N_REASON_MIN {
        return Err(Refusal("请写清楚为什么这次抽取作废，原因和这次抽取都留在记录里。".to_owned()).into());
    }
    let own: Vec<Target> = rows::targets_of(tx.connection(), id).await?.into_iter().filter(|target| target.draw == Some(draw)).collect();
    if own.iter().any(|target| target.opened_on.is_some()) {
        return Err(Refusal("已经有检查组到现场打开检查，这次抽取不能作废。".to_owned()).into());
    }
    now.aside = Some(reason.trim().to_owned());
    rows::update_draw(tx, &now).await?;
    for target in own.iter().filter(|target| target.is_in()) {
        rows::set_aside(tx, target.id, &format!("整次抽取作废：{}", reason.trim())).await?;
    }
    tx.record("inspection.set_aside", KIND, id, Some(it.organisation), json!({ "draw": draw }));
    tx.changed(KIND, id, None);
    Ok(())
}
