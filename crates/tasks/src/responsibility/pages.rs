//! Pages of the register: all committees, one committee, who covers a field.

use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, OrganisationRole};
use store::{OrgId, Refusal};

use super::{cover, rows};
use crate::answerable::{Covers, fields_below, line_of, post_name};
use crate::app::App;
use crate::directory::OrgNode;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainList, PlainOne, Section};
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

/// Routes of the register.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewResponsibility);
    let keeps = Needs::May(Capability::KeepResponsibility);
    routes
        .get("/responsibility/committees", sees, Door::Both, list)
        .get("/responsibility/{id}", sees, Door::Both, show)
        .get("/responsibility/{id}/fields", keeps, Door::Inner, show_cover)
        .post("/responsibility/{id}/fields", keeps, Door::Inner, put_cover)
}

const COMMITTEES: ListSpec = ListSpec { sorts: &["tree", "name"], default_sort: ("tree", Direction::Asc), filters: &["level", "state"], per: 50 };

struct Line {
    id: OrgId,
    name: String,
    above: String,
    level: String,
    level_name: String,
    first: String,
    said: String,
    standing: Standing,
    word: &'static str,
    state: &'static str,
}

/// `GET /responsibility/committees`.
///
/// # Errors
/// When the database cannot be read.
async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&COMMITTEES, &uri);
    let covers = Covers::on(visit.app.store().reader(), None, visit.today()).await?;
    let mut lines = lines_of(&visit, &covers);
    lines.retain(|line| {
        (line.name.contains(&query.q) || line.first.contains(&query.q) || line.above.contains(&query.q))
            && query.filter("level").is_none_or(|level| line.level == level)
            && query.filter("state").is_none_or(|state| line.state == state)
    });
    if query.sort == "name" {
        lines.sort_by_key(|line| crate::pinyin::key(&line.name));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["党委（党工委）", "上级", "层级", "第一责任人", "分管领域", "情况"]
            .map(|name| SheetColumn::new(name, ColumnKind::Text).wide(24.0))
            .to_vec();
        let row = |line: &Line| [&line.name, &line.above, &line.level_name, &line.first, &line.said, &line.word.to_owned()].map(Value::text).to_vec();
        let table = Table { name: "责任体系".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "责任体系", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Line| {
        vec![
            Cell::Named(Link::new(line.name.clone(), format!("/responsibility/{}", line.id)), line.above.clone()),
            Cell::text(&line.level_name),
            Cell::text(&line.first),
            Cell::text(&line.said),
            Cell::Status(Status::new(line.standing, line.word)),
        ]
    };
    let pack = visit.pack();
    let levels = pack.levels.iter().map(|(key, level)| (key.as_str(), level.name.as_str()));
    let page = PlainList {
        layout: visit.layout("责任体系").crumb("责任落实", "/responsibility").crumb("责任体系", ""),
        title: "责任体系".to_owned(),
        lead: "党委负主体责任，书记是第一责任人，班子成员各管一块。".to_owned(),
        acts: vec![Link::new("责任一览", "/responsibility")],
        has_main: false,
        warnings: Vec::new(),
        searched: "党委、书记",
        chips: Vec::new(),
        drops: vec![
            ("level", "层级", query.choices("level", "全部", levels)),
            ("state", "情况", query.choices("state", "全部", [("gap", "责任空档"), ("first", "由第一责任人负责"), ("covered", "领域都有人分管")])),
        ],
        columns: vec![
            query.column("党委（党工委）", "name", false),
            Column::plain("层级"),
            Column::plain("第一责任人"),
            Column::plain("分管领域"),
            Column::plain("情况"),
        ],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "个党委（党工委）"),
        empty: ("您的岗位下面没有党委（党工委）".to_owned(), "责任体系登记到每个党委（党工委）。".to_owned()),
        query,
    };
    visit.page(&page)
}

fn lines_of(visit: &Visit, covers: &Covers) -> Vec<Line> {
    let pack = visit.pack();
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ViewResponsibility);
    let line = |org: &OrgNode| {
        let fields = fields_below(&directory, org.id);
        let n = fields.iter().filter(|field| covers.of(org.id, field).is_some()).count();
        let (standing, word, state) = match (covers.gaps(&directory, org.id).is_empty(), n == fields.len()) {
            (false, _) => (Standing::Overdue, "责任空档", "gap"),
            (true, true) if n > 0 => (Standing::Ok, "领域都有人分管", "covered"),
            (true, _) => (Standing::Ok, "由第一责任人负责", "first"),
        };
        Line {
            id: org.id,
            name: org.name.clone(),
            above: directory.above(org.id),
            level: org.level.clone(),
            level_name: pack.levels.get(&org.level).map_or_else(String::new, |level| level.name.clone()),
            first: org.secretary.clone().unwrap_or_else(|| "没有登记".to_owned()),
            said: format!("{n} / {}", fields.len()),
            standing,
            word,
            state,
        }
    };
    directory.all(&scope).filter(|org| org.role == OrganisationRole::Committee && org.until.is_none()).map(line).collect()
}

/// A committee within reach of a capability; anything else is not found.
fn committee(visit: &Visit, capability: Capability, id: OrgId) -> Result<OrgNode, Failure> {
    let org = visit.organisation(capability, id)?;
    if org.role == OrganisationRole::Committee { Ok(org) } else { Err(Failure::NotFound) }
}

/// `GET /responsibility/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let org = committee(&visit, Capability::ViewResponsibility, id)?;
    let reader = visit.app.store().reader();
    let (today, pack) = (visit.today(), visit.pack());
    // Who answers where nobody here does stands above: the same as on the page of a task.
    let line = line_of(&visit.app.directory(), id);
    let covers = Covers::on(reader, Some(&line), today).await?;
    let history = rows::history(reader, id).await?;
    let members = rows::members(reader, id, today).await?;
    let keeps = visit.app.directory().is_visible(&visit.scope(Capability::KeepResponsibility), id);
    let gaps = covers.gaps(&visit.app.directory(), id);
    let field_name = |key: &str| pack.fields.get(key).map_or_else(|| key.to_owned(), |field| field.name.clone());
    let first = org.secretary.clone().unwrap_or_else(|| "没有登记".to_owned());
    let mut warnings = Vec::new();
    if !gaps.is_empty() {
        let names: Vec<String> = gaps.iter().map(|key| field_name(key)).collect();
        let sentence = format!("责任空档：没有第一责任人，{}也没有人分管。请先登记班子（书记），登记以前不能向它下发任务。", names.join("、"));
        warnings.push(Link::new(sentence, if keeps { format!("/organisations/{id}/committee") } else { String::new() }));
    }
    let duties = pack.principal_duties.values().filter(|duty| duty.levels.is_empty() || duty.levels.contains(&org.level));
    let page = PlainOne {
        layout: visit
            .layout(org.name.clone())
            .crumb("责任落实", "/responsibility")
            .crumb("责任体系", "/responsibility/committees")
            .crumb(org.name.clone(), ""),
        title: org.name.clone(),
        lead: format!("第一责任人：{first}"),
        status: None,
        acts: if keeps {
            vec![Link::new("登记分管领域", format!("/responsibility/{id}/fields")), Link::new("登记班子", format!("/organisations/{id}/committee"))]
        } else {
            Vec::new()
        },
        has_main: keeps,
        warnings,
        sections: vec![
            Section {
                title: "班子成员".to_owned(),
                note: "职务从组织体系里来".to_owned(),
                columns: vec!["姓名", "职务", "责任", "分管领域"],
                rows: members.iter().map(|(post, name)| member_row(&covers, id, &pack, post, name)).collect(),
                empty: "还没有登记班子。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "领域由谁负责".to_owned(),
                note: "没有人分管的，由第一责任人负责".to_owned(),
                columns: vec!["领域", "党支部", "责任人"],
                rows: field_rows(&visit.app, &covers, &org, keeps),
                empty: "下面还没有党支部。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "主体责任".to_owned(),
                columns: vec!["党委（党工委）要做的", "出处"],
                rows: duties.map(|duty| vec![Cell::text(&duty.name), Cell::text(source_of(&pack, &duty.cite))]).collect(),
                empty: "制度包里没有写这一级党委的主体责任。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "考核指标由谁负责".to_owned(),
                note: "按指标所在方案的领域".to_owned(),
                columns: vec!["指标", "领域", "责任人"],
                rows: indicator_rows(&visit.app, &covers, &org, today),
                empty: "没有考核这一级的指标。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "分工的变化".to_owned(),
                note: "每一次都留着，新的不盖掉旧的".to_owned(),
                columns: vec!["领域", "谁", "从", "到", "依据"],
                rows: history
                    .iter()
                    .filter(|span| !span.is_superseded)
                    .map(|span| {
                        let until = span.until.map_or_else(|| "至今".to_owned(), |day| day.to_string());
                        vec![
                            Cell::text(field_name(&span.field)),
                            Cell::text(&span.name),
                            Cell::text(span.from.to_string()),
                            Cell::text(until),
                            Cell::text(&span.source),
                        ]
                    })
                    .collect(),
                empty: "还没有登记分管领域。".to_owned(),
                ..Section::default()
            },
        ],
    };
    visit.page(&page)
}

fn member_row(covers: &Covers, id: OrgId, pack: &policy::Pack, post: &str, name: &str) -> Vec<Cell> {
    let own: Vec<&str> = pack.fields.iter().filter(|(key, _)| covers.of(id, key) == Some(name)).map(|(_, field)| field.name.as_str()).collect();
    let duty = if post == "secretary" {
        "第一责任"
    } else if own.is_empty() {
        "共管责任"
    } else {
        "一岗双责"
    };
    vec![Cell::text(name), Cell::text(post_name(post)), Cell::text(duty), Cell::text(if own.is_empty() { "—".to_owned() } else { own.join("、") })]
}

fn field_rows(app: &App, covers: &Covers, org: &OrgNode, keeps: bool) -> Vec<Vec<Cell>> {
    let pack = app.pack();
    let directory = app.directory();
    let row = |field: String| {
        let n = directory.subtree(org.id).filter(|below| below.is_branch() && below.until.is_none() && below.field == field).count();
        let name = pack.fields.get(&field).map_or_else(|| field.clone(), |it| it.name.clone());
        let who = covers.answerable(&directory, org.id, Some(&field)).map_or_else(|| "没有人负责".to_owned(), |it| it.words(&pack, &directory));
        let href = if keeps { format!("/responsibility/{}/fields?field={field}", org.id) } else { String::new() };
        vec![Cell::link(name, href), Cell::text(n.to_string()), Cell::text(who)]
    };
    fields_below(&directory, org.id).into_iter().map(row).collect()
}

/// What the schemes judge at the branches below: each answered for by whoever covers the field.
fn indicator_rows(app: &App, covers: &Covers, org: &OrgNode, on: Date) -> Vec<Vec<Cell>> {
    let pack = app.pack();
    let directory = app.directory();
    let mut rows = Vec::new();
    let below = fields_below(&directory, org.id);
    for (key, fields) in pack.judged_in_fields(on.year()) {
        let Some(indicator) = pack.indicators.get(&key) else { continue };
        let of: Vec<Option<&str>> = if fields.is_empty() { vec![None] } else { fields.iter().map(|field| Some(field.as_str())).collect() };
        for field in of.into_iter().filter(|field| field.is_none_or(|field| below.iter().any(|own| own == field))) {
            let who = covers.answerable(&directory, org.id, field).map_or_else(|| "没有人负责".to_owned(), |it| it.words(&pack, &directory));
            let name = field.and_then(|field| pack.fields.get(field)).map_or("各领域", |field| field.name.as_str());
            rows.push(vec![Cell::link(indicator.name.clone(), format!("/policies/indicator.{key}")), Cell::text(name), Cell::text(who)]);
        }
    }
    rows
}

/// Where a rule stands, in words.
fn source_of(pack: &policy::Pack, cite: &policy::Cite) -> String {
    let document =
        if cite.is_example() { "示例方案" } else { pack.documents.get(&cite.doc).map_or(cite.doc.as_str(), |document| &document.name) };
    cite.quote.as_ref().map_or_else(|| document.to_owned(), |quote| format!("{document}：“{quote}”"))
}

fn asked(visit: &Visit, name: &str) -> String {
    crate::http::list::pairs(&visit.query).into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

async fn cover_page(visit: &Visit, org: &OrgNode, form: &Form) -> anyhow::Result<ActionPage> {
    let pack = visit.pack();
    let members = rows::members(visit.app.store().reader(), org.id, visit.today()).await?;
    let mut fields: Vec<_> = pack.fields.iter().collect();
    fields.sort_by_key(|(_, field)| field.order);
    let base = format!("/responsibility/{}", org.id);
    let layout = visit.layout("登记分管领域").crumb("责任落实", "/responsibility").crumb(org.name.clone(), base.clone()).crumb("登记分管领域", "");
    Ok(ActionPage::new(layout, "登记分管领域", format!("{}：班子成员一岗双责，各自分管的领域", org.name), Link::new("先不登记", base))
        .with(Control::Select(
            form.field("field", "领域"),
            form.choices("field", fields.iter().map(|(key, field)| (key.as_str(), field.name.as_str()))),
        ))
        .with(Control::Select(
            form.field("name", "由谁分管").hint("不选：这一天起不再有人分管，由第一责任人负责").optional(),
            form.choices("name", members.iter().map(|(post, name)| (name.clone(), format!("{name}（{}）", post_name(post))))),
        ))
        .with(Control::Input(form.field("from", "从哪一天起"), "date"))
        .with(Control::Input(form.field("source", "依据").hint("例如：关于党委班子成员分工的通知"), "text"))
        .note("原来分管的人到这一天为止，以前的分工照样查得到。"))
}

/// `GET /responsibility/{id}/fields`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn show_cover(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let org = committee(&visit, Capability::KeepResponsibility, id)?;
    let form = Form::prefilled([("field", asked(&visit, "field")), ("from", visit.today().to_string())]);
    cover_page(&visit, &org, &form).await?.answer(&visit)
}

/// `POST /responsibility/{id}/fields`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
async fn put_cover(visit: Visit, Path(id): Path<OrgId>, sent: Submitted) -> Answer {
    let org = committee(&visit, Capability::KeepResponsibility, id)?;
    let mut form = Form::new(sent);
    let field = form.required("field", "请选领域");
    let from: Date = form.required_day("from");
    let source = form.required("source", "请写依据");
    let name = form.text("name").to_owned();
    if !form.is_right() {
        return cover_page(&visit, &org, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match cover(&visit.app, &mut tx, visit.actor(), id, &field, &name, from, &source).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/responsibility/{id}"), "已经登记，以前的分工留在下面。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            cover_page(&visit, &org, &form).await?.refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}
