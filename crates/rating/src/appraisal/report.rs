//! Handing a report in: last year's problems and the year's imbalance answered, sections typed, the appendix taken from the records and frozen with it.

use std::collections::BTreeMap;

use policy::Capability;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::{Answered, Asked, Body, Report, Session, lacking};
use super::open::TOLD;
use super::{REPORTING, SUBJECT, appendix, rows, rule, see};
use crate::app::App;
use crate::notice::{self, To};

/// The kind of notice to the office.
pub(super) const HANDED_IN: &str = "appraisal.handed_in";

/// A report about to be handed in.
#[derive(Debug, Clone, Default)]
pub struct NewReport {
    pub report: i64,
    /// By key of the section.
    pub sections: BTreeMap<String, String>,
    /// By number of the problem.
    pub answers: BTreeMap<i64, String>,
    /// By key of the question.
    pub balance: BTreeMap<String, String>,
}

/// The report that somebody writes, with its session.
///
/// # Errors
/// [`Refusal`] of anybody but the unit itself.
pub(super) async fn own(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<(Session, Report)> {
    let not_found = || Refusal("没有找到要您交的述职报告。".to_owned());
    let report = rows::report(tx.connection(), id).await?.filter(|it| see::stands_at(actor, Capability::ReportInAppraisals, it.organisation));
    let report = report.ok_or_else(not_found)?;
    let session = rows::session(tx.connection(), report.session).await?.ok_or_else(not_found)?;
    Ok((session, report))
}

/// Last year's problems with what is answered to each.
pub(super) fn answered(problems: Vec<Answered>, answers: &BTreeMap<i64, String>) -> Vec<Answered> {
    let answer = |it: Answered| Answered { answer: answers.get(&it.problem).map_or("", |text| text.trim()).to_owned(), ..it };
    problems.into_iter().map(answer).collect()
}

/// What the year's balance asks of whoever reports, with what is answered to each.
///
/// # Errors
/// When the records cannot be read.
pub(super) async fn asked<C: ConnectionTrait>(
    app: &App,
    actor: &Actor,
    connection: &C,
    session: &Session,
    organisation: OrgId,
    answers: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<Asked>> {
    // Whoever reports is asked by his unit's records, whether or not he keeps its ledgers.
    let scope = actor.scope(Capability::ReportInAppraisals).union(actor.scope(Capability::ViewAppraisals));
    let questions = records::ledger::questions_of(app, connection, &scope, organisation, session.year).await?;
    let with_answer = |it: records::ledger::Question| Asked {
        answer: answers.get(&it.key).map_or("", |text| text.trim()).to_owned(),
        key: it.key,
        text: it.text,
        href: it.href,
    };
    Ok(questions.into_iter().map(with_answer).collect())
}

/// Hands a report in; late when its day is over.
///
/// # Errors
/// [`Refusal`] of anybody but the unit itself, twice, after commenting began, with a problem of last year or a gap in the balance unanswered, or a section missing.
pub async fn hand_in(app: &App, tx: &mut Tx, actor: &Actor, new: NewReport) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    rows::lock(tx, new.report).await?;
    let (session, report) = own(tx, actor, new.report).await?;
    if report.handed_in_on.is_some() {
        return refuse("述职报告已经交了，连同数据附录一起固定；要改的请组织述职的单位退回。".to_owned());
    }
    if session.stage != REPORTING {
        return refuse("已经开始点评，不再收述职报告。".to_owned());
    }
    let pack = app.policies_of(&session.pack_version).await?;
    let rule = rule(&pack, &session)?;
    let last_year = answered(see::previous(tx.connection(), &session, report.organisation, tx.today()).await?, &new.answers);
    let balance = asked(app, actor, tx.connection(), &session, report.organisation, &new.balance).await?;
    let problems = lacking(rule, &new.sections, &last_year, &balance);
    if !problems.is_empty() {
        return refuse(problems.into_iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join("；"));
    }
    let sections = rule.sections.iter().filter_map(|section| Some((section.key.clone(), new.sections.get(&section.key)?.trim().to_owned())));
    let appendix = appendix::parts(app, actor, tx.connection(), rule, &session, report.organisation, tx.today()).await?;
    let first = report.body.first_in_on.unwrap_or(tx.today());
    let after = Report {
        body: Body { last_year, balance, sections: sections.collect(), appendix, first_in_on: Some(first) },
        handed_in_on: Some(tx.today()),
        handed_in_by: tx.actor_id(),
        is_late: first > session.due_on,
        ..report
    };
    rows::update(tx, &after).await?;
    tx.record("appraisal.hand_in", "appraisal_report", after.id, Some(after.organisation), json!({ "late": after.is_late }));
    tx.changed(SUBJECT, session.id, Some(session.organisation));
    notice::settle(tx, To::Organisation(after.organisation), TOLD, &session.address()).await?;
    let text = format!("{}交了“{}”的述职报告", app.directory().name_of(after.organisation), session.title);
    notice::send(tx, To::Organisation(session.organisation), HANDED_IN, &text, &after.address()).await?;
    Ok(())
}
