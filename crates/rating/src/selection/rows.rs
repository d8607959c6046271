//! Rows of selections.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use policy::Pack;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::selection_entry;
use store::{OrgId, Tx, execute, query};

/// An application, or the title that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    /// Key of the selection.
    pub selection: String,
    pub organisation: OrgId,
    /// A family's name on the list, empty once it has left it; `None`: the organisation itself.
    pub holder: Option<String>,
    pub applied_on: Date,
    pub case_id: i64,
    pub named_on: Option<Date>,
    pub valid_until: Option<Date>,
    pub withdrawn_on: Option<Date>,
    /// Where the case stands, and whether it is over.
    pub stage: String,
    pub is_closed: bool,
}

/// How an entry stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    UnderWay,
    Held,
    /// The term is over and nobody has looked at it again.
    Lapsed,
    Withdrawn,
    /// It ended without the title.
    NotNamed,
}

impl Standing {
    /// All, with the word of the address line.
    pub const ALL: [(&'static str, Self); 5] = [
        ("under_way", Self::UnderWay),
        ("held", Self::Held),
        ("lapsed", Self::Lapsed),
        ("withdrawn", Self::Withdrawn),
        ("not_named", Self::NotNamed),
    ];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::UnderWay => "在申报",
            Self::Held => "命名期内",
            Self::Lapsed => "期满未复核",
            Self::Withdrawn => "已撤销",
            Self::NotNamed => "未命名",
        }
    }
}

impl Entry {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, on: Date) -> Standing {
        match (self.named_on, self.withdrawn_on) {
            (_, Some(_)) => Standing::Withdrawn,
            (Some(_), None) if self.valid_until.is_some_and(|until| until <= on) => Standing::Lapsed,
            (Some(_), None) => Standing::Held,
            (None, None) if self.is_closed => Standing::NotNamed,
            (None, None) => Standing::UnderWay,
        }
    }

    /// Whether another application of the same would be one too many.
    #[must_use]
    pub fn keeps_out(&self, on: Date) -> bool {
        matches!(self.standing(on), Standing::UnderWay | Standing::Held)
    }

    /// The family, or the organisation called `organisation`.
    #[must_use]
    pub fn name<'a>(&'a self, organisation: &'a str) -> &'a str {
        match self.holder.as_deref() {
            Some("") => LEFT,
            Some(family) => family,
            None => organisation,
        }
    }

    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/selections/entries/{}", self.id)
    }
}

/// What stands for a family whose name is no longer kept.
pub(super) const LEFT: &str = "已退出的家庭";

const ENTRY: &str = "select s.id, s.selection, s.organisation_id, s.holder, s.applied_on, s.case_id, s.named_on, s.valid_until, s.withdrawn_on, c.stage, c.closed_at from selection_entry s join case_file c on c.id = s.case_id";

fn read(row: &QueryResult) -> anyhow::Result<Entry> {
    let day = |column: &str| -> anyhow::Result<Option<Date>> { Ok(row.try_get::<Option<String>>("", column)?.map(|text| text.parse()).transpose()?) };
    Ok(Entry {
        id: row.try_get("", "id")?,
        selection: row.try_get("", "selection")?,
        organisation: row.try_get("", "organisation_id")?,
        holder: row.try_get("", "holder")?,
        applied_on: row.try_get::<String>("", "applied_on")?.parse()?,
        case_id: row.try_get("", "case_id")?,
        named_on: day("named_on")?,
        valid_until: day("valid_until")?,
        withdrawn_on: day("withdrawn_on")?,
        stage: row.try_get("", "stage")?,
        is_closed: row.try_get::<Option<String>>("", "closed_at")?.is_some(),
    })
}

/// One entry.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Entry>> {
    let rows = query(connection, format!("{ENTRY} where s.id = $1"), [id.into()]).await?;
    rows.first().map(read).transpose()
}

/// Every entry of a selection, newest first; of all selections without one.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, selection: Option<&str>) -> anyhow::Result<Vec<Entry>> {
    let rows = match selection {
        Some(key) => query(connection, format!("{ENTRY} where s.selection = $1 order by s.id desc"), [key.into()]).await?,
        None => query(connection, format!("{ENTRY} order by s.id desc"), []).await?,
    };
    rows.iter().map(read).collect()
}

/// What an organisation has of a selection.
pub(super) async fn of_organisation<C: ConnectionTrait>(connection: &C, selection: &str, organisation: OrgId) -> anyhow::Result<Vec<Entry>> {
    let sql = format!("{ENTRY} where s.selection = $1 and s.organisation_id = $2 order by s.id desc");
    query(connection, sql, [selection.into(), organisation.into()]).await?.iter().map(read).collect()
}

/// What an entry is judged by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Judged {
    /// Whether a review is on record: before that nothing was found fulfilled, nor missing.
    pub is_reviewed: bool,
    /// Name, and whether it was found fulfilled.
    pub dimensions: Vec<(String, bool)>,
}

impl Judged {
    /// How many were found missing; `None`: nobody has looked yet.
    pub fn n_open(&self) -> Option<usize> {
        self.is_reviewed.then(|| self.dimensions.iter().filter(|(_, is_met)| !is_met).count())
    }
}

/// What the entries of a selection are judged by, by entry; `reviews` are the actions by which somebody judges.
pub(super) async fn judged<C: ConnectionTrait>(connection: &C, selection: &str, reviews: &[&str]) -> anyhow::Result<HashMap<i64, Judged>> {
    let sql = "select s.id, i.text, i.closed_in from selection_entry s join case_item i on i.case_id = s.case_id where s.selection = $1 and i.kind = $2 order by i.id";
    let mut found: HashMap<i64, Judged> = HashMap::new();
    for row in query(connection, sql, [selection.into(), super::DIMENSION.into()]).await? {
        let closed: Option<i64> = row.try_get_by_index(2)?;
        let judged = found.entry(row.try_get_by_index(0)?).or_default();
        judged.is_reviewed |= closed.is_some();
        judged.dimensions.push((row.try_get_by_index(1)?, closed.is_some()));
    }
    if reviews.is_empty() {
        return Ok(found);
    }
    let places = (2..=reviews.len() + 1).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select distinct s.id from selection_entry s join case_act a on a.case_id = s.case_id where s.selection = $1 and a.action in ({places}) order by s.id"
    );
    let values = std::iter::once(selection).chain(reviews.iter().copied()).map(sea_orm::Value::from).collect::<Vec<_>>();
    for row in query(connection, sql, values).await? {
        if let Some(judged) = found.get_mut(&row.try_get_by_index(0)?) {
            judged.is_reviewed = true;
        }
    }
    Ok(found)
}

pub(super) async fn insert(tx: &mut Tx, id: i64, selection: &str, organisation: OrgId, holder: Option<String>, case_id: i64) -> anyhow::Result<()> {
    selection_entry::ActiveModel {
        id: Set(id),
        selection: Set(selection.to_owned()),
        organisation_id: Set(organisation),
        holder: Set(holder),
        applied_on: Set(tx.today().to_string()),
        case_id: Set(case_id),
        named_on: Set(None),
        valid_until: Set(None),
        withdrawn_on: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.changed("selection_entry", id, Some(organisation));
    Ok(())
}

/// The title holds from a day until another.
pub(super) async fn name(tx: &mut Tx, id: i64, from: Date, until: Date) -> anyhow::Result<()> {
    let sql = "update selection_entry set named_on = $2, valid_until = $3 where id = $1";
    execute(tx.connection(), sql, [id.into(), from.to_string().into(), until.to_string().into()]).await?;
    tx.changed("selection_entry", id, None);
    Ok(())
}

pub(super) async fn withdraw(tx: &mut Tx, id: i64, on: Date) -> anyhow::Result<()> {
    execute(tx.connection(), "update selection_entry set withdrawn_on = $2 where id = $1", [id.into(), on.to_string().into()]).await?;
    tx.changed("selection_entry", id, None);
    Ok(())
}

/// Drops the name of a family that left the list, wherever the entry is spoken of: its row, its case, the notices about it.
pub(super) async fn forget_name(tx: &mut Tx, entry: &Entry, title: &str) -> anyhow::Result<()> {
    let Some(name) = entry.holder.as_deref().filter(|name| !name.is_empty()) else { return Ok(()) };
    execute(tx.connection(), "update selection_entry set holder = '' where id = $1", [entry.id.into()]).await?;
    execute(tx.connection(), "update case_file set title = $2 where id = $1", [entry.case_id.into(), title.into()]).await?;
    let sql = "update notice set text = replace(text, $2, $3) where href = $1";
    execute(tx.connection(), sql, [entry.address().into(), name.into(), LEFT.into()]).await?;
    tx.record("selection.forget_name", "selection_entry", entry.id, Some(entry.organisation), serde_json::json!(null));
    tx.changed("selection_entry", entry.id, Some(entry.organisation));
    tx.changed("case", entry.case_id, Some(entry.organisation));
    Ok(())
}

/// Whether a rectification of the organisation is open.
pub(super) async fn is_in_rectification<C: ConnectionTrait>(connection: &C, organisation: OrgId, procedure: &str) -> anyhow::Result<bool> {
    let sql = "select 1 from case_file where organisation_id = $1 and procedure = $2 and closed_at is null";
    Ok(!query(connection, sql, [organisation.into(), procedure.into()]).await?.is_empty())
}

/// How many problems of the organisation's own are not closed.
pub(super) async fn n_open_problems<C: ConnectionTrait>(connection: &C, organisation: OrgId) -> anyhow::Result<i64> {
    let sql = "select count(*) from problem where organisation_id = $1 and closed_on is null";
    let rows = query(connection, sql, [organisation.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Every organisation of which a rectification is open.
pub(super) async fn all_in_rectification<C: ConnectionTrait>(connection: &C, procedure: &str) -> anyhow::Result<HashSet<OrgId>> {
    let sql = "select distinct organisation_id from case_file where procedure = $1 and closed_at is null order by organisation_id";
    query(connection, sql, [procedure.into()]).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// A published result of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    pub evaluation: i64,
    pub name: String,
    /// `None`: 暂不评定.
    pub star: Option<u8>,
    pub is_vetoed: bool,
    /// A look at where things stood: shown, and used for nothing.
    pub is_preview: bool,
    pub published_on: Date,
}

impl Grade {
    /// What people read: 四星 … and that a preview decides nothing.
    pub(super) fn words(&self) -> String {
        let star = self.star.map_or_else(|| "暂不评定".to_owned(), |star| format!("{star} 星"));
        if self.is_preview { format!("{star}（年中预评，不作依据）") } else { star }
    }
}

/// The published results of an organisation, what was judged last first: by the day on which their figures end, for half a year
/// ends before the year does.
pub(super) async fn grades<C: ConnectionTrait>(connection: &C, pack: &Pack, organisation: OrgId) -> anyhow::Result<Vec<Grade>> {
    let sql = "select e.id, e.name, e.published_at, r.star, r.marks, p.pack_key from evaluation e join evaluation_row r on r.evaluation_id = e.id join plan_entry p on p.id = e.plan_entry_id where e.kind = $2 and e.published_at is not null and r.organisation_id = $1 order by e.closed_until desc, e.published_at desc, e.id desc";
    let rows = query(connection, sql, [organisation.into(), crate::evaluation::KIND.into()]).await?;
    let read = |row: &QueryResult| -> anyhow::Result<Grade> {
        let at: jiff::Timestamp = row.try_get_by_index::<String>(2)?.parse()?;
        let star: Option<i64> = row.try_get_by_index(3)?;
        let line: String = row.try_get_by_index(5)?;
        Ok(Grade {
            evaluation: row.try_get_by_index(0)?,
            name: row.try_get_by_index(1)?,
            star: star.and_then(|star| u8::try_from(star).ok()),
            is_vetoed: crate::evaluation::RowMarks::from(row.try_get_by_index::<i64>(4)?).has(crate::evaluation::RowMarks::VETOED),
            is_preview: pack.plan_lines.get(&line).is_some_and(|line| line.preview),
            published_on: store::day_of(at),
        })
    };
    rows.iter().map(read).collect()
}

/// The published results of which use is made, what was judged last first: no previews.
pub(super) async fn grades_in_use<C: ConnectionTrait>(connection: &C, pack: &Pack, organisation: OrgId) -> anyhow::Result<Vec<Grade>> {
    Ok(grades(connection, pack, organisation).await?.into_iter().filter(|grade| !grade.is_preview).collect())
}
