//! The ledger of problems (问题清单): what inspections, self-checks, visits, members and procedures found, each with an owner, a
//! deadline, measures, evidence, and somebody else who closes it.
//!
//! For: units that put right, offices that verify, persons who raised one and get an answer.
//! In: a finding; items of kind `problem` that any procedure opens. Out: one list, systemic groups, orders to look for the same, facts `problem.*`.
//! Does not know: how a stage is left ([`crate::case`]), how a score follows, what a type of problem means.

mod acts;
mod charges;
mod facts;
mod feedback;
mod follow;
mod form;
mod groups;
mod limits;
mod list;
mod model;
mod pages;
mod raise;
mod rows;
mod see;
mod self_check;
mod waits;

use policy::{Pack, Procedure};

pub use acts::{act, urge_all};
pub use charges::{charges, logged, self_check_charges};
pub use facts::derive_facts;
pub use feedback::{FEEDBACK_PROBLEM, Feedback, NewFeedback, ORIGIN as FEEDBACK, Progress, enter as enter_feedback};
pub use follow::follow;
pub use form::{FormProblem, RaiseForm};
pub use groups::{Group, groups};
pub use list::{Counts, From, Wanted, count, counts, lines};
pub use model::{Problem, State};
pub use pages::routes;
pub use raise::{raise, raise_all, raise_found};
pub use see::{find, is_visible, reach};
pub use self_check::{
    NewSelfCheck, SelfCheck, act_on_self_check, ask_approval as ask_self_check, cost_of as cost_of_self_check, issue, unit_address, units_of,
};
pub use waits::waiting_items;

/// The procedure that every problem goes through which was not found in one; and what the cases of problems are about.
pub const PROCEDURE: &str = "problem";
/// What the cases are about by which each unit looks at its own place; and the procedure for what is alike.
pub const SELF_CHECK: &str = "self_check";
/// The kind of case item that a problem is.
pub const ITEM: &str = "problem";

/// Days after the deadline at which a problem comes up to the next superior.
#[must_use]
pub fn escalation_days(pack: &Pack) -> i64 {
    let stages = pack.procedures.get(PROCEDURE).map(|procedure| procedure.stages.as_slice()).unwrap_or_default();
    // The stage whose deadline is the problem's own.
    let days = stages.iter().find(|stage| !stage.closes && stage.days_max.is_none()).and_then(|stage| stage.escalates_after_days);
    days.map_or(NEVER, i64::from)
}

/// Days that do not pass.
const NEVER: i64 = 100_000;

/// The procedures by which a problem of its own is put right, with their keys.
pub fn procedures(pack: &Pack) -> impl Iterator<Item = (&str, &Procedure)> {
    pack.procedures.iter().filter(|(_, procedure)| procedure.subject == PROCEDURE).map(|(key, procedure)| (key.as_str(), procedure))
}

/// The procedures by which units look at their own place, with their keys: for what is alike, and those of campaigns.
pub fn self_check_procedures(pack: &Pack) -> impl Iterator<Item = (&str, &Procedure)> {
    pack.procedures.iter().filter(|(_, procedure)| procedure.subject == SELF_CHECK).map(|(key, procedure)| (key.as_str(), procedure))
}

/// Values of a list of codes.
fn codes<'a>(pack: &'a Pack, list: &str) -> &'a [String] {
    pack.code_lists.get(list).map(|list| list.values.as_slice()).unwrap_or_default()
}

/// Types that may be said of a problem.
#[must_use]
pub fn types(pack: &Pack) -> &[String] {
    codes(pack, "problem_type")
}

/// Where a problem may come from that somebody enters.
#[must_use]
pub fn sources(pack: &Pack) -> &[String] {
    codes(pack, "problem_source")
}

/// Numbers for an `in (…)`.
fn listed(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
