//! The audit's page.

use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::Capability;

use super::list::{Line, lines};
use super::words::GROUPS;
use super::{begin_check, check as checking, checks, detail_words, subject_words, words};
use crate::account::minute;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Choice, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec =
    ListSpec { sorts: &["seq"], default_sort: ("seq", Direction::Desc), filters: &["group", "subject", "id", "person", "from", "until"], per: 50 };

#[derive(Template)]
#[template(path = "pages/audit_list.html")]
struct AuditPage {
    layout: Layout,
    query: ListQuery,
    groups: Vec<Choice>,
    from: String,
    until: String,
    columns: Vec<Column>,
    rows: Vec<EntryLine>,
    pager: Pager,
    checks: Vec<CheckLine>,
    head: Option<(String, String, String)>,
}

struct EntryLine {
    seq: i64,
    at: String,
    actor: String,
    post: String,
    what: String,
    subject: String,
    subject_href: String,
    organisation: String,
    organisation_href: String,
    detail: String,
}

struct CheckLine {
    at: String,
    by: String,
    status: Status,
    sentence: String,
    faults: Vec<String>,
}

/// `GET /audit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let (entries, next) = lines(&visit.app, visit.actor(), &asked).await?;
    let rows: Vec<EntryLine> = entries.iter().map(|line| entry(&visit, line)).collect();
    if let Some(export) = asked.export {
        return download::table(export, "审计", &table(&rows));
    }
    let next = next.map(|seq| seq.to_string());
    let page = AuditPage {
        groups: asked.choices("group", "全部事项", GROUPS.iter().copied()),
        from: asked.filter("from").unwrap_or_default().to_owned(),
        until: asked.filter("until").unwrap_or_default().to_owned(),
        columns: vec![
            asked.column("序号", "seq", true),
            Column::plain("时间"),
            Column::plain("谁"),
            Column::plain("办了什么"),
            Column::plain("对象"),
            Column::plain("党组织"),
            Column::plain("细目"),
        ],
        pager: Pager::keyed(&asked, if rows.is_empty() { String::new() } else { format!("本页 {} 条", rows.len()) }, next.as_deref()),
        checks: checks(&visit.app).await?.into_iter().map(|check| check_line(&visit, check)).collect(),
        head: store::audit::last_kept_head(visit.app.store())
            .map(|(seq, mac, at)| (grouped(u64::try_from(seq).unwrap_or_default()), mac.chars().take(16).collect(), minute(&at))),
        rows,
        query: asked,
        layout: visit.layout("审计").crumb("审计", "/audit"),
    };
    visit.page(&page)
}

fn entry(visit: &Visit, line: &Line) -> EntryLine {
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ViewOrganisations);
    let organisation_href =
        line.organisation.filter(|id| directory.is_visible(&scope, *id)).map_or_else(String::new, |id| format!("/organisations/{id}"));
    EntryLine {
        seq: line.seq,
        at: minute(&line.at),
        actor: line.actor.clone(),
        post: line.post.clone(),
        what: words(&visit.pack(), &line.operation, &line.detail),
        subject: match &line.account {
            Some(name) => format!("{} {name}", subject_words(&line.subject)),
            None if line.subject_id == 0 => subject_words(&line.subject),
            None => format!("{} {}", subject_words(&line.subject), line.subject_id),
        },
        subject_href: format!("/audit?subject={}&id={}", line.subject, line.subject_id),
        organisation: line.organisation.map_or_else(String::new, |id| directory.name_of(id).to_owned()),
        organisation_href,
        detail: detail_words(&visit.pack(), &line.operation, &line.detail, |id| directory.name_of(id).to_owned()),
    }
}

fn check_line(visit: &Visit, check: super::Check) -> CheckLine {
    let started = check.started_at.parse::<jiff::Timestamp>().unwrap_or(visit.at);
    let (status, sentence) = match (&check.finished_at, check.faults.len()) {
        (Some(_), 0) => (
            Status::new(Standing::Ok, "完整"),
            format!("核对 {} 条，前后相接，和另存的链头一致", grouped(u64::try_from(check.n_entries).unwrap_or_default())),
        ),
        (Some(_), n) => (
            Status::new(Standing::Missed, "有问题"),
            format!("核对 {} 条，发现 {n} 处问题", grouped(u64::try_from(check.n_entries).unwrap_or_default())),
        ),
        (None, _) if visit.at.duration_since(started).as_mins() < 30 => {
            (Status::new(Standing::Soon, "正在核对"), "过一会儿刷新本页看结果".to_owned())
        }
        (None, _) => (Status::new(Standing::Excused, "没有做完"), "服务中途停过，请再核对一次".to_owned()),
    };
    CheckLine { at: minute(&check.started_at), by: check.by, status: status.plain(), sentence, faults: check.faults }
}

fn table(rows: &[EntryLine]) -> Table {
    let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
    Table {
        name: "审计".to_owned(),
        columns: vec![
            office::sheet::Column::new("序号", ColumnKind::Integer),
            column("时间", 18.0),
            column("谁", 12.0),
            column("岗位", 30.0),
            column("办了什么", 18.0),
            column("对象", 20.0),
            column("党组织", 30.0),
            column("细目", 50.0),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let mut cells = vec![Value::Integer(row.seq)];
                cells.extend([&row.at, &row.actor, &row.post, &row.what, &row.subject, &row.organisation, &row.detail].map(Value::text));
                cells
            })
            .collect(),
        ..Table::default()
    }
}

/// `POST /audit/checks`: walks the chain beside the requests; the page shows what came out.
///
/// # Errors
/// When the database refuses.
pub async fn check(visit: Visit) -> Answer {
    let mut tx = visit.begin().await?;
    let id = begin_check(&mut tx, visit.actor()).await?;
    let commit = tx.commit().await?;
    tokio::spawn(checking::run(visit.app.clone(), id));
    Ok(visit.done(commit, "/audit", "正在核对审计链，刷新本页看结果。"))
}
