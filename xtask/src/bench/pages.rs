//! `cargo xtask bench pages`: every GET route of the demo city, opened by one client as each kind of account.
//!
//! An object is found as a person finds it: by following links from the start page. Of those that a route opens, the one with
//! the largest page is measured.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::visitor::{Visitor, links};
use crate::{root, steps, test};

/// What to measure.
#[derive(clap::Args)]
pub struct Wanted {
    /// small 或 city
    #[arg(long, default_value = "city")]
    scale: String,
    /// 每页打开多少次
    #[arg(long, default_value_t = 100)]
    requests: usize,
    /// 只测路径里含这段文字的
    #[arg(long)]
    only: Option<String>,
    /// 用这个程序，不另构建
    #[arg(long)]
    program: Option<PathBuf>,
    /// 演示数据所在目录；没有就在目标目录里生成
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Township, county, line body, administrator, city, branch.
const ACCOUNTS: [&str; 6] = ["zhenwei", "xianwei", "hangye", "guanli", "shiwei", "shuji"];
const PASSWORD: &str = "jishi-2026";
/// What a page may take at the 95th percentile.
const BUDGET: Duration = Duration::from_millis(50);
/// Pages opened per account while looking for objects, and objects tried per route.
const N_CRAWLED: usize = 600;
const N_TRIED: usize = 10;
/// A page that is slow all the same is not opened for longer than this.
const PATIENCE: Duration = Duration::from_secs(6);

/// One page as one account opens it.
struct Figure {
    login: &'static str,
    path: String,
    n: usize,
    median: Duration,
    p95: Duration,
    /// What the server itself worked for one request, also when the machine has other things to do.
    work: Duration,
    n_bytes: usize,
}

/// Measures and prints; `true` when every page of every account is within the budget.
///
/// # Errors
/// When the program cannot be built or started.
pub fn run(wanted: &Wanted) -> anyhow::Result<bool> {
    let program = match &wanted.program {
        Some(program) => program.clone(),
        None => {
            steps::run(test::cargo("build").args(["--release", "--package", "server"]))?;
            test::built("release")?.join("jishi")
        }
    };
    let folder = match &wanted.dir {
        Some(folder) => folder.clone(),
        None => test::built(&format!("demo-{}", wanted.scale))?,
    };
    fill(&program, &wanted.scale, &folder)?;
    let server = Server::start(&program, &wanted.scale, &folder)?;
    let routes = routes()?;
    let mut table: BTreeMap<String, Vec<Figure>> = routes.iter().map(|route| (route.clone(), Vec::new())).collect();
    for login in ACCOUNTS {
        let started = Instant::now();
        let mut visitor = Visitor::sign_in(&server.address, login, PASSWORD)?;
        let objects = objects(&mut visitor, &routes)?;
        for (route, path) in &objects {
            if wanted.only.as_ref().is_some_and(|part| !route.contains(part.as_str())) {
                continue;
            }
            if let Some(figure) = measure(&mut visitor, &server, path, wanted.requests)? {
                table.entry(route.clone()).or_default().push(figure);
            }
        }
        eprintln!("{login}：{} 个页面，{} 秒", objects.len(), started.elapsed().as_secs());
    }
    Ok(print(table))
}

fn fill(program: &Path, scale: &str, folder: &Path) -> anyhow::Result<()> {
    if folder.join("demo-ready").exists() {
        return Ok(());
    }
    let started = Instant::now();
    steps::run(Command::new(program).args(["demo", "--scale", scale, "--fill-only", "--dir"]).arg(folder))?;
    println!("演示数据（{scale}）：{:.1} 秒", started.elapsed().as_secs_f64());
    Ok(())
}

/// The GET routes of the generated table, files of the site itself aside.
fn routes() -> anyhow::Result<Vec<String>> {
    let table = fs::read_to_string(root().join("crates/server/routes.txt"))?;
    let paths = table.lines().filter_map(|line| line.strip_prefix("GET "));
    Ok(paths.map(|line| line.split('|').next().unwrap_or_default().trim().to_owned()).filter(|path| !path.starts_with("/assets/")).collect())
}

/// For each route, the path with the largest page that this account finds; exports stand beside their lists.
fn objects(visitor: &mut Visitor, routes: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    let mut largest: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut queue: VecDeque<String> = routes.iter().filter(|route| !route.contains('{')).cloned().collect();
    known.extend(queue.iter().cloned());
    let mut n_crawled = 0;
    while let Some(path) = queue.pop_front() {
        let Some(route) = route_of(routes, &path) else { continue };
        let is_export = path.contains("export=");
        let key = if is_export { format!("{route} ({})", path.rsplit("export=").next().unwrap_or_default()) } else { route.clone() };
        let n = tried.entry(key.clone()).or_default();
        if *n >= if is_export { 1 } else { N_TRIED } || n_crawled >= N_CRAWLED {
            continue;
        }
        *n += 1;
        n_crawled += 1;
        let answer = visitor.open(&path, false)?;
        if answer.status != 200 {
            continue;
        }
        let best = largest.entry(key).or_default();
        if answer.body.len() > best.0 || best.1.is_empty() {
            *best = (answer.body.len(), path.clone());
        }
        if is_export {
            continue;
        }
        // Lists first, so that every kind of object has its turn before the tenth of one kind.
        let mut fresh: Vec<String> = links(&answer.body).into_iter().filter(|link| known.insert(link.clone())).collect();
        fresh.sort_by_key(|link| (link.contains('?'), link.len()));
        queue.extend(fresh);
    }
    Ok(largest.into_iter().map(|(route, (_, path))| (route, path)).collect())
}

/// The route that a path belongs to: with the fewest parameters.
fn route_of(routes: &[String], path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let is_it = |route: &&String| {
        let parts: Vec<&str> = route.split('/').collect();
        parts.len() == path.len() && parts.iter().zip(&path).all(|(part, word)| part == word || part.starts_with('{') && !word.is_empty())
    };
    routes.iter().filter(is_it).min_by_key(|route| route.matches('{').count()).cloned()
}

fn measure(visitor: &mut Visitor, server: &Server, path: &str, n_max: usize) -> anyhow::Result<Option<Figure>> {
    let mut n_bytes = 0;
    for _ in 0..3 {
        let answer = visitor.open(path, true)?;
        if answer.status != 200 {
            return Ok(None);
        }
        n_bytes = answer.body.len();
    }
    let mut times = Vec::with_capacity(n_max);
    let (started, before) = (Instant::now(), server.work());
    while times.len() < n_max && started.elapsed() < PATIENCE {
        times.push(visitor.open(path, true)?.took);
    }
    let n = times.len();
    let work = server.work().saturating_sub(before) / u32::try_from(n).unwrap_or(u32::MAX);
    times.sort_unstable();
    let at = |hundredths: usize| times[(n * hundredths).div_ceil(100).clamp(1, n) - 1];
    Ok(Some(Figure { login: visitor.login, path: path.to_owned(), n, median: at(50), p95: at(95), work, n_bytes }))
}

/// Worst first.
fn print(table: BTreeMap<String, Vec<Figure>>) -> bool {
    let (measured, absent): (Vec<_>, Vec<_>) = table.into_iter().partition(|(_, figures)| !figures.is_empty());
    let worst = |figures: &[Figure]| figures.iter().map(|figure| figure.p95).max().unwrap_or_default();
    let mut measured = measured;
    measured.sort_by_key(|(_, figures)| std::cmp::Reverse(worst(figures)));
    println!("毫秒：p50/p95，括号里是服务器为一次请求用的处理器时间；KB：压缩后最大的一份");
    print!("{:>8}", "p95");
    for login in ACCOUNTS {
        print!("  {login:>18}");
    }
    println!("  {:>6}  route", "KB");
    for (route, figures) in &measured {
        print!("{:>8}", millis(worst(figures)));
        for login in ACCOUNTS {
            let cell = figures.iter().find(|figure| figure.login == login).map_or_else(
                || "—".to_owned(),
                |it| format!("{}/{} ({}){}", millis(it.median), millis(it.p95), millis(it.work), if it.n < 100 { "*" } else { "" }),
            );
            print!("  {cell:>18}");
        }
        let largest = figures.iter().max_by_key(|figure| figure.n_bytes);
        println!("  {:>6}  {route}  {}", largest.map_or(0, |it| it.n_bytes / 1024), largest.map_or("", |it| &it.path));
    }
    if !absent.is_empty() {
        println!("\n没有找到可打开的对象：{}", absent.iter().map(|(route, _)| route.as_str()).collect::<Vec<_>>().join("、"));
    }
    let slow: Vec<&str> = measured.iter().filter(|(_, figures)| worst(figures) > BUDGET).map(|(route, _)| route.as_str()).collect();
    println!("\n{} 个路径，超过 {} 毫秒的 {} 个：{}", measured.len(), BUDGET.as_millis(), slow.len(), slow.join("、"));
    slow.is_empty()
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// The demo, running; it ends with this value, or with this process.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Path, scale: &str, folder: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let mut command = Command::new(program);
        command.args(["demo", "--scale", scale, "--port", &port, "--dir"]).arg(folder);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().context("演示起不来")?;
        let out = child.stdout.take().context("the output was asked for as a pipe")?;
        // Whoever stops reading would stop the server when it next prints.
        std::thread::spawn(move || BufReader::new(out).lines().for_each(drop));
        let server = Self { child, address: format!("http://127.0.0.1:{port}") };
        let started = Instant::now();
        while ureq::get(format!("{}/sign-in", server.address)).call().is_err() {
            anyhow::ensure!(started.elapsed() < Duration::from_secs(180), "演示三分钟内没有起来");
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("演示已有数据，启动到应答 {:.1} 秒", started.elapsed().as_secs_f64());
        Ok(server)
    }

    /// Processor time that it used so far; nothing where the system does not tell.
    fn work(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        // The name aside, the 12th and 13th field, in hundredths of a second.
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
