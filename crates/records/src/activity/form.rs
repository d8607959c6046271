//! What a secretary hands in, from the page to a record: all problems at once, each at its field.

use jiff::civil::Date;
use policy::{Activity as Kind, Pack, Period};
use store::OrgId;

use super::model::{Absence, AbsenceKind, Attendance, BY_BRANCH, Decision, NewActivity};
use super::roster::Roster;
use crate::http::submitted::Submitted;

/// Something that cannot be taken, and at which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub sentence: String,
}

/// What was sent, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    pub held_on: String,
    pub topic: String,
    pub place: String,
    pub host: String,
    pub hours: String,
    pub contents: Vec<String>,
    pub n_guests: String,
    pub n_eligible: String,
    pub n_present: String,
    pub decisions: Vec<RawDecision>,
    pub notes: String,
    pub is_on_paper: bool,
    pub makes_up: String,
    pub late_reason: String,
    /// Why it is changed after it was locked.
    pub reason: String,
    /// Whether the page named people; else it asked for head counts.
    pub has_names: bool,
    /// Exceptions by member: `leave|病假`.
    pub marks: Vec<(i64, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawDecision {
    pub text: String,
    pub owner: String,
    pub due_on: String,
    /// Votes in favour.
    pub n_for: String,
}

impl Raw {
    /// Reads the fields of the page.
    #[must_use]
    pub fn read(form: &Submitted) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        let at = |name: &str, i: usize| form.all(name).get(i).map_or(String::new(), |value| value.trim().to_owned());
        let decisions = (0..form.all("decision").len()).map(|i| RawDecision {
            text: at("decision", i),
            owner: at("decision_owner", i),
            due_on: at("decision_due", i),
            n_for: at("decision_for", i),
        });
        let marks = form.fields().keys().filter_map(|name| Some((name.strip_prefix("who-")?.parse().ok()?, name))).filter_map(|(id, name)| {
            let mark = form.filled(name)?;
            // “其他” leaves the reason to be typed.
            let reason = form.filled(&format!("why-{id}"));
            Some((id, reason.filter(|_| mark == "leave").map_or_else(|| mark.to_owned(), |reason| format!("leave|{reason}"))))
        });
        Self {
            held_on: text("held_on"),
            topic: text("topic"),
            place: text("place"),
            host: text("host"),
            hours: text("hours"),
            contents: form.all("content").to_vec(),
            n_guests: text("n_guests"),
            n_eligible: text("n_eligible"),
            n_present: text("n_present"),
            decisions: decisions.collect(),
            notes: text("notes"),
            is_on_paper: form.text("is_on_paper") == "yes",
            makes_up: text("makes_up"),
            late_reason: text("late_reason"),
            reason: text("reason"),
            has_names: form.text("form") == "names",
            marks: marks.collect(),
        }
    }

    /// The day, if it is one.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        self.held_on.parse().ok()
    }

    /// The record, or what is wrong with it.
    ///
    /// # Errors
    /// Every problem, at its field.
    pub fn check(&self, pack: &Pack, organisation: OrgId, kind: &str, roster: Option<&Roster>, today: Date) -> Result<NewActivity, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bad = |field: &'static str, sentence: &str| problems.push(Problem { field, sentence: sentence.to_owned() });
        let rule = pack.activities.get(kind);
        let held_on = match self.held_on.parse::<Date>() {
            Ok(day) if day > today => {
                bad("held_on", &format!("{day} 还没有到，请填实际召开的日期"));
                None
            }
            Ok(day) => Some(day),
            Err(_) if self.held_on.is_empty() => {
                bad("held_on", "请填召开的日期");
                None
            }
            Err(_) => {
                bad("held_on", &format!("没有“{}”这一天，请按 2026-02-28 这样填", self.held_on));
                None
            }
        };
        if self.topic.is_empty() {
            bad("topic", "请写主题，几个字就可以");
        } else if self.topic.chars().count() > 120 {
            bad("topic", "主题太长，请写在 120 个字以内，详细的写在纪要里");
        }
        let minutes = self.minutes().unwrap_or_else(|sentence| {
            bad("hours", sentence);
            0
        });
        let decisions = self.decisions().unwrap_or_else(|sentence| {
            bad("decisions", &sentence);
            Vec::new()
        });
        let attendance = self.attendance(rule, roster, held_on).unwrap_or_else(|sentence| {
            bad("attendance", &sentence);
            Attendance::Counts { n_eligible: 0, n_present: 0 }
        });
        let makes_up = match self.makes_up.parse::<Period>() {
            // Held within it after all: then it is on time, and nothing is made up.
            Ok(period) => held_on.filter(|day| !period.contains(*day)).map(|_| period),
            Err(_) => None,
        };
        if let (Some(period), Some(day)) = (makes_up, held_on)
            && day <= period.last_day()
        {
            bad("makes_up", &format!("{}还没有到，不能提前补办", period.label()));
        }
        let known = rule.map(|rule| rule.contents.as_slice()).unwrap_or_default();
        if self.contents.iter().any(|content| !known.contains(content)) {
            bad("contents", "有一项内容不在清单里，请从清单中选");
        }
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let record = held_on.map(|held_on| NewActivity {
            organisation,
            kind: kind.to_owned(),
            held_on,
            topic: self.topic.clone(),
            place: filled(&self.place),
            host: filled(&self.host),
            attendance,
            minutes,
            contents: self.contents.clone(),
            decisions,
            notes: filled(&self.notes),
            is_on_paper: self.is_on_paper,
            entered_on: today,
            source: BY_BRANCH.to_owned(),
            makes_up,
            late_reason: filled(&self.late_reason),
        });
        match record {
            Some(record) if problems.is_empty() => match super::vote::refused(pack, &record, roster) {
                Some((field, sentence)) => Err(vec![Problem { field, sentence }]),
                None => Ok(record),
            },
            _ => Err(problems),
        }
    }

    /// Hours with at most one decimal, as minutes.
    fn minutes(&self) -> Result<i64, &'static str> {
        if self.hours.is_empty() {
            return Ok(0);
        }
        let (whole, tenths) = self.hours.split_once('.').unwrap_or((&self.hours, "0"));
        let number = |text: &str| text.parse::<i64>().ok().filter(|n| (0..=24).contains(n));
        match (number(whole), number(tenths).filter(|_| tenths.len() == 1)) {
            (Some(whole), Some(tenths)) if whole * 60 + tenths * 6 <= 24 * 60 => Ok(whole * 60 + tenths * 6),
            _ => Err("学时请填数字，例如 2 或者 1.5"),
        }
    }

    fn decisions(&self) -> Result<Vec<Decision>, String> {
        let mut decisions = Vec::new();
        for raw in self.decisions.iter().filter(|raw| **raw != RawDecision::default()) {
            if raw.text.is_empty() {
                return Err("决定事项没有写内容".to_owned());
            }
            let due_on = match raw.due_on.as_str() {
                "" => None,
                text => Some(text.parse::<Date>().map_err(|_| format!("决定“{}”的期限不是日期", raw.text))?),
            };
            let n_for = match raw.n_for.as_str() {
                "" => None,
                text => {
                    Some(text.parse::<i64>().ok().filter(|n| (0..=9999).contains(n)).ok_or_else(|| format!("决定“{}”的赞成人数请填整数", raw.text))?)
                }
            };
            decisions.push(Decision { text: raw.text.clone(), owner: raw.owner.clone(), due_on, n_for });
        }
        Ok(decisions)
    }

    fn attendance(&self, rule: Option<&Kind>, roster: Option<&Roster>, held_on: Option<Date>) -> Result<Attendance, String> {
        let number = |text: &str, what: &str| match text {
            "" => Ok(0),
            text => text.parse::<i64>().ok().filter(|n| (0..=9999).contains(n)).ok_or_else(|| format!("{what}请填整数")),
        };
        let n_guests = number(&self.n_guests, "列席人数")?;
        if !self.has_names {
            let (n_eligible, n_present) = (number(&self.n_eligible, "应到人数")?, number(&self.n_present, "实到人数")?);
            if n_present > n_eligible {
                return Err(format!("实到 {n_present} 人多于应到 {n_eligible} 人"));
            }
            if n_present == 0 {
                return Err("请填应到、实到人数".to_owned());
            }
            return Ok(Attendance::Counts { n_eligible, n_present });
        }
        let (Some(rule), Some(roster), Some(on)) = (rule, roster, held_on) else { return Ok(Attendance::Names { absences: Vec::new(), n_guests }) };
        let due = roster.due(rule.roster, on);
        let absences: Vec<Absence> = self.marks.iter().filter(|(id, _)| due.contains(id)).filter_map(|(id, mark)| absence(*id, mark)).collect();
        if !due.is_empty() && absences.len() >= due.len() {
            return Err("名单上没有一个人到会，请核对日期和名单".to_owned());
        }
        Ok(Attendance::Names { absences, n_guests })
    }
}

/// `leave|病假`, `absent`, `exempt`; anything else is present.
#[must_use]
pub fn absence(member_id: i64, mark: &str) -> Option<Absence> {
    let (kind, reason) = mark.split_once('|').unwrap_or((mark, ""));
    let kind = match kind {
        "leave" => AbsenceKind::Leave,
        "exempt" => AbsenceKind::Exempt,
        "absent" => AbsenceKind::Absent,
        _ => return None,
    };
    Some(Absence { member_id, kind, reason: reason.trim().chars().take(20).collect() })
}

/// How many fields a person typed or changed, compared with what the page offered: what the record cost the branch.
#[must_use]
pub fn n_typed(sent: &Raw, offered: &Raw) -> i64 {
    let pairs = [
        (&sent.held_on, &offered.held_on),
        (&sent.topic, &offered.topic),
        (&sent.place, &offered.place),
        (&sent.host, &offered.host),
        (&sent.hours, &offered.hours),
        (&sent.n_guests, &offered.n_guests),
        (&sent.n_eligible, &offered.n_eligible),
        (&sent.n_present, &offered.n_present),
        (&sent.notes, &offered.notes),
        (&sent.makes_up, &offered.makes_up),
        (&sent.late_reason, &offered.late_reason),
    ];
    let texts = pairs.iter().filter(|(sent, offered)| sent != offered).count();
    let contents = sent.contents.iter().filter(|content| !offered.contents.contains(content)).count();
    let marks = sent.marks.iter().filter(|mark| !offered.marks.contains(mark)).count();
    let decisions: usize =
        sent.decisions.iter().map(|it| [&it.text, &it.owner, &it.due_on, &it.n_for].iter().filter(|text| !text.is_empty()).count()).sum();
    i64::try_from(texts + contents + marks + decisions).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(body: &str) -> Raw {
        Raw::read(&Submitted::parse(body))
    }

    fn check(body: &str) -> Result<NewActivity, Vec<(&'static str, String)>> {
        let pack = frame::policies::Policies::of_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies")))
            .expect("the shipped packs hold together")
            .pack;
        let today = jiff::civil::date(2026, 11, 22);
        raw(body).check(&pack, 7, "theme_day", None, today).map_err(|problems| problems.into_iter().map(|p| (p.field, p.sentence)).collect())
    }

    #[test]
    fn every_problem_is_said_at_once() {
        let problems = check("held_on=2026-02-30&topic=&hours=two&n_eligible=5&n_present=7&decision=&decision_owner=%E9%A9%AC").unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["held_on", "topic", "hours", "decisions", "attendance"]);
        assert_eq!(problems[4].1, "实到 7 人多于应到 5 人");
    }

    #[test]
    fn a_record_comes_out_whole() {
        let record = check("held_on=2026-11-10&topic=%E9%98%B2%E7%81%AB&hours=1.5&n_eligible=7&n_present=7&is_on_paper=yes").unwrap();
        assert_eq!((record.minutes, record.is_on_paper, record.source.as_str()), (90, true, BY_BRANCH));
        assert_eq!(record.attendance, Attendance::Counts { n_eligible: 7, n_present: 7 });
    }

    #[test]
    fn what_was_held_within_the_period_makes_nothing_up() {
        let within = check("held_on=2026-10-20&topic=x&n_eligible=3&n_present=3&makes_up=2026-10").unwrap();
        assert_eq!(within.makes_up, None);
        let after = check("held_on=2026-11-03&topic=x&n_eligible=3&n_present=3&makes_up=2026-10").unwrap();
        assert_eq!(after.makes_up, Some(Period::month(2026, 10)));
        assert_eq!(check("held_on=2026-11-03&topic=x&n_eligible=3&n_present=3&makes_up=2026-12").unwrap_err()[0].0, "makes_up");
    }

    #[test]
    fn tomorrow_is_refused() {
        assert_eq!(check("held_on=2026-11-23&topic=x&n_eligible=1&n_present=1").unwrap_err()[0].1, "2026-11-23 还没有到，请填实际召开的日期");
    }

    #[test]
    fn marks_are_read_with_their_reasons() {
        let raw = raw("form=names&who-3=leave%7C%E7%97%85%E5%81%87&who-4=leave&why-4=%E4%BD%8F%E9%99%A2&who-5=&who-6=absent");
        assert_eq!(raw.marks, [(3, "leave|病假".to_owned()), (4, "leave|住院".to_owned()), (6, "absent".to_owned())]);
        assert_eq!(absence(3, "leave|病假").unwrap().reason, "病假");
        assert_eq!(absence(3, "here"), None);
    }

    #[test]
    fn only_what_was_changed_counts_as_typed() {
        let offered = raw("held_on=2026-11-22&place=%E6%B4%BB%E5%8A%A8%E5%AE%A4&host=%E9%A9%AC");
        let sent = raw(
            "held_on=2026-11-22&place=%E6%B4%BB%E5%8A%A8%E5%AE%A4&host=%E9%A9%AC&topic=%E9%98%B2%E7%81%AB&who-3=absent&content=%E5%85%9A%E6%80%A7%E6%95%99%E8%82%B2",
        );
        assert_eq!(n_typed(&sent, &offered), 3);
    }
}
