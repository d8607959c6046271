//! A selection tried on today's records before it is opened: who could come forward, and what keeps the others out. Stored nowhere.

use std::collections::{HashMap, HashSet};

use assessment::{Compiled, Outcome, Subject, items_of};
use jiff::civil::Date;
use policy::{Key, OrganisationRole, Pack, Period, Selection, SelectionBar};
use sea_orm::ConnectionTrait;
use store::{OrgId, Scope, query};

use super::rows;
use crate::app::App;
use crate::evaluation::RowMarks;
use crate::rectification;

/// What may keep an organisation out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// As it stands in addresses.
    pub key: String,
    /// Whom it keeps out: 正在整顿.
    pub name: String,
    /// Of which field it is asked; `None`: of all.
    pub field: Option<Key>,
    /// Whoever is kept out by it cannot even come forward; by the others, people decide.
    pub is_bar: bool,
    /// Whether the records say anything to it.
    pub is_recorded: bool,
    indicators: Vec<Key>,
}

impl Condition {
    /// The indicators that the records are read by; none for what is known otherwise.
    pub fn indicators(&self) -> &[Key] {
        &self.indicators
    }
}

/// One organisation that the selection is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tried {
    pub organisation: OrgId,
    pub field: Key,
    /// Conditions that keep it out, by their places in [`Simulation::conditions`].
    pub out: Vec<usize>,
    /// Conditions to which nothing is recorded of it.
    pub unknown: Vec<usize>,
    /// Whether it may come forward.
    pub may_apply: bool,
}

impl Tried {
    /// Whether it may come forward and the records keep it out of nothing.
    pub fn is_supported(&self) -> bool {
        self.may_apply && self.out.is_empty() && self.unknown.is_empty()
    }
}

/// What would come of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simulation {
    pub conditions: Vec<Condition>,
    pub lines: Vec<Tried>,
}

/// Everything that a selection asks, in the order in which it is asked.
fn conditions(selection: &Selection) -> Vec<Condition> {
    let of_all = |key: &str, name: String, is_bar: bool| Condition {
        key: key.to_owned(),
        name,
        field: None,
        is_bar,
        is_recorded: true,
        indicators: Vec::new(),
    };
    let mut all = vec![of_all("held", "已经命名或者正在申报".to_owned(), true)];
    all.extend(selection.not_while.iter().map(|bar| match bar {
        SelectionBar::InRectification => of_all("in_rectification", "正在整顿".to_owned(), true),
        SelectionBar::Vetoed => of_all("vetoed", "最近一次公布的结果里有一票否决".to_owned(), true),
    }));
    all.extend(selection.star_min.map(|star| of_all("star", format!("最近一次公布的结果不到 {star} 星，或者没有结果（确定要写理由）"), false)));
    all.extend(selection.dimensions.iter().map(|dimension| Condition {
        key: format!("d.{}", dimension.key),
        name: dimension.name.clone(),
        field: dimension.field.clone(),
        is_bar: false,
        is_recorded: !dimension.indicators.is_empty(),
        indicators: dimension.indicators.clone(),
    }));
    all
}

/// Tries a selection on the records of the year until a day, over the organisations of a scope.
///
/// # Errors
/// When records cannot be read.
pub(super) async fn simulate(app: &App, scope: &Scope, key: &str, selection: &Selection, today: Date) -> anyhow::Result<Simulation> {
    let meant: Vec<(OrgId, Key)> = {
        let directory = app.directory();
        let is_meant = directory.all(scope).filter(|org| selection.is_open_to(&org.kind, &org.field, &org.level));
        is_meant.map(|org| (org.id, org.field.clone())).collect()
    };
    let conditions = conditions(selection);
    let reader = app.store().reader();
    let entries = rows::all(reader, Some(key)).await?;
    let held: HashSet<OrgId> =
        entries.iter().filter(|entry| entry.holder.is_none() && entry.keeps_out(today)).map(|entry| entry.organisation).collect();
    let in_rectification = rows::all_in_rectification(reader, rectification::PROCEDURE).await?;
    let published = published(reader, &app.pack()).await?;
    let said = said(app, &conditions, &meant, today).await?;
    let judged = |organisation: OrgId, condition: &Condition| -> Option<bool> {
        match condition.key.as_str() {
            "held" => Some(!held.contains(&organisation)),
            "in_rectification" => Some(!in_rectification.contains(&organisation)),
            "vetoed" => Some(!published.get(&organisation).is_some_and(|last| last.is_vetoed)),
            "star" => Some(published.get(&organisation).and_then(|last| last.star) >= selection.star_min),
            _ => said.get(&organisation).and_then(|said| fulfilled(said, &condition.indicators)),
        }
    };
    let lines = meant.into_iter().map(|(organisation, field)| {
        let (mut out, mut unknown) = (Vec::new(), Vec::new());
        let asked = conditions.iter().enumerate().filter(|(_, it)| it.is_recorded && it.field.as_ref().is_none_or(|only| *only == field));
        for (place, condition) in asked {
            match judged(organisation, condition) {
                Some(true) => {}
                Some(false) => out.push(place),
                None => unknown.push(place),
            }
        }
        let may_apply = !out.iter().any(|place| conditions[*place].is_bar);
        Tried { organisation, field, out, unknown, may_apply }
    });
    let lines = lines.collect();
    Ok(Simulation { conditions, lines })
}

/// Whether every indicator that applies was reached in every closed period; `None`: of one there is no record.
fn fulfilled(said: &HashMap<Key, Outcome>, indicators: &[Key]) -> Option<bool> {
    let outcomes: Vec<&Outcome> = indicators.iter().filter_map(|key| said.get(key)).collect();
    if outcomes.iter().any(|outcome| matches!(outcome, Outcome::NotMet)) {
        return Some(false);
    }
    (!outcomes.iter().any(|outcome| matches!(outcome, Outcome::NotEvidenced(_)))).then_some(true)
}

/// What the records of the year say of each branch, by indicator; of committees they say nothing here.
async fn said(app: &App, conditions: &[Condition], meant: &[(OrgId, Key)], today: Date) -> anyhow::Result<HashMap<OrgId, HashMap<Key, Outcome>>> {
    let mut keys: Vec<Key> = conditions.iter().flat_map(|condition| condition.indicators.iter().cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let pack = app.pack();
    let period = Period::year(today.year());
    let compiled = Compiled::of_indicators(&pack, &keys, period.from()).map_err(|problems| anyhow::anyhow!("{}", problems.join("; ")))?;
    let subjects = app.figures().subjects(app, today).await?;
    let facts = app.figures().facts(app, today.year()).await?;
    let marks = app.figures().marks(app, today.year(), None).await?;
    let meant: HashSet<OrgId> = meant.iter().map(|(id, _)| *id).collect();
    let until = today.tomorrow()?;
    let all = move || {
        let is_branch =
            |pack: &Pack, subject: &Subject| pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
        let counted = subjects.iter().filter(|subject| meant.contains(&subject.id) && is_branch(&pack, subject));
        let of = |subject: &Subject| {
            let items = items_of(&compiled, subject, &facts, &marks, period, until);
            items.into_iter().map(|item| (compiled.items()[usize::from(item.item)].key.clone(), item.outcome.clone())).collect()
        };
        counted.map(|subject| (subject.id, of(subject))).collect()
    };
    Ok(tokio::task::spawn_blocking(all).await?)
}

/// What was last published of an organisation and is used: previews decide nothing.
struct Published {
    star: Option<u8>,
    is_vetoed: bool,
}

/// Of every organisation that has a published result.
async fn published<C: ConnectionTrait>(connection: &C, pack: &Pack) -> anyhow::Result<HashMap<OrgId, Published>> {
    let sql = "select r.organisation_id, r.star, r.marks, p.pack_key from evaluation e join evaluation_row r on r.evaluation_id = e.id \
               join plan_entry p on p.id = e.plan_entry_id where e.kind = $1 and e.published_at is not null \
               order by e.closed_until, e.published_at, e.id";
    let mut last: HashMap<OrgId, Published> = HashMap::new();
    for row in query(connection, sql, [crate::evaluation::KIND.into()]).await? {
        let line: String = row.try_get_by_index(3)?;
        if pack.plan_lines.get(&line).is_some_and(|line| line.preview) {
            continue;
        }
        let star: Option<i64> = row.try_get_by_index(1)?;
        let marks: i64 = row.try_get_by_index(2)?;
        let published = Published { star: star.and_then(|star| u8::try_from(star).ok()), is_vetoed: marks & RowMarks::VETOED != 0 };
        last.insert(row.try_get_by_index(0)?, published);
    }
    Ok(last)
}
