//! Postmark: the inbound webhook in (with the raw mail, or fields), event webhooks for reports, the email API out.

mod events;
mod form;
mod inbound;
mod install;
mod outbound;
mod provider;
mod simulator;

use crate::kit::mail::{self, shared};
use crate::kit::passwords;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject, SendError,
    Simulator, Unverified, Verified,
};
use serde_json::Value;

/// What Postmark puts after its own ids to make a Message-ID of them.
const ID_DOMAIN: &str = "mtasv.net";

pub struct Postmark;

impl Channel for Postmark {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// Postmark signs nothing: a password in the webhook's address proves it.
    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Postmark delivers with POST."));
        }
        passwords::check(account, raw, "webhook_password", "webhook password")?;
        if is_shared_path(raw)
            && let Ok(body) = read(raw)
            && inbound::is_mail(&body)
            && !inbound::recipients(&body).iter().any(|to| mail::is_ours(account, to))
        {
            return Err(Reject::new("recipient.unknown", "This mail is not for an address of this channel."));
        }
        Ok(delivery.accept("password"))
    }

    /// On the path without a key, the addresses that mail was sent to and the channel an event is about.
    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        if !is_shared_path(raw) {
            return Vec::new();
        }
        match read(raw) {
            Ok(body) if inbound::is_mail(&body) => shared::names_of(inbound::recipients(&body)),
            // About mail of other programs: everybody hears of it, and `parse` picks.
            Ok(body) => vec![shared::account_of(&body["Metadata"]).unwrap_or("everybody").to_owned()],
            Err(_) => Vec::new(),
        }
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        let raw = delivery.raw();
        let body = read(raw)?;
        if inbound::is_mail(&body) { inbound::parse(account, raw, &body, is_shared_path(raw)) } else { events::parse(account, &body) }
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

/// One address for all channels of a Postmark server.
fn is_shared_path(raw: &RawDelivery) -> bool {
    shared::is_shared_path(raw, "postmark")
}

fn read(raw: &RawDelivery) -> Result<Value, ParseError> {
    let value: Value = serde_json::from_slice(&raw.body).map_err(|e| ParseError(format!("The delivery is not JSON: {e}")))?;
    if value.is_object() { Ok(value) } else { Err(ParseError("The delivery is not an object.".into())) }
}

/// Postmark's id as the Message-ID it makes of it; both name the mail, and answers may come to either.
fn external_id(id: &str) -> String {
    format!("{id}@{ID_DOMAIN}")
}
