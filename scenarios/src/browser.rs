//! A browser, driven over WebDriver by plain HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::{Visitor, program};

/// A desk's window, as the offices have it; a phone's is 390 × 844.
const DESK: (u32, u32) = (1366, 768);

/// One browser with one window; it closes when dropped.
pub struct Browser {
    driver: Child,
    agent: Agent,
    /// `http://127.0.0.1:PORT/session/ID`
    session: String,
    address: String,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start(address: &str) -> Option<Self> {
        let program = std::env::var("JISHI_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let driver = Command::new(&program).arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = driver else {
            assert!(std::env::var_os("JISHI_CI").is_none(), "no {program}: install chromium-driver (`cargo xtask test` does)");
            eprintln!("passed over: no {program}");
            return None;
        };
        let port = port_of(&mut driver);
        let config = Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(Duration::from_secs(120)));
        let profile = tempfile::Builder::new().prefix("jishi-browser-").tempdir().expect("a folder");
        let mut this = Self {
            driver,
            agent: config.build().new_agent(),
            session: format!("http://127.0.0.1:{port}/session"),
            address: address.to_owned(),
            _profile: profile,
        };
        let answer = this.call("POST", "", &this.capabilities());
        let id = answer["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        this.session = format!("{}/{id}", this.session);
        this.resize(DESK.0, DESK.1);
        Some(this)
    }

    fn capabilities(&self) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=zh-CN",
            &profile,
        ];
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "accept",
        } } })
    }

    /// Goes on with the session of somebody who signed in by HTTP.
    pub fn continue_as(&self, visitor: &Visitor) {
        self.open("/sign-in");
        for (name, value) in visitor.cookies() {
            self.call("POST", "/cookie", &json!({ "cookie": { "name": name, "value": value, "path": "/" } }));
        }
    }

    /// Signs in as somebody else, by typing name and password.
    pub fn sign_in(&self, login: &str, password: &str) {
        self.call("DELETE", "/cookie", &Value::Null);
        self.open("/sign-in");
        self.fill("input[name=account]", login);
        self.fill("input[name=password]", password);
        self.click("form[action='/sign-in'] button");
        self.wait(&format!("way in for {login}"), || !self.has("form[action='/sign-in']"));
    }

    /// Opens a path and waits until it is loaded.
    pub fn open(&self, path: &str) {
        self.call("POST", "/url", &json!({ "url": format!("{}{path}", self.address) }));
    }

    /// The path that the window stands at.
    #[must_use]
    pub fn path(&self) -> String {
        let url = self.call("GET", "/url", &Value::Null);
        url.as_str().unwrap_or_default().trim_start_matches(&self.address).to_owned()
    }

    /// Waits until the window stands elsewhere than at this path.
    pub fn leaves(&self, path: &str) {
        self.wait(&format!("way on from {path}"), || !self.path().starts_with(path));
    }

    /// Sets the size of the page in CSS pixels, narrower than any window if need be.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("POST", "/goog/cdp/execute", &json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics }));
    }

    /// Takes the connection away from the browser, or gives it back.
    pub fn connect(&self, is_connected: bool) {
        let conditions = json!({ "offline": !is_connected, "latency": 0, "throughput": -1 });
        self.call("POST", "/chromium/network_conditions", &json!({ "network_conditions": conditions }));
    }

    /// Clicks the first such element, waiting for it up to ten seconds.
    pub fn click(&self, css: &str) {
        let element = self.element(css);
        self.call("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks the first link or button with these words.
    ///
    /// # Panics
    /// When there is none within ten seconds.
    pub fn click_words(&self, words: &str) {
        let script = "const it = [...document.querySelectorAll('a, button, summary, label')].find(e => e.innerText.trim().includes(arguments[0]) && e.offsetParent); if (!it) return false; it.scrollIntoView({ block: 'center' }); it.click(); return true;";
        self.wait(&format!("a link or button “{words}”"), || self.script(script, &[json!(words)]) == json!(true));
    }

    /// Agrees to what a button asks before it acts.
    pub fn agree(&self) {
        self.click("dialog.ask[open] .btn.main, dialog.ask[open] .btn.danger");
    }

    /// Clicks every such element: boxes that are ticked.
    pub fn click_all(&self, css: &str) {
        let _ = self.script("document.querySelectorAll(arguments[0]).forEach(it => it.click());", &[json!(css)]);
    }

    /// Links below such an element: words and addresses.
    #[must_use]
    pub fn links(&self, css: &str) -> Vec<(String, String)> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(it => [it.innerText.trim(), it.getAttribute('href')]);";
        let found = self.script(script, &[json!(css)]);
        let pair = |it: &Value| Some((it[0].as_str()?.to_owned(), it[1].as_str()?.to_owned()));
        found.as_array().into_iter().flatten().filter_map(pair).collect()
    }

    /// Puts one value into every such field, and into days and drop-downs, which nobody types letter by letter.
    pub fn set(&self, css: &str, value: &str) {
        let script = "document.querySelectorAll(arguments[0]).forEach(it => { it.value = arguments[1]; for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, { bubbles: true })); });";
        let _ = self.element(css);
        let _ = self.script(script, &[json!(css), json!(value)]);
    }

    /// Types into the first such element; what stood there is replaced.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.call("POST", &format!("/element/{element}/clear"), &json!({}));
        self.call("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Types keys where the focus is: `\u{e004}` is Tab, `\u{e007}` Enter.
    pub fn keys(&self, text: &str) {
        let actions: Vec<Value> =
            text.chars().flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))).collect();
        self.call("POST", "/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }));
    }

    /// Puts files into a file field.
    pub fn attach(&self, css: &str, files: &[&std::path::Path]) {
        let element = self.element(css);
        let text = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n");
        self.call("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// The visible text of the first such element, waiting for it up to ten seconds.
    #[must_use]
    pub fn text_of(&self, css: &str) -> String {
        let mut text = None;
        // By script: a page that is just being replaced has no elements to hold on to.
        self.wait(css, || {
            let found = self.script("const it = document.querySelector(arguments[0]); return it && it.innerText;", &[json!(css)]);
            text = found.as_str().map(str::to_owned);
            text.is_some()
        });
        text.unwrap_or_default()
    }

    /// Whether there is such an element now.
    #[must_use]
    pub fn has(&self, css: &str) -> bool {
        self.find(css).is_some()
    }

    /// Waits up to ten seconds until the text can be read on the page.
    pub fn sees(&self, text: &str) {
        self.wait(&format!("“{text}”"), || self.text_of("body").contains(text));
    }

    /// Waits up to five minutes for a text: a job that reads thousands of rows.
    pub fn sees_in_time(&self, text: &str) {
        self.wait_for(&format!("“{text}”"), Duration::from_secs(300), || self.text_of("body").contains(text));
    }

    /// What a script returns; its arguments are `arguments[0]` ….
    #[must_use]
    pub fn script(&self, script: &str, arguments: &[Value]) -> Value {
        self.call("POST", "/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// What scripts and the network complained of since this was last asked.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.call("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().into_iter().flatten();
        let severe = entries.filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }

    /// Keeps a picture of the whole page as `NAME.png` in `JISHI_SCREENSHOTS`, or beside the tests; gives its path.
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.call("POST", "/goog/cdp/execute", &json!({ "cmd": "Page.captureScreenshot", "params": parameters }));
        let folder = std::env::var_os("JISHI_SCREENSHOTS").map_or_else(|| program::target().join("screenshots"), PathBuf::from);
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, from_base64(picture["data"].as_str().unwrap_or_default())).expect("writes");
        file
    }

    fn element(&self, css: &str) -> String {
        let mut found = None;
        self.wait(css, || {
            found = self.find(css);
            found.is_some()
        });
        found.expect("waited for")
    }

    fn find(&self, css: &str) -> Option<String> {
        let found = self.try_call("POST", "/element", &json!({ "using": "css selector", "value": css })).ok()?;
        found.as_object()?.values().next()?.as_str().map(str::to_owned)
    }

    fn wait(&self, what: &str, is_there: impl FnMut() -> bool) {
        self.wait_for(what, Duration::from_secs(10), is_there);
    }

    fn wait_for(&self, what: &str, at_most: Duration, mut is_there: impl FnMut() -> bool) {
        let started = Instant::now();
        while !is_there() {
            if started.elapsed() > at_most {
                let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
                let picture = self.screenshot(&format!("failed-{test}"));
                panic!("no {what} on {} (picture: {})", self.path(), picture.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let answer = match method {
            "GET" => self.agent.get(&url).call(),
            "DELETE" => self.agent.delete(&url).call(),
            _ => self.agent.post(&url).header("content-type", "application/json").send(body.to_string()),
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let text = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_string().map_err(|error| error.to_string())?;
        let mut value: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if answer.status().is_success() { Ok(value["value"].take()) } else { Err(value["value"]["message"].to_string()) }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.try_call("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// ChromeDriver says on which port it listens.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
    // Whoever stops reading would stop the driver when it next prints.
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver tells its port")
}

fn from_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut n_bits) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for value in text.bytes().filter_map(|letter| LETTERS.iter().position(|known| *known == letter)) {
        bits = bits << 6 | u32::try_from(value).unwrap_or_default();
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            out.push(u8::try_from(bits >> n_bits & 0xff).unwrap_or_default());
        }
    }
    out
}
