//! Sending over `/messages.mime`: the mail is ours to the last byte. And fetching the files of stored mail, and asking how the domain is.

use super::form::BASE_URL;
use super::inbound::is_mailguns;
use crate::kit::calls::{self, base_url, needed_secret};
use crate::kit::mail::shared::marks;
use crate::kit::mail::{build, sending_domain};
use crate::kit::verdicts::{judge_http, shorten};
use kernel::channel::{Account, Edge, Fetched, Health, Outbound, OutboundFile, Receipt, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::Value;

const MOST_BYTES: usize = 25_000_000;
const MOST_RECIPIENTS: usize = 1_000;
const LONG_MS: u64 = 120_000;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let recipients = build::recipients(message)?;
    if recipients.len() > MOST_RECIPIENTS {
        return Err(SendError::Permanent { detail: format!("Mailgun takes {MOST_RECIPIENTS} recipients in one mail.") });
    }
    let mail = build::build(account, message)?;
    if mail.len() > MOST_BYTES {
        return Err(SendError::Permanent { detail: "The mail is larger than the 25 MB that Mailgun takes. Send fewer files.".into() });
    }
    let response = calls::exchange(edge, request(account, message, &recipients, mail)?).await?;
    if !(200..300).contains(&response.status) {
        return Err(judge(&response, edge.clock.now()));
    }
    let answer = calls::body_of(&response);
    let id = answer["id"].as_str().map(|id| id.trim_matches(['<', '>', ' '])).filter(|id| id.contains('@') && id.len() <= 500);
    Ok(Receipt {
        // It keeps the Message-ID we chose; should it ever choose its own, answers name that one.
        external_id: id.filter(|id| *id != message.external_id).map(str::to_owned),
        detail: Some(format!("Mailgun: {}", answer["message"].as_str().map_or_else(|| "taken".into(), |m| shorten(m, 200)))),
        status: Some(MessageStatus::Sent),
    })
}

fn request(account: &Account, message: &Outbound, recipients: &[String], mail: Vec<u8>) -> Result<HttpRequest, SendError> {
    let marks = marks(account, message).map(|(name, value)| (format!("v:{name}"), value));
    let opens = if account.settings.flag("track_opens") { "yes" } else { "no" };
    let mut fields: Vec<(&str, &str)> = recipients.iter().map(|to| ("to", to.as_str())).collect();
    fields.extend([("o:tracking", opens), ("o:tracking-opens", opens), ("o:tracking-clicks", "no")]);
    fields.extend(marks.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let file = OutboundFile { name: "message.mime".into(), content_type: "message/rfc822".into(), bytes: mail, url: String::new() };
    let url = format!("{}/messages.mime", domain_url(account));
    let mut request = calls::multipart("POST", url, &message.message_id, &fields, &[("message", &file)]);
    request.timeout_ms = LONG_MS;
    signed(account, request)
}

pub fn base(account: &Account) -> &str {
    base_url(account, BASE_URL)
}
pub fn domain(account: &Account) -> &str {
    account.settings.text("domain").map(str::trim).unwrap_or_else(|| sending_domain(account))
}
fn domain_url(account: &Account) -> String {
    format!("{}/v3/{}", base(account), calls::encode(domain(account)))
}
pub fn signed(account: &Account, request: HttpRequest) -> Result<HttpRequest, SendError> {
    Ok(calls::basic(request, "api", needed_secret(account, "api_key", "The API key")?.reveal()))
}

/// `{"message": "…"}`, or plain text.
fn words(response: &HttpResponse) -> Option<String> {
    let body = calls::body_of(response);
    let text = match &body {
        Value::Null => String::from_utf8_lossy(&response.body[..response.body.len().min(300)]).into_owned(),
        body => said(body)?,
    };
    Some(shorten(&text, 300)).filter(|t| !t.is_empty() && !t.starts_with('<'))
}
pub fn said(body: &Value) -> Option<String> {
    calls::words_at(body, "/message").or_else(|| calls::words_at(body, "/Reason")).or_else(|| calls::words_at(body, "/Error"))
}

fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let said = words(response);
    let with = |words: &str| match &said {
        Some(said) => format!("{words} [{}: {said}]", response.status),
        None => format!("{words} [{}]", response.status),
    };
    let says = |part: &str| said.as_deref().is_some_and(|s| s.to_ascii_lowercase().contains(part));
    match response.status {
        401 => SendError::Account { detail: with("Mailgun does not accept the API key. Check the key, and the region.") },
        402 => SendError::Account { detail: with("Mailgun wants to be paid first.") },
        403 => SendError::Account { detail: with("Mailgun does not let this domain send.") },
        404 if says("domain") => SendError::Account { detail: with("There is no such domain at Mailgun. Check its name, and the region.") },
        413 => SendError::Permanent { detail: with("The mail is too large for Mailgun. Send fewer files.") },
        _ => judge_http(response, said.as_deref(), now),
    }
}

/// A file of stored mail. The address came in a delivery: the key goes to Mailgun only.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    if !is_mailguns(account, reference) {
        return Err(SendError::Permanent { detail: "This file does not lie with Mailgun.".into() });
    }
    let mut request = HttpRequest::new("GET", reference);
    request.timeout_ms = LONG_MS;
    request.max_response_bytes = 45 << 20;
    let response = calls::exchange(edge, signed(account, request)?).await.map_err(calls::before_sending)?;
    match response.status {
        200 => {
            let kind =
                response.header("content-type").and_then(|t| t.split(';').next()).map(|t| shorten(t, 127)).filter(|t| t.contains('/'));
            Ok(Fetched { name: None, content_type: kind, bytes: response.body })
        }
        404 | 410 => Err(SendError::Permanent { detail: "Mailgun keeps stored mail for three days; this file is gone.".into() }),
        _ => Err(judge(&response, edge.clock.now())),
    }
}

/// How is the domain, and does the key fit?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let name = domain(account);
    let broken = |detail: String| Health::Broken { detail };
    let unset = || Health::Broken { detail: "The channel has no API key. Make one at Mailgun under API Security.".into() };
    let Ok(request) = signed(account, calls::get(format!("{}/v3/domains/{}", base(account), calls::encode(name)))) else { return unset() };
    let response = match edge.http.send(request).await {
        Ok(response) => response,
        Err(error) => return broken(format!("Mailgun cannot be reached: {}", shorten(&error.to_string(), 200))),
    };
    match response.status {
        200 => {
            let state = calls::body_of(&response)["domain"]["state"].as_str().unwrap_or_default().to_owned();
            match state.as_str() {
                "active" => Health::Ok { detail: format!("Mailgun takes the key, and {name} is verified.") },
                "unverified" => broken(format!("{name} is not verified at Mailgun yet. Add its DNS records and verify it there.")),
                _ => broken(format!("Mailgun says that {name} is “{}”. Ask Mailgun's support.", shorten(&state, 40))),
            }
        }
        404 => broken(format!("There is no domain {name} at Mailgun in this region. Domains in Europe need https://api.eu.mailgun.net.")),
        // A sending key may not look at domains. A mail without anything is refused for what it lacks, if the key is good.
        401 | 403 => {
            let probe = calls::form::<&str, &str>("POST", format!("{}/messages", domain_url(account)), &[]);
            let Ok(request) = signed(account, probe) else { return unset() };
            match edge.http.send(request).await {
                Ok(response) if response.status == 400 => Health::Ok { detail: format!("Mailgun takes the sending key of {name}.") },
                _ => broken("Mailgun does not accept the API key. Check the key, the domain and the region.".into()),
            }
        }
        status => broken(format!("Mailgun answered HTTP {status}. Try again in a moment.")),
    }
}
