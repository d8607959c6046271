//! Appraisals of what secretaries report (述职评议考核): reports with an appendix that nobody types, comments, a ballot, grades,
//! problems in the ledger; next year's report begins with how these stand.
//!
//! For: offices to which the secretaries below them report once a year. In: a filed line of the plan, reports, comments, a confirmed
//! ballot. Out: points and grades, rows of the ledger of problems, facts `appraisal.KEY`.
//! Does not know: how votes are counted ([`records::ballot`]), how a problem is closed.

mod acts;
mod appendix;
mod facts;
mod model;
mod open;
mod pages;
mod report;
mod rows;
mod see;
mod waits;

use policy::{Appraisal, Pack};

pub use acts::{act, call_ballot, comment, file_list, give_back};
pub use facts::derive_facts;
pub use model::{Answered, Asked, Body, Comment, CommentKind, Listed, Report, Session};
pub use open::{NewSession, open};
pub use pages::routes;
pub use report::{NewReport, hand_in};
pub use rows::{PublishedGrade, comments_of, published_grades, report, reports_of, session, sessions_on};
pub use see::previous;
pub use waits::waiting_items;

/// What the cases are about, and the source of the facts.
pub const SUBJECT: &str = "appraisal";
/// The first stage of every procedure of an appraisal, in which reports are handed in; the second, in which they are commented on.
const REPORTING: &str = "reporting";
const COMMENTING: &str = "commenting";
/// The stage in which the ballot is held, and that in which problems are handed over.
const VOTING: &str = "voting";
const RECTIFYING: &str = "rectifying";

/// What the pack says of a session.
fn rule<'a>(pack: &'a Pack, session: &Session) -> anyhow::Result<&'a Appraisal> {
    pack.appraisals.get(&session.appraisal).ok_or_else(|| anyhow::anyhow!("the pack has no appraisal {}", session.appraisal))
}
