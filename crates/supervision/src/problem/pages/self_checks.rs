//! Looking for the same elsewhere: the orders, who has answered, one unit's answer.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::Uri;
use axum::response::IntoResponse;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::{OrgId, Refusal};

use crate::burden;
use crate::case::pages::{ActionPlace, CaseView, show_again};
use crate::case::{self, CaseAtWork, CaseFile, Variables};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::problem::feedback::{Feedback, seen};
use crate::problem::self_check::{NewSelfCheck, SelfCheck, ask_approval, cost_of, unit_address, units_of};
use crate::problem::{SELF_CHECK, rows, see, self_check_procedures, types};

const ORDERS: ListSpec = ListSpec { sorts: &["issued", "kind", "due"], default_sort: ("issued", Direction::Desc), filters: &["state"], per: 50 };
const UNITS: ListSpec = ListSpec { sorts: &["unit", "stage"], default_sort: ("unit", Direction::Asc), filters: &["stage"], per: 50 };

struct OrderRow {
    href: String,
    kind: String,
    field: String,
    issuer: String,
    due_on: String,
    progress: String,
    status: Status,
    is_closed: bool,
    issued_on: String,
}

#[derive(Template)]
#[template(path = "pages/self_checks.html")]
struct OrdersPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<OrderRow>,
    pager: Pager,
    may_order: bool,
}

/// Orders that somebody sees: those of offices within reach, and those that reach a unit of his.
async fn seen_orders(visit: &Visit) -> anyhow::Result<Vec<SelfCheck>> {
    let scope = see::reach(visit.actor());
    let condition = format!(
        "({} or exists (select 1 from case_file c where c.subject_kind = $1 and c.subject_id = s.id and {}))",
        scope.sql("s.organisation_id"),
        case::reached(&scope)
    );
    rows::self_checks(visit.app.store().reader(), &condition, vec![SELF_CHECK.into()]).await
}

/// The units' cases that somebody sees.
async fn seen_units(visit: &Visit, order: &SelfCheck) -> anyhow::Result<Vec<CaseFile>> {
    let scope = see::reach(visit.actor());
    let mut cases = case::cases_of(visit.app.store().reader(), SELF_CHECK, order.id).await?;
    let directory = visit.app.directory();
    cases.retain(|case| scope.has_case(case.id) || directory.is_visible(&scope, case.organisation));
    Ok(cases)
}

/// `GET /problems/self-checks`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&ORDERS, &uri);
    let today = visit.today();
    let pack = visit.pack();
    let mut lines = Vec::new();
    for order in seen_orders(&visit).await? {
        let units = seen_units(&visit, &order).await?;
        let n_closed = units.iter().filter(|unit| unit.closed_at.is_some()).count();
        let is_closed = n_closed == units.len();
        lines.push(OrderRow {
            href: format!("/problems/self-checks/{}", order.id),
            field: pack.fields.get(&order.field).map_or_else(|| order.field.clone(), |field| field.name.clone()),
            issuer: visit.app.directory().name_of(order.organisation).to_owned(),
            due_on: order.due_on.to_string(),
            issued_on: order.issued_on.to_string(),
            progress: format!("{n_closed} / {}", units.len()),
            status: if is_closed {
                Status::new(Standing::Ok, "全部办结")
            } else {
                Status::by_days_left(i64::from((order.due_on - today).get_days()), pack.soon_days(today))
            },
            is_closed,
            kind: order.kind,
        });
    }
    lines.retain(|line| {
        (line.kind.contains(&query.q) || line.issuer.contains(&query.q) || line.field.contains(&query.q))
            && query.filter("state").is_none_or(|state| (state == "closed") == line.is_closed)
    });
    match query.sort {
        "kind" => lines.sort_by(|a, b| a.kind.cmp(&b.kind)),
        "due" => lines.sort_by(|a, b| a.due_on.cmp(&b.due_on)),
        // As they came: oldest first.
        _ => lines.reverse(),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let row = |line: &OrderRow| {
            let cells = [&line.kind, &line.field, &line.issuer, &line.issued_on, &line.due_on, &line.progress, &line.status.word];
            cells.map(Value::text).to_vec()
        };
        let table = table("举一反三自查", &["自查什么", "领域", "发出单位", "发出", "时限", "办结的单位", "状态"], lines.iter().map(row).collect());
        return download::table(export, "举一反三自查", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = OrdersPage {
        layout: visit.layout("举一反三自查").crumb("问题台账", "/problems").crumb("举一反三自查", ""),
        states: query.choices("state", "全部", [("open", "没有办结"), ("closed", "全部办结")]),
        columns: vec![
            query.column("自查什么", "kind", false),
            Column::plain("领域"),
            Column::plain("发出单位"),
            query.column("发出", "issued", false),
            query.column("时限", "due", false),
            Column::number("办结的单位"),
            Column::plain("状态"),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "件"),
        may_order: visit.actor().may(Capability::VerifyProblems),
        query,
    };
    visit.page(&page)
}

fn table(name: &str, headings: &[&str], rows: Vec<Vec<Value>>) -> Table {
    let columns = headings.iter().map(|heading| SheetColumn::new(*heading, ColumnKind::Text).wide(20.0)).collect();
    Table { name: name.to_owned(), title: None, columns, rows }
}

/// The office for which somebody gives the order.
pub(super) fn office_of(visit: &Visit) -> Option<OrgId> {
    let directory = visit.app.directory();
    let mut grants = visit.actor().grants_with(Capability::VerifyProblems);
    grants.find_map(|grant| grant.set.root).filter(|root| directory.org(*root).is_some_and(|org| !org.is_branch()))
}

/// Why it has to be issued all the same, above the ceiling.
const NEEDED: &str = "needed";

async fn page(visit: &Visit, form: &Form) -> anyhow::Result<ActionPage> {
    let pack = visit.pack();
    let layout = visit.layout("举一反三自查").crumb("问题台账", "/problems").crumb("举一反三自查", "/problems/self-checks").crumb("发出自查通知", "");
    let lead = "同类问题不止一家有，让本领域的其他单位也查一查。查出的问题直接进台账，由各自的上级核实。";
    let fields = form.choices("field", pack.fields.iter().map(|(key, field)| (key.as_str(), field.name.as_str())));
    let (levels, costs) = levels(visit, form.text("field"));
    let levels = form.choices("level", levels.iter().map(|(key, words)| (key.as_str(), words.as_str())));
    let of: Vec<(&str, &str)> = self_check_procedures(&pack).map(|(key, procedure)| (key, procedure.name.as_str())).collect();
    let mut page = ActionPage::new(layout, "发出自查通知", lead, Link::new("先不办", "/problems/groups"));
    if of.len() > 1 {
        page = page.with(Control::Select(form.field("procedure", "哪一项自查"), form.choices("procedure", of)));
    }
    page = page
        .with(Control::Select(
            form.field("kind", "查哪一类问题").optional().hint("举一反三的要选；专项整治按它自己的内容查"),
            form.choices("kind", types(&pack).iter().map(|kind| (kind.as_str(), kind.as_str()))),
        ))
        .with(Control::Select(form.field("field", "哪个领域"), fields))
        .with(Control::Select(form.field("level", "由哪一级自查").hint("选乡镇（街道）的，由它查清辖区内这个领域的支部，一次报清"), levels))
        .with(Control::Text(form.field("reason", "为什么查、查什么")))
        .with(Control::Input(form.field("due_on", "报告时限"), "date"));
    let (reader, permitted) = (visit.app.store().reader(), form.text("permitted"));
    let units = chosen(visit, form);
    // While it is open to whom it goes: what may be asked of all below that stand under a list.
    let asked = if units.is_empty() { below(visit, form.text("field")) } else { units.clone() };
    let offered = burden::permitted_choices(reader, &visit.app, &asked, permitted, visit.today()).await?;
    if !offered.is_empty() {
        let field = form.field("permitted", "准入清单里的哪一项").hint("发给社区的，要在清单里；没有的，先报请列入").optional();
        page = page.with(Control::Select(field, offered));
    }
    if form.has_problem(NEEDED) {
        page = page.with(Control::Text(form.field(NEEDED, "非发不可的理由").hint("写了理由，再点一次就先报请批准；批准以后再发")));
    }
    if units.is_empty() {
        for words in costs {
            page = page.note(format!("占用基层时间，{words}"));
        }
    } else {
        for (what, words) in cost_of(reader, &visit.app, &units, visit.today()).await?.lines() {
            page = page.note(format!("占用基层时间，{what}：{words}"));
        }
    }
    Ok(page.note("已经在系统里的记录不用另报；没有查出问题的写明怎样查的。").note("最后一个单位核实办结，这次自查才办结。"))
}

/// The units to which it goes as the form stands; none: it does not say yet.
fn chosen(visit: &Visit, form: &Form) -> Vec<OrgId> {
    let Some(office) = office_of(visit) else { return Vec::new() };
    units_of(&visit.app.directory(), office, form.text("field"), form.text("level"))
}

/// Branches below the visitor's office, of a field, if one is chosen.
fn below(visit: &Visit, field: &str) -> Vec<OrgId> {
    let Some(office) = office_of(visit) else { return Vec::new() };
    let directory = visit.app.directory();
    directory.subtree(office).filter(|org| org.is_branch() && (field.is_empty() || org.field == field)).map(|org| org.id).collect()
}

/// Levels below that may answer, each with how many units of which field it would be, and what it would take of them: a sentence each.
fn levels(visit: &Visit, asked: &str) -> (Vec<(String, String)>, Vec<String>) {
    let pack = visit.pack();
    let Some(office) = office_of(visit) else { return (Vec::new(), Vec::new()) };
    let directory = visit.app.directory();
    let own = directory.org(office).map(|org| org.level.clone()).unwrap_or_default();
    let below: Vec<&str> = pack.levels.keys().map(String::as_str).filter(|key| *key != own && ANSWERING.contains(key)).collect();
    let mut units: BTreeMap<(&str, &str), BTreeSet<OrgId>> = BTreeMap::new();
    for org in directory.subtree(office).filter(|org| org.is_branch() && (asked.is_empty() || org.field == asked)) {
        for level in &below {
            if let Some(unit) = directory.at_level(org.id, level).filter(|unit| unit.id != office) {
                units.entry((level, org.field.as_str())).or_default().insert(unit.id);
            }
        }
    }
    let takes = |n: usize| {
        let cost = burden::cost_of_drawn(&pack, visit.today(), burden::TASK, n, 1);
        let above = if cost.is_above() { "，超过上限，要先报批" } else { "" };
        format!("{n} 个单位，共 {}{above}", burden::time_words(cost.minutes))
    };
    let (mut levels, mut costs) = (Vec::new(), Vec::new());
    for key in below {
        let Some(name) = pack.levels.get(key).map(|level| &level.name) else { continue };
        let of_fields = units.iter().filter(|((level, _), _)| *level == key);
        if asked.is_empty() {
            let field = |key: &str| pack.fields.get(key).map_or_else(String::new, |field| field.name.clone());
            let said: Vec<String> = of_fields.map(|((_, key), units)| format!("{} {}", field(key), takes(units.len()))).collect();
            levels.push((key.to_owned(), name.clone()));
            if !said.is_empty() {
                costs.push(format!("由{name}自查：{}", said.join("；")));
            }
        } else if let Some((_, units)) = of_fields.into_iter().next() {
            levels.push((key.to_owned(), format!("{name}（{} 个单位，各报一次）", units.len())));
            costs.push(format!("由{name}自查：{}", takes(units.len())));
        }
    }
    (levels, costs)
}

/// Levels that answer for themselves or for those below; groups have no office, general branches answer through their branches.
const ANSWERING: [&str; 4] = ["county", "line", "township", "branch"];

/// `GET /problems/self-checks/new`.
///
/// # Errors
/// When the template fails.
pub async fn new(visit: Visit) -> Answer {
    let asked = crate::http::list::pairs(&visit.query);
    let text = |name: &str| asked.iter().find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.clone());
    let days = visit.pack().whole("problem_days", visit.today()).unwrap_or_default();
    let due_on = visit.today().checked_add(jiff::Span::new().days(days)).unwrap_or(visit.today());
    let reason = feedback_of(&visit).await?.map_or_else(String::new, |it| {
        // Its words are for the office that received it.
        let is_received_here = crate::problem::feedback::is_receiver(visit.actor(), it.organisation);
        if is_received_here { format!("{}反馈：{}", it.source_body, it.wording) } else { format!("{}反馈的问题", it.source_body) }
    });
    let form = Form::prefilled([
        ("reason", reason),
        ("procedure", asked_or(text("procedure"))),
        ("kind", text("kind")),
        ("field", text("field")),
        ("due_on", due_on.to_string()),
    ]);
    page(&visit, &form).await?.answer(&visit)
}

/// What was fed back, when the address says that this follows from it.
async fn feedback_of(visit: &Visit) -> Result<Option<Feedback>, Failure> {
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "feedback").and_then(|(_, id)| id.parse().ok());
    let Some(id) = asked else { return Ok(None) };
    // An order that should follow from one, and does not, would count for nothing.
    let found = seen(visit.app.store().reader(), visit.actor(), Some(id)).await?.into_iter().next();
    found.map(Some).ok_or(Failure::NotFound)
}

fn asked_or(procedure: String) -> String {
    if procedure.is_empty() { SELF_CHECK.to_owned() } else { procedure }
}

/// `POST /problems/self-checks/new`.
///
/// # Errors
/// When the database refuses.
pub async fn issue(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let procedure = form.filled("procedure").unwrap_or_else(|| SELF_CHECK.to_owned());
    let new = NewSelfCheck {
        organisation: office_of(&visit).unwrap_or_default(),
        kind: if procedure == SELF_CHECK { form.required("kind", "请选查哪一类问题") } else { String::new() },
        procedure,
        field: form.required("field", "请选领域"),
        level: form.required("level", "请选由哪一级自查"),
        reason: form.required("reason", "请写为什么要自查、查什么"),
        due_on: form.required_day("due_on"),
        feedback: feedback_of(&visit).await?.map(|it| it.id),
        permitted: form.text("permitted").to_owned(),
    };
    if !form.is_right() {
        return page(&visit, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match crate::problem::issue(&visit.app, &mut tx, visit.actor(), new.clone()).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/problems/self-checks/{id}"), "已经发出，各单位的工作台上有了这一件。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let cost = cost_of(visit.app.store().reader(), &visit.app, &chosen(&visit, &form), visit.today()).await?;
            if !burden::is_for_the_ceiling(&error, &cost) {
                return page(&visit, &form).await?.refused(&visit, error);
            }
            let said = ask_or_say(&visit, new, form.text(NEEDED), error).await?;
            form.problem(NEEDED, said);
            page(&visit, &form).await?.answer(&visit)
        }
        Err(error) => Err(error.into()),
    }
}

/// Above the ceiling nothing is issued: with a reason an approval is asked for. Says what was done, or what is to be done.
async fn ask_or_say(visit: &Visit, new: NewSelfCheck, reason: &str, refused: anyhow::Error) -> Result<String, Failure> {
    if reason.is_empty() {
        return Ok(refused.to_string());
    }
    let mut tx = visit.begin().await?;
    match ask_approval(&visit.app, &mut tx, visit.actor(), new, reason).await {
        Ok(_) => {
            tx.commit().await?;
            Ok("还没有发出：已经报请批准，批准以后再点一次，填的内容留在这里".to_owned())
        }
        Err(error) => Ok(error.downcast::<Refusal>().map_err(Failure::from)?.0),
    }
}

struct UnitRow {
    href: String,
    unit: String,
    stage: String,
    until: Option<Status>,
    n_problems: String,
}

#[derive(Template)]
#[template(path = "pages/self_check.html")]
struct OrderPage {
    layout: Layout,
    title: String,
    facts: String,
    reason: String,
    status: Status,
    query: ListQuery,
    stages: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<UnitRow>,
    pager: Pager,
}

/// `GET /problems/self-checks/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let order = seen_orders(&visit).await?.into_iter().find(|order| order.id == id).ok_or(Failure::NotFound)?;
    let query = ListQuery::from_uri(&UNITS, &uri);
    let pack = visit.pack();
    let procedure = pack.procedures.get(&order.procedure).ok_or(Failure::NotFound)?;
    let mut cases = seen_units(&visit, &order).await?;
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let items = case::items_of_all(visit.app.store().reader(), &ids).await?;
    let n_all = cases.len();
    let n_closed = cases.iter().filter(|case| case.closed_at.is_some()).count();
    let today = visit.today();
    let at = |key: &str| procedure.stages.iter().position(|stage| stage.key == key);
    let mut lines: Vec<UnitRow> = {
        let directory = visit.app.directory();
        let code = |case: &CaseFile| directory.org(case.organisation).map(|org| org.code.clone()).unwrap_or_default();
        match query.sort {
            "stage" => cases.sort_by_cached_key(|case| (at(&case.stage), code(case))),
            _ => cases.sort_by_cached_key(code),
        }
        cases.retain(|case| query.filter("stage").is_none_or(|stage| case.stage == stage) && directory.name_of(case.organisation).contains(&query.q));
        let row = |case: &CaseFile| {
            let own: Vec<_> = items.iter().filter(|item| item.case_id == case.id).collect();
            let n_open = own.iter().filter(|item| item.closed_in.is_none()).count();
            let stage = at(&case.stage).map(|at| &procedure.stages[at]);
            let until = stage.and_then(|stage| case::deadline(stage, case));
            UnitRow {
                href: unit_address(case.id),
                unit: directory.name_of(case.organisation).to_owned(),
                stage: stage.map_or_else(String::new, |stage| stage.name.clone()),
                until: until.map(|day| Status::by_days_left(i64::from((day - today).get_days()), visit.pack().soon_days(today))),
                n_problems: if own.is_empty() { "—".to_owned() } else { format!("{} 个，{n_open} 个没有整改", own.len()) },
            }
        };
        cases.iter().map(row).collect()
    };
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let row = |line: &UnitRow| {
            let until = line.until.as_ref().map_or("", |status| status.word.as_str());
            [line.unit.as_str(), line.stage.as_str(), until, line.n_problems.as_str()].map(Value::text).to_vec()
        };
        let table = table("自查情况", &["单位", "进度", "时限", "查出的问题"], lines.iter().map(row).collect());
        return download::table(export, "自查情况", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let field = pack.fields.get(&order.field).map_or_else(|| order.field.clone(), |field| field.name.clone());
    let title = format!("举一反三自查：{}", order.kind);
    let issuer = visit.app.directory().name_of(order.organisation).to_owned();
    let page = OrderPage {
        layout: visit
            .layout(title.clone())
            .crumb("问题台账", "/problems")
            .crumb("举一反三自查", "/problems/self-checks")
            .crumb(order.kind.clone(), ""),
        facts: format!("{field} · {issuer} {} 发出，{} 前报告 · {n_closed} / {n_all} 个单位办结", order.issued_on, order.due_on),
        status: if n_closed == n_all { Status::new(Standing::Ok, "全部办结") } else { Status::new(Standing::Running, "自查中") },
        reason: order.reason.clone(),
        title,
        stages: query.choices("stage", "全部进度", procedure.stages.iter().map(|stage| (stage.key.as_str(), stage.name.as_str()))),
        columns: vec![query.column("单位", "unit", false), query.column("进度", "stage", false), Column::plain("时限"), Column::plain("查出的问题")],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "个单位"),
        query,
    };
    visit.page(&page)
}

#[derive(Template)]
#[template(path = "pages/self_check_unit.html")]
struct UnitPage {
    layout: Layout,
    title: String,
    order: Link,
    reason: String,
    case: CaseView,
}

async fn seen_unit(visit: &Visit, id: i64) -> Result<(CaseAtWork, SelfCheck), Failure> {
    let work = CaseAtWork::read(&visit.app, id).await?.filter(|work| work.case.subject_kind == SELF_CHECK).ok_or(Failure::NotFound)?;
    let scope = see::reach(visit.actor());
    if !scope.has_case(id) && !visit.app.directory().is_visible(&scope, work.case.organisation) {
        return Err(Failure::NotFound);
    }
    let found = rows::self_checks(visit.app.store().reader(), "s.id = $1", vec![work.case.subject_id.into()]).await?;
    let order = found.into_iter().next().ok_or(Failure::NotFound)?;
    Ok((work, order))
}

fn unit_layout(visit: &Visit, work: &CaseAtWork, order: &SelfCheck) -> Layout {
    let order_page = format!("/problems/self-checks/{}", order.id);
    let layout = visit.layout(work.case.title.clone()).crumb("问题台账", "/problems").crumb("举一反三自查", "/problems/self-checks");
    layout.crumb(order.kind.clone(), order_page).crumb(visit.app.directory().name_of(work.case.organisation).to_owned(), unit_address(work.case.id))
}

/// `GET /problems/self-checks/units/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show_unit(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (work, order) = seen_unit(&visit, id).await?;
    let page = UnitPage {
        layout: unit_layout(&visit, &work, &order),
        title: work.case.title.clone(),
        order: Link::new("看全部单位", format!("/problems/self-checks/{}", order.id)),
        reason: order.reason.clone(),
        case: CaseView::new(&work, visit.actor(), &Variables::default(), visit.today(), &unit_address(id)),
    };
    visit.page(&page)
}

/// `GET /problems/self-checks/units/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (work, order) = seen_unit(&visit, id).await?;
    let (base, variables, layout) = (unit_address(id), Variables::default(), unit_layout(&visit, &work, &order));
    case::pages::show_action(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action)
}

/// `POST /problems/self-checks/units/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn act(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (work, order) = seen_unit(&visit, id).await?;
    let base = unit_address(id);
    let name = work.action(&action).map(|action| action.name.clone()).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&before, "这一步已经办过了。"));
    }
    match crate::problem::act_on_self_check(&visit.app, &mut tx, visit.actor(), &work.case, &action, sent.fields()).await {
        Ok(_) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &base, &format!("已经办了“{name}”。")))
        }
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let (variables, layout) = (Variables::default(), unit_layout(&visit, &work, &order));
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
        Err(error) => Ok(Failure::from(error).into_response()),
    }
}
