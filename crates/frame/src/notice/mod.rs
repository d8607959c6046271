//! Notices (消息): what waits for somebody, at a person or at the post that stands at an organisation.
//!
//! For: telling people what to do, once. In: a sentence and an address, from any primitive. Out: a list, a count in the top bar.
//! Does not know: why it was sent. Nobody is told whether or when another has read something.

mod pages;
mod rows;

use store::{Actor, OrgId, PersonId, StoreError, Tx, execute};

use crate::app::App;
use crate::http::route::{Door, Needs, Routes};

pub use rows::{Notice, mine, n_waiting};

/// Routes of notices.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes.get("/messages", Needs::SignIn, Door::Both, pages::list).post("/messages/done", Needs::SignIn, Door::Both, pages::all_done).post(
        "/messages/{id}/done",
        Needs::SignIn,
        Door::Both,
        pages::done,
    )
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    Person(PersonId),
    /// Whoever holds a post right at this organisation on the day of reading: so it stays with the post.
    Organisation(OrgId),
}

/// Puts a notice there.
///
/// # Errors
/// When the database refuses.
pub async fn send(tx: &mut Tx, to: To, kind: &str, text: &str, href: &str) -> Result<i64, StoreError> {
    let id = tx.next_id().await?;
    let (person, organisation) = match to {
        To::Person(id) => (Some(id), None),
        To::Organisation(id) => (None, Some(id)),
    };
    execute(
        tx.connection(),
        "insert into notice (id, person_id, organisation_id, kind, text, href, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        [id.into(), person.into(), organisation.into(), kind.into(), text.into(), href.into(), tx.at_text().into()],
    )
    .await?;
    tx.changed("notice", id, None);
    Ok(id)
}

/// The number in the address of a notice of these kinds, as an expression over `notice`; nothing for any other. `address` is the
/// one of number 0.
#[must_use]
pub fn number_of(kinds: &[&str], address: &str) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
    format!("(case when notice.kind in ({}) then cast(substr(notice.href, {}) as bigint) end)", kinds.join(", "), address.len())
}

/// Marks a notice of this person as done; one that is somebody else's is left alone. Answers how many changed.
///
/// # Errors
/// When the database refuses.
pub async fn finish(app: &App, tx: &mut Tx, actor: &Actor, id: Option<i64>) -> Result<u64, StoreError> {
    let which = id.map_or(String::new(), |id| format!(" and id = {id}"));
    let done = execute(
        tx.connection(),
        format!("update notice set done_at = $1 where done_at is null{which} and {}", rows::of(app, actor)),
        [tx.at_text().into()],
    )
    .await?;
    tx.changed("notice", id.unwrap_or_default(), None);
    Ok(done.rows_affected())
}

/// Marks the notices of a kind about one address as done: what they asked for has happened.
///
/// # Errors
/// When the database refuses.
pub async fn settle(tx: &mut Tx, to: To, kind: &str, href: &str) -> Result<(), StoreError> {
    let (column, id) = match to {
        To::Person(id) => ("person_id", id),
        To::Organisation(id) => ("organisation_id", id),
    };
    let sql = format!("update notice set done_at = $1 where done_at is null and kind = $2 and href = $3 and {column} = $4");
    let done = execute(tx.connection(), sql, [tx.at_text().into(), kind.into(), href.into(), id.into()]).await?;
    if done.rows_affected() > 0 {
        tx.changed("notice", 0, None);
    }
    Ok(())
}
