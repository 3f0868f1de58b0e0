//! Checks of what people type; all faults of a form are told at once.

use super::password;
use jiff::tz::TimeZone;
use kernel::error::FieldError;
use kernel::{Error, Result, Secret};

pub(super) const NAME: usize = 100;

#[derive(Default)]
pub(super) struct Checks(Vec<FieldError>);

impl Checks {
    pub fn wrong(&mut self, field: &str, code: &str, detail: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
    }

    /// The end of a form: nothing, or everything that was wrong.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::fields(self.0)) }
    }

    /// A name of 1 to 100 characters, without the space around it.
    pub fn name(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.wrong(field, "required", "Give a name.");
        } else if text.chars().count() > NAME {
            self.wrong(field, "too_long", format!("Use at most {NAME} characters."));
        } else if text.chars().any(char::is_control) {
            self.wrong(field, "invalid", "Leave out line breaks and other control characters.");
        }
        text.to_owned()
    }

    pub fn email(&mut self, field: &str, text: &str) -> String {
        let email = normal_email(text);
        if email.is_empty() {
            self.wrong(field, "required", "Give an email address.");
        } else if !looks_like_email(&email) {
            self.wrong(field, "invalid", "This does not look like an email address.");
        }
        email
    }

    pub fn password(&mut self, field: &str, password: &Secret<String>, own: &[&str]) {
        if let Err((code, detail)) = password::acceptable(password.reveal(), own) {
            self.wrong(field, code, detail);
        }
    }

    /// A language tag such as `en` or `pt-BR`.
    pub fn locale(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        let mut parts = text.split('-');
        let language = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
        let rest = parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !language || !rest || text.len() > 35 {
            self.wrong(field, "invalid", "Give a language such as en or pt-BR.");
        }
        text.to_owned()
    }

    pub fn time_zone(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || TimeZone::get(text).is_err() {
            self.wrong(field, "invalid", "Give a time zone such as Europe/Berlin or UTC.");
        }
        text.to_owned()
    }

    pub fn country(&mut self, field: &str, text: &str) -> String {
        let text = text.trim().to_ascii_uppercase();
        if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_alphabetic()) {
            self.wrong(field, "invalid", "Give a country in two letters, such as DE.");
        }
        text
    }
}

/// As addresses are stored and compared.
pub(super) fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

fn looks_like_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;()[]\\\"".contains(c);
    let edges = !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-']) && !domain.contains("..");
    !local.is_empty() && !domain.is_empty() && edges && !local.contains('@') && email.len() <= 254 && email.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ErrorKind;

    #[test]
    fn every_wrong_field_is_named() {
        let mut checks = Checks::default();
        checks.name("name", "  ");
        checks.email("email", "nobody");
        checks.password("password", &Secret::new("short".into()), &[]);
        checks.locale("locale", "English");
        checks.time_zone("time_zone", "Mars/Olympus");
        checks.country("default_country", "Germany");
        let ErrorKind::Invalid(fields) = checks.done().unwrap_err().kind else { panic!("not invalid") };
        let names: Vec<_> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["name", "email", "password", "locale", "time_zone", "default_country"]);
    }

    #[test]
    fn what_is_right_comes_back_tidied() {
        let mut checks = Checks::default();
        assert_eq!(checks.name("name", " Ana "), "Ana");
        assert_eq!(checks.email("email", " Ana@Example.COM "), "ana@example.com");
        assert_eq!(checks.locale("locale", "pt-BR"), "pt-BR");
        assert_eq!(checks.time_zone("time_zone", "UTC"), "UTC");
        assert_eq!(checks.country("default_country", "de"), "DE");
        assert_eq!(checks.done(), Ok(()));
    }

    #[test]
    fn addresses_that_cannot_be() {
        for wrong in ["a", "@b.c", "a@", "a b@c.d", "a@b@c.d", "a@.b", "a@b..c", "<a@b.c>", "a@b.c\n"] {
            assert!(!looks_like_email(wrong), "{wrong:?}");
        }
        for right in ["a@b.c", "owner@localhost", "ö+tag@bücher.example"] {
            assert!(looks_like_email(right), "{right:?}");
        }
    }
}
