//! Before the date a reminder (提醒), after it a chase (催办): a line for the branch, once a day for one cell.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::{Capability, Period};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::notice;
use store::{Actor, OrgId, Refusal, Scope, Tx, insert_all, query};

use super::model::{Code, days_left};
use crate::app::App;

/// Kinds of these notices.
const KINDS: [&str; 2] = ["duty.reminder", "duty.chase"];

/// A line that a branch was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub id: i64,
    pub organisation: OrgId,
    pub is_chase: bool,
    pub text: String,
    pub href: String,
    pub on: Date,
}

/// A cell that somebody is to be reminded of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub organisation: OrgId,
    pub duty: String,
    pub period: Period,
}

impl Cell {
    /// Where it opens.
    #[must_use]
    pub fn href(&self) -> String {
        format!("/duties/{}/{}/{}", self.organisation, self.duty, self.period)
    }
}

/// Reminds branches of what is due and chases what is over; cells that are not open, or were sent today, are left out.
/// Answers how many branches were sent a line.
///
/// # Errors
/// [`Refusal`]: a branch is out of reach, or nothing is left to remind of.
pub async fn remind_all(app: &App, tx: &mut Tx, actor: &Actor, cells: Vec<Cell>) -> anyhow::Result<usize> {
    let scope = actor.scope(Capability::SuperviseActivities);
    let today = tx.today();
    if cells.iter().any(|cell| !app.directory().is_visible(&scope, cell.organisation)) {
        return Err(Refusal("没有找到这个党支部。提醒、催办由上级党组织办。".to_owned()).into());
    }
    let pack = app.pack();
    let sender = actor.post_line();
    let reached: Vec<OrgId> = cells.iter().map(|cell| cell.organisation).collect();
    let sent = sent_on(tx.connection(), &reached, today).await?;
    let mut lines = Vec::new();
    for cell in cells {
        let states = crate::duty::states_of_year(app, cell.period.year, today).await?;
        let (Some(code), Some(duty)) = (states.code(cell.organisation, &cell.duty, cell.period), pack.duties.get(&cell.duty)) else { continue };
        let href = cell.href();
        if !code.is_open() || sent.contains(&(cell.organisation, href.clone())) {
            continue;
        }
        let days = days_left(cell.period, today);
        let (kind, text) = if code == Code::Overdue {
            (KINDS[1], format!("{sender}催办：{}的{}逾期 {} 天，请尽快补办或者补录", cell.period.label(), duty.short, -days))
        } else {
            (KINDS[0], format!("{sender}提醒：{}的{}还没有记录，剩 {days} 天", cell.period.label(), duty.short))
        };
        lines.push((cell.organisation, kind, text, href));
    }
    if lines.is_empty() {
        return Err(Refusal("没有要提醒的：都已经办了，或者今天已经提醒过。".to_owned()).into());
    }
    let ids = tx.next_ids(lines.len()).await?;
    let at = tx.at_text();
    let mut organisations: Vec<OrgId> = lines.iter().map(|line| line.0).collect();
    organisations.dedup();
    let rows = lines.into_iter().zip(&ids).map(|((organisation, kind, text, href), id)| notice::ActiveModel {
        id: Set(*id),
        person_id: Set(None),
        organisation_id: Set(Some(organisation)),
        kind: Set(kind.to_owned()),
        text: Set(text),
        href: Set(href),
        created_at: Set(at.clone()),
        done_at: Set(None),
    });
    insert_all::<notice::Entity, _, _>(tx.connection(), rows.collect()).await?;
    organisations.sort_unstable();
    organisations.dedup();
    for organisation in &organisations {
        tx.record("duty.remind", "notice", ids[0], Some(*organisation), json!({ "n": ids.len() }));
    }
    tx.changed("notice", ids[0], None);
    Ok(organisations.len())
}

async fn sent_on<C: ConnectionTrait>(connection: &C, organisations: &[OrgId], day: Date) -> anyhow::Result<HashSet<(OrgId, String)>> {
    let from = start_of(day)?;
    let mut sent = HashSet::new();
    for some in organisations.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!("select organisation_id, href from notice where organisation_id in ({list}) and kind in ($1, $2) and created_at >= $3");
        for row in query(connection, sql, [KINDS[0].into(), KINDS[1].into(), from.clone().into()]).await? {
            sent.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
    }
    Ok(sent)
}

/// The first instant of a day: days are those of UTC+8, instants are kept in UTC.
fn start_of(day: Date) -> anyhow::Result<String> {
    Ok(store::instant_text(jiff::tz::Offset::constant(8).to_timestamp(day.at(0, 0, 0, 0))?))
}

/// What was sent about one cell, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn reminders_of<C: ConnectionTrait>(connection: &C, cell: &Cell) -> anyhow::Result<Vec<Reminder>> {
    let rows = query(
        connection,
        "select id, organisation_id, kind, text, href, created_at from notice where organisation_id = $1 and href = $2 and kind in ($3, $4) order by id",
        [cell.organisation.into(), cell.href().into(), KINDS[0].into(), KINDS[1].into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// Lines that organisations of a scope were sent since a day, newest first. What they ask for may be done meanwhile.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_reminders<C: ConnectionTrait>(connection: &C, scope: &Scope, since: Date) -> anyhow::Result<Vec<Reminder>> {
    let rows = query(
        connection,
        format!(
            "select id, organisation_id, kind, text, href, created_at from notice where done_at is null and created_at >= $1 and kind in ($2, $3) and {} order by id desc",
            scope.sql("organisation_id")
        ),
        [start_of(since)?.into(), KINDS[0].into(), KINDS[1].into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> anyhow::Result<Reminder> {
    let at: jiff::Timestamp = row.try_get::<String>("", "created_at")?.parse()?;
    Ok(Reminder {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        is_chase: row.try_get::<String>("", "kind")? == KINDS[1],
        text: row.try_get("", "text")?,
        href: row.try_get("", "href")?,
        on: store::day_of(at),
    })
}
