//! Somebody who uses the pages, with a jar of cookies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::Page;
use crate::form::encode;

/// One person's session. Clones share it.
#[derive(Clone)]
pub struct Visitor {
    address: String,
    agent: Agent,
    session: Arc<Mutex<Session>>,
}

#[derive(Default)]
struct Session {
    cookies: BTreeMap<String, String>,
    /// The proof that the newest page carried.
    csrf: String,
}

/// A file as it was sent.
pub struct Download {
    pub status: u16,
    pub media_type: String,
    /// `content-disposition`, with the file's name.
    pub disposition: String,
    pub bytes: Vec<u8>,
}

impl Visitor {
    pub(crate) fn at(address: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        let agent = config.proxy(None).timeout_global(Some(Duration::from_secs(120))).build().new_agent();
        Self { address: address.to_owned(), agent, session: Arc::default() }
    }

    /// The page at a path, after its redirections.
    #[must_use]
    pub fn get(&self, path: &str) -> Page {
        self.try_get(path).unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    pub(crate) fn try_get(&self, path: &str) -> Option<Page> {
        let answer = self.send("GET", path, "", Vec::new()).ok()?;
        Some(self.page(path, answer))
    }

    /// What is sent for a path, as it is.
    #[must_use]
    pub fn download(&self, path: &str) -> Download {
        let mut answer = self.send("GET", path, "", Vec::new()).unwrap_or_else(|error| panic!("GET {path}: {error}"));
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let (media_type, disposition) = (header("content-type"), header("content-disposition"));
        Download { status: answer.status().as_u16(), media_type, disposition, bytes: bytes_of(&mut answer) }
    }

    /// Posts fields to a path although no page shows such a form, with the proof of the session:
    /// what somebody would do who must be refused.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.csrf();
        let fields = fields.iter().copied().chain([("csrf", csrf.as_str())]);
        let body = fields.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&");
        self.post_body(path, "application/x-www-form-urlencoded", body.into_bytes())
    }

    pub(crate) fn post_body(&self, path: &str, media_type: &str, body: Vec<u8>) -> Page {
        let answer = self.send("POST", path, media_type, body).unwrap_or_else(|error| panic!("POST {path}: {error}"));
        self.page(path, answer)
    }

    /// The cookies, for a browser that goes on with this session.
    #[must_use]
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.session.lock().expect("no panic").cookies.clone()
    }

    pub(crate) fn csrf(&self) -> String {
        self.session.lock().expect("no panic").csrf.clone()
    }

    /// Follows redirections and reads the page at their end.
    fn page(&self, path: &str, mut answer: Response<Body>) -> Page {
        let mut path = path.to_owned();
        for _ in 0..10 {
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            let Some(location) = location.filter(|_| answer.status().is_redirection()) else { break };
            path = resolve(&path, location.strip_prefix(&self.address).unwrap_or(&location));
            answer = self.send("GET", &path, "", Vec::new()).unwrap_or_else(|error| panic!("GET {path}: {error}"));
        }
        let status = answer.status().as_u16();
        let page = Page::new(status, path, String::from_utf8_lossy(&bytes_of(&mut answer)).into_owned(), self.clone());
        if let Some(csrf) = page.attribute("meta[name=csrf]", "content").filter(|csrf| !csrf.is_empty()) {
            self.session.lock().expect("no panic").csrf = csrf;
        }
        page
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: Vec<u8>) -> Result<Response<Body>, ureq::Error> {
        assert!(path.starts_with('/'), "{path}: a path begins with /");
        // As a browser sends what was typed.
        let path: String = path.bytes().map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
        let cookies = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.address)).header("accept", "text/html, */*");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        if !media_type.is_empty() {
            request = request.header("content-type", media_type);
        }
        let answer = if method == "GET" { self.agent.run(request.body(())?)? } else { self.agent.run(request.body(body)?)? };
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn keep_cookies(&self, answer: &Response<Body>) {
        let mut session = self.session.lock().expect("no panic");
        for cookie in answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if rest.to_ascii_lowercase().replace(' ', "").contains("max-age=0") {
                session.cookies.remove(name.trim());
            } else {
                session.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

/// Where a link on the page at `base` leads.
pub fn resolve(base: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or_default();
    let path = base.split('?').next().unwrap_or_default();
    if href.is_empty() {
        base.to_owned()
    } else if href.starts_with('/') {
        href.to_owned()
    } else if href.starts_with('?') {
        format!("{path}{href}")
    } else {
        format!("{}/{href}", path.rsplit_once('/').map_or("", |(folder, _)| folder))
    }
}

fn bytes_of(answer: &mut Response<Body>) -> Vec<u8> {
    answer.body_mut().with_config().limit(256 * 1024 * 1024).read_to_vec().expect("the whole answer")
}
