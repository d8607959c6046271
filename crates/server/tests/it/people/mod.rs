//! Organisations, members and villages.

#[macro_use]
mod world;
mod browser;
mod handover;
mod pages;
mod rosters;
mod scope;
mod structure;
