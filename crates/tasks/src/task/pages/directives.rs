//! Directives: the list, and taking one in.

use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, Uri};
use jiff::civil::Date;
use policy::Capability;
use store::Refusal;

use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Field};
use crate::http::visit::{Answer, Visit};
use crate::task::directives::{self, N_CHARS_MAX, NewDirective};
use crate::task::model::Issuer;
use crate::task::{see, store as rows};

const DIRECTIVES: ListSpec = ListSpec { sorts: &["taken", "title", "date"], default_sort: ("taken", Direction::Desc), filters: &["state"], per: 50 };

struct Row {
    id: i64,
    title: String,
    source_body: String,
    issued_on: Option<Date>,
    taken_on: Date,
    n: u32,
    n_proposed: u32,
    n_checked: u32,
    n_issued: u32,
}

impl Row {
    fn state(&self) -> &'static str {
        match (self.n, self.n_issued) {
            (n, issued) if n == issued => "issued",
            (_, 0) => "open",
            _ => "partly",
        }
    }

    fn words(&self) -> String {
        match self.state() {
            "issued" => format!("{} 条全部下发", self.n),
            _ if self.n_proposed > 0 => format!("还有 {} 条待核对", self.n_proposed),
            _ => format!("{} 条已核对，待下发", self.n_checked),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/task_directives.html")]
struct DirectivesPage<'a> {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    states: Vec<Chip>,
    columns: Vec<Column>,
    rows: &'a [Row],
    pager: Pager,
}

/// `GET /tasks/directives`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&DIRECTIVES, &uri);
    let places = see::places_of(visit.actor(), Capability::IssueTasks);
    let found = rows::directives_of(visit.app.store().reader(), &places).await?;
    let mut all: Vec<Row> = found
        .into_iter()
        .filter(|(directive, _)| directive.issuer.is_acted_for_by(visit.actor(), Capability::IssueTasks))
        .map(|(directive, counts)| Row {
            id: directive.id,
            title: directive.title,
            source_body: directive.source_body,
            issued_on: directive.issued_on,
            taken_on: directive.created_on,
            n: counts.n,
            n_proposed: counts.n_proposed,
            n_checked: counts.n_checked,
            n_issued: counts.n_issued,
        })
        .filter(|row| query.q.is_empty() || row.title.contains(&query.q) || row.source_body.contains(&query.q))
        .collect();
    let count = |state: &str| all.iter().filter(|row| row.state() == state).count() as u64;
    let states = [("open", "还没下发"), ("partly", "下发了一部分"), ("issued", "全部下发")];
    let mut chips = vec![query.chip("state", "", "全部", Some(all.len() as u64))];
    chips.extend(states.iter().map(|(key, label)| query.chip("state", key, *label, Some(count(key)))));
    let n_open: u64 = all.iter().filter(|row| row.state() != "issued").count() as u64;
    let sentence =
        if all.is_empty() { "还没有部署过".to_owned() } else { format!("部署过 {} 份文件，{n_open} 份还有没下发的", all.len()) };
    all.retain(|row| query.filter("state").is_none_or(|state| row.state() == state));
    all.sort_by(|a, b| {
        let order = match query.sort {
            "title" => a.title.cmp(&b.title),
            "date" => a.issued_on.cmp(&b.issued_on),
            _ => a.id.cmp(&b.id),
        };
        if query.dir == Direction::Desc { order.reverse() } else { order }
    });
    if let Some(export) = query.export {
        return download::table(export, "部署的文件", &table(&all));
    }
    let query = query.within(all.len() as u64);
    let page = DirectivesPage {
        layout: visit.layout("部署的文件").crumb("部署任务", "/tasks").crumb("部署的文件", ""),
        sentence,
        states: chips,
        columns: vec![
            query.column("标题", "title", false),
            Column::plain("发文单位"),
            query.column("日期", "date", false),
            Column::number("任务"),
            Column::number("已下发"),
            query.column("录入", "taken", false),
            Column::plain("进度"),
        ],
        rows: query.page_of(&all),
        pager: Pager::new(&query, all.len() as u64, "份"),
        query: query.clone(),
    };
    visit.page(&page)
}

fn table(rows: &[Row]) -> office::sheet::Table {
    use office::sheet::{Column, ColumnKind, Table, Value};
    let day = |day: Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    Table {
        name: "部署的文件".to_owned(),
        title: None,
        columns: vec![
            Column::new("标题", ColumnKind::Text).wide(50.0),
            Column::new("发文单位", ColumnKind::Text).wide(30.0),
            Column::new("日期", ColumnKind::Date),
            Column::new("任务", ColumnKind::Integer),
            Column::new("已下发", ColumnKind::Integer),
            Column::new("录入日期", ColumnKind::Date),
            Column::new("进度", ColumnKind::Text).wide(24.0),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let number = |n: u32| Value::Integer(i64::from(n));
                vec![
                    Value::text(row.title.clone()),
                    Value::text(row.source_body.clone()),
                    row.issued_on.map_or(Value::Empty, day),
                    number(row.n),
                    number(row.n_issued),
                    day(row.taken_on),
                    Value::text(row.words()),
                ]
            })
            .collect(),
    }
}

#[derive(Template)]
#[template(path = "pages/task_directive_new.html")]
struct NewPage {
    layout: Layout,
    problems: Vec<String>,
    title: Field,
    source_body: Field,
    issued_on: Field,
    text: Field,
    issuer: Field,
    issuers: Vec<Choice>,
    megabytes_max: usize,
    endings: &'static str,
}

/// What was sent to take a directive in.
#[derive(Debug, Default)]
struct Upload {
    title: String,
    source_body: String,
    issued_on: String,
    issuer: String,
    text: String,
    draft_key: String,
    file_name: String,
    file: Vec<u8>,
}

/// Largest file that is taken: a speech with pictures in it.
const BYTES_MAX: usize = 20 << 20;

/// `GET /tasks/directives/new`.
///
/// # Errors
/// When the template fails.
pub async fn new(visit: Visit) -> Answer {
    visit.page(&new_page(&visit, &Upload::default(), Vec::new()))
}

fn new_page(visit: &Visit, sent: &Upload, problems: Vec<String>) -> NewPage {
    let directory = visit.app.directory();
    let issuers = Issuer::of(visit.actor(), Capability::IssueTasks);
    let pack = visit.pack();
    let label = |issuer: &Issuer| {
        let fields: Vec<&str> = issuer.fields.iter().filter_map(|key| pack.fields.get(key)).map(|field| field.name.as_str()).collect();
        let name = directory.name_of(issuer.organisation);
        if fields.is_empty() { name.to_owned() } else { format!("{name}（{}）", fields.join("、")) }
    };
    NewPage {
        layout: visit.layout("新部署").crumb("部署任务", "/tasks").crumb("部署的文件", "/tasks/directives").crumb("新部署", ""),
        problems,
        title: Field::new("title", "标题", &sent.title).hint("不填就用原文的题目").optional(),
        source_body: Field::new("source_body", "发文单位", &sent.source_body).hint("不填就是部署单位自己").optional(),
        issued_on: Field::new("issued_on", "讲话或成文日期", &sent.issued_on).hint("“三个月内”“年底前”这样的时限由它推算").optional(),
        text: Field::new("text", "或者粘贴原文", &sent.text).optional(),
        issuer: Field::new("issuer", "部署单位", ""),
        issuers: issuers
            .iter()
            .zip(0..)
            .map(|(issuer, i): (&Issuer, usize)| Choice { value: i.to_string(), label: label(issuer), selected: i.to_string() == sent.issuer })
            .collect(),
        megabytes_max: BYTES_MAX >> 20,
        endings: office::document::DOCUMENT_ENDINGS,
    }
}

/// `POST /tasks/directives/new`: a file or a pasted text.
///
/// # Errors
/// Unexpected ones; a file that cannot be read is said on the form.
pub async fn create(visit: Visit, request: Request) -> Answer {
    let (sent, problem) = match take(&visit, request).await {
        Ok(sent) => (sent, None),
        Err(sentence) => (Upload::default(), Some(sentence)),
    };
    let checked = match problem {
        Some(sentence) => Err(vec![sentence]),
        None => check(&visit, &sent).await,
    };
    let new = match checked {
        Ok(new) => new,
        Err(problems) => return refused(&visit, &sent, problems),
    };
    let form = crate::http::submitted::Submitted::parse(&format!("draft_key={}", crate::http::list::encoded(&sent.draft_key)));
    let mut tx = visit.begin().await?;
    match directives::create(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => {
            let address = format!("/tasks/directives/{id}");
            if let Some(before) = form.taken_before(&tx, &address).await? {
                return Ok(visit.see(&before, "这份文件已经录入过了。"));
            }
            let n = rows::items_of(tx.connection(), id).await?.len();
            let commit = tx.commit().await?;
            let sentence = if n == 0 {
                "原文已经录入，没有认出任务。可以在原文里选中一句，自己加。".to_owned()
            } else {
                format!("认出 {n} 条任务，请逐条核对。")
            };
            Ok(visit.done(commit, &address, &sentence))
        }
        Err(error) => {
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            refused(&visit, &sent, vec![refusal.0])
        }
    }
}

fn refused(visit: &Visit, sent: &Upload, problems: Vec<String>) -> Answer {
    let mut response = visit.page(&new_page(visit, sent, problems))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn take(visit: &Visit, mut request: Request) -> Result<Upload, String> {
    let unreadable = |_| format!("没有传完整，或者文件超过 {} MB。请删去图片，或者把原文粘贴到下面。", BYTES_MAX >> 20);
    DefaultBodyLimit::max(BYTES_MAX).apply(&mut request);
    let mut parts = Multipart::from_request(request, &visit.app).await.map_err(|_| "没有收到文件，请再选一次。".to_owned())?;
    let mut sent = Upload::default();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            sent.file_name = part.file_name().unwrap_or_default().chars().take(200).collect();
            sent.file = part.bytes().await.map_err(unreadable)?.to_vec();
            continue;
        }
        let value = part.text().await.map_err(unreadable)?;
        let place = match name.as_str() {
            "title" => &mut sent.title,
            "source_body" => &mut sent.source_body,
            "issued_on" => &mut sent.issued_on,
            "issuer" => &mut sent.issuer,
            "text" => &mut sent.text,
            "draft_key" => &mut sent.draft_key,
            _ => continue,
        };
        *place = value.trim().to_owned();
    }
    Ok(sent)
}

async fn check(visit: &Visit, sent: &Upload) -> Result<NewDirective, Vec<String>> {
    let mut problems = Vec::new();
    let text = text_of(sent).await.unwrap_or_else(|sentence| {
        problems.push(sentence);
        String::new()
    });
    let issued_on = match (sent.issued_on.as_str(), sent.issued_on.parse::<Date>()) {
        ("", _) => None,
        (_, Ok(day)) if (2000..=visit.today().year() + 1).contains(&day.year()) => Some(day),
        _ => {
            problems.push(format!("没有 {} 这一天，日期请写成 {} 这样。", sent.issued_on, visit.today()));
            None
        }
    };
    let issuers = Issuer::of(visit.actor(), Capability::IssueTasks);
    let chosen = sent.issuer.parse::<usize>().ok().and_then(|i| issuers.get(i)).or(issuers.first()).cloned();
    if text.chars().count() > N_CHARS_MAX {
        problems.push(format!("原文超过 {} 万字，请分成几个文件上传。", N_CHARS_MAX / 10_000));
    }
    match (chosen, problems.is_empty()) {
        (Some(issuer), true) => {
            let title = if sent.title.is_empty() { crate::task::reading::titled(&text) } else { sent.title.chars().take(200).collect() };
            Ok(NewDirective {
                issuer,
                title,
                source_body: sent.source_body.chars().take(100).collect(),
                issued_on,
                file_name: sent.file_name.clone(),
                text,
            })
        }
        (None, _) => Err(vec!["您的岗位没有对应的单位，不能部署任务。".to_owned()]),
        (_, false) => Err(problems),
    }
}

/// The text of the file, or the pasted one.
async fn text_of(sent: &Upload) -> Result<String, String> {
    if sent.file.is_empty() {
        return match (sent.text.is_empty(), sent.file_name.is_empty()) {
            (false, _) => Ok(sent.text.clone()),
            (true, true) => Err("请选一个 .docx、.txt、.html 或 .pdf 文件，或者粘贴原文。".to_owned()),
            (true, false) => Err("文件是空的（0 字节），请重新选择。".to_owned()),
        };
    }
    let (bytes, name) = (sent.file.clone(), sent.file_name.clone());
    let read = tokio::task::spawn_blocking(move || office::document::read_any(&name, &bytes));
    let text = read.await.map_err(|_| "文件读不出来，请另存后再传。".to_owned())?.map_err(|error| error.to_string())?;
    if text.trim().is_empty() { Err("文件里没有文字。如果是扫描件，请先识别成文字再上传。".to_owned()) } else { Ok(text) }
}
