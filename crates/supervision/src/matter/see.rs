//! Which matters somebody sees: those of the organisations within reach; of what is withheld, only offices that have to do with it.

use policy::{Matter, Pack};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId};

use super::model::Row;
use super::{capabilities, met_by, reach, rows};
use crate::app::App;

/// Whether somebody sees a matter.
fn is_visible(app: &App, pack: &Pack, actor: &Actor, matter: &Matter, it: &Row) -> bool {
    let scope = reach(pack, actor, matter);
    if scope.has_case(it.case_id) {
        return true;
    }
    if matter.is_withheld {
        let stands = |root: OrgId| root == it.issuer;
        let mut grants = capabilities(pack, matter).into_iter().flat_map(|capability| actor.grants_with(capability));
        return grants.any(|grant| grant.set.everything || (grant.set.fields.is_empty() && grant.set.root.is_some_and(stands)));
    }
    let directory = app.directory();
    if matter.is_told(&it.kind, &it.stage) {
        return directory.is_visible(&scope, it.organisation);
    }
    // What is only proposed is seen by those above the organisation, not by its own.
    let Some(org) = directory.org(it.organisation) else { return false };
    let stands = |grant: &store::Grant| grant.set.everything || grant.set.root.is_some_and(|root| org.superiors.contains(&root));
    directory.is_visible(&scope, it.organisation)
        && capabilities(pack, matter).into_iter().any(|capability| actor.grants_with(capability).any(stands))
}

/// One matter; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Row>> {
    let pack = app.pack();
    let found = rows::find(connection, id).await?;
    Ok(found.filter(|it| pack.matters.get(&it.matter).is_some_and(|matter| is_visible(app, &pack, actor, matter, it))))
}

/// Every matter of a kind of the pack that somebody sees, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, key: &str, matter: &Matter) -> anyhow::Result<Vec<Row>> {
    let pack = app.pack();
    let scope = reach(&pack, actor, matter);
    let condition = if matter.is_withheld {
        let places: Vec<String> = scope.roots().chain(scope.named()).map(|id| id.to_string()).collect();
        match (scope.is_everything(), places.is_empty()) {
            (true, _) => "true".to_owned(),
            (false, true) => scope.cases_sql("m.case_id"),
            (false, false) => format!("(m.issuer_id in ({}) or {})", places.join(", "), scope.cases_sql("m.case_id")),
        }
    } else {
        format!("({} or {})", scope.sql("m.organisation_id"), scope.cases_sql("m.case_id"))
    };
    let found = rows::rows_where(connection, &format!("m.matter = $1 and {condition}"), vec![key.into()]).await?;
    Ok(found.into_iter().filter(|it| is_visible(app, &pack, actor, matter, it)).collect())
}

/// How many are open and over of each kind that somebody sees, by key.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn numbers<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    actor: &Actor,
    on: jiff::civil::Date,
) -> anyhow::Result<Vec<(String, usize, usize, usize)>> {
    let pack = app.pack();
    let mut numbers = Vec::new();
    for (key, matter) in met_by(&pack, actor) {
        let found = all(connection, app, actor, key, matter).await?;
        let procedure = pack.procedures.get(&matter.procedure);
        let is_over = |it: &&Row| procedure.and_then(|procedure| it.until(procedure)).is_some_and(|day| day < on);
        let n_open = found.iter().filter(|it| it.closed_on.is_none()).count();
        numbers.push((key.to_owned(), found.len(), n_open, found.iter().filter(is_over).count()));
    }
    Ok(numbers)
}
