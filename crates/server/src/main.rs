//! `jishi`: the commands. Each parses its arguments and calls one operation.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use server::app::{App, Settings};
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
        #[arg(long)]
        out: PathBuf,
        #[arg(long)]
        policies: Option<PathBuf>,
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

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,server=info".into()))
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
        Command::Serve { database, port, host, dir, policies } => {
            let app = open(&database, dir, policies).await?;
            println!("基石已启动：http://{host}:{port}");
            server::serve::run(app, port, &host).await?;
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
        Command::Evaluate { scheme, period, database, dir, out, policies } => {
            let app = open(&database, dir, policies).await?;
            println!("{}", server::evaluation::command::evaluate(&app, &scheme, &period, &out).await?);
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
            let dir = dir.unwrap_or_else(|| server::serve::folder_of(&database));
            let store = store::Store::open(&database, &dir).await?;
            let (n_entries, faults) = store::audit::verify(&store).await?;
            for fault in &faults {
                println!("{}", fault.message);
            }
            println!("核对 {n_entries} 条，发现 {} 处问题", faults.len());
            Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// Opens the database that a command names, with its folder beside it unless another is given.
async fn open(database: &str, dir: Option<PathBuf>, policies: Option<PathBuf>) -> anyhow::Result<App> {
    let dir = dir.unwrap_or_else(|| server::serve::folder_of(database));
    let settings = Settings { site: "基层党建工作平台".to_owned(), ..Settings::default() };
    server::serve::open(database, &dir, policies.as_deref(), settings, server::clock::now()).await
}
