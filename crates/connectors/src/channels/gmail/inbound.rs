//! Mail as the poller fetched it: raw MIME, with Gmail's ids and labels in the delivery's path.

use crate::kit::mail;
use crate::kit::mail::authenticity::Writer;
use crate::kit::{forms, headers, message_ids};
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};

/// Of what carries one of these, nothing comes in.
const UNWANTED: &[&str] = &["DRAFT", "SPAM", "TRASH", "CHAT"];
/// Metadata by which an answer joins its thread at Gmail.
pub const THREAD: &str = "gmail_thread_id";

/// What becomes of a message with these labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Inbox,
    /// Written in Gmail itself, or by us.
    Sent,
    Unwanted,
}

pub fn kind_of<'a>(labels: impl Iterator<Item = &'a str>) -> Kind {
    let mut kind = Kind::Unwanted;
    for label in labels {
        match label {
            l if UNWANTED.contains(&l) => return Kind::Unwanted,
            "INBOX" => kind = Kind::Inbox,
            "SENT" if kind != Kind::Inbox => kind = Kind::Sent,
            _ => {}
        }
    }
    kind
}

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let query = forms::query(raw);
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    // Without labels it comes from an archive.
    let kind = forms::first(&query, "labels").map_or(Kind::Inbox, |l| kind_of(l.split(',')));
    if kind == Kind::Unwanted {
        return ignored("Neither in the inbox nor sent from this mailbox.");
    }
    let mut all = mail::parse(account, raw)?;
    for one in &mut all {
        let Inbound::Message(message) = one else { continue };
        for (name, key) in [("id", "gmail_id"), ("thread", THREAD)] {
            if let Some(value) = forms::first(&query, name) {
                message.metadata.insert(key.into(), value.into());
            }
        }
        mail::authenticity::note_written(message, &raw.body, Writer::Named("mx.google.com"));
        if kind == Kind::Sent {
            // Where Gmail gave one of ours an id of its own, it keeps the one we chose here.
            let original = headers::read(&raw.body).first("x-google-original-message-id").map(str::to_owned);
            let ours = original.as_deref().into_iter().flat_map(message_ids::find_all).chain([message.external_id.clone()]);
            if ours.into_iter().any(|id| message_ids::read_own(&id).is_some()) {
                return ignored("We sent this ourselves.");
            }
            if !mail::make_echo(account, message) {
                return ignored("Sent from this mailbox to nobody else.");
            }
        }
    }
    Ok(all)
}
