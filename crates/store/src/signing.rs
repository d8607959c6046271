//! Signed files (SM2 with SM3, GB/T 32918): whoever receives one can tell that this installation made it and that nobody changed it.

use anyhow::Context as _;
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};

use crate::keys::{Keys, hex, unhex};

/// The identifier that GB/T 32918 and GM/T 0009 take when nothing else is agreed.
const IDENTIFIER: &str = "1234567812345678";

/// Signs bytes with the installation's key; the signature r‖s in hexadecimal.
///
/// # Errors
/// When the stored key is no SM2 key.
pub fn sign(keys: &Keys, bytes: &[u8]) -> anyhow::Result<String> {
    let signature: Signature = signing_key(keys)?.try_sign(bytes).map_err(|_| anyhow::anyhow!("SM2 签名没有成功"))?;
    Ok(hex(&signature.to_bytes()))
}

/// The installation's public key, an uncompressed point in hexadecimal.
///
/// # Errors
/// As [`sign`].
pub fn public_key(keys: &Keys) -> anyhow::Result<String> {
    Ok(hex(&signing_key(keys)?.verifying_key().to_sec1_bytes()))
}

/// Whether a signature is that of these bytes by this key; what is no key or no signature proves nothing.
#[must_use]
pub fn is_signed(public_key: &str, bytes: &[u8], signature: &str) -> bool {
    let parts = || {
        let key = VerifyingKey::from_sec1_bytes(IDENTIFIER, &unhex(public_key)?).ok()?;
        let signature = Signature::from_slice(&unhex(signature)?).ok()?;
        Some((key, signature))
    };
    parts().is_some_and(|(key, signature)| key.verify(bytes, &signature).is_ok())
}

fn signing_key(keys: &Keys) -> anyhow::Result<SigningKey> {
    SigningKey::from_slice(IDENTIFIER, keys.signing_secret()).ok().context("签名私钥不是 SM2 私钥")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB/T 32918.5-2017, annex A: signature of `message digest` on the recommended curve.
    #[test]
    fn the_example_of_the_standard_verifies_and_nothing_else_does() {
        let key =
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
        let signature =
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
        assert!(is_signed(key, b"message digest", signature));
        assert!(!is_signed(key, b"message digesT", signature));
        assert!(!is_signed(key, b"message digest", &signature.replace("f5a0", "f5a1")));
        assert!(!is_signed("04", b"message digest", signature) && !is_signed(key, b"message digest", ""));
        let secret = unhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8").unwrap();
        let own = SigningKey::from_slice(IDENTIFIER, &secret).unwrap();
        assert_eq!(hex(&own.verifying_key().to_sec1_bytes()), key);
    }
}
