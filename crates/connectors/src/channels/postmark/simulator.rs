//! A customer who writes to a Postmark server, and Postmark reporting on our mail.

use super::{ID_DOMAIN, provider};
use crate::kit::mail::simulated;
use crate::kit::{message_ids, passwords, signatures::sha256_hex};
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::{Millis, rfc3339};
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        match say.doing {
            Doing::Say => post(account, &mail(account, say, now), now),
            Doing::Read => post(account, &record(account, say.answers.as_deref().unwrap_or_default(), &say.from, "Open", now), now),
            // Mail knows nothing of these; a record of no kind is ignored.
            _ => post(account, &json!({"RecordType": ""}), now),
        }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url, delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let kind = match status {
            MessageStatus::Delivered => "Delivery",
            MessageStatus::Read => "Open",
            MessageStatus::Failed => "Bounce",
            _ => return None,
        };
        Some(post(account, &record(account, external_id, to, kind, now), now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        provider::fault(fault)
    }
}

/// An id as Postmark makes them, the same for the same seed.
pub fn guid(seed: &str) -> String {
    let hex = sha256_hex(seed.as_bytes());
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

fn mail(account: &Account, say: &Simulated, now: Millis) -> Value {
    let raw = simulated::write(account, say, now);
    let shown = simulated::read(&raw).unwrap_or_default();
    let to = simulated::recipient(account, say);
    let hash = crate::kit::addresses::split(&to).and_then(|(_, tag, _)| tag).unwrap_or_default();
    let files: Vec<Value> = say
        .files
        .iter()
        .map(|f| json!({"Name": f.name, "Content": BASE64.encode(&f.bytes), "ContentType": f.content_type, "ContentLength": f.bytes.len()}))
        .collect();
    let mut headers =
        vec![json!({"Name": "MIME-Version", "Value": "1.0"}), json!({"Name": "Message-ID", "Value": format!("<{}>", shown.message_id)})];
    if let Some(answers) = &say.answers {
        headers.extend(["In-Reply-To", "References"].map(|name| json!({"Name": name, "Value": format!("<{answers}>")})));
    }
    json!({
        "FromName": say.from_name,
        "MessageStream": "inbound",
        "From": say.from,
        "FromFull": {"Email": say.from, "Name": say.from_name, "MailboxHash": ""},
        "To": to,
        "ToFull": [{"Email": to, "Name": "", "MailboxHash": hash}],
        "Cc": "",
        "CcFull": [],
        "Bcc": "",
        "BccFull": [],
        "OriginalRecipient": to,
        "Subject": say.subject.clone().unwrap_or_default(),
        "MessageID": guid(&say.external_id),
        "ReplyTo": "",
        "MailboxHash": hash,
        "Date": rfc3339(now),
        "TextBody": say.text,
        "HtmlBody": say.html.clone().unwrap_or_default(),
        "StrippedTextReply": "",
        "Tag": "",
        "Headers": headers,
        "Attachments": files,
        "RawEmail": String::from_utf8_lossy(&raw),
    })
}

/// A record as Postmark makes it of mail that [`super::outbound`] sent.
fn record(account: &Account, external_id: &str, to: &str, kind: &str, now: Millis) -> Value {
    let id = external_id.strip_suffix(ID_DOMAIN).and_then(|id| id.strip_suffix('@')).map_or_else(|| guid(external_id), str::to_owned);
    let mut marks = json!({"account_id": account.identifier});
    if let Some((message, _)) = message_ids::read_own(external_id) {
        marks["message_id"] = message.to_string().into();
    }
    let mut out = json!({"RecordType": kind, "MessageStream": "outbound", "ServerID": 23, "MessageID": id, "Metadata": marks, "Tag": ""});
    let at = rfc3339(now);
    match kind {
        "Delivery" => {
            out["Recipient"] = to.into();
            out["DeliveredAt"] = at.into();
            out["Details"] = "smtp;250 2.0.0 OK".into();
        }
        "Open" => {
            out["Recipient"] = to.into();
            out["ReceivedAt"] = at.into();
            out["FirstOpen"] = true.into();
        }
        _ => {
            out["Type"] = "HardBounce".into();
            out["TypeCode"] = 1.into();
            out["Name"] = "Hard bounce".into();
            out["Email"] = to.into();
            out["From"] = account.identifier.as_str().into();
            out["BouncedAt"] = at.into();
            out["Details"] = "smtp;550 5.1.1 The email account that you tried to reach does not exist.".into();
            out["Inactive"] = true.into();
            out["CanActivate"] = true.into();
        }
    }
    out
}

fn post(account: &Account, body: &Value, now: Millis) -> RawDelivery {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned()), ("user-agent".to_owned(), "Postmark".to_owned())];
    if let Some(password) = account.settings.text("webhook_password") {
        headers.push(passwords::header(password));
    }
    let path = "/api/webhooks/postmark".to_owned();
    RawDelivery { method: "POST".into(), path, headers, body: body.to_string().into_bytes(), received_at: now, peer: None }
}
