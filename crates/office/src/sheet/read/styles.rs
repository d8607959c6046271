//! Which cell styles show a number as a date or time.

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::error::ReadError;
use crate::xml;

/// For each cell style (`s="…"`) whether its number format is one of dates or times.
///
/// # Errors
/// `Broken` when the XML is damaged.
pub(super) fn read_date_styles(part: &str, styles: &[u8]) -> Result<Vec<bool>, ReadError> {
    let mut own_formats: HashMap<u32, bool> = HashMap::new();
    let mut formats_of_styles: Vec<u32> = Vec::new();
    let mut is_in_cell_styles = false;
    xml::for_each_event(part, styles, |event| {
        match event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let number = xml::attribute(element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(number), Some(code)) = (number, xml::attribute(element, "formatCode")) {
                        own_formats.insert(number, is_date_code(&code));
                    }
                }
                "cellXfs" => is_in_cell_styles = matches!(event, Event::Start(_)),
                "xf" if is_in_cell_styles => {
                    let number = xml::attribute(element, "numFmtId").and_then(|id| id.parse().ok());
                    formats_of_styles.push(number.unwrap_or(0));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => is_in_cell_styles = false,
            _ => {}
        }
        Ok(())
    })?;
    let is_date = |number: &u32| own_formats.get(number).copied().unwrap_or(is_builtin_date(*number));
    Ok(formats_of_styles.iter().map(is_date).collect())
}

/// Formats every spreadsheet knows by number: 14–22 and 45–47 everywhere, 27–36 and 50–58 in East Asian versions.
fn is_builtin_date(number: u32) -> bool {
    matches!(number, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// Whether a format's first section has a letter of dates or times outside quotes, escapes and brackets.
fn is_date_code(code: &str) -> bool {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => return false,
            '"' => drop(characters.by_ref().find(|it| *it == '"')),
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => {
                let inner: String = characters.by_ref().take_while(|it| *it != ']').collect();
                // [h], [mm], [ss] are elapsed time; [Red], [$-804], [>100] are not.
                let is_elapsed = |letter| inner.chars().all(|it| it.eq_ignore_ascii_case(&letter));
                if !inner.is_empty() && ['h', 'm', 's'].into_iter().any(is_elapsed) {
                    return true;
                }
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_codes_are_told_from_numbers() {
        for code in ["yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy/m/d;@", "[h]:mm", "mm/dd", "h:mm AM/PM"] {
            assert!(is_date_code(code), "{code}");
        }
        for code in ["General", "0.00", "[Red]0.00", "#,##0\"元/d\"", "0_d", "\\d0", "@", "0.0E+00", "[$¥-804]0", "0;d"] {
            assert!(!is_date_code(code), "{code}");
        }
    }

    #[test]
    fn styles_follow_their_formats() {
        let styles = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm"/><numFmt numFmtId="165" formatCode="0.0"/></numFmts>
            <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"><alignment/></xf><xf numFmtId="14"/></cellXfs></styleSheet>"#;
        assert_eq!(read_date_styles("s", styles.as_bytes()), Ok(vec![false, true, false, true]));
    }
}
