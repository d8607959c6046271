//! One report: last year's problems, what was typed, the appendix, what was said about it, what it came to.

use std::collections::BTreeMap;

use askama::Template;
use policy::{Capability, PublishedPart, Ratio, print_rounded};

use super::super::model::{Answered, Asked, CommentKind, Part};
use super::super::{COMMENTING, RECTIFYING, REPORTING, report, rows, see};
use super::{Seen, layout, standing};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::view::{Link, Status};
use crate::http::visit::{Answer, Visit};

struct CommentView {
    kind: &'static str,
    text: String,
    by: String,
    problem: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/appraisal_report.html")]
struct ReportPage {
    layout: Layout,
    title: String,
    facts: String,
    status: Status,
    acts: Vec<Link>,
    main: Option<Link>,
    is_handed_in: bool,
    /// The report itself may be read.
    has_report: bool,
    has_comments: bool,
    last_year: Vec<Answered>,
    balance: Vec<Asked>,
    sections: Vec<(String, String)>,
    appendix: Vec<Part>,
    comments: Vec<CommentView>,
    /// Grade, then how the points come about.
    grade: String,
    result: Vec<(String, String)>,
    list: String,
}

fn percent(share: Ratio) -> String {
    format!("{}%", print_rounded(share * Ratio::from_integer(100), 2))
}

/// `GET /appraisals/reports/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = Seen::of(&visit, id).await?;
    let (rule, session, it) = (seen.rule()?, seen.session(), &seen.report);
    let shows = |part| seen.sight.shows(rule, seen.is_whole, part);
    let (has_report, has_comments, has_grade) = (shows(PublishedPart::Report), shows(PublishedPart::Comments), shows(PublishedPart::Grade));
    if !has_report && !has_comments && !has_grade {
        return Err(Failure::NotFound);
    }
    let reader = visit.app.store().reader();
    let unit = visit.app.directory().name_of(it.organisation).to_owned();
    let actor = visit.actor();
    let is_host = see::stands_at(actor, Capability::HoldAppraisals, session.organisation) && !see::is_reporter(actor, it);
    let is_own = see::stands_at(actor, Capability::ReportInAppraisals, it.organisation);
    let link = |words: &str, end: &str| Link::new(words, format!("{}/{end}", it.address()));
    let is_in = it.handed_in_on.is_some();
    let main = match session.stage.as_str() {
        REPORTING if is_own && !is_in => Some(link("写述职报告", "write")),
        COMMENTING if is_host => Some(link("点评", "comment")),
        RECTIFYING if is_host && it.list_filed_on.is_none() => Some(link("列问题清单", "problems")),
        _ => None,
    };
    let mut acts = Vec::new();
    if is_in && has_report {
        acts.push(link("下载报告（.docx）", "document"));
    }
    if session.stage == REPORTING && is_host && is_in {
        acts.push(link("退回修改", "back"));
    }
    let comments = rows::comments_of(reader, session.id).await?;
    let comment = |comment: &super::super::Comment| CommentView {
        kind: comment.kind.words(),
        text: comment.text.clone(),
        by: format!("{} {}", comment.said_by, comment.said_on),
        problem: comment.problem.filter(|_| seen.is_whole).map(|id| Link::new("看整改", format!("/problems/{id}"))),
    };
    let last_year = match is_in {
        true => it.body.last_year.clone(),
        false if seen.is_whole => see::previous(reader, session, it.organisation, visit.today()).await?,
        false => Vec::new(),
    };
    let balance = match is_in {
        true => it.body.balance.clone(),
        false if seen.is_whole => report::asked(&visit.app, actor, reader, session, it.organisation, &BTreeMap::new()).await?,
        false => Vec::new(),
    };
    let n_problems = comments.iter().filter(|comment| comment.report == id && comment.kind == CommentKind::Problem).count();
    let page = ReportPage {
        layout: layout(&visit, session, unit.clone()).crumb(unit.clone(), ""),
        title: format!("{unit}书记述职"),
        facts: [it.secretary.as_str(), it.way()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
        status: standing(session, it, visit.today()),
        acts,
        main,
        is_handed_in: is_in,
        has_report,
        has_comments,
        last_year: if has_report { last_year } else { Vec::new() },
        balance: if has_report { balance } else { Vec::new() },
        sections: sections(rule, it),
        appendix: it.body.appendix.clone(),
        comments: if has_comments { comments.iter().filter(|comment| comment.report == id).map(comment).collect() } else { Vec::new() },
        grade: if has_grade { it.grade.clone() } else { String::new() },
        result: if has_grade { result(&seen.pack, rule, it) } else { Vec::new() },
        list: match it.list_filed_on {
            Some(day) => format!("{n_problems} 个问题，{day} 列入问题台账"),
            None => String::new(),
        },
    };
    visit.page(&page)
}

/// The typed parts in the order of the pack.
pub(super) fn sections(rule: &policy::Appraisal, it: &super::super::Report) -> Vec<(String, String)> {
    rule.sections.iter().filter_map(|section| Some((section.name.clone(), it.body.sections.get(&section.key)?.clone()))).collect()
}

/// How the points come about, and that something is missing.
fn result(pack: &policy::Pack, rule: &policy::Appraisal, it: &super::super::Report) -> Vec<(String, String)> {
    let (Some(ballot), Some(points)) = (it.ballot_share, it.points) else { return Vec::new() };
    let weight = |share: Ratio| format!("占 {}", percent(share));
    let rest = Ratio::from_integer(1) - rule.ballot_weight;
    let mut lines = vec![("得分".to_owned(), print_rounded(points, 2))];
    let scheme = rule.scheme.as_ref().map(|key| pack.schemes.get(key).map_or(key.as_str(), |scheme| scheme.name.as_str()));
    match (scheme, it.assessment_share) {
        (Some(name), Some(share)) => {
            lines.push(("测评".to_owned(), format!("{}，{}", percent(ballot), weight(rule.ballot_weight))));
            lines.push((name.to_owned(), format!("{}，{}", percent(share), weight(rest))));
        }
        (Some(name), None) => {
            lines.push(("测评".to_owned(), percent(ballot)));
            lines.push((name.to_owned(), "当年没有公布的结果，得分全按测评折算".to_owned()));
        }
        (None, _) => lines.push(("测评".to_owned(), percent(ballot))),
    }
    lines
}
