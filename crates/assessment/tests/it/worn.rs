//! The sample workbooks with gaps and edges: a third of the branches, each worn in its own way, so that every sentence of
//! docs/口径.md that four workbooks can touch is touched. Both sides read the same worn workbooks.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use jiff::civil::{Date, date};
use office::sheet::{Cell, Column, ColumnKind, Table, Value, write_workbook};

use crate::workbooks::{rows_of, text_of};

/// Every third branch of the workbooks is kept.
const KEPT_OF: usize = 3;

/// How often in the year an invented branch held what it held: theme days and committee meetings in so many months,
/// general meetings and lectures in so many quarters. Each with its hours.
struct Invented {
    months: [(&'static str, usize); 2],
    quarters: [(&'static str, usize); 2],
    hours: &'static str,
}

/// Branches with invented records, so that scores are equal: (41) (44). Everything held but for what nobody recorded;
/// 12 × 10/12 + 5 × 8/12 = 8 × 10/12 + 10 × 8/12 points; 4 × 3 + 0 × 2 = 2 × 3 + 3 × 2 points.
fn invented(number: usize) -> Option<Invented> {
    let (theme_days, committee, general, lectures, hours) = match number % 16 {
        2 | 3 => (12, 12, 4, 4, "2"),
        6 | 7 | 12 => (12, 5, 4, 0, "0"),
        8 => (12, 5, 2, 3, "0"),
        10 | 11 => (8, 10, 4, 0, "0"),
        _ => return None,
    };
    let months = [("主题党日", theme_days), ("支部委员会会议", committee)];
    Some(Invented { months, quarters: [("支部党员大会", general), ("党课", lectures)], hours })
}

/// One workbook as text; days are numbers, as spreadsheets keep them.
struct Paper {
    name: &'static str,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Paper {
    fn read(folder: &Path, name: &'static str) -> Self {
        let text = |cell: &Cell| match cell {
            Cell::Date(days) => (*days as i64).to_string(),
            other => text_of(other),
        };
        let mut rows: Vec<Vec<String>> = rows_of(&folder.join(name)).iter().map(|row| row.cells.iter().map(text).collect()).collect();
        let headings = rows.remove(0);
        rows.iter_mut().for_each(|row| row.resize(headings.len(), String::new()));
        Self { name, headings, rows }
    }

    fn write(self, folder: &Path) {
        let is_day: Vec<bool> = self.headings.iter().map(|heading| heading.ends_with("日期")).collect();
        let value = |(column, text): (usize, String)| match text.parse() {
            Ok(days) if is_day[column] => Value::Integer(days),
            _ => Value::text(text),
        };
        let rows = self.rows.into_iter().map(|row| row.into_iter().enumerate().map(value).collect()).collect();
        let columns = self.headings.into_iter().map(|heading| Column::new(heading, ColumnKind::Text)).collect();
        let table = Table { name: "表".to_owned(), title: None, columns, rows };
        fs::write(folder.join(self.name), write_workbook(&[table]).expect("a workbook")).expect("the folder can be written");
    }

    fn column(&self, heading: &str) -> usize {
        self.headings.iter().position(|h| h == heading).expect("a heading of the samples")
    }
}

fn days(of: Date) -> String {
    let since = of.since(date(1899, 12, 30)).expect("days between two dates");
    since.get_days().to_string()
}

/// Reads the clean workbooks and writes the worn ones to `to`.
pub fn wear(clean: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder under the build's own");
    let mut organisations = Paper::read(clean, "党组织基本信息.xlsx");
    let kept = wear_organisations(&mut organisations);
    organisations.write(to);
    let mut members = Paper::read(clean, "党员基本信息.xlsx");
    wear_members(&mut members, &kept);
    members.write(to);
    let mut activities = Paper::read(clean, "组织生活记录.xlsx");
    wear_activities(&mut activities, &kept);
    activities.write(to);
    let mut incomes = Paper::read(clean, "村级集体经济.xlsx");
    wear_incomes(&mut incomes);
    incomes.write(to);
}

/// The kept branches, numbered. Of the villages of one county ten are kept, no more: the smallest cohort that stands alone (40).
fn wear_organisations(paper: &mut Paper) -> HashMap<String, usize> {
    let [code, kind, superior] = ["组织编码", "党组织类别", "上级党组织编码"].map(|h| paper.column(h));
    let [founded, secretary, elected, term] = ["建立日期", "书记姓名", "最近换届日期", "任期（年）"].map(|h| paper.column(h));
    let field = paper.column("所属领域");
    let (mut kept, mut n_branches, mut n_villages) = (HashMap::new(), 0, 0);
    paper.rows.retain_mut(|row| {
        if !row[kind].ends_with("党支部") {
            return true;
        }
        n_branches += 1;
        let number = n_branches / KEPT_OF;
        if row[code].starts_with("P330822") && row[field] == "农村" {
            n_villages += 1;
            kept.extend((n_villages <= 10).then(|| (row[code].clone(), number)));
            return n_villages <= 10;
        }
        if n_branches % KEPT_OF != 0 {
            return false;
        }
        kept.insert(row[code].clone(), number);
        if invented(number).is_some() {
            return true;
        }
        let day = |year, month, day| days(date(year, month, day));
        let text = str::to_owned;
        // (12) (13) (20) (22): who is in office since when, and when the term ends. (4): founded in the year, or on its first day.
        let leadership = match number % 13 {
            0 => vec![(elected, day(2020, 12, 31))],
            1 => vec![(elected, day(2021, 1, 1))],
            2 => vec![(elected, day(2025, 6, 1))],
            3 => vec![(elected, day(2024, 2, 29)), (term, text("1"))],
            4 => vec![(secretary, text(""))],
            5 => vec![(elected, text(""))],
            6 => vec![(term, text(""))],
            7 => vec![(secretary, text("")), (elected, text(""))],
            8 => vec![(secretary, text("")), (elected, day(2025, 6, 1))],
            9 => vec![(founded, day(2025, 4, 15)), (elected, text(""))],
            10 => vec![(founded, day(2025, 1, 1)), (elected, day(2025, 1, 1))],
            _ => Vec::new(),
        };
        // (1): some are not evaluated. (40): some stand right under the city, or right under a county.
        let place = match number % 29 {
            4 => vec![(kind, text("党总支"))],
            5 => vec![(kind, text("临时党支部"))],
            6 => vec![(kind, text("联合党支部"))],
            7 => vec![(superior, text("P3308"))],
            8 => vec![(superior, text("P330802"))],
            _ => Vec::new(),
        };
        for (column, text) in leadership.into_iter().chain(place) {
            row[column] = text;
        }
        true
    });
    kept
}

/// (11) (21) (27): some branches come to seven full members in the year, on the first of a month or the day after.
fn wear_members(paper: &mut Paper, kept: &HashMap<String, usize>) {
    let [branch, full_on] = ["所在党支部编码", "转正日期"].map(|h| paper.column(h));
    let mut n_members: HashMap<usize, usize> = HashMap::new();
    paper.rows.retain_mut(|row| {
        let Some(&number) = kept.get(&row[branch]) else { return false };
        let n = n_members.entry(number).or_default();
        *n += 1;
        if number % 4 == 1 && *n > 4 {
            let month = i8::try_from(number % 12 + 1).expect("a month");
            row[full_on] = match *n {
                5 | 6 => days(date(2024, month, 15)),
                7 => days(date(2025, month, i8::from(number % 8 == 1) + 1)),
                _ => String::new(),
            };
        }
        true
    });
}

/// (6) (9) (10) (32) (33) (41) (44): other years, the same twice, two meetings in one, exact shares, odd hours, nothing at all.
fn wear_activities(paper: &mut Paper, kept: &HashMap<String, usize>) {
    let [branch, kind, on, hours] = ["支部编码", "活动类型", "活动日期", "学时"].map(|h| paper.column(h));
    let [eligible, present] = ["应到人数", "实到人数"].map(|h| paper.column(h));
    let mut rows = Vec::new();
    for (n, mut row) in std::mem::take(&mut paper.rows).into_iter().enumerate() {
        let Some(&number) = kept.get(&row[branch]) else { continue };
        if invented(number).is_some() {
            continue;
        }
        if number % 17 == 3 || (number % 5 == 4 && row[kind] == "民主评议党员") {
            continue;
        }
        if number % 5 == 4 && row[kind] == "组织生活会" {
            row[kind] = "组织生活会暨民主评议党员".to_owned();
        }
        match number % 6 {
            4 => (row[eligible], row[present]) = ("10".to_owned(), "8".to_owned()),
            5 => (row[eligible], row[present]) = ("9".to_owned(), "4".to_owned()),
            _ => {}
        }
        match n % 41 {
            0 => row[on] = days(date(2024, 12, 31)),
            1 => row[on] = days(date(2026, 1, 1)),
            2 => row[on] = days(date(2025, 3, 31)),
            3 => row[hours] = "1.5".to_owned(),
            4 => row[hours] = "0.333".to_owned(),
            5 => row[hours] = "0.675".to_owned(),
            6 => row[hours].clear(),
            _ => {}
        }
        if n % 41 == 7 {
            let mut again = row.clone();
            (again[present], again[hours]) = ("0".to_owned(), "8".to_owned());
            rows.extend([row, again]);
        } else {
            rows.push(row);
        }
    }
    let mut kept: Vec<_> = kept.iter().collect();
    kept.sort_unstable();
    for (code, &number) in kept {
        let Some(Invented { months, quarters, hours: of_each }) = invented(number) else { continue };
        let monthly = months.into_iter().flat_map(|(held, n)| (1..=n).map(move |month| (held, month)));
        let quarterly = quarters.into_iter().flat_map(|(held, n)| (1..=n).map(move |quarter| (held, quarter * 3)));
        let yearly = ["组织生活会", "民主评议党员", "谈心谈话"].map(|held| (held, 12));
        for (held, month) in monthly.chain(quarterly).chain(yearly) {
            let mut row = vec![String::new(); paper.headings.len()];
            row[branch].clone_from(code);
            row[kind] = held.to_owned();
            row[on] = days(date(2025, i8::try_from(month).expect("a month"), 20));
            (row[eligible], row[present], row[hours]) = ("10".to_owned(), "8".to_owned(), of_each.to_owned());
            rows.push(row);
        }
    }
    paper.rows = rows;
}

/// (34): no row, nothing, a loss, the edges of rounding.
fn wear_incomes(paper: &mut Paper) {
    let [year, income] = ["年度", "经营性收入（万元）"].map(|h| paper.column(h));
    let mut n_rows = 0;
    paper.rows.retain_mut(|row| {
        n_rows += usize::from(row[year] == "2025");
        let edges = ["", "0", "-1.234567", "20", "19.99999", "19.999999", "19.9999999"];
        match edges.get(n_rows % 11) {
            Some(&"") => row[year] != "2025",
            Some(edge) => {
                row[income] = (*edge).to_owned();
                true
            }
            None => true,
        }
    });
}
