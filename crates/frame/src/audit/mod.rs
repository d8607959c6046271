//! The audit as people read it: who did what, when, under which post; and whether the chain is whole.
//!
//! For: answering "who did this", and proving that nothing was changed afterwards. In: what is asked. Out: entries, checks.
//! Does not know: the values that were changed; entries hold numbers and names of fields, never identity or telephone numbers.

mod check;
mod list;
mod pages;
mod words;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

pub use check::{Check, begin_check, check_whole, checks};
pub use list::{Line, NOBODY, lines};
pub use words::{detail_words, found_by, subject_words, words};

/// Routes of the audit.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let audit = Needs::May(Capability::ViewAudit);
    routes.get("/audit", audit, Door::Inner, pages::list).post("/audit/checks", audit, Door::Inner, pages::check)
}
