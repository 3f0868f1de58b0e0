//! The inbound webhook: one mail as JSON, with the raw mail beside it when the server is set so.

use crate::kit::addresses;
use crate::kit::mail::authenticity::{self, Authenticity};
use crate::kit::mail::draft::written;
use crate::kit::mail::fields::{Fields, File, Text};
use crate::kit::mail::{self, ENVELOPE_FROM, ENVELOPE_TO, shared};
use crate::kit::verdicts::shorten;
use data_encoding::BASE64;
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use kernel::message::Address;
use serde_json::{Map, Value};

const MOST_RECIPIENTS: usize = 200;

/// Events say what they are; mail has a sender.
pub fn is_mail(body: &Value) -> bool {
    !body["RecordType"].is_string() && (body["FromFull"].is_object() || body["From"].is_string() || body["RawEmail"].is_string())
}

/// Where the mail went. Behind a forwarding the envelope names Postmark's own address, and only the mail names ours.
pub fn recipients(body: &Value) -> Vec<String> {
    let envelope = text(body, "OriginalRecipient").and_then(addresses::clean);
    let written = ["ToFull", "CcFull", "BccFull"].into_iter().flat_map(|name| people(&body[name])).map(|a| a.address);
    let mut out: Vec<String> = Vec::new();
    for address in envelope.into_iter().chain(written) {
        if !out.contains(&address) && out.len() < MOST_RECIPIENTS {
            out.push(address);
        }
    }
    out
}

pub fn parse(account: &Account, raw: &RawDelivery, body: &Value, is_shared: bool) -> Result<Vec<Inbound>, ParseError> {
    if let Some(why) = shared::refused(account, &recipients(body), is_shared) {
        return Ok(vec![Inbound::Ignored { why }]);
    }
    let headers = headers(body);
    let named = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned());
    let mut envelope = Vec::new();
    if let Some(to) = text(body, "OriginalRecipient") {
        envelope.push((ENVELOPE_TO.to_owned(), to.to_owned()));
    }
    if let Some(from) = named("Return-Path") {
        envelope.push((ENVELOPE_FROM.to_owned(), from.trim_matches(['<', '>']).to_owned()));
    }
    // JSON holds text: a raw mail with bytes of another character set has lost them, while the fields were decoded before.
    let lost = |mail: &&str| mail.contains('\u{fffd}') && (text(body, "TextBody").is_some() || text(body, "HtmlBody").is_some());
    let mail = match text(body, "RawEmail").filter(|mail| !lost(mail)) {
        Some(raw_mail) => raw_mail.as_bytes().to_vec(),
        None => fields(body, &headers)?.write(),
    };
    let mut parsed = mail::parse(account, &raw.carrying(envelope, mail))?;
    for one in &mut parsed {
        if let Inbound::Message(message) = one {
            for (name, header) in [("spf", "Received-SPF"), ("spam_score", "X-Spam-Score")] {
                note(&mut message.metadata, name, named(header));
            }
            let spf = named("Received-SPF");
            let spf = spf.as_deref().and_then(|v| v.split_whitespace().next());
            authenticity::note(message, Authenticity::from_words("postmarkapp.com", spf, &[], None));
        }
    }
    Ok(parsed)
}

fn note(metadata: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value.map(|v| shorten(&v, 300)).filter(|v| !v.is_empty()) {
        metadata.insert(name.into(), value.into());
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|t| !t.trim().is_empty())
}

fn headers(body: &Value) -> Vec<(String, String)> {
    let list = body["Headers"].as_array().into_iter().flatten().take(5_000);
    list.filter_map(|h| Some((h["Name"].as_str()?.to_owned(), h["Value"].as_str()?.to_owned()))).collect()
}

/// `[{"Email", "Name"}]`
fn people(list: &Value) -> Vec<Address> {
    list.as_array().into_iter().flatten().take(MOST_RECIPIENTS).filter_map(person).collect()
}
fn person(one: &Value) -> Option<Address> {
    let address = text(one, "Email").and_then(addresses::clean)?;
    Some(Address { name: text(one, "Name").map(|n| shorten(n, 200)), address })
}

fn fields(body: &Value, headers: &[(String, String)]) -> Result<Fields, ParseError> {
    let mut fields = Fields::from_pairs(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let from = person(&body["FromFull"]).map(|a| written(&a)).or_else(|| text(body, "From").map(str::to_owned)).unwrap_or_default();
    let list = |name: &str| people(&body[name]).iter().map(written).collect::<Vec<_>>().join(", ");
    fields.fill("From", &from);
    fields.fill("To", &list("ToFull"));
    fields.fill("Cc", &list("CcFull"));
    for (header, name) in [("Reply-To", "ReplyTo"), ("Subject", "Subject"), ("Date", "Date")] {
        fields.fill(header, text(body, name).unwrap_or_default());
    }
    fields.text = text(body, "TextBody").map(Text::utf8);
    fields.html = text(body, "HtmlBody").map(Text::utf8);
    let mut broken = false;
    let file = |one: &Value| {
        // Postmark may break long lines of base64.
        let flat: String = one["Content"].as_str()?.chars().filter(|c| !c.is_whitespace()).collect();
        let Ok(bytes) = BASE64.decode(flat.as_bytes()) else {
            broken = true;
            return None;
        };
        Some(File {
            name: text(one, "Name").unwrap_or_default().to_owned(),
            content_type: text(one, "ContentType").unwrap_or_default().to_owned(),
            content_id: text(one, "ContentID").map(|id| id.trim_start_matches("cid:").to_owned()),
            bytes,
        })
    };
    fields.files = body["Attachments"].as_array().into_iter().flatten().filter_map(file).collect();
    if broken {
        return Err(ParseError("An attachment is not base64.".into()));
    }
    Ok(fields)
}
