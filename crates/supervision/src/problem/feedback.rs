//! What an outside body fed back (巡视反馈、资料抽查): its wording, the problems it is split into, the look elsewhere, the reply.

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::feedback as feedback_row;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::model::Problem;
use super::self_check::SelfCheck;
use super::{SELF_CHECK, rows, see};
use crate::app::App;

/// Of problems that a feedback was split into, the origin; and the procedure by which they are put right.
pub const ORIGIN: &str = "feedback";
/// The procedure of such problems: the county checks before the office that received it verifies.
pub const FEEDBACK_PROBLEM: &str = "feedback_problem";

/// A feedback as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub id: i64,
    /// The office that received it, and replies.
    pub organisation: OrgId,
    pub source_body: String,
    /// Number of the document; may be empty.
    pub number: String,
    pub received_on: Date,
    pub wording: String,
    pub reply_due_on: Date,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub problems: Vec<Problem>,
    pub orders: Vec<SelfCheck>,
    /// Units that look elsewhere: how many, and how many are through.
    pub n_units: usize,
    pub n_units_closed: usize,
}

impl Progress {
    /// What is still open, as one says it; empty: nothing.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        let n_open = self.problems.iter().filter(|it| it.closed_on.is_none()).count();
        if self.problems.is_empty() {
            open.push("反馈还没有拆分成问题".to_owned());
        } else if n_open > 0 {
            open.push(format!("还有 {n_open} 个问题没有核验销号"));
        }
        if self.orders.is_empty() {
            open.push("还没有发出举一反三自查".to_owned());
        } else if self.n_units_closed < self.n_units {
            open.push(format!("举一反三自查还有 {} 个单位没有核实办结", self.n_units - self.n_units_closed));
        }
        open
    }
}

/// A feedback about to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeedback {
    pub organisation: OrgId,
    pub source_body: String,
    pub number: String,
    pub received_on: Date,
    pub wording: String,
    pub reply_due_on: Date,
}

/// Enters what was fed back, in its own words.
///
/// # Errors
/// [`Refusal`] when somebody else's office received it, or a part is missing.
pub async fn enter(tx: &mut Tx, actor: &Actor, new: NewFeedback) -> anyhow::Result<i64> {
    let stands = actor.grants_with(Capability::VerifyProblems).any(|grant| grant.set.everything || grant.set.root == Some(new.organisation));
    if !stands {
        return Err(Refusal("由接到反馈的党委组织部门录入。".to_owned()).into());
    }
    if new.source_body.trim().is_empty() || new.wording.trim().is_empty() {
        return Err(Refusal("请写哪里反馈的、反馈的原话。".to_owned()).into());
    }
    if new.received_on > tx.today() {
        return Err(Refusal(format!("收到反馈的日期不能晚于今天（{}）。", tx.today())).into());
    }
    if new.reply_due_on < new.received_on {
        return Err(Refusal("报告整改情况的时限不能早于收到反馈的那天。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    feedback_row::ActiveModel {
        id: Set(id),
        organisation_id: Set(new.organisation),
        source_body: Set(new.source_body.trim().to_owned()),
        number: Set(new.number.trim().to_owned()),
        received_on: Set(new.received_on.to_string()),
        wording: Set(new.wording.trim().to_owned()),
        reply_due_on: Set(new.reply_due_on.to_string()),
        entered_by: Set(tx.actor_id()),
        entered_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    tx.record("feedback.enter", "feedback", id, Some(new.organisation), json!(null));
    tx.changed("feedback", id, Some(new.organisation));
    Ok(id)
}

/// Feedback that offices of somebody's reach received, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen<C: ConnectionTrait>(connection: &C, actor: &Actor, id: Option<i64>) -> anyhow::Result<Vec<Feedback>> {
    let which = id.map_or_else(String::new, |id| format!(" and f.id = {id}"));
    let sql = format!(
        "select f.id, f.organisation_id, f.source_body, f.number, f.received_on, f.wording, f.reply_due_on from feedback f where {}{which} order by f.id desc",
        see::reach(actor).sql("f.organisation_id")
    );
    let read = |row: &QueryResult| -> anyhow::Result<Feedback> {
        Ok(Feedback {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            source_body: row.try_get("", "source_body")?,
            number: row.try_get("", "number")?,
            received_on: row.try_get::<String>("", "received_on")?.parse()?,
            wording: row.try_get("", "wording")?,
            reply_due_on: row.try_get::<String>("", "reply_due_on")?.parse()?,
        })
    };
    query(connection, sql, []).await?.iter().map(read).collect()
}

/// How far a feedback is: its problems and the look elsewhere.
///
/// # Errors
/// When the database cannot be read.
pub async fn progress(app: &App, id: i64) -> anyhow::Result<Progress> {
    let reader = app.store().reader();
    let problems = rows::problems_where(reader, "p.origin = $1 and p.origin_id = $2", "p.id", vec![ORIGIN.into(), id.into()]).await?;
    let orders = rows::self_checks(reader, "s.feedback_id = $1", vec![id.into()]).await?;
    let sql = "select count(*), count(c.closed_at) from case_file c join self_check s on s.id = c.subject_id where c.subject_kind = $1 and s.feedback_id = $2";
    let counted = query(reader, sql, [SELF_CHECK.into(), id.into()]).await?;
    let n = |at: usize| -> anyhow::Result<usize> {
        Ok(counted.first().map_or(Ok(0), |row| row.try_get_by_index::<i64>(at)).map(|n| usize::try_from(n).unwrap_or_default())?)
    };
    Ok(Progress { problems, orders, n_units: n(0)?, n_units_closed: n(1)? })
}
