//! Who comes with a request, at what time, and what the frame around the answer needs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use policy::{Capability, Pack};
use store::{Actor, Commit, OrgId, Scope, Tx};

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::layout::{Flash, Layout, Pick, Who};
use crate::http::session::Listener;
use crate::http::view::Link;
use crate::http::ways::Ways;

/// A signed-in session, put into the request by the session middleware.
#[derive(Debug, Clone)]
pub struct Session {
    pub key: String,
    pub csrf: String,
    pub actor: Arc<Actor>,
    pub login: String,
    pub must_change_password: bool,
    /// The listener where it was opened.
    pub listener: Listener,
    /// Notices that wait for this person.
    pub n_messages: u32,
}

/// One request of somebody signed in: what every handler starts from.
pub struct Visit {
    pub app: App,
    pub session: Session,
    /// The time at the door.
    pub at: Timestamp,
    pub path: String,
    pub query: String,
    large: bool,
    flash: Option<Flash>,
    /// What waits in each place of the menu.
    counts: Vec<(&'static str, u32)>,
    ways: Ways,
}

/// What a handler gives back.
pub type Answer = Result<Response, Failure>;

impl FromRequestParts<App> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = parts.extensions.get::<Session>().cloned().ok_or_else(|| Failure::SignInFirst { wanted: parts.uri.path().to_owned() })?;
        let at = app.now();
        let is_page = parts.method == axum::http::Method::GET && !parts.headers.contains_key("hx-request");
        let counts = if is_page { (app.rooms().counts)(app, &session.actor, store::day_of(at)).await? } else { Vec::new() };
        Ok(Self {
            app: app.clone(),
            ways: Ways::of(session.listener.pages.clone(), session.actor.clone()),
            session,
            at,
            counts,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            large: cookie(parts, "size").is_some_and(|size| size == "large"),
            flash: cookie(parts, "flash").and_then(|text| read_flash(&text)),
        })
    }
}

impl Visit {
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.session.actor
    }

    /// The day of the request (UTC+8).
    #[must_use]
    pub fn today(&self) -> Date {
        store::day_of(self.at)
    }

    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        self.app.pack()
    }

    #[must_use]
    pub fn scope(&self, capability: Capability) -> Scope {
        self.actor().scope(capability)
    }

    /// Whether an address opens for this person: a link leads nowhere else.
    #[must_use]
    pub fn opens(&self, href: &str) -> bool {
        self.ways.open(href)
    }

    /// A link, without an address where this person may not go.
    #[must_use]
    pub fn link(&self, label: impl Into<String>, href: impl Into<String>) -> Link {
        let href = href.into();
        Link::new(label, if self.opens(&href) { href } else { String::new() })
    }

    /// An organisation through the scope of a capability; out of reach is not found. One that is no more is found with a
    /// capability that only looks.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub fn organisation(&self, capability: Capability, id: OrgId) -> Result<crate::directory::OrgNode, Failure> {
        let (directory, scope) = (self.app.directory(), self.scope(capability));
        let found = if capability.only_looks() { directory.visible_ever(&scope, id) } else { directory.visible(&scope, id) };
        found.cloned().ok_or(Failure::NotFound)
    }

    /// The organisation that this person's posts are about: the root of the first grant.
    #[must_use]
    pub fn home(&self) -> Option<OrgId> {
        self.actor().grants.iter().find_map(|grant| grant.set.root.or_else(|| grant.set.named.first().copied()))
    }

    /// A transaction in this person's name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<Tx, Failure> {
        Ok(self.app.begin(self.actor(), self.at).await?)
    }

    /// The frame of a page: menu by role, place, period.
    #[must_use]
    pub fn layout(&self, title: impl Into<String>) -> Layout {
        let actor = self.actor();
        let who = Who::new(actor.name.clone(), first_post(actor), format!("u{}", actor.person_id.unwrap_or_default()));
        let mut layout = Layout::new(title, who);
        layout.site.clone_from(&self.app.settings().site);
        layout.csrf.clone_from(&self.session.csrf);
        layout.n_messages = self.session.n_messages;
        layout.large = self.large;
        layout.flash.clone_from(&self.flash);
        let (mut menu, mut tabs) = crate::http::menu::for_actor(actor, &self.pack(), &self.path, &self.counts);
        self.session.listener.narrow(&mut menu, &mut tabs);
        layout.path.clone_from(&self.path);
        layout.ways = self.ways.clone();
        layout.menu = menu;
        layout.tabs = tabs;
        if let Some(home) = self.home() {
            let href = if self.opens("/organisations") { "/organisations" } else { "" };
            layout.organisation = Pick { label: self.app.directory().name_of(home).to_owned(), href: href.to_owned() };
        }
        layout
    }

    /// A page.
    ///
    /// # Errors
    /// When the template fails.
    pub fn page(&self, page: &impl Template) -> Answer {
        let mut response = Html(page.render()?).into_response();
        if self.flash.is_some() {
            clear_cookie(&mut response, "flash");
        }
        Ok(response)
    }

    /// After an operation: its commit is waited for by the next page, with a sentence about what was done.
    #[must_use]
    pub fn done(&self, commit: Commit, to: &str, sentence: &str) -> Response {
        let mut response = self.see(to, sentence);
        set_cookie(&mut response, "at", &commit.no.to_string(), "; Path=/; SameSite=Lax; HttpOnly");
        response
    }

    /// To another page with a sentence, without a commit.
    #[must_use]
    pub fn see(&self, to: &str, sentence: &str) -> Response {
        let mut response = Redirect::to(to).into_response();
        set_cookie(&mut response, "flash", &crate::http::list::encoded(&format!("done:{sentence}")), "; Path=/; SameSite=Lax; HttpOnly; Max-Age=60");
        response
    }

    /// What an operation gave; a refusal goes back to the page with its sentence. What was not found, or is out of reach,
    /// is no page at all.
    ///
    /// # Errors
    /// [`Failure::NotFound`], or what was not expected.
    pub fn or_back<T>(&self, to: &str, done: anyhow::Result<T>) -> Result<Result<T, Response>, Failure> {
        match done {
            Ok(value) => Ok(Ok(value)),
            Err(error) => match error.downcast_ref::<store::Refusal>() {
                Some(refusal) if refusal.0.starts_with("没有找到") => Err(Failure::NotFound),
                Some(refusal) => Ok(Err(self.refuse(to, &refusal.0))),
                None => Err(error.into()),
            },
        }
    }

    /// Back to a page with a sentence saying why it was not done.
    #[must_use]
    pub fn refuse(&self, to: &str, sentence: &str) -> Response {
        let mut response = Redirect::to(to).into_response();
        set_cookie(&mut response, "flash", &crate::http::list::encoded(&format!("bad:{sentence}")), "; Path=/; SameSite=Lax; HttpOnly; Max-Age=60");
        response
    }
}

/// A cookie's value.
#[must_use]
pub fn cookie(parts: &Parts, name: &str) -> Option<String> {
    let all = parts.headers.get(axum::http::header::COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// The post that stands under a name in the top bar; of several the first, and how many there are.
fn first_post(actor: &Actor) -> String {
    match actor.grants.as_slice() {
        [] => String::new(),
        [only] => only.post.clone(),
        [first, ..] => format!("{} 等 {} 个岗位", first.post, actor.grants.len()),
    }
}

/// A cookie of a whole request.
#[must_use]
pub fn cookie_of(request: &Request, name: &str) -> Option<String> {
    let all = request.headers().get(axum::http::header::COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// Sets a cookie; values that a header cannot carry are left out.
pub fn set_cookie(response: &mut Response, name: &str, value: &str, attributes: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("{name}={value}{attributes}")) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

fn clear_cookie(response: &mut Response, name: &str) {
    set_cookie(response, name, "", "; Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
}

fn read_flash(text: &str) -> Option<Flash> {
    let text = crate::http::list::decoded(text);
    if let Some(sentence) = text.strip_prefix("done:") {
        return Some(Flash::done(sentence));
    }
    text.strip_prefix("bad:").map(Flash::refused)
}
