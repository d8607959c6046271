//! What a page gives to the frame around it. `templates/layout.html` lays it out.

use crate::http::ways::Ways;

/// Everything around a page's own content.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The page's own address.
    pub path: String,
    /// The window's title, without the product's name.
    pub title: String,
    /// The platform's name at the foot of the menu (云岭市党建工作平台).
    pub site: String,
    /// The main menu; a group without a name has no heading.
    pub menu: Vec<MenuGroup>,
    /// The four places at the thumb on a phone; none: no bar.
    pub tabs: Vec<MenuItem>,
    /// Who is signed in.
    pub who: Who,
    /// The organisation all pages are about, and where another is chosen.
    pub organisation: Pick,
    /// The period all pages are about, and where another is chosen; an empty label shows none.
    pub period: Pick,
    /// Unread messages.
    pub n_messages: u32,
    /// What the last action did.
    pub flash: Option<Flash>,
    /// A word before the title of everything on this page (示例方案, 历史 2024-12-31).
    pub mark: Option<String>,
    /// 大字, from the cookie `size`.
    pub large: bool,
    /// The session's proof for forms and partial requests.
    pub csrf: String,
    /// The way here: label and address; the last is the page itself and is not a link.
    pub crumbs: Vec<(String, String)>,
    /// What this person may open: no link leads elsewhere.
    pub ways: Ways,
}

impl Layout {
    /// The frame of a page that somebody sees signed in.
    pub fn new(title: impl Into<String>, who: Who) -> Self {
        Layout { title: title.into(), who, ..Layout::default() }
    }

    /// Whether an address opens for this person.
    pub fn opens(&self, href: &str) -> bool {
        self.ways.open(href)
    }

    /// Adds a step to the way here.
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// Shows what the last action did.
    pub fn with_flash(mut self, flash: Option<Flash>) -> Self {
        self.flash = flash;
        self
    }
}

/// A heading of the main menu and its entries.
#[derive(Debug, Clone, Default)]
pub struct MenuGroup {
    /// Four characters, or empty.
    pub name: String,
    /// The entries, in the order of use.
    pub items: Vec<MenuItem>,
    /// Folded away under its name: 更多.
    pub is_more: bool,
}

impl MenuGroup {
    /// Whether it stands unfolded: it holds the current page.
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.current)
    }
}

/// An entry of the main menu or of the phone's bar.
#[derive(Debug, Clone, Default)]
pub struct MenuItem {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub label: String,
    /// An icon of `web/icons.svg`.
    pub icon: &'static str,
    /// How many things wait there; nothing is shown for none and for zero.
    pub count: Option<u32>,
    /// Whether this page lies there.
    pub current: bool,
}

impl MenuItem {
    /// An entry without a count.
    pub fn new(icon: &'static str, label: impl Into<String>, href: impl Into<String>) -> Self {
        MenuItem { icon, label: label.into(), href: href.into(), ..MenuItem::default() }
    }

    /// The count to show, if anything waits.
    pub fn waiting(&self) -> Option<u32> {
        self.count.filter(|n| *n > 0)
    }
}

/// Who is signed in.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// Name.
    pub name: String,
    /// Organisation and post (青石镇党委 · 组织委员).
    pub post: String,
    /// The last character of the name, for the round mark.
    pub initial: String,
    /// A stable key of the account; drafts kept in the browser are tied to it.
    pub user: String,
}

impl Who {
    /// A person with a name, a post, and an account.
    pub fn new(name: impl Into<String>, post: impl Into<String>, user: impl Into<String>) -> Self {
        let name = name.into();
        let initial = name.chars().last().map(String::from).unwrap_or_default();
        Who { name, post: post.into(), initial, user: user.into() }
    }
}

/// Something chosen in the top bar, and where to choose another.
#[derive(Debug, Clone, Default)]
pub struct Pick {
    /// What is chosen now.
    pub label: String,
    /// Where another is chosen.
    pub href: String,
}

/// A sentence about what the last action did, or why it did not.
#[derive(Debug, Clone)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// One or two sentences: what happened, what it means.
    pub text: String,
    /// The way on: label and address.
    pub link: Option<(String, String)>,
}

impl Flash {
    /// It was done.
    pub fn done(text: impl Into<String>) -> Self {
        Flash { tone: Tone::Done, text: text.into(), link: None }
    }

    /// It was not done, and why.
    pub fn refused(text: impl Into<String>) -> Self {
        Flash { tone: Tone::Bad, text: text.into(), link: None }
    }

    /// Adds the way on.
    pub fn with_link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some((label.into(), href.into()));
        self
    }
}

/// How a notice is meant; it decides its edge, its icon, and whether it is announced as an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done.
    Done,
    /// Good to know.
    Info,
    /// Not as usual: standing in the past, something will happen soon.
    Warn,
    /// Refused or failed.
    Bad,
}

impl Tone {
    /// Its class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Done => "done",
            Tone::Info => "",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Tone::Done => "circle-check",
            Tone::Info => "info-circle",
            Tone::Warn => "history",
            Tone::Bad => "alert-circle",
        }
    }

    /// `alert` interrupts, `status` waits for its turn.
    pub fn role(self) -> &'static str {
        if self == Tone::Bad { "alert" } else { "status" }
    }
}
