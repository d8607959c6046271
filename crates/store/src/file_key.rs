//! A key that lies in a file of its own and nowhere else: not in the database, so in no backup of it. With the file goes whatever was
//! sealed with it.

use std::path::Path;

use anyhow::Context as _;

use crate::keys::{hex, seal, unhex, unseal, write_secret};

/// An SM4 key from a file.
pub struct FileKey([u8; 16]);

impl FileKey {
    /// The key that lies there; `None` where no file is.
    ///
    /// # Errors
    /// When the file cannot be read or holds no key.
    pub fn open(file: &Path) -> anyhow::Result<Option<Self>> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("无法读取 {}", file.display())),
        };
        let key = unhex(text.trim()).and_then(|bytes| bytes.try_into().ok());
        Ok(Some(Self(key.with_context(|| format!("{} 里不是密钥", file.display()))?)))
    }

    /// The key that lies there, made now where none is.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open_or_make(file: &Path) -> anyhow::Result<Self> {
        if let Some(key) = Self::open(file)? {
            return Ok(key);
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut fresh = [0_u8; 16];
        getrandom::fill(&mut fresh).map_err(|error| anyhow::anyhow!("无法取得随机数：{error}"))?;
        write_secret(file, &hex(&fresh))?;
        Self::open(file)?.with_context(|| format!("{} 刚写好就不见了", file.display()))
    }

    /// Overwrites the file and removes it; without one nothing is to be done.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn destroy(file: &Path) -> anyhow::Result<()> {
        let mut old = match std::fs::OpenOptions::new().write(true).open(file) {
            Ok(old) => old,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        std::io::Write::write_all(&mut old, &[b'0'; 32])?;
        old.sync_all()?;
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Encrypts a text, bound to its place; in hexadecimal.
    #[must_use]
    pub fn seal(&self, place: &str, row: i64, text: &str) -> String {
        hex(&seal(&self.0, 0, format!("{place}/{row}").as_bytes(), text.as_bytes()))
    }

    /// Decrypts what [`Self::seal`] gave for the same place and row.
    ///
    /// # Errors
    /// When it was changed or moved, or sealed with another key.
    pub fn unseal(&self, place: &str, row: i64, sealed: &str) -> anyhow::Result<String> {
        let sealed = unhex(sealed).context("密文不是十六进制数")?;
        String::from_utf8(unseal(&self.0, format!("{place}/{row}").as_bytes(), &sealed)?).context("解密后的内容不是文字")
    }
}
