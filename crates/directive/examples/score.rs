//! Scores every annotated text of folders, by the guideline's rules, and says how long reading took: `score FOLDER…`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use directive::score::{ATTRIBUTES, Counts, score};

/// Each text is read so often and the shortest time taken, so that other work on the machine does not count.
const READINGS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in std::env::args().skip(1) {
        println!("{folder}");
        let mut total = Counts::default();
        let mut times: Vec<Duration> = Vec::new();
        let mut texts: Vec<PathBuf> = std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        texts.retain(|path| path.extension().is_some_and(|end| end == "txt"));
        texts.sort();
        for path in texts {
            let gold = serde_json::from_str(&std::fs::read_to_string(path.with_extension("gold.json"))?)?;
            let text = std::fs::read_to_string(&path)?;
            let timed = || {
                let begun = Instant::now();
                let read = directive::read(&text);
                (begun.elapsed(), read)
            };
            let (mut shortest, read) = timed();
            for _ in 1..READINGS {
                shortest = shortest.min(timed().0);
            }
            let counts = score(&gold, &serde_json::to_value(&read)?);
            print(&path.file_stem().unwrap_or_default().to_string_lossy(), &counts, shortest);
            total += counts;
            times.push(shortest);
        }
        let mean = times.iter().sum::<Duration>() / u32::try_from(times.len().max(1))?;
        print("all", &total, mean);
        println!("  longest reading {:.1} ms", times.iter().max().copied().unwrap_or_default().as_secs_f64() * 1e3);
    }
    Ok(())
}

fn print(name: &str, counts: &Counts, took: Duration) {
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    let set: Vec<String> = ATTRIBUTES.iter().zip(counts.accuracy_when_set()).map(|(name, share)| format!("{name} {share:.3}")).collect();
    println!(
        "  {name:<22} tasks {:>3}  P {:.3}  R {:.3}  F1 {:.3}  when set: {}  units {:.3}  {:.1} ms",
        counts.gold,
        share(counts.matched, counts.predicted),
        share(counts.matched, counts.gold),
        counts.f1(),
        set.join("  "),
        counts.units_when_named(),
        took.as_secs_f64() * 1e3
    );
}
