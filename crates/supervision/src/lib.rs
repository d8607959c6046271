//! What is not so, and how it is put right: one ledger of problems, whatever their source.
//!
//! For: whoever finds, owns, puts right and verifies. In: what was found, the acts of procedures. Out: problems that others close, facts.
//! Does not know: how a score follows; how a stage is left ([`case`]).

use frame::{account, answerable, app, burden, case, condition, directory, duty_log, facts, http, notice, pinyin};

pub mod inspection;
pub mod matter;
pub mod problem;
pub mod visit;
