//! Rows into files. The same rows give the same bytes: nothing of the day, the machine or the number of threads is in them.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::manifest::{Manifest, TableCount};
use crate::tables::{Cell, ColumnKind, Table};

/// A row group ends with the organisation in which it has reached so many rows: it is what a reader holds at a time.
const GROUP_ROWS: usize = 250_000;

/// Writes a folder; `manifest.json` comes last, so that what was broken off is not taken for whole.
pub struct FolderWriter {
    dir: PathBuf,
    tables: Vec<TableCount>,
    group_rows: usize,
}

impl FolderWriter {
    /// The same with smaller or larger groups.
    #[must_use]
    pub fn with_group_rows(self, group_rows: usize) -> Self {
        Self { group_rows, ..self }
    }

    /// # Errors
    /// When the folder exists and is not empty, or cannot be made.
    pub fn create(dir: &Path) -> anyhow::Result<Self> {
        if dir.is_dir() && std::fs::read_dir(dir)?.next().is_some() {
            anyhow::bail!("{} 不是空目录，请换一个", dir.display());
        }
        std::fs::create_dir_all(dir).with_context(|| format!("无法建立 {}", dir.display()))?;
        Ok(Self { dir: dir.to_owned(), tables: Vec::new(), group_rows: GROUP_ROWS })
    }

    /// Begins a table, or one year of it.
    ///
    /// # Errors
    /// When its file cannot be made.
    pub fn table(&self, table: &'static Table, year: Option<i16>) -> anyhow::Result<TableWriter> {
        let mut folder = self.dir.join(table.name);
        if let Some(year) = year {
            folder.push(format!("year={year}"));
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("无法建立 {}", folder.display()))?;
        TableWriter::create(&folder.join("part-0.parquet"), table, year, self.group_rows)
    }

    /// Ends a table.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn close(&mut self, table: TableWriter) -> anyhow::Result<()> {
        self.tables.push(table.close()?);
        Ok(())
    }

    /// Writes what the folder holds.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self, commit: i64) -> anyhow::Result<Manifest> {
        let manifest = Manifest::new(commit, self.tables);
        manifest.write(&self.dir)?;
        Ok(manifest)
    }
}

/// The rows of a group that is not written yet, column by column.
enum Waiting {
    Numbers(Vec<i64>, Vec<i16>),
    Days(Vec<i32>, Vec<i16>),
    Texts(Vec<ByteArray>, Vec<i16>),
}

/// Writes one file.
pub struct TableWriter {
    table: &'static Table,
    year: Option<i16>,
    file: SerializedFileWriter<File>,
    waiting: Vec<Waiting>,
    n_waiting: usize,
    n_rows: u64,
    group_rows: usize,
    words: HashMap<String, ByteArray>,
}

impl TableWriter {
    fn create(path: &Path, table: &'static Table, year: Option<i16>, group_rows: usize) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("无法写入 {}", path.display()))?;
        let properties = WriterProperties::builder()
            .set_created_by("jishi".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None)
            .build();
        let schema = Arc::new(parse_message_type(&table.message())?);
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
        let waiting = table.columns.iter().map(|column| match column.kind {
            ColumnKind::Number => Waiting::Numbers(Vec::new(), Vec::new()),
            ColumnKind::Day => Waiting::Days(Vec::new(), Vec::new()),
            ColumnKind::Text => Waiting::Texts(Vec::new(), Vec::new()),
        });
        Ok(Self { table, year, file, waiting: waiting.collect(), n_waiting: 0, n_rows: 0, group_rows, words: HashMap::new() })
    }

    /// Takes a row: one cell for each column.
    pub fn push(&mut self, row: &[Cell<'_>]) {
        assert_eq!(row.len(), self.waiting.len(), "a row has a cell for each column of {}", self.table.name);
        for (waiting, cell) in self.waiting.iter_mut().zip(row) {
            match (waiting, cell) {
                (Waiting::Numbers(_, levels) | Waiting::Days(_, levels) | Waiting::Texts(_, levels), Cell::None) => levels.push(0),
                (Waiting::Numbers(values, levels), Cell::Number(value)) => {
                    values.push(*value);
                    levels.push(1);
                }
                (Waiting::Days(values, levels), Cell::Day(value)) => {
                    values.push(*value);
                    levels.push(1);
                }
                (Waiting::Texts(values, levels), Cell::Text(value)) => {
                    let known = self.words.get(*value).cloned();
                    let value = known.unwrap_or_else(|| {
                        let bytes = ByteArray::from(*value);
                        self.words.insert((*value).to_owned(), bytes.clone());
                        bytes
                    });
                    values.push(value);
                    levels.push(1);
                }
                _ => unreachable!("a cell is of the kind of its column"),
            }
        }
        self.n_waiting += 1;
    }

    /// Says that the rows of an organisation are complete: groups end only here.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_of_organisation(&mut self) -> anyhow::Result<()> {
        if self.n_waiting >= self.group_rows { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if self.n_waiting == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (column, waiting) in self.table.columns.iter().zip(&mut self.waiting) {
            let mut writer = group.next_column()?.context("as many columns as the schema has")?;
            let levels = |levels: &[i16]| column.is_optional.then(|| levels.to_vec());
            match waiting {
                Waiting::Numbers(values, given) => {
                    writer.typed::<Int64Type>().write_batch(values, levels(given).as_deref(), None)?;
                    values.clear();
                    given.clear();
                }
                Waiting::Days(values, given) => {
                    writer.typed::<Int32Type>().write_batch(values, levels(given).as_deref(), None)?;
                    values.clear();
                    given.clear();
                }
                Waiting::Texts(values, given) => {
                    writer.typed::<ByteArrayType>().write_batch(values, levels(given).as_deref(), None)?;
                    values.clear();
                    given.clear();
                }
            }
            writer.close()?;
        }
        group.close()?;
        self.n_rows += self.n_waiting as u64;
        self.n_waiting = 0;
        // Names of organisations differ from row to row and need not be remembered.
        if self.words.len() > 10_000 {
            self.words.clear();
        }
        Ok(())
    }

    fn close(mut self) -> anyhow::Result<TableCount> {
        self.flush()?;
        self.file.close()?;
        Ok(TableCount { table: self.table.name.to_owned(), year: self.year, n_rows: self.n_rows })
    }
}
