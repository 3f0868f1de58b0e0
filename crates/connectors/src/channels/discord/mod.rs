//! Discord bots: events over a gateway connection that is kept open, interactions over signed HTTP, the REST API for what leaves.

mod errors;
mod form;
mod gateway;
mod ids;
mod inbound;
mod interactions;
mod outbound;
mod proof;
mod setup;
mod simulator;
mod stage;
mod text;

use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Gateway, Health, Inbound, Installer, Outbound, ParseError, Place, Profile, Proof, RawDelivery,
    Receipt, Reject, Reply, SendError, Simulator, Unverified, Verified,
};

pub struct Discord;

/// Are messages in servers wanted, besides direct ones?
fn in_servers(account: &Account) -> bool {
    account.settings.values().get("servers").and_then(serde_json::Value::as_bool).unwrap_or(true)
}

impl Channel for Discord {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        proof::verify(account, delivery, proof)
    }

    /// Discord tries the address with a signed PING, and with wrong signatures too.
    fn handshake(&self, _account: &Account, delivery: &Verified) -> Option<Reply> {
        interactions::ping(&delivery.raw().body)
    }

    fn acknowledge(&self, account: &Account, raw: &RawDelivery) -> Option<Reply> {
        interactions::answer(account, &raw.body)
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(&raw.body).unwrap_or_default();
        Some(inbound::at(&body, "/application_id")).filter(|a| !a.is_empty()).map(str::to_owned).into_iter().collect()
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn act<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a Place, act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(outbound::act(edge, account, place, act))
    }

    /// With `enforce_nonce`, a repeat within some minutes gives the first message again.
    fn repeats_safely(&self) -> bool {
        true
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::health(edge, account))
    }

    fn profile<'a>(&'a self, edge: Edge<'a>, account: &'a Account, handle: &'a str) -> BoxFuture<'a, Option<Profile>> {
        Box::pin(setup::profile(edge, account, handle))
    }

    fn gateway(&self) -> Option<&dyn Gateway> {
        Some(&gateway::Connection)
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    fn simulated_person(&self, n: u32) -> String {
        simulator::person(n)
    }
}
