//! Many problems, a page at a time: by index of the organisation where they are few, by day where they are many.

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, Value};
use store::{OrgId, PersonId, Scope, query};

use super::listed;
use super::model::Problem;
use super::rows;
use crate::app::App;
use crate::condition::anywhere;

/// Problems of so many organisations are found organisation by organisation, counted and sorted; of more, walked by day.
const N_ORGS_FEW: usize = 300;

/// The word of the address line for problems at a step that takes longer than it may.
pub const OVER_STEP: &str = "over_step";

/// Which problems.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Within reach; empty: none, unless they are one's own.
    pub organisations: Vec<OrgId>,
    /// Single cases within reach beside.
    pub cases: String,
    /// Handed over by these.
    pub issued_by: Vec<OrgId>,
    /// Raised by oneself: wherever they are.
    pub raised_by: Option<PersonId>,
    /// A word of [`super::State::ALL`]; [`OVER_STEP`]; `all`; else everything that is not closed.
    pub state: Option<String>,
    pub source: Option<String>,
    pub kind: Option<String>,
    /// Over for so many days at least, or at a step so long that it comes up, by this condition.
    pub escalated: Option<(i64, String)>,
    /// The condition by which a step takes too long, from the pack.
    pub over_step: Option<String>,
    /// In the text or the owner, or of one of these organisations.
    pub words: String,
    pub named: Vec<OrgId>,
}

impl Wanted {
    /// Whether they can be counted and sorted as one likes.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.organisations.len() <= N_ORGS_FEW || !self.issued_by.is_empty() || self.raised_by.is_some()
    }

    fn condition(&self, on: Date) -> (String, Vec<Value>) {
        let mut values: Vec<Value> = Vec::new();
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let mut parts = Vec::new();
        if let Some(person) = self.raised_by {
            parts.push(format!("p.raised_by = {person}"));
        } else {
            // The sign keeps SQLite from asking organisation by organisation for what is quicker walked by day.
            let sign = if self.organisations.len() <= N_ORGS_FEW && self.issued_by.is_empty() { "" } else { "+" };
            let of = if self.organisations.is_empty() {
                "false".to_owned()
            } else {
                format!("{sign}p.organisation_id in ({})", listed(&self.organisations))
            };
            parts.push(if self.cases.is_empty() || self.cases == "false" { of } else { format!("({of} or {})", self.cases) });
        }
        if !self.issued_by.is_empty() {
            parts.push(format!("p.issuer_id in ({})", listed(&self.issued_by)));
        }
        match self.state.as_deref() {
            Some("open") => parts.push(format!("p.closed_on is null and not p.is_handed_in and p.due_on >= {}", place(on.to_string().into()))),
            Some("overdue") => parts.push(format!("p.closed_on is null and not p.is_handed_in and p.due_on < {}", place(on.to_string().into()))),
            Some("verifying") => parts.push("p.closed_on is null and p.is_handed_in".to_owned()),
            Some("closed") => parts.push("p.closed_on is not null and not p.is_dismissed".to_owned()),
            Some(OVER_STEP) => parts.push(format!("p.closed_on is null and {}", self.over_step.as_deref().unwrap_or("false"))),
            Some("dismissed") => parts.push("p.is_dismissed".to_owned()),
            Some("all") => {}
            _ => parts.push("p.closed_on is null".to_owned()),
        }
        if let Some(source) = &self.source {
            parts.push(format!("p.source = {}", place(source.clone().into())));
        }
        if let Some(kind) = &self.kind {
            parts.push(format!("p.problem_type = {}", place(kind.clone().into())));
        }
        if let Some((days, step)) = &self.escalated {
            let day = on.checked_sub(jiff::Span::new().days(*days)).unwrap_or(on);
            let day = place(day.to_string().into());
            parts.push(format!("p.closed_on is null and ((not p.is_handed_in and p.due_on <= {day}) or {step})"));
        }
        if !self.words.is_empty() {
            let words = place(anywhere(&self.words).into());
            let named = if self.named.is_empty() { String::new() } else { format!(" or p.organisation_id in ({})", listed(&self.named)) };
            parts.push(format!("(lower(p.text) like {words} or lower(p.owner) like {words}{named})"));
        }
        (parts.join(" and "), values)
    }
}

/// A page: after a problem (for lists walked by day), or after so many.
#[derive(Debug, Clone, Copy)]
pub enum From {
    Offset(u64),
    After(Date, i64),
}

/// How many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn count<C: ConnectionTrait>(connection: &C, wanted: &Wanted, on: Date) -> anyhow::Result<u64> {
    let (condition, values) = wanted.condition(on);
    let rows = query(connection, format!("select count(*) from problem p where {condition}"), values).await?;
    let n: i64 = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(n)?)
}

/// `n` of them by `order` (`due`, `raised`, `unit`, `owner`, `kind`), always ending in day and number.
///
/// # Errors
/// When the database cannot be read.
pub async fn lines<C: ConnectionTrait>(
    connection: &C,
    wanted: &Wanted,
    on: Date,
    order: &str,
    is_descending: bool,
    from: From,
    n: u64,
) -> anyhow::Result<Vec<Problem>> {
    let (mut condition, mut values) = wanted.condition(on);
    let way = if is_descending { "desc" } else { "asc" };
    let day = if order == "raised" { "raised_on" } else { "due_on" };
    let order = match order {
        "raised" => format!("p.raised_on {way}, p.id {way}"),
        "unit" => format!(
            "(select min(os.pinyin) from organisation_state os where os.organisation_id = p.organisation_id and os.superseded_in is null and os.until_on is null) {way}, p.due_on, p.id"
        ),
        "owner" => format!("p.owner {way}, p.due_on, p.id"),
        "kind" => format!("p.problem_type {way}, p.due_on, p.id"),
        _ => format!("p.due_on {way}, p.id {way}"),
    };
    let mut skip = String::new();
    match from {
        From::Offset(0) => {}
        From::Offset(n) => skip = format!(" offset {n}"),
        From::After(after, id) => {
            let sign = if is_descending { "<" } else { ">" };
            condition = format!("{condition} and (p.{day}, p.id) {sign} (${}, ${})", values.len() + 1, values.len() + 2);
            values.extend([after.to_string().into(), id.into()]);
        }
    }
    rows::problems_where(connection, &condition, &format!("{order} limit {n}{skip}"), values).await
}

/// How many problems stand how within a reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub n: u64,
    pub n_open: u64,
    pub n_verifying: u64,
    pub n_overdue: u64,
}

/// Counts over the organisations of a scope: the database counts by organisation from one index, the tree in memory says whose they are.
///
/// # Errors
/// When the database cannot be read.
pub async fn counts(app: &App, scope: &Scope, on: Date) -> anyhow::Result<Counts> {
    let within = if scope.is_wide() { String::new() } else { format!("where {}", scope.sql("organisation_id")) };
    let sql = format!(
        "select organisation_id, count(*), \
         sum(case when closed_on is null then 1 else 0 end), \
         sum(case when closed_on is null and is_handed_in then 1 else 0 end), \
         sum(case when closed_on is null and not is_handed_in and due_on < $1 then 1 else 0 end) \
         from problem {within} group by organisation_id"
    );
    let rows = query(app.store().reader(), sql, [on.to_string().into()]).await?;
    let directory = app.directory();
    let mut counts = Counts::default();
    for row in rows {
        if !directory.is_visible(scope, row.try_get_by_index(0)?) {
            continue;
        }
        let n = |at: usize| -> anyhow::Result<u64> { Ok(u64::try_from(row.try_get_by_index::<i64>(at)?)?) };
        counts.n += n(1)?;
        counts.n_open += n(2)?;
        counts.n_verifying += n(3)?;
        counts.n_overdue += n(4)?;
    }
    Ok(counts)
}
