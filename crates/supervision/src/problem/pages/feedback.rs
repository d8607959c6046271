//! What outside bodies fed back: entered in its words, split into problems, looked for elsewhere, replied to.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::document::{Align, Block, Official, OfficialColumn, OfficialTable};
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::Refusal;

use super::self_checks::office_of;
use super::status;
use crate::case;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, encoded};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::problem::feedback::{Feedback, Look, NewFeedback, Progress, enter, is_receiver, progress, seen};
use crate::problem::model::Problem;
use crate::problem::self_check::may_issue;

const FEEDBACK: ListSpec =
    ListSpec { sorts: &["received", "body", "due"], default_sort: ("received", Direction::Desc), filters: &["state"], per: 50 };

struct Row {
    href: String,
    body: String,
    office: String,
    received_on: Date,
    due_on: Date,
    problems: String,
    units: String,
    is_over: bool,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/feedback_list.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<crate::http::view::Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_enter: bool,
}

/// `GET /problems/feedback`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&FEEDBACK, &uri);
    let (today, pack) = (visit.today(), visit.pack());
    let mut lines = Vec::new();
    for it in seen(visit.app.store().reader(), visit.actor(), None).await? {
        let far = far(&visit, &it).await?;
        let is_over = far.open(&pack).is_empty();
        let n_closed = far.problems.iter().filter(|it| it.closed_on.is_some()).count();
        lines.push(Row {
            href: format!("/problems/feedback/{}", it.id),
            office: visit.app.directory().name_of(it.organisation).to_owned(),
            received_on: it.received_on,
            due_on: it.reply_due_on,
            problems: format!("{n_closed} / {}", far.problems.len()),
            units: units_of(&far, ""),
            is_over,
            status: if is_over {
                Status::new(Standing::Ok, over_words(&visit, &it))
            } else {
                Status::by_days_left(i64::from((it.reply_due_on - today).get_days()), visit.pack().soon_days(today))
            },
            body: it.source_body,
        });
    }
    lines.retain(|line| {
        (line.body.contains(&query.q) || line.office.contains(&query.q))
            && query.filter("state").is_none_or(|state| (state == "over") == line.is_over)
    });
    match query.sort {
        "body" => lines.sort_by(|a, b| a.body.cmp(&b.body)),
        "due" => lines.sort_by_key(|line| line.due_on),
        _ => lines.sort_by_key(|line| line.received_on),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(22.0);
        let row = |line: &Row| {
            let days = [line.received_on.to_string(), line.due_on.to_string()];
            [&line.body, &line.office, &days[0], &days[1], &line.problems, &line.units, &line.status.word].map(Value::text).to_vec()
        };
        let columns = ["反馈单位", "接到反馈", "收到日期", "报告时限", "销号的问题", "办结的自查", "状态"].map(heading).to_vec();
        let table = Table { name: "上级反馈".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "上级反馈", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = ListPage {
        layout: visit.layout("上级反馈").crumb("问题台账", "/problems").crumb("上级反馈", ""),
        states: query.choices("state", "全部", [("open", "整改中"), ("over", "可以报告")]),
        columns: vec![
            query.column("反馈单位", "body", false),
            Column::plain("接到反馈"),
            query.column("收到", "received", false),
            query.column("报告时限", "due", false),
            Column::number("销号的问题"),
            Column::number("办结的自查"),
            Column::plain("状态"),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "件"),
        may_enter: visit.actor().may(Capability::VerifyProblems),
        query,
    };
    visit.page(&page)
}

fn form_page(visit: &Visit, form: &Form) -> ActionPage {
    let layout = visit.layout("录入反馈").crumb("问题台账", "/problems").crumb("上级反馈", "/problems/feedback").crumb("录入反馈", "");
    let lead = "照原话录入，再拆成一个一个问题，落到责任单位；县（市、区）核查以后由您单位核验销号。";
    ActionPage::new(layout, "录入反馈", lead, Link::new("先不办", "/problems/feedback"))
        .with(Control::Input(form.field("source_body", "哪里反馈的").hint("如：省委巡视组"), "text"))
        .with(Control::Input(form.field("number", "文号").optional(), "text"))
        .with(Control::Input(form.field("received_on", "收到日期"), "date"))
        .with(Control::Text(form.field("wording", "反馈的原话").hint("不概括、不改写")))
        .with(Control::Input(form.field("reply_due_on", "报告整改情况的时限"), "date"))
        .note("问题全部销号、举一反三自查的最后一个单位办结，才能出整改情况报告。")
}

/// `GET /problems/feedback/new`.
///
/// # Errors
/// When the template fails.
pub async fn new(visit: Visit) -> Answer {
    let form = Form::prefilled([("received_on", visit.today().to_string())]);
    form_page(&visit, &form).answer(&visit)
}

/// `POST /problems/feedback/new`.
///
/// # Errors
/// When the database refuses.
pub async fn create(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let new = NewFeedback {
        organisation: office_of(&visit).unwrap_or_default(),
        source_body: form.required("source_body", "请写哪里反馈的"),
        number: form.text("number").to_owned(),
        received_on: form.required_day("received_on"),
        wording: form.required("wording", "请写反馈的原话"),
        reply_due_on: form.required_day("reply_due_on"),
    };
    if !form.is_right() {
        return form_page(&visit, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match enter(&mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/problems/feedback/{id}"), "已经录入，请拆成问题，落到责任单位。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            form_page(&visit, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

struct ProblemRow {
    href: String,
    text: String,
    unit: String,
    owner: String,
    due_on: Date,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/feedback.html")]
struct FeedbackPage {
    layout: Layout,
    title: String,
    facts: String,
    status: Status,
    wording: String,
    problems: Vec<ProblemRow>,
    orders: Vec<Link>,
    units: String,
    open: Vec<String>,
    may_split: bool,
    may_reply: bool,
    base: String,
    split: String,
    /// What is still to be looked for elsewhere, as orders that the visitor may give.
    looks: Vec<Link>,
}

async fn one(visit: &Visit, id: i64) -> Result<(Feedback, Progress), Failure> {
    let found = seen(visit.app.store().reader(), visit.actor(), Some(id)).await?;
    let it = found.into_iter().next().ok_or(Failure::NotFound)?;
    let far = far(visit, &it).await?;
    Ok((it, far))
}

/// How far it is, as far as the visitor has to do with it.
async fn far(visit: &Visit, it: &Feedback) -> anyhow::Result<Progress> {
    let far = progress(&visit.app, it).await?;
    Ok(if is_receiver(visit.actor(), it.organisation) { far } else { far.within(&visit.app, visit.actor()) })
}

fn units_of(far: &Progress, word: &str) -> String {
    let (n, n_closed) = far.n_units();
    format!("{n_closed} / {n}{word}")
}

/// The words of a feedback are for the office that received it; an office with a field of its own has the problems of that field.
fn wording_for(visit: &Visit, it: &Feedback) -> String {
    if is_receiver(visit.actor(), it.organisation) { it.wording.clone() } else { "只列出与您的领域有关的问题。".to_owned() }
}

/// What is said when nothing is open any more.
fn over_words(visit: &Visit, it: &Feedback) -> &'static str {
    if is_receiver(visit.actor(), it.organisation) { "可以报告" } else { "本单位的已经办结" }
}

/// The order that looks for one type in one field.
fn look(pack: &policy::Pack, id: i64, it: &Look) -> Link {
    Link::new(it.words(pack), format!("/problems/self-checks/new?feedback={id}&kind={}&field={}", encoded(&it.kind), it.field))
}

/// `GET /problems/feedback/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (it, far) = one(&visit, id).await?;
    let (today, pack) = (visit.today(), visit.pack());
    let directory = visit.app.directory();
    let row = |problem: &Problem| ProblemRow {
        href: problem.address(),
        text: problem.title(),
        unit: directory.name_of(problem.organisation).to_owned(),
        owner: problem.owner.clone(),
        due_on: problem.due_on,
        status: status(problem, today, &pack),
    };
    let number = if it.number.is_empty() { String::new() } else { format!("（{}）", it.number) };
    let title = format!("{}反馈", it.source_body);
    let open = far.open(&pack);
    let page = FeedbackPage {
        facts: format!("{}{number} 收到，{}，{} 前报告整改情况", it.received_on, directory.name_of(it.organisation), it.reply_due_on),
        status: if open.is_empty() {
            Status::new(Standing::Ok, over_words(&visit, &it))
        } else {
            Status::by_days_left(i64::from((it.reply_due_on - today).get_days()), visit.pack().soon_days(today))
        },
        wording: wording_for(&visit, &it),
        problems: far.problems.iter().map(row).collect(),
        orders: far.orders.iter().map(|order| Link::new(order.kind.clone(), format!("/problems/self-checks/{}", order.id))).collect(),
        units: if far.n_units().0 == 0 { String::new() } else { units_of(&far, " 个单位核实办结") },
        open,
        may_split: is_receiver(visit.actor(), it.organisation),
        may_reply: is_receiver(visit.actor(), it.organisation),
        base: format!("/problems/feedback/{id}"),
        split: format!("/problems/new?feedback={id}"),
        looks: far.lacking.iter().filter(|look| may_issue(visit.actor(), it.organisation, &look.field)).map(|it| look(&pack, id, it)).collect(),
        layout: visit.layout(title.clone()).crumb("问题台账", "/problems").crumb("上级反馈", "/problems/feedback").crumb(title.clone(), ""),
        title,
    };
    drop(directory);
    visit.page(&page)
}

/// `GET /problems/feedback/{id}/reply`: the report on what was put right, as a document.
///
/// # Errors
/// [`Failure::Refused`] while something is open, saying what.
pub async fn reply(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (it, far) = one(&visit, id).await?;
    if !is_receiver(visit.actor(), it.organisation) {
        return Err(Failure::NotFound);
    }
    let open = far.open(&visit.pack());
    if !open.is_empty() {
        return Err(Failure::Refused(format!("现在还不能出整改情况报告：{}。", open.join("；"))));
    }
    let cases: Vec<i64> = far.problems.iter().map(|problem| problem.case_id).collect();
    let mut measures: BTreeMap<i64, (String, String)> = BTreeMap::new();
    for act in case::acts_of_all(visit.app.store().reader(), &cases).await? {
        let text = |key: &str| act.fields.get(key).and_then(|text| text.as_str()).map(str::to_owned);
        let said = measures.entry(act.case_id).or_default();
        said.0 = text("measure").unwrap_or_else(|| said.0.clone());
        said.1 = text("result").or_else(|| text("reason").filter(|_| act.action == "dismiss")).unwrap_or_else(|| said.1.clone());
    }
    let directory = visit.app.directory();
    let rows = far.problems.iter().enumerate().map(|(n, problem)| {
        let (measure, result) = measures.get(&problem.case_id).cloned().unwrap_or_default();
        vec![
            (n + 1).to_string(),
            problem.text.clone(),
            directory.name_of(problem.organisation).to_owned(),
            measure,
            if problem.is_dismissed { format!("经查不成立：{result}") } else { result },
            problem.closed_on.map_or_else(String::new, |day| day.to_string()),
        ]
    });
    let columns = [("序号", 1), ("问题", 5), ("责任单位", 3), ("整改措施", 4), ("整改结果", 4), ("销号日期", 2)]
        .map(|(heading, share)| OfficialColumn { heading: heading.to_owned(), share, align: Align::Left })
        .to_vec();
    let n_closed = far.problems.iter().filter(|problem| !problem.is_dismissed).count();
    let mut blocks = vec![
        Block::Paragraph(format!(
            "{} 收到{}反馈意见后，逐条拆分为 {} 个问题，落实到责任单位和责任人。经县（市、区）核查、我单位核验，{n_closed} 个已经整改销号{}。",
            it.received_on,
            it.source_body,
            far.problems.len(),
            if n_closed < far.problems.len() { format!("，{} 个经查不成立", far.problems.len() - n_closed) } else { String::new() },
        )),
        Block::Heading1("反馈意见".to_owned()),
        Block::Paragraph(it.wording.clone()),
        Block::Heading1("整改情况".to_owned()),
        Block::Table(OfficialTable { caption: None, columns, rows: rows.collect() }),
        Block::Heading1("举一反三".to_owned()),
    ];
    for order in &far.orders {
        blocks.push(Block::Paragraph(format!("就“{}”部署自查：{}", order.kind, order.reason)));
    }
    blocks.push(Block::Paragraph(if far.orders.is_empty() {
        "反馈的问题经查都不成立，没有部署自查。".to_owned()
    } else {
        format!("共 {} 个单位自查，已经全部由上级核实办结。", far.n_units().0)
    }));
    let official = Official {
        title: format!("关于{}反馈意见整改情况的报告", it.source_body),
        mark: Some("送审稿".to_owned()),
        addressed_to: Some(it.source_body.clone()),
        blocks,
        signed_by: Some(directory.name_of(it.organisation).to_owned()),
        ..Official::default()
    };
    drop(directory);
    let bytes = office::document::write_official(&official);
    Ok(download::document(&official.title, bytes))
}
