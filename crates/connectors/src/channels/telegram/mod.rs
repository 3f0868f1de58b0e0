//! Telegram bots over the Bot API: updates by webhook or long polling, methods over HTTPS.

mod content;
mod errors;
mod form;
mod ids;
mod inbound;
mod outbound;
mod setup;
mod simulator;
mod stage;

use crate::kit::proofs;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Act, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Place, Poller, Proof, RawDelivery,
    Receipt, Reject, Reply, SendError, Simulator, Unverified, Verified,
};

pub struct Telegram;

/// Carries the secret that was given to `setWebhook`.
const SECRET_HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

impl Channel for Telegram {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// There is no signature over the body: the secret itself comes along, and the connection is TLS.
    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        if !delivery.raw().method.eq_ignore_ascii_case("POST") {
            return Err(Reject::new("transport.wrong", "Telegram sends updates with POST."));
        }
        let Some(secret) = account.settings.secret("webhook_secret") else {
            return Err(proofs::unset("The webhook secret"));
        };
        // Not trimmed: `s-1 ` is not `s-1`.
        let given = delivery.raw().header(SECRET_HEADER).filter(|g| !g.is_empty()).ok_or_else(|| proofs::missing(SECRET_HEADER))?;
        if !proofs::same(given, secret.reveal()) {
            return Err(proofs::wrong());
        }
        Ok(delivery.accept("telegram-secret-token"))
    }

    /// Stops the pressed button's turning: the answer to a delivery may itself be a call, whose result nobody needs here.
    fn acknowledge(&self, _account: &Account, raw: &RawDelivery) -> Option<Reply> {
        let id = inbound::callback_id(&raw.body)?;
        Some(Reply::json(&serde_json::json!({"method": "answerCallbackQuery", "callback_query_id": id})))
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

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(setup::health(edge, account))
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
        (700_000_000 + i64::from(n)).to_string()
    }
}
