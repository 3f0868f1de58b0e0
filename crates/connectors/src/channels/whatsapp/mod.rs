//! WhatsApp by the Cloud API of Meta: one channel for each business phone number.

mod content;
mod errors;
mod form;
mod inbound;
mod media;
mod outbound;
mod provider;
mod setup;
mod simulator;
mod templates;

use crate::kit::meta;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Place, Proof, RawDelivery, Receipt,
    Reject, Reply, SendError, Simulator, Templates, Unverified, Verified,
};

pub struct Whatsapp;

impl Channel for Whatsapp {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn challenge(&self, account: &Account, raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
        meta::challenge(account, raw)
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        meta::verify(account, delivery, proof.now)
    }

    /// Meta wants an answer of its own when somebody removes the app or asks for deletion.
    fn acknowledge(&self, account: &Account, raw: &RawDelivery) -> Option<Reply> {
        meta::callbacks::answer(account, raw)
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        inbound::numbers(&raw.body)
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        if meta::callbacks::is_one(delivery.raw()) {
            return Ok(meta::callbacks::parse(account, delivery.raw()));
        }
        inbound::parse(account, &delivery.raw().body)
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(media::fetch(edge, account, reference))
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn act<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a Place, act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(outbound::act(edge, account, place, act))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::health(edge, account))
    }

    fn templates(&self) -> Option<&dyn Templates> {
        Some(&templates::AtMeta)
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Numbers)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    /// A WhatsApp id: the number without its plus.
    fn simulated_person(&self, n: u32) -> String {
        format!("2782555{n:04}")
    }
}
