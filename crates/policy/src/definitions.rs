//! The typed definitions that everything else speaks. One struct per top-level table of a pack;
//! a table `[indicator.general_meeting]` is the entry `general_meeting` of [`Pack::indicators`].

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::value::{optional_ratio, ratio};
use crate::{Expression, Per, Period, Ratio, Target};

/// An identifier of a pack entry, from the glossary: `general_meeting`.
pub type Key = String;
/// Entries of one table, by key.
pub type Table<T> = BTreeMap<Key, T>;

/// All layers merged: what holds for one city.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pack {
    #[serde(rename = "document")]
    pub documents: Table<Document>,
    #[serde(rename = "setting")]
    pub settings: Table<Setting>,
    #[serde(rename = "organisation_kind")]
    pub organisation_kinds: Table<OrganisationKind>,
    #[serde(rename = "level")]
    pub levels: Table<Level>,
    #[serde(rename = "field")]
    pub fields: Table<Field>,
    #[serde(rename = "code_list")]
    pub code_lists: Table<CodeList>,
    #[serde(rename = "workbook")]
    pub workbooks: Table<Workbook>,
    #[serde(rename = "activity")]
    pub activities: Table<Activity>,
    #[serde(rename = "duty")]
    pub duties: Table<Duty>,
    #[serde(rename = "measure")]
    pub measures: Table<Measure>,
    #[serde(rename = "indicator")]
    pub indicators: Table<Indicator>,
    #[serde(rename = "scheme")]
    pub schemes: Table<Scheme>,
    #[serde(rename = "tier")]
    pub tiers: Table<Tier>,
    #[serde(rename = "weak_list")]
    pub weak_lists: Table<WeakList>,
    #[serde(rename = "ranking")]
    pub rankings: Table<Ranking>,
    #[serde(rename = "plan_line")]
    pub plan_lines: Table<PlanLine>,
    #[serde(rename = "procedure")]
    pub procedures: Table<Procedure>,
    #[serde(rename = "role")]
    pub roles: Table<Role>,
    #[serde(rename = "mechanism")]
    pub mechanisms: Table<Mechanism>,
}

/// Where a rule stands. `doc` is a key of [`Pack::documents`], or `example` for invented values of the demo scheme.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    pub doc: Key,
    #[serde(default)]
    pub clause: Option<String>,
    /// Verbatim, at most 40 characters.
    #[serde(default)]
    pub quote: Option<String>,
}

impl Cite {
    /// Whether the value is invented for the demo scheme (示例方案).
    #[must_use]
    pub fn is_example(&self) -> bool {
        self.doc == "example"
    }
}

/// How a text was read where it does not settle something: by whom, when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpretation {
    pub text: String,
    pub by: String,
    pub on: Date,
}

/// A value from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated<T> {
    pub from: Date,
    pub is: T,
}

/// The value in force on `day`: the last one whose `from` is not after it.
pub fn in_force<T>(values: &[Dated<T>], day: Date) -> Option<&T> {
    values.iter().filter(|v| v.from <= day).max_by_key(|v| v.from).map(|v| &v.is)
}

/// A source text: 条例, 办法, or one of the speeches (`seed = "001"`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub name: String,
    #[serde(default)]
    pub short: Option<String>,
    #[serde(default)]
    pub issued_on: Option<Date>,
    /// `national`, `provincial`, `city`, `speech`, `example`.
    pub authority: String,
    #[serde(default)]
    pub seed: Option<String>,
}

/// A number with an effective date that a level may change: days, months, shares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub name: String,
    pub value: Vec<Dated<SettingValue>>,
    #[serde(default)]
    pub unit: Option<String>,
    pub cite: Cite,
}

/// A number, a text or a yes/no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "应是整数、是否（true 或 false）或文字")]
pub enum SettingValue {
    Whole(i64),
    Truth(bool),
    Text(String),
}

/// 党组织类别.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationKind {
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Committees stand above others; branches hold members and duties; groups stand inside a branch.
    pub role: OrganisationRole,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationRole {
    Committee,
    GeneralBranch,
    Branch,
    Group,
}

/// 层级. A committee's level follows from its depth under the city unless it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub name: String,
    pub order: u8,
    pub cite: Cite,
}

/// 所属领域.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    pub order: u8,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub cite: Cite,
}

/// Values that a column of a workbook or a form knows; others are a doubt, not a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    pub name: String,
    pub values: Vec<String>,
    pub cite: Cite,
}

/// A kind of workbook that offices send, known by its headings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workbook {
    pub name: String,
    /// What a row becomes: `organisation`, `member`, `activity`, `village_income`, `judged_value`.
    pub primitive: String,
    pub columns: Vec<WorkbookColumn>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbookColumn {
    /// The field of the primitive: `id_number`, `joined_on`.
    pub field: Key,
    pub heading: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub required: bool,
    pub kind: ColumnKind,
    #[serde(default)]
    pub code_list: Option<Key>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Text,
    Date,
    Whole,
    /// Hours with decimals; kept in minutes.
    Hours,
    /// 万元 with decimals; kept in fen.
    TenThousandYuan,
    Degrees,
    IdentityNumber,
    Telephone,
    YesNo,
    OrganisationCode,
    ActivityKind,
    OrganisationKind,
    Field,
}

/// A kind of activity (活动): 支部党员大会, 主题党日.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    pub name: String,
    pub short: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub roster: Roster,
    /// Whether its hours count as training hours.
    #[serde(default)]
    pub counts_training_hours: bool,
    /// Contents to choose from (“+” contents of a theme day).
    #[serde(default)]
    pub contents: Vec<String>,
    /// Other kinds of activity that this one also stands for.
    #[serde(default)]
    pub also_satisfies: Vec<Key>,
    pub cite: Cite,
}

/// Who is due at an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Roster {
    AllMembers,
    VotingMembers,
    Committee,
    Group,
    /// Counted by hand: talks, visits.
    None,
}

/// A duty (责任): what an organisation owes per period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    pub name: String,
    pub short: String,
    pub order: u8,
    /// The kind of activity that is owed; kinds that [`Activity::also_satisfies`] it count too.
    pub activity: Key,
    pub per: Per,
    pub times: Vec<Dated<i64>>,
    /// Organisation kinds it applies to.
    pub kinds: Vec<Key>,
    /// Fields it applies to; empty: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Over measures on the first day of the period (`full_members >= 7`) and `field`, `kind`, `level`.
    #[serde(default)]
    pub applies_when: Option<Expression>,
    /// Why it does not apply, in words, when `applies_when` is false.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// What an activity held late and accepted counts, 0 to 1.
    #[serde(default, deserialize_with = "ratio")]
    pub late_counts: Ratio,
    pub cite: Cite,
    #[serde(default)]
    pub checked_on: Option<Date>,
    #[serde(default)]
    pub interpretation: Option<Interpretation>,
    /// Set while the text has not been checked: the rule is shipped switched off (待核原文).
    #[serde(default)]
    pub pending: Option<String>,
}

/// Counts, sums or counts distinct over facts. Exactly one of the four sources is given; several kinds add up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Number of events of these kinds in the period.
    #[serde(default)]
    pub count: Vec<Key>,
    /// Sum of the quantities of events of these kinds in the period.
    #[serde(default)]
    pub sum: Vec<Key>,
    /// Number of different subjects in events of these kinds in the period.
    #[serde(default)]
    pub distinct: Vec<Key>,
    /// Number of spans of these kinds that hold on a day of the period.
    #[serde(default)]
    pub active: Vec<Key>,
    /// Which day, for `active`.
    #[serde(default)]
    pub at: DayOf,
    /// Only events with (`true`) or without (`false`) these flags: `late`, `verified`, `returned`.
    #[serde(default, rename = "where")]
    pub flags: BTreeMap<Key, bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOf {
    #[default]
    First,
    Last,
}

/// Arithmetic over measures, with a target (指标).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub name: String,
    pub unit: String,
    /// Judged once per such period; the evaluation's period is cut into these.
    pub per: Per,
    /// A measure, or arithmetic over measures. `None`: judged by people (satisfaction, on-site).
    #[serde(default)]
    pub value: Option<Expression>,
    /// Denominator of a share (`value / of`), over measures.
    #[serde(default)]
    pub of: Option<Expression>,
    pub target: Vec<Dated<Target>>,
    /// As [`Duty::applies_when`], on the first day of each period.
    #[serde(default)]
    pub applies_when: Option<Expression>,
    #[serde(default)]
    pub otherwise: Option<String>,
    /// The coverage that says whether an absence is a failing or unknown: periods inside a span `coverage.KEY`
    /// are evidenced, others only when their target is met.
    #[serde(default)]
    pub covered_by: Option<Key>,
    /// Evidenced only when this holds over the whole period (`income_records >= 1`).
    #[serde(default)]
    pub evidenced_when: Option<Expression>,
    /// The duty whose excuses and go-live days hold here too.
    #[serde(default)]
    pub duty: Option<Key>,
    pub cite: Cite,
    #[serde(default)]
    pub checked_on: Option<Date>,
    #[serde(default)]
    pub interpretation: Option<Interpretation>,
    #[serde(default)]
    pub pending: Option<String>,
    /// The sentence of docs/口径.md, printed beside the figure.
    #[serde(default)]
    pub reading: Option<String>,
}

/// A scheme (方案): weighs indicators per cohort and says what follows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    pub name: String,
    /// Values invented for the demo: marked 示例方案 everywhere, refused by publish outside the demo.
    #[serde(default)]
    pub example: bool,
    pub kinds: Vec<Key>,
    /// Items common to all fields.
    #[serde(default, rename = "section")]
    pub sections: Vec<Section>,
    /// Items per field, beside the common ones.
    #[serde(default, rename = "standard")]
    pub standards: Vec<Standard>,
    pub cohort: CohortRule,
    /// From five stars down.
    #[serde(rename = "star")]
    pub stars: Vec<StarRule>,
    /// The star of whoever reaches none of them.
    pub star_below: u8,
    #[serde(default, rename = "veto")]
    pub vetoes: Vec<Veto>,
    /// Order within a cohort after the exact score, all descending: `ITEM.share`, `ITEM.numerator`.
    #[serde(default)]
    pub ties: Vec<String>,
    /// Under this share of weights with evidence there is no star but 暂不评定.
    #[serde(deserialize_with = "ratio")]
    pub evidenced_weight_min: Ratio,
    pub cite: Cite,
}

/// One field's standard under 五个基本, with the office that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    pub field: Key,
    pub owner: String,
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub name: String,
    pub items: Vec<Item>,
}

/// An indicator with its weight and how points follow from it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub indicator: Key,
    /// The name it is printed under, when another scheme's words ask for it.
    #[serde(rename = "as", default)]
    pub printed_as: Option<Key>,
    #[serde(deserialize_with = "ratio")]
    pub weight: Ratio,
    pub score: ScoreRule,
    /// For `bands`: from the highest down; below the last: 0 points.
    #[serde(default)]
    pub bands: Vec<Band>,
    #[serde(default)]
    pub when_not_evidenced: WhenNotEvidenced,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreRule {
    /// weight × periods met ÷ periods that apply.
    ShareOfPeriodsMet,
    /// Full when the target is reached, else nothing.
    Met,
    /// Full when reached; below: weight × value ÷ target.
    ProportionalToTarget,
    /// The points of the first band reached.
    Bands,
    /// What people judged, 0 to weight.
    Judged,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    #[serde(deserialize_with = "ratio")]
    pub at_least: Ratio,
    #[serde(deserialize_with = "ratio")]
    pub points: Ratio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenNotEvidenced {
    /// The total shows as from–to; the organisation cannot be published until judged or waived.
    #[default]
    Open,
    /// Weights rescaled, printed in the result.
    LeaveOut,
    /// Counts nothing.
    Zero,
}

/// Who is compared with whom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortRule {
    /// Level of the unit that approves: all organisations of one field under one such unit.
    pub under: Key,
    /// Cohorts smaller than this are merged upward; `None`: ceil(1 ÷ five-star quota).
    #[serde(default)]
    pub pool_below: Option<u32>,
    /// Levels to merge to, in order.
    pub pool_to: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StarRule {
    pub star: u8,
    #[serde(deserialize_with = "ratio")]
    pub at_least: Ratio,
    /// At most this share of a cohort, rounded down; whoever finds no place gets the next star down.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub quota: Option<Ratio>,
}

/// Caps the star when an item is not met.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    pub unless_met: Key,
    pub star_at_most: u8,
    pub cite: Cite,
}

/// 先进、中间、后进.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub name: String,
    pub order: u8,
    pub scheme: Key,
    /// Over `star` and `score`.
    pub when: Expression,
    /// What it owes: show, catch up, be rectified.
    pub duty: String,
    pub cite: Cite,
}

/// How weak and lax organisations (软弱涣散) are identified, per unit of counting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeakList {
    pub name: String,
    /// Base: organisations of these kinds and fields under one unit of this level.
    pub kinds: Vec<Key>,
    pub fields: Vec<Key>,
    pub under: Key,
    pub mode: WeakListMode,
    /// For mode `ratio`: at least ceil(ratio × base), lowest first.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub ratio: Option<Ratio>,
    /// The scheme whose evaluation gives score and star.
    pub scheme: Key,
    #[serde(rename = "condition")]
    pub conditions: Vec<WeakCondition>,
    /// Village branches of few stars are listed or explained.
    #[serde(default)]
    pub low_star: Option<LowStar>,
    /// Bodies whose opinion the county's joint review asks for: none / has, no case content.
    pub review_bodies: Vec<String>,
    /// The procedure that approves the list, and the one each listed organisation goes through.
    pub approval: Key,
    pub rectification: Key,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WeakListMode {
    Ratio,
    /// 应整尽整: no floor.
    None,
}

/// One of the stated conditions; any one lists the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeakCondition {
    pub key: Key,
    pub name: String,
    /// Indicators of the scheme whose `not_met` makes the machine propose it; empty: stated by people.
    #[serde(default)]
    pub proposed_unless_met: Vec<Key>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowStar {
    pub fields: Vec<Key>,
    pub star: u8,
    /// Whether 以下 includes the figure.
    pub inclusive: bool,
    pub cite: Cite,
}

/// A composite ranking (综合考核排名).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    pub name: String,
    /// Level of the organisations ranked.
    pub level: Key,
    pub per: Per,
    pub objection_days: u32,
    #[serde(rename = "component")]
    pub components: Vec<Component>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub key: Key,
    pub name: String,
    #[serde(deserialize_with = "ratio")]
    pub weight: Ratio,
    /// Mean score of the branches below under this scheme; `None`: judged, 0 to 100, on a page or by workbook.
    #[serde(default)]
    pub mean_score_of: Option<Key>,
    /// Indicators rolled up over the organisations below, each as share × 100, averaged.
    #[serde(default)]
    pub indicators: Vec<Key>,
    pub cite: Cite,
}

/// A line of the yearly plan (年度计划) to which every evaluation, ranking and inspection belongs.
/// The pack proposes it; it is filed in the product by the office that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    pub name: String,
    pub kind: PlanLineKind,
    /// Key of the scheme, ranking or weak list.
    pub of: Key,
    /// Level of the office that organises it.
    pub level: Key,
    pub owner: String,
    /// Period that is judged.
    pub period: Period,
    /// First day on which it may be opened.
    pub opens_on: Date,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanLineKind {
    Evaluation,
    Ranking,
    WeakList,
    Inspection,
}

/// A staged procedure (程序), as data: Decisions 8.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// As people call it: 软弱涣散党组织整顿.
    pub name: String,
    /// What a case is about: `organisation`, `evaluation`, `task`, `weak_list`.
    pub subject: Key,
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub key: Key,
    pub name: String,
    /// Days from entering the stage until it is overdue; the case's own deadline when absent.
    #[serde(default)]
    pub days_max: Option<u32>,
    /// Days overdue after which it escalates to the next superior.
    #[serde(default)]
    pub escalates_after_days: Option<u32>,
    /// A closing stage; nothing is open any more.
    #[serde(default)]
    pub closes: bool,
    #[serde(default, rename = "action")]
    pub actions: Vec<Action>,
}

/// What someone may do in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub key: Key,
    /// The button: 提交整顿方案.
    pub name: String,
    pub kind: ActionKind,
    pub by: ActorRule,
    /// Nobody who did one of these actions in this case may do this one (核验人不得为责任人).
    #[serde(default)]
    pub not_by_actor_of: Vec<Key>,
    /// Actions that must have been done before, any number of times.
    #[serde(default)]
    pub after: Vec<Key>,
    /// Least number of days since the last of `after` (or since the stage was entered).
    #[serde(default)]
    pub days_min: Option<u32>,
    /// Over case variables: `open_items("measure") == 0` is written `open_measures == 0`; see `Case` in the server.
    #[serde(default)]
    pub when: Option<Expression>,
    /// What is said when `when` is false.
    #[serde(default)]
    pub refused: Option<String>,
    #[serde(default, rename = "field")]
    pub fields: Vec<FormField>,
    /// Stage that follows; `None`: the case stays (progress reports, analyses).
    #[serde(default)]
    pub to: Option<Key>,
    #[serde(default)]
    pub effects: Vec<Effect>,
}

/// 备案, 同意, 审批 are different verbs and different states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    Submit,
    Report,
    Review,
    Approve,
    File,
    Acknowledge,
    Return,
    Publish,
    CloseOut,
    Reopen,
}

/// Who may act, in relation to the organisation the case is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorRule {
    pub capability: Capability,
    /// `self`, `superior` (next higher), or a level key (`county`): where the actor's grant must be rooted.
    pub at: Key,
    /// How it is said to whoever may not: “由县（市、区）委组织部批准”.
    pub who: String,
}

/// A field of a form, as a pack invents it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    pub key: Key,
    pub name: String,
    pub kind: FormFieldKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub choices: Vec<String>,
    #[serde(default)]
    pub hint: Option<String>,
    /// For `items`: the kind of case item each row becomes (`measure`, `condition`, `problem`), open until closed by another.
    #[serde(default)]
    pub items: Option<Key>,
    /// The pack's own template for long text; a text that only follows it is not a copy.
    #[serde(default)]
    pub template: Option<String>,
    /// Whether this text is compared with other cases' to flag copied plans.
    #[serde(default)]
    pub compared: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FormFieldKind {
    Text,
    LongText,
    Date,
    Whole,
    Choice,
    YesNo,
    Person,
    Organisation,
    File,
    /// Rows of text, owner and deadline.
    Items,
    /// Which open items this act closes.
    ClosesItems,
}

/// What an action causes; a closed list, each an operation of its primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Effect {
    #[serde(rename = "evaluation.publish")]
    EvaluationPublish,
    #[serde(rename = "evaluation.freeze")]
    EvaluationFreeze,
    #[serde(rename = "weak_list.open_rectifications")]
    WeakListOpenRectifications,
    #[serde(rename = "organisation.begin_observation")]
    OrganisationBeginObservation,
    #[serde(rename = "organisation.end_observation")]
    OrganisationEndObservation,
    #[serde(rename = "task.fulfil")]
    TaskFulfil,
    #[serde(rename = "task.reopen")]
    TaskReopen,
    #[serde(rename = "notice.superior")]
    NoticeSuperior,
}

/// Roles are sets of capabilities; grants are rows in the product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub capabilities: Vec<Capability>,
    /// Roles this one may give to others within its own scope.
    #[serde(default)]
    pub delegates: Vec<Key>,
    /// Menu keys in order; the rest stands under 更多.
    #[serde(default)]
    pub menu: Vec<Key>,
    pub cite: Cite,
}

/// What an account may be allowed to do; a closed list, named where a route is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Sign in and see one's own desk.
    UseDesk,
    ViewOrganisations,
    ManageOrganisations,
    ViewMembers,
    ManageMembers,
    VerifyMembers,
    UnmaskMembers,
    TransferMembers,
    ViewActivities,
    RecordActivities,
    /// Return records, accept made-up ones, excuse.
    SuperviseActivities,
    /// Issue the theme of a month, set go-live days.
    DirectActivities,
    ViewOwnItems,
    ManagePlan,
    OpenEvaluations,
    JudgeItems,
    ViewEvaluations,
    ObjectToEvaluations,
    PublishEvaluations,
    ViewWeakLists,
    ProposeWeakLists,
    ReviewWeakLists,
    DecideWeakLists,
    AcknowledgeWeakLists,
    WorkOnRectification,
    AcceptRectification,
    ApproveRectification,
    ViewTasks,
    IssueTasks,
    SplitTasks,
    ReportOnTasks,
    VerifyTasks,
    Import,
    Export,
    ViewPolicies,
    ViewAudit,
    ManageGrants,
    GiveSuggestions,
    AnswerSuggestions,
    ViewUnits,
}

/// One row of the work system, in the words of the document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mechanism {
    pub name: String,
    /// 组织体系, 党员队伍 …
    pub group: String,
    /// Which primitive carries it: `organisation`, `duty`, `scheme` …; empty while it is not carried yet.
    #[serde(default)]
    pub primitive: Option<Key>,
    /// Entries of the pack that make it work: `duty.theme_day`, `scheme.five_star`.
    #[serde(default)]
    pub entries: Vec<String>,
    /// The page it stands on: `activities`, `evaluations` …
    #[serde(default)]
    pub menu: Option<Key>,
    #[serde(default)]
    pub users: Vec<String>,
    #[serde(default)]
    pub closes_when: Option<String>,
    pub cite: Cite,
}
