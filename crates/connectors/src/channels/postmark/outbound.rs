//! Sending over `POST /email`, and asking how the server is.

use super::events::stream;
use super::external_id;
use super::form::BASE_URL;
use crate::kit::calls::{self, base_url, needed_secret};
use crate::kit::mail::draft::{Draft, draft, written};
use crate::kit::mail::shared::marks;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use data_encoding::BASE64;
use kernel::channel::{Account, Edge, Health, Outbound, Receipt, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::{Address, MessageStatus};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

const MOST_RECIPIENTS: usize = 50;
const MOST_BYTES: usize = 10_000_000;
const LONG_MS: u64 = 120_000;
/// Of one value of the metadata.
const MARK_CHARS: usize = 80;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let draft = draft(account, message)?;
    if draft.recipients() > MOST_RECIPIENTS {
        return Err(SendError::Permanent { detail: format!("Postmark takes {MOST_RECIPIENTS} recipients in one mail.") });
    }
    if draft.size() > MOST_BYTES {
        return Err(SendError::Permanent { detail: "The mail is larger than the 10 MB that Postmark takes. Send fewer files.".into() });
    }
    let mut request = calls::json("POST", format!("{}/email", base(account)), &body(account, message, &draft));
    request.timeout_ms = LONG_MS;
    let response = calls::exchange(edge, signed(account, request)?).await?;
    let answer = calls::body_of(&response);
    if !(200..300).contains(&response.status) || answer["ErrorCode"].as_i64().is_some_and(|code| code != 0) {
        return Err(judge(&response, &answer, edge.clock.now()));
    }
    let id = answer["MessageID"].as_str().filter(|id| !id.is_empty() && id.len() <= 200);
    Ok(Receipt {
        // We ask it to keep our Message-ID. Should it not, answers name the one it makes of its own id; reports name that id always.
        external_id: id.map(external_id),
        detail: Some(id.map_or_else(|| "Postmark took it.".into(), |id| format!("Postmark took it as {id}."))),
        status: Some(MessageStatus::Sent),
    })
}

pub fn base(account: &Account) -> &str {
    base_url(account, BASE_URL)
}
pub fn signed(account: &Account, request: HttpRequest) -> Result<HttpRequest, SendError> {
    let token = needed_secret(account, "server_token", "The server API token")?;
    Ok(request.header("x-postmark-server-token", token.reveal().as_str()))
}

fn body(account: &Account, message: &Outbound, draft: &Draft<'_>) -> Value {
    let list = |all: &[Address]| all.iter().map(written).collect::<Vec<_>>().join(", ");
    let mut headers: Vec<Value> = draft.headers.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    headers.push(json!({"Name": "X-PM-KeepID", "Value": "true"}));
    let marks = marks(account, message).into_iter().filter(|(_, value)| value.len() <= MARK_CHARS);
    let mut body = json!({
        "From": written(&draft.from),
        "To": list(&draft.to),
        "Subject": draft.subject,
        "Headers": headers,
        "Metadata": marks.map(|(name, value)| (name.to_owned(), Value::from(value))).collect::<Map<_, _>>(),
        "MessageStream": stream(account),
        "TrackOpens": account.settings.flag("track_opens"),
        "TrackLinks": "None",
    });
    for (name, value) in [("Cc", list(&draft.cc)), ("Bcc", list(&draft.bcc)), ("TextBody", draft.words())] {
        if !value.is_empty() {
            body[name] = value.into();
        }
    }
    if let Some(reply_to) = &draft.reply_to {
        body["ReplyTo"] = written(reply_to).into();
    }
    if let Some(html) = &draft.html {
        body["HtmlBody"] = html.as_str().into();
    }
    if !draft.files.is_empty() {
        let file = |file: &crate::kit::mail::draft::DraftFile<'_>| {
            let mut out = json!({"Name": file.name, "Content": BASE64.encode(file.bytes), "ContentType": file.content_type});
            if let Some(id) = &file.content_id {
                out["ContentID"] = format!("cid:{id}").into();
            }
            out
        };
        body["Attachments"] = draft.files.iter().map(file).collect();
    }
    body
}

pub fn said(body: &Value) -> Option<String> {
    calls::words_at(body, "/Message")
}

/// By Postmark's own code first, by the HTTP status second.
fn judge(response: &HttpResponse, answer: &Value, now: Millis) -> SendError {
    let code = answer["ErrorCode"].as_i64().unwrap_or_default();
    let said = said(answer);
    let with = |words: &str| match &said {
        Some(said) => format!("{words} [{code}: {said}]"),
        None => format!("{words} [HTTP {}]", response.status),
    };
    let account = |words: &str| SendError::Account { detail: with(words) };
    let permanent = |words: &str| SendError::Permanent { detail: with(words) };
    match code {
        10 => account("Postmark does not accept the server API token."),
        100 => SendError::Retry { after_ms: retry_after(response, now), detail: with("Postmark is in maintenance.") },
        300 => permanent("Postmark does not take this mail as it is."),
        400 | 401 => account("The address is not a confirmed sender signature at Postmark."),
        405 => account("Postmark does not let this account send: its credits are used up."),
        406 => permanent("Postmark writes no more to this address, since mail to it bounced or was reported as spam."),
        411 => permanent("Postmark refuses this kind of file."),
        412 => account("Postmark has not approved this account yet; until then it reaches addresses of its own domain only."),
        413 => account("Postmark does not let this account send."),
        429 => SendError::Retry { after_ms: retry_after(response, now), detail: with("Too many at once.") },
        1220..=1240 => account("The message stream is wrong. Check its ID in the channel's settings."),
        _ => match response.status {
            401 | 403 => account("Postmark does not accept the server API token."),
            413 => permanent("The mail is too large for Postmark. Send fewer files."),
            // Taken, and yet with an error: it did not leave.
            200..=299 => permanent("Postmark did not take the mail."),
            _ => judge_http(response, said.as_deref(), now),
        },
    }
}

/// How is the server?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let request = match signed(account, calls::get(format!("{}/server", base(account)))) {
        Ok(request) => request,
        Err(_) => return Health::Broken { detail: "The channel has no server API token. Copy it from API Tokens at Postmark.".into() },
    };
    let response = match edge.http.send(request).await {
        Ok(response) => response,
        Err(error) => return Health::Broken { detail: format!("Postmark cannot be reached: {}", shorten(&error.to_string(), 200)) },
    };
    let answer = calls::body_of(&response);
    match response.status {
        200 if answer["DeliveryType"] == "Sandbox" => {
            Health::Broken { detail: "This is a sandbox server at Postmark: its mail reaches nobody. Use the token of a live one.".into() }
        }
        200 => {
            let name = answer["Name"].as_str().map(|n| shorten(n, 80)).unwrap_or_default();
            Health::Ok { detail: format!("Postmark takes the token of the server “{name}”; mail leaves as {}.", account.identifier) }
        }
        401 | 403 | 422 => {
            Health::Broken { detail: "Postmark does not accept the token. It has to be the server's, not the account's.".into() }
        }
        status => Health::Broken { detail: format!("Postmark answered HTTP {status}. Try again in a moment.") },
    }
}
