//! Configuration in layers: defaults, then `switchboard.toml`, then `SWITCHBOARD_…` variables, then flags.
//!
//! Every option has one definition, a line of [`OPTIONS`]; the file's keys, the variables, the flags, their help and
//! `docs/configuration.md` all come from it. What is misspelt is refused with its name, its place and the nearest right one.

mod layers;
mod options;
mod values;

pub use layers::{COMMAND_LINE, ConfigError, Flags, PLAIN, Problem};
pub use options::{OPTIONS, OptionDef, Type, configuration_page};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be set, checked. `Debug` shows no secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub server: Server,
    pub log: Log,
    pub limits: Limits,
    pub net: Net,
    pub smtp: Smtp,
    pub auth: Auth,
    pub journal: Journal,
    pub plan: Plan,
    /// `None`: the installation sends no letters of its own.
    pub mail: Option<Mail>,
    pub backup: Backup,
    pub deletion: Deletion,
    /// The plain variables first users set (`EMAIL_SERVICE`, `TWILIO_AUTH_TOKEN` …), as they are.
    pub plain: Plain,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Absolute, or relative to the folder the program was started in.
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `None`: no mail listener.
    pub smtp_listen: Option<SocketAddr>,
    /// `None`: the embedded SQLite; else a `postgres://` URL.
    pub database: Option<kernel::Secret<String>>,
    /// Scheme, host and port, without a slash at the end.
    pub public_url: String,
    /// Networks whose `X-Forwarded-For` header is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Threads that read from the database.
    pub workers: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// A level (`info`) or directives of `tracing` (`info,server=debug`).
    pub level: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest JSON request.
    pub body_bytes: u64,
    /// Largest uploaded file.
    pub upload_bytes: u64,
    /// Largest mail taken in.
    pub mail_bytes: u64,
    /// Largest webhook taken in.
    pub webhook_bytes: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    /// Exceptions to "only public addresses": networks, addresses, hosts, `host:port`.
    pub allow: Vec<String>,
    /// A PEM file of certificate authorities to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Whom to ask about the senders of mail.
    pub dns: NameServer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameServer {
    System,
    At(SocketAddr),
    /// Nobody is asked.
    Off,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Smtp {
    /// PEM files for STARTTLS of the listener; without them a certificate is made.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Servers of one's own that pass mail on.
    pub relays: Vec<ipnet::IpNet>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Deletion {
    /// Days between asking for the deletion of a workspace and its end.
    pub grace_days: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    pub session_days: u32,
    pub access_token_minutes: u32,
    pub invitation_days: u32,
    /// Sign-ins with a wrong password allowed in 15 minutes.
    pub failed_sign_ins: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub keep_days: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Tier of a workspace that has no other (1 to 5).
    pub default_tier: u8,
}

/// Where the installation's own letters leave: notifications, not what agents write.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<String>,
    pub password: Option<kernel::Secret<String>>,
    /// The sender's name, if one was given, and address.
    pub from_name: Option<String>,
    pub from: String,
}

/// Where snapshots of the installation go.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    /// `None`: the server takes none by itself.
    pub to: Option<String>,
    pub every_minutes: u32,
    pub keep: Option<String>,
    pub passphrase: Option<kernel::Secret<String>>,
    pub s3_endpoint: Option<String>,
    pub s3_region: Option<String>,
    pub s3_access_key: Option<String>,
    pub s3_secret_key: Option<kernel::Secret<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    StartTls,
    Tls,
    None,
}

/// Plain variables by name; shows names only.
#[derive(Clone, Default, PartialEq)]
pub struct Plain(pub BTreeMap<String, String>);
impl Plain {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
