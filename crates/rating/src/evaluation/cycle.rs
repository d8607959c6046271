//! The year's cycle (年初明确任务—年中强化落实—年末严格考核): weights stand from the day on which they are locked; the plan of the next
//! year is drafted from this year's.

use jiff::civil::Date;
use policy::{Pack, PlanLine, Ratio};
use store::Refusal;

use crate::app::App;

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

/// Items whose weight was changed after the lock without approval: name, locked weight, present weight, day of the lock.
pub(super) async fn unapproved(app: &App, scheme: &str, year: i16, today: Date) -> anyhow::Result<Vec<(String, Ratio, Ratio, Date)>> {
    let policies = app.policies();
    let Some((_, now)) = policies.pack.scheme_in(scheme, year) else { return Ok(Vec::new()) };
    let Some(locked_on) = now.weights_locked_on.filter(|day| *day <= today) else { return Ok(Vec::new()) };
    let then = policies.kept_on(app.store(), locked_on).await?;
    let Some((_, locked)) = then.scheme_in(scheme, year) else { return Ok(Vec::new()) };
    let changes = now.unapproved_changes(&locked.weights());
    Ok(changes.into_iter().map(|((_, item), from, to)| (item_name(&policies.pack, &then, now, &item), from, to, locked_on)).collect())
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
