//! Mail: taken in by our SMTP listener, sent through any submission server (RFC 5322, RFC 6409).
//!
//! `form` says what is asked when connecting; `parse` turns one mail into messages and reports, with `bodies`
//! for its parts; `build` writes a mail and `submit` hands it over; `mbox` reads archives for the importer.

mod bodies;
pub mod build;
mod form;
pub mod mbox;
mod parse;
mod simulator;
mod submit;

use crate::kit::{addresses, tokens};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Receipt, Reject, SendError, Simulator, Unverified, Verified,
};
use kernel::time::Millis;

pub use mbox::parse_mbox;

pub struct Email;

/// Names of the headers in which the SMTP listener hands over the envelope.
pub const ENVELOPE_FROM: &str = "envelope-from";
pub const ENVELOPE_TO: &str = "envelope-to";

impl Channel for Email {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// Nobody signs SMTP: what counts is that the envelope names an address of this account.
    fn verify(&self, account: &Account, delivery: Unverified, _now: Millis) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if raw.method != "SMTP" {
            return Err(Reject::new("transport.wrong", "Mail comes in over SMTP only."));
        }
        let mut recipients = raw.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(ENVELOPE_TO)).peekable();
        if recipients.peek().is_none() {
            return Err(Reject::new("recipient.missing", "The delivery names no recipient."));
        }
        if !recipients.any(|(_, address)| is_ours(account, address)) {
            return Err(Reject::new("recipient.unknown", "No address of this channel is among the recipients."));
        }
        Ok(delivery.accept("smtp recipient"))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        parse::parse(account, delivery.raw())
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(submit::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(submit::check(edge, account))
    }

    fn outgoing_id(&self, account: &Account, message: kernel::MessageId, conversation: kernel::ConversationId) -> String {
        crate::kit::message_ids::make(message, conversation, sending_domain(account))
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}

/// Is this an address of the account: its own, one of its plus forms, the same at the inbound domain, or one that
/// carries a reply token of ours?
pub fn is_ours(account: &Account, address: &str) -> bool {
    if addresses::is_mailbox(&account.identifier, address) {
        return true;
    }
    let Some((local, tag, domain)) = addresses::split(address) else { return false };
    let at_inbound = account.settings.text("inbound_domain").is_some_and(|d| d.eq_ignore_ascii_case(&domain));
    let same_local = addresses::split(&account.identifier).is_some_and(|(own, _, _)| own == local);
    (at_inbound && same_local) || tag.is_some_and(|tag| tokens::check(account.mac_key.reveal(), account.id, &tag).is_some())
}

/// The domain under which this account's Message-IDs are made.
pub fn sending_domain(account: &Account) -> &str {
    account.identifier.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}
