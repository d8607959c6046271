//! A page as somebody reads it.

use scraper::{ElementRef, Html, Selector};

use crate::visitor::resolve;
use crate::{Form, Visitor};

/// An answer, with the session that it came in.
pub struct Page {
    pub status: u16,
    /// Where it stands, after redirections.
    pub path: String,
    /// The text as sent; also what is not HTML.
    pub body: String,
    pub(crate) visitor: Visitor,
}

impl Page {
    pub(crate) fn new(status: u16, path: String, body: String, visitor: Visitor) -> Self {
        Self { status, path, body, visitor }
    }

    /// What can be read on it: the text of `main` (or of all), in single spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let html = self.html();
        let main = html.select(&selector("main")).next().unwrap_or_else(|| html.root_element());
        readable(main)
    }

    /// Asserts that the text can be read on it.
    ///
    /// # Panics
    /// When it cannot; the message holds what can be read.
    pub fn sees(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "“{text}” is not on {} ({}):\n{}", self.path, self.status, self.text());
        self
    }

    /// Asserts that the text can not be found anywhere in the answer, also not hidden.
    ///
    /// # Panics
    /// When it is there.
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "“{text}” is on {} ({})", self.path, self.status);
        self
    }

    /// Whether there is such an element.
    #[must_use]
    pub fn has(&self, css: &str) -> bool {
        self.html().select(&selector(css)).next().is_some()
    }

    /// The text of the first such element.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn text_of(&self, css: &str) -> String {
        self.texts_of(css).into_iter().next().unwrap_or_else(|| self.missing(css))
    }

    /// The texts of all such elements.
    #[must_use]
    pub fn texts_of(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(readable).collect()
    }

    /// The cells of all rows below such an element (a table or its body).
    #[must_use]
    pub fn rows_of(&self, css: &str) -> Vec<Vec<String>> {
        let html = self.html();
        let (table, row, cell) = (selector(css), selector("tr"), selector("td, th"));
        let rows = html.select(&table).flat_map(|table| table.select(&row).collect::<Vec<_>>());
        rows.map(|row| row.select(&cell).map(readable).collect()).collect()
    }

    /// An attribute of the first such element.
    #[must_use]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.html().select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// An attribute of all such elements, in order.
    #[must_use]
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        self.html().select(&selector(css)).filter_map(|element| element.attr(name).map(str::to_owned)).collect()
    }

    /// Where the link with these words leads: exactly these if there is one, else containing them.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn link(&self, words: &str) -> String {
        let html = self.html();
        let links: Vec<(String, &str)> =
            html.select(&selector("a[href]")).map(|link| (readable(link), link.attr("href").unwrap_or_default())).collect();
        let found = links.iter().find(|(text, _)| text == words).or_else(|| links.iter().find(|(text, _)| text.contains(words)));
        let Some((_, href)) = found else {
            let all = links.iter().map(|(text, href)| format!("{text} → {href}")).collect::<Vec<_>>().join("\n");
            panic!("no link “{words}” on {} ({}), but:\n{all}", self.path, self.status)
        };
        resolve(&self.path, href)
    }

    /// The page behind the link with these words.
    #[must_use]
    pub fn click(&self, words: &str) -> Page {
        self.visitor.get(&self.link(words))
    }

    /// The first such form, filled as the page shows it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn form(&self, css: &str) -> Form {
        let html = self.html();
        let form = html.select(&selector(css)).next().unwrap_or_else(|| self.missing(css));
        Form::of(form, self)
    }

    /// The form with a button that says these words; [`Form::press`] it to send.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn form_with_button(&self, words: &str) -> Form {
        let html = self.html();
        let is_it = |form: &ElementRef<'_>| form.select(&selector("button")).any(|button| readable(button).contains(words));
        let form = html.select(&selector("form")).find(is_it);
        Form::of(form.unwrap_or_else(|| self.missing(&format!("form with the button “{words}”"))), self)
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    fn missing(&self, what: &str) -> ! {
        panic!("no {what} on {} ({}):\n{}", self.path, self.status, self.text())
    }
}

/// A CSS selector.
///
/// # Panics
/// When it cannot be read: the test is wrong.
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// An element's text in single spaces, without scripts and pictures.
pub fn readable(element: ElementRef<'_>) -> String {
    let mut words = Vec::new();
    for node in element.descendants() {
        let Some(text) = node.value().as_text() else { continue };
        let mut above = node.ancestors().filter_map(|up| up.value().as_element());
        if !above.any(|up| matches!(up.name(), "script" | "style" | "template" | "svg")) {
            words.extend(text.split_whitespace());
        }
    }
    words.join(" ")
}
