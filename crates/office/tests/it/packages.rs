//! Packages put together by hand, and the sample workbooks where they are present.

use std::io::{Cursor, Write};
use std::path::PathBuf;

use zip::write::{SimpleFileOptions, ZipWriter};

/// A zip archive of these parts.
pub fn zip_of(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in parts {
        writer.start_file(*path, SimpleFileOptions::default()).expect("a new part");
        writer.write_all(text.as_bytes()).expect("written to memory");
    }
    writer.finish().expect("a whole archive").into_inner()
}

/// A workbook of one sheet with this `sheetData` and what follows it, shared texts and styles.
pub fn workbook_of(sheet_data: &str, shared_texts: &str, styles: &str) -> Vec<u8> {
    const MAIN: &str = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
    const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const RELS: &str = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    zip_of(&[
        (
            "[Content_Types].xml",
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>"#
            ),
        ),
        (
            "_rels/.rels",
            &format!(r#"<Relationships {RELS}><Relationship Id="rId1" Type="{TYPES}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ),
        (
            "xl/workbook.xml",
            &format!(
                r#"<workbook {MAIN}><workbookPr/><sheets><sheet name="表 &amp; 一" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="清单">'表 &amp; 一'!$A$1:$A$3</definedName></definedNames></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships {RELS}><Relationship Id="rId1" Type="{TYPES}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{TYPES}/styles" Target="styles.xml"/><Relationship Id="rId3" Type="{TYPES}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>"#
            ),
        ),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet {MAIN}>{sheet_data}</worksheet>")),
        ("xl/sharedStrings.xml", &format!("<sst {MAIN}>{shared_texts}</sst>")),
        ("xl/styles.xml", &format!("<styleSheet {MAIN}>{styles}</styleSheet>")),
    ])
}

/// Styles of [`workbook_of`]: 0 general, 1 a date, 2 an elapsed time.
pub const STYLES: &str = r#"<numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="176" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"><alignment horizontal="center"/></xf><xf numFmtId="46" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>"#;

/// The sample workbooks that lie beside the repository; none where they are absent. The big ones, which take a
/// minute, only with `JISHI_CI` set.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let mut found = Vec::new();
    for kind in ["clean", "messy"] {
        let Ok(entries) = std::fs::read_dir(folder.join(kind)) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|it| it == "xlsx") {
                let name = format!("{kind}/{}", path.file_name().unwrap_or_default().to_string_lossy());
                found.push((name, std::fs::read(&path).expect("a readable sample")));
            }
        }
    }
    const QUICK_BYTES_MAX: usize = 100_000;
    let is_thorough = std::env::var_os("JISHI_CI").is_some();
    found.retain(|(_, bytes)| is_thorough || bytes.len() <= QUICK_BYTES_MAX);
    found.sort();
    found
}

/// Small deterministic pseudo-random numbers (xorshift), for mutations that are the same on every run.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).expect("below a usize")
    }
}
