//! A draft's entry as it was typed, and what may be done to it: fields put, rows added, moved and taken away.
//!
//! The entry is kept as the pack writes it, so that whatever no field of the form shows stays as it was copied.

use num_traits::Zero;
use policy::{Pack, Ratio, parse_ratio};
use serde_json::{Map, Value, json};

use super::plan;

/// A scheme being written, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEntry(pub Value);

/// One sheet of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tab {
    /// Name, year, authority, who is rated.
    Basic,
    /// Items common to all fields.
    Common,
    /// The items of one field, by its key.
    Field(String),
    /// Stars, quotas, cohorts.
    Stars,
    Vetoes,
    /// The lines of the yearly plan on which it is opened.
    Plan,
}

impl Tab {
    /// As it stands in addresses.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Basic => "basic".to_owned(),
            Self::Common => "common".to_owned(),
            Self::Field(key) => format!("field-{key}"),
            Self::Stars => "stars".to_owned(),
            Self::Vetoes => "vetoes".to_owned(),
            Self::Plan => "plan".to_owned(),
        }
    }

    /// The sheet that an address names.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "common" => Self::Common,
            "stars" => Self::Stars,
            "vetoes" => Self::Vetoes,
            "plan" => Self::Plan,
            _ => word.strip_prefix("field-").map_or(Self::Basic, |key| Self::Field(key.to_owned())),
        }
    }
}

/// How a field of the form becomes a value of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Left out when empty.
    Optional,
    Number,
    OptionalNumber,
    /// Typed as 10, written as "10%".
    Percent,
    OptionalPercent,
    /// No, unless it is ticked.
    Tick,
    /// Yes, unless the tick is taken away.
    TickedFirst,
    /// Left out when it is this.
    Choice(&'static str),
    /// Several keys.
    Keys,
}

/// What a button of the form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Keep,
    Go(Tab),
    Up(String),
    Down(String),
    Drop(String),
    /// Adds what was chosen in the field `pick.PATH` to the list of this path.
    Add(String),
}

impl Act {
    /// Reads a button; whatever is not known only keeps.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let (verb, rest) = word.split_once(':').unwrap_or((word, ""));
        match verb {
            "go" => Self::Go(Tab::of(rest)),
            "up" => Self::Up(rest.to_owned()),
            "down" => Self::Down(rest.to_owned()),
            "drop" => Self::Drop(rest.to_owned()),
            "add" => Self::Add(rest.to_owned()),
            _ => Self::Keep,
        }
    }
}

/// Lists whose rows the form moves, adds and takes away.
const LISTS: [&str; 8] = ["section", "items", "bands", "standard", "star", "veto", "ties", plan::LINES];

/// Characters that a text of the form has at most.
const TEXT_MAX: usize = 200;

impl DraftEntry {
    /// A copy of a scheme for another year or another purpose: last year's approval and dates stay behind
    /// (a lock that holds for its own year is put in by whoever begins it).
    #[must_use]
    pub fn copied(base: &Value, name: &str, from_year: i16, version_of: Option<&str>) -> Self {
        let mut entry = base.as_object().cloned().unwrap_or_default();
        for key in ["approved_by", "document_number", "valid_until", "weights_locked_on", "until_year", "version_of", "ends_earlier", "weight_change"]
        {
            entry.shift_remove(key);
        }
        entry.insert("name".to_owned(), json!(name));
        entry.insert("from_year".to_owned(), json!(from_year));
        if let Some(of) = version_of {
            entry.insert("version_of".to_owned(), json!(of));
            entry.insert("ends_earlier".to_owned(), json!(true));
        }
        Self(Value::Object(entry))
    }

    /// Says from which day on its weights stand.
    pub fn lock(&mut self, on: jiff::civil::Date) {
        if let Some(entry) = self.0.as_object_mut() {
            entry.insert("weights_locked_on".to_owned(), json!(on.to_string()));
        }
    }

    /// Takes all items away, and what refers to them; kinds, stars and cohorts stay.
    pub fn without_items(&mut self) {
        if let Some(entry) = self.0.as_object_mut() {
            for key in ["standard", "veto", "ties", "bonus_cap", "weights_total"] {
                entry.shift_remove(key);
            }
            entry.insert("section".to_owned(), json!([{ "name": "基本项目", "items": [] }]));
            for star in entry.get_mut("star").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
                star.shift_remove("effect_at_least");
            }
        }
    }

    /// The value at a path such as `section.0.items.1.weight`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.0, |value, step| match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            Value::Object(table) => table.get(step),
            _ => None,
        })
    }

    fn at_mut(&mut self, path: &str) -> Option<&mut Value> {
        path.split('.').filter(|step| !step.is_empty()).try_fold(&mut self.0, |value, step| match value {
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
            Value::Object(table) => table.get_mut(step),
            _ => None,
        })
    }

    /// A text; empty when there is none.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// Rows of a list.
    #[must_use]
    pub fn n(&self, path: &str) -> usize {
        self.at(path).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Keys in a list.
    #[must_use]
    pub fn keys(&self, path: &str) -> Vec<String> {
        self.at(path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A value as the form shows it: shares in percent.
    #[must_use]
    pub fn shown(&self, path: &str, kind: Kind) -> String {
        let plain = match self.at(path) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(truth)) => truth.to_string(),
            _ => String::new(),
        };
        if !matches!(kind, Kind::Percent | Kind::OptionalPercent) {
            return plain;
        }
        match plain.strip_suffix('%') {
            Some(percent) => percent.to_owned(),
            None => parse_ratio(&plain).map_or(plain, |share| assessment::plain(share * Ratio::from_integer(100))),
        }
    }

    /// Whether something is ticked.
    #[must_use]
    pub fn is(&self, path: &str, otherwise: bool) -> bool {
        self.at(path).and_then(Value::as_bool).unwrap_or(otherwise)
    }

    /// A number; `None`: not there, or not one.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<Ratio> {
        match self.at(path)? {
            Value::Number(number) => parse_ratio(&number.to_string()).ok(),
            Value::String(text) => parse_ratio(text).ok(),
            _ => None,
        }
    }

    /// The year from which it is to hold.
    #[must_use]
    pub fn from_year(&self) -> Option<i16> {
        self.number("from_year").filter(Ratio::is_integer).and_then(|year| i16::try_from(year.to_integer()).ok())
    }

    /// Paths of the standards of fields, with their fields.
    #[must_use]
    pub fn standards(&self) -> Vec<(String, String)> {
        (0..self.n("standard")).map(|i| (format!("standard.{i}"), self.text(&format!("standard.{i}.field")).to_owned())).collect()
    }

    /// The list of sections of a sheet of items: `section`, or `standard.2.section`.
    #[must_use]
    pub fn sections_of(&self, tab: &Tab) -> Option<String> {
        match tab {
            Tab::Common => Some("section".to_owned()),
            Tab::Field(key) => self.standards().into_iter().find(|(_, field)| field == key).map(|(path, _)| format!("{path}.section")),
            _ => None,
        }
    }

    /// Paths of the items in a list of sections.
    #[must_use]
    pub fn items_in(&self, sections: &str) -> Vec<String> {
        let in_section = |s: usize| (0..self.n(&format!("{sections}.{s}.items"))).map(move |i| format!("{sections}.{s}.items.{i}"));
        (0..self.n(sections)).flat_map(in_section).collect()
    }

    /// Paths of all items, common ones first.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let own = self.standards().into_iter().flat_map(|(path, _)| self.items_in(&format!("{path}.section")));
        self.items_in("section").into_iter().chain(own).collect()
    }

    /// The fields of one sheet, in its order.
    #[must_use]
    pub fn fields(&self, tab: &Tab) -> Vec<(String, Kind)> {
        let mut fields: Vec<(String, Kind)> = Vec::new();
        let mut add = |path: &str, kind: Kind| fields.push((path.to_owned(), kind));
        let cite = |at: &str| -> [(String, Kind); 3] {
            [(format!("{at}cite.doc"), Kind::Text), (format!("{at}cite.clause"), Kind::Optional), (format!("{at}cite.quote"), Kind::Optional)]
        };
        match tab {
            Tab::Basic => {
                add("name", Kind::Text);
                add("from_year", Kind::Number);
                add("kinds", Kind::Keys);
                add("example", Kind::Tick);
                for key in ["approved_by", "document_number", "valid_until", "weights_locked_on"] {
                    add(key, Kind::Optional);
                }
                cite("").iter().for_each(|(path, kind)| add(path, *kind));
            }
            Tab::Common | Tab::Field(_) => {
                let Some(sections) = self.sections_of(tab) else { return fields };
                if let Some(standard) = sections.strip_suffix(".section") {
                    add(&format!("{standard}.owner"), Kind::Text);
                    cite(&format!("{standard}.")).iter().for_each(|(path, kind)| add(path, *kind));
                }
                for s in 0..self.n(&sections) {
                    add(&format!("{sections}.{s}.name"), Kind::Text);
                }
                for item in self.items_in(&sections) {
                    add(&format!("{item}.weight"), Kind::Number);
                    add(&format!("{item}.score"), Kind::Text);
                    add(&format!("{item}.bonus"), Kind::Tick);
                    add(&format!("{item}.target"), Kind::Optional);
                    add(&format!("{item}.when_not_evidenced"), Kind::Choice("open"));
                    for b in 0..self.n(&format!("{item}.bands")) {
                        add(&format!("{item}.bands.{b}.at_least"), Kind::Number);
                        add(&format!("{item}.bands.{b}.points"), Kind::Number);
                    }
                    match self.text(&format!("{item}.score")) {
                        "deduct" => {
                            add(&format!("{item}.per_fault"), Kind::Number);
                            add(&format!("{item}.floor"), Kind::OptionalNumber);
                        }
                        "rank_in_cohort" => add(&format!("{item}.last_points"), Kind::OptionalNumber),
                        "judged" => add(&format!("{item}.ballot"), Kind::Optional),
                        "change_against_base" => {
                            add(&format!("{item}.change.from"), Kind::Number);
                            add(&format!("{item}.change.to"), Kind::Number);
                            add(&format!("{item}.change.as"), Kind::Choice("difference"));
                            add(&format!("{item}.change.years_back"), Kind::OptionalNumber);
                        }
                        _ => {}
                    }
                }
            }
            Tab::Stars => {
                for i in 0..self.n("star") {
                    add(&format!("star.{i}.at_least"), Kind::Number);
                    add(&format!("star.{i}.quota"), Kind::OptionalPercent);
                    add(&format!("star.{i}.effect_at_least"), Kind::OptionalPercent);
                }
                add("star_below", Kind::Number);
                add("quota_rounding", Kind::Choice("down"));
                add("below_includes", Kind::TickedFirst);
                add("evidenced_weight_min", Kind::Percent);
                add("bonus_cap", Kind::OptionalNumber);
                add("weights_total", Kind::OptionalNumber);
                add("cohort.under", Kind::Text);
                add("cohort.pool_to", Kind::Keys);
                add("cohort.pool_below", Kind::OptionalNumber);
                for i in 0..self.n("ties") {
                    add(&format!("ties.{i}"), Kind::Text);
                }
            }
            Tab::Vetoes => {
                for i in 0..self.n("veto") {
                    add(&format!("veto.{i}.unless_met"), Kind::Text);
                    cite(&format!("veto.{i}.")).iter().for_each(|(path, kind)| add(path, *kind));
                }
            }
            Tab::Plan => {
                for i in 0..self.n(plan::LINES) {
                    for key in ["name", "period", "opens_on", "level", "owner"] {
                        add(&format!("{}.{i}.{key}", plan::LINES), Kind::Text);
                    }
                    add(&format!("{}.{i}.procedure", plan::LINES), Kind::Optional);
                }
            }
        }
        fields
    }

    /// Takes what was sent for one sheet; `sent` answers the values of a field, none for one that was not sent.
    pub fn take(&mut self, tab: &Tab, pack: &Pack, sent: &dyn Fn(&str) -> Vec<String>) {
        for (path, kind) in self.fields(tab) {
            let values = sent(&path);
            let typed: String =
                values.first().map(|text| text.trim().chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()).unwrap_or_default();
            // What the form did not hold stays as it is; ticks and lists of keys that were not sent are empty.
            let is_asked = !values.is_empty() || matches!(kind, Kind::Tick | Kind::TickedFirst | Kind::Keys);
            if is_asked {
                self.put(&path, value_of(kind, &typed, &values));
            }
        }
        if *tab == Tab::Vetoes {
            for i in 0..self.n("veto") {
                let Some(follows) = sent(&format!("veto.{i}.follows")).into_iter().next() else { continue };
                let star = follows.parse::<u8>().ok();
                self.put(&format!("veto.{i}.star_at_most"), star.map(|star| json!(star)));
                self.put(&format!("veto.{i}.disqualify"), star.is_none().then(|| json!(true)));
            }
        }
        if let Some(sections) = self.sections_of(tab) {
            for item in self.items_in(&sections) {
                self.tidy(&item, pack);
            }
        }
    }

    /// Sets a value, or takes it away; nothing happens where its table is not there.
    fn put(&mut self, path: &str, value: Option<Value>) {
        let (around, last) = path.rsplit_once('.').unwrap_or(("", path));
        match self.at_mut(around) {
            Some(Value::Object(table)) => match value {
                Some(value) => {
                    table.insert(last.to_owned(), value);
                }
                None => {
                    table.shift_remove(last);
                }
            },
            Some(Value::Array(list)) => {
                if let (Some(place), Some(value)) = (last.parse::<usize>().ok().and_then(|i| list.get_mut(i)), value) {
                    *place = value;
                }
            }
            _ => {}
        }
    }

    /// What an item says beside its way of scoring is what that way asks for.
    fn tidy(&mut self, path: &str, pack: &Pack) {
        let indicator = pack.indicators.get(self.text(&format!("{path}.indicator")));
        let is_judged = indicator.map(|indicator| indicator.value.is_none());
        let own = indicator.and_then(|indicator| indicator.target.last());
        let Some(Value::Object(item)) = self.at_mut(path) else { return };
        let mut score = item.get("score").and_then(Value::as_str).unwrap_or_default().to_owned();
        match is_judged {
            Some(true) if score != "judged" => score = "judged".to_owned(),
            Some(false) if score == "judged" => score = "met".to_owned(),
            _ => {}
        }
        let weight = item.get("weight").cloned().unwrap_or_else(|| json!(0));
        let needs = |key: &str| match key {
            "per_fault" | "floor" => score == "deduct",
            "last_points" => score == "rank_in_cohort",
            "change" => score == "change_against_base",
            "ballot" => score == "judged",
            "target" => score != "change_against_base",
            _ => score == "bands",
        };
        for key in ["per_fault", "floor", "last_points", "change", "ballot", "bands", "target"] {
            if !needs(key) {
                item.shift_remove(key);
            }
        }
        let mut ensure = |key: &str, value: Value| {
            if needs(key) && !item.contains_key(key) {
                item.insert(key.to_owned(), value);
            }
        };
        ensure("per_fault", json!(1));
        ensure("change", json!({ "from": 0, "to": 1 }));
        ensure("bands", json!([{ "at_least": 1, "points": weight }]));
        item.insert("score".to_owned(), json!(score));
        // Typed as a figure; held against the value as the indicator's own target is, a share in percent.
        if let (Some(own), Some(Value::String(typed))) = (own, item.get("target")) {
            let figure = narrow(typed);
            if let Ok(n) = parse_ratio(&figure) {
                let percent = if !own.is.value.is_integer() && n > Ratio::from_integer(1) && !figure.ends_with('%') { "%" } else { "" };
                item.insert("target".to_owned(), json!(format!("{} {figure}{percent}", own.is.comparator.sign())));
            }
        }
    }

    /// The figure of an item's own target, as the form shows it.
    #[must_use]
    pub fn target_figure(&self, item: &str) -> &str {
        self.text(&format!("{item}.target")).trim_start_matches(['>', '<', '=', ' '])
    }

    /// Does what a button asked for; answers the path of the row to look at next.
    pub fn act(&mut self, act: &Act, pack: &Pack, picked: &str) -> Option<String> {
        match act {
            Act::Keep | Act::Go(_) => None,
            Act::Drop(path) => {
                let (list, i) = self.row_mut(path)?;
                list.remove(i);
                let next = i.min(list.len().saturating_sub(1));
                let (around, _) = path.rsplit_once('.')?;
                let is_left = self.n(around) > 0;
                if !is_left && matches!(around, "veto" | "standard" | "ties" | plan::LINES) {
                    self.put(around, None);
                }
                Some(if is_left { format!("{around}.{next}") } else { around.to_owned() })
            }
            Act::Up(path) => self.shift(path, true),
            Act::Down(path) => self.shift(path, false),
            Act::Add(path) => self.add(path, pack, picked),
        }
    }

    /// The list in which a path names a row that the form may change, and its place.
    fn row_mut(&mut self, path: &str) -> Option<(&mut Vec<Value>, usize)> {
        let (around, last) = path.rsplit_once('.')?;
        let i: usize = last.parse().ok()?;
        if !LISTS.contains(&around.rsplit('.').next()?) {
            return None;
        }
        let list = self.at_mut(around)?.as_array_mut()?;
        (i < list.len()).then_some((list, i))
    }

    /// One place up or down; an item at the edge of its section goes into the next one.
    fn shift(&mut self, path: &str, is_up: bool) -> Option<String> {
        let (around, _) = path.rsplit_once('.')?;
        let around = around.to_owned();
        let (list, i) = self.row_mut(path)?;
        let to = if is_up { i.checked_sub(1) } else { Some(i + 1).filter(|to| *to < list.len()) };
        if let Some(to) = to {
            list.swap(i, to);
            return Some(format!("{around}.{to}"));
        }
        let section = around.strip_suffix(".items")?;
        let (sections, s) = section.rsplit_once('.')?;
        let s: usize = s.parse().ok()?;
        let other = if is_up { s.checked_sub(1)? } else { Some(s + 1).filter(|other| *other < self.n(sections))? };
        let next = format!("{sections}.{other}.items");
        self.at(&next)?.as_array()?;
        let item = self.row_mut(path).map(|(list, i)| list.remove(i))?;
        let list = self.at_mut(&next)?.as_array_mut()?;
        let at = if is_up { list.len() } else { 0 };
        list.insert(at, item);
        Some(format!("{next}.{at}"))
    }

    fn add(&mut self, path: &str, pack: &Pack, picked: &str) -> Option<String> {
        let list = path.rsplit('.').next()?;
        let row = match list {
            "items" => {
                let indicator = pack.indicators.get(picked)?;
                let is_repeated = indicator.per != policy::Per::Year;
                let score = if indicator.value.is_none() {
                    "judged"
                } else if is_repeated {
                    "share_of_periods_met"
                } else {
                    "met"
                };
                json!({ "indicator": picked, "weight": 0, "score": score })
            }
            "section" => json!({ "name": if picked.is_empty() { "新的一类" } else { picked }, "items": [] }),
            "bands" => {
                let last = self.at(path).and_then(Value::as_array).and_then(|list| list.last()).cloned();
                last.unwrap_or_else(|| json!({ "at_least": 1, "points": 0 }))
            }
            "standard" => {
                pack.fields.get(picked)?;
                let cite = self.at("standard.0.cite").or_else(|| self.at("cite")).cloned().unwrap_or_else(|| json!({ "doc": "example" }));
                let owner = self.text("standard.0.owner").to_owned();
                json!({ "field": picked, "owner": owner, "cite": cite, "section": [{ "name": "本领域项目", "items": [] }] })
            }
            "star" => {
                let lowest = (0..self.n("star")).filter_map(|i| self.number(&format!("star.{i}.star"))).min()?;
                if lowest <= Ratio::from_integer(1) {
                    return None;
                }
                let star = i64::try_from(lowest.to_integer()).ok()? - 1;
                json!({ "star": star, "at_least": 0 })
            }
            "veto" => json!({ "unless_met": picked, "star_at_most": 3, "cite": { "doc": "example" } }),
            "ties" => json!(picked),
            plan::LINES => plan::blank(pack),
            _ => return None,
        };
        let around = path.rsplit_once('.').map_or("", |(around, _)| around);
        if let Some(Value::Object(table)) = self.at_mut(around) {
            table.entry(list.to_owned()).or_insert_with(|| json!([]));
        }
        let rows = self.at_mut(path)?.as_array_mut()?;
        rows.push(row);
        Some(format!("{path}.{}", rows.len() - 1))
    }

    /// Which rows a sheet has, so that a form of another shape is not laid over it.
    #[must_use]
    pub fn shape(&self, tab: &Tab) -> String {
        let mut rows: Vec<String> = self.fields(tab).into_iter().map(|(path, _)| path).collect();
        if let Some(sections) = self.sections_of(tab) {
            rows.extend(self.items_in(&sections).iter().map(|item| self.text(&format!("{item}.indicator")).to_owned()));
        }
        policy::sm3_of(&rows.join("\n"))[..16].to_owned()
    }

    /// Puts the lines of the plan; none: it brings none.
    pub fn plan(&mut self, lines: Vec<Value>) {
        self.put(plan::LINES, (!lines.is_empty()).then(|| json!(lines)));
    }

    /// The text of its file.
    #[must_use]
    pub fn file_text(&self, key: &str) -> String {
        let mut own = self.0.clone();
        if let Some(own) = own.as_object_mut() {
            own.shift_remove(plan::LINES);
        }
        policy::entry_text("scheme", key, &own)
    }
}

/// What was typed, as the pack writes it; whole numbers as numbers, the rest as it stands, right or wrong.
fn value_of(kind: Kind, typed: &str, all: &[String]) -> Option<Value> {
    let number = || {
        let plain = narrow(typed);
        plain.parse::<i64>().map_or_else(|_| json!(plain), |n| json!(n))
    };
    let percent = || {
        let plain = narrow(typed);
        let figure = plain.trim_end_matches('%');
        if parse_ratio(figure).is_ok() { json!(format!("{figure}%")) } else { json!(plain) }
    };
    match kind {
        Kind::Text => Some(json!(typed)),
        Kind::Optional => (!typed.is_empty()).then(|| json!(typed)),
        Kind::Number => Some(number()),
        Kind::OptionalNumber => (!typed.is_empty()).then(number),
        Kind::Percent => Some(percent()),
        Kind::OptionalPercent => (!typed.is_empty()).then(percent),
        Kind::Tick => (!typed.is_empty()).then(|| json!(true)),
        Kind::TickedFirst => typed.is_empty().then(|| json!(false)),
        Kind::Choice(usual) => (typed != usual && !typed.is_empty()).then(|| json!(typed)),
        Kind::Keys => Some(json!(all.iter().filter(|key| !key.is_empty()).collect::<Vec<_>>())),
    }
}

/// Figures as an input method may leave them: １０．５％ is 10.5%.
fn narrow(typed: &str) -> String {
    let one = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '．' | '。' => '.',
        '％' => '%',
        other => other,
    };
    typed.chars().filter(|c| !c.is_whitespace()).map(one).collect()
}

/// The weights of a field together: common items, its own, what they should give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The sheet where it is put right.
    pub tab: Tab,
    /// Key of the field; empty: the scheme has no fields of its own.
    pub field: String,
    pub common: Ratio,
    pub own: Ratio,
    pub wanted: Ratio,
}

impl Sum {
    /// Common and own items together.
    #[must_use]
    pub fn total(&self) -> Ratio {
        self.common + self.own
    }

    #[must_use]
    pub fn is_right(&self) -> bool {
        self.total() == self.wanted
    }
}

impl DraftEntry {
    /// The sums of weights, field by field; what is no number counts nothing.
    #[must_use]
    pub fn sums(&self) -> Vec<Sum> {
        let wanted = self.number("weights_total").unwrap_or_else(|| Ratio::from_integer(100));
        let of = |sections: &str| {
            let due = self.items_in(sections).into_iter().filter(|item| !self.is(&format!("{item}.bonus"), false));
            // Figures of a form: no more than a few digits each, or they are told to be wrong and count nothing.
            let weights = due
                .filter_map(|item| self.number(&format!("{item}.weight")))
                .filter(|weight| *weight.denom() <= 1_000_000 && weight.numer().unsigned_abs() <= 1_000_000_000_000);
            weights.fold(Ratio::zero(), |sum, weight| num_traits::CheckedAdd::checked_add(&sum, &weight).unwrap_or(sum))
        };
        let common = of("section");
        let standards = self.standards();
        if standards.is_empty() {
            return vec![Sum { tab: Tab::Common, field: String::new(), common, own: Ratio::zero(), wanted }];
        }
        standards
            .into_iter()
            .map(|(path, field)| Sum { tab: Tab::Field(field.clone()), own: of(&format!("{path}.section")), field, common, wanted })
            .collect()
    }

    /// An empty entry, for reading rows.
    #[must_use]
    pub fn parse(body: &str) -> Self {
        Self(serde_json::from_str(body).unwrap_or_else(|_| Value::Object(Map::new())))
    }
}

#[cfg(test)]
mod tests;
