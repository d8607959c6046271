//! Third step: accepted rows become records by the same operations that pages call, 500 rows to a transaction.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::Period;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::{ActivityRecord, Checked, Layout, MemberRecord, Note, NoteKind, OrganisationRecord, Record};
use super::staging::Counts;
use crate::activity::{Attendance, NewActivity, Recorded};
use crate::app::App;
use crate::evaluation::JudgedValue;
use crate::member::NewMember;
use crate::organisation::{NewOrganisation, Outcome};
use crate::unit::{NewIncome, NewVillage};

/// Of a member about whom a roster says nothing else.
const USUAL_STATUS: &str = "正常";

/// What one chunk is written with.
pub struct Writing<'a> {
    pub app: &'a App,
    pub actor: &'a Actor,
    pub layout: &'a Layout,
    /// Where the records come from, in words: the file's name.
    pub source: &'a str,
    pub job: i64,
    /// The day from which changes of organisations and affiliations hold.
    pub on: Date,
    /// Rows to be left as they are in the database.
    pub kept: Option<&'a HashSet<u32>>,
}

/// What became of one row.
enum Became {
    Created,
    Updated,
    Unchanged,
    /// There already, and better than what the workbook says.
    Kept,
    Refused(String),
}

/// Writes one chunk of one sheet; answers what was done, and notes on rows refused only now.
///
/// # Errors
/// Unexpected ones, and a [`Refusal`] of the whole chunk.
pub async fn apply(tx: &mut Tx, writing: &Writing<'_>, rows: Vec<Checked>) -> anyhow::Result<(Counts, Vec<Note>)> {
    let n_all = rows.len();
    let rows: Vec<Checked> = rows.into_iter().filter(|checked| writing.kept.is_none_or(|kept| !kept.contains(&checked.row))).collect();
    let mut counts = Counts { n_kept: i64::try_from(n_all - rows.len())?, ..Counts::default() };
    let numbers: Vec<u32> = rows.iter().map(|checked| checked.row).collect();
    let records: Vec<Record> = rows.into_iter().map(|checked| checked.record).collect();
    let became = match records.first() {
        None => Vec::new(),
        Some(Record::Organisation(_)) => organisations(tx, writing, records).await?,
        Some(Record::Member(_)) => members(tx, writing, records).await?,
        Some(Record::Income(_)) => incomes(tx, writing, records).await?,
        Some(Record::Activity(_)) => activities(tx, writing, records).await?,
        Some(Record::Judged(_)) => judged(tx, writing, records).await?,
    };
    let mut notes = Vec::new();
    for (row, became) in numbers.into_iter().zip(became) {
        match became {
            Became::Created => counts.n_created += 1,
            Became::Updated => counts.n_updated += 1,
            Became::Unchanged => counts.n_unchanged += 1,
            Became::Kept => counts.n_kept += 1,
            Became::Refused(message) => {
                counts.n_refused += 1;
                let place = writing.layout.places.first();
                notes.push(Note {
                    kind: NoteKind::OutOfReach,
                    row,
                    heading: place.map(|place| place.heading.clone()).unwrap_or_default(),
                    column: place.map_or(0, |place| place.column),
                    value: String::new(),
                    message: super::cells::mask_runs(&message),
                });
            }
        }
    }
    Ok((counts, notes))
}

impl From<Outcome> for Became {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Created => Self::Created,
            Outcome::Updated => Self::Updated,
            Outcome::Unchanged => Self::Unchanged,
        }
    }
}

async fn organisations(tx: &mut Tx, writing: &Writing<'_>, records: Vec<Record>) -> anyhow::Result<Vec<Became>> {
    let new =
        records.into_iter().filter_map(|record| if let Record::Organisation(org) = record { Some(organisation(org, writing.source)) } else { None });
    let outcomes = crate::organisation::put_all(writing.app, tx, writing.actor, new.collect(), writing.on).await?;
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome.into()).collect())
}

fn organisation(record: OrganisationRecord, source: &str) -> NewOrganisation {
    let OrganisationRecord {
        code,
        name,
        kind,
        superior_code,
        field,
        founded_on,
        secretary,
        telephone,
        elected_on,
        term_years,
        region_code,
        longitude,
        latitude,
    } = record;
    NewOrganisation {
        code,
        name,
        kind,
        superior_code,
        field,
        level: None,
        founded_on,
        secretary,
        telephone,
        elected_on,
        term_years,
        region_code,
        longitude,
        latitude,
        source: source.to_owned(),
    }
}

/// Sends the records whose organisation is found to `write` and puts the answers back into the rows' order.
async fn members(tx: &mut Tx, writing: &Writing<'_>, records: Vec<Record>) -> anyhow::Result<Vec<Became>> {
    let numbers: Vec<&str> =
        records.iter().filter_map(|record| if let Record::Member(member) = record { Some(member.id_number.as_str()) } else { None }).collect();
    let known = crate::member::known(tx.connection(), tx.keys(), &numbers).await?;
    let mut became: Vec<Option<Became>> = Vec::with_capacity(records.len());
    let mut new = Vec::with_capacity(records.len());
    for record in records {
        let Record::Member(mut record) = record else { continue };
        // What a workbook does not say stays as it is recorded.
        let old = known.get(&record.id_number);
        record.is_mobile = record.is_mobile.or(old.map(|row| row.is_mobile));
        record.status = record.status.or(old.map(|row| row.status.clone()));
        let branch = writing.app.directory().by_code(&record.branch_code).map(|org| org.id);
        match branch {
            Some(branch) => {
                new.push(member(record, branch, writing.source));
                became.push(None);
            }
            None => became.push(Some(no_branch(&record.branch_code))),
        }
    }
    let mut answers = crate::member::put_all(writing.app, tx, writing.actor, new, writing.on).await?.into_iter().map(|answer| match answer {
        Ok((_, outcome)) => outcome.into(),
        Err(Refusal(sentence)) => Became::Refused(sentence),
    });
    Ok(became.into_iter().filter_map(|known| known.or_else(|| answers.next())).collect())
}

fn no_branch(code: &str) -> Became {
    Became::Refused(format!("没有编码是 {code} 的党支部"))
}

fn member(record: MemberRecord, branch: i64, source: &str) -> NewMember {
    let MemberRecord {
        name,
        sex,
        ethnicity,
        id_number,
        born_on,
        education,
        joined_on,
        full_on,
        category,
        branch_code: _,
        occupation,
        telephone,
        is_mobile,
        status,
    } = record;
    NewMember {
        name,
        sex,
        ethnicity,
        id_number,
        born_on,
        education,
        joined_on,
        full_on,
        category,
        branch,
        occupation,
        telephone,
        is_mobile: is_mobile.unwrap_or(false),
        status: status.unwrap_or_else(|| USUAL_STATUS.to_owned()),
        source: source.to_owned(),
        belongs_from: None,
    }
}

async fn incomes(tx: &mut Tx, writing: &Writing<'_>, records: Vec<Record>) -> anyhow::Result<Vec<Became>> {
    let mut villages: Vec<NewVillage> = Vec::new();
    let mut new = Vec::with_capacity(records.len());
    for record in records {
        let Record::Income(record) = record else { continue };
        if villages.last().is_none_or(|village| village.code != record.village_code) {
            villages.push(NewVillage { code: record.village_code.clone(), name: record.village_name });
        }
        new.push(NewIncome {
            village_code: record.village_code,
            year: record.year,
            operating_fen: record.operating_fen,
            total_fen: record.total_fen,
            source: writing.source.to_owned(),
        });
    }
    crate::unit::upsert_villages(writing.app, tx, writing.actor, villages).await?;
    let outcomes = crate::unit::set_incomes(writing.app, tx, writing.actor, new).await?;
    Ok(outcomes.into_iter().map(Into::into).collect())
}

async fn activities(tx: &mut Tx, writing: &Writing<'_>, records: Vec<Record>) -> anyhow::Result<Vec<Became>> {
    let source = format!("import:{}", writing.job);
    let of = |record: Record| if let Record::Activity(activity) = record { Some(activity) } else { None };
    let records: Vec<(ActivityRecord, Option<OrgId>)> = {
        let directory = writing.app.directory();
        records
            .into_iter()
            .filter_map(of)
            .map(|record| (directory.by_code(&record.branch_code).map(|org| org.id), record))
            .map(|(branch, record)| (record, branch))
            .collect()
    };
    let key = |record: &ActivityRecord, branch| NewActivity::key_of(branch, &record.kind, record.held_on, &record.topic);
    let keys: Vec<String> = records.iter().filter_map(|(record, branch)| Some(key(record, (*branch)?))).collect();
    let known = crate::activity::find_by_keys(tx.connection(), &keys).await?;
    let mut became: Vec<Option<Became>> = Vec::with_capacity(records.len());
    let mut new = Vec::with_capacity(records.len());
    for (record, branch) in records {
        let Some(branch) = branch else {
            became.push(Some(no_branch(&record.branch_code)));
            continue;
        };
        let old = known.get(&key(&record, branch)).map(|kept| &kept.record);
        if old.is_some_and(|old| matches!(old.attendance, Attendance::Names { .. })) {
            became.push(Some(Became::Kept));
            continue;
        }
        new.push(activity(record, branch, &source, tx.today(), old));
        became.push(None);
    }
    let mut answers = crate::activity::record_all(writing.app, tx, writing.actor, new).await?.into_iter().map(|recorded| match recorded {
        Recorded::New(_) => Became::Created,
        Recorded::Unchanged(_) => Became::Unchanged,
        Recorded::Updated(_) => Became::Updated,
        Recorded::Refused(sentence) => Became::Refused(sentence),
    });
    Ok(became.into_iter().filter_map(|known| known.or_else(|| answers.next())).collect())
}

/// What the workbook says, over what is recorded already: an empty cell changes nothing.
fn activity(record: ActivityRecord, branch: OrgId, source: &str, today: Date, old: Option<&NewActivity>) -> NewActivity {
    let ActivityRecord { branch_code: _, kind, held_on, topic, host, n_eligible, n_present, minutes, entered_on } = record;
    let fresh = NewActivity {
        organisation: branch,
        kind,
        held_on,
        topic,
        place: None,
        host: None,
        attendance: Attendance::Counts { n_eligible, n_present },
        minutes: 0,
        contents: Vec::new(),
        decisions: Vec::new(),
        notes: None,
        is_on_paper: false,
        entered_on: today,
        source: source.to_owned(),
        makes_up: None,
        late_reason: None,
    };
    let base = old.cloned().unwrap_or(fresh);
    NewActivity {
        host: host.or(base.host),
        attendance: Attendance::Counts { n_eligible, n_present },
        minutes: minutes.unwrap_or(base.minutes),
        entered_on: entered_on.unwrap_or(base.entered_on),
        source: source.to_owned(),
        ..base
    }
}

async fn judged(tx: &mut Tx, writing: &Writing<'_>, records: Vec<Record>) -> anyhow::Result<Vec<Became>> {
    let mut became: Vec<Option<Became>> = Vec::with_capacity(records.len());
    let mut values = Vec::with_capacity(records.len());
    for record in records {
        let Record::Judged(record) = record else { continue };
        let organisation = writing.app.directory().by_code(&record.code).map(|org| org.id);
        match organisation {
            Some(organisation) => {
                values.push(JudgedValue {
                    organisation,
                    indicator: record.indicator,
                    period: Period::year(record.year),
                    points: record.points,
                    evidence: record.evidence,
                });
                became.push(None);
            }
            None => became.push(Some(no_branch(&record.code))),
        }
    }
    let mut answers = crate::evaluation::judge_all(writing.app, tx, writing.actor, values).await?.into_iter().map(|answer| match answer {
        Ok(()) => Became::Created,
        Err(sentence) => Became::Refused(sentence),
    });
    Ok(became.into_iter().filter_map(|known| known.or_else(|| answers.next())).collect())
}
