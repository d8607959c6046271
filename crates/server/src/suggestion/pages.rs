//! Pages of suggestions.

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::Capability;

use super::rows::{Suggestion, find, listed};
use crate::account::minute;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Field, Standing, Status};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec = ListSpec { sorts: &["at"], default_sort: ("at", Direction::Desc), filters: &["state", "whose"], per: 50 };

#[derive(Template)]
#[template(path = "pages/suggestion_list.html")]
struct SuggestionsPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<SuggestionLine>,
    pager: Pager,
    text: Field,
}

struct SuggestionLine {
    id: i64,
    at: String,
    text: String,
    giver: String,
    organisation: String,
    status: Status,
    answer: String,
}

impl SuggestionLine {
    /// As much of a text as a list shows.
    fn short(text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= N_SHORT { line } else { format!("{}…", line.chars().take(N_SHORT).collect::<String>()) }
    }
}

/// Characters of a text in the list.
const N_SHORT: usize = 80;

fn line(visit: &Visit, it: Suggestion) -> SuggestionLine {
    let status = if it.answer.is_some() { Status::new(Standing::Ok, "已答复") } else { Status::new(Standing::Future, "待答复") };
    SuggestionLine {
        id: it.id,
        at: minute(&it.created_at),
        text: it.text,
        giver: if it.is_own { "我".to_owned() } else { it.giver },
        organisation: it.organisation.map_or_else(String::new, |id| visit.app.directory().name_of(id).to_owned()),
        status: status.plain(),
        answer: it.answer.unwrap_or_default(),
    }
}

/// `GET /suggestions`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let (found, total) = listed(&visit.app, visit.actor(), &asked).await?;
    let rows: Vec<SuggestionLine> = found.into_iter().map(|it| line(&visit, it)).collect();
    if let Some(export) = asked.export {
        let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
        let cells =
            rows.iter().map(|row| [&row.at, &row.giver, &row.organisation, &row.text, &row.status.word, &row.answer].map(Value::text).to_vec());
        let columns = vec![
            column("时间", 18.0),
            column("谁提的", 12.0),
            column("党组织", 30.0),
            column("内容", 60.0),
            column("状态", 10.0),
            column("答复", 60.0),
        ];
        return download::table(export, "意见建议", &Table { name: "意见建议".to_owned(), columns, rows: cells.collect(), ..Table::default() });
    }
    let mut states =
        vec![asked.chip("state", "", "全部", None), asked.chip("state", "open", "待答复", None), asked.chip("state", "answered", "已答复", None)];
    if visit.actor().may(Capability::AnswerSuggestions) {
        states.push(asked.chip("whose", "own", "只看我提的", None));
    }
    let page = SuggestionsPage {
        states,
        columns: vec![asked.column("时间", "at", false), Column::plain("内容"), Column::plain("谁提的"), Column::plain("状态")],
        pager: Pager::new(&asked, total, "条"),
        rows,
        text: Field::new("text", "想说什么", "").hint("哪一页、哪一步不好用，哪条规定不合实际，想要什么；不写身份证号、手机号，不写涉密内容"),
        query: asked,
        layout: visit.layout("意见建议").crumb("意见建议", "/suggestions"),
    };
    visit.page(&page)
}

/// `POST /suggestions`.
///
/// # Errors
/// [`Failure::Refused`] with what is missing.
pub async fn give(visit: Visit, form: Submitted) -> Answer {
    let mut tx = visit.begin().await?;
    if let Some(to) = form.taken_before(&tx, "/suggestions").await? {
        return Ok(visit.see(&to, "已经收到，谢谢您。"));
    }
    super::give(&mut tx, visit.actor(), form.text("text")).await?;
    Ok(visit.done(tx.commit().await?, "/suggestions", "已经收到。有了答复会发消息给您。"))
}

#[derive(Template)]
#[template(path = "pages/suggestion_show.html")]
struct SuggestionPage {
    layout: Layout,
    line: SuggestionLine,
    answered: String,
    may_answer: bool,
    answer: Field,
}

/// `GET /suggestions/{id}`.
///
/// # Errors
/// [`Failure::NotFound`]: neither one's own nor one's to answer.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = find(&visit.app, visit.app.store().reader(), visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let answered = found
        .answered_by
        .clone()
        .map_or_else(String::new, |name| format!("{name}，{}", found.answered_at.as_deref().map_or_else(String::new, minute)));
    let page = SuggestionPage {
        layout: visit.layout("意见建议").crumb("意见建议", "/suggestions").crumb(minute(&found.created_at), ""),
        answered,
        may_answer: found.may_answer,
        answer: Field::new("answer", "答复", found.answer.clone().unwrap_or_default()).hint("写明怎么办、什么时候办；不采纳的写明为什么"),
        line: line(&visit, found),
    };
    visit.page(&page)
}

/// `POST /suggestions/{id}/answer`.
///
/// # Errors
/// [`Failure::NotFound`]: not one's to answer.
pub async fn answer(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let found = find(&visit.app, visit.app.store().reader(), visit.actor(), id).await?;
    found.filter(|it| it.may_answer).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    super::answer(&visit.app, &mut tx, visit.actor(), id, form.text("answer")).await?;
    Ok(visit.done(tx.commit().await?, &format!("/suggestions/{id}"), "已经答复，提的人会收到消息。"))
}
