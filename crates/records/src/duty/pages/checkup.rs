//! 体检: item values of the five-star standard for a branch and its direct superior: met, open, not yet due. No stars, no totals.

use crate::http::path::Path;
use askama::Template;
use assessment::{Compiled, Explanation, ItemDefinition, ItemResult, Outcome, evaluate, explain};
use jiff::civil::Date;
use policy::{Capability, Key, Pack, Period, ScoreRule};
use store::{Actor, OrgId};

use super::matrix::spoken;
use crate::directory::{Directory, OrgNode};
use crate::duty::select::is_directly_above;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::view::{Citation, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/checkup.html")]
struct CheckupPage {
    layout: Layout,
    title: String,
    sentence: String,
    until: String,
    sections: Vec<Section>,
}

struct Section {
    name: String,
    items: Vec<Item>,
}

struct Item {
    name: String,
    status: Status,
    value: String,
    missing: Vec<Link>,
    late: Vec<Link>,
    unknown: Vec<String>,
    reason: String,
    still_possible: String,
    cite: Citation,
}

/// `GET /organisations/{id}/items`.
pub(super) async fn show(visit: Visit, Path(id): Path<OrgId>) -> Answer {
    let org = visit.app.directory().org(id).cloned().ok_or(Failure::NotFound)?;
    if !org.is_branch() || !may_see(&visit.app.directory(), visit.actor(), &org) {
        return Err(Failure::NotFound);
    }
    let pack = visit.pack();
    let today = visit.today();
    let period = Period::year(today.year());
    let scheme = standard_scheme(&pack, period.year).ok_or(Failure::NotFound)?;
    let compiled = Compiled::new(&pack, scheme, period.from()).map_err(|problems| Failure::Refused(problems.join("；")))?;
    let facts = visit.app.figures().facts_against(&visit.app, period.year, &compiled.years_back()).await?;
    let marks = visit.app.figures().marks_of(&visit.app, period, Some(&[id])).await?;
    let subjects = visit.app.figures().subjects(&visit.app, today).await?;
    let subject = subjects.iter().find(|subject| subject.id == id).cloned().ok_or(Failure::NotFound)?;
    let evaluation = evaluate(&compiled, &[subject], &facts, &marks, period, today);
    let row = evaluation.rows.first().ok_or_else(|| Failure::Refused(format!("{}不在“{}”的范围里。", org.name, compiled.name)))?;
    let mut sections: Vec<Section> = Vec::new();
    for result in &row.items {
        let definition = evaluation.definition(result);
        let item = item(&pack, id, definition, result, explain(&evaluation, row, result));
        match sections.last_mut().filter(|section| section.name == definition.section) {
            Some(section) => section.items.push(item),
            None => sections.push(Section { name: definition.section.clone(), items: vec![item] }),
        }
    }
    let page = CheckupPage {
        layout: visit.layout("体检").crumb("组织体系", "/organisations").crumb(&org.name, format!("/organisations/{id}")).crumb("体检", ""),
        title: format!("{} {} 年体检", org.name, period.year),
        sentence: sentence(row.items.iter()),
        until: until_words(today),
        sections,
    };
    visit.page(&page)
}

/// The branch itself, and whoever stands directly above it.
fn may_see(directory: &Directory, actor: &Actor, org: &OrgNode) -> bool {
    let is_own = actor
        .grants_with(Capability::ViewOwnItems)
        .any(|grant| grant.set.everything || grant.set.root == Some(org.id) || grant.set.named.contains(&org.id));
    let is_above = |root: OrgId| is_directly_above(directory, root, org);
    is_own || actor.grants_with(Capability::SuperviseActivities).any(|grant| grant.set.everything || grant.set.root.is_some_and(is_above))
}

/// The scheme with a standard for each field, in its version of a year.
fn standard_scheme(pack: &Pack, year: i16) -> Option<&Key> {
    pack.schemes.iter().find(|(_, scheme)| !scheme.standards.is_empty() && scheme.judges_year(year)).map(|(key, _)| key)
}

fn sentence<'a>(items: impl Iterator<Item = &'a ItemResult>) -> String {
    let (mut n_met, mut n_open, mut n_coming, mut n_unproved) = (0, 0, 0, 0);
    for item in items {
        match item.outcome {
            Outcome::Met => n_met += 1,
            Outcome::NotMet => n_open += 1,
            Outcome::NotYetDue => n_coming += 1,
            Outcome::NotEvidenced(_) => n_unproved += 1,
            Outcome::NotApplicable(_) => {}
        }
    }
    let parts: Vec<String> = [(n_met, "项已经达到"), (n_open, "项还没有达到"), (n_coming, "项未到期"), (n_unproved, "项待佐证")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {words}"))
        .collect();
    parts.join("，")
}

fn until_words(today: Date) -> String {
    format!("截至 {} 月 {} 日，只看已经结束的周期；随记录更新", today.month(), today.day())
}

fn item(pack: &Pack, org: OrgId, definition: &ItemDefinition, result: &ItemResult, told: Explanation) -> Item {
    let duty = pack.indicators.get(&definition.indicator).and_then(|indicator| indicator.duty.clone());
    let link = |period: &Period| Link::new(spoken(*period), duty.as_ref().map_or_else(String::new, |duty| format!("/duties/{org}/{duty}/{period}")));
    let status = match &result.outcome {
        Outcome::Met => Status::new(Standing::Ok, "已达到"),
        Outcome::NotMet => Status::new(Standing::Overdue, "没有达到"),
        Outcome::NotApplicable(_) => Status::new(Standing::Excused, "不适用"),
        Outcome::NotEvidenced(_) => Status::from(Standing::Unproved),
        Outcome::NotYetDue => Status::from(Standing::Future),
    };
    let source = policy::source(pack, &definition.cite);
    Item {
        name: definition.name.clone(),
        status,
        value: value(definition, result),
        missing: result.missing.iter().map(link).collect(),
        late: result.late.iter().map(link).collect(),
        unknown: result.unknown.iter().map(|period| spoken(*period)).collect(),
        reason: result.outcome.reason().unwrap_or_default().to_owned(),
        still_possible: told.still_possible.unwrap_or_default(),
        cite: Citation {
            quote: definition.cite.quote.clone().unwrap_or_else(|| definition.name.clone()),
            source: format!("{}{}", source.document, source.clause.unwrap_or_default()),
            reading: definition.reading.as_ref().map(|reading| format!("口径：{reading}")).unwrap_or_default(),
            href: String::new(),
        },
    }
}

/// What there is and what is asked for.
fn value(definition: &ItemDefinition, result: &ItemResult) -> String {
    if result.value.is_none() {
        return String::new();
    }
    match definition.rule {
        ScoreRule::ShareOfPeriodsMet => format!("{} / {} 期", result.numerator, result.denominator),
        ScoreRule::Judged => String::new(),
        _ if result.denominator > 0 => format!("{} / {} {}", result.numerator, result.denominator, definition.unit),
        _ => format!("{} {}，要求 {}", result.numerator, definition.unit, definition.target),
    }
}
