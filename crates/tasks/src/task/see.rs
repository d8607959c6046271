//! Which tasks somebody sees. Through the scope of the viewing capability; a line body also sees what it handed down itself.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::{Action, ActionKind, Capability, Pack, Stage};
use sea_orm::ConnectionTrait;
use store::{Actor, Grant, OrgId};

use super::acts::{FED_BACK, URGED};
use super::model::{Parts, Task, Times, Turn};
use super::{store as rows, times_of};
use crate::app::App;

/// One task; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Task>> {
    let task = rows::task(connection, id).await?;
    Ok(task.filter(|task| is_visible(app, actor, task)))
}

/// Whether somebody sees a task.
#[must_use]
pub fn is_visible(app: &App, actor: &Actor, task: &Task) -> bool {
    let scope = actor.scope(Capability::ViewTasks);
    app.directory().visible_ever(&scope, task.organisation).is_some()
        || task.at.as_ref().is_some_and(|at| scope.has_case(at.case_id))
        || (task.is_whole() && task.issuer.is_acted_for_by(actor, Capability::ViewTasks))
}

/// Organisations at which somebody's posts stand, for a capability.
#[must_use]
pub fn places_of(actor: &Actor, capability: Capability) -> Vec<OrgId> {
    let scope = actor.scope(capability);
    let mut places: Vec<OrgId> = scope.roots().chain(scope.named()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Tasks of the units at which somebody stands: what they carry, and the wholes that they handed down; and the single ones that
/// were given to him.
///
/// # Errors
/// When the database cannot be read.
pub async fn own(app: &App, actor: &Actor) -> anyhow::Result<Vec<Task>> {
    let mut tasks = visible(app, actor, &places_of(actor, Capability::ViewTasks), |list| format!("t.organisation_id in ({list})")).await?;
    let given = actor.scope(Capability::ViewTasks).cases_sql("t.case_id");
    if given != "false" {
        tasks.extend(rows::tasks_where(app.store().reader(), &given, Vec::new()).await?);
        tasks.sort_by_key(|task| task.id);
        tasks.dedup_by_key(|task| task.id);
    }
    Ok(tasks)
}

/// Tasks that these units handed down to others.
///
/// # Errors
/// When the database cannot be read.
pub async fn handed_down(app: &App, actor: &Actor) -> anyhow::Result<Vec<Task>> {
    let places = places_of(actor, Capability::ViewTasks);
    visible(app, actor, &places, |list| format!("t.issuer_id in ({list}) and t.whole_id is not null")).await
}

/// Tasks below that somebody else handed down past these units: a line body to a school, the city to every branch.
///
/// # Errors
/// When the database cannot be read.
pub async fn handed_past(app: &App, actor: &Actor) -> anyhow::Result<Vec<Task>> {
    let places = places_of(actor, Capability::ViewTasks);
    let scope = actor.scope(Capability::ViewTasks).sql("t.organisation_id");
    visible(app, actor, &places, |list| format!("t.is_across and t.issuer_id not in ({list}) and t.organisation_id not in ({list}) and {scope}"))
        .await
}

async fn visible(app: &App, actor: &Actor, places: &[OrgId], condition: impl Fn(&str) -> String) -> anyhow::Result<Vec<Task>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let tasks = rows::tasks_where(app.store().reader(), &condition(&rows::listed(places)), Vec::new()).await?;
    Ok(tasks.into_iter().filter(|task| is_visible(app, actor, task)).collect())
}

/// Tasks below that are over so long that the next superior sees them (逐级上报): not handed down by these units themselves.
///
/// # Errors
/// When the database cannot be read.
pub async fn escalated(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Task>> {
    let pack = app.pack();
    let times = times_of(&pack, on)?;
    let places = places_of(actor, Capability::ViewTasks);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let scope = actor.scope(Capability::ViewTasks).sql("t.organisation_id");
    let every = |stage: &Stage| times.escalates_every(stage);
    let Some((over, values)) = over_by(&times, on, &every) else { return Ok(Vec::new()) };
    let condition = format!("c.closed_at is null and {over} and t.issuer_id not in ({}) and {scope}", rows::listed(&places));
    let tasks = rows::tasks_where(app.store().reader(), &condition, values).await?;
    let directory = app.directory();
    let reaches = |task: &Task| {
        let Some(at) = &task.at else { return false };
        let n = times.standing(at, on).n_escalated as usize;
        let above = directory.org(task.issuer.organisation).map(|org| org.superiors.as_slice()).unwrap_or_default();
        above.iter().take(n).any(|superior| places.contains(superior))
    };
    Ok(tasks.into_iter().filter(|task| reaches(task) && directory.is_visible(&actor.scope(Capability::ViewTasks), task.organisation)).collect())
}

/// In SQL, stage by stage: at least what is over for as many days as are asked. A first parameter is `$1`.
fn over_by(times: &Times<'_>, on: Date, days: &dyn Fn(&Stage) -> i64) -> Option<(String, Vec<sea_orm::Value>)> {
    let before = |days: i64| on.checked_sub(jiff::Span::new().days(days)).ok().map(|day| day.to_string());
    let mut parts = Vec::new();
    let mut values: Vec<sea_orm::Value> = Vec::new();
    for stage in times.procedure.stages.iter().filter(|stage| !stage.closes) {
        let over = days(stage);
        values.push(stage.key.clone().into());
        values.push(before(over)?.into());
        let n = values.len();
        let by_stage = match stage.days_max {
            Some(limit) => {
                values.push(before(over + i64::from(limit))?.into());
                format!(" or c.stage_since <= ${}", n + 1)
            }
            None => String::new(),
        };
        parts.push(format!("(c.stage = ${} and (c.due_on <= ${n}{by_stage}))", n - 1));
    }
    if parts.is_empty() { None } else { Some((format!("({})", parts.join(" or ")), values)) }
}

/// Parts of these tasks that somebody sees, summed up by the task they belong to.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts_of(app: &App, actor: &Actor, tasks: &[&Task], on: Date) -> anyhow::Result<std::collections::BTreeMap<i64, Parts>> {
    let scope = actor.scope(Capability::ViewTasks);
    let seen = format!("({} or {})", scope.sql("t.organisation_id"), scope.cases_sql("t.case_id"));
    let parts = rows::alike_of(app.store().reader(), tasks, &seen).await?;
    let pack = app.pack();
    let times = times_of(&pack, on)?;
    Ok(Parts::sum(parts, &times, on))
}

/// What waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// To be worked on, and already over.
    Overdue,
    /// 待签收.
    Receive,
    /// 待核验: others fed it back.
    Verify,
    /// 待反馈.
    FeedBack,
    /// Handed down by oneself, and over: to be chased.
    Chase,
    /// Handed down below, over so long that it comes up here.
    Escalated,
}

impl Wait {
    /// Whether it waits for a word to others, not for work of one's own.
    #[must_use]
    pub fn is_urged(self) -> bool {
        matches!(self, Self::Chase | Self::Escalated)
    }

    /// As the desk calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Overdue => "逾期待办",
            Self::Receive => "待签收",
            Self::Verify => "待核验",
            Self::FeedBack => "待反馈",
            Self::Chase => "逾期，待催办",
            Self::Escalated => "逾期上报，待督办",
        }
    }
}

/// The action by which one reminds of a task in its present stage.
#[must_use]
pub fn urge_of<'a>(pack: &'a Pack, task: &Task, wait: Wait) -> Option<&'a Action> {
    let stage = &task.at.as_ref()?.stage;
    let at = if wait == Wait::Chase { "issuer" } else { "above_issuer" };
    let stage = pack.procedures.get(super::PROCEDURE)?.stages.iter().find(|it| it.key == *stage)?;
    stage.actions.iter().find(|action| action.kind == ActionKind::Urge && action.by.at == at)
}

/// Those of the tasks that are over and of which nobody here reminded within the days of the pack.
///
/// # Errors
/// When the database cannot be read.
pub async fn to_be_urged(app: &App, actor: &Actor, tasks: &[&Task], wait: Wait, today: Date) -> anyhow::Result<HashSet<i64>> {
    let pack = app.pack();
    let times = times_of(&pack, today)?;
    let verifies = places_of(actor, Capability::VerifyTasks);
    if verifies.is_empty() {
        return Ok(HashSet::new());
    }
    let is_over = |task: &Task| {
        let standing = task.at.as_ref().map(|at| times.standing(at, today));
        standing.is_some_and(|standing| standing.is_overdue() && (wait == Wait::Escalated || standing.turn != Turn::Verify))
    };
    let is_ours = |task: &Task| wait == Wait::Escalated || task.issuer.is_acted_for_by(actor, Capability::VerifyTasks);
    let over: Vec<&Task> = tasks.iter().copied().filter(|task| is_over(task) && is_ours(task)).collect();
    let cases: Vec<i64> = over.iter().filter_map(|task| task.at.as_ref()).map(|at| at.case_id).collect();
    let urged = rows::urged(app.store().reader(), &cases, &verifies).await?;
    let is_open = |task: &&Task| {
        let Some(action) = urge_of(&pack, task, wait) else { return false };
        let last = task.at.as_ref().and_then(|at| urged.get(&at.case_id));
        let quiet = i64::from(action.days_min.unwrap_or_default());
        last.is_none_or(|day| i64::from((today - *day).get_days()) >= quiet)
    };
    Ok(over.into_iter().filter(is_open).map(|task| task.id).collect())
}

/// One thing that waits, with the task it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub wait: Wait,
    pub task: Task,
    /// Days left of the present step; negative: over.
    pub days_left: i64,
}

/// What waits for somebody on a day: most urgent kind first, then by day.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Waiting>> {
    let pack = app.pack();
    let times = times_of(&pack, today)?;
    let (reports, verifies) = (places_of(actor, Capability::ReportOnTasks), places_of(actor, Capability::VerifyTasks));
    let mut found = Vec::new();
    let open = |column: &str, places: &[OrgId]| format!("c.closed_at is null and t.case_id is not null and t.{column} in ({})", rows::listed(places));
    let reader = app.store().reader();
    if !reports.is_empty() {
        for task in rows::tasks_where(reader, &open("organisation_id", &reports), Vec::new()).await? {
            let Some(standing) = task.at.as_ref().map(|at| times.standing(at, today)) else { continue };
            let wait = match standing.turn {
                Turn::Receive | Turn::Work if standing.is_overdue() => Wait::Overdue,
                Turn::Receive => Wait::Receive,
                Turn::Work => Wait::FeedBack,
                Turn::Verify | Turn::Done => continue,
            };
            found.push(Waiting { wait, days_left: standing.days_left, task });
        }
    }
    if !verifies.is_empty()
        && let Some((over, values)) = over_by(&times, today, &|_| 1)
    {
        // What others work on, and is not over, waits for nobody here.
        let to_verify = times.stages_of(Turn::Verify).into_iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
        let condition = format!("{} and ({over} or c.stage in ({to_verify}))", open("issuer_id", &verifies));
        for task in rows::tasks_where(reader, &condition, values).await? {
            let Some(standing) = task.at.as_ref().map(|at| times.standing(at, today)) else { continue };
            let wait = match standing.turn {
                Turn::Verify => Wait::Verify,
                Turn::Receive | Turn::Work if standing.is_overdue() => Wait::Chase,
                _ => continue,
            };
            if task.issuer.is_acted_for_by(actor, Capability::VerifyTasks) {
                found.push(Waiting { wait, days_left: standing.days_left, task });
            }
        }
        for task in escalated(app, actor, today).await? {
            let days_left = task.at.as_ref().map_or(0, |at| times.standing(at, today).days_left);
            found.push(Waiting { wait: Wait::Escalated, days_left, task });
        }
        for wait in [Wait::Chase, Wait::Escalated] {
            let tasks: Vec<&Task> = found.iter().filter(|waiting| waiting.wait == wait).map(|waiting| &waiting.task).collect();
            let open = to_be_urged(app, actor, &tasks, wait, today).await?;
            found.retain(|waiting| waiting.wait != wait || open.contains(&waiting.task.id));
        }
    }
    found.sort_by_key(|waiting| (waiting.wait, waiting.days_left, waiting.task.id));
    Ok(found)
}

/// Notices of tasks at a post's place that are not the post's: one for certain fields hears of the tasks of these fields, and of
/// those that units within its reach carry. As a condition on `notice`.
#[must_use]
pub fn untold(actor: &Actor, grant: &Grant) -> Option<String> {
    if grant.set.fields.is_empty() {
        return None;
    }
    let keys = grant.set.fields.iter().filter(|field| field.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    let others = keys.fold("',' || ut.fields || ','".to_owned(), |text, field| format!("replace({text}, '{field},', '')"));
    let number = crate::notice::number_of(&[FED_BACK, URGED], "/tasks/0");
    let reached = actor.scope(Capability::ViewTasks).sql("ut.organisation_id");
    Some(format!("exists (select 1 from task ut where ut.id = {number} and (ut.fields = '' or {others} <> ',') and not {reached})"))
}
