//! Viber bots by the REST API.

mod errors;
mod form;
mod inbound;
mod outbound;
mod setup;
mod simulator;

use crate::kit::{proofs, signatures};
use data_encoding::BASE64;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Profile, Proof, RawDelivery, Receipt, Reject,
    Reply, SendError, Simulator, Unverified, Verified,
};
use serde_json::Value;

pub struct Viber;

/// Hex of HMAC-SHA256(authentication token, raw body).
const SIGNATURE: &str = "X-Viber-Content-Signature";

impl Channel for Viber {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Viber sends events with POST."));
        }
        let Some(token) = account.settings.secret("auth_token") else {
            return Err(proofs::unset("The authentication token"));
        };
        let given = proofs::header(raw, SIGNATURE)?;
        if !signatures::check_hex(token.reveal().as_bytes(), &[&raw.body], given) {
            return Err(proofs::wrong());
        }
        Ok(delivery.accept("viber-signature"))
    }

    /// Viber calls the address while it is being registered.
    fn handshake(&self, _account: &Account, delivery: &Verified) -> Option<Reply> {
        let body: Value = serde_json::from_slice(&delivery.raw().body).ok()?;
        (body.get("event")?.as_str()? == "webhook").then(|| Reply::empty(200))
    }

    /// Empty, because Viber takes what is answered to an opened conversation for a message.
    fn acknowledge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        Some(Reply::empty(200))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::health(edge, account))
    }

    fn profile<'a>(&'a self, edge: Edge<'a>, account: &'a Account, handle: &'a str) -> BoxFuture<'a, Option<Profile>> {
        Box::pin(setup::profile(edge, account, handle))
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    fn simulated_person(&self, n: u32) -> String {
        BASE64.encode(&u128::from(n).to_be_bytes())
    }
}
