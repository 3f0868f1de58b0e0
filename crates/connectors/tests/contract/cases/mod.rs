//! What the contract has to know of each channel to put it to the test: one file and one line for each.

mod api;
mod gmail;
mod graph;
mod graph_polling;
mod form;
mod instagram;
mod line;
mod linkedin;
mod messenger;
mod ses;
mod sms_gateway;
mod mailgun;
mod postmark;
mod sendgrid;
mod discord;
mod slack;
mod respondio;
mod phone;
mod smtp;
mod telegram;
mod twilio;
mod twilio_whatsapp;
mod viber;
mod webchat;
mod whatsapp;
mod x;

use crate::fakes::Answer;
use kernel::channel::*;
use kernel::dial::DialError;
use kernel::time::Millis;
use serde_json::Value;

/// Every case, by the channel's id.
pub static CASES: &[&Case] = &[
    &smtp::CASE,
    &webchat::CASE,
    &api::CASE,
    &whatsapp::CASE,
    &messenger::CASE,
    &instagram::CASE,
    &telegram::CASE,
    &line::CASE,
    &viber::CASE,
    &twilio::CASE,
    &twilio_whatsapp::CASE,
    &ses::CASE,
    &gmail::CASE,
    &graph::CASE,
    &sms_gateway::CASE,
    &sendgrid::CASE,
    &mailgun::CASE,
    &slack::CASE,
    &respondio::CASE,
    &postmark::CASE,
    &discord::CASE,
    &linkedin::CASE,
    &x::CASE,
    &phone::CASE,
    &form::CASE,
];

pub struct Case {
    /// The channel's id.
    pub id: &'static str,
    /// Its folder below `src/channels`.
    pub folder: &'static str,
    /// The connect form filled in. Every secret contains `TOPSECRET` where the provider's format allows it.
    pub form: fn() -> Value,
    /// A genuine delivery with the bytes of this fixture, signed as the provider signs at [`crate::fakes::NOW`].
    pub deliver: fn(&Account, &str, Vec<u8>) -> RawDelivery,
    /// The bytes that [`Channel::keys_url`] leads to.
    pub keys: fn() -> Option<Vec<u8>>,
    /// Deliveries that are not genuine, each with the code of its refusal. `genuine` is what the simulator made.
    pub forgeries: fn(&Account, &RawDelivery) -> Vec<Forgery>,
    /// What the provider may answer to a send, and what follows from it.
    pub answers: fn() -> Vec<(&'static str, Told, Verdict)>,
    /// Account settings under which the health check has to fail whatever the provider says; and answers that make it fail.
    pub ill: fn() -> Vec<Told>,
    /// Tests of its own: published vectors, formats, steps.
    pub more: fn(&'static dyn Channel),
}

pub struct Forgery {
    pub what: &'static str,
    pub raw: RawDelivery,
    pub now: Millis,
    pub code: &'static str,
}
impl Forgery {
    pub fn new(what: &'static str, raw: RawDelivery, code: &'static str) -> Self {
        Self { what, raw, now: crate::fakes::NOW, code }
    }
}

/// What the outside answers to each request of a send.
pub enum Told {
    Http(Answer),
    Smtp(Result<String, DialError>),
}

/// The class of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Sent,
    /// `None`: any time.
    Retry(Option<Millis>),
    Account,
    /// With its code.
    Policy(&'static str),
    Permanent,
    Uncertain,
}
impl Verdict {
    pub fn fits(&self, result: &Result<Receipt, SendError>) -> bool {
        match (self, result) {
            (Self::Sent, Ok(_)) | (Self::Account, Err(SendError::Account { .. })) | (Self::Permanent, Err(SendError::Permanent { .. })) => {
                true
            }
            (Self::Uncertain, Err(SendError::Uncertain { .. })) => true,
            (Self::Retry(wait), Err(SendError::Retry { after_ms, .. })) => wait.is_none() || wait == after_ms,
            (Self::Policy(code), Err(SendError::Policy { code: got, .. })) => code == got,
            _ => false,
        }
    }
}

pub fn of(id: &str) -> &'static Case {
    CASES.iter().copied().find(|c| c.id == id).unwrap_or_else(|| panic!("write tests/contract/cases/{id}.rs for this channel"))
}

/// The answers that mean the same with every HTTP provider. `Uncertain` is what an answer that never came means there.
pub fn common_http(ok_body: &'static str, lost: Verdict) -> Vec<(&'static str, Told, Verdict)> {
    use crate::fakes::http;
    use kernel::http::HttpError;
    vec![
        ("taken", Told::Http(http(200, &[], ok_body)), Verdict::Sent),
        ("a gateway's page", Told::Http(http(502, &[], "<html>Bad Gateway</html>")), Verdict::Retry(None)),
        ("not found", Told::Http(http(404, &[], "")), Verdict::Permanent),
        ("too many", Told::Http(http(429, &[("Retry-After", "30")], "")), Verdict::Retry(Some(30_000))),
        ("outage", Told::Http(http(500, &[], "")), Verdict::Retry(None)),
        ("timeout", Told::Http(Err(HttpError::Uncertain("timeout".into()))), lost),
        ("no connection", Told::Http(Err(HttpError::Connect("refused".into()))), Verdict::Retry(None)),
        ("an address that is not allowed", Told::Http(Err(HttpError::Refused("private".into()))), Verdict::Account),
    ]
}
