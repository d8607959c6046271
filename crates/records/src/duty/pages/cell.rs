//! One cell of the matrix, in a drawer or on a page of its own: why, what is there, who, what happened, what may be done.

use std::sync::Arc;

use crate::http::path::Path;
use askama::Template;
use assessment::{DutyPlan, DutyState};
use axum::http::HeaderMap;
use jiff::civil::Date;
use policy::{Capability, Duty, Pack, Period};
use store::OrgId;

use super::matrix::spoken;
use crate::activity::{self, Activity};
use crate::directory::OrgNode;
use crate::duty::excuse::{Excuse, excuse_of};
use crate::duty::model::{self, Code, Countdown, Tally};
use crate::duty::remind::{self, Reminder, reminders_of};
use crate::duty::select::Selection;
use crate::duty::states::state_of;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::view::{Citation, Link, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/duty_cell.html")]
struct CellPage {
    layout: Layout,
    cell: CellView,
}

#[derive(Template)]
#[template(path = "parts/duty_cell.html")]
struct CellPart {
    layout: Layout,
    cell: CellView,
}

struct CellView {
    title: String,
    note: String,
    status: Status,
    sentence: String,
    cite: Citation,
    records: Vec<RecordLine>,
    no_records: String,
    people: Vec<(&'static str, String)>,
    trail: Vec<TrailStep>,
    effects: Vec<(String, String)>,
    acts: Acts,
}

struct RecordLine {
    link: Link,
    note: String,
}

/// What this person may do about the cell now; what he may not is greyed, with who may.
#[derive(Default)]
struct Acts {
    /// `ORGANISATION/DUTY/PERIOD`.
    key: String,
    /// 提醒 or 催办.
    remind: Option<&'static str>,
    may_excuse: bool,
    may_ask: bool,
    /// What the branch asked for and nobody has answered yet.
    asked: Option<Asked>,
    record: Option<Link>,
    /// Who may, for whoever may not.
    who: String,
}

/// A request to be excused that waits for an answer.
struct Asked {
    id: i64,
    on: String,
    reason: String,
    may_decide: bool,
    /// Whoever asked does not decide.
    is_own: bool,
}

/// `GET /duties/{organisation}/{duty}/{period}`.
pub(super) async fn show(visit: Visit, headers: HeaderMap, Path((organisation, duty, period)): Path<(OrgId, String, String)>) -> Answer {
    let org = visit.organisation(Capability::ViewActivities, organisation)?;
    let period: Period = period.parse().map_err(|_| Failure::NotFound)?;
    let today = visit.today();
    let (plan, state) = state_of(&visit.app, organisation, &duty, period, today).await?.ok_or(Failure::NotFound)?;
    let pack = visit.pack();
    let rule = pack.duties.get(&duty).cloned().ok_or(Failure::NotFound)?;
    let reader = visit.app.store().reader();
    let records =
        activity::of_period(reader, &visit.scope(Capability::ViewActivities), organisation, &activity::kinds_for(&pack, &rule.activity), period)
            .await?;
    let excuses = excuse_of(reader, organisation, &duty, period).await?;
    let reminders = reminders_of(reader, &remind::Cell { organisation, duty: duty.clone(), period }).await?;
    let tally = tally_of_year(&visit, organisation, &duty, period).await?;
    let view = Told { visit: &visit, pack, org, plan, rule, period, today, state, records, excuses, reminders, tally }.view();
    let layout = visit.layout(&view.title).crumb("部署落实", "/").crumb("责任矩阵", format!("/duties?year={}", period.year)).crumb(&view.title, "");
    if headers.contains_key("hx-request") {
        return visit.page(&CellPart { layout, cell: view });
    }
    visit.page(&CellPage { layout, cell: view })
}

/// How this duty of the branch went in the year.
async fn tally_of_year(visit: &Visit, organisation: OrgId, duty: &str, period: Period) -> Result<Tally, Failure> {
    let today = visit.today();
    let states = crate::duty::states_of_year(&visit.app, period.year, today).await?;
    let countdown = Countdown::of(&visit.pack(), today);
    let selection =
        Selection::new(&visit.app.directory(), &visit.scope(Capability::ViewActivities), &states, countdown, Some(organisation), None, Some(duty));
    Ok(selection.tally())
}

/// Everything that is told of a cell.
struct Told<'a> {
    visit: &'a Visit,
    pack: Arc<Pack>,
    org: OrgNode,
    plan: DutyPlan,
    rule: Duty,
    period: Period,
    today: Date,
    state: DutyState,
    records: Vec<Activity>,
    excuses: Vec<Excuse>,
    reminders: Vec<Reminder>,
    tally: Tally,
}

impl Told<'_> {
    fn view(self) -> CellView {
        let code = Code::of(&self.state, self.period, self.today).of_ended(self.has_ended());
        let countdown = Countdown::of(&self.pack, self.today);
        let times = policy::in_force(&self.rule.times, self.period.from()).copied().unwrap_or(1);
        CellView {
            title: format!("{} · {}", self.org.name, self.rule.short),
            note: format!(
                "{} · {} {times} 次 · 截止 {}",
                self.period.label(),
                self.rule.per.label(),
                day_words_on(self.period.last_day(), self.today)
            ),
            status: model::status(code, self.period, self.today, countdown),
            sentence: self.sentence(code),
            cite: cite(&self.pack, &self.rule),
            no_records: format!("{}没有{}的记录。", self.period.label(), self.rule.short),
            people: self.people(),
            trail: self.trail(code),
            effects: self.effects(),
            acts: self.acts(code),
            records: self.records.iter().map(|record| self.record(record)).collect(),
        }
    }

    fn has_ended(&self) -> bool {
        self.visit.app.directory().org(self.org.id).is_none()
    }

    fn sentence(&self, code: Code) -> String {
        let lock = self.period.last_day().checked_add(jiff::Span::new().days(self.plan.lock_days)).unwrap_or(self.period.last_day());
        match (&self.state, code) {
            (DutyState::NotApplicable(reason), _) => format!("这一期没有这项责任：{reason}。"),
            (DutyState::NotYetInUse, _) => "启用以前，没有导入过记录，不作结论。".to_owned(),
            (DutyState::NotEvidenced, _) => "这一期的表里没有这一类记录，不算办了，也不算没办。".to_owned(),
            (DutyState::Due { n_held, times, .. }, Code::Due) if *n_held > 0 => format!("已经开过 {n_held} 次，还差 {} 次。", times - n_held),
            (_, Code::Missed) if self.has_ended() => "撤销以前没有这一期的记录；党组织已经撤销，不再补录。".to_owned(),
            (_, Code::Future) => "这一期还没有开始。".to_owned(),
            (_, Code::Due) => "期内召开的就算按时，哪天录入都一样。".to_owned(),
            (DutyState::Overdue { days_until_lock, .. }, _) => {
                format!(
                    "期内开过的，{}以前补录仍算按时（还有 {days_until_lock} 天）；没有开过的可以补办，经上级同意后按“补办”计。",
                    day_words_on(lock, self.today)
                )
            }
            (DutyState::OnTime { .. }, _) => "期内召开，按时。".to_owned(),
            (DutyState::HeldLate { days_late, .. }, _) => format!("期满后第 {days_late} 天补办，上级已经同意。补办不改变按时数。"),
            (DutyState::Excused(reason), _) => format!("经上级批准免办，不计入应办。理由：{reason}"),
            _ => format!("这一期已于 {}锁定。期内开过而没有录入的，说明原因并经上级同意后仍按召开日期算。", day_words_on(lock, self.today)),
        }
    }

    fn record(&self, record: &Activity) -> RecordLine {
        let mut note = format!("到 {} 人，应到 {} 人", record.n_present, record.n_eligible);
        let lag = activity::days_late(record);
        if lag > 0 {
            note.push_str(&format!(" · 录入晚 {lag} 天"));
        }
        if record.returned_reason.is_some() {
            note.push_str(" · 已退回，改好再计");
        } else if record.waits_for_consent {
            note.push_str(" · 等上级同意，暂不计");
        }
        RecordLine {
            link: Link::new(
                format!("{} {}", day_words_on(record.record.held_on, self.today), record.record.topic),
                format!("/activities/{}", record.id),
            ),
            note,
        }
    }

    fn people(&self) -> Vec<(&'static str, String)> {
        let directory = self.visit.app.directory();
        let secretary = self.org.secretary.as_ref().map_or_else(|| "没有登记党支部书记".to_owned(), |name| format!("{name}（党支部书记）"));
        let superior = self.org.parent.map_or_else(|| "—".to_owned(), |id| directory.name_of(id).to_owned());
        let excuse = match self.excuses.last() {
            None => "未申请".to_owned(),
            Some(Excuse { is_granted: None, reason, asked_on, .. }) => format!("{} 申请，等上级批复：{reason}", day_words_on(*asked_on, self.today)),
            Some(Excuse { is_granted: Some(true), reason, .. }) => format!("已批准：{reason}"),
            Some(excuse) => format!("没有批准：{}", excuse.decision_reason),
        };
        vec![("责任人", secretary), ("上级", superior), ("本期免办", excuse)]
    }

    fn trail(&self, code: Code) -> Vec<TrailStep> {
        let mut steps: Vec<(Date, String, String)> = Vec::new();
        for record in &self.records {
            let entered = if record.record.entered_on == record.record.held_on {
                String::new()
            } else {
                format!("{}录入", day_words_on(record.record.entered_on, self.today))
            };
            steps.push((record.record.held_on, format!("开展：{}", record.record.topic), entered));
        }
        for excuse in &self.excuses {
            if excuse.asked_by.is_some() {
                steps.push((excuse.asked_on, "支部申请免办".to_owned(), excuse.reason.clone()));
            }
            if let (Some(on), Some(granted)) = (excuse.decided_on, excuse.is_granted) {
                steps.push((on, if granted { "上级批准免办" } else { "上级没有批准免办" }.to_owned(), excuse.decision_reason.clone()));
            }
        }
        steps.extend(
            self.reminders.iter().map(|reminder| (reminder.on, if reminder.is_chase { "催办" } else { "提醒" }.to_owned(), reminder.text.clone())),
        );
        if self.period.last_day() < self.today && matches!(code, Code::Overdue | Code::Missed | Code::HeldLate) {
            steps.push((self.period.last_day(), "到期，未见记录".to_owned(), String::new()));
        }
        steps.sort_by_key(|step| std::cmp::Reverse(step.0));
        steps
            .into_iter()
            .enumerate()
            .map(|(at, (on, text, note))| TrailStep { on: on.to_string(), text, note, files: Vec::new(), is_turn: at == 0 })
            .collect()
    }

    fn effects(&self) -> Vec<(String, String)> {
        let year = if self.period.year == self.today.year() { "今年".to_owned() } else { format!("{} 年", self.period.year) };
        let late = if self.rule.late_counts == policy::Ratio::from_integer(0) { "补办不改变按时数" } else { "补办按规定折算" };
        let mut effects = vec![(format!("{year}到今天"), format!("应办 {}，按时 {}；{late}", self.tally.n_required(), self.tally.n_on_time()))];
        let uses = |indicator: &str| self.pack.indicators.get(indicator).is_some_and(|i| i.duty.as_deref() == Some(self.plan.key.as_str()));
        for scheme in self.pack.schemes.values().filter(|scheme| scheme.judges_year(self.period.year)) {
            let common = scheme.sections.iter().flat_map(|section| &section.items);
            let own = scheme
                .standards
                .iter()
                .filter(|standard| standard.field == self.org.field)
                .flat_map(|standard| &standard.sections)
                .flat_map(|section| &section.items);
            for item in common.chain(own).filter(|item| uses(&item.indicator)) {
                let name = self.pack.indicators.get(&item.indicator).map_or("", |indicator| indicator.name.as_str());
                effects.push((scheme.name.clone(), format!("列为考核内容：{name}")));
            }
        }
        effects
    }

    fn acts(&self, code: Code) -> Acts {
        let directory = self.visit.app.directory();
        let may = |capability| directory.is_visible(&self.visit.scope(capability), self.org.id);
        let (may_supervise, may_record) = (may(Capability::SuperviseActivities), may(Capability::RecordActivities));
        let waiting = self.excuses.iter().find(|excuse| excuse.is_granted.is_none());
        let is_excusable = matches!(code, Code::NotEvidenced | Code::Future | Code::Due | Code::Overdue | Code::Missed);
        let superior = self.org.parent.map_or("上级党组织", |id| directory.name_of(id)).to_owned();
        let is_recordable = may_record && matches!(code, Code::Due | Code::Overdue | Code::Missed | Code::NotEvidenced | Code::Early);
        Acts {
            key: format!("{}/{}/{}", self.org.id, self.plan.key, self.period),
            remind: (may_supervise && code.is_open()).then_some(if code == Code::Overdue { "催办" } else { "提醒" }),
            may_excuse: may_supervise && is_excusable && waiting.is_none(),
            may_ask: may_record && !may_supervise && is_excusable && waiting.is_none(),
            asked: waiting.map(|excuse| {
                let is_own = excuse.asked_by.is_some() && excuse.asked_by == self.visit.actor().person_id;
                let may_decide = may_supervise && is_excusable && !is_own;
                Asked {
                    id: excuse.id,
                    on: day_words_on(excuse.asked_on, self.today),
                    reason: excuse.reason.clone(),
                    may_decide,
                    is_own: is_own && may_supervise,
                }
            }),
            record: is_recordable.then(|| {
                Link::new("去记录", format!("/activities/new?organisation={}&kind={}&period={}", self.org.id, self.rule.activity, self.period))
            }),
            who: if may_supervise || self.has_ended() { String::new() } else { format!("催办、批准免办由{superior}办") },
        }
    }
}

/// The clause behind a duty, with how it is read here.
pub(super) fn cite(pack: &Pack, rule: &Duty) -> Citation {
    let source = policy::source(pack, &rule.cite);
    Citation {
        quote: rule.cite.quote.clone().unwrap_or_else(|| rule.name.clone()),
        source: format!("{}{}", source.document, source.clause.unwrap_or_default()),
        reading: rule.interpretation.as_ref().map(|reading| format!("口径：{}（{}）", reading.text, reading.by)).unwrap_or_default(),
        href: String::new(),
    }
}

/// 10 月 31 日.
pub fn day_words(day: Date) -> String {
    format!("{} 月 {} 日", day.month(), day.day())
}

/// A day within the year of `today` without its year.
pub fn day_words_on(day: Date, today: Date) -> String {
    if day.year() == today.year() { day_words(day) } else { format!("{} 年 {}", day.year(), day_words(day)) }
}

/// The period within its year, for headings elsewhere.
pub fn period_words(period: Period) -> String {
    spoken(period)
}
