//! Writing a report: last year's problems first, then what is typed; the appendix comes by itself.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use policy::Capability;
use store::Refusal;

use super::super::model::{Answered, Asked, Part, lacking};
use super::super::report::{NewReport, answered, asked, hand_in as hand_report_in};
use super::super::{REPORTING, appendix, see};
use super::{Seen, layout};
use crate::http::action::Form;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Field, Link};
use crate::http::visit::{Answer, Visit};

/// What must be answered.
#[derive(Clone)]
struct Due {
    problems: Vec<Answered>,
    balance: Vec<Asked>,
}

struct AnswerView {
    text: String,
    state: String,
    field: Field,
}

struct BalanceView {
    text: Link,
    field: Field,
}

#[derive(Template)]
#[template(path = "pages/appraisal_write.html")]
struct WritePage {
    layout: Layout,
    id: i64,
    title: String,
    lead: String,
    problems: Vec<String>,
    year_before: i16,
    answers: Vec<AnswerView>,
    balance: Vec<BalanceView>,
    sections: Vec<Field>,
    appendix: Vec<Part>,
    back: String,
    is_answered: bool,
}

/// The report if the visitor is to write it now, with last year's problems and the year's imbalance as they stand.
async fn owed(visit: &Visit, id: i64) -> Result<(Seen, Due), Failure> {
    let seen = Seen::of(visit, id).await?;
    if !see::stands_at(visit.actor(), Capability::ReportInAppraisals, seen.report.organisation) {
        return Err(Failure::NotFound);
    }
    let (reader, organisation) = (visit.app.store().reader(), seen.report.organisation);
    let problems = see::previous(reader, seen.session(), organisation, visit.today()).await?;
    let balance = asked(&visit.app, visit.actor(), reader, seen.session(), organisation, &BTreeMap::new()).await?;
    Ok((seen, Due { problems, balance }))
}

/// `GET /appraisals/reports/{id}/write`
///
/// # Errors
/// [`Failure::NotFound`] for anybody but the unit.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (seen, due) = owed(&visit, id).await?;
    if seen.report.handed_in_on.is_some() || seen.session().stage != REPORTING {
        return Ok(visit.refuse(&seen.report.address(), "述职报告已经交了，或者已经开始点评，不能再写。"));
    }
    // A report that was given back goes on from what it said.
    let before = seen.report.body.sections.clone().into_iter();
    let answers = seen.report.body.last_year.iter().map(|it| (format!("answer_{}", it.problem), it.answer.clone()));
    let balance = seen.report.body.balance.iter().map(|it| (it.field(), it.answer.clone()));
    let form = Form::prefilled(before.chain(answers).chain(balance));
    visit.page(&page(&visit, &seen, due, &form, Vec::new(), false).await?)
}

async fn page(visit: &Visit, seen: &Seen, due: Due, form: &Form, refused: Vec<String>, is_answered: bool) -> anyhow::Result<WritePage> {
    let (rule, session, it) = (seen.rule()?, seen.session(), &seen.report);
    let section = |section: &policy::ReportSection| {
        let field = form.field(&section.key, &format!("{}（自填）", section.name));
        match &section.hint {
            Some(hint) => field.hint(hint.clone()),
            None => field,
        }
    };
    let answer = |it: Answered| AnswerView {
        field: form.field(&format!("answer_{}", it.problem), "整改得怎样"),
        text: it.text,
        state: format!("责任人 {}，时限 {}，{}", it.owner, it.due_on, it.state),
    };
    let question =
        |it: Asked| BalanceView { field: form.field(&it.field(), "为什么不足、下一步怎么补"), text: Link::new(it.text, it.href) };
    Ok(WritePage {
        layout: layout(visit, session, "写述职报告").crumb("写述职报告", ""),
        id: it.id,
        title: format!("{}述职报告", visit.app.directory().name_of(it.organisation)),
        lead: format!("{}，{} 前交。数据附录由系统按交的当天生成，连同报告一起固定，不用填数字。", it.way(), session.due_on),
        problems: refused,
        year_before: session.year - 1,
        answers: due.problems.into_iter().map(answer).collect(),
        balance: due.balance.into_iter().map(question).collect(),
        sections: rule.sections.iter().map(section).collect(),
        appendix: appendix::parts(&visit.app, visit.actor(), visit.app.store().reader(), rule, session, it.organisation, visit.today()).await?,
        back: it.address(),
        is_answered,
    })
}

/// `POST /appraisals/reports/{id}/write`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn hand_in(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (seen, due) = owed(&visit, id).await?;
    let mut form = Form::new(sent.clone());
    let sections: BTreeMap<String, String> =
        seen.rule()?.sections.iter().map(|section| (section.key.clone(), form.text(&section.key).to_owned())).collect();
    let answers: BTreeMap<i64, String> =
        due.problems.iter().map(|it| (it.problem, form.text(&format!("answer_{}", it.problem)).to_owned())).collect();
    let balance: BTreeMap<String, String> = due.balance.iter().map(|it| (it.key.clone(), form.text(&it.field()).to_owned())).collect();
    let said = |it: &Asked| Asked { answer: balance.get(&it.key).cloned().unwrap_or_default(), ..it.clone() };
    let questions: Vec<Asked> = due.balance.iter().map(said).collect();
    for (field, sentence) in lacking(seen.rule()?, &sections, &answered(due.problems.clone(), &answers), &questions) {
        form.problem(&field, sentence);
    }
    if !form.is_right() {
        let page: Response = visit.page(&page(&visit, &seen, due, &form, vec!["还有没有写全的，请看下面标出的各栏。".to_owned()], true).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let back = seen.report.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&answer, "述职报告已经交了，没有重复记录。"));
    }
    match hand_report_in(&visit.app, &mut tx, visit.actor(), NewReport { report: id, sections, answers, balance }).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &back, "述职报告已经交了，数据附录一起固定。")),
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            let page: Response = visit.page(&page(&visit, &seen, due, &form, vec![refusal.0], true).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
