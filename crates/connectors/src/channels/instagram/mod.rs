//! Instagram: the direct messages of a professional account, by either of its two logins.

mod form;
mod setup;
mod simulator;

use crate::kit::calls::{base_url, needed, needed_secret};
use crate::kit::meta::{self, messaging, sending};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Place, Profile, Proof, RawDelivery, Receipt,
    Reject, Reply, SendError, Simulator, Unverified, Verified,
};
use sending::{Line, Rules};
use serde_json::{Map, Value};

pub struct Instagram;

const RULES: Rules = Rules { name: "Instagram", text_chars: 1_000, text_bytes: 1_000, page: false };

/// Connected through the Facebook Page that the account is linked to, instead of by Instagram itself.
fn by_facebook(account: &Account) -> bool {
    account.settings.text("login") == Some("facebook")
}

/// The two logins have different hosts. The form offers Instagram's; it is no wish for it when the login is Facebook's.
fn base(account: &Account) -> String {
    let set = base_url(account, meta::INSTAGRAM);
    if by_facebook(account) && set == meta::INSTAGRAM { meta::FACEBOOK.to_owned() } else { meta::with_version(set) }
}

/// Where this account's calls go: to itself, or to the Page it is linked to.
fn line(account: &Account) -> Result<Line, SendError> {
    let token = needed_secret(account, "access_token", "The access token")?;
    let id = if by_facebook(account) {
        needed(account, "page_id", "The Page ID")?
    } else {
        needed(account, "instagram_id", "The Instagram account ID")?
    };
    Ok(Line { base: base(account), id: id.to_owned(), token, rules: RULES })
}

impl Channel for Instagram {
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
        messaging::addressees(&raw.body)
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        if meta::callbacks::is_one(delivery.raw()) {
            return Ok(meta::callbacks::parse(account, delivery.raw()));
        }
        messaging::parse(account, messaging::INSTAGRAM_DIRECT, &delivery.raw().body)
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move { sending::send(edge, account, &line(account)?, message).await })
    }

    fn act<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a Place, act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { sending::act(edge, account, &line(account)?, place, act).await })
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::health(edge, account))
    }

    fn profile<'a>(&'a self, edge: Edge<'a>, account: &'a Account, handle: &'a str) -> BoxFuture<'a, Option<Profile>> {
        Box::pin(setup::profile(edge, account, handle))
    }

    fn renew<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Option<Map<String, Value>>, SendError>> {
        Box::pin(setup::renew(edge, account))
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Accounts)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    /// An Instagram-scoped id.
    fn simulated_person(&self, n: u32) -> String {
        format!("5268000{n:08}")
    }
}
