//! Which cells a page is about: a scope, a top, a field, some duties; counted, grouped and listed over one set of states.

use std::sync::OnceLock;

use jiff::civil::Date;
use policy::OrganisationRole;
use store::{OrgId, Scope};

use super::model::{Code, Countdown, Tally, is_in};
use super::states::{Column, YearStates};
use crate::directory::{Directory, OrgNode};

/// More branches than this, standing under several committees, are shown added up.
const N_ROWS_MAX: usize = 30;

/// A branch that owes duties, in tree order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch<'a> {
    pub id: OrgId,
    pub code: String,
    pub name: String,
    /// What it is counted under: the organisation directly below the top, or itself.
    pub under: OrgId,
    /// The general branch it stands in, if any.
    pub within: Option<OrgId>,
    /// Its codes, one per column of the states.
    row: &'a [Code],
}

/// The cells of one page.
pub struct Selection<'a> {
    pub states: &'a YearStates,
    pub branches: Vec<Branch<'a>>,
    /// Indices of the columns shown.
    pub columns: Vec<usize>,
    pub countdown: Countdown,
    /// Every column of the states over the branches, counted when it is first asked for.
    counted: OnceLock<Vec<Tally>>,
}

/// Cells of the branches below one organisation, added up.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: OrgId,
    /// Whether it is one branch.
    pub is_branch: bool,
    /// One per shown column.
    pub cells: Vec<Tally>,
    pub total: Tally,
}

/// One cell of a list: indices into the selection's branches and the states' columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub branch: usize,
    pub column: usize,
    pub code: Code,
}

impl<'a> Selection<'a> {
    /// All branches of a scope below `top` (or of the whole scope), those that ended in the year last, with the columns of some
    /// duties (none: of all).
    #[must_use]
    pub fn new(
        directory: &Directory,
        scope: &Scope,
        states: &'a YearStates,
        countdown: Countdown,
        top: Option<OrgId>,
        field: Option<&str>,
        duty: Option<&str>,
    ) -> Self {
        let wanted = |org: &&OrgNode| org.is_branch() && field.is_none_or(|field| org.field == field);
        let below: Box<dyn Iterator<Item = &OrgNode>> = match top {
            Some(top) => Box::new(directory.subtree(top).filter(|org| scope.includes(org.id, &org.superiors, &org.field))),
            None => Box::new(directory.all(scope)),
        };
        let stood_below = |org: &&OrgNode| top.is_none_or(|top| org.id == top || org.superiors.contains(&top));
        let gone = directory.gone().iter().filter(stood_below).filter(|org| scope.includes(org.id, &org.superiors, &org.field));
        let branches = below.chain(gone).filter(wanted).filter_map(|org| Some(branch_of(directory, org, top, states.row(org.id)?))).collect();
        let columns = (0..states.columns.len()).filter(|at| duty.is_none_or(|duty| states.duty(&states.columns[*at]).key == duty)).collect();
        Self { states, branches, columns, countdown, counted: OnceLock::new() }
    }

    /// Keeps the branches for which the test holds.
    pub fn keep(&mut self, test: impl Fn(&Branch<'_>) -> bool) {
        self.branches.retain(|branch| test(branch));
        self.counted.take();
    }

    /// One tally per column of the states, over all branches.
    fn counted(&self) -> &[Tally] {
        self.counted.get_or_init(|| {
            let mut counted = vec![Tally::default(); self.states.columns.len()];
            for branch in &self.branches {
                counted.iter_mut().zip(branch.row).for_each(|(tally, code)| tally.add(*code));
            }
            counted
        })
    }

    /// Leaves out duties that none of the branches has.
    pub fn drop_what_nobody_owes(&mut self) {
        let counted = self.counted();
        let is_owed = |at: &&usize| counted[**at].total() > counted[**at].count(Code::NotApplicable);
        let owed: Vec<usize> = self.columns.iter().filter(is_owed).map(|at| self.column(*at).duty).collect();
        let states = self.states;
        self.columns.retain(|at| owed.contains(&states.columns[*at].duty));
    }

    /// Whether it is shown added up: many branches, and committees directly below.
    #[must_use]
    pub fn is_summed(&self, directory: &Directory) -> bool {
        let is_below_a_committee =
            |branch: &Branch<'_>| branch.under != branch.id && directory.org(branch.under).is_some_and(|org| org.role == OrganisationRole::Committee);
        self.branches.len() > N_ROWS_MAX && self.branches.iter().any(is_below_a_committee)
    }

    /// A shown column.
    #[must_use]
    pub fn column(&self, at: usize) -> &'a Column {
        &self.states.columns[at]
    }

    /// All shown cells added up.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        let counted = self.counted();
        self.columns.iter().for_each(|at| tally.add_all(&counted[*at]));
        tally
    }

    /// How many shown cells a filter leaves.
    #[must_use]
    pub fn count(&self, filter: &str) -> usize {
        let counted = self.counted();
        let per_column = |at: &usize| {
            let period = self.column(*at).period;
            let wanted = ALL.iter().filter(|code| is_in(filter, **code, period, self.states.today, self.countdown));
            wanted.map(|code| counted[*at].count(*code) as usize).sum::<usize>()
        };
        self.columns.iter().map(per_column).sum()
    }

    /// Whether a branch has a shown cell within a filter.
    #[must_use]
    pub fn has(&self, branch: &Branch<'_>, filter: &str) -> bool {
        self.columns.iter().any(|at| is_in(filter, branch.row[*at], self.column(*at).period, self.states.today, self.countdown))
    }

    /// One branch's cells added up.
    #[must_use]
    pub fn tally_of(&self, branch: &Branch<'_>) -> Tally {
        let mut tally = Tally::default();
        self.columns.iter().for_each(|at| tally.add(branch.row[*at]));
        tally
    }

    /// The code of a branch in a column of the states.
    #[must_use]
    pub fn code(&self, branch: &Branch<'_>, column: usize) -> Code {
        branch.row[column]
    }

    /// What stands directly below the top, in tree order, with its branches' cells added up.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for branch in &self.branches {
            let at = match groups.iter().rposition(|group| group.id == branch.under) {
                Some(at) => at,
                None => {
                    groups.push(Group {
                        id: branch.under,
                        is_branch: branch.under == branch.id,
                        cells: vec![Tally::default(); self.columns.len()],
                        total: Tally::default(),
                    });
                    groups.len() - 1
                }
            };
            for (cell, column) in groups[at].cells.iter_mut().zip(&self.columns) {
                cell.add(branch.row[*column]);
            }
        }
        for group in &mut groups {
            let total = &mut group.total;
            group.cells.iter().for_each(|cell| total.add_all(cell));
        }
        groups
    }

    /// The cells of a filter, those that end first first, then in tree order; `n` of them after the first `skip`.
    #[must_use]
    pub fn items(&self, filter: &str, skip: usize, n: usize) -> Vec<Item> {
        let mut columns = self.columns.clone();
        columns.sort_by_key(|at| (self.column(*at).period.last_day(), *at));
        let cells = columns.into_iter().flat_map(|column| {
            let period = self.column(column).period;
            let wanted: Vec<bool> = ALL.iter().map(|code| is_in(filter, *code, period, self.states.today, self.countdown)).collect();
            self.branches.iter().enumerate().filter_map(move |(branch, of)| {
                let code = of.row[column];
                wanted[code as usize].then_some(Item { branch, column, code })
            })
        });
        cells.skip(skip).take(n).collect()
    }

    /// The share held on time of the periods that end in a month.
    #[must_use]
    pub fn month(&self, month: Date) -> Tally {
        let ends_here = |at: &&usize| {
            let last = self.column(**at).period.last_day();
            (last.year(), last.month()) == (month.year(), month.month())
        };
        let counted = self.counted();
        let mut tally = Tally::default();
        self.columns.iter().filter(ends_here).for_each(|at| tally.add_all(&counted[*at]));
        tally
    }
}

/// Whether an organisation stands directly over a branch: the next one up, and the nearest committee when that is a general branch.
#[must_use]
pub fn is_directly_above(directory: &Directory, above: OrgId, branch: &OrgNode) -> bool {
    let committee = branch.superiors.iter().copied().find(|id| directory.org(*id).is_some_and(|org| org.role == OrganisationRole::Committee));
    branch.parent == Some(above) || committee == Some(above)
}

/// Every code, at its own number.
const ALL: [Code; 11] = [
    Code::NotApplicable,
    Code::NotInUse,
    Code::NotEvidenced,
    Code::Future,
    Code::Due,
    Code::Early,
    Code::Overdue,
    Code::OnTime,
    Code::HeldLate,
    Code::Excused,
    Code::Missed,
];

fn branch_of<'a>(directory: &Directory, org: &OrgNode, top: Option<OrgId>, row: &'a [Code]) -> Branch<'a> {
    let under = match top.and_then(|top| org.superiors.iter().position(|above| *above == top)) {
        Some(at) if at > 0 => org.superiors[at - 1],
        _ => org.id,
    };
    let within = org.parent.filter(|parent| directory.org_ever(*parent).is_some_and(|parent| parent.role == OrganisationRole::GeneralBranch));
    Branch { id: org.id, code: org.code.clone(), name: org.name.clone(), under, within, row }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_at_their_numbers() {
        for (at, code) in ALL.iter().enumerate() {
            assert_eq!(*code as usize, at);
        }
    }
}
