//! Facebook Messenger: the conversations of a Page.

mod form;
mod setup;
mod simulator;

use crate::kit::calls::{needed, needed_secret};
use crate::kit::meta::{self, messaging, sending};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Place, Profile, Proof, RawDelivery, Receipt,
    Reject, Reply, SendError, Simulator, Unverified, Verified,
};
use sending::{Line, Rules};

pub struct Messenger;

const RULES: Rules = Rules { name: "Messenger", text_chars: 2_000, text_bytes: 0, page: true };

/// Where this Page's calls go. A pasted or chosen Page token is used before the one of the login.
fn line(account: &Account) -> Result<Line, SendError> {
    let token = match account.settings.secret("page_token") {
        Some(token) => token,
        None => needed_secret(account, "access_token", "The Page access token")?,
    };
    let id = needed(account, "page_id", "The Page ID")?.to_owned();
    Ok(Line { base: meta::base(account, meta::FACEBOOK), id, token, rules: RULES })
}

impl Channel for Messenger {
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
        messaging::parse(account, messaging::MESSENGER, &delivery.raw().body)
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

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Pages)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    /// A Page-scoped id.
    fn simulated_person(&self, n: u32) -> String {
        format!("12544777{n:08}")
    }
}
