//! Argon2id, and tokens that cannot be guessed.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

fn argon2() -> Argon2<'static> {
    // 19 MiB, two passes, one lane: the lower bound recommended for interactive sign-in, light enough for a county's server.
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within the bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The text to keep for a password.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let hash = argon2().hash_password(password.as_bytes()).map_err(|e| anyhow::anyhow!("cannot hash: {e}"))?;
    Ok(hash.to_string())
}

pub(super) fn is_right(password: &str, kept: &str) -> bool {
    PasswordHash::new(kept).is_ok_and(|kept| argon2().verify_password(password.as_bytes(), &kept).is_ok())
}

/// Takes as long as a check would, so that the time does not tell whether a login exists.
pub(super) fn spend_the_time_of_a_check(password: &str) {
    let _ = hash(password);
}

/// Longer ones only keep the processor busy.
const N_CHARACTERS_MAX: usize = 200;

/// Whether a password may be used.
///
/// # Errors
/// The sentence saying what is missing.
pub fn is_acceptable(password: &str) -> Result<(), String> {
    let kinds = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    if password.chars().count() > N_CHARACTERS_MAX {
        return Err(format!("密码太长，请不超过 {N_CHARACTERS_MAX} 个字。"));
    }
    if password.chars().count() < 8 || kinds.iter().filter(|has| **has).count() < 2 {
        return Err("密码至少 8 位，并含字母、数字、符号中的两种。".to_owned());
    }
    Ok(())
}

pub(super) fn random_token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no random bytes: {e}"))?;
    Ok(store::hex(&bytes))
}

/// A password to be handed over once and changed at the first sign-in; without letters and digits that look alike.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn random_temporary() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no random bytes: {e}"))?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(letters.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_password_may_be_used_and_never_repeats() {
        let (a, b) = (random_temporary().unwrap(), random_temporary().unwrap());
        assert_eq!(a.len(), 14);
        assert!(is_acceptable(&a).is_ok() && a != b);
        assert!(is_acceptable("密码").is_err() && is_acceptable("aaaaaaaa").is_err() && is_acceptable(&"a1".repeat(200)).is_err());
    }
}
