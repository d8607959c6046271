//! Files into blocks of organisations: a row group of the year at a time, with what else bears on its organisations.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::Context as _;
use assessment::{EventColumns, Facts, FactsBuilder, Flags, Span, SpanColumns, date_of, day_number};
use jiff::civil::Date;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use crate::manifest::Manifest;
use crate::tables::{EVENT, SPAN, Table};

/// The facts of all organisations up to this number.
pub type Block = (Facts, i64);

/// A folder that `jishi facts export` wrote.
#[derive(Debug)]
pub struct FactFiles {
    dir: PathBuf,
    manifest: Manifest,
}

impl FactFiles {
    /// # Errors
    /// When it is not such a folder.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        Ok(Self { dir: dir.to_owned(), manifest: Manifest::read(dir)? })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The events of a year group by group, and the kinds that they are of so far.
    ///
    /// # Errors
    /// When a file cannot be opened or read.
    pub fn each_event_group(&self, year: i16, mut take: impl FnMut(&[String], EventColumns)) -> anyhow::Result<()> {
        let (mut cursor, mut kinds) = (Cursor::<EventColumns>::open(&self.dir.join(EVENT.name).join(format!("year={year}")))?, Kinds::default());
        while cursor.fill(&mut kinds)? {
            take(&kinds.names, std::mem::take(&mut cursor.waiting));
        }
        Ok(())
    }

    /// All spans.
    ///
    /// # Errors
    /// As [`FactFiles::each_event_group`].
    pub fn each_span_group(&self, mut take: impl FnMut(&[String], SpanColumns)) -> anyhow::Result<()> {
        let (mut cursor, mut kinds) = (Cursor::<SpanColumns>::open(&self.dir.join(SPAN.name))?, Kinds::default());
        while cursor.fill(&mut kinds)? {
            take(&kinds.names, std::mem::take(&mut cursor.waiting));
        }
        Ok(())
    }

    /// What says which records are complete, and no other fact: for figures that somebody else counted.
    ///
    /// # Errors
    /// As [`FactFiles::each_event_group`].
    pub fn coverage(&self) -> anyhow::Result<Facts> {
        let mut facts = FactsBuilder::new();
        self.each_span_group(|kinds, spans| {
            for row in 0..spans.organisation.len() {
                let kind = &kinds[usize::from(spans.kind[row])];
                if kind.starts_with("coverage.") {
                    let until = (spans.until[row] != SpanColumns::OPEN).then(|| date_of(spans.until[row]));
                    facts.span(spans.organisation[row], &Span { kind, from: date_of(spans.from[row]), until, quantity: 1, subject: 0, source: 0 });
                }
            }
        })?;
        Ok(facts.build())
    }

    /// The facts that bear on a year, beside those that bear on so many years before each, block by block.
    ///
    /// # Errors
    /// When a file cannot be opened, or the folder does not hold the year.
    pub fn blocks(&self, year: i16, years_back: &[i16]) -> anyhow::Result<Blocks> {
        if !self.manifest.tables.iter().any(|table| table.table == EVENT.name && table.year == Some(year)) {
            anyhow::bail!("{} 里没有 {year} 年的事件", self.dir.display());
        }
        let stream = |year: i16| YearStream::open(&self.dir, year);
        let earlier = years_back.iter().map(|back| Ok((*back, stream(year - back)?))).collect::<anyhow::Result<_>>()?;
        Ok(Blocks { year: stream(year)?, earlier, cuts: VecDeque::new(), is_over: false })
    }
}

/// Blocks in the order of organisations.
pub struct Blocks {
    year: YearStream,
    earlier: Vec<(i16, YearStream)>,
    /// Organisations with which a block ends, whatever more was read.
    cuts: VecDeque<i64>,
    is_over: bool,
}

impl Blocks {
    /// Ends a block with each of these organisations, too: city by city of a whole nation.
    #[must_use]
    pub fn cut_after(self, organisations: impl IntoIterator<Item = i64>) -> Self {
        let mut cuts: Vec<i64> = organisations.into_iter().collect();
        cuts.sort_unstable();
        Self { cuts: cuts.into(), ..self }
    }

    /// Reads ahead on a thread of its own, one block at most.
    pub fn ahead(self) -> impl Iterator<Item = anyhow::Result<Block>> {
        let (give, take) = mpsc::sync_channel(1);
        thread::spawn(move || {
            for block in self {
                // Whoever took them has enough.
                if give.send(block).is_err() {
                    return;
                }
            }
        });
        take.into_iter()
    }

    fn block(&mut self) -> anyhow::Result<Block> {
        let end = self.year.end_of_group()?;
        let until = self.cuts.front().map_or(end, |cut| end.min(*cut));
        if self.cuts.front() == Some(&until) {
            self.cuts.pop_front();
        }
        self.is_over = until == i64::MAX;
        let mut facts = self.year.take(until)?;
        for (back, stream) in &mut self.earlier {
            facts = facts.against(*back, Arc::new(stream.take(until)?));
        }
        Ok((facts, until))
    }
}

impl Iterator for Blocks {
    type Item = anyhow::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let block = self.block();
        self.is_over |= block.is_err();
        Some(block)
    }
}

/// What bears on one year: its events, later ones that may make something up, every span.
struct YearStream {
    events: Cursor<EventColumns>,
    later: Cursor<EventColumns>,
    spans: Cursor<SpanColumns>,
    kinds: Kinds,
}

impl YearStream {
    fn open(dir: &Path, year: i16) -> anyhow::Result<Self> {
        let events = |year: i16| Cursor::open(&dir.join(EVENT.name).join(format!("year={year}")));
        // Something of a year may be made up until the middle of the next.
        let middle = day_number(Date::constant(year + 1, 7, 1));
        let mut later: Cursor<EventColumns> = events(year + 1)?;
        later.made_up_before = Some(middle);
        Ok(Self { events: events(year)?, later, spans: Cursor::open(&dir.join(SPAN.name))?, kinds: Kinds::default() })
    }

    /// The last organisation of the next row group of the year: a group ends with an organisation. At the end, all others.
    fn end_of_group(&mut self) -> anyhow::Result<i64> {
        let has_more = self.events.n_waiting() > 0 || self.events.fill(&mut self.kinds)?;
        Ok(self.events.waiting.organisation.last().copied().filter(|_| has_more).unwrap_or(i64::MAX))
    }

    fn take(&mut self, until: i64) -> anyhow::Result<Facts> {
        let mut events = self.events.take(until, &mut self.kinds)?;
        let later = self.later.take(until, &mut self.kinds)?;
        if !later.organisation.is_empty() {
            events = merged(&events, &later);
        }
        let spans = self.spans.take(until, &mut self.kinds)?;
        Facts::of_columns(&self.kinds.names, events, spans).map_err(anyhow::Error::msg)
    }
}

/// The rows of the second after those of the first, organisation by organisation.
fn merged(first: &EventColumns, second: &EventColumns) -> EventColumns {
    let mut both = EventColumns::default();
    let (mut a, mut b) = (0, 0);
    while a < first.organisation.len() || b < second.organisation.len() {
        let org = [first.organisation.get(a), second.organisation.get(b)].into_iter().flatten().min().copied().unwrap_or(i64::MAX);
        for (rows, at) in [(first, &mut a), (second, &mut b)] {
            let end = *at + rows.organisation[*at..].partition_point(|&of| of <= org);
            both.add(rows, *at..end);
            *at = end;
        }
    }
    both
}

/// Kinds of fact by number, over all files of a year.
#[derive(Debug, Default)]
struct Kinds {
    names: Vec<String>,
    numbers: HashMap<Vec<u8>, u16>,
}

impl Kinds {
    fn number(&mut self, name: &[u8]) -> anyhow::Result<u16> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = u16::try_from(self.names.len()).context("事实的种类超过 65535 种")?;
        self.names.push(std::str::from_utf8(name).context("事实的种类不是 UTF-8")?.to_owned());
        self.numbers.insert(name.to_vec(), number);
        Ok(number)
    }

    /// A column of names as numbers. Names of one dictionary lie in one place, so that most are known by their address.
    fn numbers_of(&mut self, names: &[ByteArray]) -> anyhow::Result<Vec<u16>> {
        const PLACES: usize = 1_024;
        let mut recent = [(0_usize, 0_u16); PLACES];
        let mut numbers = Vec::with_capacity(names.len());
        for name in names {
            let address = name.data().as_ptr() as usize;
            let place = &mut recent[(address >> 2) % PLACES];
            if place.0 != address || self.names[usize::from(place.1)].len() != name.len() {
                *place = (address, self.number(name.data())?);
            }
            numbers.push(place.1);
        }
        Ok(numbers)
    }
}

/// Columns that are cut between organisations.
trait Rows: Default + Send {
    const TABLE: &'static Table;

    fn organisations(&self) -> &[i64];
    fn add(&mut self, other: &Self, rows: Range<usize>);
    fn read(group: &Group<'_>, other: &Group<'_>, kinds: &mut Kinds) -> anyhow::Result<Self>;
    /// Only what makes something up before this day.
    fn keep_made_up(&mut self, before: i32);
}

impl Rows for EventColumns {
    const TABLE: &'static Table = &EVENT;

    fn organisations(&self) -> &[i64] {
        &self.organisation
    }

    fn add(&mut self, other: &Self, rows: Range<usize>) {
        self.organisation.extend_from_slice(&other.organisation[rows.clone()]);
        self.day.extend_from_slice(&other.day[rows.clone()]);
        self.kind.extend_from_slice(&other.kind[rows.clone()]);
        self.flags.extend_from_slice(&other.flags[rows.clone()]);
        self.quantity.extend_from_slice(&other.quantity[rows.clone()]);
        self.subject.extend_from_slice(&other.subject[rows.clone()]);
        self.source.extend_from_slice(&other.source[rows.clone()]);
        self.makes_up.extend_from_slice(&other.makes_up[rows]);
    }

    /// Two threads, each with a file of its own: columns are read one by one, and a shared file has but one place to read at.
    fn read(group: &Group<'_>, other: &Group<'_>, kinds: &mut Kinds) -> anyhow::Result<Self> {
        thread::scope(|scope| {
            let beside = scope.spawn(|| -> anyhow::Result<_> {
                let flags = other.numbers("flags")?.into_iter().map(|bits| Flags(u16::try_from(bits).unwrap_or_default())).collect();
                Ok((flags, other.numbers("quantity")?, other.numbers("subject_id")?, other.days("makes_up", Self::NO_DAY)?))
            });
            let organisation = group.numbers("organisation_id")?;
            let day = group.days("day", Self::NO_DAY)?;
            let kind = kinds.numbers_of(&group.values::<ByteArrayType>("kind")?)?;
            let source = group.numbers("source_id")?;
            let (flags, quantity, subject, makes_up) = beside.join().expect("reading a column does not panic")?;
            Ok(Self { organisation, day, kind, flags, quantity, subject, source, makes_up })
        })
    }

    fn keep_made_up(&mut self, before: i32) {
        let mut kept = Self::default();
        for row in (0..self.organisation.len()).filter(|&row| self.makes_up[row] != Self::NO_DAY && self.day[row] < before) {
            kept.add(self, row..row + 1);
        }
        *self = kept;
    }
}

impl Rows for SpanColumns {
    const TABLE: &'static Table = &SPAN;

    fn organisations(&self) -> &[i64] {
        &self.organisation
    }

    fn add(&mut self, other: &Self, rows: Range<usize>) {
        self.organisation.extend_from_slice(&other.organisation[rows.clone()]);
        self.kind.extend_from_slice(&other.kind[rows.clone()]);
        self.from.extend_from_slice(&other.from[rows.clone()]);
        self.until.extend_from_slice(&other.until[rows.clone()]);
        self.quantity.extend_from_slice(&other.quantity[rows.clone()]);
        self.subject.extend_from_slice(&other.subject[rows.clone()]);
        self.source.extend_from_slice(&other.source[rows]);
    }

    fn read(group: &Group<'_>, _other: &Group<'_>, kinds: &mut Kinds) -> anyhow::Result<Self> {
        Ok(Self {
            organisation: group.numbers("organisation_id")?,
            kind: kinds.numbers_of(&group.values::<ByteArrayType>("kind")?)?,
            from: group.days("from_on", 0)?,
            until: group.days("until_on", Self::OPEN)?,
            quantity: group.numbers("quantity")?,
            subject: group.numbers("subject_id")?,
            source: group.numbers("source_id")?,
        })
    }

    fn keep_made_up(&mut self, _before: i32) {}
}

/// Reads the files of a folder one row group after another; a folder that is not there is empty.
struct Cursor<R> {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<([SerializedFileReader<File>; 2], Range<usize>)>,
    /// Read, and not yet taken from this row on.
    waiting: R,
    at: usize,
    made_up_before: Option<i32>,
}

impl<R: Rows> Cursor<R> {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?,
            Err(_) => Vec::new(),
        };
        files.retain(|file| file.extension().is_some_and(|end| end == "parquet"));
        files.sort();
        Ok(Self { files: files.into_iter(), open: None, waiting: R::default(), at: 0, made_up_before: None })
    }

    fn n_waiting(&self) -> usize {
        self.waiting.organisations().len() - self.at
    }

    /// Reads the next group; `false`: there is none.
    fn fill(&mut self, kinds: &mut Kinds) -> anyhow::Result<bool> {
        loop {
            if let Some((file, groups)) = &mut self.open
                && let Some(number) = groups.next()
            {
                let [one, other] = file;
                self.waiting = R::read(&Group::open(one, number, R::TABLE)?, &Group::open(other, number, R::TABLE)?, kinds)?;
                if let Some(before) = self.made_up_before {
                    self.waiting.keep_made_up(before);
                }
                self.at = 0;
                if self.n_waiting() > 0 {
                    return Ok(true);
                }
                continue;
            }
            let Some(path) = self.files.next() else { return Ok(false) };
            let opened =
                || -> anyhow::Result<_> { Ok([SerializedFileReader::new(File::open(&path)?)?, SerializedFileReader::new(File::open(&path)?)?]) };
            let file = opened().with_context(|| format!("无法读取 {}", path.display()))?;
            let n_groups = file[0].num_row_groups();
            self.open = Some((file, 0..n_groups));
        }
    }

    /// All rows of organisations up to this number.
    fn take(&mut self, until: i64, kinds: &mut Kinds) -> anyhow::Result<R> {
        let mut taken = R::default();
        while self.n_waiting() > 0 || self.fill(kinds)? {
            let end = self.at + self.waiting.organisations()[self.at..].partition_point(|&org| org <= until);
            let is_all = self.at == 0 && end == self.waiting.organisations().len();
            if is_all && taken.organisations().is_empty() {
                taken = std::mem::take(&mut self.waiting);
            } else {
                taken.add(&self.waiting, self.at..end);
                self.at = end;
            }
            if self.n_waiting() > 0 {
                break;
            }
        }
        Ok(taken)
    }
}

/// One row group of a file.
struct Group<'f> {
    reader: Box<dyn RowGroupReader + 'f>,
    table: &'static Table,
}

impl<'f> Group<'f> {
    fn open(file: &'f SerializedFileReader<File>, number: usize, table: &'static Table) -> anyhow::Result<Self> {
        Ok(Self { reader: file.get_row_group(number)?, table })
    }

    fn n_rows(&self) -> usize {
        usize::try_from(self.reader.metadata().num_rows()).unwrap_or_default()
    }

    /// A column that has a value in every row.
    fn values<T: DataType>(&self, column: &str) -> anyhow::Result<Vec<T::T>> {
        let mut reader = get_typed_column_reader::<T>(self.reader.get_column_reader(self.table.column(column))?);
        let n = self.n_rows();
        let mut values = Vec::with_capacity(n);
        while values.len() < n {
            let (n_read, ..) = reader.read_records(n - values.len(), None, None, &mut values)?;
            anyhow::ensure!(n_read > 0, "{} 的 {column} 列不完整", self.table.name);
        }
        Ok(values)
    }

    fn numbers(&self, column: &str) -> anyhow::Result<Vec<i64>> {
        self.values::<Int64Type>(column)
    }

    /// A column of days; `none` where there is no value.
    fn days(&self, column: &str, none: i32) -> anyhow::Result<Vec<i32>> {
        let place = self.table.column(column);
        if !self.table.columns[place].is_optional {
            return self.values::<Int32Type>(column);
        }
        let mut reader = get_typed_column_reader::<Int32Type>(self.reader.get_column_reader(place)?);
        let n = self.n_rows();
        let (mut levels, mut values) = (Vec::with_capacity(n), Vec::new());
        while levels.len() < n {
            let (n_read, ..) = reader.read_records(n - levels.len(), Some(&mut levels), None, &mut values)?;
            anyhow::ensure!(n_read > 0, "{} 的 {column} 列不完整", self.table.name);
        }
        let mut values = values.into_iter();
        Ok(levels.into_iter().map(|level| if level == 1 { values.next().unwrap_or(none) } else { none }).collect())
    }
}
