//! Messaging services: a pool of senders under one name. Any channel may be one instead of a number.

use super::sending::broken;
use super::{call, list, product_url, text};
use crate::kit::calls::{self, encode};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Edge, Health, Reach, SendError};
use serde_json::{Map, Value};

/// The messaging service of this account.
async fn own(edge: Edge<'_>, account: &Account, sid: &str) -> Result<Value, SendError> {
    call(edge, account, calls::get(product_url(account, "messaging", &format!("/v1/Services/{}", encode(sid))))).await
}

/// `name` is the account's.
pub async fn check(edge: Edge<'_>, account: &Account, name: &str, sid: &str) -> Health {
    match own(edge, account, sid).await {
        Ok(service) => {
            let title = shorten(text(&service, "friendly_name").unwrap_or(sid), 80);
            let elsewhere = elsewhere(account, text(&service, "inbound_request_url"));
            Health::Ok { detail: format!("{name}, messaging service {title}.{elsewhere}") }
        }
        Err(SendError::Permanent { .. }) => {
            Health::Broken { detail: format!("This Twilio account has no messaging service {sid}. Copy its SID from Messaging, Services.") }
        }
        Err(error) => broken(&error),
    }
}

/// Those of the account, for choosing.
pub async fn reach(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let all = list(edge, account, &product_url(account, "messaging", "/v1/Services?PageSize=100"), "services").await?;
    let one = |value: &Value| {
        let id = text(value, "sid")?;
        let name = format!("{} (messaging service)", shorten(text(value, "friendly_name").unwrap_or(id), 80));
        Some(Reach { id: id.into(), name, webhook: text(value, "inbound_request_url").map(str::to_owned), settings: Map::new() })
    };
    Ok(all.iter().filter_map(one).collect())
}

/// Sets the address for incoming messages and the one for reports.
pub async fn install(edge: Edge<'_>, account: &Account, sid: &str, webhook_url: &str) -> Result<String, SendError> {
    let before = own(edge, account, sid).await?;
    let pairs = [
        ("InboundRequestUrl", webhook_url),
        ("InboundMethod", "POST"),
        ("FallbackUrl", webhook_url),
        ("FallbackMethod", "POST"),
        ("StatusCallback", webhook_url),
        // Otherwise each number's own address would count.
        ("UseInboundWebhookOnNumber", "false"),
    ];
    let place = product_url(account, "messaging", &format!("/v1/Services/{}", encode(sid)));
    call(edge, account, calls::form("POST", place, &pairs)).await?;
    let name = shorten(text(&before, "friendly_name").unwrap_or(sid), 80);
    Ok(format!(
        "The messaging service {name} sends messages and reports here.{}",
        replaced(text(&before, "inbound_request_url"), webhook_url)
    ))
}

/// A sentence when incoming messages are sent to somebody else.
pub fn elsewhere(account: &Account, place: Option<&str>) -> String {
    match place {
        Some(url) if !url.starts_with(account.public_url.trim_end_matches('/')) => {
            format!(" Its own settings send incoming messages to {}, not here.", shorten(url, 120))
        }
        _ => String::new(),
    }
}

/// A sentence on the address that was set before.
pub fn replaced(before: Option<&str>, now: &str) -> String {
    before.filter(|b| *b != now).map(|b| format!(" Before, they went to {}.", shorten(b, 120))).unwrap_or_default()
}
