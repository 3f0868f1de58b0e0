//! The other outgoing edge: guarded connections that are not a single HTTP exchange: SMTP submission, WebSockets.

use crate::{BoxFuture, Secret};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Plain text; only to loopback or an address allowed by configuration.
    None,
    StartTls,
    Tls,
}

#[derive(Debug, Clone)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
}

#[derive(Debug, Clone)]
pub struct Envelope {
    /// `None` is the empty return path `<>`.
    pub from: Option<String>,
    pub to: Vec<String>,
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

pub trait Dial: Send + Sync {
    /// Opens a WebSocket through the guard.
    fn websocket<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Box<dyn Line>, DialError>> {
        Box::pin(std::future::ready(Err(DialError::Refused("connections are not kept open here".into()))))
    }
    /// Submits one message (RFC 6409); returns the server's final answer line.
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>>;
    /// Connects, greets and signs in without sending anything.
    fn smtp_check<'a>(&'a self, server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>>;
}
