//! Sending as raw MIME, looking whether an earlier attempt left, and asking whether the connection holds.

use super::{google, inbound, poll};
use crate::kit::calls;
use crate::kit::mail::build;
use crate::kit::{addresses, message_ids};
use data_encoding::BASE64URL_NOPAD;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Outbound, Reach, Receipt, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::{Millis, rfc3339};
use serde_json::{Map, Value, json};

/// Larger mail goes by upload.
const INLINE_BYTES: usize = 5_000_000;
const MOST_BYTES: usize = 36_700_160;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    build::recipients(message)?;
    let mail = build::build_with_bcc(account, message)?;
    if mail.len() > MOST_BYTES {
        return Err(SendError::Permanent { detail: "The mail is larger than the 35 MB that Gmail takes. Send fewer files.".into() });
    }
    if message.attempt > 1
        && let Some(receipt) = find(edge, account, message).await.map_err(calls::before_sending)?
    {
        return Ok(receipt);
    }
    let last = message.last_inbound_metadata.get(inbound::THREAD).and_then(Value::as_str);
    let thread = last.or(message.thread_key.as_deref()).filter(|t| !t.is_empty());
    let mut sent = google::exchange(edge, account, request(account, message, &mail, thread)).await;
    // The thread is gone: the mail starts one of its own.
    if thread.is_some() && matches!(&sent, Ok(response) if names_no_thread(response)) {
        sent = google::exchange(edge, account, request(account, message, &mail, None)).await;
    }
    let response = match sent {
        Ok(response) => response,
        Err(SendError::Uncertain { detail }) => {
            return match find(edge, account, message).await {
                Ok(Some(receipt)) => Ok(receipt),
                _ => Err(SendError::Uncertain { detail }),
            };
        }
        Err(error) => return Err(error),
    };
    if !(200..300).contains(&response.status) {
        return Err(google::judge(&response, edge.clock.now()));
    }
    let id = calls::body_of(&response)["id"].as_str().map(str::to_owned).unwrap_or_default();
    Ok(receipt(edge, account, message, &id, "Gmail took it").await)
}

fn names_no_thread(response: &HttpResponse) -> bool {
    let said = calls::words_at(&calls::body_of(response), "/error/message").unwrap_or_default().to_lowercase();
    response.status == 404 || (response.status == 400 && said.contains("thread"))
}

fn request(account: &Account, message: &Outbound, mail: &[u8], thread: Option<&str>) -> HttpRequest {
    let mut about = json!({});
    if let Some(thread) = thread {
        about["threadId"] = thread.into();
    }
    let mut request = if mail.len() <= INLINE_BYTES {
        about["raw"] = BASE64URL_NOPAD.encode(mail).into();
        calls::json("POST", google::mine(account, "messages/send"), &about)
    } else {
        // Two parts: what the message is about, and the mail itself ("Upload attachments", multipart upload).
        let boundary = format!("switchboard-{}", &crate::kit::signatures::sha256_hex(message.external_id.as_bytes())[..32]);
        let head = format!(
            "--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{about}\r\n--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n"
        );
        let body = [head.as_bytes(), mail, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        HttpRequest::new("POST", format!("{}/upload/gmail/v1/users/me/messages/send?uploadType=multipart", google::base(account)))
            .header("content-type", format!("multipart/related; boundary={boundary}"))
            .header("accept", "application/json")
            .body(body)
    };
    request.timeout_ms = 120_000;
    request
}

/// The mail, when an earlier attempt did leave.
async fn find(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Option<Receipt>, SendError> {
    let query = calls::encode(&format!("rfc822msgid:{}", message.external_id));
    let path = format!("messages?q={query}&includeSpamTrash=true&maxResults=1");
    let body = google::call(edge, account, calls::get(google::mine(account, &path))).await?;
    match body["messages"][0]["id"].as_str() {
        Some(id) => Ok(Some(receipt(edge, account, message, id, "An earlier attempt had left").await)),
        None => Ok(None),
    }
}

/// Gmail keeps a Message-ID that is well formed. Should it have written one of its own, answers will name that.
async fn receipt(edge: Edge<'_>, account: &Account, message: &Outbound, id: &str, what: &str) -> Receipt {
    let path = format!("messages/{}?format=metadata&metadataHeaders=Message-ID", calls::encode(id));
    let kept = match id.is_empty() {
        true => Value::Null,
        false => google::call(edge, account, calls::get(google::mine(account, &path))).await.unwrap_or_default(),
    };
    let headers = kept["payload"]["headers"].as_array().into_iter().flatten();
    let written = headers
        .filter(|h| h["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("message-id")))
        .find_map(|h| message_ids::find_all(h["value"].as_str()?).into_iter().next());
    Receipt {
        external_id: written.filter(|id| *id != message.external_id),
        detail: Some(if id.is_empty() { format!("{what}.") } else { format!("{what} as {id}.") }),
        status: Some(MessageStatus::Sent),
    }
}

/// Does the connection hold, and does Google push?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let words = |error: SendError| match error {
        SendError::Retry { detail, .. }
        | SendError::Uncertain { detail }
        | SendError::Account { detail }
        | SendError::Policy { detail, .. }
        | SendError::Permanent { detail } => detail,
    };
    let profile = match google::call(edge, account, calls::get(google::mine(account, "profile"))).await {
        Ok(profile) => profile,
        Err(error) => return Health::Broken { detail: words(error) },
    };
    let mailbox = profile["emailAddress"].as_str().and_then(addresses::clean).unwrap_or_default();
    let mut detail = format!("Connected to {mailbox}.");
    if mailbox != account.identifier {
        detail.push_str(&format!(" Answers leave from {} if it is one of its “Send mail as” addresses.", account.identifier));
    }
    if account.settings.text("pubsub_topic").is_some() {
        match poll::watch(edge, account).await {
            Ok(until) => detail.push_str(&pushed_until(until)),
            Err(error) => {
                let why = words(error);
                return Health::Broken { detail: format!("Connected to {mailbox}, but Gmail does not push to the Pub/Sub topic: {why}") };
            }
        }
    }
    Health::Ok { detail }
}

fn pushed_until(until: Option<Millis>) -> String {
    until.map_or_else(|| " Gmail pushes new mail.".into(), |at| format!(" Gmail pushes new mail, for now until {}.", rfc3339(at)))
}

pub struct Setup;

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(list(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, _webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let until = poll::watch(edge, account).await?;
            Ok(format!("Google was asked.{} The push endpoint itself is set in the Pub/Sub subscription.", pushed_until(until)))
        })
    }
}

/// The addresses the mailbox may send from.
async fn list(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let answer = google::call(edge, account, calls::get(google::mine(account, "settings/sendAs"))).await?;
    let all = answer["sendAs"].as_array().into_iter().flatten().take(200).filter_map(|one| {
        let id = one["sendAsEmail"].as_str().and_then(addresses::clean)?;
        let name = one["displayName"].as_str().filter(|n| !n.is_empty()).map_or_else(|| id.clone(), |n| format!("{n} <{id}>"));
        Some(Reach { id, name, webhook: None, settings: Map::new() })
    });
    Ok(all.collect())
}
