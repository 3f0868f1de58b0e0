//! Text and picture messages through Twilio. What WhatsApp over Twilio shares with it lives in [`crate::kit::twilio`].

mod form;
mod inbound;
mod outbound;
mod setup;
mod simulator;

use crate::kit::twilio::{events, proof, sending};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject,
    Reply, SendError, Simulator, Unverified, Verified,
};

pub struct Twilio;

impl Channel for Twilio {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        proof::check(account, delivery.raw())?;
        Ok(delivery.accept("twilio-signature"))
    }

    fn acknowledge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        Some(proof::acknowledge())
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        events::addressees(raw)
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(sending::fetch(edge, account, reference))
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::check(edge, account))
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::AtTwilio)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    fn simulated_person(&self, n: u32) -> String {
        format!("+2782555{n:04}")
    }
}
