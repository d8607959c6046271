//! Reading strangers' workbooks.

use std::ops::ControlFlow;

use calamine::{Data, Reader, Xlsx};
use office::sheet::{Cell, Column, ColumnKind, Limits, Table, Value, Workbook, read_workbook, write_workbook};
use office::{Found, ReadError, Wanted};

use crate::packages::{Dice, STYLES, samples, workbook_of, zip_of};

fn rows_of(sheet_data: &str, shared_texts: &str) -> Result<Vec<(u32, Vec<Cell>)>, ReadError> {
    let bytes = workbook_of(sheet_data, shared_texts, STYLES);
    let sheets = read_workbook(&bytes, &Limits::default())?;
    Ok(sheets[0].rows.iter().map(|row| (row.number, row.cells.clone())).collect())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn number(text: &str) -> Cell {
    Cell::Number { value: text.parse().expect("a number"), text: text.to_owned() }
}

#[test]
fn every_kind_of_cell_is_read() {
    let rows = rows_of(
        r#"<sheetData><row r="2"><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><r><t>内</t></r><r><t xml:space="preserve">联 </t></r></is></c></row>
        <row r="5"><c r="A5"><v>84.20999999999999</v></c><c r="B5" s="1"><v>45741</v></c><c r="C5" t="b"><v>1</v></c><c r="D5" t="e"><v>#N/A</v></c>
        <c r="E5" t="str"><f>A1</f><v>算出</v></c><c r="F5"><f>1+1</f></c><c r="G5" t="d"><v>2025-03-25</v></c><c r="H5" s="2"><v>0.5</v></c><c r="I5" s="1"/><c r="J5" t="s"><v/></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:D1"/></mergeCells>"#,
        "<si><t>无</t></si><si><t>共享</t></si>",
    );
    let expected = vec![
        (2, vec![Cell::Empty, text("共享"), Cell::Empty, text("内联 ")]),
        (
            5,
            vec![
                number("84.20999999999999"),
                Cell::Date(45741.0),
                Cell::Bool(true),
                Cell::Error("#N/A".into()),
                text("算出"),
                Cell::Error("公式未计算".into()),
                Cell::Date(45741.0),
                Cell::Date(0.5),
            ],
        ),
    ];
    assert_eq!(rows, Ok(expected));
}

#[test]
fn places_that_are_left_out_are_counted_on() {
    let rows = rows_of(
        r#"<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row r="4"><c r="C4"><v>3</v></c><c><v>4</v></c></row><row/><row><c><v>5</v></c></row></sheetData>"#,
        "",
    );
    let expected = vec![(1, vec![number("1"), number("2")]), (4, vec![Cell::Empty, Cell::Empty, number("3"), number("4")]), (6, vec![number("5")])];
    assert_eq!(rows, Ok(expected));
}

#[test]
fn prefixes_and_a_byte_order_mark_make_no_difference() {
    let sheet = "\u{feff}<?xml version=\"1.0\"?><x:worksheet xmlns:x=\"m\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is><x:t>甲</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>";
    let bytes = zip_of(&[
        (
            "xl/workbook.xml",
            r#"<x:workbook><x:workbookPr date1904="1"/><x:sheets><x:sheet name="一" state="hidden" r:id="a"/></x:sheets></x:workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="Sheet.xml"/></Relationships>"#,
        ),
        ("XL\\sheet.XML", sheet),
    ]);
    let sheets = read_workbook(&bytes, &Limits::default()).expect("readable");
    assert!(sheets[0].is_hidden);
    assert_eq!(sheets[0].rows[0].cells, [text("甲")]);
}

#[test]
fn broken_places_and_texts_are_refused() {
    for sheet_data in [
        r#"<sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData>"#,
        r#"<sheetData><row r="0"/></sheetData>"#,
        r#"<sheetData><row r="1048577"/></sheetData>"#,
        r#"<sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData>"#,
        r#"<sheetData><row r="1"><c r="A1">"#,
    ] {
        let refusal = rows_of(sheet_data, "").expect_err(sheet_data);
        assert!(matches!(&refusal, ReadError::Broken { .. }), "{refusal:?}");
        assert!(refusal.to_string().contains("另存后重新上传"));
    }
}

#[test]
fn a_workbook_without_sheets_or_of_another_kind_says_so() {
    let empty = zip_of(&[("xl/workbook.xml", "<workbook><sheets/></workbook>")]);
    assert_eq!(read_workbook(&empty, &Limits::default()), Err(ReadError::NoSheet));
    let document = zip_of(&[("word/document.xml", "<w:document/>")]);
    let refusal = ReadError::NotThisKind { wanted: Wanted::Workbook, found: Found::OtherArchive };
    assert_eq!(read_workbook(&document, &Limits::default()), Err(refusal));
}

#[test]
fn a_bomb_is_stopped_while_it_unpacks() {
    let limits = Limits { bytes_unpacked_max: 1 << 20, ..Limits::default() };
    let zeros = "0".repeat(8 << 20);
    let refusal = Err(ReadError::TooLarge { bytes_max: 1 << 20 });
    for (sheet, texts) in [(String::new(), zeros.as_str()), (zeros.clone(), "")] {
        let bytes = workbook_of(&format!("<sheetData>{sheet}</sheetData>"), texts, STYLES);
        assert!(bytes.len() < 100_000);
        assert_eq!(read_workbook(&bytes, &limits), refusal);
    }
    // One long text used by many cells: small unpacked, large in memory.
    let cells = r#"<c t="s"><v>0</v></c>"#.repeat(100);
    let texts = format!("<si><t>{}</t></si>", "长".repeat(30_000));
    let bytes = workbook_of(&format!("<sheetData><row>{cells}</row></sheetData>"), &texts, STYLES);
    assert_eq!(read_workbook(&bytes, &limits), refusal);
}

#[test]
fn cells_and_texts_are_limited() {
    let limits = Limits { cells_max: 20_000, shared_strings_max: 1, ..Limits::default() };
    let wide = r#"<row><c r="XFD1"><v>1</v></c></row>"#.repeat(2);
    let bytes = workbook_of(&format!("<sheetData>{wide}</sheetData>"), "", STYLES);
    assert_eq!(read_workbook(&bytes, &limits), Err(ReadError::TooManyCells { cells_max: 20_000 }));
    let bytes = workbook_of("<sheetData/>", "<si/><si/>", STYLES);
    assert_eq!(read_workbook(&bytes, &limits), Err(ReadError::TooManyTexts { texts_max: 1 }));
}

#[test]
fn reading_stops_when_the_caller_has_seen_enough() {
    let bytes = workbook_of("<sheetData><row/><row><c><v>1</v></c></row><row><c", "", STYLES);
    let mut workbook = Workbook::open(&bytes, &Limits::default()).expect("opens");
    assert_eq!(workbook.sheets()[0].name, "表 & 一");
    let mut n_rows = 0;
    let read = workbook.for_each_row(0, |_| {
        n_rows += 1;
        ControlFlow::Break(())
    });
    assert_eq!((read, n_rows), (Ok(()), 1));
    assert_eq!(workbook.for_each_row(1, |_| ControlFlow::Continue(())), Err(ReadError::NoSheet));
}

/// A workbook as we write them, with drop-downs, notes and every kind of column.
pub fn written_workbook() -> Vec<u8> {
    let columns = vec![
        Column::new("编码", ColumnKind::Text).noted("十二位"),
        Column::new("人数", ColumnKind::Integer),
        Column::new("类别", ColumnKind::Text).choosing(["党委", "党支部"]),
        Column::new("日期", ColumnKind::Date),
    ];
    let rows = (0..20).map(|index| {
        let date = Value::Date { year: 2025, month: 3, day: 25 };
        vec![Value::text(format!("0{index}")), Value::Integer(index), Value::text("党委"), date]
    });
    let table = Table { name: "表".into(), title: Some("题".into()), columns, rows: rows.collect() };
    write_workbook(&[table]).expect("written")
}

#[test]
fn no_mutation_of_a_workbook_panics() {
    let mut dice = Dice(20_261_121);
    let limits = Limits { bytes_unpacked_max: 4 << 20, ..Limits::default() };
    let by_hand = r#"<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45741</v></c></row></sheetData>"#;
    for original in [written_workbook(), workbook_of(by_hand, "<si><t>甲&amp;</t></si>", STYLES)] {
        let mut n_read = 0;
        for _ in 0..300 {
            let mut bytes = original.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                match dice.below(4) {
                    0 => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
                    1 => bytes.truncate(at.max(1)),
                    2 => drop(bytes.drain(at..(at + 1 + dice.below(40)).min(bytes.len()))),
                    _ => bytes[at] ^= 1 << dice.below(8),
                }
                if bytes.is_empty() {
                    bytes.push(b'P');
                }
            }
            n_read += usize::from(read_workbook(&bytes, &limits).is_ok());
        }
        assert!(n_read < 300, "no mutation did any harm");
    }
}

/// Mutations of the XML itself: those of the archive mostly end at its checksums.
#[test]
fn no_mutation_of_a_sheet_panics() {
    let mut dice = Dice(20_260_109);
    let sheet = r#"<sheetData><row r="2"><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><r><t>内</t></r></is></c></row><row r="5"><c r="A5" s="1"><f>A1</f><v>84.2</v></c></row></sheetData>"#;
    for _ in 0..300 {
        let mut mutated: Vec<char> = sheet.chars().collect();
        for _ in 0..=dice.below(3) {
            let (at, from) = (dice.below(mutated.len()), dice.below(mutated.len()));
            match dice.below(3) {
                0 => mutated[at] = mutated[from],
                1 => drop(mutated.remove(at)),
                _ => mutated.insert(at, ['<', '>', '"', '&', '/', '9'][dice.below(6)]),
            }
        }
        let _ = rows_of(&mutated.into_iter().collect::<String>(), "<si><t>甲</t></si><si/>");
    }
}

#[test]
fn the_samples_are_read_as_calamine_reads_them() {
    for (name, bytes) in samples() {
        let ours = read_workbook(&bytes, &Limits::default()).expect("readable");
        let mut theirs = Xlsx::new(std::io::Cursor::new(&bytes)).expect("a workbook");
        for sheet in ours {
            let range = theirs.worksheet_range(&sheet.name).expect("the same sheet");
            let (first_row, first_column) = range.start().unwrap_or_default();
            assert_eq!(first_column, 0);
            for (row, cells) in (first_row + 1..).zip(range.rows()) {
                let ours = sheet.rows.binary_search_by_key(&row, |it| it.number);
                let ours = ours.ok().map(|index| &sheet.rows[index]);
                for (index, cell) in cells.iter().enumerate() {
                    let our = ours.and_then(|it| it.cells.get(index)).unwrap_or(&Cell::Empty);
                    assert!(is_same(our, cell), "{name} row {row}: {our:?} {cell:?}");
                }
            }
        }
    }
}

fn is_same(ours: &Cell, theirs: &Data) -> bool {
    match (ours, theirs) {
        (Cell::Empty, Data::Empty) => true,
        (Cell::Text(ours), Data::String(theirs)) => ours == theirs,
        (Cell::Number { value, .. }, Data::Float(theirs)) => value == theirs,
        (Cell::Date(ours), Data::DateTime(theirs)) => *ours == theirs.as_f64(),
        _ => false,
    }
}
