//! A mail out of a mailbox: raw, with what the mailbox knows of it in the delivery's headers.

use super::{archive, settings};
use crate::kit::mail::authenticity::{self, Authenticity};
use crate::kit::verdicts::shorten;
use crate::kit::{headers, mail, message_ids};
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use mail_parser::MessageParser;

pub const METHOD: &str = "IMAP";
/// The path of a mail out of an archive.
pub const ARCHIVE: &str = "mbox";
/// The folder's name.
pub const FOLDER: &str = "imap-folder";
/// UIDVALIDITY and UID: `17.4711`.
pub const NUMBER: &str = "imap-number";
/// When it came into the mailbox, in milliseconds.
pub const ARRIVED: &str = "imap-arrived";
/// It lies among the sent mails.
pub const SENT: &str = "imap-sent";
/// Why there is only the header, or nothing.
pub const TROUBLE: &str = "imap-trouble";

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    if let Some(trouble) = raw.header(TROUBLE) {
        return Err(ParseError(left_there(raw, trouble)));
    }
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    let arrived_at = raw.header(ARRIVED).and_then(|at| at.parse().ok());
    let sent = raw.header(SENT).is_some();
    let mut all = mail::parse(account, raw)?;
    for one in &mut all {
        let Inbound::Message(message) = one else { continue };
        message.sent_at = message.sent_at.or(arrived_at);
        // What the receiving server wrote at the top.
        authenticity::note_written(message, &raw.body, settings::receiving_server(account));
        if sent {
            if message_ids::read_own(&message.external_id).is_some() {
                return ignored("We sent this ourselves.");
            }
            if !mail::make_echo(account, message) {
                return ignored("Sent from this mailbox to nobody else.");
            }
        }
    }
    Ok(all)
}

/// A mail that was handed to our own listener, with what that found out about its sender.
pub fn handed_over(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let mut all = mail::parse(account, raw)?;
    // No other delivery is believed: what came over the web has headers of its sender's choosing.
    let found = raw.header(mail::FOUND).filter(|_| raw.method == "SMTP");
    for one in &mut all {
        if let Inbound::Message(message) = one {
            authenticity::note(message, found.map(Authenticity::read));
        }
    }
    if raw.path == ARCHIVE { archive::read(account, raw, all) } else { Ok(all) }
}

/// For whoever looks into the quarantine: which mail it is, and where.
fn left_there(raw: &RawDelivery, trouble: &str) -> String {
    let head = headers::read(&raw.body);
    let subject = MessageParser::default().parse_headers(&raw.body).and_then(|m| m.subject().map(|s| shorten(s, 120)));
    let mut words = String::from(trouble);
    if let Some(from) = head.first("from") {
        words.push_str(&format!(" From: {}.", shorten(from, 120)));
    }
    if let Some(subject) = subject.filter(|s| !s.is_empty()) {
        words.push_str(&format!(" Subject: {subject}."));
    }
    let (folder, number) = (raw.header(FOLDER).unwrap_or("INBOX"), raw.header(NUMBER).unwrap_or_default());
    words.push_str(&format!(" It is still in the folder {folder}, as number {number}."));
    words
}
