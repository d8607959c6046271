//! Pages of duties: the matrix, its cells, what is open, themes, the branch's health check.

mod act;
mod cell;
mod checkup;
mod items;
mod matrix;
mod themes;

use std::sync::Arc;

use policy::Capability;
use store::{OrgId, Scope};

pub use cell::{day_words, day_words_on, period_words};

use super::model::Countdown;
use super::select::Selection;
use super::states::YearStates;
use crate::directory::OrgNode;
use crate::http::failure::Failure;
use crate::http::list::ListQuery;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::Choice;
use crate::http::visit::Visit;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/duties", Needs::May(Capability::ViewActivities), Door::Both, matrix::show)
        .get("/duties/items", Needs::May(Capability::ViewActivities), Door::Both, items::show)
        .get("/duties/{organisation}/{duty}/{period}", Needs::May(Capability::ViewActivities), Door::Both, cell::show)
        .post("/duties/remind", Needs::May(Capability::SuperviseActivities), Door::Both, act::remind)
        .post("/duties/excuse/ask", Needs::May(Capability::RecordActivities), Door::Both, act::ask_excuse)
        .post("/duties/excuse/grant", Needs::May(Capability::SuperviseActivities), Door::Both, act::grant_excuse)
        .post("/duties/excuse/decide", Needs::May(Capability::SuperviseActivities), Door::Both, act::decide_excuse)
        .get("/themes", Needs::May(Capability::ViewActivities), Door::Both, themes::show)
        .post("/themes", Needs::May(Capability::DirectActivities), Door::Both, themes::issue)
        .post("/themes/day", Needs::May(Capability::ViewActivities), Door::Both, themes::set_day)
        .get("/organisations/{id}/items", Needs::SignIn, Door::Both, checkup::show)
}

/// What a page about duties is asked for: whose, which year.
pub struct Asked {
    pub scope: Scope,
    /// `None`: everything within reach, which has no common top.
    pub top: Option<OrgNode>,
    name: String,
    pub year: i16,
    pub states: Arc<YearStates>,
    pub countdown: Countdown,
}

impl Asked {
    /// Reads it from the address; an organisation out of reach is not found.
    pub async fn read(visit: &Visit, query: &ListQuery) -> Result<Self, Failure> {
        let scope = visit.scope(Capability::ViewActivities);
        let top = match query.filter("organisation") {
            Some(id) => Some(place(visit, &scope, org_of(id)?).ok_or(Failure::NotFound)?),
            None => default_top(visit, &scope),
        };
        let today = visit.today();
        let year =
            query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (2000..=today.year()).contains(year)).unwrap_or(today.year());
        let states = crate::duty::states_of_year(&visit.app, year, today).await?;
        let name = name_of(visit, &scope, top.as_ref());
        Ok(Self { scope, top, name, year, states, countdown: Countdown::of(&visit.pack(), today) })
    }

    /// The cells asked for.
    pub fn select(&self, visit: &Visit, field: Option<&str>, duty: Option<&str>) -> Selection<'_> {
        Selection::new(&visit.app.directory(), &self.scope, &self.states, self.countdown, self.top.as_ref().map(|top| top.id), field, duty)
    }

    /// The name of what it is about; a line body's with its field.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What else may be chosen: upwards as far as one may see, and directly below.
    pub fn places(&self, visit: &Visit) -> Vec<Choice> {
        places(visit, &self.scope, self.top.as_ref())
    }

    /// The years that may be chosen.
    pub fn years(&self, visit: &Visit) -> Vec<Choice> {
        let now = visit.today().year();
        (0..4)
            .map(|back| now - back)
            .map(|year| Choice { value: year.to_string(), label: format!("{year} 年"), selected: year == self.year })
            .collect()
    }
}

/// Where somebody starts: the top of the first post that stands over a subtree. A list of names has no top.
pub fn default_top(visit: &Visit, scope: &Scope) -> Option<OrgNode> {
    let root = visit.actor().grants_with(Capability::ViewActivities).find_map(|grant| grant.set.root)?;
    place(visit, scope, root).filter(|top| visit.app.directory().org(top.id).is_some())
}

/// An organisation to look from: within reach, also one that is no more, or on the way to what a line body reaches of its own field.
pub fn place(visit: &Visit, scope: &Scope, id: OrgId) -> Option<OrgNode> {
    let directory = visit.app.directory();
    let org = directory.org_ever(id)?;
    let is_on_the_way =
        |grant: &store::Grant| !grant.set.fields.is_empty() && grant.set.root.is_some_and(|root| root == org.id || org.superiors.contains(&root));
    let reaches = scope.includes(org.id, &org.superiors, &org.field)
        || (!org.is_branch() && visit.actor().grants_with(Capability::ViewActivities).any(is_on_the_way));
    reaches.then(|| org.clone())
}

/// The name of a place, with the field to which somebody's view of it is narrowed.
pub fn name_of(visit: &Visit, scope: &Scope, top: Option<&OrgNode>) -> String {
    let Some(top) = top else { return "全部党组织".to_owned() };
    if scope.includes(top.id, &top.superiors, &top.field) {
        let is_gone = visit.app.directory().org(top.id).is_none();
        return if is_gone { format!("{}（已撤销）", top.name) } else { top.name.clone() };
    }
    let pack = visit.pack();
    let fields: Vec<&str> = visit
        .actor()
        .grants_with(Capability::ViewActivities)
        .flat_map(|grant| &grant.set.fields)
        .filter_map(|key| pack.fields.get(key))
        .map(|field| field.name.as_str())
        .collect();
    format!("{}（{}领域）", top.name, fields.join("、"))
}

/// What may be chosen in place of `top`: upwards as far as one may see, and what has branches directly below.
pub fn places(visit: &Visit, scope: &Scope, top: Option<&OrgNode>) -> Vec<Choice> {
    let Some(top) = top else { return vec![Choice { value: String::new(), label: "全部党组织".to_owned(), selected: true }] };
    let choice = |org: &OrgNode, mark: &str| Choice { value: org.id.to_string(), label: format!("{mark}{}", org.name), selected: org.id == top.id };
    let mut places: Vec<Choice> = top.superiors.iter().rev().filter_map(|id| place(visit, scope, *id)).map(|org| choice(&org, "")).collect();
    places.push(choice(top, ""));
    let directory = visit.app.directory();
    // One walk over what is below finds the children that hold a branch within reach.
    let mut holders: Vec<OrgId> = Vec::new();
    for branch in directory.subtree(top.id).filter(|org| org.is_branch() && scope.includes(org.id, &org.superiors, &org.field)) {
        let under = branch.superiors.iter().position(|above| *above == top.id).map(|at| if at == 0 { branch.id } else { branch.superiors[at - 1] });
        holders.extend(under.filter(|under| holders.last() != Some(under)));
    }
    places.extend(holders.iter().filter_map(|id| directory.org(*id)).map(|org| choice(org, "　")));
    places
}

/// The fields of the pack as a drop-down list.
pub fn fields(visit: &Visit, query: &ListQuery) -> Vec<Choice> {
    let pack = visit.pack();
    let mut fields: Vec<_> = pack.fields.iter().collect();
    fields.sort_by_key(|(_, field)| field.order);
    query.choices("field", "全部领域", fields.into_iter().map(|(key, field)| (key.as_str(), field.name.as_str())))
}

/// The duties as a drop-down list.
pub fn duties(states: &YearStates, query: &ListQuery) -> Vec<Choice> {
    query.choices("duty", "全部责任", states.duties.iter().map(|duty| (duty.key.as_str(), duty.short.as_str())))
}

/// A number of an organisation as pages are given one.
pub fn org_of(text: &str) -> Result<OrgId, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}
