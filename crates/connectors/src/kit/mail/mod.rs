//! Mail, whatever carries it: reading (`parse`, `bodies`), writing (`build`; `draft` for providers that want fields), mail given as fields (`fields`), and whose address is whose.

pub mod asked;
pub mod authenticity;
mod bodies;
pub mod build;
pub mod draft;
pub mod fields;
mod flowed;
mod parse;
pub mod released;
pub mod shared;
mod shown;
pub mod simulated;
mod tnef;

pub use authenticity::FOUND;
pub use bodies::add_files;
pub use parse::{parse, parse_words};

use super::{addresses, tokens};
use kernel::channel::{Account, Handle, InboundMessage, Sender};
use kernel::message::HandleEvidence;

/// Names of the headers in which a transport hands over the envelope.
pub const ENVELOPE_FROM: &str = "envelope-from";
pub const ENVELOPE_TO: &str = "envelope-to";

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

/// Somebody answered from our side with another program: the person is who it was written to. False when it was nobody but us.
pub fn make_echo(account: &Account, message: &mut InboundMessage) -> bool {
    let to = message.to.iter().chain(&message.cc).find(|a| !is_ours(account, &a.address)).cloned();
    let Some(to) = to else { return false };
    let handle = Handle { kind: "email".into(), value: to.address, evidence: HandleEvidence::Claimed };
    message.sender = Sender { handle, name: to.name, more: Vec::new() };
    message.reply_to = None;
    message.echo = true;
    message.automatic = false;
    true
}

/// The domain under which this account's Message-IDs are made.
pub fn sending_domain(account: &Account) -> &str {
    account.identifier.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

/// The Message-ID (without brackets) of a message of ours, chosen before it leaves.
pub fn outgoing_id(account: &Account, message: kernel::MessageId, conversation: kernel::ConversationId) -> String {
    super::message_ids::make(message, conversation, sending_domain(account))
}
