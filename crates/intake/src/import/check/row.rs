//! One row under its headings, collecting what is to be said about it.

use jiff::civil::Date;
use office::sheet::{Cell, NOT_CALCULATED};

use crate::import::cells::{self, DayFault};
use crate::import::model::{Checked, Layout, Level, Note, NoteKind, Outcome, Place, Record, StagedRow, unstaged};

/// Words that begin a footer: 合计, 填表人.
const FOOTERS: [&str; 10] = ["合计", "总计", "小计", "填表", "填报", "审核", "制表", "备注", "说明", "注:"];

pub(super) struct Cells<'a> {
    layout: &'a Layout,
    number: u32,
    cells: Vec<Cell>,
    problems: Vec<Problem>,
}

struct Problem {
    kind: NoteKind,
    /// Index into the layout's places; none: the first column.
    place: Option<usize>,
    message: String,
}

impl<'a> Cells<'a> {
    pub(super) fn new(layout: &'a Layout, row: &'a StagedRow) -> Self {
        let cells: Vec<Cell> = row.1.iter().map(|text| unstaged(text)).collect();
        let broken = |(at, cell): (usize, &Cell)| match cell {
            Cell::Error(text) if at < layout.places.len() => Some(Problem { kind: NoteKind::Formula, place: Some(at), message: formula_words(text) }),
            _ => None,
        };
        let problems = cells.iter().enumerate().filter_map(broken).collect();
        Self { layout, number: row.0, cells, problems }
    }

    /// Whether the row is a record: not empty, not the headings printed again, not a footer.
    pub(super) fn says_something(&self) -> bool {
        let texts: Vec<String> = self.cells.iter().map(cells::text).collect();
        let n_filled = texts.iter().filter(|text| !text.is_empty()).count();
        if n_filled == 0 {
            return false;
        }
        let n_headings = texts.iter().zip(&self.layout.places).filter(|(text, place)| !text.is_empty() && **text == place.heading.trim()).count();
        if n_headings == n_filled {
            return false;
        }
        let n_required = self.layout.places.iter().zip(&texts).filter(|(place, text)| place.required && !text.is_empty()).count();
        let is_footer = || texts.iter().any(|text| FOOTERS.iter().any(|word| cells::narrow(text).starts_with(word)));
        !(n_required <= 1 && is_footer())
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    fn at(&self, field: &str) -> Option<usize> {
        self.layout.places.iter().position(|place| place.field == field)
    }

    pub(super) fn cell(&self, field: &str) -> &Cell {
        self.at(field).and_then(|at| self.cells.get(at)).unwrap_or(&Cell::Empty)
    }

    pub(super) fn place(&self, field: &str) -> Option<&'a Place> {
        self.layout.place(field)
    }

    /// Whether the cell of a field is filled.
    pub(super) fn has(&self, field: &str) -> bool {
        !cells::text(self.cell(field)).is_empty()
    }

    pub(super) fn text(&self, field: &str) -> String {
        cells::text(self.cell(field))
    }

    /// The text of an optional column.
    pub(super) fn optional(&self, field: &str) -> Option<String> {
        Some(self.text(field)).filter(|text| !cells::is_nothing(text))
    }

    pub(super) fn code(&self, field: &str) -> String {
        cells::code(self.cell(field))
    }

    /// Says something about a field's cell.
    pub(super) fn note(&mut self, kind: NoteKind, field: &str, message: String) {
        // A formula without a result is said once.
        if matches!(self.cell(field), Cell::Error(_)) {
            return;
        }
        self.problems.push(Problem { kind, place: self.at(field), message });
    }

    pub(super) fn missing(&mut self, field: &str) {
        let heading = self.place(field).map_or(field, |place| place.heading.as_str());
        self.note(NoteKind::Missing, field, format!("“{heading}”没有填写，请补上"));
    }

    pub(super) fn required(&mut self, field: &str) -> String {
        let text = self.text(field);
        if text.is_empty() {
            self.missing(field);
        }
        text
    }

    /// A day; what is no day is refused, an empty required cell too.
    pub(super) fn day(&mut self, field: &str, is_required: bool) -> Option<Date> {
        match cells::day(self.cell(field)) {
            Ok(None) if is_required => {
                self.missing(field);
                None
            }
            Ok(day) => day,
            Err(fault) => {
                let written = self.text(field);
                let message = match fault {
                    DayFault::Impossible => format!("没有“{written}”这一天，请填实际日期，如 2025-06-09"),
                    DayFault::Incomplete => format!("“{written}”只到年或月，请填到日，如 2025-06-09"),
                    DayFault::Unreadable => format!("“{written}”认不出是哪一天，请按 2025-06-09 的样子填"),
                };
                self.note(NoteKind::ImpossibleDate, field, message);
                None
            }
        }
    }

    /// A number by `read`; what is none, or outside the range, is refused.
    pub(super) fn number_of(
        &mut self,
        field: &str,
        range: std::ops::RangeInclusive<i64>,
        read: impl Fn(&Cell) -> Result<Option<i64>, ()>,
    ) -> Option<i64> {
        match read(self.cell(field)) {
            Ok(Some(number)) if range.contains(&number) => Some(number),
            Ok(None) => None,
            Ok(Some(_)) => {
                let message = format!("“{}”超出可能的范围，请核对", self.text(field));
                self.note(NoteKind::NotANumber, field, message);
                None
            }
            Err(()) => {
                let is_number = matches!(cells::decimal(self.cell(field), &[]), Ok(Some(_)));
                let what = if is_number { "整数" } else { "数字" };
                let message = format!("“{}”不是{what}，请只填{what}", self.text(field));
                self.note(NoteKind::NotANumber, field, message);
                None
            }
        }
    }

    /// A value that the pack's list of the column does not know is doubted, not refused.
    pub(super) fn listed(&mut self, pack: &policy::Pack, field: &str) {
        let Some(list) = self.place(field).and_then(|place| place.code_list.as_ref()).and_then(|key| pack.code_lists.get(key)) else { return };
        let value = self.text(field);
        if !cells::is_nothing(&value) && !list.values.contains(&value) {
            let message = format!("“{value}”不在常见的{}里，已照收，请核对", list.name);
            self.note(NoteKind::UncommonCode, field, message);
        }
    }

    /// Whether anything was found that cannot be right.
    pub(super) fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.level() == Level::Refused)
    }

    /// Puts the row where it belongs: refused under the first problem that decides, or accepted with its doubts.
    pub(super) fn finish(self, record: Option<Record>, outcome: &mut Outcome) {
        let note = |problem: &Problem, message: String| {
            let (heading, column, value) = match problem.place {
                Some(at) => {
                    let place = &self.layout.places[at];
                    let written = cells::text(self.cells.get(at).unwrap_or(&Cell::Empty));
                    (place.heading.clone(), place.column, cells::masked(place.kind, &written))
                }
                None => (String::new(), self.layout.places.first().map_or(0, |place| place.column), String::new()),
            };
            Note { kind: problem.kind, row: self.number, heading, column, value, message: cells::mask_runs(&message) }
        };
        let refusals: Vec<&Problem> = self.problems.iter().filter(|problem| problem.kind.level() == Level::Refused).collect();
        if let Some((first, others)) = refusals.split_first() {
            let mut message = first.message.clone();
            for other in others {
                let heading = other.place.map_or("", |at| self.layout.places[at].heading.as_str());
                message.push_str(&format!("；另外，{heading}：{}", other.message));
            }
            outcome.notes.push(note(first, message));
            outcome.notes.extend(beside(first, others).iter().map(|other| note(other, other.message.clone())));
            return;
        }
        let Some(record) = record else { return };
        outcome.notes.extend(self.problems.iter().map(|problem| note(problem, problem.message.clone())));
        outcome.accepted.push(Checked { row: self.number, record });
    }
}

/// The other bad cells of a refused row, each with all that is wrong in it.
fn beside(first: &Problem, others: &[&Problem]) -> Vec<Problem> {
    let mut cells: Vec<Problem> = Vec::new();
    for other in others.iter().filter(|other| other.place.is_some() && other.place != first.place) {
        match cells.iter_mut().find(|known| known.place == other.place) {
            Some(known) => known.message.push_str(&format!("；另外，{}", other.message)),
            None => cells.push(Problem { kind: NoteKind::AlsoBad, place: other.place, message: other.message.clone() }),
        }
    }
    cells
}

fn formula_words(error: &str) -> String {
    if error == NOT_CALCULATED {
        return "这一格是公式，文件里没有算好的结果。请用 Excel 或 WPS 打开、保存后再传".to_owned();
    }
    format!("这一格的公式出错（{error}），请改成实际内容")
}
