//! Scores every annotated text of folders, by the guideline's rules: `score FOLDER…`.

use std::path::PathBuf;

use directive::score::{ATTRIBUTES, Counts, score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in std::env::args().skip(1) {
        println!("{folder}");
        let mut total = Counts::default();
        let mut texts: Vec<PathBuf> = std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        texts.retain(|path| path.extension().is_some_and(|end| end == "txt"));
        texts.sort();
        for path in texts {
            let gold = serde_json::from_str(&std::fs::read_to_string(path.with_extension("gold.json"))?)?;
            let read = directive::read(&std::fs::read_to_string(&path)?);
            let counts = score(&gold, &serde_json::to_value(&read)?);
            print(&path.file_stem().unwrap_or_default().to_string_lossy(), &counts);
            total += counts;
        }
        print("all", &total);
    }
    Ok(())
}

fn print(name: &str, counts: &Counts) {
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    let set: Vec<String> = ATTRIBUTES.iter().zip(counts.accuracy_when_set()).map(|(name, share)| format!("{name} {share:.3}")).collect();
    println!(
        "  {name:<22} P {:.3}  R {:.3}  F1 {:.3}  when set: {}",
        share(counts.matched, counts.predicted),
        share(counts.matched, counts.gold),
        counts.f1(),
        set.join("  ")
    );
}
