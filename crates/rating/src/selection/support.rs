//! Who strives below whom (四级联创): under each organisation that comes forward, or stands between, those below it that do.

use std::collections::{BTreeMap, BTreeSet};

use policy::Selection;
use store::OrgId;

use super::rows::{Entry, Standing};
use super::scope_of;
use crate::directory::OrgNode;
use crate::http::view::{Standing as Tone, Status};
use crate::http::visit::Visit;

/// More than these are not drawn; the list beside has them all.
const N_LINES: usize = 400;

/// An organisation in its place of the tree.
pub(super) struct SupportLine {
    /// Steps below the topmost line.
    pub depth: usize,
    pub name: String,
    /// Its application; empty: none, or not for this visitor.
    pub href: String,
    /// `None`: it has not come forward itself, as far as is known.
    pub status: Option<Status>,
    /// Whether the visitor would see it if it had.
    pub is_known: bool,
    /// 下面有 3 个在申报或者已命名.
    pub note: String,
}

/// The tree over the entries of a selection that is meant for several levels; empty: for one.
pub(super) fn lines(visit: &Visit, selection: &Selection, entries: &[Entry], is_open: &dyn Fn(&Entry) -> bool) -> Vec<SupportLine> {
    if selection.levels.len() < 2 || entries.is_empty() {
        return Vec::new();
    }
    let today = visit.today();
    let directory = visit.app.directory();
    let mut newest: BTreeMap<OrgId, &Entry> = BTreeMap::new();
    for entry in entries {
        let known = newest.entry(entry.organisation).or_insert(entry);
        if entry.id > known.id {
            *known = entry;
        }
    }
    let mut shown: BTreeSet<OrgId> = BTreeSet::new();
    for org in newest.keys().filter_map(|id| directory.org(*id)) {
        shown.insert(org.id);
        let is_meant = |id: &&OrgId| directory.org(**id).is_some_and(|above| selection.is_open_to(&above.kind, &above.field, &above.level));
        shown.extend(org.superiors.iter().filter(is_meant));
    }
    let mut orgs: Vec<&OrgNode> = shown.iter().filter_map(|id| directory.org(*id)).collect();
    // Depth first: whoever stands above comes before, neighbours by code.
    let path = |org: &OrgNode| {
        let mut codes: Vec<&str> =
            org.superiors.iter().filter_map(|id| directory.org(*id)).filter(|it| shown.contains(&it.id)).map(|it| it.code.as_str()).collect();
        codes.sort_by_key(|code| directory.by_code(code).map_or(0, |it| it.superiors.len()));
        codes.push(&org.code);
        codes.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    orgs.sort_by_cached_key(|org| path(org));
    let scope = scope_of(visit.actor());
    let counts = |standing: Standing| matches!(standing, Standing::UnderWay | Standing::Held);
    let line = |org: &&OrgNode| {
        let own = newest.get(&org.id);
        let n_below = newest
            .iter()
            .filter(|(id, entry)| counts(entry.standing(today)) && directory.org(**id).is_some_and(|it| it.superiors.contains(&org.id)))
            .count();
        let tone = |standing: Standing| if standing == Standing::Held { Tone::Ok } else { Tone::Running };
        SupportLine {
            depth: org.superiors.iter().filter(|id| shown.contains(id)).count(),
            name: org.name.clone(),
            href: own.filter(|entry| is_open(entry)).map_or_else(String::new, |entry| entry.address()),
            status: own.map(|entry| entry.standing(today)).map(|it| Status::new(if counts(it) { tone(it) } else { Tone::Excused }, it.words())),
            is_known: own.is_some() || directory.is_visible(&scope, org.id),
            note: if n_below > 0 && directory.is_visible(&scope, org.id) {
                format!("下面有 {n_below} 个在申报或者已命名")
            } else {
                String::new()
            },
        }
    };
    orgs.iter().take(N_LINES).map(line).collect()
}
