//! What a cell of the matrix is, and how cells add up. Pure.

use assessment::DutyState;
use jiff::civil::Date;
use policy::{Pack, Period};

use crate::http::view::{Cell, Standing, Status};

/// How a duty of one organisation stands in one period, in one byte; what more there is to say follows from the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Code {
    NotApplicable,
    NotInUse,
    NotEvidenced,
    /// Its period has not begun.
    Future,
    /// Its period runs, and it has not been done.
    Due,
    /// Done in a period that still runs.
    Early,
    /// Its period is over and not locked yet.
    Overdue,
    OnTime,
    HeldLate,
    Excused,
    Missed,
}

/// Number of codes.
const N_CODES: usize = 11;

impl Code {
    /// What is overdue of an organisation that is no more can only be missed.
    #[must_use]
    pub fn of_ended(self, has_ended: bool) -> Self {
        if has_ended && self == Self::Overdue { Self::Missed } else { self }
    }

    /// The code of a judged state.
    #[must_use]
    pub fn of(state: &DutyState, period: Period, today: Date) -> Self {
        match state {
            DutyState::NotApplicable(_) => Self::NotApplicable,
            DutyState::NotYetInUse => Self::NotInUse,
            DutyState::NotEvidenced => Self::NotEvidenced,
            DutyState::Due { .. } if today < period.from() => Self::Future,
            DutyState::Due { .. } => Self::Due,
            DutyState::Overdue { .. } => Self::Overdue,
            DutyState::OnTime { .. } if today < period.until() => Self::Early,
            DutyState::OnTime { .. } => Self::OnTime,
            DutyState::HeldLate { .. } => Self::HeldLate,
            DutyState::Excused(_) => Self::Excused,
            DutyState::Missed => Self::Missed,
        }
    }

    /// Whether somebody still has to act now.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Due | Self::Overdue)
    }
}

/// Days before the end of a period from which its countdown is yellow, and red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countdown {
    pub yellow: i64,
    pub red: i64,
}

impl Countdown {
    /// From the settings in force; a pack without them never warns.
    #[must_use]
    pub fn of(pack: &Pack, on: Date) -> Self {
        Self { yellow: pack.soon_days(on), red: pack.whole("reminder_red_days", on).unwrap_or(-1) }
    }
}

/// Days from today until the last day of a period; negative when it is over.
#[must_use]
pub fn days_left(period: Period, today: Date) -> i32 {
    (period.last_day() - today).get_days()
}

/// The filters over states: name in addresses, word, which cells. 临期 is a part of 待办, as is what ends within the week.
pub const FILTERS: [(&str, &str); 10] = [
    ("due", "待办"),
    ("soon", "临期"),
    ("overdue", "逾期"),
    ("missed", "未完成"),
    ("unproved", "待佐证"),
    ("late", "补办"),
    ("excused", "免办"),
    ("ok", "按时"),
    ("future", "未到期"),
    ("unused", "未启用"),
];

/// Whether a cell belongs to a filter.
#[must_use]
pub fn is_in(filter: &str, code: Code, period: Period, today: Date, countdown: Countdown) -> bool {
    match filter {
        "open" => code.is_open(),
        "due" => code == Code::Due,
        "week" => code == Code::Due && i64::from(days_left(period, today)) <= i64::from(7 - today.weekday().to_monday_one_offset()),
        "soon" => code == Code::Due && i64::from(days_left(period, today)) <= countdown.yellow,
        "overdue" => code == Code::Overdue,
        "missed" => code == Code::Missed,
        "unproved" => code == Code::NotEvidenced,
        "late" => code == Code::HeldLate,
        "excused" => code == Code::Excused,
        "ok" => matches!(code, Code::OnTime | Code::Early),
        "future" => code == Code::Future,
        "unused" => code == Code::NotInUse,
        _ => false,
    }
}

/// How it looks; `None` where there is nothing to stand.
fn standing(code: Code, period: Period, today: Date, countdown: Countdown) -> Option<Standing> {
    let left = i64::from(days_left(period, today));
    Some(match code {
        Code::NotApplicable | Code::NotInUse => return None,
        Code::NotEvidenced => Standing::Unproved,
        Code::Future => Standing::Future,
        Code::Due if left <= countdown.red => Standing::Urgent,
        Code::Due if left <= countdown.yellow => Standing::Soon,
        Code::Due => Standing::Far,
        Code::Early | Code::OnTime => Standing::Ok,
        Code::Overdue => Standing::Overdue,
        Code::HeldLate => Standing::Late,
        Code::Excused => Standing::Excused,
        Code::Missed => Standing::Missed,
    })
}

/// The cell of the matrix; `what` is spoken: 松林村党支部，支委会，10 月.
#[must_use]
pub fn cell(code: Code, period: Period, today: Date, countdown: Countdown, what: &str, href: String) -> Cell {
    let days = days_left(period, today).unsigned_abs();
    match (standing(code, period, today, countdown), code) {
        (Some(standing), _) => Cell::new(standing, days, what, href),
        (None, Code::NotInUse) => Cell { href, ..Cell::not_in_use(what) },
        (None, _) => Cell { href, ..Cell::not_applicable(what) },
    }
}

/// The status mark with its distance: 剩 3 天, 逾期 19 天.
#[must_use]
pub fn status(code: Code, period: Period, today: Date, countdown: Countdown) -> Status {
    let days = days_left(period, today);
    let Some(standing) = standing(code, period, today, countdown) else {
        return Status::new(Standing::Future, if code == Code::NotInUse { "未启用" } else { "不适用" });
    };
    match code {
        Code::Due if days == 0 => Status::new(standing, "今天截止"),
        Code::Due => Status::new(standing, format!("剩 {days} 天")),
        Code::Overdue => Status::new(standing, format!("逾期 {} 天", -days)),
        _ => standing.into(),
    }
}

/// The word of exports and lists.
#[must_use]
pub fn word(code: Code, period: Period, today: Date, countdown: Countdown) -> String {
    match code {
        Code::NotApplicable => "不适用".to_owned(),
        Code::Future => "未到期".to_owned(),
        _ => status(code, period, today, countdown).word,
    }
}

/// Cells counted by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    n: [u32; N_CODES],
}

impl Tally {
    /// Adds one cell.
    pub fn add(&mut self, code: Code) {
        self.n[code as usize] += 1;
    }

    /// Adds another count.
    pub fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.n.iter_mut().zip(other.n) {
            *mine += theirs;
        }
    }

    #[must_use]
    pub fn count(&self, code: Code) -> u32 {
        self.n[code as usize]
    }

    /// All cells, however they stand.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.n.iter().sum()
    }

    /// What was owed in periods that are over: held on time, late, not yet, not at all. What was excused or is not
    /// evidenced is not among it; what runs is not yet.
    #[must_use]
    pub fn n_required(&self) -> u32 {
        [Code::OnTime, Code::HeldLate, Code::Overdue, Code::Missed].into_iter().map(|code| self.count(code)).sum()
    }

    /// What is left to do, or was not done: owed in a period that runs, overdue, missed.
    #[must_use]
    pub fn n_open(&self) -> u32 {
        [Code::Due, Code::Overdue, Code::Missed].into_iter().map(|code| self.count(code)).sum()
    }

    #[must_use]
    pub fn n_on_time(&self) -> u32 {
        self.count(Code::OnTime)
    }

    /// Held on time ÷ required, in tenths of a per cent, rounded down, so that 100.0 says that nothing is missing.
    #[must_use]
    pub fn permille(&self) -> Option<u32> {
        (self.n_on_time() * 1000).checked_div(self.n_required())
    }

    /// `90.7%`, `92.0%`, `100%`, or a dash where nothing was owed.
    #[must_use]
    pub fn share(&self) -> String {
        match self.permille() {
            None => "—".to_owned(),
            Some(1000) => "100%".to_owned(),
            Some(n) => format!("{}.{}%", n / 10, n % 10),
        }
    }

    /// 应办 668 件：按时 606，补办 29，逾期 3，未完成 20. Zeros are left out.
    #[must_use]
    pub fn sentence(&self) -> String {
        let parts: Vec<String> = [("按时", Code::OnTime), ("补办", Code::HeldLate), ("逾期", Code::Overdue), ("未完成", Code::Missed)]
            .into_iter()
            .filter(|(_, code)| self.count(*code) > 0)
            .map(|(word, code)| format!("{word} {}", self.count(code)))
            .collect();
        if parts.is_empty() { "还没有到期的责任".to_owned() } else { format!("应办 {} 件：{}", self.n_required(), parts.join("，")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const COUNTDOWN: Countdown = Countdown { yellow: 10, red: 3 };

    fn november() -> Period {
        Period::month(2026, 11)
    }

    #[test]
    fn a_countdown_turns_yellow_then_red_then_overdue() {
        let look = |day: Date, code| {
            let status = status(code, november(), day, COUNTDOWN);
            (status.standing, status.word)
        };
        assert_eq!(look(date(2026, 11, 19), Code::Due), (Standing::Far, "剩 11 天".to_owned()));
        assert_eq!(look(date(2026, 11, 20), Code::Due), (Standing::Soon, "剩 10 天".to_owned()));
        assert_eq!(look(date(2026, 11, 27), Code::Due), (Standing::Urgent, "剩 3 天".to_owned()));
        assert_eq!(look(date(2026, 11, 30), Code::Due), (Standing::Urgent, "今天截止".to_owned()));
        assert_eq!(look(date(2026, 12, 2), Code::Overdue), (Standing::Overdue, "逾期 2 天".to_owned()));
    }

    #[test]
    fn what_runs_is_neither_owed_nor_done_yet() {
        let mut tally = Tally::default();
        for code in
            [Code::OnTime, Code::OnTime, Code::HeldLate, Code::Missed, Code::Early, Code::Due, Code::Excused, Code::NotEvidenced, Code::NotApplicable]
        {
            tally.add(code);
        }
        assert_eq!((tally.n_required(), tally.n_on_time(), tally.share()), (4, 2, "50.0%".to_owned()));
        assert_eq!(tally.sentence(), "应办 4 件：按时 2，补办 1，未完成 1");
        assert_eq!(Tally::default().share(), "—");
    }

    #[test]
    fn nearly_all_is_not_all() {
        let mut tally = Tally::default();
        (0..1999).for_each(|_| tally.add(Code::OnTime));
        tally.add(Code::Missed);
        assert_eq!(tally.share(), "99.9%");
    }

    #[test]
    fn filters_take_each_cell_once_and_soon_is_part_of_due() {
        let today = date(2026, 11, 25);
        let filters =
            |code| FILTERS.iter().filter(|(key, _)| is_in(key, code, november(), today, COUNTDOWN)).map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(filters(Code::Due), ["due", "soon"]);
        for code in
            [Code::Overdue, Code::Missed, Code::NotEvidenced, Code::HeldLate, Code::Excused, Code::OnTime, Code::Early, Code::Future, Code::NotInUse]
        {
            assert_eq!(filters(code).len(), 1, "{code:?}");
        }
        assert!(filters(Code::NotApplicable).is_empty());
    }
}
