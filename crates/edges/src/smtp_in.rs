//! The SMTP listener: takes mail for our own addresses, and answers 250 only after the handler has made it durable.
//!
//! This file holds the contract and the door (how many connections, the way out at shutdown); what is said on one
//! connection is in `smtp_session`. With another [`MailHandler`] the same listener is a sink for tests and the demo.

use crate::smtp_session::Session;
use crate::tls::BoxStream;
use kernel::BoxFuture;
use kernel::clock::Clock;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Whether mail for an address is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RcptVerdict {
    Accept,
    /// Our domain, but nobody by that name: 550 5.1.1.
    Unknown,
    /// Not our domain; we relay for nobody: 550 5.7.1.
    NotOurs,
    /// We cannot tell now: 451, the sender comes back.
    TemporarilyUnavailable,
}

/// One mail as it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// `None` is the empty return path `<>` of bounces.
    pub envelope_from: Option<String>,
    pub envelope_to: Vec<String>,
    pub peer: SocketAddr,
    /// The name the peer greeted with; it can claim anything.
    pub helo: String,
    pub tls: bool,
    /// The message, our `Received:` line first.
    pub data: Vec<u8>,
}

/// Why a mail is not taken; the words go to the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailRefusal {
    Temporary(String),
    Permanent(String),
}

pub trait MailHandler: Send + Sync {
    fn recipient<'a>(&'a self, rcpt: &'a str) -> BoxFuture<'a, RcptVerdict>;
    /// Resolves `Ok` with the id under which the mail is queued, once it is durable.
    fn accept(&self, mail: ReceivedMail) -> BoxFuture<'_, Result<String, MailRefusal>>;
}

#[derive(Clone)]
pub struct SmtpIn {
    /// Our name in the greeting and in `Received:`.
    pub hostname: String,
    pub max_message_bytes: usize,
    pub max_recipients: usize,
    pub max_connections: usize,
    pub max_connections_per_peer: usize,
    /// For one whole command line, however slowly it drips, and for the writing of an answer.
    pub command_timeout: Duration,
    /// Between two pieces of a message.
    pub data_timeout: Duration,
    /// For one whole message.
    pub message_timeout: Duration,
    /// How long running sessions may go on after shutdown.
    pub grace: Duration,
    /// STARTTLS is offered when there is one.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    pub clock: Arc<dyn Clock>,
}

impl SmtpIn {
    pub fn new(hostname: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            hostname: hostname.into(),
            max_message_bytes: 45 << 20,
            max_recipients: 100,
            max_connections: 200,
            max_connections_per_peer: 20,
            command_timeout: Duration::from_secs(120),
            data_timeout: Duration::from_secs(60),
            message_timeout: Duration::from_secs(600),
            grace: Duration::from_secs(15),
            tls: None,
            clock,
        }
    }
}

/// Serves until `shutdown`; then sessions finish the mail they are in, hear 421, and this returns.
pub async fn serve(listener: TcpListener, options: SmtpIn, handler: Arc<dyn MailHandler>, shutdown: impl Future<Output = ()>) {
    let options = Arc::new(options);
    let peers = Peers::default();
    let (stop, stopping) = watch::channel(false);
    let mut sessions = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = sessions.join_next() => report(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let place = peers.enter(peer.ip(), sessions.len(), &options);
                    let (options, handler, stopping) = (options.clone(), handler.clone(), stopping.clone());
                    sessions.spawn(async move {
                        match place {
                            Some(_place) => Session::run(Box::new(stream) as BoxStream, peer, options, handler, stopping).await,
                            None => turn_away(stream, &options).await,
                        }
                    });
                }
                Err(error) => {
                    // Out of file handles, mostly: those in use will be given back.
                    tracing::warn!(%error, "The mail listener cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    drop(listener);
    stop.send(true).ok();
    let finished = tokio::time::timeout(options.grace, async {
        while let Some(ended) = sessions.join_next().await {
            report(ended);
        }
    });
    if finished.await.is_err() {
        tracing::warn!(sessions = sessions.len(), "Mail sessions were cut off at shutdown");
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended.map_err(|e| e.to_string()) {
        tracing::error!(error, "A mail session failed");
    }
}

async fn turn_away(mut stream: TcpStream, options: &SmtpIn) {
    let line = format!("421 4.7.0 {} Too many connections, try again later\r\n", options.hostname);
    tokio::time::timeout(Duration::from_secs(5), stream.write_all(line.as_bytes())).await.ok();
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A place at the door, given back on drop.
struct Place(Peers, IpAddr);

impl Peers {
    fn enter(&self, peer: IpAddr, all: usize, options: &SmtpIn) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_insert(0);
        if all >= options.max_connections || *count >= options.max_connections_per_peer {
            if *count == 0 {
                counts.remove(&peer);
            }
            return None;
        }
        *count += 1;
        Some(Place(self.clone(), peer))
    }
}
impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
