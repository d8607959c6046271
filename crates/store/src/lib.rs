//! The floor of the house: rows, transactions, scope, secrets.
//!
//! For: keeping records on SQLite or PostgreSQL from one code path.
//! In: an actor and what one operation changes. Out: one numbered commit with audit, outbox and the list of changes.
//! Does not know: what a rule says, HTML, how a score is computed.

pub mod audit;
mod bulk;
mod database;
pub mod entities;
mod file_key;
pub mod jobs;
mod keys;
mod migrations;
mod scope;
mod signing;
mod transaction;

pub use bulk::{execute, insert_all, query};
pub use database::{Backend, Store, StoreError, statement};
pub use file_key::FileKey;
pub use keys::{Keys, SealedText, digest, hex};
pub use migrations::Migrator;
pub use scope::{Actor, Grant, OrganisationSet, Refusal, Scope};
pub use signing::{is_signed, public_key, sign};
pub use transaction::{Commit, NEVER_SUPERSEDED, Tx};

/// An organisation's number.
pub type OrgId = i64;
/// A person's (account's) number.
pub type PersonId = i64;

/// The zone of the country's days (UTC+8).
#[must_use]
pub fn day_of(at: jiff::Timestamp) -> jiff::civil::Date {
    jiff::tz::Offset::constant(8).to_datetime(at).date()
}

/// An instant as it is stored: UTC text of one length, so that texts sort as instants do.
#[must_use]
pub fn instant_text(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}
