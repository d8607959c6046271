//! What stands between a workbook and the records it becomes. Pure.

use jiff::civil::Date;
use office::sheet::Cell;
use policy::ColumnKind;
use serde::{Deserialize, Serialize};

/// What a row becomes, in the order in which kinds are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Primitive {
    Organisation,
    Member,
    VillageIncome,
    Activity,
    JudgedValue,
}

impl Primitive {
    /// The word of the pack (`workbook.*.primitive`).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Organisation, Self::Member, Self::VillageIncome, Self::Activity, Self::JudgedValue].into_iter().find(|it| it.word() == word)
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Member => "member",
            Self::VillageIncome => "village_income",
            Self::Activity => "activity",
            Self::JudgedValue => "judged_value",
        }
    }

    /// What its rows are counted in.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Organisation => "个",
            Self::Member => "名",
            Self::VillageIncome | Self::Activity | Self::JudgedValue => "条",
        }
    }
}

/// A recognised column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub field: String,
    /// As the file writes it.
    pub heading: String,
    /// From 0 (A).
    pub column: u32,
    pub kind: ColumnKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub code_list: Option<String>,
}

/// A sheet whose kind is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The name on the tab.
    pub sheet: String,
    /// Key of the pack's `workbook`.
    pub kind: String,
    pub primitive: Primitive,
    /// The spreadsheet's own number of the (last) heading row.
    pub header_row: u32,
    pub places: Vec<Place>,
    /// The year that a title above the headings names: 党员基本信息采集表（2025年度）.
    pub year: Option<i16>,
    /// Once checked: the kinds of record that the accepted rows hold, as their coverage is named: `activity.theme_day`.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Once checked: how many branches the accepted rows speak of.
    #[serde(default)]
    pub n_branches: usize,
}

impl Layout {
    /// The recognised column of a field.
    #[must_use]
    pub fn place(&self, field: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.field == field)
    }
}

/// A row as it is staged: the spreadsheet's own number and the cells of the recognised columns, in the layout's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRow(pub u32, pub Vec<String>);

/// A cell as one text whose first letter says what it was.
#[must_use]
pub fn staged(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => format!("t{text}"),
        Cell::Number { text, .. } => format!("n{text}"),
        Cell::Date(days) => format!("d{days}"),
        Cell::Bool(is) => format!("b{}", u8::from(*is)),
        Cell::Error(text) => format!("e{text}"),
    }
}

/// The cell that [`staged`] gave.
#[must_use]
pub fn unstaged(text: &str) -> Cell {
    let Some(kind) = text.chars().next() else { return Cell::Empty };
    let rest = &text[kind.len_utf8()..];
    match kind {
        't' => Cell::Text(rest.to_owned()),
        'n' => Cell::Number { value: rest.parse().unwrap_or(f64::NAN), text: rest.to_owned() },
        'd' => rest.parse().map_or(Cell::Empty, Cell::Date),
        'b' => Cell::Bool(rest == "1"),
        _ => Cell::Error(rest.to_owned()),
    }
}

/// A sheet read, its rows in memory.
#[derive(Debug, Clone)]
pub struct Table {
    /// Which of the uploaded files it is in: keys may not repeat within one.
    pub file: usize,
    pub layout: Layout,
    pub rows: Vec<StagedRow>,
}

/// A row that is accepted, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub row: u32,
    pub record: Record,
}

/// What an accepted row says. Organisations are named by code: those of the same import have no number yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Organisation(OrganisationRecord),
    Member(MemberRecord),
    Income(IncomeRecord),
    Activity(ActivityRecord),
    Judged(JudgedRecord),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationRecord {
    pub code: String,
    pub name: String,
    pub kind: String,
    pub superior_code: Option<String>,
    pub field: String,
    pub founded_on: Option<Date>,
    pub secretary: Option<String>,
    pub telephone: Option<String>,
    pub elected_on: Option<Date>,
    pub term_years: Option<i64>,
    pub region_code: Option<String>,
    pub longitude: Option<String>,
    pub latitude: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecord {
    pub name: String,
    pub sex: String,
    pub ethnicity: String,
    pub id_number: String,
    pub born_on: Option<Date>,
    pub education: Option<String>,
    pub joined_on: Option<Date>,
    pub full_on: Option<Date>,
    pub category: String,
    pub branch_code: String,
    pub occupation: Option<String>,
    pub telephone: Option<String>,
    /// None: the workbook does not say.
    pub is_mobile: Option<bool>,
    /// None: the workbook does not say.
    pub status: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomeRecord {
    pub village_code: String,
    pub village_name: String,
    pub year: i16,
    pub operating_fen: i64,
    pub total_fen: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRecord {
    pub branch_code: String,
    pub kind: String,
    pub held_on: Date,
    pub topic: String,
    pub host: Option<String>,
    pub n_eligible: i64,
    pub n_present: i64,
    /// None: the workbook does not say.
    pub minutes: Option<i64>,
    /// None: the workbook does not say.
    pub entered_on: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedRecord {
    pub code: String,
    pub indicator: String,
    pub year: i16,
    pub points: String,
    pub evidence: String,
}

/// How a note about a row is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The row is not imported.
    Refused,
    /// It is imported, and somebody should look.
    Doubt,
    /// The record is there already and differs.
    Update,
    /// Another bad cell of a refused row: marked in the annotated file. In the report it stands in the line of its row.
    Beside,
}

impl Level {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Doubt => "doubt",
            Self::Update => "update",
            Self::Beside => "beside",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Refused, Self::Doubt, Self::Update, Self::Beside].into_iter().find(|level| level.word() == word)
    }
}

macro_rules! note_kinds {
    ($($variant:ident $key:literal $level:ident $name:literal,)*) => {
        /// What a note is about; notes are grouped by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NoteKind { $($variant,)* }

        impl NoteKind {
            /// All of them, refusals first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it is stored.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// In words.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }
        }
    };
}

note_kinds! {
    Missing "missing" Refused "必填的没有填",
    Checksum "checksum" Refused "身份证号不对",
    ImpossibleDate "impossible_date" Refused "日期不可能",
    UnknownBranch "unknown_branch" Refused "没有这个党组织",
    UnknownKind "unknown_kind" Refused "没有这个类别",
    MorePresentThanDue "more_present_than_due" Refused "实到多于应到",
    Duplicate "duplicate" Refused "同一张表里重复",
    Formula "formula" Refused "公式没有结果",
    NotANumber "not_a_number" Refused "不是数字或者超出范围",
    OutOfReach "out_of_reach" Refused "不能写入",
    JoinedBefore18 "joined_before_18" Doubt "入党时未满规定年龄",
    FullNotAfterProbation "full_not_after_probation" Doubt "转正不在预备期满时",
    SecretaryNotOnRoster "secretary_not_on_roster" Doubt "书记不在名册上",
    UncommonCode "uncommon_code" Doubt "不常见的取值",
    BranchSize "branch_size" Doubt "支部正式党员人数",
    BornDiffers "born_differs" Doubt "出生日期与身份证号不一致",
    SexDiffers "sex_differs" Doubt "性别与身份证号不一致",
    CategoryDiffers "category_differs" Doubt "人员类别与转正日期不一致",
    NameDiffers "name_differs" Doubt "编码与名称对不上",
    OddTelephone "odd_telephone" Doubt "电话号码可能有误",
    OddDate "odd_date" Doubt "日期可能有误",
    OwnRecord "own_record" Doubt "支部已有带名单的记录",
    OddAmount "odd_amount" Doubt "数字可能有误",
    NoOrganisation "no_organisation" Doubt "没有对应的党组织",
    OtherPerson "other_person" Update "同一身份证号，姓名不同",
    Differs "differs" Update "库里已有，内容不同",
    AlsoBad "also_bad" Beside "退回的行里另一格",
}

impl NoteKind {
    /// The kind that was stored.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
    }
}

/// Something to be said about one cell of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub kind: NoteKind,
    /// The spreadsheet's own row number.
    pub row: u32,
    /// The heading as the file writes it.
    pub heading: String,
    /// From 0 (A).
    pub column: u32,
    /// As written; identity and telephone numbers masked.
    pub value: String,
    pub message: String,
}

/// What became of one sheet in the check.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub accepted: Vec<Checked>,
    pub notes: Vec<Note>,
    /// Rows that say something; empty ones, repeated headings and footers are none.
    pub n_rows: u32,
}

/// What happens when rows are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBad {
    /// The others are imported.
    #[default]
    Skip,
    /// Nothing is.
    Abort,
}

/// What an import was asked to do; kept with its job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    #[serde(default)]
    pub on_bad: OnBad,
    /// These are all records of this year.
    #[serde(default)]
    pub complete: Option<i16>,
    /// The year of judged values whose workbook names none.
    #[serde(default)]
    pub year: Option<i16>,
    /// Whether a person looks before anything is written.
    #[serde(default)]
    pub asks: bool,
    /// Whether that person has decided.
    #[serde(default)]
    pub is_decided: bool,
    /// Whether that person decided against it.
    #[serde(default)]
    pub is_abandoned: bool,
    /// Records that are there already stay as they are.
    #[serde(default)]
    pub keeps_known: bool,
    /// The day from which changes hold; none: the day of the import.
    #[serde(default)]
    pub effective_on: Option<Date>,
    /// Carried out for the command line: in nobody's name.
    #[serde(default)]
    pub is_console: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_cell_comes_back() {
        let cells = [
            Cell::Empty,
            Cell::Text("马 春和".to_owned()),
            Cell::Number { value: 22.84, text: "22.84".to_owned() },
            Cell::Date(45741.5),
            Cell::Bool(true),
            Cell::Error("#N/A".to_owned()),
        ];
        for cell in cells {
            assert_eq!(unstaged(&staged(&cell)), cell);
        }
    }

    #[test]
    fn keys_of_notes_are_told_apart() {
        for kind in NoteKind::ALL {
            assert_eq!(NoteKind::parse(kind.key()), Some(*kind));
        }
    }
}
