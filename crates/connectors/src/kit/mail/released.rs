//! A mail that could not be read and that somebody released from the quarantine all the same: its words are those of its header, and it is
//! attached as it came.

use super::{ENVELOPE_FROM, bodies};
use crate::kit::headers;
use crate::kit::{addresses, message_ids, signatures, verdicts::shorten};
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError, RawDelivery, Sender, ThreadHint};
use kernel::message::{ContentType, HandleEvidence};
use mail_parser::MessageParser;
use serde_json::Map;

/// In a delivery's headers, once a person has said that it is wanted.
pub const RELEASED: &str = "released-from-quarantine";

/// Only what came as a mail; requests have headers of their sender's choosing.
pub fn is_released(raw: &RawDelivery) -> bool {
    matches!(raw.method.as_str(), "SMTP" | "IMAP") && raw.header(RELEASED).is_some()
}

pub fn take(account: &Account, raw: &RawDelivery, why: &ParseError) -> Result<Vec<Inbound>, ParseError> {
    let head = headers::read(&raw.body);
    let from = [head.first("from"), head.first("sender"), raw.header(ENVELOPE_FROM)];
    let nobody = || ParseError(format!("{} It names no sender, so there is nobody whose message it could be.", why.0));
    let from = from.into_iter().flatten().find_map(|v| addresses::find_all(v).into_iter().next()).ok_or_else(nobody)?;
    // The parser of single fields knows encoded words; it sees no more than the header.
    let section = &raw.body[..headers::end(&raw.body[..raw.body.len().min(headers::LARGEST)])];
    let subject =
        std::panic::catch_unwind(|| MessageParser::default().parse_headers(section).and_then(|m| m.subject().map(|s| shorten(s, 998))));
    let subject = subject.ok().flatten().filter(|s| !s.is_empty());
    let id = head.first("message-id").and_then(|v| message_ids::find_all(v).into_iter().next());
    let name = bodies::clean_name(subject.as_deref()).map_or_else(|| "mail.eml".into(), |s| format!("{}.eml", shorten(&s, 100)));
    let mut metadata = Map::new();
    metadata.insert("released".into(), true.into());
    Ok(vec![Inbound::Message(Box::new(InboundMessage {
        external_id: id.unwrap_or_else(|| format!("sha256:{}", signatures::sha256_hex(&raw.body))),
        thread: ThreadHint::default(),
        // Whoever made it so that it cannot be read has proved nothing.
        sender: Sender {
            handle: Handle { kind: "email".into(), value: from, evidence: HandleEvidence::Claimed },
            name: None,
            more: Vec::new(),
        },
        to: vec![kernel::message::Address { name: None, address: account.identifier.clone() }],
        cc: Vec::new(),
        reply_to: None,
        subject,
        content_type: ContentType::Text,
        text: format!("This mail could not be read: {} It is attached as it came.", why.0),
        stripped_text: None,
        html: None,
        files: vec![InboundFile {
            name,
            content_type: "application/octet-stream".into(),
            source: FileSource::Bytes(raw.body.clone()),
            content_id: None,
            inline: false,
        }],
        sent_at: None,
        automatic: true,
        echo: false,
        attended: false,
        metadata,
    }))])
}
