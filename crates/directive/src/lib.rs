//! - For: taking a directive (通知, 方案, 讲话, 考核表) apart into tasks with verbatim spans and targets.
//! - In: the document's plain text; paragraphs are lines, table cells are separated by tabs.
//! - Out: [`Directive`], whose tasks carry quantity, deadline, frequency, scope and units as the text states them.
//! - Does not know: files, databases, the clock, who the organisations are, or any particular document.
#![doc = include_str!("../README.md")]

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

mod catalogue;
mod comparison;
mod context;
mod count;
mod deadline;
mod deliverable;
mod duration;
mod frame;
mod frequency;
mod group;
mod leading;
mod lending;
mod likeness;
mod measure;
mod modality;
mod names;
mod numerals;
mod part;
mod quantity;
mod restated;
mod scope;
#[doc(hidden)]
pub mod score;
mod sift;
mod structure;
mod table;
mod task;
mod units;
mod words;

pub use catalogue::Catalogue;
pub use comparison::{Attribute, AttributeChange, Change, Comparison, Pair, compare, comparison_json};
pub use quantity::{Comparator, Quantity, QuantityValue};
pub use scope::Scope;

/// A document taken apart. Serialises to the `directive-tasks/1` JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// The field the whole document speaks to.
    pub doc_scope: Scope,
    /// The year its dates lie in, from sign-off, title or text.
    pub doc_year: Option<i32>,
    /// In text order; spans do not overlap.
    pub tasks: Vec<Task>,
}

/// One requirement on future conduct with a number, a period, a deadline or a named deliverable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Task {
    /// First character of the span, counted in characters.
    pub start: usize,
    /// The character after its last.
    pub end: usize,
    /// The words themselves.
    pub span: String,
    /// What is to be done, without date and subject.
    pub action: String,
    /// Responsible units as written, performers first.
    pub units: Vec<String>,
    /// Target, limit or count.
    pub quantity: Option<Quantity>,
    /// `2024-06-30`, `2024-06`, `P3Y`, or a short literal such as 放假前.
    pub deadline: Option<String>,
    /// `1次/季度`, `/年`.
    pub frequency: Option<String>,
    /// The field of this task.
    pub scope: Scope,
    /// Index of the task that this one only restates: the first mention of the same demand.
    #[serde(skip)]
    pub restates: Option<usize>,
}

impl Serialize for Directive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Numbered<'t> {
            id: String,
            #[serde(flatten)]
            task: &'t Task,
            #[serde(skip_serializing_if = "Option::is_none")]
            restates: Option<String>,
        }
        let numbered = |(i, task)| Numbered { id: task_id(i), task, restates: task.restates.map(task_id) };
        let tasks: Vec<Numbered> = self.tasks.iter().enumerate().map(numbered).collect();
        let mut fields = serializer.serialize_struct("Directive", 4)?;
        fields.serialize_field("schema", "directive-tasks/1")?;
        fields.serialize_field("doc_scope", &self.doc_scope)?;
        fields.serialize_field("doc_year", &self.doc_year)?;
        fields.serialize_field("tasks", &tasks)?;
        fields.end()
    }
}

/// The id of a document's task in its JSON: `t01`, `t02`, …
pub(crate) fn task_id(index: usize) -> String {
    format!("t{:02}", index + 1)
}

/// Takes a document apart. Never fails: a text without requirements has no tasks.
pub fn read(text: &str) -> Directive {
    let layout = structure::layout(text);
    let frame = frame::frame(text, &layout);
    let mut tasks = task::tasks(text, &layout, &frame);
    restated::link(&mut tasks);
    Directive { doc_scope: frame.scope, doc_year: frame.year, tasks }
}
