//! The provider and its customers, made of nothing: genuine deliveries in, and the provider's own API for what we send.

use super::{Account, RawDelivery};
use crate::http::{HttpRequest, HttpResponse};
use crate::message::MessageStatus;
use crate::time::Millis;

/// Plays a customer and, where the channel sends over HTTP, the provider's API.
pub trait Simulator: Send + Sync {
    /// Values of the connect form that look like the provider's own, where made-up ones would not do (formats, numbers). `unique` is a
    /// number that no other simulated account has.
    fn settings(&self, _unique: u32) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// A signed delivery in which the customer says something; with `answers`, it answers that external id.
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery;
    /// The same as a request for the webhook address, when the channel is fed over HTTP.
    fn request(&self, _account: &Account, _say: &Simulated, _now: Millis) -> Option<HttpRequest> {
        None
    }
    /// A signed delivery that reports what became of a message we sent (its external id as [`Seen`] gave it).
    /// `None` where the provider reports nothing of that kind.
    fn report(&self, _account: &Account, _external_id: &str, _to: &str, _status: MessageStatus, _now: Millis) -> Option<RawDelivery> {
        None
    }
    /// The provider's answer to one of our requests. The path is the one below the account's `base_url`. It checks what the
    /// provider would check (credentials, required fields) and answers with the provider's own errors.
    /// `serial` is different for each request; ids are made from it.
    fn provider(&self, _account: &Account, _request: &HttpRequest, _serial: u64, _now: Millis) -> Answered {
        Answered { response: HttpResponse { status: 404, headers: Vec::new(), body: Vec::new() }, seen: None }
    }
    /// The provider's answer when a fault is asked for.
    fn fault(&self, fault: Fault) -> HttpResponse {
        let (status, headers, body) = match fault {
            Fault::RateLimit => (429, vec![("retry-after".to_owned(), "2".to_owned())], r#"{"error":"rate limited"}"#),
            Fault::Outage => (503, Vec::new(), "Service Unavailable"),
            Fault::ExpiredToken => (401, Vec::new(), r#"{"error":"token expired"}"#),
        };
        HttpResponse { status, headers, body: body.as_bytes().to_vec() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    RateLimit,
    Outage,
    ExpiredToken,
}

/// What the customer would see of one of our requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// The id the provider gave to it.
    pub external_id: String,
    pub to: String,
    pub text: String,
    /// Names or addresses of files.
    pub files: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Answered {
    pub response: HttpResponse,
    /// Set when the request was a message to a customer.
    pub seen: Option<Seen>,
}
impl Answered {
    pub fn json(status: u16, body: &serde_json::Value, seen: Option<Seen>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { response: HttpResponse { status, headers, body: body.to_string().into_bytes() }, seen }
    }
}

/// A file the customer sends along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedFile {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    /// Where the provider would serve it.
    pub url: String,
}

/// What the customer does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Doing {
    #[default]
    Say,
    /// Reacts to `answers` with the text as the emoji; an empty text takes it back.
    React,
    /// Changes `answers` to the text.
    Edit,
    /// Takes `answers` back.
    Delete,
    /// Has read everything.
    Read,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Simulated {
    pub doing: Doing,
    /// Unique for each thing said.
    pub external_id: String,
    /// Address, number or id of the customer on this channel; [`crate::channel::Channel::simulated_person`] makes one.
    pub from: String,
    pub from_name: Option<String>,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub answers: Option<String>,
    /// Reply token address of the mail that is answered, if any.
    pub to: Option<String>,
    pub files: Vec<SimulatedFile>,
}
