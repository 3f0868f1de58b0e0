//! Twilio as the simulators play it: genuine deliveries, and the API's own refusals for requests that it would refuse.

use super::{proof, sender};
use crate::kit::forms::{self, first};
use crate::kit::signatures::sha256_hex;
use crate::kit::{sms, twilio};
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Fault, RawDelivery, Seen, Simulated};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub type Fields = Vec<(String, String)>;

/// A form as Twilio posts it, signed with the auth token.
pub fn delivery(account: &Account, fields: &[(String, String)], now: Millis) -> RawDelivery {
    let path = format!("/api/webhooks/{}", account.provider);
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    signed(account, path, body.finish().into_bytes(), now)
}

/// A body as it would come to this path, signed.
pub fn signed(account: &Account, path: String, body: Vec<u8>, now: Millis) -> RawDelivery {
    let url = format!("{}{path}", account.public_url.trim_end_matches('/'));
    let token = account.settings.text("auth_token").unwrap_or_default();
    let signature = proof::sign(token, &url, &proof::sorted(&forms::pairs(&body)));
    let headers = vec![
        ("content-type".into(), "application/x-www-form-urlencoded; charset=UTF-8".into()),
        (proof::HEADER.into(), signature),
        ("user-agent".into(), "TwilioProxy/1.1".into()),
    ];
    RawDelivery { method: "POST".into(), path, headers, body, received_at: now, peer: None }
}

/// The delivery as a request to our webhook address.
pub fn request(account: &Account, delivery: RawDelivery) -> HttpRequest {
    let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url.trim_end_matches('/'), delivery.path));
    request.headers = delivery.headers;
    request.body(delivery.body)
}

/// The SID of something said.
pub fn sid_of(external_id: &str) -> String {
    format!("SM{}", &sha256_hex(external_id.as_bytes())[..32])
}

/// What comes with every inbound message; `prefix` is the channel's.
pub fn said(account: &Account, say: &Simulated, prefix: &str) -> Fields {
    let sid = sid_of(&say.external_id);
    let (ours, service) = our_side(account);
    let mut fields = pairs(&[
        ("MessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsMessageSid", &sid),
        ("AccountSid", account.settings.text("account_sid").unwrap_or_default()),
        ("From", &format!("{prefix}{}", say.from)),
        ("To", &format!("{prefix}{ours}")),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
        ("NumSegments", &sms::parts(&say.text).to_string()),
        ("Body", &say.text),
        ("NumMedia", &say.files.len().to_string()),
    ]);
    fields.extend(service.map(|s| ("MessagingServiceSid".to_owned(), s)));
    for (n, file) in say.files.iter().enumerate() {
        fields.push((format!("MediaUrl{n}"), file.url.clone()));
        fields.push((format!("MediaContentType{n}"), file.content_type.clone()));
    }
    fields
}

/// A report on a message of ours.
pub fn report(account: &Account, sid: &str, to: &str, status: MessageStatus, prefix: &str) -> Option<Fields> {
    let word = match status {
        MessageStatus::Sent => "sent",
        MessageStatus::Delivered => "delivered",
        MessageStatus::Read => "read",
        MessageStatus::Failed => "undelivered",
        _ => return None,
    };
    let (ours, service) = our_side(account);
    let mut fields = pairs(&[
        ("MessageSid", sid),
        ("MessageStatus", word),
        ("SmsSid", sid),
        ("SmsStatus", word),
        ("AccountSid", account.settings.text("account_sid").unwrap_or_default()),
        ("From", &format!("{prefix}{ours}")),
        ("To", &format!("{prefix}{to}")),
        ("ApiVersion", "2010-04-01"),
    ]);
    fields.extend(service.map(|s| ("MessagingServiceSid".to_owned(), s)));
    if status == MessageStatus::Failed {
        fields.push(("ErrorCode".into(), if prefix.is_empty() { "30003" } else { "63024" }.into()));
    }
    if status == MessageStatus::Read {
        fields.push(("EventType".into(), "READ".into()));
    }
    Some(fields)
}

pub fn pairs(list: &[(&str, &str)]) -> Fields {
    list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

/// Our number and, where the account is a messaging service, the service.
fn our_side(account: &Account) -> (String, Option<String>) {
    match sender(account) {
        Ok(sender) if super::is_service(&sender) => ("+15005550006".into(), Some(sender)),
        Ok(sender) => (sender, None),
        Err(_) => (String::new(), None),
    }
}

/// An error of the API.
pub fn refuse(status: u16, code: i64, message: &str) -> Answered {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    Answered::json(status, &json!({"code": code, "message": message, "more_info": more, "status": status}), None)
}

/// The refusal of a request without the account's credentials.
pub fn unknown_caller(account: &Account, request: &HttpRequest) -> Option<Answered> {
    let setting = |name: &str| account.settings.text(name).unwrap_or_default();
    let (sid, token) = (setting("account_sid"), setting("auth_token"));
    let (key, secret) = (setting("api_key_sid"), setting("api_key_secret"));
    let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map_or("", |(_, v)| v.as_str());
    let right = |user: &str, password: &str| {
        !user.is_empty() && !password.is_empty() && given == format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()))
    };
    (!right(sid, token) && !right(key, secret)).then(|| refuse(401, 20003, "Authenticate"))
}

/// The path below `/2010-04-01/Accounts/{sid}`, when it is this account's, without its query.
pub fn below<'a>(account: &Account, path: &'a str) -> Option<&'a str> {
    let sid = account.settings.text("account_sid")?;
    let rest = path.strip_prefix("/2010-04-01/Accounts/")?.strip_prefix(sid)?;
    rest.split('?').next()
}

/// `POST /Messages.json` by the rules that the channels share; `prefix` is the channel's.
pub fn message(account: &Account, request: &HttpRequest, prefix: &str, serial: u64, now: Millis) -> Answered {
    let fields = forms::pairs(&request.body);
    let get = |name: &str| first(&fields, name);
    let Some(to) = get("To") else { return refuse(400, 21604, "A 'To' phone number is required.") };
    let number = to.strip_prefix(prefix).map(twilio::bare).unwrap_or_default();
    let short = prefix.is_empty() && super::is_short_code(&number);
    if !short && !super::is_number(&number) {
        return refuse(400, 21211, &format!("Invalid 'To' Phone Number: {to}"));
    }
    let from = match (get("From"), get("MessagingServiceSid")) {
        (None, None) => return refuse(400, 21603, "A 'From' phone number is required."),
        (Some(from), _) if sender(account).is_ok_and(|s| from == format!("{prefix}{s}")) => from.to_owned(),
        (None, Some(service)) if sender(account).is_ok_and(|s| s == service) => format!("{prefix}{}", our_side(account).0),
        (Some(from), _) if !prefix.is_empty() => return refuse(400, 63007, &format!("Could not find a Channel with the From {from}")),
        (from, _) => return refuse(400, 21606, &format!("The From phone number {} is not valid", from.unwrap_or_default())),
    };
    let text = get("Body").unwrap_or_default();
    let media: Vec<String> = fields.iter().filter(|(n, _)| n == "MediaUrl").map(|(_, v)| v.clone()).collect();
    let content = get("ContentSid");
    if text.is_empty() && media.is_empty() && content.is_none() {
        return refuse(400, 21619, "A text message body or media urls must be specified.");
    }
    if text.chars().count() > 1_600 {
        return refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
    }
    if media.len() > 10 {
        return refuse(400, 21623, "Number of media files exceeds allowed limit.");
    }
    if media.iter().any(|m| !m.starts_with("https://") && !m.starts_with("http://")) {
        return refuse(400, 21620, "Invalid media URL(s)");
    }
    let shown = match content {
        Some(content) if !(content.len() == 34 && content.starts_with("HX")) => return refuse(400, 21655, "The ContentSid is Invalid"),
        Some(content) => format!("{content} {}", get("ContentVariables").unwrap_or_default()),
        None => text.to_owned(),
    };
    let sid = format!("{}{serial:032x}", if media.is_empty() { "SM" } else { "MM" });
    let account_sid = account.settings.text("account_sid").unwrap_or_default();
    let place = format!("/2010-04-01/Accounts/{account_sid}/Messages/{sid}");
    let at = date(now);
    let body = json!({
        "sid": sid, "account_sid": account_sid, "api_version": "2010-04-01", "body": text, "date_created": at, "date_sent": null,
        "date_updated": at, "direction": "outbound-api", "error_code": null, "error_message": null, "from": from, "to": to,
        "messaging_service_sid": get("MessagingServiceSid"), "num_media": media.len().to_string(),
        "num_segments": sms::parts(text).to_string(), "price": null, "price_unit": null,
        "status": if get("MessagingServiceSid").is_some() { "accepted" } else { "queued" },
        "subresource_uris": {"media": format!("{place}/Media.json")}, "uri": format!("{place}.json"),
    });
    Answered::json(201, &body, Some(Seen { external_id: sid, to: number, text: shown, files: media }))
}

/// `GET /Accounts/{sid}.json`
pub fn account_answer(account: &Account) -> Answered {
    let sid = account.settings.text("account_sid").unwrap_or_default();
    Answered::json(200, &json!({"sid": sid, "friendly_name": "Acme", "status": "active", "type": "Full"}), None)
}

/// A file of a message.
pub fn media() -> Answered {
    let headers = vec![("content-type".to_owned(), "image/png".to_owned())];
    Answered { response: HttpResponse { status: 200, headers, body: b"\x89PNG\r\n\x1a\n".to_vec() }, seen: None }
}

pub fn fault(fault: Fault) -> HttpResponse {
    match fault {
        Fault::RateLimit => {
            let mut answer = refuse(429, 20429, "Too Many Requests").response;
            answer.headers.push(("retry-after".into(), "2".into()));
            answer
        }
        Fault::Outage => HttpResponse { status: 503, headers: Vec::new(), body: b"Service Unavailable".to_vec() },
        Fault::ExpiredToken => refuse(401, 20003, "Authenticate").response,
    }
}

/// One page of a list in the style of the newer products.
pub fn page(key: &str, items: Value) -> Answered {
    Answered::json(200, &json!({key: items, "meta": {"key": key, "page": 0, "page_size": 50, "next_page_url": null}}), None)
}

fn date(now: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&at).unwrap_or_default()
}
