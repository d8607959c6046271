//! All offices that somebody sees, and registering one.

use std::collections::HashMap;

use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, OrganisationRole, Period};
use store::{OrgId, Refusal, query};

use crate::department::{left, register, rows};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::plain::{Cell, PlainList};
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

const OFFICES: ListSpec =
    ListSpec { sorts: &["department", "name"], default_sort: ("department", Direction::Asc), filters: &["department"], per: 50 };

struct Line {
    id: i64,
    name: String,
    committee: String,
    department: String,
    key: String,
    accounts: String,
    n_duties: usize,
    n_parts: usize,
    n_left: usize,
}

/// `GET /departments`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&OFFICES, &uri);
    let mut lines = lines_of(&visit).await?;
    lines.retain(|line| {
        (line.name.contains(&query.q) || line.committee.contains(&query.q)) && query.filter("department").is_none_or(|key| line.key == key)
    });
    match query.sort {
        "name" => lines.sort_by_key(|line| (crate::pinyin::key(&line.name), line.id)),
        _ => lines.sort_by(|a, b| (&a.department, a.id).cmp(&(&b.department, b.id))),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns =
            ["单位", "所在党委", "部门", "账号", "在办协办", "本期未办结"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(22.0)).to_vec();
        let row = |line: &Line| {
            let (parts, left) = (line.n_parts.to_string(), line.n_left.to_string());
            [&line.name, &line.committee, &line.department, &line.accounts, &parts, &left].map(Value::text).to_vec()
        };
        let table = Table { name: "部门".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "部门", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Line| {
        vec![
            Cell::Named(Link::new(line.name.clone(), format!("/departments/{}", line.id)), line.committee.clone()),
            Cell::text(&line.department),
            Cell::text(&line.accounts),
            Cell::text(format!("{} 项", line.n_duties)),
            Cell::text(line.n_parts.to_string()),
            Cell::text(line.n_left.to_string()),
        ]
    };
    let pack = visit.pack();
    let mut acts = Vec::new();
    let keeps = visit.actor().may(Capability::KeepResponsibility);
    if keeps {
        acts.push(Link::new("登记部门", "/departments/new"));
    }
    acts.push(Link::new("没有办结的清单", "/departments/undelivered"));
    let page = PlainList {
        layout: visit.layout("部门合力").crumb("部门合力", ""),
        title: "部门合力".to_owned(),
        lead: "每个部门有自己的职责，按期报告；几个部门一起办的任务，一个牵头，其余各办一部分。".to_owned(),
        acts,
        has_main: keeps,
        warnings: Vec::new(),
        searched: "单位、党委",
        chips: Vec::new(),
        drops: vec![(
            "department",
            "部门",
            query.choices("department", "全部", pack.departments.iter().map(|(key, it)| (key.as_str(), it.name.as_str()))),
        )],
        columns: vec![
            query.column("单位", "name", false),
            query.column("部门", "department", false),
            Column::plain("账号"),
            Column::plain("自己的职责"),
            Column::plain("在办的协办"),
            Column::plain("本期没有办结"),
        ],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "个部门"),
        empty: ("还没有登记部门".to_owned(), "由党委的组织部门登记：哪个部门、叫什么名字。".to_owned()),
        query,
    };
    visit.page(&page)
}

async fn lines_of(visit: &Visit) -> anyhow::Result<Vec<Line>> {
    let (app, today, pack) = (&visit.app, visit.today(), visit.pack());
    let reader = app.store().reader();
    let offices = left::seen(app, visit.actor(), "o.until_on is null").await?;
    let ids: Vec<i64> = offices.iter().map(|office| office.id).collect();
    let mut open: HashMap<i64, usize> = HashMap::new();
    let condition = format!("p.delivered_on is null and p.department_office_id in ({})", rows::listed(&ids));
    for part in rows::parts(reader, &condition, Vec::new()).await? {
        *open.entry(part.office).or_default() += 1;
    }
    let mut owed: HashMap<i64, usize> = HashMap::new();
    for it in left::left(app, visit.actor(), Period::containing(today, left::per(&pack, today)), today).await? {
        *owed.entry(it.office).or_default() += usize::from(it.done_on.is_none());
    }
    let accounts = accounts(visit, offices.iter().map(|office| office.organisation).collect()).await?;
    let directory = app.directory();
    let line = |office: rows::Office| {
        let kind = pack.departments.get(&office.department);
        let roles = kind.map(|kind| kind.roles.as_slice()).unwrap_or_default();
        let own: Vec<&str> = accounts
            .iter()
            .filter(|(root, role, _)| *root == office.organisation && roles.contains(role))
            .map(|(_, _, name)| name.as_str())
            .collect();
        Line {
            id: office.id,
            committee: directory.name_of(office.organisation).to_owned(),
            department: kind.map_or_else(|| office.department.clone(), |kind| kind.name.clone()),
            accounts: if own.is_empty() { "还没有账号".to_owned() } else { own.join("、") },
            n_duties: kind.map_or(0, |kind| kind.duties.len()),
            n_parts: open.get(&office.id).copied().unwrap_or_default(),
            n_left: owed.get(&office.id).copied().unwrap_or_default(),
            name: office.name,
            key: office.department,
        }
    };
    Ok(offices.into_iter().map(line).collect())
}

/// Who acts at some committees today: where, by which role, the name.
async fn accounts(visit: &Visit, mut roots: Vec<OrgId>) -> anyhow::Result<Vec<(OrgId, String, String)>> {
    roots.sort_unstable();
    roots.dedup();
    let sql = format!(
        "select g.root_id, g.role, p.name from post_grant g join person p on p.id = g.person_id where g.root_id in ({}) and not g.is_prepared and g.case_id is null and g.from_on <= $1 and (g.until_on is null or g.until_on > $1) and p.disabled_at is null order by g.id",
        rows::listed(&roots)
    );
    let rows = query(visit.app.store().reader(), sql, [visit.today().to_string().into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))).collect()
}

fn new_page(visit: &Visit, form: &Form) -> ActionPage {
    let pack = visit.pack();
    let scope = visit.scope(Capability::KeepResponsibility);
    let directory = visit.app.directory();
    let levels: Vec<&String> = pack.departments.values().flat_map(|department| &department.levels).collect();
    let committees: Vec<OrgId> = directory
        .all(&scope)
        .filter(|org| org.role == OrganisationRole::Committee && org.until.is_none() && levels.contains(&&org.level))
        .map(|org| org.id)
        .collect();
    let names = directory.told_apart(&committees);
    let choices = form.choices("organisation", committees.iter().zip(names).map(|(id, name)| (id.to_string(), name)));
    let departments = form.choices("department", pack.departments.iter().map(|(key, it)| (key.as_str(), it.name.as_str())));
    let layout = visit.layout("登记部门").crumb("部门合力", "/departments").crumb("登记部门", "");
    ActionPage::new(layout, "登记部门", "登记以后可以牵头、协办任务，按期报告自己的职责", Link::new("先不登记", "/departments"))
        .with(Control::Select(form.field("organisation", "所在的党委（党工委）"), choices))
        .with(Control::Select(form.field("department", "哪个部门"), departments))
        .with(Control::Input(form.field("name", "单位名称").hint("例如：青屏县委宣传部"), "text"))
        .note("账号在“用户授权”里开：岗位设在同一个党委，角色选这个部门的。")
}

/// `GET /departments/new`.
///
/// # Errors
/// When the template fails.
pub async fn show_new(visit: Visit) -> Answer {
    let home = visit.home().map(|id| id.to_string()).unwrap_or_default();
    new_page(&visit, &Form::prefilled([("organisation", home)])).answer(&visit)
}

/// `POST /departments/new`.
///
/// # Errors
/// When the database refuses.
pub async fn register_new(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let organisation = form.required("organisation", "请选党委（党工委）").parse::<OrgId>().unwrap_or_default();
    let (department, name) = (form.required("department", "请选部门"), form.required("name", "请写单位名称"));
    if !form.is_right() {
        return new_page(&visit, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match register(&visit.app, &mut tx, visit.actor(), &department, organisation, &name).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/departments/{id}"), "已经登记。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            new_page(&visit, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}
