//! Whom a number in a record of a call means: a telephone, somebody in the house, or nobody knows.

use kernel::channel::Account;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// In international form where that can be known; else as it is dialled in the country.
    Phone(String),
    /// An address that is no number (`sip:bob@example.com`).
    Named(String),
    /// An extension or a soft phone of our own.
    Inside(String),
    Unknown,
}

/// What providers write for callers who hide their number. The digits are such words typed on a keypad.
const UNKNOWN: &[&str] = &[
    "",
    "anonymous",
    "unavailable",
    "unknown",
    "restricted",
    "blocked",
    "private",
    "withheld",
    "unknown caller",
    "private number",
    "266696687",
    "86282452253",
    "8656696",
    "7378742833",
    "2562533",
];

pub fn country_code(account: &Account) -> Option<&str> {
    let code = account.settings.text("country_code")?.trim().trim_start_matches('+');
    ((1..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0')).then_some(code)
}

pub fn party(account: &Account, given: &str) -> Party {
    let given = given.trim();
    // `"Ann" <+27825550001>`
    let inner = match (given.rfind('<'), given.rfind('>')) {
        (Some(a), Some(b)) if a < b => &given[a + 1..b],
        _ => given,
    };
    if inner.to_ascii_lowercase().starts_with("client:") {
        return Party::Inside(short(inner));
    }
    let bare = ["tel:", "sips:", "sip:"].iter().find_map(|p| strip(inner, p)).unwrap_or(inner);
    let user = bare.split(['@', ';']).next().unwrap_or_default().trim();
    if UNKNOWN.contains(&user.trim_start_matches('+').to_ascii_lowercase().as_str()) {
        return Party::Unknown;
    }
    let plain: String = user.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')).collect();
    let (plus, digits) = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(rest) => (true, rest),
        None => (false, plain.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Party::Named(short(inner));
    }
    match digits.len() {
        7..=15 if plus => Party::Phone(format!("+{digits}")),
        7..=15 => Party::Phone(international(country_code(account), digits)),
        _ if plus => Party::Named(short(inner)),
        1..=6 => Party::Inside(short(inner)),
        _ => Party::Named(short(inner)),
    }
}

/// A number without its plus: with the country code before it, unless it is there already.
fn international(code: Option<&str>, digits: &str) -> String {
    let Some(code) = code else { return digits.to_owned() };
    match digits.strip_prefix('0') {
        // In Italy the zero belongs to the number.
        Some(_) if code == "39" => format!("+{code}{digits}"),
        Some(rest) => format!("+{code}{rest}"),
        None if digits.starts_with(code) && digits.len() >= code.len() + 8 => format!("+{digits}"),
        None => format!("+{code}{digits}"),
    }
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len()).filter(|p| p.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

fn short(text: &str) -> String {
    crate::kit::verdicts::shorten(text, 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::channel::Settings;
    use kernel::{Secret, SystemIds, new_id};
    use serde_json::json;

    fn account(code: &str) -> Account {
        let settings = json!({ "country_code": code });
        Account {
            id: new_id(&SystemIds, 1),
            provider: "phone".into(),
            name: "Calls".into(),
            identifier: "+27105550001".into(),
            settings: Settings::new(settings.as_object().cloned().unwrap_or_default()),
            public_url: "http://localhost".into(),
            mac_key: Secret::new(vec![1; 32]),
        }
    }

    #[test]
    fn one_telephone_has_one_spelling() {
        let at = |code: &str, given: &str| party(&account(code), given);
        let phone = |n: &str| Party::Phone(n.into());
        for given in [
            "+27825550001",
            "0027 82 555 0001",
            "082 555-0001",
            "27825550001",
            "tel:+27825550001",
            "sip:+27825550001@pbx.example;x=y",
            "\"Ann\" <0825550001>",
        ] {
            assert_eq!(at("27", given), phone("+27825550001"), "{given}");
        }
        assert_eq!(at("1", "2025550123"), phone("+12025550123"));
        assert_eq!(at("1", "12025550123"), phone("+12025550123"));
        assert_eq!(at("39", "0612345678"), phone("+390612345678"));
        assert_eq!(at("", "0825550001"), phone("0825550001"), "the workspace's country counts");
    }

    #[test]
    fn who_hides_is_nobody() {
        for given in
            ["", "Anonymous", "+266696687", "+86282452253", "unavailable", "sip:anonymous@anonymous.invalid", "unknown", "+7378742833"]
        {
            assert_eq!(party(&account("27"), given), Party::Unknown, "{given}");
        }
        assert_eq!(party(&account("27"), "201"), Party::Inside("201".into()));
        assert_eq!(party(&account("27"), "client:zoe"), Party::Inside("client:zoe".into()));
        assert_eq!(party(&account("27"), "sip:bob@example.com"), Party::Named("sip:bob@example.com".into()));
        assert_eq!(party(&account("27"), "ü<"), Party::Named("ü<".into()));
    }
}
