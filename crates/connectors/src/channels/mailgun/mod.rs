//! Mailgun: routes in (the raw mail, the mail taken apart, or stored at Mailgun), webhooks for reports, MIME out.

mod events;
mod form;
mod inbound;
mod install;
mod outbound;
mod provider;
mod simulator;

use crate::kit::mail::{self, shared};
use crate::kit::{proofs, signatures};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject,
    SendError, Simulator, Unverified, Verified,
};
use kernel::time::{HOUR, MINUTE, Millis};

/// Mailgun tries again for eight hours when we are away, and nothing says that it signs anew. What comes twice is known by its id.
const WINDOW_MS: Millis = 9 * HOUR;
/// How far Mailgun's clock may be ahead.
const AHEAD_MS: Millis = 15 * MINUTE;

pub struct Mailgun;

impl Channel for Mailgun {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Mailgun delivers with POST."));
        }
        let Some(key) = account.settings.secret("signing_key") else { return Err(proofs::unset("The webhook signing key")) };
        check_signature(key.reveal(), raw, proof.now)?;
        if is_shared_path(raw) && inbound::is_mail(raw) && !inbound::recipients(raw).iter().any(|to| mail::is_ours(account, to)) {
            return Err(Reject::new("recipient.unknown", "This mail is not for an address of this channel."));
        }
        Ok(delivery.accept("hmac-sha256"))
    }

    /// On the path without a key, the address that mail was sent to and the channel an event is about.
    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        if !is_shared_path(raw) {
            return Vec::new();
        }
        if inbound::is_mail(raw) {
            return shared::names_of(inbound::recipients(raw));
        }
        // About mail of other programs: everybody hears of it, and `parse` picks.
        vec![events::account(&raw.body).unwrap_or_else(|| "everybody".into())]
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        let raw = delivery.raw();
        if inbound::is_mail(raw) { inbound::parse(account, raw, is_shared_path(raw)) } else { events::parse(account, &raw.body) }
    }

    /// A file of a mail that is stored at Mailgun.
    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(outbound::fetch(edge, account, reference))
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(outbound::check(edge, account))
    }

    fn outgoing_id(&self, account: &Account, message: kernel::MessageId, conversation: kernel::ConversationId) -> String {
        mail::outgoing_id(account, message, conversation)
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&install::SetUp)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}

/// One address for all channels of a Mailgun account.
fn is_shared_path(raw: &RawDelivery) -> bool {
    shared::is_shared_path(raw, "mailgun")
}

/// HMAC-SHA256 over timestamp and token; what it does not cover is the content, which TLS alone protects.
fn check_signature(key: &str, raw: &RawDelivery, now: Millis) -> Result<(), Reject> {
    let proof = if inbound::is_mail(raw) { inbound::proof(raw) } else { events::proof(&raw.body) };
    let Some(proof) = proof else {
        return Err(Reject::new("signature.missing", "The delivery carries no timestamp, token and signature."));
    };
    let fits = |signature: &String| signatures::check_hex(key.as_bytes(), &[proof.timestamp.as_bytes(), proof.token.as_bytes()], signature);
    if !proof.signatures.iter().any(fits) {
        return Err(proofs::wrong());
    }
    let at = proof.timestamp.parse::<Millis>().ok().and_then(|s| s.checked_mul(1000)).ok_or_else(proofs::wrong)?;
    proofs::recent(at, now, if at > now { AHEAD_MS } else { WINDOW_MS })
}

/// By what a delivery is proved.
struct Signed {
    timestamp: String,
    token: String,
    /// The account's own, and its parent's where the event happened on a subaccount.
    signatures: Vec<String>,
}
impl Signed {
    /// A token has 50 characters; anything much longer is not one.
    fn new(timestamp: Option<&str>, token: Option<&str>, signatures: &[Option<&str>]) -> Option<Self> {
        let text = |value: Option<&str>| value.map(str::trim).filter(|v| !v.is_empty() && v.len() <= 200).map(str::to_owned);
        let signatures: Vec<String> = signatures.iter().filter_map(|s| text(*s)).collect();
        let signed = Self { timestamp: text(timestamp)?, token: text(token)?, signatures };
        (!signed.signatures.is_empty()).then_some(signed)
    }
}
