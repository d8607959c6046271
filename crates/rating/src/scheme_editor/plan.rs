//! The lines of the yearly plan (年度计划) that a draft brings with it: without one, what is adopted could be opened by nobody. They are
//! reviewed and put in force together with the scheme, each an entry of the pack of its own.

use policy::{Key, Pack, Per, Period, PlanLine, PlanLineKind};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use store::query;

use super::model::{DraftEntry, Tab};
use crate::policies::Policies;
use crate::policies::additions::{self, Addition};

/// Where the lines stand in a draft; no part of the scheme's own entry.
pub(super) const LINES: &str = "plan_line";

/// What a line says instead of a year, which the draft has.
const FIRST_HALF: &str = "first_half";

/// The lines that a scheme of a family had in the last year before one that has any, moved to that year; none where the pack has lines
/// for it already.
#[must_use]
pub(super) fn proposed(pack: &Pack, family: &str, year: i16) -> Vec<Value> {
    let of_family = || pack.plan_lines.values().filter(|line| line.kind == PlanLineKind::Evaluation && line.of == family);
    if of_family().any(|line| line.period.year == year) {
        return Vec::new();
    }
    let Some(last) = of_family().map(|line| line.period.year).filter(|had| *had < year).max() else { return Vec::new() };
    let mut lines: Vec<&PlanLine> = of_family().filter(|line| line.period.year == last && is_offered(line.period)).collect();
    lines.sort_by_key(|line| line.opens_on);
    let moved = |line: &PlanLine| {
        let opens_on = line.opens_on.checked_add(jiff::Span::new().years(i64::from(year - last))).unwrap_or(line.opens_on);
        let mut row = json!({
            "name": line.name.replace(&last.to_string(), &year.to_string()),
            "period": if line.period.per == Per::Year { "" } else { FIRST_HALF },
            "opens_on": opens_on.to_string(),
            "level": line.level,
            "owner": line.owner,
        });
        if let (Some(row), Some(procedure)) = (row.as_object_mut(), &line.procedure) {
            row.insert("procedure".to_owned(), json!(procedure));
        }
        row
    };
    lines.into_iter().map(moved).collect()
}

/// The whole year, or its first half.
fn is_offered(period: Period) -> bool {
    period.per == Per::Year || (period.per == Per::HalfYear && period.from().month() == 1)
}

/// A line that is added by hand, made out as the pack's others are.
pub(super) fn blank(pack: &Pack) -> Value {
    let like = pack.plan_lines.values().filter(|line| line.kind == PlanLineKind::Evaluation).max_by_key(|line| line.opens_on);
    let (level, owner) = like.map_or(("", ""), |line| (line.level.as_str(), line.owner.as_str()));
    json!({ "name": "", "period": "", "opens_on": "", "level": level, "owner": owner })
}

/// The period of a row, as the pack writes it.
fn period(entry: &DraftEntry, row: &str) -> String {
    let year = entry.from_year().unwrap_or_default();
    if entry.text(&format!("{row}.period")) == FIRST_HALF { format!("{year}-H1") } else { year.to_string() }
}

fn rows(entry: &DraftEntry) -> Vec<String> {
    (0..entry.n(LINES)).map(|i| format!("{LINES}.{i}")).collect()
}

/// Entries of lines that a scheme of this key may have brought.
pub(super) fn entries_of(key: &str) -> [String; 2] {
    [format!("plan_line.{key}"), format!("plan_line.{key}_{FIRST_HALF}")]
}

/// The lines of a draft as entries of the pack, with the rows where each is written.
#[must_use]
pub(super) fn additions_of(entry: &DraftEntry, key: &str) -> Vec<(String, Addition)> {
    let family = match entry.text("version_of") {
        "" => key,
        of => of,
    };
    let mut found: Vec<(String, Addition)> = Vec::new();
    for row in rows(entry) {
        let text = |name: &str| entry.text(&format!("{row}.{name}")).to_owned();
        let is_half = text("period") == FIRST_HALF;
        let line = if is_half { format!("{key}_{FIRST_HALF}") } else { key.to_owned() };
        let mut value = json!({
            "name": text("name"), "kind": "evaluation", "of": family, "level": text("level"), "owner": text("owner"),
            "period": period(entry, &row), "opens_on": text("opens_on"),
        });
        if let Some(value) = value.as_object_mut() {
            if !text("procedure").is_empty() {
                value.insert("procedure".to_owned(), json!(text("procedure")));
            }
            // How things stand in the middle of the year decides nothing.
            if is_half {
                value.insert("preview".to_owned(), json!(true));
            }
            value.insert("cite".to_owned(), entry.at("cite").cloned().unwrap_or_else(|| json!({ "doc": "example" })));
        }
        let name = format!("plan_line.{line}");
        // Said twice, it is told at its place: the second is not tried.
        if !found.iter().any(|(_, known)| known.entry == name) {
            let addition = Addition { title: text("name"), body: policy::entry_text("plan_line", &line, &value), entry: name };
            found.push((row.clone(), addition));
        }
    }
    found
}

/// What is wrong with the lines in the officer's words: place and sentence.
pub(super) fn flaws(policies: &Policies, entry: &DraftEntry, key: &str) -> Vec<(Tab, String, String)> {
    let mut found = Vec::new();
    let mut say = |place: &str, sentence: String| found.push((Tab::Plan, place.to_owned(), sentence));
    let family = match entry.text("version_of") {
        "" => key,
        of => of,
    };
    // What an earlier draft of the same scheme and year brought is replaced; what the folder says stays.
    let brought = |known: &str| {
        let id = format!("plan_line.{known}");
        entries_of(key).contains(&id) && policies.reading.entries.get(&id).is_some_and(|entry| entry.layer == additions::LAYER)
    };
    let mut periods: Vec<String> = Vec::new();
    for row in rows(entry) {
        let text = |name: &str| entry.text(&format!("{row}.{name}"));
        if text("name").is_empty() {
            say(&row, "请填这一项计划的名称，如“2027年度党支部星级评定”".to_owned());
        }
        let period = period(entry, &row);
        let parsed = period.parse::<Period>().ok();
        match text("opens_on").parse::<jiff::civil::Date>() {
            Err(_) => say(&row, "请填从哪一天起可以开评，如 2028-01-11".to_owned()),
            Ok(day) if parsed.is_some_and(|period| day < period.from()) => {
                say(&row, format!("{day} 还没有到评的期间，请填 {} 以后的日期", parsed.map(Period::from).unwrap_or(day)));
            }
            Ok(_) => {}
        }
        if text("owner").is_empty() {
            say(&row, "请填由哪个部门组织，如“县（市、区）委组织部”".to_owned());
        }
        if periods.contains(&period) {
            say(&row, "同一个期间列了两次，请删去一处".to_owned());
        }
        let is_same = |(known, line): &(&Key, &PlanLine)| {
            line.kind == PlanLineKind::Evaluation && line.of == family && Some(line.period) == parsed && !brought(known)
        };
        if let Some((_, line)) = policies.pack.plan_lines.iter().find(is_same) {
            say(&row, format!("制度包里已有“{}”评这个期间，请删去这一项", line.name));
        }
        periods.push(period);
    }
    found
}

/// The lines in words, for whoever reviews.
#[must_use]
pub(super) fn words(entry: &DraftEntry) -> Vec<String> {
    let said = |row: String| {
        let text = |name: &str| entry.text(&format!("{row}.{name}")).to_owned();
        let period = period(entry, &row).parse::<Period>().map_or_else(|_| String::new(), |period| period.label());
        format!("{}：评{period}，由{}组织，{} 起可以开评", text("name"), text("owner"), text("opens_on"))
    };
    rows(entry).into_iter().map(said).collect()
}

/// A line of a scheme that an office has filed: what rests on it cannot be taken away.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn filed<C: ConnectionTrait>(connection: &C, entry: &str) -> anyhow::Result<Option<String>> {
    let key = entry.strip_prefix("plan_line.").unwrap_or(entry);
    let rows = query(connection, "select name from plan_entry where pack_key = $1 and withdrawn_at is null order by id", [key.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Those of a scheme's lines that are in force now.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn in_force<C: ConnectionTrait>(connection: &C, key: &str) -> anyhow::Result<Vec<String>> {
    let own = entries_of(key);
    Ok(additions::in_force(connection).await?.into_iter().map(|addition| addition.entry).filter(|entry| own.contains(entry)).collect())
}
