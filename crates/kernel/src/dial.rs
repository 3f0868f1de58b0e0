//! The other outgoing edge: sending a finished mail by SMTP submission through a guarded connection.

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

pub trait Dial: Send + Sync {
    /// Submits one message (RFC 6409); returns the server's final answer line.
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>>;
    /// Connects, greets and signs in without sending anything.
    fn smtp_check<'a>(&'a self, server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>>;
}
