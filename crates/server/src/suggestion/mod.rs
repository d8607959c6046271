//! Suggestions (意见建议): what users say about the work and the product, and what was answered.
//!
//! For: everybody who signs in; whoever may answer. In: a text. Out: a list of one's own, an inbox within a scope, notices of answers.
//! Does not know: scores; nobody's suggestions are counted.

mod pages;
mod rows;

use policy::Capability;
use serde_json::json;
use store::{Actor, Refusal, Tx, execute};

use crate::app::App;
use crate::http::route::{Door, Needs, Routes};

pub use rows::{Suggestion, find, listed};

/// Routes of suggestions.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let give = Needs::May(Capability::GiveSuggestions);
    let answer = Needs::May(Capability::AnswerSuggestions);
    routes
        .get("/suggestions", give, Door::Both, pages::list)
        .post("/suggestions", give, Door::Both, pages::give)
        .get("/suggestions/{id}", give, Door::Both, pages::show)
        .post("/suggestions/{id}/answer", answer, Door::Inner, pages::answer)
}

/// Characters of a suggestion or an answer at most.
const N_CHARACTERS_MAX: usize = 2_000;

/// Gives a suggestion; it goes to whoever may answer for the organisation where the giver's first post stands.
///
/// # Errors
/// [`Refusal`]: nothing, or too much, was written.
pub async fn give(tx: &mut Tx, actor: &Actor, text: &str) -> anyhow::Result<i64> {
    let person = actor.person_id.filter(|_| actor.may(Capability::GiveSuggestions)).ok_or_else(|| Refusal("您的岗位不能提意见建议。".to_owned()))?;
    let text = checked(text, "意见建议")?;
    let organisation = actor.grants_with(Capability::GiveSuggestions).find_map(|own| own.set.root.or_else(|| own.set.named.first().copied()));
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into suggestion (id, person_id, organisation_id, text, created_at) values ($1, $2, $3, $4, $5)",
        [id.into(), person.into(), organisation.into(), text.into(), tx.at_text().into()],
    )
    .await?;
    tx.record("suggestion.give", "suggestion", id, organisation, json!(null));
    tx.changed("suggestion", id, None);
    Ok(id)
}

/// Answers a suggestion within the actor's scope; the giver gets a notice.
///
/// # Errors
/// [`Refusal`]: out of reach, one's own, or nothing was written.
pub async fn answer(app: &App, tx: &mut Tx, actor: &Actor, id: i64, text: &str) -> anyhow::Result<()> {
    let found = find(app, tx.connection(), actor, id)
        .await?
        .filter(|it| it.may_answer)
        .ok_or_else(|| Refusal("没有找到这条意见建议，或者不归您答复。".to_owned()))?;
    let text = checked(text, "答复")?;
    execute(
        tx.connection(),
        "update suggestion set answer = $2, answered_by = $3, answered_at = $4 where id = $1",
        [id.into(), text.into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.record("suggestion.answer", "suggestion", id, found.organisation, json!(null));
    tx.changed("suggestion", id, None);
    crate::notice::send(tx, crate::notice::To::Person(found.person_id), "suggestion", "您提的意见建议有了答复", &format!("/suggestions/{id}"))
        .await?;
    Ok(())
}

fn checked(text: &str, what: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal(format!("请写{what}的内容。")));
    }
    if text.chars().count() > N_CHARACTERS_MAX {
        return Err(Refusal(format!("{what}请不超过 {N_CHARACTERS_MAX} 个字。")));
    }
    Ok(text.to_owned())
}
