//! Facts: the one road from records to results (Decisions 4). Each record's events and spans are replaced as a whole in
//! the record's own transaction; columns in memory ([`crate::figures`]) are a cache over the two tables.

pub mod export;
pub mod rebuild;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use store::entities::{event, span};
use store::{OrgId, StoreError, Tx, execute, insert_all};

/// Something that happened, as one record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFact {
    pub organisation: OrgId,
    pub day: Date,
    pub kind: String,
    pub quantity: i64,
    /// Person or unit; 0: none.
    pub subject: i64,
    /// Bits of [`assessment::Flags`].
    pub flags: i64,
    /// A day of the earlier period that this makes up, once accepted.
    pub makes_up: Option<Date>,
}

/// Something that held from one day until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanFact {
    pub organisation: OrgId,
    pub kind: String,
    pub from: Date,
    pub until: Option<Date>,
    pub quantity: i64,
    pub subject: i64,
}

/// What one record stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub events: Vec<EventFact>,
    pub spans: Vec<SpanFact>,
}

/// Puts the facts of several records of one source in place of what these records stood for before.
///
/// # Errors
/// When the database refuses.
pub async fn replace(tx: &mut Tx, source: &'static str, records: Vec<(i64, Facts)>) -> Result<(), StoreError> {
    for ids in records.chunks(500) {
        let list = ids.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(", ");
        for table in ["event", "span"] {
            execute(tx.connection(), format!("delete from {table} where source = $1 and source_id in ({list})"), [source.into()]).await?;
        }
    }
    insert(tx, source, records).await
}

/// Puts in the facts of records that are new: nothing is there to take out.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, source: &'static str, records: Vec<(i64, Facts)>) -> Result<(), StoreError> {
    let n: usize = records.iter().map(|(_, facts)| facts.events.len() + facts.spans.len()).sum();
    let mut ids = tx.next_ids(n).await?.into_iter();
    let mut next = || ids.next().expect("as many numbers were taken as there are facts");
    let mut events = Vec::new();
    let mut spans = Vec::new();
    for (source_id, facts) in records {
        for fact in facts.events {
            events.push(event::ActiveModel {
                id: Set(next()),
                source: Set(source.to_owned()),
                source_id: Set(source_id),
                organisation_id: Set(fact.organisation),
                day: Set(fact.day.to_string()),
                kind: Set(fact.kind),
                quantity: Set(fact.quantity),
                subject_id: Set(fact.subject),
                flags: Set(fact.flags),
                makes_up: Set(fact.makes_up.map(|day| day.to_string())),
            });
        }
        for fact in facts.spans {
            spans.push(span::ActiveModel {
                id: Set(next()),
                source: Set(source.to_owned()),
                source_id: Set(source_id),
                organisation_id: Set(fact.organisation),
                kind: Set(fact.kind),
                from_on: Set(fact.from.to_string()),
                until_on: Set(fact.until.map(|day| day.to_string())),
                quantity: Set(fact.quantity),
                subject_id: Set(fact.subject),
            });
        }
    }
    insert_all::<event::Entity, _, _>(tx.connection(), events).await?;
    insert_all::<span::Entity, _, _>(tx.connection(), spans).await?;
    Ok(())
}
