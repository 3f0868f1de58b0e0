//! The other outgoing edge: guarded connections that are not a single HTTP exchange: SMTP submission, WebSockets, byte streams.

use crate::{BoxFuture, Secret};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Plain text; only to loopback or an address allowed by configuration.
    None,
    StartTls,
    Tls,
}

/// The same for connections of any kind.
pub type Security = SmtpSecurity;

#[derive(Debug, Clone)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
    /// An access token (SASL XOAUTH2, OAUTHBEARER), used instead of the password.
    pub bearer: Option<Secret<String>>,
}

#[derive(Debug, Clone)]
pub struct Envelope {
    /// `None` is the empty return path `<>`.
    pub from: Option<String>,
    pub to: Vec<String>,
    /// Word is wanted when it has arrived, where the server can give it (RFC 3461).
    pub report_arrival: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialError {
    /// The address is not allowed; nothing was sent.
    Refused(String),
    /// No connection, TLS or greeting; nothing was sent.
    Connect(String),
    /// The server answered with an error code, e.g. `550 5.1.1 No such user`.
    Answer { code: u16, text: String },
    /// The connection ended after the message was written and before it was answered.
    Uncertain(String),
}

/// What came over a connection that is kept open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    /// It ended, with this close code (RFC 6455 §7.4) if one was given.
    Closed(Option<u16>),
}

/// A WebSocket connection (RFC 6455), text frames only. Pings are answered underneath.
pub trait Line: Send {
    fn receive(&mut self) -> BoxFuture<'_, Frame>;
    fn say(&mut self, text: String) -> BoxFuture<'_, Result<(), DialError>>;
}

/// Where a byte stream goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamTo {
    pub host: String,
    pub port: u16,
    /// With `StartTls` it begins in plain text and [`Stream::encrypt`] follows before anything that is secret.
    pub security: Security,
}

/// What a wait for bytes came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// At least one.
    Bytes(Vec<u8>),
    /// None in the time given; the connection stands.
    Silence,
    /// It is over, with the reason.
    Ended(String),
}

/// A guarded connection for a protocol that a connector speaks itself (IMAP).
pub trait Stream: Send {
    /// Nothing is lost when the future is dropped while it waits.
    fn hear(&mut self, wait_ms: u64) -> BoxFuture<'_, Heard>;
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), DialError>>;
    /// From here on encrypted. What was heard and not read before is refused: it came unprotected.
    fn encrypt(&mut self) -> BoxFuture<'_, Result<(), DialError>>;
}

pub trait Dial: Send + Sync {
    /// Opens a byte stream through the guard. Plain text only to addresses that the configuration allows.
    fn stream<'a>(&'a self, _to: &'a StreamTo) -> BoxFuture<'a, Result<Box<dyn Stream>, DialError>> {
        Box::pin(std::future::ready(Err(DialError::Refused("streams are not opened here".into()))))
    }
    /// Opens a WebSocket through the guard.
    fn websocket<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Box<dyn Line>, DialError>> {
        Box::pin(std::future::ready(Err(DialError::Refused("connections are not kept open here".into()))))
    }
    /// Submits one message (RFC 6409); returns the server's final answer line.
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>>;
    /// Connects, greets and signs in without sending anything.
    fn smtp_check<'a>(&'a self, server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>>;
}

/// What is said to sign in with an access token (SASL XOAUTH2, as Google and Microsoft describe it), before base64.
pub fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}
/// The same by RFC 7628.
pub fn oauthbearer(user: &str, host: &str, port: u16, token: &str) -> String {
    // In a GS2 header `,` and `=` stand for themselves only when escaped (RFC 5801).
    let user = user.replace('=', "=3D").replace(',', "=2C");
    format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
}
