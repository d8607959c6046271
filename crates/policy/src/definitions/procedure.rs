//! Staged procedures, as data.

use serde::{Deserialize, Serialize};

use super::{Capability, Cite, Key};
use crate::Expression;

/// A staged procedure (程序), as data: Decisions 8.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// As people call it: 软弱涣散党组织整顿.
    pub name: String,
    /// What a case is about: `organisation`, `evaluation`, `task`, `weak_list`, `ballot`, `matter`.
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
    /// Nor may whoever opened the case (提请的人不决定).
    #[serde(default)]
    pub not_by_opener: bool,
    /// Nobody may do it whose name stands in these: `ACTION.FIELD`, a person of an earlier form, or `ITEM_KIND`, the owners of
    /// items (帮扶的人不得验收).
    #[serde(default)]
    pub not_by_named_in: Vec<String>,
    /// Actions that must have been done before, any number of times.
    #[serde(default)]
    pub after: Vec<Key>,
    /// Least number of days since the last of `after` (or since the stage was entered).
    #[serde(default)]
    pub days_min: Option<u32>,
    /// Who each owes this action once a stage: `organisation`, every organisation of the level `by.at` below the case's; or the
    /// key of a choice field, each of its choices. `owed_KEY` counts those that still do.
    #[serde(default)]
    pub each: Option<Key>,
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
    /// 催办, 督办: reminds whoever owes the step; the case stays where it is.
    Urge,
}

impl ActionKind {
    /// Whether it takes a case back.
    #[must_use]
    pub fn is_backward(self) -> bool {
        matches!(self, Self::Return | Self::Reopen)
    }
}

/// Who may act, in relation to the organisation the case is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorRule {
    pub capability: Capability,
    /// `self`, `superior` (next higher), `committee` (the next that is no branch), `issuer`, `above_issuer` (anybody the issuer stands under), `reviewer` (the same; where nobody stands above the issuer, its own office), of a project `served` (whom it serves), or a level key (`county`):
    /// where the actor's grant must be rooted.
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
    /// Asked, and then required, only when this holds; over the names of [`Action::when`].
    #[serde(default)]
    pub required_when: Option<Expression>,
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
    /// For `date`: what is recorded has happened, today at the latest.
    #[serde(default)]
    pub past: bool,
    /// For `whole`: the least and the greatest number that can be right.
    #[serde(default)]
    pub least: Option<i64>,
    #[serde(default)]
    pub most: Option<i64>,
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
    /// Own points for every item of the result that the case is about, with evidence where they differ from what was counted.
    Scores,
    /// A sentence for every item whose own points differ from what was counted.
    Differences,
    /// A reason for each that is still missing, by name: whoever owes a step of the stage that each has to do, and what the subject
    /// itself still waits for. Asked only while somebody is missing.
    Exemptions,
}

/// The word for [`Action::each`] that stands for organisations.
pub const EACH_ORGANISATION: &str = "organisation";

/// What an action causes; a closed list, each an operation of its primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Effect {
    #[serde(rename = "evaluation.publish")]
    EvaluationPublish,
    #[serde(rename = "evaluation.freeze")]
    EvaluationFreeze,
    /// Every organisation that is rated begins its own review.
    #[serde(rename = "evaluation.open_reviews")]
    EvaluationOpenReviews,
    /// The filing is acknowledged: reviews close, and what follows from the result is due.
    #[serde(rename = "evaluation.acknowledge")]
    EvaluationAcknowledge,
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
    /// The problem is solved: it leaves the ledger of open ones, and whoever raised it is answered.
    #[serde(rename = "problem.close")]
    ProblemClose,
    /// It turned out not to be one; it counts no longer, and the reason stays.
    #[serde(rename = "problem.dismiss")]
    ProblemDismiss,
    #[serde(rename = "problem.reopen")]
    ProblemReopen,
    /// The project is approved: from today it is carried out.
    #[serde(rename = "project.approve")]
    ProjectApprove,
    /// Its proposal goes back: the milestones proposed with it are withdrawn.
    #[serde(rename = "project.redraft")]
    ProjectRedraft,
    /// What it was for is reached: late when it was handed in after its day.
    #[serde(rename = "project.accept")]
    ProjectAccept,
    /// How it is graded, by the step's field `grade`.
    #[serde(rename = "project.grade")]
    ProjectGrade,
    /// It ends without acceptance, with the reason of the step.
    #[serde(rename = "project.stop")]
    ProjectStop,
    /// What it found becomes a task for the others.
    #[serde(rename = "project.spread")]
    ProjectSpread,
    #[serde(rename = "notice.superior")]
    NoticeSuperior,
    /// To the organisation that the case is about.
    #[serde(rename = "notice.organisation")]
    NoticeOrganisation,
    /// The title is given from today.
    #[serde(rename = "selection.name")]
    SelectionName,
    /// It holds for another term.
    #[serde(rename = "selection.confirm")]
    SelectionConfirm,
    /// It is taken back, with the reason of the step.
    #[serde(rename = "selection.withdraw")]
    SelectionWithdraw,
    /// The box is closed: papers are put in the order of their keys, then counted.
    #[serde(rename = "ballot.close_box")]
    BallotCloseBox,
    /// The count holds: what each subject came to is kept.
    #[serde(rename = "ballot.count")]
    BallotCount,
    /// It is not counted, with the reason of the step.
    #[serde(rename = "ballot.void")]
    BallotVoid,
    /// Points and grade of everybody who reported are reckoned and kept.
    #[serde(rename = "appraisal.grade")]
    AppraisalGrade,
    /// The result stands and can be read by whom the pack says.
    #[serde(rename = "appraisal.publish")]
    AppraisalPublish,
    /// Scores are closed and ranks kept.
    #[serde(rename = "contest.rank")]
    ContestRank,
    /// Ranks are published; the first go up to the next round.
    #[serde(rename = "contest.publish")]
    ContestPublish,
}
