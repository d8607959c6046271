//! The stored key by which Chinese names are sorted and found: full pinyin, and initials after a space.

use pinyin::ToPinyin as _;

/// Surnames that are read otherwise than the common reading of their character.
const SURNAMES: &[(char, &str)] = &[
    ('单', "shan"),
    ('曾', "zeng"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('查', "zha"),
    ('盖', "ge"),
    ('任', "ren"),
    ('区', "ou"),
    ('朴', "piao"),
    ('尉', "yu"),
];

/// `陈晓明` → `chenxiaoming cxm`.
#[must_use]
pub fn key(name: &str) -> String {
    let mut full = String::new();
    let mut initials = String::new();
    for (i, c) in name.trim().chars().enumerate() {
        let surname = (i == 0).then(|| SURNAMES.iter().find(|(s, _)| *s == c).map(|(_, reading)| *reading)).flatten();
        let reading = surname.or_else(|| c.to_pinyin().map(pinyin::Pinyin::plain));
        match reading {
            Some(reading) => {
                full.push_str(reading);
                initials.push_str(&reading[..1]);
            }
            None if c.is_alphanumeric() => {
                full.extend(c.to_lowercase());
                initials.extend(c.to_lowercase());
            }
            None => {}
        }
    }
    format!("{full} {initials}")
}

/// Whether a search text finds this name: by characters, by full pinyin, or by initials.
#[must_use]
pub fn is_found(text: &str, name: &str, key: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || name.contains(text) {
        return true;
    }
    if !text.is_ascii() {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let (full, initials) = key.split_once(' ').unwrap_or((key, ""));
    // The name of an organisation begins with those above it: people type the part that they call it by.
    let is_long = initials.len() >= N_LONG;
    full.starts_with(&text)
        || initials.starts_with(&text)
        || (is_long && ((text.len() >= 2 && initials.contains(&text)) || (text.len() >= 4 && full.contains(&text))))
}

/// Characters from which a name is not a person's.
const N_LONG: usize = 5;

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_found_by_characters_pinyin_and_initials() {
        let key = super::key("单晓明");
        assert_eq!(key, "shanxiaoming sxm");
        for text in ["晓", "shanx", "sxm", ""] {
            assert!(super::is_found(text, "单晓明", &key), "{text}");
        }
        assert!(!super::is_found("ming", "单晓明", &key));
        let branch = super::key("大坪镇东塘村党支部");
        for text in ["dpz", "dt", "dtc", "dongtang"] {
            assert!(super::is_found(text, "大坪镇东塘村党支部", &branch), "{text}");
        }
        assert!(!super::is_found("xt", "大坪镇东塘村党支部", &branch));
    }
}
