//! One mail into messages and reports. Broken mail is read as far as it goes; what exceeds the limits or has no
//! sender is refused with words and ends in quarantine, never in an error of ours.

use super::{ENVELOPE_FROM, ENVELOPE_TO, bodies, is_ours, released};
use crate::kit::bounces::{self, ReportParts};
use crate::kit::headers::{self, Headers};
use crate::kit::{addresses, automatic, html, message_ids, quotes, signatures, subjects, tokens, verdicts::shorten};
use kernel::ConversationId;
use kernel::channel::{Account, Handle, Inbound, InboundMessage, ParseError, RawDelivery, Sender, StatusReport, ThreadHint};
use kernel::message::{Address, ContentType, HandleEvidence};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use serde_json::{Map, Value};
use std::sync::LazyLock;

static PARSER: LazyLock<MessageParser> = LazyLock::new(MessageParser::default);
const MOST_ADDRESSES: usize = 200;

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let read = read(account, raw, |message, mail| {
        let mut bodies = bodies::read(message, mail)?;
        bodies.stripped = Some(strip(&bodies));
        Ok(bodies)
    });
    match read {
        Err(why) if released::is_released(raw) => released::take(account, raw, &why),
        read => read,
    }
}

/// A mail whose words alone are wanted: its HTML is as it was written and must not be shown, and nothing is told apart in its text.
pub fn parse_words(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    read(account, raw, bodies::read_words)
}

type ReadBodies = fn(&Message<'_>, &[u8]) -> Result<bodies::Bodies, ParseError>;

fn read(account: &Account, raw: &RawDelivery, read_bodies: ReadBodies) -> Result<Vec<Inbound>, ParseError> {
    let mail = without_mbox_line(&raw.body);
    if mail.trim_ascii().is_empty() {
        return Err(ParseError("The mail is empty.".into()));
    }
    bodies::guard_raw(mail)?;
    let headers = headers::read(mail);
    let mail = headers::repair(mail);
    // The MIME parser is other people's code that meets hostile bytes: should it panic (0.11.9 does in debug builds,
    // an assertion about some broken nestings), one mail is quarantined and the worker lives.
    let parsed = std::panic::catch_unwind(|| PARSER.parse(mail.as_ref()));
    let message = parsed.ok().flatten().ok_or_else(|| ParseError("This is not a mail that can be read.".into()))?;
    bodies::guard_parsed(&message)?;
    let message_id = headers.first("message-id").and_then(|v| message_ids::find_all(v).into_iter().next());
    let from = find_from(&message, &headers, raw);

    if let Some(report) = find_report(&message, &mail, &headers, from.as_ref().map_or("", |a| a.address.as_str())) {
        return Ok(vec![Inbound::Status(report)]);
    }
    let from = from.ok_or_else(|| ParseError("This mail names no sender.".into()))?;
    if is_ours(account, &from.address) && message_id.as_deref().and_then(message_ids::read_own).is_some() {
        return Ok(vec![Inbound::Ignored { why: "A mail of our own came back to us.".into() }]);
    }
    let bodies = read_bodies(&message, &mail)?;
    Ok(vec![Inbound::Message(Box::new(assemble(account, raw, &headers, &message, from, message_id, bodies)))])
}

/// Archives put a `From ` line before the headers.
fn without_mbox_line(mail: &[u8]) -> &[u8] {
    if mail.starts_with(b"From ") || mail.starts_with(b">From ") {
        let end = mail.iter().position(|b| *b == b'\n').map_or(mail.len(), |n| n + 1);
        return &mail[end..];
    }
    mail
}

fn assemble(
    account: &Account,
    raw: &RawDelivery,
    headers: &Headers,
    message: &Message<'_>,
    from: Address,
    message_id: Option<String>,
    bodies: bodies::Bodies,
) -> InboundMessage {
    let envelope_from = raw.header(ENVELOPE_FROM).map(|v| v.trim().trim_matches(['<', '>']));
    let sign = automatic::find_sign(headers, &from.address, envelope_from);
    let mut metadata = Map::new();
    let (sender, reply_to) = find_sender(account, headers, message, from, &mut metadata);
    if let Some(sign) = sign {
        metadata.insert("auto".into(), true.into());
        metadata.insert("auto_sign".into(), sign.into());
    }
    note(&mut metadata, "list_id", headers.first("list-id"));
    if headers.has("list-unsubscribe") || headers.has("list-post") || headers.has("feedback-id") {
        metadata.insert("mass".into(), true.into());
    }
    if bodies.html_refused {
        metadata.insert("html_refused".into(), true.into());
    }
    if bodies.text_cut {
        metadata.insert("text_cut".into(), true.into());
    }
    let subject = message.subject().map(|s| shorten(s, 998)).filter(|s| !s.is_empty());
    let in_reply_to: Vec<String> = headers.all("in-reply-to").flat_map(message_ids::find_all).collect();
    let references: Vec<String> = headers.all("references").flat_map(message_ids::find_all).collect();
    let thread = ThreadHint {
        token: find_token(account, raw, headers, bodies.raw_html.as_deref()),
        key: None,
        answers: message_ids::answers(&in_reply_to, &references),
        subject: subject.as_deref().map(subjects::normalise).filter(|s| !s.is_empty() && sign.is_none()),
    };
    InboundMessage {
        external_id: message_id.unwrap_or_else(|| format!("sha256:{}", signatures::sha256_hex(&raw.body))),
        thread,
        sender,
        to: list_addresses(message.to()),
        cc: list_addresses(message.cc()),
        reply_to,
        subject,
        content_type: if bodies.html.is_some() { ContentType::Html } else { ContentType::Text },
        stripped_text: bodies.stripped,
        text: bodies.text,
        html: bodies.html,
        files: bodies.files,
        sent_at: message.date().filter(|d| d.is_valid()).and_then(|d| d.to_timestamp().checked_mul(1000)),
        automatic: sign.is_some(),
        echo: false,
        attended: false,
        metadata,
    }
}

fn strip(bodies: &bodies::Bodies) -> String {
    if bodies.has_plain
        && let Some(text) = quotes::strip(&bodies.text)
    {
        return text;
    }
    let from_html = bodies.html.as_deref().and_then(html::to_text_without_quote).map(|t| bodies::tidy(&t));
    match from_html {
        // What introduced the quote, and a signature, may still stand at the end.
        Some(text) => quotes::strip(&text).unwrap_or(text),
        None if !bodies.has_plain => quotes::strip(&bodies.text).unwrap_or_else(|| bodies.text.clone()),
        None => bodies.text.clone(),
    }
}

fn note(metadata: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value.map(|v| shorten(v, 300)).filter(|v| !v.is_empty()) {
        metadata.insert(name.into(), value.into());
    }
}

// ---------- people ----------

fn find_from(message: &Message<'_>, headers: &Headers, raw: &RawDelivery) -> Option<Address> {
    let parsed = message.from().and_then(|list| list_addresses(Some(list)).into_iter().next());
    parsed
        .or_else(|| message.sender().and_then(|list| list_addresses(Some(list)).into_iter().next()))
        .or_else(|| ["from", "sender", "return-path"].iter().find_map(|n| headers.first(n).and_then(first_address)))
        .or_else(|| raw.header(ENVELOPE_FROM).and_then(first_address))
}

fn first_address(value: &str) -> Option<Address> {
    addresses::find_all(value).into_iter().next().map(Address::bare)
}

fn list_addresses(list: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    let Some(list) = list else { return Vec::new() };
    let read = |a: &mail_parser::Addr<'_>| {
        let address = addresses::clean(a.address()?)?;
        let name = a.name().map(|n| shorten(n, 200)).filter(|n| !n.is_empty() && !n.eq_ignore_ascii_case(&address));
        Some(Address { name, address })
    };
    list.iter().filter_map(read).take(MOST_ADDRESSES).collect()
}

/// Who wrote it, and where an answer goes when that is elsewhere.
fn find_sender(
    account: &Account,
    headers: &Headers,
    message: &Message<'_>,
    from: Address,
    metadata: &mut Map<String, Value>,
) -> (Sender, Option<Address>) {
    let reply_to = message.reply_to().and_then(|list| list_addresses(Some(list)).into_iter().next());
    let reply_to = reply_to.filter(|r| r.address != from.address && !is_ours(account, &r.address));
    let rewritten = from.name.as_deref().is_some_and(|n| n.to_lowercase().contains(" via "));
    let original = headers.first("x-original-from").and_then(|v| addresses::find_all(v).into_iter().next());

    // A list or gateway that had to put its own address into From says elsewhere who wrote.
    let author = match (&original, rewritten, &reply_to) {
        (Some(original), _, _) if *original != from.address => Some(original.clone()),
        (_, true, Some(reply)) => Some(reply.address.clone()),
        // Forms on our own site write as ourselves.
        _ if is_ours(account, &from.address) => reply_to.as_ref().map(|r| r.address.clone()),
        _ => None,
    };
    if let Some(author) = author {
        note(metadata, "sent_through", Some(&from.address));
        let theirs = reply_to.as_ref().filter(|r| r.address == author).and_then(|r| r.name.clone());
        let name = theirs.or_else(|| from.name.as_deref().filter(|_| !is_ours(account, &from.address)).map(without_via));
        let reply = reply_to.filter(|r| r.address != author);
        return (Sender { handle: handle(author, HandleEvidence::Claimed), name, more: Vec::new() }, reply);
    }
    let answer_elsewhere = addresses::is_role(&from.address);
    if let (Some(reply), false) = (&reply_to, answer_elsewhere) {
        note(metadata, "reply_to", Some(&reply.address));
    }
    let sender = Sender { handle: handle(from.address, HandleEvidence::Verified), name: from.name, more: Vec::new() };
    (sender, reply_to.filter(|_| answer_elsewhere))
}

fn without_via(name: &str) -> String {
    let at = name.to_lowercase().find(" via ");
    at.and_then(|at| name.get(..at)).unwrap_or(name).trim_matches(['\'', '"', ' ']).to_owned()
}

fn handle(address: String, evidence: HandleEvidence) -> Handle {
    Handle { kind: "email".into(), value: address, evidence }
}

// ---------- the conversation ----------

fn find_token(account: &Account, raw: &RawDelivery, headers: &Headers, html: Option<&str>) -> Option<(ConversationId, String)> {
    let check = |tag: &str| tokens::check(account.mac_key.reveal(), account.id, tag);
    let envelope = raw.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(ENVELOPE_TO)).map(|(_, v)| v.as_str());
    let named = ["delivered-to", "x-original-to"].into_iter().flat_map(|n| headers.all(n));
    let written = ["to", "cc"].into_iter().flat_map(|n| headers.all(n));
    let by_address = named.chain(envelope).chain(written).flat_map(addresses::find_all).find_map(|address| {
        let (_, tag, _) = addresses::split(&address)?;
        check(tag?.rsplit('+').next()?)
    });
    if let Some(id) = by_address {
        return Some((id, "reply address".into()));
    }
    let html = html?;
    let by_marker = html.match_indices("data-ref=").take(50).find_map(|(at, mark)| {
        let value = html[at + mark.len()..].trim_start_matches(['"', '\'']);
        check(value.get(..tokens::TOKEN_CHARS)?)
    });
    by_marker.map(|id| (id, "marker".into()))
}

// ---------- reports ----------

/// A bounce, a read receipt or a complaint about a message of ours.
fn find_report(message: &Message<'_>, raw: &[u8], headers: &Headers, from: &str) -> Option<StatusReport> {
    let root = message.content_type();
    let is_report =
        root.is_some_and(|c| c.ctype().eq_ignore_ascii_case("multipart") && c.subtype().is_some_and(|s| s.eq_ignore_ascii_case("report")));
    let local = from.split('@').next().unwrap_or_default();
    let from_mailer = local.eq_ignore_ascii_case("mailer-daemon") || local.eq_ignore_ascii_case("postmaster");
    let looks_failed = from_mailer && is_failure_subject(message.subject().unwrap_or_default());
    if !is_report && !looks_failed {
        return None;
    }
    let mut machine = None;
    let mut original = None;
    let mut kind = root.and_then(|c| c.attribute("report-type")).unwrap_or_default().to_ascii_lowercase();
    for part in &message.parts {
        let subtype = part.content_type().and_then(|c| c.subtype()).unwrap_or_default().to_ascii_lowercase();
        match subtype.as_str() {
            "delivery-status" | "global-delivery-status" | "disposition-notification" | "feedback-report" => {
                if kind.is_empty() {
                    kind = subtype.replace("global-", "");
                }
                machine.get_or_insert_with(|| part_bytes(part, raw));
            }
            "rfc822" | "global" | "rfc822-headers" | "global-headers" => {
                original.get_or_insert_with(|| part_bytes(part, raw));
            }
            _ => {}
        }
    }
    let body = message.body_text(0).unwrap_or_default();
    // Some mailers quote the original below their words and nowhere else.
    let tail;
    let text = match message_ids::find_own(&body) {
        Some(_) => body.as_ref(),
        None => {
            tail = String::from_utf8_lossy(&raw[headers::end(raw).min(raw.len())..]);
            tail.as_ref()
        }
    };
    let words = ReportParts { kind: &kind, machine: machine.as_deref(), original: original.as_deref(), text };
    let mut report = bounces::read(&words)?;
    report.at =
        headers.first("date").and_then(|_| message.date()).filter(|d| d.is_valid()).and_then(|d| d.to_timestamp().checked_mul(1000));
    Some(report)
}

fn part_bytes(part: &mail_parser::MessagePart<'_>, raw: &[u8]) -> Vec<u8> {
    match &part.body {
        PartType::Message(inner) => bodies::nested_bytes(part, inner, raw),
        _ => part.contents().to_vec(),
    }
}

fn is_failure_subject(subject: &str) -> bool {
    let low = subject.to_lowercase();
    [
        "undeliver",
        "delivery status",
        "delivery failure",
        "delivery has failed",
        "failure notice",
        "returned mail",
        "mail delivery",
        "unzustellbar",
        "non remis",
    ]
    .iter()
    .any(|w| low.contains(w))
}
