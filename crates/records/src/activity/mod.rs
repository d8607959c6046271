//! Activities (活动): what took place.
//!
//! For: recording meetings, theme days, lectures, with names from the roster or with head counts.
//! In: a record by a branch, rows of a workbook. Out: activities with their facts; returns, consents, amendments.
//! Does not know: which activity was due; [`crate::duty`] computes that from the facts.

mod decision;
mod facts;
mod form;
mod list;
mod logged;
mod model;
pub mod pages;
mod people;
mod roster;
mod rows;
mod vote;

use std::collections::{BTreeMap, HashMap, HashSet};

use policy::{Capability, Pack};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;

pub use decision::{OpenDecision, decisions_of, decisions_of_all, follow_up, open_decisions};
pub use facts::facts_of;
pub use list::{From, Line, Wanted, count, lines, waiting_entered_at};
pub use logged::logged;
pub use model::{Absence, AbsenceKind, Activity, Attendance, Decision, NewActivity, days_late, kinds_for, lock_day, locked_period, periods_of};
pub use people::{Part, names_of_members, parts_of};
pub use roster::{Person, Roster, rosters};
pub use rows::derive_facts;
pub use rows::{Amendment, amendments_of, content_mix, find, find_all, find_by_keys, names_of, of_period, usual_place};

pub use vote::Vote;

/// Source of a record that a branch entered itself.
pub use model::BY_BRANCH;

/// What became of one record of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    New(i64),
    /// The same branch, kind, day and topic are there with the same content.
    Unchanged(i64),
    /// They are there and were brought up to date.
    Updated(i64),
    /// It cannot be right; the sentence says why.
    Refused(String),
}

/// Records activities: one of a branch on the phone, or many from a workbook. Head counts of a record with names follow
/// from the roster of the meeting's day. Records of a period that is locked wait for the superior's consent.
///
/// # Errors
/// Unexpected ones; what cannot be right is refused per record.
pub async fn record_all(app: &App, tx: &mut Tx, actor: &Actor, new: Vec<NewActivity>) -> anyhow::Result<Vec<Recorded>> {
    let pack = app.pack();
    let scope = actor.scope(Capability::RecordActivities).union(actor.scope(Capability::Import));
    let needs_roster = |a: &&NewActivity| matches!(a.attendance, Attendance::Names { .. }) || a.source == model::BY_BRANCH;
    let by_names: Vec<OrgId> = new.iter().filter(needs_roster).map(|a| a.organisation).collect();
    let rosters = rosters(tx.connection(), &by_names).await?;
    let known = rows::known(tx, &new).await?;
    let mut seen: HashSet<String> = HashSet::new();
    let mut results = Vec::with_capacity(new.len());
    let mut inserts: Vec<Activity> = Vec::new();
    let mut updates: Vec<Activity> = Vec::new();
    let ids = tx.next_ids(new.len()).await?;
    for (record, id) in new.into_iter().zip(ids) {
        let reachable = app.directory().is_visible(&scope, record.organisation);
        let checked = if reachable {
            model::check(&pack, &record, tx.today())
        } else {
            Err("没有找到这个党支部，或者不在您的范围内".to_owned())
        };
        if let Err(sentence) = checked {
            results.push(Recorded::Refused(sentence));
            continue;
        }
        let key = record.key();
        if !seen.insert(key.clone()) {
            results.push(Recorded::Refused("同一支部、同一天、同一类型、同一主题的记录已经在这一批里".to_owned()));
            continue;
        }
        let by_branch = record.source == model::BY_BRANCH;
        let refused = by_branch.then(|| model::refused_by_branch(&pack, &record, rosters.get(&record.organisation))).flatten();
        if let Some(sentence) = refused {
            results.push(Recorded::Refused(sentence));
            continue;
        }
        let activity = complete(&pack, tx, record, id, &rosters);
        match known.get(&key) {
            Some(kept) if kept.is_same(&activity) => results.push(Recorded::Unchanged(kept.id)),
            Some(_) if by_branch => {
                results.push(Recorded::Refused("这一天、同一主题的记录已经有了。要改内容，请打开那条记录修改，不用再记一次。".to_owned()));
            }
            Some(kept) => {
                results.push(Recorded::Updated(kept.id));
                updates.push(activity.in_place_of(kept));
            }
            None => {
                results.push(Recorded::New(id));
                inserts.push(activity);
            }
        }
    }
    for activity in inserts.iter().chain(&updates) {
        tx.changed("activity", activity.id, Some(activity.organisation()));
    }
    let mut by_org: BTreeMap<OrgId, Vec<i64>> = BTreeMap::new();
    for activity in inserts.iter().chain(&updates) {
        by_org.entry(activity.organisation()).or_default().push(activity.id);
    }
    for (org, ids) in by_org {
        tx.record("activity.record", "activity", ids[0], Some(org), json!({ "ids": ids }));
    }
    crate::facts::insert(tx, "activity", inserts.iter().map(|a| (a.id, facts_of(a))).collect()).await?;
    crate::facts::replace(tx, "activity", updates.iter().map(|a| (a.id, facts_of(a))).collect()).await?;
    decision::put(tx, &inserts, &updates).await?;
    rows::insert(tx, inserts).await?;
    rows::update_all(tx, updates).await?;
    Ok(results)
}

/// Fills in what follows from roster, day and pack.
fn complete(pack: &Pack, tx: &Tx, record: NewActivity, id: i64, rosters: &HashMap<OrgId, Roster>) -> Activity {
    let rule = &pack.activities[&record.kind];
    let (n_eligible, n_present, n_guests, absences) = match &record.attendance {
        Attendance::Counts { n_eligible, n_present } => (*n_eligible, *n_present, 0, Vec::new()),
        Attendance::Names { absences, n_guests } => {
            let due: Vec<i64> = rosters.get(&record.organisation).map(|r| r.due(rule.roster, record.held_on)).unwrap_or_default();
            let of_roster: Vec<Absence> = absences.iter().filter(|a| due.contains(&a.member_id)).cloned().collect();
            let count = |test: fn(&AbsenceKind) -> bool| i64::try_from(of_roster.iter().filter(|a| test(&a.kind)).count()).unwrap_or(i64::MAX);
            let leaves = count(|kind| *kind != AbsenceKind::Absent);
            let n_eligible = i64::try_from(due.len()).unwrap_or(i64::MAX) - leaves;
            (n_eligible, n_eligible - count(|kind| *kind == AbsenceKind::Absent), *n_guests, of_roster)
        }
    };
    let needs_consent = record.source == model::BY_BRANCH && model::needs_consent(pack, &record, record.entered_on);
    Activity {
        id,
        n_eligible,
        n_present,
        n_guests,
        absences,
        entered_by: tx.actor_id(),
        waits_for_consent: needs_consent,
        accepted_at: None,
        accepted_by: None,
        returned_reason: None,
        returned_at: None,
        returned_by: None,
        record,
    }
}

/// The superior's consent to a record entered after its period was locked, or to one that makes an earlier period up.
///
/// # Errors
/// [`Refusal`] when it is out of reach, one's own, or not waiting.
pub async fn consent(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let mut activity = supervised(app, tx, actor, id).await?;
    if activity.returned_reason.is_some() {
        return Err(Refusal("这条记录已经退回，等支部改好再同意。".to_owned()).into());
    }
    if !activity.waits_for_consent {
        return Err(Refusal("这条记录不在等待同意，可能已经有人办过了。".to_owned()).into());
    }
    activity.accepted_at = Some(tx.at_text());
    activity.waits_for_consent = false;
    rows::accept(tx, id).await?;
    crate::facts::replace(tx, "activity", vec![(id, facts_of(&activity))]).await?;
    tx.record("activity.consent", "activity", id, Some(activity.organisation()), json!(null));
    tx.changed("activity", id, Some(activity.organisation()));
    Ok(())
}

/// Kind of the notice that a record came back.
const RETURNED: &str = "activity.return";

/// The superior returns a record as not acceptable: it counts nothing until it is handed in again.
///
/// # Errors
/// [`Refusal`] when it is out of reach, one's own, or without a reason.
pub async fn return_record(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    let mut activity = supervised(app, tx, actor, id).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写明退回的原因，支部才知道怎么改。".to_owned()).into());
    }
    if activity.returned_reason.is_some() {
        return Err(Refusal("这条记录已经退回了，等支部改好再交。".to_owned()).into());
    }
    activity.returned_reason = Some(reason.trim().to_owned());
    rows::return_one(tx, id, reason.trim()).await?;
    crate::facts::replace(tx, "activity", vec![(id, facts_of(&activity))]).await?;
    tx.record("activity.return", "activity", id, Some(activity.organisation()), json!({ "reason": true }));
    tx.changed("activity", id, Some(activity.organisation()));
    let held_on = activity.record.held_on;
    let (pack, kind) = (app.pack(), activity.record.kind.as_str());
    let kind = pack.activities.get(kind).map_or(kind, |kind| kind.short.as_str());
    let text = format!("{} 年 {} 月 {} 日的{kind}记录退回了，改好再交：{}", held_on.year(), held_on.month(), held_on.day(), reason.trim());
    let branch = crate::notice::To::Organisation(activity.organisation());
    crate::notice::send(tx, branch, RETURNED, &text, &format!("/activities/{id}")).await?;
    Ok(())
}

/// Changes a record. Within the days that the pack leaves open it is changed in place; afterwards the change is an
/// amendment with a reason, and what stood before is kept.
///
/// # Errors
/// [`Refusal`] when it is out of reach, cannot be right, or is locked and has no reason.
pub async fn amend(app: &App, tx: &mut Tx, actor: &Actor, id: i64, changed: NewActivity, reason: &str) -> anyhow::Result<()> {
    let pack = app.pack();
    tx.lock("activity", id).await?;
    let kept =
        find(tx.connection(), &actor.scope(Capability::RecordActivities), id).await?.ok_or_else(|| Refusal("没有找到这条记录。".to_owned()))?;
    if kept.organisation() != changed.organisation || kept.record.kind != changed.kind {
        return Err(Refusal("记录属于哪个支部、哪一类活动不能改，请退回后另记。".to_owned()).into());
    }
    model::check(&pack, &changed, tx.today()).map_err(Refusal)?;
    let is_open = is_open(&pack, &kept, tx.today());
    if !is_open && reason.trim().is_empty() {
        return Err(Refusal("这条记录已经锁定，修改要写明原因，原来的内容会留痕。".to_owned()).into());
    }
    let rosters = rosters(tx.connection(), &[changed.organisation]).await?;
    if let Some(sentence) = model::refused_names(&pack, &changed, rosters.get(&changed.organisation)) {
        return Err(Refusal(sentence).into());
    }
    let record = NewActivity { entered_on: kept.record.entered_on, source: kept.record.source.clone(), ..changed };
    let moves = model::periods(&pack, &record) != model::periods(&pack, &kept.record);
    let mut fresh = complete(&pack, tx, record, id, &rosters).in_place_of(&kept);
    if moves {
        // It now bears on another period: judged as if it were entered today, and what was consented to was something else.
        fresh.waits_for_consent = model::needs_consent(&pack, &fresh.record, tx.today());
        (fresh.accepted_at, fresh.accepted_by) = (None, None);
    }
    if fresh.waits_for_consent && fresh.record.late_reason.as_deref().unwrap_or_default().trim().is_empty() {
        return Err(Refusal("这一期已经锁定，或者是补办，请写明原因，由上级同意后才计入。".to_owned()).into());
    }
    if !is_open || kept.returned_reason.is_some() {
        rows::insert_amendment(tx, &kept, &fresh, reason.trim()).await?;
    }
    crate::facts::replace(tx, "activity", vec![(id, facts_of(&fresh))]).await?;
    let org = fresh.organisation();
    decision::put(tx, &[], std::slice::from_ref(&fresh)).await?;
    rows::update_all(tx, vec![fresh]).await?;
    if kept.returned_reason.is_some() {
        crate::notice::settle(tx, crate::notice::To::Organisation(org), RETURNED, &format!("/activities/{id}")).await?;
    }
    tx.record("activity.amend", "activity", id, Some(org), json!({ "amendment": !is_open, "handed_in_again": kept.returned_reason.is_some() }));
    tx.changed("activity", id, Some(org));
    Ok(())
}

/// Whether a record may still be changed in place on a day.
#[must_use]
pub fn is_open(pack: &Pack, kept: &Activity, today: jiff::civil::Date) -> bool {
    let days = pack.whole("record_lock_days", today);
    let until = days.and_then(|days| kept.record.entered_on.checked_add(jiff::Span::new().days(days)).ok());
    until.is_none_or(|until| today <= until)
}

async fn supervised(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<Activity> {
    tx.lock("activity", id).await?;
    let scope = actor.scope(Capability::SuperviseActivities);
    let activity = find(tx.connection(), &scope, id).await?.ok_or_else(|| Refusal("没有找到这条记录。".to_owned()))?;
    if activity.entered_by.is_some() && activity.entered_by == actor.person_id {
        return Err(Refusal("自己录入的记录要由别人审核，请由上级的另一位同志办理。".to_owned()).into());
    }
    if app.directory().org(activity.organisation()).is_none() {
        return Err(Refusal("这个党组织已经撤销，记录不再改动。".to_owned()).into());
    }
    Ok(activity)
}

/// Routes of activities.
#[must_use]
pub fn routes(routes: crate::http::route::Routes) -> crate::http::route::Routes {
    pages::routes(routes)
}
