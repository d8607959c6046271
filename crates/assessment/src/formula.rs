//! Expressions of packs, with their names bound to measures and to what a subject is.

use policy::{Expression, Operand, Ratio};

use crate::exact::whole;
use crate::measure::MeasureTable;
use crate::subject::Subject;
use crate::whole::{Test, Whole};

/// What a name in an expression stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Measure(usize),
    Field,
    Kind,
    Level,
}

impl Source {
    /// What a subject is in this respect; nothing of a measure.
    pub(crate) fn word_of(self, subject: &Subject) -> &str {
        match self {
            Self::Measure(_) => "",
            Self::Field => &subject.field,
            Self::Kind => &subject.kind,
            Self::Level => &subject.level,
        }
    }
}

/// An expression ready to be evaluated for a subject and a part of the period.
#[derive(Debug, Clone)]
pub(crate) struct Formula {
    expression: Expression,
    names: Vec<(String, Source)>,
    /// Without fractions, when that is all it asks for.
    whole: Option<Whole>,
    test: Option<Test>,
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
        let source_of = |name: &str| names.iter().find(|(known, _)| known == name).map(|(_, source)| *source);
        let (whole, test) = (Whole::of(expression, &source_of), Test::of(expression, &source_of));
        Self { expression: expression.clone(), names, whole, test, number: measures.next_formula() }
    }

    /// The measures it reads.
    pub(crate) fn measures(&self) -> impl Iterator<Item = usize> + '_ {
        self.names.iter().filter_map(|(_, source)| match source {
            Source::Measure(number) => Some(*number),
            _ => None,
        })
    }

    /// Whether it is made of whole numbers alone.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Its number, when it is made of whole numbers alone and fits 64 bits.
    pub(crate) fn whole(&self, reading: &impl Fn(usize) -> i64) -> Option<i64> {
        self.whole.as_ref()?.value(reading)
    }

    /// Its number; `None` when it is none or cannot be computed (division by zero, overflow).
    pub(crate) fn value(&self, reading: &impl Fn(usize) -> i64, subject: &Subject, memo: &mut Memo) -> Option<Ratio> {
        if let Some(number) = self.whole(reading) {
            return Some(whole(number));
        }
        match self.answer(reading, subject, memo) {
            Some(Operand::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether it holds; `None` when it cannot be said.
    pub(crate) fn holds(&self, reading: &impl Fn(usize) -> i64, subject: &Subject, memo: &mut Memo) -> Option<bool> {
        if let Some(holds) = self.test.as_ref().and_then(|test| test.holds(reading, subject)) {
            return Some(holds);
        }
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
                word => Operand::Text(word.word_of(subject).to_owned()),
            })
        };
        self.expression.evaluate(&lookup).ok()
    }
}
