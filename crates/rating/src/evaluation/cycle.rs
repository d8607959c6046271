//! The year's cycle (年初明确任务—年中强化落实—年末严格考核): weights stand from the day on which they are locked; the plan of the next
//! year is drafted from this year's.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use policy::{Pack, PlanLine, Ratio, Scheme};
use store::Refusal;

use crate::app::App;
use crate::kept::Kept;
use crate::policies::Policies;

/// Refuses a scheme whose weights differ from those that were locked, without the approval that the scheme has to name.
///
/// # Errors
/// [`Refusal`] naming the first item that differs.
pub(super) async fn check_weights(app: &App, scheme: &str, year: i16, today: Date) -> anyhow::Result<()> {
    let Some((item, from, to, locked_on)) = unapproved(app, scheme, year, today).await?.into_iter().next() else { return Ok(()) };
    Err(Refusal(format!(
        "方案的分值 {locked_on} 起锁定，“{item}”锁定时是 {}，现在是 {}，没有写明批准。请在方案里写上这次变更的批准机关、文号和日期（weight_change），或者改回原来的分值。",
        assessment::plain(from),
        assessment::plain(to)
    ))
    .into())
}

/// The weights of a year that stand (权重锁定): from which day, and the packs of that day.
#[derive(Clone)]
pub struct Lock {
    pub on: Date,
    year: i16,
    family: String,
    then: Arc<Pack>,
}

/// A weight that is not the locked one: field and printed key, the locked weight, the present one.
type Changed = ((Option<policy::Key>, policy::Key), Ratio, Ratio);

impl Lock {
    /// Where a text of the scheme differs from what was locked without naming an approval.
    #[must_use]
    pub fn unapproved(&self, now: &Scheme) -> Vec<Changed> {
        let locked = self.then.scheme_in(&self.family, self.year);
        locked.map(|(_, locked)| now.unapproved_changes(&locked.weights())).unwrap_or_default()
    }
}

/// Locks found before: by scheme, year, day, packs.
type AskedLock = (String, i16, Date, String);

/// Locks kept in memory at once.
const KEPT_MAX: usize = 8;

/// The lock that holds for the weights of a year on a day, whatever the present text says: whichever text judged the year when its own
/// day of locking came set it, and no later version takes it away. `own` is the day that the present text names itself.
///
/// # Errors
/// When packs kept in the database cannot be read.
pub async fn lock_of(app: &App, family: &str, year: i16, own: Option<Date>, today: Date) -> anyhow::Result<Option<Lock>> {
    let kept = Kept::<AskedLock, Option<Lock>>::of(app);
    let asked = (family.to_owned(), year, today, app.policies().version());
    let earlier = kept.get(asked, |_| true, |_| earlier_lock(app, family, year, today)).await?;
    kept.keep_at_most(KEPT_MAX);
    match (earlier.as_ref(), own.filter(|day| *day <= today)) {
        (Some(lock), _) => Ok(Some(lock.clone())),
        (None, Some(on)) => {
            let then = app.policies().kept_on(app.store(), on).await?;
            Ok(Some(Lock { on, year, family: family.to_owned(), then }))
        }
        _ => Ok(None),
    }
}

/// The first lock that came into effect for a year, from the texts that were ever in force. A day of locking before the year locks
/// earlier years only.
async fn earlier_lock(app: &App, family: &str, year: i16, today: Date) -> anyhow::Result<Option<Lock>> {
    const NAMED: &str = "weights_locked_on";
    let mut candidates: BTreeSet<(Date, Date)> = BTreeSet::new();
    for (text, first_used) in Policies::texts_with(app.store(), NAMED).await? {
        // Which scheme a day belongs to is asked of the packs of that day, not of the text.
        let days = text.split(NAMED).skip(1).filter_map(|after| after.split('"').nth(1)?.parse::<Date>().ok());
        candidates.extend(days.filter(|day| day.year() >= year).map(|day| (day.max(first_used), day)));
    }
    for (asked_on, on) in candidates.into_iter().filter(|(asked_on, _)| *asked_on <= today) {
        let then = app.policies().kept_on(app.store(), asked_on).await?;
        if then.scheme_in(family, year).is_some_and(|(_, scheme)| scheme.weights_locked_on == Some(on)) {
            return Ok(Some(Lock { on, year, family: family.to_owned(), then }));
        }
    }
    Ok(None)
}

/// Items whose weight was changed after the lock without approval: name, locked weight, present weight, day of the lock.
pub(super) async fn unapproved(app: &App, scheme: &str, year: i16, today: Date) -> anyhow::Result<Vec<(String, Ratio, Ratio, Date)>> {
    let policies = app.policies();
    let Some((key, now)) = policies.pack.scheme_in(scheme, year) else { return Ok(Vec::new()) };
    let family = now.version_of.as_deref().unwrap_or(key);
    let Some(lock) = lock_of(app, family, year, now.weights_locked_on, today).await? else { return Ok(Vec::new()) };
    let changes = lock.unapproved(now);
    Ok(changes.into_iter().map(|((_, item), from, to)| (item_name(&policies.pack, &lock.then, now, &item), from, to, lock.on)).collect())
}

/// What an item is called by people: its indicator's name, from whichever pack still has it.
fn item_name(pack: &Pack, then: &Pack, scheme: &policy::Scheme, key: &str) -> String {
    let sections = scheme.sections.iter().chain(scheme.standards.iter().flat_map(|standard| &standard.sections));
    let printed = sections.flat_map(|section| &section.items).find(|item| item.printed_as.as_deref() == Some(key));
    let indicator = printed.map_or(key, |item| item.indicator.as_str());
    pack.indicators.get(indicator).or_else(|| then.indicators.get(indicator)).map_or_else(|| key.to_owned(), |indicator| indicator.name.clone())
}

/// The plan lines of a year moved to the next, as the text of a pack's file; those that the pack already has for that year are left out.
#[must_use]
pub(super) fn next_year(pack: &Pack, year: i16) -> String {
    let next = year + 1;
    let has = |line: &PlanLine| {
        pack.plan_lines.values().any(|other| {
            other.kind == line.kind
                && other.of == line.of
                && other.period.year == next
                && other.period.to_string() == moved(&line.period.to_string(), year)
        })
    };
    let mut text = format!("# {next} 年的年度计划草稿：由 {year} 年的各项移后一年得来，请逐项核对期间、开评日期和出处。\n");
    let mut lines: Vec<(&String, &PlanLine)> = pack.plan_lines.iter().filter(|(_, line)| line.period.year == year && !has(line)).collect();
    lines.sort_by_key(|(key, line)| (line.opens_on, (*key).clone()));
    for (key, line) in lines {
        let kind = serde_json::to_value(line.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let opens_on = line.opens_on.checked_add(jiff::Span::new().years(1)).unwrap_or(line.opens_on);
        let mut fields = vec![
            ("name", moved(&line.name, year)),
            ("kind", kind),
            ("of", line.of.clone()),
            ("level", line.level.clone()),
            ("owner", line.owner.clone()),
            ("period", moved(&line.period.to_string(), year)),
            ("opens_on", opens_on.to_string()),
        ];
        fields.extend(line.procedure.clone().map(|procedure| ("procedure", procedure)));
        text.push_str(&format!("\n[plan_line.{}]\n", moved(key, year)));
        for (name, value) in fields {
            text.push_str(&format!("{name} = {}\n", quoted(&value)));
        }
        if line.preview {
            text.push_str("preview = true\n");
        }
        for (name, n) in [("number", line.number), ("units_max", line.units_max)] {
            text.extend(n.map(|n| format!("{name} = {n}\n")));
        }
        if !line.months.is_empty() {
            text.push_str(&format!("months = {:?}\n", line.months));
        }
        let clause = line.cite.clause.as_ref().map_or_else(String::new, |clause| format!(", clause = {}", quoted(clause)));
        let quote = line.cite.quote.as_ref().map_or_else(String::new, |quote| format!(", quote = {}", quoted(quote)));
        text.push_str(&format!("cite = {{ doc = {}{clause}{quote} }}\n", quoted(&line.cite.doc)));
    }
    text
}

fn moved(text: &str, year: i16) -> String {
    text.replace(&year.to_string(), &(year + 1).to_string())
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
