//! Whoever counts, the result is the same: columns in memory, Parquet files, the database's own SQL.

use assessment::{Compiled, Integer, count, measures_sql, synthetic_mixed_rows};
use jiff::civil::date;
use policy::{Pack, Period};
use server::evaluation::engine::{Engine, compute_with};
use server::facts::{EventFact, Facts, SpanFact};
use store::{Backend, query};

use super::half_a_year;
use crate::world::{World, on_both};

on_both! {
    sql_counts_what_the_engine_counts,
    every_engine_gives_the_same_result,
    an_engine_that_does_not_fit_is_refused,
}

const PACK: &str = include_str!("../../../../assessment/tests/parity.toml");

fn parity() -> Compiled {
    let pack: Pack = toml_edit::de::from_str(PACK).unwrap();
    Compiled::new(&pack, "parity", date(2025, 1, 1)).unwrap()
}

/// Gives every organisation facts of all kinds, as records of a source of their own.
async fn mixed_facts(world: &World, compiled: &Compiled) {
    let day = date(2026, 11, 22);
    let (mut tx, _) = world.tx(day).await;
    let subjects = world.app.figures().subjects(&world.app, day).await.unwrap();
    let mut records = Vec::new();
    for subject in subjects.iter() {
        for year in [2024, 2025] {
            let (events, spans) = synthetic_mixed_rows(compiled, subject.id * 10 + i64::from(year), Period::year(year));
            let event = |e: assessment::Event<'_>| EventFact {
                organisation: subject.id,
                day: e.on,
                kind: e.kind.to_owned(),
                quantity: e.quantity,
                subject: e.subject,
                flags: e.flags.0.into(),
                makes_up: e.makes_up,
            };
            let span = |s: assessment::Span<'_>| SpanFact {
                organisation: subject.id,
                kind: s.kind.to_owned(),
                from: s.from,
                until: s.until,
                quantity: s.quantity,
                subject: s.subject,
            };
            let facts = Facts { events: events.into_iter().map(event).collect(), spans: spans.into_iter().map(span).collect() };
            records.push((subject.id * 10_000 + i64::from(year), facts));
        }
    }
    server::facts::insert(&mut tx, "test", records).await.unwrap();
    world.commit(tx).await;
    world.app.figures().forget_all();
}

async fn sql_counts_what_the_engine_counts(world: &mut World) {
    let compiled = parity();
    mixed_facts(world, &compiled).await;
    let subjects = world.app.figures().subjects(&world.app, date(2026, 11, 22)).await.unwrap();
    let ids: Vec<i64> = subjects.iter().map(|subject| subject.id).collect();
    for period in ["2025", "2024", "2025-H2", "2025-Q1"] {
        let period: Period = period.parse().unwrap();
        let facts = world.app.figures().facts(&world.app, period.year).await.unwrap();
        let expected = count(&compiled, &ids, &facts, period);
        let mut found = Vec::new();
        for row in query(world.app.store().reader(), measures_sql(&compiled, period), []).await.unwrap() {
            found.push(Integer {
                organisation: row.try_get_by_index(0).unwrap(),
                measure: row.try_get_by_index(1).unwrap(),
                period: row.try_get_by_index::<String>(2).unwrap().parse().unwrap(),
                made_up: row.try_get_by_index::<i32>(3).unwrap() == 1,
                value: row.try_get_by_index(4).unwrap(),
            });
        }
        found.sort_unstable();
        assert!(expected.iter().any(|row| row.made_up), "something of {period} was made up");
        assert_eq!(found, expected, "{period}");
    }
}

async fn every_engine_gives_the_same_result(world: &mut World) {
    half_a_year(world).await;
    mixed_facts(world, &Compiled::new(&world.app.pack(), "five_star", date(2025, 1, 1)).unwrap()).await;
    let dir = tempfile::tempdir().unwrap();
    let manifest = server::facts::export::export(&world.app, dir.path()).await.unwrap();
    let n_events = world.count("select count(*) from event").await;
    let n_written: u64 = manifest.tables.iter().filter(|table| table.table == "event").map(|table| table.n_rows).sum();
    assert_eq!(n_written, u64::try_from(n_events).unwrap());
    for (scheme, period) in [("five_star", "2025"), ("five_star", "2026-H1")] {
        let period: Period = period.parse().unwrap();
        let with = |engine| {
            let world = &*world;
            async move { compute_with(&world.app, &engine, scheme, period, period.until()).await.unwrap() }
        };
        let local = with(Engine::Local).await;
        assert!(local.rows.iter().flat_map(|row| &row.items).any(|item| item.numerator > 0), "{scheme} {period} counts something");
        assert_eq!(with(Engine::Files(dir.path().to_owned())).await, local, "{scheme} {period}");
        if world.app.store().backend == Backend::Postgres {
            let counted = with(Engine::Postgres).await;
            assert_eq!(counted.printed(), local.printed(), "{scheme} {period}");
        }
    }
}

async fn an_engine_that_does_not_fit_is_refused(world: &mut World) {
    let period: Period = "2025".parse().unwrap();
    if world.app.store().backend == Backend::Sqlite {
        let error = compute_with(&world.app, &Engine::Postgres, "five_star", period, period.until()).await.unwrap_err();
        assert!(error.to_string().contains("要在 PostgreSQL 数据库里计算"), "{error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let empty = Engine::Files(dir.path().to_owned());
    let error = compute_with(&world.app, &empty, "five_star", period, period.until()).await.unwrap_err();
    assert!(error.to_string().contains("请写 jishi facts export 导出的目录"), "{error}");
    for (name, facts) in [("postgres", Some(dir.path())), ("hadoop", None), ("spark", None)] {
        assert!(Engine::of(name, facts, "local[*]").is_err(), "{name}");
    }
}
