//! What tasks look like in words: their standing, their progress, who answers for them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::Pack;

use crate::http::view::{Field, Meter, Standing as Mark, Status};
use crate::task::model::{Parts, PartsKind, Task, Times, Turn};
use crate::task::progress::Figure;
use crate::task::quantity::{amount, printed};
use crate::task::times_of;

/// Everything that a row needs besides the task itself.
pub struct Lens<'a> {
    pub pack: &'a Pack,
    pub times: Times<'a>,
    pub on: Date,
    /// Days before the date from which it is 临期.
    pub soon_days: i64,
    pub parts: BTreeMap<i64, Parts>,
    pub figures: BTreeMap<i64, Figure>,
}

impl<'a> Lens<'a> {
    /// A lens without sums and figures.
    ///
    /// # Errors
    /// When the pack has no procedure for tasks.
    pub fn new(pack: &'a Pack, on: Date) -> anyhow::Result<Self> {
        Ok(Self { pack, times: times_of(pack, on)?, on, soon_days: pack.soon_days(on), parts: BTreeMap::new(), figures: BTreeMap::new() })
    }

    /// Where a task stands, as a mark.
    #[must_use]
    pub fn status(&self, task: &Task) -> Status {
        let Some(at) = &task.at else { return self.status_of_whole(task) };
        let standing = self.times.standing(at, self.on);
        let over = -standing.days_left;
        match standing.turn {
            Turn::Done if task.is_late => Status::new(Mark::Late, "逾期办结"),
            Turn::Done => Status::new(Mark::Ok, "按时办结"),
            Turn::Verify if over > 0 => Status::new(Mark::Overdue, format!("核验逾期 {over} 天")),
            Turn::Verify => Status::new(Mark::Running, "待核验"),
            Turn::Receive if over > 0 => Status::new(Mark::Overdue, format!("逾期 {over} 天未签收")),
            Turn::Receive => Status::new(Mark::Soon, "待签收"),
            Turn::Work => Status::by_days_left(standing.days_left, self.soon_days),
        }
    }

    fn status_of_whole(&self, task: &Task) -> Status {
        let parts = self.parts.get(&task.id).copied().unwrap_or_default();
        if parts.n > 0 && parts.n == parts.n_fulfilled {
            return Status::new(Mark::Ok, "全部办结");
        }
        if parts.n_overdue > 0 {
            return Status::new(Mark::Overdue, format!("{} 个单位逾期", parts.n_overdue));
        }
        Status::by_days_left(i64::from((task.due_on - self.on).get_days()), self.soon_days)
    }

    /// Which of the list's states a task is in.
    #[must_use]
    pub fn state(&self, task: &Task) -> &'static str {
        let Some(at) = &task.at else {
            let parts = self.parts.get(&task.id).copied().unwrap_or_default();
            return if parts.n > 0 && parts.n == parts.n_fulfilled { "done" } else { "working" };
        };
        match self.times.standing(at, self.on).turn {
            Turn::Receive => "receive",
            Turn::Work => "working",
            Turn::Verify => "verify",
            Turn::Done => "done",
        }
    }

    /// Whether what the unit owes is over, or one of the units is; what waits to be verified is not the unit's delay.
    #[must_use]
    pub fn is_overdue(&self, task: &Task) -> bool {
        match &task.at {
            Some(at) => {
                let standing = self.times.standing(at, self.on);
                standing.is_overdue() && standing.turn != Turn::Verify
            }
            None => self.parts.get(&task.id).is_some_and(|parts| parts.n_overdue > 0),
        }
    }

    /// How far it is in numbers: the indicator's, the parts' sum, or what was fed back.
    #[must_use]
    pub fn progress(&self, task: &Task) -> (String, Option<Meter>) {
        if let Some(figure) = self.figures.get(&task.id) {
            let words = figure.words();
            return (words.clone(), figure.share.map(|share| Meter::new(u64::try_from(share).unwrap_or_default(), 0, 10_000, words)));
        }
        let parts = self.parts.get(&task.id).copied().filter(|parts| parts.n > 0);
        let target = task.target().filter(|target| target.milli.is_some());
        match (parts, target, task.parts_kind) {
            (Some(_), Some(target), Some(PartsKind::Divide)) => sum_words(task, target.milli.unwrap_or_default(), &target.unit),
            (Some(parts), _, _) => {
                let words = format!("{} 个单位，办结 {}，待核验 {}", parts.n, parts.n_fulfilled, parts.n_fed_back - parts.n_fulfilled);
                (
                    words.clone(),
                    Some(Meter::new(u64::from(parts.n_fulfilled), u64::from(parts.n_fed_back - parts.n_fulfilled), u64::from(parts.n), words)),
                )
            }
            (None, Some(target), _) if !target.is_share() && task.done_milli.is_some() => {
                sum_words(task, target.milli.unwrap_or_default(), &target.unit)
            }
            (None, Some(target), _) => match task.done_milli {
                Some(done) => (format!("报 {}", amount(&printed(done), &target.unit)), None),
                None => (String::new(), None),
            },
            _ => (String::new(), None),
        }
    }

    /// `县（市、区）· 党（工）委书记`.
    #[must_use]
    pub fn owner(&self, task: &Task) -> String {
        owner_words(self.pack, task.owner_level.as_deref(), &task.owner)
    }
}

/// `县（市、区）· 党（工）委书记`.
pub fn owner_words(pack: &Pack, level: Option<&str>, owner: &str) -> String {
    let level = level.and_then(|key| pack.levels.get(key)).map(|level| level.name.as_str());
    match (level, owner.is_empty()) {
        (Some(level), false) => format!("{level} · {owner}"),
        (Some(level), true) => level.to_owned(),
        (None, _) => owner.to_owned(),
    }
}

fn sum_words(task: &Task, wanted: i64, unit: &str) -> (String, Option<Meter>) {
    let (done, verified) = (task.done_milli.unwrap_or_default(), task.verified_milli.unwrap_or_default());
    let waiting = (done - verified).max(0);
    let note = if waiting > 0 { format!("，其中 {} 待核验", printed(waiting)) } else { String::new() };
    let words = format!("{} / {}{note}", printed(done), amount(&printed(wanted), unit));
    let part = |milli: i64| u64::try_from(milli).unwrap_or_default();
    (words.clone(), Some(Meter::new(part(verified), part(waiting), part(wanted), words)))
}

/// A weight in points: 2.5.
pub fn weight_words(hundredths: Option<i64>) -> String {
    hundredths.map(|hundredths| printed(hundredths * 10)).unwrap_or_default()
}

/// A day within the year of `on` without its year.
pub fn day_words(day: Date, on: Date) -> String {
    if day.year() == on.year() {
        format!("{} 月 {} 日", day.month(), day.day())
    } else {
        format!("{} 年 {} 月 {} 日", day.year(), day.month(), day.day())
    }
}

/// Which entry of the list of what may be asked of communities it is.
pub(super) fn permitted_field(name: &str, chosen: &str) -> Field {
    Field::new(name, "准入清单里的哪一项", chosen).hint("发给社区的，要在清单里；没有的，先报请列入").optional()
}
