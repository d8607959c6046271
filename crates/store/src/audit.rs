//! The audit chain: every entry's HMAC-SM3 covers the entry before it.

use std::io::Write as _;
use std::path::Path;

use sea_orm::{IsolationLevel, QueryResult, TransactionOptions, TransactionTrait as _};

use crate::entities::audit::Model;
use crate::{Backend, Keys, OrgId, Store, StoreError, query};

/// What an operation says it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub operation: String,
    pub subject: String,
    pub subject_id: i64,
    pub organisation_id: Option<OrgId>,
    pub detail: String,
}

impl Entry {
    #[expect(clippy::too_many_arguments, reason = "a row has these columns")]
    pub(crate) fn row(&self, seq: i64, commit_no: i64, at: &str, actor_id: Option<i64>, post: &str, previous: &str, keys: &Keys) -> Model {
        let mut row = Model {
            seq,
            commit_no,
            at: at.to_owned(),
            actor_id,
            post: post.to_owned(),
            operation: self.operation.clone(),
            subject: self.subject.clone(),
            subject_id: self.subject_id,
            organisation_id: self.organisation_id,
            detail: self.detail.clone(),
            mac: String::new(),
        };
        row.mac = keys.chain(previous, &canonical(&row));
        row
    }
}

/// The text that is signed: every column but the signature, with lengths, so that no two rows read alike.
fn canonical(row: &Model) -> String {
    let actor = row.actor_id.map_or(String::new(), |id| id.to_string());
    let organisation = row.organisation_id.map_or(String::new(), |id| id.to_string());
    let parts = [
        row.seq.to_string(),
        row.commit_no.to_string(),
        row.at.clone(),
        actor,
        row.post.clone(),
        row.operation.clone(),
        row.subject.clone(),
        row.subject_id.to_string(),
        organisation,
        row.detail.clone(),
    ];
    parts.iter().map(|part| format!("{}:{part}", part.len())).collect::<Vec<_>>().join("|")
}

/// What is wrong with the chain, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Number of the entry.
    pub seq: i64,
    pub message: String,
}

/// Walks the whole chain and the kept heads, as of one moment, while others go on writing.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(store: &Store) -> Result<(u64, Vec<Fault>), StoreError> {
    // Kept heads first: the snapshot taken after them reaches at least as far.
    let mut walk = Walk::new(kept_heads(&store.dir));
    let isolation_level = (store.backend == Backend::Postgres).then_some(IsolationLevel::RepeatableRead);
    let snapshot = store.reader().begin_with_options(TransactionOptions { isolation_level, ..Default::default() }).await?;
    loop {
        let rows = query(
            &snapshot,
            "select seq, commit_no, at, actor_id, post, operation, subject, subject_id, organisation_id, detail, mac from audit where seq >= $1 order by seq limit 5000",
            [walk.expected.into()],
        )
        .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            walk.step(&read(row)?, &store.keys);
        }
    }
    let head = query(&snapshot, "select audit_seq, audit_mac from commit_head where id = 1", []).await?;
    if let Some(head) = head.first() {
        walk.compare_with_head(head.try_get_by_index(0)?, &head.try_get_by_index::<String>(1)?);
    }
    snapshot.rollback().await?;
    Ok(walk.end())
}

/// How far a verification has come.
struct Walk {
    expected: i64,
    mac: String,
    n_entries: u64,
    /// First and last entry of a run that does not fit.
    unfit: Option<(i64, i64)>,
    kept: std::iter::Peekable<std::vec::IntoIter<(i64, String)>>,
    faults: Vec<Fault>,
}

impl Walk {
    fn new(kept: Vec<(i64, String)>) -> Self {
        Self { expected: 1, mac: String::new(), n_entries: 0, unfit: None, kept: kept.into_iter().peekable(), faults: Vec::new() }
    }

    fn step(&mut self, row: &Model, keys: &Keys) {
        if row.seq != self.expected {
            let (from, to) = (self.expected, row.seq - 1);
            self.fault(from, format!("第 {from} 条至第 {to} 条不见了"));
        }
        if keys.chain(&self.mac, &canonical(row)) == row.mac {
            self.end_of_unfit();
        } else {
            self.unfit = Some((self.unfit.map_or(row.seq, |(from, _)| from), row.seq));
        }
        while let Some((seq, _)) = self.kept.next_if(|(seq, _)| *seq < row.seq) {
            self.fault(seq, format!("另存的链头记着第 {seq} 条，库里没有"));
        }
        while let Some((seq, kept_mac)) = self.kept.next_if(|(seq, _)| *seq == row.seq) {
            if kept_mac != row.mac {
                self.fault(seq, format!("第 {seq} 条与另存的链头不一致：此前的记录被重写过"));
            }
        }
        self.mac.clone_from(&row.mac);
        self.expected = row.seq + 1;
        self.n_entries += 1;
    }

    fn compare_with_head(&mut self, seq: i64, mac: &str) {
        let last = self.expected - 1;
        if seq > last {
            self.fault(self.expected, format!("链头记着 {seq} 条，库里只到第 {last} 条：末尾被截去"));
        } else if seq < last {
            self.fault(seq + 1, format!("链头只记着 {seq} 条，库里却有 {last} 条：末尾是添上去的"));
        } else if mac != self.mac {
            self.fault(seq, format!("链头与第 {seq} 条不一致"));
        }
    }

    fn end(mut self) -> (u64, Vec<Fault>) {
        self.end_of_unfit();
        let last = self.expected - 1;
        while let Some((seq, _)) = self.kept.next() {
            self.fault(seq, format!("另存的链头记着第 {seq} 条，库里只到第 {last} 条：末尾被截去"));
        }
        self.faults.sort_by_key(|fault| fault.seq);
        (self.n_entries, self.faults)
    }

    fn end_of_unfit(&mut self) {
        let Some((from, to)) = self.unfit.take() else { return };
        let which = if from == to { format!("第 {from} 条") } else { format!("第 {from} 条至第 {to} 条") };
        self.fault(from, format!("{which}与前一条对不上：内容、次序被改动，或不是用本库密钥写的"));
    }

    fn fault(&mut self, seq: i64, message: String) {
        self.faults.push(Fault { seq, message });
    }
}

fn read(row: &QueryResult) -> Result<Model, StoreError> {
    Ok(Model {
        seq: row.try_get_by_index(0)?,
        commit_no: row.try_get_by_index(1)?,
        at: row.try_get_by_index(2)?,
        actor_id: row.try_get_by_index(3)?,
        post: row.try_get_by_index(4)?,
        operation: row.try_get_by_index(5)?,
        subject: row.try_get_by_index(6)?,
        subject_id: row.try_get_by_index(7)?,
        organisation_id: row.try_get_by_index(8)?,
        detail: row.try_get_by_index(9)?,
        mac: row.try_get_by_index(10)?,
    })
}

/// Appends the newest link to `audit-heads.log` in the data folder; called once a minute.
///
/// # Errors
/// When the database or the file cannot be reached.
pub async fn keep_head(store: &Store) -> anyhow::Result<()> {
    let rows = query(store.reader(), "select audit_seq, audit_mac, at from commit_head where id = 1", []).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (seq, mac, at): (i64, String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    if seq == 0 || kept_heads(&store.dir).last().is_some_and(|(last, _)| *last == seq) {
        return Ok(());
    }
    let folder = store.dir.join("logs");
    std::fs::create_dir_all(&folder)?;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("audit-heads.log"))?;
    writeln!(file, "{seq} {mac} {at}")?;
    file.sync_data()?;
    Ok(())
}

/// The newest link kept beside the logs: number of the entry, its signature, when it was kept.
#[must_use]
pub fn last_kept_head(store: &Store) -> Option<(i64, String, String)> {
    let text = std::fs::read_to_string(store.dir.join("logs").join("audit-heads.log")).ok()?;
    let mut words = text.lines().last()?.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.to_owned(), words.next()?.to_owned()))
}

fn kept_heads(dir: &Path) -> Vec<(i64, String)> {
    let text = std::fs::read_to_string(dir.join("logs").join("audit-heads.log")).unwrap_or_default();
    let mut heads: Vec<(i64, String)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
        })
        .collect();
    heads.sort();
    heads.dedup();
    heads
}
