//! What the superior does with a record, and following up what was decided.

use crate::http::path::Path;

use crate::activity;
use crate::http::submitted::Submitted;
use crate::http::visit::{Answer, Visit};

/// `POST /activities/{id}/consent`.
pub(super) async fn consent(visit: Visit, Path(id): Path<i64>) -> Answer {
    let back = format!("/activities/{id}");
    let mut tx = visit.begin().await?;
    let done = activity::consent(&visit.app, &mut tx, visit.actor(), id).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, "已经同意，这条记录现在计入。"))
}

/// `POST /activities/{id}/return`.
pub(super) async fn return_record(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let back = format!("/activities/{id}");
    let mut tx = visit.begin().await?;
    let done = activity::return_record(&visit.app, &mut tx, visit.actor(), id, form.text("reason")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, "已经退回，支部改好重新交上以前不计入。"))
}

/// `POST /activities/decisions/{id}`.
pub(super) async fn follow_up(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let mut tx = visit.begin().await?;
    let back = form.text("activity").parse::<i64>().map_or_else(|_| "/".to_owned(), |activity| format!("/activities/{activity}"));
    let done = activity::follow_up(&mut tx, visit.actor(), id, form.text("note")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, "已经记为办结。"))
}
