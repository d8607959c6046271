//! What has to be visited: under each scope of the pack, the places that come first on top, then those not visited yet.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use store::OrgId;

use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::visit::rows::{Tag, tags, visited_by};
use crate::visit::{office_for, places_of, units_of};

const PLAN: ListSpec = ListSpec { sorts: &["first"], default_sort: ("first", Direction::Asc), filters: &["scope", "state"], per: 50 };

struct Row {
    unit: String,
    above: String,
    tags: Vec<(String, Option<String>)>,
    status: Status,
    /// Its visits, or writing one down.
    visits: Option<String>,
    record: String,
    tag: Option<String>,
    is_first: bool,
    is_visited: bool,
}

/// One scope of one office: how much of it is visited.
struct Part {
    name: String,
    said: String,
    chip: Chip,
}

#[derive(Template)]
#[template(path = "pages/visit_plan.html")]
struct PlanPage {
    layout: Layout,
    query: ListQuery,
    parts: Vec<Part>,
    states: Vec<Choice>,
    first: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /visits/plan`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&PLAN, &uri);
    let (pack, today) = (visit.pack(), visit.today());
    let reader = visit.app.store().reader();
    let places = places_of(visit.actor());
    let mut visited: HashMap<OrgId, HashMap<OrgId, jiff::civil::Date>> = HashMap::new();
    for office in &places {
        visited.insert(*office, visited_by(reader, *office, today.year(), today).await?);
    }
    let mut tagged: HashMap<OrgId, Vec<Tag>> = HashMap::new();
    for tag in tags(reader, today).await? {
        tagged.entry(tag.organisation).or_default().push(tag);
    }
    let directory = visit.app.directory();
    let mut parts = Vec::new();
    let mut lines = Vec::new();
    let reach = visit.scope(policy::Capability::RecordVisits);
    for office in &places {
        for (key, scope) in &pack.visit_scopes {
            let units: Vec<_> = units_of(&directory, *office, scope).filter(|org| directory.is_visible(&reach, org.id)).collect();
            if units.is_empty() {
                continue;
            }
            let own = &visited[office];
            let n = units.iter().filter(|org| own.contains_key(&org.id)).count();
            parts.push(Part {
                name: scope.name.clone(),
                said: format!("{n} / {} 个走访过，{} 个没有", units.len(), units.len() - n),
                chip: query.chip("scope", key, scope.name.clone(), Some(units.len() as u64)),
            });
            if query.filter("scope").is_some_and(|wanted| wanted != key) {
                continue;
            }
            for org in units {
                let last = own.get(&org.id);
                let tags = tagged.get(&org.id).map(Vec::as_slice).unwrap_or_default();
                lines.push(Row {
                    unit: org.name.clone(),
                    above: directory.above(org.id),
                    tags: tags.iter().map(|tag| (tag.tag.clone(), Some(format!("/visits/tags/{}/end", tag.id)))).collect(),
                    status: match last {
                        Some(day) => Status::new(Standing::Ok, format!("{day} 走访过")),
                        None if !tags.is_empty() => Status::new(Standing::Soon, "应先走访"),
                        None => Status::new(Standing::Future, "还没有走访"),
                    },
                    visits: last.map(|_| format!("/visits?unit={}", org.id)),
                    record: format!("/visits/new?organisation={}", org.id),
                    tag: office_for(&directory, &places, org.id).map(|_| format!("/visits/tags/new?organisation={}", org.id)),
                    is_first: last.is_none() && !tags.is_empty(),
                    is_visited: last.is_some(),
                });
            }
        }
    }
    drop(directory);
    let n_first = lines.iter().filter(|line| line.is_first).count();
    lines.retain(|line| {
        (line.unit.contains(&query.q) || line.above.contains(&query.q))
            && query.filter("state").is_none_or(|state| match state {
                "first" => line.is_first,
                "left" => !line.is_visited,
                _ => line.is_visited,
            })
    });
    // Those that come first on top; within each in the order of the tree.
    lines.sort_by_key(|line| (!line.is_first, line.is_visited));
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(24.0);
        let columns = ["单位", "上级", "标注", "走访"].map(heading).to_vec();
        let row = |line: &Row| {
            let tags = line.tags.iter().map(|(tag, _)| tag.as_str()).collect::<Vec<_>>().join("、");
            [&line.unit, &line.above, &tags, &line.status.word].map(Value::text).to_vec()
        };
        let table = Table { name: "应走访的单位".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "应走访的单位", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = PlanPage {
        layout: visit.layout("应走访的单位").crumb("走访调研", "/visits").crumb("应走访的单位", ""),
        states: query.choices("state", "全部", [("first", "应先走访的"), ("left", "还没有走访的"), ("visited", "走访过的")]),
        first: if n_first == 0 { String::new() } else { format!("{n_first} 个标注的地方今年还没有走访，要先去") },
        parts,
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "个单位"),
        query,
    };
    visit.page(&page)
}
