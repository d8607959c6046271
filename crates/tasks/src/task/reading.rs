//! From what the reader of directives found to items that an officer corrects. Pure.

use jiff::civil::{Date, date};
use policy::Key;

use super::quantity::Target;

/// An item not yet on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    pub place: Option<(usize, usize)>,
    pub span: String,
    pub action: String,
    pub target: Option<Target>,
    pub frequency: Option<String>,
    pub deadline: Option<String>,
    pub due_on: Option<Date>,
    pub is_due_asked: bool,
    pub units: String,
    pub scope: String,
    pub owner: String,
    pub owner_level: Option<Key>,
}

/// When a demand is due, and whether that was concluded rather than read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub on: Option<Date>,
    pub is_asked: bool,
}

/// What a text asks for, with days as far as year and date of the document allow.
#[must_use]
pub fn items_of(read: &directive::Directive, year: Option<i16>, issued_on: Option<Date>) -> Vec<NewItem> {
    read.tasks.iter().map(|task| item_of(task, 0, year, issued_on)).collect()
}

/// What a passage asks for that somebody marked in the text: the reader's reading where it has one, else the words alone.
#[must_use]
pub fn marked(span: &str, start: usize, scope: &str, year: Option<i16>, issued_on: Option<Date>) -> NewItem {
    let read = directive::read(span);
    let mut item = match read.tasks.first() {
        Some(task) => item_of(task, start, year, issued_on),
        None => NewItem {
            place: None,
            span: String::new(),
            action: span.chars().take(60).collect(),
            target: None,
            frequency: None,
            deadline: None,
            due_on: None,
            is_due_asked: false,
            units: String::new(),
            scope: scope.to_owned(),
            owner: String::new(),
            owner_level: None,
        },
    };
    item.place = Some((start, start + span.chars().count()));
    item.span = span.to_owned();
    item
}

fn item_of(task: &directive::Task, offset: usize, year: Option<i16>, issued_on: Option<Date>) -> NewItem {
    let due = resolve_due(task.deadline.as_deref(), task.frequency.as_deref(), year, issued_on);
    let units = task.units.join("、");
    NewItem {
        place: Some((task.start + offset, task.end + offset)),
        span: task.span.clone(),
        action: closed_up(&task.action),
        target: task.quantity.as_ref().map(Target::of),
        frequency: task.frequency.clone(),
        deadline: task.deadline.clone(),
        due_on: due.on,
        is_due_asked: due.is_asked,
        owner: units.clone(),
        owner_level: level_of(&units).map(str::to_owned),
        units,
        scope: serde_json::to_value(task.scope).ok().and_then(|scope| scope.as_str().map(str::to_owned)).unwrap_or_default(),
    }
}

/// The day that a normalised deadline means. A recurring demand without a deadline ends with the year of its document.
#[must_use]
pub fn resolve_due(deadline: Option<&str>, frequency: Option<&str>, year: Option<i16>, issued_on: Option<Date>) -> Due {
    let Some(deadline) = deadline else {
        return match (frequency, year) {
            (Some(_), Some(year)) => Due { on: Some(date(year, 12, 31)), is_asked: true },
            _ => Due { on: None, is_asked: false },
        };
    };
    if let Some(rest) = deadline.strip_prefix('P') {
        let on = span_of(rest).zip(issued_on).and_then(|(span, from)| from.checked_add(span).ok());
        return Due { on, is_asked: on.is_some() };
    }
    let is_asked = deadline.contains('X');
    let with_year = match year {
        Some(year) => deadline.replacen("XXXX", &format!("{year:04}"), 1),
        None => deadline.to_owned(),
    };
    // 每月 25 日前: the last time it falls due in the year.
    let whole = with_year.replacen("-XX", "-12", 1);
    Due { on: day_of(&whole), is_asked: is_asked && year.is_some() }
}

/// The title of a document: the first line that names what it is (关于……的意见), or the first that is not the body's own name
/// or number above it.
#[must_use]
pub fn titled(text: &str) -> String {
    const BODIES: [&str; 12] = ["委员会", "办公室", "办公厅", "组织部", "党委", "工委", "党组", "领导小组", "县委", "市委", "区委", "政府"];
    const KINDS: [&str; 14] = ["通知", "意见", "方案", "办法", "讲话", "要点", "计划", "规定", "细则", "决定", "报告", "批复", "通报", "安排"];
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(8).collect();
    // Without what stands in brackets at its end: 的实施方案（2026—2028年）.
    let bare = |line: &str| {
        let line = line.trim_end_matches('》');
        let opens = line.rfind(['（', '(']).filter(|_| line.ends_with(['）', ')']));
        opens.map_or(line, |at| line[..at].trim_end()).to_owned()
    };
    let is_title =
        |line: &&&str| line.chars().count() <= 60 && !line.ends_with(['。', '：', ':', '；']) && KINDS.iter().any(|kind| bare(line).ends_with(kind));
    let is_issuer = |line: &str| line.chars().count() <= 30 && (BODIES.iter().any(|body| line.ends_with(body)) || line.ends_with("文件"));
    let is_number = |line: &str| line.chars().count() <= 30 && line.ends_with('号') && line.contains(['〔', '[', '（', '(']);
    let named = lines.iter().find(is_title);
    let first = named.or_else(|| lines.iter().find(|line| !is_issuer(line) && !is_number(line))).or(lines.first());
    let first = first.copied().unwrap_or_default();
    // A title over two lines: 关于…… / ……的实施方案.
    let before = lines.iter().position(|line| *line == first).and_then(|at| lines.get(at.checked_sub(1)?)).copied().unwrap_or_default();
    let is_over_two_lines = before.contains("关于") && !first.contains("关于") && !before.ends_with(['。', '：']) && before.chars().count() <= 40;
    let title = if is_over_two_lines && named.is_some() { format!("{before}{first}") } else { first.to_owned() };
    title.chars().take(80).collect()
}

/// The day of a document, where a short line at its head or foot names one: （2026年11月16日）, the sign-off.
#[must_use]
pub fn dated(text: &str) -> Option<Date> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (head, foot) = (lines.iter().take(6), lines.iter().rev().take(4));
    head.chain(foot).filter(|line| line.chars().count() <= 40).find_map(|line| day_in(line))
}

fn day_in(line: &str) -> Option<Date> {
    let (before, after) = line.split_once('年')?;
    let digits_at_end = |text: &str| text.chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    let (month, after) = after.split_once('月')?;
    let (day, _) = after.split_once('日')?;
    let year = digits_at_end(before).parse::<i16>().ok().filter(|year| (1990..=2100).contains(year))?;
    Date::new(year, month.trim().parse().ok()?, day.trim().parse().ok()?).ok()
}

/// `2026-06-30`, or the last day of `2026-06`.
fn day_of(text: &str) -> Option<Date> {
    match text.len() {
        10 => text.parse().ok(),
        7 => Some(format!("{text}-01").parse::<Date>().ok()?.last_of_month()),
        _ => None,
    }
}

/// `3Y`, `1M`, `5D`, `2W`.
fn span_of(text: &str) -> Option<jiff::Span> {
    let unit = text.chars().last()?;
    let n: i64 = text.strip_suffix(unit)?.parse().ok().filter(|n| (1..=1000).contains(n))?;
    match unit {
        'Y' => Some(jiff::Span::new().years(n)),
        'M' => Some(jiff::Span::new().months(n)),
        'W' => Some(jiff::Span::new().weeks(n)),
        'D' => Some(jiff::Span::new().days(n)),
        _ => None,
    }
}

/// Words of units and the level at which they stand; the first that is named counts.
const LEVEL_WORDS: [(&str, &str); 17] = [
    ("支部", "branch"),
    ("村党组织", "branch"),
    ("社区党组织", "branch"),
    ("党总支", "general_branch"),
    ("乡镇", "township"),
    ("街道", "township"),
    ("镇党委", "township"),
    ("乡党委", "township"),
    ("行业", "line"),
    ("工委", "line"),
    ("市直", "line"),
    ("主管部门", "line"),
    ("县", "county"),
    ("各区", "county"),
    ("区委", "county"),
    ("市委", "city"),
    ("全市", "city"),
];

/// The level of the units that a text names; `None`: it names none that is known.
#[must_use]
pub fn level_of(units: &str) -> Option<&'static str> {
    let first = LEVEL_WORDS.iter().filter_map(|(word, level)| Some((units.find(word)?, level)));
    first.min_by_key(|(at, _)| *at).map(|(_, level)| *level)
}

/// The pack's field for the reader's word; `None`: several, or none in particular.
#[must_use]
pub fn field_of(scope: &str) -> Option<&'static str> {
    match scope {
        "农村" => Some("rural"),
        "城市社区" => Some("urban_community"),
        "机关" => Some("organ"),
        "两新" => Some("new_sector"),
        "国企" => Some("state_enterprise"),
        "学校" => Some("school"),
        "医院" => Some("hospital"),
        _ => None,
    }
}

/// The reader's words for fields, for choosing.
pub const SCOPES: [&str; 8] = ["综合", "农村", "城市社区", "机关", "两新", "国企", "学校", "医院"];

/// Without the gaps that taken-out parts (a deadline, a unit) leave behind; a space between Latin words stays.
fn closed_up(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if is_latin(out.chars().last()) && is_latin(word.chars().next()) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_become_days() {
        let due = |deadline: &str, year: Option<i16>| resolve_due(Some(deadline), None, year, Some(date(2026, 3, 6)));
        assert_eq!(due("2026-06-15", None), Due { on: Some(date(2026, 6, 15)), is_asked: false });
        assert_eq!(due("2028-02", None), Due { on: Some(date(2028, 2, 29)), is_asked: false });
        assert_eq!(due("XXXX-04", Some(2026)), Due { on: Some(date(2026, 4, 30)), is_asked: true });
        assert_eq!(due("XXXX-XX-25", Some(2026)), Due { on: Some(date(2026, 12, 25)), is_asked: true });
        assert_eq!(due("XXXX-04", None), Due { on: None, is_asked: false });
        assert_eq!(due("P3Y", None), Due { on: Some(date(2029, 3, 6)), is_asked: true });
        assert_eq!(due("放假前", Some(2026)), Due { on: None, is_asked: false });
        assert_eq!(resolve_due(None, Some("1次/季度"), Some(2026), None), Due { on: Some(date(2026, 12, 31)), is_asked: true });
        assert_eq!(resolve_due(None, None, Some(2026), None), Due { on: None, is_asked: false });
    }

    #[test]
    fn a_document_is_dated_by_its_head_or_foot() {
        assert_eq!(dated("讲话\n（2026年11月16日，根据录音整理）\n同志们："), Some(date(2026, 11, 16)));
        assert_eq!(dated("通知\n各支部：\n2025年6月底前办好。\n县委组织部\n2025年3月6日\n"), Some(date(2025, 3, 6)));
        assert_eq!(dated("通知\n6月30日前办好"), None);
    }

    #[test]
    fn a_document_is_titled_by_what_it_is_and_not_by_who_wrote_it() {
        for (text, title) in [
            ("中共青屏县委办公室\n关于实施党建引领三年行动的方案\n各乡镇党委：\n", "关于实施党建引领三年行动的方案"),
            ("中共青屏县委组织部文件\n青组发〔2026〕3号\n关于做好换届工作的通知\n", "关于做好换届工作的通知"),
            ("中共青屏县委办公室\n关于印发《三年行动》\n的实施方案（2026—2028年）\n", "的实施方案（2026—2028年）"),
            ("在全县组织工作会议上的讲话\n（2026年3月6日）\n同志们：", "在全县组织工作会议上的讲话"),
            ("第一行就是题目\n正文。", "第一行就是题目"),
        ] {
            let found = titled(text);
            assert!(found == title || found.ends_with(title), "{found}");
        }
    }

    #[test]
    fn levels_are_guessed_from_the_first_unit() {
        assert_eq!(
            ["乡镇党委", "各县（市、区）委组织部", "各支部", "市直有关部门、行业党委", "有关方面"].map(level_of),
            [Some("township"), Some("county"), Some("branch"), Some("line"), None]
        );
    }

    #[test]
    fn a_marked_passage_is_read_by_itself() {
        // Seventeen characters from the fortieth on.
        let item = marked("各乡镇6月底前建成党群服务站12个", 40, "农村", Some(2026), None);
        assert_eq!(item.place, Some((40, 57)));
        assert_eq!(item.target.map(|t| t.words()), Some("12 个".to_owned()));
        let words = marked("要真抓实干", 3, "农村", None, None);
        assert_eq!((words.action.as_str(), words.place, words.target), ("要真抓实干", Some((3, 8)), None));
    }
}
