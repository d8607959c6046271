//! One's own password, sessions, and what one did; and who helps when the password is forgotten.

use crate::http::path::Path;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse as _, Redirect};
use jiff::Timestamp;
use office::sheet::{ColumnKind, Table, Value};
use store::{Refusal, query};

use crate::app::App;
use crate::condition::{Condition, anywhere};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::session::session_cookie;
use crate::http::submitted::Submitted;
use crate::http::view::Field;
use crate::http::visit::{Answer, Visit, set_cookie};

#[derive(Template)]
#[template(path = "pages/me_security.html")]
struct SecurityPage {
    layout: Layout,
    must_change: bool,
    old: Field,
    new: Field,
    again: Field,
    sessions: Vec<SessionLine>,
}

struct SessionLine {
    opened: String,
    seen: String,
    door: &'static str,
    is_this: bool,
}

async fn security_page(visit: &Visit, problem: &str) -> anyhow::Result<SecurityPage> {
    let rows = query(
        visit.app.store().reader(),
        "select id, door, created_at, seen_at from session where person_id = $1 and until_at > $2 order by created_at desc, id",
        [visit.actor().person_id.into(), store::instant_text(visit.at).into()],
    )
    .await?;
    let mut sessions = Vec::new();
    for row in &rows {
        let door: String = row.try_get("", "door")?;
        sessions.push(SessionLine {
            opened: minute(&row.try_get::<String>("", "created_at")?),
            seen: minute(&row.try_get::<String>("", "seen_at")?),
            door: if door == "outer" { "外网（手机）" } else { "内网" },
            is_this: row.try_get::<String>("", "id")? == visit.session.key,
        });
    }
    Ok(SecurityPage {
        layout: visit.layout("密码与登录").crumb("我的", "/me").crumb("密码与登录", ""),
        must_change: visit.must_change_password(),
        old: Field::new("old", "现在的密码", "").error(problem),
        new: Field::new("new", "新密码", "").hint("至少 8 位，字母、数字、符号至少两种"),
        again: Field::new("again", "新密码再填一次", ""),
        sessions,
    })
}

/// An instant as people read it, to the minute (UTC+8).
pub fn minute(text: &str) -> String {
    text.parse::<Timestamp>()
        .map_or_else(|_| text.to_owned(), |at| jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
}

/// `GET /me/security`.
///
/// # Errors
/// When the database cannot be read.
pub async fn security(visit: Visit) -> Answer {
    visit.page(&security_page(&visit, "").await?)
}

/// `POST /me/security`: a new password; every session ends, this browser gets a new one.
///
/// # Errors
/// Unexpected ones; what is wrong stands in the form.
pub async fn change_password(visit: Visit, headers: HeaderMap, form: Submitted) -> Answer {
    let door = visit.session.listener.door;
    // Spaces are part of a password: what was typed is taken as it is.
    let typed = |name: &str| form.all(name).first().map(String::as_str).unwrap_or_default();
    match super::change_password(&visit.app, visit.actor(), door, typed("old"), typed("new"), typed("again"), visit.at).await {
        Ok(signed_in) => {
            let to = if visit.must_change_password() { "/" } else { "/me/security" };
            let mut response = visit.done(signed_in.commit, to, "密码已经改好，其他地方的登录都已退出。");
            set_cookie(&mut response, crate::http::session::COOKIE, &signed_in.token, &session_cookie(&headers));
            Ok(response)
        }
        Err(error) => {
            let sentence = error.downcast::<Refusal>()?.0;
            let mut response = visit.page(&security_page(&visit, &sentence).await?)?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// `POST /me/sessions/end`.
///
/// # Errors
/// When the database refuses.
pub async fn end_others(visit: Visit) -> Answer {
    let mut tx = visit.begin().await?;
    let n = super::sign_out_elsewhere(&mut tx, visit.actor().person_id.unwrap_or_default(), &visit.session.key).await?;
    Ok(visit.done(tx.commit().await?, "/me/security", &if n == 0 { "没有别处的登录。".to_owned() } else { format!("已退出别处的 {n} 个登录。") }))
}

#[derive(Template)]
#[template(path = "pages/me_handled.html")]
struct HandledPage {
    layout: Layout,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<HandledLine>,
    pager: Pager,
}

struct HandledLine {
    at: String,
    what: String,
    detail: String,
    /// What he did, as it reads for whoever did it: also after the post went to somebody else.
    href: String,
    organisation: String,
    post: String,
}

impl HandledLine {
    fn read(visit: &Visit, row: &sea_orm::QueryResult) -> anyhow::Result<Self> {
        let organisation: Option<i64> = row.try_get("", "organisation_id")?;
        let (operation, detail): (String, String) = (row.try_get("", "operation")?, row.try_get("", "detail")?);
        let directory = visit.app.directory();
        let pack = visit.pack();
        let subject: String = row.try_get("", "subject")?;
        Ok(Self {
            at: minute(&row.try_get::<String>("", "at")?),
            what: crate::audit::words(&pack, &operation, &detail),
            detail: crate::audit::detail_words(&pack, &operation, &detail, |id| directory.name_of(id).to_owned()),
            href: match subject.as_str() {
                "activity" => format!("/me/handled/activities/{}", row.try_get::<i64>("", "subject_id")?),
                _ => format!("/me/handled/{}", row.try_get::<i64>("", "seq")?),
            },
            organisation: organisation.map_or_else(String::new, |id| directory.name_of(id).to_owned()),
            post: row.try_get("", "post")?,
        })
    }
}

const HANDLED: ListSpec = ListSpec { sorts: &["at"], default_sort: ("at", Direction::Desc), filters: &[], per: 50 };

/// `GET /me/handled`: what one did, under which post; it stays readable after the post went to somebody else.
///
/// # Errors
/// When the database cannot be read.
pub async fn handled(visit: Visit, uri: axum::http::Uri) -> Answer {
    let asked = ListQuery::from_uri(&HANDLED, &uri);
    let rows = handled_rows(&visit, &asked).await?;
    let shown = &rows[..rows.len().min(if asked.export.is_some() { N_EXPORTED_MAX } else { asked.per as usize })];
    let next = if rows.len() > shown.len() { shown.last().map(|row| row.try_get::<i64>("", "seq")).transpose()? } else { None };
    let mut lines = Vec::new();
    for row in shown {
        lines.push(HandledLine::read(&visit, row)?);
    }
    if let Some(export) = asked.export {
        let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
        let columns = vec![column("时间", 18.0), column("办了什么", 20.0), column("细目", 40.0), column("党组织", 36.0), column("当时的岗位", 40.0)];
        let cells = lines.iter().map(|row| [&row.at, &row.what, &row.detail, &row.organisation, &row.post].map(Value::text).to_vec());
        return download::table(export, "我经手的", &Table { name: "我经手的".to_owned(), columns, rows: cells.collect(), ..Table::default() });
    }
    let next = next.map(|seq| seq.to_string());
    let page = HandledPage {
        layout: visit.layout("我经手的").crumb("我的", "/me").crumb("我经手的", ""),
        pager: Pager::keyed(&asked, format!("本页 {} 条，新的在前", lines.len()), next.as_deref()),
        rows: lines,
        columns: vec![asked.column("时间", "at", false), Column::plain("办了什么"), Column::plain("党组织"), Column::plain("当时的岗位")],
        query: asked,
    };
    visit.page(&page)
}

/// Rows of an export at most.
const N_EXPORTED_MAX: usize = 20_000;

async fn handled_rows(visit: &Visit, asked: &ListQuery) -> anyhow::Result<Vec<sea_orm::QueryResult>> {
    let person = visit.actor().person_id.unwrap_or_default();
    let mut condition =
        Condition::default().and(format!("actor_id = {person}")).and("operation not like 'account.sign_%' and operation <> 'job.enqueue'");
    let is_newest_first = asked.dir == Direction::Desc;
    if let Some(after) = asked.after.as_deref().and_then(|key| key.parse::<i64>().ok()) {
        condition = condition.and_with(if is_newest_first { "seq < ?" } else { "seq > ?" }, after);
    }
    if !asked.q.is_empty() {
        let operations: Vec<String> = crate::audit::found_by(&visit.pack(), &asked.q).into_iter().map(|key| format!("'{key}'")).collect();
        let by_operation = if operations.is_empty() { String::new() } else { format!(" or operation in ({})", operations.join(", ")) };
        condition = condition.and_with(&format!("(lower(post) like ?{by_operation})"), anywhere(&asked.q));
    }
    let limit = if asked.export.is_some() { N_EXPORTED_MAX } else { asked.per as usize } + 1;
    let sql = format!(
        "select seq, at, post, operation, subject, subject_id, organisation_id, detail from audit where {} order by seq {} limit {limit}",
        condition.sql(),
        asked.dir.word()
    );
    Ok(query(visit.app.store().reader(), sql, condition.values()).await?)
}

#[derive(Template)]
#[template(path = "pages/me_handled_one.html")]
struct HandledOnePage {
    layout: Layout,
    line: HandledLine,
    /// What the case is called, when it was a step of one.
    about: String,
    /// What was filled in.
    parts: Vec<(String, String)>,
}

/// `GET /me/handled/{seq}`: one thing that this person did, as he did it; read-only, and his whatever became of the post.
///
/// # Errors
/// [`Failure::NotFound`]: somebody else's.
pub async fn handled_one(visit: Visit, Path(seq): Path<i64>) -> Answer {
    let person = visit.actor().person_id.unwrap_or_default();
    let rows = query(
        visit.app.store().reader(),
        "select seq, at, post, operation, subject, subject_id, organisation_id, detail from audit where seq = $1 and actor_id = $2",
        [seq.into(), person.into()],
    )
    .await?;
    let row = rows.first().ok_or(Failure::NotFound)?;
    let line = HandledLine::read(&visit, row)?;
    let (about, parts) = if row.try_get::<String>("", "subject").map_err(anyhow::Error::from)? == "case_file" {
        signed_act(&visit, row, person, seq).await?
    } else {
        (String::new(), Vec::new())
    };
    let page = HandledOnePage {
        layout: visit.layout(line.what.clone()).crumb("我的", "/me").crumb("我经手的", "/me/handled").crumb(line.what.clone(), ""),
        line,
        about,
        parts,
    };
    visit.page(&page)
}

/// The step of a case that an entry of the audit speaks of: the case's title, and what was filled in then.
async fn signed_act(visit: &Visit, row: &sea_orm::QueryResult, person: i64, seq: i64) -> anyhow::Result<(String, Vec<(String, String)>)> {
    let reader = visit.app.store().reader();
    let case_id: i64 = row.try_get("", "subject_id")?;
    let operation: String = row.try_get("", "operation")?;
    let Some(case) = crate::case::find(reader, case_id).await? else { return Ok((String::new(), Vec::new())) };
    let Some(action) = operation.strip_prefix("case.") else { return Ok((case.title, Vec::new())) };
    // The same step may have been done several times: acts and entries were written in the same order.
    let before = query(
        reader,
        "select count(*) from audit where subject = 'case_file' and subject_id = $1 and operation = $2 and actor_id = $3 and seq < $4",
        [case_id.into(), operation.clone().into(), person.into(), seq.into()],
    )
    .await?;
    let n_before = usize::try_from(before.first().map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?)?;
    let acts = crate::case::acts_of(reader, case_id).await?;
    let act = acts.into_iter().filter(|act| act.acted_by == Some(person) && act.action == action).nth(n_before);
    let pack = visit.app.policies_of(&case.pack_version).await?;
    let rule = pack.procedures.get(&case.procedure).and_then(|it| it.stages.iter().flat_map(|stage| &stage.actions).find(|it| it.key == action));
    Ok((case.title, act.map_or_else(Vec::new, |act| crate::case::printed(rule, &act.fields))))
}

#[derive(Template)]
#[template(path = "pages/sign_in_forgotten.html")]
struct ForgottenPage {
    large: bool,
    site: String,
    is_demo: bool,
}

/// `GET /sign-in/forgotten`.
///
/// # Errors
/// When the template fails.
pub async fn forgotten(State(app): State<App>) -> Answer {
    let page = ForgottenPage { large: false, site: app.settings().site.clone(), is_demo: app.settings().is_demo };
    Ok(Html(page.render()?).into_response())
}

/// Where somebody with a temporary password is led before anything else.
#[must_use]
pub fn change_first() -> axum::response::Response {
    Redirect::to("/me/security").into_response()
}
