//! Contests (擂台比武、互比互学): rounds from the lowest level up, judged by people from elsewhere, ranked by trimmed means.
//!
//! For: offices that hold a round, units that enter, judges on their phones. In: an entry, scores written once. Out: places, remarks,
//! those who go up, good practices, facts `contest.KEY`, who has not taken part yet.
//! Does not know: which contests there are, how many scores are dropped; that is the pack's.

mod acts;
mod enter;
mod facts;
mod model;
mod open;
mod pages;
mod rows;
mod score;
mod see;
mod waits;

use policy::{Contest, Pack};

pub use acts::{act, note_practice};
pub use enter::{NewEntry, enter};
pub use facts::derive_facts;
pub use model::{Entry, Judge, Paper, Placed, Round, Score, placed, trimmed_mean};
pub use open::{NewRound, open};
pub use pages::routes;
pub use rows::{entries_of, entry, judges_of, round, scores_of};
pub use score::{Given, mark_absent, name_judges, score};
pub use waits::waiting_items;

/// What the cases are about, and the source of the facts.
pub const SUBJECT: &str = "contest";
/// Stages of every procedure of a round: entries come in and judges are named; judges score; ranks are there, not yet public.
const ENTERING: &str = "entering";
const SCORING: &str = "scoring";
/// The stage of a round that does not take place: whoever entered may enter again.
const CALLED_OFF: &str = "called_off";

/// What the pack says of a round.
fn rule<'a>(pack: &'a Pack, round: &Round) -> anyhow::Result<&'a Contest> {
    pack.contests.get(&round.contest).ok_or_else(|| anyhow::anyhow!("the pack has no contest {}", round.contest))
}
