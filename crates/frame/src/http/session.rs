//! Sessions of our own: a row per session, a cookie with a random token, the grants of the day read with it.

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use store::{Actor, query};

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::layout::{Layout, MenuGroup, MenuItem, Who};
use crate::http::pages_basic::{ErrorKind, ErrorPage};
use crate::http::visit::{Session, Visit, cookie_of};
use crate::http::ways::Pages;

/// A session ends after this long without a request …
const IDLE: SignedDuration = SignedDuration::from_mins(60);
/// … and after this long in any case.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// Largest form that is read into memory; uploads have their own limit.
const FORM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The listener for the inner network, and the one that phones reach: a session is good at the one where it was opened.
pub const INNER: &str = "inner";
pub const OUTER: &str = "outer";

/// Which listener a request came in by; put there by the router.
#[derive(Debug, Clone)]
pub struct Listener {
    /// [`INNER`] or [`OUTER`], as sessions record it.
    pub door: &'static str,
    /// What it serves.
    pub pages: Arc<Pages>,
}

impl Listener {
    /// The listener at a door, with the pages that it serves.
    #[must_use]
    pub fn new(door: &'static str, pages: Pages) -> Self {
        Self { door, pages: Arc::new(pages) }
    }

    /// Takes entries that lead nowhere here out of the menu.
    pub fn narrow(&self, menu: &mut Vec<MenuGroup>, tabs: &mut Vec<MenuItem>) {
        let is_known = |item: &MenuItem| self.pages.needs(&item.href).is_some();
        tabs.retain(is_known);
        for group in menu.iter_mut() {
            group.items.retain(is_known);
        }
        menu.retain(|group| !group.items.is_empty());
    }
}

/// What somebody with a temporary password may open before changing it.
const MAY_WAIT: &[&str] = &["/me/security", "/sign-out", "/sign-in", "/assets/"];

/// Name of the session cookie.
pub const COOKIE: &str = "jishi";

/// Finds the session, waits for the visitor's own last write, checks the proof of forms, and puts failures into a page.
pub async fn middleware(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let at = app.now();
    let listener = request.extensions().get::<Listener>().cloned().expect("the router says by which listener a request came");
    let session = match cookie_of(&request, COOKIE) {
        Some(token) => find(&app, &token, &listener, at).await.unwrap_or_else(|error| {
            tracing::error!(error = format!("{error:#}"), "cannot read a session");
            None
        }),
        None => None,
    };
    if session.is_some()
        && let Some(no) = cookie_of(&request, "at").and_then(|no| no.parse().ok())
    {
        app.store().wait_for(no).await;
    }
    if request.method() == Method::POST && is_from_elsewhere(&request) {
        let sentence = "这一步是从别的网站发来的，没有办。请从本平台的页面上操作；如果前面有反向代理，请让它原样转发 Host。";
        return secured(frame(&app, session.as_ref(), "/", Failure::Refused(sentence.to_owned())));
    }
    if request.method() == Method::POST
        && request.uri().path() != "/sign-in"
        && let Some(session) = &session
    {
        request = match with_proof(request, &session.csrf).await {
            Ok(request) => request,
            Err(failure) => return secured(frame(&app, Some(session), "/", failure)),
        };
    }
    if let Some(session) = &session
        && session.must_change_password
        && !MAY_WAIT.iter().any(|path| request.uri().path().starts_with(path))
    {
        return secured(crate::account::change_first());
    }
    if let Some(session) = &session {
        request.extensions_mut().insert(session.clone());
    }
    let path = request.uri().path().to_owned();
    let is_plain = path.starts_with("/api/") || request.headers().contains_key("hx-request");
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = if is_plain { sentence(&failure) } else { frame(&app, session.as_ref(), &path, failure) };
    } else if response.status() == StatusCode::NOT_FOUND && response.headers().get("content-type").is_none() {
        response = frame(&app, session.as_ref(), &path, Failure::NotFound);
    }
    secured(response)
}

/// What every answer says about itself.
fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "same-origin"),
        (
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
        ),
    ] {
        headers.insert(name, axum::http::HeaderValue::from_static(value));
    }
    if !headers.contains_key("cache-control") {
        headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    }
    response
}

async fn find(app: &App, token: &str, listener: &Listener, at: Timestamp) -> anyhow::Result<Option<Session>> {
    let key = store::digest(token.as_bytes());
    let rows = query(
        app.store().reader(),
        "select s.person_id, s.csrf, s.seen_at, s.until_at, p.name, p.login, p.must_change_password from session s join person p on p.id = s.person_id where s.id = $1 and s.door = $2 and p.disabled_at is null",
        [key.clone().into(), listener.door.into()],
    )
    .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let person_id: i64 = row.try_get("", "person_id")?;
    let seen_at: Timestamp = row.try_get::<String>("", "seen_at")?.parse()?;
    let until_at: Timestamp = row.try_get::<String>("", "until_at")?.parse()?;
    if at >= until_at || at.duration_since(seen_at) > IDLE {
        return Ok(None);
    }
    if at.duration_since(seen_at) > SignedDuration::from_mins(5) {
        crate::account::touch_session(app, &key, at).await?;
    }
    let actor = crate::account::actor(app, person_id, row.try_get("", "name")?, store::day_of(at)).await?;
    let n_messages = crate::notice::n_waiting(app, &actor).await?;
    Ok(Some(Session {
        key,
        csrf: row.try_get("", "csrf")?,
        actor: Arc::new(actor),
        login: row.try_get("", "login")?,
        must_change_password: row.try_get("", "must_change_password")?,
        listener: listener.clone(),
        n_messages,
    }))
}

/// The attributes of the session cookie: over TLS (also in front of a proxy that says so) it never travels in clear.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> String {
    let is_tls = headers
        .get("x-forwarded-proto")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').next().is_some_and(|v| v.trim().eq_ignore_ascii_case("https")));
    format!("; Path=/; HttpOnly; SameSite=Lax{}", if is_tls { "; Secure" } else { "" })
}

/// Whether a browser says that the form was sent by a page of another site. The proof of the session guards what is signed in;
/// this also guards signing in itself, where there is no session yet.
fn is_from_elsewhere(request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return site == "cross-site";
    }
    let Some(origin) = header("origin") else { return false };
    let Some((_, authority)) = origin.split_once("://") else { return true };
    let hosts = [header("host"), header("x-forwarded-host")];
    !hosts.iter().flatten().any(|host| host.eq_ignore_ascii_case(authority))
}

/// When a fresh session ends in any case.
#[must_use]
pub fn ends_at(at: Timestamp) -> Timestamp {
    at + ABSOLUTE
}

/// Checks that a form came from a page of this session: in a header, in the address (uploads), or as a field.
async fn with_proof(request: Request, csrf: &str) -> Result<Request, Failure> {
    let stale = || Failure::Refused("这一页打开得太久了，没有办成。请返回上一页刷新后再试，填过的内容还在。".to_owned());
    let in_header = request.headers().get("x-csrf-token").and_then(|v| v.to_str().ok()).is_some_and(|v| v == csrf);
    let in_address = request.uri().query().is_some_and(|q| q.split('&').any(|pair| pair.strip_prefix("csrf=") == Some(csrf)));
    if in_header || in_address {
        return Ok(request);
    }
    let is_form =
        request.headers().get("content-type").and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(stale());
    }
    let (parts, body) = request.into_parts();
    let bytes: Bytes = to_bytes(body, FORM_BYTES_MAX).await.map_err(|_| Failure::Invalid(vec!["填写的内容太长，请分几次提交。".to_owned()]))?;
    let wanted = format!("csrf={csrf}");
    if !bytes.split(|b| *b == b'&').any(|pair| pair == wanted.as_bytes()) {
        return Err(stale());
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn sentence(failure: &Failure) -> Response {
    let (status, text) = match failure {
        Failure::NotFound => (StatusCode::NOT_FOUND, "没有找到".to_owned()),
        Failure::Refused(text) => (StatusCode::FORBIDDEN, text.clone()),
        Failure::Invalid(texts) => (StatusCode::UNPROCESSABLE_ENTITY, texts.join("\n")),
        Failure::SignInFirst { .. } => (StatusCode::UNAUTHORIZED, "请先登录".to_owned()),
        Failure::Unexpected { number } => (StatusCode::INTERNAL_SERVER_ERROR, format!("系统出错，编号 {number}")),
    };
    (status, text).into_response()
}

fn frame(app: &App, session: Option<&Session>, path: &str, failure: Failure) -> Response {
    if let Failure::SignInFirst { .. } = failure {
        return failure.into_response();
    }
    let layout = session.map_or_else(Layout::default, |session| {
        let actor = &session.actor;
        let who = Who::new(actor.name.clone(), actor.post_line(), format!("u{}", actor.person_id.unwrap_or_default()));
        let mut layout = Layout::new("", who);
        layout.csrf.clone_from(&session.csrf);
        let (mut menu, mut tabs) = crate::http::menu::for_actor(actor, &app.pack(), path, &[]);
        session.listener.narrow(&mut menu, &mut tabs);
        layout.menu = menu;
        layout.tabs = tabs;
        layout.n_messages = session.n_messages;
        layout.site.clone_from(&app.settings().site);
        layout
    });
    let (status, page) = match failure {
        Failure::NotFound => (StatusCode::NOT_FOUND, ErrorPage::not_found(layout)),
        Failure::Refused(text) => (StatusCode::FORBIDDEN, ErrorPage::new(layout, ErrorKind::Refused, "这一步没有办成", text)),
        Failure::Invalid(texts) => {
            (StatusCode::UNPROCESSABLE_ENTITY, ErrorPage::new(layout, ErrorKind::Refused, "填写的内容还要改一下", texts.join("；")))
        }
        Failure::Unexpected { number } => (StatusCode::INTERNAL_SERVER_ERROR, ErrorPage::unexpected(layout, number)),
        Failure::SignInFirst { .. } => unreachable!("answered above"),
    };
    let html = if session.is_some() { page.render() } else { page.plain().render() };
    match html {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page itself failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "系统出错").into_response()
        }
    }
}

/// For handlers that need to know who a visitor would be, without a session: the console.
#[must_use]
pub fn console(app: &App) -> Actor {
    Actor::console(store::day_of(app.now()))
}

impl Visit {
    /// Whether the visitor's first step must be a new password.
    #[must_use]
    pub fn must_change_password(&self) -> bool {
        self.session.must_change_password
    }
}
