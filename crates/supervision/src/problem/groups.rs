//! Similar problems together: of one type, in one field. Where several units have the same, it is looked for elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use frame::kept::{Before, Kept};
use jiff::civil::Date;
use policy::Capability;
use store::{Actor, OrgId, Scope, query};

use super::listed;
use super::rows::self_checks;
use super::see::places_of;
use super::self_check::may_issue;
use crate::app::App;

/// Problems of one type in one field, over the months that the pack looks back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub kind: String,
    pub field: String,
    pub n: u64,
    pub n_open: u64,
    pub n_units: usize,
    pub last_on: Date,
    /// So many units have it that it is no accident.
    pub is_systemic: bool,
    /// Within these months somebody ordered others to look for it.
    pub is_ordered: bool,
}

/// What one organisation has of one type.
#[derive(Debug, Clone)]
struct Line {
    kind: Arc<str>,
    n: u64,
    n_open: u64,
    last_on: Date,
}

/// Every organisation's lines from a day on.
type Lines = HashMap<OrgId, Vec<Line>>;

/// The systemic groups for which somebody may order a look elsewhere, and for which no order was given yet: by his office or one
/// above it.
///
/// # Errors
/// When the database cannot be read.
pub async fn to_be_ordered(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Group>> {
    let offices = offices(app, actor);
    if offices.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = groups(app, &actor.scope(Capability::VerifyProblems), &offices, on).await?;
    found.retain(|group| group.is_systemic && !group.is_ordered && offices.iter().any(|office| may_issue(actor, *office, &group.field)));
    Ok(found)
}

/// The offices at which somebody verifies.
#[must_use]
pub fn offices(app: &App, actor: &Actor) -> Vec<OrgId> {
    let directory = app.directory();
    places_of(actor, Capability::VerifyProblems).into_iter().filter(|id| directory.org(*id).is_some_and(|org| !org.is_branch())).collect()
}

/// The groups within a scope, those with most units first; whether a look elsewhere was ordered by one of these offices or from
/// above them.
///
/// # Errors
/// When the database cannot be read.
pub async fn groups(app: &App, scope: &Scope, offices: &[OrgId], on: Date) -> anyhow::Result<Vec<Group>> {
    let pack = app.pack();
    let months = pack.whole("problem_systemic_months", on).unwrap_or_default();
    let least = pack.whole("problem_systemic_units", on).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let since = on.checked_sub(jiff::Span::new().months(months))?;
    let kept = Kept::<Date, Lines>::of(app);
    let lines = kept.get(since, |_| true, |before| read(app, since, before)).await?;
    kept.keep_at_most(N_DAYS_KEPT);
    let ordered = self_checks(app.store().reader(), "s.issued_on >= $1", vec![since.to_string().into()]).await?;
    let directory = app.directory();
    let mut orders: BTreeSet<(&str, &str)> = BTreeSet::new();
    for order in &ordered {
        let is_over =
            |office: &OrgId| *office == order.organisation || directory.org(*office).is_some_and(|org| org.superiors.contains(&order.organisation));
        if offices.iter().any(is_over) {
            orders.insert((&order.kind, &order.field));
        }
    }
    let mut found: BTreeMap<(&str, &str), Group> = BTreeMap::new();
    for (id, own) in lines.iter() {
        let Some(org) = directory.visible(scope, *id) else { continue };
        for line in own {
            let group = found.entry((&line.kind, &org.field)).or_insert_with(|| Group {
                kind: line.kind.to_string(),
                field: org.field.clone(),
                n: 0,
                n_open: 0,
                n_units: 0,
                last_on: line.last_on,
                is_systemic: false,
                is_ordered: orders.contains(&(&*line.kind, org.field.as_str())),
            });
            group.n += line.n;
            group.n_open += line.n_open;
            group.n_units += 1;
            group.is_systemic = group.n_units >= least;
            group.last_on = group.last_on.max(line.last_on);
        }
    }
    let mut groups: Vec<Group> = found.into_values().collect();
    groups.sort_by(|a, b| (b.n_units, b.n, &a.kind, &a.field).cmp(&(a.n_units, a.n, &b.kind, &b.field)));
    Ok(groups)
}

/// Yesterday's may still be asked for around midnight.
const N_DAYS_KEPT: usize = 2;

/// Counts them in one pass; again only for the organisations that changed.
async fn read(app: &App, since: Date, before: Option<Before<Lines>>) -> anyhow::Result<Lines> {
    let (mut lines, within) = match before {
        Some((lines, stale)) if stale.is_empty() => return Ok((*lines).clone()),
        Some((lines, stale)) => {
            let mut lines = (*lines).clone();
            lines.retain(|id, _| stale.binary_search(id).is_err());
            (lines, format!(" and organisation_id in ({})", listed(&stale)))
        }
        None => (Lines::new(), String::new()),
    };
    let sql = format!(
        "select problem_type, organisation_id, count(*), sum(case when closed_on is null then 1 else 0 end), max(raised_on) from problem where problem_type <> '' and not is_dismissed and raised_on >= $1{within} group by problem_type, organisation_id"
    );
    let mut kinds: HashMap<String, Arc<str>> = HashMap::new();
    for row in query(app.store().reader(), sql, [since.to_string().into()]).await? {
        let kind: String = row.try_get_by_index(0)?;
        let line = Line {
            kind: kinds.entry(kind).or_insert_with_key(|kind| kind.as_str().into()).clone(),
            n: u64::try_from(row.try_get_by_index::<i64>(2)?)?,
            n_open: u64::try_from(row.try_get_by_index::<i64>(3)?)?,
            last_on: row.try_get_by_index::<String>(4)?.parse()?,
        };
        lines.entry(row.try_get_by_index(1)?).or_default().push(line);
    }
    Ok(lines)
}
