//! What an organisation can still do about one result, by deadline: periods that are not over, evidence that exists on paper
//! while the result may be calculated anew, tasks and problems that wait. Nothing about periods that are over, and no word
//! about points or stars that might follow.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use assessment::{DutyPlan, DutyState, ItemDefinition, ItemResult, Outcome, duty_states};
use jiff::civil::Date;
use policy::{Capability, Period, ScoreRule};
use store::{OrgId, query};

use super::KIND;
use super::access::{Opened, may_change, opened};
use super::pages::explain::OneRow;
use crate::case;
use crate::http::visit::Visit;

/// The kind of case item that a measure of a review is.
const MEASURE: &str = "measure";

/// One thing that can still be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::evaluation) struct StillOpen {
    /// The last day; `None`: none is set.
    pub until: Option<Date>,
    /// 开展主题党日（2026 年 11 月）.
    pub what: String,
    /// How, and what follows for the record.
    pub how: String,
    /// Where it is done: words and address.
    pub place: (&'static str, String),
}

/// Everything that is open for the organisation of a row, the nearest deadline first.
///
/// # Errors
/// When records cannot be read.
pub(in crate::evaluation) async fn still_open(visit: &Visit, found: &Opened, one: &OneRow) -> anyhow::Result<Vec<StillOpen>> {
    let mut open = coming(visit, one).await?;
    if may_change(&found.work) && found.evaluation.published_at.is_none() {
        open.extend(unproved(visit, found, one));
    }
    open.extend(tasks(visit, one.row.org).await?);
    open.extend(rectification(visit, one.row.org).await?);
    open.extend(problems(visit, one.row.org).await?);
    open.extend(measures(visit, found, one).await?);
    open.sort_by(|a, b| (a.until.is_none(), a.until, &a.what).cmp(&(b.until.is_none(), b.until, &b.what)));
    open.dedup();
    Ok(open)
}

/// Duties that the items count and whose present period is not over, and figures asked for over a period of the result that
/// is not over. What comes after the result's period changes nothing in it, and says so.
async fn coming(visit: &Visit, one: &OneRow) -> anyhow::Result<Vec<StillOpen>> {
    let (app, today) = (&visit.app, visit.today());
    let subjects = app.figures().subjects(app, today).await?;
    let Some(subject) = subjects.iter().find(|subject| subject.id == one.row.org && subject.exists_on(today)) else { return Ok(Vec::new()) };
    let year = Period::year(today.year());
    let facts = app.figures().facts(app, today.year()).await?;
    let marks = app.figures().marks(app, today.year(), Some(&[one.row.org])).await?;
    let mut open = Vec::new();
    for item in &one.row.items {
        let definition = one.head.definition(item);
        let Some(plan) = duty_of(one, definition).and_then(|key| DutyPlan::new(&one.pack, key, today).ok()) else {
            let coming = item.coming.iter().rfind(|period| period.until() > today);
            open.extend(coming.filter(|_| item.outcome != Outcome::Met).map(|last| target_to_reach(one, definition, *last)));
            continue;
        };
        let states = duty_states(&plan, subject, &facts, &marks, year, today);
        let waiting = || states.iter().filter(|(_, state)| matches!(state, DutyState::Due { .. })).map(|(period, _)| *period);
        let counts = |period: &Period| period.until() <= one.head.period.until();
        let Some(next) = waiting().next() else { continue };
        let after = match waiting().skip(1).filter(counts).count() {
            _ if !counts(&next) => "计入今后的评定，这次的结果不变。".to_owned(),
            0 => String::new(),
            n => format!("此后本次评定还有 {n} 个周期。"),
        };
        open.push(StillOpen {
            until: Some(next.last_day()),
            what: format!("{}（{}）", plan.name, next.label()),
            how: format!("期内开展，开展后如实记录。{after}"),
            place: ("去办", format!("/duties/{}/{}/{next}", one.row.org, plan.key)),
        });
    }
    Ok(open)
}

/// A figure that is asked for once, over a period that is not over.
fn target_to_reach(one: &OneRow, definition: &ItemDefinition, period: Period) -> StillOpen {
    let place = place_of(one, definition, period);
    StillOpen {
        until: Some(period.last_day()),
        what: format!("{}（{}）", definition.name, period.label()),
        how: if definition.target.is_empty() { "期满时评定。".to_owned() } else { format!("期满时{}。", super::pages::asked(definition)) },
        place,
    }
}

/// Periods that no source covers, and items that nobody has judged: until the result is decided.
fn unproved(visit: &Visit, found: &Opened, one: &OneRow) -> Vec<StillOpen> {
    let until = found.work.stage().and_then(|stage| case::deadline(stage, &found.work.case)).filter(|day| *day >= visit.today());
    let waits = |item: &&ItemResult| item.points.is_some() && item.points_to != item.points;
    let entry = |item: &ItemResult| {
        let definition = one.head.definition(item);
        if definition.rule == ScoreRule::Judged {
            let may_judge = visit.actor().may(Capability::JudgeItems);
            let href = if may_judge { format!("{}/judged", found.base()) } else { format!("{}?item={}", own_address(found, one), definition.key) };
            return StillOpen {
                until,
                what: format!("{}还没有评定", definition.name),
                how: "由上级党组织评定，写明依据。".to_owned(),
                place: (if may_judge { "去评定" } else { "看这一项" }, href),
            };
        }
        let periods: Vec<String> = item.unknown.iter().map(|period| period.label()).collect();
        let periods = if periods.is_empty() { String::new() } else { format!("（{}）", periods.join("、")) };
        let place = place_of(one, definition, item.unknown.first().copied().unwrap_or(one.head.period));
        StillOpen {
            until,
            what: format!("{}没有依据{periods}", definition.name),
            how: "纸质台账上有的照实补录或者导入，没有的不补；录入后由组织评定的部门重新计算。".to_owned(),
            place,
        }
    };
    one.row.items.iter().filter(waits).map(entry).collect()
}

fn own_address(found: &Opened, one: &OneRow) -> String {
    format!("{}/organisations/{}", found.base(), one.row.org)
}

/// The duty that an item counts.
fn duty_of<'a>(one: &'a OneRow, definition: &ItemDefinition) -> Option<&'a str> {
    one.pack.indicators.get(&definition.indicator)?.duty.as_deref()
}

/// Where what an item counts is entered, with the words of the link.
fn place_of(one: &OneRow, definition: &ItemDefinition, period: Period) -> (&'static str, String) {
    let org = one.row.org;
    if let Some(duty) = duty_of(one, definition) {
        return ("去补录", format!("/duties/{org}/{duty}/{period}"));
    }
    let counts = |family: &str| definition.kinds.iter().any(|kind| kind.starts_with(family));
    if counts("village.") || counts("unit.") {
        ("填村级收入", "/villages".to_owned())
    } else if counts("activity.") || counts("person.") {
        ("看活动记录", format!("/activities?organisation={org}"))
    } else if counts("task.") {
        ("看任务", "/tasks".to_owned())
    } else if counts("member.") {
        ("看党员名册", format!("/members?org={org}"))
    } else {
        ("看组织登记", format!("/organisations/{org}"))
    }
}

/// Tasks that the organisation has received and not fulfilled, where the visitor sees them.
async fn tasks(visit: &Visit, org: OrgId) -> anyhow::Result<Vec<StillOpen>> {
    if !visit.app.directory().is_visible(&visit.scope(Capability::ViewTasks), org) {
        return Ok(Vec::new());
    }
    let rows = query(
        visit.app.store().reader(),
        "select t.id, t.due_on, c.title from task t join case_file c on c.id = t.case_id where t.organisation_id = $1 and c.closed_at is null and t.fulfilled_on is null order by t.due_on, t.id",
        [org.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StillOpen {
                until: row.try_get_by_index::<String>(1)?.parse().ok(),
                what: format!("任务：{}", row.try_get_by_index::<String>(2)?),
                how: "办结后反馈，由下达的上级核验。".to_owned(),
                place: ("去反馈", format!("/tasks/{}", row.try_get_by_index::<i64>(0)?)),
            })
        })
        .collect()
}

/// Capabilities with which somebody works on a rectification or sees it.
const ON_RECTIFICATION: [Capability; 4] =
    [Capability::WorkOnRectification, Capability::ViewWeakLists, Capability::AcceptRectification, Capability::ApproveRectification];

/// Capabilities with which somebody works on a problem of the ledger or sees it.
const ON_PROBLEMS: [Capability; 3] = [Capability::ViewProblems, Capability::WorkOnProblems, Capability::VerifyProblems];

fn sees_by(visit: &Visit, org: OrgId, capabilities: &[Capability]) -> bool {
    capabilities.iter().any(|capability| visit.app.directory().is_visible(&visit.scope(*capability), org))
}

fn day(text: Option<String>) -> Option<Date> {
    text.and_then(|text| text.parse().ok())
}

/// Open problems of the ledger; those of a rectification stand with it already.
async fn problems(visit: &Visit, org: OrgId) -> anyhow::Result<Vec<StillOpen>> {
    if !sees_by(visit, org, &ON_PROBLEMS) {
        return Ok(Vec::new());
    }
    let rows = query(
        visit.app.store().reader(),
        "select p.id, p.due_on, p.text, p.is_handed_in, c.procedure from problem p join case_file c on c.id = p.case_id where p.organisation_id = $1 and p.closed_on is null and not p.is_dismissed order by p.due_on, p.id",
        [org.into()],
    )
    .await?;
    let is_elsewhere = sees_by(visit, org, &ON_RECTIFICATION);
    let mut open = Vec::with_capacity(rows.len());
    for row in &rows {
        if is_elsewhere && row.try_get_by_index::<String>(4)? == crate::rectification::PROCEDURE {
            continue;
        }
        let is_handed_in: bool = row.try_get_by_index(3)?;
        open.push(StillOpen {
            until: day(row.try_get_by_index(1)?),
            what: format!("问题没有销号：{}", row.try_get_by_index::<String>(2)?),
            how: if is_handed_in {
                "已经报了整改结果，等核验销号。"
            } else {
                "整改以后报结果，由交办的单位核验销号。"
            }
            .to_owned(),
            place: (if is_handed_in { "看问题" } else { "去整改" }, format!("/problems/{}", row.try_get_by_index::<i64>(0)?)),
        });
    }
    Ok(open)
}

/// Open measures of the organisation's reviews: of this result, and of others that the visitor may open.
async fn measures(visit: &Visit, found: &Opened, one: &OneRow) -> anyhow::Result<Vec<StillOpen>> {
    let org = one.row.org;
    let rows = query(
        visit.app.store().reader(),
        "select c.subject_id, i.text, i.owner, i.due_on, e.name from case_file c join case_item i on i.case_id = c.id join evaluation e on e.id = c.subject_id where c.procedure = $1 and c.subject_kind = $1 and c.organisation_id = $2 and c.closed_at is null and i.kind = $3 and i.closed_in is null order by i.due_on, i.id",
        [super::review::REVIEW.into(), org.into(), MEASURE.into()],
    )
    .await?;
    let mut seen: HashMap<i64, bool> = [(found.evaluation.id, true)].into();
    let mut open = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: i64 = row.try_get_by_index(0)?;
        if let Entry::Vacant(unknown) = seen.entry(id) {
            let other = opened(visit, id, KIND).await.ok();
            unknown.insert(other.is_some_and(|other| other.sight.sees(&visit.app.directory(), org, &one.row.field)));
        }
        if seen.get(&id) != Some(&true) {
            continue;
        }
        let owner = row.try_get_by_index::<Option<String>>(2)?.map_or_else(String::new, |owner| format!("责任人 {owner}，"));
        open.push(StillOpen {
            until: day(row.try_get_by_index(3)?),
            what: format!("考评的措施没有办结：{}", row.try_get_by_index::<String>(1)?),
            how: format!("{owner}办完报进展，由上级确认办结（{}）。", row.try_get_by_index::<String>(4)?),
            place: ("看考评", format!("/evaluations/{id}/organisations/{org}/review")),
        });
    }
    Ok(open)
}

/// What a rectification under way still has open.
async fn rectification(visit: &Visit, org: OrgId) -> anyhow::Result<Vec<StillOpen>> {
    if !sees_by(visit, org, &ON_RECTIFICATION) {
        return Ok(Vec::new());
    }
    let rows = query(
        visit.app.store().reader(),
        "select c.id, c.due_on, c.title, i.text, i.due_on from case_file c left join case_item i on i.case_id = c.id and i.closed_in is null where c.organisation_id = $1 and c.procedure = $2 and c.closed_at is null order by c.id, i.due_on, i.id",
        [org.into(), crate::rectification::PROCEDURE.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let (whole, title) = (day(row.try_get_by_index(1)?), row.try_get_by_index::<String>(2)?);
            let (item, until) = (row.try_get_by_index::<Option<String>>(3)?, day(row.try_get_by_index(4)?));
            Ok(StillOpen {
                until: until.or(whole),
                what: item.map_or_else(|| format!("整顿没有销号：{title}"), |text| format!("整顿的问题没有办结：{text}")),
                how: "按整顿方案办理，由上级验收销号。".to_owned(),
                place: ("去整顿", format!("/rectifications/{}", row.try_get_by_index::<i64>(0)?)),
            })
        })
        .collect()
}
