//! The contract of a connector: describe yourself, verify, parse, send, report health; and what some can do besides.
//!
//! A connector is stateless. It sees no SQL and no web framework: deliveries come in as [`Unverified`],
//! the network comes in as [`Edge`]. What a provider sent cannot be parsed before it was verified, because
//! [`Channel::parse`] takes a [`Verified`] and only a verification makes one.

mod account;
mod delivery;
mod descriptor;
mod follower;
mod inbound;
mod outbound;
mod simulator;

pub use account::*;
pub use delivery::*;
pub use descriptor::*;
pub use follower::*;
pub use inbound::*;
pub use outbound::*;
pub use simulator::*;

use crate::BoxFuture;
use crate::time::Millis;
use serde_json::{Map, Value};

/// A connector.
pub trait Channel: Send + Sync {
    fn descriptor(&self) -> &'static Descriptor;

    // ---- in ----

    /// Answered at once, before anything is verified or stored: only for challenges that carry nothing (`hub.challenge`).
    /// A challenge that does not prove itself gets `Some(Err(…))`.
    fn challenge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
        None
    }
    /// Where the keys are that this delivery was signed with, when they are not in the settings. The connector has checked that
    /// the host is the provider's. The server fetches and keeps them for a while.
    fn keys_url(&self, _account: &Account, _raw: &RawDelivery) -> Option<String> {
        None
    }
    /// Proves that a delivery is genuine.
    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject>;
    /// Answered instead of being stored: handshakes that had to be verified first (`url_verification`, PING).
    fn handshake(&self, _account: &Account, _delivery: &Verified) -> Option<Reply> {
        None
    }
    /// What is answered when the delivery is stored; `None` is our own receipt as JSON.
    fn acknowledge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        None
    }
    /// Outside names of the accounts that a delivery speaks of, where one address serves several (one app, many numbers).
    /// Each that is connected here gets the delivery, once its own proof holds; `parse` takes only what is for its account.
    fn addressees(&self, _raw: &RawDelivery) -> Vec<String> {
        Vec::new()
    }
    /// Fed by our SMTP listener: mail whose envelope names the account's identifier (or a `+` form of it) is delivered with the
    /// method `SMTP` and the headers `envelope-from` and `envelope-to`.
    fn fed_by_mail(&self) -> bool {
        false
    }
    /// Whether this account is; one that fetches its mail elsewhere is not.
    fn takes_mail(&self, _account: &Account) -> bool {
        self.fed_by_mail()
    }
    /// Pure: the same bytes always give the same result.
    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError>;
    /// A file that [`FileSource::Provider`] named, or the content behind an [`Inbound::Fetch`].
    fn fetch<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(std::future::ready(Err(SendError::Permanent { detail: "This channel has no files to fetch.".into() })))
    }

    // ---- out ----

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>>;
    /// The small acts that the capabilities promise (typing, mark_read, reactions, edits, deletes).
    fn act<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _place: &'a Place, _act: &'a Act) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(std::future::ready(Err(SendError::Permanent { detail: "This channel cannot do that.".into() })))
    }
    /// The external id of a message of ours, chosen before it leaves so that answers find it even if the receipt is lost.
    fn outgoing_id(&self, _account: &Account, message: crate::MessageId, _conversation: crate::ConversationId) -> String {
        message.to_string()
    }
    /// A send with the same key is harmless: the provider keeps our key, or there is no provider.
    fn repeats_safely(&self) -> bool {
        false
    }

    /// When after a send to ask what became of it, in milliseconds, where the provider does not report by itself; empty where it does.
    fn asks_after(&self) -> &'static [Millis] {
        &[]
    }
    /// What became of a message of ours; `None` when the provider says nothing of it.
    fn status<'a>(
        &'a self,
        _edge: Edge<'a>,
        _account: &'a Account,
        _place: &'a Place,
        _external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<StatusReport>, SendError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    // ---- around ----

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health>;
    /// The same in steps, for whoever tries the channel by hand.
    fn steps<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Vec<Tried>> {
        Box::pin(async move {
            let (ok, detail) = match self.health(edge, account).await {
                Health::Ok { detail } => (true, detail),
                Health::Broken { detail } => (false, detail),
            };
            vec![Tried { step: "credentials", ok, detail }]
        })
    }
    /// Who the person is (name, address, picture), asked of the provider when only an id came.
    fn profile<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _handle: &'a str) -> BoxFuture<'a, Option<Profile>> {
        Box::pin(std::future::ready(None))
    }
    /// New credentials in place of ones that run out, where the provider has its own way for it (refresh tokens of RFC 6749 are the
    /// server's). Asked for once a day or so; gives the settings that changed, or `None` when nothing is due yet.
    fn renew<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account) -> BoxFuture<'a, Result<Option<Map<String, Value>>, SendError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// The connect button's token requests carry our application's id and secret in the `Authorization` header (RFC 6749 §2.3.1),
    /// not in the form.
    fn client_in_header(&self) -> bool {
        false
    }
    fn templates(&self) -> Option<&dyn Templates> {
        None
    }
    /// Fetches by asking, where the provider does not push.
    fn poller(&self) -> Option<&dyn Poller> {
        None
    }
    /// Keeps a connection open over which events come.
    fn gateway(&self) -> Option<&dyn Gateway> {
        None
    }
    /// Keeps connections of its own protocol open and fetches over them.
    fn follower(&self) -> Option<&dyn Follower> {
        None
    }
    /// Can set itself up at the provider: list what the credentials reach, and register our webhook address.
    fn installer(&self) -> Option<&dyn Installer> {
        None
    }
    /// The simulator, where the connector has one (all of ours do).
    fn simulator(&self) -> Option<&dyn Simulator> {
        None
    }
    /// A customer's id as this provider spells them, the same for the same number.
    fn simulated_person(&self, n: u32) -> String {
        format!("person-{n}@customer.example")
    }
}

/// A file that was fetched from a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// When the provider names it better than the message did.
    pub name: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Vec<u8>,
}

/// Who a person is, as the provider says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub name: Option<String>,
    /// Addresses and numbers that the provider vouches for.
    pub handles: Vec<Handle>,
    pub picture_url: Option<String>,
    pub language: Option<String>,
}

/// Approved templates at the provider.
pub trait Templates: Send + Sync {
    /// All of them; the connector pages through.
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Template>, SendError>>;
    fn create<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<Template, SendError>>;
    fn delete<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<(), SendError>>;
}

/// What one round of asking brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Polled {
    /// Each is journalled and parsed like a webhook's delivery; their method is `POLL`.
    pub deliveries: Vec<RawDelivery>,
    /// Where to go on; stored once the deliveries are durable.
    pub cursor: Option<String>,
    /// More waits: ask again at once.
    pub more: bool,
}

pub trait Poller: Send + Sync {
    /// How often to ask, in milliseconds; `None` when this account is fed another way (a webhook is set).
    fn every(&self, account: &Account) -> Option<Millis>;
    fn poll<'a>(&'a self, edge: Edge<'a>, account: &'a Account, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Polled, SendError>>;
}

/// What a gateway connection wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send this text frame.
    Say(String),
    /// Journal this; its method is `GATEWAY`.
    Deliver(Box<RawDelivery>),
    /// Call [`Gateway::beat`] every so many milliseconds, the first time after `first_ms`.
    Beat { first_ms: Millis, every_ms: Millis },
    /// Close and open again, after a while.
    Reconnect { after_ms: Millis },
    /// Close for good; the account is broken, with these words.
    Stop { detail: String },
}

/// A connection that the server keeps open (WebSocket, text frames). The connector is a pure state machine: `state` is its own
/// and is stored, so that a session resumes after a restart.
pub trait Gateway: Send + Sync {
    /// The address to connect to, by `state`.
    fn open<'a>(&'a self, edge: Edge<'a>, account: &'a Account, state: &'a Map<String, Value>) -> BoxFuture<'a, Result<String, SendError>>;
    fn frame(&self, account: &Account, state: &mut Map<String, Value>, text: &str, now: Millis) -> Vec<Step>;
    fn beat(&self, account: &Account, state: &mut Map<String, Value>) -> Vec<Step>;
    /// The connection ended with this close code, if any.
    fn closed(&self, account: &Account, state: &mut Map<String, Value>, code: Option<u16>) -> Vec<Step>;
}

/// Something that the credentials reach: a number, a page, a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Reach {
    /// Value for the identifier field.
    pub id: String,
    pub name: String,
    /// The webhook address it has now, if the provider says.
    pub webhook: Option<String>,
    /// Settings that choosing it fills in.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
}

pub trait Installer: Send + Sync {
    /// What these credentials reach; the form offers it for choosing. Works before the account is complete.
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>>;
    /// Registers our webhook address for this account; gives words on what was done.
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>>;
}
