//! Routes: `forward` to an address that ends with `mime` posts the raw mail, any other the mail taken apart; `store(notify=…)` posts the
//! same without its files, which wait at Mailgun for three days.

use super::Signed;
use crate::kit::calls;
use crate::kit::forms::{self, Part};
use crate::kit::mail::authenticity::{self, Authenticity};
use crate::kit::mail::fields::{Fields, File, Text};
use crate::kit::mail::{self, ENVELOPE_FROM, ENVELOPE_TO, shared};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, FileSource, Inbound, InboundFile, ParseError, RawDelivery};
use serde_json::{Map, Value};

const MOST_FILES: usize = 100;

/// Mail comes as a form, events as JSON.
pub fn is_mail(raw: &RawDelivery) -> bool {
    let content_type = raw.header("content-type").unwrap_or_default().trim_start().to_ascii_lowercase();
    content_type.starts_with("multipart/form-data") || content_type.starts_with("application/x-www-form-urlencoded")
}

fn read(raw: &RawDelivery) -> Result<Form, ParseError> {
    let content_type = raw.header("content-type").unwrap_or_default();
    if content_type.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return forms::multipart(content_type, &raw.body).map(Form);
    }
    // A raw mail may hold bytes that are no UTF-8; they survive only if they are not taken for text.
    let pairs = raw.body.split(|b| *b == b'&').filter(|p| !p.is_empty()).map(|pair| {
        let (name, value) = match pair.iter().position(|b| *b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        Part { name: String::from_utf8_lossy(&decode(name)).into_owned(), filename: None, content_type: None, bytes: decode(value) }
    });
    Ok(Form(pairs.take(10_000).collect()))
}

/// Percent-decoding of a form (URL Standard, application/x-www-form-urlencoded), to bytes.
fn decode(text: &[u8]) -> Vec<u8> {
    let hex = |b: Option<&u8>| b.and_then(|b| (*b as char).to_digit(16)).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], hex(text.get(at + 1)), hex(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (b'+', _, _) => out.push(b' '),
            (other, _, _) => out.push(other),
        }
        at += 1;
    }
    out
}

pub fn proof(raw: &RawDelivery) -> Option<Signed> {
    let form = read(raw).ok()?;
    let text = |name: &str| form.text(name);
    Signed::new(
        text("timestamp").as_deref(),
        text("token").as_deref(),
        &[text("signature").as_deref(), text("parent-signature").as_deref()],
    )
}

/// The address the mail was delivered to.
pub fn recipients(raw: &RawDelivery) -> Vec<String> {
    read(raw).map(|form| form.recipients()).unwrap_or_default()
}

pub fn parse(account: &Account, raw: &RawDelivery, is_shared: bool) -> Result<Vec<Inbound>, ParseError> {
    let form = read(raw)?;
    let to = form.recipients();
    if let Some(why) = shared::refused(account, &to, is_shared) {
        return Ok(vec![Inbound::Ignored { why }]);
    }
    if form.part("event").is_some() && form.part("body-mime").is_none() && form.part("body-plain").is_none() {
        return Ok(vec![Inbound::Ignored { why: "An event in Mailgun's old form. Make the webhook anew in the control panel.".into() }]);
    }
    let (body, files) = match form.part("body-mime") {
        Some(part) => (part.bytes.clone(), Vec::new()),
        None => (form.fields()?.write(), form.stored_files(account)),
    };
    let mut envelope: Vec<(String, String)> = to.into_iter().map(|address| (ENVELOPE_TO.to_owned(), address)).collect();
    if let Some(sender) = form.0.iter().find(|p| p.name == "sender") {
        envelope.push((ENVELOPE_FROM.into(), sender.text().trim().to_owned()));
    }
    let mut parsed = mail::parse(account, &raw.carrying(envelope, body))?;
    for one in &mut parsed {
        if let Inbound::Message(message) = one {
            mail::add_files(message, files.clone());
            form.note(&mut message.metadata);
            let said = |name: &str| message.metadata.get(name).and_then(Value::as_str).map(str::to_lowercase);
            let (spf, dkim) = (said("spf"), said("dkim"));
            let signed: Vec<_> = dkim.iter().map(|word| (word.as_str(), "")).collect();
            authenticity::note(message, Authenticity::from_words("mailgun.org", spf.as_deref(), &signed, None));
        }
    }
    Ok(parsed)
}

struct Form(Vec<Part>);
impl Form {
    fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|p| p.name == name && !p.bytes.is_empty())
    }
    fn text(&self, name: &str) -> Option<String> {
        self.part(name).map(Part::text)
    }
    fn json(&self, name: &str) -> Value {
        self.part(name).and_then(|p| serde_json::from_slice(&p.bytes).ok()).unwrap_or(Value::Null)
    }

    fn recipients(&self) -> Vec<String> {
        self.text("recipient").map(|r| crate::kit::addresses::find_all(&r)).unwrap_or_default()
    }

    /// `message-headers` is `[["Received", "…"], …]`, in order.
    fn headers(&self) -> Vec<(String, String)> {
        let Value::Array(list) = self.json("message-headers") else { return Vec::new() };
        list.iter().filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()))).take(5_000).collect()
    }

    fn fields(&self) -> Result<Fields, ParseError> {
        let headers = self.headers();
        let mut fields = Fields::from_pairs(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let given = [("From", "from"), ("From", "From"), ("To", "To"), ("Cc", "Cc"), ("Subject", "subject"), ("Date", "Date")];
        let threads = [("Message-ID", "Message-Id"), ("In-Reply-To", "In-Reply-To"), ("References", "References")];
        for (header, name) in given.into_iter().chain(threads) {
            if let Some(value) = self.text(name) {
                fields.fill(header, &value);
            }
        }
        // Mailgun has made everything UTF-8.
        let text = |name: &str| self.part(name).map(|p| Text { charset: "utf-8".into(), bytes: p.bytes.clone() });
        fields.text = text("body-plain");
        fields.html = text("body-html");
        if !fields.has("from") && fields.text.is_none() && fields.html.is_none() {
            return Err(ParseError("The form holds neither a mail nor the fields of one.".into()));
        }
        let ids = self.json("content-id-map");
        fields.files = self
            .0
            .iter()
            .filter(|part| part.name.strip_prefix("attachment-").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())))
            .map(|part| File {
                name: part.filename.clone().unwrap_or_default(),
                content_type: part.content_type.clone().unwrap_or_default(),
                content_id: shown_as(&ids, &part.name),
                bytes: part.bytes.clone(),
            })
            .collect();
        Ok(fields)
    }

    /// `attachments` of a stored mail: `[{"url", "name", "content-type", "size"}]`.
    fn stored_files(&self, account: &Account) -> Vec<InboundFile> {
        let Value::Array(list) = self.json("attachments") else { return Vec::new() };
        let ids = self.json("content-id-map");
        let read = |(n, one): (usize, &Value)| {
            let url = one["url"].as_str().filter(|url| is_mailguns(account, url))?;
            let name = one["name"].as_str().and_then(|n| n.rsplit(['/', '\\']).next()).map(|n| shorten(n, 200)).filter(|n| !n.is_empty());
            let kind = one["content-type"].as_str().and_then(|t| t.split(';').next()).map(|t| shorten(t, 127)).filter(|t| t.contains('/'));
            Some(InboundFile {
                name: name.unwrap_or_else(|| format!("attachment-{}", n + 1)),
                content_type: kind.unwrap_or_else(|| "application/octet-stream".into()),
                source: FileSource::Provider(url.to_owned()),
                content_id: shown_as(&ids, url),
                inline: false,
            })
        };
        list.iter().enumerate().take(MOST_FILES).filter_map(read).collect()
    }

    fn note(&self, metadata: &mut Map<String, Value>) {
        let headers = self.headers();
        let named = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        for (name, header) in [("spf", "X-Mailgun-Spf"), ("dkim", "X-Mailgun-Dkim-Check-Result"), ("spam_score", "X-Mailgun-Sscore")] {
            let value = self.text(header).or_else(|| named(header)).map(|v| shorten(&v, 300)).filter(|v| !v.is_empty());
            if let Some(value) = value {
                metadata.insert(name.into(), value.into());
            }
        }
    }
}

/// The Content-ID whose entry names this part or address: `{"<ii_1>": "attachment-1"}`, or `{"<ii_1>": {"url": "…"}}` for stored mail.
fn shown_as(ids: &Value, what: &str) -> Option<String> {
    let named = |v: &Value| v.as_str() == Some(what) || v["url"].as_str() == Some(what);
    ids.as_object()?.iter().find(|(_, v)| named(v)).map(|(id, _)| id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty())
}

/// Stored mail lies with Mailgun, in hosts that change; the key goes nowhere else.
pub fn is_mailguns(account: &Account, url: &str) -> bool {
    let base = calls::base_url(account, super::form::BASE_URL);
    if url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')) {
        return true;
    }
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    plain && [".mailgun.net", ".mailgun.org"].iter().any(|end| host.to_ascii_lowercase().ends_with(end))
}
