//! The server from inside its process: operations and pages, on SQLite and (with `JISHI_TEST_POSTGRES`) on PostgreSQL.

mod duties;
mod evaluations;
mod house;
mod import;
mod people;
mod style;
mod tasks;
mod visitor;
mod world;
