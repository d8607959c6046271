//! A browser in the tests: keeps cookies, sends the proof of the session, follows nothing by itself.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use server::app::App;
use server::http::list::encoded;
use server::http::route::Door;
use tower::ServiceExt as _;

/// One browser at one listener.
pub struct Visitor {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub csrf: String,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
}

/// What came back.
pub struct Seen {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
    pub headers: axum::http::HeaderMap,
}

impl Visitor {
    pub fn new(app: &App, only: Option<Door>) -> Self {
        Self { router: server::http::routes::router(app, only), cookies: BTreeMap::new(), csrf: String::new(), headers: Vec::new() }
    }

    /// Signed in at the inner door.
    pub async fn of(app: &App, login: &str, password: &str) -> Self {
        let mut visitor = Self::new(app, None);
        let seen = visitor.sign_in(login, password).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{login} signs in: {}", seen.text());
        visitor
    }

    pub async fn sign_in(&mut self, login: &str, password: &str) -> Seen {
        let seen = self.post("/sign-in", &[("account", login), ("password", password), ("next", "/")]).await;
        if seen.status == StatusCode::SEE_OTHER {
            self.learn_proof().await;
        }
        seen
    }

    /// Reads the session's proof from a page.
    pub async fn learn_proof(&mut self) {
        let page = self.get("/me/security").await;
        let from = page.body.split("name=\"csrf\" content=\"").nth(1).expect("the page carries the proof");
        self.csrf = from.split('"').next().unwrap().to_owned();
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, Body::empty()).await
    }

    /// A form with the proof.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_raw(path, &all).await
    }

    /// A form as it stands.
    pub async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.send("POST", path, Body::from(body.join("&"))).await
    }

    /// A file as it was sent.
    pub async fn bytes(&mut self, path: &str) -> Vec<u8> {
        let request = self.request("GET", path, "application/x-www-form-urlencoded").body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    /// The file that a form gives back.
    pub async fn post_for_bytes(&mut self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let csrf = self.csrf.clone();
        let body: Vec<String> =
            std::iter::once(&("csrf", csrf.as_str())).chain(fields).map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.request("POST", path, "application/x-www-form-urlencoded").body(Body::from(body.join("&"))).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    /// Sends a form that may carry files, without any.
    pub async fn post_parts(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let part = |(name, value): &(&str, &str)| format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let body = fields.iter().map(part).collect::<String>() + "--edge--\r\n";
        let path = format!("{path}?csrf={}", self.csrf);
        let request = self.request("POST", &path, "multipart/form-data; boundary=edge").body(Body::from(body)).unwrap();
        self.answer(request).await
    }

    /// A form with one file, with the proof in the address.
    pub async fn upload(&mut self, path: &str, field: &str, name: &str, bytes: Vec<u8>) -> Seen {
        let mut body = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend(bytes);
        body.extend(b"\r\n--edge--\r\n");
        let path = format!("{path}?csrf={}", self.csrf);
        let request = self.request("POST", &path, "multipart/form-data; boundary=edge").body(Body::from(body)).unwrap();
        self.answer(request).await
    }

    /// Goes from a page along every link, to the pages behind it and to what they link to, and says which do not open and where they
    /// stand; and how many were tried. Of addresses that differ in numbers alone, one is.
    pub async fn dead_links(&mut self, start: &str) -> (Vec<String>, usize) {
        let mut dead = Vec::new();
        let mut tried = std::collections::BTreeSet::from([alike(start)]);
        let mut pages = vec![(start.to_owned(), "地址栏".to_owned())];
        for _ in 0..3 {
            let mut next = Vec::new();
            for (path, stood_on) in pages {
                let seen = self.get(&path).await;
                if seen.status.is_client_error() || seen.status.is_server_error() {
                    dead.push(format!("{path}（{}）在 {stood_on}", seen.status.as_u16()));
                }
                let links = seen.links().into_iter().chain(seen.status.is_redirection().then(|| seen.location.clone()));
                next.extend(links.filter(|link| tried.insert(alike(link))).map(|link| (link, path.clone())));
            }
            pages = next;
        }
        (dead, tried.len())
    }

    async fn send(&mut self, method: &str, path: &str, body: Body) -> Seen {
        let request = self.request(method, path, "application/x-www-form-urlencoded").body(body).unwrap();
        self.answer(request).await
    }

    fn request(&self, method: &str, path: &str, kind: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "jishi.test")
            .header("content-type", kind)
            .header("cookie", cookies.join("; "));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request
    }

    async fn answer(&mut self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        for set in headers.get_all("set-cookie") {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name)
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned())
            };
        }
        let location = headers.get("location").map_or_else(String::new, |it| it.to_str().unwrap().to_owned());
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Seen { status, location, body: String::from_utf8_lossy(&bytes).into_owned(), headers }
    }
}

/// An address without its numbers and without the values it asks for.
fn alike(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let steps = path.split('/').map(|step| if step.parse::<i64>().is_ok() { "0" } else { step });
    let asked = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    format!("{}?{}", steps.collect::<Vec<_>>().join("/"), asked.collect::<Vec<_>>().join("&"))
}

impl Seen {
    /// Where the links of the page lead, files left out.
    fn links(&self) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.body);
        let links = scraper::Selector::parse("a[href]:not([download])").unwrap();
        let hrefs = page.select(&links).filter_map(|it| it.value().attr("href")).map(|href| href.split('#').next().unwrap_or_default());
        hrefs.filter(|href| href.starts_with('/') && !href.contains("export=")).map(str::to_owned).collect()
    }

    /// What a person reads in the main part, without mark-up.
    pub fn text(&self) -> String {
        let page = scraper::Html::parse_document(&self.body);
        let main = scraper::Selector::parse("main").unwrap();
        page.select(&main).flat_map(|it| it.text()).collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    pub fn is(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "→ {} {}", self.location, self.text());
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "“{words}” is not in: {}", self.text());
        self
    }

    #[track_caller]
    pub fn hides(self, words: &str) -> Self {
        assert!(!self.body.contains(words), "“{words}” must not be in: {}", self.text());
        self
    }
}
