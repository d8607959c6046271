//! Scenarios: `fn ID` walks through a mechanism, `fn ID__refuses_…` is sent away.
#![expect(non_snake_case, reason = "a refusal is named after the row that it belongs to")]

mod activity_rows;
mod appraisal_rows;
mod burden_rows;
mod evaluation_rows;
mod harness;
#[path = "loop.rs"]
mod in_a_browser;
mod inspection_rows;
mod kills;
mod ledger_rows;
mod matter_rows;
mod member_rows;
mod oldest_browser;
mod organisation_rows;
mod project_rows;
mod responsibility_rows;
mod selection_rows;
mod steps;
mod supervision_rows;
mod task_rows;
mod tier_rows;
mod weak_rows;
