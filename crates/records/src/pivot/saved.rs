//! Questions kept under a name: whose they are, and with whom they are shared. A shared question brings no rights with it: whoever opens
//! it sees his own organisations.

use policy::Capability;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::figure_view;
use store::{Actor, OrgId, PersonId, Refusal, Tx, execute, insert_all, query};

use crate::app::App;

const SUBJECT: &str = "figure_view";
/// Characters of a name.
const N_NAME_MAX: usize = 40;
/// Characters of an address.
const N_QUESTION_MAX: usize = 2_000;
/// Views of one person: more are not found again.
const N_VIEWS_MAX: i64 = 60;

/// Who sees a view in his list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// Whoever keeps it.
    Own,
    /// Everybody with a post at the same office.
    Office,
    /// Everybody with a post at the office or below it.
    Below,
}

impl Shared {
    /// All, with the word of the rows and what people read.
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Own, "own", "只给自己"), (Self::Office, "office", "本单位"), (Self::Below, "below", "本单位和所有下级")];

    /// By its word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, key, _)| *key == word).map(|(shared, ..)| shared)
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        Self::ALL.into_iter().find(|(shared, ..)| *shared == self).unwrap_or(Self::ALL[0])
    }

    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().1
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().2
    }

    /// Whether somebody may share so: with those below only who looks after them.
    #[must_use]
    pub fn is_open_to(self, actor: &Actor) -> bool {
        self != Self::Below || actor.may(Capability::SuperviseActivities)
    }
}

/// A question under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub id: i64,
    /// The office from which it was kept.
    pub organisation: OrgId,
    pub person: PersonId,
    pub by: String,
    pub name: String,
    /// What stands behind the question mark.
    pub question: String,
    pub shared: Shared,
    pub saved_at: String,
}

impl View {
    /// Its address: it leads to the table.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/figures/views/{}", self.id)
    }

    /// Whether this person keeps it.
    #[must_use]
    pub fn is_of(&self, actor: &Actor) -> bool {
        actor.person_id == Some(self.person)
    }
}

/// A question to be kept.
#[derive(Debug, Clone)]
pub struct NewView {
    pub name: String,
    pub question: String,
    pub shared: Shared,
}

const VIEW: &str = "select v.id, v.organisation_id, v.person_id, p.name as by_name, v.name, v.question, v.shared, v.saved_at \
                    from figure_view v join person p on p.id = v.person_id";

fn read(row: &QueryResult) -> anyhow::Result<View> {
    Ok(View {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        person: row.try_get("", "person_id")?,
        by: row.try_get("", "by_name")?,
        name: row.try_get("", "name")?,
        question: row.try_get("", "question")?,
        shared: Shared::read(&row.try_get::<String>("", "shared")?).unwrap_or(Shared::Own),
        saved_at: row.try_get("", "saved_at")?,
    })
}

/// The views that somebody has before him: his own first, then what is shared with him, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn views_of(app: &App, actor: &Actor, home: Option<OrgId>) -> anyhow::Result<Vec<View>> {
    let Some(person) = actor.person_id else { return Ok(Vec::new()) };
    // Offices at which he holds a post, and those above them.
    let posts: Vec<OrgId> = actor
        .grants_with(Capability::ViewActivities)
        .flat_map(|grant| grant.set.root.into_iter().chain(grant.set.named.iter().copied()))
        .chain(home)
        .collect();
    let above: Vec<OrgId> = {
        let directory = app.directory();
        posts.iter().filter_map(|id| directory.org(*id)).flat_map(|org| org.superiors.iter().copied().chain([org.id])).collect()
    };
    let list = |ids: &[OrgId]| if ids.is_empty() { "-1".to_owned() } else { ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") };
    let sql = format!(
        "{VIEW} where v.person_id = $1 or (v.shared = 'office' and v.organisation_id in ({})) or (v.shared = 'below' and v.organisation_id in ({})) \
         order by case when v.person_id = $1 then 0 else 1 end, v.name, v.id",
        list(&posts),
        list(&above)
    );
    query(app.store().reader(), sql, [person.into()]).await?.iter().map(read).collect()
}

/// One of them; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn view_of(app: &App, actor: &Actor, home: Option<OrgId>, id: i64) -> anyhow::Result<Option<View>> {
    Ok(views_of(app, actor, home).await?.into_iter().find(|view| view.id == id))
}

/// Keeps a question; one of the same name by the same person is replaced.
///
/// # Errors
/// [`Refusal`]: no name, no office, too many, shared further than he may.
pub async fn save_view(tx: &mut Tx, actor: &Actor, new: NewView) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > N_NAME_MAX {
        return refuse(format!("请给这个查询起个名字，{N_NAME_MAX} 个字以内。"));
    }
    if new.question.len() > N_QUESTION_MAX || !new.question.split('&').any(|part| part.starts_with("pick=")) {
        return refuse("请先选要看的数，再保存这个查询。".to_owned());
    }
    if !new.shared.is_open_to(actor) {
        return refuse("共享给所有下级的，由负责督导下级的岗位保存；您可以共享给本单位。".to_owned());
    }
    let office = actor.grants_with(Capability::ViewActivities).find_map(|grant| grant.set.root.or_else(|| grant.set.named.first().copied()));
    let (Some(person), Some(office)) = (actor.person_id, office) else {
        return refuse("您的岗位没有对应的党组织，不能保存。".to_owned());
    };
    let known = query(tx.connection(), "select id from figure_view where person_id = $1 and name = $2", [person.into(), name.into()]).await?;
    let id = match known.first() {
        Some(row) => {
            let id: i64 = row.try_get_by_index(0)?;
            execute(
                tx.connection(),
                "update figure_view set question = $1, shared = $2, organisation_id = $3, saved_at = $4 where id = $5",
                [new.question.as_str().into(), new.shared.key().into(), office.into(), tx.at_text().into(), id.into()],
            )
            .await?;
            id
        }
        None => {
            if n_views(tx.connection(), person).await? >= N_VIEWS_MAX {
                return refuse(format!("最多保存 {N_VIEWS_MAX} 个查询，请先删去不用的。"));
            }
            let id = tx.next_id().await?;
            let row = figure_view::ActiveModel {
                id: Set(id),
                organisation_id: Set(office),
                person_id: Set(person),
                name: Set(name.to_owned()),
                question: Set(new.question.clone()),
                shared: Set(new.shared.key().to_owned()),
                saved_at: Set(tx.at_text()),
            };
            insert_all::<figure_view::Entity, _, _>(tx.connection(), vec![row]).await?;
            id
        }
    };
    tx.record("figures.save", SUBJECT, id, Some(office), json!({ "name": name, "shared": new.shared.words() }));
    tx.changed(SUBJECT, id, None);
    Ok(id)
}

async fn n_views<C: ConnectionTrait>(connection: &C, person: PersonId) -> anyhow::Result<i64> {
    let rows = query(connection, "select count(*) from figure_view where person_id = $1", [person.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Drops a view of one's own.
///
/// # Errors
/// [`Refusal`] when it is not there, or somebody else's.
pub async fn drop_view(tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let Some(person) = actor.person_id else { return Err(Refusal("没有找到这个查询。".to_owned()).into()) };
    let rows =
        query(tx.connection(), "select organisation_id, name from figure_view where id = $1 and person_id = $2", [id.into(), person.into()]).await?;
    let Some(row) = rows.first() else { return Err(Refusal("没有找到这个查询，或者它是别人保存的。".to_owned()).into()) };
    let (office, name): (OrgId, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    execute(tx.connection(), "delete from figure_view where id = $1", [id.into()]).await?;
    tx.record("figures.drop", SUBJECT, id, Some(office), json!({ "name": name }));
    tx.changed(SUBJECT, id, None);
    Ok(())
}
