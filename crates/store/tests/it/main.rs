//! The store on SQLite always, and on PostgreSQL when `JISHI_TEST_POSTGRES` names one (`cargo xtask postgres …`).

#[macro_use]
mod world;

mod audit;
mod backup;
mod catalogue;
mod commits;
mod jobs;
mod secrets;
