//! Secrets (Decisions 12): SM4-GCM for fields and files, HMAC-SM3 for blind indexes and the audit chain.
//!
//! A master key (file `keys/master.key` in the data folder, or the environment variable `JISHI_MASTER_KEY`)
//! wraps the data keys, which are rows of `data_key`.

use std::path::Path;

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
    field: [u8; 16],
    field_id: u8,
    index: [u8; 32],
    audit: [u8; 32],
    file: [u8; 16],
}

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
        let mut keys = Self { field: [0; 16], field_id: 1, index: [0; 32], audit: [0; 32], file: [0; 16] };
        keys.field.copy_from_slice(&data_key(connection, &master, "field", 16).await?);
        keys.index.copy_from_slice(&data_key(connection, &master, "index", 32).await?);
        keys.audit.copy_from_slice(&data_key(connection, &master, "audit", 32).await?);
        keys.file.copy_from_slice(&data_key(connection, &master, "file", 16).await?);
        Ok(keys)
    }

    /// Encrypts a field's text; `place` is `table.column` and `row` its row, both bound to the ciphertext.
    #[must_use]
    pub fn seal(&self, place: &str, row: i64, text: &str) -> SealedText {
        seal(&self.field, self.field_id, format!("{place}/{row}").as_bytes(), text.as_bytes())
    }

    /// Decrypts what [`Self::seal`] gave for the same place and row.
    ///
    /// # Errors
    /// When the bytes were changed or moved, or written under another key.
    pub fn unseal(&self, place: &str, row: i64, sealed: &[u8]) -> anyhow::Result<String> {
        let bytes = unseal(&self.field, format!("{place}/{row}").as_bytes(), sealed)?;
        String::from_utf8(bytes).context("解密后的内容不是文字")
    }

    /// Encrypts bytes of a file or of staging; `name` is bound to the ciphertext.
    #[must_use]
    pub fn seal_bytes(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        seal(&self.file, 1, name.as_bytes(), bytes)
    }

    /// Decrypts what [`Self::seal_bytes`] gave under the same name.
    ///
    /// # Errors
    /// As [`Self::unseal`].
    pub fn unseal_bytes(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        unseal(&self.file, name.as_bytes(), sealed)
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

fn seal(key: &[u8; 16], key_id: u8, bound: &[u8], plain: &[u8]) -> Vec<u8> {
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

fn unseal(key: &[u8; 16], bound: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
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
fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
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

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
}

async fn data_key<C: ConnectionTrait>(connection: &C, master: &[u8; 16], purpose: &str, length: usize) -> anyhow::Result<Vec<u8>> {
    for _ in 0..2 {
        let rows = query(connection, "select wrapped from data_key where purpose = $1 order by id limit 1", [purpose.into()]).await?;
        if let Some(row) = rows.first() {
            let wrapped: Vec<u8> = row.try_get_by_index(0)?;
            let key = unseal(master, purpose.as_bytes(), &wrapped)
                .context("数据库里的数据密钥解不开：主密钥（keys/master.key 或 JISHI_MASTER_KEY）不是建库时的那一把")?;
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
            "insert into data_key (id, purpose, wrapped) values ($1, $2, $3) on conflict do nothing",
            [key_number(purpose).into(), purpose.into(), wrapped.into()],
        )
        .await?;
    }
    bail!("无法建立数据密钥 {purpose}")
}

fn key_number(purpose: &str) -> i64 {
    match purpose {
        "field" => 1,
        "index" => 2,
        "audit" => 3,
        _ => 4,
    }
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
        let keys = Keys { field: [7; 16], field_id: 1, index: [1; 32], audit: [2; 32], file: [3; 16] };
        let sealed = keys.seal("member.id_number", 5, "990101194007299404");
        assert_eq!(keys.unseal("member.id_number", 5, &sealed).expect("opens"), "990101194007299404");
        assert!(keys.unseal("member.id_number", 6, &sealed).is_err());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert!(keys.unseal("member.id_number", 5, &changed).is_err());
        assert_ne!(keys.blind_index("member.id_number", "1"), keys.blind_index("member.telephone", "1"));
    }
}
