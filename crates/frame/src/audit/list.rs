//! Entries within a scope, newest first, paged by number.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, query};

use crate::account::persons_within;
use crate::app::App;
use crate::condition::{Condition, anywhere};
use crate::http::list::ListQuery;

/// An entry as the list shows it.
#[derive(Debug, Clone)]
pub struct Line {
    pub seq: i64,
    pub commit_no: i64,
    pub at: String,
    /// Name of who acted; the command line has none.
    pub actor: String,
    pub post: String,
    pub operation: String,
    pub subject: String,
    pub subject_id: i64,
    pub organisation: Option<i64>,
    pub detail: String,
    /// Name of the account that an entry is about.
    pub account: Option<String>,
}

/// Rows of an export at most.
const N_EXPORTED_MAX: usize = 20_000;

/// Entries that match, and the number after which more follow. What has no organisation (signing in) is seen where the person
/// who acted, or whom it is about, has a post within the scope; what the server did by itself only by whoever reaches everything
/// from a top.
///
/// # Errors
/// When the database cannot be read.
pub async fn lines(app: &App, actor: &Actor, asked: &ListQuery) -> anyhow::Result<(Vec<Line>, Option<i64>)> {
    let condition = condition(app, actor, asked);
    let limit = if asked.export.is_some() { N_EXPORTED_MAX } else { asked.per as usize };
    let sql = format!(
        "select a.seq, a.commit_no, a.at, a.actor_id, a.post, a.operation, a.subject, a.subject_id, a.organisation_id, a.detail from audit a where {} order by a.seq {} limit {}",
        condition.sql(),
        asked.dir.word(),
        limit + 1
    );
    let rows = query(app.store().reader(), sql, condition.values()).await?;
    let shown = &rows[..rows.len().min(limit)];
    let mut actors: Vec<i64> = Vec::new();
    for row in shown {
        actors.extend(row.try_get::<Option<i64>>("", "actor_id")?);
        if row.try_get::<String>("", "subject")? == "person" {
            actors.push(row.try_get("", "subject_id")?);
        }
        actors.extend(persons_in(&row.try_get::<String>("", "operation")?, &row.try_get::<String>("", "detail")?));
    }
    actors.sort_unstable();
    actors.dedup();
    let names = names(app, &actors).await?;
    let mut lines = Vec::with_capacity(shown.len());
    for row in shown {
        let actor_id: Option<i64> = row.try_get("", "actor_id")?;
        let (operation, detail): (String, String) = (row.try_get("", "operation")?, row.try_get("", "detail")?);
        let post: String = row.try_get("", "post")?;
        let (subject, subject_id): (String, i64) = (row.try_get("", "subject")?, row.try_get("", "subject_id")?);
        lines.push(Line {
            seq: row.try_get("", "seq")?,
            commit_no: row.try_get("", "commit_no")?,
            at: row.try_get("", "at")?,
            actor: match actor_id {
                Some(id) => names.get(&id).cloned().unwrap_or_else(|| "—".to_owned()),
                None if post == NOBODY => NOBODY.to_owned(),
                None => "系统".to_owned(),
            },
            detail: named(&operation, detail, &names),
            post: if post == NOBODY { String::new() } else { post },
            operation,
            account: if subject == "person" { names.get(&subject_id).cloned() } else { None },
            subject,
            subject_id,
            organisation: row.try_get("", "organisation_id")?,
        });
    }
    let next = if rows.len() > shown.len() { lines.last().map(|line| line.seq) } else { None };
    Ok((lines, next))
}

/// The post of a try to sign in that did not succeed: nobody acted.
pub const NOBODY: &str = "未登录";

/// Keys of a detail that hold the numbers of accounts.
fn person_keys(operation: &str) -> &'static [&'static str] {
    match operation {
        "grant.hand_over" => &["from", "to"],
        "grant.give" | "grant.end" => &["person"],
        _ => &[],
    }
}

fn persons_in(operation: &str, detail: &str) -> Vec<i64> {
    let keys = person_keys(operation);
    if keys.is_empty() {
        return Vec::new();
    }
    let parts: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
    keys.iter().filter_map(|key| parts.get(key)?.as_i64()).collect()
}

/// The detail with the names of accounts in the place of their numbers.
fn named(operation: &str, detail: String, names: &HashMap<i64, String>) -> String {
    let keys = person_keys(operation);
    if keys.is_empty() {
        return detail;
    }
    let Ok(serde_json::Value::Object(mut parts)) = serde_json::from_str(&detail) else { return detail };
    for key in keys {
        if let Some(part) = parts.get_mut(*key) {
            let name = part.as_i64().and_then(|id| names.get(&id)).cloned().unwrap_or_else(|| "—".to_owned());
            *part = serde_json::Value::String(name);
        }
    }
    serde_json::Value::Object(parts).to_string()
}

async fn names(app: &App, ids: &[i64]) -> anyhow::Result<HashMap<i64, String>> {
    let mut names = HashMap::new();
    for some in ids.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for row in query(app.store().reader(), format!("select id, name from person where id in ({list})"), []).await? {
            names.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(names)
}

fn condition(app: &App, actor: &Actor, asked: &ListQuery) -> Condition {
    let scope = actor.scope(Capability::ViewAudit);
    let mut condition = Condition::default();
    let is_top = scope.is_everything()
        || actor.grants_with(Capability::ViewAudit).any(|own| {
            own.set.fields.is_empty() && own.set.root.is_some_and(|root| app.directory().org(root).is_some_and(|org| org.parent.is_none()))
        });
    if !is_top {
        let persons = persons_within(actor, Capability::ViewAudit);
        condition = condition.and(format!(
            "((a.organisation_id is not null and {}) or (a.organisation_id is null and (a.actor_id in ({persons}) or (a.subject = 'person' and a.subject_id in ({persons})))))",
            scope.sql("a.organisation_id")
        ));
    }
    if let Some(group) = asked.filter("group").filter(|group| group.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        condition = condition.and_with("a.operation like ?", format!("{group}.%"));
    }
    if let Some(subject) = asked.filter("subject") {
        condition = condition.and_with("a.subject = ?", subject);
    }
    if let Some(id) = asked.filter("id").and_then(|id| id.parse::<i64>().ok()) {
        condition = condition.and_with("a.subject_id = ?", id);
    }
    if let Some(id) = asked.filter("person").and_then(|id| id.parse::<i64>().ok()) {
        condition = condition.and_with("a.actor_id = ?", id);
    }
    // Days are UTC+8, instants are stored in UTC: a day begins at 16:00 of the day before.
    let instant = |day: Date| jiff::tz::Offset::constant(8).to_timestamp(day.at(0, 0, 0, 0)).map(store::instant_text).ok();
    if let Some(from) = asked.filter("from").and_then(|day| day.parse::<Date>().ok()).and_then(instant) {
        condition = condition.and_with("a.at >= ?", from);
    }
    if let Some(until) = asked.filter("until").and_then(|day| day.parse::<Date>().ok()).and_then(|day| day.tomorrow().ok()).and_then(instant) {
        condition = condition.and_with("a.at < ?", until);
    }
    if let Some(after) = asked.after.as_deref().and_then(|key| key.parse::<i64>().ok()) {
        let sign = if asked.dir == crate::http::list::Direction::Asc { ">" } else { "<" };
        condition = condition.and_with(&format!("a.seq {sign} ?"), after);
    }
    if asked.q.is_empty() {
        return condition;
    }
    // Operations are found by their words, persons by name, organisations by name.
    let operations: Vec<String> = super::words::found_by(&app.pack(), &asked.q).into_iter().map(|key| format!("'{key}'")).collect();
    let by_operation = if operations.is_empty() { String::new() } else { format!(" or a.operation in ({})", operations.join(", ")) };
    let organisations: Vec<String> = {
        let directory = app.directory();
        directory.all(&scope).filter(|org| org.name.contains(&asked.q) || org.code == asked.q).take(200).map(|org| org.id.to_string()).collect()
    };
    let by_organisation = if organisations.is_empty() { String::new() } else { format!(" or a.organisation_id in ({})", organisations.join(", ")) };
    condition.and_with(&format!("(a.actor_id in (select id from person where lower(name) like ?) or lower(a.post) like ? or a.operation like ?{by_operation}{by_organisation})"), anywhere(&asked.q))
}
