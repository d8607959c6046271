//! Meetings of committees on Party building (党委专题研究党建会议): agenda, decisions, each decision a task.
//!
//! For: the office of a committee. In: who took the chair, what was on the agenda, what was decided. Out: tasks in the meeting's own
//! transaction, linked both ways; facts `committee.party_building_meeting`; periods without one. Does not know: how often one is due
//! (the pack's indicator says so), how a score follows.

mod pages;
mod rows;
mod waits;

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Period, Ratio, in_force};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use crate::app::App;
use crate::facts::{EventFact, Facts};
use crate::http::view::Link;
use crate::task::{self, Decision};

pub use pages::routes;
pub use rows::{Meeting, chaired};
pub use waits::waiting_items;

/// The indicator of the pack that says how often a committee meets on Party building.
pub const INDICATOR: &str = "party_building_meeting";
/// The source of its facts.
pub const SOURCE: &str = "party_meeting";
const FACT: &str = "committee.party_building_meeting";

/// A meeting about to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeeting {
    pub organisation: OrgId,
    pub held_on: Date,
    /// Who took the chair: a member of the committee.
    pub chair: String,
    pub agenda: String,
    pub decisions: Vec<Decision>,
}

/// Writes a meeting down and hands its decisions out as tasks, all or nothing.
///
/// # Errors
/// [`Refusal`] out of reach, of a day to come, without a chair from the committee, an agenda, a decision; and for what a task is refused.
pub async fn record(app: &App, tx: &mut Tx, actor: &Actor, new: NewMeeting) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let scope = actor.scope(Capability::KeepResponsibility);
    let committee = app.directory().visible(&scope, new.organisation).filter(|org| org.role == OrganisationRole::Committee).cloned();
    let Some(committee) = committee else { return refuse("没有找到这个党委（党工委）。".to_owned()) };
    if new.held_on > tx.today() || new.held_on.year() < tx.today().year() - 1 {
        return refuse(format!("请写开会的那一天，不晚于今天（{}）。", tx.today()));
    }
    let members = rows::members(tx.connection(), committee.id, new.held_on).await?;
    if !members.contains(&new.chair) {
        return refuse(format!("主持人要在{}的班子里，没有登记的先登记班子。", committee.name));
    }
    if new.agenda.trim().is_empty() {
        return refuse("请写议题。".to_owned());
    }
    if new.decisions.is_empty() {
        return refuse("专题研究要有决定，请至少写一条：谁、什么时候、办什么。".to_owned());
    }
    for decision in &new.decisions {
        if decision.units.is_empty() {
            return refuse(format!("请选“{}”由哪个下级单位办。", decision.text));
        }
    }
    // Sent twice it is one meeting, and its decisions are issued once.
    tx.lock("organisation", committee.id).await?;
    let sql = "select 1 from party_meeting where organisation_id = $1 and held_on = $2 and agenda = $3";
    let values = [committee.id.into(), new.held_on.to_string().into(), new.agenda.trim().into()];
    if !store::query(tx.connection(), sql, values).await?.is_empty() {
        return refuse("这次会议已经登记过了，没有重复登记。".to_owned());
    }
    let title = format!("{}专题研究党建工作（{}）", committee.name, new.held_on);
    let (directive, wholes) = task::decide(app, tx, actor, committee.id, &title, new.held_on, &new.decisions).await?;
    let id = tx.next_id().await?;
    rows::insert(tx, id, &new, directive, &wholes).await?;
    crate::facts::replace(tx, SOURCE, vec![(id, facts_of(committee.id, new.held_on))]).await?;
    tx.record("party_meeting.record", "party_meeting", id, Some(committee.id), json!({ "n": wholes.len() }));
    tx.changed("party_meeting", id, Some(committee.id));
    Ok(id)
}

fn facts_of(organisation: OrgId, day: Date) -> Facts {
    let event = EventFact { organisation, day, kind: FACT.to_owned(), quantity: 1, subject: 0, flags: 0, makes_up: None };
    Facts { events: vec![event], spans: Vec::new() }
}

/// The facts of these meetings as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for row in query(tx.connection(), format!("select id, organisation_id, held_on from party_meeting where id in ({list})"), []).await? {
            facts.push((row.try_get_by_index(0)?, facts_of(row.try_get_by_index(1)?, row.try_get_by_index::<String>(2)?.parse()?)));
        }
    }
    Ok(facts)
}

/// The meeting that a task comes from; a link for those who see the committee's meetings.
///
/// # Errors
/// When the database cannot be read.
pub async fn meeting_of(app: &App, actor: &Actor, tasks: &[i64]) -> anyhow::Result<Option<Link>> {
    let Some((id, organisation, day)) = rows::of_tasks(app.store().reader(), tasks).await? else { return Ok(None) };
    let is_open = app.directory().is_visible(&actor.scope(Capability::ViewResponsibility), organisation);
    let words = format!("{}{day} 专题研究党建会议", app.directory().name_of(organisation));
    Ok(Some(Link::new(words, if is_open { format!("/party-meetings/{id}") } else { String::new() })))
}

/// The periods, oldest first, that are over and in which each of some committees did not meet as often as it should, since the
/// beginning of the year before.
///
/// # Errors
/// When the database cannot be read.
pub async fn missed(app: &App, committees: &[OrgId], today: Date) -> anyhow::Result<HashMap<OrgId, Vec<Period>>> {
    let pack = app.pack();
    let Some(indicator) = pack.indicators.get(INDICATOR) else { return Ok(HashMap::new()) };
    let begins = Period::year(today.year() - 1);
    let held = rows::days(app.store().reader(), committees, begins.from(), today).await?;
    let directory = app.directory();
    let mut found = HashMap::new();
    for committee in committees {
        let Some(org) = directory.org(*committee) else { continue };
        let since = org.go_live_on.map_or(org.founded_on, |day| day.max(org.founded_on));
        let periods = begins.parts(indicator.per).into_iter().chain(Period::year(today.year()).parts(indicator.per));
        let is_missed = |period: &Period| {
            let n = held.iter().filter(|(of, day)| of == committee && period.contains(*day)).map(|_| 1_i128).sum();
            let target = in_force(&indicator.target, period.from());
            period.last_day() < today && period.from() >= since && target.is_some_and(|target| !target.is_met_by(Ratio::from_integer(n)))
        };
        found.insert(*committee, periods.filter(is_missed).collect());
    }
    Ok(found)
}
