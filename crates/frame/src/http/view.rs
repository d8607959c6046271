//! View types of the shared components: what `templates/components.html` lays out.
//! They already hold the words and the address, so that a template decides nothing.

/// How a duty, a task, or a record stands. One vocabulary in matrix, tables, phone, and exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// 按时: done within the period.
    Ok,
    /// 补办: done afterwards; never becomes 按时.
    Late,
    /// 待办: it runs, and there is time.
    Far,
    /// 临期: due soon.
    Soon,
    /// 临期, in the last days.
    Urgent,
    /// 逾期: past the date, may still be made up.
    Overdue,
    /// 未完成: closed without it.
    Missed,
    /// 待佐证: recorded, not evidenced; not counted, and not 0.
    Unproved,
    /// 免办: excused by the superior, leaves the denominator.
    Excused,
    /// 未到期: not due yet.
    Future,
    /// 进行中.
    Running,
}

impl Standing {
    /// Every standing, in the order of legends.
    pub const ALL: [Standing; 11] = [
        Standing::Ok,
        Standing::Late,
        Standing::Far,
        Standing::Soon,
        Standing::Urgent,
        Standing::Overdue,
        Standing::Missed,
        Standing::Unproved,
        Standing::Excused,
        Standing::Future,
        Standing::Running,
    ];

    /// Its class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Standing::Ok => "ok",
            Standing::Late => "late",
            Standing::Far => "far",
            Standing::Soon => "soon",
            Standing::Urgent => "urgent",
            Standing::Overdue => "overdue",
            Standing::Missed => "missed",
            Standing::Unproved => "unproved",
            Standing::Excused => "excused",
            Standing::Future => "future",
            Standing::Running => "run",
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Standing::Ok => "check",
            Standing::Late => "rotate-clockwise",
            Standing::Far => "calendar-due",
            Standing::Soon => "clock",
            Standing::Urgent => "bell-ringing",
            Standing::Overdue => "alert-triangle",
            Standing::Missed => "x",
            Standing::Unproved => "file-unknown",
            Standing::Excused => "minus",
            Standing::Future => "circle-dashed",
            Standing::Running => "progress",
        }
    }

    /// Its word, when there is nothing more exact to say.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Ok => "按时",
            Standing::Late => "补办",
            Standing::Far => "待办",
            Standing::Soon | Standing::Urgent => "临期",
            Standing::Overdue => "逾期",
            Standing::Missed => "未完成",
            Standing::Unproved => "待佐证",
            Standing::Excused => "免办",
            Standing::Future => "未到期",
            Standing::Running => "进行中",
        }
    }
}

/// A status mark: colour, icon, word; any one may be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How it stands.
    pub standing: Standing,
    /// The word beside the icon.
    pub word: String,
    /// Without ground, for use inside a sentence or a quiet column.
    pub plain: bool,
}

impl Status {
    /// A mark with words of its own.
    pub fn new(standing: Standing, word: impl Into<String>) -> Self {
        Status { standing, word: word.into(), plain: false }
    }

    /// Without ground.
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Days to the date: 逾期 19 天, 今天截止, 剩 3 天; further than `soon_days` away it is not yet due.
    pub fn by_days_left(days: i64, soon_days: i64) -> Self {
        match days {
            ..0 => Status::new(Standing::Overdue, format!("逾期 {} 天", -days)),
            0 => Status::new(Standing::Soon, "今天截止"),
            _ if days <= soon_days => Status::new(Standing::Soon, format!("剩 {days} 天")),
            _ => Status::new(Standing::Future, format!("剩 {days} 天")),
        }
    }
}

impl From<Standing> for Status {
    fn from(standing: Standing) -> Self {
        Status::new(standing, standing.word())
    }
}

/// One cell of the duty matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Classes of the stylesheet.
    pub class: &'static str,
    /// The one to three characters in it.
    pub glyph: String,
    /// The cell as a sentence: 松林村党支部，支委会，10 月，逾期 19 天.
    pub speaks: String,
    /// Where its details are, as a page and as a drawer; empty: nothing to open.
    pub href: String,
}

impl Cell {
    /// A cell that stands as `standing`; `days` are days left or days over where they matter.
    pub fn new(standing: Standing, days: u32, what: &str, href: impl Into<String>) -> Self {
        let (class, glyph, words) = match standing {
            Standing::Ok => ("ok", "✓".into(), "按时".into()),
            Standing::Late => ("late", "补".into(), "补办".into()),
            Standing::Urgent if days == 0 => ("soon urgent", "今".into(), "今天截止".into()),
            Standing::Urgent => ("soon urgent", days.to_string(), format!("剩 {days} 天")),
            Standing::Far => ("soon far", days.to_string(), format!("剩 {days} 天")),
            Standing::Soon if days == 0 => ("soon", "今".into(), "今天截止".into()),
            Standing::Soon | Standing::Running if days > 7 => ("soon far", days.to_string(), format!("剩 {days} 天")),
            Standing::Soon | Standing::Running => ("soon", days.to_string(), format!("剩 {days} 天")),
            Standing::Overdue => ("overdue", days.to_string(), format!("逾期 {days} 天")),
            Standing::Missed => ("missed", "缺".into(), "未完成".into()),
            Standing::Unproved => ("unproved", "?".into(), "已记录，待佐证".into()),
            Standing::Excused => ("excused", "免".into(), "免办".into()),
            Standing::Future => ("future", String::new(), "未到期".into()),
        };
        Cell { class, glyph, speaks: format!("{what}，{words}"), href: href.into() }
    }

    /// There is no such duty here.
    pub fn not_applicable(what: &str) -> Self {
        Cell { class: "na", glyph: "·".into(), speaks: format!("{what}，没有这项责任"), href: String::new() }
    }

    /// Before the organisation began to use the system: nothing may be concluded.
    pub fn not_in_use(what: &str) -> Self {
        Cell { class: "unused", glyph: "–".into(), speaks: format!("{what}，未启用"), href: String::new() }
    }
}

/// A filter as a pill with its count.
#[derive(Debug, Clone, Default)]
pub struct Chip {
    /// Its words.
    pub label: String,
    /// How many rows it would leave.
    pub count: Option<u64>,
    /// The list with this filter switched the other way.
    pub href: String,
    /// Whether it is on.
    pub pressed: bool,
}

/// A link with its words.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// The words.
    pub label: String,
    /// The address.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Link { label: label.into(), href: href.into() }
    }
}

/// How far a step of a procedure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Done.
    Done,
    /// At work.
    Now,
    /// To come.
    Todo,
}

/// A step of a procedure.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What is done there.
    pub name: String,
    /// Who, or by when.
    pub note: String,
    /// How far it is.
    pub progress: Progress,
}

impl Stage {
    /// A step.
    pub fn new(progress: Progress, name: impl Into<String>, note: impl Into<String>) -> Self {
        Stage { name: name.into(), note: note.into(), progress }
    }

    /// Its class in the stylesheet.
    pub fn class(&self) -> &'static str {
        match self.progress {
            Progress::Done => "done",
            Progress::Now => "now",
            Progress::Todo => "todo",
        }
    }
}

/// One line of a history.
#[derive(Debug, Clone)]
pub struct TrailStep {
    /// The day, as the page shows days (11-15, 2026-11-15).
    pub on: String,
    /// What happened.
    pub text: String,
    /// Details in small print; may be empty.
    pub note: String,
    /// What was attached.
    pub files: Vec<Link>,
    /// The newest turning point is filled.
    pub is_turn: bool,
}

/// A quotation of the clause that a rule follows.
#[derive(Debug, Clone)]
pub struct Citation {
    /// The words of the document.
    pub quote: String,
    /// Document and clause.
    pub source: String,
    /// How it is read here, and by whom; may be empty.
    pub reading: String,
    /// The clause in the library of rules; may be empty.
    pub href: String,
}

/// One part of a meter, drawn after the parts before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterPart {
    /// `ok` full, `part` ours so far, `open` awaiting evidence, `bad`.
    pub class: &'static str,
    /// Where it begins and how wide it is, in hundredths of the whole.
    pub from: u8,
    /// Its width.
    pub width: u8,
}

/// A bar from 0 to 100 with its meaning in words.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    /// The parts from the left.
    pub parts: Vec<MeterPart>,
    /// What it says: 5.00 / 6 分.
    pub speaks: String,
}

impl Meter {
    /// `part` of `whole` reached, `open` of it awaiting evidence. Everything reached is green.
    pub fn new(part: u64, open: u64, whole: u64, speaks: impl Into<String>) -> Self {
        let share = |n: u64| u8::try_from((n * 100).checked_div(whole).unwrap_or(0).min(100)).unwrap_or(100);
        let reached = share(part);
        let mut parts = Vec::new();
        if reached > 0 {
            parts.push(MeterPart { class: if reached == 100 { "ok" } else { "part" }, from: 0, width: reached });
        }
        let waiting = share(open).min(100 - reached);
        if waiting > 0 {
            parts.push(MeterPart { class: "open", from: reached, width: waiting });
        }
        Meter { parts, speaks: speaks.into() }
    }
}

/// What a person may do now, or who may, and when.
#[derive(Debug, Clone)]
pub struct May {
    /// The verb.
    pub label: String,
    /// Why, or who and when.
    pub why: String,
    /// Where it is done; nothing: not by this person, not now.
    pub link: Option<Link>,
}

/// A form field's frame: what stands around the control.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Its name in the form; also its id.
    pub name: String,
    /// The label above.
    pub label: String,
    /// What is in it.
    pub value: String,
    /// The line below.
    pub hint: String,
    /// What is wrong and how to put it right; empty: nothing.
    pub error: String,
    /// May stay empty: the label says so.
    pub is_optional: bool,
}

impl Field {
    /// A field that must be filled.
    pub fn new(name: impl Into<String>, label: impl Into<String>, value: impl Into<String>) -> Self {
        Field { name: name.into(), label: label.into(), value: value.into(), ..Field::default() }
    }

    /// The line below.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// What is wrong and how to put it right.
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = error.into();
        self
    }

    /// May stay empty.
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The ids of what describes the control.
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.error.is_empty() {
            ids.push(format!("{}-error", self.name));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        ids.join(" ")
    }
}

/// One entry of a drop-down list.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// A count as people read it: 12,947.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_said_in_days() {
        assert_eq!(Status::by_days_left(-19, 7).word, "逾期 19 天");
        assert_eq!(Status::by_days_left(0, 7).word, "今天截止");
        assert_eq!(Status::by_days_left(3, 7).standing, Standing::Soon);
        assert_eq!(Status::by_days_left(42, 7).standing, Standing::Future);
    }

    #[test]
    fn large_counts_are_grouped() {
        assert_eq!([0, 999, 1_186, 248_316].map(grouped), ["0", "999", "1,186", "248,316"]);
    }

    #[test]
    fn cells_speak() {
        assert_eq!(Cell::new(Standing::Overdue, 19, "松林村党支部，支委会，10 月", "").speaks, "松林村党支部，支委会，10 月，逾期 19 天");
        assert_eq!(Cell::new(Standing::Soon, 0, "x", "").glyph, "今");
        assert_eq!(Cell::new(Standing::Soon, 11, "x", "").class, "soon far");
        assert!(Cell::not_in_use("x").speaks.ends_with("未启用"));
    }

    #[test]
    fn a_meter_is_green_only_when_full() {
        assert_eq!(Meter::new(6, 0, 6, "").parts[0].class, "ok");
        let parts = Meter::new(60, 12, 100, "").parts;
        assert_eq!((parts[0].class, parts[1].class, parts[1].from, parts[1].width), ("part", "open", 60, 12));
        assert!(Meter::new(0, 0, 0, "").parts.is_empty());
    }
}

/// Something that this person, and not another, is to do next.
#[derive(Debug, Clone)]
pub struct WaitingItem {
    /// An icon of `web/icons.svg`.
    pub icon: &'static str,
    /// 茶园村 · 主题党日补办（10 月）.
    pub title: String,
    /// Why it waits, in small print.
    pub note: String,
    /// Since when.
    pub since: jiff::civil::Date,
    /// Days past its deadline; 0: not over, or without one.
    pub over: i64,
    /// The verb, and where it is done.
    pub act: Link,
}
