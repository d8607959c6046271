//! Rows of suggestions.

use policy::Capability;
use sea_orm::{ConnectionTrait, QueryResult};
use store::{Actor, query};

use crate::app::App;
use crate::condition::{Condition, anywhere};
use crate::http::list::ListQuery;

/// A suggestion as its giver or whoever answers sees it.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub id: i64,
    pub person_id: i64,
    pub giver: String,
    pub organisation: Option<i64>,
    pub text: String,
    pub created_at: String,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<String>,
    pub is_own: bool,
    pub may_answer: bool,
}

const COLUMNS: &str = "s.id, s.person_id, p.name as giver, s.organisation_id, s.text, s.created_at, s.answer, q.name as answerer, s.answered_at from suggestion s join person p on p.id = s.person_id left join person q on q.id = s.answered_by";

/// One's own, and those of organisations for which one answers.
fn seen(actor: &Actor) -> String {
    let own = actor.person_id.unwrap_or_default();
    format!("(s.person_id = {own} or (s.organisation_id is not null and {}))", actor.scope(Capability::AnswerSuggestions).sql("s.organisation_id"))
}

fn read(app: &App, actor: &Actor, row: &QueryResult) -> anyhow::Result<Suggestion> {
    let organisation: Option<i64> = row.try_get("", "organisation_id")?;
    let person_id: i64 = row.try_get("", "person_id")?;
    let is_own = actor.person_id == Some(person_id);
    let scope = actor.scope(Capability::AnswerSuggestions);
    Ok(Suggestion {
        id: row.try_get("", "id")?,
        person_id,
        giver: row.try_get("", "giver")?,
        organisation,
        text: row.try_get("", "text")?,
        created_at: row.try_get("", "created_at")?,
        answer: row.try_get("", "answer")?,
        answered_by: row.try_get("", "answerer")?,
        answered_at: row.try_get("", "answered_at")?,
        is_own,
        may_answer: !is_own && organisation.is_some_and(|id| app.directory().is_visible(&scope, id)),
    })
}

/// One that the actor sees.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(app: &App, connection: &C, actor: &Actor, id: i64) -> anyhow::Result<Option<Suggestion>> {
    let rows = query(connection, format!("select {COLUMNS} where s.id = $1 and {}", seen(actor)), [id.into()]).await?;
    rows.first().map(|row| read(app, actor, row)).transpose()
}

/// Those that match, and how many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn listed(app: &App, actor: &Actor, asked: &ListQuery) -> anyhow::Result<(Vec<Suggestion>, u64)> {
    let mut condition = Condition::default().and(seen(actor));
    condition = match asked.filter("state") {
        Some("open") => condition.and("s.answer is null"),
        Some("answered") => condition.and("s.answer is not null"),
        _ => condition,
    };
    if asked.filter("whose") == Some("own") {
        condition = condition.and(format!("s.person_id = {}", actor.person_id.unwrap_or_default()));
    }
    if !asked.q.is_empty() {
        condition = condition.and_with("(lower(s.text) like ? or lower(s.answer) like ? or p.name like ?)", anywhere(&asked.q));
    }
    let reader = app.store().reader();
    let rows =
        query(reader, format!("select count(*) from suggestion s join person p on p.id = s.person_id where {}", condition.sql()), condition.values())
            .await?;
    let total = u64::try_from(rows.first().map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?)?;
    let page = if asked.export.is_some() {
        " limit 20000".to_owned()
    } else {
        format!(" limit {} offset {}", asked.per, asked.clone().within(total).offset())
    };
    let sql = format!("select {COLUMNS} where {} order by s.created_at {}, s.id{page}", condition.sql(), asked.dir.word());
    let rows = query(reader, sql, condition.values()).await?;
    Ok((rows.iter().map(|row| read(app, actor, row)).collect::<anyhow::Result<_>>()?, total))
}
