//! Which pages open for somebody, asked of the table of routes: no page shows a link to where its reader may not go.

use std::collections::BTreeMap;
use std::sync::Arc;

use store::Actor;

use crate::http::route::{Needs, RouteLine};

/// The pages that a listener serves, by the first step of their addresses.
#[derive(Debug, Clone, Default)]
pub struct Pages(BTreeMap<&'static str, Vec<(Vec<&'static str>, Needs)>>);

impl Pages {
    /// The pages among these routes.
    #[must_use]
    pub fn new<'a>(lines: impl IntoIterator<Item = &'a RouteLine>) -> Self {
        let mut pages: BTreeMap<&'static str, Vec<(Vec<&'static str>, Needs)>> = BTreeMap::new();
        for line in lines.into_iter().filter(|line| line.method == "GET") {
            let steps: Vec<&'static str> = line.path.split('/').skip(1).collect();
            pages.entry(steps[0]).or_default().push((steps, line.needs));
        }
        // A step that is written out goes before one that is a parameter.
        for alike in pages.values_mut() {
            alike.sort_by_key(|(steps, _)| steps.iter().map(|step| step.starts_with('{')).collect::<Vec<_>>());
        }
        Self(pages)
    }

    /// What the page at an address asks of whoever comes; nothing: there is no such page here.
    #[must_use]
    pub fn needs(&self, href: &str) -> Option<Needs> {
        let path = href.split(['?', '#']).next().unwrap_or_default();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        let is_it = |of: &[&str]| of.len() == steps.len() && of.iter().zip(&steps).all(|(of, step)| of.starts_with('{') || of == step);
        self.0.get(steps.first()?)?.iter().find(|(of, _)| is_it(of)).map(|(_, needs)| *needs)
    }
}

/// The pages of a listener as one person may open them; without a person, as the sheet of components has it, all are open.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    pages: Arc<Pages>,
    actor: Option<Arc<Actor>>,
    /// Places that only some of those who are signed in may open.
    closed: Vec<&'static str>,
}

impl Ways {
    /// What `actor` may open of `pages`.
    #[must_use]
    pub fn of(pages: Arc<Pages>, actor: Arc<Actor>) -> Self {
        let closed = crate::http::menu::closed_to(&actor);
        Self { pages, actor: Some(actor), closed }
    }

    /// Whether an address opens. What stands behind a number in it may still be out of reach: whoever links to one record
    /// links to what was found through a scope.
    #[must_use]
    pub fn open(&self, href: &str) -> bool {
        let Some(actor) = &self.actor else { return true };
        match self.pages.needs(href) {
            None => false,
            Some(Needs::Nothing) => true,
            Some(Needs::SignIn) => !self.closed.contains(&href.split(['?', '#']).next().unwrap_or_default()),
            Some(Needs::May(capability)) => actor.may(capability),
        }
    }
}

#[cfg(test)]
mod tests {
    use policy::Capability;

    use super::*;
    use crate::http::route::Door;

    fn pages() -> Pages {
        let line = |method, path, needs| RouteLine { method, path, needs, door: Door::Both };
        Pages::new(&[
            line("GET", "/", Needs::SignIn),
            line("GET", "/members/{id}", Needs::May(Capability::ViewMembers)),
            line("GET", "/members/new", Needs::May(Capability::ManageMembers)),
            line("POST", "/members/{id}/transfer", Needs::May(Capability::TransferMembers)),
        ])
    }

    #[test]
    fn an_address_asks_what_its_route_asks() {
        let pages = pages();
        assert_eq!(pages.needs("/"), Some(Needs::SignIn));
        assert_eq!(pages.needs("/members/7?on=2026-01-01#hours"), Some(Needs::May(Capability::ViewMembers)));
        assert_eq!(pages.needs("/members/new"), Some(Needs::May(Capability::ManageMembers)), "what is written out goes first");
        for nowhere in ["", "/members", "/members/7/transfer", "/nowhere", "https://example.org/"] {
            assert_eq!(pages.needs(nowhere), None, "{nowhere}");
        }
    }
}
