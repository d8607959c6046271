//! Rows of the ledger: SQL in, model out.

use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{problem as problem_row, self_check as self_check_row};
use store::{OrgId, Tx, execute, insert_all, query};

use super::model::{Problem, Step};
use super::self_check::SelfCheck;
use crate::directory::optional_day;

/// The columns of a problem `p`.
pub(super) const PROBLEM: &str = "p.id, p.organisation_id, p.issuer_id, p.case_id, p.case_item_id, p.is_own, p.source, p.problem_type, p.text, p.basis, p.owner, p.due_on, p.raised_on, p.raised_by, p.raiser, p.recurs_id, p.origin, p.origin_id, p.is_handed_in, p.closed_on, p.is_late, p.is_dismissed, (select c.procedure || '|' || c.stage || '|' || c.stage_since from case_file c where c.id = p.case_id) as step";

pub(super) fn read(row: &QueryResult) -> anyhow::Result<Problem> {
    Ok(Problem {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        issuer: row.try_get("", "issuer_id")?,
        case_id: row.try_get("", "case_id")?,
        case_item: row.try_get("", "case_item_id")?,
        is_own: row.try_get("", "is_own")?,
        source: row.try_get("", "source")?,
        kind: row.try_get("", "problem_type")?,
        text: row.try_get("", "text")?,
        basis: row.try_get("", "basis")?,
        owner: row.try_get("", "owner")?,
        due_on: row.try_get::<String>("", "due_on")?.parse()?,
        raised_on: row.try_get::<String>("", "raised_on")?.parse()?,
        raised_by: row.try_get("", "raised_by")?,
        raiser: row.try_get("", "raiser")?,
        recurs: row.try_get("", "recurs_id")?,
        origin: row.try_get("", "origin")?,
        origin_id: row.try_get("", "origin_id")?,
        is_handed_in: row.try_get("", "is_handed_in")?,
        closed_on: optional_day(row, "closed_on")?,
        is_late: row.try_get("", "is_late")?,
        is_dismissed: row.try_get("", "is_dismissed")?,
        step: row.try_get::<Option<String>>("", "step")?.as_deref().and_then(read_step),
    })
}

fn read_step(text: &str) -> Option<Step> {
    let mut parts = text.split('|').map(str::to_owned);
    Some(Step { procedure: parts.next()?, stage: parts.next()?, since: parts.next()?.parse().ok()? })
}

/// Problems under a condition over `p`, in an order that ends in the number.
pub(super) async fn problems_where<C: ConnectionTrait>(
    connection: &C,
    condition: &str,
    order_and_limit: &str,
    values: Vec<Value>,
) -> anyhow::Result<Vec<Problem>> {
    let sql = format!("select {PROBLEM} from problem p where {condition} order by {order_and_limit}");
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One problem.
pub(super) async fn problem<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Problem>> {
    Ok(problems_where(connection, "p.id = $1", "p.id", vec![id.into()]).await?.into_iter().next())
}

/// The problems of a case.
pub(super) async fn of_case<C: ConnectionTrait>(connection: &C, case_id: i64) -> anyhow::Result<Vec<Problem>> {
    problems_where(connection, "p.case_id = $1", "p.id", vec![case_id.into()]).await
}

/// The newest problem of a type at an organisation that was closed, and not because it was none.
pub(super) async fn closed_before<C: ConnectionTrait>(connection: &C, organisation: OrgId, kind: &str) -> anyhow::Result<Option<i64>> {
    if kind.is_empty() {
        return Ok(None);
    }
    let sql = "select id from problem where problem_type = $1 and organisation_id = $2 and closed_on is not null and not is_dismissed order by closed_on desc, id desc limit 1";
    let rows = query(connection, sql, [kind.into(), organisation.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

/// What came after a problem, of the same type at the same place.
pub(super) async fn recurred<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Vec<Problem>> {
    problems_where(connection, "p.recurs_id = $1", "p.id", vec![id.into()]).await
}

pub(super) async fn insert(tx: &mut Tx, problems: &[Problem]) -> anyhow::Result<()> {
    let rows = problems.iter().map(|it| problem_row::ActiveModel {
        id: Set(it.id),
        organisation_id: Set(it.organisation),
        issuer_id: Set(it.issuer),
        case_id: Set(it.case_id),
        case_item_id: Set(it.case_item),
        is_own: Set(it.is_own),
        source: Set(it.source.clone()),
        problem_type: Set(it.kind.clone()),
        text: Set(it.text.clone()),
        basis: Set(it.basis.clone()),
        owner: Set(it.owner.clone()),
        due_on: Set(it.due_on.to_string()),
        raised_on: Set(it.raised_on.to_string()),
        raised_by: Set(it.raised_by),
        raiser: Set(it.raiser.clone()),
        recurs_id: Set(it.recurs),
        origin: Set(it.origin.clone()),
        origin_id: Set(it.origin_id),
        is_handed_in: Set(it.is_handed_in),
        closed_on: Set(it.closed_on.map(|day| day.to_string())),
        is_late: Set(it.is_late),
        is_dismissed: Set(it.is_dismissed),
    });
    insert_all::<problem_row::Entity, _, _>(tx.connection(), rows.collect()).await?;
    for it in problems {
        tx.changed("problem", it.id, Some(it.organisation));
    }
    Ok(())
}

/// Writes what changes while a problem is put right.
pub(super) async fn update(tx: &mut Tx, it: &Problem) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update problem set due_on = $2, is_handed_in = $3, closed_on = $4, is_late = $5, is_dismissed = $6, issuer_id = $7 where id = $1",
        [
            it.id.into(),
            it.due_on.to_string().into(),
            it.is_handed_in.into(),
            it.closed_on.map(|day| day.to_string()).into(),
            it.is_late.into(),
            it.is_dismissed.into(),
            it.issuer.into(),
        ],
    )
    .await?;
    tx.changed("problem", it.id, Some(it.organisation));
    Ok(())
}

pub(super) async fn insert_self_check(tx: &mut Tx, it: &SelfCheck, issued_by: Option<i64>) -> anyhow::Result<()> {
    self_check_row::ActiveModel {
        id: Set(it.id),
        organisation_id: Set(it.organisation),
        procedure: Set(it.procedure.clone()),
        problem_type: Set(it.kind.clone()),
        field: Set(it.field.clone()),
        level: Set(it.level.clone()),
        reason: Set(it.reason.clone()),
        due_on: Set(it.due_on.to_string()),
        issued_on: Set(it.issued_on.to_string()),
        issued_by: Set(issued_by),
        feedback_id: Set(it.feedback),
    }
    .insert(tx.connection())
    .await?;
    tx.changed("self_check", it.id, Some(it.organisation));
    Ok(())
}

/// Orders to look for the same, newest first, under a condition over `s`.
pub(super) async fn self_checks<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<SelfCheck>> {
    let sql = format!(
        "select s.id, s.organisation_id, s.procedure, s.problem_type, s.field, s.level, s.reason, s.due_on, s.issued_on, s.feedback_id from self_check s where {condition} order by s.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<SelfCheck> {
        Ok(SelfCheck {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            procedure: row.try_get("", "procedure")?,
            kind: row.try_get("", "problem_type")?,
            field: row.try_get("", "field")?,
            level: row.try_get("", "level")?,
            reason: row.try_get("", "reason")?,
            due_on: row.try_get::<String>("", "due_on")?.parse()?,
            issued_on: row.try_get::<String>("", "issued_on")?.parse()?,
            feedback: row.try_get("", "feedback_id")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}
