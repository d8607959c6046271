//! A page for one act that takes a form: what will happen, the fields, one red button. The same for every primitive.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use policy::{FormField, FormFieldKind};
use store::Refusal;

use crate::http::failure::Failure;
use crate::http::layout::{Layout, Tone};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, Link};
use crate::http::visit::{Answer, Visit};

/// What stands in a form, one below the other.
#[derive(Debug, Clone)]
pub enum Control {
    /// One line: `text`, `date`, `number`.
    Input(Field, &'static str),
    /// Several lines.
    Text(Field),
    /// One of a few.
    Select(Field, Vec<Choice>),
    /// An organisation or a member found by typing: the name shown, the address that answers.
    Choose(Field, String, &'static str),
    /// Any of a list: the field's name, what stands above, the entries with a note each.
    Checks(Field, Vec<(Choice, String)>),
}

/// One act: its form and what it means.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/action.html")]
pub struct ActionPage {
    layout: Layout,
    title: String,
    lead: String,
    problems: Vec<String>,
    controls: Vec<Control>,
    button: String,
    confirm: String,
    is_danger: bool,
    back: Link,
    notes: Vec<String>,
}

impl ActionPage {
    /// A page named `title`; `lead` says in a sentence what the act does.
    #[must_use]
    pub fn new(layout: Layout, title: impl Into<String>, lead: impl Into<String>, back: Link) -> Self {
        let title = title.into();
        Self {
            layout,
            button: title.clone(),
            title,
            lead: lead.into(),
            problems: Vec::new(),
            controls: Vec::new(),
            confirm: String::new(),
            is_danger: false,
            back,
            notes: Vec::new(),
        }
    }

    /// Adds what is to be filled in.
    #[must_use]
    pub fn with(mut self, control: Control) -> Self {
        self.controls.push(control);
        self
    }

    /// Adds the fields that a pack invents, each by the control that its kind needs.
    #[must_use]
    pub fn with_fields(mut self, form: &Form, rules: &[FormField]) -> Self {
        for rule in rules {
            let mut field = form.field(&rule.key, &rule.name);
            if let Some(hint) = &rule.hint {
                field = field.hint(hint.clone());
            }
            if !rule.required {
                field = field.optional();
            }
            let choices = |choices: &[String]| form.choices(&rule.key, choices.iter().map(|choice| (choice.clone(), choice.clone())));
            self.controls.push(match rule.kind {
                FormFieldKind::LongText => Control::Text(field),
                FormFieldKind::Date => Control::Input(field, "date"),
                FormFieldKind::Whole => Control::Input(field, "number"),
                FormFieldKind::Choice => Control::Select(field, choices(&rule.choices)),
                FormFieldKind::YesNo => Control::Select(field, choices(&["是".to_owned(), "否".to_owned()])),
                _ => Control::Input(field, "text"),
            });
        }
        self
    }

    /// What stands on the button, when it is not the title.
    #[must_use]
    pub fn button(mut self, verb: impl Into<String>) -> Self {
        self.button = verb.into();
        self
    }

    /// Nothing to be done here by this visitor: what is said stands alone.
    #[must_use]
    pub fn without_button(mut self) -> Self {
        self.button = String::new();
        self
    }

    /// Asked before it is done: what will happen and what it means. Such an act is not taken back.
    #[must_use]
    pub fn asking(mut self, sentence: impl Into<String>) -> Self {
        self.confirm = sentence.into();
        self.is_danger = true;
        self
    }

    /// Adds a sentence beside the form.
    #[must_use]
    pub fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }

    /// The form as it came, with why it was not done.
    ///
    /// # Errors
    /// Anything but a refusal, and when the template fails.
    pub fn refused(mut self, visit: &Visit, error: anyhow::Error) -> Answer {
        let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
        self.problems.push(refusal.0);
        self.answer(visit)
    }

    /// The page; with problems it says so to the browser, too.
    ///
    /// # Errors
    /// When the template fails.
    pub fn answer(self, visit: &Visit) -> Answer {
        let has_problems = !self.problems.is_empty() || self.controls.iter().any(|control| !control.field().error.is_empty());
        let page: Response = visit.page(&self)?;
        Ok(if has_problems { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() } else { page })
    }

    fn tone() -> Tone {
        Tone::Bad
    }
}

impl Control {
    /// The field of any control.
    #[must_use]
    pub fn field(&self) -> &Field {
        match self {
            Self::Input(field, _) | Self::Text(field) | Self::Select(field, _) | Self::Choose(field, ..) | Self::Checks(field, _) => field,
        }
    }
}

/// A form being read: what was sent, and all that is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Form {
    sent: Submitted,
    problems: Vec<(String, String)>,
    /// What stands in a field before anything was sent.
    prefilled: Vec<(String, String)>,
}

impl Form {
    /// What a browser sent.
    #[must_use]
    pub fn new(sent: Submitted) -> Self {
        Self { sent, ..Self::default() }
    }

    /// An empty form with some fields filled in.
    #[must_use]
    pub fn prefilled<N: Into<String>>(fields: impl IntoIterator<Item = (N, String)>) -> Self {
        Self { prefilled: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(), ..Self::default() }
    }

    /// Takes note of something wrong.
    pub fn problem(&mut self, name: &str, sentence: impl Into<String>) {
        self.problems.push((name.to_owned(), sentence.into()));
    }

    /// Whether something is wrong with a field.
    #[must_use]
    pub fn has_problem(&self, name: &str) -> bool {
        self.problems.iter().any(|(known, _)| known == name)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.problems.is_empty()
    }

    /// A text, trimmed; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        if let Some(text) = self.sent.filled(name) {
            return text;
        }
        self.prefilled.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// A text, if there is one.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str, sentence: &str) -> String {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            self.problem(name, sentence);
        }
        text
    }

    /// A day, if one was given.
    pub fn day(&mut self, name: &str) -> Option<jiff::civil::Date> {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(day) => Some(day),
            Err(_) => {
                self.problem(name, "没有这一天，请按 2026-02-28 的样子填写");
                None
            }
        }
    }

    /// A day that must be there.
    pub fn required_day(&mut self, name: &str) -> jiff::civil::Date {
        if self.text(name).is_empty() {
            self.problem(name, "请填写日期");
        }
        self.day(name).unwrap_or_default()
    }

    /// A whole number, if one was given.
    pub fn whole(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            self.problem(name, "请填写整数");
        }
        number
    }

    /// The numbers of what was ticked.
    #[must_use]
    pub fn ids(&self, name: &str) -> Vec<i64> {
        self.sent.all(name).iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// A field as it stands, with what is wrong.
    #[must_use]
    pub fn field(&self, name: &str, label: &str) -> Field {
        let error = self.problems.iter().find(|(known, _)| known == name).map_or("", |(_, sentence)| sentence.as_str());
        Field::new(name, label, self.text(name)).error(error)
    }

    /// Entries of a drop-down list; the first, empty one asks to choose.
    pub fn choices<V: AsRef<str>, L: AsRef<str>>(&self, name: &str, entries: impl IntoIterator<Item = (V, L)>) -> Vec<Choice> {
        let now = self.text(name);
        let first = Choice { value: String::new(), label: "请选择".to_owned(), selected: now.is_empty() };
        let rest = entries.into_iter().map(|(value, label)| Choice {
            value: value.as_ref().to_owned(),
            label: label.as_ref().to_owned(),
            selected: value.as_ref() == now,
        });
        std::iter::once(first).chain(rest).collect()
    }
}
