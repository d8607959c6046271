//! Pages of the log: whose there are, one secretary's year, its document, a line by hand.

use axum::http::Uri;
use axum::response::IntoResponse;
use frame::duty_log::LogLine;
use office::document::{Align, Block, Official, OfficialColumn, OfficialTable};
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::{OrgId, Refusal};

use super::{duty_log, entry, secretaries, withdraw, write};
use crate::directory::OrgNode;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainList};
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

/// Routes of the log.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewResponsibility);
    let keeps = Needs::May(Capability::KeepResponsibility);
    routes
        .get("/duty-logs", sees, Door::Both, list)
        .get("/duty-logs/{id}", sees, Door::Both, show)
        .get("/duty-logs/{id}/document", sees, Door::Inner, document)
        .get("/duty-logs/{id}/entries/new", keeps, Door::Both, show_new)
        .post("/duty-logs/{id}/entries/new", keeps, Door::Both, put_new)
        .get("/duty-logs/entries/{id}/withdraw", keeps, Door::Both, show_withdraw)
        .post("/duty-logs/entries/{id}/withdraw", keeps, Door::Both, put_withdraw)
}

const SECRETARIES: ListSpec = ListSpec { sorts: &["tree", "name"], default_sort: ("tree", Direction::Asc), filters: &["level"], per: 50 };

struct Line {
    id: OrgId,
    secretary: String,
    organisation: String,
    above: String,
    level: String,
    level_name: String,
}

/// `GET /duty-logs`.
///
/// # Errors
/// When the template fails.
async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SECRETARIES, &uri);
    let pack = visit.pack();
    let mut lines: Vec<Line> = {
        let directory = visit.app.directory();
        let scope = visit.scope(Capability::ViewResponsibility);
        let line = |org: &OrgNode| {
            Some(Line {
                id: org.id,
                secretary: org.secretary.clone()?,
                organisation: org.name.clone(),
                above: directory.above(org.id),
                level: org.level.clone(),
                level_name: pack.levels.get(&org.level).map_or_else(String::new, |level| level.name.clone()),
            })
        };
        directory.all(&scope).filter(|org| org.until.is_none()).filter_map(line).collect()
    };
    lines.retain(|line| {
        (line.secretary.contains(&query.q) || line.organisation.contains(&query.q)) && query.filter("level").is_none_or(|level| line.level == level)
    });
    if query.sort == "name" {
        lines.sort_by_key(|line| (crate::pinyin::key(&line.secretary), line.id));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["书记", "党组织", "上级", "层级"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(24.0)).to_vec();
        let row = |line: &Line| [&line.secretary, &line.organisation, &line.above, &line.level_name].map(Value::text).to_vec();
        let table = Table { name: "书记".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "书记", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Line| {
        vec![
            Cell::Named(Link::new(line.secretary.clone(), format!("/duty-logs/{}", line.id)), line.organisation.clone()),
            Cell::text(&line.above),
            Cell::text(&line.level_name),
        ]
    };
    let levels = pack.levels.iter().map(|(key, level)| (key.as_str(), level.name.as_str()));
    let page = PlainList {
        layout: visit.layout("书记纪实").crumb("书记纪实", ""),
        title: "书记抓党建纪实".to_owned(),
        lead: "从记录里来：主持的会议、领办的项目、走访和督查、牵头整改的问题。不用另外填。".to_owned(),
        acts: vec![Link::new("专题研究党建会议", "/party-meetings")],
        has_main: false,
        warnings: Vec::new(),
        searched: "书记、党组织",
        chips: Vec::new(),
        drops: vec![("level", "层级", query.choices("level", "全部", levels))],
        columns: vec![query.column("书记", "name", false), Column::plain("上级"), Column::plain("层级")],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "名书记"),
        empty: ("还没有登记书记".to_owned(), "书记在“组织体系”里登记，登记以后这里就有。".to_owned()),
        query,
    };
    visit.page(&page)
}

const LINES: ListSpec = ListSpec { sorts: &["day", "kind"], default_sort: ("day", Direction::Desc), filters: &["year", "kind"], per: 50 };

/// `GET /duty-logs/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show(visit: Visit, Path(id): Path<OrgId>, uri: Uri) -> Answer {
    let org = visit.organisation(Capability::ViewResponsibility, id)?;
    let query = ListQuery::from_uri(&LINES, &uri);
    let this_year = visit.today().year();
    let year: i16 = query.filter("year").and_then(|year| year.parse().ok()).unwrap_or(this_year);
    let all = duty_log(&visit.app, visit.actor(), id, year).await?;
    let (n, n_typed) = counted(&all);
    let mut kinds: Vec<String> = all.iter().map(|line| line.kind.clone()).collect();
    kinds.sort();
    kinds.dedup();
    let mut lines = all;
    lines.retain(|line| (line.what.contains(&query.q) || line.kind.contains(&query.q)) && query.filter("kind").is_none_or(|kind| line.kind == kind));
    if query.sort == "kind" {
        lines.sort_by(|a, b| (&a.kind, a.on, &a.link).cmp(&(&b.kind, b.on, &b.link)));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["日期", "做了什么", "内容", "来源"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(26.0)).to_vec();
        let row = |line: &LogLine| [line.on.to_string(), line.kind.clone(), line.what.clone(), source(line).to_owned()].map(Value::text).to_vec();
        let table = Table { name: "纪实".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, &format!("{}书记{year}年抓党建纪实", org.name), &table);
    }
    let keeps = visit.app.directory().is_visible(&visit.scope(Capability::KeepResponsibility), id);
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &LogLine| {
        let is_linked = !line.is_self_typed || keeps;
        vec![
            Cell::text(line.on.to_string()),
            Cell::text(if line.is_self_typed { "—" } else { &line.kind }),
            Cell::link(line.what.clone(), if is_linked { line.link.clone() } else { String::new() }),
            if line.is_self_typed { Cell::Status(Status::new(Standing::Unproved, "自填，不计数")) } else { Cell::text(source(line)) },
        ]
    };
    let mut acts = vec![Link::new("导出事实附件", format!("/duty-logs/{id}/document?year={year}"))];
    if keeps {
        acts.push(Link::new("自填一条", format!("/duty-logs/{id}/entries/new")));
    }
    let names = names(&visit, id, year).await?;
    let page = PlainList {
        layout: visit.layout(org.name.clone()).crumb("书记纪实", "/duty-logs").crumb(org.name.clone(), ""),
        title: format!("{}书记抓党建纪实", org.name),
        lead: format!("{names}　{year} 年　有记录的 {n} 件{}", if n_typed > 0 { format!("，自填 {n_typed} 条（不计数）") } else { String::new() }),
        acts,
        has_main: true,
        warnings: Vec::new(),
        searched: "内容",
        chips: Vec::new(),
        drops: vec![
            ("year", "年度", query.choices("year", "今年", [((this_year - 1).to_string(), format!("{} 年", this_year - 1))])),
            ("kind", "做了什么", query.choices("kind", "全部", kinds.iter().map(|kind| (kind.as_str(), kind.as_str())))),
        ],
        columns: vec![query.column("日期", "day", false), query.column("做了什么", "kind", false), Column::plain("内容"), Column::plain("来源")],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "件"),
        empty: ("这一年还没有记录".to_owned(), "主持会议、领办项目、走访督查、整改问题的记录里写了书记的，自动列在这里。".to_owned()),
        query,
    };
    visit.page(&page)
}

/// How many lines have a record, and how many were typed by hand.
fn counted(lines: &[LogLine]) -> (usize, usize) {
    let n_typed = lines.iter().filter(|line| line.is_self_typed).count();
    (lines.len() - n_typed, n_typed)
}

fn source(line: &LogLine) -> &'static str {
    if line.is_self_typed { "自填" } else { "系统记录" }
}

/// Who was secretary that year, one after the other.
async fn names(visit: &Visit, id: OrgId, year: i16) -> anyhow::Result<String> {
    let found = secretaries(&visit.app, id, year).await?;
    if found.is_empty() {
        return Ok("没有登记书记".to_owned());
    }
    Ok(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join("、"))
}

fn asked_year(visit: &Visit) -> i16 {
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "year").and_then(|(_, year)| year.parse().ok());
    asked.unwrap_or(visit.today().year())
}

/// `GET /duty-logs/{id}/document`: the factual appendix (事实附件).
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn document(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let org = visit.organisation(Capability::ViewResponsibility, id)?;
    let year = asked_year(&visit);
    let lines = duty_log(&visit.app, visit.actor(), id, year).await?;
    let (n, n_typed) = counted(&lines);
    let columns = [("序号", 1), ("日期", 2), ("做了什么", 3), ("内容", 7), ("来源", 2)]
        .map(|(heading, share)| OfficialColumn { heading: heading.to_owned(), share, align: Align::Left })
        .to_vec();
    let row = |(at, line): (usize, &LogLine)| {
        vec![(at + 1).to_string(), line.on.to_string(), line.kind.clone(), line.what.clone(), source(line).to_owned()]
    };
    let typed = if n_typed > 0 { format!("另有自填 {n_typed} 条，已经标明，不计数。") } else { String::new() };
    let official = Official {
        title: format!("{}书记\n{year}年抓基层党建事实附件", org.name),
        mark: Some("由系统记录生成".to_owned()),
        blocks: vec![
            Block::Paragraph(format!("书记：{}。{year}年有记录的 {n} 件，逐件列出，每一件都能查到记录。{typed}", names(&visit, id, year).await?)),
            Block::Table(OfficialTable { caption: None, columns, rows: lines.iter().enumerate().map(row).collect() }),
        ],
        ..Official::default()
    };
    let bytes = office::document::write_official(&official);
    Ok(download::document(&format!("{}书记{year}年抓党建事实附件", org.name), bytes).into_response())
}

fn new_page(visit: &Visit, org: &OrgNode, form: &Form) -> ActionPage {
    let base = format!("/duty-logs/{}", org.id);
    let layout = visit.layout("自填一条").crumb("书记纪实", "/duty-logs").crumb(org.name.clone(), base.clone()).crumb("自填一条", "");
    ActionPage::new(layout, "自填一条", "系统里没有记录、又想让人知道的事", Link::new("先不填", base))
        .with(Control::Input(form.field("on", "哪一天"), "date"))
        .with(Control::Text(form.field("what", "做了什么")))
        .note("自填的标明“自填”，不计数，不作为考核依据。")
        .note("走访、会议、项目、问题请在各自的地方记，记了这里就有。")
}

/// `GET /duty-logs/{id}/entries/new`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show_new(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let org = visit.organisation(Capability::KeepResponsibility, id)?;
    new_page(&visit, &org, &Form::prefilled([("on", visit.today().to_string())])).answer(&visit)
}

/// `POST /duty-logs/{id}/entries/new`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn put_new(visit: Visit, Path(id): Path<OrgId>, sent: Submitted) -> Answer {
    let org = visit.organisation(Capability::KeepResponsibility, id)?;
    let mut form = Form::new(sent);
    let (on, what) = (form.required_day("on"), form.required("what", "请写做了什么"));
    if !form.is_right() {
        return new_page(&visit, &org, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match write(&visit.app, &mut tx, visit.actor(), id, on, &what).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &format!("/duty-logs/{id}"), "记下了，标明“自填”，不计数。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            new_page(&visit, &org, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /duty-logs/entries/{id}/withdraw`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show_withdraw(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (organisation, on, what) = entry(visit.app.store().reader(), id).await?.ok_or(Failure::NotFound)?;
    let org = visit.organisation(Capability::KeepResponsibility, organisation)?;
    let base = format!("/duty-logs/{organisation}");
    let layout = visit.layout("撤去").crumb("书记纪实", "/duty-logs").crumb(org.name, base.clone()).crumb("撤去", "");
    ActionPage::new(layout, "撤去", format!("{on} 自填：{what}"), Link::new("先不撤", base)).answer(&visit)
}

/// `POST /duty-logs/entries/{id}/withdraw`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn put_withdraw(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    let done = withdraw(&visit.app, &mut tx, visit.actor(), id).await;
    match visit.or_back("/duty-logs", done)? {
        Ok(organisation) => Ok(visit.done(tx.commit().await?, &format!("/duty-logs/{organisation}"), "已经撤去。")),
        Err(refused) => Ok(refused),
    }
}
