//! What Twilio posts: messages and reports on the same address, told apart by `MessageStatus`.

use super::{bare, errors, is_service, sender};
use crate::kit::forms::{self, first};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, FileSource, Inbound, InboundFile, ParseError, RawDelivery, StatusReport};
use kernel::message::{ContentType, MessageStatus};

pub type Pairs = Vec<(String, String)>;
const MOST_FILES: usize = 30;

/// The fields of a delivery: the form of a POST, the query of a GET.
pub fn fields(raw: &RawDelivery) -> Pairs {
    if raw.method.eq_ignore_ascii_case("GET") { forms::query(raw) } else { forms::pairs(&raw.body) }
}

/// A report on a message of ours.
pub fn is_report(pairs: &Pairs) -> bool {
    first(pairs, "MessageStatus").is_some_and(|s| !matches!(s, "received" | "receiving"))
}

/// The number of ours that it is about.
pub fn ours(pairs: &Pairs) -> Option<&str> {
    first(pairs, if is_report(pairs) { "From" } else { "To" })
}

/// The sender that we named in the address for reports.
fn named(raw: &RawDelivery, pairs: &Pairs) -> Option<String> {
    let query = forms::query(raw);
    first(&query, "sender").filter(|_| is_report(pairs)).map(str::to_lowercase)
}

/// Identifiers under which the account may be connected here: the one we named, else the messaging service and the number, as
/// administrators write them.
pub fn addressees(raw: &RawDelivery) -> Vec<String> {
    let pairs = fields(raw);
    if let Some(named) = named(raw, &pairs) {
        return vec![named];
    }
    let mut all: Vec<String> = first(&pairs, "MessagingServiceSid").map(str::to_lowercase).into_iter().collect();
    if let Some(number) = ours(&pairs) {
        all.push(bare(number).to_lowercase());
        all.push(number.to_lowercase());
    }
    all.dedup();
    all
}

/// Words when it is about another sender than this account's. One Twilio account signs for all of its numbers.
pub fn foreign(account: &Account, raw: &RawDelivery, pairs: &Pairs) -> Option<String> {
    if named(raw, pairs).is_some_and(|n| n == account.identifier) {
        return None;
    }
    let sender = sender(account).ok()?;
    let service = first(pairs, "MessagingServiceSid");
    let number = ours(pairs).map(bare);
    let fits = if is_service(&sender) {
        service.is_none_or(|s| s.eq_ignore_ascii_case(&sender))
    } else {
        number.as_deref().is_none_or(|n| n.eq_ignore_ascii_case(&sender))
    };
    (!fits).then(|| {
        let other = service.map(str::to_owned).filter(|_| is_service(&sender)).or(number).unwrap_or_default();
        format!("It is for {}, and this channel is {sender}. Connect that one as a channel of its own.", shorten(&other, 60))
    })
}

/// The message's id.
pub fn sid(pairs: &Pairs) -> Result<&str, ParseError> {
    let found = ["MessageSid", "SmsMessageSid", "SmsSid"].iter().find_map(|name| first(pairs, name));
    found.filter(|s| s.len() <= 100).ok_or_else(|| ParseError("The delivery names no message (MessageSid).".into()))
}

/// What became of a message of ours.
pub fn report(raw: &RawDelivery, pairs: &Pairs) -> Result<Inbound, ParseError> {
    let external_id = sid(pairs)?.to_owned();
    let word = first(pairs, "MessageStatus").unwrap_or_default();
    let code = first(pairs, "ErrorCode").and_then(|c| c.parse::<i64>().ok()).filter(|c| *c != 0);
    let said = first(pairs, "ErrorMessage");
    let status = match word {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => MessageStatus::Sent,
        "delivered" | "partially_delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        "undelivered" | "failed" | "canceled" => MessageStatus::Failed,
        other => return Ok(Inbound::Ignored { why: format!("Unknown status “{}”.", shorten(other, 60)) }),
    };
    let error = (status == MessageStatus::Failed).then(|| match (code, word) {
        (Some(code), _) => errors::words(code, said),
        (None, "canceled") => "The message was cancelled at Twilio. [canceled]".to_owned(),
        (None, _) => said.map_or_else(|| format!("Twilio gave no reason. [{word}]"), |s| shorten(s, 300)),
    });
    // We put our own id into the address, so that the message is found even if the answer with the SID was lost.
    let query = forms::query(raw);
    let message_id = first(&query, "message").filter(|m| m.starts_with("msg_") && m.len() <= 100).map(str::to_owned);
    Ok(Inbound::Status(StatusReport { external_id, message_id, status, at: None, error, bounced: false }))
}

/// The files, to be fetched with the credentials: accounts may demand them for media.
pub fn files(pairs: &Pairs) -> Vec<InboundFile> {
    let count = first(pairs, "NumMedia").and_then(|n| n.parse::<usize>().ok()).unwrap_or(0).min(MOST_FILES);
    let one = |n: usize| {
        let url = first(pairs, &format!("MediaUrl{n}")).filter(|u| u.starts_with("https://") || u.starts_with("http://"))?;
        let kind = first(pairs, &format!("MediaContentType{n}")).filter(|t| t.len() <= 127).unwrap_or("application/octet-stream");
        Some(InboundFile {
            name: file_name(kind, n + 1),
            content_type: kind.to_owned(),
            source: FileSource::Provider(url.to_owned()),
            content_id: None,
            inline: false,
        })
    };
    (0..count).filter_map(one).collect()
}

/// What a message with these files is.
pub fn content_type(pairs: &Pairs, files: &[InboundFile]) -> ContentType {
    let Some(file) = files.first() else { return ContentType::Text };
    let kind = file.content_type.to_ascii_lowercase();
    match kind.split('/').next() {
        _ if first(pairs, "MessageType") == Some("sticker") => ContentType::Sticker,
        Some("image") => ContentType::Image,
        Some("video") => ContentType::Video,
        Some("audio") => ContentType::Audio,
        _ if file.name.starts_with("contact-") => ContentType::Contact,
        _ => ContentType::File,
    }
}

/// Twilio gives no names.
fn file_name(content_type: &str, n: usize) -> String {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let word = match kind.split('/').next() {
        Some("image") => "picture",
        Some("video") => "video",
        Some("audio") => "audio",
        _ if kind.ends_with("vcard") => "contact",
        _ => "file",
    };
    let end = match kind.as_str() {
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "video/quicktime" => "mov",
        "audio/ogg" => "ogg",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/amr" => "amr",
        "audio/aac" => "aac",
        "audio/mp4" => "m4a",
        "application/pdf" => "pdf",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "text/vcard" | "text/x-vcard" | "text/directory" => "vcf",
        "text/plain" => "txt",
        "text/csv" => "csv",
        _ => "bin",
    };
    format!("{word}-{n}.{end}")
}

/// `Some(true)` when the person wants no more messages, by Twilio's own word (Advanced Opt-Out).
pub fn opt_out_type(pairs: &Pairs) -> Option<bool> {
    match first(pairs, "OptOutType")?.to_ascii_uppercase().as_str() {
        "STOP" => Some(true),
        "START" => Some(false),
        _ => None,
    }
}

/// The same by the words that Twilio acts on for text messages: they have to be the whole message.
pub fn opt_out_word(text: &str) -> Option<bool> {
    let word = text.trim().trim_end_matches(['.', '!']).to_ascii_uppercase();
    match word.as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "OPTOUT" | "REVOKE" => Some(true),
        "START" | "UNSTOP" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_unsubscribes() {
        assert_eq!((opt_out_word(" Stop.\n"), opt_out_word("unstop"), opt_out_word("please stop")), (Some(true), Some(false), None));
        assert_eq!((file_name("image/jpeg", 1), file_name("text/x-vcard", 2)), ("picture-1.jpg".into(), "contact-2.vcf".into()));
        assert_eq!(file_name("audio/ogg; codecs=opus", 3), "audio-3.ogg");
    }
}
