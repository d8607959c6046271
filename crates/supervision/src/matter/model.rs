//! A matter as it stands. Pure: the day comes in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::Procedure;
use store::{OrgId, PersonId};

use crate::case::Act;

/// One matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    /// Key of `[matter.KEY]`.
    pub matter: String,
    /// Key of its kind; empty where the matter has none.
    pub kind: String,
    pub pack_version: String,
    /// Whom it is about.
    pub organisation: OrgId,
    /// The office that opened it.
    pub issuer: OrgId,
    pub case_id: i64,
    pub number: String,
    pub title: String,
    /// The pack's fields by key.
    pub fields: BTreeMap<String, String>,
    /// Why the kind before it was left out; empty: it was not.
    pub skipped: String,
    pub opened_on: Date,
    pub opened_by: Option<PersonId>,
    /// The deadline in force; none: the stages have theirs.
    pub due_on: Option<Date>,
    /// Sent back to be done again, so often.
    pub n_returned: i64,
    /// Handed in after the day in force then.
    pub is_late: bool,
    pub closed_on: Option<Date>,
    /// Its day was put off without its being sent back: what was to be reached by then was not.
    pub extended_on: Option<Date>,
    /// Key of the stage it is at.
    pub stage: String,
    pub stage_since: Date,
}

impl Row {
    /// What stands in a field.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.fields.get(key).map_or("", String::as_str)
    }

    /// The last day of its present stage; nothing where it has none, or is over.
    #[must_use]
    pub fn until(&self, procedure: &Procedure) -> Option<Date> {
        if self.closed_on.is_some() {
            return None;
        }
        let stage = procedure.stages.iter().find(|stage| stage.key == self.stage)?;
        match stage.days_max {
            Some(days) => self.stage_since.checked_add(jiff::Span::new().days(i64::from(days))).ok(),
            None => self.due_on,
        }
    }

    /// What is wrong with the day to which its deadline is put off; nothing: it is right.
    #[must_use]
    pub fn wrong_extension(&self, to: Option<Date>, days_max: Option<i64>, today: Date) -> Option<String> {
        let (now, to) = (self.due_on?.max(today), to?);
        if to <= now {
            return Some(format!("新的日期要在 {now} 以后。"));
        }
        let days_max = days_max?;
        let last = now.checked_add(jiff::Span::new().days(days_max)).ok()?;
        (to > last).then(|| format!("最长延 {days_max} 天，最晚到 {last}。"))
    }

    /// Brings it in line with what was done.
    #[must_use]
    pub fn after(&self, acts: &[Act], is_closed: bool, first_due: Option<Date>, today: Date) -> Self {
        let moved = |act: &Act| act.fields.get("due_on").and_then(|day| day.as_str()).and_then(|day| day.parse::<Date>().ok());
        // Where nothing is handed in, the end itself counts.
        let hands_in = if acts.iter().any(|act| act.kind == "submit") { "submit" } else { "close_out" };
        let moves: Vec<_> = acts.iter().map(|act| (act.on, act.kind == hands_in, moved(act))).collect();
        Self {
            n_returned: i64::try_from(acts.iter().filter(|act| act.kind == "return").count()).unwrap_or(i64::MAX),
            due_on: acts.iter().rev().find_map(moved).or(first_due),
            is_late: first_due.is_some_and(|due| crate::case::was_late(due, &moves)),
            extended_on: acts.iter().rev().find(|act| act.kind == "report" && moved(act).is_some()).map(|act| act.on),
            closed_on: if is_closed { self.closed_on.or(Some(today)) } else { None },
            ..self.clone()
        }
    }
}

/// A number by its pattern: `{kind}〔{year}〕{n}号`.
#[must_use]
pub fn numbered(pattern: &str, kind: &str, year: i16, n: i64) -> String {
    pattern.replace("{kind}", kind).replace("{year}", &year.to_string()).replace("{n}", &n.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn row() -> Row {
        Row {
            id: 1,
            matter: "three_slips".to_owned(),
            kind: String::new(),
            pack_version: String::new(),
            organisation: 7,
            issuer: 2,
            case_id: 3,
            number: String::new(),
            title: String::new(),
            fields: BTreeMap::new(),
            skipped: String::new(),
            opened_on: date(2026, 3, 1),
            opened_by: None,
            due_on: Some(date(2026, 4, 1)),
            n_returned: 0,
            is_late: false,
            closed_on: None,
            extended_on: None,
            stage: String::new(),
            stage_since: date(2026, 3, 1),
        }
    }

    fn act(kind: &str, on: Date, fields: serde_json::Value) -> Act {
        Act {
            id: 1,
            case_id: 3,
            stage: String::new(),
            action: String::new(),
            kind: kind.to_owned(),
            to_stage: None,
            fields,
            acted_by: None,
            actor_name: String::new(),
            post: String::new(),
            organisation: None,
            on,
        }
    }

    #[test]
    fn an_extension_is_later_and_not_too_long() {
        let wrong = |to: Date, today: Date| row().wrong_extension(Some(to), Some(90), today);
        assert_eq!(wrong(date(2026, 4, 1), date(2026, 4, 1)).unwrap(), "新的日期要在 2026-04-01 以后。");
        assert_eq!(wrong(date(2026, 6, 30), date(2026, 4, 1)), None);
        assert_eq!(wrong(date(2026, 7, 1), date(2026, 4, 1)).unwrap(), "最长延 90 天，最晚到 2026-06-30。");
        // Put off after its day: counted from then.
        assert_eq!(wrong(date(2026, 7, 1), date(2026, 4, 2)), None);
    }

    #[test]
    fn a_return_counts_and_a_later_day_given_with_it_holds() {
        let due = Some(date(2026, 4, 1));
        let acts = [
            act("submit", date(2026, 3, 20), json!({})),
            act("return", date(2026, 3, 25), json!({ "due_on": "2026-04-20" })),
            act("submit", date(2026, 4, 18), json!({})),
        ];
        let after = row().after(&acts, true, due, date(2026, 4, 19));
        assert_eq!((after.n_returned, after.is_late, after.due_on, after.closed_on), (1, false, Some(date(2026, 4, 20)), Some(date(2026, 4, 19))));
        assert_eq!(after.extended_on, None, "sent back is not put off");
        let put_off = row().after(&[act("report", date(2026, 3, 31), json!({ "due_on": "2026-06-30" }))], false, due, date(2026, 3, 31));
        assert_eq!((put_off.extended_on, put_off.due_on, put_off.is_late), (Some(date(2026, 3, 31)), Some(date(2026, 6, 30)), false));
        let late = row().after(&[act("submit", date(2026, 4, 2), json!({}))], false, due, date(2026, 4, 2));
        assert!(late.is_late && late.closed_on.is_none());
    }

    #[test]
    fn numbers_follow_their_pattern() {
        assert_eq!(numbered("{kind}〔{year}〕{n}号", "问题单", 2026, 3), "问题单〔2026〕3号");
    }
}
