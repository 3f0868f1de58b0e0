//! Writing a mail (RFC 5322, RFC 2045). Nothing that a person typed can start a header: control characters are
//! taken out of everything that goes into one, and addresses that are none refuse the whole mail.

use super::bodies::is_plain_type;
use super::shown;
use crate::kit::{addresses, markup::escape, message_ids, tokens};
use kernel::channel::{Account, Outbound, OutboundFile, SendError};
use kernel::message::Address;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Written;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// What marks mail that a machine wrote (RFC 3834 and its relatives).
pub(super) const AUTOMATIC: [(&str, &str); 4] =
    [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"), ("Precedence", "auto_reply"), ("X-Loop", "switchboard")];

/// The finished mail, without Bcc.
pub fn build(account: &Account, message: &Outbound) -> Result<Vec<u8>, SendError> {
    let from = clean_address(&account.identifier)?;
    let token = tokens::make(account.mac_key.reveal(), message.conversation_id, account.id);
    let name = account.settings.text("display_name").or(message.sender_name.as_deref());
    let mut mail = MessageBuilder::new()
        .from(Written::new_address(name.map(one_line), from.clone()))
        .to(write_list(&message.to)?)
        .message_id(MessageId::new(clean_id(&message.external_id)))
        .date(Date::new(message.created_at.div_euclid(1000)))
        .subject(one_line(message.subject.as_deref().unwrap_or_default()));
    if !message.cc.is_empty() {
        mail = mail.cc(write_list(&message.cc)?);
    }
    if let Some(reply_to) = reply_address(account, &token) {
        mail = mail.reply_to(Written::new_address(name.map(one_line), reply_to));
    }
    if let Some(parent) = parent(message) {
        mail = mail.in_reply_to(MessageId::new(parent));
    }
    let chain = references(message);
    if !chain.is_empty() {
        mail = mail.references(MessageId::new_list(chain.into_iter()));
    }
    if message.automatic {
        mail = AUTOMATIC.iter().fold(mail, |mail, (name, value)| mail.header(*name, Text::new(*value)));
    }
    let bytes = mail.body(build_body(account, message)).write_to_vec();
    bytes.map_err(|e| SendError::Permanent { detail: format!("The mail could not be written: {e}") })
}

/// The finished mail with its Bcc, for providers that read the recipients from the headers and take that one out.
pub fn build_with_bcc(account: &Account, message: &Outbound) -> Result<Vec<u8>, SendError> {
    let mail = build(account, message)?;
    if message.bcc.is_empty() {
        return Ok(mail);
    }
    let list = message.bcc.iter().map(|a| clean_address(&a.address)).collect::<Result<Vec<_>, _>>()?;
    Ok([format!("Bcc: {}\r\n", list.join(",\r\n ")).as_bytes(), &mail].concat())
}

/// The message answered.
pub(super) fn parent(message: &Outbound) -> Option<String> {
    message.in_reply_to.as_deref().map(clean_id).filter(|p| !p.is_empty())
}

/// The chain of the answered message and its id.
pub(super) fn references(message: &Outbound) -> Vec<String> {
    let known: Vec<String> = message.references.iter().map(|r| clean_id(r)).filter(|r| !r.is_empty()).collect();
    message_ids::chain(&known, parent(message).as_deref())
}

/// Everybody who gets it, each once.
pub fn recipients(message: &Outbound) -> Result<Vec<String>, SendError> {
    let mut out: Vec<String> = Vec::new();
    for address in message.to.iter().chain(&message.cc).chain(&message.bcc) {
        let address = clean_address(&address.address)?;
        if !out.contains(&address) {
            out.push(address);
        }
    }
    if out.is_empty() {
        return Err(SendError::Permanent { detail: "There is nobody to send this mail to.".into() });
    }
    Ok(out)
}

/// The address at which this message asks for answers.
pub fn reply_to(account: &Account, message: &Outbound) -> Option<String> {
    reply_address(account, &tokens::make(account.mac_key.reveal(), message.conversation_id, account.id))
}

/// Where answers are asked for: `reply+{token}@` the inbound domain, else `{mailbox}+{token}@` its own. `None` when
/// plus addresses are off or the local part would exceed 64 octets.
pub fn reply_address(account: &Account, token: &str) -> Option<String> {
    let plus = account.settings.values().get("plus_addressing").and_then(|v| v.as_bool()).unwrap_or(true);
    if !plus {
        return None;
    }
    if let Some(domain) = account.settings.text("inbound_domain") {
        return addresses::clean(&format!("reply+{token}@{domain}"));
    }
    let (local, _, domain) = addresses::split(&account.identifier)?;
    (local.len() + 1 + token.len() <= 64).then(|| format!("{local}+{token}@{domain}"))
}

/// The bodies of a mail with signature and marker, for providers that take them instead of a mail.
pub struct Bodies {
    pub text: String,
    pub html: Option<String>,
    /// Places among the files of those that the HTML shows, each with the content id by which it does.
    pub inline: Vec<(usize, String)>,
}

pub fn bodies(account: &Account, message: &Outbound) -> Bodies {
    let token = tokens::make(account.mac_key.reveal(), message.conversation_id, account.id);
    let signature = signature(account, message);
    let mut inline = Vec::new();
    let html = message.html.as_ref().map(|html| {
        // Files named by `cid:{file name}` get ids of their own.
        let (out, shown) = shown::rename(html, &message.files, |n| content_id(message, n));
        inline = shown.into_iter().map(|n| (n, content_id(message, n))).collect();
        finish_html(out, signature, &token)
    });
    Bodies { text: signed_text(message, signature), html, inline }
}

/// Below what people write; machines do not sign.
pub(super) fn signature<'a>(account: &'a Account, message: &Outbound) -> Option<&'a str> {
    account.settings.text("signature").filter(|_| !message.automatic)
}

pub(super) fn signed_text(message: &Outbound, signature: Option<&str>) -> String {
    let mut text = message.text.replace("\r\n", "\n");
    if let Some(signature) = signature {
        text.push_str("\n\n-- \n");
        text.push_str(&signature.replace("\r\n", "\n"));
    }
    text
}

/// The id under which the n-th file is shown.
pub(super) fn content_id(message: &Outbound, n: usize) -> String {
    format!("part{n}.{}", clean_id(&message.external_id))
}

fn build_body<'x>(account: &Account, message: &Outbound) -> MimePart<'x> {
    let bodies = bodies(account, message);
    let plain = MimePart::new("text/plain", bodies.text);
    let body = match bodies.html {
        None => plain,
        Some(html) => {
            let html = MimePart::new("text/html", html);
            let parts = bodies.inline.iter().filter_map(|(n, id)| message.files.get(*n).map(|file| embed(file, id)));
            let mut all = vec![html];
            all.extend(parts);
            let shown = if all.len() == 1 { all.remove(0) } else { group("multipart/related", "r", message, all) };
            group("multipart/alternative", "a", message, vec![plain, shown])
        }
    };
    let attached = message.files.iter().enumerate().filter(|(n, _)| !bodies.inline.iter().any(|(at, _)| at == n));
    let attached: Vec<MimePart<'x>> = attached.map(|(_, file)| write_file(file).attachment(one_line(&file.name))).collect();
    if attached.is_empty() {
        return body;
    }
    let mut all = vec![body];
    all.extend(attached);
    group("multipart/mixed", "m", message, all)
}

/// Boundaries come from the message's own id, so that a second attempt writes the same bytes.
fn group<'x>(kind: &'static str, mark: &str, message: &Outbound, parts: Vec<MimePart<'x>>) -> MimePart<'x> {
    let hash = crate::kit::signatures::sha256_hex(message.external_id.as_bytes());
    let boundary = format!("=_{mark}_{}", &hash[..32]);
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary), BodyPart::Multipart(parts))
}

/// A file that the HTML shows.
fn embed<'x>(file: &OutboundFile, id: &str) -> MimePart<'x> {
    let disposition = ContentType::new("inline").attribute("filename", one_line(&file.name));
    write_file(file).header("Content-Disposition", disposition).cid(id.to_owned())
}

/// The type a file is sent with.
pub(super) fn file_type(file: &OutboundFile) -> String {
    let kind = if is_plain_type(&file.content_type) { file.content_type.clone() } else { "application/octet-stream".into() };
    // An attached mail must not be base64 (RFC 2046 §5.2.1); as octets it arrives everywhere.
    if kind.starts_with("message/") || kind.starts_with("multipart/") { "application/octet-stream".into() } else { kind }
}

fn write_file<'x>(file: &OutboundFile) -> MimePart<'x> {
    MimePart::new(ContentType::new(file_type(file)).attribute("name", one_line(&file.name)), BodyPart::Binary(file.bytes.clone().into()))
}

pub(super) fn finish_html(html: String, signature: Option<&str>, token: &str) -> String {
    let mut out = html;
    if let Some(signature) = signature {
        let lines = signature.lines().map(escape).collect::<Vec<_>>().join("<br>\n");
        out.push_str(&format!("\n<div><br>-- <br>\n{lines}</div>"));
    }
    out.push_str(&format!("\n<div style=\"display:none\" data-ref=\"{token}\"></div>"));
    format!("<!doctype html>\n<html><body>\n{out}\n</body></html>\n")
}

fn write_list<'x>(list: &[Address]) -> Result<Written<'x>, SendError> {
    let mut out = Vec::new();
    for a in list {
        out.push(Written::new_address(a.name.as_deref().map(one_line), clean_address(&a.address)?));
    }
    Ok(Written::new_list(out))
}

/// An address that may stand in a header and an envelope; international domains in their ASCII form.
pub fn clean_address(address: &str) -> Result<String, SendError> {
    let broken = || SendError::Permanent { detail: format!("“{}” is not an address mail can be sent to.", one_line(address)) };
    let trimmed = address.trim();
    let (local, domain) = trimmed.rsplit_once('@').ok_or_else(broken)?;
    addresses::clean(trimmed).ok_or_else(broken)?;
    if !local.is_ascii() || local.len() > 64 || local.contains(['"', '\\', '(', ')', '[', ']', ':']) {
        return Err(broken());
    }
    let domain = if domain.is_ascii() {
        domain.to_owned()
    } else {
        let url = ammonia::Url::parse(&format!("http://{domain}/")).map_err(|_| broken())?;
        url.host_str().ok_or_else(broken)?.to_owned()
    };
    let plain = domain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if plain && !domain.is_empty() { Ok(format!("{local}@{domain}")) } else { Err(broken()) }
}

/// Text for a header: one line, no control characters.
pub fn one_line(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).take(900).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn clean_id(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).take(250).collect()
}
