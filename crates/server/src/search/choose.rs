//! Answers for fields that choose by typing.

use axum::Json;
use axum::extract::Query;
use policy::Capability;
use serde::{Deserialize, Serialize};
use store::{Scope, query};

use crate::account::persons_within;
use crate::condition::anywhere;
use crate::directory::{Directory, MemberNode, OrgNode};
use crate::http::failure::Failure;
use crate::http::visit::Visit;
use crate::pinyin;

/// Answers at most.
const N_MAX: usize = 12;

/// What was typed, and for which kind of field.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// `grants`: within what one may grant; else within what one may view.
    #[serde(default, rename = "for")]
    purpose: String,
    /// Only organisations with this role: `branch`.
    #[serde(default)]
    role: String,
    /// Only members of this organisation.
    #[serde(default)]
    organisation: Option<i64>,
}

/// One answer.
#[derive(Debug, Serialize)]
pub struct Found {
    id: i64,
    label: String,
    note: String,
}

impl Asked {
    fn scope(&self, visit: &Visit, usual: Capability) -> Scope {
        visit.scope(if self.purpose == "grants" { Capability::ManageGrants } else { usual })
    }
}

/// Organisations of a scope that a text finds, in tree order; by name, pinyin or code.
pub(super) fn organisations_found<'a>(directory: &'a Directory, scope: &'a Scope, q: &'a str) -> impl Iterator<Item = &'a OrgNode> {
    let q = q.trim();
    directory.all(scope).filter(move |org| pinyin::is_found(q, &org.name, &org.pinyin) || (q.len() >= 4 && org.code.starts_with(q)))
}

/// Members of a scope that a text finds; by name or pinyin.
fn members_found<'a>(directory: &'a Directory, scope: &'a Scope, q: &'a str) -> impl Iterator<Item = &'a MemberNode> {
    let q = q.trim();
    directory.members(scope).filter(move |member| pinyin::is_found(q, &member.name, &member.pinyin))
}

/// `GET /choose/organisations?q=`.
pub async fn organisations(visit: Visit, Query(asked): Query<Asked>) -> Json<Vec<Found>> {
    let scope = asked.scope(&visit, Capability::ViewOrganisations);
    let directory = visit.app.directory();
    let found = organisations_found(&directory, &scope, &asked.q).filter(|org| asked.role != "branch" || org.is_branch()).take(N_MAX);
    Json(found.map(|org| Found { id: org.id, label: org.name.clone(), note: directory.above(org.id) }).collect())
}

/// `GET /choose/members?q=`.
pub async fn members(visit: Visit, Query(asked): Query<Asked>) -> Json<Vec<Found>> {
    let scope = asked.scope(&visit, Capability::ViewMembers);
    let directory = visit.app.directory();
    let found =
        members_found(&directory, &scope, &asked.q).filter(|member| asked.organisation.is_none_or(|id| member.organisation == id)).take(N_MAX);
    let found: Vec<&MemberNode> = found.collect();
    let of = directory.told_apart(&found.iter().map(|member| member.organisation).collect::<Vec<_>>());
    Json(found.iter().zip(of).map(|(member, note)| Found { id: member.id, label: member.name.clone(), note }).collect())
}

/// `GET /choose/accounts?q=`: accounts with a post within what one may grant.
///
/// # Errors
/// When the database cannot be read.
pub async fn accounts(visit: Visit, Query(asked): Query<Asked>) -> Result<Json<Vec<Found>>, Failure> {
    let within = persons_within(visit.actor(), Capability::ManageGrants);
    let sql = format!(
        "select p.id, p.name, p.login from person p where p.disabled_at is null and (lower(p.name) like $1 or lower(p.login) like $1 or p.pinyin like $1) and p.id in ({within}) order by p.pinyin, p.id limit {N_MAX}"
    );
    let rows = query(visit.app.store().reader(), sql, [anywhere(asked.q.trim()).into()]).await?;
    let found = rows.iter().map(|row| Ok(Found { id: row.try_get_by_index(0)?, label: row.try_get_by_index(1)?, note: row.try_get_by_index(2)? }));
    Ok(Json(found.collect::<Result<_, store::StoreError>>()?))
}
