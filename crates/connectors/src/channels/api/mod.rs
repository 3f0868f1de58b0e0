//! The generic channel: any program that can sign a request brings messages in and takes answers away as JSON.
//!
//! It is also the pattern for channels over HTTP: `form` describes, `inbound` reads, `outbound` sends.

mod form;
mod inbound;
mod outbound;
mod simulator;

use crate::kit::signatures;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Proof, Receipt, Reject, SendError, Simulator, Unverified,
    Verified,
};

pub struct Api;

impl Channel for Api {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        if !delivery.raw().method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Send events with POST."));
        }
        let Some(secret) = account.settings.secret("secret") else {
            return Err(Reject::new("signature.wrong", "This channel has no secret yet. Save its settings once."));
        };
        signatures::check_timestamped(secret.reveal(), delivery.raw(), proof.now)?;
        Ok(delivery.accept("hmac-sha256"))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(outbound::check(edge, account))
    }

    /// The message's id goes along as `Idempotency-Key`.
    fn repeats_safely(&self) -> bool {
        true
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}
