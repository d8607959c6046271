//! What a record's page says once the day is known: who was due, whether the period is locked, what may be made up.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Pack, Roster as RosterKind};

use crate::activity::Vote;
use crate::activity::form::Raw;
use crate::activity::model::{lock_day, locked_period, periods_of};
use crate::activity::roster::{Person, Roster, rosters};
use crate::directory::OrgNode;
use crate::duty::{Code, YearStates};
use crate::http::failure::Failure;
use crate::http::view::Choice;
use crate::http::visit::Visit;

/// The part of the page that follows from the day.
pub(super) struct DayView {
    /// By name, exceptions first; empty: head counts are asked for.
    pub people: Vec<PersonView>,
    pub n_due: usize,
    pub n_present: usize,
    /// Who votes, and how many must come; empty: the kind has no quorum.
    pub vote: String,
    /// Why head counts are asked for, when a roster would be expected.
    pub no_roster: String,
    pub n_eligible: String,
    pub n_present_typed: String,
    pub n_guests: String,
    pub attendance_error: String,
    /// Set when the superior must consent: the sentence that says so.
    pub late: String,
    pub late_reason: String,
    /// What it may make up; empty: nothing is open.
    pub makes_up: Vec<Choice>,
    /// Whether it is shown at once: something is open, or was chosen.
    pub makes_up_open: bool,
    pub makes_up_error: String,
}

/// Somebody on the roster of the day.
pub(super) struct PersonView {
    pub id: i64,
    pub name: String,
    /// `leave`, `away`, or nothing.
    pub class: &'static str,
    /// 病假, 缺席.
    pub word: String,
    pub choices: Vec<Choice>,
    /// A reason that is not among the choices.
    pub other: String,
}

/// Usual reasons, to be tapped.
const REASONS: [&str; 4] = ["病假", "事假", "外出务工", "流动"];

impl DayView {
    /// For a branch, a kind and what was typed so far. `defaults`: whether exempt and floating members are marked beforehand.
    pub(super) async fn of(visit: &Visit, org: &OrgNode, kind: &str, raw: &Raw, defaults: bool) -> Result<Self, Failure> {
        let pack = visit.pack();
        let today = visit.today();
        let day = raw.day().filter(|day| *day <= today).unwrap_or(today);
        let rule = pack.activities.get(kind).ok_or(Failure::NotFound)?;
        let roster = rosters(visit.app.store().reader(), &[org.id]).await?.remove(&org.id).unwrap_or_default();
        let marks = if defaults { defaults_of(visit, &roster, rule.roster, day) } else { raw.marks.iter().cloned().collect() };
        // Head counts that were typed stay head counts.
        let people = if raw.has_names { people(&roster, rule.roster, day, &marks) } else { Vec::new() };
        let n_away = people.iter().filter(|person| !person.class.is_empty()).count();
        let n_leave = people.iter().filter(|person| person.class == "leave").count();
        let (makes_up, has_open) = makes_up(visit, &pack, org, kind, &raw.makes_up).await?;
        Ok(Self {
            makes_up_open: has_open || !raw.makes_up.is_empty(),
            makes_up,
            n_due: people.len() - n_leave,
            n_present: people.len() - n_away,
            vote: Vote::of(&pack, rule, &roster, day).map_or_else(String::new, |vote| vote.asked()),
            no_roster: if raw.has_names { no_roster(rule.roster, people.is_empty()) } else { String::new() },
            people,
            n_eligible: raw.n_eligible.clone(),
            n_present_typed: raw.n_present.clone(),
            n_guests: raw.n_guests.clone(),
            attendance_error: String::new(),
            late: if raw.day().is_some() { late(visit, &pack, org, kind, raw, day, today) } else { String::new() },
            late_reason: raw.late_reason.clone(),
            makes_up_error: String::new(),
        })
    }
}

fn no_roster(kind: RosterKind, is_empty: bool) -> String {
    match kind {
        _ if !is_empty => String::new(),
        RosterKind::None => String::new(),
        RosterKind::Committee => "还没有把委员登记到党员，先填人数；登记以后会自动列出名单。".to_owned(),
        _ => "这一天支部名下还没有党员，先填人数；登记以后会自动列出名单。".to_owned(),
    }
}

/// Those whom the superior exempted, and those who live elsewhere.
fn defaults_of(visit: &Visit, roster: &Roster, kind: RosterKind, day: Date) -> HashMap<i64, String> {
    let directory = visit.app.directory();
    let scope = visit.scope(policy::Capability::RecordActivities);
    let mark = |person: &Person| {
        if person.is_exempt(day) {
            return Some((person.member_id, "exempt|".to_owned()));
        }
        directory.member(&scope, person.member_id).filter(|member| member.is_mobile).map(|_| (person.member_id, "leave|流动".to_owned()))
    };
    roster.people(kind, day).filter_map(mark).collect()
}

fn people(roster: &Roster, kind: RosterKind, day: Date, marks: &HashMap<i64, String>) -> Vec<PersonView> {
    let mut people: Vec<PersonView> =
        roster.people(kind, day).map(|person| person_view(person, day, marks.get(&person.member_id).map_or("", String::as_str))).collect();
    people.sort_by_key(|person| person.class.is_empty());
    people
}

fn person_view(person: &Person, day: Date, mark: &str) -> PersonView {
    let (kind, reason) = mark.split_once('|').unwrap_or((mark, ""));
    let (class, word) = match kind {
        "leave" => ("leave", if reason.is_empty() { "请假" } else { reason }),
        "exempt" => ("leave", "免于参加"),
        "absent" => ("away", "缺席"),
        _ => ("", "到"),
    };
    let other = if kind == "leave" && !REASONS.contains(&reason) { reason } else { "" };
    let choice = |value: &str, label: &str| {
        let selected = match value {
            "" => class.is_empty(),
            "leave" => kind == "leave" && !REASONS.contains(&reason),
            "exempt|" => kind == "exempt",
            value => value == mark,
        };
        Choice { value: value.to_owned(), label: label.to_owned(), selected }
    };
    let mut choices = vec![choice("", "到会")];
    choices.extend(REASONS.iter().map(|reason| choice(&format!("leave|{reason}"), reason)));
    choices.push(choice("leave", "其他请假"));
    choices.push(choice("absent", "缺席"));
    if person.is_exempt(day) {
        choices.push(choice("exempt|", "免于参加"));
    }
    PersonView { id: person.member_id, name: person.name.clone(), class, word: word.to_owned(), choices, other: other.to_owned() }
}

/// The sentence of a period that is locked, or of something made up.
fn late(visit: &Visit, pack: &Pack, org: &OrgNode, kind: &str, raw: &Raw, day: Date, today: Date) -> String {
    let superior = org.parent.map_or_else(|| "上级党组织".to_owned(), |id| visit.app.directory().name_of(id).to_owned());
    if let Ok(period) = raw.makes_up.parse::<policy::Period>()
        && !period.contains(day)
    {
        return format!("补办 {}的，要由{superior}同意后才计入，按“补办”计；请写明当期没有开展的原因。", period.label());
    }
    let Some(period) = locked_period(pack, kind, day, None, today) else { return String::new() };
    let lock = lock_day(pack, period, today).unwrap_or(day);
    format!(
        "{}已于 {}锁定：请写明为什么现在才录入，由{superior}同意后才计入。召开日期不变，同意后仍算按时。",
        period.label(),
        crate::duty::pages::day_words_on(lock, today)
    )
}

/// Earlier periods that are still open, or were missed, of the duties of this kind; and whether one is still open.
async fn makes_up(visit: &Visit, pack: &Pack, org: &OrgNode, kind: &str, chosen: &str) -> Result<(Vec<Choice>, bool), Failure> {
    let today = visit.today();
    let pers: Vec<policy::Per> = periods_of(pack, kind, today, None).into_iter().map(|period| period.per).collect();
    let mut open = Vec::new();
    for year in [today.year(), today.year() - 1] {
        let states = crate::duty::states_of_year(&visit.app, year, today).await?;
        open.extend(open_periods(&states, pack, org, kind, &pers));
    }
    open.sort_by_key(|(period, _): &(policy::Period, bool)| std::cmp::Reverse(period.from()));
    open.dedup();
    open.truncate(6);
    if open.is_empty() {
        return Ok((Vec::new(), false));
    }
    let has_open = open.iter().any(|(_, is_open)| *is_open);
    let mut choices = vec![Choice { value: String::new(), label: "按召开日期".to_owned(), selected: chosen.is_empty() }];
    choices.extend(open.iter().map(|(period, _)| Choice {
        value: period.to_string(),
        label: format!("补办 {}", period.label()),
        selected: period.to_string() == chosen,
    }));
    Ok((choices, has_open))
}

fn open_periods(states: &YearStates, pack: &Pack, org: &OrgNode, kind: &str, pers: &[policy::Per]) -> Vec<(policy::Period, bool)> {
    let Some(row) = states.row(org.id) else { return Vec::new() };
    let is_for = |activity: &str| crate::activity::kinds_for(pack, activity).iter().any(|of| of == kind);
    let columns = states.columns.iter().zip(row);
    columns
        .filter(|(column, code)| {
            let owed = pack.duties.get(&states.duty(column).key).is_some_and(|duty| is_for(&duty.activity));
            owed && pers.contains(&column.period.per) && matches!(code, Code::Overdue | Code::Missed)
        })
        .map(|(column, code)| (column.period, *code == Code::Overdue))
        .collect()
}
