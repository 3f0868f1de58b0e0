//! What SNS brings: subscriptions to confirm, mail (inline or lying in S3), and what became of mail of ours (`events`).

use super::{aws, events, sns};
use crate::kit::mail::authenticity::{self, Authenticity};
use crate::kit::mail::{self, ENVELOPE_FROM, ENVELOPE_TO, is_ours};
use crate::kit::verdicts::shorten;
use data_encoding::BASE64;
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// First line of bytes that [`super::outbound::fetch`] gave: the receipt, which the mail in S3 does not carry.
const RECEIPT_LINE: &str = "X-Switchboard-Receipt: ";
/// Amazon writes it into the bucket when the rule is made.
const SETUP_OBJECT: &str = "AMAZON_SES_SETUP_NOTIFICATION";

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    match raw.method.as_str() {
        "POST" => envelope(account, raw),
        "FETCHED" => {
            let (receipt, mail) = Receipt::take(&raw.body);
            read_mail(account, &receipt, mail.to_vec())
        }
        // A mail from an archive.
        _ => mail::parse(account, raw),
    }
}

fn ignored(why: impl Into<String>) -> Result<Vec<Inbound>, ParseError> {
    Ok(vec![Inbound::Ignored { why: why.into() }])
}

fn envelope(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let map = sns::read(&raw.body).ok_or_else(|| ParseError("The body is not a message of Amazon SNS.".into()))?;
    let topic = shorten(sns::text(&map, "TopicArn"), 200);
    match sns::text(&map, "Type") {
        "Notification" => notification(account, sns::text(&map, "Message")),
        "SubscriptionConfirmation" => {
            let url = sns::text(&map, "SubscribeURL");
            if !sns::is_sns_url(account, url) {
                return ignored("The address for confirming the subscription does not lie at Amazon SNS.");
            }
            Ok(vec![Inbound::Visit { url: url.to_owned(), why: format!("confirms the subscription to {topic}") }])
        }
        "UnsubscribeConfirmation" => Ok(vec![Inbound::Account {
            broken: Some(format!("Somebody ended the subscription to {topic}. Subscribe our address to it again.")),
            detail: "Amazon SNS no longer delivers from this topic.".into(),
        }]),
        other => ignored(format!("Unknown kind of SNS message “{}”.", shorten(other, 60))),
    }
}

fn notification(account: &Account, message: &str) -> Result<Vec<Inbound>, ParseError> {
    // “Successfully validated SNS topic …” and greetings from the console are no JSON.
    let Ok(Value::Object(body)) = serde_json::from_str(message) else {
        return ignored(format!("A message of SNS that is not about mail: {}", shorten(message, 120)));
    };
    let kind = ["notificationType", "eventType"].iter().map(|n| sns::text(&body, n)).find(|k| !k.is_empty()).unwrap_or_default();
    match kind {
        "Received" => received(account, &body),
        "" => ignored("The notification does not say what it is."),
        kind => Ok(events::read(account, kind, &body)),
    }
}

fn received(account: &Account, body: &Map<String, Value>) -> Result<Vec<Inbound>, ParseError> {
    let receipt = Receipt::read(body);
    if !receipt.to.iter().any(|to| is_ours(account, to)) {
        return ignored("This mail is for another address.");
    }
    if receipt.verdict("virus") == "fail" {
        return read_mail(account, &receipt, without_content(body));
    }
    let action = &body.get("receipt").unwrap_or(&Value::Null)["action"];
    match body.get("content").and_then(Value::as_str) {
        Some(content) if action["encoding"].as_str().is_some_and(|e| e.eq_ignore_ascii_case("BASE64")) => {
            let flat: Vec<u8> = content.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
            let mail = BASE64.decode(&flat).map_err(|_| ParseError("The mail in the notification is not base64.".into()))?;
            read_mail(account, &receipt, mail)
        }
        Some(content) => read_mail(account, &receipt, content.as_bytes().to_vec()),
        None if receipt.key.rsplit('/').next() == Some(SETUP_OBJECT) => ignored("Amazon's note that the rule was made."),
        None if is_bucket(&receipt.bucket) && !receipt.key.is_empty() => {
            let reference = serde_json::to_string(&receipt).map_err(|e| ParseError(format!("The receipt cannot be kept: {e}")))?;
            Ok(vec![Inbound::Fetch { reference }])
        }
        None => {
            ignored("The notification has neither the mail nor its place in S3. Use an S3 action or an SNS action in the receipt rule.")
        }
    }
}

/// A name that can stand in a host (“Bucket naming rules”).
pub fn is_bucket(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    (3..=63).contains(&name.len()) && plain && !name.contains("..")
}

/// What SES says about a mail besides the mail itself.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    pub bucket: String,
    pub key: String,
    id: String,
    from: String,
    to: Vec<String>,
    /// `spam`, `virus`, `spf`, `dkim`, `dmarc`: `pass`, `fail`, `gray`, …
    verdicts: Map<String, Value>,
    /// What the domain wants done with mail that fails.
    policy: String,
}

impl Receipt {
    fn read(body: &Map<String, Value>) -> Self {
        let none = Value::Null;
        let (receipt, mail) = (body.get("receipt").unwrap_or(&none), body.get("mail").unwrap_or(&none));
        let text = |value: &Value| value.as_str().map(|t| shorten(t, 1_100)).unwrap_or_default();
        let recipients = receipt["recipients"].as_array().or_else(|| mail["destination"].as_array());
        let verdict = |name: &str| receipt[format!("{name}Verdict")]["status"].as_str().map(|s| shorten(s, 40).to_lowercase());
        Self {
            bucket: text(&receipt["action"]["bucketName"]),
            key: text(&receipt["action"]["objectKey"]),
            id: text(&mail["messageId"]),
            from: text(&mail["source"]),
            to: recipients.map(|l| l.iter().map(text).filter(|t| !t.is_empty()).take(200).collect()).unwrap_or_default(),
            verdicts: ["spam", "virus", "spf", "dkim", "dmarc"]
                .iter()
                .filter_map(|n| verdict(n).map(|v| ((*n).to_owned(), Value::from(v))))
                .collect(),
            policy: text(&receipt["dmarcPolicy"]).to_lowercase(),
        }
    }

    /// `PASS`, `FAIL`, `GRAY` for nobody knows, `PROCESSING_FAILED`.
    fn authenticity(&self) -> Option<Authenticity> {
        let said = |name: &str| Some(self.verdict(name)).filter(|v| matches!(*v, "pass" | "fail"));
        let signed: Vec<_> = said("dkim").map(|v| (v, "")).into_iter().collect();
        Authenticity::from_words("amazonses.com", said("spf"), &signed, said("dmarc").map(|v| (v, self.policy.as_str())))
    }

    fn verdict(&self, name: &str) -> &str {
        sns::text(&self.verdicts, name)
    }

    /// The receipt as a line in front of the mail, so that the fetched bytes are all that is needed.
    pub fn put_before(&self, mail: &[u8]) -> Vec<u8> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        [RECEIPT_LINE.as_bytes(), BASE64.encode(&json).as_bytes(), b"\r\n", mail].concat()
    }

    fn take(bytes: &[u8]) -> (Self, &[u8]) {
        let Some(rest) = bytes.strip_prefix(RECEIPT_LINE.as_bytes()) else { return (Self::default(), bytes) };
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
        let json = BASE64.decode(rest[..end].trim_ascii()).unwrap_or_default();
        (serde_json::from_slice(&json).unwrap_or_default(), &rest[end..])
    }
}

fn read_mail(account: &Account, receipt: &Receipt, body: Vec<u8>) -> Result<Vec<Inbound>, ParseError> {
    let mut headers: Vec<(String, String)> = receipt.to.iter().map(|to| (ENVELOPE_TO.into(), to.clone())).collect();
    if !receipt.from.is_empty() {
        headers.push((ENVELOPE_FROM.into(), receipt.from.clone()));
    }
    let mut all = mail::parse(account, &RawDelivery { headers, body, ..RawDelivery::default() })?;
    for one in &mut all {
        match one {
            Inbound::Message(message) => {
                message.thread.answers = message.thread.answers.drain(..).map(|id| events::our_form(account, id)).collect();
                if !receipt.id.is_empty() {
                    message.metadata.insert("ses_message_id".into(), receipt.id.clone().into());
                }
                if !receipt.verdicts.is_empty() {
                    message.metadata.insert("verdicts".into(), receipt.verdicts.clone().into());
                }
                if receipt.verdict("spam") == "fail" {
                    message.metadata.insert("spam".into(), true.into());
                }
                authenticity::note(message, receipt.authenticity());
            }
            Inbound::Status(report) => report.external_id = events::our_form(account, std::mem::take(&mut report.external_id)),
            _ => {}
        }
    }
    Ok(all)
}

/// The headers of a mail whose content nobody should open.
fn without_content(body: &Map<String, Value>) -> Vec<u8> {
    let mut out = String::new();
    let headers = body.get("mail").and_then(|m| m["headers"].as_array());
    for header in headers.into_iter().flatten().take(500) {
        let (name, value) = (header["name"].as_str().unwrap_or_default(), header["value"].as_str().unwrap_or_default());
        let about_content = name.to_ascii_lowercase().starts_with("content-") || name.eq_ignore_ascii_case("mime-version");
        if !about_content && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            out.push_str(&format!("{name}: {}\r\n", value.replace(['\r', '\n'], " ")));
        }
    }
    out.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\nAmazon SES found a virus in this mail. Its content was not kept.\r\n");
    out.into_bytes()
}

/// Addresses of the accounts that a delivery speaks of.
pub fn addressees(raw: &RawDelivery) -> Vec<String> {
    let message = sns::read(&raw.body).and_then(|map| serde_json::from_str::<Map<String, Value>>(sns::text(&map, "Message")).ok());
    let Some(body) = message else { return Vec::new() };
    let named = if body.contains_key("receipt") { Receipt::read(&body).to } else { events::senders(&body) };
    let mut out = Vec::new();
    for address in named {
        // Without the tag: the account is named by its bare address.
        if let Some((local, _, domain)) = crate::kit::addresses::split(&address) {
            let bare = format!("{local}@{domain}");
            if !out.contains(&bare) {
                out.push(bare);
            }
        }
    }
    out
}

/// The host part under which SES sends from the account's region.
pub fn sending_host(account: &Account) -> String {
    match aws::region(account) {
        "us-east-1" => "email.amazonses.com".into(),
        region => format!("{region}.amazonses.com"),
    }
}
