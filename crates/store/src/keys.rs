//! Secrets (Decisions 12): SM4-GCM for fields and files, HMAC-SM3 for blind indexes and the audit chain.
//!
//! A master key (file `keys/master.key` in the data folder, or the environment variable `JISHI_MASTER_KEY`)
//! wraps the data keys, which are rows of `data_key`. Fields and files may have several: what was sealed names its own in its
//! first byte, one of them is the current one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use anyhow::{Context as _, bail};
use hmac::{Hmac, Mac};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sm3::{Digest, Sm3};
use sm4::Sm4;

use crate::{execute, query};

type Sm4Gcm = AesGcm<Sm4, U12>;
type HmacSm3 = Hmac<Sm3>;

/// The data keys of one database, unwrapped.
pub struct Keys {
    master: [u8; 16],
    field: RwLock<Ring>,
    file: RwLock<Ring>,
    index: [u8; 32],
    audit: [u8; 32],
    signing: [u8; 32],
}

/// The keys of one purpose by number; what is sealed is sealed with the current one.
#[derive(Debug, Clone, Default)]
struct Ring {
    current: u8,
    keys: BTreeMap<u8, [u8; 16]>,
}

/// What may be sealed anew under another key: fields and files.
const RENEWED: [&str; 2] = ["field", "file"];

/// An encrypted text: key id, nonce, ciphertext with tag. Stored as bytes.
pub type SealedText = Vec<u8>;

/// Plain SM3 of bytes, in hexadecimal. For fingerprints of public content only; never of identity numbers.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Keys {
    pub(crate) async fn open(connection: &DatabaseConnection, dir: &Path) -> anyhow::Result<Self> {
        let is_new = query(connection, "select id from data_key limit 1", []).await?.is_empty();
        let master = master_key(dir, is_new)?;
        let mut keys = Self { master, field: RwLock::default(), file: RwLock::default(), index: [0; 32], audit: [0; 32], signing: [0; 32] };
        keys.index.copy_from_slice(&data_key(connection, &master, "index", 32).await?);
        keys.audit.copy_from_slice(&data_key(connection, &master, "audit", 32).await?);
        keys.signing.copy_from_slice(&data_key(connection, &master, "signing", 32).await?);
        for purpose in RENEWED {
            data_key(connection, &master, purpose, 16).await?;
        }
        keys.reload(connection).await?;
        Ok(keys)
    }

    /// Reads the keys of fields and files again: another process may have added one.
    ///
    /// # Errors
    /// When the database cannot be read, or a key cannot be unwrapped.
    pub async fn reload<C: ConnectionTrait>(&self, connection: &C) -> anyhow::Result<()> {
        for purpose in RENEWED {
            let mut ring = Ring::default();
            for row in
                query(connection, "select number, is_current, wrapped from data_key where purpose = $1 order by number", [purpose.into()]).await?
            {
                let (number, is_current): (i64, bool) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let number = u8::try_from(number)?;
                let key = unwrapped(&self.master, purpose, &row.try_get_by_index::<Vec<u8>>(2)?)?;
                ring.keys.insert(number, key.try_into().map_err(|_| anyhow::anyhow!("数据密钥 {purpose} 长度不对"))?);
                if is_current {
                    ring.current = number;
                }
            }
            *self.ring(purpose).write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    /// The secret half of the key that exports are signed with.
    pub(crate) fn signing_secret(&self) -> &[u8] {
        &self.signing
    }

    fn ring(&self, purpose: &str) -> &RwLock<Ring> {
        if purpose == "field" { &self.field } else { &self.file }
    }

    /// Number of the key that fields are sealed with now; the first byte of what was sealed with it.
    #[must_use]
    pub fn current_field_key(&self) -> u8 {
        self.field.read().unwrap_or_else(PoisonError::into_inner).current
    }

    /// Number of the key that files are sealed with now.
    #[must_use]
    pub fn current_file_key(&self) -> u8 {
        self.file.read().unwrap_or_else(PoisonError::into_inner).current
    }

    /// Adds a key for fields and one for files. They are read with from the commit on, and sealed with from [`Self::switch`] on,
    /// so that no process meets what it cannot read.
    ///
    /// # Errors
    /// When the database refuses, or the numbers are used up.
    pub async fn add(&self, tx: &mut crate::Tx) -> anyhow::Result<()> {
        for purpose in RENEWED {
            let rows = query(tx.connection(), "select max(number) from data_key where purpose = $1", [purpose.into()]).await?;
            let last: i64 = rows.first().context("a key is there")?.try_get_by_index(0)?;
            let number = last + 1;
            u8::try_from(number).context("数据密钥的编号已经用完")?;
            let mut fresh = [0_u8; 16];
            getrandom::fill(&mut fresh).map_err(|e| anyhow::anyhow!("无法取得随机数：{e}"))?;
            let wrapped = seal(&self.master, 0, purpose.as_bytes(), &fresh);
            let id = row_id(purpose, number);
            execute(
                tx.connection(),
                "insert into data_key (id, purpose, number, is_current, wrapped) values ($1, $2, $3, false, $4)",
                [id.into(), purpose.into(), number.into(), wrapped.into()],
            )
            .await?;
            tx.changed("data_key", id, None);
        }
        Ok(())
    }

    /// Makes the newest keys the current ones.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn switch(&self, tx: &mut crate::Tx) -> anyhow::Result<()> {
        for purpose in RENEWED {
            execute(tx.connection(), "update data_key set is_current = false where purpose = $1 and is_current", [purpose.into()]).await?;
            execute(
                tx.connection(),
                "update data_key set is_current = true where purpose = $1 and number = (select max(number) from data_key where purpose = $1)",
                [purpose.into()],
            )
            .await?;
            tx.changed("data_key", row_id(purpose, 0), None);
        }
        Ok(())
    }

    /// Encrypts a field's text; `place` is `table.column` and `row` its row, both bound to the ciphertext.
    #[must_use]
    pub fn seal(&self, place: &str, row: i64, text: &str) -> SealedText {
        seal_with(&self.field, format!("{place}/{row}").as_bytes(), text.as_bytes())
    }

    /// Decrypts what [`Self::seal`] gave for the same place and row.
    ///
    /// # Errors
    /// When the bytes were changed or moved, or written under another key.
    pub fn unseal(&self, place: &str, row: i64, sealed: &[u8]) -> anyhow::Result<String> {
        let bytes = unseal_with(&self.field, format!("{place}/{row}").as_bytes(), sealed)?;
        String::from_utf8(bytes).context("解密后的内容不是文字")
    }

    /// Encrypts bytes of a file or of staging; `name` is bound to the ciphertext.
    #[must_use]
    pub fn seal_bytes(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        seal_with(&self.file, name.as_bytes(), bytes)
    }

    /// Decrypts what [`Self::seal_bytes`] gave under the same name.
    ///
    /// # Errors
    /// As [`Self::unseal`].
    pub fn unseal_bytes(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        unseal_with(&self.file, name.as_bytes(), sealed)
    }

    /// Keyed digest for exact match without storing the value.
    #[must_use]
    pub fn blind_index(&self, place: &str, text: &str) -> String {
        let mut mac = <HmacSm3 as KeyInit>::new_from_slice(&self.index).expect("HMAC takes keys of any length");
        mac.update(place.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes()[..16])
    }

    /// One link of the audit chain.
    pub(crate) fn chain(&self, previous: &str, entry: &str) -> String {
        let mut mac = <HmacSm3 as KeyInit>::new_from_slice(&self.audit).expect("HMAC takes keys of any length");
        mac.update(previous.as_bytes());
        mac.update(b"\n");
        mac.update(entry.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

fn seal_with(ring: &RwLock<Ring>, bound: &[u8], plain: &[u8]) -> Vec<u8> {
    let ring = ring.read().unwrap_or_else(PoisonError::into_inner);
    let key = ring.keys.get(&ring.current).expect("a ring that was read has its current key");
    seal(key, ring.current, bound, plain)
}

fn unseal_with(ring: &RwLock<Ring>, bound: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let number = *sealed.first().context("密文不完整")?;
    let key = ring.read().unwrap_or_else(PoisonError::into_inner).keys.get(&number).copied();
    unseal(&key.with_context(|| format!("没有第 {number} 把数据密钥，密文解不开"))?, bound, sealed)
}

pub(crate) fn seal(key: &[u8; 16], key_id: u8, bound: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0_u8; 12];
    getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
    let cipher = Sm4Gcm::new_from_slice(key).expect("an SM4 key has 16 bytes");
    let sealed = cipher.encrypt(&Nonce::<U12>::from(nonce), Payload { msg: plain, aad: bound }).expect("SM4-GCM takes texts of this length");
    let mut out = Vec::with_capacity(13 + sealed.len());
    out.push(key_id);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

pub(crate) fn unseal(key: &[u8; 16], bound: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    if sealed.len() < 13 + 16 {
        bail!("密文不完整");
    }
    let mut nonce = [0_u8; 12];
    nonce.copy_from_slice(&sealed[1..13]);
    let cipher = Sm4Gcm::new_from_slice(key).expect("an SM4 key has 16 bytes");
    cipher
        .decrypt(&Nonce::<U12>::from(nonce), Payload { msg: &sealed[13..], aad: bound })
        .map_err(|_| anyhow::anyhow!("密文校验不通过：内容被改动、移位，或不是用这把密钥加密的"))
}

/// The key from the environment or the folder; made here only for a database that has no keys yet.
fn master_key(dir: &Path, is_new: bool) -> anyhow::Result<[u8; 16]> {
    let text = if let Ok(text) = std::env::var("JISHI_MASTER_KEY") {
        text
    } else {
        let folder = dir.join("keys");
        let file = folder.join("master.key");
        if !file.exists() {
            if !is_new {
                bail!("找不到主密钥：数据库已有数据密钥，请把建库时的 keys/master.key 放回 {}，或设置 JISHI_MASTER_KEY", dir.display());
            }
            std::fs::create_dir_all(&folder)?;
            let mut fresh = [0_u8; 16];
            getrandom::fill(&mut fresh).map_err(|e| anyhow::anyhow!("无法取得随机数：{e}"))?;
            write_secret(&file, &hex(&fresh))?;
        }
        std::fs::read_to_string(&file).with_context(|| format!("无法读取主密钥 {}", file.display()))?
    };
    let bytes = unhex(text.trim()).context("主密钥应是 32 位十六进制数")?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("主密钥应是 32 位十六进制数"))
}

/// Writes the file whole or not at all; when another process was first, its file stays.
pub(crate) fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut mark = [0_u8; 4];
    getrandom::fill(&mut mark).map_err(|e| anyhow::anyhow!("无法取得随机数：{e}"))?;
    let draft = file.with_extension(format!("{}.new", hex(&mark)));
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&draft)?;
    std::io::Write::write_all(&mut out, text.as_bytes())?;
    out.sync_all()?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
}

async fn data_key<C: ConnectionTrait>(connection: &C, master: &[u8; 16], purpose: &str, length: usize) -> anyhow::Result<Vec<u8>> {
    for _ in 0..2 {
        let rows = query(connection, "select wrapped from data_key where purpose = $1 order by number limit 1", [purpose.into()]).await?;
        if let Some(row) = rows.first() {
            let key = unwrapped(master, purpose, &row.try_get_by_index::<Vec<u8>>(0)?)?;
            if key.len() != length {
                bail!("数据密钥 {purpose} 长度不对");
            }
            return Ok(key);
        }
        let mut fresh = vec![0_u8; length];
        getrandom::fill(&mut fresh).map_err(|e| anyhow::anyhow!("无法取得随机数：{e}"))?;
        let wrapped = seal(master, 0, purpose.as_bytes(), &fresh);
        // Two processes may start at once: whoever comes second reads the first one's key.
        execute(
            connection,
            "insert into data_key (id, purpose, number, is_current, wrapped) values ($1, $2, 1, true, $3) on conflict do nothing",
            [row_id(purpose, 1).into(), purpose.into(), wrapped.into()],
        )
        .await?;
    }
    bail!("无法建立数据密钥 {purpose}")
}

fn unwrapped(master: &[u8; 16], purpose: &str, wrapped: &[u8]) -> anyhow::Result<Vec<u8>> {
    unseal(master, purpose.as_bytes(), wrapped).context("数据库里的数据密钥解不开：主密钥（keys/master.key 或 JISHI_MASTER_KEY）不是建库时的那一把")
}

/// The row of a purpose's key: purposes and numbers never meet.
fn row_id(purpose: &str, number: i64) -> i64 {
    let purpose = match purpose {
        "field" => 1,
        "index" => 2,
        "audit" => 3,
        "signing" => 5,
        _ => 4,
    };
    purpose * 1_000 + number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm3_of_abc() {
        assert_eq!(digest(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    #[test]
    fn sm4_gcm_of_rfc_8998() {
        let key = unhex("0123456789abcdeffedcba9876543210").expect("hex");
        let nonce: [u8; 12] = unhex("00001234567800000000abcd").expect("hex").try_into().expect("twelve bytes");
        let plain =
            unhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
                .expect("hex");
        let bound = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2").expect("hex");
        let cipher = Sm4Gcm::new_from_slice(&key).expect("a key");
        let sealed = cipher.encrypt(&Nonce::<U12>::from(nonce), Payload { msg: &plain, aad: &bound }).expect("sealed");
        assert_eq!(hex(&sealed[64..]), "83de3541e4c2b58177e065a9bf7b62ec");
    }

    #[test]
    fn a_sealed_text_is_bound_to_its_place() {
        let ring = |current: u8| RwLock::new(Ring { current, keys: BTreeMap::from([(1, [7; 16]), (2, [8; 16])]) });
        let keys = Keys { master: [9; 16], field: ring(1), file: ring(1), index: [1; 32], audit: [2; 32], signing: [3; 32] };
        let sealed = keys.seal("member.id_number", 5, "990101194007299404");
        assert_eq!(keys.unseal("member.id_number", 5, &sealed).expect("opens"), "990101194007299404");
        assert!(keys.unseal("member.id_number", 6, &sealed).is_err());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert!(keys.unseal("member.id_number", 5, &changed).is_err());
        assert_ne!(keys.blind_index("member.id_number", "1"), keys.blind_index("member.telephone", "1"));
        // What an older key sealed is read as long as the key is there, and nothing is read with another.
        let newer = Keys { field: ring(2), ..keys };
        assert_eq!((sealed[0], newer.seal("member.id_number", 5, "1")[0]), (1, 2));
        assert_eq!(newer.unseal("member.id_number", 5, &sealed).expect("opens"), "990101194007299404");
        let mut renamed = sealed;
        renamed[0] = 2;
        assert!(newer.unseal("member.id_number", 5, &renamed).is_err());
        renamed[0] = 3;
        assert!(newer.unseal("member.id_number", 5, &renamed).unwrap_err().to_string().contains("第 3 把"));
    }
}
