//! What work stands under a title: results, rectifications, yearly lists, directives. Each is found by whoever its own list
//! shows it to, and by nobody else.

use policy::Capability;
use store::{Scope, query};

use super::pages::{Group, N_MAX};
use crate::condition::anywhere;
use crate::evaluation::{self, Sight};
use crate::http::list::encoded;
use crate::http::view::Link;
use crate::http::visit::Visit;
use crate::{case, rectification, task};

fn group(name: &'static str, icon: &'static str, found: Vec<(Link, String)>, more: Link) -> Group {
    Group { name, icon, n: found.len(), more: Some(more), hits: found.into_iter().take(N_MAX).collect() }
}

/// Results as the list of evaluations shows them: to organisers always, to those concerned once the draft has been sent.
pub(super) async fn evaluations(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let reader = visit.app.store().reader();
    let pack = visit.pack();
    let first_of = |procedure: &str| pack.procedures.get(procedure).and_then(|it| it.stages.first()).map_or("", |stage| stage.key.as_str());
    let mut found = Vec::new();
    for kept in evaluation::all_of_kind(reader, evaluation::KIND).await?.into_iter().filter(|kept| kept.name.contains(q)) {
        let case = case::find(reader, kept.case_id.unwrap_or_default()).await?;
        let is_sent = case.is_some_and(|case| case.stage != first_of(&case.procedure));
        let directory = visit.app.directory();
        if Sight::of(&directory, visit.actor(), &kept, is_sent).is_some() {
            let note = format!("{}，{}", directory.name_of(kept.organisation), kept.period.label());
            found.push((Link::new(kept.name, format!("/evaluations/{}", kept.id)), note));
        }
    }
    Ok(group("考核评星", "stars", found, Link::new("在考核评星里看全部", format!("/evaluations?q={}", encoded(q)))))
}

/// Rectifications of organisations where one sees the lists, or works on, accepts or approves a rectification.
pub(super) async fn rectifications(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let concerned = [Capability::ViewWeakLists, Capability::WorkOnRectification, Capability::AcceptRectification, Capability::ApproveRectification];
    let scope = concerned.into_iter().map(|capability| visit.scope(capability)).reduce(Scope::union).unwrap_or_else(|| visit.scope(concerned[0]));
    let mut cases = case::open_cases(visit.app.store().reader(), &scope, rectification::PROCEDURE, false).await?;
    cases.retain(|case| case.title.contains(q));
    let of = visit.app.directory().told_apart(&cases.iter().map(|case| case.organisation).collect::<Vec<_>>());
    let found = cases.into_iter().zip(of).map(|(case, of)| (Link::new(case.title, format!("/rectifications/{}", case.id)), of)).collect();
    Ok(group("整顿", "tool", found, Link::new("在整顿销号里看全部", format!("/rectifications?q={}", encoded(q)))))
}

/// Yearly lists of one's own scope, and those on which an organisation of it stands.
pub(super) async fn weak_lists(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let mut found = Vec::new();
    if visit.actor().may(Capability::ViewWeakLists) {
        let rounds = rectification::rounds(visit.app.store().reader(), &visit.scope(Capability::ViewWeakLists)).await?;
        let directory = visit.app.directory();
        for round in rounds.into_iter().filter(|round| round.name.contains(q)) {
            found.push((Link::new(round.name, format!("/weak-lists/{}", round.id)), directory.name_of(round.organisation).to_owned()));
        }
    }
    Ok(group("年度排查名单", "tool", found, Link::new("在年度排查名单里看全部", format!("/weak-lists?q={}", encoded(q)))))
}

/// Directives that one's own office deploys.
pub(super) async fn directives(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let reader = visit.app.store().reader();
    let mut found = Vec::new();
    if visit.actor().may(Capability::IssueTasks) {
        let scope = visit.scope(Capability::IssueTasks);
        let sql = format!("select d.id from directive d where lower(d.title) like $1 and {} order by d.id desc", scope.sql("d.organisation_id"));
        for row in query(reader, sql, [anywhere(q).into()]).await? {
            if let Some(directive) = task::find_directive(reader, visit.actor(), row.try_get_by_index(0)?).await? {
                found.push((Link::new(directive.title, format!("/tasks/directives/{}", directive.id)), directive.source_body));
            }
            if found.len() > N_MAX {
                break;
            }
        }
    }
    Ok(group("部署的文件", "checklist", found, Link::new("在部署的文件里看", format!("/tasks/directives?q={}", encoded(q)))))
}
