//! `Tx`: one operation or many, ended by `commit` alone (Decisions 1).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use serde_json::Value as Json;

use crate::audit::Entry;
use crate::database::IdBlock;
use crate::{Actor, Backend, OrgId, Store, StoreError, day_of, execute, instant_text, query};

/// An open transaction with its actor and its time. Dropped without `commit`, nothing has happened.
pub struct Tx {
    inner: Option<DatabaseTransaction>,
    store: Store,
    actor_id: Option<i64>,
    actor_post: String,
    at: Timestamp,
    /// On SQLite of this transaction alone: what it took is given back with it when it is given up.
    ids: Arc<Mutex<IdBlock>>,
    pending: i64,
    stamped: BTreeSet<&'static str>,
    entries: Vec<Entry>,
    changes: Vec<Change>,
    messages: Vec<(String, Json)>,
}

struct Change {
    source: &'static str,
    source_id: i64,
    organisation_id: Option<OrgId>,
}

/// What a commit was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    pub no: i64,
}

/// Stand-ins for commit numbers that are not known yet.
static PENDING: AtomicI64 = AtomicI64::new(0);

impl Tx {
    /// Opens a transaction for `actor` at the time `at`. On SQLite it waits for its turn to write.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(store: &Store, actor: &Actor, at: Timestamp) -> Result<Self, StoreError> {
        let options = match store.backend {
            Backend::Sqlite => TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() },
            Backend::Postgres => TransactionOptions::default(),
        };
        let inner = store.write.begin_with_options(options).await?;
        Ok(Self {
            inner: Some(inner),
            store: store.clone(),
            actor_id: actor.person_id,
            actor_post: actor.post_line(),
            at: store.not_before_last(at),
            ids: match store.backend {
                Backend::Sqlite => Arc::default(),
                Backend::Postgres => Arc::clone(&store.ids),
            },
            pending: PENDING.fetch_sub(1, Ordering::Relaxed) - 1 - i64::from(std::process::id()) * 1_000_000_000,
            stamped: BTreeSet::new(),
            entries: Vec::new(),
            changes: Vec::new(),
            messages: Vec::new(),
        })
    }

    /// For reading and writing rows inside.
    #[must_use]
    pub fn connection(&self) -> &DatabaseTransaction {
        self.inner.as_ref().expect("a transaction is open until it is committed")
    }

    /// Keys of this database.
    #[must_use]
    pub fn keys(&self) -> &crate::Keys {
        &self.store.keys
    }

    /// Who acts; `None`: the command line.
    #[must_use]
    pub fn actor_id(&self) -> Option<i64> {
        self.actor_id
    }

    /// The instant of the operation.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The instant as it is stored: UTC text.
    #[must_use]
    pub fn at_text(&self) -> String {
        instant_text(self.at)
    }

    /// The day of the operation (UTC+8).
    #[must_use]
    pub fn today(&self) -> Date {
        day_of(self.at)
    }

    /// What stands for this commit's number in `recorded_in` and `superseded_in` until [`Self::commit`] knows it.
    /// Name the table, so that the number is put in.
    pub fn pending_no(&mut self, table: &'static str) -> i64 {
        self.stamped.insert(table);
        self.pending
    }

    /// A number for a new row.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn next_id(&mut self) -> Result<i64, StoreError> {
        Ok(self.next_ids(1).await?[0])
    }

    /// Numbers for `n` new rows, ascending.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn next_ids(&mut self, n: usize) -> Result<Vec<i64>, StoreError> {
        let mut out = Vec::with_capacity(n);
        loop {
            {
                let mut block = self.ids.lock().expect("nobody panics while taking numbers");
                while out.len() < n && block.next < block.until {
                    out.push(block.next);
                    block.next += 1;
                }
            }
            if out.len() == n {
                // Other transactions of this process may have put a lower block in between.
                out.sort_unstable();
                return Ok(out);
            }
            let fresh = take_block(self.connection(), self.store.backend, n - out.len()).await?;
            // What is left of a block that another transaction put there is skipped: numbers need not be gapless.
            *self.ids.lock().expect("nobody panics while taking numbers") = fresh;
        }
    }

    /// Locks a row until the end, before it is checked and changed. SQLite has one writer: nothing to do.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lock(&self, table: &'static str, id: i64) -> Result<(), StoreError> {
        if self.store.backend == Backend::Postgres {
            query(self.connection(), format!("select id from {table} where id = $1 for update"), [id.into()]).await?;
        }
        Ok(())
    }

    /// Writes an audit entry: which operation, on what. `detail` holds ids, field names and keyed digests, never values
    /// that are encrypted elsewhere.
    pub fn record(&mut self, operation: &str, subject: &str, subject_id: i64, organisation_id: Option<OrgId>, detail: Json) {
        self.entries.push(Entry {
            operation: operation.to_owned(),
            subject: subject.to_owned(),
            subject_id,
            organisation_id,
            detail: if detail.is_null() { String::new() } else { detail.to_string() },
        });
    }

    /// Says that a record changed, for whoever keeps it in memory.
    pub fn changed(&mut self, source: &'static str, source_id: i64, organisation_id: Option<OrgId>) {
        self.changes.push(Change { source, source_id, organisation_id });
    }

    /// Puts a message into the outbox.
    pub fn send(&mut self, kind: &str, payload: Json) {
        self.messages.push((kind.to_owned(), payload));
    }

    /// Ends the transaction: takes the next gapless number and writes audit, outbox and changes under it.
    ///
    /// # Errors
    /// When the database refuses; nothing has happened then.
    pub async fn commit(mut self) -> Result<Commit, StoreError> {
        let message_ids = self.next_ids(self.messages.len()).await?;
        let inner = self.inner.take().expect("a transaction is open until it is committed");
        let lock = if self.store.backend == Backend::Postgres { " for update" } else { "" };
        let rows = query(&inner, format!("select no, audit_seq, audit_mac, at from commit_head where id = 1{lock}"), []).await?;
        let head = rows.first().ok_or_else(|| StoreError::RecordNotFound("commit_head".to_owned()))?;
        let no = head.try_get_by_index::<i64>(0)? + 1;
        let mut seq: i64 = head.try_get_by_index(1)?;
        let mut mac: String = head.try_get_by_index(2)?;
        let before: String = head.try_get_by_index(3)?;
        let at = instant_text(before.parse::<Timestamp>().map_or(self.at, |before| before.max(self.at)));

        self.stamp(&inner, no).await?;
        let mut audit_rows = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            seq += 1;
            let row = entry.row(seq, no, &at, self.actor_id, &self.actor_post, &mac, &self.store.keys);
            mac.clone_from(&row.mac);
            audit_rows.push(row.into());
        }
        crate::insert_all::<crate::entities::audit::Entity, crate::entities::audit::ActiveModel, _>(&inner, audit_rows).await?;
        self.write_changes(&inner, no).await?;
        for ((kind, payload), id) in self.messages.iter().zip(message_ids) {
            execute(
                &inner,
                "insert into outbox (id, commit_no, kind, payload) values ($1, $2, $3, $4)",
                [id.into(), no.into(), kind.clone().into(), payload.to_string().into()],
            )
            .await?;
        }
        execute(
            &inner,
            "update commit_head set no = $1, audit_seq = $2, audit_mac = $3, at = $4 where id = 1",
            [no.into(), seq.into(), mac.into(), at.into()],
        )
        .await?;
        inner.commit().await?;
        self.store.committed.send_if_modified(|last| {
            let newer = no > *last;
            *last = no.max(*last);
            newer
        });
        Ok(Commit { no })
    }

    /// Puts the number where [`Self::pending_no`] was written. `… < 0` lets both databases use the partial indexes
    /// `TABLE_pending` and `TABLE_superseding`, which hold nothing between commits.
    async fn stamp(&self, inner: &DatabaseTransaction, no: i64) -> Result<(), StoreError> {
        for table in &self.stamped {
            let columns: &[&str] = if NEVER_SUPERSEDED.contains(table) { &["recorded_in"] } else { &["recorded_in", "superseded_in"] };
            for column in columns {
                let sql = format!("update {table} set {column} = $1 where {column} = $2 and {column} < 0");
                execute(inner, sql, [no.into(), self.pending.into()]).await?;
            }
        }
        Ok(())
    }

    async fn write_changes(&self, inner: &DatabaseTransaction, no: i64) -> Result<(), StoreError> {
        let changes = self.changes.iter().zip(1_i64..).map(|(change, position)| {
            use sea_orm::ActiveValue::Set;
            crate::entities::commit_change::ActiveModel {
                no: Set(no),
                position: Set(position),
                source: Set(change.source.to_owned()),
                source_id: Set(change.source_id),
                organisation_id: Set(change.organisation_id),
            }
        });
        crate::insert_all::<crate::entities::commit_change::Entity, _, _>(inner, changes.collect()).await
    }
}

/// Tables with `recorded_in` whose rows are never corrected, so that they have no `superseded_in`.
pub const NEVER_SUPERSEDED: &[&str] = &["organisation_change"];

/// Numbers taken at a time from PostgreSQL's sequence, by all transactions of a process together.
const SEQUENCE_BLOCK: i64 = 4096;
/// Numbers taken at least by a transaction on SQLite, where taking them is a call and not a journey.
const TRANSACTION_BLOCK: i64 = 16;

async fn take_block<C: ConnectionTrait>(connection: &C, backend: Backend, n: usize) -> Result<IdBlock, StoreError> {
    let (size, sql) = match backend {
        Backend::Sqlite => {
            let wanted = i64::try_from(n).unwrap_or(i64::MAX).max(TRANSACTION_BLOCK);
            (wanted, "update id_block set next = next + $1 where id = 1 returning next - $1")
        }
        // A sequence is not rolled back and not locked: writers do not wait for one another here.
        Backend::Postgres => (SEQUENCE_BLOCK, "select nextval('id_block_sequence') * $1"),
    };
    let rows = query(connection, sql, [size.into()]).await?;
    let from: i64 = rows.first().ok_or_else(|| StoreError::RecordNotFound("id_block".to_owned()))?.try_get_by_index(0)?;
    Ok(IdBlock { next: from, until: from + size })
}
