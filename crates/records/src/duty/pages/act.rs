//! What is done from a cell or a list of cells: remind, ask to be excused, excuse, decide.

use axum::http::HeaderMap;
use axum::http::header::REFERER;
use policy::Period;
use store::OrgId;

use crate::duty::{self, remind};
use crate::http::failure::Failure;
use crate::http::submitted::Submitted;
use crate::http::visit::{Answer, Visit};

/// `POST /duties/remind`: one cell, or those ticked in a list.
pub(super) async fn remind(visit: Visit, headers: HeaderMap, form: Submitted) -> Answer {
    let cells = form.all("id").iter().map(|key| cell_of(key)).collect::<Result<Vec<_>, _>>()?;
    let back = back(&headers, &cells.first().map_or_else(|| "/duties".to_owned(), remind::Cell::href));
    if cells.is_empty() {
        return Ok(visit.refuse(&back, "请先勾选要提醒的事项。"));
    }
    let mut tx = visit.begin().await?;
    let done = duty::remind_all(&visit.app, &mut tx, visit.actor(), cells).await;
    let n = match visit.or_back(&back, done)? {
        Ok(n) => n,
        Err(response) => return Ok(response),
    };
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, &format!("已经发给 {n} 个支部，打开工作台就能看到。今天不会重复发。")))
}

/// `POST /duties/excuse/ask`.
pub(super) async fn ask_excuse(visit: Visit, headers: HeaderMap, form: Submitted) -> Answer {
    let cell = cell_of(form.text("id"))?;
    let back = back(&headers, &cell.href());
    let mut tx = visit.begin().await?;
    let done = duty::ask_excuse(&visit.app, &mut tx, visit.actor(), cell.organisation, &cell.duty, cell.period, form.text("reason")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, "已经申请免办，等上级批复；批准以前仍算待办。"))
}

/// `POST /duties/excuse/grant`: by the superior, asked for or not.
pub(super) async fn grant_excuse(visit: Visit, headers: HeaderMap, form: Submitted) -> Answer {
    let cell = cell_of(form.text("id"))?;
    let back = back(&headers, &cell.href());
    let mut tx = visit.begin().await?;
    let done = duty::excuse_outright(&visit.app, &mut tx, visit.actor(), cell.organisation, &cell.duty, cell.period, form.text("reason")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, "已经批准免办，这一期不计入应办。"))
}

/// `POST /duties/excuse/decide`.
pub(super) async fn decide_excuse(visit: Visit, headers: HeaderMap, form: Submitted) -> Answer {
    let id: i64 = form.text("id").parse().map_err(|_| Failure::NotFound)?;
    let back = back(&headers, "/");
    let is_granted = form.text("do") == "grant";
    let mut tx = visit.begin().await?;
    let done = duty::decide_excuse(&visit.app, &mut tx, visit.actor(), id, is_granted, form.text("reason")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, if is_granted { "已经批准免办，这一期不计入应办。" } else { "已经退回申请，理由支部看得到。" }))
}

/// `ORGANISATION/DUTY/PERIOD`.
fn cell_of(key: &str) -> Result<remind::Cell, Failure> {
    let mut parts = key.split('/');
    let (Some(organisation), Some(duty), Some(period), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Failure::NotFound);
    };
    let organisation: OrgId = super::org_of(organisation)?;
    Ok(remind::Cell { organisation, duty: duty.to_owned(), period: period.parse::<Period>().map_err(|_| Failure::NotFound)? })
}

/// The page of ours that the form was on.
fn back(headers: &HeaderMap, otherwise: &str) -> String {
    let from = headers.get(REFERER).and_then(|value| value.to_str().ok()).and_then(|address| {
        let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
        after_scheme.find('/').map(|at| after_scheme[at..].to_owned())
    });
    from.filter(|path| path == "/" || path.starts_with("/duties") || path.starts_with("/?")).unwrap_or_else(|| otherwise.to_owned())
}
