//! The session cookie. It is kept as long as browsers keep one; when a session really ends is for its row to say.

use crate::app::App;
use axum::http::{HeaderMap, header};
use kernel::time::DAY;

const NAME: &str = "switchboard_session";

pub(super) fn set(app: &App, value: &str) -> String {
    // 400 days is the longest that browsers accept.
    written(value, 400 * DAY / 1_000, &app.config.server.public_url)
}

pub(super) fn clear(app: &App) -> String {
    written("", 0, &app.config.server.public_url)
}

fn written(value: &str, seconds: i64, public_url: &str) -> String {
    let secure = if public_url.starts_with("https://") { "; Secure" } else { "" };
    format!("{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The cookie's value in a request.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    named(headers, NAME)
}

pub(super) fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_secure_address_gets_a_secure_cookie() {
        assert_eq!(written("x", 5, "http://localhost:8080"), "switchboard_session=x; Path=/; Max-Age=5; HttpOnly; SameSite=Lax");
        assert!(written("x", 5, "https://help.example.com").ends_with("; Secure"));
    }

    #[test]
    fn the_value_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; switchboard_session=abc; b=2".parse().unwrap());
        assert_eq!(read(&headers), Some("abc"));
        assert_eq!(read(&HeaderMap::new()), None);
    }
}
