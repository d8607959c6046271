//! A browser without a screen: signs in, opens pages and sends forms through the router in this process.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use server::app::App;
use server::http::list::encoded;
use tower::ServiceExt as _;

/// Somebody's browser.
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    csrf: String,
}

/// What came back.
#[derive(Debug)]
pub struct Seen {
    pub status: StatusCode,
    /// Where it leads on.
    pub location: Option<String>,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Seen {
    /// The page says this.
    pub fn says(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}

impl Browser {
    /// Signs in with the password that test accounts have.
    pub async fn of(app: &App, login: &str) -> Self {
        let mut browser = Self { router: server::http::routes::router(app, None), cookies: BTreeMap::new(), csrf: String::new() };
        let seen = browser.send("POST", "/sign-in", &[("account", login), ("password", crate::people::world::PASSWORD)]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{login} cannot sign in: {}", seen.body);
        let home = browser.get("/me").await;
        let after = home.body.split("name=\"csrf\" content=\"").nth(1).expect("every page carries the session's proof");
        browser.csrf = after.split('"').next().unwrap_or_default().to_owned();
        browser
    }

    /// Opens a page.
    pub async fn get(&mut self, address: &str) -> Seen {
        self.send("GET", address, &[]).await
    }

    /// Sends a form.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.send("POST", address, &all).await
    }

    async fn send(&mut self, method: &str, address: &str, fields: &[(&str, &str)]) -> Seen {
        let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut request = Request::builder().method(method).uri(address).header(header::COOKIE, cookies);
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.expect("the body arrives").to_vec();
        let location = parts.headers.get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned());
        Seen { status: parts.status, location, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }
}
