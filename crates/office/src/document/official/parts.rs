//! The parts beside the text: styles, settings, fonts, head and foot of the pages.

use super::layout::{CONDENSED_BY, FOOTER_LINE, LINE_PITCH, SIZE_BODY, SIZE_FOUR, SIZE_TABLE, SIZE_TITLE, characters};
use super::{Font, Fonts};
use crate::xml_edit::escaped;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main""#;
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELATIONSHIPS: &str = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;

pub(super) fn content_types() -> String {
    let overrides = [
        ("document", "document.main"),
        ("styles", "styles"),
        ("settings", "settings"),
        ("fontTable", "fontTable"),
        ("header1", "header"),
        ("header2", "header"),
        ("footer1", "footer"),
        ("footer2", "footer"),
    ]
    .map(|(part, kind)| format!(r#"<Override PartName="/word/{part}.xml" ContentType="{WORD}.{kind}+xml"/>"#));
    format!(
        r#"{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{}<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#,
        overrides.concat()
    )
}

pub(super) fn package_relationships() -> String {
    format!(
        r#"{HEAD}<Relationships {RELATIONSHIPS}><Relationship Id="rId1" Type="{TYPES}/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>"#
    )
}

pub(super) fn document_relationships() -> String {
    let parts = ["styles", "settings", "fontTable", "header1", "header2", "footer1", "footer2"];
    let lines: String = (1..)
        .zip(parts)
        .map(|(number, part)| {
            let kind = part.trim_end_matches(|it: char| it.is_ascii_digit());
            format!(r#"<Relationship Id="rId{number}" Type="{TYPES}/{kind}" Target="{part}.xml"/>"#)
        })
        .collect();
    format!("{HEAD}<Relationships {RELATIONSHIPS}>{lines}</Relationships>")
}

pub(super) fn core_properties(title: &str) -> String {
    let title = escaped(&title.replace('\n', ""));
    format!(
        r#"{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>"#
    )
}

pub(super) fn settings() -> String {
    let compatibility = ["compatibilityMode"]
        .map(|name| format!(r#"<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>"#));
    format!(
        r#"{HEAD}<w:settings {MAIN}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/><w:drawingGridVerticalSpacing w:val="{LINE_PITCH}"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:useFELayout/>{}</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>"#,
        compatibility.concat()
    )
}

/// Every font with the name to look for in its place.
pub(super) fn font_table(fonts: &Fonts) -> String {
    let Fonts { title, heading, second_heading, body, page_number, latin } = fonts;
    let mut known: Vec<&str> = Vec::new();
    let mut lines = String::new();
    for font in [title, heading, second_heading, body, page_number, latin] {
        if known.contains(&font.name.as_str()) {
            continue;
        }
        known.push(&font.name);
        // GB 2312 (134) for Chinese fonts, ANSI (0) for Latin ones.
        let charset = if std::ptr::eq(font, latin) { "00" } else { "86" };
        lines += &format!(
            r#"<w:font w:name="{}"><w:altName w:val="{}"/><w:charset w:val="{charset}"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>"#,
            escaped(&font.name),
            escaped(&font.fallback)
        );
    }
    format!("{HEAD}<w:fonts {MAIN}>{lines}</w:fonts>")
}

/// The run properties of a type: Chinese in `font`, letters and digits in `latin`.
fn type_of(font: &Font, latin: &Font, size: u32) -> String {
    let (name, latin) = (escaped(&font.name), escaped(&latin.name));
    let bold = if font.is_bold { "<w:b/><w:bCs/>" } else { r#"<w:b w:val="0"/><w:bCs w:val="0"/>"# };
    // Only running text is condensed; it is of the body's size.
    let spacing = if size == SIZE_BODY { format!("-{CONDENSED_BY}") } else { "0".to_owned() };
    format!(
        r#"<w:rPr><w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{name}" w:cs="{latin}" w:hint="eastAsia"/>{bold}<w:i w:val="0"/><w:color w:val="000000"/><w:spacing w:val="{spacing}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>"#
    )
}

fn style(id: &str, name: &str, paragraph: &str, run: &str) -> String {
    format!(
        r#"<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph}</w:pPr>{run}</w:style>"#
    )
}

pub(super) fn styles(fonts: &Fonts) -> String {
    let Fonts { title, heading, second_heading, body, latin, .. } = fonts;
    let indent = format!(r#"<w:ind w:firstLineChars="200" w:firstLine="{}"/>"#, characters(200));
    let exact = |points: u32| format!(r#"<w:spacing w:before="0" w:after="0" w:line="{}" w:lineRule="exact"/>"#, points * 20);
    let heading_style = |id: &str, name: &str, level: u32, font: &Font| {
        let paragraph = format!(r#"<w:keepNext/>{indent}<w:outlineLvl w:val="{level}"/>"#);
        style(id, name, &paragraph, &type_of(font, latin, SIZE_BODY))
    };
    let normal = format!(
        r#"<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{LINE_PITCH}" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr>{}</w:style>"#,
        type_of(body, latin, SIZE_BODY)
    );
    let centred = r#"<w:jc w:val="center"/>"#;
    let styles = [
        normal,
        style("Title", "Title", &format!("<w:keepNext/>{centred}"), &type_of(title, latin, SIZE_TITLE)),
        style("Recipients", "主送机关", "", ""),
        heading_style("Heading1", "heading 1", 0, heading),
        heading_style("Heading2", "heading 2", 1, second_heading),
        heading_style("Heading3", "heading 3", 2, body),
        style("BodyText", "Body Text", &indent, ""),
        style("Note", "附注", &format!(r#"{}{indent}<w:jc w:val="left"/>"#, exact(22)), &type_of(body, latin, SIZE_FOUR - 4)),
        style("TableCaption", "表题", &format!("<w:keepNext/>{centred}"), &type_of(heading, latin, SIZE_FOUR)),
        style("TableHeading", "表头", &format!("<w:keepNext/>{}{centred}", exact(16)), &type_of(heading, latin, SIZE_TABLE)),
        style("TableText", "表文", &exact(16), &type_of(body, latin, SIZE_TABLE)),
        style("AfterTable", "表后", &exact(10), &type_of(body, latin, SIZE_TABLE)),
    ];
    format!(
        r#"{HEAD}<w:styles {MAIN}><w:docDefaults><w:rPrDefault>{}</w:rPrDefault><w:pPrDefault/></w:docDefaults>{}<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>"#,
        type_of(body, latin, SIZE_BODY),
        styles.concat()
    )
}

/// What stands at the head of every page; nothing without a mark.
pub(super) fn header(mark: Option<&str>, fonts: &Fonts) -> String {
    let run = mark
        .map(|mark| format!(r#"<w:r>{}<w:t xml:space="preserve">{}</w:t></w:r>"#, type_of(&fonts.heading, &fonts.latin, SIZE_FOUR), escaped(mark)));
    format!(r#"{HEAD}<w:hdr {MAIN}><w:p><w:pPr><w:snapToGrid w:val="0"/><w:jc w:val="right"/></w:pPr>{}</w:p></w:hdr>"#, run.unwrap_or_default())
}

/// The two sides of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Odd,
    Even,
}

/// The page number between dashes, 4号 in half-width Song digits: on odd pages one character from the right, on even
/// pages one from the left.
///
/// Source: GB/T 9704-2012 7.5
pub(super) fn footer(side: Side, fonts: &Fonts) -> String {
    // One character of 4号 is 14 points.
    let (indent, align) = match side {
        Side::Odd => (r#"w:rightChars="0" w:right="280""#, "right"),
        Side::Even => (r#"w:leftChars="0" w:left="280""#, "left"),
    };
    let font = &fonts.page_number;
    let kind = type_of(font, font, SIZE_FOUR);
    let run = |content: &str| format!("<w:r>{kind}{content}</w:r>");
    let words = |words: &str| run(&format!(r#"<w:t xml:space="preserve">{words}</w:t>"#));
    let field = |kind: &str| run(&format!(r#"<w:fldChar w:fldCharType="{kind}"/>"#));
    format!(
        r#"{HEAD}<w:ftr {MAIN}><w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{FOOTER_LINE}" w:lineRule="exact"/><w:ind {indent}/><w:jc w:val="{align}"/></w:pPr>{}{}{}{}{}{}{}</w:p></w:ftr>"#,
        words("— "),
        field("begin"),
        run(r#"<w:instrText xml:space="preserve"> PAGE </w:instrText>"#),
        field("separate"),
        words("1"),
        field("end"),
        words(" —"),
    )
}
