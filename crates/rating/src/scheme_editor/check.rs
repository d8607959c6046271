//! What is wrong with a draft, at its place and in the officer's words; what is left is asked of `policy check` itself.

use std::collections::BTreeSet;

use assessment::plain;
use num_traits::{Signed, Zero};
use policy::{Pack, Ratio, Scheme};

use super::model::{DraftEntry, Kind, Tab};
use super::plan;
use crate::app::App;
use crate::evaluation::{Lock, star_word};
use crate::policies::additions::{self, Addition};

/// Something to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub tab: Tab,
    /// The row or the field where it is said: `section.0.items.1`, `star.2`, `name`.
    pub place: String,
    /// What stands there, for the list beside the form: 主题党日.
    pub what: String,
    /// What is wrong and what to do.
    pub sentence: String,
}

/// What a draft is held against beside the pack.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The first year from which a scheme of this family may still be changed.
    pub year_min: i16,
    /// And the last for which one is written.
    pub year_max: i16,
}

/// Everything that keeps the draft from being sent for review, the officer's words first, then what the check of packs says.
#[must_use]
pub fn flaws(app: &App, entry: &DraftEntry, key: &str, bounds: Bounds, lock: Option<&Lock>) -> Vec<Flaw> {
    let pack = app.pack();
    let mut found = own(&pack, entry, bounds);
    let entry_id = format!("scheme.{key}");
    let addition = Addition { entry: entry_id.clone(), title: entry.text("name").to_owned(), body: entry.file_text(key) };
    let path = additions::path_of(&entry_id);
    let lines = plan::additions_of(entry, key);
    let all = std::iter::once(addition).chain(lines.iter().map(|(_, line)| line.clone())).collect();
    let tried = additions::tried(app, all);
    for (tab, place, sentence) in plan::flaws(&app.policies(), entry, key) {
        let what = entry.text(&format!("{place}.name"));
        found.push(Flaw { tab, what: if what.is_empty() { "年度计划".to_owned() } else { what.to_owned() }, place, sentence });
    }
    if let Some(lock) = lock {
        let mut look = Look { pack: &pack, entry, found };
        look.lock(lock, tried.reading.pack.schemes.get(key));
        found = look.found;
    }
    let written = tried.reading.written(&entry_id);
    for error in &tried.errors {
        let at = written.filter(|_| error.file == path).and_then(|written| written.path_at(error.line, error.column)).unwrap_or_default();
        let of_line = lines.iter().find(|(_, line)| error.file == additions::path_of(&line.entry));
        let (tab, place) = of_line.map_or_else(|| place_of(entry, at), |(row, _)| (Tab::Plan, row.clone()));
        // What the officer has been told in plain words is not told again in the words of files.
        if found.iter().any(|flaw| flaw.place == place) {
            continue;
        }
        let sentence = if error.file == path || of_line.is_some() { error.message.clone() } else { format!("{}（{}）", error.message, error.file) };
        found.push(Flaw { tab, what: what(&pack, entry, &place), place, sentence });
    }
    let order: Vec<Tab> = tabs(entry);
    found.sort_by_key(|flaw| order.iter().position(|tab| *tab == flaw.tab));
    found
}

/// The sheets of a draft in their order.
#[must_use]
pub fn tabs(entry: &DraftEntry) -> Vec<Tab> {
    let fields = entry.standards().into_iter().map(|(_, field)| Tab::Field(field));
    [Tab::Basic, Tab::Common].into_iter().chain(fields).chain([Tab::Stars, Tab::Vetoes, Tab::Plan]).collect()
}

/// The sheet and the row around a value.
fn place_of(entry: &DraftEntry, path: &str) -> (Tab, String) {
    let steps: Vec<&str> = path.split('.').collect();
    let (tab, rest): (Tab, &[&str]) = match steps.as_slice() {
        ["standard", i, ..] if i.parse::<usize>().is_ok() => (Tab::Field(entry.text(&format!("standard.{i}.field")).to_owned()), &steps[2..]),
        ["section", ..] => (Tab::Common, &steps),
        ["veto", i, ..] => return (Tab::Vetoes, format!("veto.{i}")),
        [list @ ("star" | "ties"), i, ..] => return (Tab::Stars, format!("{list}.{i}")),
        [
            key @ ("star_below"
            | "quota_rounding"
            | "below_includes"
            | "evidenced_weight_min"
            | "bonus_cap"
            | "weights_total"
            | "cohort"
            | "star"
            | "ties"),
            ..,
        ] => {
            return (Tab::Stars, (*key).to_owned());
        }
        [key, ..] => return (Tab::Basic, (*key).to_owned()),
        [] => return (Tab::Basic, String::new()),
    };
    let before = steps[..steps.len() - rest.len()].iter().map(|step| format!("{step}.")).collect::<String>();
    match rest {
        ["section", s, "items", i, ..] => (tab, format!("{before}section.{s}.items.{i}")),
        ["section", s, ..] => (tab, format!("{before}section.{s}")),
        _ => (tab, "sum".to_owned()),
    }
}

/// What stands at a place, for people.
fn what(pack: &Pack, entry: &DraftEntry, place: &str) -> String {
    if let Some(indicator) = entry.at(&format!("{place}.indicator")).and_then(|it| it.as_str()) {
        return indicator_name(pack, indicator);
    }
    let said = match place.split('.').next().unwrap_or_default() {
        "section" | "standard" if !entry.text(&format!("{place}.name")).is_empty() => return entry.text(&format!("{place}.name")).to_owned(),
        "star" => return star_name(entry, place),
        plan::LINES => return "年度计划".to_owned(),
        "veto" => return indicator_name(pack, entry.text(&format!("{place}.unless_met"))),
        "name" => "方案名称",
        "from_year" | "until_year" | "version_of" | "ends_earlier" => "起用年份",
        "kinds" => "评定对象",
        "approved_by" => "批准机关",
        "document_number" => "批准文号",
        "valid_until" => "有效期",
        "weights_locked_on" => "权重锁定日",
        "cite" => "依据",
        "star_below" => "达不到以上的",
        "evidenced_weight_min" => "有依据的权重",
        "bonus_cap" => "加分上限",
        "weights_total" => "合计分值",
        "cohort" => "同组比较",
        "ties" => "同分时",
        "sum" => "合计",
        _ => "方案",
    };
    said.to_owned()
}

/// An indicator's name; its key where the pack has none.
#[must_use]
pub fn indicator_name(pack: &Pack, key: &str) -> String {
    pack.indicators.get(key).map_or_else(|| key.to_owned(), |indicator| indicator.name.clone())
}

/// 五星.
fn star_name(entry: &DraftEntry, place: &str) -> String {
    let star = entry.number(&format!("{place}.star")).map_or(0, |star| u8::try_from(star.to_integer()).unwrap_or_default());
    format!("{}星", star_word(star))
}

struct Look<'a> {
    pack: &'a Pack,
    entry: &'a DraftEntry,
    found: Vec<Flaw>,
}

/// What can be told without the check of packs, in plain words.
fn own(pack: &Pack, entry: &DraftEntry, bounds: Bounds) -> Vec<Flaw> {
    let mut look = Look { pack, entry, found: Vec::new() };
    look.basic(bounds);
    look.sections(&Tab::Common, "section");
    for (path, field) in entry.standards() {
        let tab = Tab::Field(field);
        if entry.text(&format!("{path}.owner")).is_empty() {
            look.say(&tab, &format!("{path}.owner"), "请写明这个领域的标准由哪个部门负责");
        }
        look.sections(&tab, &format!("{path}.section"));
    }
    look.sums();
    look.stars();
    look.vetoes();
    look.found
}

impl Look<'_> {
    fn say(&mut self, tab: &Tab, place: &str, sentence: impl Into<String>) {
        let what = what(self.pack, self.entry, place);
        self.found.push(Flaw { tab: tab.clone(), place: place.to_owned(), what, sentence: sentence.into() });
    }

    /// A number that must be there and lie between two bounds.
    fn number(&mut self, tab: &Tab, place: &str, path: &str, what: &str, (least, most): (i128, i128)) -> Option<Ratio> {
        let entry = self.entry;
        match entry.number(path) {
            None => {
                let typed = entry.shown(path, Kind::Text);
                let sentence = if typed.is_empty() {
                    format!("请填{what}")
                } else {
                    format!("{what}“{typed}”不是数字，请填 10 或者 2.5 这样的数")
                };
                self.say(tab, place, sentence);
                None
            }
            Some(n) if n < Ratio::from_integer(least) || n > Ratio::from_integer(most) => {
                self.say(tab, place, format!("{what}应在 {least} 到 {most} 之间，现在是 {}", plain(n)));
                None
            }
            Some(n) => Some(n),
        }
    }

    fn basic(&mut self, bounds: Bounds) {
        let (tab, entry) = (Tab::Basic, self.entry);
        if entry.text("name").is_empty() {
            self.say(&tab, "name", "请填方案名称，如“五星支部评定方案（2027 年）”");
        }
        match entry.from_year() {
            Some(year) if year < bounds.year_min || year > bounds.year_max => {
                let sentence = format!("起用年份请填 {} 到 {} 年：已经过去的年份、已经开评的年份，方案不再改", bounds.year_min, bounds.year_max);
                self.say(&tab, "from_year", sentence);
            }
            Some(_) => {}
            None => self.say(&tab, "from_year", format!("请填四位数的年份，如 {}", bounds.year_min)),
        }
        if entry.keys("kinds").is_empty() {
            self.say(&tab, "kinds", "请至少勾一类评定对象，如党支部");
        }
        for key in ["valid_until", "weights_locked_on"] {
            let typed = entry.text(key);
            if !typed.is_empty() && typed.parse::<jiff::civil::Date>().is_err() {
                self.say(&tab, key, "没有这一天，请按 2027-12-31 的样子填");
            }
        }
        if entry.is("example", false) {
            return;
        }
        if entry.text("approved_by").is_empty() {
            self.say(&tab, "approved_by", "没有批准机关的方案不能对党支部开评；请填批准的党委（党组），如“中共××市委”");
        }
        if entry.text("document_number").is_empty() {
            self.say(&tab, "document_number", "请填批准这个方案的文件号，如“×组发〔2027〕3号”");
        }
        let begins = entry.from_year().and_then(|year| jiff::civil::Date::new(year, 1, 1).ok());
        match entry.text("valid_until").parse::<jiff::civil::Date>() {
            Ok(until) if begins.is_some_and(|begins| until <= begins) => {
                self.say(&tab, "valid_until", "有效期在起用以前就到了，请填起用以后的日期");
            }
            Err(_) if entry.text("valid_until").is_empty() => self.say(&tab, "valid_until", "请填批准到哪一天为止"),
            _ => {}
        }
    }

    /// What was locked for the year stands: the draft names the day, and has the weights of that day.
    fn lock(&mut self, lock: &Lock, drafted: Option<&Scheme>) {
        let entry = self.entry;
        let (year, on) = (entry.from_year().unwrap_or_default(), lock.on);
        let named = entry.text("weights_locked_on").parse::<jiff::civil::Date>().ok();
        if named != Some(on) {
            self.say(&Tab::Basic, "weights_locked_on", format!("{year} 年的分值 {on} 起已经锁定，新的一版也要写上，请填 {on}"));
        }
        for ((field, item), from, to) in drafted.map(|drafted| lock.unapproved(drafted)).unwrap_or_default() {
            let (tab, sections) = match &field {
                None => (Tab::Common, "section".to_owned()),
                Some(key) => {
                    let standard = entry.standards().into_iter().find(|(_, of)| of == key).map(|(path, _)| format!("{path}.section"));
                    (standard.as_ref().map_or(Tab::Common, |_| Tab::Field(key.clone())), standard.unwrap_or_else(|| "section".to_owned()))
                }
            };
            let is_it = |path: &String| {
                [format!("{path}.as"), format!("{path}.indicator")].iter().map(|at| entry.text(at)).find(|text| !text.is_empty())
                    == Some(item.as_str())
            };
            let place = entry.items_in(&sections).into_iter().find(is_it);
            let (from, to) = (plain(from), plain(to));
            let name = indicator_name(self.pack, &item);
            let sentence = format!(
                "{year} 年的分值 {on} 起已经锁定：“{name}”锁定时 {from} 分，这里 {to} 分，请改回 {from} 分；确要变更的，经批准后请管制度包的同志在制度包目录里写明批准机关、文号和日期（weight_change）"
            );
            self.say(&tab, place.as_deref().unwrap_or("sum"), sentence);
        }
    }

    fn sections(&mut self, tab: &Tab, sections: &str) {
        let entry = self.entry;
        let mut seen = BTreeSet::new();
        for s in 0..entry.n(sections) {
            let section = format!("{sections}.{s}");
            if entry.text(&format!("{section}.name")).is_empty() {
                self.say(tab, &section, "请给这一类起个名字，如“基本组织”；不要的用右边的按钮删去");
            }
        }
        for item in entry.items_in(sections) {
            let indicator = entry.text(&format!("{item}.indicator"));
            if !self.pack.indicators.contains_key(indicator) {
                self.say(tab, &item, "制度包里没有这个指标了，请删去，另选一个");
            }
            if !seen.insert(indicator) {
                self.say(tab, &item, "同一个指标在这里列了两次，请删去一处");
            }
            self.item(tab, &item);
        }
    }

    fn item(&mut self, tab: &Tab, item: &str) {
        let entry = self.entry;
        let at = |key: &str| format!("{item}.{key}");
        let weight = self.number(tab, item, &at("weight"), "分值", (0, 1000));
        let most = weight.unwrap_or_else(|| Ratio::from_integer(1000));
        match entry.text(&at("score")) {
            "bands" => self.bands(tab, item, most),
            "deduct" => {
                if let Some(points) = self.number(tab, item, &at("per_fault"), "每个扣的分数", (0, 1000))
                    && points.is_zero()
                {
                    self.say(tab, item, "每个扣的分数应大于 0");
                }
                self.at_most(tab, item, &at("floor"), "扣到几分为止", most);
            }
            "rank_in_cohort" => self.at_most(tab, item, &at("last_points"), "最后一名的分数", most),
            "change_against_base" => {
                let from = self.number(tab, item, &at("change.from"), "得 0 分的增减", (-1_000_000, 1_000_000));
                let to = self.number(tab, item, &at("change.to"), "得满分的增减", (-1_000_000, 1_000_000));
                if from.is_some() && from == to {
                    self.say(tab, item, "得 0 分的增减和得满分的增减不能一样");
                }
                if entry.at(&at("change.years_back")).is_some() {
                    self.number(tab, item, &at("change.years_back"), "与几年前相比", (1, 10));
                }
            }
            _ => {}
        }
    }

    fn at_most(&mut self, tab: &Tab, item: &str, path: &str, what: &str, most: Ratio) {
        if self.entry.at(path).is_some()
            && let Some(points) = self.number(tab, item, path, what, (0, 1000))
            && points > most
        {
            self.say(tab, item, format!("{what}不能多于这一项的 {} 分", plain(most)));
        }
    }

    fn bands(&mut self, tab: &Tab, item: &str, most: Ratio) {
        let n = self.entry.n(&format!("{item}.bands"));
        if n == 0 {
            self.say(tab, item, "分档得分请至少加一档");
        }
        let mut before: Option<Ratio> = None;
        for b in 0..n {
            let at_least =
                self.number(tab, item, &format!("{item}.bands.{b}.at_least"), &format!("第 {} 档的起点", b + 1), (-1_000_000_000, 1_000_000_000));
            let points = self.number(tab, item, &format!("{item}.bands.{b}.points"), &format!("第 {} 档的分数", b + 1), (0, 1000));
            if points.is_some_and(|points| points > most) {
                self.say(tab, item, format!("第 {} 档的分数不能多于这一项的 {} 分", b + 1, plain(most)));
            }
            if let (Some(before), Some(now)) = (before, at_least)
                && now >= before
            {
                self.say(tab, item, format!("分档请从高到低排：第 {} 档的起点应低于第 {b} 档的 {}", b + 1, plain(before)));
            }
            before = at_least.or(before);
        }
    }

    fn sums(&mut self) {
        let sums = self.entry.sums();
        // The same everywhere: then the common items are what does not fit, and it is said once, there.
        let is_common = sums.len() > 1 && sums.iter().all(|sum| sum.total() == sums[0].total());
        for sum in sums.into_iter().filter(|sum| !sum.is_right()).take(if is_common { 1 } else { usize::MAX }) {
            let apart = sum.total() - sum.wanted;
            let way = if apart.is_positive() {
                format!("多 {} 分，请减下来", plain(apart))
            } else {
                format!("少 {} 分，请补上", plain(-apart))
            };
            let parts = if sum.field.is_empty() || is_common {
                String::new()
            } else {
                format!("（共同项目 {}，本领域 {}）", plain(sum.common), plain(sum.own))
            };
            let field = self.pack.fields.get(&sum.field).map_or("各项", |field| field.name.as_str());
            let (name, tab) = if is_common { ("连共同项目，各领域都", &Tab::Common) } else { (field, &sum.tab) };
            let sentence = format!("{name}合计 {} 分{parts}，比 {} 分{way}", plain(sum.total()), plain(sum.wanted));
            self.say(tab, "sum", sentence);
        }
        let entry = self.entry;
        let has_bonus = entry.items().iter().any(|item| entry.is(&format!("{item}.bonus"), false));
        match (has_bonus, entry.at("bonus_cap").is_some()) {
            (true, false) => self.say(&Tab::Stars, "bonus_cap", "有加分项目，请填加分合计最多加几分"),
            (false, true) => self.say(&Tab::Stars, "bonus_cap", "没有加分项目，请清空这一格，或者把某一项勾成加分"),
            _ => {}
        }
    }

    fn stars(&mut self) {
        let (tab, entry) = (Tab::Stars, self.entry);
        let mut before: Option<Ratio> = None;
        let mut quotas = Ratio::zero();
        for i in 0..entry.n("star") {
            let place = format!("star.{i}");
            let at_least = self.number(&tab, &place, &format!("{place}.at_least"), "分数线", (0, 100));
            if let (Some(before), Some(now)) = (before, at_least)
                && now >= before
            {
                self.say(&tab, &place, format!("分数线应低于上一级的 {} 分", plain(before)));
            }
            before = at_least.or(before);
            let effect = format!("{place}.effect_at_least");
            if entry.at(&effect).is_some() && entry.number(&effect).is_none_or(|share| share.is_negative() || share > Ratio::from_integer(1)) {
                self.say(&tab, &place, "成效项目得分率请填 0 到 100% 之间的数字；不看的请清空");
            }
            let quota = format!("{place}.quota");
            if entry.at(&quota).is_none() {
                continue;
            }
            match entry.number(&quota) {
                Some(share) if !share.is_negative() && share <= Ratio::from_integer(1) => quotas += share,
                Some(_) => self.say(&tab, &place, "名额应在 0 到 100% 之间；不限的请清空"),
                None => self.say(&tab, &place, "名额请填数字，如 10；不限的请清空"),
            }
        }
        if quotas > Ratio::from_integer(1) {
            let last = entry.n("star").saturating_sub(1);
            let sentence = format!("各星级名额合计 {}%，超过 100%，请调低", plain(quotas * Ratio::from_integer(100)));
            self.say(&tab, &format!("star.{last}"), sentence);
        }
        let lowest = (0..entry.n("star")).filter_map(|i| entry.number(&format!("star.{i}.star"))).min();
        match entry.number("star_below") {
            Some(below) if below.is_negative() || lowest.is_some_and(|lowest| below >= lowest) => {
                self.say(&tab, "star_below", "达不到以上分数线的，应低于最低一级的星级");
            }
            Some(_) => {}
            None => self.say(&tab, "star_below", "请选达不到以上分数线的给几星"),
        }
        let share = entry.number("evidenced_weight_min");
        if share.is_none_or(|share| share.is_negative() || share > Ratio::from_integer(1)) {
            self.say(&tab, "evidenced_weight_min", "请填 0 到 100 之间的百分数，如 80");
        }
        for (key, least, what) in [("bonus_cap", 1, "加分上限"), ("weights_total", 1, "合计分值")] {
            if entry.at(key).is_some() && !self.found.iter().any(|flaw| flaw.place == key) {
                self.number(&tab, key, key, what, (least, 1000));
            }
        }
        if entry.at("cohort.pool_below").is_some() {
            self.number(&tab, "cohort", "cohort.pool_below", "并组的个数", (1, 10_000));
        }
        let items = self.items();
        for i in 0..entry.n("ties") {
            let tie = entry.text(&format!("ties.{i}"));
            if !items.contains(tie.rsplit_once('.').map_or(tie, |(item, _)| item)) {
                self.say(&tab, &format!("ties.{i}"), "这一项已经不在方案里，请另选一项或者删去");
            }
        }
    }

    /// Indicators that some item of the draft goes by.
    fn items(&self) -> BTreeSet<String> {
        self.entry.items().iter().map(|item| self.entry.text(&format!("{item}.indicator")).to_owned()).collect()
    }

    fn vetoes(&mut self) {
        let (tab, entry) = (Tab::Vetoes, self.entry);
        let items = self.items();
        for i in 0..entry.n("veto") {
            let place = format!("veto.{i}");
            if !items.contains(entry.text(&format!("{place}.unless_met"))) {
                self.say(&tab, &place, "这一项不在方案的项目里：请先在项目里加上它，或者删去这一条");
            }
            let doc = entry.text(&format!("{place}.cite.doc"));
            let document = self.pack.documents.get(doc);
            if !entry.is("example", false) && !document.is_some_and(policy::Document::is_at_least_provincial) {
                let name = document.map_or("示例", |document| document.name.as_str());
                self.say(
                    &tab,
                    &place,
                    format!("一票否决要以省级以上的文件为依据，而“{name}”不是；请选省级以上文件和条款，没有的请删去，改成“发现一个扣几分”的项目"),
                );
            }
        }
    }
}
