//! PDFs as an office suite makes them, read back.

use office::document::{Block, Official, read_any, write_official};

use crate::office_suite::convert;

#[test]
fn slow_a_pdf_of_an_office_suite_is_read_whole() {
    let paragraphs = [
        "各乡镇党委、县直各单位党组（党委）：".to_owned(),
        "为抓好今年的培训，6月底前，各支部组织1次集中学习，每名党员不少于32学时。".repeat(3),
        "建立培训台账，按季更新；12月10日前报送工作总结（附培训名册）。".repeat(12),
        "覆盖率不低于95%。".to_owned(),
    ];
    let blocks = paragraphs.iter().cloned().map(Block::Paragraph).collect();
    let document = Official { title: "关于做好党员集中培训的通知".into(), blocks, ..Official::default() };
    let Some(pdf) = convert(&write_official(&document), "docx", "pdf") else {
        return;
    };
    let text = read_any("通知.pdf", &pdf).expect("the text comes out whole");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "关于做好党员集中培训的通知");
    for paragraph in &paragraphs {
        assert!(lines.contains(&paragraph.as_str()), "{paragraph}\n{text}");
    }
}
