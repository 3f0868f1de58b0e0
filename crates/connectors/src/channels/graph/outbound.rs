//! Sending. An answer is made as a draft of one (`createReply`), filled, given its files, and sent: in JSON, only so does Exchange
//! write In-Reply-To and References. What needs headers that JSON does not take goes as MIME, if it is small enough.

use super::inbound::{ID, OUR_HEADER};
use super::{microsoft as graph, subscriptions};
use crate::kit::mail::build;
use crate::kit::{calls, message_ids};
use data_encoding::BASE64;
use kernel::channel::{Account, Edge, Health, Outbound, OutboundFile, Receipt, SendError};
use kernel::http::HttpRequest;
use kernel::message::{Address, MessageStatus};
use kernel::time::rfc3339;
use serde_json::{Value, json};

/// A named property of our own, by which a mail is found again (a random name space).
const PROPERTY: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SwitchboardMessage";
/// A request takes 4 MB, and base64 is a third longer.
const MIME_BYTES: usize = 2_900_000;
/// Larger files go by an upload session.
const DIRECT_BYTES: usize = 3 << 20;
/// Pieces of an upload are multiples of 320 KiB and smaller than 4 MB.
const PIECE: usize = 12 * 320 * 1024;
/// Hosts at which upload sessions lie.
const UPLOAD_HOSTS: &[&str] =
    &["outlook.office.com", "outlook.office365.com", "outlook.office365.us", "partner.outlook.cn", "graph.microsoft.com"];

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    build::recipients(message)?;
    let mime = as_mime(account, message)?;
    let filter = if mime.is_some() { by_message_id(message) } else { by_property(message) };
    if message.attempt > 1
        && let Some(receipt) = look_before(edge, account, message, &filter).await.map_err(calls::before_sending)?
    {
        return Ok(receipt);
    }
    match mime {
        Some(mail) => send_mime(edge, account, message, &mail, &filter).await,
        None => send_draft(edge, account, message).await,
    }
}

fn parent(message: &Outbound) -> Option<&str> {
    let id = message.last_inbound_metadata.get(ID).and_then(Value::as_str);
    // An answer to an earlier one is no answer to the last.
    let last = message.last_inbound_id.is_none() || message.in_reply_to == message.last_inbound_id;
    id.filter(|id| message.in_reply_to.is_some() && last && !id.is_empty())
}

/// The mail as MIME, where that says more than JSON can: an automatic one (RFC 3834), or an answer to what this mailbox does not hold.
fn as_mime(account: &Account, message: &Outbound) -> Result<Option<Vec<u8>>, SendError> {
    let follows = message.in_reply_to.is_some() || !message.references.is_empty();
    if !message.automatic && (parent(message).is_some() || !follows) {
        return Ok(None);
    }
    let mail = build::build_with_bcc(account, message)?;
    let id = message.message_id.chars().filter(char::is_ascii_graphic).collect::<String>();
    let mail = [format!("{OUR_HEADER}: {id}\r\n").as_bytes(), &mail].concat();
    Ok(Some(mail).filter(|m| m.len() <= MIME_BYTES))
}

async fn send_mime(edge: Edge<'_>, account: &Account, message: &Outbound, mail: &[u8], filter: &str) -> Result<Receipt, SendError> {
    let mut request = HttpRequest::new("POST", graph::mine(account, "sendMail"))
        .header("content-type", "text/plain")
        .header("accept", "application/json")
        .body(BASE64.encode(mail).into_bytes());
    request.timeout_ms = 60_000;
    match graph::exchange(edge, account, request).await {
        // Of a mail in MIME, Exchange keeps the Message-ID.
        Ok(response) if graph::is_good(&response) => Ok(told(message, &Value::Null, "Microsoft took it.", "")),
        Ok(response) => Err(graph::judge(&response, edge.clock.now())),
        Err(SendError::Uncertain { detail }) => match look_before(edge, account, message, filter).await {
            Ok(Some(receipt)) => Ok(receipt),
            _ => Err(SendError::Uncertain { detail }),
        },
        Err(error) => Err(error),
    }
}

async fn send_draft(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let draft = draft(edge, account, message).await.map_err(calls::before_sending)?;
    if let Err(error) = attach_all(edge, account, message, &draft).await.map_err(calls::before_sending) {
        discard(edge, account, &draft).await;
        return Err(error);
    }
    let sent = graph::exchange(edge, account, graph::post(graph::message(account, &draft, "/send"), None)).await;
    match sent {
        Ok(response) if graph::is_good(&response) => Ok(receipt(edge, account, message, &draft, "Microsoft took it as").await),
        Ok(response) => {
            discard(edge, account, &draft).await;
            Err(graph::judge(&response, edge.clock.now()))
        }
        // It is no draft any more: it left, and only the answer was lost.
        Err(SendError::Uncertain { detail }) => match state(edge, account, &draft).await {
            Ok(found) if found["isDraft"] == Value::Bool(false) => Ok(told(message, &found, "Microsoft took it as", &draft)),
            _ => Err(SendError::Uncertain { detail }),
        },
        Err(error) => {
            discard(edge, account, &draft).await;
            Err(error)
        }
    }
}

fn by_property(message: &Outbound) -> String {
    let value = message.message_id.replace('\'', "''");
    format!("singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{value}')")
}
fn by_message_id(message: &Outbound) -> String {
    format!("internetMessageId eq '<{}>'", message.external_id.replace('\'', "''"))
}

/// The mail, when an earlier attempt did leave; a draft that it left behind goes.
async fn look_before(edge: Edge<'_>, account: &Account, message: &Outbound, filter: &str) -> Result<Option<Receipt>, SendError> {
    let filter = calls::encode(filter);
    let url = graph::mine(account, &format!("messages?$filter={filter}&$select=id,isDraft,internetMessageId&$top=5"));
    let body = graph::call(edge, account, calls::get(url)).await?;
    let all: Vec<&Value> = body["value"].as_array().into_iter().flatten().collect();
    let id = |found: &Value| found["id"].as_str().unwrap_or_default().to_owned();
    if let Some(left) = all.iter().find(|m| m["isDraft"] == Value::Bool(false)) {
        return Ok(Some(told(message, left, "An earlier attempt had left as", &id(left))));
    }
    for left_behind in all {
        discard(edge, account, &id(left_behind)).await;
    }
    Ok(None)
}

/// Makes the draft and gives its id.
async fn draft(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<String, SendError> {
    let content = content(account, message)?;
    let headers = headers(message);
    if let Some(parent) = parent(message) {
        let body = json!({"message": {"internetMessageHeaders": headers}});
        let response = graph::exchange(edge, account, graph::post(graph::message(account, parent, "/createReply"), Some(&body))).await?;
        // The message that is answered may have been deleted: then the mail stands alone.
        if response.status != 404 {
            if !graph::is_good(&response) {
                return Err(graph::judge(&response, edge.clock.now()));
            }
            let id = id_of(&calls::body_of(&response))?;
            let filled = graph::call(edge, account, calls::json("PATCH", graph::message(account, &id, ""), &content)).await;
            if let Err(error) = filled {
                discard(edge, account, &id).await;
                return Err(error);
            }
            return Ok(id);
        }
    }
    let mut whole = content;
    whole["internetMessageHeaders"] = headers;
    id_of(&graph::call(edge, account, graph::post(graph::mine(account, "messages"), Some(&whole))).await?)
}

fn id_of(body: &Value) -> Result<String, SendError> {
    let none = || SendError::Retry { after_ms: None, detail: "Microsoft made no draft.".into() };
    body["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned).ok_or_else(none)
}

/// Only names that begin with `x-` are taken, five at most.
fn headers(message: &Outbound) -> Value {
    let mut all = vec![json!({"name": OUR_HEADER, "value": message.message_id})];
    if message.automatic {
        all.push(json!({"name": "x-auto-response-suppress", "value": "All"}));
        all.push(json!({"name": "x-loop", "value": "switchboard"}));
    }
    all.into()
}

fn content(account: &Account, message: &Outbound) -> Result<Value, SendError> {
    let bodies = build::bodies(account, message);
    let (kind, text) = bodies.html.map_or(("Text", bodies.text), |html| ("HTML", html));
    let person = |a: &Address| -> Result<Value, SendError> {
        let mut one = json!({"address": build::clean_address(&a.address)?});
        if let Some(name) = a.name.as_deref().map(build::one_line).filter(|n| !n.is_empty()) {
            one["name"] = name.into();
        }
        Ok(json!({"emailAddress": one}))
    };
    let list = |l: &[Address]| l.iter().map(person).collect::<Result<Vec<_>, _>>();
    let mut out = json!({
        "subject": build::one_line(message.subject.as_deref().unwrap_or_default()),
        "body": {"contentType": kind, "content": text},
        "from": {"emailAddress": {"address": account.identifier}},
        "toRecipients": list(&message.to)?,
        "ccRecipients": list(&message.cc)?,
        "bccRecipients": list(&message.bcc)?,
        "internetMessageId": format!("<{}>", message.external_id),
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": message.message_id}],
    });
    if let Some(reply_to) = build::reply_to(account, message) {
        out["replyTo"] = json!([{"emailAddress": {"address": reply_to}}]);
    }
    Ok(out)
}

async fn attach_all(edge: Edge<'_>, account: &Account, message: &Outbound, draft: &str) -> Result<(), SendError> {
    let inline = build::bodies(account, message).inline;
    for (n, file) in message.files.iter().enumerate() {
        let shown = inline.iter().find(|(at, _)| *at == n).map(|(_, id)| id.as_str());
        if file.bytes.len() <= DIRECT_BYTES {
            attach(edge, account, file, shown, draft).await?;
        } else {
            upload(edge, account, file, shown, draft).await?;
        }
    }
    Ok(())
}

async fn attach(edge: Edge<'_>, account: &Account, file: &OutboundFile, shown: Option<&str>, draft: &str) -> Result<(), SendError> {
    let mut body = json!({
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": build::one_line(&file.name),
        "contentType": file.content_type,
        "contentBytes": BASE64.encode(&file.bytes),
    });
    if let Some(id) = shown {
        body["isInline"] = true.into();
        body["contentId"] = id.into();
    }
    let mut request = graph::post(graph::message(account, draft, "/attachments"), Some(&body));
    request.timeout_ms = 60_000;
    graph::call(edge, account, request).await.map(|_| ())
}

async fn upload(edge: Edge<'_>, account: &Account, file: &OutboundFile, shown: Option<&str>, draft: &str) -> Result<(), SendError> {
    let total = file.bytes.len();
    let mut item = json!({"attachmentType": "file", "name": build::one_line(&file.name), "size": total, "contentType": file.content_type});
    if let Some(id) = shown {
        item["isInline"] = true.into();
        item["contentId"] = id.into();
    }
    let url = graph::message(account, draft, "/attachments/createUploadSession");
    let session = graph::call(edge, account, graph::post(url, Some(&json!({"AttachmentItem": item})))).await?;
    let url = session["uploadUrl"].as_str().filter(|u| is_upload_url(account, u));
    let url = url.ok_or_else(|| SendError::Permanent { detail: "Microsoft named no place of its own for the upload.".into() })?;
    for (n, piece) in file.bytes.chunks(PIECE).enumerate() {
        let from = n * PIECE;
        // The address itself is the key; no token goes along.
        let mut request = HttpRequest::new("PUT", url)
            .header("content-type", "application/octet-stream")
            .header("content-range", format!("bytes {from}-{}/{total}", from + piece.len() - 1))
            .body(piece.to_vec());
        request.timeout_ms = 60_000;
        let response = calls::exchange(edge, request).await?;
        if !graph::is_good(&response) {
            return Err(graph::judge(&response, edge.clock.now()));
        }
    }
    Ok(())
}

fn is_upload_url(account: &Account, url: &str) -> bool {
    let host = url.strip_prefix("https://").map(|rest| &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())]);
    url.starts_with(&format!("{}/", graph::base(account))) || host.is_some_and(|h| UPLOAD_HOSTS.contains(&h))
}

/// A draft that will not be sent goes, as far as it can.
async fn discard(edge: Edge<'_>, account: &Account, draft: &str) {
    if !draft.is_empty() {
        let request = HttpRequest::new("DELETE", graph::message(account, draft, ""));
        let _ = graph::exchange(edge, account, request).await;
    }
}

async fn state(edge: Edge<'_>, account: &Account, id: &str) -> Result<Value, SendError> {
    graph::call(edge, account, calls::get(graph::message(account, id, "?$select=id,isDraft,internetMessageId"))).await
}

/// What became of our Message-ID: answers will name the one that the mail left with.
async fn receipt(edge: Edge<'_>, account: &Account, message: &Outbound, id: &str, what: &str) -> Receipt {
    let found = state(edge, account, id).await.unwrap_or_default();
    told(message, &found, what, id)
}

fn told(message: &Outbound, found: &Value, what: &str, id: &str) -> Receipt {
    let written = found["internetMessageId"].as_str().and_then(|v| message_ids::find_all(v).into_iter().next());
    Receipt {
        external_id: written.filter(|w| *w != message.external_id),
        detail: Some(crate::kit::verdicts::shorten(&format!("{what} {id}"), 300)),
        status: Some(MessageStatus::Sent),
    }
}

/// Does the connection reach the mailbox, and does Microsoft notify us?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let url = graph::mine(account, "mailFolders/inbox?$select=displayName,totalItemCount,unreadItemCount");
    let inbox = match graph::call(edge, account, calls::get(url)).await {
        Ok(inbox) => inbox,
        Err(
            SendError::Retry { detail, .. }
            | SendError::Uncertain { detail }
            | SendError::Account { detail }
            | SendError::Policy { detail, .. }
            | SendError::Permanent { detail },
        ) => return Health::Broken { detail },
    };
    let held = inbox["totalItemCount"].as_u64().unwrap_or(0);
    let until = subscriptions::ours(edge, account).await.ok().and_then(|all| all.iter().map(|(_, _, until)| *until).max());
    let news = match until.filter(|at| *at > edge.clock.now()) {
        Some(at) => format!("Microsoft notifies us, for now until {}.", rfc3339(at)),
        None => "It is asked every minute.".into(),
    };
    Health::Ok { detail: format!("Connected; the inbox of {} holds {held} messages. {news}", account.identifier) }
}
