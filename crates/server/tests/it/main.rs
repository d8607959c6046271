//! The server from inside its process: operations and pages, on SQLite and (with `JISHI_TEST_POSTGRES`) on PostgreSQL.

#[macro_use]
mod world;
mod browser;
mod people;
mod style;
