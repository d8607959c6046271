//! Signing in and out.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use store::Refusal;

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::pages_basic::{SignInPage, SignInStep};
use crate::http::session::{COOKIE, Listener, session_cookie};
use crate::http::view::Choice;
use crate::http::visit::{Answer, Session, Visit, set_cookie};

/// Where one wanted to go.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    account: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    sample: String,
}

/// The form.
///
/// # Errors
/// When the template fails.
pub async fn show(State(app): State<App>, Query(wanted): Query<Wanted>) -> Answer {
    page(&app, "", wanted.next, "")
}

/// Checks and opens a session.
///
/// # Errors
/// Unexpected ones only; a wrong password is a sentence on the form.
pub async fn sign_in(
    State(app): State<App>,
    Extension(listener): Extension<Listener>,
    old: Option<Extension<Session>>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Answer {
    let at = app.now();
    let sample = app.settings().is_demo.then(|| crate::account::demo_accounts().iter().find(|a| a.login == form.sample)).flatten();
    let (login, password) = sample.map_or((form.account.as_str(), form.password.as_str()), |a| (a.login, a.password));
    match crate::account::sign_in(&app, login, password, listener.door, at).await {
        Ok(signed_in) => {
            if let Some(Extension(old)) = old {
                crate::account::end_session(&app, &old.key, at).await?;
            }
            let next = if form.next.starts_with('/') && !form.next.starts_with("//") { form.next } else { "/".to_owned() };
            let mut response = Redirect::to(&next).into_response();
            set_cookie(&mut response, COOKIE, &signed_in.token, &session_cookie(&headers));
            set_cookie(&mut response, "at", &signed_in.commit.no.to_string(), "; Path=/; HttpOnly; SameSite=Lax");
            Ok(response)
        }
        Err(error) => match error.downcast::<Refusal>() {
            Ok(refusal) => page(&app, &form.account, form.next, &refusal.0),
            Err(error) => Err(error.into()),
        },
    }
}

/// Ends the session.
///
/// # Errors
/// When the database refuses.
pub async fn sign_out(visit: Visit) -> Result<Response, Failure> {
    crate::account::sign_out(&visit.app, visit.actor(), &visit.session.key, visit.at).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    set_cookie(&mut response, COOKIE, "", "; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok(response)
}

fn page(app: &App, account: &str, next: String, error: &str) -> Answer {
    let samples = if app.settings().is_demo {
        crate::account::demo_accounts().iter().map(|a| Choice { value: a.login.to_owned(), label: a.title.to_owned(), ..Choice::default() }).collect()
    } else {
        Vec::new()
    };
    let page = SignInPage {
        large: false,
        site: app.settings().site.clone(),
        action: "/sign-in".to_owned(),
        csrf: String::new(),
        next,
        doors: Vec::new(),
        notice: String::new(),
        step: SignInStep::password(account, error),
        samples,
        contact: "忘记密码请找本级管理员重设。请勿录入涉密信息。".to_owned(),
    };
    Ok(Html(page.render()?).into_response())
}
