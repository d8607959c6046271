//! The automatic numbers of a .docx: what Word writes before a paragraph without its standing in the text.

use std::collections::{HashMap, HashSet};

use quick_xml::events::{BytesStart, Event};

use crate::error::ReadError;
use crate::package::Package;
use crate::xml;

/// Word numbers nine levels deep.
const LEVELS: usize = 9;

/// A pattern such as 第%1章 is short; a longer one is no number.
const PATTERN_CHARS_MAX: usize = 40;

/// One level of a list: from which number it counts, in which figures, and what stands around them.
#[derive(Debug, Clone, Default)]
struct Level {
    start: u32,
    figures: String,
    /// （%1）, %1.%2
    pattern: String,
    /// The paragraph style that takes this level.
    style: Option<String>,
    /// Every number of the pattern in plain digits.
    is_plain: bool,
}

/// A list (`w:num`): the levels it counts by, and where it begins anew.
#[derive(Debug, Clone, Default)]
struct List {
    shape: String,
    /// Levels that begin again at this number with the list's first paragraph.
    restarts: HashMap<usize, u32>,
}

/// Which list and level a paragraph stands in, as far as its own properties or its style say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Place {
    pub list: Option<String>,
    pub level: Option<usize>,
    pub style: Option<String>,
}

impl Place {
    /// Takes in an element within the paragraph's properties.
    pub fn note(&mut self, element: &BytesStart<'_>) {
        let value = || xml::attribute(element, "val").map(std::borrow::Cow::into_owned);
        match element.local_name().as_ref() {
            "numId" => self.list = value(),
            "ilvl" => self.level = value().and_then(|level| level.parse().ok()).filter(|level| *level < LEVELS),
            "pStyle" => self.style = value(),
            _ => {}
        }
    }
}

/// The lists of a document, counted on as its paragraphs come by.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    shapes: HashMap<String, Vec<Level>>,
    lists: HashMap<String, List>,
    /// What each style says, and which it is based on.
    styles: HashMap<String, (Place, Option<String>)>,
    counts: HashMap<String, [Option<u32>; LEVELS]>,
    begun: HashSet<String>,
}

impl Numbering {
    /// Reads the lists and styles that belong to the main part; a document without lists has none.
    ///
    /// # Errors
    /// As [`Package::part`]; `Broken` when the XML is damaged.
    pub fn of(package: &mut Package<'_>, main: &str) -> Result<Self, ReadError> {
        let related = package.relationships(main)?;
        let path_of = |kind: &str| related.iter().find(|it| it.kind == kind).map(|it| it.target.clone());
        let mut numbering = Self::default();
        let Some(lists) = path_of("numbering") else { return Ok(numbering) };
        if let Some(source) = package.part(&lists)? {
            numbering.read_lists(&lists, &source)?;
        }
        if let Some(path) = path_of("styles")
            && let Some(source) = package.part(&path)?
        {
            numbering.read_styles(&path, &source)?;
        }
        Ok(numbering)
    }

    fn read_lists(&mut self, path: &str, source: &[u8]) -> Result<(), ReadError> {
        let (mut shape, mut list, mut level) = (String::new(), None::<String>, 0);
        xml::for_each_event(path, source, |event| {
            match event {
                Event::Start(element) | Event::Empty(element) => {
                    let value = |name| xml::attribute(element, name).unwrap_or_default().into_owned();
                    match element.local_name().as_ref() {
                        "abstractNum" => shape = value("abstractNumId"),
                        "num" => list = Some(value("numId")),
                        "abstractNumId" => {
                            let shape = value("val");
                            let named = list.clone().unwrap_or_default();
                            self.lists.insert(named, List { shape, ..List::default() });
                        }
                        "lvl" | "lvlOverride" => level = value("ilvl").parse().unwrap_or(LEVELS),
                        "startOverride" if level < LEVELS => {
                            if let (Some(list), Ok(start)) = (list.as_ref().and_then(|id| self.lists.get_mut(id)), value("val").parse()) {
                                list.restarts.insert(level, start);
                            }
                        }
                        // Levels that a list writes over are left as its shape has them.
                        name if list.is_none() && level < LEVELS => {
                            let levels = self.shapes.entry(shape.clone()).or_insert_with(|| vec![Level::default(); LEVELS]);
                            note_level(&mut levels[level], name, &value("val"));
                        }
                        _ => {}
                    }
                }
                Event::End(element) if element.local_name().as_ref() == "num" => list = None,
                Event::End(element) if element.local_name().as_ref() == "lvl" => level = LEVELS,
                _ => {}
            }
            Ok(())
        })
    }

    fn read_styles(&mut self, path: &str, source: &[u8]) -> Result<(), ReadError> {
        let mut open: Option<String> = None;
        xml::for_each_event(path, source, |event| {
            match event {
                Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                    "style" => open = xml::attribute(element, "styleId").map(std::borrow::Cow::into_owned),
                    name => {
                        if let Some(id) = &open {
                            let (place, based_on) = self.styles.entry(id.clone()).or_default();
                            place.note(element);
                            if name == "basedOn" {
                                *based_on = xml::attribute(element, "val").map(std::borrow::Cow::into_owned);
                            }
                        }
                    }
                },
                Event::End(element) if element.local_name().as_ref() == "style" => open = None,
                _ => {}
            }
            Ok(())
        })
    }

    /// The number of the next paragraph at `place`, with its marks; empty where it has none. Counts on.
    pub fn next(&mut self, place: &Place) -> String {
        let Some((list, level)) = self.settle(place) else { return String::new() };
        let Some(List { shape, restarts }) = self.lists.get(&list).cloned() else { return String::new() };
        let Some(levels) = self.shapes.get(&shape) else { return String::new() };
        let counts = self.counts.entry(shape).or_default();
        if self.begun.insert(list) {
            for (level, start) in restarts {
                if let Some(count) = counts.get_mut(level) {
                    *count = start.checked_sub(1);
                }
            }
        }
        let own = counts[level].map_or(levels[level].start, |n| n.saturating_add(1));
        counts[level] = Some(own);
        counts[level + 1..].fill(None);
        label(levels, level, counts)
    }

    /// List and level, the paragraph's own before its style's; list 0 says that there is none.
    fn settle(&self, place: &Place) -> Option<(String, usize)> {
        let mut found = place.clone();
        let mut style = place.style.clone();
        let mut from_style = None;
        // A style may be based on another, never deeper than a few; a ring of them ends here.
        for _ in 0..LEVELS {
            let Some((said, based_on)) = style.as_ref().and_then(|id| self.styles.get(id)) else { break };
            if found.list.is_none() && said.list.is_some() {
                found.list.clone_from(&said.list);
                from_style.clone_from(&style);
            }
            found.level = found.level.or(said.level);
            style.clone_from(based_on);
        }
        let list = found.list.filter(|list| list != "0")?;
        let linked = || {
            let levels = self.shapes.get(&self.lists.get(&list)?.shape)?;
            levels.iter().position(|level| level.style.is_some() && level.style == from_style)
        };
        let level = found.level.or_else(linked).unwrap_or(0);
        Some((list, level))
    }
}

fn note_level(level: &mut Level, name: &str, value: &str) {
    match name {
        "start" => level.start = value.parse().unwrap_or(0),
        "numFmt" => value.clone_into(&mut level.figures),
        "lvlText" if value.chars().count() <= PATTERN_CHARS_MAX => value.clone_into(&mut level.pattern),
        "pStyle" => level.style = Some(value.to_owned()),
        "isLgl" => level.is_plain = true,
        _ => {}
    }
}

/// The pattern with its %1, %2, … filled in. Bullets are no numbers.
fn label(levels: &[Level], level: usize, counts: &[Option<u32>; LEVELS]) -> String {
    let own = &levels[level];
    if matches!(own.figures.as_str(), "bullet" | "none") {
        return String::new();
    }
    let mut label = String::new();
    let mut chars = own.pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let place = chars.peek().and_then(|next| next.to_digit(10)).filter(|n| c == '%' && *n >= 1).map(|n| n as usize - 1);
        let Some(place) = place else {
            label.push(c);
            continue;
        };
        chars.next();
        let shown = &levels[place];
        let figures = if own.is_plain { "decimal" } else { shown.figures.as_str() };
        label.push_str(&written(counts[place].unwrap_or(shown.start), figures));
    }
    label
}

/// A number in the figures Word calls so; unknown ones in plain digits.
fn written(n: u32, figures: &str) -> String {
    match figures {
        "chineseCounting" | "chineseCountingThousand" | "japaneseCounting" | "taiwaneseCounting" | "taiwaneseCountingThousand" => {
            chinese(n, &['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'], &['十', '百', '千'])
        }
        "chineseLegalSimplified" | "ideographLegalTraditional" => {
            chinese(n, &['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'], &['拾', '佰', '仟'])
        }
        "decimalFullWidth" => n.to_string().chars().filter_map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32)).collect(),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if (1..=20).contains(&n) => {
            char::from_u32('①' as u32 + n - 1).map(String::from).unwrap_or_default()
        }
        "decimalZero" => format!("{n:02}"),
        "upperLetter" => letters(n).to_uppercase(),
        "lowerLetter" => letters(n),
        "upperRoman" => roman(n).to_uppercase(),
        "lowerRoman" => roman(n),
        _ => n.to_string(),
    }
}

/// 十二, 二十, 一百零五; from ten thousand on in digits.
fn chinese(n: u32, digits: &[char; 10], powers: &[char; 3]) -> String {
    if n == 0 || n >= 10_000 {
        return if n == 0 { digits[0].to_string() } else { n.to_string() };
    }
    let mut written = String::new();
    let mut is_gap = false;
    for (power, unit) in [(1000, Some(powers[2])), (100, Some(powers[1])), (10, Some(powers[0])), (1, None)] {
        let digit = n / power % 10;
        if digit == 0 {
            is_gap = !written.is_empty();
            continue;
        }
        if is_gap {
            written.push(digits[0]);
        }
        is_gap = false;
        // 十二 rather than 一十二 at the head.
        if !(digit == 1 && power == 10 && written.is_empty()) {
            written.push(digits[digit as usize]);
        }
        written.extend(unit);
    }
    written
}

/// a, b, … z, aa, bb, as Word counts.
fn letters(n: u32) -> String {
    let Some(index) = n.checked_sub(1) else { return String::new() };
    let letter = char::from(b'a' + (index % 26) as u8);
    letter.to_string().repeat((index / 26 + 1).min(8) as usize)
}

fn roman(n: u32) -> String {
    if n >= 4000 {
        return n.to_string();
    }
    const SIGNS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut left = n;
    let mut written = String::new();
    for (value, sign) in SIGNS {
        while left >= value {
            written.push_str(sign);
            left -= value;
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_word_writes_them() {
        let all = |figures: &str, numbers: &[u32]| numbers.iter().map(|n| written(*n, figures)).collect::<Vec<_>>().join(" ");
        assert_eq!(all("chineseCountingThousand", &[1, 10, 12, 20, 31, 105, 110, 1003]), "一 十 十二 二十 三十一 一百零五 一百一十 一千零三");
        assert_eq!(all("chineseLegalSimplified", &[2, 11]), "贰 拾壹");
        assert_eq!(all("decimalEnclosedCircle", &[1, 20, 21]), "① ⑳ 21");
        assert_eq!(all("decimalFullWidth", &[12]), "１２");
        assert_eq!(all("upperRoman", &[4, 1994]), "IV MCMXCIV");
        assert_eq!(all("lowerLetter", &[1, 27]), "a aa");
        assert_eq!(all("somethingNew", &[7]), "7");
    }

    fn numbering(lists: &str, styles: &str) -> Numbering {
        let mut numbering = Numbering::default();
        numbering.read_lists("n", format!("<w:numbering>{lists}</w:numbering>").as_bytes()).expect("well-formed");
        numbering.read_styles("s", format!("<w:styles>{styles}</w:styles>").as_bytes()).expect("well-formed");
        numbering
    }

    fn at(list: &str, level: usize) -> Place {
        Place { list: Some(list.into()), level: Some(level), style: None }
    }

    const SHAPE: &str = r#"<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:pStyle w:val="Head"/><w:lvlText w:val="%1、"/></w:lvl>
        <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
        <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%3."/></w:lvl>
        <w:lvl w:ilvl="3"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="●"/></w:lvl></w:abstractNum>"#;

    #[test]
    fn deeper_levels_begin_again() {
        let mut lists = numbering(&format!(r#"{SHAPE}<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>"#), "");
        let said: Vec<String> = [0, 1, 1, 2, 0, 1, 2, 3].map(|level| lists.next(&at("1", level))).into();
        assert_eq!(said, ["一、", "（一）", "（二）", "1.1.", "二、", "（一）", "2.1.", ""]);
        assert_eq!(lists.next(&Place::default()), "");
        assert_eq!(lists.next(&at("0", 0)), "");
        assert_eq!(lists.next(&at("9", 0)), "");
    }

    #[test]
    fn another_list_of_the_shape_counts_on_or_begins_anew() {
        let lists = format!(
            r#"{SHAPE}<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num>
            <w:num w:numId="3"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>"#
        );
        let mut lists = numbering(&lists, "");
        let said: Vec<String> = ["1", "2", "3", "3"].map(|list| lists.next(&at(list, 0))).into();
        assert_eq!(said, ["一、", "二、", "五、", "六、"]);
    }

    #[test]
    fn a_style_may_say_the_list() {
        let styles = r#"<w:style w:styleId="Head"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
            <w:style w:styleId="Like"><w:basedOn w:val="Head"/></w:style><w:style w:styleId="Ring"><w:basedOn w:val="Ring"/></w:style>"#;
        let mut lists = numbering(&format!(r#"{SHAPE}<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>"#), styles);
        let styled = |id: &str| Place { style: Some(id.into()), ..Place::default() };
        assert_eq!(lists.next(&styled("Head")), "一、");
        assert_eq!(lists.next(&styled("Like")), "二、");
        assert_eq!(lists.next(&styled("Ring")), "");
        assert_eq!(lists.next(&Place { list: Some("0".into()), ..styled("Head") }), "");
    }
}
