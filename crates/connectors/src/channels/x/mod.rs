//! X (Twitter): direct messages that are not encrypted, by webhook or by asking.

mod errors;
mod form;
mod inbound;
mod media;
mod oauth1;
mod outbound;
mod setup;
mod simulator;
mod stage;

use crate::kit::{forms, proofs, signatures};
use data_encoding::BASE64;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Poller, Profile, Proof, RawDelivery,
    Receipt, Reject, Reply, SendError, Simulator, Unverified, Verified,
};
use serde_json::json;

pub struct X;

const SIGNATURE: &str = "x-twitter-webhooks-signature";

/// `sha256=` and the base64 HMAC-SHA256 by the consumer secret: of a body, and of the token of a challenge.
fn sign(secret: &str, bytes: &[u8]) -> String {
    format!("sha256={}", BASE64.encode(&signatures::mac_sha256(secret.as_bytes(), &[bytes])))
}

impl Channel for X {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// The challenge-response check (CRC), which X repeats all day: whoever holds the consumer secret can answer.
    fn challenge(&self, account: &Account, raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
        if !raw.method.eq_ignore_ascii_case("GET") {
            return None;
        }
        let query = forms::query(raw);
        let token = forms::first(&query, "crc_token")?;
        Some(match account.settings.secret("consumer_secret") {
            Some(secret) => Ok(Reply::json(&json!({"response_token": sign(secret.reveal(), token.as_bytes())}))),
            None => Err(proofs::unset("The API key secret")),
        })
    }

    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "X sends events with POST."));
        }
        let secret = account.settings.secret("consumer_secret").ok_or_else(|| proofs::unset("The API key secret"))?;
        let given = proofs::header(raw, SIGNATURE)?;
        if !proofs::same(&sign(secret.reveal(), &raw.body), given) {
            return Err(proofs::wrong());
        }
        Ok(delivery.accept("x-hmac-sha256"))
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        inbound::addressees(&raw.body)
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(async move { media::fetch(edge, &errors::Caller::of(account)?, reference).await })
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

    /// X wants the app's id and secret in the header of a token request.
    fn client_in_header(&self) -> bool {
        true
    }

    fn poller(&self) -> Option<&dyn Poller> {
        Some(&setup::Setup)
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    fn simulated_person(&self, n: u32) -> String {
        (2_000_000_000 + u64::from(n)).to_string()
    }
}
