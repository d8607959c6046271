//! Many records, a page at a time: by index of the branch where they are few, by day where they are many.

use jiff::civil::Date;
use policy::Period;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::{OrgId, PersonId, Scope, query};

/// Records of so many organisations are found branch by branch, counted and sorted; of more, walked by day.
pub const N_ORGS_FEW: usize = 300;

/// What a list shows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: i64,
    pub organisation: OrgId,
    pub kind: String,
    pub held_on: Date,
    pub topic: String,
    pub n_eligible: i64,
    pub n_present: i64,
    pub has_names: bool,
    pub entered_on: Date,
    pub entered_by: Option<PersonId>,
    pub waits_for_consent: bool,
    pub is_returned: bool,
    pub makes_up: Option<Period>,
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Within reach; empty: none.
    pub organisations: Vec<OrgId>,
    /// Days held, half-open.
    pub days: Option<(Date, Date)>,
    pub kind: Option<String>,
    /// `waiting`, `returned`, `made_up`, `entered_late`, `counts`.
    pub state: Option<String>,
    /// In the topic, or held by one of these organisations.
    pub words: String,
    pub named: Vec<OrgId>,
}

impl Wanted {
    /// Whether they can be counted and sorted as one likes.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.organisations.len() <= N_ORGS_FEW || self.has_own_index()
    }

    fn has_own_index(&self) -> bool {
        matches!(self.state.as_deref(), Some("waiting" | "returned"))
    }

    fn condition(&self) -> (String, Vec<Value>) {
        let mut values: Vec<Value> = Vec::new();
        let list = |ids: &[OrgId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        // The sign keeps SQLite from asking branch by branch for what is quicker walked by day.
        let sign = if self.is_small() { "" } else { "+" };
        let mut parts = vec![if self.organisations.is_empty() {
            "false".to_owned()
        } else {
            format!("{sign}a.organisation_id in ({})", list(&self.organisations))
        }];
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        if let Some((from, until)) = self.days {
            parts.push(format!("a.held_on >= {} and a.held_on < {}", place(from.to_string().into()), place(until.to_string().into())));
        }
        if let Some(kind) = &self.kind {
            parts.push(format!("a.kind = {}", place(kind.clone().into())));
        }
        match self.state.as_deref() {
            Some("waiting") => parts.push("a.waits_for_consent and a.returned_reason is null".to_owned()),
            Some("returned") => parts.push("a.returned_reason is not null".to_owned()),
            Some("made_up") => parts.push("a.makes_up is not null".to_owned()),
            Some("entered_late") => parts.push("a.entered_on > a.held_on".to_owned()),
            Some("counts") => parts.push("a.form = 'counts'".to_owned()),
            _ => {}
        }
        if !self.words.is_empty() {
            let escaped = self.words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let topic = format!("a.topic like {} escape '\\'", place(format!("%{escaped}%").into()));
            parts.push(if self.named.is_empty() { topic } else { format!("({topic} or a.organisation_id in ({}))", list(&self.named)) });
        }
        (parts.join(" and "), values)
    }
}

/// A page: after a record (for lists walked by day), or after so many.
#[derive(Debug, Clone, Copy)]
pub enum From {
    Offset(u64),
    After(Date, i64),
}

/// How many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn count<C: ConnectionTrait>(connection: &C, wanted: &Wanted) -> anyhow::Result<u64> {
    let (condition, values) = wanted.condition();
    let rows = query(connection, format!("select count(*) from activity a where {condition}"), values).await?;
    let n: i64 = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(n)?)
}

/// `n` of them; `order` is a column of the list (`held_on`, `entered_on`, `kind`), always ending in day and number.
///
/// # Errors
/// When the database cannot be read.
pub async fn lines<C: ConnectionTrait>(
    connection: &C,
    wanted: &Wanted,
    order: &str,
    is_descending: bool,
    from: From,
    n: u64,
) -> anyhow::Result<Vec<Line>> {
    let (mut condition, mut values) = wanted.condition();
    let way = if is_descending { "desc" } else { "asc" };
    let order = match order {
        "entered_on" => format!("a.entered_on {way}, a.held_on desc, a.id desc"),
        "kind" => format!("a.kind {way}, a.held_on desc, a.id desc"),
        _ => format!("a.held_on {way}, a.id {way}"),
    };
    let mut skip = String::new();
    match from {
        From::Offset(0) => {}
        From::Offset(n) => skip = format!(" offset {n}"),
        From::After(day, id) => {
            let sign = if is_descending { "<" } else { ">" };
            condition = format!("{condition} and (a.held_on, a.id) {sign} (${}, ${})", values.len() + 1, values.len() + 2);
            values.extend([day.to_string().into(), id.into()]);
        }
    }
    let sql = format!("select {LINE} from activity a where {condition} order by {order} limit {n}{skip}");
    query(connection, sql, values).await?.iter().map(read_line).collect()
}

const LINE: &str = "a.id, a.organisation_id, a.kind, a.held_on, a.topic, a.n_eligible, a.n_present, a.form, a.entered_on, a.entered_by, a.waits_for_consent, a.returned_reason, a.makes_up";

/// Records that wait for consent and were entered by somebody with a post at one of these organisations; oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_entered_at<C: ConnectionTrait>(connection: &C, scope: &Scope, posts_at: &[OrgId], on: Date) -> anyhow::Result<Vec<Line>> {
    let places = posts_at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select {LINE} from activity a where a.waits_for_consent and a.returned_reason is null \
         and a.entered_by in (select person_id from post_grant where root_id in ({places}) and not is_prepared and from_on <= $1 and (until_on is null or until_on > $1)) \
         and {} order by a.held_on, a.id limit 200",
        scope.sql("a.organisation_id")
    );
    query(connection, sql, [on.to_string().into()]).await?.iter().map(read_line).collect()
}

fn read_line(row: &QueryResult) -> anyhow::Result<Line> {
    let makes_up: Option<String> = row.try_get("", "makes_up")?;
    Ok(Line {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        kind: row.try_get("", "kind")?,
        held_on: row.try_get::<String>("", "held_on")?.parse()?,
        topic: row.try_get("", "topic")?,
        n_eligible: row.try_get("", "n_eligible")?,
        n_present: row.try_get("", "n_present")?,
        has_names: row.try_get::<String>("", "form")? == "names",
        entered_on: row.try_get::<String>("", "entered_on")?.parse()?,
        entered_by: row.try_get("", "entered_by")?,
        waits_for_consent: row.try_get("", "waits_for_consent")?,
        is_returned: row.try_get::<Option<String>>("", "returned_reason")?.is_some(),
        makes_up: makes_up.and_then(|text| text.parse().ok()),
    })
}
