//! Marking what is wrong in a workbook, and nothing else.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use office::sheet::{AnnotateError, Cell, Column, ColumnKind, Limits, Mark, Table, Value, annotate, read_workbook, write_workbook};
use zip::ZipArchive;

use crate::office_suite::convert_all;
use crate::packages::{Dice, STYLES, samples, workbook_of};
use crate::sheet_read::written_workbook;

fn mark(sheet: &str, cell: &str, message: &str) -> Mark {
    Mark { sheet: sheet.into(), cell: cell.parse().expect(cell), message: message.into() }
}

fn annotated(bytes: &[u8], marks: &[Mark]) -> Vec<u8> {
    annotate(bytes, marks, &Limits::default()).expect("annotated")
}

fn parts_of(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut text = Vec::new();
        entry.read_to_end(&mut text).expect("unpacked");
        let name = entry.name().expect("a name").into_owned();
        parts.insert(name, String::from_utf8_lossy(&text).into_owned());
    }
    parts
}

/// The XML of each cell by its place, and the sheet with all cells taken out.
fn cells_of(sheet: &str) -> (BTreeMap<&str, &str>, String) {
    let mut cells = BTreeMap::new();
    let mut rest = String::new();
    let mut left = sheet;
    while let Some(at) = left.find("<c ") {
        rest += &left[..at];
        let tag_end = at + left[at..].find('>').expect("a tag's end") + 1;
        let end = if left[..tag_end].ends_with("/>") { tag_end } else { at + left[at..].find("</c>").expect("a cell's end") + "</c>".len() };
        let cell = &left[at..end];
        let place = cell.split("r=\"").nth(1).and_then(|it| it.split('"').next()).expect("a place");
        cells.insert(place, cell);
        left = &left[end..];
    }
    (cells, rest + left)
}

/// Checks that only the marked cells differ; gives the sheet with its cells taken out.
fn check_cells(before: &str, after: &str, marked: &[&str]) -> (String, String) {
    let ((old, old_rest), (new, new_rest)) = (cells_of(before), cells_of(after));
    for (place, cell) in &new {
        if marked.contains(place) {
            assert_ne!(old.get(place), Some(cell), "{place} is not marked");
        } else {
            assert_eq!(old.get(place), Some(cell), "{place} has changed");
        }
    }
    assert!(old.keys().all(|place| new.contains_key(place)));
    (old_rest, new_rest)
}

#[test]
fn only_the_marked_cells_change() {
    let sheet = r#"<sheetPr/><cols><col min="1" max="3" width="9" style="1"/></cols><sheetData><row r="2" spans="1:2" ht="20" customHeight="1"><c r="A2" s='1'><v>45741</v></c><c r="B2" t="s"><v>0</v></c></row><row r="5"/><row r="7" s="2" customFormat="1"><c r="B7" t="inlineStr"><is><t>乙</t></is></c></row></sheetData><mergeCells count="1"><mergeCell ref="D9:E10"/></mergeCells><dataValidations count="1"><dataValidation type="list" sqref="B2:B9"><formula1>"是,否"</formula1></dataValidation></dataValidations><pageMargins left="0.7"/><tableParts count="0"/>"#;
    let before = workbook_of(sheet, "<si><t>甲</t></si>", STYLES);
    let places = ["A2", "D2", "C5", "A7", "B7", "B6", "E10"];
    let marks: Vec<Mark> = places.iter().map(|place| mark("表 & 一", place, "不对 <&>\"")).collect();
    let after = annotated(&before, &marks);
    let (old, new) = (parts_of(&before), parts_of(&after));

    for part in ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"] {
        assert_eq!(old[part], new[part]);
    }
    let added: Vec<_> = new.keys().filter(|part| !old.contains_key(*part)).collect();
    assert_eq!(added, ["xl/comments1.xml", "xl/drawings/vmlDrawing1.vml", "xl/worksheets/_rels/sheet1.xml.rels"]);
    let path = "xl/worksheets/sheet1.xml";
    let (mut old_rest, new_rest) = check_cells(&old[path], &new[path], &["A2", "D2", "C5", "A7", "B7", "B6", "D9"]);
    old_rest = old_rest
        .replace(r#" spans="1:2""#, "")
        .replace(r#"<row r="5"/>"#, r#"<row r="5"></row><row r="6"></row>"#)
        .replace("</sheetData>", r#"<row r="9"></row></sheetData>"#)
        .replace(
            "<tableParts",
            r#"<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/><tableParts"#,
        );
    assert_eq!(old_rest, new_rest);
    // New cells take the style of their row or column, and the fill.
    let (cells, _) = cells_of(&new[path]);
    assert_eq!(cells["A2"], r#"<c r="A2" s="3"><v>45741</v></c>"#);
    assert_eq!(cells["C5"], r#"<c r="C5" s="3"/>"#);
    assert_eq!((cells["D2"], cells["D9"]), (r#"<c r="D2" s="4"/>"#, r#"<c r="D9" s="4"/>"#));
    assert_eq!(cells["A7"], r#"<c r="A7" s="5"/>"#);
    assert!(new["xl/styles.xml"].contains(
        r#"<xf numFmtId="176" fontId="0" borderId="0" xfId="0" applyNumberFormat="1" fillId="2" applyFill="1"><alignment horizontal="center"/></xf>"#
    ));
    assert!(new["xl/comments1.xml"].contains("不对 &lt;&amp;&gt;&quot;"));
    assert_eq!(new["xl/comments1.xml"].matches("<comment ").count(), 7);
    assert_eq!(new["xl/drawings/vmlDrawing1.vml"].matches("<v:shape ").count(), 7);

    let (was, is) = (read_workbook(&before, &Limits::default()), read_workbook(&after, &Limits::default()));
    let filled = |sheets: Vec<office::sheet::SheetRows>| -> Vec<_> {
        sheets.into_iter().flat_map(|sheet| sheet.rows).filter(|row| !row.cells.is_empty()).collect()
    };
    assert_eq!(filled(was.expect("readable")), filled(is.expect("readable")));
}

#[test]
fn comments_that_are_there_stay() {
    let before = written_workbook();
    let marks = [mark("表", "A2", "重复"), mark("表", "C4", "无此类别"), mark("表", "C4", "也太长"), mark("表", "C4", "也太长")];
    let after = annotated(&before, &marks);
    let (old, new) = (parts_of(&before), parts_of(&after));
    assert!(old.keys().eq(new.keys()), "there are parts nobody needs");
    for (part, text) in &old {
        let may_change = ["sheet1.xml", "styles.xml", "comments1.xml", "vmlDrawing1.vml"];
        assert!(*text == new[part] || may_change.iter().any(|it| part.ends_with(it)), "{part} has changed");
    }
    let sheet = "xl/worksheets/sheet1.xml";
    let (old_rest, new_rest) = check_cells(&old[sheet], &new[sheet], &["A2", "C4"]);
    assert_eq!(old_rest, new_rest);
    let comments = &new["xl/comments1.xml"];
    assert!(comments.contains("十二位") && comments.contains("\n【导入检查】重复"));
    assert!(comments.contains("1. 无此类别\n2. 也太长</t>"));
    assert_eq!(comments.matches("<comment ").count(), 2);
    assert_eq!(new["xl/drawings/vmlDrawing1.vml"].matches("<v:shape ").count(), 2);
    // Once more, on what was annotated.
    let again = parts_of(&annotated(&after, &[mark("表", "C4", "仍不对"), mark("表", "D9", "早于")]));
    assert!(again["xl/comments1.xml"].contains("\n【导入检查】仍不对"));
    assert_eq!(again["xl/comments1.xml"].matches("<comment ").count(), 3);
}

#[test]
fn a_workbook_without_styles_and_with_plain_comments_is_annotated() {
    let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
    let rels = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;
    let types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let bytes = crate::packages::zip_of(&[
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#,
        ),
        ("xl/workbook.xml", &format!(r#"<workbook {main} xmlns:r="{types}"><sheets><sheet name="一" sheetId="1" r:id="a"/></sheets></workbook>"#)),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(r#"<Relationships {rels}><Relationship Id="a" Type="{types}/worksheet" Target="s.xml"/></Relationships>"#),
        ),
        ("xl/s.xml", &format!("<worksheet {main}><sheetData/></worksheet>")),
        (
            "xl/_rels/s.xml.rels",
            &format!(r#"<Relationships {rels}><Relationship Id="rId2" Type="{types}/comments" Target="c.xml"/></Relationships>"#),
        ),
        (
            "xl/c.xml",
            &format!(
                r#"<comments {main}><authors/><commentList><comment ref="A1" authorId="0"><text><t>原有</t></text></comment></commentList></comments>"#
            ),
        ),
    ]);
    let parts = parts_of(&annotated(&bytes, &[mark("一", "A1", "不对"), mark("一", "B1", "缺")]));
    assert!(parts["xl/c.xml"].contains("<text><r><t>原有</t></r><r>"));
    assert!(parts["xl/c.xml"].contains(r#"<authors><author>导入检查</author></authors>"#));
    assert!(parts["xl/styles.xml"].contains(r#"<cellXfs count="2"><xf/><xf fillId="2" applyFill="1"/></cellXfs>"#));
    assert!(parts["xl/s.xml"].contains(r#"<sheetData><row r="1"><c r="A1" s="1"/><c r="B1" s="1"/></row></sheetData>"#));
    assert!(parts["xl/_rels/workbook.xml.rels"].contains("/styles\""));
    assert!(parts["[Content_Types].xml"].contains(r#"PartName="/xl/styles.xml""#));
}

#[test]
fn refusals_say_what_to_do() {
    let bytes = written_workbook();
    let limits = Limits::default();
    let refusal = annotate(&bytes, &[mark("没有", "A1", "x")], &limits).expect_err("no such sheet");
    assert_eq!(refusal, AnnotateError::NoSuchSheet("没有".into()));
    assert!(refusal.to_string().contains("没有名为“没有”的工作表"));
    assert!(matches!(annotate(b"a,b", &[mark("表", "A1", "x")], &limits), Err(AnnotateError::Read(_))));
    assert_eq!(annotate(&bytes, &[], &limits), Ok(bytes));
}

#[test]
fn no_mutation_of_a_sheet_panics_the_annotator() {
    let mut dice = Dice(20_261_122);
    let sheet = r#"<cols><col min="1" max="3" style="1"/></cols><sheetData><row r="2"><c r="B2" t="s"><v>0</v></c></row><row r="5"/></sheetData><mergeCells><mergeCell ref="D9:E10"/></mergeCells>"#;
    for _ in 0..300 {
        let mut texts = [sheet, STYLES].map(|text| text.chars().collect::<Vec<char>>());
        for _ in 0..=dice.below(3) {
            let text = &mut texts[dice.below(2)];
            let (at, from) = (dice.below(text.len()), dice.below(text.len()));
            match dice.below(3) {
                0 => text[at] = text[from],
                1 => drop(text.remove(at)),
                _ => text.insert(at, ['<', '>', '"', '&', '/', '9'][dice.below(6)]),
            }
        }
        let [sheet, styles] = texts.map(|text| text.into_iter().collect::<String>());
        let bytes = workbook_of(&sheet, "<si><t>甲</t></si>", &styles);
        let marks = [mark("表 & 一", "B2", "x"), mark("表 & 一", "C5", "y"), mark("表 & 一", "E10", "z")];
        let _ = annotate(&bytes, &marks, &Limits::default());
    }
}

/// A table with all that might be lost: title, drop-downs, notes, hidden list.
fn template() -> Vec<u8> {
    let many: Vec<String> = (0..100).map(|index| format!("类别{index}")).collect();
    let columns = vec![
        Column::new("编码", ColumnKind::Text).noted("十二位"),
        Column::new("类别", ColumnKind::Text).choosing(many),
        Column::new("日期", ColumnKind::Date),
    ];
    let date = Value::Date { year: 2025, month: 3, day: 25 };
    let rows = vec![vec![Value::text("001"), Value::text("类别1"), date]; 3];
    write_workbook(&[Table { name: "表".into(), title: Some("题".into()), columns, rows }]).expect("written")
}

/// LibreOffice's csv filter: comma, double quote, UTF-8.
const CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76";

/// Lines without the commas at their ends, which depend on the last column in use.
fn lines_of(csv: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(csv);
    text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn slow_libreoffice_opens_what_is_annotated() {
    let mut originals = vec![("written".to_owned(), template(), "表".to_owned())];
    if let Some((name, bytes)) = samples().into_iter().find(|(name, _)| name.starts_with("messy/党组织")) {
        let sheet = read_workbook(&bytes, &Limits::default()).expect("readable").remove(0).name;
        originals.push((name, bytes, sheet));
    }
    let marked = originals
        .iter()
        .map(|(_, before, sheet)| annotated(before, &[mark(sheet, "A2", "重复"), mark(sheet, "C4", "不对"), mark(sheet, "F5", "缺")]));
    let marked: Vec<Vec<u8>> = marked.collect();
    let files: Vec<&[u8]> = originals.iter().map(|(_, before, _)| before).chain(&marked).map(Vec::as_slice).collect();
    let Some(csvs) = convert_all(&files, "xlsx", CSV) else {
        return;
    };
    let (before, after) = csvs.split_at(originals.len());
    // LibreOffice's own format shows the comments and the fill.
    let opened = convert_all(&files[originals.len()..], "xlsx", "fods").expect("just run");
    for (index, (name, ..)) in originals.iter().enumerate() {
        assert_eq!(lines_of(&after[index]), lines_of(&before[index]), "{name}");
        let opened = String::from_utf8_lossy(&opened[index]);
        assert_eq!(opened.matches("<office:annotation ").count(), 3, "{name}");
        assert!(opened.contains("不对") && opened.contains("#ffc7ce"), "{name}");
    }
}

#[test]
fn the_samples_keep_their_cells() {
    for (name, before) in samples() {
        let sheets = read_workbook(&before, &Limits::default()).expect("readable");
        let sheet = &sheets[0].name;
        let after = annotated(&before, &[mark(sheet, "B5", "x"), mark(sheet, "C99", "y"), mark(sheet, "Z200", "z")]);
        let (old, new) = (parts_of(&before), parts_of(&after));
        let path = "xl/worksheets/sheet1.xml";
        check_cells(&old[path], &new[path], &["B5", "C99", "Z200"]);
        let mut read = read_workbook(&after, &Limits::default()).expect("readable");
        read[0].rows.retain(|row| row.cells.iter().any(|cell| *cell != Cell::Empty));
        assert!(sheets[0].rows.iter().filter(|row| !row.cells.is_empty()).eq(&read[0].rows), "{name}");
    }
}
