//! respond.io: a hub with channels of its own, read along by webhooks and answered through its Developer API v2.
//!
//! Two families of webhooks arrive at the same address: the one the provider really sends (`inbound`, by `event_type`) and a nested
//! one by `event` (`nested`). `content` reads what a message says, `facts` the small values that both share.

mod content;
mod facts;
mod form;
mod inbound;
mod nested;
mod outbound;
mod provider;
mod setup;
mod simulator;
mod templates;

use crate::kit::proofs;
use crate::kit::signatures::{check_base64, check_hex};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Outbound, ParseError, Place, Profile, Proof, RawDelivery, Receipt,
    Reject, SendError, Simulator, StatusReport, Templates, Unverified, Verified,
};
use kernel::time::{HOUR, MINUTE, Millis, SECOND};

/// The header respond.io signs with.
pub const SIGNATURE_HEADER: &str = "x-webhook-signature";
/// What others that speak its language use.
const OTHER_HEADERS: [&str; 2] = ["x-respond-signature", "x-signature"];

pub struct Respondio;

impl Channel for Respondio {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// HMAC-SHA256 of the raw body by one of the account's signing keys. There is no time in it: what comes twice is known by its id.
    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if !raw.method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Webhooks are posted."));
        }
        let keys = account.settings.secret("signing_keys").ok_or_else(|| proofs::unset("The signing keys"))?;
        let keys: Vec<&str> = keys.reveal().split([' ', ',', ';', '\n', '\r', '\t']).filter(|k| !k.is_empty()).collect();
        if keys.is_empty() {
            return Err(proofs::unset("The signing keys"));
        }
        let given = signature(account, raw).ok_or_else(|| proofs::missing("X-Webhook-Signature"))?;
        let given = given.strip_prefix("sha256=").unwrap_or(given);
        // Every key is tried, so that the time does not tell which one fits.
        let fits = keys.iter().fold(false, |fits, key| fits | signed_by(key, &raw.body, given));
        if fits { Ok(delivery.accept("hmac-sha256")) } else { Err(proofs::wrong()) }
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, &delivery.raw().body)
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(setup::fetch(edge, account, reference))
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

    /// respond.io sends no reports: it is asked.
    fn asks_after(&self) -> &'static [Millis] {
        &[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR]
    }

    fn status<'a>(
        &'a self,
        edge: Edge<'a>,
        account: &'a Account,
        place: &'a Place,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<StatusReport>, SendError>> {
        Box::pin(setup::status(edge, account, place, external_id))
    }

    fn templates(&self) -> Option<&dyn Templates> {
        Some(&templates::InSpace)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    /// A contact id: a number.
    fn simulated_person(&self, n: u32) -> String {
        format!("20421{n:04}")
    }
}

fn signature<'a>(account: &Account, raw: &'a RawDelivery) -> Option<&'a str> {
    let read = |name: &str| raw.header(name).map(str::trim).filter(|v| !v.is_empty());
    let others = account.settings.values().get("other_headers").and_then(|v| v.as_bool()).unwrap_or(true);
    read(SIGNATURE_HEADER).or_else(|| others.then(|| OTHER_HEADERS.into_iter().find_map(read))?)
}

/// Base64 as respond.io writes it, or hex.
fn signed_by(key: &str, body: &[u8], given: &str) -> bool {
    check_base64(key.as_bytes(), &[body], given) | check_hex(key.as_bytes(), &[body], given)
}
