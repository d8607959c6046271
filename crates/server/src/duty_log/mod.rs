//! The log of Party secretaries (书记抓党建纪实): what the records of a year say that each did himself, and what he added by hand.
//!
//! For: secretaries, those above them, whoever writes the factual part of a work report. In: an organisation, a year. Out: dated lines, each
//! with its record; a document. Does not know: what a line is worth: nothing here is a score. What was typed by hand is marked and not counted.

mod pages;

use frame::duty_log::{LogLine, Secretary};
use jiff::civil::Date;
use policy::{ActionKind, Capability};
use serde_json::json;
use store::{Actor, OrgId, PersonId, Refusal, Tx, execute, query};

use crate::app::App;
use crate::case::CaseFile;
use crate::desk::place_of;
use crate::{activity, inspection, matter, party_meeting, problem, project, task, visit};

pub use pages::routes;

/// Kinds of act by which somebody signs for what others worked out.
const SIGNED: [ActionKind; 5] = [ActionKind::Approve, ActionKind::Review, ActionKind::File, ActionKind::Publish, ActionKind::CloseOut];
/// How the log calls what was typed by hand.
pub const SELF_TYPED: &str = "自填";

/// The log of an organisation's secretary in a year, oldest first; of two in one year, what each did in his own time. Out of reach: nothing.
///
/// # Errors
/// When the database cannot be read.
pub async fn duty_log(app: &App, actor: &Actor, organisation: OrgId, year: i16) -> anyhow::Result<Vec<LogLine>> {
    if !app.directory().is_visible(&actor.scope(Capability::ViewResponsibility), organisation) {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for secretary in secretaries(app, organisation, year).await? {
        let found = of_secretary(app, &secretary, year).await?;
        lines.extend(found.into_iter().filter(|line| secretary.held_on(line.on)));
    }
    let sql = "select id, done_on, what from duty_log_entry where organisation_id = $1 and withdrawn_on is null and done_on >= $2 and done_on <= $3";
    let [from, until] = frame::duty_log::bounds(year);
    for row in query(app.store().reader(), sql, [organisation.into(), from, until]).await? {
        let id: i64 = row.try_get_by_index(0)?;
        lines.push(LogLine {
            on: row.try_get_by_index::<String>(1)?.parse()?,
            kind: SELF_TYPED.to_owned(),
            what: row.try_get_by_index(2)?,
            link: format!("/duty-logs/entries/{id}/withdraw"),
            is_self_typed: true,
        });
    }
    lines.sort_by(|a, b| (a.on, &a.kind, &a.link).cmp(&(b.on, &b.kind, &b.link)));
    Ok(lines)
}

async fn of_secretary(app: &App, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<LogLine>> {
    let reader = app.store().reader();
    let pack = app.pack();
    let mut lines: Vec<LogLine> = party_meeting::chaired(reader, secretary.organisation, &secretary.name, year)
        .await?
        .into_iter()
        .map(|it| {
            LogLine::of(it.held_on, "主持专题研究党建", format!("{}（决定 {} 条）", it.agenda, it.n_decisions), format!("/party-meetings/{}", it.id))
        })
        .collect();
    lines.extend(project::logged(reader, &pack, secretary, year).await?);
    lines.extend(problem::logged(reader, secretary, year).await?);
    lines.extend(activity::logged(reader, &pack, secretary, year).await?);
    let (visits, checks) = (visit::logged(reader, secretary, year).await?, inspection::logged(reader, secretary, year).await?);
    lines.extend(signed(app, secretary, year).await?);
    let directory = app.directory();
    lines.extend(visits.into_iter().chain(checks).map(|(unit, line)| visit::named(&directory, unit, line)));
    Ok(lines)
}

/// Plans and results that the secretary's own account approved, reviewed, filed or closed; of matters nothing, some are withheld.
async fn signed(app: &App, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<LogLine>> {
    let kinds: Vec<String> = SIGNED.iter().filter_map(|kind| serde_json::to_value(kind).ok()?.as_str().map(|word| format!("'{word}'"))).collect();
    let sql = format!(
        "select a.case_id, a.action, a.acted_at from case_act a where a.acted_by in ({}) and a.kind in ({}) and a.acted_at >= $1 and a.acted_at < $2 order by a.id",
        secretary.accounts_sql(),
        kinds.join(", ")
    );
    let values = [format!("{}-12-31T16:00:00Z", year - 1).into(), format!("{year}-12-31T16:00:00Z").into()];
    let mut lines = Vec::new();
    for row in query(app.store().reader(), sql, values).await? {
        let Some(case) = crate::case::find(app.store().reader(), row.try_get_by_index(0)?).await? else { continue };
        let Some(link) = address(&case) else { continue };
        let key: String = row.try_get_by_index(1)?;
        let pack = app.policies_of(&case.pack_version).await?;
        let actions = pack.procedures.get(&case.procedure).into_iter().flat_map(|procedure| &procedure.stages).flat_map(|stage| &stage.actions);
        let name = actions.into_iter().find(|action| action.key == key).map_or_else(|| key.clone(), |action| action.name.clone());
        let on: Date = store::day_of(row.try_get_by_index::<String>(2)?.parse()?);
        lines.push(LogLine::of(on, "签批", format!("{}：{name}", case.title), link));
    }
    Ok(lines)
}

fn address(case: &CaseFile) -> Option<String> {
    match case.subject_kind.as_str() {
        matter::SUBJECT => None,
        task::PROCEDURE => Some(format!("/tasks/{}", case.subject_id)),
        _ => place_of(case).map(|(_, address)| address),
    }
}

/// Who was secretary in a year, one after the other, each with the accounts in that name at the organisation.
///
/// # Errors
/// When the database cannot be read.
pub async fn secretaries(app: &App, organisation: OrgId, year: i16) -> anyhow::Result<Vec<Secretary>> {
    let sql = "select name, member_id, from_on, until_on from post_holding where organisation_id = $1 and post = 'secretary' and superseded_in is null and from_on <= $3 and (until_on is null or until_on > $2) order by from_on, id";
    let [from, until] = frame::duty_log::bounds(year);
    let rows = query(app.store().reader(), sql, [organisation.into(), from, until]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        let member: Option<i64> = row.try_get_by_index(1)?;
        let sql = "select distinct p.id from person p join post_grant g on g.person_id = p.id where g.root_id = $1 and (p.name = $2 or p.member_id = $3) order by p.id";
        let accounts = query(app.store().reader(), sql, [organisation.into(), name.clone().into(), member.into()]).await?;
        found.push(Secretary {
            organisation,
            name,
            accounts: accounts.iter().map(|row| row.try_get_by_index::<PersonId>(0)).collect::<Result<_, _>>()?,
            from: row.try_get_by_index::<String>(2)?.parse()?,
            until: row.try_get_by_index::<Option<String>>(3)?.map(|day| day.parse()).transpose()?,
        });
    }
    Ok(found)
}

/// Writes a line by hand: marked as such, counted nowhere.
///
/// # Errors
/// [`Refusal`] out of reach, of a day to come, and of nothing.
pub async fn write(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, on: Date, what: &str) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    if !app.directory().is_visible(&actor.scope(Capability::KeepResponsibility), organisation) {
        return refuse("没有找到这个党组织。".to_owned());
    }
    if what.trim().chars().count() < N_WHAT_MIN {
        return refuse("请写清楚做了什么。".to_owned());
    }
    if on > tx.today() || on.year() < tx.today().year() - 1 {
        return refuse(format!("请写做这件事的那一天，不晚于今天（{}）。", tx.today()));
    }
    let id = tx.next_id().await?;
    let sql = "insert into duty_log_entry (id, organisation_id, done_on, what, written_by, written_at) values ($1, $2, $3, $4, $5, $6)";
    let values = [id.into(), organisation.into(), on.to_string().into(), what.trim().into(), tx.actor_id().into(), tx.at_text().into()];
    execute(tx.connection(), sql, values).await?;
    tx.record("duty_log.write", "duty_log_entry", id, Some(organisation), json!(null));
    tx.changed("duty_log", id, Some(organisation));
    Ok(id)
}

/// Characters that a line has at least.
const N_WHAT_MIN: usize = 4;

/// Takes a line that was written by hand back; it stays on record.
///
/// # Errors
/// [`Refusal`] out of reach.
pub async fn withdraw(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<OrgId> {
    let entry = entry(tx.connection(), id).await?.filter(|(organisation, ..)| {
        let scope = actor.scope(Capability::KeepResponsibility);
        app.directory().is_visible(&scope, *organisation)
    });
    let Some((organisation, ..)) = entry else { return Err(Refusal("没有找到这一条自填的纪实。".to_owned()).into()) };
    execute(tx.connection(), "update duty_log_entry set withdrawn_on = $2 where id = $1", [id.into(), tx.today().to_string().into()]).await?;
    tx.record("duty_log.withdraw", "duty_log_entry", id, Some(organisation), json!(null));
    tx.changed("duty_log", id, Some(organisation));
    Ok(organisation)
}

/// A line that was written by hand and still stands: where, when, what.
async fn entry<C: sea_orm::ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<(OrgId, Date, String)>> {
    let sql = "select organisation_id, done_on, what from duty_log_entry where id = $1 and withdrawn_on is null";
    let rows = query(connection, sql, [id.into()]).await?;
    rows.first().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<String>(1)?.parse()?, row.try_get_by_index(2)?))).transpose()
}
