//! How long a workbook takes to read: `cargo run --release -p office --example measure -- 表.xlsx`.

use std::ops::ControlFlow;
use std::time::Instant;

use office::sheet::{Limits, Workbook, read_workbook};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let limits = Limits::default();
        let begun = Instant::now();
        let sheets = read_workbook(&bytes, &limits)?;
        let whole = begun.elapsed();
        let begun = Instant::now();
        let mut workbook = Workbook::open(&bytes, &limits)?;
        let mut n_rows = 0_usize;
        for index in 0..workbook.sheets().len() {
            workbook.for_each_row(index, |_| {
                n_rows += 1;
                ControlFlow::Continue(())
            })?;
        }
        let streamed = begun.elapsed();
        println!(
            "{path}: {} sheets, {n_rows} rows; whole {whole:.0?}, streamed {streamed:.0?}",
            sheets.len()
        );
    }
    Ok(())
}
