//! Directives, the items taken from them, and the tasks that units were given. Pure: the day and the actor come in.

use std::collections::BTreeMap;

use directive::Comparator;
use jiff::civil::Date;
use policy::{Key, Procedure, Stage};
use store::{Actor, OrgId};

use super::quantity::{Target, amount, printed};

/// A document whose demands are handed down (部署).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub id: i64,
    /// Who deploys it, as a unit; with `fields`, a line body's part of it.
    pub issuer: Issuer,
    pub title: String,
    /// Who wrote it (发文单位); may stand outside the tree.
    pub source_body: String,
    pub issued_on: Option<Date>,
    pub file_name: String,
    pub text: String,
    /// The field that the whole text speaks to, as the reader names it: 综合, 农村 …
    pub scope: String,
    pub year: Option<i16>,
    /// The text names no year: a person has to.
    pub is_year_asked: bool,
    pub created_on: Date,
}

/// A unit that hands down, receives back and verifies; narrowed to fields for a line body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    pub organisation: OrgId,
    /// Empty: all.
    pub fields: Vec<Key>,
}

impl Issuer {
    /// What somebody may hand down as: one per post with the capability.
    #[must_use]
    pub fn of(actor: &Actor, capability: policy::Capability) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for grant in actor.grants_with(capability) {
            if let Some(organisation) = grant.set.root {
                let issuer = Self { organisation, fields: grant.set.fields.clone() };
                if !all.contains(&issuer) {
                    all.push(issuer);
                }
            }
        }
        all
    }

    /// Whether somebody acts for this unit with the capability: from the same place, and not for fewer fields.
    #[must_use]
    pub fn is_acted_for_by(&self, actor: &Actor, capability: policy::Capability) -> bool {
        actor.grants_with(capability).any(|grant| {
            grant.set.everything
                || (grant.set.root == Some(self.organisation)
                    && (grant.set.fields.is_empty() || (!self.fields.is_empty() && self.fields.iter().all(|f| grant.set.fields.contains(f)))))
        })
    }
}

/// How far an item is on its way from sentence to task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    /// 待核对: as the reader found it.
    Proposed,
    /// 已核对.
    Checked,
    /// 不是任务.
    Dropped,
    /// Part of another.
    Merged,
    /// 已下发: its words stand.
    Issued,
}

impl ItemState {
    pub const ALL: [(Self, &'static str); 5] =
        [(Self::Proposed, "proposed"), (Self::Checked, "checked"), (Self::Dropped, "dropped"), (Self::Merged, "merged"), (Self::Issued, "issued")];

    /// As it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, word)| word)
    }

    /// Whether it will become a task, or is one.
    #[must_use]
    pub fn counts(self) -> bool {
        !matches!(self, Self::Dropped | Self::Merged)
    }
}

/// One demand: the record behind 项目清单, 责任清单 and 考评清单 alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: i64,
    pub directive_id: i64,
    pub position: i64,
    /// Characters of the directive's text: from, until.
    pub place: Option<(usize, usize)>,
    /// The words of the text.
    pub span: String,
    /// 项目: what, to which standard, how much, by when.
    pub action: String,
    pub standard: String,
    pub target: Option<Target>,
    pub frequency: Option<String>,
    pub due_on: Option<Date>,
    /// The day was concluded, not read: a person confirms it by checking the item.
    pub is_due_asked: bool,
    /// As the reader normalised it: `2026-06`, `P3Y`, 放假前.
    pub deadline: Option<String>,
    /// Units as the text names them.
    pub units: String,
    pub scope: String,
    /// 责任: who, at which level.
    pub owner: String,
    pub owner_level: Option<Key>,
    /// 考评: how it is judged, with which weight.
    pub measure: String,
    pub weight_hundredths: Option<i64>,
    /// The pack's indicator that fills the progress in.
    pub indicator: Option<Key>,
    pub state: ItemState,
    pub merged_into: Option<i64>,
}

impl Item {
    /// What it lacks before it may be handed down, as people call it.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let lacking = [
            (self.measure.trim().is_empty(), "考评办法"),
            (self.owner.trim().is_empty() || self.owner_level.is_none(), "责任人"),
            (self.due_on.is_none(), "完成时限"),
        ];
        lacking.into_iter().filter(|(lacks, _)| *lacks).map(|(_, name)| name).collect()
    }

    /// The target in words, with its period: 每季度 1 次, 不少于 24 学时.
    #[must_use]
    pub fn target_words(&self) -> String {
        let every = self.frequency.as_deref().map(frequency_words).unwrap_or_default();
        match &self.target {
            Some(target) if every.is_empty() => target.words(),
            Some(target) => format!("{every}{}", target.words()),
            None => every,
        }
    }
}

/// `>=1次/季度` as people say it: 每季度不少于 1 次.
#[must_use]
pub fn frequency_words(frequency: &str) -> String {
    let Some((times, period)) = frequency.split_once('/') else { return frequency.to_owned() };
    let period = if period.starts_with(|c: char| c.is_ascii_digit()) { format!("每 {period}") } else { format!("每{period}") };
    match times.strip_prefix(">=") {
        Some(times) => format!("{period}不少于 {times}"),
        None if times.is_empty() => period,
        None => format!("{period} {times}"),
    }
}

/// How the parts of a task make up the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartsKind {
    /// 合计: counts that add up.
    Divide,
    /// 各自: every part reaches it by itself.
    Each,
}

impl PartsKind {
    /// As it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Divide => "divide",
            Self::Each => "each",
        }
    }

    /// From what was stored or sent.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Divide, Self::Each].into_iter().find(|kind| kind.word() == word)
    }
}

/// Where a task's case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    pub case_id: i64,
    pub stage: Key,
    pub since: Date,
    /// Moved when it was returned with another day.
    pub due_on: Date,
}

/// A demand at one unit. The topmost one, at the issuer itself, has no case: it is the whole, and ends when its parts have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub id: i64,
    pub item: Item,
    pub whole_id: Option<i64>,
    pub organisation: OrgId,
    pub issuer: Issuer,
    pub quantity_milli: Option<i64>,
    pub parts_kind: Option<PartsKind>,
    pub owner: String,
    pub owner_level: Option<Key>,
    /// As it was handed down.
    pub due_on: Date,
    pub issued_on: Date,
    pub at: Option<At>,
    /// Fed back, and of that verified; of a divided task, what its parts come to.
    pub done_milli: Option<i64>,
    pub verified_milli: Option<i64>,
    pub fulfilled_on: Option<Date>,
    pub is_late: bool,
    /// Which entry of the list of what may be asked of its unit (准入清单) it is; empty: the unit stands under no list.
    pub permitted: String,
}

impl Task {
    /// The target of this unit.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        self.item.target.as_ref().map(|target| target.with(self.quantity_milli))
    }

    /// The target in words, with its period.
    #[must_use]
    pub fn target_words(&self) -> String {
        Item { target: self.target(), ..self.item.clone() }.target_words()
    }

    /// The day in force now.
    #[must_use]
    pub fn due_now(&self) -> Date {
        self.at.as_ref().map_or(self.due_on, |at| at.due_on)
    }

    /// Whether it is the whole at the issuer.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.at.is_none()
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The unit has not said yet that it has it.
    Receive,
    /// The unit works on it.
    Work,
    /// The issuer looks at what was fed back.
    Verify,
    /// Nobody's: it is fulfilled.
    Done,
}

/// Where a task stands on a day, seen from its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub turn: Turn,
    /// The last day of the present step.
    pub until: Date,
    /// Days left; negative: over.
    pub days_left: i64,
    /// How many superiors of the issuer see it because it is over (逐级上报).
    pub n_escalated: u32,
}

impl Standing {
    /// Whether the present step is past its day.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.turn != Turn::Done && self.days_left < 0
    }
}

/// What the pack says about time, read once.
#[derive(Debug, Clone)]
pub struct Times<'a> {
    pub procedure: &'a Procedure,
    /// Days over after which the next superior sees it, where the stage says nothing.
    pub escalation_days: i64,
}

impl Times<'_> {
    /// Where a task with a case stands on `on`.
    #[must_use]
    pub fn standing(&self, at: &At, on: Date) -> Standing {
        let stages = &self.procedure.stages;
        let i = stages.iter().position(|stage| stage.key == at.stage).unwrap_or_default();
        let Some(stage) = stages.get(i) else { return Standing { turn: Turn::Done, until: at.since, days_left: 0, n_escalated: 0 } };
        let turn = turn_of(stage, i);
        let limit = stage.days_max.and_then(|days| at.since.checked_add(jiff::Span::new().days(i64::from(days))).ok());
        let until = match turn {
            // What is due before it was even received is over all the same.
            Turn::Receive => limit.map_or(at.due_on, |limit| limit.min(at.due_on)),
            _ => limit.unwrap_or(at.due_on),
        };
        let days_left = i64::from((until - on).get_days());
        let every = self.escalates_every(stage);
        let n_escalated = if turn == Turn::Done { 0 } else { u32::try_from(-days_left / every).unwrap_or_default() };
        Standing { turn, until, days_left, n_escalated }
    }

    /// Days over after which the next superior sees a task of this stage.
    #[must_use]
    pub fn escalates_every(&self, stage: &Stage) -> i64 {
        stage.escalates_after_days.map_or(self.escalation_days, i64::from).max(1)
    }

    /// Keys of the stages in which it is somebody's turn.
    #[must_use]
    pub fn stages_of(&self, turn: Turn) -> Vec<&str> {
        self.procedure.stages.iter().zip(0..).filter(|(stage, i)| turn_of(stage, *i) == turn).map(|(stage, _)| stage.key.as_str()).collect()
    }
}

/// Who moves a stage forward says whose turn it is.
fn turn_of(stage: &Stage, position: usize) -> Turn {
    if stage.closes {
        return Turn::Done;
    }
    let forward = stage.actions.iter().find(|action| action.to.is_some() && action.kind != policy::ActionKind::Return);
    match forward {
        Some(action) if action.by.at == "issuer" => Turn::Verify,
        _ if position == 0 => Turn::Receive,
        _ => Turn::Work,
    }
}

/// A part of a task, as it is handed down or split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub organisation: OrgId,
    pub quantity_milli: Option<i64>,
    pub due_on: Date,
    pub owner: String,
    pub owner_level: Option<Key>,
}

/// Whether parts make up the whole; every problem as a sentence. `name` prints an organisation.
///
/// # Errors
/// One sentence per problem, the difference said.
pub fn check_parts(whole: Option<&Target>, due_on: Date, kind: PartsKind, parts: &[Part], name: &dyn Fn(OrgId) -> String) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    if parts.is_empty() {
        problems.push("请至少选一个承办单位。".to_owned());
    }
    for part in parts {
        let unit = name(part.organisation);
        if part.due_on > due_on {
            problems.push(format!("{unit}的时限 {} 晚于这项任务的时限 {due_on}，请改到 {due_on} 或以前。", part.due_on));
        }
        if part.owner.trim().is_empty() {
            problems.push(format!("{unit}没有写责任人。"));
        }
        let wants_some = whole.is_some_and(|target| target.milli.is_some_and(|milli| milli > 0) && target.comparator != Comparator::AtMost);
        if part.quantity_milli.is_some_and(|milli| milli < 0 || (milli == 0 && wants_some)) {
            problems.push(format!("{unit}的数量是 {}：没有份额的不用选，去掉前面的勾。", printed(part.quantity_milli.unwrap_or_default())));
        }
    }
    if let Some(target) = whole.filter(|target| target.milli.is_some()) {
        problems.extend(match kind {
            PartsKind::Divide if target.is_share() => vec!["比例、倍数不能分给各单位相加，请选“各单位都要达到”。".to_owned()],
            PartsKind::Divide => sum_problems(target, parts, name),
            PartsKind::Each => each_problems(target, parts, name),
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What the parts of a divided task come to; nothing reported anywhere: nothing, not nought.
pub fn sum_of(parts: impl IntoIterator<Item = Option<i64>>) -> Option<i64> {
    parts.into_iter().flatten().reduce(|sum, milli| sum + milli)
}

fn sum_problems(target: &Target, parts: &[Part], name: &dyn Fn(OrgId) -> String) -> Vec<String> {
    let without: Vec<String> = parts.iter().filter(|part| part.quantity_milli.is_none()).map(|part| name(part.organisation)).collect();
    if !without.is_empty() {
        return vec![format!("{}没有填数量。", without.join("、"))];
    }
    let (wanted, sum) = (target.milli.unwrap_or_default(), parts.iter().filter_map(|part| part.quantity_milli).sum::<i64>());
    let of = |milli: i64| amount(&printed(milli), &target.unit);
    match target.comparator {
        Comparator::AtMost if sum <= wanted => Vec::new(),
        Comparator::AtLeast if sum >= wanted => Vec::new(),
        Comparator::Equal if sum == wanted => Vec::new(),
        _ if sum < wanted => vec![format!("各单位合计 {}，应当是 {}，还差 {}。", of(sum), of(wanted), of(wanted - sum))],
        _ => vec![format!("各单位合计 {}，应当是 {}，多了 {}。", of(sum), of(wanted), of(sum - wanted))],
    }
}

fn each_problems(target: &Target, parts: &[Part], name: &dyn Fn(OrgId) -> String) -> Vec<String> {
    let wanted = target.milli.unwrap_or_default();
    let fits = |milli: i64| match target.comparator {
        Comparator::AtMost => milli <= wanted,
        _ => milli >= wanted,
    };
    let wrong = parts.iter().filter_map(|part| part.quantity_milli.filter(|milli| !fits(*milli)).map(|milli| (part, milli)));
    let side = if target.comparator == Comparator::AtMost { "高于" } else { "低于" };
    wrong
        .map(|(part, milli)| {
            format!(
                "{}定为 {}，{side}这项任务的 {}。",
                name(part.organisation),
                amount(&printed(milli), &target.unit),
                amount(&target.number(), &target.unit)
            )
        })
        .collect()
}

/// What the parts of one task come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    pub n: u32,
    pub n_received: u32,
    pub n_fed_back: u32,
    pub n_fulfilled: u32,
    pub n_overdue: u32,
    pub n_reached: u32,
    pub done_milli: i64,
    pub verified_milli: i64,
}

/// Parts of one task that stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub whole_id: i64,
    pub at: At,
    /// Of each.
    pub target: Option<Target>,
    pub done_milli: Option<i64>,
    /// Of all together.
    pub verified_milli: i64,
    pub n: u32,
}

impl Parts {
    /// Sums parts up by the task they belong to.
    pub fn sum(parts: impl IntoIterator<Item = Alike>, times: &Times<'_>, on: Date) -> BTreeMap<i64, Self> {
        let mut all: BTreeMap<i64, Self> = BTreeMap::new();
        for alike in parts {
            let standing = times.standing(&alike.at, on);
            let n_if = |is_so: bool| if is_so { alike.n } else { 0 };
            let sum = all.entry(alike.whole_id).or_default();
            sum.n += alike.n;
            sum.n_received += n_if(standing.turn != Turn::Receive);
            sum.n_fed_back += n_if(matches!(standing.turn, Turn::Verify | Turn::Done));
            sum.n_fulfilled += n_if(standing.turn == Turn::Done);
            sum.n_overdue += n_if(standing.is_overdue() && standing.turn != Turn::Verify);
            sum.n_reached += n_if(alike.target.zip(alike.done_milli).is_some_and(|(target, done)| target.is_reached_by(done)));
            sum.done_milli += alike.done_milli.unwrap_or_default() * i64::from(alike.n);
            sum.verified_milli += alike.verified_milli;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn target(comparator: Comparator, n: i64, unit: &str) -> Target {
        Target { comparator, milli: Some(n * 1000), text: String::new(), unit: unit.to_owned() }
    }

    fn part(organisation: OrgId, n: i64) -> Part {
        Part { organisation, quantity_milli: Some(n * 1000), due_on: date(2026, 6, 30), owner: "党委书记".into(), owner_level: None }
    }

    fn check(whole: &Target, kind: PartsKind, parts: &[Part]) -> Vec<String> {
        check_parts(Some(whole), date(2026, 6, 30), kind, parts, &|org| format!("{org} 号镇")).err().unwrap_or_default()
    }

    #[test]
    fn counts_add_up_and_the_difference_is_said() {
        let whole = target(Comparator::AtLeast, 10, "个");
        assert_eq!(check(&whole, PartsKind::Divide, &[part(1, 4), part(2, 3)]), ["各单位合计 7 个，应当是 10 个，还差 3 个。"]);
        assert!(check(&whole, PartsKind::Divide, &[part(1, 6), part(2, 5)]).is_empty(), "more than at least");
        assert_eq!(
            check(&target(Comparator::Equal, 10, "个"), PartsKind::Divide, &[part(1, 6), part(2, 5)]),
            ["各单位合计 11 个，应当是 10 个，多了 1 个。"]
        );
        assert_eq!(
            check(&target(Comparator::AtMost, 10, "个"), PartsKind::Divide, &[part(1, 6), part(2, 5)]),
            ["各单位合计 11 个，应当是 10 个，多了 1 个。"]
        );
        let mut without = part(2, 0);
        without.quantity_milli = None;
        assert_eq!(check(&whole, PartsKind::Divide, &[part(1, 10), without]), ["2 号镇没有填数量。"]);
    }

    #[test]
    fn shares_hold_for_every_part() {
        let whole = target(Comparator::AtLeast, 80, "%");
        assert_eq!(check(&whole, PartsKind::Each, &[part(1, 80), part(2, 75)]), ["2 号镇定为 75%，低于这项任务的 80%。"]);
        assert_eq!(check(&whole, PartsKind::Divide, &[part(1, 40), part(2, 40)]), ["比例、倍数不能分给各单位相加，请选“各单位都要达到”。"]);
        assert_eq!(check(&target(Comparator::AtMost, 5, "天"), PartsKind::Each, &[part(1, 6)]), ["1 号镇定为 6 天，高于这项任务的 5 天。"]);
    }

    #[test]
    fn no_part_is_later_than_the_whole() {
        let mut late = part(1, 10);
        late.due_on = date(2026, 7, 1);
        late.owner.clear();
        assert_eq!(
            check(&target(Comparator::AtLeast, 10, "个"), PartsKind::Divide, &[late]),
            ["1 号镇的时限 2026-07-01 晚于这项任务的时限 2026-06-30，请改到 2026-06-30 或以前。", "1 号镇没有写责任人。"]
        );
    }

    #[test]
    fn late_is_fed_back_after_the_day_in_force_then() {
        let due = date(2026, 6, 30);
        assert!(!crate::case::was_late(due, &[(due, true, None)]));
        assert!(crate::case::was_late(due, &[(date(2026, 7, 1), true, None)]));
        let returned = [(date(2026, 6, 20), true, None), (date(2026, 6, 25), false, Some(date(2026, 7, 15))), (date(2026, 7, 10), true, None)];
        assert!(!crate::case::was_late(due, &returned), "returned with another day, and kept");
        assert!(
            crate::case::was_late(due, &[(date(2026, 7, 5), true, Some(date(2026, 8, 1))), (date(2026, 7, 20), true, None)]),
            "once late stays late"
        );
    }

    #[test]
    fn frequencies_are_said() {
        assert_eq!(["1次/半年", ">=1次/季度", "/年", "1次/2月"].map(frequency_words), ["每半年 1次", "每季度不少于 1次", "每年", "每 2月 1次"]);
    }
}
