//! 记一次: everything filled in that the system knows; everyone present until tapped.

use crate::http::path::Path;
use askama::Template;
use policy::{Capability, Pack, Per, Period};
use store::{OrgId, execute};

use super::day::DayView;
use crate::activity::form::{Problem, Raw, RawDecision, n_typed};
use crate::activity::{self, Activity, Attendance, Recorded, rosters};
use crate::directory::OrgNode;
use crate::duty::{self, Code, Countdown};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Status};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/activity_record.html")]
struct RecordPage {
    layout: Layout,
    title: String,
    /// Where the form is sent.
    action: String,
    back: String,
    draft: String,
    /// Whether this is the answer to something sent: a kept draft is older then.
    is_answer: bool,
    problems: Vec<String>,
    organisation: OrgId,
    organisation_name: String,
    kind: String,
    raw: Raw,
    today: String,
    theme_note: String,
    contents: Vec<Choice>,
    counts_hours: bool,
    /// Whether votes in favour are asked for.
    counts_votes: bool,
    /// Whether a reason for the change is asked for: the record is locked.
    asks_reason: bool,
    errors: Errors,
    day: DayView,
    verb: &'static str,
}

/// The sentence at each field.
#[derive(Default)]
struct Errors {
    held_on: String,
    topic: String,
    hours: String,
    contents: String,
    decisions: String,
}

#[derive(Template)]
#[template(path = "parts/activity_day.html")]
struct DayPart {
    day: DayView,
}

#[derive(Template)]
#[template(path = "pages/activity_choose.html")]
struct ChoosePage {
    layout: Layout,
    title: String,
    note: String,
    rows: Vec<Choose>,
    /// Kinds for which the branch has no duty.
    others: Vec<Choose>,
}

struct Choose {
    href: String,
    name: String,
    note: String,
    status: Option<Status>,
}

/// `GET /activities/new?organisation=&kind=&period=`.
pub(super) async fn new(visit: Visit) -> Answer {
    let asked = Submitted::parse(&visit.query);
    let Some(org) = branch(&visit, asked.text("organisation"))? else { return choose_branch(&visit) };
    let kind = asked.text("kind").to_owned();
    if kind.is_empty() {
        return choose_kind(&visit, &org).await;
    }
    if !visit.pack().activities.contains_key(&kind) {
        return Err(Failure::NotFound);
    }
    let (raw, theme_note) = offered(&visit, &org, &kind, asked.text("period")).await?;
    let day = DayView::of(&visit, &org, &kind, &raw, true).await?;
    let mut page = page(&visit, &org, &kind, raw, theme_note, day);
    page.draft.push_str(asked.text("period"));
    visit.page(&page)
}

/// `GET /activities/day`: the part that follows from the day, when another is chosen.
pub(super) async fn day(visit: Visit) -> Answer {
    let asked = Submitted::parse(&visit.query);
    let org = branch(&visit, asked.text("organisation"))?.ok_or(Failure::NotFound)?;
    // Whether there is a roster is asked anew for every day.
    let raw = Raw { has_names: true, ..Raw::read(&asked) };
    let day = DayView::of(&visit, &org, asked.text("kind"), &raw, raw.marks.is_empty()).await?;
    visit.page(&DayPart { day })
}

/// `POST /activities`.
pub(super) async fn save(visit: Visit, form: Submitted) -> Answer {
    let org = branch(&visit, form.text("organisation"))?.ok_or(Failure::NotFound)?;
    let kind = form.text("kind").to_owned();
    let pack = visit.pack();
    if !pack.activities.contains_key(&kind) {
        return Err(Failure::NotFound);
    }
    let raw = Raw::read(&form);
    let roster = rosters(visit.app.store().reader(), &[org.id]).await?.remove(&org.id);
    let record = match raw.check(&pack, org.id, &kind, roster.as_ref(), visit.today()) {
        Ok(record) => record,
        Err(problems) => return again(&visit, &org, &kind, raw, problems).await,
    };
    let (was_offered, _) = offered(&visit, &org, &kind, "").await?;
    let mut tx = visit.begin().await?;
    // Its own address is put in once its number is known.
    let answer = format!("/activities?organisation={}&period={}", org.id, Period::containing(record.held_on, Per::Month));
    if let Some(taken) = form.taken_before(&tx, &answer).await? {
        return Ok(visit.see(&taken, "这条记录刚才已经保存过，没有重复记。"));
    }
    let (needs_consent, held_on) =
        (activity::locked_period(&pack, &kind, record.held_on, None, record.entered_on).is_some() || record.makes_up.is_some(), record.held_on);
    let recorded = activity::record_all(&visit.app, &mut tx, visit.actor(), vec![record]).await?.pop();
    let id = match recorded {
        Some(Recorded::New(id) | Recorded::Updated(id) | Recorded::Unchanged(id)) => id,
        Some(Recorded::Refused(sentence)) => return again(&visit, &org, &kind, raw, vec![Problem { field: "record", sentence }]).await,
        None => return Err(Failure::NotFound),
    };
    crate::burden::note(&mut tx, org.id, "activity", id, n_typed(&raw, &was_offered)).await?;
    let address = format!("/activities/{id}");
    execute(
        tx.connection(),
        "update draft set answer = $1 where draft_key = $2 and actor_id = $3",
        [address.clone().into(), form.text("draft_key").into(), tx.actor_id().into()],
    )
    .await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &address, &done_sentence(&visit, &org, held_on, needs_consent)))
}

fn done_sentence(visit: &Visit, org: &OrgNode, held_on: jiff::civil::Date, needs_consent: bool) -> String {
    if needs_consent {
        let superior = org.parent.map_or_else(|| "上级党组织".to_owned(), |id| visit.app.directory().name_of(id).to_owned());
        return format!("已保存，等{superior}同意后计入。");
    }
    let lag = (visit.today() - held_on).get_days();
    let lag = if lag > 0 { format!("录入晚 {lag} 天，只作显示，不计分。") } else { String::new() };
    format!("已保存。考勤、学时和责任清单已经更新，不用再报。{lag}")
}

/// `GET /activities/{id}/amend`.
pub(super) async fn change(visit: Visit, Path(id): Path<i64>) -> Answer {
    let kept = activity::find(visit.app.store().reader(), &visit.scope(Capability::RecordActivities), id).await?.ok_or(Failure::NotFound)?;
    let org = visit.organisation(Capability::RecordActivities, kept.organisation())?;
    let raw = raw_of(&kept);
    let day = DayView::of(&visit, &org, &kept.record.kind, &raw, false).await?;
    let mut page = page(&visit, &org, &kept.record.kind, raw, String::new(), day);
    page.turn_into_change(&visit, &kept);
    visit.page(&page)
}

/// `POST /activities/{id}/amend`.
pub(super) async fn amend(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let kept = activity::find(visit.app.store().reader(), &visit.scope(Capability::RecordActivities), id).await?.ok_or(Failure::NotFound)?;
    let org = visit.organisation(Capability::RecordActivities, kept.organisation())?;
    let raw = Raw::read(&form);
    let kind = kept.record.kind.clone();
    let pack = visit.pack();
    let roster = rosters(visit.app.store().reader(), &[org.id]).await?.remove(&org.id);
    let problems = match raw.check(&pack, org.id, &kind, roster.as_ref(), visit.today()) {
        Err(problems) => problems,
        Ok(record) => {
            let mut tx = visit.begin().await?;
            match activity::amend(&visit.app, &mut tx, visit.actor(), id, record, &raw.reason).await {
                Ok(()) => {
                    let commit = tx.commit().await?;
                    let sentence = if kept.returned_reason.is_some() { "已经改好重新交上，重新计入。" } else { "已经修改。" };
                    return Ok(visit.done(commit, &format!("/activities/{id}"), sentence));
                }
                Err(error) => match error.downcast::<store::Refusal>() {
                    Ok(refusal) => vec![Problem { field: "record", sentence: refusal.0 }],
                    Err(error) => return Err(error.into()),
                },
            }
        }
    };
    let mut page = answered(&visit, &org, &kind, raw, problems).await?;
    page.turn_into_change(&visit, &kept);
    invalid(&visit, &page)
}

impl RecordPage {
    /// Whether the part for decisions stands open.
    fn has_decisions(&self) -> bool {
        !self.errors.decisions.is_empty() || self.raw.decisions.iter().any(|of| !of.text.is_empty())
    }

    fn turn_into_change(&mut self, visit: &Visit, kept: &Activity) {
        let is_locked = !activity::is_open(&visit.pack(), kept, visit.today());
        self.title = format!("修改：{}", kept.record.topic);
        self.action = format!("/activities/{}/amend", kept.id);
        self.back = format!("/activities/{}", kept.id);
        self.draft = format!("amend-{}", kept.id);
        self.asks_reason = is_locked;
        self.verb = if kept.returned_reason.is_some() { "改好重新交" } else { "保存修改" };
    }
}

/// The branch of the address, through the right to record; without one, one's own; `None`: it must be chosen.
fn branch(visit: &Visit, text: &str) -> Result<Option<OrgNode>, Failure> {
    let org = match text {
        "" => {
            let scope = visit.scope(Capability::RecordActivities);
            visit.home().and_then(|home| visit.app.directory().visible(&scope, home).cloned()).filter(OrgNode::is_branch)
        }
        text => Some(visit.organisation(Capability::RecordActivities, text.parse().map_err(|_| Failure::NotFound)?)?),
    };
    match org {
        Some(org) if !org.is_branch() => Err(Failure::NotFound),
        org => Ok(org),
    }
}

/// The page's fields before anything is typed, and where the topic comes from.
async fn offered(visit: &Visit, org: &OrgNode, kind: &str, period: &str) -> Result<(Raw, String), Failure> {
    let today = visit.today();
    let pack = visit.pack();
    let period = period.parse::<Period>().ok().filter(|period| period.until() <= today);
    let mut raw = Raw {
        // A period that is over was either held then, on a day only the branch knows, or is made up now.
        held_on: if period.is_some() { String::new() } else { today.to_string() },
        place: activity::usual_place(visit.app.store().reader(), org.id, kind).await?.unwrap_or_default(),
        host: org.secretary.clone().unwrap_or_default(),
        hours: if pack.activities.get(kind).is_some_and(|kind| kind.counts_training_hours) { "2".to_owned() } else { String::new() },
        decisions: vec![RawDecision::default(); 2],
        has_names: true,
        ..Raw::default()
    };
    let mut note = String::new();
    if duty::theme_kind(&pack).is_some_and(|(of, _)| of == kind)
        && let Some(theme) =
            duty::theme_for(&visit.app, org.id, period.filter(|p| p.per == Per::Month).unwrap_or_else(|| Period::containing(today, Per::Month)))
                .await?
    {
        note = format!("{} {}建议主题，可以改", visit.app.directory().name_of(theme.organisation), duty::pages::period_words(theme.month));
        raw.topic = theme.title;
        raw.contents = theme.contents;
    }
    Ok((raw, note))
}

fn page(visit: &Visit, org: &OrgNode, kind: &str, raw: Raw, theme_note: String, day: DayView) -> RecordPage {
    let pack = visit.pack();
    let rule = pack.activities.get(kind);
    let name = rule.map_or(kind, |rule| rule.short.as_str());
    let contents = rule.map(|rule| rule.contents.as_slice()).unwrap_or_default();
    let title = format!("记一次{name}");
    let mut layout = visit.layout(&title).crumb("组织生活", "/activities").crumb(&title, "");
    // The button at the thumb is the one that saves.
    layout.tabs.clear();
    RecordPage {
        layout,
        title,
        action: "/activities".to_owned(),
        back: "/".to_owned(),
        draft: format!("activity-{}-{kind}", org.id),
        is_answer: false,
        problems: Vec::new(),
        organisation: org.id,
        organisation_name: org.name.clone(),
        kind: kind.to_owned(),
        contents: contents
            .iter()
            .map(|content| Choice { value: content.clone(), label: content.clone(), selected: raw.contents.contains(content) })
            .collect(),
        counts_hours: rule.is_some_and(|rule| rule.counts_training_hours),
        counts_votes: rule.is_some_and(|rule| rule.majority.is_some()),
        today: visit.today().to_string(),
        raw,
        theme_note,
        asks_reason: false,
        errors: Errors::default(),
        day,
        verb: "保存",
    }
}

async fn answered(visit: &Visit, org: &OrgNode, kind: &str, raw: Raw, problems: Vec<Problem>) -> Result<RecordPage, Failure> {
    let day = DayView::of(visit, org, kind, &raw, false).await?;
    let mut page = page(visit, org, kind, raw, String::new(), day);
    page.is_answer = true;
    for Problem { field, sentence } in problems {
        match field {
            "held_on" => page.errors.held_on = sentence,
            "topic" => page.errors.topic = sentence,
            "hours" => page.errors.hours = sentence,
            "contents" => page.errors.contents = sentence,
            "decisions" => page.errors.decisions = sentence,
            "attendance" => page.day.attendance_error = sentence,
            "makes_up" => page.day.makes_up_error = sentence,
            _ => page.problems.push(sentence),
        }
    }
    Ok(page)
}

async fn again(visit: &Visit, org: &OrgNode, kind: &str, raw: Raw, problems: Vec<Problem>) -> Answer {
    let page = answered(visit, org, kind, raw, problems).await?;
    invalid(visit, &page)
}

fn invalid(visit: &Visit, page: &RecordPage) -> Answer {
    let mut response = visit.page(page)?;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// A kept record as the page shows it.
fn raw_of(kept: &Activity) -> Raw {
    let record = &kept.record;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let hours =
        if record.minutes % 60 == 0 { (record.minutes / 60).to_string() } else { format!("{}.{}", record.minutes / 60, record.minutes % 60 / 6) };
    let key = |kind: activity::AbsenceKind| match kind {
        activity::AbsenceKind::Leave => "leave",
        activity::AbsenceKind::Exempt => "exempt",
        activity::AbsenceKind::Absent => "absent",
    };
    let mark = |absence: &activity::Absence| {
        let kind = key(absence.kind);
        (absence.member_id, if absence.reason.is_empty() && kind != "exempt" { kind.to_owned() } else { format!("{kind}|{}", absence.reason) })
    };
    let mut decisions: Vec<RawDecision> = record
        .decisions
        .iter()
        .map(|of| RawDecision {
            text: of.text.clone(),
            owner: of.owner.clone(),
            due_on: of.due_on.map(|day| day.to_string()).unwrap_or_default(),
            n_for: of.n_for.map(|n| n.to_string()).unwrap_or_default(),
        })
        .collect();
    decisions.push(RawDecision::default());
    Raw {
        held_on: record.held_on.to_string(),
        topic: record.topic.clone(),
        place: text(&record.place),
        host: text(&record.host),
        hours: if record.minutes == 0 { String::new() } else { hours },
        contents: record.contents.clone(),
        n_guests: if kept.n_guests == 0 { String::new() } else { kept.n_guests.to_string() },
        n_eligible: kept.n_eligible.to_string(),
        n_present: kept.n_present.to_string(),
        decisions,
        notes: text(&record.notes),
        is_on_paper: record.is_on_paper,
        makes_up: record.makes_up.map(|period| period.to_string()).unwrap_or_default(),
        late_reason: text(&record.late_reason),
        reason: String::new(),
        has_names: matches!(record.attendance, Attendance::Names { .. }),
        marks: kept.absences.iter().map(mark).collect(),
    }
}

/// Which kind: those for which the branch has a duty, what is due first, with how they stand; then the others.
async fn choose_kind(visit: &Visit, org: &OrgNode) -> Answer {
    let today = visit.today();
    let pack = visit.pack();
    let states = crate::duty::states_of_year(&visit.app, today.year(), today).await?;
    let countdown = Countdown::of(&pack, today);
    let due = due_kinds(org, &pack, &states, today, countdown);
    let mut rest: Vec<Choose> = pack
        .activities
        .iter()
        .filter(|(key, _)| !due.iter().any(|(of, _)| of == *key))
        .map(|(key, kind)| Choose { href: link(org, key), name: kind.short.clone(), note: String::new(), status: None })
        .collect();
    let mut rows: Vec<Choose> = due.into_iter().map(|(_, row)| row).collect();
    if rows.is_empty() {
        rows.append(&mut rest);
    }
    visit.page(&ChoosePage {
        layout: visit.layout("记一次").crumb("组织生活", "/activities").crumb("记一次", ""),
        title: "记一次什么".to_owned(),
        note: org.name.clone(),
        rows,
        others: rest,
    })
}

fn link(org: &OrgNode, kind: &str) -> String {
    format!("/activities/new?organisation={}&kind={kind}", org.id)
}

fn due_kinds(org: &OrgNode, pack: &Pack, states: &duty::YearStates, today: jiff::civil::Date, countdown: Countdown) -> Vec<(String, Choose)> {
    let Some(row) = states.row(org.id) else { return Vec::new() };
    let mut rows: Vec<(i32, String, Choose)> = Vec::new();
    for (column, code) in states.columns.iter().zip(row) {
        let Some(rule) = pack.duties.get(&states.duty(column).key) else { continue };
        if !column.period.contains(today) || matches!(code, Code::NotApplicable) {
            continue;
        }
        let name = pack.activities.get(&rule.activity).map_or(rule.short.as_str(), |kind| kind.short.as_str());
        let status = duty::status(*code, column.period, today, countdown);
        let note = format!("{} · {}", rule.per.label(), duty::pages::period_words(column.period));
        let left = if *code == Code::Due { duty::days_left(column.period, today) } else { i32::MAX };
        rows.push((left, rule.activity.clone(), Choose { href: link(org, &rule.activity), name: name.to_owned(), note, status: Some(status) }));
    }
    rows.sort_by_key(|(left, ..)| *left);
    rows.into_iter().map(|(_, kind, row)| (kind, row)).collect()
}

/// Which branch, for somebody who records for several.
fn choose_branch(visit: &Visit) -> Answer {
    let scope = visit.scope(Capability::RecordActivities);
    let rows = {
        let directory = visit.app.directory();
        let branches = directory.all(&scope).filter(|org| org.is_branch()).take(300);
        branches
            .map(|org| Choose {
                href: format!("/activities/new?organisation={}", org.id),
                name: org.name.clone(),
                note: org.parent.map_or("", |id| directory.name_of(id)).to_owned(),
                status: None,
            })
            .collect()
    };
    visit.page(&ChoosePage {
        layout: visit.layout("记一次").crumb("组织生活", "/activities").crumb("记一次", ""),
        title: "替哪个支部记".to_owned(),
        note: "支部书记自己记最好；您记的，要由另一位同志审核".to_owned(),
        rows,
        others: Vec::new(),
    })
}
