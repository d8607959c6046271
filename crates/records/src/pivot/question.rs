//! A question about figures as it stands in an address, and its answer: rows of organisations, columns of periods or fields.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use assessment::{Facts, GroupFigure, GroupMember, Marks, Pivot, PivotSpan, PivotTable, Subject};
use jiff::civil::Date;
use policy::{Capability, Key, OrganisationRole, Pack, Per, Period};
use store::{OrgId, Scope};

use super::choices::{Offer, offers};
use crate::directory::OrgNode;
use crate::duty::pages::{default_top, name_of, org_of, place};
use crate::http::failure::Failure;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::visit::Visit;

/// What may be asked of the table.
pub(super) const TABLE: ListSpec = ListSpec {
    sorts: &["code", "name"],
    default_sort: ("code", Direction::Asc),
    filters: &["organisation", "level", "year", "cols", "period", "field", "show", "pick"],
    per: 50,
};

/// More than this at once is no table that anybody reads.
pub(super) const N_PICKS_MAX: usize = 12;

/// What stands side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Across {
    Periods(Per),
    Fields,
}

impl Across {
    /// All, with the word of the address and what people read.
    pub(super) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Periods(Per::Quarter), "quarter", "按季"),
        (Self::Periods(Per::Month), "month", "按月"),
        (Self::Periods(Per::HalfYear), "half_year", "按半年"),
        (Self::Periods(Per::Year), "year", "全年"),
        (Self::Fields, "field", "按领域"),
    ];

    fn read(word: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|(_, key, _)| Some(*key) == word).map_or(Self::ALL[0].0, |(across, ..)| across)
    }
}

/// A question that somebody may ask: whatever he may not see is not in it.
pub(super) struct Question {
    pub(super) query: ListQuery,
    pub(super) offers: Vec<Offer>,
    pub(super) picks: Vec<Offer>,
    /// `None`: everything within reach, which has no common top.
    pub(super) top: Option<OrgNode>,
    pub(super) name: String,
    pub(super) level: Option<Key>,
    pub(super) year: i16,
    pub(super) across: Across,
    /// The whole of the table: the year, or for fields the period chosen.
    pub(super) period: Period,
    pub(super) field: Option<Key>,
    /// What his posts let him see of organisational life; where one starts, and where one may go.
    pub(super) scope: Scope,
    /// An organisation counts only within each of these: one for every kind of record that is counted.
    scopes: Vec<Scope>,
    pub(super) today: Date,
    pub(super) pack: Arc<Pack>,
}

impl Question {
    /// Reads it from an address; an organisation out of reach is not found.
    pub(super) fn read(visit: &Visit, spec: &ListSpec, path: &str) -> Result<Self, Failure> {
        let query = ListQuery::parse(spec, path, Some(&visit.query));
        let scope = visit.scope(Capability::ViewActivities);
        let top = match query.filter("organisation") {
            Some(id) => {
                // What is counted here is what stands.
                let top = place(visit, &scope, org_of(id)?).filter(|top| visit.app.directory().org(top.id).is_some());
                Some(top.ok_or(Failure::NotFound)?)
            }
            None => default_top(visit, &scope),
        };
        let (today, pack) = (visit.today(), visit.pack());
        let offers = offers(&pack, |capability| visit.actor().may(capability));
        let wanted: HashSet<&str> = query.filter_values("pick").collect();
        let picks: Vec<Offer> = offers.iter().filter(|offer| wanted.contains(offer.key.as_str())).take(N_PICKS_MAX).cloned().collect();
        let needs: HashSet<Capability> = picks.iter().flat_map(|offer| offer.needs.iter().copied()).chain([Capability::ViewActivities]).collect();
        let scopes = needs.into_iter().map(|needed| visit.scope(needed)).collect();
        let year = query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (2000..=today.year()).contains(year));
        let asked = query.filter("period").and_then(|text| text.parse::<Period>().ok()).filter(|period| (2000..=today.year()).contains(&period.year));
        let year = year.or(asked.map(|period| period.year)).unwrap_or(today.year());
        let below = top.as_ref().and_then(|top| pack.levels.get(&top.level)).map_or(0, |level| level.order);
        let level = query.filter("level").filter(|key| pack.levels.get(*key).is_some_and(|level| level.order > below)).map(str::to_owned);
        Ok(Self {
            name: name_of(visit, &scope, top.as_ref()),
            across: Across::read(query.filter("cols")),
            period: asked.filter(|period| period.year == year).unwrap_or(Period::year(year)),
            field: query.filter("field").filter(|key| pack.fields.contains_key(*key)).map(str::to_owned),
            query,
            offers,
            picks,
            top,
            level,
            year,
            scope,
            scopes,
            today,
            pack,
        })
    }

    /// What is counted, bound to the packs in force.
    fn pivot(&self) -> Result<Pivot, Failure> {
        let wanted: Vec<_> = self.picks.iter().map(|offer| offer.wanted.clone()).collect();
        Pivot::new(&self.pack, &wanted, self.today).map_err(|problems| Failure::Refused(problems.join("；")))
    }

    /// The records of the year, and the organisations as they stood today or on its last day.
    pub(super) async fn ground(&self, visit: &Visit) -> Result<Ground, Failure> {
        let figures = visit.app.figures();
        let on = self.today.min(Period::year(self.year).last_day());
        Ok(Ground {
            pivot: self.pivot()?,
            facts: figures.facts(&visit.app, self.year).await?,
            marks: figures.marks(&visit.app, self.year, None).await?,
            subjects: figures.subjects(&visit.app, on).await?,
        })
    }

    /// The organisations that count: below the top (or only itself), of the field asked for, within reach for every kind of record counted.
    pub(super) fn within(&self, visit: &Visit, ground: &Ground, only_top: bool) -> Vec<usize> {
        let directory = visit.app.directory();
        let is_reached = |subject: &Subject| match directory.org(subject.id) {
            Some(org) => self.scopes.iter().all(|scope| scope.includes(org.id, &org.superiors, &org.field)),
            // It stands no more: by where it stood.
            None => {
                let superiors: Vec<OrgId> = subject.superiors.iter().map(|above| above.id).collect();
                self.scopes.iter().all(|scope| scope.includes(subject.id, &superiors, &subject.field))
            }
        };
        let is_below = |subject: &Subject| match self.top.as_ref().map(|top| top.id) {
            None => true,
            Some(top) => subject.id == top || (!only_top && subject.superiors.iter().any(|above| above.id == top)),
        };
        let is_of = |subject: &Subject| self.field.as_ref().is_none_or(|field| subject.field == *field);
        let wanted = |(_, subject): &(usize, &Subject)| is_below(subject) && is_of(subject) && is_reached(subject);
        ground.subjects.iter().enumerate().filter(wanted).map(|(at, _)| at).collect()
    }

    /// Whether indicators judge an organisation: branches hold the duties.
    pub(super) fn is_judged(&self, subject: &Subject) -> bool {
        self.pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == OrganisationRole::Branch)
    }

    /// The row in which an organisation counts; `None`: it stands below none of the level asked for.
    fn row_of(&self, subject: &Subject) -> Option<OrgId> {
        let top = self.top.as_ref().map(|top| top.id);
        if Some(subject.id) == top {
            return top;
        }
        let above = subject.superiors.iter().take_while(|above| Some(above.id) != top);
        match &self.level {
            None if top.is_none() => Some(subject.id),
            None => Some(above.last().map_or(subject.id, |above| above.id)),
            Some(level) if subject.level == *level => Some(subject.id),
            Some(level) => above.into_iter().find(|above| above.level == *level).map(|above| above.id),
        }
    }

    /// The days up to which periods are judged.
    pub(super) fn span<'a>(&self, columns: &'a [Period]) -> PivotSpan<'a> {
        let whole = Period::year(self.year);
        PivotSpan { whole, columns, closed_until: self.today.min(whole.until()), as_of: self.today }
    }
}

/// What a question is answered from.
pub(super) struct Ground {
    pub(super) pivot: Pivot,
    pub(super) facts: Arc<Facts>,
    pub(super) marks: Marks,
    pub(super) subjects: Arc<Vec<Subject>>,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct RowOf {
    /// `None`: those that stand below none of the level asked for.
    pub(super) id: Option<OrgId>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) level: Key,
    /// The office at the top itself, not what stands below it.
    pub(super) is_top: bool,
    /// Something stands below it that can be opened.
    pub(super) opens: bool,
    /// It still exists: there is a place to look from.
    pub(super) stands: bool,
    /// A branch: it is listed, and not drawn beside others.
    pub(super) is_branch: bool,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct ColumnOf {
    pub(super) label: String,
    pub(super) period: Period,
    pub(super) field: Option<Key>,
    /// Over all other columns together.
    pub(super) is_whole: bool,
    pub(super) is_coming: bool,
}

/// The table: figures of all together, and of the rows that are shown.
pub(super) struct Answered {
    pub(super) columns: Vec<ColumnOf>,
    /// All rows that match, in order.
    pub(super) n_rows: usize,
    /// Those shown.
    pub(super) rows: Vec<RowOf>,
    /// Organisations that count in all.
    pub(super) n_organisations: usize,
    /// Columns of one group of the table; 1, when they are periods.
    n_apart: usize,
    table: PivotTable,
}

impl Answered {
    /// A figure of a shown row, or of all together.
    pub(super) fn figure(&self, row: Option<usize>, column: usize, pick: usize) -> Option<&GroupFigure> {
        let group = row.map_or(0, |row| row + 1);
        if self.n_apart == 1 { self.table.at(group, column, pick) } else { self.table.at(group * self.n_apart + column, 0, pick) }
    }
}

/// Answers a question in one pass over the records; with `all`, every row is shown.
pub(super) async fn answer(visit: &Visit, question: &Question, all: bool) -> Result<Answered, Failure> {
    let ground = question.ground(visit).await?;
    let within = question.within(visit, &ground, false);
    let seats: Vec<(usize, Option<OrgId>)> = within.iter().map(|at| (*at, question.row_of(&ground.subjects[*at]))).collect();
    let mut rows = rows(visit, question, &ground, &seats);
    let n_rows = rows.len();
    if !all {
        rows = question.query.page_of(&rows).to_vec();
    }
    let columns = columns(question, &ground, &within);
    let place_of: HashMap<Option<OrgId>, usize> = rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
    let n_apart = if question.across == Across::Fields { columns.len() } else { 1 };
    let field_at: HashMap<&str, usize> = columns.iter().enumerate().filter_map(|(at, column)| Some((column.field.as_deref()?, at))).collect();
    let member = |(at, row): &(usize, Option<OrgId>)| {
        let subject = &ground.subjects[*at];
        let shown = place_of.get(row).map(|at| at + 1);
        // In the whole of its row and of all, and in its field's part of each.
        let group = |of: usize, at: usize| u32::try_from(of * n_apart + at).ok();
        let own = (n_apart > 1).then(|| field_at.get(subject.field.as_str()).copied()).flatten();
        let groups = [
            group(0, n_apart - 1),
            shown.and_then(|row| group(row, n_apart - 1)),
            own.and_then(|at| group(0, at)),
            own.and_then(|at| shown.and_then(|row| group(row, at))),
        ];
        (*at, groups, question.is_judged(subject))
    };
    let members: Vec<_> = seats.iter().map(member).collect();
    let periods: Vec<Period> =
        if question.across == Across::Fields { vec![question.period] } else { columns.iter().map(|column| column.period).collect() };
    let (n_groups, n_organisations, span_of) = ((rows.len() + 1) * n_apart, members.len(), question.span(&[]));
    let counting = move || {
        let subjects = &ground.subjects;
        let members: Vec<GroupMember<'_>> =
            members.into_iter().map(|(at, groups, is_judged)| GroupMember { subject: &subjects[at], groups, is_judged }).collect();
        ground.pivot.count(&members, n_groups, &ground.facts, &ground.marks, PivotSpan { columns: &periods, ..span_of })
    };
    let table = tokio::task::spawn_blocking(counting).await.map_err(anyhow::Error::from)?;
    Ok(Answered { columns, n_rows, rows, n_organisations, n_apart, table })
}

/// The rows in the order of their codes (or names); the office itself first, what stands below none of the level last.
fn rows(visit: &Visit, question: &Question, ground: &Ground, seats: &[(usize, Option<OrgId>)]) -> Vec<RowOf> {
    let mut holds: HashMap<Option<OrgId>, bool> = HashMap::new();
    for (at, row) in seats {
        *holds.entry(*row).or_default() |= *row != Some(ground.subjects[*at].id);
    }
    let by_id: HashMap<OrgId, &Subject> =
        ground.subjects.iter().filter(|subject| holds.contains_key(&Some(subject.id))).map(|subject| (subject.id, subject)).collect();
    let top = question.top.as_ref().map(|top| top.id);
    let directory = visit.app.directory();
    let mut rows: Vec<RowOf> = holds
        .iter()
        .map(|(id, opens)| {
            let subject = id.and_then(|id| by_id.get(&id));
            let is_top = id.is_some() && *id == top && holds.len() > 1;
            RowOf {
                id: *id,
                code: subject.map_or_else(String::new, |subject| subject.code.clone()),
                name: subject.map_or_else(|| "其他（不在这一级之下）".to_owned(), |subject| subject.name.clone()),
                level: subject.map_or_else(String::new, |subject| subject.level.clone()),
                is_top,
                opens: *opens && !is_top && id.is_some(),
                stands: id.is_some_and(|id| directory.org(id).is_some()),
                is_branch: subject.is_some_and(|subject| question.is_judged(subject)),
            }
        })
        .collect();
    let pinyin = |row: &RowOf| row.id.and_then(|id| directory.org(id)).map_or_else(|| crate::pinyin::key(&row.name), |org| org.pinyin.clone());
    if !question.query.q.is_empty() {
        let q = &question.query.q;
        rows.retain(|row| crate::pinyin::is_found(q, &row.name, &pinyin(row)) || row.code.contains(q.as_str()));
    }
    match question.query.sort {
        "name" => rows.sort_by_cached_key(|row| (pinyin(row), row.code.clone())),
        _ => rows.sort_by(|a, b| a.code.cmp(&b.code)),
    }
    if question.query.dir == Direction::Desc {
        rows.reverse();
    }
    rows.sort_by_key(|row| (row.id.is_none(), !row.is_top));
    rows
}

fn columns(question: &Question, ground: &Ground, within: &[usize]) -> Vec<ColumnOf> {
    let whole = ColumnOf {
        label: if question.period.per == Per::Year { "全年".to_owned() } else { question.period.label() },
        period: question.period,
        field: None,
        is_whole: true,
        is_coming: question.period.from() > question.today,
    };
    match question.across {
        Across::Fields => {
            let found: HashSet<&str> = within.iter().map(|at| ground.subjects[*at].field.as_str()).collect();
            let mut fields: Vec<_> = question.pack.fields.iter().filter(|(key, _)| found.contains(key.as_str())).collect();
            fields.sort_by_key(|(_, field)| field.order);
            let of = |(key, field): (&Key, &policy::Field)| ColumnOf {
                label: field.name.clone(),
                field: Some(key.clone()),
                is_whole: false,
                ..whole.clone()
            };
            let all = ColumnOf { label: "各领域".to_owned(), ..whole.clone() };
            fields.into_iter().map(of).chain([all]).collect()
        }
        Across::Periods(per) => {
            let year = Period::year(question.year);
            let whole = ColumnOf { label: "全年".to_owned(), period: year, ..whole };
            let of = |period: Period| ColumnOf {
                label: super::short(period),
                period,
                is_whole: false,
                is_coming: period.from() > question.today,
                ..whole.clone()
            };
            let parts = year.parts(per).into_iter().filter(|_| per != Per::Year).map(of);
            parts.chain([whole.clone()]).collect()
        }
    }
}
