//! One post: ending it, handing it over, letting somebody stand in.

use crate::http::path::Path;
use askama::Template;
use jiff::civil::Date;
use policy::Capability;
use store::{PersonId, Refusal, query};

use super::pages::{PostLine, post_line};
use super::post::HandOver;
use super::rows::{GrantRow, persons_within};
use super::{find_account, find_grant};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::Field;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/account_post.html")]
struct PostPage {
    layout: Layout,
    grant: GrantRow,
    line: PostLine,
    holder: String,
    is_own: bool,
    is_open: bool,
    /// Whether it waits for the reader to confirm it.
    may_confirm: bool,
    end_on: Field,
    to: Field,
    to_name: String,
    on: Field,
    acting_until: Field,
    problem: String,
}

async fn page(visit: &Visit, id: i64, form: &Submitted) -> Result<PostPage, Failure> {
    let reader = visit.app.store().reader();
    let grant = find_grant(&visit.app, reader, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let holder = find_account(&visit.app, reader, visit.actor(), grant.person_id).await?.map_or_else(String::new, |account| account.name);
    let today = visit.today().to_string();
    Ok(PostPage {
        layout: visit
            .layout(grant.post.clone())
            .crumb("用户授权", "/accounts")
            .crumb(holder.clone(), format!("/accounts/{}", grant.person_id))
            .crumb(grant.post.clone(), ""),
        line: post_line(visit, &grant),
        is_own: visit.actor().person_id == Some(grant.person_id),
        is_open: grant.is_open_on(visit.today()),
        may_confirm: super::may_confirm(&visit.app, visit.actor(), &grant),
        end_on: Field::new("end_on", "从哪天起不再担任", form.filled("end_on").unwrap_or(&today)),
        to: Field::new("to", "继任的人", form.text("to")).hint("打姓名或账号；没有账号的先开设账号"),
        to_name: String::new(),
        on: Field::new("on", "从哪天起", form.filled("on").unwrap_or(&today)),
        acting_until: Field::new("acting_until", "只是代理，到哪天为止", form.text("acting_until"))
            .optional()
            .hint("填了就是代理：现在的人仍在任，到这一天代理自动结束"),
        problem: String::new(),
        holder,
        grant,
    })
}

fn day(field: &mut Field) -> Option<Date> {
    super::form::read_day(field)
}

fn invalid(visit: &Visit, page: &PostPage) -> Answer {
    let mut response = visit.page(page)?;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// `GET /grants/{id}`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let page = page(&visit, id, &Submitted::default()).await?;
    visit.page(&page)
}

/// `POST /grants/{id}/confirm`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn confirm(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut page = page(&visit, id, &Submitted::default()).await?;
    let mut tx = visit.begin().await?;
    match super::confirm_grant(&visit.app, &mut tx, visit.actor(), id).await {
        Ok(grant) => {
            let said = format!("已经确认，“{}”{} 起生效。", grant.post, grant.from);
            Ok(visit.done(tx.commit().await?, &format!("/grants/{id}"), &said))
        }
        Err(error) => {
            page.problem = error.downcast::<Refusal>()?.0;
            invalid(&visit, &page)
        }
    }
}

/// `POST /grants/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn end(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let mut page = page(&visit, id, &form).await?;
    let Some(on) = day(&mut page.end_on) else { return invalid(&visit, &page) };
    let mut tx = visit.begin().await?;
    match super::end_grant(&visit.app, &mut tx, visit.actor(), id, on).await {
        Ok(grant) => Ok(visit.done(tx.commit().await?, &format!("/accounts/{}", grant.person_id), &format!("“{}”到 {on} 结束。", grant.post))),
        Err(error) => {
            page.problem = error.downcast::<Refusal>()?.0;
            invalid(&visit, &page)
        }
    }
}

/// `POST /grants/{id}/hand_over`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn hand_over(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let mut page = page(&visit, id, &form).await?;
    let on = day(&mut page.on);
    let acting_until = if page.acting_until.value.is_empty() { None } else { day(&mut page.acting_until) };
    let to = successor(&visit, &form).await?;
    if let Some((_, name)) = &to {
        page.to_name.clone_from(name);
    } else {
        page.to.error = "请从列表里选一个账号；没有的话先开设".to_owned();
    }
    let (Some(on), Some((to, name)), true) = (on, to, page.acting_until.error.is_empty()) else { return invalid(&visit, &page) };
    let mut tx = visit.begin().await?;
    match super::hand_over(&visit.app, &mut tx, visit.actor(), id, HandOver { to, on, acting_until }).await {
        Ok(new) => {
            let sentence = match acting_until {
                Some(until) => format!("{name}从 {on} 起代理“{}”，到 {until} 为止。", page.grant.post),
                None => format!("“{}”从 {on} 起由{name}接任；没有办完的事都在岗位上，不用移交。", page.grant.post),
            };
            let commit = tx.commit().await?;
            let given = find_grant(&visit.app, visit.app.store().reader(), visit.actor(), new).await?;
            let waits = match given.filter(|grant| grant.is_prepared) {
                Some(grant) if grant.takes_over.is_some() => format!("要等能直接授予它的干部确认，确认以前岗位还在{}手里。", page.holder),
                Some(_) => "要等能直接授予它的干部确认，确认以前不生效。".to_owned(),
                None => String::new(),
            };
            Ok(visit.done(commit, &format!("/grants/{new}"), &format!("{sentence}{waits}")))
        }
        Err(error) => {
            page.problem = error.downcast::<Refusal>()?.0;
            invalid(&visit, &page)
        }
    }
}

/// The account chosen, if the actor sees it.
async fn successor(visit: &Visit, form: &Submitted) -> Result<Option<(PersonId, String)>, Failure> {
    let Ok(id) = form.text("to").parse::<PersonId>() else { return Ok(None) };
    let within = persons_within(visit.actor(), Capability::ManageGrants);
    let rows = query(
        visit.app.store().reader(),
        format!("select p.id, p.name from person p where p.id = $1 and p.disabled_at is null and p.id in ({within})"),
        [id.into()],
    )
    .await?;
    Ok(rows.first().map(|row| Ok::<_, store::StoreError>((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()?)
}
