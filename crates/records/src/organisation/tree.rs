//! The tree at the left of lists: what somebody reaches, opened along the way to where he stands.

use std::collections::{HashMap, HashSet};

use askama::Template;
use store::{OrgId, Scope};

use super::past::OrgOn;
use crate::directory::{Directory, OrgNode};
use crate::http::view::grouped;

/// Entries of the tree at one depth; those below are entries again.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "pages/organisation_tree.html")]
pub struct TreeNodes {
    pub nodes: Vec<TreeNode>,
}

impl TreeNodes {
    /// Whether there is anything to choose: one organisation alone needs no tree.
    #[must_use]
    pub fn is_useful(&self) -> bool {
        self.nodes.len() > 1 || self.nodes.iter().any(TreeNode::has_below)
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub struct TreeNode {
    pub name: String,
    pub count: String,
    /// Where it leads; nothing: a heading that only groups.
    pub href: Option<String>,
    pub is_current: bool,
    /// What became of it later, in the tree of a past day.
    pub mark: String,
    /// What is below, when it is open.
    pub below: Option<TreeNodes>,
    /// Where what is below comes from, when it is closed.
    pub load: Option<String>,
}

impl TreeNode {
    /// Whether something is below.
    #[must_use]
    pub fn has_below(&self) -> bool {
        self.below.is_some() || self.load.is_some()
    }
}

/// What the tree needs to know besides the organisations.
pub struct TreeView<'a> {
    pub directory: &'a Directory,
    pub scope: &'a Scope,
    /// The list that the entries narrow: `/members`.
    pub list: &'static str,
    pub current: Option<OrgId>,
}

impl TreeView<'_> {
    /// From the tops of the scope down to the current organisation; other branches come when they are opened.
    #[must_use]
    pub fn whole(&self) -> TreeNodes {
        let tops = tops(self.directory, self.scope);
        let mut path: HashSet<OrgId> =
            self.current.and_then(|id| self.directory.org(id)).map(|org| org.superiors.iter().copied().chain([org.id]).collect()).unwrap_or_default();
        if let [only] = tops[..] {
            path.insert(only.id);
        }
        let counts = Counts::of(self.directory, self.scope);
        if tops.len() <= MANY {
            return TreeNodes { nodes: tops.into_iter().map(|org| self.node(org, &counts, &path)).collect() };
        }
        TreeNodes { nodes: self.grouped(&tops, &counts, &path) }
    }

    /// What is directly below one organisation of the tree; nothing when it is out of reach.
    #[must_use]
    pub fn below(&self, id: OrgId) -> Option<TreeNodes> {
        let counts = Counts::of(self.directory, self.scope);
        let path = HashSet::new();
        if self.directory.is_visible(self.scope, id) {
            return Some(TreeNodes { nodes: self.children(id).into_iter().map(|org| self.node(org, &counts, &path)).collect() });
        }
        // A county out of reach is asked for only where its name heads the many below it.
        let all = tops(self.directory, self.scope);
        if all.len() <= MANY {
            return None;
        }
        let tops: Vec<&OrgNode> = all.into_iter().filter(|org| self.heading_of(org) == Some(id)).collect();
        (!tops.is_empty()).then(|| TreeNodes { nodes: tops.into_iter().map(|org| self.node(org, &counts, &path)).collect() })
    }

    fn node(&self, org: &OrgNode, counts: &Counts, open: &HashSet<OrgId>) -> TreeNode {
        let children = self.children(org.id);
        let is_open = open.contains(&org.id) && !children.is_empty();
        TreeNode {
            name: org.name.clone(),
            count: grouped(counts.members(org)),
            href: Some(format!("{}?under={}", self.list, org.id)),
            is_current: self.current == Some(org.id),
            mark: String::new(),
            load: (!is_open && !children.is_empty()).then(|| format!("/organisations/tree/{}?list={}", org.id, self.list.trim_start_matches('/'))),
            below: is_open.then(|| TreeNodes { nodes: children.into_iter().map(|org| self.node(org, counts, open)).collect() }),
        }
    }

    /// Those whose nearest reached superior this is.
    fn children(&self, id: OrgId) -> Vec<&OrgNode> {
        let mut found = Vec::new();
        for child in self.directory.children(id) {
            if self.directory.is_visible(self.scope, child.id) {
                found.push(child);
            } else {
                found.extend(self.children(child.id));
            }
        }
        found
    }

    /// Many organisations without a common superior in reach (a line body's schools) stand under the names of their counties.
    fn grouped(&self, tops: &[&OrgNode], counts: &Counts, open: &HashSet<OrgId>) -> Vec<TreeNode> {
        let mut groups: Vec<(Option<OrgId>, Vec<&OrgNode>)> = Vec::new();
        for org in tops {
            let heading = self.heading_of(org);
            match groups.iter_mut().find(|(known, _)| *known == heading) {
                Some((_, of)) => of.push(org),
                None => groups.push((heading, vec![org])),
            }
        }
        let mut nodes = Vec::new();
        for (heading, of) in groups {
            let Some(id) = heading else {
                nodes.extend(of.into_iter().map(|org| self.node(org, counts, open)));
                continue;
            };
            let is_open = of.iter().any(|org| open.contains(&org.id));
            let n: u64 = of.iter().map(|org| counts.members(org)).sum();
            nodes.push(TreeNode {
                name: self.directory.name_of(id).to_owned(),
                count: n.to_string(),
                href: None,
                is_current: false,
                mark: String::new(),
                load: (!is_open).then(|| format!("/organisations/tree/{id}?list={}", self.list.trim_start_matches('/'))),
                below: is_open.then(|| TreeNodes { nodes: of.into_iter().map(|org| self.node(org, counts, open)).collect() }),
            });
        }
        nodes
    }

    fn heading_of(&self, org: &OrgNode) -> Option<OrgId> {
        // The second organisation from the top: a county, or a line body.
        org.superiors.iter().rev().nth(1).copied()
    }
}

/// More tops than these are grouped.
const MANY: usize = 40;

/// Organisations of a scope that have no superior in it, in tree order.
#[must_use]
pub fn tops<'a>(directory: &'a Directory, scope: &'a Scope) -> Vec<&'a OrgNode> {
    let visible: Vec<&OrgNode> = directory.all(scope).collect();
    let ids: HashSet<OrgId> = visible.iter().map(|org| org.id).collect();
    visible.into_iter().filter(|org| !org.superiors.iter().any(|id| ids.contains(id))).collect()
}

/// Members below each organisation, no more than the scope shows.
pub struct Counts {
    narrowed: Option<HashMap<OrgId, u64>>,
}

impl Counts {
    #[must_use]
    pub fn of(directory: &Directory, scope: &Scope) -> Self {
        if !scope.is_narrowed() {
            return Self { narrowed: None };
        }
        let mut sums: HashMap<OrgId, u64> = HashMap::new();
        for org in directory.all(scope) {
            for id in org.superiors.iter().chain([&org.id]) {
                *sums.entry(*id).or_default() += u64::from(org.n_members);
            }
        }
        Self { narrowed: Some(sums) }
    }

    #[must_use]
    pub fn members(&self, org: &OrgNode) -> u64 {
        self.narrowed.as_ref().map_or(u64::from(org.n_members_below), |sums| sums.get(&org.id).copied().unwrap_or_default())
    }
}

/// The tree of a past day, all of it that the scope reached.
pub struct PastTree<'a> {
    below: HashMap<Option<OrgId>, Vec<&'a OrgOn>>,
    open: HashSet<OrgId>,
    directory: &'a Directory,
    list: &'a str,
    current: Option<OrgId>,
    on: String,
}

impl<'a> PastTree<'a> {
    /// Of organisations in the order of the tree, on the day `on`.
    #[must_use]
    pub fn new(all: &'a [OrgOn], directory: &'a Directory, list: &'a str, current: Option<OrgId>, on: String) -> Self {
        let shown: HashSet<OrgId> = all.iter().map(|org| org.id).collect();
        let mut below: HashMap<Option<OrgId>, Vec<&OrgOn>> = HashMap::new();
        for org in all {
            let parent = org.superiors.iter().find(|id| shown.contains(id)).copied();
            below.entry(parent).or_default().push(org);
        }
        let current_org = current.and_then(|id| all.iter().find(|org| org.id == id));
        let mut open: HashSet<OrgId> = current_org.map(|org| org.superiors.iter().copied().chain([org.id]).collect()).unwrap_or_default();
        if let Some([only]) = below.get(&None).map(Vec::as_slice) {
            open.insert(only.id);
        }
        Self { below, open, directory, list, current, on }
    }

    /// From the tops down to the current organisation.
    #[must_use]
    pub fn whole(&self) -> TreeNodes {
        self.nodes(None)
    }

    /// What was directly below one organisation; nothing when it was out of reach.
    #[must_use]
    pub fn below(&self, id: OrgId) -> Option<TreeNodes> {
        self.below.contains_key(&Some(id)).then(|| self.nodes(Some(id)))
    }

    fn nodes(&self, parent: Option<OrgId>) -> TreeNodes {
        let nodes = self.below.get(&parent).into_iter().flatten().map(|org| {
            let has_below = self.below.contains_key(&Some(org.id));
            let is_open = has_below && self.open.contains(&org.id);
            let mark = match self.directory.org(org.id) {
                None => "后撤销",
                Some(now) if now.name != org.name => "后更名",
                Some(now) if now.parent != org.parent => "后调整",
                Some(_) => "",
            };
            TreeNode {
                name: org.name.clone(),
                count: grouped(u64::from(org.n_members_below)),
                href: Some(format!("{}?on={}&under={}", self.list, self.on, org.id)),
                is_current: self.current == Some(org.id),
                mark: mark.to_owned(),
                load: (has_below && !is_open)
                    .then(|| format!("/organisations/tree/{}?on={}&list={}", org.id, self.on, self.list.trim_start_matches('/'))),
                below: is_open.then(|| self.nodes(Some(org.id))),
            }
        });
        TreeNodes { nodes: nodes.collect() }
    }
}
