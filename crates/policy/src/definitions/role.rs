//! Who may do what, and the mechanisms of the documents.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};

/// Roles are sets of capabilities; grants are rows in the product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub capabilities: Vec<Capability>,
    /// Held only to be given on (转授), not for one's own use: a county appoints who records for a branch, and records nothing.
    #[serde(default)]
    pub gives: Vec<Capability>,
    /// Roles this one may give to others within its own scope: none of them wider than `capabilities` and `gives` together.
    #[serde(default)]
    pub delegates: Vec<Key>,
    /// Roles this one may prepare: the post gives nothing until somebody who may give the role confirms it.
    #[serde(default)]
    pub prepares: Vec<Key>,
    /// Menu keys in order; the rest stands under 更多.
    #[serde(default)]
    pub menu: Vec<Key>,
    pub cite: Cite,
}

impl Role {
    /// What `other` would do, or give on, beyond what this role does or gives on itself; empty: `other` is no wider.
    #[must_use]
    pub fn lacks_of(&self, other: &Role) -> Vec<Capability> {
        let own = |capability: &&Capability| !self.capabilities.contains(capability) && !self.gives.contains(capability);
        let mut lacking: Vec<Capability> = other.capabilities.iter().chain(&other.gives).filter(own).copied().collect();
        lacking.sort_unstable();
        lacking.dedup();
        lacking
    }
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
    /// Acknowledge what a lower level filed of its results.
    AcknowledgeEvaluations,
    ViewWeakLists,
    ProposeWeakLists,
    ReviewWeakLists,
    DecideWeakLists,
    AcknowledgeWeakLists,
    WorkOnRectification,
    AcceptRectification,
    ApproveRectification,
    ViewSelections,
    /// Come forward for a title, or put a family forward.
    ApplyForSelections,
    ReviewSelections,
    ViewLedgers,
    KeepLedgers,
    ViewProjects,
    /// Propose a project, report on it; speak for the organisation that it serves.
    WorkOnProjects,
    /// Approve and accept those of others, set what units carry parts of.
    DecideProjects,
    /// Call those together who vote, and count.
    HoldBallots,
    /// Write next year's scheme in the browser.
    DraftSchemes,
    /// Put a scheme in force that somebody else wrote.
    AcceptSchemes,
    ViewProblems,
    /// Enter a problem in the ledger: found, heard of, or one's own.
    RaiseProblems,
    WorkOnProblems,
    /// Decide that a problem is solved, order self-checks; never where one worked on it.
    VerifyProblems,
    /// Decide a talk, a criticism, an appeal; a leading official's, never the proposing officer's.
    HoldAccountable,
    /// Hand what is not put right over to the discipline organ.
    ReferToDiscipline,
    /// The discipline organ's end: receipt and category of the outcome.
    TakeReferrals,
    /// See inspections of one's own place, once they are open to it.
    ViewInspections,
    /// Open an inspection on the plan, draw, form teams, report, close.
    HoldInspections,
    /// Be in a team and go through a check.
    ConductInspections,
    ViewVisits,
    /// Write down where one went, what was found, what was promised.
    RecordVisits,
    /// See tables that one asks for or fills in, and what is asked of communities.
    ViewTables,
    /// Compose a table and ask units for what the product does not know; propose what may be asked.
    AskTables,
    /// Answer such a table for one's own organisation; note what was demanded beside the list.
    AnswerTables,
    /// Allow what takes more of others' time than the ceiling; approve what may be asked, of those below one's office.
    ApproveBurden,
    /// See who answers for what, offices of departments, meetings on Party building, logs of secretaries.
    ViewResponsibility,
    /// Write down who covers which field, register offices, name who helps with a task, enter a meeting, write in a log by hand.
    KeepResponsibility,
    /// Report for a department: its standing duties and its parts of shared tasks.
    WorkForDepartment,
    /// Read reports of secretaries: of one's own place, those below, others' once published.
    ViewAppraisals,
    /// Call a session in which secretaries report, comment, grade, hand problems over.
    HoldAppraisals,
    /// Write the report of a secretary.
    ReportInAppraisals,
    ViewContests,
    /// Hold a round: judges, ranks, what is published.
    HoldContests,
    /// Enter oneself for a contest.
    EnterContests,
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

impl Capability {
    /// Whether it shows records and changes none: it then also reaches what organisations left that are no more.
    #[must_use]
    pub fn only_looks(self) -> bool {
        matches!(
            self,
            Self::ViewOrganisations
                | Self::ViewMembers
                | Self::ViewActivities
                | Self::ViewOwnItems
                | Self::ViewEvaluations
                | Self::ViewWeakLists
                | Self::ViewSelections
                | Self::ViewLedgers
                | Self::ViewProjects
                | Self::ViewProblems
                | Self::ViewInspections
                | Self::ViewVisits
                | Self::ViewTables
                | Self::ViewResponsibility
                | Self::ViewAppraisals
                | Self::ViewContests
                | Self::ViewTasks
                | Self::ViewAudit
                | Self::ViewUnits
        )
    }
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
