//! Automatic numbers of a .docx stand in its text; a document without them reads as before.

use office::document::read_text;

use crate::packages::zip_of;

const RELATED: &str = r#"<Relationships><Relationship Id="r1" Type="http://x/numbering" Target="numbering.xml"/><Relationship Id="r2" Type="http://x/styles" Target="styles.xml"/></Relationships>"#;

const LISTS: &str = r#"<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="4"><w:abstractNumId w:val="1"/></w:num></w:numbering>"#;

const STYLES: &str = r#"<w:styles xmlns:w="w"><w:style w:styleId="1"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style></w:styles>"#;

fn document(body: &str) -> String {
    format!(r#"<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#)
}

fn paragraph(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn listed(list: u32, level: u32, text: &str) -> String {
    paragraph(&format!(r#"<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr>"#), text)
}

fn text_with_lists(body: &str) -> String {
    let document = document(body);
    let parts = [
        ("word/document.xml", document.as_str()),
        ("word/_rels/document.xml.rels", RELATED),
        ("word/numbering.xml", LISTS),
        ("word/styles.xml", STYLES),
    ];
    read_text(&zip_of(&parts)).expect("readable")
}

#[test]
fn numbers_stand_before_their_paragraphs() {
    let body = paragraph(r#"<w:pStyle w:val="1"/>"#, "总体要求")
        + &paragraph("", "各支部：")
        + &listed(3, 1, "目标")
        + &listed(4, 0, "2026年底前建成")
        + &listed(4, 0, "落实经费")
        + &listed(3, 0, "保障");
    assert_eq!(text_with_lists(&body), "一、总体要求\n各支部：\n（一）目标\n1. 2026年底前建成\n2.落实经费\n二、保障\n");
}

#[test]
fn a_column_of_automatic_numbers_is_filled() {
    let cell = |content: &str| format!("<w:tc>{content}</w:tc>");
    let empty = r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr></w:pPr></w:p>"#;
    let row = |text: &str| format!("<w:tr>{}{}</w:tr>", cell(empty), cell(&paragraph("", text)));
    assert_eq!(text_with_lists(&format!("<w:tbl>{}{}</w:tbl>", row("甲"), row("乙"))), "1.\t甲\n2.\t乙\n");
}

#[test]
fn what_a_paragraph_was_before_a_tracked_change_does_not_count() {
    let former = r#"<w:pPrChange><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr></w:pPr></w:pPrChange>"#;
    assert_eq!(text_with_lists(&paragraph(former, "正文")), "正文\n");
}

/// Whatever the lists say, paragraphs that stand in none read alike with and without them.
#[test]
fn plain_documents_are_unchanged() {
    for seed in 1..40_u64 {
        let mut dice = crate::packages::Dice(seed);
        let words = ["一、总体要求", "1.2026年", "", "（二）", "扣2分；", "各支部：", "3.5万元"];
        let body: String = (0..12).map(|_| paragraph("", words[dice.below(words.len())])).collect();
        let bare = read_text(&zip_of(&[("word/document.xml", document(&body).as_str())])).expect("readable");
        assert_eq!(text_with_lists(&body), bare);
    }
}
