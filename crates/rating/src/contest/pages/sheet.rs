//! A judge's sheet, for a phone: everybody who takes part, one score and one remark each, given once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::Refusal;

use super::super::model::{Judge, Round};
use super::super::score::{Given, score};
use super::super::{SCORING, rows, rule};
use crate::http::action::Form;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Field;
use crate::http::visit::{Answer, Visit};

struct EntryView {
    name: String,
    unit: String,
    presentation: String,
    evidence: Vec<(String, String)>,
    /// Given before: it stays.
    given: Option<(i64, String)>,
    points: Field,
    remark: Field,
}

#[derive(Template)]
#[template(path = "pages/contest_score.html")]
struct SheetPage {
    layout: Layout,
    id: i64,
    title: String,
    lead: String,
    problems: Vec<String>,
    entries: Vec<EntryView>,
    is_open: bool,
    is_answered: bool,
}

/// The round that the visitor judges.
async fn judged(visit: &Visit, id: i64) -> Result<(Round, Judge), Failure> {
    let reader = visit.app.store().reader();
    let round = rows::round(reader, id).await?.ok_or(Failure::NotFound)?;
    let judges = rows::judges_of(reader, id).await?;
    let judge = judges.into_iter().find(|judge| Some(judge.person) == visit.actor().person_id).ok_or(Failure::NotFound)?;
    Ok((round, judge))
}

/// `GET /contests/{id}/score`
///
/// # Errors
/// [`Failure::NotFound`] of whoever is no judge of the round.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (round, judge) = judged(&visit, id).await?;
    visit.page(&page(&visit, &round, &judge, &Form::default(), Vec::new()).await?)
}

async fn page(visit: &Visit, round: &Round, judge: &Judge, form: &Form, problems: Vec<String>) -> anyhow::Result<SheetPage> {
    let reader = visit.app.store().reader();
    let pack = visit.app.policies_of(&round.pack_version).await?;
    let scale = rule(&pack, round)?.scale;
    let own: Vec<_> = rows::scores_of(reader, round.id).await?.into_iter().filter(|score| score.judge == judge.id).collect();
    let entries = rows::entries_of(reader, round.id).await?;
    let directory = visit.app.directory();
    let entry = |it: super::super::Entry| EntryView {
        given: own.iter().find(|score| score.entry == it.id).map(|score| (score.points, score.remark.clone())),
        points: form.field(&format!("points_{}", it.id), &format!("打分（{} 到 {}）", scale.from, scale.to)),
        remark: form.field(&format!("remark_{}", it.id), "评语").optional(),
        unit: directory.name_of(it.organisation).to_owned(),
        name: it.name,
        presentation: it.presentation,
        evidence: it.evidence,
    };
    let is_open = round.stage == SCORING && !judge.is_absent() && own.len() < entries.len();
    let lead = match (round.stage == SCORING, judge.is_absent()) {
        (true, false) => "打过的分不能改；评分结束以前看不到别人打的分。可以先给一部分人打分，以后再打其余的。",
        (true, true) => "已经登记您缺席。",
        (false, _) => "现在不在评分的环节。",
    };
    // By number: nobody stands first because of how others scored.
    let mut entries = entries;
    entries.sort_by_key(|it| it.id);
    Ok(SheetPage {
        layout: visit.layout("评分").crumb("评分", ""),
        id: round.id,
        title: round.title.clone(),
        lead: lead.to_owned(),
        is_answered: !problems.is_empty(),
        problems,
        entries: entries.into_iter().map(entry).collect(),
        is_open,
    })
}

/// `POST /contests/{id}/score`
///
/// # Errors
/// Unexpected ones; a refusal shows the sheet again.
pub async fn hand_in(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (round, judge) = judged(&visit, id).await?;
    let mut form = Form::new(sent.clone());
    let mut given = Vec::new();
    for it in rows::entries_of(visit.app.store().reader(), id).await? {
        if let Some(points) = form.whole(&format!("points_{}", it.id)) {
            given.push(Given { entry: it.id, points, remark: form.text(&format!("remark_{}", it.id)).to_owned() });
        }
    }
    let again = async |problems: Vec<String>| -> Answer {
        let page: Response = visit.page(&page(&visit, &round, &judge, &form, problems).await?)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if !form.is_right() {
        return again(vec!["打分请填整数，请看下面标出的各栏。".to_owned()]).await;
    }
    let back = format!("{}/score", round.address());
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&answer, "已经打过了，没有重复记录。"));
    }
    match score(&visit.app, &mut tx, visit.actor(), id, &given).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &back, &format!("给 {} 人打了分。", given.len()))),
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            again(vec![refusal.0]).await
        }
    }
}
