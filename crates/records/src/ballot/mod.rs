//! Ballots (测评): those who may vote come together, votes are counted per group, somebody else confirms the count.
//!
//! For: whatever a pack lets people judge by vote: satisfaction, appraisal, secretaries' reports.
//! In: who is voted on, how many may vote, the tally of each group on paper, or papers on devices where a document allows them.
//! Out: the share of all points that each subject came to, or why there is none; of a ballot that the pack calls named, who voted what.
//! Does not know: what a scheme makes of it; of a secret ballot, after the box is closed, who voted how (Decisions 15).

mod boxes;
mod cast;
mod count;
mod named;
mod pages;
mod pages_named;
mod pages_work;
#[cfg(test)]
mod properties;
mod rows;

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Ballot, Capability, Effect, Period};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;
use crate::http::route::{Door, Needs, Routes};
use crate::notice;
use frame::case::{self, Done, NewCase, Variables};

pub use boxes::destroy_keys;
pub use cast::{close_box, vote};
pub use count::{GroupCount, enter_count};
pub use named::{NamedPaper, enter_papers};
pub use rows::{Elector, Group, Sitting, Subject, find, subjects};

/// What a case of a sitting is about.
pub const SUBJECT: &str = "ballot";
/// Stages that every procedure of a ballot has: who may vote is settled; votes are cast, tallies entered.
const PREPARING: &str = "preparing";
const VOTING: &str = "voting";
/// Subjects of one sitting at most: the tally of a group is typed in on one page.
pub const N_SUBJECTS_MAX: usize = 300;
/// Electors of one group at most.
const N_ELECTORS_MAX: i64 = 100_000;

/// Routes of ballots.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewEvaluations);
    let hold = Needs::May(Capability::HoldBallots);
    routes
        .get("/ballots", view, Door::Both, pages::list)
        .get("/ballots/new", hold, Door::Inner, pages_work::show_new)
        .post("/ballots/new", hold, Door::Inner, pages_work::hold)
        .get("/ballots/{id}", view, Door::Both, pages::show)
        .get("/ballots/{id}/groups/{group}", hold, Door::Inner, pages_work::show_group)
        .post("/ballots/{id}/groups/{group}", hold, Door::Inner, pages_work::save_group)
        .get("/ballots/{id}/vote", Needs::SignIn, Door::Both, pages_work::show_paper)
        .post("/ballots/{id}/vote", Needs::SignIn, Door::Both, pages_work::hand_in)
        .get("/ballots/{id}/actions/{action}", hold, Door::Both, pages_work::show_action)
        .post("/ballots/{id}/actions/{action}", hold, Door::Both, pages_work::do_action)
}

/// A sitting that is called.
#[derive(Debug, Clone)]
pub struct NewSitting {
    /// Key of the pack's ballot.
    pub ballot: String,
    /// Who holds it.
    pub organisation: OrgId,
    pub subjects: Vec<OrgId>,
    pub period: Period,
    pub held_on: Date,
    pub is_on_devices: bool,
}

/// Calls a sitting: its case begins, the groups of the pack wait for their electors.
///
/// # Errors
/// [`Refusal`]: out of reach, voted on by itself, already under way, or on devices without a document that allows it.
pub async fn hold(app: &App, tx: &mut Tx, actor: &Actor, new: NewSitting) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some((ballot, procedure)) = pack.ballots.get(&new.ballot).and_then(|it| Some((it, it.procedure.clone()?))) else {
        return refuse("制度包里没有这项测评，请在列出的测评里选。".to_owned());
    };
    if new.is_on_devices && ballot.on_devices.is_none() {
        return refuse(format!("“{}”没有允许电子投票的依据，请用纸质票。", ballot.name));
    }
    let (host, issuer) = {
        let directory = app.directory();
        let Some(host) = directory.visible(&actor.scope(Capability::HoldBallots), new.organisation).filter(|org| !org.is_branch()) else {
            return refuse("没有找到组织测评的党组织，请选您所在的党委、党工委或者组织部门。".to_owned());
        };
        let mut below: Vec<OrgId> = directory.subtree(host.id).map(|org| org.id).collect();
        below.sort_unstable();
        if new.subjects.is_empty() || new.subjects.len() > N_SUBJECTS_MAX {
            return refuse(format!("请选被测评的党组织，一次 1 到 {N_SUBJECTS_MAX} 个。"));
        }
        if let Some(wrong) = new.subjects.iter().find(|id| **id == host.id || below.binary_search(id).is_err()) {
            let name =
                if directory.is_visible(&actor.scope(Capability::HoldBallots), *wrong) { directory.name_of(*wrong) } else { "选的党组织" };
            return refuse(format!("{name}不在{}下面，不能由它组织测评。", host.name));
        }
        (host.clone(), host.parent.unwrap_or(host.id))
    };
    let mut subjects = new.subjects.clone();
    subjects.sort_unstable();
    subjects.dedup();
    if let Some(open) = rows::open_about(tx.connection(), &new.ballot, new.period, &subjects).await? {
        return refuse(format!("{}在这个期间已有一次“{}”正在办，办完或者作废以后再办。", app.directory().name_of(open), ballot.name));
    }
    let id = tx.next_id().await?;
    let what = match subjects.as_slice() {
        [only] => app.directory().name_of(*only).to_owned(),
        several => format!("{}等 {} 个党组织", app.directory().name_of(several[0]), several.len()),
    };
    let title = format!("{what}{}", ballot.name);
    let case = NewCase {
        procedure,
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: host.id,
        issuer: Some(issuer),
        title: title.clone(),
        due_on: None,
        items: Vec::new(),
    };
    let case_id = case::open(app, tx, case).await?;
    rows::insert(tx, id, &new, &subjects, &title, &app.policies().version(), case_id).await?;
    tx.record("ballot.hold", "ballot_sitting", id, Some(host.id), json!({ "ballot": new.ballot, "period": new.period.to_string() }));
    tx.changed("ballot", id, Some(host.id));
    Ok(id)
}

/// The sitting that `actor` prepares or counts, with its ballot; in the stage that `verb` belongs to.
async fn held_by(app: &App, tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<(Sitting, Ballot)> {
    let sitting = rows::find(tx.connection(), id).await?;
    let sitting = sitting.filter(|sitting| app.directory().is_visible(&actor.scope(Capability::HoldBallots), sitting.organisation));
    let sitting = sitting.ok_or_else(|| Refusal("没有找到这次测评。".to_owned()))?;
    let ballot = ballot_of(app, &sitting).await?;
    Ok((sitting, ballot))
}

/// The pack's ballot of the day on which the sitting was called.
pub(crate) async fn ballot_of(app: &App, sitting: &Sitting) -> anyhow::Result<Ballot> {
    let pack = app.policies_of(&sitting.pack_version).await?;
    pack.ballots.get(&sitting.ballot).cloned().ok_or_else(|| anyhow::anyhow!("no ballot {}", sitting.ballot))
}

/// Says how many of a group may vote, before voting begins.
///
/// # Errors
/// [`Refusal`] out of reach, once voting has begun, or with a number that cannot be right.
pub async fn set_electors(app: &App, tx: &mut Tx, actor: &Actor, id: i64, group: &str, n_electors: i64) -> anyhow::Result<()> {
    let (sitting, ballot) = held_by(app, tx, actor, id).await?;
    let name = group_name(&ballot, group)?;
    if !sitting.is_preparing {
        return Err(Refusal("投票已经开始，参加范围不再改动；范围错了的请作废重办。".to_owned()).into());
    }
    if named::lists_electors(&sitting, &ballot) {
        return Err(Refusal("电子投票、记名投票请列出参加的人，人数由名单算出。".to_owned()).into());
    }
    if !(1..=N_ELECTORS_MAX).contains(&n_electors) {
        return Err(Refusal(format!("请填{name}应参加的人数，至少 1 人。")).into());
    }
    rows::set_electors(tx, id, group, n_electors).await?;
    tx.record("ballot.set_electors", "ballot_sitting", id, Some(sitting.organisation), json!({ "group": group }));
    tx.changed("ballot", id, Some(sitting.organisation));
    Ok(())
}

/// Names who of a group may vote on devices or on named papers, by sign-in name, in the place of those named before.
///
/// # Errors
/// [`Refusal`] out of reach, of a secret ballot on paper, once voting has begun, for names that are no accounts or stand in another group.
pub async fn name_electors(app: &App, tx: &mut Tx, actor: &Actor, id: i64, group: &str, logins: &[String]) -> anyhow::Result<()> {
    let (sitting, ballot) = held_by(app, tx, actor, id).await?;
    let name = group_name(&ballot, group)?;
    if !sitting.is_preparing || !named::lists_electors(&sitting, &ballot) {
        return Err(Refusal("只有电子投票、记名投票要列参加的人，投票开始以后不再改动。".to_owned()).into());
    }
    let mut logins: Vec<&str> = logins.iter().map(|login| login.trim()).filter(|login| !login.is_empty()).collect();
    logins.sort_unstable();
    logins.dedup();
    if logins.is_empty() {
        return Err(Refusal(format!("请写{name}里参加投票的人，一行一个登录名。")).into());
    }
    let known = rows::people(tx.connection(), &logins).await?;
    let unknown: Vec<&str> = logins.iter().filter(|login| !known.contains_key(**login)).copied().collect();
    if !unknown.is_empty() {
        return Err(Refusal(format!("没有这些登录名：{}。请核对，一行一个。", unknown.join("、"))).into());
    }
    let people: Vec<i64> = known.values().copied().collect();
    if rows::electors(tx.connection(), id).await?.iter().any(|it| it.group != group && people.contains(&it.person)) {
        return Err(Refusal("有的人已经列在另一类里，每人只投一次，请从一类里去掉。".to_owned()).into());
    }
    rows::name_electors(tx, id, group, &people).await?;
    tx.record("ballot.set_electors", "ballot_sitting", id, Some(sitting.organisation), json!({ "group": group }));
    tx.changed("ballot", id, Some(sitting.organisation));
    Ok(())
}

fn group_name<'a>(ballot: &'a Ballot, group: &str) -> Result<&'a str, Refusal> {
    let found = ballot.groups.iter().find(|it| it.key == group).map(|it| it.name.as_str());
    found.ok_or_else(|| Refusal("没有这一类参加人员。".to_owned()))
}

/// What the steps of a sitting may ask.
///
/// # Errors
/// When the database cannot be read.
pub async fn variables<C: sea_orm::ConnectionTrait>(connection: &C, sitting: &Sitting, ballot: &Ballot) -> anyhow::Result<Variables> {
    let groups = rows::groups(connection, sitting.id).await?;
    let electors = rows::electors(connection, sitting.id).await?;
    let of = |key: &str| groups.iter().find(|group| group.key == key);
    let n = |is_open: &dyn Fn(&str) -> bool| i64::try_from(ballot.groups.iter().filter(|it| is_open(&it.key)).count()).unwrap_or(i64::MAX);
    let counted = count::counted(connection, sitting, ballot).await?;
    Ok(Variables::default()
        .with("n_groups_open", n(&|key| of(key).is_none_or(|group| group.n_electors == 0)))
        .with("n_tallies_open", n(&|key| of(key).is_none_or(|group| group.n_collected.is_none())))
        .with("n_not_voted", i64::try_from(electors.iter().filter(|it| !it.has_voted).count()).unwrap_or(i64::MAX))
        .with("is_on_devices", i64::from(sitting.is_on_devices))
        .with("is_countable", i64::from(counted.iter().all(|(_, share)| share.is_ok()))))
}

/// Does one step of a sitting.
///
/// # Errors
/// [`Refusal`] as the procedure says, with why the votes do not count where they do not.
pub async fn act(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    sitting: &Sitting,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    // Counted again within the transaction: the step is about what stands now.
    tx.lock("ballot_sitting", sitting.id).await?;
    let ballot = ballot_of(app, sitting).await?;
    let variables = variables(tx.connection(), sitting, &ballot).await?;
    let done = case::act(app, tx, actor, sitting.case_id, action, fields, &variables).await?;
    for effect in &done.effects {
        match effect {
            Effect::BallotCloseBox => close_box(app, tx, sitting, &ballot).await?,
            Effect::BallotCount => {
                count::keep(tx, sitting, &ballot).await?;
                tx.record("ballot.count", "ballot_sitting", sitting.id, Some(sitting.organisation), json!(null));
                let is_told = !is_withheld(&app.pack(), &rows::withheld(tx.connection()).await?, sitting);
                for subject in rows::subjects(tx.connection(), sitting.id).await? {
                    // Whoever is rated is rated again: the figures of that organisation are to be read anew.
                    tx.changed("judged_value", subject.id, Some(subject.organisation));
                    if is_told {
                        let to = notice::To::Organisation(subject.organisation);
                        notice::send(tx, to, SUBJECT, &format!("{}已经计票核定", sitting.title), &sitting.address()).await?;
                    }
                }
            }
            Effect::BallotVoid => {
                let why = fields.get("reason").and_then(|given| given.first()).map_or("", String::as_str);
                rows::void(tx, sitting.id, why.trim()).await?;
                tx.record("ballot.void", "ballot_sitting", sitting.id, Some(sitting.organisation), json!(null));
            }
            _ => {}
        }
    }
    if sitting.is_on_devices && sitting.is_preparing && done.to.is_some() {
        for elector in rows::electors(tx.connection(), sitting.id).await? {
            let href = format!("{}/vote", sitting.address());
            notice::send(tx, notice::To::Person(elector.person), SUBJECT, &format!("请参加“{}”的投票", sitting.title), &href).await?;
        }
    }
    tx.changed("ballot", sitting.id, Some(sitting.organisation));
    Ok(done)
}

/// Whether a sitting belongs to reports of secretaries that are not published yet: whoever was voted on learns of it with them.
fn is_withheld(pack: &policy::Pack, unpublished: &std::collections::HashSet<(store::OrgId, i64)>, sitting: &Sitting) -> bool {
    let is_of_reports = pack.appraisals.values().any(|appraisal| appraisal.ballot == sitting.ballot);
    is_of_reports && unpublished.contains(&(sitting.organisation, i64::from(sitting.period.year)))
}
