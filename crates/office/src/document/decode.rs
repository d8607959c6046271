//! Plain text in the encodings Chinese offices use.

use encoding_rs::{Encoding, GB18030, UTF_8};

use crate::error::ReadError;

/// The text of a plain text file: UTF-8 with or without mark, UTF-16 with mark, else GB18030 (which holds GBK and
/// GB 2312). Line ends become `\n`.
///
/// # Errors
/// `UnknownEncoding` when it is none of these, as for files that are not text.
pub fn decode_text(bytes: &[u8]) -> Result<String, ReadError> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark_len)) => exactly(encoding, &bytes[mark_len..]),
        None => exactly(UTF_8, bytes).or_else(|| exactly(GB18030, bytes)),
    };
    // No text has this character, many other files do.
    let text = text.filter(|text| !text.contains('\0')).ok_or(ReadError::UnknownEncoding)?;
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn exactly(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_known() {
        let text = "各县（市、区）委组织部：\r\n一、总体要求\r𠮷";
        let expected = Ok("各县（市、区）委组织部：\n一、总体要求\n𠮷".to_owned());
        let utf_16: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf_16.iter().flat_map(|it| it.to_le_bytes())).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(utf_16.iter().flat_map(|it| it.to_be_bytes())).collect();
        let (gb, _, _) = GB18030.encode(text);
        for bytes in [text.as_bytes(), format!("\u{feff}{text}").as_bytes(), &little, &big, &gb] {
            assert_eq!(decode_text(bytes), expected);
        }
        assert_eq!(decode_text(b""), Ok(String::new()));
        assert_eq!(decode_text(b"PK\x03\x04\0\0\xFF"), Err(ReadError::UnknownEncoding));
        assert_eq!(decode_text(b"\x89PNG\x0d\x0a\xFF\xFF"), Err(ReadError::UnknownEncoding));
    }
}
