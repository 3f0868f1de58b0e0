//! Requests for a message, files that came in, and the check of the account.

use super::{call, errors, is_number, is_service, list, sender, signed_in, text, url};
use crate::kit::calls::{self, base_url, encode};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Edge, Fetched, Health, Receipt, SendError};
use kernel::http::HttpRequest;
use kernel::message::MessageStatus;
use serde_json::Value;

const LARGEST_FILE: usize = 26 << 20;

/// The parameter that names our side: a number or a messaging service; `prefix` is the channel's (`whatsapp:`).
pub fn from(account: &Account, prefix: &str) -> Result<(&'static str, String), SendError> {
    let sender = sender(account)?;
    Ok(if is_service(&sender) { ("MessagingServiceSid", sender) } else { ("From", format!("{prefix}{sender}")) })
}

/// Posts a message. Twilio has no idempotency key for it.
pub async fn post(edge: Edge<'_>, account: &Account, pairs: &[(&str, String)]) -> Result<Receipt, SendError> {
    let request = calls::form("POST", url(account, "/Messages.json")?, pairs);
    let answer = call(edge, account, request).await?;
    let word = text(&answer, "status").unwrap_or_default();
    let code = answer.get("error_code").and_then(|c| c.as_i64().or_else(|| c.as_str()?.parse().ok())).filter(|c| *c != 0);
    let said = text(&answer, "error_message");
    match (word, code) {
        ("failed" | "undelivered", Some(code)) => return Err(errors::judge_code(code, said)),
        ("failed" | "undelivered" | "canceled", _) => {
            return Err(SendError::Permanent { detail: shorten(said.unwrap_or("Twilio refused the message."), 300) });
        }
        _ => {}
    }
    let parts = text(&answer, "num_segments").and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 1);
    let detail = match parts {
        Some(parts) => format!("{} in {parts} parts", shorten(word, 30)),
        None => shorten(word, 30),
    };
    Ok(Receipt {
        external_id: text(&answer, "sid").filter(|s| s.len() <= 100).map(str::to_owned),
        detail: Some(detail).filter(|d| !d.is_empty()),
        status: Some(if word == "scheduled" { MessageStatus::Pending } else { MessageStatus::Sent }),
    })
}

/// A file of an inbound message. Twilio answers with a redirect to its storage, whither the credentials do not go along.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let mut request = HttpRequest::new("GET", reference);
    request.max_response_bytes = LARGEST_FILE;
    request.timeout_ms = 60_000;
    if is_twilios(account, reference) {
        request = signed_in(account, request)?;
    }
    let response = calls::exchange(edge, request).await.map_err(calls::before_sending)?;
    if !(200..300).contains(&response.status) {
        return Err(errors::judge(&response, edge.clock.now()));
    }
    let content_type = response.header("content-type").map(str::to_owned);
    Ok(Fetched { name: None, content_type, bytes: response.body })
}

/// Is it an address that may see the credentials?
fn is_twilios(account: &Account, reference: &str) -> bool {
    let base = base_url(account, super::API);
    if reference.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')) {
        return true;
    }
    let authority = reference.strip_prefix("https://").and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or_default();
    !authority.contains(['@', '\\']) && (authority == "twilio.com" || authority.ends_with(".twilio.com"))
}

/// Proves the credentials; gives the account's name.
pub async fn check_account(edge: Edge<'_>, account: &Account) -> Result<String, Health> {
    // API keys of the standard kind may not read the account itself.
    if account.settings.text("api_key_sid").is_some() {
        let place = url(account, "/Messages.json?PageSize=1").map_err(|e| broken(&e))?;
        call(edge, account, calls::get(place)).await.map_err(|e| broken(&e))?;
        return Ok("Twilio account".into());
    }
    let place = url(account, ".json").map_err(|e| broken(&e))?;
    let answer = call(edge, account, calls::get(place)).await.map_err(|e| broken(&e))?;
    let name = shorten(text(&answer, "friendly_name").unwrap_or("Twilio account"), 80);
    match text(&answer, "status") {
        Some("suspended") => {
            Err(Health::Broken { detail: format!("The Twilio account “{name}” is suspended. See the Twilio console.") })
        }
        Some("closed") => Err(Health::Broken { detail: format!("The Twilio account “{name}” is closed.") }),
        _ if text(&answer, "type") == Some("Trial") => Ok(format!("{name} (trial account: reaches only verified numbers)")),
        _ => Ok(name),
    }
}

/// The number of this account, as Twilio keeps it.
pub async fn own_number(edge: Edge<'_>, account: &Account, number: &str) -> Result<Option<Value>, SendError> {
    let place = url(account, &format!("/IncomingPhoneNumbers.json?PhoneNumber={}", encode(number)))?;
    let all = list(edge, account, &place, "incoming_phone_numbers").await?;
    Ok(all.into_iter().find(|n| text(n, "phone_number") == Some(number)))
}

/// A failed check in words.
pub fn broken(error: &SendError) -> Health {
    let (SendError::Retry { detail, .. }
    | SendError::Uncertain { detail }
    | SendError::Account { detail }
    | SendError::Policy { detail, .. }
    | SendError::Permanent { detail }) = error;
    Health::Broken { detail: detail.clone() }
}

/// A recipient as Twilio takes it: a number in international form or a short code.
pub fn recipient(address: Option<&str>) -> Result<String, SendError> {
    let given = address.unwrap_or_default().trim();
    let plus = match given.strip_prefix("00") {
        Some(rest) => super::bare(&format!("+{rest}")),
        None => super::bare(given),
    };
    if is_number(&plus) || super::is_short_code(&plus) {
        return Ok(plus);
    }
    Err(SendError::Permanent { detail: "The recipient is not a phone number in international form, such as +27821234567.".into() })
}
