//! Visits of a secretary, for the log: only those that count.

use sea_orm::ConnectionTrait;

use super::rows;
use crate::directory::Directory;
use crate::duty_log::{LogLine, Secretary, bounds};

/// Where a secretary was in a year.
///
/// # Errors
/// When the database cannot be read.
pub async fn logged<C: ConnectionTrait>(connection: &C, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<(i64, LogLine)>> {
    let condition = format!("v.person_id in ({}) and v.is_counted and v.visited_on >= $1 and v.visited_on <= $2", secretary.accounts_sql());
    let found = rows::visits(connection, &condition, bounds(year).to_vec()).await?;
    let line = |it: rows::Visited| {
        let what = match it.n_questions {
            0 => "提了意见建议".to_owned(),
            n => format!("发现 {n} 个问题，列入问题台账"),
        };
        (it.organisation, LogLine::of(it.visited_on, "走访", what, format!("/visits/{}", it.id)))
    };
    Ok(found.into_iter().map(line).collect())
}

/// The line with the place that was visited.
#[must_use]
pub fn named(directory: &Directory, organisation: i64, line: LogLine) -> LogLine {
    LogLine { what: format!("{}：{}", directory.name_of(organisation), line.what), ..line }
}
