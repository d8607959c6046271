//! How long a workbook takes to read and to annotate (198 marks; kept in the file `JISHI_ANNOTATED` names):
//! `cargo run --release -p office --example measure -- 表.xlsx`.

use std::ops::ControlFlow;
use std::time::Instant;

use office::sheet::{CellRef, Limits, Mark, Workbook, annotate, read_workbook};

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
        let marks: Vec<Mark> = (2..200)
            .map(|row| Mark {
                sheet: sheets[0].name.clone(),
                cell: CellRef { row, column: 2 },
                message: "不在可选范围内，请从下拉列表中选择。".to_owned(),
            })
            .collect();
        let begun = Instant::now();
        let marked = annotate(&bytes, &marks, &limits)?;
        let annotated = begun.elapsed();
        if let Some(target) = std::env::var_os("JISHI_ANNOTATED") {
            std::fs::write(target, marked)?;
        }
        println!("{path}: {} sheets, {n_rows} rows; whole {whole:.0?}, streamed {streamed:.0?}, annotated {annotated:.0?}", sheets.len());
    }
    Ok(())
}
