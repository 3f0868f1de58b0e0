//! What every handler and job works with: infrastructure only, no slice's state machines.

use crate::channels::Directory;
use crate::metrics::Metrics;
use crate::people::People;
use crate::realtime::Hub;
use crate::runner::Runner;
use config::Config;
use db::{Db, Migration, Scope};
use edges::{FileStore, Vault};
use kernel::clock::Clock;
use kernel::dial::Dial;
use kernel::http::HttpClient;
use kernel::time::Millis;
use kernel::{Error, Ids, Result, WorkspaceId};
use std::sync::Arc;

/// Migrations of the installation's own database.
pub const CONTROL: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../migrations/control/0001_first.sql") },
    Migration { name: "0002_connect", sql: include_str!("../migrations/control/0002_connect.sql") },
    Migration { name: "0003_push", sql: include_str!("../migrations/control/0003_push.sql") },
    Migration { name: "0004_trust", sql: include_str!("../migrations/control/0004_trust.sql") },
    Migration { name: "0005_backups", sql: include_str!("../migrations/control/0005_backups.sql") },
    Migration { name: "0006_deletions", sql: include_str!("../migrations/control/0006_deletions.sql") },
];
/// Migrations of each workspace's database, after the log and jobs.
pub const WORKSPACE: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../migrations/workspace/0001_first.sql") },
    Migration { name: "0002_events_by_conversation", sql: include_str!("../migrations/workspace/0002_events_by_conversation.sql") },
    Migration { name: "0003_channels", sql: include_str!("../migrations/workspace/0003_channels.sql") },
    Migration { name: "0004_notifications", sql: include_str!("../migrations/workspace/0004_notifications.sql") },
    Migration { name: "0005_mailboxes", sql: include_str!("../migrations/workspace/0005_mailboxes.sql") },
    Migration { name: "0006_calls", sql: include_str!("../migrations/workspace/0006_calls.sql") },
    Migration { name: "0007_views", sql: include_str!("../migrations/workspace/0007_views.sql") },
    Migration { name: "0008_replies", sql: include_str!("../migrations/workspace/0008_replies.sql") },
    Migration { name: "0009_teams", sql: include_str!("../migrations/workspace/0009_teams.sql") },
    Migration { name: "0010_hours", sql: include_str!("../migrations/workspace/0010_hours.sql") },
    Migration { name: "0011_webhook_subscriptions", sql: include_str!("../migrations/workspace/0011_webhook_subscriptions.sql") },
    Migration { name: "0012_chatwoot", sql: include_str!("../migrations/workspace/0012_chatwoot.sql") },
    Migration { name: "0013_attributes", sql: include_str!("../migrations/workspace/0013_attributes.sql") },
    Migration { name: "0015_subjects", sql: include_str!("../migrations/workspace/0015_subjects.sql") },
    Migration { name: "0016_webhook_formats", sql: include_str!("../migrations/workspace/0016_webhook_formats.sql") },
    Migration { name: "0017_usage", sql: include_str!("../migrations/workspace/0017_usage.sql") },
    Migration { name: "0018_standstill", sql: include_str!("../migrations/workspace/0018_standstill.sql") },
    Migration { name: "0020_mail_domains", sql: include_str!("../migrations/workspace/0020_mail_domains.sql") },
    Migration { name: "0021_message_moves", sql: include_str!("../migrations/workspace/0021_message_moves.sql") },
    Migration { name: "0022_indexes", sql: include_str!("../migrations/workspace/0022_indexes.sql") },
];

/// Handle to everything; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);
impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub http: Arc<dyn HttpClient>,
    pub dial: Arc<dyn Dial>,
    pub files: FileStore,
    pub vault: Vault,
    pub directory: Directory,
    pub hub: Hub,
    pub people: People,
    pub runner: Runner,
    /// Keys that providers sign with, fetched from them.
    pub keys: crate::journal::Keys,
    /// How fast each channel account may send.
    pub pacer: crate::delivery::Pacer,
    /// Channels whose deliveries wait for their provider.
    pub fetching: crate::intake::Fetching,
    /// When each account is asked next.
    pub polls: crate::polling::Polls,
    /// Folders that are followed.
    pub mailboxes: crate::mailboxes::Mailboxes,
    /// Connections that are kept open.
    pub gateways: crate::gateways::Gateways,
    /// Providers that are played here.
    pub simulations: crate::simulator::Simulations,
    /// One refresh of a token at a time.
    pub refreshing: crate::channels::Refreshing,
    pub metrics: Metrics,
    pub widget_limits: crate::widget::Limits,
    /// What each view holds.
    pub counts: crate::views::Counts,
    /// Who is told of events, and receivers to try with.
    pub webhooks: crate::webhooks::Webhooks,
    /// Backups under way.
    pub backups: crate::backups::Backups,
    /// Exports under way.
    pub exports: crate::archives::Exports,
    /// Workspaces from which nothing leaves.
    pub standstill: crate::standstill::Known,
    /// Nobody else works on this data folder: what is found half-sent was ours and is settled at once.
    pub exclusive: bool,
    /// Who is asked about the senders of mail; `None` where nobody shall be.
    pub names: Option<mailproof::Resolver>,
    /// Address of the SMTP listener, when there is one.
    pub smtp_address: Option<std::net::SocketAddr>,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
    pub fn now(&self) -> Millis {
        self.clock.now()
    }
    /// All workspaces of this installation.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceId>> {
        self.db.read(Scope::Control, |tx| tx.query("SELECT id FROM workspaces ORDER BY created_at", db::params![], |r| r.get(0))).await
    }
    /// Our name to other mail servers.
    pub fn mail_host(&self) -> String {
        mail_host(&self.config.server.public_url)
    }
    /// A random text of `bytes` bytes of entropy, for keys that people copy.
    pub fn secret_text(&self, bytes: usize) -> String {
        let mut raw = vec![0u8; bytes];
        self.ids.random(&mut raw);
        data_encoding::BASE32_NOPAD.encode(&raw).to_lowercase()
    }
}

/// The host of a public address.
pub fn mail_host(public_url: &str) -> String {
    public_url.split("://").nth(1).and_then(|h| h.split([':', '/']).next()).filter(|h| !h.is_empty()).unwrap_or("localhost").to_owned()
}

/// The same as it stands in a greeting: an address in brackets (RFC 5321 §4.1.3).
pub fn helo(public_url: &str) -> String {
    let host = mail_host(public_url);
    if host.parse::<std::net::Ipv4Addr>().is_ok() { format!("[{host}]") } else { host }
}

/// The sealed settings of a channel or the like, under the workspace's own data key.
pub struct Sealer {
    key: edges::DataKey,
}
impl Sealer {
    pub fn new(app: &App, wrapped: &[u8]) -> Result<Self> {
        Ok(Self { key: app.vault.unwrap(wrapped)? })
    }
    pub fn seal(&self, plain: &[u8], about: &str) -> Result<Vec<u8>> {
        self.key.seal(plain, about.as_bytes())
    }
    pub fn open(&self, sealed: &[u8], about: &str) -> Result<Vec<u8>> {
        self.key.open(sealed, about.as_bytes()).map(|s| s.reveal().clone())
    }
}

/// Turns a missing row into the error for it.
pub fn found<T>(row: Option<T>, code: &'static str, what: &str) -> Result<T> {
    row.ok_or_else(|| Error::not_found(code, format!("There is no such {what}.")))
}
