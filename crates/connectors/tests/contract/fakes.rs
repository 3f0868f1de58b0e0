//! Accounts, a clock, and providers that answer what they are told to.

use kernel::channel::*;
use kernel::clock::Clock;
use kernel::dial::{Dial, DialError, Envelope, SmtpServer};
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use kernel::message::Address;
use kernel::time::Millis;
use kernel::{BoxFuture, ChannelId, ConversationId, MessageId, Secret};
use serde_json::{Map, Value, json};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// 2026-11-21T07:00:00Z
pub const NOW: Millis = 1_795_244_400_000;
pub struct StillClock;
pub static CLOCK: StillClock = StillClock;
impl Clock for StillClock {
    fn now(&self) -> Millis {
        NOW
    }
}

pub fn id(n: u8) -> [u8; 16] {
    let mut bytes = [0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
    bytes[15] = n;
    bytes
}
pub fn conversation() -> ConversationId {
    ConversationId::from_slice(&id(1)).unwrap()
}
pub fn message_id() -> String {
    connectors::kit::message_ids::make(MessageId::from_slice(&id(3)).unwrap(), conversation(), "acme.example")
}

pub fn account(channel: &dyn Channel) -> Account {
    account_with(channel, json!({}))
}

/// An account as if saved with the form; `changes` win.
pub fn account_with(channel: &dyn Channel, changes: Value) -> Account {
    let given = (crate::cases::of(channel.descriptor().id).form)();
    let mut values: Map<String, Value> = kernel::form::check(channel.descriptor().fields, given.as_object().unwrap()).unwrap();
    values.extend(changes.as_object().unwrap().clone());
    let identifier = values[channel.descriptor().identifier_field].as_str().unwrap().to_lowercase();
    Account {
        id: ChannelId::from_slice(&id(2)).unwrap(),
        provider: channel.descriptor().id.into(),
        name: "Test".into(),
        identifier,
        settings: Settings::new(values),
        public_url: "https://inbox.acme.example".into(),
        mac_key: Secret::new(vec![7; 32]),
    }
}

/// A genuine delivery with this body, as the fixture of that name would come.
pub fn deliver(account: &Account, name: &str, body: Vec<u8>) -> RawDelivery {
    (crate::cases::of(&account.provider).deliver)(account, name, body)
}

/// Proves a delivery with whatever keys the case provides.
pub fn prove(channel: &dyn Channel, account: &Account, raw: RawDelivery, now: Millis) -> Result<Verified, Reject> {
    let keys = (crate::cases::of(channel.descriptor().id).keys)();
    channel.verify(account, Unverified::new(raw), Proof { now, keys: keys.as_deref() })
}

pub fn said(channel: &dyn Channel) -> Simulated {
    Simulated {
        external_id: "said-1".into(),
        from: channel.simulated_person(1),
        from_name: Some("Ann Lee".into()),
        subject: Some("Order 1001".into()),
        text: "Where is my order?".into(),
        ..Default::default()
    }
}

/// A reply to [`said`], as this channel would be given it.
pub fn outbound_for(channel: &dyn Channel) -> Outbound {
    let mut message = outbound();
    message.to = vec![Address { name: Some("Ann Lee".into()), address: channel.simulated_person(1) }];
    if channel.descriptor().capabilities.continuous {
        message.thread_key = Some(channel.simulated_person(1));
    }
    message.last_inbound_at = Some(NOW - 60_000);
    message
}

pub fn outbound() -> Outbound {
    Outbound {
        message_id: "msg_1".into(),
        conversation_id: conversation(),
        conversation_number: 42,
        sender_name: Some("Zoë".into()),
        to: vec![Address { name: Some("Ann Lee".into()), address: "ann@customer.example".into() }],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: Some("Re: Order 1001".into()),
        text: "It left our house on Friday.".into(),
        html: None,
        files: Vec::new(),
        external_id: message_id(),
        in_reply_to: Some("CAF-1@mail.customer.example".into()),
        references: vec!["first@customer.example".into()],
        thread_key: None,
        automatic: false,
        created_at: NOW,
        attempt: 1,
        template: None,
        buttons: Vec::new(),
        last_inbound_at: None,
        last_inbound_id: None,
        last_inbound_metadata: Map::new(),
    }
}

pub type Answer = Result<HttpResponse, HttpError>;
pub fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Ok(HttpResponse { status, headers, body: body.as_bytes().to_vec() })
}

pub struct FakeHttp(pub Answer);
impl HttpClient for FakeHttp {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(std::future::ready(self.0.clone()))
    }
}

/// Answers one request after the other from a list of (method, part of the address, answer), and keeps what it was asked.
pub struct Script {
    pub left: Mutex<Vec<(&'static str, &'static str, Answer)>>,
    pub asked: Mutex<Vec<HttpRequest>>,
}
impl Script {
    pub fn new(answers: Vec<(&'static str, &'static str, Answer)>) -> Self {
        Self { left: Mutex::new(answers), asked: Mutex::default() }
    }
    /// The requests in order; fails unless every answer was used.
    pub fn done(self) -> Vec<HttpRequest> {
        let left = self.left.into_inner().unwrap();
        assert!(left.is_empty(), "not asked for: {:?}", left.iter().map(|l| (l.0, l.1)).collect::<Vec<_>>());
        self.asked.into_inner().unwrap()
    }
}
impl HttpClient for Script {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        let mut left = self.left.lock().unwrap();
        assert!(!left.is_empty(), "one request too many: {} {}", request.method, request.url);
        let (method, part, answer) = left.remove(0);
        assert!(request.method == method && request.url.contains(part), "{} {} instead of {method} {part}", request.method, request.url);
        self.asked.lock().unwrap().push(request);
        Box::pin(std::future::ready(answer))
    }
}

/// The provider as the channel's simulator plays it; keeps what customers saw.
pub struct Played<'a> {
    pub channel: &'a dyn Channel,
    pub account: &'a Account,
    pub fault: Option<Fault>,
    pub seen: Mutex<Vec<Seen>>,
    pub asked: Mutex<Vec<HttpRequest>>,
}
impl<'a> Played<'a> {
    pub fn new(channel: &'a dyn Channel, account: &'a Account) -> Self {
        Self { channel, account, fault: None, seen: Mutex::default(), asked: Mutex::default() }
    }
}
impl HttpClient for Played<'_> {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        let simulator = self.channel.simulator().unwrap();
        if let Some(fault) = self.fault {
            return Box::pin(std::future::ready(Ok(simulator.fault(fault))));
        }
        let serial = self.asked.lock().unwrap().len() as u64 + 1;
        let base = self.account.settings.text("base_url").unwrap_or_default().trim_end_matches('/').to_owned();
        assert!(!base.is_empty() && request.url.starts_with(&base), "{} does not go to the account's base_url", request.url);
        let below = HttpRequest { url: request.url[base.len()..].to_owned(), ..request.clone() };
        self.asked.lock().unwrap().push(request);
        let answered = simulator.provider(self.account, &below, serial, NOW);
        self.seen.lock().unwrap().extend(answered.seen);
        Box::pin(std::future::ready(Ok(answered.response)))
    }
}

/// Keeps the last request and answers 200.
#[derive(Default)]
pub struct Recorder(Mutex<Option<HttpRequest>>);
impl Recorder {
    pub fn last(&self) -> HttpRequest {
        self.0.lock().unwrap().clone().unwrap()
    }
}
impl HttpClient for Recorder {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        *self.0.lock().unwrap() = Some(request);
        Box::pin(std::future::ready(http(200, &[], "{}")))
    }
}

/// A mail server that says one thing and keeps what it was given.
pub struct FakeDial {
    answer: Result<String, DialError>,
    pub taken: Mutex<Vec<(Envelope, Vec<u8>)>>,
}
impl FakeDial {
    pub fn fine() -> Self {
        Self::saying(Ok("250 2.0.0 Ok".into()))
    }
    pub fn saying(answer: Result<String, DialError>) -> Self {
        Self { answer, taken: Mutex::default() }
    }
}
impl Dial for FakeDial {
    fn smtp<'a>(&'a self, _server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>> {
        self.taken.lock().unwrap().push((envelope.clone(), message.to_vec()));
        Box::pin(std::future::ready(self.answer.clone()))
    }
    fn smtp_check<'a>(&'a self, _server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>> {
        Box::pin(std::future::ready(self.answer.clone().map(|_| ())))
    }
}

/// Polls a future of fakes, which never waits, to its end.
pub fn run<T>(future: BoxFuture<'_, T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a connector waited for something that is not its edge"),
    }
}

pub fn edge<'a>(http: &'a dyn HttpClient, dial: &'a dyn Dial) -> Edge<'a> {
    Edge { http, dial, clock: &CLOCK }
}
pub fn send(channel: &dyn Channel, account: &Account, message: &Outbound, http: FakeHttp, dial: FakeDial) -> Result<Receipt, SendError> {
    run(channel.send(Edge { http: &http, dial: &dial, clock: &CLOCK }, account, message))
}
pub fn health(channel: &dyn Channel, account: &Account, http: FakeHttp, dial: FakeDial) -> Health {
    run(channel.health(Edge { http: &http, dial: &dial, clock: &CLOCK }, account))
}
