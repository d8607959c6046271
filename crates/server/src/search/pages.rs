//! `/search`: one box for everything.

use askama::Template;
use axum::extract::Query;
use policy::Capability;
use serde::Deserialize;
use store::query;

use super::choose::{members_found, organisations_found};
use crate::condition::anywhere;
use crate::http::layout::Layout;
use crate::http::list::encoded;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

/// Answers of one kind at most; the rest is one link away.
const N_MAX: usize = 10;

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
struct Group {
    name: &'static str,
    icon: &'static str,
    n: usize,
    more: Option<Link>,
    hits: Vec<(Link, String)>,
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
        groups.push(members(&visit, &q));
        groups.push(tasks(&visit, &q).await?);
        groups.push(rules(&visit, &q));
    }
    groups.retain(|group| group.n > 0);
    let n: usize = groups.iter().map(|group| group.n).sum();
    let sentence = match (q.is_empty(), n) {
        (true, _) => "打组织、党员的名称或拼音首字母，任务的名称，或条款里的字。".to_owned(),
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
            hits.push((
                Link::new(org.name.clone(), format!("/organisations/{}", org.id)),
                org.parent.map_or_else(String::new, |id| directory.name_of(id).to_owned()),
            ));
        }
    }
    Group {
        name: "党组织", icon: "sitemap", n, more: Some(Link::new("在组织体系里看全部", format!("/organisations?q={}", encoded(q)))), hits
    }
}

fn members(visit: &Visit, q: &str) -> Group {
    let scope = visit.scope(Capability::ViewMembers);
    let directory = visit.app.directory();
    let mut n = 0;
    let mut hits = Vec::new();
    for member in members_found(&directory, &scope, q) {
        n += 1;
        if hits.len() < N_MAX {
            hits.push((Link::new(member.name.clone(), format!("/members/{}", member.id)), directory.name_of(member.organisation).to_owned()));
        }
    }
    Group { name: "党员", icon: "users", n, more: Some(Link::new("在党员队伍里看全部", format!("/members?q={}", encoded(q)))), hits }
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
    let mut hits = Vec::new();
    for row in rows.iter().take(N_MAX) {
        let organisation: i64 = row.try_get_by_index(2)?;
        let link = Link::new(row.try_get_by_index::<String>(1)?, format!("/tasks/{}", row.try_get_by_index::<i64>(0)?));
        hits.push((link, visit.app.directory().name_of(organisation).to_owned()));
    }
    Ok(Group {
        name: "任务", icon: "checklist", n: rows.len(), more: Some(Link::new("在部署任务里看", format!("/tasks?q={}", encoded(q)))), hits
    })
}

fn rules(visit: &Visit, q: &str) -> Group {
    if !visit.actor().may(Capability::ViewPolicies) {
        return Group { name: "制度", icon: "book", n: 0, more: None, hits: Vec::new() };
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
    Group { name: "制度", icon: "book", n, more: Some(Link::new("在制度里看全部", format!("/policies?q={}", encoded(q)))), hits }
}
