//! Phone calls as messages of their conversation: records that a telephone system posts, lists of calls as CSV, and Twilio's own
//! webhooks for calls and recordings. No sound passes through here, and nothing can be sent: people are called.

mod call;
mod csv;
mod form;
mod inbound;
mod numbers;
mod record;
mod simulator;
mod voice;

pub use call::{Call, Outcome};
pub use inbound::{Listed, read_list};

use crate::kit::twilio::{proof, sending};
use crate::kit::{proofs, signatures};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject, Reply,
    SendError, Simulator, Unverified, Verified,
};

pub struct Phone;

impl Channel for Phone {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// Twilio signs with its auth token; everything else with the channel's secret, as on the API channel.
    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        if voice::is_from_twilio(delivery.raw()) {
            proof::check(account, delivery.raw())?;
            return Ok(delivery.accept("twilio-signature"));
        }
        if !delivery.raw().method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Send records of calls with POST."));
        }
        let secret = account.settings.secret("secret").ok_or_else(|| proofs::unset("The signing secret"))?;
        signatures::check_timestamped(secret.reveal(), delivery.raw(), proof.now)?;
        Ok(delivery.accept("hmac-sha256"))
    }

    /// A call that comes in at Twilio is told here what to do.
    fn acknowledge(&self, account: &Account, raw: &RawDelivery) -> Option<Reply> {
        voice::is_from_twilio(raw).then(|| voice::answer(account, raw))
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        if voice::is_from_twilio(raw) { voice::addressees(raw) } else { Vec::new() }
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
    }

    /// Recordings lie at Twilio, behind its credentials.
    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(sending::fetch(edge, account, reference))
    }

    fn send<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        let number = message.to.first().map(|a| a.address.as_str()).filter(|n| n.starts_with('+'));
        let detail = match number {
            Some(number) => format!("Calls cannot carry text. Call the person: tel:{number}"),
            None => "Calls cannot carry text, and this caller has shown no number.".to_owned(),
        };
        Box::pin(std::future::ready(Err(SendError::Permanent { detail })))
    }

    fn health<'a>(&'a self, _edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(std::future::ready(form::check(account)))
    }

    /// Nothing ever leaves.
    fn repeats_safely(&self) -> bool {
        true
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Caller)
    }

    fn simulated_person(&self, n: u32) -> String {
        format!("+2782555{n:04}")
    }
}
