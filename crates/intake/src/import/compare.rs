//! Accepted rows beside what is recorded already: new, the same, or different — and the size of branches afterwards.

use std::collections::{HashMap, HashSet};

use policy::Capability;
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope, Tx};

use super::cells;
use super::model::{
    ActivityRecord, Checked, IncomeRecord, Layout, MemberRecord, Note, NoteKind, OrganisationRecord, Outcome, Place, Primitive, Record, Table,
};
use super::staging::Found;
use crate::activity::{Attendance, NewActivity};
use crate::app::App;
use crate::directory::OrgNode;

/// What differs in one field.
struct Difference {
    field: &'static str,
    /// None: not to be shown to this person.
    old: Option<String>,
    new: String,
}

/// What a row is, compared with the records.
enum Known {
    New,
    Same,
    Differs(Vec<Difference>),
    /// The identity number belongs to somebody of another name.
    OtherPerson(String),
    /// The record cannot be written by this importer.
    Refused(String),
    /// The branch has recorded it itself, with names: head counts do not replace it.
    Own,
}

/// Compares one table; its notes are added to the outcome.
///
/// # Errors
/// When the database cannot be read.
pub async fn compare(app: &App, tx: &Tx, actor: &Actor, table: &Table, outcome: &mut Outcome) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let may = |capability| actor.may(capability);
    let known = match table.layout.primitive {
        Primitive::Organisation => shown(organisations(app, outcome), may(Capability::ViewOrganisations)),
        Primitive::Member => members(app, tx, actor, table, outcome).await?,
        Primitive::VillageIncome => shown(incomes(tx.connection(), outcome).await?, may(Capability::ViewUnits)),
        Primitive::Activity => shown(activities(app, tx.connection(), outcome).await?, may(Capability::ViewActivities)),
        Primitive::JudgedValue => outcome.accepted.iter().map(|_| Known::New).collect(),
    };
    let mut notes = Vec::new();
    let mut accepted = Vec::with_capacity(outcome.accepted.len());
    for (checked, known) in std::mem::take(&mut outcome.accepted).into_iter().zip(known) {
        match known {
            Known::New => found.n_new += 1,
            Known::Same => found.n_same += 1,
            Known::Own => {
                found.n_same += 1;
                let message = "支部已经记录了这次活动，有名单；表里只有人数，保持支部的记录".to_owned();
                notes.extend(table.layout.place("n_present").map(|place| note_at(place, checked.row, NoteKind::OwnRecord, String::new(), message)));
            }
            Known::Differs(differences) => {
                found.n_differing += 1;
                notes.extend(note(&table.layout, checked.row, &differences));
            }
            Known::OtherPerson(message) => {
                found.n_differing += 1;
                notes.extend(about_person(&table.layout, &checked, NoteKind::OtherPerson, message));
            }
            Known::Refused(message) => {
                outcome.notes.retain(|note| note.row != checked.row);
                notes.extend(about_person(&table.layout, &checked, NoteKind::OutOfReach, message));
                continue;
            }
        }
        accepted.push(checked);
    }
    outcome.accepted = accepted;
    outcome.notes.extend(notes);
    found.n_refused = i64::try_from(outcome.notes.iter().filter(|note| note.kind.level() == super::model::Level::Refused).count())?;
    Ok(found)
}

/// A note at the identity number of a row.
fn about_person(layout: &Layout, checked: &Checked, kind: NoteKind, message: String) -> Option<Note> {
    let place = layout.place("id_number")?;
    let Record::Member(member) = &checked.record else { return None };
    Some(note_at(place, checked.row, kind, cells::masked(place.kind, &member.id_number), message))
}

fn note_at(place: &Place, row: u32, kind: NoteKind, value: String, message: String) -> Note {
    Note { kind, row, heading: place.heading.clone(), column: place.column, value, message }
}

/// What differs, for somebody who may see these records or not: then only that it does.
fn shown(known: Vec<Known>, may_see: bool) -> Vec<Known> {
    known.into_iter().map(|known| if may_see { known } else { hidden(known) }).collect()
}

fn hidden(known: Known) -> Known {
    match known {
        Known::Differs(differences) => Known::Differs(differences.into_iter().map(|it| Difference { old: None, ..it }).collect()),
        Known::OtherPerson(_) => Known::OtherPerson("库里这个号码是另一个姓名，由看得到名册的人判断是不是同一个人".to_owned()),
        other => other,
    }
}

/// One note for all that differs in a row, at the first column of the file that does.
fn note(layout: &Layout, row: u32, differences: &[Difference]) -> Option<Note> {
    let mut at: Vec<_> = differences.iter().filter_map(|it| Some((layout.place(it.field)?, it))).collect();
    at.sort_by_key(|(place, _)| place.column);
    let (place, _) = *at.first()?;
    let said = |place: &Place, text: &str| if text.is_empty() { "空".to_owned() } else { format!("“{}”", cells::masked(place.kind, text)) };
    let part = |(place, it): &(&Place, &Difference)| match &it.old {
        Some(old) => format!("{}：库里{}，表里{}", place.heading, said(place, old), said(place, &it.new)),
        None => format!("{}：表里{}，与库里不同", place.heading, said(place, &it.new)),
    };
    let parts: Vec<String> = at.iter().map(part).collect();
    let value = at.first().map(|(place, it)| cells::masked(place.kind, &it.new)).unwrap_or_default();
    Some(note_at(place, row, NoteKind::Differs, value, parts.join("；")))
}

/// Adds what a filled cell says otherwise than the record; an empty cell changes nothing.
fn differ(differences: &mut Vec<Difference>, field: &'static str, old: &str, new: &str) {
    if !new.is_empty() && old != new {
        differences.push(Difference { field, old: Some(old.to_owned()), new: new.to_owned() });
    }
}

fn text_of(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn known(differences: Vec<Difference>) -> Known {
    if differences.is_empty() { Known::Same } else { Known::Differs(differences) }
}

fn organisations(app: &App, outcome: &Outcome) -> Vec<Known> {
    let pack = app.pack();
    let directory = app.directory();
    let one = |new: &OrganisationRecord, old: &OrgNode| {
        let mut differences = Vec::new();
        let kind_name = |key: &str| pack.organisation_kinds.get(key).map_or_else(|| key.to_owned(), |kind| kind.name.clone());
        let field_name = |key: &str| pack.fields.get(key).map_or_else(|| key.to_owned(), |field| field.name.clone());
        differ(&mut differences, "name", &old.name, &new.name);
        differ(&mut differences, "kind", &kind_name(&old.kind), &kind_name(&new.kind));
        differ(&mut differences, "field", &field_name(&old.field), &field_name(&new.field));
        let parent = old.parent.and_then(|id| directory.org(id)).map(|org| org.code.clone());
        differ(&mut differences, "superior_code", &text_of(parent), &text_of(new.superior_code.clone()));
        differ(&mut differences, "founded_on", &text_of(Some(old.founded_on)), &text_of(new.founded_on));
        differ(&mut differences, "secretary", &text_of(old.secretary.clone()), &text_of(new.secretary.clone()));
        differ(&mut differences, "elected_on", &text_of(old.elected_on), &text_of(new.elected_on));
        differ(&mut differences, "region_code", &text_of(old.region_code.clone()), &text_of(new.region_code.clone()));
        known(differences)
    };
    let of = |record: &Record| match record {
        Record::Organisation(new) => directory.by_code(&new.code).map_or(Known::New, |old| one(new, old)),
        _ => Known::New,
    };
    outcome.accepted.iter().map(|checked| of(&checked.record)).collect()
}

async fn members(app: &App, tx: &Tx, actor: &Actor, table: &Table, outcome: &mut Outcome) -> anyhow::Result<Vec<Known>> {
    let records: Vec<&MemberRecord> =
        outcome.accepted.iter().filter_map(|checked| if let Record::Member(member) = &checked.record { Some(member) } else { None }).collect();
    let numbers: Vec<&str> = records.iter().map(|member| member.id_number.as_str()).collect();
    let rows = crate::member::known(tx.connection(), tx.keys(), &numbers).await?;
    let (scope, may_see) = (actor.scope(Capability::Import), actor.scope(Capability::ViewMembers));
    let mut known_rows = Vec::with_capacity(records.len());
    for new in &records {
        let Some(old) = rows.get(&new.id_number) else {
            known_rows.push(Known::New);
            continue;
        };
        let Some(branch) = branch_of(app, &scope, old.id) else {
            known_rows.push(Known::Refused(if old.left_on.is_some() {
                "这个身份证号的党员已经登记离开，名册里又有，请先查明原因".to_owned()
            } else {
                "这个身份证号已经登记在别的党组织，请办理组织关系转接".to_owned()
            }));
            continue;
        };
        if old.name != new.name {
            let sees = app.directory().member(&may_see, old.id).is_some();
            let other = Known::OtherPerson(format!("库里这个号码是{}，表里是{}，由您判断是不是同一个人", old.name, new.name));
            known_rows.push(if sees { other } else { hidden(other) });
            continue;
        }
        let mut differences = Vec::new();
        differ(&mut differences, "sex", &old.sex, &new.sex);
        differ(&mut differences, "ethnicity", &old.ethnicity, &new.ethnicity);
        differ(&mut differences, "born_on", &text_of(old.born_on.clone()), &text_of(new.born_on));
        differ(&mut differences, "education", &text_of(old.education.clone()), &text_of(new.education.clone()));
        differ(&mut differences, "joined_on", &text_of(old.joined_on.clone()), &text_of(new.joined_on));
        differ(&mut differences, "full_on", &text_of(old.full_on.clone()), &text_of(new.full_on));
        differ(&mut differences, "category", &old.category, &new.category);
        differ(&mut differences, "branch_code", &branch, &new.branch_code);
        differ(&mut differences, "occupation", &text_of(old.occupation.clone()), &text_of(new.occupation.clone()));
        differ(&mut differences, "status", &old.status, &text_of(new.status.clone()));
        let index = new.telephone.as_deref().map(|number| tx.keys().blind_index("member.telephone", number));
        if index.is_some() && index != old.telephone_index {
            differences.push(Difference { field: "telephone", old: Some("另一个号码".to_owned()), new: text_of(new.telephone.clone()) });
        }
        if let Some(is) = new.is_mobile.filter(|is| *is != old.is_mobile) {
            let words = |is| if is { "是" } else { "否" };
            differ(&mut differences, "is_mobile", words(old.is_mobile), words(is));
        }
        let sees = app.directory().member(&may_see, old.id).is_some();
        known_rows.push(if sees { known(differences) } else { hidden(known(differences)) });
    }
    let ids: HashSet<i64> = rows.values().map(|row| row.id).collect();
    let doubts = doubt_sizes(app, table, outcome, &ids, tx.today());
    outcome.notes.extend(doubts);
    Ok(known_rows)
}

/// The code of the branch that a member belongs to, when it is in reach.
fn branch_of(app: &App, scope: &Scope, member: i64) -> Option<String> {
    let directory = app.directory();
    let member = directory.member(scope, member)?;
    directory.org(member.organisation).map(|org| org.code.clone())
}

/// Branches of the roster that end up under the least or over the most full members.
fn doubt_sizes(app: &App, table: &Table, outcome: &Outcome, in_file: &HashSet<i64>, today: jiff::civil::Date) -> Vec<Note> {
    let pack = app.pack();
    let number = |key: &str| pack.whole(key, today).and_then(|number| usize::try_from(number).ok());
    let (Some(least), Some(most)) = (number("branch_full_members_min"), number("branch_members_max")) else { return Vec::new() };
    let Some(place) = table.layout.place("branch_code") else { return Vec::new() };
    let mut branches: Vec<&str> = Vec::new();
    let mut full: HashMap<&str, (u32, usize)> = HashMap::new();
    for checked in &outcome.accepted {
        let Record::Member(member) = &checked.record else { continue };
        let (_, n) = full.entry(&member.branch_code).or_insert_with(|| {
            branches.push(&member.branch_code);
            (checked.row, 0)
        });
        *n += usize::from(member.full_on.is_some_and(|day| day <= today));
    }
    let directory = app.directory();
    let others = |code: &str| {
        let members = directory.by_code(code).map(|org| directory.members_of(org.id)).into_iter().flatten();
        members.filter(|member| !in_file.contains(&member.id) && member.full_on.is_some_and(|day| day <= today)).count()
    };
    let doubt = |code: &str| {
        let (row, n) = full[code];
        let n = n + others(code);
        let message = match n {
            n if n < least => format!("这个支部只有 {n} 名正式党员，不足 {least} 名，请核对名册是否完整，或者设联合党支部"),
            n if n > most => format!("这个支部有 {n} 名正式党员，超过 {most} 名，请核对名册，或者分设党支部"),
            _ => return None,
        };
        Some(Note { kind: NoteKind::BranchSize, row, heading: place.heading.clone(), column: place.column, value: code.to_owned(), message })
    };
    branches.into_iter().filter_map(doubt).collect()
}

async fn incomes<C: ConnectionTrait>(connection: &C, outcome: &Outcome) -> anyhow::Result<Vec<Known>> {
    let records: Vec<&IncomeRecord> =
        outcome.accepted.iter().filter_map(|checked| if let Record::Income(income) = &checked.record { Some(income) } else { None }).collect();
    let mut codes: Vec<&str> = records.iter().map(|income| income.village_code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rows = crate::unit::known_incomes(connection, &codes).await?;
    let yuan = |fen: i64| format!("{}.{:06}", fen / 1_000_000, (fen % 1_000_000).abs()).trim_end_matches('0').trim_end_matches('.').to_owned();
    let one = |new: &&IncomeRecord| {
        let Some((operating, total)) = rows.get(&(new.village_code.clone(), i64::from(new.year))) else { return Known::New };
        let mut differences = Vec::new();
        differ(&mut differences, "operating_income", &yuan(*operating), &yuan(new.operating_fen));
        differ(&mut differences, "total_income", &yuan(*total), &new.total_fen.map(yuan).unwrap_or_default());
        known(differences)
    };
    Ok(records.iter().map(one).collect())
}

async fn activities<C: ConnectionTrait>(app: &App, connection: &C, outcome: &Outcome) -> anyhow::Result<Vec<Known>> {
    let records =
        || outcome.accepted.iter().filter_map(|checked| if let Record::Activity(activity) = &checked.record { Some(activity) } else { None });
    let keys: Vec<Option<String>> = records().map(|activity| key(app, activity)).collect();
    let rows = crate::activity::find_by_keys(connection, &keys.iter().flatten().cloned().collect::<Vec<_>>()).await?;
    let one = |(new, key): (&ActivityRecord, Option<String>)| {
        let Some(old) = key.and_then(|key| rows.get(&key)) else { return Known::New };
        if matches!(old.record.attendance, Attendance::Names { .. }) {
            return Known::Own;
        }
        let mut differences = Vec::new();
        differ(&mut differences, "host", &text_of(old.record.host.clone()), &text_of(new.host.clone()));
        differ(&mut differences, "n_eligible", &old.n_eligible.to_string(), &new.n_eligible.to_string());
        differ(&mut differences, "n_present", &old.n_present.to_string(), &new.n_present.to_string());
        differ(&mut differences, "hours", &hours(old.record.minutes), &new.minutes.map(hours).unwrap_or_default());
        differ(&mut differences, "entered_on", &old.record.entered_on.to_string(), &text_of(new.entered_on));
        known(differences)
    };
    Ok(records().zip(keys).map(one).collect())
}

fn hours(minutes: i64) -> String {
    if minutes % 60 == 0 { format!("{}", minutes / 60) } else { format!("{minutes}分钟") }
}

/// The key under which an activity would be kept; none while its branch is not there yet.
fn key(app: &App, activity: &ActivityRecord) -> Option<String> {
    let organisation: OrgId = app.directory().by_code(&activity.branch_code)?.id;
    Some(NewActivity::key_of(organisation, &activity.kind, activity.held_on, &activity.topic))
}
