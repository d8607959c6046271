//! Who counts the measures of `jishi evaluate`: this process from its columns or from Parquet files, PostgreSQL
//! or Spark by one SQL text.
//! All of them give integers; targets, scores and stars follow from these in one place (`assessment`), so that results are identical.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assessment::{Compiled, Evaluation, Facts, FactsBuilder, Integer, Integers, Span, evaluate, evaluate_blocks, measures_sql};
use fact_files::{FactFiles, Spark};
use jiff::civil::Date;
use policy::Period;
use store::{Backend, Refusal, query};

use super::run::{self, Rules};
use crate::app::App;

/// Where the measures are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// Here, from the columns of the database.
    Local,
    /// Here, from a folder that `jishi facts export` wrote, a block of organisations at a time.
    Files(PathBuf),
    /// In the product's PostgreSQL database, by one SQL text.
    Postgres,
    /// In Spark, by the same text over such a folder.
    Spark(PathBuf, Spark),
}

impl Engine {
    /// As a command says it: `--engine NAME`, with `--facts DIR` for files and `--spark-master URL` for Spark.
    ///
    /// # Errors
    /// [`Refusal`] when they do not go together.
    pub fn of(name: &str, facts: Option<&Path>, spark_master: &str) -> Result<Self, Refusal> {
        match (name, facts) {
            ("local", None) => Ok(Self::Local),
            ("local", Some(dir)) => Ok(Self::Files(dir.to_owned())),
            ("postgres", None) => Ok(Self::Postgres),
            ("postgres", Some(_)) => Err(Refusal("--facts 只能与 --engine local 同用：PostgreSQL 直接读自己的表。".to_owned())),
            ("spark", Some(dir)) => Ok(Self::Spark(dir.to_owned(), Spark::at(spark_master))),
            ("spark", None) => Err(Refusal("--engine spark 读 jishi facts export 导出的目录，请用 --facts 指明。".to_owned())),
            _ => Err(Refusal(format!("没有名为 {name} 的计算引擎，请写 local、postgres 或 spark。"))),
        }
    }
}

/// The SQL texts that a scheme needs over a period: its own, and one for each earlier year that it is held against.
///
/// # Errors
/// [`Refusal`] when the pack has no such scheme.
pub fn sql_of(app: &App, scheme: &str, period: Period) -> anyhow::Result<Vec<(Period, String)>> {
    let compiled = compiled(app, scheme, period)?;
    Ok(periods(&compiled, period).into_iter().map(|period| (period, measures_sql(&compiled, period))).collect())
}

/// Evaluates with the engine that was asked for.
///
/// # Errors
/// As [`super::compute`]; when the engine cannot be reached or its facts cannot be read.
pub async fn compute_with(app: &App, engine: &Engine, scheme: &str, period: Period, closed_until: Date) -> anyhow::Result<Evaluation> {
    if *engine == Engine::Local {
        return super::compute(app, scheme, period, closed_until).await;
    }
    let rules = Rules::in_force(app);
    let compiled = compiled(app, scheme, period)?;
    let subjects = run::subjects_judged(app, &rules, &compiled, period, closed_until).await?;
    let marks = app.figures().marks_of(app, period, None).await?;
    let mut evaluation = match engine {
        Engine::Files(dir) => {
            let blocks = FactFiles::open(dir)?.blocks(period.year, &compiled.years_back())?;
            let all = move || evaluate_blocks(&compiled, &subjects, blocks.ahead(), &marks, period, closed_until);
            tokio::task::spawn_blocking(all).await??
        }
        Engine::Spark(dir, spark) => {
            let (dir, spark) = (dir.clone(), spark.clone());
            let all = move || -> anyhow::Result<Evaluation> {
                let facts = counted_by_spark(&FactFiles::open(&dir)?, &spark, &compiled, period)?;
                Ok(evaluate(&compiled, &subjects, &facts, &marks, period, closed_until))
            };
            tokio::task::spawn_blocking(all).await??
        }
        Engine::Local | Engine::Postgres => {
            let facts = counted_by_postgres(app, &compiled, period).await?;
            tokio::task::spawn_blocking(move || evaluate(&compiled, &subjects, &facts, &marks, period, closed_until)).await?
        }
    };
    evaluation.pack = rules.version;
    Ok(evaluation)
}

fn compiled(app: &App, scheme: &str, period: Period) -> anyhow::Result<Compiled> {
    Ok(Compiled::new(&Rules::in_force(app).pack, scheme, period.from()).map_err(|problems| Refusal(problems.join("；")))?)
}

/// The period, and the same of each earlier year that items are held against.
fn periods(compiled: &Compiled, period: Period) -> Vec<Period> {
    let earlier = compiled.years_back().into_iter().map(|back| Period { year: period.year - back, ..period });
    [period].into_iter().chain(earlier).collect()
}

/// Integers that the database counted, beside what says which records are complete.
async fn counted_by_postgres(app: &App, compiled: &Compiled, period: Period) -> anyhow::Result<Facts> {
    if app.store().backend != Backend::Postgres {
        return Err(Refusal(
            "--engine postgres 要在 PostgreSQL 数据库里计算，请用 --database postgres:… 指明；SQLite 请用 --engine local。".to_owned(),
        )
        .into());
    }
    let mut all = Vec::new();
    for part in periods(compiled, period) {
        let mut rows = Vec::new();
        for row in query(app.store().reader(), measures_sql(compiled, part), []).await? {
            let period: String = row.try_get_by_index(2)?;
            let made_up: i32 = row.try_get_by_index(3)?;
            rows.push(Integer {
                organisation: row.try_get_by_index(0)?,
                measure: row.try_get_by_index(1)?,
                period: period.parse().map_err(anyhow::Error::msg)?,
                made_up: made_up == 1,
                value: row.try_get_by_index(4)?,
            });
        }
        let integers = Integers::new(compiled, part, rows).map_err(anyhow::Error::msg)?;
        all.push((period.year - part.year, coverage(app, part.year).await?.counted(Arc::new(integers))));
    }
    Ok(together(all))
}

/// As [`counted_by_postgres`], by Spark over exported files; these also say which records are complete.
fn counted_by_spark(files: &FactFiles, spark: &Spark, compiled: &Compiled, period: Period) -> anyhow::Result<Facts> {
    let (periods, coverage) = (periods(compiled, period), files.coverage()?);
    let texts: Vec<String> = periods.iter().map(|part| measures_sql(compiled, *part)).collect();
    let mut all = Vec::new();
    for (part, rows) in periods.iter().zip(spark.count(files, &texts)?) {
        let integers = Integers::new(compiled, *part, rows).map_err(anyhow::Error::msg)?;
        all.push((period.year - part.year, coverage.clone().counted(Arc::new(integers))));
    }
    Ok(together(all))
}

/// The facts of the evaluated year, against those of the years before.
fn together(all: Vec<(i16, Facts)>) -> Facts {
    let mut all = all.into_iter();
    let (_, facts) = all.next().unwrap_or_default();
    all.fold(facts, |facts, (back, earlier)| facts.against(back, Arc::new(earlier)))
}

/// Which records are complete: spans that are no measure's.
async fn coverage(app: &App, year: i16) -> anyhow::Result<Facts> {
    let sql = "select organisation_id, kind, from_on, until_on from span where kind >= 'coverage.' and kind < 'coverage/' and (until_on is null or until_on > $1)";
    let mut facts = FactsBuilder::new();
    for row in query(app.store().reader(), sql, [format!("{year}-01-01").into()]).await? {
        let kind: String = row.try_get_by_index(1)?;
        let until = row.try_get_by_index::<Option<String>>(3)?.map(|day| day.parse()).transpose()?;
        let from = row.try_get_by_index::<String>(2)?.parse()?;
        facts.span(row.try_get_by_index(0)?, &Span { kind: &kind, from, until, quantity: 1, subject: 0, source: 0 });
    }
    Ok(facts.build())
}
