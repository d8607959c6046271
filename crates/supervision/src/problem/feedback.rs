//! What an outside body fed back (巡视反馈、资料抽查): its wording, the problems it is split into, the look elsewhere, the reply.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use policy::{Capability, Pack};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::feedback as feedback_row;
use store::{Actor, Grant, OrgId, Refusal, Tx, query};

use super::model::Problem;
use super::self_check::SelfCheck;
use super::{SELF_CHECK, listed, rows, see};
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
    /// For what nobody was ordered yet to look elsewhere.
    pub lacking: Vec<Look>,
    /// By order: units that look for it, and those whose answer was accepted.
    pub units: HashMap<i64, (usize, usize)>,
}

/// What is to be looked for elsewhere: a type of problem, in a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    pub kind: String,
    pub field: String,
}

impl Look {
    /// As one says it.
    #[must_use]
    pub fn words(&self, pack: &Pack) -> String {
        let field = pack.fields.get(&self.field).map_or(self.field.as_str(), |field| field.name.as_str());
        format!("“{}”（{field}）", self.kind)
    }
}

impl Progress {
    /// Units that look for it by these orders, and those whose answer was accepted.
    #[must_use]
    pub fn n_units(&self) -> (usize, usize) {
        let counted = self.orders.iter().filter_map(|order| self.units.get(&order.id));
        counted.fold((0, 0), |(n, n_closed), (of, closed)| (n + of, n_closed + closed))
    }

    /// What is still open, as one says it; empty: nothing.
    #[must_use]
    pub fn open(&self, pack: &Pack) -> Vec<String> {
        let mut open = Vec::new();
        let n_open = self.problems.iter().filter(|it| it.closed_on.is_none()).count();
        if self.problems.is_empty() {
            open.push("反馈还没有拆分成问题".to_owned());
        } else if n_open > 0 {
            open.push(format!("还有 {n_open} 个问题没有核验销号"));
        }
        if !self.lacking.is_empty() {
            let each: Vec<String> = self.lacking.iter().map(|look| look.words(pack)).collect();
            open.push(format!("还没有发出举一反三自查：{}", each.join("、")));
        }
        let (n, n_closed) = self.n_units();
        if n_closed < n {
            open.push(format!("举一反三自查还有 {} 个单位没有核实办结", n - n_closed));
        }
        open
    }
}

impl Progress {
    /// The part that falls to an office with a field of its own: problems that it sees, what is to be looked for there.
    #[must_use]
    pub fn within(mut self, app: &App, actor: &Actor) -> Self {
        let scope = see::reach(actor);
        let directory = app.directory();
        self.problems.retain(|it| directory.visible_ever(&scope, it.organisation).is_some());
        self.lacking.retain(|look| is_of_reach(actor, &look.field));
        self.orders.retain(|order| is_of_reach(actor, &order.field));
        self
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

/// Feedback that offices of somebody's reach received, newest first; and, for an office with a field of its own, what was fed back
/// to where it stands about a problem of that field.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen<C: ConnectionTrait>(connection: &C, actor: &Actor, id: Option<i64>) -> anyhow::Result<Vec<Feedback>> {
    let which = id.map_or_else(String::new, |id| format!(" and f.id = {id}"));
    let of_field: Vec<String> = field_offices(actor)
        .map(|office| {
            let roots = office.grants.iter().filter_map(|grant| grant.set.root).collect::<Vec<_>>();
            let scope = office.scope(Capability::VerifyProblems).sql("p.organisation_id");
            format!(
                " or (f.organisation_id in ({}) and exists (select 1 from problem p where p.origin = '{ORIGIN}' and p.origin_id = f.id and {scope}))",
                listed(&roots)
            )
        })
        .collect();
    let sql = format!(
        "select f.id, f.organisation_id, f.source_body, f.number, f.received_on, f.wording, f.reply_due_on from feedback f where ({}{}){which} order by f.id desc",
        see::reach(actor).sql("f.organisation_id"),
        of_field.concat()
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

/// The actor as each of his posts that verify in fields of their own.
fn field_offices(actor: &Actor) -> impl Iterator<Item = Actor> {
    let grants = actor.grants_with(Capability::VerifyProblems).filter(|grant| !grant.set.fields.is_empty() && grant.set.case_id.is_none());
    grants.map(|grant| Actor { grants: vec![grant.clone()], ..actor.clone() })
}

/// Whether somebody stands at the office that received a feedback for all fields: he splits it, and replies.
#[must_use]
pub fn is_receiver(actor: &Actor, office: OrgId) -> bool {
    let stands = |grant: &Grant| grant.set.everything || (grant.set.root == Some(office) && grant.set.fields.is_empty());
    actor.grants_with(Capability::VerifyProblems).any(stands)
}

/// Whether some post of his verifies in a field.
fn is_of_reach(actor: &Actor, field: &str) -> bool {
    actor.grants_with(Capability::VerifyProblems).any(|grant| grant.set.fields.is_empty() || grant.set.fields.iter().any(|own| own == field))
}

/// How far a feedback is: its problems and the look elsewhere. Each type of problem is looked for in each field where it was found, by
/// an order that names this feedback, or that the same office gave for it since.
///
/// # Errors
/// When the database cannot be read.
pub async fn progress(app: &App, it: &Feedback) -> anyhow::Result<Progress> {
    let reader = app.store().reader();
    let problems = rows::problems_where(reader, "p.origin = $1 and p.origin_id = $2", "p.id", vec![ORIGIN.into(), it.id.into()]).await?;
    let condition = "s.feedback_id = $1 or (s.feedback_id is null and s.procedure = $2 and s.organisation_id = $3 and s.issued_on >= $4)";
    let values = vec![it.id.into(), SELF_CHECK.into(), it.organisation.into(), it.received_on.to_string().into()];
    let mut orders = rows::self_checks(reader, condition, values).await?;
    let wanted: BTreeSet<Look> = {
        let directory = app.directory();
        let look = |problem: &Problem| {
            let field = directory.org_ever(problem.organisation).map(|org| org.field.clone())?;
            (!problem.kind.is_empty()).then(|| Look { kind: problem.kind.clone(), field })
        };
        problems.iter().filter(|problem| !problem.is_dismissed).filter_map(look).collect()
    };
    let is_for = |order: &SelfCheck, look: &Look| order.kind == look.kind && order.field == look.field;
    orders.retain(|order| order.feedback.is_some() || wanted.iter().any(|look| is_for(order, look)));
    let lacking = wanted.into_iter().filter(|look| !orders.iter().any(|order| is_for(order, look))).collect();
    let ids: Vec<i64> = orders.iter().map(|order| order.id).chain([0]).collect();
    let sql = format!(
        "select c.subject_id, count(*), count(c.closed_at) from case_file c where c.subject_kind = $1 and c.subject_id in ({}) group by c.subject_id",
        listed(&ids)
    );
    let mut units = HashMap::new();
    for row in query(reader, sql, [SELF_CHECK.into()]).await? {
        let n = |at: usize| -> anyhow::Result<usize> { Ok(usize::try_from(row.try_get_by_index::<i64>(at)?)?) };
        units.insert(row.try_get_by_index(0)?, (n(1)?, n(2)?));
    }
    Ok(Progress { problems, orders, lacking, units })
}
