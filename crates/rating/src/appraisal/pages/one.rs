//! One session: its steps, and the reports that the visitor sees.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, PublishedPart, print_rounded};

use super::super::model::{CommentKind, Report};
use super::super::{VOTING, acts, rows, rule, see};
use super::{layout, seen, standing};
use crate::case::CaseAtWork;
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const REPORTS: ListSpec = ListSpec { sorts: &["way", "unit", "day"], default_sort: ("way", Direction::Asc), filters: &["way", "state"], per: 50 };

struct Row {
    unit: Link,
    secretary: String,
    way: &'static str,
    status: Status,
    n_comments: usize,
    /// Empty: not to be seen, or not yet.
    points: String,
    grade: String,
    list: Status,
    handed_in: String,
    is_oral: bool,
}

#[derive(Template)]
#[template(path = "pages/appraisal.html")]
struct OnePage {
    layout: Layout,
    title: String,
    facts: String,
    case: CaseView,
    is_office: bool,
    /// The ballot: called, or to be called.
    ballot: Option<Link>,
    note: String,
    query: ListQuery,
    ways: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /appraisals/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&REPORTS, &uri);
    let (sight, pack) = seen(&visit, id).await?;
    let (session, reader) = (&sight.session, visit.app.store().reader());
    let rule = rule(&pack, session)?;
    let today = visit.today();
    let mut n_comments: HashMap<i64, usize> = HashMap::new();
    for comment in rows::comments_of(reader, id).await? {
        *n_comments.entry(comment.report).or_default() += usize::from(comment.kind == CommentKind::Problem);
    }
    let mut rows: Vec<Row> = {
        let directory = visit.app.directory();
        let row = |(it, is_whole): &(Report, bool)| {
            let has_grade = sight.shows(rule, *is_whole, PublishedPart::Grade);
            let has_comments = sight.shows(rule, *is_whole, PublishedPart::Comments);
            Row {
                unit: Link::new(directory.name_of(it.organisation), it.address()),
                secretary: it.secretary.clone(),
                way: it.way(),
                status: standing(session, it, today),
                n_comments: if has_comments { n_comments.get(&it.id).copied().unwrap_or_default() } else { 0 },
                points: it.points.filter(|_| has_grade).map(|points| print_rounded(points, 2)).unwrap_or_default(),
                grade: if has_grade { it.grade.clone() } else { String::new() },
                list: match it.list_filed_on {
                    Some(day) => Status::new(Standing::Ok, format!("{day} 列入")),
                    None => Status::new(Standing::Future, "没有列入"),
                },
                handed_in: it.handed_in_on.map(|day| day.to_string()).unwrap_or_default(),
                is_oral: it.is_oral,
            }
        };
        sight.reports.iter().map(row).collect()
    };
    rows.retain(|row| {
        let is_way = query.filter("way").is_none_or(|way| (way == "oral") == row.is_oral);
        let is_state = match query.filter("state") {
            Some("missing") => row.handed_in.is_empty(),
            Some("late") => row.status.word.starts_with("迟交"),
            Some("unlisted") => row.list.standing != Standing::Ok,
            _ => true,
        };
        is_way && is_state && (row.unit.label.contains(&query.q) || row.secretary.contains(&query.q))
    });
    match query.sort {
        "unit" => rows.sort_by(|a, b| (&a.unit.label, &a.unit.href).cmp(&(&b.unit.label, &b.unit.href))),
        "day" => rows.sort_by(|a, b| (a.handed_in.is_empty(), &a.handed_in, &a.unit.href).cmp(&(b.handed_in.is_empty(), &b.handed_in, &b.unit.href))),
        _ => rows.sort_by_key(|row| !row.is_oral),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(18.0);
        let columns = ["党组织", "书记", "方式", "述职报告", "得分", "等次", "问题清单"].map(heading).to_vec();
        let line = |row: &Row| {
            let way = row.way.to_owned();
            [&row.unit.label, &row.secretary, &way, &row.status.word, &row.points, &row.grade, &row.list.word].map(Value::text).to_vec()
        };
        let table = Table { name: "述职评议".to_owned(), title: Some(session.title.clone()), columns, rows: rows.iter().map(line).collect() };
        return download::table(export, &session.title, &table);
    }
    let work = CaseAtWork::read(&visit.app, session.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(&visit.app, reader, session).await?;
    let mut case = CaseView::new(&work, visit.actor(), &variables, today, &session.address());
    let is_host = see::stands_at(visit.actor(), Capability::HoldAppraisals, session.organisation);
    if !is_host {
        case.main = None;
    }
    let ballot = match session.ballot_sitting {
        Some(sitting) if sight.is_office => Some(Link::new("看测评", format!("/ballots/{sitting}"))),
        None if is_host && session.stage == VOTING => Some(Link::new("组织测评", format!("{}/ballot", session.address()))),
        _ => None,
    };
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let day = |words: &str, day: Option<jiff::civil::Date>| day.map(|day| format!("{words} {day}"));
    let facts = [
        Some(visit.app.directory().name_of(session.organisation).to_owned()),
        day("交报告期限", Some(session.due_on)),
        day("公布", session.published_on),
        day("办结", session.closed_on),
    ];
    let page = OnePage {
        layout: layout(&visit, session, session.title.clone()),
        title: session.title.clone(),
        facts: facts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        is_office: sight.is_office,
        ballot,
        note: if sight.is_office {
            String::new()
        } else {
            "您看到的是本单位的述职；别人的，结果公布以后按制度公开的部分看。".to_owned()
        },
        ways: query.choices("way", "方式", [("oral", "口头述职"), ("written", "书面述职")]),
        states: query.choices("state", "进度", [("missing", "没有交报告"), ("late", "迟交"), ("unlisted", "问题清单没有列入")]),
        columns: vec![
            query.column("党组织", "unit", false),
            query.column("方式", "way", false),
            query.column("述职报告", "day", false),
            Column::number("指出问题"),
            Column::number("得分"),
            Column::plain("等次"),
            Column::plain("问题清单"),
        ],
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "位"),
        query,
        case,
    };
    visit.page(&page)
}

/// `GET /appraisals/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (sight, _) = seen(&visit, id).await?;
    let session = &sight.session;
    let work = CaseAtWork::read(&visit.app, session.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(&visit.app, visit.app.store().reader(), session).await?;
    let base = session.address();
    show_form(
        ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout: layout(&visit, session, session.title.clone()) },
        &action,
    )
}

/// `POST /appraisals/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (sight, _) = seen(&visit, id).await?;
    let session = &sight.session;
    let work = CaseAtWork::read(&visit.app, session.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = acts::variables(&visit.app, visit.app.store().reader(), session).await?;
    let base = session.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&answer, "已经办过了，没有重复记录。"));
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已办：{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = layout(&visit, session, session.title.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
    }
}
