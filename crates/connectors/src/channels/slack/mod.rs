//! Slack apps: signed events over HTTP, the Web API for everything that leaves.

mod emoji;
mod errors;
mod files;
mod form;
mod ids;
mod inbound;
mod interactive;
mod outbound;
mod setup;
mod simulator;
mod stage;
mod text;

use crate::kit::{proofs, signatures};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Place, Profile, Proof, RawDelivery,
    Receipt, Reject, Reply, SendError, Simulator, Unverified, Verified,
};

pub struct Slack;

const TIMESTAMP: &str = "X-Slack-Request-Timestamp";
const SIGNATURE: &str = "X-Slack-Signature";

/// `v0=` and the hex HMAC-SHA256 of `v0:{timestamp}:{raw body}`.
fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = signatures::mac_sha256(secret.as_bytes(), &[b"v0:", timestamp.as_bytes(), b":", body]);
    format!("v0={}", data_encoding::HEXLOWER.encode(&mac))
}

impl Channel for Slack {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Slack sends events with POST."));
        }
        let secret = account.settings.secret("signing_secret").ok_or_else(|| proofs::unset("The signing secret"))?;
        let timestamp = proofs::header(raw, TIMESTAMP)?;
        let given = proofs::header(raw, SIGNATURE)?;
        if !proofs::same(&sign(secret.reveal(), timestamp, &raw.body), given) {
            return Err(proofs::wrong());
        }
        let at = timestamp.parse::<i64>().ok().and_then(|s| s.checked_mul(1_000)).ok_or_else(proofs::wrong)?;
        proofs::recent(at, proof.now, signatures::WINDOW_MS)?;
        Ok(delivery.accept("slack-v0"))
    }

    /// Slack checks the address with a signed challenge.
    fn handshake(&self, _account: &Account, delivery: &Verified) -> Option<Reply> {
        let Ok(inbound::Posted::Event(body)) = inbound::read(&delivery.raw().body) else { return None };
        (inbound::at(&body, "/type") == "url_verification").then(|| Reply::text(inbound::at(&body, "/challenge")))
    }

    /// Empty: to a command or a pressed button, a body would be shown.
    fn acknowledge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        Some(Reply::empty(200))
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        inbound::read(&raw.body).map(|posted| inbound::teams(&posted)).unwrap_or_default()
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(async move { files::fetch(edge, &errors::Workspace::of(account)?, reference).await })
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn act<'a>(&'a self, edge: Edge<'a>, account: &'a Account, _place: &'a Place, act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(outbound::act(edge, account, act))
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
        format!("U0SIM{n:06}")
    }
}
