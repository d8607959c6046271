//! The server from inside its process: operations and pages, on SQLite and (with `JISHI_TEST_POSTGRES`) on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a panic in a test is a report")]

mod appraisals;
mod contests;
mod duties;
mod entries;
mod evaluations;
mod house;
mod import;
mod inspections;
mod lists;
mod matters;
mod people;
mod pivot;
mod problems;
mod projects;
mod rectification;
mod responsibility;
mod schemes;
mod selections;
mod simulate;
mod style;
mod tables;
mod tasks;
mod visitor;
mod world;
