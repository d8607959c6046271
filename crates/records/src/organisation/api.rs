//! Organisations as JSON, for choosing one by typing.

use axum::Json;
use axum::extract::Query;
use axum::response::IntoResponse;
use policy::{Capability, OrganisationRole};

use crate::http::visit::{Answer, Visit};

/// At most so many answers: whoever wants another types more.
const N_MAX: usize = 20;

/// What is looked for.
#[derive(Debug, serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// Branches only.
    #[serde(default)]
    role: String,
}

/// One that was found.
#[derive(Debug, serde::Serialize)]
pub struct Found {
    id: String,
    label: String,
    note: String,
}

/// `GET /api/organisations?q=`: those in reach, by name, pinyin, initials or code.
///
/// # Errors
/// Never.
pub async fn organisations(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let scope = visit.scope(Capability::ViewOrganisations);
    let directory = visit.app.directory();
    let q = asked.q.trim();
    let found: Vec<Found> = directory
        .all(&scope)
        .filter(|org| asked.role != "branch" || org.role == OrganisationRole::Branch)
        .filter(|org| crate::pinyin::is_found(q, &org.name, &org.pinyin) || org.code.starts_with(q))
        .take(N_MAX)
        .map(|org| Found {
            id: org.id.to_string(),
            label: org.name.clone(),
            note: org.parent.map_or_else(|| org.code.clone(), |_| directory.above(org.id)),
        })
        .collect();
    Ok(Json(found).into_response())
}

/// `GET /api/branches?q=`: branches to which a member may be transferred: those in reach, and any other by its whole code,
/// which the receiving side states.
///
/// # Errors
/// Never.
pub async fn branches(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let scope = visit.scope(Capability::ViewOrganisations);
    let directory = visit.app.directory();
    let q = asked.q.trim();
    let by_code = directory.by_code(q).filter(|org| org.is_branch());
    let in_reach = directory
        .all(&scope)
        .filter(|org| org.is_branch() && crate::pinyin::is_found(q, &org.name, &org.pinyin) && by_code.is_none_or(|it| it.id != org.id));
    let found: Vec<Found> = by_code
        .into_iter()
        .chain(in_reach)
        .take(N_MAX)
        .map(|org| Found { id: org.id.to_string(), label: org.name.clone(), note: directory.above(org.id) })
        .collect();
    Ok(Json(found).into_response())
}
