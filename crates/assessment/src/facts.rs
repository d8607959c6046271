//! Facts as columns: events sorted by organisation and day, spans by organisation, kind and first day.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use crate::exact::{date_of, day_number};
use crate::fact::{Event, Flags, Span};
use crate::integers::{Cell, Integers};

/// No day: the event makes nothing up.
pub(crate) const NO_DAY: i32 = i32::MIN;
/// A span that still holds.
const OPEN: i32 = i32::MAX;

#[derive(Debug, Clone, Copy)]
struct EventRow {
    day: i32,
    kind: u16,
    flags: Flags,
    quantity: i64,
    subject: i64,
    source: i64,
    makes_up: i32,
}

#[derive(Debug, Clone, Copy)]
struct SpanRow {
    from: i32,
    until: i32,
    kind: u16,
    quantity: i64,
    subject: i64,
    source: i64,
}

/// Kinds of fact by number, so that a column holds two bytes for each.
#[derive(Debug, Clone, Default)]
struct Kinds {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u16>,
}

impl Kinds {
    fn intern(&mut self, name: &str) -> u16 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u16::try_from(self.names.len()).expect("a pack names fewer than 65 536 kinds of fact");
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    fn name(&self, number: u16) -> &str {
        &self.names[usize::from(number)]
    }

    fn event(&mut self, event: &Event<'_>) -> EventRow {
        let Event { kind, on, quantity, subject, flags, source, makes_up } = *event;
        let makes_up = makes_up.map_or(NO_DAY, day_number);
        EventRow { day: day_number(on), kind: self.intern(kind), flags, quantity, subject, source, makes_up }
    }

    fn span(&mut self, span: &Span<'_>) -> SpanRow {
        let Span { kind, from, until, quantity, subject, source } = *span;
        let until = until.map_or(OPEN, day_number);
        SpanRow { from: day_number(from), until, kind: self.intern(kind), quantity, subject, source }
    }
}

/// Columns of rows that stand in the order organisation, day.
#[derive(Debug, Clone, Default)]
struct Columns {
    day: Vec<i32>,
    kind: Vec<u16>,
    flags: Vec<Flags>,
    quantity: Vec<i64>,
    subject: Vec<i64>,
    source: Vec<i64>,
    makes_up: Vec<i32>,
    spans: Vec<SpanRow>,
}

impl Columns {
    fn push(&mut self, row: EventRow) {
        let EventRow { day, kind, flags, quantity, subject, source, makes_up } = row;
        self.day.push(day);
        self.kind.push(kind);
        self.flags.push(flags);
        self.quantity.push(quantity);
        self.subject.push(subject);
        self.source.push(source);
        self.makes_up.push(makes_up);
    }

    fn slices(&self, place: &Place) -> OrgFacts<'_> {
        let events = place.events.start as usize..place.events.end as usize;
        OrgFacts {
            day: &self.day[events.clone()],
            kind: &self.kind[events.clone()],
            flags: &self.flags[events.clone()],
            quantity: &self.quantity[events.clone()],
            subject: &self.subject[events.clone()],
            source: &self.source[events.clone()],
            makes_up: &self.makes_up[events],
            spans: &self.spans[place.spans.start as usize..place.spans.end as usize],
        }
    }

    /// Appends sorted rows of one organisation and answers where they stand.
    fn append(&mut self, mut events: Vec<EventRow>, mut spans: Vec<SpanRow>) -> Place {
        events.sort_unstable_by_key(|e| (e.day, e.kind, e.source, e.subject));
        spans.sort_unstable_by_key(|s| (s.kind, s.from, s.source, s.subject));
        let first = (row_number(self.day.len()), row_number(self.spans.len()));
        for row in events {
            self.push(row);
        }
        self.spans.extend(spans);
        Place { events: first.0..row_number(self.day.len()), spans: first.1..row_number(self.spans.len()) }
    }
}

fn row_number(n: usize) -> u32 {
    u32::try_from(n).expect("one process holds fewer than four thousand million facts")
}

/// Where an organisation's rows stand in the columns.
#[derive(Debug, Clone)]
struct Place {
    events: Range<u32>,
    spans: Range<u32>,
}

#[derive(Debug, Default)]
struct Base {
    columns: Columns,
    places: HashMap<i64, Place>,
}

#[derive(Debug)]
struct Replaced {
    columns: Columns,
    place: Place,
}

/// Collects rows in any order; [`FactsBuilder::build`] sorts them.
#[derive(Debug, Default)]
pub struct FactsBuilder {
    kinds: Kinds,
    rows: HashMap<i64, (Vec<EventRow>, Vec<SpanRow>)>,
}

impl FactsBuilder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event of organisation `org`.
    pub fn event(&mut self, org: i64, event: &Event<'_>) {
        let row = self.kinds.event(event);
        self.rows.entry(org).or_default().0.push(row);
    }

    /// Adds a span of organisation `org`.
    pub fn span(&mut self, org: i64, span: &Span<'_>) {
        let row = self.kinds.span(span);
        self.rows.entry(org).or_default().1.push(row);
    }

    /// The columns, sorted by organisation, then day.
    #[must_use]
    pub fn build(self) -> Facts {
        let mut base = Base::default();
        let mut rows: Vec<_> = self.rows.into_iter().collect();
        rows.sort_unstable_by_key(|(org, _)| *org);
        for (org, (events, spans)) in rows {
            let place = base.columns.append(events, spans);
            base.places.insert(org, place);
        }
        Facts { kinds: self.kinds, base: Arc::new(base), replaced: HashMap::new(), earlier: Vec::new(), counted: None }
    }
}

/// Events and spans of many organisations. A clone shares the columns and is cheap:
/// a server keeps one behind a lock, clones it, replaces what was written, and puts it back.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    kinds: Kinds,
    base: Arc<Base>,
    replaced: HashMap<i64, Arc<Replaced>>,
    /// Facts of earlier years, by how many years before.
    earlier: Vec<(i16, Arc<Facts>)>,
    /// What another engine counted in the place of these rows.
    counted: Option<Arc<Integers>>,
}

impl Facts {
    /// The rows of one organisation; none when it has no rows.
    #[must_use]
    pub fn of(&self, org: i64) -> OrgFacts<'_> {
        if let Some(replaced) = self.replaced.get(&org) {
            return replaced.columns.slices(&replaced.place);
        }
        self.base.places.get(&org).map_or_else(OrgFacts::default, |place| self.base.columns.slices(place))
    }

    /// With the facts that bear on the year `years_back` before: what items scored by their change are held against.
    /// Which years a scheme asks for says [`crate::Compiled::years_back`]; where one is missing, its items are not evidenced.
    #[must_use]
    pub fn against(mut self, years_back: i16, earlier: Arc<Self>) -> Self {
        self.earlier.retain(|(years, _)| *years != years_back);
        self.earlier.push((years_back, earlier));
        self
    }

    /// With figures that another engine counted: measures are no longer read from rows, only what a source covers is.
    #[must_use]
    pub fn counted(self, integers: Arc<Integers>) -> Self {
        Self { counted: Some(integers), ..self }
    }

    pub(crate) fn counted_of(&self, org: i64) -> Option<&[Cell]> {
        self.counted.as_ref().map(|integers| integers.of(org))
    }

    pub(crate) fn earlier(&self, years_back: i16) -> Option<&Self> {
        self.earlier.iter().find(|(years, _)| *years == years_back).map(|(_, facts)| &**facts)
    }

    /// Puts these rows in the place of all rows of one organisation.
    pub fn replace<'a>(&mut self, org: i64, events: impl IntoIterator<Item = Event<'a>>, spans: impl IntoIterator<Item = Span<'a>>) {
        let events = events.into_iter().map(|e| self.kinds.event(&e)).collect();
        let spans = spans.into_iter().map(|s| self.kinds.span(&s)).collect();
        let mut columns = Columns::default();
        let place = columns.append(events, spans);
        self.replaced.insert(org, Arc::new(Replaced { columns, place }));
    }

    /// The events of one organisation as rows, by day.
    pub fn events_of(&self, org: i64) -> impl Iterator<Item = Event<'_>> {
        let facts = self.of(org);
        (0..facts.n_events()).map(move |row| Event {
            kind: self.kinds.name(facts.kind[row]),
            on: date_of(facts.day[row]),
            quantity: facts.quantity[row],
            subject: facts.subject[row],
            flags: facts.flags[row],
            source: facts.source[row],
            makes_up: (facts.makes_up[row] != NO_DAY).then(|| date_of(facts.makes_up[row])),
        })
    }

    /// The spans of one organisation as rows, by kind and first day.
    pub fn spans_of(&self, org: i64) -> impl Iterator<Item = Span<'_>> {
        self.of(org).spans.iter().map(|row| Span {
            kind: self.kinds.name(row.kind),
            from: date_of(row.from),
            until: (row.until != OPEN).then(|| date_of(row.until)),
            quantity: row.quantity,
            subject: row.subject,
            source: row.source,
        })
    }

    /// The last day, not after `until`, on which each of these organisations has an event whose kind begins with `prefix`.
    /// Events stand by day, so the search goes from the end and is soon over.
    #[must_use]
    pub fn last_events(&self, orgs: impl IntoIterator<Item = i64>, prefix: &str, until: Date) -> HashMap<i64, Date> {
        let kinds = self.kinds_beginning(prefix);
        let until = day_number(until);
        let last_of = |org: i64| {
            let facts = self.of(org);
            (0..facts.n_events())
                .rev()
                .find(|&row| facts.day[row] <= until && kinds.contains(&facts.kind[row]))
                .map(|row| (org, date_of(facts.day[row])))
        };
        orgs.into_iter().filter_map(last_of).collect()
    }

    /// How many organisations stand outside the common columns; rebuild when it nears a quarter of all.
    #[must_use]
    pub fn n_replaced(&self) -> usize {
        self.replaced.len()
    }

    /// Number of events, replaced ones included.
    #[must_use]
    pub fn n_events(&self) -> usize {
        let hidden: usize = self.replaced.keys().filter_map(|org| self.base.places.get(org)).map(|p| p.events.len()).sum();
        let replaced: usize = self.replaced.values().map(|r| r.columns.day.len()).sum();
        self.base.columns.day.len() - hidden + replaced
    }

    /// The number of a kind; `None` when no row has it.
    pub(crate) fn kind(&self, name: &str) -> Option<u16> {
        self.kinds.numbers.get(name).copied()
    }

    /// Numbers of all kinds that begin with `prefix`.
    pub(crate) fn kinds_beginning(&self, prefix: &str) -> Vec<u16> {
        (0_u16..).zip(&self.kinds.names).filter(|(_, name)| name.starts_with(prefix)).map(|(number, _)| number).collect()
    }

    /// How many kinds have a number.
    pub(crate) fn n_kinds(&self) -> usize {
        self.kinds.names.len()
    }
}

/// Events as columns, by organisation, then day. Days are counted from 1970-01-01.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventColumns {
    pub organisation: Vec<i64>,
    pub day: Vec<i32>,
    /// Places in the list of kinds.
    pub kind: Vec<u16>,
    pub flags: Vec<Flags>,
    pub quantity: Vec<i64>,
    pub subject: Vec<i64>,
    pub source: Vec<i64>,
    /// [`EventColumns::NO_DAY`]: nothing.
    pub makes_up: Vec<i32>,
}

impl EventColumns {
    /// In the place of a day that is not there.
    pub const NO_DAY: i32 = NO_DAY;
}

/// Spans as columns, by organisation. Days are counted from 1970-01-01.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanColumns {
    pub organisation: Vec<i64>,
    /// Places in the list of kinds.
    pub kind: Vec<u16>,
    pub from: Vec<i32>,
    /// [`SpanColumns::OPEN`]: still holds.
    pub until: Vec<i32>,
    pub quantity: Vec<i64>,
    pub subject: Vec<i64>,
    pub source: Vec<i64>,
}

impl SpanColumns {
    /// In the place of an end that has not come.
    pub const OPEN: i32 = OPEN;
}

impl Facts {
    /// Facts from columns that stand in order already; they are taken over, not copied.
    ///
    /// # Errors
    /// When they are not of one length, not in order, or name a kind that is not in the list.
    pub fn of_columns(kinds: &[String], events: EventColumns, spans: SpanColumns) -> Result<Self, String> {
        let n_kinds = u16::try_from(kinds.len()).map_err(|_| "事实的种类超过 65535 种".to_owned())?;
        let EventColumns { organisation, day, kind, flags, quantity, subject, source, makes_up } = events;
        let n = organisation.len();
        if [day.len(), kind.len(), flags.len(), quantity.len(), subject.len(), source.len(), makes_up.len()].iter().any(|len| *len != n) {
            return Err("事件的各列长短不一".to_owned());
        }
        if u32::try_from(n).is_err() || u32::try_from(spans.organisation.len()).is_err() {
            return Err("一次调取的事实太多，请分段".to_owned());
        }
        let mut places: HashMap<i64, Place> = HashMap::new();
        let mut first = 0;
        while first < n {
            let org = organisation[first];
            let until = first + organisation[first..].partition_point(|&other| other <= org);
            if until == first || !day[first..until].is_sorted() || organisation.get(until).is_some_and(|&next| next <= org) {
                return Err(format!("组织 {org} 的事件没有按组织和日期排好"));
            }
            places.insert(org, Place { events: row_number(first)..row_number(until), spans: 0..0 });
            first = until;
        }
        if organisation.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("事件没有按组织排好".to_owned());
        }
        let SpanColumns {
            organisation: span_orgs,
            kind: span_kinds,
            from,
            until,
            quantity: span_quantities,
            subject: span_subjects,
            source: span_sources,
        } = spans;
        let n_spans = span_orgs.len();
        if [span_kinds.len(), from.len(), until.len(), span_quantities.len(), span_subjects.len(), span_sources.len()]
            .iter()
            .any(|len| *len != n_spans)
        {
            return Err("时段的各列长短不一".to_owned());
        }
        if span_orgs.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("时段没有按组织排好".to_owned());
        }
        if kind.iter().chain(&span_kinds).any(|kind| *kind >= n_kinds) {
            return Err("有的事实种类不在名单里".to_owned());
        }
        let mut rows: Vec<SpanRow> = (0..n_spans)
            .map(|i| SpanRow {
                from: from[i],
                until: until[i],
                kind: span_kinds[i],
                quantity: span_quantities[i],
                subject: span_subjects[i],
                source: span_sources[i],
            })
            .collect();
        let mut first = 0;
        for of_org in span_orgs.chunk_by(|a, b| a == b) {
            let until = first + of_org.len();
            rows[first..until].sort_unstable_by_key(|s| (s.kind, s.from, s.source, s.subject));
            let none = Place { events: 0..0, spans: 0..0 };
            places.entry(of_org[0]).or_insert(none).spans = row_number(first)..row_number(until);
            first = until;
        }
        let mut known = Kinds::default();
        kinds.iter().for_each(|name| {
            known.intern(name);
        });
        let columns = Columns { day, kind, flags, quantity, subject, source, makes_up, spans: rows };
        Ok(Self { kinds: known, base: Arc::new(Base { columns, places }), ..Self::default() })
    }
}

/// One organisation's rows, by day.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrgFacts<'a> {
    pub(crate) day: &'a [i32],
    pub(crate) kind: &'a [u16],
    pub(crate) flags: &'a [Flags],
    pub(crate) quantity: &'a [i64],
    pub(crate) subject: &'a [i64],
    pub(crate) source: &'a [i64],
    pub(crate) makes_up: &'a [i32],
    spans: &'a [SpanRow],
}

impl OrgFacts<'_> {
    /// Number of events.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.day.len()
    }

    /// Number of spans.
    #[must_use]
    pub fn n_spans(&self) -> usize {
        self.spans.len()
    }

    /// Events on the days `[from, until)`.
    pub(crate) fn events_between(&self, from: i32, until: i32) -> Range<usize> {
        let first = self.day.partition_point(|&d| d < from);
        first..first + self.day[first..].partition_point(|&d| d < until)
    }

    /// Kind, first day and day after the last of every span.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (u16, i32, i32)> + '_ {
        self.spans.iter().map(|s| (s.kind, s.from, s.until))
    }

    fn of_kind(&self, kind: u16) -> impl Iterator<Item = &SpanRow> {
        let first = self.spans.partition_point(|s| s.kind < kind);
        self.spans[first..].iter().take_while(move |s| s.kind == kind)
    }

    /// Whether spans of `kind` together hold on every day of `[from, until)`.
    pub(crate) fn is_covered(&self, kind: u16, from: i32, until: i32) -> bool {
        // Sorted by first day, so one walk joins spans that touch.
        let mut reached = from;
        for span in self.of_kind(kind) {
            if span.from <= reached {
                reached = reached.max(span.until);
            }
        }
        reached >= until
    }

    /// Whether a span of `kind` holds on some day of `[from, until)`.
    pub(crate) fn is_touched(&self, kind: u16, from: i32, until: i32) -> bool {
        self.of_kind(kind).any(|s| s.from < until && from < s.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Date, date};

    fn held(on: Date, source: i64) -> Event<'static> {
        Event { kind: "activity.theme_day", on, quantity: 1, subject: 0, flags: Flags::default(), source, makes_up: None }
    }

    fn covered(from: Date, until: Date) -> Span<'static> {
        Span { kind: "coverage.activity", from, until: Some(until), quantity: 1, subject: 0, source: 1 }
    }

    #[test]
    fn rows_come_sorted_by_day_and_one_organisation_can_be_replaced() {
        let mut builder = FactsBuilder::new();
        builder.event(2, &held(date(2025, 3, 1), 13));
        builder.event(1, &held(date(2025, 2, 1), 12));
        builder.event(1, &held(date(2025, 1, 1), 11));
        let mut facts = builder.build();
        assert_eq!(facts.of(1).source, [11, 12]);
        let before = facts.clone();
        facts.replace(1, [held(date(2025, 5, 1), 14)], []);
        assert_eq!(facts.of(1).source, [14]);
        assert_eq!(facts.of(2).source, [13]);
        assert_eq!(before.of(1).source, [11, 12]);
        assert_eq!((facts.n_replaced(), facts.n_events()), (1, 2));
        assert_eq!(facts.of(3).n_events(), 0);
        assert_eq!(facts.events_of(1).collect::<Vec<_>>(), [held(date(2025, 5, 1), 14)]);
        assert_eq!(before.last_events([1, 2, 3], "activity.", date(2025, 2, 28)), HashMap::from([(1, date(2025, 2, 1))]));
        assert!(before.last_events([1], "village.", date(2025, 12, 31)).is_empty());
    }

    #[test]
    fn columns_in_order_are_taken_over_and_others_refused() {
        let columns = |organisation: Vec<i64>, day: Vec<i32>| {
            let n = organisation.len();
            let events = EventColumns {
                organisation,
                day,
                kind: vec![0; n],
                flags: vec![Flags::default(); n],
                quantity: vec![1; n],
                subject: vec![0; n],
                source: (0..n as i64).collect(),
                makes_up: vec![NO_DAY; n],
            };
            let spans = SpanColumns {
                organisation: vec![1, 3],
                kind: vec![1, 1],
                from: vec![0, 0],
                until: vec![OPEN, 9],
                quantity: vec![1, 1],
                subject: vec![0, 0],
                source: vec![7, 8],
            };
            Facts::of_columns(&["activity.theme_day".to_owned(), "member.full".to_owned()], events, spans)
        };
        let facts = columns(vec![1, 1, 2], vec![5, 9, 1]).expect("in order");
        assert_eq!((facts.of(1).source, facts.of(2).source, facts.of(3).n_spans()), (&[0, 1][..], &[2][..], 1));
        assert_eq!(facts.spans_of(3).map(|span| (span.kind, span.until.is_some())).collect::<Vec<_>>(), [("member.full", true)]);
        assert!(columns(vec![2, 1], vec![1, 1]).is_err());
        assert!(columns(vec![1, 2, 1], vec![1, 1, 1]).is_err());
        assert!(columns(vec![1, 1], vec![2, 1]).is_err());
    }

    #[test]
    fn touching_spans_cover_together_and_a_gap_does_not() {
        let mut facts = Facts::default();
        let (january, march, april) = (date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1));
        facts.replace(1, [], [covered(march, april), covered(january, march)]);
        facts.replace(2, [], [covered(january, date(2025, 2, 28)), covered(march, april)]);
        let kind = facts.kind("coverage.activity").expect("interned");
        let (from, until) = (day_number(january), day_number(april));
        assert!(facts.of(1).is_covered(kind, from, until));
        assert!(!facts.of(2).is_covered(kind, from, until));
        assert!(facts.of(2).is_touched(kind, from, until));
    }
}
