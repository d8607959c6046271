//! One record: what took place, who came, what was decided, what happened to the record since, what may be done now.

use std::collections::HashMap;

use crate::http::path::Path;
use askama::Template;
use jiff::civil::Date;
use policy::Capability;
use serde_json::Value as Json;

use crate::activity::{self, AbsenceKind, Activity, Amendment, Attendance, OpenDecision, Roster, Vote, days_late, periods_of, rosters};
use crate::directory::OrgNode;
use crate::duty::pages::day_words;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::view::{Link, Standing, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/activity_show.html")]
struct ShowPage {
    layout: Layout,
    /// For whoever signed it and may do nothing about it here.
    is_signed_only: bool,
    id: i64,
    title: String,
    line: String,
    status: Status,
    counts_for: String,
    facts: Vec<(&'static str, String)>,
    attendance: String,
    /// Who could vote and who of them came; empty: nothing is decided at such a meeting.
    vote: String,
    people: Vec<Tag>,
    absences_hidden: bool,
    notes: String,
    is_on_paper: bool,
    decisions: Vec<DecisionView>,
    trail: Vec<TrailStep>,
    acts: Acts,
}

/// Somebody on the roster of the day.
struct Tag {
    name: String,
    class: &'static str,
    word: String,
}

struct DecisionView {
    id: i64,
    text: String,
    note: String,
    status: Status,
    may_follow: bool,
}

/// What may be done, and who may do what this person may not.
struct Acts {
    amend: Option<Link>,
    amend_note: String,
    may_consent: bool,
    consent_note: String,
    may_return: bool,
    return_note: String,
    waits: bool,
    is_returned: bool,
}

/// `GET /activities/{id}`.
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let kept = activity::find(visit.app.store().reader(), &visit.scope(Capability::ViewActivities), id).await?.ok_or(Failure::NotFound)?;
    let org = visit.organisation(Capability::ViewActivities, kept.organisation())?;
    page(visit, kept, org, false).await
}

/// `GET /me/handled/activities/{id}`: a record for whoever entered, changed, accepted or returned it, whoever holds the post
/// now; read-only.
pub(super) async fn signed(visit: Visit, Path(id): Path<i64>) -> Answer {
    let reader = visit.app.store().reader();
    let everything = store::Actor::console(visit.today()).scope(Capability::ViewActivities);
    let kept = activity::find(reader, &everything, id).await?.ok_or(Failure::NotFound)?;
    let person = visit.actor().person_id.ok_or(Failure::NotFound)?;
    let amendments = activity::amendments_of(reader, id).await?;
    let own = [kept.entered_by, kept.accepted_by, kept.returned_by].into_iter().chain(amendments.iter().map(|it| it.by)).any(|by| by == Some(person));
    if !own {
        return Err(Failure::NotFound);
    }
    let org = visit.app.directory().org_ever(kept.organisation()).cloned().ok_or(Failure::NotFound)?;
    page(visit, kept, org, true).await
}

async fn page(visit: Visit, kept: Activity, org: OrgNode, is_signed_only: bool) -> Answer {
    let id = kept.id;
    let reader = visit.app.store().reader();
    let decisions = activity::decisions_of(reader, id).await?;
    let amendments = activity::amendments_of(reader, id).await?;
    let roster = rosters(reader, &[org.id]).await?.remove(&org.id).unwrap_or_default();
    let people: Vec<i64> =
        [kept.entered_by, kept.accepted_by, kept.returned_by].into_iter().chain(amendments.iter().map(|it| it.by)).flatten().collect();
    let names = activity::names_of(reader, &people).await?;
    let told = Told { visit: &visit, kept: &kept, org: &org, names };
    let sees_names = is_signed_only || visit.app.directory().is_visible(&visit.scope(Capability::ViewMembers), org.id);
    let title = kept.record.topic.clone();
    let page = ShowPage {
        layout: if is_signed_only {
            visit.layout(&title).crumb("我的", "/me").crumb("我经手的", "/me/handled").crumb(&title, "")
        } else {
            visit.layout(&title).crumb("组织生活", format!("/activities?organisation={}", org.id)).crumb(&title, "")
        },
        is_signed_only,
        id,
        line: told.line(),
        status: told.status(),
        counts_for: told.counts_for(),
        facts: told.facts(),
        attendance: told.attendance(),
        vote: told.vote(&roster),
        people: if sees_names { told.people(&roster) } else { Vec::new() },
        absences_hidden: !sees_names && !kept.absences.is_empty(),
        notes: kept.record.notes.clone().unwrap_or_default(),
        is_on_paper: kept.record.is_on_paper,
        decisions: told.decisions(decisions, is_signed_only),
        trail: told.trail(&amendments),
        acts: told.acts(),
        title,
    };
    visit.page(&page)
}

struct Told<'a> {
    visit: &'a Visit,
    kept: &'a Activity,
    org: &'a OrgNode,
    names: HashMap<i64, String>,
}

impl Told<'_> {
    fn kind_name(&self) -> String {
        self.visit.pack().activities.get(&self.kept.record.kind).map_or_else(|| self.kept.record.kind.clone(), |kind| kind.name.clone())
    }

    fn line(&self) -> String {
        let record = &self.kept.record;
        format!("{} · {} · {} 年 {}", self.org.name, self.kind_name(), record.held_on.year(), day_words(record.held_on))
    }

    fn status(&self) -> Status {
        if self.kept.returned_reason.is_some() {
            Status::new(Standing::Missed, "已退回，不计入")
        } else if self.kept.waits_for_consent {
            Status::new(Standing::Soon, "等上级同意，暂不计入")
        } else if self.kept.record.makes_up.is_some() {
            Standing::Late.into()
        } else {
            Status::new(Standing::Ok, "已计入")
        }
    }

    /// Which periods it bears on.
    fn counts_for(&self) -> String {
        let record = &self.kept.record;
        if let Some(reason) = &self.kept.returned_reason {
            return format!("退回的原因：{reason}");
        }
        if let Some(period) = record.makes_up {
            return format!("补办 {}的。补办不改变按时数。", period.label());
        }
        let periods: Vec<String> = periods_of(&self.visit.pack(), &record.kind, record.held_on, None).iter().map(|period| period.label()).collect();
        if periods.is_empty() {
            "这一类活动没有定期的责任，记录留存备查。".to_owned()
        } else {
            format!("按召开日期算在 {}。", periods.join("、"))
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let record = &self.kept.record;
        let mut facts = vec![("召开", format!("{} 年 {}", record.held_on.year(), day_words(record.held_on)))];
        let mut add = |label, value: &Option<String>| {
            if let Some(value) = value {
                facts.push((label, value.clone()));
            }
        };
        add("地点", &record.place);
        add("主持", &record.host);
        if record.minutes > 0 {
            facts.push(("学时", format!("{} 学时", hours(record.minutes))));
        }
        if !record.contents.is_empty() {
            facts.push(("内容", record.contents.join("、")));
        }
        let lag = days_late(self.kept);
        let lag = if lag > 0 { format!("，录入晚 {lag} 天（只作显示，不计分）") } else { String::new() };
        let source = if record.source == activity::BY_BRANCH { String::new() } else { "，由表格导入".to_owned() };
        facts.push(("录入", format!("{} 年 {}{lag}{source}", record.entered_on.year(), day_words(record.entered_on))));
        if let Some(reason) = &record.late_reason {
            facts.push(("说明", reason.clone()));
        }
        facts
    }

    fn attendance(&self) -> String {
        let kept = self.kept;
        let rate = if kept.n_eligible > 0 { format!("，到会率 {}%", kept.n_present * 100 / kept.n_eligible) } else { String::new() };
        let count = |kind| kept.absences.iter().filter(|absence| absence.kind == kind).count();
        let mut parts = vec![format!("应到 {} 人，实到 {} 人{rate}", kept.n_eligible, kept.n_present)];
        for (kind, word) in [(AbsenceKind::Leave, "请假"), (AbsenceKind::Exempt, "免于参加"), (AbsenceKind::Absent, "缺席")] {
            let n = count(kind);
            if n > 0 {
                parts.push(format!("{word} {n} 人"));
            }
        }
        if kept.n_guests > 0 {
            parts.push(format!("列席 {} 人（另计）", kept.n_guests));
        }
        if matches!(kept.record.attendance, Attendance::Counts { .. }) {
            parts.push("只有人数，没有名单".to_owned());
        }
        parts.join("；")
    }

    fn vote(&self, roster: &Roster) -> String {
        let (pack, record) = (self.visit.pack(), &self.kept.record);
        let Some(rule) = pack.activities.get(&record.kind) else { return String::new() };
        let Some(vote) = Vote::of(&pack, rule, roster, record.held_on) else { return String::new() };
        match Vote::present(rule, roster, &record.attendance, record.held_on) {
            Some(n_present) => vote.outcome(n_present),
            None => format!("{} {} 人，至少要 {} 人到会；只有人数，没有名单，核不出到会的有多少。", vote.who, vote.n_voters, vote.n_needed),
        }
    }

    fn people(&self, roster: &Roster) -> Vec<Tag> {
        if matches!(self.kept.record.attendance, Attendance::Counts { .. }) {
            return Vec::new();
        }
        let Some(kind) = self.visit.pack().activities.get(&self.kept.record.kind).map(|kind| kind.roster) else { return Vec::new() };
        let mut tags: Vec<Tag> = roster
            .people(kind, self.kept.record.held_on)
            .map(|person| {
                let absence = self.kept.absences.iter().find(|absence| absence.member_id == person.member_id);
                let (class, word) = match absence.map(|absence| (absence.kind, absence.reason.as_str())) {
                    None => ("", ""),
                    Some((AbsenceKind::Absent, _)) => ("away", "缺席"),
                    Some((AbsenceKind::Exempt, _)) => ("leave", "免于参加"),
                    Some((AbsenceKind::Leave, "")) => ("leave", "请假"),
                    Some((AbsenceKind::Leave, reason)) => ("leave", reason),
                };
                Tag { name: person.name.clone(), class, word: word.to_owned() }
            })
            .collect();
        tags.sort_by_key(|tag| tag.class.is_empty());
        tags
    }

    fn decisions(&self, all: Vec<OpenDecision>, is_signed_only: bool) -> Vec<DecisionView> {
        let today = self.visit.today();
        // Of head counts nobody knows how many of those who came vote.
        let is_counted = matches!(self.kept.record.attendance, Attendance::Names { .. });
        let may_follow = !is_signed_only && self.visit.app.directory().is_visible(&self.visit.scope(Capability::RecordActivities), self.org.id);
        all.into_iter()
            .map(|of| {
                let status = match (of.done_on, of.due_on) {
                    (Some(on), _) => Status::new(Standing::Ok, format!("{}办结", day_words(on))),
                    (None, Some(due)) => Status::by_days_left(i64::from((due - today).get_days()), self.visit.pack().soon_days(today)),
                    (None, None) => Standing::Running.into(),
                };
                let owner = if of.owner.is_empty() { String::new() } else { format!("{} 负责", of.owner) };
                let due = of.due_on.map(|day| format!("{}前", day_words(day))).unwrap_or_default();
                let n_for = self.kept.record.decisions.iter().find(|decided| decided.text == of.text).and_then(|decided| decided.n_for);
                let votes = n_for.map(|n| if is_counted { format!("赞成 {n} 人，通过") } else { format!("赞成 {n} 人") }).unwrap_or_default();
                let parts: Vec<String> = [votes, owner, due, of.note].into_iter().filter(|part| !part.is_empty()).collect();
                DecisionView { id: of.id, text: of.text, note: parts.join(" · "), status, may_follow: may_follow && of.done_on.is_none() }
            })
            .collect()
    }

    fn who(&self, person: Option<i64>) -> String {
        person.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    fn trail(&self, amendments: &[Amendment]) -> Vec<TrailStep> {
        let record = &self.kept.record;
        let mut steps: Vec<(Date, String, String)> = vec![(record.entered_on, "录入".to_owned(), self.who(self.kept.entered_by))];
        let day = |at: &Option<String>| at.as_ref().and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(store::day_of);
        for amendment in amendments {
            let changes = changes(&amendment.before, &amendment.after);
            let reason = if amendment.reason.is_empty() { String::new() } else { format!("原因：{}；", amendment.reason) };
            let by = self.who(amendment.by);
            steps.push((
                amendment.on,
                format!("修改{}", if by.is_empty() { String::new() } else { format!("（{by}）") }),
                format!("{reason}{changes}"),
            ));
        }
        if let (Some(on), Some(reason)) = (day(&self.kept.returned_at), &self.kept.returned_reason) {
            steps.push((on, format!("退回（{}）", self.who(self.kept.returned_by)), reason.clone()));
        }
        if let Some(on) = day(&self.kept.accepted_at) {
            steps.push((on, format!("同意计入（{}）", self.who(self.kept.accepted_by)), String::new()));
        }
        steps.sort_by_key(|step| std::cmp::Reverse(step.0));
        steps
            .into_iter()
            .enumerate()
            .map(|(at, (on, text, note))| TrailStep { on: on.to_string(), text, note, files: Vec::new(), is_turn: at == 0 })
            .collect()
    }

    fn acts(&self) -> Acts {
        let directory = self.visit.app.directory();
        let may = |capability| directory.is_visible(&self.visit.scope(capability), self.org.id);
        let is_own = self.kept.entered_by.is_some() && self.kept.entered_by == self.visit.actor().person_id;
        let superior = self.org.parent.map_or_else(|| "上级党组织".to_owned(), |id| directory.name_of(id).to_owned());
        let may_supervise = may(Capability::SuperviseActivities);
        let is_returned = self.kept.returned_reason.is_some();
        let by_superior = |verb: &str| {
            if may_supervise && is_own {
                "自己录入的记录要由上级的另一位同志审核".to_owned()
            } else {
                format!("{verb}由{superior}办")
            }
        };
        let is_open = activity::is_open(&self.visit.pack(), self.kept, self.visit.today());
        Acts {
            amend: may(Capability::RecordActivities)
                .then(|| Link::new(if is_returned { "改好重新交" } else { "修改" }, format!("/activities/{}/amend", self.kept.id))),
            amend_note: if is_open {
                "现在还可以直接改".to_owned()
            } else {
                "已经锁定：修改要写明原因，原来的内容留痕".to_owned()
            },
            may_consent: may_supervise && !is_own,
            consent_note: by_superior("同意计入"),
            may_return: may_supervise && !is_own && !is_returned,
            return_note: if is_returned { "已经退回，等支部改好重新交".to_owned() } else { by_superior("退回") },
            waits: self.kept.waits_for_consent && !is_returned,
            is_returned,
        }
    }
}

/// 2, 1.5.
fn hours(minutes: i64) -> String {
    if minutes % 60 == 0 { (minutes / 60).to_string() } else { format!("{}.{}", minutes / 60, minutes % 60 / 6) }
}

/// What an amendment changed, in words.
fn changes(before: &Json, after: &Json) -> String {
    const NAMES: [(&str, &str); 10] = [
        ("held_on", "召开日期"),
        ("topic", "主题"),
        ("place", "地点"),
        ("host", "主持"),
        ("n_eligible", "应到"),
        ("n_present", "实到"),
        ("minutes", "学时"),
        ("contents", "内容"),
        ("decisions", "决定事项"),
        ("notes", "纪要"),
    ];
    let short = |value: &Json| match value {
        Json::String(text) => text.chars().take(24).collect(),
        Json::Number(number) => number.to_string(),
        Json::Array(list) if list.iter().all(Json::is_string) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join("、"),
        Json::Null => "无".to_owned(),
        _ => String::new(),
    };
    let changed = NAMES.iter().filter(|(key, _)| before.get(key) != after.get(key)).map(|(key, name)| {
        let (from, to) = (before.get(key).map(short).unwrap_or_default(), after.get(key).map(short).unwrap_or_default());
        if from.is_empty() && to.is_empty() { (*name).to_owned() } else { format!("{name}：{from} → {to}") }
    });
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() && before.get("absences") != after.get("absences") { "到会名单".to_owned() } else { changed.join("；") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn an_amendment_says_what_was_and_what_is() {
        let words = super::changes(
            &json!({ "topic": "防火", "n_present": 33, "contents": ["党性教育"], "place": null }),
            &json!({ "topic": "防火禁毒", "n_present": 33, "contents": [], "place": "活动室" }),
        );
        assert_eq!(words, "主题：防火 → 防火禁毒；地点：无 → 活动室；内容：党性教育 → ");
    }
}
