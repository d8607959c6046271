//! The audit chain: every entry's HMAC-SM3 covers the entry before it.

use std::io::Write as _;
use std::path::Path;

use crate::entities::audit::Model;
use crate::{Keys, OrgId, Store, StoreError, query};

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

/// Walks the whole chain and the kept heads.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(store: &Store) -> Result<(u64, Vec<Fault>), StoreError> {
    let mut faults = Vec::new();
    let mut mac = String::new();
    let mut expected = 1_i64;
    let mut n_entries = 0_u64;
    let mut kept = kept_heads(&store.dir).into_iter().peekable();
    loop {
        let rows = query(
            store.reader(),
            "select seq, commit_no, at, actor_id, post, operation, subject, subject_id, organisation_id, detail, mac from audit where seq >= $1 order by seq limit 5000",
            [expected.into()],
        )
        .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let row = Model {
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
            };
            if row.seq != expected {
                faults.push(Fault { seq: expected, message: format!("第 {expected} 条至第 {} 条不见了", row.seq - 1) });
            }
            if store.keys.chain(&mac, &canonical(&row)) != row.mac {
                faults.push(Fault { seq: row.seq, message: format!("第 {} 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的", row.seq) });
            }
            while let Some((seq, _)) = kept.next_if(|(seq, _)| *seq < row.seq) {
                faults.push(Fault { seq, message: format!("另存的链头记着第 {seq} 条，库里没有") });
            }
            if let Some((_, kept_mac)) = kept.next_if(|(seq, _)| *seq == row.seq)
                && kept_mac != row.mac
            {
                faults.push(Fault { seq: row.seq, message: format!("第 {} 条与另存的链头不一致：此前的记录被重写过", row.seq) });
            }
            mac.clone_from(&row.mac);
            expected = row.seq + 1;
            n_entries += 1;
        }
    }
    let head = query(store.reader(), "select audit_seq, audit_mac from commit_head where id = 1", []).await?;
    if let Some(head) = head.first() {
        let seq: i64 = head.try_get_by_index(0)?;
        let head_mac: String = head.try_get_by_index(1)?;
        if seq != expected - 1 {
            faults.push(Fault { seq: expected, message: format!("链头记着 {seq} 条，库里只到第 {} 条：末尾被截去", expected - 1) });
        } else if head_mac != mac {
            faults.push(Fault { seq, message: format!("链头与第 {seq} 条不一致") });
        }
    }
    for (seq, _) in kept {
        faults.push(Fault { seq, message: format!("另存的链头记着第 {seq} 条，库里只到第 {} 条：末尾被截去", expected - 1) });
    }
    faults.sort_by_key(|fault| fault.seq);
    Ok((n_entries, faults))
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
