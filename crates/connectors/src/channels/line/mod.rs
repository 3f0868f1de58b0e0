//! LINE Official Accounts by the Messaging API.

mod errors;
mod form;
mod inbound;
mod outbound;
mod setup;
mod simulator;

use crate::kit::{proofs, signatures};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Place, Profile, Proof, Receipt,
    Reject, Reply, SendError, Simulator, Unverified, Verified,
};
use serde_json::{Value, json};

pub struct Line;

/// Base64 of HMAC-SHA256(channel secret, raw body).
const SIGNATURE: &str = "X-Line-Signature";

impl Channel for Line {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "LINE sends events with POST."));
        }
        let Some(secret) = account.settings.secret("channel_secret") else {
            return Err(proofs::unset("The channel secret"));
        };
        let given = proofs::header(raw, SIGNATURE)?;
        if !signatures::check_base64(secret.reveal().as_bytes(), &[&raw.body], given) {
            return Err(proofs::wrong());
        }
        Ok(delivery.accept("line-signature"))
    }

    /// The console's button "Verify" posts a list without events.
    fn handshake(&self, _account: &Account, delivery: &Verified) -> Option<Reply> {
        let body: Value = serde_json::from_slice(&delivery.raw().body).ok()?;
        body.get("events")?.as_array()?.is_empty().then(|| Reply::json(&json!({})))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(outbound::fetch(edge, account, reference))
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn act<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a Place, act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(outbound::act(edge, account, place, act))
    }

    /// A push carries a retry key made from our message's id.
    fn repeats_safely(&self) -> bool {
        true
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
        format!("U{n:032x}")
    }
}
