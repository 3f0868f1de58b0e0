//! The DNS as mail needs it.

use crate::sign::public_of;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::{DnsError, Error, MessageAuthenticator};
use std::net::SocketAddr;
use std::time::Duration;

/// Asks the system's name servers, or one that was named.
#[derive(Clone)]
pub struct Resolver {
    pub(crate) names: MessageAuthenticator,
    /// Remembers nothing: who has just published a record asks at once.
    fresh: MessageAuthenticator,
}

/// What stands under a name where a key should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    Yes,
    /// Nothing, or something else; in words.
    No(String),
    /// The DNS could not be asked now; in words.
    Unknown(String),
}

impl Resolver {
    /// The name servers of this machine.
    pub fn of_system() -> Result<Self, String> {
        let (config, options) = read_system_conf().map_err(|e| format!("the machine's name servers are not known: {e}"))?;
        Self::new(config, options)
    }

    /// One name server, asked over UDP and TCP.
    pub fn at(server: SocketAddr) -> Result<Self, String> {
        let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
        (udp.port, tcp.port) = (server.port(), server.port());
        let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
        let mut options = ResolverOpts::default();
        (options.timeout, options.attempts) = (Duration::from_secs(3), 2);
        Self::new(ResolverConfig::from_parts(None, Vec::new(), vec![server]), options)
    }

    fn new(config: ResolverConfig, options: ResolverOpts) -> Result<Self, String> {
        let mut forgetful = options.clone();
        forgetful.cache_size = 0;
        let open = |options| MessageAuthenticator::new(config.clone(), options).map_err(|e| e.to_string());
        Ok(Self { names: open(options)?, fresh: open(forgetful)? })
    }

    /// Does the record under `name` hold this public key (base64)?
    pub async fn published(&self, name: &str, public: &str) -> Published {
        let raw = match self.fresh.txt_raw_lookup(format!("{name}.")).await {
            Ok(raw) => String::from_utf8_lossy(&raw).into_owned(),
            Err(Error::Dns(DnsError::RecordNotFound(_))) => return Published::No(format!("There is no TXT record under {name} yet.")),
            Err(e) => return Published::Unknown(format!("The DNS could not be asked: {e}.")),
        };
        match public_of(&raw) {
            Some(there) if there == public => Published::Yes,
            Some(there) if there.is_empty() => Published::No(format!("The record under {name} withdraws the key: its p= is empty.")),
            Some(_) => Published::No(format!("The record under {name} holds another key.")),
            None => Published::No(format!("The record under {name} is no DKIM key: it has no p=.")),
        }
    }
}
