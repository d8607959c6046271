//! Somebody who opens pages and takes the time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ureq::Agent;

/// One signed-in account.
pub struct Visitor {
    pub login: &'static str,
    address: String,
    agent: Agent,
    cookies: BTreeMap<String, String>,
}

/// An answer and how long it took until its last byte.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl Visitor {
    /// Signs in to the server at `address`.
    ///
    /// # Errors
    /// When there is no answer, or the account is refused.
    pub fn sign_in(address: &str, login: &'static str, password: &str) -> anyhow::Result<Self> {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        let agent = config.proxy(None).timeout_global(Some(Duration::from_secs(300))).build().new_agent();
        let mut this = Self { login, address: address.to_owned(), agent, cookies: BTreeMap::new() };
        let form = this.open("/sign-in", false)?;
        let text = String::from_utf8_lossy(&form.body).into_owned();
        let csrf = text.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let body = format!("csrf={csrf}&account={login}&password={password}");
        let answer = this
            .agent
            .post(format!("{address}/sign-in"))
            .header("cookie", this.cookie())
            .header("content-type", "application/x-www-form-urlencoded")
            .send(body)?;
        this.keep(answer.headers());
        anyhow::ensure!(this.open("/", false)?.status == 200, "{login} 登录不了");
        Ok(this)
    }

    /// Opens a path. `packed` as a browser asks for it: compressed, and not unpacked here.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn open(&mut self, path: &str, packed: bool) -> anyhow::Result<Answer> {
        let started = Instant::now();
        let mut request = self.agent.get(format!("{}{path}", self.address)).header("accept", "text/html, */*").header("cookie", self.cookie());
        if packed {
            request = request.header("accept-encoding", "gzip");
        }
        let mut answer = request.call().with_context(|| format!("{path} 没有应答"))?;
        self.keep(answer.headers());
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status, body, took: started.elapsed() })
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, headers: &ureq::http::HeaderMap) {
        for cookie in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

/// Where the links of a page lead, within the site.
pub fn links(body: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(body);
    let mut found = BTreeSet::new();
    for attribute in ["href=\"", "hx-get=\"", "data-progress=\""] {
        for rest in text.split(attribute).skip(1) {
            let link = rest.split('"').next().unwrap_or_default().split('#').next().unwrap_or_default().replace("&amp;", "&");
            if link.starts_with('/') && !link.starts_with("//") {
                found.insert(link);
            }
        }
    }
    found
}
