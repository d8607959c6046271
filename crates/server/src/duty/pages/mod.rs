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

pub(crate) use cell::{day_words, period_words};

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
pub(crate) struct Asked {
    pub scope: Scope,
    /// `None`: everything within reach, which has no common top.
    pub top: Option<OrgNode>,
    pub year: i16,
    pub states: Arc<YearStates>,
    pub countdown: Countdown,
}

impl Asked {
    /// Reads it from the address; an organisation out of reach is not found.
    pub(crate) async fn read(visit: &Visit, query: &ListQuery) -> Result<Self, Failure> {
        let scope = visit.scope(Capability::ViewActivities);
        let top = match query.filter("organisation") {
            Some(id) => Some(visit.organisation(Capability::ViewActivities, id.parse().map_err(|_| Failure::NotFound)?)?),
            None => default_top(visit, &scope),
        };
        let today = visit.today();
        let year = query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (2000..=today.year()).contains(year)).unwrap_or(today.year());
        let states = visit.app.figures().states().of_year(&visit.app, year, today).await?;
        Ok(Self { scope, top, year, states, countdown: Countdown::of(&visit.pack(), today) })
    }

    /// The cells asked for.
    pub(crate) fn select(&self, visit: &Visit, field: Option<&str>, duty: Option<&str>) -> Selection<'_> {
        Selection::new(&visit.app.directory(), &self.scope, &self.states, self.countdown, self.top.as_ref().map(|top| top.id), field, duty)
    }

    /// The name of what it is about.
    pub(crate) fn name(&self) -> &str {
        self.top.as_ref().map_or("全部党组织", |top| top.name.as_str())
    }

    /// What else may be chosen: upwards as far as one may see, and directly below.
    pub(crate) fn places(&self, visit: &Visit) -> Vec<Choice> {
        let directory = visit.app.directory();
        let Some(top) = &self.top else {
            return vec![Choice { value: String::new(), label: "全部党组织".to_owned(), selected: true }];
        };
        let choice = |org: &OrgNode, mark: &str| Choice { value: org.id.to_string(), label: format!("{mark}{}", org.name), selected: org.id == top.id };
        let mut places: Vec<Choice> = top.superiors.iter().rev().filter_map(|id| directory.visible(&self.scope, *id)).map(|org| choice(org, "")).collect();
        places.push(choice(top, ""));
        let has_branches = |org: &&OrgNode| org.is_branch() || directory.subtree(org.id).any(|below| below.is_branch() && self.scope.includes(below.id, &below.superiors, &below.field));
        places.extend(directory.children(top.id).filter(|org| self.scope.includes(org.id, &org.superiors, &org.field)).filter(has_branches).map(|org| choice(org, "　")));
        places
    }

    /// The years that may be chosen.
    pub(crate) fn years(&self, visit: &Visit) -> Vec<Choice> {
        let now = visit.today().year();
        (0..4).map(|back| now - back).map(|year| Choice { value: year.to_string(), label: format!("{year} 年"), selected: year == self.year }).collect()
    }
}

/// Where somebody starts: the top of the first post that stands over a subtree. A list of names has no top.
pub(crate) fn default_top(visit: &Visit, scope: &Scope) -> Option<OrgNode> {
    let root = visit.actor().grants_with(Capability::ViewActivities).find_map(|grant| grant.set.root)?;
    visit.app.directory().visible(scope, root).cloned()
}

/// The fields of the pack as a drop-down list.
pub(crate) fn fields(visit: &Visit, query: &ListQuery) -> Vec<Choice> {
    let pack = visit.pack();
    let mut fields: Vec<_> = pack.fields.iter().collect();
    fields.sort_by_key(|(_, field)| field.order);
    query.choices("field", "全部领域", fields.into_iter().map(|(key, field)| (key.as_str(), field.name.as_str())))
}

/// The duties as a drop-down list.
pub(crate) fn duties(states: &YearStates, query: &ListQuery) -> Vec<Choice> {
    query.choices("duty", "全部责任", states.duties.iter().map(|duty| (duty.key.as_str(), duty.short.as_str())))
}

/// A number of an organisation as pages are given one.
pub(crate) fn org_of(text: &str) -> Result<OrgId, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}
