//! What the office does: comments, the ballot, grades, the result, the problems it hands over.

use std::collections::BTreeMap;

use policy::{Appraisal, Capability, Effect, Period};
use records::ballot;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::facts::facts_of;
use super::model::{CommentKind, Listed, Report, Session, points};
use super::report::HANDED_IN;
use super::{COMMENTING, RECTIFYING, REPORTING, SUBJECT, VOTING, appendix, rows, rule, see};
use crate::app::App;
use crate::case::{self, CaseAtWork, Done, Variables};
use crate::notice::{self, To};
use frame::app::FoundProblem;
use frame::facts;

/// The kind of notice to whoever reported.
const COMMENTED: &str = "appraisal.commented";
const PUBLISHED: &str = "appraisal.published";
const GIVEN_BACK: &str = "appraisal.given_back";
/// Characters that a comment has at least.
const N_COMMENT_MIN: usize = 6;

/// A session of the actor's own office.
async fn held(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<Session> {
    let session = rows::session(tx.connection(), id).await?;
    let session = session.filter(|it| see::stands_at(actor, Capability::HoldAppraisals, it.organisation));
    session.ok_or_else(|| Refusal("没有找到这次述职评议。".to_owned()).into())
}

/// A report to the actor's own office, with its session; never one's own.
async fn heard(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<(Session, Report)> {
    let not_found = || Refusal("没有找到这份述职报告。".to_owned());
    rows::lock(tx, id).await?;
    let report = rows::report(tx.connection(), id).await?.ok_or_else(not_found)?;
    let session = held(tx, actor, report.session).await.map_err(|_| not_found())?;
    if see::is_reporter(actor, &report) {
        return Err(Refusal("这是您自己单位的述职，不能由您点评、评定，请由别人办理。".to_owned()).into());
    }
    Ok((session, report))
}

/// Gives a report back before commenting begins: the appendix is taken anew when it comes again.
///
/// # Errors
/// [`Refusal`] of anybody but the office, later, or without a reason.
pub async fn give_back(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let (session, report) = heard(tx, actor, id).await?;
    if session.stage != REPORTING || report.handed_in_on.is_none() {
        return refuse("只有交了、还没有开始点评的报告可以退回。");
    }
    if reason.trim().is_empty() {
        return refuse("请写明哪里要改。");
    }
    let after = Report { handed_in_on: None, handed_in_by: None, is_late: false, ..report };
    rows::update(tx, &after).await?;
    tx.record("appraisal.give_back", "appraisal_report", id, Some(after.organisation), json!(null));
    tx.changed(SUBJECT, session.id, Some(session.organisation));
    let name = app.directory().name_of(session.organisation).to_owned();
    let text = format!("{name}退回了述职报告：{}", reason.trim());
    notice::send(tx, To::Organisation(after.organisation), GIVEN_BACK, &text, &after.address()).await?;
    Ok(())
}

/// Writes down what was said about a report.
///
/// # Errors
/// [`Refusal`] of anybody but the office, outside its stage, or without saying what.
pub async fn comment(app: &App, tx: &mut Tx, actor: &Actor, id: i64, kind: CommentKind, text: &str) -> anyhow::Result<i64> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    tx.lock("appraisal_report", id).await?;
    let (session, report) = heard(tx, actor, id).await?;
    if session.stage != COMMENTING {
        return refuse("现在不是点评的环节：报告收齐以后、开始测评以前可以点评。");
    }
    let text = text.trim();
    if text.chars().count() < N_COMMENT_MIN {
        return refuse("请把点评写清楚：说的是什么事、好在哪里或者差在哪里。");
    }
    let comment = rows::insert_comment(tx, id, kind, text).await?;
    tx.record("appraisal.comment", "appraisal_report", id, Some(report.organisation), json!({ "kind": kind.key() }));
    tx.changed(SUBJECT, session.id, Some(session.organisation));
    let said = format!("{}对述职作了点评", app.directory().name_of(session.organisation));
    notice::settle(tx, To::Organisation(report.organisation), COMMENTED, &report.address()).await?;
    notice::send(tx, To::Organisation(report.organisation), COMMENTED, &said, &report.address()).await?;
    Ok(comment)
}

/// Calls the ballot of a session, on paper or on devices as the pack allows; those who report are voted on.
///
/// # Errors
/// [`Refusal`] of anybody but the office, outside its stage, while one is under way, and as [`ballot::hold`] says.
pub async fn call_ballot(app: &App, tx: &mut Tx, actor: &Actor, id: i64, is_on_devices: bool) -> anyhow::Result<i64> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    tx.lock("appraisal_session", id).await?;
    let session = held(tx, actor, id).await?;
    if session.stage != VOTING {
        return refuse("现在不是测评的环节：点评结束以后组织测评。");
    }
    let reports = rows::reports_of(tx.connection(), id).await?;
    if let Some(sitting) = session.ballot_sitting
        && let Some(sitting) = ballot::find(tx.connection(), sitting).await?
        && sitting.void_reason.is_none()
    {
        return refuse("这次述职的测评已经组织了，不用再组织；作废以后可以重办。");
    }
    let pack = app.policies_of(&session.pack_version).await?;
    let new = ballot::NewSitting {
        ballot: rule(&pack, &session)?.ballot.clone(),
        organisation: session.organisation,
        subjects: reports.iter().filter(|it| is_standing(app, it.organisation)).map(|it| it.organisation).collect(),
        period: Period::year(session.year),
        held_on: tx.today(),
        is_on_devices,
    };
    let sitting = ballot::hold(app, tx, actor, new).await?;
    rows::update_session(tx, &Session { ballot_sitting: Some(sitting), ..session.clone() }).await?;
    tx.record("appraisal.call_ballot", "appraisal_session", id, Some(session.organisation), json!({ "ballot": sitting }));
    tx.changed(SUBJECT, id, Some(session.organisation));
    Ok(sitting)
}

/// What a step waits for: names of the organisations, by variable.
type Missing = Vec<(&'static str, Vec<OrgId>)>;

/// Whether an organisation has not been dissolved: nobody waits for what a dissolved one would have had to do.
fn is_standing(app: &App, organisation: OrgId) -> bool {
    app.directory().org(organisation).is_some_and(|org| org.until.is_none())
}

/// What the steps may ask, and who is missing of each.
async fn asked<C: ConnectionTrait>(app: &App, connection: &C, session: &Session) -> anyhow::Result<(Variables, Missing)> {
    let reports = rows::reports_of(connection, session.id).await?;
    let comments = rows::comments_of(connection, session.id).await?;
    let sitting = match session.ballot_sitting {
        Some(id) => ballot::find(connection, id).await?,
        None => None,
    };
    let has_problem = |it: &Report| comments.iter().any(|comment| comment.report == it.id && comment.kind == CommentKind::Problem);
    let of = |is_missing: &dyn Fn(&Report) -> bool| {
        reports.iter().filter(|it| is_missing(it)).map(|it| it.organisation).filter(|id| is_standing(app, *id)).collect::<Vec<_>>()
    };
    let missing: Missing = vec![
        ("n_reports_open", of(&|it| it.handed_in_on.is_none())),
        ("n_comments_open", of(&|it| !has_problem(it))),
        ("n_lists_open", of(&|it| it.list_filed_on.is_none())),
    ];
    let mut variables = Variables::default().with("is_voted", i64::from(sitting.is_some_and(|it| it.counted_on.is_some())));
    for (name, orgs) in &missing {
        variables = variables.with(name, i64::try_from(orgs.len())?);
    }
    Ok((variables, missing))
}

/// What the steps may ask.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn variables<C: ConnectionTrait>(app: &App, connection: &C, session: &Session) -> anyhow::Result<Variables> {
    Ok(asked(app, connection, session).await?.0)
}

/// Does one step of a session.
///
/// # Errors
/// [`Refusal`] as the procedure says, naming who is missing; of whoever reports himself.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("appraisal_session", id).await?;
    let session = held(tx, actor, id).await?;
    let reports = rows::reports_of(tx.connection(), id).await?;
    if reports.iter().any(|it| see::is_reporter(actor, it)) {
        return Err(Refusal("您自己的单位也在这次述职，不能由您办理，请由别人办理。".to_owned()).into());
    }
    let (variables, missing) = asked(app, tx.connection(), &session).await?;
    let done = match case::act(app, tx, actor, session.case_id, action, fields, &variables).await {
        Ok(done) => done,
        Err(error) => return Err(named(app, tx, &session, action, &missing, error).await?),
    };
    let pack = app.policies_of(&session.pack_version).await?;
    let mut after = session.clone();
    for effect in &done.effects {
        match effect {
            Effect::AppraisalGrade => grade(app, tx, rule(&pack, &session)?, &session, &reports).await?,
            Effect::AppraisalPublish => {
                after.published_on = Some(tx.today());
                publish(tx, &after, &reports).await?;
            }
            _ => anyhow::bail!("the effect {effect:?} is not one of an appraisal"),
        }
    }
    // Voted again: what the ballot before gave is gone, and the office has to call another.
    if session.stage != COMMENTING && done.to.as_deref() == Some(VOTING) {
        after.ballot_sitting = None;
        for it in &reports {
            let bare = Report { ballot_share: None, assessment_share: None, points: None, grade: String::new(), ..it.clone() };
            rows::update(tx, &bare).await?;
        }
    }
    if done.is_closed {
        after.closed_on = Some(tx.today());
        tx.record("appraisal.close", "appraisal_session", id, Some(session.organisation), json!(null));
    }
    rows::update_session(tx, &after).await?;
    tx.changed(SUBJECT, id, Some(session.organisation));
    Ok(done)
}

/// A refusal with the names of those for whom the step waits.
async fn named(app: &App, tx: &Tx, session: &Session, action: &str, missing: &Missing, error: anyhow::Error) -> anyhow::Result<anyhow::Error> {
    let refusal = error.downcast::<Refusal>()?;
    let work = CaseAtWork::read_in(app, tx.connection(), session.case_id).await?;
    let rule = work.as_ref().and_then(|work| work.action(action));
    let is_said = rule.is_some_and(|rule| rule.refused.as_deref().is_some_and(|sentence| refusal.0.contains(sentence)));
    let asked: Vec<&str> = rule.and_then(|rule| rule.when.as_ref()).into_iter().flat_map(policy::Expression::names).collect();
    let directory = app.directory();
    let waited = missing.iter().filter(|(name, _)| asked.contains(name)).flat_map(|(_, orgs)| orgs);
    let names: Vec<&str> = waited.map(|id| directory.name_of(*id)).collect();
    let sentence = if is_said && !names.is_empty() { format!("{}：{}。", refusal.0.trim_end_matches('。'), names.join("、")) } else { refusal.0 };
    Ok(Refusal(sentence).into())
}

/// Reckons the points of everybody who reported, exactly, and the grade that follows.
async fn grade(app: &App, tx: &mut Tx, rule: &Appraisal, session: &Session, reports: &[Report]) -> anyhow::Result<()> {
    let sitting = session.ballot_sitting.ok_or_else(|| Refusal("测评还没有组织。".to_owned()))?;
    let subjects = ballot::subjects(tx.connection(), sitting).await?;
    for report in reports {
        let share = subjects.iter().find(|it| it.organisation == report.organisation).and_then(|it| it.share);
        let Some(share) = share else {
            if !is_standing(app, report.organisation) {
                continue;
            }
            return Err(Refusal(format!("{}没有测评结果，不能评定等次。", app.directory().name_of(report.organisation))).into());
        };
        let assessment = match &rule.scheme {
            Some(scheme) => appendix::assessment_share(app, tx.connection(), scheme, report.organisation, session.year).await?,
            None => None,
        };
        let total = points(rule, share, assessment);
        let grade = rule.grade_of(total).map(|grade| grade.name.clone()).unwrap_or_default();
        let after = Report { ballot_share: Some(share), assessment_share: assessment, points: Some(total), grade, ..report.clone() };
        rows::update(tx, &after).await?;
    }
    tx.record("appraisal.grade", "appraisal_session", session.id, Some(session.organisation), json!({ "reports": reports.len() }));
    Ok(())
}

/// The result stands: it is told to each, and it is a fact.
async fn publish(tx: &mut Tx, session: &Session, reports: &[Report]) -> anyhow::Result<()> {
    facts::replace(tx, SUBJECT, reports.iter().map(|it| (it.id, facts_of(session, it))).collect()).await?;
    tx.record("appraisal.publish", "appraisal_session", session.id, Some(session.organisation), json!(null));
    for it in reports {
        tx.changed(SUBJECT, it.id, Some(it.organisation));
        let text = format!("“{}”的结果公布了", session.title);
        notice::settle(tx, To::Organisation(session.organisation), HANDED_IN, &it.address()).await?;
        notice::send(tx, To::Organisation(it.organisation), PUBLISHED, &text, &it.address()).await?;
    }
    Ok(())
}

/// Hands the problems of a report over: each becomes a row of the ledger with its owner and its day.
///
/// # Errors
/// [`Refusal`] of anybody but the office, before the result stands, twice, with a problem left out, without an owner, or for a day that is
/// over. What is said word for word of a problem that is still open is that problem: it is linked, not entered again.
pub async fn file_list(app: &App, tx: &mut Tx, actor: &Actor, id: i64, list: Vec<Listed>) -> anyhow::Result<Vec<i64>> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("appraisal_report", id).await?;
    let (session, report) = heard(tx, actor, id).await?;
    if session.stage != RECTIFYING {
        return refuse("结果公布以后再列问题清单。".to_owned());
    }
    if report.list_filed_on.is_some() {
        return refuse("这份问题清单已经列入问题台账。".to_owned());
    }
    let pack = app.policies_of(&session.pack_version).await?;
    let rule = rule(&pack, &session)?;
    let comments = rows::comments_of(tx.connection(), session.id).await?;
    let mut found: Vec<FoundProblem> = Vec::new();
    let mut of = Vec::new();
    let mut known = Vec::new();
    for comment in comments.iter().filter(|it| it.report == id && it.kind == CommentKind::Problem) {
        let Some(listed) = list.iter().find(|it| it.comment == comment.id) else {
            return refuse(format!("点评指出的问题都要列入，还差：{}。", comment.text));
        };
        if listed.owner.trim().is_empty() {
            return refuse("每个问题请写责任人的职务和姓名，没有责任人的不能列入。".to_owned());
        }
        if listed.due_on < tx.today() {
            return refuse(format!("整改时限不能早于今天（{}）。", tx.today()));
        }
        if let Some(problem) = rows::open_problem(tx.connection(), report.organisation, &comment.text).await? {
            known.push((comment.id, problem));
            continue;
        }
        // Said twice on the day it is one problem.
        let at = found.iter().position(|it| it.text == comment.text);
        of.push((comment.id, at.unwrap_or(found.len())));
        if at.is_some() {
            continue;
        }
        found.push(FoundProblem {
            organisation: report.organisation,
            source: rule.source.clone(),
            kind: rule.problem_type.clone(),
            text: comment.text.clone(),
            basis: format!("{} {}", session.title, comment.said_on),
            owner: listed.owner.trim().to_owned(),
            due_on: listed.due_on,
            origin: (SUBJECT.to_owned(), report.id),
        });
    }
    if found.is_empty() && known.is_empty() {
        return refuse("点评没有指出问题，没有可以列入的。".to_owned());
    }
    let raised = match found.is_empty() {
        true => Vec::new(),
        false => (app.rooms().raise_problems)(app, tx, session.organisation, found).await?,
    };
    let n_known = known.len();
    known.extend(of.into_iter().map(|(comment, at)| (comment, raised[at])));
    for (comment, problem) in &known {
        rows::set_problem(tx, *comment, *problem).await?;
    }
    let mut problems: Vec<i64> = known.into_iter().map(|(_, problem)| problem).collect();
    problems.sort_unstable();
    problems.dedup();
    rows::update(tx, &Report { list_filed_on: Some(tx.today()), ..report.clone() }).await?;
    tx.record("appraisal.file_list", "appraisal_report", id, Some(report.organisation), json!({ "problems": problems.len(), "known": n_known }));
    tx.changed(SUBJECT, session.id, Some(session.organisation));
    Ok(problems)
}
