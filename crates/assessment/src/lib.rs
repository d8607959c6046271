#![doc = include_str!("../README.md")]

// For: facts → measures → indicators → scores → grades, ranks, quotas, and why.
// In: a pack, subjects, facts as columns, marks that people made, a period. Out: an `Evaluation`, duty states, proposals.
// Everything is pure and exact: the same in gives the same out, on every machine.
// Does not know: who is asking, HTML, which database keeps the records, the clock.

mod ballot;
mod cases;
mod cohort;
mod compile;
mod coverage;
mod duty;
mod evaluate;
mod exact;
mod explain;
mod fact;
mod facts;
mod fingerprint;
mod formula;
mod integers;
mod item;
mod measure;
mod part;
mod pivot;
mod place;
mod print;
mod rank;
mod result;
mod rollup;
mod simulate;
mod sql;
mod subject;
mod synthetic;
mod tally;
mod tier;
mod weak_list;
mod whole;

pub use ballot::{GroupVotes, NotCounted, ballot_points};
pub use cases::{CaseFailure, run_cases};
pub use cohort::effect_share;
pub use compile::Compiled;
pub use duty::{DutyPlan, DutyState, duty_states};
pub use evaluate::{evaluate, evaluate_blocks, items_of};
pub use exact::{date_of, day_number};
pub use explain::{EvidenceFilter, Explanation, explain, explain_total};
pub use fact::{Event, Flags, Span};
pub use facts::{EventColumns, Facts, FactsBuilder, OrgFacts, SpanColumns};
pub use fingerprint::{canonical_ranking_text, canonical_text, fingerprint, ranking_fingerprint};
pub use integers::{Integer, Integers, count, count_each};
pub use pivot::{GroupFigure, GroupMember, Judged, JudgedPeriod, Pivot, RowBehind, Span as PivotSpan, Table as PivotTable, Wanted};
pub use print::{LINE_HEADINGS, Printed, PrintedItem, PrintedRow, decimal, plain};
pub use rank::{ComponentResult, CompositeRanking, CompositeRow, CompositeSources, TracedItem, rank_composite};
pub use result::{Cohort, Evaluation, Evidence, ItemDefinition, ItemFigures, ItemResult, Outcome, Periods, QuotaResult, Row, VetoApplied};
pub use rollup::{RolledUp, roll_up};
pub use simulate::{
    Compared, Draft, DraftPlace, DraftProblem, GroupFigures, GroupReport, ItemReport, MICRO, Placing, Shift, Simulation, SimulationSources,
    Usefulness, in_place_of, simulate, simulate_whole,
};
pub use sql::measures_sql;
pub use subject::{Marks, Subject, Superior};
pub use synthetic::{synthetic_city, synthetic_mixed_rows, synthetic_rows, synthetic_subjects, synthetic_subjects_between};
pub use tier::{Transitions, tier_of, transitions};
pub use weak_list::{WeakProposal, WeakReason, WeakUnit, weak_proposal};
