//! Progress that fills itself: tasks bound to an indicator, counted by the engine over the unit's branches.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use assessment::{Compiled, RolledUp, Subject, roll_up};
use jiff::civil::Date;
use policy::{Key, OrganisationRole, Pack, Period};
use store::OrgId;

use super::model::Task;
use super::reading::field_of;
use crate::app::App;
use crate::kept::{Before, Kept};

/// What an indicator came to for one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub key: Key,
    pub name: String,
    pub numerator: i64,
    pub denominator: i64,
    /// Hundredths of a per cent; `None`: nothing is due or evidenced yet.
    pub share: Option<i64>,
    pub n_organisations: usize,
    pub n_not_evidenced: usize,
}

impl Figure {
    fn of(rolled: RolledUp) -> Self {
        let share = rolled.value.and_then(|value| i64::try_from((value * policy::Ratio::from_integer(10_000)).round().to_integer()).ok());
        Self {
            key: rolled.key,
            name: rolled.name,
            numerator: rolled.numerator,
            denominator: rolled.denominator,
            share,
            n_organisations: rolled.n_organisations,
            n_not_evidenced: rolled.n_not_evidenced,
        }
    }

    /// `1,128 / 1,186（95.11%）`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.share {
            Some(share) => format!("{} / {}（{}.{:02}%）", self.numerator, self.denominator, share / 100, share % 100),
            None if self.n_not_evidenced > 0 => format!("{} 个支部还没有依据", self.n_not_evidenced),
            None => "还没有到期的".to_owned(),
        }
    }
}

/// What the bound indicators come to by `today`, by task. One pass over the facts of a year for all tasks of one unit.
///
/// # Errors
/// When the database cannot be read.
pub async fn figures(app: &App, tasks: &[&Task], today: Date) -> anyhow::Result<BTreeMap<i64, Figure>> {
    let bound: Vec<(&Task, &Key)> = tasks.iter().filter_map(|task| Some((*task, task.item.indicator.as_ref()?))).collect();
    let mut found = BTreeMap::new();
    let years: BTreeSet<i16> = bound.iter().map(|(task, _)| year_of(task, today)).collect();
    for year in years {
        let period = Period::year(year);
        let of_year: Vec<_> = bound.iter().filter(|(task, _)| year_of(task, today) == year).copied().collect();
        let pack = app.pack();
        let keys: Vec<Key> = of_year
            .iter()
            .map(|(_, key)| (*key).clone())
            .filter(|key| pack.indicators.contains_key(key))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let closed_until = today.tomorrow()?.min(period.until());
        // Tasks of one unit and field are counted in one pass.
        let mut places = BTreeMap::<_, Vec<(&Task, &Key)>>::new();
        for (task, key) in of_year {
            places.entry((task.organisation, field_of(&task.item.scope).map(str::to_owned))).or_default().push((task, key));
        }
        for ((organisation, field), tasks) in places {
            let counted = counted(app, Place { organisation, field, keys: keys.clone(), period, closed_until }).await?;
            for (task, key) in tasks {
                if let Some(one) = counted.rolled.iter().find(|one| one.key == *key) {
                    found.insert(task.id, Figure::of(one.clone()));
                }
            }
        }
    }
    Ok(found)
}

/// What is counted together: the branches of a unit and field, over a period so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    organisation: OrgId,
    field: Option<String>,
    keys: Vec<Key>,
    period: Period,
    closed_until: Date,
}

/// What the indicators of a place came to, with the branches that were counted.
struct Counted {
    rolled: Vec<RolledUp>,
    branches: Arc<HashSet<OrgId>>,
}

/// Kept until a record changes of a branch that is counted there, or is to be.
async fn counted(app: &App, place: Place) -> anyhow::Result<Arc<Counted>> {
    let wanted = place.clone();
    let judge = |before: Option<Before<Counted>>| async move {
        let place = wanted;
        if let Some((old, changed)) = before {
            let directory = app.directory();
            let is_under =
                |id: &OrgId| directory.org(*id).is_some_and(|org| org.id == place.organisation || org.superiors.contains(&place.organisation));
            if !changed.iter().any(|id| old.branches.contains(id) || is_under(id)) {
                return Ok(Counted { rolled: old.rolled.clone(), branches: old.branches.clone() });
            }
        }
        count(app, &place).await
    };
    Kept::<Place, Counted>::of(app).get(place, |_| true, judge).await
}

async fn count(app: &App, place: &Place) -> anyhow::Result<Counted> {
    let Place { organisation, field, keys, period, closed_until } = place;
    let pack = app.pack();
    let Ok(compiled) = Compiled::of_indicators(&pack, keys, period.from()) else {
        return Ok(Counted { rolled: Vec::new(), branches: Arc::default() });
    };
    let last_day = closed_until.yesterday()?.max(period.from());
    let subjects = app.figures().subjects(app, last_day).await?;
    let facts = app.figures().facts(app, period.year).await?;
    let marks = app.figures().marks(app, period.year, None).await?;
    let under: Vec<&Subject> = subjects.iter().filter(|subject| counts(&pack, subject, *organisation, field.as_deref())).collect();
    let rolled = roll_up(&compiled, &under, &facts, &marks, *period, *closed_until);
    Ok(Counted { rolled, branches: Arc::new(under.iter().map(|subject| subject.id).collect()) })
}

/// The year in which a task is counted: that of its day, unless it has not begun.
fn year_of(task: &Task, today: Date) -> i16 {
    task.due_now().year().min(today.year())
}

/// Branches of the unit, of the task's field.
fn counts(pack: &Pack, subject: &Subject, organisation: i64, field: Option<&str>) -> bool {
    let is_branch = pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
    let is_under = subject.id == organisation || subject.superiors.iter().any(|above| above.id == organisation);
    is_branch && is_under && field.is_none_or(|field| subject.field == field)
}

/// Indicators that the system counts, with their names, for binding.
#[must_use]
pub fn bindable(pack: &Pack) -> Vec<(Key, String)> {
    let is_planned = |scheme: &str| pack.plan_lines.values().any(|line| line.of == scheme);
    // What only a scheme uses by which nobody is judged (one that checks the calculation) is not offered.
    let is_in_use = |key: &str| {
        let uses = |scheme: &policy::Scheme| {
            let own = scheme.standards.iter().flat_map(|standard| &standard.sections);
            scheme.sections.iter().chain(own).flat_map(|section| &section.items).any(|item| item.indicator == key)
        };
        let mut users = pack.schemes.iter().filter(|(_, scheme)| uses(scheme)).peekable();
        users.peek().is_none() || users.any(|(name, _)| is_planned(name))
    };
    let offered = pack.indicators.iter().filter(|(key, indicator)| indicator.value.is_some() && is_in_use(key));
    offered.map(|(key, indicator)| (key.clone(), indicator.name.clone())).collect()
}
