//! Rows of notices.

use policy::Capability;
use store::{Actor, query};

use crate::app::App;
use crate::condition::{Condition, anywhere};
use crate::http::list::ListQuery;

/// A notice as its reader sees it.
#[derive(Debug, Clone)]
pub struct Notice {
    pub id: i64,
    pub kind: String,
    pub text: String,
    pub href: String,
    pub created_at: String,
    pub is_done: bool,
    pub organisation: Option<i64>,
}

/// Which notices ask for something that only a capability opens: a condition, and any of the capabilities.
const OPENED_BY: &[(&str, &[Capability])] = &[
    // What was fed back waits for whoever verifies it.
    ("kind = 'task.fed_back'", &[Capability::VerifyTasks]),
    ("href like '/tasks%'", &[Capability::ViewTasks]),
    ("kind = 'activity.return'", &[Capability::RecordActivities]),
    ("href like '/activities%'", &[Capability::ViewActivities]),
    ("href like '/duties%'", &[Capability::ViewActivities]),
    ("href like '/themes%'", &[Capability::ViewActivities]),
    ("href like '/evaluations%'", &[Capability::ViewEvaluations, Capability::JudgeItems]),
    ("href like '/evaluations/%/organisations/%'", &[Capability::ViewEvaluations]),
    ("href like '/rankings%'", &[Capability::ViewEvaluations]),
    ("href like '/weak-lists%'", &[Capability::ViewWeakLists]),
    (
        "href like '/rectifications%'",
        &[Capability::ViewWeakLists, Capability::WorkOnRectification, Capability::AcceptRectification, Capability::ApproveRectification],
    ),
    // Whoever only raised one is told himself.
    ("href like '/problems%'", &[Capability::ViewProblems, Capability::WorkOnProblems, Capability::VerifyProblems]),
    ("href like '/appraisals%'", &[Capability::ReportInAppraisals, Capability::HoldAppraisals]),
    ("href like '/contests%'", &[Capability::EnterContests, Capability::HoldContests]),
    ("href like '/inspections%'", &[Capability::ViewInspections]),
    ("href like '/members%'", &[Capability::ViewMembers]),
    ("href like '/transfers%'", &[Capability::TransferMembers]),
    ("href like '/ballots%'", &[Capability::HoldBallots, Capability::ViewEvaluations]),
    ("href like '/selections%'", &[Capability::ApplyForSelections, Capability::ReviewSelections]),
    ("href like '/projects%'", &[Capability::WorkOnProjects, Capability::DecideProjects]),
    ("href like '/schemes%'", &[Capability::DraftSchemes, Capability::AcceptSchemes]),
    ("href like '/matters%'", &[Capability::ViewTasks, Capability::HoldAccountable, Capability::TakeReferrals]),
    ("href like '/plan%'", &[Capability::ManagePlan]),
    ("href like '/grants%'", &[Capability::ManageGrants]),
    ("href like '/accounts%'", &[Capability::ManageGrants]),
];

/// Whose notices are this person's: their own, and those of the organisations where they hold a post with which what is told
/// can be opened: nobody is told of what he may not see.
pub(super) fn of(app: &App, actor: &Actor) -> String {
    let mut any = vec![format!("person_id = {}", actor.person_id.unwrap_or_default())];
    // A post over one case hears of that case on the desk, not of whatever else is told at its organisation.
    for grant in actor.grants.iter().filter(|grant| grant.set.case_id.is_none()) {
        let at: Vec<String> = grant.set.root.iter().chain(&grant.set.named).map(ToString::to_string).collect();
        if at.is_empty() {
            continue;
        }
        let may = |capability: &Capability| grant.set.everything || grant.capabilities.contains(capability);
        let mut closed: Vec<String> =
            OPENED_BY.iter().filter(|(_, capabilities)| !capabilities.iter().any(may)).map(|(condition, _)| (*condition).to_owned()).collect();
        closed.extend((app.rooms().untold)(app, actor, grant));
        let but = if closed.is_empty() { String::new() } else { format!(" and not ({})", closed.join(" or ")) };
        any.push(format!("(organisation_id in ({}){but})", at.join(", ")));
    }
    format!("({})", any.join(" or "))
}

/// How many wait.
///
/// # Errors
/// When the database cannot be read.
pub async fn n_waiting(app: &App, actor: &Actor) -> anyhow::Result<u32> {
    let rows = query(app.store().reader(), format!("select count(*) from notice where done_at is null and {}", of(app, actor)), []).await?;
    let n: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Notices of this person that match, newest first, and how many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn mine(app: &App, actor: &Actor, asked: &ListQuery) -> anyhow::Result<(Vec<Notice>, u64)> {
    let mut condition = Condition::default().and(of(app, actor));
    condition = match asked.filter("state") {
        Some("done") => condition.and("done_at is not null"),
        Some("all") => condition,
        _ => condition.and("done_at is null"),
    };
    if let Some(kind) = asked.filter("kind") {
        condition = condition.and_with("kind = ?", kind);
    }
    if !asked.q.is_empty() {
        condition = condition.and_with("lower(text) like ?", anywhere(&asked.q));
    }
    let reader = app.store().reader();
    let rows = query(reader, format!("select count(*) from notice where {}", condition.sql()), condition.values()).await?;
    let total = u64::try_from(rows.first().map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?)?;
    let page = if asked.export.is_some() {
        " limit 20000".to_owned()
    } else {
        format!(" limit {} offset {}", asked.per, asked.clone().within(total).offset())
    };
    let sql = format!(
        "select id, kind, text, href, created_at, done_at, organisation_id from notice where {} order by created_at {}, id{page}",
        condition.sql(),
        asked.dir.word()
    );
    let rows = query(reader, sql, condition.values()).await?;
    let notices = rows.iter().map(|row| {
        Ok(Notice {
            id: row.try_get("", "id")?,
            kind: row.try_get("", "kind")?,
            text: row.try_get("", "text")?,
            href: row.try_get("", "href")?,
            created_at: row.try_get("", "created_at")?,
            is_done: row.try_get::<Option<String>>("", "done_at")?.is_some(),
            organisation: row.try_get("", "organisation_id")?,
        })
    });
    Ok((notices.collect::<anyhow::Result<_>>()?, total))
}
