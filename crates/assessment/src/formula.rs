//! Expressions of packs, with their names bound to measures and to what a subject is.

use policy::{Expression, Operand, Ratio};

use crate::exact::whole;
use crate::measure::MeasureTable;
use crate::subject::Subject;

/// What a name in an expression stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Measure(usize),
    Field,
    Kind,
    Level,
}

/// An expression ready to be evaluated for a subject and a part of the period.
#[derive(Debug, Clone)]
pub(crate) struct Formula {
    expression: Expression,
    names: Vec<(String, Source)>,
    /// The measure, when the whole expression is its name.
    bare: Option<usize>,
    /// Its place in [`Memo`].
    number: usize,
}

/// The last answer of every formula: months in a row, and branches in a row, mostly ask the same.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    entries: Vec<Entry>,
    asked: Vec<i64>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    subject: i64,
    values: Vec<i64>,
    answer: Option<Operand>,
}

impl Formula {
    /// Binds the names of `expression`; unknown ones are added to `problems`.
    pub(crate) fn bind(expression: &Expression, place: &str, measures: &mut MeasureTable<'_>, problems: &mut Vec<String>) -> Self {
        let mut names = Vec::new();
        for name in expression.names() {
            let source = match name {
                "field" => Some(Source::Field),
                "kind" => Some(Source::Kind),
                "level" => Some(Source::Level),
                _ => measures.number_of(name, problems).map(Source::Measure),
            };
            match source {
                Some(source) => names.push((name.to_owned(), source)),
                None => problems.push(format!("{place}：没有名为 {name} 的计量（measure）")),
            }
        }
        let bare = match names.as_slice() {
            [(name, Source::Measure(number))] if *name == expression.text.trim() => Some(*number),
            _ => None,
        };
        Self { expression: expression.clone(), names, bare, number: measures.next_formula() }
    }

    /// The measures it reads.
    pub(crate) fn measures(&self) -> impl Iterator<Item = usize> + '_ {
        self.names.iter().filter_map(|(_, source)| match source {
            Source::Measure(number) => Some(*number),
            _ => None,
        })
    }

    /// Its number; `None` when it is none or cannot be computed (division by zero, overflow).
    pub(crate) fn value(&self, reading: &impl Fn(usize) -> i64, subject: &Subject, memo: &mut Memo) -> Option<Ratio> {
        if let Some(measure) = self.bare {
            return Some(whole(reading(measure)));
        }
        match self.answer(reading, subject, memo) {
            Some(Operand::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether it holds; `None` when it cannot be said.
    pub(crate) fn holds(&self, reading: &impl Fn(usize) -> i64, subject: &Subject, memo: &mut Memo) -> Option<bool> {
        match self.answer(reading, subject, memo) {
            Some(Operand::Truth(truth)) => Some(*truth),
            _ => None,
        }
    }

    fn answer<'m>(&self, reading: &impl Fn(usize) -> i64, subject: &Subject, memo: &'m mut Memo) -> Option<&'m Operand> {
        let Memo { entries, asked } = memo;
        if entries.len() <= self.number {
            entries.resize(self.number + 1, Entry::default());
        }
        asked.clear();
        asked.extend(self.measures().map(reading));
        let depends_on_subject = asked.len() < self.names.len();
        let entry = &mut entries[self.number];
        let is_known = entry.answer.is_some() && entry.values == *asked && (!depends_on_subject || entry.subject == subject.id);
        if !is_known {
            entry.subject = subject.id;
            entry.values.clone_from(asked);
            entry.answer = self.evaluate(reading, subject);
        }
        entry.answer.as_ref()
    }

    fn evaluate(&self, reading: &impl Fn(usize) -> i64, subject: &Subject) -> Option<Operand> {
        let lookup = |name: &str| {
            let (_, source) = self.names.iter().find(|(known, _)| known == name)?;
            Some(match source {
                Source::Measure(number) => Operand::Number(whole(reading(*number))),
                Source::Field => Operand::Text(subject.field.clone()),
                Source::Kind => Operand::Text(subject.kind.clone()),
                Source::Level => Operand::Text(subject.level.clone()),
            })
        };
        self.expression.evaluate(&lookup).ok()
    }
}
