//! Inbound Parse: the raw mail in one field, or the mail taken apart into fields. Both end in `kit::mail`.

use super::parts;
use crate::kit::mail::authenticity::{self, Authenticity};
use crate::kit::mail::fields::{Fields, File, Text};
use crate::kit::mail::{self, ENVELOPE_FROM, ENVELOPE_TO, shared};
use crate::kit::verdicts::shorten;
use crate::kit::{addresses, forms::Part, headers};
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use serde_json::{Map, Value};

const MOST_RECIPIENTS: usize = 100;

/// Mail comes as a form, events as JSON.
pub fn is_mail(raw: &RawDelivery) -> bool {
    let content_type = raw.header("content-type").unwrap_or_default().trim_start().to_ascii_lowercase();
    content_type.starts_with("multipart/form-data") || content_type.starts_with("application/x-www-form-urlencoded")
}

pub fn parse(account: &Account, raw: &RawDelivery, is_shared: bool) -> Result<Vec<Inbound>, ParseError> {
    let form = Form(parts(raw)?);
    let (from, to) = form.envelope();
    if let Some(why) = shared::refused(account, &to, is_shared) {
        return Ok(vec![Inbound::Ignored { why }]);
    }
    let body = match form.part("email") {
        Some(part) => part.bytes.clone(),
        None => form.fields()?.write(),
    };
    let mut envelope = vec![(ENVELOPE_FROM.to_owned(), from)];
    envelope.extend(to.into_iter().map(|address| (ENVELOPE_TO.to_owned(), address)));
    // Without the sender's address in the envelope nothing is said about it; an empty one says that a machine wrote.
    if form.part("envelope").is_none() {
        envelope.retain(|(name, _)| name != ENVELOPE_FROM);
    }
    let mut parsed = mail::parse(account, &raw.carrying(envelope, body))?;
    for one in &mut parsed {
        if let Inbound::Message(message) = one {
            form.note(&mut message.metadata);
            authenticity::note(message, form.authenticity());
        }
    }
    Ok(parsed)
}

/// The addresses the mail was delivered to.
pub fn recipients(raw: &RawDelivery) -> Vec<String> {
    parts(raw).map(|list| Form(list).envelope().1).unwrap_or_default()
}

struct Form(Vec<Part>);
impl Form {
    fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|p| p.name == name && !p.bytes.is_empty())
    }
    fn json(&self, name: &str) -> Value {
        self.part(name).and_then(|p| serde_json::from_slice(&p.bytes).ok()).unwrap_or(Value::Null)
    }

    /// Sender and recipients of the envelope. `to` is what the mail says, and knows nothing of blind copies.
    fn envelope(&self) -> (String, Vec<String>) {
        let envelope = self.json("envelope");
        let from = envelope["from"].as_str().unwrap_or_default().trim().to_owned();
        let list = envelope["to"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut to: Vec<String> = list.iter().filter_map(|a| addresses::clean(a.as_str()?)).take(MOST_RECIPIENTS).collect();
        if to.is_empty() {
            to = self.part("to").map(|p| addresses::find_all(&self.decode(p))).unwrap_or_default();
        }
        (from, to)
    }

    /// The character set a field came in; SendGrid passes texts on as they were.
    fn charset(&self, name: &str) -> String {
        let charsets = self.json("charsets");
        charsets[name].as_str().filter(|c| !c.is_empty()).unwrap_or("utf-8").to_owned()
    }
    fn decode(&self, part: &Part) -> String {
        match encoding_rs::Encoding::for_label(self.charset(&part.name).as_bytes()) {
            Some(encoding) if encoding != encoding_rs::UTF_8 => encoding.decode_without_bom_handling(&part.bytes).0.into_owned(),
            _ => headers::decode_line(&part.bytes).into_owned(),
        }
    }

    fn fields(&self) -> Result<Fields, ParseError> {
        let mut fields = Fields::from_block(self.part("headers").map(|p| p.bytes.as_slice()).unwrap_or_default());
        for (header, name) in [("From", "from"), ("To", "to"), ("Cc", "cc"), ("Subject", "subject")] {
            if let Some(part) = self.part(name) {
                fields.fill(header, &self.decode(part));
            }
        }
        let text = |name: &str| self.part(name).map(|p| Text { charset: self.charset(name), bytes: p.bytes.clone() });
        fields.text = text("text");
        fields.html = text("html");
        if !fields.has("from") && fields.text.is_none() && fields.html.is_none() {
            return Err(ParseError("The form holds neither a mail nor the fields of one.".into()));
        }
        let info = self.json("attachment-info");
        let ids = self.json("content-ids");
        fields.files = self.0.iter().filter_map(|part| self.file(part, &info, &ids)).collect();
        Ok(fields)
    }

    fn file(&self, part: &Part, info: &Value, ids: &Value) -> Option<File> {
        let number = part.name.strip_prefix("attachment")?;
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let said = |key: &str| info[&part.name][key].as_str().filter(|v| !v.is_empty()).map(str::to_owned);
        let shown_as = || ids.as_object()?.iter().find(|(_, v)| v.as_str() == Some(&part.name)).map(|(id, _)| id.clone());
        Some(File {
            name: said("filename").or_else(|| said("name")).or_else(|| part.filename.clone()).unwrap_or_default(),
            content_type: said("type").or_else(|| part.content_type.clone()).unwrap_or_default(),
            content_id: said("content-id").or_else(shown_as),
            bytes: part.bytes.clone(),
        })
    }

    /// `{@shop.example : pass}`, several parted by commas.
    fn authenticity(&self) -> Option<Authenticity> {
        let text = |field: &str| self.part(field).map(|p| p.text()).unwrap_or_default();
        let (spf, dkim) = (text("SPF"), text("dkim"));
        let signed: Vec<(&str, &str)> = dkim
            .trim_matches(['{', '}'])
            .split(',')
            .filter_map(|one| one.split_once(':'))
            .map(|(domain, result)| (result.trim(), domain.trim().trim_start_matches('@')))
            .take(20)
            .collect();
        Authenticity::from_words("sendgrid.net", Some(&spf), &signed, None)
    }

    /// What SendGrid found out about the sender.
    fn note(&self, metadata: &mut Map<String, Value>) {
        for (name, field) in [("spf", "SPF"), ("dkim", "dkim"), ("spam_score", "spam_score")] {
            let value = self.part(field).map(|p| shorten(&p.text(), 300)).filter(|v| !v.is_empty());
            if let Some(value) = value {
                metadata.insert(name.into(), value.into());
            }
        }
    }
}
