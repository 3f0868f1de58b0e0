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
    let given = match channel.descriptor().id {
        "smtp" => {
            json!({"address": "support@acme.example", "smtp_host": "mail.acme.example", "smtp_username": "u", "smtp_password": "TOPSECRET-password", "signature": "Acme Support\n<acme.example>", "display_name": "Acme Support"})
        }
        "api" => json!({"public_name": "shop", "secret": "TOPSECRET-secret", "webhook_url": "https://program.example/hook"}),
        "webchat" => json!({"website_token": "wt", "identity_key": "TOPSECRET-identity", "allowed_domains": ["shop.example"]}),
        other => panic!("say here how an account of {other} is set up"),
    };
    let mut values: Map<String, Value> = kernel::form::check(channel.descriptor().fields, given.as_object().unwrap()).unwrap();
    values.extend(changes.as_object().unwrap().clone());
    let identifier = values[channel.descriptor().identifier_field].as_str().unwrap().to_owned();
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

/// A genuine delivery with this body.
pub fn deliver(account: &Account, body: Vec<u8>) -> RawDelivery {
    let (method, headers) = match account.provider.as_str() {
        "smtp" => ("SMTP", vec![("envelope-to".into(), account.identifier.clone())]),
        "webchat" => ("WIDGET", Vec::new()),
        _ => {
            let secret = account.settings.secret("secret").unwrap();
            ("POST", connectors::kit::signatures::sign_timestamped(secret.reveal(), &body, NOW).to_vec())
        }
    };
    RawDelivery { method: method.into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}

pub fn said() -> Simulated {
    Simulated {
        external_id: "said-1".into(),
        from: "ann@customer.example".into(),
        from_name: Some("Ann Lee".into()),
        subject: Some("Order 1001".into()),
        text: "Where is my order?".into(),
        ..Default::default()
    }
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

pub fn send(channel: &dyn Channel, account: &Account, message: &Outbound, http: FakeHttp, dial: FakeDial) -> Result<Receipt, SendError> {
    run(channel.send(Edge { http: &http, dial: &dial, clock: &CLOCK }, account, message))
}
pub fn health(channel: &dyn Channel, account: &Account, http: FakeHttp, dial: FakeDial) -> Health {
    run(channel.health(Edge { http: &http, dial: &dial, clock: &CLOCK }, account))
}
