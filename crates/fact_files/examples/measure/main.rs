//! What `cargo xtask bench assessment` measures of ourselves: one step per run, a line `name<TAB>seconds<TAB>checksum` per figure.
//!
//! `measure SCHEME generate DIR N DETAIL`, `sql`, `memory DIR`, `evaluate-files DIR`, `measures-files DIR`, `loop-files DIR`, `profile DIR`;
//! of a nation `evaluate-cities DIR`, thirteen thousand organisations at a time.
//! SCHEME is `five_star` (DETAIL: how many times the events of the test's small city) or `wide` (DETAIL: `presence` or `meetings`).

mod by_hand;
mod wide;

use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use assessment::{
    Compiled, Event, EventColumns, Facts, Flags, Marks, Span, SpanColumns, Subject, count_each, day_number, evaluate, evaluate_blocks, fingerprint,
    items_of, measures_sql, synthetic_rows, synthetic_subjects, synthetic_subjects_between,
};
use fact_files::{Cell, EVENT, FactFiles, FolderWriter, SPAN, TableWriter};
use jiff::civil::date;
use policy::{Pack, Period, SourceFile};

const YEAR: i16 = 2025;
/// Organisations of one city of a nation: a scheme is a city's, and its cohorts end there.
const CITY: i64 = 13_000;
/// Each figure is the best of so many runs.
const RUNS: usize = 7;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [scheme, words @ ..] = words.as_slice() else { bail!(USAGE) };
    let pack = if *scheme == "wide" { toml_edit::de::from_str(&wide::pack())? } else { pack()? };
    let compiled = Compiled::new(&pack, scheme, date(YEAR, 1, 1)).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
    let kinds = (*scheme == "wide").then(wide::Kinds::new);
    let bench = Bench { pack: &pack, compiled: &compiled, year: Period::year(YEAR), kinds };
    match words {
        ["generate", dir, n, detail] => bench.generate(Path::new(dir), n.parse()?, detail),
        ["sql"] => {
            println!("{}", measures_sql(&compiled, bench.year));
            Ok(())
        }
        ["memory", dir] => bench.memory(Path::new(dir)),
        ["profile", dir] => bench.profile(Path::new(dir)),
        ["evaluate-files", dir] => bench.evaluate_files(Path::new(dir)),
        ["measures-files", dir] => bench.measures_files(Path::new(dir)),
        ["evaluate-cities", dir] => bench.evaluate_cities(Path::new(dir)),
        ["loop-files", dir] => bench.loop_files(Path::new(dir)),
        _ => bail!(USAGE),
    }
}

const USAGE: &str = "measure SCHEME generate DIR N DETAIL | sql | memory DIR | profile DIR | evaluate-files DIR | measures-files DIR | evaluate-cities DIR | loop-files DIR";

/// The packs of this workspace that the demo city runs on.
fn pack() -> anyhow::Result<Pack> {
    let mut files = Vec::new();
    for layer in ["national", "city"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").join(layer);
        collect(&folder, layer, layer, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(policy::read(&files).pack)
}

fn collect(folder: &Path, shown: &str, layer: &str, files: &mut Vec<SourceFile>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{shown}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &path, layer, files)?;
        } else if path.ends_with(".toml") {
            files.push(SourceFile { layer: layer.to_owned(), path, text: std::fs::read_to_string(entry.path())? });
        }
    }
    Ok(())
}

struct Bench<'a> {
    pack: &'a Pack,
    compiled: &'a Compiled,
    year: Period,
    /// Of the scheme `wide`.
    kinds: Option<wide::Kinds>,
}

/// Figures as other engines answer them, in one number: they must agree on it.
fn checked(sum: i64, organisation: i64, weight: i64, month: i64, value: i64) -> i64 {
    sum.wrapping_add(value.wrapping_mul((organisation % 97 + 1) * weight * month))
}

/// What a measure weighs in that number, by its name.
fn weight(measure: &str) -> i64 {
    measure.bytes().map(i64::from).sum::<i64>() % 89 + 1
}

fn say(name: &str, seconds: f64, checksum: &str) {
    println!("{name}\t{seconds:.6}\t{checksum}");
}

/// Processor time of this process in steps of a hundredth; on a busy machine it says more than the clock.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The shortest of some runs, and what the last of them came to; dropping a result is not counted.
fn best<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut shortest = f64::MAX;
    let mut last = None;
    let mut processor = 0.0;
    for _ in 0..RUNS {
        drop(last.take());
        let (started, spent) = (Instant::now(), processor_seconds());
        last = Some(run());
        shortest = shortest.min(started.elapsed().as_secs_f64());
        processor += processor_seconds() - spent;
    }
    println!("# processor {:.0} ms a run", processor / RUNS as f64 * 1_000.0);
    (shortest, last.expect("there was a run"))
}

/// Peak memory of this process so far.
fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kibibytes| kibibytes.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}

impl Bench<'_> {
    fn rows(&self, org: i64, detail: &str) -> (Vec<Event<'_>>, Vec<Span<'_>>) {
        match &self.kinds {
            Some(kinds) => wide::rows(kinds, org, self.year, detail == "presence"),
            None => synthetic_rows(self.compiled, org, self.year, detail.parse().unwrap_or(1)),
        }
    }

    /// Organisation by organisation straight to the files, events on one core, spans on the other.
    fn generate(&self, dir: &Path, n: i64, detail: &str) -> anyhow::Result<()> {
        let mut folder = FolderWriter::create(dir)?;
        let (event_table, span_table) = (folder.table(&EVENT, Some(YEAR))?, folder.table(&SPAN, None)?);
        let (events, spans) = thread::scope(|scope| {
            let events = scope.spawn(|| self.write_events(event_table, n, detail));
            let spans = self.write_spans(span_table, n, detail);
            (events.join().expect("writing does not panic"), spans)
        });
        let ((event_table, n_events), (span_table, n_spans)) = (events?, spans?);
        folder.close(event_table)?;
        folder.close(span_table)?;
        folder.finish(n)?;
        println!("{n} organisations, {n_events} events, {n_spans} spans, peak {:.0} MiB", peak_mebibytes());
        Ok(())
    }

    fn write_events(&self, mut table: TableWriter, n: i64, detail: &str) -> anyhow::Result<(TableWriter, usize)> {
        let mut n_events = 0;
        for org in 1..=n {
            let events = self.rows(org, detail).0;
            n_events += events.len();
            for event in events {
                table.push(&[
                    Cell::Number(org),
                    Cell::Day(day_number(event.on)),
                    Cell::Text(event.kind),
                    Cell::Number(event.quantity),
                    Cell::Number(event.subject),
                    Cell::Number(event.flags.0.into()),
                    Cell::Text("synthetic"),
                    Cell::Number(event.source),
                    Cell::None,
                ]);
            }
            table.end_of_organisation()?;
        }
        Ok((table, n_events))
    }

    fn write_spans(&self, mut table: TableWriter, n: i64, detail: &str) -> anyhow::Result<(TableWriter, usize)> {
        let mut n_spans = 0;
        for org in 1..=n {
            let spans = self.rows(org, detail).1;
            n_spans += spans.len();
            for span in spans {
                table.push(&[
                    Cell::Number(org),
                    Cell::Text(span.kind),
                    Cell::Day(day_number(span.from)),
                    span.until.map_or(Cell::None, |day| Cell::Day(day_number(day))),
                    Cell::Number(span.quantity),
                    Cell::Number(span.subject),
                    Cell::Text("synthetic"),
                    Cell::Number(span.source),
                ]);
            }
            table.end_of_organisation()?;
        }
        Ok((table, n_spans))
    }

    /// The branches of a folder: as many as it was generated with.
    fn subjects(&self, files: &FactFiles) -> Vec<Subject> {
        synthetic_subjects(self.compiled, files.manifest().commit, self.year)
    }

    /// Everything in memory before the clock starts.
    fn memory(&self, dir: &Path) -> anyhow::Result<()> {
        let files = FactFiles::open(dir)?;
        let subjects = self.subjects(&files);
        let (kinds, events, spans) = columns(&files)?;
        let n_events = events.organisation.len();
        let plan = by_hand::Plan::new(self.pack, self.compiled, &kinds, self.year);
        let (seconds, sum) = best(|| plan.sum(&events, &spans));
        say("loop", seconds, &sum.to_string());

        let facts = Facts::of_columns(&kinds, events, spans).map_err(anyhow::Error::msg)?;
        let ids: Vec<i64> = subjects.iter().map(|subject| subject.id).collect();
        let (seconds, sum) = best(|| self.measures(&ids, &facts));
        say("measures", seconds, &sum.to_string());

        let loaded = peak_mebibytes();
        let marks = Marks::new();
        let (seconds, evaluation) = best(|| evaluate(self.compiled, &subjects, &facts, &marks, self.year, self.year.until()));
        say("evaluate", seconds, &fingerprint(&evaluation));
        println!(
            "# {} organisations, {n_events} events, {} items of the scheme, {} items of organisations",
            subjects.len(),
            evaluation.items.len(),
            evaluation.rows.iter().map(|row| row.items.len()).sum::<usize>()
        );
        println!("# peak {loaded:.0} MiB with the columns, {:.0} MiB with the result", peak_mebibytes());
        drop(evaluation);

        // One organisation's rows are replaced, and its items are there again.
        let subject = subjects.get(subjects.len() / 2).context("an organisation")?;
        let (events, spans) = self.rows(subject.id + 1, "presence");
        let (seconds, n) = best(|| {
            let mut fresh = facts.clone();
            fresh.replace(subject.id, events.iter().copied(), spans.iter().copied());
            items_of(self.compiled, subject, &fresh, &marks, self.year, self.year.until()).len()
        });
        say("one record", seconds, &n.to_string());
        Ok(())
    }

    /// The evaluation again and again, for `perf record`.
    fn profile(&self, dir: &Path) -> anyhow::Result<()> {
        let files = FactFiles::open(dir)?;
        let subjects = self.subjects(&files);
        let (kinds, events, spans) = columns(&files)?;
        let facts = Facts::of_columns(&kinds, events, spans).map_err(anyhow::Error::msg)?;
        let marks = Marks::new();
        for _ in 0..10 {
            let (started, spent) = (Instant::now(), processor_seconds());
            let evaluation = evaluate(self.compiled, &subjects, &facts, &marks, self.year, self.year.until());
            println!("# {:.4} s, processor {:.2} s, {} rows", started.elapsed().as_secs_f64(), processor_seconds() - spent, evaluation.rows.len());
        }
        Ok(())
    }

    /// Only the measures, on both cores.
    fn measures(&self, ids: &[i64], facts: &Facts) -> i64 {
        let weights: Vec<i64> = self.compiled.measure_names().map(weight).collect();
        let weights = &weights;
        let halves = ids.chunks(ids.len().div_ceil(2).max(1));
        thread::scope(|scope| {
            let threads: Vec<_> = halves
                .map(|ids| {
                    scope.spawn(move || {
                        let mut sum = 0;
                        count_each(self.compiled, ids, facts, self.year, |organisation, measure, period, _, value| {
                            sum = checked(sum, organisation, weights[measure], period.ordinal.into(), value);
                        });
                        sum
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("counting does not panic")).fold(0, i64::wrapping_add)
        })
    }

    /// From the files to the result, a block at a time.
    fn evaluate_files(&self, dir: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        let files = FactFiles::open(dir)?;
        let subjects = self.subjects(&files);
        let blocks = files.blocks(YEAR, &[])?.ahead();
        let evaluation = evaluate_blocks(self.compiled, &subjects, blocks, &Marks::new(), self.year, self.year.until())?;
        say("evaluate", started.elapsed().as_secs_f64(), &fingerprint(&evaluation));
        println!("# processor {:.1} s, peak {:.0} MiB", processor_seconds(), peak_mebibytes());
        Ok(())
    }

    /// From the files to the measures, a block at a time.
    fn measures_files(&self, dir: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        let files = FactFiles::open(dir)?;
        let ids: Vec<i64> = (1..=files.manifest().commit).collect();
        let mut sum = 0_i64;
        let mut waiting = ids.as_slice();
        for block in files.blocks(YEAR, &[])?.ahead() {
            let (facts, until) = block?;
            let (now, later) = waiting.split_at(waiting.partition_point(|id| *id <= until));
            sum = sum.wrapping_add(self.measures(now, &facts));
            waiting = later;
        }
        say("measures", started.elapsed().as_secs_f64(), &sum.to_string());
        println!("# processor {:.1} s, peak {:.0} MiB", processor_seconds(), peak_mebibytes());
        Ok(())
    }

    /// From the files to the result of every city of a nation, one after another: what is done is put away before the next.
    fn evaluate_cities(&self, dir: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        let files = FactFiles::open(dir)?;
        let n = files.manifest().commit;
        let ends: Vec<i64> = (1..=(n + CITY - 1) / CITY).map(|city| (city * CITY).min(n)).collect();
        let mut blocks = files.blocks(YEAR, &[])?.cut_after(ends.iter().copied()).ahead();
        let (mut n_items, mut n_stars, mut last) = (0, 0, String::new());
        let mut first = 1;
        for end in ends {
            let subjects = synthetic_subjects_between(self.compiled, first..=end, self.year);
            let mut is_over = false;
            let own = std::iter::from_fn(|| {
                let block = (!is_over).then(|| blocks.next()).flatten()?;
                is_over = block.as_ref().is_ok_and(|(_, until)| *until >= end);
                Some(block)
            });
            let evaluation = evaluate_blocks(self.compiled, &subjects, own, &Marks::new(), self.year, self.year.until())?;
            n_items += evaluation.rows.iter().map(|row| row.items.len()).sum::<usize>();
            n_stars += evaluation.rows.iter().filter(|row| row.star == Some(5)).count();
            if end == n {
                last = fingerprint(&evaluation);
            }
            first = end + 1;
        }
        say("evaluate", started.elapsed().as_secs_f64(), &last);
        println!("# {n_items} items of organisations, {n_stars} with five stars");
        println!("# processor {:.1} s, peak {:.0} MiB", processor_seconds(), peak_mebibytes());
        Ok(())
    }

    /// Decoding and the loop, without anything else: the lower bound.
    fn loop_files(&self, dir: &Path) -> anyhow::Result<()> {
        let started = Instant::now();
        let (kinds, events, spans) = columns(&FactFiles::open(dir)?)?;
        let sum = by_hand::Plan::new(self.pack, self.compiled, &kinds, self.year).sum(&events, &spans);
        say("loop", started.elapsed().as_secs_f64(), &sum.to_string());
        println!("# processor {:.1} s", processor_seconds());
        println!("# peak {:.0} MiB", peak_mebibytes());
        Ok(())
    }
}

/// All events of the year and all spans, their kinds by one list.
fn columns(files: &FactFiles) -> anyhow::Result<(Vec<String>, EventColumns, SpanColumns)> {
    let (mut kinds, mut events, mut spans): (Vec<String>, _, _) = (Vec::new(), EventColumns::default(), SpanColumns::default());
    files.each_event_group(YEAR, |names, group| {
        kinds = names.to_vec();
        let EventColumns { organisation, day, kind, flags, quantity, subject, source, makes_up } = group;
        events.organisation.extend(organisation);
        events.day.extend(day);
        events.kind.extend(kind);
        events.flags.extend::<Vec<Flags>>(flags);
        events.quantity.extend(quantity);
        events.subject.extend(subject);
        events.source.extend(source);
        events.makes_up.extend(makes_up);
    })?;
    let n_of_events = kinds.len();
    files.each_span_group(|names, group| {
        kinds.truncate(n_of_events);
        kinds.extend_from_slice(names);
        let SpanColumns { organisation, kind, from, until, quantity, subject, source } = group;
        spans.organisation.extend(organisation);
        spans.kind.extend(kind.into_iter().map(|kind| kind + u16::try_from(n_of_events).unwrap_or_default()));
        spans.from.extend(from);
        spans.until.extend(until);
        spans.quantity.extend(quantity);
        spans.subject.extend(subject);
        spans.source.extend(source);
    })?;
    Ok((kinds, events, spans))
}
