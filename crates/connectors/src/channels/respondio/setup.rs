//! Around the messages: is the workspace well, who a contact is, and files that respond.io was still loading when it told of them.

use super::content;
use super::facts::{self, list, text};
use super::form::API;
use super::outbound;
use super::templates::pages;
use crate::kit::calls::{self, before_sending};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Edge, Fetched, FileSource, Health, Place, Profile, SendError, StatusReport};
use kernel::http::HttpRequest;
use kernel::message::MessageStatus;
use serde_json::Value;

/// Files of chats are small; mail behind respond.io may carry more.
const LARGEST: usize = 100 << 20;
const PATIENCE_MS: u64 = 60_000;

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    let settings = &account.settings;
    let broken = |detail: &str| Health::Broken { detail: detail.into() };
    if settings.text("signing_keys").is_none_or(|k| k.trim().is_empty()) {
        return broken(
            "No signing key is set: nothing that arrives can be proved. Copy the keys from respond.io, Settings, Integrations, Webhooks.",
        );
    }
    let read_only = facts::read_only(account);
    if settings.text("access_token").is_none() {
        return match read_only {
            true => Health::Ok { detail: "Read only: messages come in by webhook, nothing is sent.".into() },
            false => broken("Sending is switched on and there is no access token. In respond.io: Settings, Integrations, Developer API."),
        };
    }
    match pages(edge, account, "/space/channel").await {
        Ok(channels) => {
            let names: Vec<String> = channels.iter().take(5).map(|c| shorten(text(c, "/name"), 60)).collect();
            let mode = if read_only { "Read only. " } else { "" };
            let more = if channels.len() > names.len() { ", …" } else { "" };
            Health::Ok { detail: format!("{mode}The access token works; channels in respond.io: {}{more}", names.join(", ")) }
        }
        Err(error) => Health::Broken { detail: error.detail().to_owned() },
    }
}

pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    let contact = outbound::contact(handle, &serde_json::Map::new()).ok()?;
    let url = format!("{}/contact/{contact}", calls::base_url(account, API));
    let about = outbound::call(edge, account, calls::get(url)).await.ok()?;
    Some(facts::profile(account, handle, &about))
}

/// `{contact} {message} {place}`: asks whether respond.io has the file by now, then gets it. The token stays with the API.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let gone = || SendError::Permanent { detail: "respond.io no longer has this file.".into() };
    let mut parts = reference.split(' ');
    let (contact, message) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let place = parts.next().and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
    let contact = outbound::contact(contact, &serde_json::Map::new())?;
    let url = format!("{}/contact/{contact}/message/{}", calls::base_url(account, API), calls::encode(message));
    let about = outbound::call(edge, account, calls::get(url)).await.map_err(before_sending)?;
    let content = about.get("message").unwrap_or(&Value::Null);
    let part = content.get("attachment").or_else(|| list(content, "/attachments").get(place)).ok_or_else(gone)?;
    if part.get("isPending").and_then(Value::as_bool).unwrap_or(false) {
        return Err(SendError::Retry { after_ms: Some(30_000), detail: "respond.io is still loading this file.".into() });
    }
    let file = content::file(part, "", place).ok_or_else(gone)?;
    let FileSource::Url(url) = file.source else { return Err(gone()) };
    let request = HttpRequest { timeout_ms: PATIENCE_MS, max_response_bytes: LARGEST, ..HttpRequest::new("GET", url) };
    let response = calls::exchange(edge, request).await.map_err(before_sending)?;
    if !(200..300).contains(&response.status) {
        let detail = format!("The file could not be fetched (HTTP {}).", response.status);
        return Err(if response.status >= 500 { SendError::Retry { after_ms: None, detail } } else { SendError::Permanent { detail } });
    }
    let kind = response.header("content-type").and_then(|t| t.split(';').next()).map(|t| t.trim().to_owned());
    Ok(Fetched { name: Some(file.name), content_type: kind.filter(|k| k.contains('/')).or(Some(file.content_type)), bytes: response.body })
}

/// The furthest that a message has come, by the list of its states. Times are seconds there, milliseconds elsewhere.
pub async fn status(edge: Edge<'_>, account: &Account, place: &Place, message: &str) -> Result<Option<StatusReport>, SendError> {
    let contact = outbound::contact(&place.to.address, &place.last_inbound_metadata)?;
    let url = format!("{}/contact/{contact}/message/{}", calls::base_url(account, API), calls::encode(message));
    let about = outbound::call(edge, account, calls::get(url)).await?;
    let known = list(&about, "/status").iter().filter_map(|s| {
        let status = match text(s, "/value") {
            "sent" => MessageStatus::Sent,
            "delivered" => MessageStatus::Delivered,
            "read" => MessageStatus::Read,
            "failed" => MessageStatus::Failed,
            _ => return None,
        };
        let at = s.get("timestamp").and_then(Value::as_i64).map(|t| if t > 100_000_000_000 { t } else { t * 1_000 });
        Some((status, at, shorten(text(s, "/message"), 300)))
    });
    // A failure is the end of it, whatever stands before.
    let last = known.max_by_key(|(status, at, _)| (*status == MessageStatus::Failed, status.rank(), *at));
    Ok(last.map(|(status, at, words)| StatusReport {
        external_id: message.to_owned(),
        message_id: None,
        status,
        at,
        error: (status == MessageStatus::Failed)
            .then(|| if words.is_empty() { "respond.io could not deliver it.".to_owned() } else { words }),
        bounced: false,
    }))
}
