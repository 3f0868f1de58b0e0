//! SendGrid: Inbound Parse in (the raw mail, or fields), the Event Webhook for reports, the v3 API out.
//!
//! Reading mail is `kit::mail`; `inbound` unwraps what SendGrid put around it, `events` reads reports.

mod events;
mod form;
mod inbound;
mod install;
mod outbound;
mod provider;
pub mod simulator;

use crate::kit::mail::{self, shared};
use crate::kit::{forms, passwords, proofs};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject, SendError,
    Simulator, Unverified, Verified,
};
use kernel::time::{DAY, MINUTE, Millis};

pub const SIGNATURE_HEADER: &str = "x-twilio-email-event-webhook-signature";
pub const TIMESTAMP_HEADER: &str = "x-twilio-email-event-webhook-timestamp";
const EVENTS_WINDOW_MS: Millis = 10 * MINUTE;
/// SendGrid keeps mail for three days when we are away. A mail that comes twice is known by its Message-ID.
const MAIL_WINDOW_MS: Millis = 4 * DAY;

pub struct SendGrid;

impl Channel for SendGrid {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "SendGrid delivers with POST."));
        }
        let (field, window_ms) = if inbound::is_mail(raw) { ("parse_key", MAIL_WINDOW_MS) } else { ("event_key", EVENTS_WINDOW_MS) };
        let how = match account.settings.text(field) {
            Some(key) => {
                check_signature(key, raw, proof.now, window_ms)?;
                "ecdsa"
            }
            None => {
                passwords::check(account, raw, "webhook_password", "webhook password")?;
                "password"
            }
        };
        if is_shared_path(raw) && inbound::is_mail(raw) && !inbound::recipients(raw).iter().any(|to| mail::is_ours(account, to)) {
            return Err(Reject::new("recipient.unknown", "This mail is not for an address of this channel."));
        }
        Ok(delivery.accept(how))
    }

    /// On the path without a key, the addresses that mail was sent to and the channels that events are about.
    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        if !is_shared_path(raw) {
            return Vec::new();
        }
        if !inbound::is_mail(raw) {
            let names = events::accounts(&raw.body);
            // About mail of other programs, or the SendGrid account itself: everybody hears of it, and `parse` picks.
            return if names.is_empty() { vec!["everybody".into()] } else { names };
        }
        shared::names_of(inbound::recipients(raw))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        let raw = delivery.raw();
        if inbound::is_mail(raw) { inbound::parse(account, raw, is_shared_path(raw)) } else { events::parse(account, &raw.body) }
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

/// One address for all channels of a SendGrid account.
fn is_shared_path(raw: &RawDelivery) -> bool {
    shared::is_shared_path(raw, "sendgrid")
}

/// ECDSA over the timestamp and the raw body, as the signed Event Webhook and the security policies of Inbound Parse do it.
fn check_signature(key: &str, raw: &RawDelivery, now: Millis, window_ms: Millis) -> Result<(), Reject> {
    let signature = proofs::header(raw, SIGNATURE_HEADER)?;
    let timestamp = proofs::header(raw, TIMESTAMP_HEADER)?;
    if !proofs::ecdsa_p256_base64(key, &[timestamp.as_bytes(), &raw.body].concat(), signature) {
        return Err(proofs::wrong());
    }
    let at = timestamp.parse::<Millis>().ok().and_then(|s| s.checked_mul(1000)).ok_or_else(proofs::wrong)?;
    proofs::recent(at, now, window_ms)
}

/// The form of a delivery, and the parts of it.
fn parts(raw: &RawDelivery) -> Result<Vec<forms::Part>, ParseError> {
    let content_type = raw.header("content-type").unwrap_or_default();
    if content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        let part = |(name, value): (String, String)| forms::Part { name, filename: None, content_type: None, bytes: value.into_bytes() };
        return Ok(forms::pairs(&raw.body).into_iter().map(part).collect());
    }
    forms::multipart(content_type, &raw.body)
}
