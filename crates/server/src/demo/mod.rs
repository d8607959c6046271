//! The demo city (示例), generated from the policy packs by the operations that a user calls, the same every time.
//!
//! For: trying the product, tests, screenshots, scenarios. In: a scale and today's day. Out: a filled database.
//! Does not know: any road into the tables but the operations.

mod appraisals;
mod chance;
mod changes;
mod city;
mod daily;
mod deployment;
mod everyday;
mod inspections;
mod loops;
mod matters;
mod months;
mod offices;
mod problems;
mod projects;
mod ranking;
mod responsibility;
mod tables;
mod titles;
mod words;

use std::collections::HashMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Actor, OrgId};

use crate::account::{NewGrant, NewPerson};
use crate::app::App;
use crate::directory::OrgNode;
use crate::duty::Theme;
use crate::organisation::{Committee, NewHolding};
use months::Branch;

/// How large a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Two counties, for scenarios and tests.
    Tiny,
    /// Four counties, about 1,900 organisations and 36,000 members.
    Small,
    /// Ten counties, about 13,000 organisations and 250,000 members.
    City,
    /// The same city with its everyday: about 110,000 problems and 40,000 tasks, for measuring lists.
    Load,
}

impl std::str::FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "tiny" => Ok(Self::Tiny),
            "small" => Ok(Self::Small),
            "city" => Ok(Self::City),
            "load" => Ok(Self::Load),
            _ => Err("规模请写 small、city，或者量列表用的 load".to_owned()),
        }
    }
}

/// Fills an empty database. Time runs forward: what a month brought is entered in that month.
///
/// # Errors
/// When an operation refuses: then the packs and the demo do not fit together.
pub async fn fill(app: &App, scale: Scale, now: Timestamp) -> anyhow::Result<()> {
    let today = store::day_of(now);
    let months = months::months(today);
    let begins = months[0].from();
    let size = city::Size::of(scale);
    let n_steps = u64::try_from(months.len()).unwrap_or(13) + 4;
    let founded_at = founded_at(today);
    let console = Actor::console(store::day_of(founded_at));

    app.progress(0, n_steps, "正在建立党组织");
    let mut tx = app.begin(&console, founded_at).await?;
    let ids = crate::organisation::create_all(app, &mut tx, &console, city::organisations(size, begins)).await?;
    let commit = tx.commit().await?;
    app.settle(commit).await;

    app.progress(1, n_steps, "正在登记党员");
    let mut branches = people(app, &console, &ids, size, begins, founded_at).await?;

    app.progress(2, n_steps, "正在开设账号");
    accounts(app, &console, founded_at).await?;
    let city = app.directory().by_code("P9901").map(|org| org.id).context("the city stands")?;
    let mut tx = app.begin(&console, founded_at).await?;
    crate::organisation::set_go_live(&mut tx, &console, city, begins).await?;
    let commit = tx.commit().await?;
    app.settle(commit).await;
    incomes(app, &console, founded_at).await?;

    let mut loops = loops::Loops::new(app)?;
    let mut ranking = ranking::CityRanking::Waiting;
    let mut titles = titles::Titles::default();
    let mut problems = problems::Problems::default();
    let mut matters = matters::Matters::default();
    let mut projects = projects::Projects::default();
    let mut everyday = if scale == Scale::Load { Some(everyday::Everyday::begin(app, founded_at).await?) } else { None };
    for (n, month) in months.iter().enumerate() {
        let step = 3 + n as u64;
        app.progress(step, n_steps, &format!("正在记录 {}的组织生活", month.label()));
        let until = month.last_day().min(today);
        let at = if until == today { now } else { noon(until) };
        let county = app.directory().by_code(FIRST_COUNTY).map(|org| org.id).context("the county stands")?;
        let theme = crate::duty::theme_for(app, county, *month).await?;
        let theme_before = crate::duty::theme_for(app, county, month.previous()).await?;
        for town in branches.chunk_by_mut(|a, b| a.code[..10.min(a.code.len())] == b.code[..10.min(b.code.len())]) {
            let actor = Actor::console(until);
            let mut tx = app.begin(&actor, at).await?;
            let of_county = |theme: &Option<Theme>| theme.clone().filter(|_| town[0].code.starts_with(FIRST_COUNTY));
            let (theme, theme_before) = (of_county(&theme), of_county(&theme_before));
            let records = town.iter().flat_map(|branch| branch.month(*month, theme.as_ref(), until)).collect();
            crate::activity::record_all(app, &mut tx, &actor, records).await?;
            let made_up = town.iter().filter_map(|branch| branch.made_up(month.previous(), theme_before.as_ref(), until)).collect();
            let waiting = crate::activity::record_all(app, &mut tx, &actor, made_up).await?;
            for (n, record) in waiting.iter().enumerate() {
                // The superior has accepted most of them; those of this month still wait.
                if let crate::activity::Recorded::New(id) = record
                    && until != today
                    && n % 4 != 3
                {
                    crate::activity::consent(app, &mut tx, &actor, *id).await?;
                }
            }
            tx.commit().await?;
        }
        app.settle(store::Commit { no: app.store().head().await? }).await;
        let evening = if until == today { now } else { loops::evening(until) };
        changes::month_end(app, n, until, evening).await?;
        loops.month_end(app, begins, until, evening).await?;
        ranking.month_end(app, until, evening).await?;
        titles.month_end(app, months.len() - 1 - n, until, evening).await?;
        offices::month_end(app, months.len() - 1 - n, until, evening).await?;
        problems.month_end(app, months.len() - 1 - n, until, evening).await?;
        matters.month_end(app, months.len() - 1 - n, until, evening).await?;
        projects.month_end(app, months.len() - 1 - n, until, evening).await?;
        responsibility::month_end(app, months.len() - 1 - n, until, evening).await?;
        inspections::month_end(app, months.len() - 1 - n, until, evening).await?;
        tables::month_end(app, months.len() - 1 - n, until, evening).await?;
        appraisals::month_end(app, months.len() - 1 - n, until, evening).await?;
        if let Some(everyday) = &mut everyday {
            everyday.month_end(app, until, evening).await?;
        }
        deployment::month_end(app, n, until == today, everyday.as_ref(), until, evening).await?;
    }
    daily::last_day(app, today, now).await?;
    app.progress(n_steps, n_steps, "演示数据已经就绪");
    Ok(())
}

/// The county whose year is told, and which sets themes.
const FIRST_COUNTY: &str = "P990101";

/// When the city's organisations are entered: some weeks before the first month.
fn founded_at(today: Date) -> Timestamp {
    let begins = months::months(today)[0].from();
    noon(city::back(begins, 20).unwrap_or(begins))
}

/// Noon of a day, UTC+8.
fn noon(day: Date) -> Timestamp {
    jiff::tz::Offset::constant(8).to_timestamp(day.at(12, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Branches whose members are registered in one transaction.
const BRANCHES_AT_ONCE: usize = 600;

/// Members of every branch, committees where there are enough full members.
async fn people(app: &App, console: &Actor, ids: &[OrgId], size: city::Size, begins: Date, at: Timestamp) -> anyhow::Result<Vec<Branch>> {
    let places: Vec<OrgNode> = {
        let directory = app.directory();
        ids.iter().filter_map(|id| directory.org(*id)).filter(|org| org.is_branch()).cloned().collect()
    };
    let mut number = 0_i64;
    let mut branches = Vec::with_capacity(places.len());
    // After each commit the lists in memory follow: few commits.
    for some in places.chunks(BRANCHES_AT_ONCE) {
        let mut tx = app.begin(console, at).await?;
        let mut new = Vec::new();
        let mut sizes = Vec::new();
        for branch in some {
            let members = city::members(branch, size, number, begins);
            number += i64::try_from(members.len())?;
            sizes.push((members.len(), members.iter().filter(|m| m.full_on.is_some()).count()));
            new.extend(members);
        }
        let names: Vec<String> = new.iter().map(|member| member.name.clone()).collect();
        let is_full: Vec<bool> = new.iter().map(|member| member.full_on.is_some()).collect();
        let member_ids = crate::member::create_all(app, &mut tx, console, new).await?.into_iter().collect::<Result<Vec<i64>, _>>()?;
        // Those who came last are still to be compared with their papers, and a few others.
        let mut chance = chance::Chance::of(&format!("verified/{}", some[0].code));
        let compared = member_ids.iter().zip(&is_full).filter(|(_, is_full)| **is_full && !chance.in_thousand(8)).map(|(id, _)| *id);
        let compared: Vec<i64> = compared.collect();
        crate::member::verify_all(&mut tx, console, &compared).await?;
        let mut committees = Vec::new();
        let mut from = 0;
        for (OrgNode { id, code, secretary, .. }, (n, n_full)) in some.iter().zip(sizes) {
            let members: Vec<i64> = member_ids[from..from + n].to_vec();
            let has_committee = n_full >= 7;
            if has_committee {
                let posts = ["secretary", "organisation_officer", "discipline_officer"];
                let holdings = posts.iter().zip(&members).zip(&names[from..]).map(|((post, member), name)| NewHolding {
                    post: (*post).to_owned(),
                    name: name.clone(),
                    telephone: None,
                    member_id: Some(*member),
                });
                committees
                    .push(Committee { organisation: *id, holdings: holdings.collect(), on: store::day_of(at), source: "演示数据".to_owned() });
            }
            branches.push(Branch {
                id: *id,
                code: code.clone(),
                host: secretary.clone(),
                theme_day: i8::try_from(*id % 20 + 5).unwrap_or(15),
                diligence: Branch::diligence_of(code),
                members,
                has_committee,
                has_groups: false,
            });
            from += n;
        }
        crate::organisation::set_committees(app, &mut tx, console, committees).await?;
        let commit = tx.commit().await?;
        app.settle(commit).await;
    }
    Ok(branches)
}

/// Accounts of every role, each at one place that the walk-through visits.
async fn accounts(app: &App, console: &Actor, at: Timestamp) -> anyhow::Result<()> {
    let at_code = |code: &str| app.directory().by_code(code).map(|org| (org.id, org.name.clone())).with_context(|| format!("{code} stands"));
    let roots: HashMap<&str, (OrgId, String)> = HashMap::from([
        ("shiwei", at_code("P9901")?),
        ("shenhe", at_code("P9901")?),
        ("xianwei", at_code("P990101")?),
        ("zhenwei", at_code("P990101101")?),
        ("shuji", at_code("P990101101200")?),
        ("dangyuan", at_code("P990101101200")?),
        ("hangye", at_code("P9901")?),
        ("ducha", at_code("P990101")?),
        ("lingdao", at_code("P990101")?),
        ("jiwei", at_code("P990101")?),
        ("guanli", at_code("P9901")?),
    ]);
    let mut tx = app.begin(console, at).await?;
    for account in crate::account::demo_accounts() {
        let (root, name) = roots[account.login].clone();
        let mut chance = chance::Chance::of(&format!("account/{}", account.login));
        let member_id = if account.login == "dangyuan" { app.directory().members_of(root).nth(1).map(|member| member.id) } else { None };
        let own_name = match account.login {
            "shuji" => app.directory().org(root).and_then(|org| org.secretary.clone()),
            "dangyuan" => app.directory().members_of(root).nth(1).map(|member| member.name.clone()),
            _ => None,
        };
        let person_id = crate::account::create_person(
            &mut tx,
            console,
            NewPerson {
                login: account.login.to_owned(),
                name: own_name.unwrap_or_else(|| words::person(&mut chance)),
                password: account.password.to_owned(),
                member_id,
                must_change_password: false,
            },
        )
        .await?;
        let fields = if account.login == "hangye" { vec!["school".to_owned()] } else { Vec::new() };
        let post = format!("{name} · {}", account.title);
        crate::account::give_grant(
            app,
            &mut tx,
            console,
            NewGrant {
                person_id,
                role: account.role.to_owned(),
                post,
                root: Some(root),
                fields,
                named: Vec::new(),
                from: store::day_of(at),
                until: None,
                is_acting: false,
            },
        )
        .await?;
        // A line body sees its field everywhere, and what is handed down to itself.
        let own = {
            let directory = app.directory();
            let is_own = |org: &&crate::directory::OrgNode| account.login == "hangye" && org.name.contains("教育");
            directory.children(root).find(is_own).map(|org| (org.id, org.name.clone()))
        };
        if let Some((own, name)) = own {
            let post = format!("{name} · {}", account.title);
            let grant = NewGrant {
                person_id,
                role: account.role.to_owned(),
                post,
                root: Some(own),
                fields: Vec::new(),
                named: Vec::new(),
                from: store::day_of(at),
                until: None,
                is_acting: false,
            };
            crate::account::give_grant(app, &mut tx, console, grant).await?;
        }
    }
    let commit = tx.commit().await?;
    app.settle(commit).await;
    Ok(())
}

/// Three years of income of every village.
async fn incomes(app: &App, console: &Actor, at: Timestamp) -> anyhow::Result<()> {
    let villages: Vec<(String, String)> = {
        let directory = app.directory();
        let scope = console.scope(policy::Capability::ViewOrganisations);
        directory
            .all(&scope)
            .filter(|org| org.field == "rural")
            // Branches below a village's general branch are of the same village.
            .filter(|org| org.code.strip_prefix('P') == org.region_code.as_deref())
            .filter_map(|org| Some((org.region_code.clone()?, org.name.clone())))
            .filter(|(code, _)| code.len() == 12)
            .collect()
    };
    let year = store::day_of(at).year();
    for some in villages.chunks(500) {
        let mut tx = app.begin(console, at).await?;
        let new = some
            .iter()
            .map(|(code, name)| crate::unit::NewVillage { code: code.clone(), name: name.replace("党支部", "").replace("党总支", "") });
        crate::unit::upsert_villages(app, &mut tx, console, new.collect()).await?;
        let mut incomes = Vec::new();
        for (code, _) in some {
            let mut chance = chance::Chance::of(&format!("income/{code}"));
            let mut fen = chance.between(4, 60) * 1_000_000;
            for year in year - 2..=year {
                fen += fen * chance.between(-8, 25) / 100;
                incomes.push(crate::unit::NewIncome {
                    village_code: code.clone(),
                    year,
                    operating_fen: fen,
                    total_fen: Some(fen + fen * chance.between(30, 120) / 100),
                    source: "演示数据".to_owned(),
                });
            }
        }
        crate::unit::set_incomes(app, &mut tx, console, incomes).await?;
        let commit = tx.commit().await?;
        app.settle(commit).await;
    }
    Ok(())
}

/// `jishi demo`.
pub struct Demo {
    pub scale: Scale,
    pub dir: std::path::PathBuf,
    pub policies: Option<std::path::PathBuf>,
    /// Moves the clock, so that waiting periods can be walked through.
    pub days_ahead: i64,
}

/// Written when the filling is complete; without it the next start begins anew.
const READY: &str = "demo-ready";

impl Demo {
    /// Opens the city, filling it first where it is not.
    ///
    /// # Errors
    /// When the folder cannot be written or an operation refuses.
    pub async fn open(&self) -> anyhow::Result<App> {
        let app = self.prepare().await?;
        tokio::spawn(crate::follow::run(app.clone()));
        self.fill_if_needed(&app).await?;
        Ok(app)
    }

    /// Serves the city; pages show the progress while it is being filled.
    ///
    /// # Errors
    /// As [`Self::open`], and when the port is taken.
    pub async fn serve(&self, port: u16) -> anyhow::Result<()> {
        let listener = crate::serve::bind("127.0.0.1", port).await?;
        let app = self.prepare().await?;
        if !self.is_ready() {
            app.progress(0, 1, "正在准备");
        }
        println!("演示城市：http://127.0.0.1:{port}\n账号（密码都是 {}）：", crate::account::demo_accounts()[0].password);
        for account in crate::account::demo_accounts() {
            println!("  {:<10} {}", account.login, account.title);
        }
        let serving = tokio::spawn(crate::serve::run(app.clone(), listener));
        let filled = self.fill_if_needed(&app);
        tokio::pin!(serving);
        tokio::select! {
            result = &mut serving => return result?,
            filled = filled => filled?,
        }
        serving.await?
    }

    async fn prepare(&self) -> anyhow::Result<App> {
        if !self.is_ready() && self.dir.join("demo.sqlite").exists() {
            self.clear().with_context(|| format!("无法清理上次没有做完的演示数据 {}", self.dir.display()))?;
        }
        let settings = crate::app::Settings {
            is_demo: true,
            site: format!("{}党建工作平台（演示）", words::CITY),
            clock_offset: jiff::SignedDuration::from_hours(24 * self.days_ahead),
        };
        let url = format!("sqlite:{}", self.dir.join("demo.sqlite").display());
        // Time runs forward in the demo too: what comes before its first day may not be written with today's.
        let now = crate::clock::now() + settings.clock_offset;
        let at = if self.is_ready() { now } else { founded_at(store::day_of(now)) };
        crate::serve::open(&url, &self.dir, self.policies.as_deref(), settings, at).await
    }

    /// Takes away what an interrupted filling left; nothing else in the folder is touched.
    fn clear(&self) -> std::io::Result<()> {
        for name in ["demo.sqlite", "demo.sqlite-wal", "demo.sqlite-shm", "logs/audit-heads.log"] {
            let file = self.dir.join(name);
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        self.dir.join(READY).exists()
    }

    async fn fill_if_needed(&self, app: &App) -> anyhow::Result<()> {
        if !self.is_ready() {
            let began = std::time::Instant::now();
            fill(app, self.scale, app.now()).await?;
            app.store().take_stock().await?;
            std::fs::write(self.dir.join(READY), format!("{:?}\n", self.scale))?;
            tracing::info!(seconds = began.elapsed().as_secs(), "the demo city is filled");
        }
        app.has_filled();
        Ok(())
    }
}
