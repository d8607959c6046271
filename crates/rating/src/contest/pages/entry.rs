//! One entry: what was presented, what the records say, what judges said once it is published.

use askama::Template;
use policy::{Capability, print_rounded};

use super::super::{rows, see};
use super::{layout, seen};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/contest_entry.html")]
struct EntryPage {
    layout: Layout,
    title: String,
    unit: Link,
    result: Vec<(&'static str, String)>,
    presentation: String,
    evidence_on: String,
    evidence: Vec<(String, String)>,
    /// Points and remark, in the order of the points: nobody is named.
    remarks: Vec<(String, String)>,
    practice: String,
    note_practice: Option<Link>,
}

/// `GET /contests/entries/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let reader = visit.app.store().reader();
    let found = rows::entry(reader, id).await?.ok_or(Failure::NotFound)?;
    let (sight, _) = seen(&visit, found.round).await?;
    let it = sight.entries.iter().find(|it| it.id == id).ok_or(Failure::NotFound)?;
    let round = &sight.round;
    let mut remarks = Vec::new();
    if sight.has_scores {
        let absent: Vec<i64> = sight.judges.iter().filter(|judge| judge.is_absent()).map(|judge| judge.id).collect();
        let mut scores = rows::scores_of(reader, round.id).await?;
        scores.retain(|score| score.entry == id && !absent.contains(&score.judge));
        scores.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.remark.cmp(&b.remark)));
        remarks = scores.into_iter().map(|score| (score.points.to_string(), score.remark)).collect();
    }
    let mut result = Vec::new();
    if let (Some(place), Some(score)) = (it.place, it.score) {
        result.push(("名次", format!("第 {place} 名")));
        result.push(("得分", print_rounded(score, 2)));
    }
    if it.is_up && sight.has_scores {
        result.push(("晋级", "进入上一级".to_owned()));
    }
    let may_note = round.published_on.is_some() && see::stands_at(visit.actor(), Capability::HoldContests, round.organisation);
    let unit = visit.app.directory().name_of(it.organisation).to_owned();
    let page = EntryPage {
        layout: layout(&visit, round, it.name.clone()).crumb(it.name.clone(), ""),
        title: it.name.clone(),
        unit: Link::new(unit, format!("/organisations/{}", it.organisation)),
        result,
        presentation: it.presentation.clone(),
        evidence_on: it.entered_on.to_string(),
        evidence: it.evidence.clone(),
        remarks,
        practice: it.practice.clone(),
        note_practice: may_note.then(|| Link::new("记好做法", format!("{}/practice", it.address()))),
    };
    visit.page(&page)
}
