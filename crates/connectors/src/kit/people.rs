//! Who wrote: handles of people as channels know them.

use super::verdicts::shorten;
use kernel::channel::{Account, Handle, Sender};
use kernel::message::HandleEvidence;

/// The person's id on this channel, vouched for by the provider.
pub fn handle(account: &Account, id: impl Into<String>) -> Handle {
    Handle { kind: account.provider.clone(), value: id.into(), evidence: HandleEvidence::Verified }
}
/// A phone number that the provider vouches for; `None` unless it is one in international form (with or without its plus).
pub fn phone(number: &str) -> Option<Handle> {
    let digits = number.trim().trim_start_matches('+');
    let ok = (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| Handle { kind: "phone".into(), value: format!("+{digits}"), evidence: HandleEvidence::Verified })
}
/// An address that the provider vouches for.
pub fn email(address: &str) -> Option<Handle> {
    let value = super::addresses::clean(address)?;
    Some(Handle { kind: "email".into(), value, evidence: HandleEvidence::Verified })
}
/// A person by their id on this channel.
pub fn sender(account: &Account, id: impl Into<String>, name: Option<&str>) -> Sender {
    Sender { handle: handle(account, id), name: named(name), more: Vec::new() }
}
/// A name worth keeping: one line, at most 200 characters, not empty.
pub fn named(name: Option<&str>) -> Option<String> {
    name.map(|n| shorten(n, 200)).filter(|n| !n.is_empty())
}
