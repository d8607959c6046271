//! A small world written as text: branches, facts, marks in; rows or states out.
//!
//! ```text
//! branch a rural C1                 a branch of this field under county C1 of the city S
//! a theme_day 2025-01-05 2025-02-05 an activity on these days; `x5` gives the quantity, `late=2025-01-05 accepted` flags
//! a coverage.activity 2025-01-01..2026-01-01
//! ```

use std::fmt::Write;

use assessment::{
    Compiled, DutyPlan, Evaluation, Event, Facts, FactsBuilder, Flags, ItemResult, Marks, Span, Subject, Superior, decimal, duty_states, evaluate,
};
use jiff::civil::{Date, date};
use policy::{Pack, Period};

pub struct World {
    pub pack: Pack,
    pub subjects: Vec<Subject>,
    pub marks: Marks,
    pub facts: Facts,
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

pub fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

impl World {
    pub fn new(pack: &str, text: &str) -> Self {
        let pack: Pack = toml_edit::de::from_str(pack).expect("a pack");
        let mut subjects: Vec<Subject> = Vec::new();
        let mut facts = FactsBuilder::new();
        let mut source = 0;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words[0] == "branch" {
                subjects.push(branch(subjects.len() as i64 + 1, &words[1..]));
                continue;
            }
            let org = subjects.iter().find(|s| s.code == words[0]).expect("a branch that stands above").id;
            add_facts(&mut facts, org, &words[1..], &mut source);
        }
        Self { pack, subjects, marks: Marks::new(), facts: facts.build() }
    }

    pub fn id(&self, code: &str) -> i64 {
        self.subjects.iter().find(|s| s.code == code).expect("a branch").id
    }

    pub fn evaluate(&self, of: &str) -> Evaluation {
        self.evaluate_until(of, period(of).until())
    }

    pub fn evaluate_until(&self, of: &str, closed_until: Date) -> Evaluation {
        let compiled = Compiled::new(&self.pack, "s", period(of).from()).expect("the scheme is sound");
        evaluate(&compiled, &self.subjects, &self.facts, &self.marks, period(of), closed_until)
    }

    /// Code, score, star and rank of every row, with what stands out.
    pub fn rows(&self, of: &str) -> String {
        let mut text = String::new();
        for row in &self.evaluate(of).rows {
            let or_none = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
            let to = if row.is_open() { format!("–{}", decimal(row.score_to)) } else { String::new() };
            let marks = if row.without_place { " without place" } else { "" };
            let vetoes: String = row.vetoes.iter().map(|v| format!(" veto {}", v.item)).collect();
            let (star, rank) = (or_none(row.star.map(u32::from)), or_none(row.rank));
            writeln!(text, "{} {} {}{to} star {star} rank {rank}{marks}{vetoes}", row.code, row.cohort, decimal(row.score)).expect("text");
        }
        text
    }

    /// The items of one branch.
    pub fn items(&self, code: &str, of: &str) -> String {
        items_text(&self.evaluate(of), code)
    }

    /// The states of duty `d` of one branch, on a day.
    pub fn states(&self, code: &str, of: &str, today: &str) -> String {
        let duty = DutyPlan::new(&self.pack, "d", day(today)).expect("the duty is sound");
        let subject = self.subjects.iter().find(|s| s.code == code).expect("a branch");
        let states = duty_states(&duty, subject, &self.facts, &self.marks, period(of), day(today));
        states.iter().map(|(period, state)| format!("{period} {state:?}\n")).collect()
    }
}

pub fn items_text(evaluation: &Evaluation, code: &str) -> String {
    let row = evaluation.row(code).expect("a row");
    row.items.iter().map(|item| format!("{} {}\n", evaluation.definition(item).key, item_text(item))).collect()
}

fn item_text(item: &ItemResult) -> String {
    let mut text = format!("{}/{} {}", item.numerator, item.denominator, item.outcome.key());
    if let Some(points) = item.points {
        write!(text, " {}", decimal(points)).expect("text");
    }
    if item.points_to != item.points {
        write!(text, "–{}", item.points_to.map(decimal).unwrap_or_default()).expect("text");
    }
    write!(text, " of {}", decimal(item.due)).expect("text");
    let lists = [("missing", &item.missing), ("late", &item.late), ("unknown", &item.unknown), ("coming", &item.coming)];
    for (name, periods) in lists.into_iter().filter(|(_, periods)| !periods.is_empty()) {
        let periods: Vec<String> = periods.iter().map(ToString::to_string).collect();
        write!(text, " {name} {}", periods.join(",")).expect("text");
    }
    if let Some(reason) = item.outcome.reason() {
        write!(text, " （{reason}）").expect("text");
    }
    text
}

/// `CODE FIELD COUNTY [from=DAY] [until=DAY] [live=DAY]`; county `-`: directly under the city.
fn branch(id: i64, words: &[&str]) -> Subject {
    let option = |name: &str| words.iter().find_map(|w| w.strip_prefix(name)).map(day);
    let superior = |code: &str, level: &str| Superior { id: 0, code: code.to_owned(), level: level.to_owned() };
    let mut superiors = Vec::new();
    if words[2] != "-" {
        superiors.push(superior(words[2], "county"));
    }
    superiors.push(superior("S", "city"));
    Subject {
        id,
        code: words[0].to_owned(),
        name: format!("{}支部", words[0]),
        kind: "branch".to_owned(),
        field: words[1].to_owned(),
        level: "branch".to_owned(),
        from: option("from=").unwrap_or(date(2000, 1, 1)),
        until: option("until="),
        go_live: option("live="),
        superiors,
    }
}

/// `KIND (DAY | DAY.. | DAY..DAY)… [xQUANTITY] [by=SUBJECT] [late=DAY] [accepted|returned|imported]`
fn add_facts(facts: &mut FactsBuilder, org: i64, words: &[&str], source: &mut i64) {
    let is_whole = ["coverage.", "member.", "person."].iter().any(|family| words[0].starts_with(family));
    let kind = if is_whole { words[0].to_owned() } else { format!("activity.{}", words[0]) };
    let number = |name: &str| words.iter().find_map(|w| w.strip_prefix(name)).map(|n| n.parse::<i64>().expect("a number"));
    let makes_up = words.iter().find_map(|w| w.strip_prefix("late=")).map(day);
    let mut flags = if makes_up.is_some() { Flags::LATE } else { Flags::default() };
    for flag in words.iter().filter_map(|w| Flags::named(w)) {
        flags = flags | flag;
    }
    let quantity = number("x").unwrap_or(1);
    for word in words[1..].iter().filter(|w| w.starts_with("20") || w.starts_with("19")) {
        *source += 1;
        let subject = number("by=").unwrap_or(*source);
        match word.split_once("..") {
            Some((from, until)) => {
                let until = (!until.is_empty()).then(|| day(until));
                facts.span(org, &Span { kind: &kind, from: day(from), until, quantity, subject, source: *source });
            }
            None => facts.event(org, &Event { kind: &kind, on: day(word), quantity, subject, flags, source: *source, makes_up }),
        }
    }
}
