//! What the database holds of the last twelve months, by primitive: whether a mechanism is in use is computed from it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use policy::{Capability, Mechanism, Pack, Reading};
use sea_orm::Value;
use store::{Actor, query};

use super::pages::State;
use crate::app::App;
use crate::http::visit::Visit;

/// Counts within what the actor may view; each primitive under its own capability.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    pub counted_at: Timestamp,
    n_organisations: i64,
    n_members: i64,
    activities: HashMap<String, i64>,
    cases: HashMap<String, i64>,
    evaluations: HashMap<String, i64>,
    judged: HashMap<String, i64>,
    selections: HashMap<String, i64>,
    ledgers: HashMap<String, i64>,
    inspections: HashMap<String, i64>,
    appraisals: HashMap<String, i64>,
    contests: HashMap<String, i64>,
    n_visits: i64,
    /// Fields covered, meetings, reports and parts of departments, entries of permitted lists, by table.
    registers: HashMap<String, i64>,
    n_incomes: i64,
}

/// The capabilities under which records are counted.
const COUNTED: [Capability; 18] = [
    Capability::ViewActivities,
    Capability::ViewMembers,
    Capability::ViewTasks,
    Capability::ViewWeakLists,
    Capability::ViewEvaluations,
    Capability::ViewOrganisations,
    Capability::ViewUnits,
    Capability::JudgeItems,
    Capability::ViewSelections,
    Capability::ViewLedgers,
    Capability::ViewProblems,
    Capability::ViewProjects,
    Capability::ViewInspections,
    Capability::ViewVisits,
    Capability::ViewResponsibility,
    Capability::ViewAppraisals,
    Capability::ViewContests,
    Capability::ViewTables,
];

/// Counting a whole city takes a moment and changes little within minutes.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Counts by reach.
#[derive(Debug, Default)]
struct UsageCache(Mutex<HashMap<String, Arc<Usage>>>);

impl Usage {
    /// Counts that are at most ten minutes old.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(app: &App, actor: &Actor, at: Timestamp) -> anyhow::Result<Arc<Self>> {
        let key: String = COUNTED.iter().map(|capability| actor.scope(*capability).sql("o")).collect::<Vec<_>>().join(";");
        let cache = app.held(UsageCache::default);
        if let Ok(kept) = cache.0.lock()
            && let Some(usage) = kept.get(&key)
            && at.duration_since(usage.counted_at) < KEPT_FOR
        {
            return Ok(usage.clone());
        }
        let usage = Arc::new(Self::count(app, actor, at).await?);
        if let Ok(mut kept) = cache.0.lock() {
            kept.retain(|_, usage| at.duration_since(usage.counted_at) < KEPT_FOR);
            kept.insert(key, usage.clone());
        }
        Ok(usage)
    }

    async fn count(app: &App, actor: &Actor, at: Timestamp) -> anyhow::Result<Self> {
        let today = store::day_of(at);
        let since_day = today.checked_sub(jiff::Span::new().years(1)).unwrap_or(today).to_string();
        let since = store::instant_text(at - SignedDuration::from_hours(24 * 365));
        let within = |capability: Capability, column: &str| actor.scope(capability).sql(column);
        let weak = within(Capability::ViewWeakLists, "organisation_id");
        let tasks = within(Capability::ViewTasks, "organisation_id");
        let problems = within(Capability::ViewProblems, "organisation_id");
        let projects = within(Capability::ViewProjects, "organisation_id");
        let published = within(Capability::ViewEvaluations, "organisation_id");
        let cases = format!(
            "select procedure, count(*) from case_file where opened_at >= $1 and ((procedure like '%weak%' and {weak}) or (procedure = 'task' and {tasks}) or (subject_kind in ('problem', 'self_check') and {problems}) or (subject_kind = 'project' and {projects}) or (procedure not like '%weak%' and procedure <> 'task' and subject_kind not in ('problem', 'self_check', 'project') and {published})) group by procedure"
        );
        let activities = format!(
            "select kind, count(*) from activity where held_on >= $1 and {} group by kind",
            within(Capability::ViewActivities, "organisation_id")
        );
        let judged = format!(
            "select indicator, count(*) from judged_value where judged_at >= $1 and superseded_at is null and {} group by indicator",
            within(Capability::JudgeItems, "organisation_id")
        );
        let selections = format!(
            "select selection, count(*) from selection_entry where applied_on >= $1 and {} group by selection",
            within(Capability::ViewSelections, "organisation_id")
        );
        let ledgers = format!(
            "select ledger, count(*) from ledger_row where held_on >= $1 and withdrawn_at is null and {} group by ledger",
            within(Capability::ViewLedgers, "about_id")
        );
        // What is hidden from the inspected side does not show as a count either.
        let inspections = format!(
            "select kind, count(*) from inspection where opened_on >= $1 and (mode <> 'unannounced' or report_on is not null) and {} group by kind",
            within(Capability::ViewInspections, "organisation_id")
        );
        let appraisals = format!(
            "select s.appraisal, count(*) from appraisal_report r join appraisal_session s on s.id = r.session_id where r.handed_in_on >= $1 and {} group by s.appraisal",
            within(Capability::ViewAppraisals, "r.organisation_id")
        );
        let contests = format!(
            "select c.contest, count(*) from contest_entry e join contest_round c on c.id = e.round_id where e.entered_on >= $1 and {} group by c.contest",
            within(Capability::ViewContests, "e.organisation_id")
        );
        let visits = format!(
            "select 'visit', count(*) from research_visit where visited_on >= $1 and is_counted and {}",
            within(Capability::ViewVisits, "organisation_id")
        );
        let responsible = |column: &str| within(Capability::ViewResponsibility, column);
        let registers = format!(
            "select 'field_cover', count(*) from field_cover where from_on >= $1 and superseded_by is null and {} union all select 'party_meeting', count(*) from party_meeting where held_on >= $1 and {} union all select 'department_report', count(*) from department_report r join department_office o on o.id = r.department_office_id where r.reported_at >= $1 and {} union all select 'joint_part', count(*) from joint_part p join department_office o on o.id = p.department_office_id where p.due_on >= $1 and {} union all select 'permitted_item', count(*) from permitted_item where proposed_on >= $1 and {}",
            responsible("organisation_id"),
            responsible("organisation_id"),
            responsible("o.organisation_id"),
            responsible("o.organisation_id"),
            within(Capability::ViewTables, "organisation_id")
        );
        let evaluations = format!("select of_key, count(*) from evaluation where opened_at >= $1 and {published} group by of_key");
        let incomes = format!(
            "select 'income', count(*) from unit_income i join unit u on u.id = i.unit_id where i.recorded_at >= $1 and {}",
            within(Capability::ViewUnits, "u.organisation_id")
        );
        let (n_organisations, n_members) = {
            let directory = app.directory();
            let members: i64 = directory.all(&actor.scope(Capability::ViewMembers)).map(|org| i64::from(org.n_members)).sum();
            (i64::try_from(directory.all(&actor.scope(Capability::ViewOrganisations)).count())?, members)
        };
        Ok(Self {
            counted_at: at,
            n_organisations,
            n_members,
            activities: grouped(app, activities, since_day.clone().into()).await?,
            selections: grouped(app, selections, since_day.clone().into()).await?,
            inspections: grouped(app, inspections, since_day.clone().into()).await?,
            registers: grouped(app, registers, since_day.clone().into()).await?,
            appraisals: grouped(app, appraisals, since_day.clone().into()).await?,
            contests: grouped(app, contests, since_day.clone().into()).await?,
            n_visits: grouped(app, visits, since_day.clone().into()).await?.get("visit").copied().unwrap_or_default(),
            ledgers: grouped(app, ledgers, since_day.into()).await?,
            cases: grouped(app, cases, since.clone().into()).await?,
            evaluations: grouped(app, evaluations, since.clone().into()).await?,
            judged: grouped(app, judged, since.clone().into()).await?,
            n_incomes: grouped(app, incomes, since.into()).await?.get("income").copied().unwrap_or_default(),
        })
    }

    /// Counts of everything within one unit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of_unit(app: &App, unit: store::OrgId, at: Timestamp) -> anyhow::Result<Arc<Self>> {
        let mut actor = Actor::console(store::day_of(at));
        for grant in &mut actor.grants {
            grant.set = store::OrganisationSet { root: Some(unit), ..store::OrganisationSet::default() };
            grant.capabilities = COUNTED.into();
        }
        Self::of(app, &actor, at).await
    }

    /// Records of the last twelve months that a mechanism stands on.
    #[must_use]
    pub fn of_mechanism(&self, pack: &Pack, mechanism: &Mechanism) -> i64 {
        let sum = |of: &HashMap<String, i64>, keys: &[&str]| keys.iter().filter_map(|key| of.get(*key)).sum::<i64>();
        let entries = |table: &str| mechanism.entries.iter().filter_map(|entry| entry.strip_prefix(table)?.strip_prefix('.')).collect::<Vec<_>>();
        match mechanism.primitive.as_deref() {
            Some("organisation") => self.n_organisations,
            Some("member") => self.n_members,
            Some("activity" | "duty") => {
                let mut kinds: Vec<&str> = entries("activity");
                kinds.extend(entries("duty").iter().filter_map(|key| pack.duties.get(*key)).map(|duty| duty.activity.as_str()));
                kinds.sort_unstable();
                kinds.dedup();
                sum(&self.activities, &kinds)
            }
            Some("scheme" | "tier") => sum(&self.evaluations, &[entries("scheme"), entries("tier")].concat()),
            Some("ranking") => sum(&self.evaluations, &entries("ranking")),
            Some("weak_list") => sum(&self.evaluations, &entries("weak_list")) + sum(&self.cases, &entries("procedure")),
            Some("procedure" | "task" | "problem" | "self_check" | "project") => sum(&self.cases, &entries("procedure")),
            Some("selection") => sum(&self.selections, &entries("selection")),
            Some("ledger" | "balance") => {
                let mut keys = entries("ledger");
                keys.extend(entries("balance").iter().filter_map(|key| pack.balances.get(*key)).map(|balance| balance.ledger.as_str()));
                keys.sort_unstable();
                keys.dedup();
                sum(&self.ledgers, &keys)
            }
            Some("inspection") => sum(&self.inspections, &entries("inspection")),
            Some("appraisal") => sum(&self.appraisals, &entries("appraisal")),
            Some("contest") => sum(&self.contests, &entries("contest")),
            Some("visit_scope") => self.n_visits,
            Some("principal_duty") => self.registers.get("field_cover").copied().unwrap_or_default(),
            Some("permitted_list") => self.registers.get("permitted_item").copied().unwrap_or_default(),
            Some("department") => sum(&self.registers, &["department_report", "joint_part"]),
            Some("duty_log") => self.registers.get("party_meeting").copied().unwrap_or_default(),
            Some("programme") => sum(&self.cases, &entries("procedure")),
            Some("judged_value") => sum(&self.judged, &entries("indicator")),
            Some("village_income") => self.n_incomes,
            _ => 0,
        }
    }
}

/// What is recorded anywhere, which says whether a mechanism is in use, and what of it the visitor may see.
pub struct Usages {
    pub own: Arc<Usage>,
    whole: Arc<Usage>,
}

impl Usages {
    /// Counts for a visitor.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(visit: &Visit) -> anyhow::Result<Self> {
        let whole = Usage::of(&visit.app, &Actor::console(visit.today()), visit.at).await?;
        Ok(Self { own: Usage::of(&visit.app, visit.actor(), visit.at).await?, whole })
    }

    /// How a mechanism stands, the same for everybody, and its records within the visitor's reach.
    #[must_use]
    pub fn of_mechanism(&self, reading: &Reading, mechanism: &Mechanism) -> (State, i64) {
        let state = State::of(reading, mechanism, self.whole.of_mechanism(&reading.pack, mechanism));
        (state, self.own.of_mechanism(&reading.pack, mechanism))
    }
}

async fn grouped(app: &App, sql: String, since: Value) -> anyhow::Result<HashMap<String, i64>> {
    let rows = query(app.store().reader(), sql, [since]).await?;
    Ok(rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect::<Result<_, store::StoreError>>()?)
}
