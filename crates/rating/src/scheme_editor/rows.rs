//! Rows of the scheme editor.

use sea_orm::{ConnectionTrait, QueryResult};
use store::{OrgId, PersonId, Tx, execute, query};

use super::model::DraftEntry;

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Draft,
    Submitted,
    Returned,
    InForce,
    /// A later draft of the same scheme and year took its place.
    Replaced,
    /// Taken out of force again.
    Withdrawn,
    Dropped,
}

impl State {
    /// All, with the word of the rows and of the address line, and what people read.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Draft, "draft", "起草中"),
        (Self::Submitted, "submitted", "待审核"),
        (Self::Returned, "returned", "退回修改"),
        (Self::InForce, "in_force", "已采用"),
        (Self::Replaced, "replaced", "已被新稿代替"),
        (Self::Withdrawn, "withdrawn", "已停用"),
        (Self::Dropped, "dropped", "已作废"),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        Self::ALL.into_iter().find(|(state, ..)| *state == self).unwrap_or(Self::ALL[0])
    }

    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().1
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().2
    }

    /// Whether it may be changed.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }
}

/// A draft of an office.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: i64,
    pub organisation: OrgId,
    pub person: Option<PersonId>,
    pub name: String,
    /// The key that it will have in the pack.
    pub scheme_key: String,
    /// What it was copied from.
    pub base_key: String,
    pub from_year: i16,
    pub state: State,
    pub entry: DraftEntry,
    /// Counts the saves, so that nobody writes over what another wrote meanwhile.
    pub n_saves: i64,
    pub saved_by: Option<PersonId>,
    pub saved_at: String,
}

impl Draft {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/schemes/{}", self.id)
    }

    /// The scheme whose version it is, or itself.
    #[must_use]
    pub fn family(&self) -> &str {
        match self.entry.text("version_of") {
            "" => &self.scheme_key,
            of => of,
        }
    }
}

/// Something that was done with a draft.
#[derive(Debug, Clone)]
pub struct DraftAct {
    pub action: String,
    pub note: String,
    pub person: Option<PersonId>,
    pub name: String,
    pub post: String,
    pub at: String,
}

const DRAFT: &str =
    "select id, organisation_id, person_id, name, scheme_key, base_key, from_year, state, body, n_saves, saved_by, saved_at from scheme_draft";

fn read(row: &QueryResult) -> anyhow::Result<Draft> {
    let state: String = row.try_get("", "state")?;
    Ok(Draft {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        person: row.try_get("", "person_id")?,
        name: row.try_get("", "name")?,
        scheme_key: row.try_get("", "scheme_key")?,
        base_key: row.try_get("", "base_key")?,
        from_year: i16::try_from(row.try_get::<i64>("", "from_year")?)?,
        state: State::ALL.into_iter().find(|(_, key, _)| *key == state).map_or(State::Draft, |(state, ..)| state),
        entry: DraftEntry::parse(&row.try_get::<String>("", "body")?),
        n_saves: row.try_get("", "n_saves")?,
        saved_by: row.try_get("", "saved_by")?,
        saved_at: row.try_get("", "saved_at")?,
    })
}

/// One draft.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Draft>> {
    query(connection, format!("{DRAFT} where id = $1"), [id.into()]).await?.first().map(read).transpose()
}

/// All drafts, the last changed first.
pub(super) async fn all<C: ConnectionTrait>(connection: &C) -> anyhow::Result<Vec<Draft>> {
    query(connection, format!("{DRAFT} order by saved_at desc, id desc"), []).await?.iter().map(read).collect()
}

pub(super) async fn insert(tx: &Tx, draft: &Draft) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "insert into scheme_draft (id, organisation_id, person_id, name, scheme_key, base_key, from_year, state, body, n_saves, saved_by, saved_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            draft.id.into(),
            draft.organisation.into(),
            draft.person.into(),
            draft.name.clone().into(),
            draft.scheme_key.clone().into(),
            draft.base_key.clone().into(),
            i64::from(draft.from_year).into(),
            draft.state.key().into(),
            draft.entry.0.to_string().into(),
            draft.n_saves.into(),
            draft.saved_by.into(),
            tx.at_text().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts what was typed.
pub(super) async fn save(tx: &Tx, draft: &Draft) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update scheme_draft set name = $1, scheme_key = $2, from_year = $3, body = $4, n_saves = n_saves + 1, saved_by = $5, saved_at = $6 where id = $7",
        [
            draft.name.clone().into(),
            draft.scheme_key.clone().into(),
            i64::from(draft.from_year).into(),
            draft.entry.0.to_string().into(),
            tx.actor_id().into(),
            tx.at_text().into(),
            draft.id.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn put_state(tx: &Tx, id: i64, state: State) -> anyhow::Result<()> {
    execute(tx.connection(), "update scheme_draft set state = $1 where id = $2", [state.key().into(), id.into()]).await?;
    Ok(())
}

/// Drafts of the same scheme and year that were in force step back.
pub(super) async fn replace_others(tx: &Tx, draft: &Draft) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update scheme_draft set state = $1 where scheme_key = $2 and state = $3 and id <> $4",
        [State::Replaced.key().into(), draft.scheme_key.clone().into(), State::InForce.key().into(), draft.id.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_act(tx: &mut Tx, draft: i64, action: &str, note: &str, (name, post): (&str, &str)) -> anyhow::Result<()> {
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into scheme_draft_act (id, draft_id, action, note, actor_id, actor_name, post, acted_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [id.into(), draft.into(), action.into(), note.into(), tx.actor_id().into(), name.into(), post.into(), tx.at_text().into()],
    )
    .await?;
    Ok(())
}

/// What was done with a draft, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn acts<C: ConnectionTrait>(connection: &C, draft: i64) -> anyhow::Result<Vec<DraftAct>> {
    let rows = query(
        connection,
        "select action, note, actor_id, actor_name, post, acted_at from scheme_draft_act where draft_id = $1 order by acted_at, id",
        [draft.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DraftAct {
                action: row.try_get("", "action")?,
                note: row.try_get("", "note")?,
                person: row.try_get("", "actor_id")?,
                name: row.try_get("", "actor_name")?,
                post: row.try_get("", "post")?,
                at: row.try_get("", "acted_at")?,
            })
        })
        .collect()
}

/// The last year of which a scheme has been opened for evaluation; its scheme is not changed any more.
pub(super) async fn last_opened_year<C: ConnectionTrait>(connection: &C, family: &str) -> anyhow::Result<Option<i16>> {
    let rows = query(connection, "select max(period) from evaluation where kind = 'evaluation' and of_key = $1", [family.into()]).await?;
    let period: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(period.and_then(|period| period.get(..4)?.parse().ok()))
}

/// Evaluations of a scheme that are not published yet: name and year.
pub(super) async fn unpublished<C: ConnectionTrait>(connection: &C, family: &str) -> anyhow::Result<Vec<(String, i16)>> {
    let rows = query(
        connection,
        "select e.name, e.period from evaluation e left join case_file c on c.id = e.case_id \
         where e.kind = 'evaluation' and e.of_key = $1 and e.published_at is null and c.closed_at is null order by e.id",
        [family.into()],
    )
    .await?;
    let read = |row: &QueryResult| {
        let period: String = row.try_get_by_index(1)?;
        Ok((row.try_get_by_index(0)?, period.get(..4).and_then(|year| year.parse().ok()).unwrap_or_default()))
    };
    rows.iter().map(read).collect()
}
