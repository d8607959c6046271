//! The application put together: which rooms there are, the desk over them, the search, the demo city, the commands.
//!
//! For: requests, files and commands. In: HTTP, workbooks, directives. Out: pages, documents, JSON.
//! Does not know: how a score is computed, what a rule says.

pub mod commands;
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod duty_log;
pub mod record_pack;
pub mod responsible;
pub mod rooms;
pub mod search;
pub mod serve;
pub mod suggestion;

pub use frame::{
    account, answerable, app, audit, burden, case, clock, condition, directory, facts, figures, files, follow, http, jobs, keys, notice, pinyin,
    policies,
};
pub use intake::{asked, import};
pub use rating::{appraisal, contest, evaluation, programme, rectification, scheme_editor, selection};
pub use records::{activity, ballot, duty, ledger, member, organisation, pivot, unit};
pub use supervision::{inspection, matter, problem, visit};
pub use tasks::{department, party_meeting, project, responsibility, task};
