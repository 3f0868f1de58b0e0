//! What the channels over Twilio share: addresses of its products, sign-in, its signature, its events, its errors.
//!
//! Source: the provider's OpenAPI descriptions (api v2010, messaging v1 and v2, content v1) and its helper libraries.

pub mod errors;
pub mod events;
pub mod fields;
pub mod play;
pub mod proof;
pub mod sending;
pub mod services;

use super::calls::{self, base_url, encode, needed, needed_secret};
use kernel::channel::{Account, Edge, SendError};
use kernel::http::HttpRequest;
use serde_json::Value;

/// The provider's own address.
pub const API: &str = "https://api.twilio.com";
/// Answers with nothing: replies go through the API.
pub const EMPTY_TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
const WHATSAPP: &str = "whatsapp:";
/// The most pages of one list.
const MOST_PAGES: usize = 20;

/// The address of a resource of the account (`/Messages.json`).
pub fn url(account: &Account, below: &str) -> Result<String, SendError> {
    let sid = needed(account, "account_sid", "The account SID")?;
    Ok(format!("{}/2010-04-01/Accounts/{}{below}", base_url(account, API), encode(sid)))
}

/// The address of another product (`content`, `messaging`): its own host at Twilio, below the base address elsewhere.
pub fn product_url(account: &Account, product: &str, below: &str) -> String {
    let base = base_url(account, API);
    // Regional hosts are spelled `api.dublin.ie1.twilio.com`.
    match base.strip_prefix("https://api.").filter(|rest| *rest == "twilio.com" || rest.ends_with(".twilio.com")) {
        Some(rest) => format!("https://{product}.{rest}{below}"),
        None => format!("{base}/{product}{below}"),
    }
}

/// Basic authentication by the API key where there is one, by the auth token otherwise.
pub fn signed_in(account: &Account, request: HttpRequest) -> Result<HttpRequest, SendError> {
    if let (Some(key), Some(secret)) = (account.settings.text("api_key_sid"), account.settings.secret("api_key_secret")) {
        return Ok(calls::basic(request, key, secret.reveal()));
    }
    let sid = needed(account, "account_sid", "The account SID")?;
    let token = needed_secret(account, "auth_token", "The auth token")?;
    Ok(calls::basic(request, sid, token.reveal()))
}

/// Our number, short code, name or messaging service, without a channel prefix.
pub fn sender(account: &Account) -> Result<String, SendError> {
    needed(account, "sender", "The sender").map(bare)
}

/// `+27821234567` out of `whatsapp:+27 82 123-4567`.
pub fn bare(address: &str) -> String {
    let address = address.trim();
    let address = address.strip_prefix(WHATSAPP).unwrap_or(address);
    let written = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
    if address.starts_with('+') { address.chars().filter(|c| !written(*c)).collect() } else { address.to_owned() }
}

/// A messaging service (`MG…`) instead of a number.
pub fn is_service(sender: &str) -> bool {
    sender.len() == 34 && sender.starts_with("MG")
}
/// A number in international form.
pub fn is_number(sender: &str) -> bool {
    sender.strip_prefix('+').is_some_and(|d| (6..=15).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
}
/// A short code.
pub fn is_short_code(sender: &str) -> bool {
    (3..=8).contains(&sender.len()) && sender.bytes().all(|b| b.is_ascii_digit())
}

/// Where Twilio reports what becomes of a message, with our id of it and of its sender (the signature covers them); none when it could not reach us there (it refuses such addresses, error 21609).
pub fn status_callback(account: &Account, message_id: &str) -> Option<String> {
    let ours = account.public_url.trim_end_matches('/');
    let host = ours.split_once("://")?.1.split(['/', ':']).next()?;
    let local = host == "localhost" || host.starts_with("127.") || host.starts_with('[') || !host.contains('.');
    let played = base_url(account, API) != API;
    let place = format!("{ours}/api/webhooks/{}?message={}&sender={}", account.provider, encode(message_id), encode(&account.identifier));
    (!local || played).then_some(place)
}

/// Sends and expects 2xx; anything else is judged by Twilio's code.
pub async fn call(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    let response = calls::exchange(edge, signed_in(account, request)?).await?;
    if (200..300).contains(&response.status) { Ok(calls::body_of(&response)) } else { Err(errors::judge(&response, edge.clock.now())) }
}

/// Every page of a list under `key`. Pages name the next one whole (`meta.next_page_url`) or without a host (`next_page_uri`);
/// only its query is taken, so that the credentials never follow an address out of an answer.
pub async fn list(edge: Edge<'_>, account: &Account, url: &str, key: &str) -> Result<Vec<Value>, SendError> {
    let place = url.split('?').next().unwrap_or(url);
    let mut all = Vec::new();
    let mut next = url.to_owned();
    for _ in 0..MOST_PAGES {
        let page = call(edge, account, calls::get(next)).await?;
        all.extend(page.get(key).and_then(Value::as_array).into_iter().flatten().cloned());
        let more = page.pointer("/meta/next_page_url").or_else(|| page.get("next_page_uri")).and_then(Value::as_str);
        match more.and_then(|m| m.split_once('?')) {
            Some((_, query)) => next = format!("{place}?{query}"),
            None => break,
        }
    }
    Ok(all)
}

/// A text of an answer.
pub fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_told_apart() {
        assert_eq!(bare(" whatsapp:+27 82 123-4567"), "+27821234567");
        assert_eq!(bare("Acme Ltd"), "Acme Ltd");
        assert!(is_service("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") && !is_service("MG1") && !is_service("+15005550006"));
        assert!(is_number("+15005550006") && !is_number("15005550006") && !is_number("+1500x"));
        assert!(is_short_code("43210") && !is_short_code("+43210") && !is_short_code("Acme"));
    }
}
