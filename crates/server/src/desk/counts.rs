//! The counts beside the menu: the same figures as on the pages they lead to, once per commit and person.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, PersonId};

use super::waiting::waiting_for;
use crate::app::App;
use crate::duty::{Countdown, Selection};

/// More people than this are not remembered at once.
const N_PEOPLE_MAX: usize = 5_000;

/// Counts that were found, with the commit and the day they belong to.
#[derive(Default)]
struct Counts(Mutex<HashMap<PersonId, Found>>);

struct Found {
    no: i64,
    on: Date,
    counts: Vec<(&'static str, u32)>,
}

impl Counts {
    /// What waits for somebody, by place of the menu.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn of(&self, app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<(&'static str, u32)>> {
        let Some(person) = actor.person_id else { return Ok(Vec::new()) };
        let no = app.store().followed_no();
        if let Some(found) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&person)
            && (found.no, found.on) == (no, today)
        {
            return Ok(found.counts.clone());
        }
        let counts = find(app, actor, today).await?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= N_PEOPLE_MAX {
            kept.clear();
        }
        kept.insert(person, Found { no, on: today, counts: counts.clone() });
        Ok(counts)
    }
}

/// What waits for somebody, by place of the menu; found once per commit and person.
///
/// # Errors
/// When the database cannot be read.
pub async fn counts_of(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<(&'static str, u32)>> {
    app.held(Counts::default).of(app, actor, today).await
}

async fn find(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<(&'static str, u32)>> {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let waiting = waiting_for(app, actor, today).await?;
    let at = |places: &[&str]| small(waiting.iter().filter(|item| places.iter().any(|place| item.act.href.starts_with(place))).count());
    let mut counts = vec![("desk", small(waiting.len())), ("tasks", at(&["/tasks"])), ("transfers", at(&["/transfers"]))];
    counts.push(("weak_lists", at(&["/rectifications", "/weak-lists"]).max(own_cases(app, actor).await?)));
    // Places that always hold something carry a count only while something waits there.
    counts.extend(
        [
            "activities",
            "members",
            "schemes",
            "problems",
            "matters",
            "projects",
            "inspections",
            "tables",
            "responsibility",
            "departments",
            "appraisals",
            "contests",
        ]
        .into_iter()
        .map(|place| (place, at(&[format!("/{place}").as_str()])))
        .filter(|(_, n)| *n > 0),
    );
    let scope = actor.scope(Capability::ViewActivities);
    if !scope.is_empty() {
        let states = crate::duty::states_of_year(app, today.year(), today).await?;
        let selection = Selection::new(&app.directory(), &scope, &states, Countdown::of(&app.pack(), today), None, None, None);
        counts.push(("matrix", small(selection.count("soon") + selection.count("overdue"))));
    }
    Ok(counts)
}

/// Rectifications that a branch is in: the branch has its plan, measures and deadlines there, whoever is to act next.
async fn own_cases(app: &App, actor: &Actor) -> anyhow::Result<u32> {
    if !actor.may(Capability::RecordActivities) || actor.may(Capability::SuperviseActivities) {
        return Ok(0);
    }
    let scope = actor.scope(Capability::WorkOnRectification);
    if scope.is_empty() {
        return Ok(0);
    }
    let open = crate::case::open_cases(app.store().reader(), &scope, crate::rectification::PROCEDURE, true).await?;
    Ok(u32::try_from(open.len()).unwrap_or(u32::MAX))
}
