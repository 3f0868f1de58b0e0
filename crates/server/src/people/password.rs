//! Passwords: which ones are good enough, and their Argon2id hashes. Hashing takes a core and 19 MiB for a moment, so it runs
//! beside the async threads and only a few at a time.

use crate::app::App;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Error, Result, Secret};

const SHORTEST: usize = 10;
/// Longer ones bring nothing but work for the hash.
const LONGEST: usize = 200;

/// Of ten characters and more; shorter ones are refused anyway.
const COMMON: &[&str] = &[
    "0123456789",
    "0987654321",
    "1234567890",
    "12345678910",
    "123456789a",
    "1234567891",
    "123qweasdzxc",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abc1234567",
    "abcd123456",
    "abcdefghij",
    "administrator",
    "asdfghjkl1",
    "asdfghjkl;",
    "baseball123",
    "changeme123",
    "changemenow",
    "correcthorsebatterystaple",
    "football123",
    "helloworld",
    "iloveyou12",
    "iloveyou123",
    "letmein123",
    "letmeinnow",
    "liverpool1",
    "manchester",
    "mypassword",
    "p@ssw0rd123",
    "passw0rd123",
    "password00",
    "password01",
    "password10",
    "password11",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "princess123",
    "q1w2e3r4t5",
    "qazwsxedcrfv",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop123",
    "secret1234",
    "sunshine123",
    "superman123",
    "switchboard",
    "switchboard1",
    "switchboard123",
    "trustno1trustno1",
    "welcome123",
    "welcome1234",
    "zaq12wsxcde3",
    "zxcvbnm123",
    "zxcvbnm1234",
];

/// Good enough, or the code and words of what is wrong. `own` are the person's own name and address.
pub(super) fn acceptable(password: &str, own: &[&str]) -> Result<(), (&'static str, String)> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(("too_short", format!("Use at least {SHORTEST} characters. Four plain words make a good password.")));
    }
    if length > LONGEST {
        return Err(("too_long", format!("Use at most {LONGEST} characters.")));
    }
    let plain = squeeze(password);
    if own.iter().any(|word| is_own(&plain, word)) {
        return Err(("personal", "Do not use your own name or address as the password.".into()));
    }
    let first = plain.chars().next();
    if COMMON.contains(&plain.as_str()) || plain.chars().all(|c| Some(c) == first) {
        return Err(("common", "Many people use this password, so it is guessed first. Choose another.".into()));
    }
    Ok(())
}

/// The whole name or address, or its part before the @, perhaps with a few signs around it.
fn is_own(plain: &str, word: &str) -> bool {
    let word = squeeze(word);
    let local = word.split('@').next().unwrap_or_default();
    [word.as_str(), local].into_iter().any(|w| w.len() >= 4 && plain.contains(w) && plain.chars().count() < w.chars().count() + 5)
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The hash to store, with its salt and costs in it.
pub(super) async fn hash(app: &App, password: Secret<String>) -> Result<String> {
    let mut salt = [0u8; 16];
    app.ids.random(&mut salt);
    heavy(app, move || hash_with(&password, &salt)).await
}

/// Whether the password is right. Without an account it takes just as long to say no.
pub(super) async fn fits(app: &App, password: Secret<String>, stored: Option<String>) -> Result<bool> {
    heavy(app, move || match stored {
        Some(stored) => {
            let parsed = PasswordHash::new(&stored).map_err(|e| Error::internal(format!("a stored password hash: {e}")))?;
            Ok(argon().verify_password(password.reveal().as_bytes(), &parsed).is_ok())
        }
        None => hash_with(&password, &[0; 16]).map(|_| false),
    })
    .await
}

fn hash_with(password: &Secret<String>, salt: &[u8; 16]) -> Result<String> {
    let broken = |e: argon2::password_hash::Error| Error::internal(format!("hashing a password: {e}"));
    let salt = SaltString::encode_b64(salt).map_err(broken)?;
    Ok(argon().hash_password(password.reveal().as_bytes(), &salt).map_err(broken)?.to_string())
}

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

async fn heavy<T: Send + 'static>(app: &App, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = app.people.hashing.acquire().await.map_err(|e| Error::internal(e.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(format!("hashing a password: {e}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<&'static str> {
        acceptable(password, &["Ana Lopez", "ana.lopez@example.com"]).err().map(|(code, _)| code)
    }

    #[test]
    fn weak_passwords_are_refused_for_the_right_reason() {
        assert_eq!(code("ninechars"), Some("too_short"));
        assert_eq!(code("äöüäöüäöü"), Some("too_short"));
        assert_eq!(code(&"x7".repeat(101)), Some("too_long"));
        assert_eq!(code("Ana.Lopez@Example.com"), Some("personal"));
        assert_eq!(code("ANA LOPEZ 12"), Some("personal"));
        assert_eq!(code("ana.lopez1"), Some("personal"));
        assert_eq!(code("Password 123"), Some("common"));
        assert_eq!(code("aaaaaaaaaaaa"), Some("common"));
        assert_eq!(code("ana walks to the harbour"), None);
        assert_eq!(code("correct horse"), None);
    }

    #[test]
    fn the_list_of_common_ones_can_match() {
        for word in COMMON {
            assert!(word.len() >= SHORTEST && *word == squeeze(word), "{word}");
        }
    }

    #[test]
    fn a_hash_fits_its_own_password_only() {
        let stored = hash_with(&Secret::new("correct horse".into()), &[3; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let parsed = PasswordHash::new(&stored).unwrap();
        assert!(argon().verify_password(b"correct horse", &parsed).is_ok());
        assert!(argon().verify_password(b"correct horsf", &parsed).is_err());
    }
}
