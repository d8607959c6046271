//! Rows → accepted, refused, doubtful. Pure: what the database knows comes in with the [`Context`].
//!
//! A refusal is for what cannot be right; a doubt is imported and listed. All problems of a row are found at once; the first
//! that decides names the column.

mod activities;
mod incomes;
mod judged;
mod members;
mod organisations;
mod row;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use policy::{OrganisationRole, Pack};

use super::model::{NoteKind, Outcome, Primitive, Record, Table};
use row::Cells;

/// An organisation that is in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOrganisation {
    pub name: String,
    pub role: OrganisationRole,
    pub parent_code: Option<String>,
    /// Whether the importer may write to it.
    pub is_reached: bool,
}

/// What the check needs to know besides the rows.
pub struct Context<'a> {
    pub pack: &'a Pack,
    pub today: Date,
    /// Every organisation of the database, by code.
    pub organisations: HashMap<String, KnownOrganisation>,
    /// Division codes at which the importer reaches an organisation.
    pub regions: HashSet<String>,
    /// Whether the importer may put an organisation at the top, and villages where there is no organisation: the command line.
    pub is_console: bool,
    /// Names on the rosters of the database, by the branch's code.
    pub rosters: HashMap<String, HashSet<String>>,
    /// The year of judged values whose workbook names none.
    pub year: Option<i16>,
}

impl Context<'_> {
    /// A whole number that the pack sets, as of today.
    fn setting(&self, key: &str) -> Option<i64> {
        self.pack.whole(key, self.today)
    }
}

/// What earlier rows of the same import have established.
#[derive(Default)]
struct World {
    /// Organisations accepted in this import.
    fresh: HashMap<String, (String, OrganisationRole)>,
    /// Division codes of these.
    fresh_regions: HashSet<String>,
    /// Names in the rosters of this import, by branch.
    names: HashMap<String, HashSet<String>>,
}

/// What a code stands for.
enum Found<'a> {
    Branch(&'a str),
    /// It holds no members and owes no duties.
    Other(&'a str),
    Nothing,
}

impl World {
    fn find<'a>(&'a self, context: &'a Context<'_>, code: &str) -> Found<'a> {
        let known = context.organisations.get(code).filter(|org| org.is_reached).map(|org| (org.name.as_str(), org.role));
        match self.fresh.get(code).map(|(name, role)| (name.as_str(), *role)).or(known) {
            Some((name, OrganisationRole::Branch)) => Found::Branch(name),
            Some((name, _)) => Found::Other(name),
            None => Found::Nothing,
        }
    }
}

/// Checks every table, organisations first: the others refer to them. One outcome per table, in the order given.
#[must_use]
pub fn check(tables: &[Table], context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = vec![Outcome::default(); tables.len()];
    let mut world = World::default();
    for primitive in [Primitive::Organisation, Primitive::Member, Primitive::VillageIncome, Primitive::Activity, Primitive::JudgedValue] {
        let mut seen: HashMap<usize, HashMap<String, u32>> = HashMap::new();
        for (table, outcome) in tables.iter().zip(&mut outcomes).filter(|(table, _)| table.layout.primitive == primitive) {
            let seen = seen.entry(table.file).or_default();
            let rows = table.rows.iter().map(|row| Cells::new(&table.layout, row)).filter(Cells::says_something);
            let rows: Vec<Cells<'_>> = rows.collect();
            outcome.n_rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            match primitive {
                Primitive::Organisation => organisations::check(rows, context, &mut world, seen, outcome),
                Primitive::Member => each(rows, outcome, |row| members::check(row, context, &mut world, seen)),
                Primitive::VillageIncome => each(rows, outcome, |row| incomes::check(row, context, &world, seen)),
                Primitive::Activity => each(rows, outcome, |row| activities::check(row, context, &world, seen)),
                Primitive::JudgedValue => each(rows, outcome, |row| judged::check(row, context, &world, seen, table.layout.year)),
            }
        }
    }
    organisations::doubt_secretaries(tables, &mut outcomes, context, &world);
    outcomes
}

fn each<'t>(rows: Vec<Cells<'t>>, outcome: &mut Outcome, mut check: impl FnMut(&mut Cells<'t>) -> Option<Record>) {
    for mut row in rows {
        let record = check(&mut row);
        row.finish(record, outcome);
    }
}

/// Refuses the later of two rows of one file that have the same key.
fn first_of_its_key(row: &mut Cells<'_>, seen: &mut HashMap<String, u32>, key: String, field: &str, what: &str) {
    let number = row.number();
    let first = *seen.entry(key).or_insert(number);
    if first != number {
        row.note(NoteKind::Duplicate, field, format!("与第 {first} 行重复：{what}。同样的只收一条，确是两条的请改正后再传"));
    }
}

/// The branch that a row names; refused when there is none in reach.
fn branch(row: &mut Cells<'_>, context: &Context<'_>, world: &World, only_branches: bool) -> String {
    let code = row.code("branch_code");
    if code.is_empty() {
        row.missing("branch_code");
        return code;
    }
    let written = row.text("branch_name");
    match world.find(context, &code) {
        Found::Nothing => row.note(NoteKind::UnknownBranch, "branch_code", format!("没有编码是 {code} 的党支部，请核对编码，或者先导入党组织")),
        Found::Other(name) if only_branches => {
            let message = format!("{name}不是党支部，党员要登记在党支部里，请核对编码");
            row.note(NoteKind::UnknownBranch, "branch_code", message);
        }
        Found::Branch(name) | Found::Other(name) => {
            if !written.is_empty() && super::recognise::heading_key(&written) != super::recognise::heading_key(name) {
                let message = format!("编码对应的是“{name}”，表里写的是“{written}”，按编码登记");
                row.note(NoteKind::NameDiffers, "branch_name", message);
            }
        }
    }
    code
}
