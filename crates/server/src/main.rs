//! `jishi`: the commands. Each parses its arguments and calls one operation.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use server::app::{App, Settings};
use server::evaluation::engine::Engine;
use server::import::command::Order;
use server::import::{self, OnBad};

#[derive(Parser)]
#[command(name = "jishi", about = "基石：基层党建工作平台", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 备份数据库到一个新文件，正在使用时也可以；密钥和附件目录请另行复制
    Backup {
        to: PathBuf,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// 体检：数据库、审计链、组织树、事实、附件是否前后一致；只查不改
    Doctor {
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// 核对导出的签名文件（考核文件）有没有被改过、是不是那个平台导出的
    Verify {
        file: PathBuf,
        /// 导出单位告知的公钥；不写的只核对签名
        #[arg(long)]
        key: Option<String>,
    },
    /// 数据密钥
    Keys {
        #[command(subcommand)]
        what: KeysOf,
    },
    /// 启动服务
    Serve {
        /// 数据库：sqlite:文件 或 postgres:…
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// 监听的地址
        #[arg(long, default_value = "127.0.0.1")]
        host: String,
        /// 密钥、附件、日志所在目录；默认在 SQLite 文件旁边
        #[arg(long)]
        dir: Option<PathBuf>,
        /// 制度包目录；默认用程序自带的
        #[arg(long)]
        policies: Option<PathBuf>,
        /// inner：内网，全部页面；outer：外网，只有标明可从外网打开的页面
        #[arg(long, default_value = "inner")]
        door: DoorName,
        /// 同时再开一个外网口
        #[arg(long)]
        outer_port: Option<u16>,
        /// 外网口监听的地址
        #[arg(long, default_value = "127.0.0.1")]
        outer_host: String,
    },
    /// 导入 Excel 表格：按表头认出是哪一种
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
        /// 有不能收的行时：skip 跳过，abort 一行也不写
        #[arg(long, default_value = "skip", value_parser = ["skip", "abort"])]
        on_bad: String,
        /// 这些是哪一年的全部记录
        #[arg(long)]
        complete: Option<i16>,
        /// 报告写到哪里（JSON）
        #[arg(long)]
        report: Option<PathBuf>,
        /// 标出退回单元格的原表写到哪个目录
        #[arg(long)]
        annotated: Option<PathBuf>,
        #[arg(long)]
        policies: Option<PathBuf>,
    },
    /// 按方案计算一个期间，结果写到文件；不保存、不公布
    Evaluate {
        /// 方案的标识，如 five_star
        #[arg(long)]
        scheme: String,
        /// 期间，如 2025
        #[arg(long)]
        period: String,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
        /// 结果文件：.json、.csv 或 .xlsx
        #[arg(long, required_unless_present = "print_sql")]
        out: Option<PathBuf>,
        #[arg(long)]
        policies: Option<PathBuf>,
        /// 由谁清点计量：local 本程序，postgres 数据库，spark 集群；分数都由本程序算
        #[arg(long, default_value = "local")]
        engine: String,
        /// 从 jishi facts export 导出的目录逐段读取事实
        #[arg(long)]
        facts: Option<PathBuf>,
        /// Spark 的地址，如 spark://10.0.0.1:7077；不写就在本机
        #[arg(long, default_value = "local[*]")]
        spark_master: String,
        /// 只印出清点计量的 SQL，PostgreSQL、DuckDB、Spark 通用
        #[arg(long)]
        print_sql: bool,
    },
    /// 打开演示城市
    Demo {
        /// small（默认）或 city
        #[arg(long, default_value = "small")]
        scale: server::demo::Scale,
        #[arg(long, default_value = "demo-data")]
        dir: PathBuf,
        #[arg(long, default_value_t = 8080)]
        port: u16,
        #[arg(long)]
        policies: Option<PathBuf>,
        /// 只生成数据，不打开服务
        #[arg(long, hide = true)]
        fill_only: bool,
        /// 把时钟拨后若干天
        #[arg(long, hide = true, default_value_t = 0)]
        days_ahead: i64,
    },
    /// 从讲话、通知、方案中取出任务（.txt 或 .docx）
    Directive {
        file: PathBuf,
        /// 按 directive-tasks/1 输出 JSON；不写则每条任务一行
        #[arg(long)]
        json: bool,
    },
    /// 审计
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
    /// 制度包
    Policy {
        #[command(subcommand)]
        what: Policy,
    },
    /// 事实
    Facts {
        #[command(subcommand)]
        what: Facts,
    },
    /// 账号
    Account {
        #[command(subcommand)]
        what: Account,
    },
}

/// Which listener `serve` opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DoorName {
    Inner,
    Outer,
}

impl std::str::FromStr for DoorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "inner" => Ok(Self::Inner),
            "outer" => Ok(Self::Outer),
            _ => Err("请写 inner 或 outer".to_owned()),
        }
    }
}

#[derive(Subcommand)]
enum Policy {
    /// 检查制度包，列出全部问题
    Check {
        /// 制度包目录；默认当前目录下的 policies，没有就用程序自带的
        dir: Option<PathBuf>,
    },
    /// 用大白话解释一条规则
    Explain {
        /// 例如 indicator.general_meeting
        id: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Facts {
    /// 从记录重算事实，与库里的逐条比较，不一致的更正
    Rebuild {
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// 把事实、组织和上下级关系导出为 Parquet 文件
    Export {
        /// 写到哪个目录（新的或空的）
        to: PathBuf,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Account {
    /// 开设账号并授予岗位
    Create {
        login: String,
        #[arg(long)]
        name: String,
        /// 制度包里的角色，例如 administrator
        #[arg(long)]
        role: String,
        /// 管哪个党组织及其下级；库里只有一个最高组织时可以不写
        #[arg(long)]
        organisation: Option<String>,
        /// 这个编码还没有党组织时，以此名称建立最高一级的组织
        #[arg(long)]
        organisation_name: Option<String>,
        /// 从标准输入读密码；不写就生成一个，只显示一次
        #[arg(long)]
        ask_password: bool,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// 重设密码，生成临时密码
    Reset {
        login: String,
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum KeysOf {
    /// 换一把数据密钥，把身份证号、手机号和附件重新加密；正在使用时也可以
    Rotate {
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// 核对审计链是否完整
    Verify {
        #[arg(long, default_value = "sqlite:jishi-data/jishi.sqlite")]
        database: String,
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

/// Whoever reads only the first lines of an answer (`| head`) gets them without a complaint.
fn stop_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some_and(|words| words.starts_with("failed printing to stdout")) {
            std::process::exit(1);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    stop_quietly_when_nobody_reads();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,sqlx::pool=error,server=info".into()))
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("无法启动：{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(Cli::parse().command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { database, port, host, dir, policies, door, outer_port, outer_host } => {
            let listener = server::serve::bind(&host, port).await?;
            let app = open(&database, dir, policies).await?;
            if door == DoorName::Outer {
                println!("基石外网口已启动：http://{host}:{port}");
                server::serve::run_outer(app, listener).await?;
                return Ok(ExitCode::SUCCESS);
            }
            let Some(outer_port) = outer_port else {
                println!("基石已启动：http://{host}:{port}");
                server::serve::run(app, listener).await?;
                return Ok(ExitCode::SUCCESS);
            };
            let outer = server::serve::bind(&outer_host, outer_port).await?;
            println!("基石已启动：http://{host}:{port}");
            println!("外网口：http://{outer_host}:{outer_port}");
            tokio::try_join!(server::serve::run(app.clone(), listener), server::serve::listen_outer(app, outer))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup { to, database, dir } => {
            expect_there(&database)?;
            let dir = dir.unwrap_or_else(|| server::serve::folder_of(&database));
            store::Store::open(&database, &dir).await?.backup(&to).await?;
            println!(
                "已备份到 {}。密钥 {} 和附件 {} 不在其中，请另行复制，分开保管。",
                to.display(),
                dir.join("keys").display(),
                dir.join("files").display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Import { files, database, dir, on_bad, complete, report, annotated, policies } => {
            let app = open(&database, dir, policies).await?;
            tokio::spawn(server::follow::run(app.clone()));
            let on_bad = if on_bad == "abort" { OnBad::Abort } else { OnBad::Skip };
            let is_done = import::command::import(&app, Order { files, on_bad, complete, report, annotated }).await?;
            store::audit::keep_head(app.store()).await?;
            Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Evaluate { scheme, period, database, dir, out, policies, engine, facts, spark_master, print_sql } => {
            let engine = Engine::of(&engine, facts.as_deref(), &spark_master)?;
            expect_there(&database)?;
            let app = open(&database, dir, policies).await?;
            if print_sql {
                print!("{}", server::evaluation::command::print_sql(&app, &scheme, &period)?);
            }
            if let Some(out) = out {
                println!("{}", server::evaluation::command::evaluate(&app, &engine, &scheme, &period, &out).await?);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo { scale, dir, port, policies, fill_only, days_ahead } => {
            let demo = server::demo::Demo { scale, dir, policies, days_ahead };
            if fill_only {
                demo.open().await?;
                return Ok(ExitCode::SUCCESS);
            }
            demo.serve(port).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Directive { file, json } => {
            println!("{}", server::task::command::read(&file, json)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit { what: Audit::Verify { database, dir } } => {
            expect_there(&database)?;
            let dir = dir.unwrap_or_else(|| server::serve::folder_of(&database));
            let store = store::Store::open(&database, &dir).await?;
            let (n_entries, faults) = store::audit::verify(&store).await?;
            for fault in &faults {
                println!("{}", fault.message);
            }
            if n_entries > 0 && store::audit::last_kept_head(&store).is_none() {
                let file = dir.join("logs").join("audit-heads.log");
                eprintln!("没有找到另存的链头 {}：末尾若被整段截去，这次查不出来", file.display());
            }
            println!("核对 {n_entries} 条，发现 {} 处问题", faults.len());
            Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Policy { what: Policy::Check { dir } } => Ok(code(server::commands::check_policies(dir.as_deref())?)),
        Command::Policy { what: Policy::Explain { id, dir } } => Ok(code(server::commands::explain_policy(&id, dir.as_deref())?)),
        Command::Facts { what: Facts::Rebuild { database, dir } } => {
            expect_there(&database)?;
            server::commands::rebuild_facts(&database, dir).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Facts { what: Facts::Export { to, database, dir } } => {
            expect_there(&database)?;
            server::commands::export_facts(&database, dir, &to).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor { database, dir } => {
            expect_there(&database)?;
            Ok(code(server::commands::doctor(&database, dir).await?))
        }
        Command::Verify { file, key } => Ok(code(server::commands::verify_export(&file, key.as_deref())?)),
        Command::Keys { what: KeysOf::Rotate { database, dir } } => {
            expect_there(&database)?;
            Ok(code(server::commands::rotate_keys(&database, dir).await?))
        }
        Command::Account { what } => account(what).await,
    }
}

/// Opens the database that a command names, with its folder beside it unless another is given.
async fn open(database: &str, dir: Option<PathBuf>, policies: Option<PathBuf>) -> anyhow::Result<App> {
    let dir = dir.unwrap_or_else(|| server::serve::folder_of(database));
    let settings = Settings { site: "基层党建工作平台".to_owned(), ..Settings::default() };
    server::serve::open(database, &dir, policies.as_deref(), settings, server::clock::now()).await
}

/// What only reads or mends makes no database: a name that was mistyped is said to be one.
fn expect_there(database: &str) -> anyhow::Result<()> {
    match server::serve::file_of(database) {
        Some(file) if !file.exists() => anyhow::bail!("没有数据库文件 {}，请检查 --database", file.display()),
        _ => Ok(()),
    }
}

async fn account(what: Account) -> anyhow::Result<ExitCode> {
    match what {
        Account::Create { login, name, role, organisation, organisation_name, ask_password, database, dir } => {
            let new = server::commands::FirstAccount { login, name, role, organisation, organisation_name, ask_password };
            server::commands::create_account(&database, dir, new).await?;
        }
        Account::Reset { login, database, dir } => {
            expect_there(&database)?;
            server::commands::reset_account(&database, dir, &login).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn code(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
