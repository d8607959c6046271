//! A zip package (.xlsx, .docx) from a stranger: told apart from other files by its bytes, and unpacked only
//! as far as a budget allows. Declared sizes are never trusted; bytes are counted as they are inflated.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{Found, ReadError, Wanted};
use crate::xml;

/// What may still be unpacked, shared by all readers of one package.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: Rc<Cell<u64>>,
    bytes_max: u64,
}

impl Budget {
    fn new(bytes_max: u64) -> Self {
        Self { left: Rc::new(Cell::new(bytes_max)), bytes_max }
    }

    /// Takes `bytes` from what is left.
    ///
    /// # Errors
    /// When less is left.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), OverBudget> {
        let left = self.left.get().checked_sub(bytes).ok_or(OverBudget { bytes_max: self.bytes_max })?;
        self.left.set(left);
        Ok(())
    }
}

/// The error a reader gives when the budget is used up; it travels inside an `io::Error`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverBudget {
    bytes_max: u64,
}

impl OverBudget {
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} bytes unpacked", self.bytes_max)
    }
}

impl std::error::Error for OverBudget {}

impl From<OverBudget> for ReadError {
    fn from(OverBudget { bytes_max }: OverBudget) -> Self {
        Self::TooLarge { bytes_max }
    }
}

/// Counts what passes through it and stops when the budget is used up.
pub(crate) struct Capped<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.budget.spend(n as u64).map_err(io::Error::other)?;
        Ok(n)
    }
}

/// An open package.
pub(crate) struct Package<'a> {
    pub(crate) archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Path of every entry as it is looked up: forward slashes, lower case.
    paths: Vec<String>,
    pub(crate) budget: Budget,
    wanted: Wanted,
}

impl<'a> Package<'a> {
    /// Opens the bytes as a zip package.
    ///
    /// # Errors
    /// `NotThisKind` or `Encrypted` by the look of the bytes, `Broken` when the archive is damaged.
    pub(crate) fn open(bytes: &'a [u8], bytes_max: u64, wanted: Wanted) -> Result<Self, ReadError> {
        if !bytes.starts_with(b"PK") {
            return Err(refusal(bytes, wanted));
        }
        // The archive's directory is parsed by foreign code from hostile bytes: a panic there is damage, not our end.
        let opened = catch_unwind(AssertUnwindSafe(|| ZipArchive::new(Cursor::new(bytes))));
        let archive = match opened {
            Ok(Ok(archive)) => archive,
            Ok(Err(why)) => return Err(zip_error("", &why)),
            Err(_) => {
                return Err(ReadError::broken("", "the archive's directory cannot be parsed"));
            }
        };
        let paths = archive.file_names_raw().map(look_up_form).collect();
        Ok(Self { archive, paths, budget: Budget::new(bytes_max), wanted })
    }

    /// The number of the entry with this path, whatever its case and slashes.
    pub(crate) fn index_of(&self, path: &str) -> Option<usize> {
        let wanted = look_up_form(path.as_bytes());
        self.paths.iter().position(|known| *known == wanted)
    }

    /// A part's bytes, streamed through the budget; `None` when there is no such part.
    pub(crate) fn stream(&mut self, path: &str) -> Result<Option<BufReader<Capped<impl Read + '_>>>, ReadError> {
        let Some(index) = self.index_of(path) else {
            return Ok(None);
        };
        let entry = self.archive.by_index(index).map_err(|why| zip_error(path, &why))?;
        let capped = Capped { inner: entry, budget: self.budget.clone() };
        Ok(Some(BufReader::with_capacity(64 * 1024, capped)))
    }

    /// A part's bytes, whole; `None` when there is no such part.
    pub(crate) fn part(&mut self, path: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(mut stream) = self.stream(path)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(why) => Err(OverBudget::of(&why).map_or_else(|| ReadError::broken(path, &why), Into::into)),
        }
    }

    /// A part's text; `None` when there is no such part.
    ///
    /// # Errors
    /// As [`Self::part`]; `Broken` when it is not UTF-8, the only encoding office programs write.
    pub(crate) fn text_part(&mut self, path: &str) -> Result<Option<String>, ReadError> {
        let bytes = self.part(path)?;
        bytes.map(String::from_utf8).transpose().map_err(|why| ReadError::broken(path, why))
    }

    /// The paths of all entries in the form they are looked up in.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The relationships of a part (empty path: of the package); none when it has none.
    pub(crate) fn relationships(&mut self, owner: &str) -> Result<Vec<xml::Relationship>, ReadError> {
        match self.part(&xml::rels_path(owner))? {
            Some(rels) => xml::relationships(owner, &rels),
            None => Ok(Vec::new()),
        }
    }

    /// The path of the main part (`xl/workbook.xml`, `word/document.xml`), `usual` being where it mostly is.
    ///
    /// # Errors
    /// `NotThisKind` when there is none of the wanted kind.
    pub(crate) fn main_part(&mut self, usual: &str) -> Result<String, ReadError> {
        let named = self.relationships("")?.into_iter().find(|it| it.kind == "officeDocument").map(|it| it.target);
        let folder = usual.split('/').next().unwrap_or_default();
        let is_ours = |path: &String| path.to_ascii_lowercase().ends_with(".xml") && (path.starts_with(folder) || !path.contains('/'));
        named
            .filter(|path| is_ours(path) && self.index_of(path).is_some())
            .or_else(|| self.index_of(usual).map(|_| usual.to_owned()))
            .ok_or(ReadError::NotThisKind { wanted: self.wanted, found: Found::OtherArchive })
    }
}

fn look_up_form(path: &[u8]) -> String {
    String::from_utf8_lossy(path).replace('\\', "/").trim_start_matches('/').to_ascii_lowercase()
}

/// A zip error as one of ours.
pub(crate) fn zip_error(part: &str, error: &ZipError) -> ReadError {
    match error {
        ZipError::UnsupportedArchive(why) if *why == ZipError::PASSWORD_REQUIRED => ReadError::Encrypted,
        why => ReadError::broken(part, why),
    }
}

/// Says what bytes that are no zip archive are.
fn refusal(bytes: &[u8], wanted: Wanted) -> ReadError {
    const COMPOUND_FILE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    if bytes.starts_with(&COMPOUND_FILE) {
        // Office puts an encrypted package into a compound file whose stream is called so, in UTF-16.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        if bytes.windows(name.len()).any(|window| window == name) {
            return ReadError::Encrypted;
        }
        return ReadError::NotThisKind { wanted, found: Found::OldOffice };
    }
    let head = &bytes[..bytes.len().min(4096)];
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF));
    let found = match first {
        None => Found::Nothing,
        Some(b'<') => Found::Markup,
        Some(0xFF | 0xFE) if matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) => Found::Text,
        Some(_) if !head.contains(&0) => Found::Text,
        Some(_) => Found::Unknown,
    };
    ReadError::NotThisKind { wanted, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> ReadError {
        Package::open(bytes, 1000, Wanted::Workbook).err().expect("no package")
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let kind = |found| ReadError::NotThisKind { wanted: Wanted::Workbook, found };
        assert_eq!(found(b""), kind(Found::Nothing));
        assert_eq!(found("编码,名称\r\n".as_bytes()), kind(Found::Text));
        assert_eq!(found(b"\xEF\xBB\xBF<html><table>"), kind(Found::Markup));
        assert_eq!(found(b"\x89PNG\0\0\0"), kind(Found::Unknown));
        let mut compound = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        assert_eq!(found(&compound), kind(Found::OldOffice));
        compound.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(found(&compound), ReadError::Encrypted);
        assert!(matches!(found(b"PK\x03\x04 and no more"), ReadError::Broken { .. }));
    }
}
