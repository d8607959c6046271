//! Tables: those one has to fill in, those one's office has asked for.

use std::collections::HashMap;

use axum::http::Uri;
use policy::Capability;

use super::listing::{Line, Listing};
use crate::asked::{AskedTable, AskedUnit, rows, see};
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const TABLES: ListSpec = ListSpec { sorts: &["first", "name"], default_sort: ("first", Direction::Desc), filters: &["state", "of"], per: 50 };

/// `GET /tables`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&TABLES, &uri);
    let reader = visit.app.store().reader();
    let today = visit.today();
    let asks = see::places_of(visit.actor(), Capability::AskTables);
    let answers = see::places_of(visit.actor(), Capability::AnswerTables);
    let scope = visit.scope(Capability::AskTables);
    let listed = |ids: &[i64]| if ids.is_empty() { "0".to_owned() } else { ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") };
    // One's own units and those below one's office; tables of one's own office and those in which these are asked.
    let of_units = format!("(u.organisation_id in ({}) or {})", listed(&answers), scope.sql("u.organisation_id"));
    let of_tables =
        format!("(t.organisation_id in ({}) or exists (select 1 from asked_unit u where u.table_id = t.id and {of_units}))", listed(&asks));
    let tables = rows::tables(reader, &of_tables, Vec::new()).await?;
    let units = rows::units(reader, &of_units, Vec::new()).await?;
    let mut by_table: HashMap<i64, Vec<&AskedUnit>> = HashMap::new();
    for unit in &units {
        by_table.entry(unit.table).or_default().push(unit);
    }
    let red = crate::asked::red_days(&visit.pack(), today);
    let mut lines = Vec::new();
    let mut counts = [0_u64; 3];
    {
        let directory = visit.app.directory();
        for table in &tables {
            let of = by_table.get(&table.id).map(Vec::as_slice).unwrap_or_default();
            let is_own = see::is_office(visit.actor(), table);
            let mine = of.iter().find(|unit| answers.contains(&unit.organisation));
            let within = of.iter().filter(|unit| directory.is_visible(&scope, unit.organisation)).collect::<Vec<_>>();
            if !is_own && (table.is_draft() || (mine.is_none() && within.is_empty())) {
                continue;
            }
            let (state, status, note) = match mine.filter(|_| !is_own) {
                Some(unit) => own_state(table, unit, today, red),
                None => office_state(table, within.iter().filter(|unit| unit.answered_on.is_some()).count(), within.len(), today, red),
            };
            counts[state] += 1;
            let wanted = query.filter("state").and_then(|word| STATES.iter().position(|(key, _)| *key == word));
            if wanted.is_some_and(|wanted| wanted != state) {
                continue;
            }
            lines.push(Line {
                href: table.address(),
                title: table.title.clone(),
                note,
                cells: vec![("截止", table.due_on.to_string(), false), ("发表的单位", directory.name_of(table.organisation).to_owned(), false)],
                status: Some(status),
                sort: format!("{}{:012}", table.due_on, table.id),
            });
        }
    }
    let total = counts.iter().sum();
    let mut chips = vec![query.chip("state", "", "全部", Some(total))];
    chips.extend(STATES.iter().zip(counts).map(|((key, label), n)| query.chip("state", key, *label, Some(n))));
    let mut acts = Vec::new();
    if visit.actor().may(Capability::AskTables) {
        acts.push(Link::new("新报表", "/tables/new"));
    }
    acts.push(Link::new("基层减负", "/burden"));
    let listing = Listing {
        title: "报表",
        lead: "系统里有的不再要，一年内答过的不再问；发之前先看占用基层多少时间。".to_owned(),
        find: "找报表",
        what: "报表",
        counter: "张",
        acts,
        tabs: Vec::new(),
        chips,
        drops: Vec::new(),
        empty: ("没有报表", "上级要填的表列在这里；要下级填的，先看系统里有没有。"),
    };
    listing.show(&visit, visit.layout("报表").crumb("报表", ""), query, lines)
}

const STATES: [(&str, &str); 3] = [("open", "在办"), ("draft", "草稿"), ("done", "已完成")];

fn own_state(table: &AskedTable, unit: &AskedUnit, today: jiff::civil::Date, red: i64) -> (usize, Status, String) {
    match (unit.answered_on, table.is_open()) {
        (Some(_), _) if unit.n_asked == 0 => (2, Status::new(Standing::Ok, "不用填"), "一年内答过同样的栏目".to_owned()),
        (Some(day), _) => (
            2,
            Status::new(if unit.is_late { Standing::Late } else { Standing::Ok }, if unit.is_late { "逾期填了" } else { "已填" }),
            format!("{day} 填的"),
        ),
        (None, true) => {
            let left = i64::from((table.due_on - today).get_days());
            (0, Status::by_days_left(left, red), format!("要填 {} 项", unit.n_asked))
        }
        (None, false) => (2, Status::new(Standing::Missed, "没有填"), "已经关闭".to_owned()),
    }
}

fn office_state(table: &AskedTable, n_answered: usize, n: usize, today: jiff::civil::Date, red: i64) -> (usize, Status, String) {
    let note = format!("{n_answered} / {n} 个单位填了");
    if table.is_draft() {
        (1, Status::new(Standing::Future, "草稿"), "还没有下发".to_owned())
    } else if !table.is_open() {
        (2, Status::new(Standing::Ok, "已关闭"), note)
    } else if n_answered == n {
        (0, Status::new(Standing::Ok, "收齐了"), note)
    } else {
        (0, Status::by_days_left(i64::from((table.due_on - today).get_days()), red), note)
    }
}
