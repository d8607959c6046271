//! The stored key by which Chinese names are sorted and found: syllables, full pinyin, initials.

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

/// `陈晓明` → `chen'xiao'ming chenxiaoming cxm`: what sorts (one surname stands together: a syllable ends before every letter),
/// what full pinyin is looked for in, and the initials.
#[must_use]
pub fn key(name: &str) -> String {
    let mut syllables = String::new();
    let mut full = String::new();
    let mut initials = String::new();
    let mut is_within = false;
    for (i, c) in name.trim().chars().enumerate() {
        let surname = (i == 0).then(|| SURNAMES.iter().find(|(s, _)| *s == c).map(|(_, reading)| *reading)).flatten();
        let reading = surname.or_else(|| c.to_pinyin().map(pinyin::Pinyin::plain));
        if reading.is_none() && !c.is_alphanumeric() {
            continue;
        }
        // Letters and figures that stand together stay together.
        let goes_on = is_within && reading.is_none();
        if !goes_on && !syllables.is_empty() {
            syllables.push('\'');
        }
        is_within = reading.is_none();
        match reading {
            Some(reading) => {
                syllables.push_str(reading);
                full.push_str(reading);
                initials.push_str(&reading[..1]);
            }
            None => {
                syllables.extend(c.to_lowercase());
                full.extend(c.to_lowercase());
                initials.extend(c.to_lowercase());
            }
        }
    }
    format!("{syllables} {full} {initials}")
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
    let (rest, initials) = key.rsplit_once(' ').unwrap_or((key, ""));
    let full = rest.rsplit_once(' ').map_or(rest, |(_, full)| full);
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
        assert_eq!(key, "shan'xiao'ming shanxiaoming sxm");
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

    #[test]
    fn people_of_one_surname_stand_together() {
        let mut names = ["林永琴", "李云阳", "刘涛", "李成敏", "李天霞", "李"];
        names.sort_by_key(|name| super::key(name));
        assert_eq!(names, ["李", "李成敏", "李天霞", "李云阳", "林永琴", "刘涛"]);
    }

    #[test]
    fn letters_and_figures_stay_together() {
        assert_eq!(super::key("第12中学"), "di'12'zhong'xue di12zhongxue d12zx");
    }
}
