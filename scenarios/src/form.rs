//! A form as a page shows it, filled in by a person.

use scraper::ElementRef;

use crate::page::{readable, selector};
use crate::visitor::resolve;
use crate::{Page, Visitor};

/// Fields in the order of the page, with the values it shows.
pub struct Form {
    path: String,
    method: String,
    fields: Vec<(String, String)>,
    /// Every field that there is, also the unticked.
    known: Vec<String>,
    /// Values of boxes and options, by field.
    offered: Vec<(String, String)>,
    buttons: Vec<Button>,
    files: Vec<(String, String, Vec<u8>)>,
    visitor: Visitor,
}

struct Button {
    words: String,
    field: Option<(String, String)>,
    path: Option<String>,
}

impl Form {
    pub(crate) fn of(form: ElementRef<'_>, page: &Page) -> Self {
        let mut this = Self {
            path: resolve(&page.path, form.attr("action").unwrap_or_default()),
            method: form.attr("method").unwrap_or("get").to_ascii_lowercase(),
            fields: Vec::new(),
            known: Vec::new(),
            offered: Vec::new(),
            buttons: Vec::new(),
            files: Vec::new(),
            visitor: page.visitor.clone(),
        };
        for element in form.select(&selector("input, select, textarea, button")) {
            this.add(element, page);
        }
        this
    }

    fn add(&mut self, element: ElementRef<'_>, page: &Page) {
        let name = element.attr("name").unwrap_or_default().to_owned();
        let kind = element.attr("type").unwrap_or_default();
        let value = element.attr("value").unwrap_or_default().to_owned();
        if element.value().name() == "button" || kind == "submit" {
            let words = if kind == "submit" && element.value().name() == "input" { value.clone() } else { readable(element) };
            let path = element.attr("formaction").map(|action| resolve(&page.path, action));
            self.buttons.push(Button { words, field: (!name.is_empty()).then_some((name, value)), path });
            return;
        }
        if name.is_empty() || element.attr("disabled").is_some() {
            return;
        }
        self.known.push(name.clone());
        match (element.value().name(), kind) {
            ("select", _) => {
                let chosen = element.select(&selector("option[selected]")).next().or_else(|| element.select(&selector("option")).next());
                let value_of = |option: ElementRef<'_>| option.attr("value").map_or_else(|| readable(option), str::to_owned);
                self.offered.extend(element.select(&selector("option")).map(|option| (name.clone(), value_of(option))));
                self.fields.extend(chosen.map(|option| (name, value_of(option))));
            }
            ("textarea", _) => self.fields.push((name, element.text().collect::<String>().trim_start_matches('\n').to_owned())),
            (_, "checkbox" | "radio") => {
                self.offered.push((name.clone(), value.clone()));
                if element.attr("checked").is_some() {
                    self.fields.push((name, if element.attr("value").is_some() { value } else { "on".to_owned() }));
                }
            }
            (_, "file") => {}
            _ => self.fields.push((name, value)),
        }
    }

    /// What a field holds now.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The fields whose name begins so, each once.
    #[must_use]
    pub fn fields_from(&self, start: &str) -> Vec<String> {
        let mut names: Vec<String> = self.known.iter().filter(|name| name.starts_with(start)).cloned().collect();
        names.dedup();
        names
    }

    /// What can be ticked or chosen in a field.
    #[must_use]
    pub fn choices(&self, name: &str) -> Vec<String> {
        self.offered.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect()
    }

    /// Fills in a field, chooses an option, picks a radio button.
    ///
    /// # Panics
    /// When the form has no such field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.must_know(name);
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Ticks one of the boxes of this name.
    ///
    /// # Panics
    /// When the form has no such field.
    #[must_use]
    pub fn tick(mut self, name: &str, value: &str) -> Self {
        self.must_know(name);
        let pair = (name.to_owned(), value.to_owned());
        if !self.fields.contains(&pair) {
            self.fields.push(pair);
        }
        self
    }

    /// Clears one of the boxes of this name.
    #[must_use]
    pub fn untick(mut self, name: &str, value: &str) -> Self {
        self.must_know(name);
        self.fields.retain(|(field, held)| field != name || held != value);
        self
    }

    /// Adds a field that the page's script would add.
    #[must_use]
    pub fn adding(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Attaches a file.
    ///
    /// # Panics
    /// When the form has no such field.
    #[must_use]
    pub fn attach(mut self, name: &str, file: &str, bytes: &[u8]) -> Self {
        self.must_know(name);
        self.files.push((name.to_owned(), file.to_owned(), bytes.to_vec()));
        self
    }

    /// Sends it, as by the first button (or Enter).
    #[must_use]
    pub fn send(self) -> Page {
        self.send_by(0)
    }

    /// Sends it by the button with these words.
    ///
    /// # Panics
    /// When there is no such button.
    #[must_use]
    pub fn press(self, words: &str) -> Page {
        let button = self.buttons.iter().position(|button| button.words.contains(words));
        let all: Vec<&str> = self.buttons.iter().map(|button| button.words.as_str()).collect();
        let button = button.unwrap_or_else(|| panic!("no button “{words}” in the form to {}, but {all:?}", self.path));
        self.send_by(button)
    }

    fn send_by(mut self, button: usize) -> Page {
        if let Some(button) = self.buttons.get_mut(button) {
            self.fields.extend(button.field.take());
            self.path = button.path.take().unwrap_or(self.path);
        }
        if self.method == "get" {
            let path = self.path.split('?').next().unwrap_or_default();
            return self.visitor.get(&format!("{path}?{}", self.encoded()));
        }
        if self.files.is_empty() {
            return self.visitor.post_body(&self.path, "application/x-www-form-urlencoded", self.encoded().into_bytes());
        }
        // Uploads carry the proof in the address.
        let csrf = self.value("csrf").map_or_else(|| self.visitor.csrf(), str::to_owned);
        let mark = if self.path.contains('?') { '&' } else { '?' };
        let path = if self.path.contains("csrf=") { self.path.clone() } else { format!("{}{mark}csrf={}", self.path, encode(&csrf)) };
        self.visitor.post_body(&path, &format!("multipart/form-data; boundary={BOUNDARY}"), self.parts())
    }

    fn encoded(&self) -> String {
        self.fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
    }

    fn parts(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let mut part = |head: String, bytes: &[u8]| {
            body.extend_from_slice(format!("--{BOUNDARY}\r\ncontent-disposition: form-data; {head}\r\n\r\n").as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in &self.fields {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        for (name, file, bytes) in &self.files {
            part(format!("name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: application/octet-stream"), bytes);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        body
    }

    fn must_know(&self, name: &str) {
        assert!(self.known.iter().any(|known| known == name), "no field “{name}” in the form to {}, but {:?}", self.path, self.known);
    }
}

const BOUNDARY: &str = "jishi-scenario-7MA4YWxkTrZu0gW";

/// A text as it stands in an address or a form's body.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
