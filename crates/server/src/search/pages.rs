//! `/search`: one box for everything.

use askama::Template;
use axum::extract::Query;
use policy::Capability;
use serde::Deserialize;
use store::query;

use super::choose::organisations_found;
use super::matters;
use crate::condition::anywhere;
use crate::directory::MemberNode;
use crate::http::layout::Layout;
use crate::http::list::encoded;
use crate::http::session;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

/// Answers of one kind at most; the rest is one link away.
pub(super) const N_MAX: usize = 10;

#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    layout: Layout,
    q: String,
    sentence: String,
    groups: Vec<Group>,
}

/// Answers of one kind.
pub(super) struct Group {
    pub name: &'static str,
    pub icon: &'static str,
    pub n: usize,
    pub more: Option<Link>,
    pub hits: Vec<(Link, String)>,
}

/// `GET /search?q=`.
///
/// # Errors
/// When the database cannot be read.
pub async fn search(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let q: String = asked.q.trim().chars().take(100).collect();
    let mut groups = Vec::new();
    if !q.is_empty() {
        groups.push(organisations(&visit, &q));
        groups.push(members(&visit, &q).await?);
        groups.push(tasks(&visit, &q).await?);
        groups.push(matters::evaluations(&visit, &q).await?);
        groups.push(matters::rectifications(&visit, &q).await?);
        // Their pages are open inside only.
        if visit.session.listener.door == session::INNER {
            groups.push(matters::weak_lists(&visit, &q).await?);
            groups.push(matters::directives(&visit, &q).await?);
        }
        groups.push(rules(&visit, &q));
    }
    groups.retain(|group| group.n > 0);
    let n: usize = groups.iter().map(|group| group.n).sum();
    let sentence = match (q.is_empty(), n) {
        (true, _) => "打组织、党员的名称或拼音首字母，身份证号、手机号后四位，任务、文件、考核、整顿的名称，或条款里的字。".to_owned(),
        (_, 0) => format!("没有找到“{q}”。换几个字试试；您范围以外的这里找不到。"),
        _ => format!("找到 {n} 条，都在您的范围内。"),
    };
    visit.page(&SearchPage { layout: visit.layout("搜索").crumb("搜索", "/search"), q, sentence, groups })
}

fn organisations(visit: &Visit, q: &str) -> Group {
    let scope = visit.scope(Capability::ViewOrganisations);
    let directory = visit.app.directory();
    let mut n = 0;
    let mut hits = Vec::new();
    for org in organisations_found(&directory, &scope, q) {
        n += 1;
        if hits.len() < N_MAX {
            hits.push((Link::new(org.name.clone(), format!("/organisations/{}", org.id)), directory.above(org.id)));
        }
    }
    Group {
        name: "党组织", icon: "sitemap", n, more: Some(Link::new("在组织体系里看全部", format!("/organisations?q={}", encoded(q)))), hits
    }
}

/// By name or pinyin, or by the last four digits or the whole of a number, as the list of members finds them.
async fn members(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let scope = visit.scope(Capability::ViewMembers);
    let numbers = crate::member::by_number(&visit.app, q).await?;
    let directory = visit.app.directory();
    let is_found = |member: &&MemberNode| {
        numbers.as_ref().is_some_and(|ids| ids.contains(&member.id)) || crate::pinyin::is_found(q, &member.name, &member.pinyin)
    };
    let mut n = 0;
    let mut first: Vec<&MemberNode> = Vec::new();
    for member in directory.members(&scope).filter(is_found) {
        n += 1;
        if first.len() < N_MAX {
            first.push(member);
        }
    }
    let of = directory.told_apart(&first.iter().map(|member| member.organisation).collect::<Vec<_>>());
    let hits = first.iter().zip(of).map(|(member, of)| (Link::new(member.name.clone(), format!("/members/{}", member.id)), of)).collect();
    Ok(Group { name: "党员", icon: "users", n, more: Some(Link::new("在党员队伍里看全部", format!("/members?q={}", encoded(q)))), hits })
}

/// Tasks of units within one's reach, newest first.
async fn tasks(visit: &Visit, q: &str) -> anyhow::Result<Group> {
    let scope = visit.scope(Capability::ViewTasks);
    let sql = format!(
        "select t.id, i.action, t.organisation_id from task t join directive_item i on i.id = t.item_id where lower(i.action) like $1 and {} order by t.id desc limit {}",
        scope.sql("t.organisation_id"),
        N_MAX + 1
    );
    let rows = query(visit.app.store().reader(), sql, [anywhere(q).into()]).await?;
    let mut links = Vec::new();
    let mut units: Vec<i64> = Vec::new();
    for row in rows.iter().take(N_MAX) {
        units.push(row.try_get_by_index(2)?);
        links.push(Link::new(row.try_get_by_index::<String>(1)?, format!("/tasks/{}", row.try_get_by_index::<i64>(0)?)));
    }
    let hits = links.into_iter().zip(visit.app.directory().told_apart(&units)).collect();
    Ok(Group {
        name: "任务", icon: "checklist", n: rows.len(), more: Some(Link::new("在部署任务里看", format!("/tasks?q={}", encoded(q)))), hits
    })
}

fn rules(visit: &Visit, q: &str) -> Group {
    if !visit.actor().may(Capability::ViewPolicies) {
        return Group { name: "制度规则", icon: "book", n: 0, more: None, hits: Vec::new() };
    }
    let policies = visit.app.policies();
    let mut n = 0;
    let mut hits = Vec::new();
    for (id, entry) in &policies.reading.entries {
        let name = entry.value["name"].as_str().unwrap_or_default();
        let quote = entry.value["cite"]["quote"].as_str().unwrap_or_default();
        if !name.contains(q) && !quote.contains(q) && entry.key != q {
            continue;
        }
        n += 1;
        if hits.len() < N_MAX {
            let label = if name.is_empty() { entry.key.clone() } else { name.to_owned() };
            hits.push((Link::new(label, format!("/policies/{id}")), format!("{}　{quote}", policy::table_name(&entry.table))));
        }
    }
    Group { name: "制度规则", icon: "book", n, more: Some(Link::new("在制度规则里看全部", format!("/policies?q={}", encoded(q)))), hits }
}
