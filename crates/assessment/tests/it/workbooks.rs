//! The four workbooks → subjects and facts, by the sentences of `evaluation.md` and docs/口径.md. For tests only:
//! the product's own import stands in the server.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use assessment::{Event, FactsBuilder, Flags, Span, Subject, Superior};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use office::sheet::{Cell, Limits, Row};
use policy::{Pack, parse_ratio};

/// What was read already: without optimisation a workbook takes seconds, and three tests read the same.
static READ: Mutex<Vec<(PathBuf, Arc<Vec<Row>>)>> = Mutex::new(Vec::new());

/// The rows of the first sheet, the headings first.
pub fn rows_of(path: &Path) -> Arc<Vec<Row>> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, rows)) = read.iter().find(|(known, _)| known == path) {
        return rows.clone();
    }
    let bytes = std::fs::read(path).expect("the workbook can be read");
    let mut sheets = office::sheet::read_workbook(&bytes, &Limits::default()).expect("a workbook");
    let rows = Arc::new(sheets.remove(0).rows);
    read.push((path.to_owned(), rows.clone()));
    rows
}

/// Rows of the first sheet by heading.
struct Sheet {
    headings: HashMap<String, usize>,
    all: Arc<Vec<Row>>,
}

impl Sheet {
    fn read(path: &Path) -> Self {
        let all = rows_of(path);
        let headings = all[0].cells.iter().enumerate().map(|(i, cell)| (text_of(cell), i)).collect();
        Self { headings, all }
    }

    fn rows(&self) -> &[Row] {
        &self.all[1..]
    }

    fn cell<'a>(&self, row: &'a Row, heading: &str) -> &'a Cell {
        row.cells.get(self.headings[heading]).unwrap_or(&Cell::Empty)
    }

    fn text(&self, row: &Row, heading: &str) -> String {
        text_of(self.cell(row, heading))
    }

    fn day(&self, row: &Row, heading: &str) -> Option<Date> {
        let days = match self.cell(row, heading) {
            Cell::Date(days) => *days as i64,
            Cell::Number { value, .. } => *value as i64,
            _ => return None,
        };
        Some(date(1899, 12, 30).checked_add(days.days()).expect("a day of the calendar"))
    }

    /// A decimal times `unit`, rounded: spreadsheets keep 84.21 as 84.20999999999999. Nothing is 0.
    fn amount(&self, row: &Row, heading: &str, unit: i64) -> i64 {
        let text = self.text(row, heading);
        let value = if text.is_empty() { policy::Ratio::from_integer(0) } else { parse_ratio(&text).expect("a number") };
        let amount = (value * policy::Ratio::from_integer(i128::from(unit))).round();
        i64::try_from(amount.to_integer()).expect("fits")
    }
}

pub fn text_of(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Number { text, .. } => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// A city as four workbooks tell it.
pub struct City {
    pub subjects: Vec<Subject>,
    pub facts: FactsBuilder,
}

/// Reads the city from `folder`, with the kinds and fields of `pack`.
pub fn read_city(folder: &Path, pack: &Pack) -> City {
    let organisations = Sheet::read(&folder.join("党组织基本信息.xlsx"));
    let superior_of: HashMap<String, String> =
        organisations.rows().iter().map(|row| (organisations.text(row, "组织编码"), organisations.text(row, "上级党组织编码"))).collect();
    let kind_of = |name: &str| pack.organisation_kinds.iter().find(|(_, k)| k.name == name).map(|(key, _)| key.clone());
    let field_of = |name: &str| pack.fields.iter().find(|(_, f)| f.name == name).map(|(key, _)| key.clone());
    let mut subjects = Vec::new();
    let mut facts = FactsBuilder::new();
    let mut by_division: HashMap<String, Vec<i64>> = HashMap::new();
    for (id, row) in (1_i64..).zip(organisations.rows()) {
        let code = organisations.text(row, "组织编码");
        by_division.entry(organisations.text(row, "行政区划代码")).or_default().push(id);
        add_leadership(&mut facts, &organisations, row, id);
        subjects.push(Subject {
            id,
            name: organisations.text(row, "党组织全称"),
            kind: kind_of(&organisations.text(row, "党组织类别")).unwrap_or_default(),
            field: field_of(&organisations.text(row, "所属领域")).expect("a known field"),
            level: String::new(),
            from: organisations.day(row, "建立日期").expect("founded on a day"),
            until: None,
            go_live: None,
            superiors: superiors(&code, &superior_of),
            code,
        });
    }
    let ids: HashMap<String, i64> = subjects.iter().map(|s| (s.code.clone(), s.id)).collect();
    add_activities(&mut facts, &Sheet::read(&folder.join("组织生活记录.xlsx")), &ids, pack);
    add_members(&mut facts, &Sheet::read(&folder.join("党员基本信息.xlsx")), &ids);
    add_income(&mut facts, &Sheet::read(&folder.join("村级集体经济.xlsx")), &by_division);
    for subject in &subjects {
        let span = |kind| Span { kind, from: date(2025, 1, 1), until: Some(date(2026, 1, 1)), quantity: 1, subject: 0, source: 0 };
        facts.span(subject.id, &span("coverage.activity"));
    }
    City { subjects, facts }
}

/// The chain upward; the level follows from the depth under the city.
fn superiors(code: &str, superior_of: &HashMap<String, String>) -> Vec<Superior> {
    let mut chain = Vec::new();
    let mut at = code;
    while let Some(above) = superior_of.get(at).filter(|above| !above.is_empty()) {
        chain.push(above.clone());
        at = above;
    }
    let n = chain.len();
    let level = |depth: usize| ["city", "county", "township"].get(depth).map_or_else(|| "general_branch".to_owned(), |l| (*l).to_owned());
    chain.into_iter().enumerate().map(|(i, code)| Superior { id: 0, code, level: level(n - 1 - i) }).collect()
}

/// Who holds office, since when the roster knows, and whether the term ran out (口径 12, 13).
fn add_leadership(facts: &mut FactsBuilder, sheet: &Sheet, row: &Row, org: i64) {
    let elected = sheet.day(row, "最近换届日期");
    let mut add = |kind, from| facts.span(org, &Span { kind, from, until: None, quantity: 1, subject: 0, source: i64::from(row.number) });
    let Some(known_from) = elected.or(sheet.day(row, "建立日期")) else { return };
    add("coverage.organisation", known_from);
    if !sheet.text(row, "书记姓名").is_empty() {
        add("organisation.secretary", known_from);
    }
    if let (Some(elected), Ok(years)) = (elected, sheet.text(row, "任期（年）").parse::<i64>()) {
        // In a month too short for the day, jiff takes its last.
        add("organisation.term_overdue", elected.checked_add(years.years()).expect("a day of the calendar"));
    }
}

fn add_activities(facts: &mut FactsBuilder, sheet: &Sheet, ids: &HashMap<String, i64>, pack: &Pack) {
    let mut seen = HashSet::new();
    for row in sheet.rows() {
        let org = ids[&sheet.text(row, "支部编码")];
        let name = sheet.text(row, "活动类型");
        let (key, _) = pack.activities.iter().find(|(_, a)| a.name == name || a.aliases.contains(&name)).expect("a known kind");
        let on = sheet.day(row, "活动日期").expect("a day");
        // 口径 9.
        if !seen.insert((org, key, on, sheet.text(row, "活动主题"))) {
            continue;
        }
        let mut add = |what: &str, quantity: i64| {
            let kind = format!("activity.{key}{what}");
            facts.event(org, &Event { kind: &kind, on, quantity, subject: 0, flags: Flags::IMPORTED, source: i64::from(row.number), makes_up: None });
        };
        add("", 1);
        add(".eligible", sheet.amount(row, "应到人数", 1));
        add(".present", sheet.amount(row, "实到人数", 1));
        add(".minutes", sheet.amount(row, "学时", 60));
    }
}

fn add_members(facts: &mut FactsBuilder, sheet: &Sheet, ids: &HashMap<String, i64>) {
    for row in sheet.rows() {
        let Some(from) = sheet.day(row, "转正日期") else { continue };
        let org = ids[&sheet.text(row, "所在党支部编码")];
        let number = i64::from(row.number);
        facts.span(org, &Span { kind: "member.full", from, until: None, quantity: 1, subject: number, source: number });
    }
}

fn add_income(facts: &mut FactsBuilder, sheet: &Sheet, by_division: &HashMap<String, Vec<i64>>) {
    for row in sheet.rows() {
        let Some(orgs) = by_division.get(&sheet.text(row, "村编码")) else { continue };
        let year: i16 = sheet.text(row, "年度").parse().expect("a year");
        // 万元 to fen: 10 000 yuan of 100 fen.
        let quantity = sheet.amount(row, "经营性收入（万元）", 1_000_000);
        let event = Event {
            kind: "village.operating_income",
            on: date(year, 12, 31),
            quantity,
            subject: 0,
            flags: Flags::IMPORTED,
            source: i64::from(row.number),
            makes_up: None,
        };
        for &org in orgs {
            facts.event(org, &event);
        }
    }
}
