//! Which tasks somebody sees. Through the scope of the viewing capability; a line body also sees what it handed down itself.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::{Action, ActionKind, Capability, Pack, Stage};
use sea_orm::ConnectionTrait;
use store::{Actor, Grant, OrgId};

use super::acts::{FED_BACK, URGED};
use super::model::{At, Issuer, Parts, Task, Times, Turn};
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
    let Some((condition, values)) = over_below(actor, &times, &places, on) else { return Ok(Vec::new()) };
    let tasks = rows::tasks_where(app.store().reader(), &condition, values).await?;
    let is_ours = |task: &Task| Late::of(task).is_some_and(|late| comes_up(app, actor, &times, &places, &late, on));
    Ok(tasks.into_iter().filter(is_ours).collect())
}

/// In SQL: below, handed down by others than these units, and over long enough for the first superior. A first parameter is `$1`.
fn over_below(actor: &Actor, times: &Times<'_>, places: &[OrgId], on: Date) -> Option<(String, Vec<sea_orm::Value>)> {
    let scope = actor.scope(Capability::ViewTasks).sql("t.organisation_id");
    let (over, values) = over_by(times, on, &|stage| times.escalates_every(stage))?;
    Some((format!("c.closed_at is null and {over} and t.issuer_id not in ({}) and {scope}", rows::listed(places)), values))
}

/// Whether one of these units is among the superiors whom it has come up to, and sees who carries it.
fn comes_up(app: &App, actor: &Actor, times: &Times<'_>, places: &[OrgId], late: &Late, on: Date) -> bool {
    has_come_up_to(app, times, places, late, on) && app.directory().is_visible(&actor.scope(Capability::ViewTasks), late.organisation)
}

fn has_come_up_to(app: &App, times: &Times<'_>, places: &[OrgId], late: &Late, on: Date) -> bool {
    let n = times.standing(&late.at, on).n_escalated as usize;
    let directory = app.directory();
    let above = directory.org(late.issuer.organisation).map(|org| org.superiors.as_slice()).unwrap_or_default();
    above.iter().take(n).any(|superior| places.contains(superior))
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

/// The action by which one reminds of a task in this stage.
#[must_use]
pub fn urge_of<'a>(pack: &'a Pack, stage: &str, wait: Wait) -> Option<&'a Action> {
    let at = if wait == Wait::Chase { "issuer" } else { "above_issuer" };
    let stage = pack.procedures.get(super::PROCEDURE)?.stages.iter().find(|it| it.key == *stage)?;
    stage.actions.iter().find(|action| action.kind == ActionKind::Urge && action.by.at == at)
}

/// A step of a task at a unit, without the words of the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub id: i64,
    pub organisation: OrgId,
    pub issuer: Issuer,
    pub at: At,
    /// The last day on which somebody here reminded of it.
    pub urged_on: Option<Date>,
}

impl Late {
    /// That of a task at a unit; nobody reminded of it yet.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        let Task { id, organisation, issuer, at, .. } = task;
        Some(Self { id: *id, organisation: *organisation, issuer: issuer.clone(), at: at.clone()?, urged_on: None })
    }

    /// Whether it is over, this person's to remind of, and nobody here reminded of it within the days of the pack.
    fn is_to_be_urged(&self, pack: &Pack, times: &Times<'_>, actor: &Actor, wait: Wait, today: Date) -> bool {
        let standing = times.standing(&self.at, today);
        let is_over = standing.is_overdue() && (wait == Wait::Escalated || standing.turn != Turn::Verify);
        let is_ours = wait == Wait::Escalated || self.issuer.is_acted_for_by(actor, Capability::VerifyTasks);
        let Some(action) = urge_of(pack, &self.at.stage, wait).filter(|_| is_over && is_ours) else { return false };
        let quiet = i64::from(action.days_min.unwrap_or_default());
        self.urged_on.is_none_or(|day| i64::from((today - day).get_days()) >= quiet)
    }
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
    let mut late: Vec<Late> = tasks.iter().copied().filter_map(Late::of).collect();
    late.retain(|late| late.is_to_be_urged(&pack, &times, actor, wait, today));
    let cases: Vec<i64> = late.iter().map(|late| late.at.case_id).collect();
    let urged = rows::urged(app.store().reader(), &cases, &verifies).await?;
    for late in &mut late {
        late.urged_on = urged.get(&late.at.case_id).copied();
    }
    Ok(late.into_iter().filter(|late| late.is_to_be_urged(&pack, &times, actor, wait, today)).map(|late| late.id).collect())
}

/// One thing that waits for somebody's own work, with the task it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub wait: Wait,
    pub task: Task,
    /// Days left of the present step; negative: over.
    pub days_left: i64,
}

/// One step of others that waits for a word from somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urging {
    /// [`Wait::Chase`] or [`Wait::Escalated`].
    pub wait: Wait,
    pub late: Late,
    /// Days left of the step: negative.
    pub days_left: i64,
}

/// What waits for somebody's own work on a day: most urgent kind first, then by day.
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
    let to_verify = times.stages_of(Turn::Verify).into_iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
    if !verifies.is_empty() && !to_verify.is_empty() {
        let condition = format!("{} and c.stage in ({to_verify})", open("issuer_id", &verifies));
        for task in rows::tasks_where(reader, &condition, Vec::new()).await? {
            let days_left = task.at.as_ref().map_or(0, |at| times.standing(at, today).days_left);
            if task.issuer.is_acted_for_by(actor, Capability::VerifyTasks) {
                found.push(Waiting { wait: Wait::Verify, days_left, task });
            }
        }
    }
    found.sort_by_key(|waiting| (waiting.wait, waiting.days_left, waiting.task.id));
    Ok(found)
}

/// What is over and waits for a word from somebody, by whose it is to say: in SQL over `t` and `c`, with the first parameters.
fn over_for_a_word(app: &App, actor: &Actor, times: &Times<'_>, today: Date) -> Vec<(Wait, String, Vec<sea_orm::Value>)> {
    let (views, verifies) = (places_of(actor, Capability::ViewTasks), places_of(actor, Capability::VerifyTasks));
    if verifies.is_empty() {
        return Vec::new();
    }
    let chase = over_by(times, today, &|_| 1)
        .map(|(over, values)| (Wait::Chase, format!("c.closed_at is null and {over} and t.issuer_id in ({})", rows::listed(&verifies)), values));
    let gone: Vec<OrgId> = app.directory().gone().iter().map(|org| org.id).collect();
    let standing = if gone.is_empty() { String::new() } else { format!(" and t.organisation_id not in ({})", rows::listed(&gone)) };
    let below = over_below(actor, times, &views, today).filter(|_| !views.is_empty());
    let escalated = below.map(|(condition, values)| (Wait::Escalated, format!("{condition}{standing}"), values));
    chase.into_iter().chain(escalated).collect()
}

/// Steps of others that are over and wait for a word from somebody on a day: handed down by himself, then what has come up to him.
///
/// # Errors
/// When the database cannot be read.
pub async fn to_urge(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Urging>> {
    let pack = app.pack();
    let times = times_of(&pack, today)?;
    let (views, verifies) = (places_of(actor, Capability::ViewTasks), places_of(actor, Capability::VerifyTasks));
    let mut found = Vec::new();
    for (wait, condition, values) in over_for_a_word(app, actor, &times, today) {
        let late = rows::late_where(app.store().reader(), &condition, values, &verifies).await?;
        let own = late.into_iter().filter(|late| wait == Wait::Chase || comes_up(app, actor, &times, &views, late, today));
        let urging = |late: Late| Urging { wait, days_left: times.standing(&late.at, today).days_left, late };
        found.extend(own.filter(|late| late.is_to_be_urged(&pack, &times, actor, wait, today)).map(urging));
    }
    Ok(found)
}

/// Steps of [`to_urge`] that stand alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alikes {
    pub wait: Wait,
    pub n: usize,
    /// Since when they stand where they stand.
    pub since: Date,
    /// Days left of the step: negative.
    pub days_left: i64,
}

/// How many steps [`to_urge`] gives, counted by the database: a desk needs no more, and they may be tens of thousands.
///
/// # Errors
/// When the database cannot be read.
pub async fn n_to_urge(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Alikes>> {
    let pack = app.pack();
    let times = times_of(&pack, today)?;
    let (views, verifies) = (places_of(actor, Capability::ViewTasks), places_of(actor, Capability::VerifyTasks));
    let mut found = Vec::new();
    for (wait, condition, values) in over_for_a_word(app, actor, &times, today) {
        let condition = format!("{condition} and not {}", urged_lately(&pack, &times, wait, &verifies, today)?);
        for (n, late) in rows::late_alike(app.store().reader(), &condition, values).await? {
            let is_ours = wait == Wait::Chase || has_come_up_to(app, &times, &views, &late, today);
            if is_ours && late.is_to_be_urged(&pack, &times, actor, wait, today) {
                found.push(Alikes { wait, n, since: late.at.since, days_left: times.standing(&late.at, today).days_left });
            }
        }
    }
    Ok(found)
}

/// In SQL over `c`: one of these offices reminded of it within the days of its stage.
fn urged_lately(pack: &Pack, times: &Times<'_>, wait: Wait, by: &[OrgId], today: Date) -> anyhow::Result<String> {
    let mut stages = Vec::new();
    for stage in &times.procedure.stages {
        let Some(days) = urge_of(pack, &stage.key, wait).and_then(|action| action.days_min).filter(|days| *days > 0) else { continue };
        let first = today.checked_sub(jiff::Span::new().days(i64::from(days) - 1))?;
        let since = store::instant_text(jiff::tz::Offset::constant(8).to_timestamp(first.at(0, 0, 0, 0))?);
        stages.push(format!("(c.stage = '{}' and a.acted_at >= '{since}')", stage.key));
    }
    if stages.is_empty() {
        return Ok("false".to_owned());
    }
    let by = rows::listed(by);
    let stages = stages.join(" or ");
    Ok(format!("exists (select 1 from case_act a where a.case_id = c.id and a.kind = 'urge' and a.organisation_id in ({by}) and ({stages}))"))
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
