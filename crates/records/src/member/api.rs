//! Members as JSON, for choosing one by typing.

use axum::Json;
use axum::extract::Query;
use axum::response::IntoResponse;
use policy::Capability;
use store::OrgId;

use crate::directory::MemberNode;
use crate::http::visit::{Answer, Visit};

/// At most so many answers: whoever wants another types more.
const N_MAX: usize = 20;

/// What is looked for.
#[derive(Debug, serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// Members of this organisation only.
    #[serde(default)]
    organisation: Option<OrgId>,
}

/// One that was found: no numbers, only name and branch.
#[derive(Debug, serde::Serialize)]
pub struct Found {
    id: String,
    label: String,
    note: String,
}

/// `GET /api/members?q=`: those in reach, by name, pinyin, initials, or the last four digits of a number.
///
/// # Errors
/// When the database cannot be read.
pub async fn members(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let scope = visit.scope(Capability::ViewMembers);
    let numbers = super::read::by_number(&visit.app, &asked.q).await?;
    let q = asked.q.trim();
    let directory = visit.app.directory();
    let is_found = |member: &&MemberNode| {
        numbers.as_ref().is_some_and(|ids| ids.contains(&member.id)) || crate::pinyin::is_found(q, &member.name, &member.pinyin)
    };
    let found: Vec<Found> = directory
        .members(&scope)
        .filter(|member| asked.organisation.is_none_or(|id| member.organisation == id))
        .filter(is_found)
        .take(N_MAX)
        .map(|member| Found { id: member.id.to_string(), label: member.name.clone(), note: directory.name_of(member.organisation).to_owned() })
        .collect();
    Ok(Json(found).into_response())
}
