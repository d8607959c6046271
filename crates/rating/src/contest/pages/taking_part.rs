//! Who has taken part in the period, and who has not yet, by unit.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::OrgId;

use super::super::{rows, see};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const UNITS: ListSpec =
    ListSpec { sorts: &["tree", "unit"], default_sort: ("tree", Direction::Asc), filters: &["contest", "state", "county"], per: 50 };

struct Row {
    unit: Link,
    above: String,
    secretary: String,
    status: Status,
    round: Option<Link>,
    has: bool,
}

#[derive(Template)]
#[template(path = "pages/contest_taking_part.html")]
struct TakingPartPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    contests: Vec<Choice>,
    counties: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /contests/taking-part`
///
/// # Errors
/// [`Failure::NotFound`] without a contest in the pack.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&UNITS, &uri);
    let pack = visit.pack();
    let (key, rule) = match query.filter("contest").and_then(|key| pack.contests.get_key_value(key)) {
        Some(found) => found,
        None => pack.contests.first_key_value().ok_or(Failure::NotFound)?,
    };
    let years = rule.period_of(visit.today().year());
    let reader = visit.app.store().reader();
    let mut entered: HashMap<OrgId, (i64, String)> = HashMap::new();
    let rounds = rows::rounds(reader, "r.contest = $1 and r.year_from = $2", vec![key.clone().into(), i64::from(years.0).into()]).await?;
    let entries = rows::entries(
        reader,
        "e.entered_from_id is null and exists (select 1 from contest_round r join case_file f on f.id = r.case_id where r.id = e.round_id and r.contest = $1 and r.year_from = $2 and f.stage <> 'called_off')",
        vec![key.clone().into(), i64::from(years.0).into()],
    );
    for it in entries.await? {
        entered.insert(it.organisation, (it.round, it.name));
    }
    let scope = visit.scope(Capability::ViewContests);
    let (mut rows, counties) = {
        let directory = visit.app.directory();
        let county = query.filter("county").and_then(|id| id.parse::<OrgId>().ok());
        let mut counties: Vec<(String, String)> = Vec::new();
        let mut rows = Vec::new();
        for org in directory.all(&scope).filter(|org| see::takes_part(rule, org)) {
            let own = directory.at_level(org.id, "county");
            if let Some(own) = own.filter(|own| !counties.iter().any(|(id, _)| *id == own.id.to_string())) {
                counties.push((own.id.to_string(), own.name.clone()));
            }
            if county.is_some_and(|id| own.is_none_or(|own| own.id != id)) {
                continue;
            }
            let round = entered.get(&org.id);
            rows.push(Row {
                unit: Link::new(org.name.clone(), format!("/organisations/{}", org.id)),
                above: directory.above(org.id),
                secretary: org.secretary.clone().unwrap_or_default(),
                status: match round {
                    Some((_, name)) => Status::new(Standing::Ok, format!("{name}参加")),
                    None => Status::new(Standing::Far, "还没有参加"),
                },
                round: round.and_then(|(id, _)| rounds.iter().find(|it| it.id == *id)).map(|it| Link::new(it.title.clone(), it.address())),
                has: round.is_some(),
            });
        }
        (rows, counties)
    };
    let (n, n_has) = (rows.len(), rows.iter().filter(|row| row.has).count());
    rows.retain(|row| {
        let is_state = query.filter("state").is_none_or(|state| (state == "yes") == row.has);
        is_state && (row.unit.label.contains(&query.q) || row.above.contains(&query.q) || row.secretary.contains(&query.q))
    });
    if query.sort == "unit" {
        rows.sort_by(|a, b| (&a.unit.label, &a.unit.href).cmp(&(&b.unit.label, &b.unit.href)));
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(24.0);
        let columns = ["党组织", "所在", "书记", "参加情况", "参加的比武"].map(heading).to_vec();
        let line = |row: &Row| {
            let round = row.round.as_ref().map(|link| link.label.clone()).unwrap_or_default();
            [&row.unit.label, &row.above, &row.secretary, &row.status.word, &round].map(Value::text).to_vec()
        };
        let table = Table { name: "参加情况".to_owned(), title: Some(rule.name.clone()), columns, rows: rows.iter().map(line).collect() };
        return download::table(export, &format!("{}参加情况", rule.name), &table);
    }
    let period = if years.0 == years.1 { format!("{} 年", years.0) } else { format!("{}—{} 年", years.0, years.1) };
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let contests = pack.contests.iter().map(|(of, it)| Choice { value: of.clone(), label: it.name.clone(), selected: of == key });
    let page = TakingPartPage {
        layout: visit.layout("参加情况").crumb("擂台比武", "/contests").crumb("参加情况", ""),
        sentence: format!("{}，{period}每个单位参加一次：{n} 个里 {n_has} 个参加过，{} 个还没有参加。", rule.name, n - n_has),
        contests: contests.collect(),
        counties: query.choices("county", "县（市、区）", counties),
        states: query.choices("state", "参加", [("no", "还没有参加"), ("yes", "参加过")]),
        columns: vec![query.column("党组织", "unit", false), Column::plain("书记"), Column::plain("参加情况"), Column::plain("参加的比武")],
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "个"),
        query,
    };
    visit.page(&page)
}
