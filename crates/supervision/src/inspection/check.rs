//! A check on site: opened by the team, gone through item by item, handed in with an owner and a deadline for whatever is not met.

use assessment::{Judged, Pivot, PivotSpan, Wanted};
use jiff::civil::Date;
use policy::{CheckItem, InspectionMode, Pack, Period};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::model::{Figure, Finding, Inspection, Target, Verdict};
use super::see::{self, Sight};
use super::teams::kind_of;
use super::{KIND, open, rows};
use crate::app::App;
use crate::problem::{self, RaiseForm};

/// What a problem says that it was found in: the unit of an inspection.
pub const ORIGIN: &str = "inspection_target";

/// What the form says about one item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Key of the item; empty: found beside the list.
    pub item: String,
    pub verdict: String,
    pub note: String,
    pub owner: String,
    pub due_on: String,
    /// Of what was found beside the list.
    pub problem_type: String,
}

/// What is wrong with an item's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Place among what was said.
    pub at: usize,
    pub message: String,
}

/// The items that are gone through at a unit of a field.
#[must_use]
pub fn items_of<'a>(pack: &'a Pack, checklists: &[String], field: &str) -> Vec<&'a CheckItem> {
    let lists = checklists.iter().filter_map(|key| pack.checklists.get(key));
    lists.filter(|list| list.fields.is_empty() || list.fields.iter().any(|own| own == field)).flat_map(|list| &list.items).collect()
}

/// Checks what was said: every item has its verdict; whatever is not met says what was seen, who puts it right and until when.
///
/// # Errors
/// Everything that is missing.
pub fn checked(items: &[&CheckItem], said: &[Said], types: &[String], today: Date) -> Result<Vec<Finding>, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut findings = Vec::new();
    for (at, it) in said.iter().enumerate() {
        let mut no = |message: &str| wrong.push(Wrong { at, message: message.to_owned() });
        let item = items.iter().find(|item| item.key == it.item);
        let name = item.map_or("检查单以外", |item| item.name.as_str());
        let Some(verdict) = Verdict::of(&it.verdict) else {
            no("请选符合、不符合或者不适用");
            continue;
        };
        let problem_type = item.map_or_else(|| it.problem_type.clone(), |item| item.problem_type.clone());
        let due_on = it.due_on.parse::<Date>().ok();
        if verdict == Verdict::NotMet {
            if it.note.chars().count() < N_NOTE_MIN {
                no("请写看到了什么：哪次、哪人、差多少");
            }
            if it.owner.is_empty() {
                no("请写责任人的职务和姓名：没有责任人的问题不能提交");
            }
            if due_on.is_none_or(|day| day < today) {
                no("请填整改时限，不早于今天");
            }
            if !types.contains(&problem_type) {
                no("请选问题类型");
            }
        }
        if verdict == Verdict::NotApplicable && it.note.is_empty() {
            no("请写为什么不适用");
        }
        findings.push(Finding {
            id: 0,
            target: 0,
            item: it.item.clone(),
            name: name.to_owned(),
            verdict,
            figure: Figure::Silent,
            note: it.note.clone(),
            owner: if verdict == Verdict::NotMet { it.owner.clone() } else { String::new() },
            due_on: due_on.filter(|_| verdict == Verdict::NotMet),
            problem_type,
            problem: None,
        });
    }
    for item in items.iter().filter(|item| !said.iter().any(|it| it.item == item.key)) {
        wrong.push(Wrong { at: said.len(), message: format!("“{}”还没有检查", item.name) });
    }
    if wrong.is_empty() { Ok(findings) } else { Err(wrong) }
}

/// Characters that a note of what is not met has at least.
const N_NOTE_MIN: usize = 6;

/// What the product says of an item at a unit, today: met when every period of the year that is over was.
///
/// # Errors
/// When the facts cannot be read.
pub async fn figure_of(app: &App, pack: &Pack, item: &CheckItem, unit: OrgId, today: Date) -> anyhow::Result<Figure> {
    let Some(indicator) = &item.indicator else { return Ok(Figure::Silent) };
    let Ok(pivot) = Pivot::new(pack, &[Wanted::Indicator(indicator.clone())], today) else { return Ok(Figure::Silent) };
    let subjects = app.figures().subjects(app, today).await?;
    let Some(subject) = subjects.iter().find(|subject| subject.id == unit) else { return Ok(Figure::Silent) };
    let facts = app.figures().facts(app, today.year()).await?;
    let marks = app.figures().marks(app, today.year(), Some(&[unit])).await?;
    let whole = Period::year(today.year());
    let span = PivotSpan { whole, columns: &[whole], closed_until: today, as_of: today };
    let judged = pivot.judged(0, &[subject], &facts, &marks, span).into_iter().flatten();
    let mut figure = Figure::Silent;
    for period in judged {
        match period.judged {
            Judged::NotMet => return Ok(Figure::NotMet),
            Judged::Met | Judged::Late => figure = Figure::Met,
            Judged::Unknown(_) | Judged::Outside(_) | Judged::Coming => {}
        }
    }
    Ok(figure)
}

/// The unit that somebody inspects, with its inspection.
async fn at_work(app: &App, tx: &Tx, actor: &Actor, id: i64, target: i64) -> anyhow::Result<(Sight, Target)> {
    tx.lock("inspection_target", target).await?;
    let absent = || Refusal("没有找到这次检查。".to_owned());
    let sight = see::find(tx.connection(), app, actor, id).await?.ok_or_else(absent)?;
    let target = sight.targets.iter().find(|it| it.id == target).cloned().ok_or_else(absent)?;
    if !sight.inspects(&target) {
        return Err(Refusal("由分派到这个单位的检查组检查。".to_owned()).into());
    }
    // Whoever holds another post at the unit does not check it, whatever post brought him into the team.
    let is_at_home = |set: &store::OrganisationSet| set.case_id.is_none() && set.root == Some(target.organisation);
    if actor.grants.iter().any(|grant| is_at_home(&grant.set)) {
        return Err(Refusal("这是您任职的单位，自己不查自己的单位，请换人。".to_owned()).into());
    }
    if sight.inspection.closed_on.is_some() || sight.inspection.report_on.is_some() {
        return Err(Refusal("这次督查的报告已经发出，不再检查。".to_owned()).into());
    }
    Ok((sight, target))
}

/// The team opens the check on site. From then on the unit sees an unannounced one, too.
///
/// # Errors
/// [`Refusal`] of anybody else, and before the inspection begins.
pub async fn open_check(app: &App, tx: &mut Tx, actor: &Actor, id: i64, target: i64) -> anyhow::Result<()> {
    let (sight, target) = at_work(app, tx, actor, id, target).await?;
    let it = &sight.inspection;
    if target.opened_on.is_some() {
        return Err(Refusal("检查已经打开，请接着检查。".to_owned()).into());
    }
    if tx.today() < it.from || tx.today() > it.until {
        return Err(Refusal(format!("这次督查在 {} 至 {}，今天不能打开检查。", it.from, it.until)).into());
    }
    rows::mark(tx, target.id, "opened").await?;
    tx.record("inspection.open_check", ORIGIN, target.id, Some(it.organisation), json!(null));
    tx.changed(KIND, it.id, None);
    if it.mode == InspectionMode::Unannounced {
        open::tell(tx, it, &[target.organisation]).await?;
    }
    Ok(())
}

/// Hands a check in: whatever is not met stands in the ledger from then on, unannounced ones from their report on.
///
/// # Errors
/// [`Refusal`] of anybody else, before the check is opened, twice, or while something has no owner.
pub async fn hand_in(app: &App, tx: &mut Tx, actor: &Actor, id: i64, target: i64, said: &[Said]) -> anyhow::Result<()> {
    let (sight, target) = at_work(app, tx, actor, id, target).await?;
    let it = &sight.inspection;
    if target.opened_on.is_none() {
        return Err(Refusal("请先到现场打开检查。".to_owned()).into());
    }
    if target.handed_in_on.is_some() {
        return Err(Refusal("这个单位的检查已经提交，不能改；有新的发现请在问题台账登记。".to_owned()).into());
    }
    let pack = app.policies_of(&it.pack_version).await?;
    let kind = kind_of(app, it).await?;
    let field = app.directory().org(target.organisation).map(|org| org.field.clone()).unwrap_or_default();
    let items = items_of(&pack, &kind.checklists, &field);
    let mut findings = checked(&items, said, problem::types(&pack), tx.today())
        .map_err(|wrong| Refusal(wrong.into_iter().map(|it| it.message).collect::<Vec<_>>().join("；")))?;
    for finding in &mut findings {
        finding.id = tx.next_id().await?;
        finding.target = target.id;
        if let Some(item) = items.iter().find(|item| item.key == finding.item) {
            finding.figure = figure_of(app, &pack, item, target.organisation, tx.today()).await?;
        }
    }
    rows::insert_findings(tx, &findings).await?;
    rows::mark(tx, target.id, "handed_in").await?;
    tx.record("inspection.hand_in", ORIGIN, target.id, Some(it.organisation), json!(null));
    tx.changed(KIND, it.id, None);
    if !it.is_hidden() {
        raise(app, tx, it, &kind.source, &[target], &findings).await?;
    }
    Ok(())
}

/// Enters what is not met in the ledger, for the office that holds the inspection; the same that is being put right already is tied to it.
pub(super) async fn raise(app: &App, tx: &mut Tx, it: &Inspection, source: &str, targets: &[Target], findings: &[Finding]) -> anyhow::Result<()> {
    let mut new = Vec::new();
    for finding in findings.iter().filter(|finding| finding.verdict == Verdict::NotMet && finding.problem.is_none()) {
        let Some(target) = targets.iter().find(|target| target.id == finding.target) else { continue };
        let text = finding.problem_text();
        let sql = "select id from problem where organisation_id = $1 and text = $2 and closed_on is null";
        if let Some(row) = query(tx.connection(), sql, [target.organisation.into(), text.clone().into()]).await?.first() {
            rows::set_problem(tx, finding.id, row.try_get_by_index(0)?).await?;
            continue;
        }
        let form = RaiseForm {
            organisation: target.organisation,
            source: source.to_owned(),
            kind: finding.problem_type.clone(),
            text,
            basis: format!("{}，现场检查；{}", it.title, finding.figure.words()),
            owner: finding.owner.clone(),
            // What was hidden for long is still given its day.
            due_on: finding.due_on.unwrap_or_else(|| tx.today()).max(tx.today()),
            raiser: String::new(),
            procedure: None,
            origin: Some((ORIGIN.to_owned(), target.id)),
        };
        new.push((finding.id, form));
    }
    let (ids, forms): (Vec<i64>, Vec<RaiseForm>) = new.into_iter().unzip();
    if forms.is_empty() {
        return Ok(());
    }
    let problems = problem::raise_found(app, tx, it.organisation, forms).await?;
    for (finding, problem) in ids.into_iter().zip(problems) {
        rows::set_problem(tx, finding, problem).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn item(key: &str) -> CheckItem {
        CheckItem { key: key.to_owned(), name: key.to_owned(), how: None, indicator: None, problem_type: "其他".to_owned() }
    }

    fn said(item: &str, verdict: &str, note: &str, owner: &str, due_on: &str) -> Said {
        let text = str::to_owned;
        Said { item: text(item), verdict: text(verdict), note: text(note), owner: text(owner), due_on: text(due_on), problem_type: String::new() }
    }

    #[test]
    fn nothing_that_is_not_met_goes_without_owner_deadline_and_what_was_seen() {
        let today = date(2026, 6, 10);
        let (first, second) = (item("first"), item("second"));
        let (items, types) = ([&first, &second], ["其他".to_owned()]);
        let messages =
            |said: &[Said]| checked(&items, said, &types, today).unwrap_err().into_iter().map(|it| (it.at, it.message)).collect::<Vec<_>>();
        let bare = messages(&[said("first", "not_met", "没开", "", "2026-06-09"), said("second", "", "", "", "")]);
        assert_eq!(bare.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 0, 0, 1]);
        assert!(bare[1].1.contains("没有责任人"), "{bare:?}");
        assert!(messages(&[said("first", "met", "", "", "")])[0].1.contains("还没有检查"));
        let whole = checked(
            &items,
            &[said("first", "not_met", "九月的会没有开", "支部书记", "2026-06-10"), said("second", "met", "", "", "")],
            &types,
            today,
        );
        let whole = whole.expect("everything is said");
        assert!(whole.iter().all(|it| it.verdict != Verdict::NotMet || (!it.owner.is_empty() && it.due_on.is_some())));
    }
}
