//! Deploying (部署): a directive, the tasks taken from it, and their way down the tree and back.
//!
//! For: from a speech to tasks that units receive, split, feed back, and others verify; 项目清单, 责任清单, 考评清单 of one record.
//! In: a text; what officers correct; parts that add up. Out: tasks with cases, progress that rolls up, facts `task.*`.
//! Does not know: how a text is read (`directive`), how a stage is left ([`crate::case`]), how a score follows.

mod acts;
mod cascade;
pub mod command;
mod decided;
mod directives;
mod facts;
mod form;
mod issue;
mod model;
mod pages;
mod passages;
mod progress;
#[cfg(test)]
mod properties;
mod proposal;
pub mod quantity;
mod reading;
mod see;
mod store;
mod waits;

use jiff::civil::Date;
use policy::Pack;

pub use acts::{act, carry_out, urge_all};
pub use decided::{Decision, ask_decisions_approval, cost_of_decisions, decide};
pub use directives::{
    Filling, Marked, N_CHARS_MAX, NewDirective, Step, add, check_complete, correct, create, fill_missing, find as find_directive, items_of, merge,
    settle_year, step,
};
pub use facts::derive_facts;
pub use form::{ItemForm, Problem, SplitForm};
pub use issue::{Issued, ask_approval, ask_split_approval, cost_of, issue, may_receive, may_split, over_before_it_begins, split};
pub use model::{At, Directive, Issuer, Item, ItemState, Part, Parts, PartsKind, Standing, Task, Times, Turn};
pub use pages::routes;
pub use progress::{Figure, figures};
pub use reading::field_of;
pub use see::{Alikes, Late, Urging, Wait, Waiting, escalated, find, handed_down, handed_past, is_visible, n_to_urge, own, to_urge, untold, waiting};
pub use waits::waiting_items;

/// The procedure that every task goes through.
pub const PROCEDURE: &str = "task";

/// Days that do not pass.
const NEVER: i64 = 100_000;

/// What the pack says about the time of tasks.
///
/// # Errors
/// When the pack has no procedure for tasks.
pub fn times_of(pack: &Pack, on: Date) -> anyhow::Result<Times<'_>> {
    let procedure = pack.procedures.get(PROCEDURE).ok_or_else(|| anyhow::anyhow!("the pack has no procedure {PROCEDURE}"))?;
    Ok(Times { procedure, escalation_days: pack.whole("task_escalation_days", on).unwrap_or(NEVER) })
}

/// Parts of one task that somebody sees, by the order of the tree.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts(app: &crate::app::App, actor: &::store::Actor, task_id: i64) -> anyhow::Result<Vec<Task>> {
    let mut parts = store::parts_of(app.store().reader(), &[task_id]).await?;
    parts.retain(|part| is_visible(app, actor, part));
    let directory = app.directory();
    parts.sort_by_key(|part| directory.org(part.organisation).map(|org| org.code.clone()));
    Ok(parts)
}
