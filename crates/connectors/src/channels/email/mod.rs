//! Mail: taken in by our SMTP listener or fetched from a mailbox (RFC 9051), sent through any submission server (RFC 5322, RFC 6409).
//!
//! Reading and writing mail is `kit::mail`, speaking IMAP `kit::imap`. `form` says what is asked when connecting and `settings` reads
//! it, `providers` knows servers, `mailbox` fetches, `submit` hands a mail over, `check` tries both, `mbox` reads archives for the importer.

mod archive;
mod check;
mod form;
mod inbound;
mod mailbox;
pub mod mbox;
mod providers;
mod settings;
mod simulator;
mod submit;
mod words;

use crate::kit::mail::{self, ENVELOPE_TO, is_ours};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Follower, Health, Inbound, Outbound, ParseError, Proof, Receipt, Reject, SendError, Simulator,
    Tried, Unverified, Verified,
};

pub use mbox::parse_mbox;

pub struct Email;

impl Channel for Email {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// Nobody signs SMTP: what counts is that the envelope names an address of this account.
    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
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

    fn fed_by_mail(&self) -> bool {
        true
    }

    fn takes_mail(&self, account: &Account) -> bool {
        settings::receive(account) == settings::Receive::Listener
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        match delivery.raw().method.as_str() {
            inbound::METHOD => inbound::parse(account, delivery.raw()),
            _ => inbound::handed_over(account, delivery.raw()),
        }
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(submit::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(check::health(edge, account))
    }

    fn steps<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Vec<Tried>> {
        Box::pin(check::steps(edge, account))
    }

    fn follower(&self) -> Option<&dyn Follower> {
        Some(&mailbox::Imap)
    }

    fn outgoing_id(&self, account: &Account, message: kernel::MessageId, conversation: kernel::ConversationId) -> String {
        mail::outgoing_id(account, message, conversation)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}
