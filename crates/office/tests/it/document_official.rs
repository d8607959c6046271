//! Official documents as they come out on paper, measured through LibreOffice and poppler.

use std::collections::BTreeMap;
use std::process::Command;

use office::document::{Align, Block, Official, OfficialColumn, OfficialTable, read_text, write_official};

use crate::office_suite::{convert, run};

/// A word on paper: page, top and sides in points, text.
struct Word {
    page: usize,
    top: f64,
    left: f64,
    right: f64,
    text: String,
}

/// The words of a document on paper; `None` where the programs for that are not installed.
fn on_paper(document: &Official) -> Option<Vec<Word>> {
    let pdf = convert(&write_official(document), "docx", "pdf")?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, pdf).expect("written");
    let boxes = run(Command::new("pdftotext").arg("-bbox").arg(&path).arg("-"), "pdftotext")?;
    let boxes = String::from_utf8(boxes).expect("UTF-8");
    let mut words = Vec::new();
    let mut page = 0;
    for line in boxes.lines().map(str::trim) {
        page += usize::from(line.starts_with("<page "));
        let Some(word) = line.strip_prefix("<word ") else {
            continue;
        };
        let number = |name: &str| -> f64 {
            let value = word.split(&format!("{name}=\"")).nth(1).and_then(|it| it.split('"').next());
            value.and_then(|it| it.parse().ok()).expect(name)
        };
        let text = word.split('>').nth(1).and_then(|it| it.split('<').next()).expect("a text");
        let (top, left, right) = (number("yMin"), number("xMin"), number("xMax"));
        words.push(Word { page, top, left, right, text: text.to_owned() });
    }
    Some(words)
}

/// The lines of a page from the top: how far from the top (in tenths of a point), and the words put together.
fn lines_of(words: &[Word], page: usize) -> Vec<String> {
    let mut lines: BTreeMap<i64, String> = BTreeMap::new();
    for word in words.iter().filter(|word| word.page == page) {
        #[expect(clippy::cast_possible_truncation, reason = "a page is 842 points high")]
        lines.entry((word.top * 10.0) as i64).or_default().push_str(&word.text);
    }
    lines.into_values().collect()
}

const MM: f64 = 72.0 / 25.4;

#[test]
fn slow_a_full_page_has_22_lines_of_28_characters() {
    let blocks = vec![Block::Paragraph("坚持党要管党全面从严治党".repeat(150))];
    let document = Official { title: "工作方案".into(), blocks, ..Official::default() };
    let Some(words) = on_paper(&document) else {
        return;
    };
    let lines = lines_of(&words, 2);
    assert_eq!(lines.len(), 22 + 1, "22 lines and the page number");
    for line in &lines[..22] {
        assert_eq!(line.chars().count(), 28, "{line}");
    }
    assert_eq!(lines[22], "—2—");
    let text: Vec<&Word> = words.iter().filter(|word| word.page == 2 && !word.text.contains(['—', '2'])).collect();
    let left = text.iter().map(|word| word.left).fold(f64::MAX, f64::min);
    let right = text.iter().map(|word| word.right).fold(0.0, f64::max);
    assert!((left - 28.0 * MM).abs() < 2.0, "the text begins {left} points from the left, not 28 mm");
    assert!((right - 184.0 * MM).abs() < 2.0, "the text ends {right} points from the left, not 184 mm");
    // The first line after the title and an empty line is indented by two.
    assert_eq!(lines_of(&words, 1)[1].chars().count(), 26);
}

#[test]
fn slow_a_draft_is_laid_out_by_the_standard() {
    let column = |heading: &str, share| OfficialColumn { heading: heading.into(), share, align: Align::Center };
    let rows = (1..=60).map(|number| vec![number.to_string(), "按月召开".into()]).collect();
    let table = OfficialTable { caption: Some("表1".into()), columns: vec![column("序号", 1), column("指标", 4)], rows };
    let document = Official {
        title: "关于开展2026年度全市基层党组织书记抓基层党建工作述职评议考核的实施方案".into(),
        mark: Some("送审稿".into()),
        addressed_to: Some("各县（市、区）委组织部".into()),
        blocks: vec![
            Block::Heading1("总体要求".into()),
            Block::Heading2("原则".into()),
            Block::Table(table),
            Block::Note("注：略。".into()),
            Block::Paragraph("特此通知。".into()),
        ],
        attachments: vec!["指标体系".into(), "汇总表".into()],
        signed_by: Some("中共某某市委组织部".into()),
        dated: Some("2026年1月9日".into()),
        ..Official::default()
    };
    let Some(words) = on_paper(&document) else {
        return;
    };
    let n_pages = words.iter().map(|word| word.page).max().unwrap_or_default();
    assert!(n_pages >= 3);
    for page in 1..=n_pages {
        let lines = lines_of(&words, page);
        assert_eq!(lines[0], "送审稿");
        assert_eq!(lines.last().map(String::as_str), Some(format!("—{page}—").as_str()));
    }
    let first = lines_of(&words, 1);
    assert_eq!(first[1], "关于开展2026年度全市基层党组织书记");
    assert_eq!(first[2], "抓基层党建工作述职评议考核的实施方案");
    assert_eq!(first[3], "各县（市、区）委组织部：");
    assert_eq!(first[4..7], ["一、总体要求", "（一）原则", "表1"]);
    assert_eq!(lines_of(&words, 2)[1], "序号指标", "the headings are not repeated");
    let last = lines_of(&words, n_pages);
    let tail = &last[last.len() - 6..last.len() - 1];
    assert_eq!(tail, ["特此通知。", "附件：1.指标体系", "2.汇总表", "中共某某市委组织部", "2026年1月9日"]);
    let place = |text: &str| words.iter().rfind(|word| word.text.contains(text)).expect(text);
    assert!((place("组织部").right - (184.0 * MM - 32.0)).abs() < 3.0, "the name does not end two characters early");
    // Odd pages are numbered on the right, even ones on the left, outside.
    let number = |page| words.iter().rfind(|word| word.page == page && word.text.contains('—')).expect("a number");
    assert!(number(1).right > 160.0 * MM && number(2).right < 60.0 * MM);
}

#[test]
fn what_is_laid_out_is_read_again() {
    let document = Official {
        title: "关于开展述职评议考核\n的通知".into(),
        addressed_to: Some("各党支部：".into()),
        blocks: vec![
            Block::Heading1("要求 <&>".into()),
            Block::Paragraph("第一段\n第二段".into()),
            Block::Table(OfficialTable {
                caption: None,
                columns: ["甲", "乙"].map(|it| OfficialColumn { heading: it.into(), share: 1, align: Align::Left }).into(),
                rows: vec![vec!["一".into()], vec!["二".into(), "三\n四".into(), "多余".into()]],
            }),
        ],
        attachments: vec!["清单".into()],
        dated: Some("2026年1月9日".into()),
        ..Official::default()
    };
    let bytes = write_official(&document);
    assert_eq!(bytes, write_official(&document), "not the same bytes twice");
    let text = read_text(&bytes).expect("readable");
    let expected =
        "关于开展述职评议考核\n的通知\n\n各党支部：\n一、要求 <&>\n第一段\n第二段\n甲\t乙\n一\t\n二\t三 四\n\n\n附件：清单\n\n2026年1月9日\n";
    assert_eq!(text, expected);
}

#[test]
fn other_files_are_no_documents() {
    for bytes in [&b"PK"[..], b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"{\\rtf1 }", b""] {
        let refusal = read_text(bytes).expect_err("no document");
        assert!(refusal.to_string().contains("上传"), "{refusal}");
    }
}
