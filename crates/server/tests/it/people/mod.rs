//! Organisations, members and villages.

mod handover;
mod pages;
mod rosters;
mod scope;
mod structure;
