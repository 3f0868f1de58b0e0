//! The server under test: the real one, on free ports, with a clock that is moved by hand.

use crate::{Answer, Client, Live, within};
use config::{Config, Flags};
use db::params;
use kernel::clock::ManualClock;
use kernel::http::HttpClient;
use kernel::time::Millis;
use kernel::{Ids, SystemIds, WorkspaceId};
use serde_json::{Value, json};
use server::app::App;
use server::runner::Work;
use server::start::{Edges, Running};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use tempfile::TempDir;

/// What tests of one kind need otherwise.
#[derive(Clone, Default)]
pub struct Options {
    pub max_pages: u32,
    pub flags: Vec<(&'static str, String)>,
    /// Variables of the environment.
    pub env: Vec<(String, String)>,
    /// Plays everybody whom the server asks over HTTP.
    pub http: Option<Arc<dyn HttpClient>>,
    /// No setup, nobody there yet.
    pub bare: bool,
}

pub struct TestServer {
    running: Option<Running>,
    pub app: App,
    pub clock: Arc<ManualClock>,
    pub address: SocketAddr,
    pub smtp: SocketAddr,
    /// Nobody in particular, below `/`.
    pub web: Client,
    /// Admin, by cookie, below `/api/v1`.
    pub alice: Client,
    /// Agent, by cookie, below `/api/v1`.
    pub bob: Client,
    pub alice_id: String,
    pub bob_id: String,
    pub workspace: WorkspaceId,
    prefix: String,
    options: Options,
    quarantined: AtomicU64,
    pub dir: TempDir,
}

pub const PASSWORD: &str = "quiet river stones";

pub fn engine_is_postgres() -> bool {
    match std::env::var("TEST_DB").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("TEST_DB is sqlite or postgres, not {other}"),
    }
}

fn configuration(dir: &Path, options: &Options) -> Config {
    let mut flags = Flags::default()
        .set("data", dir.to_str().unwrap())
        .set("listen", "127.0.0.1:0")
        .set("smtp-listen", "127.0.0.1:0")
        .set("net-allow", "127.0.0.0/8")
        .set("trusted-proxies", "127.0.0.0/8")
        // Nobody beyond the loopback is asked.
        .set("net-dns", "off");
    if engine_is_postgres() {
        let url = std::env::var("TEST_DATABASE_URL").expect("TEST_DB=postgres needs TEST_DATABASE_URL: run it with scripts/with-postgres");
        flags = flags.set("database", &url);
    }
    for (name, value) in &options.flags {
        flags = flags.set(name, value);
    }
    Config::load(&flags, options.env.clone(), dir).unwrap()
}

async fn run(dir: &Path, prefix: &str, clock: &Arc<ManualClock>, options: &Options) -> Running {
    let edges = Edges {
        clock: clock.clone(),
        ids: Arc::new(SystemIds),
        schema_prefix: prefix.to_owned(),
        max_pages: options.max_pages,
        http: options.http.clone(),
    };
    server::start::start(configuration(dir, options), edges).await.unwrap()
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }
    pub async fn start_with(options: Options) -> Self {
        static LOGS: Once = Once::new();
        LOGS.call_once(|| {
            let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into());
            tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().init();
        });
        let dir = TempDir::with_prefix("switchboard-it-").unwrap();
        // A Wednesday, ten in the morning.
        let clock = Arc::new(ManualClock::new(1_793_181_600_000));
        let mut roll = [0u8; 6];
        SystemIds.random(&mut roll);
        let prefix = format!("t{}_", data_encoding::HEXLOWER.encode(&roll));
        let running = run(dir.path(), &prefix, &clock, &options).await;
        let web = Client::new(running.address);
        let mut server = Self {
            app: running.app.clone(),
            address: running.address,
            smtp: running.smtp_address.unwrap(),
            running: Some(running),
            alice: web.at("/api/v1"),
            bob: web.at("/api/v1"),
            alice_id: String::new(),
            bob_id: String::new(),
            workspace: WorkspaceId::from_uuid(Default::default()),
            web,
            clock,
            prefix,
            options,
            quarantined: AtomicU64::new(0),
            dir,
        };
        if !server.options.bare {
            server.furnish().await;
        }
        server
    }
    async fn furnish(&mut self) {
        let anyone = self.anyone();
        let session = set_up(&anyone, "Alice Admin", "alice@desk.example").await;
        self.alice = anyone.signed_in(&session);
        let me = session.ok()["me"].clone();
        self.alice_id = me["member_id"].as_str().unwrap().to_owned();
        self.workspace = me["workspace"]["id"].as_str().unwrap().parse().unwrap();
        let session = self.invite("Bob Agent", "bob@desk.example", "agent").await;
        self.bob = anyone.signed_in(&session);
        self.bob_id = session.ok()["me"]["member_id"].as_str().unwrap().to_owned();
        self.settle().await;
    }
    /// Somebody without credentials, below `/api/v1`.
    pub fn anyone(&self) -> Client {
        self.web.at("/api/v1")
    }
    /// Alice invites, and they accept.
    pub async fn invite(&self, name: &str, email: &str, role: &str) -> Answer {
        let invitation = self.alice.post("/invitations", json!({ "role": role, "email": email })).await.ok();
        let token = invitation["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let accept = format!("/invitations/by-token/{token}/accept");
        self.anyone().post(&accept, json!({ "name": name, "email": email, "password": PASSWORD })).await
    }
    /// Moves the clock, and waits until what became due is done.
    pub async fn advance(&self, by: Millis) {
        self.clock.advance(by);
        self.app.runner.look();
        for workspace in self.app.workspaces().await.unwrap() {
            self.app.runner.poke_all(&self.app, workspace);
        }
        self.settle().await;
    }
    /// Waits until nothing runs and nothing is left to run now.
    pub async fn settle(&self) {
        let workspaces = self.app.workspaces().await.unwrap();
        for workspace in workspaces {
            let mut before = i64::MAX;
            // As long as it gets less, there is patience.
            loop {
                let busy = within("a quiet server", async {
                    loop {
                        self.app.runner.quiet().await;
                        let busy = self.busy(workspace).await;
                        if busy != before {
                            return busy;
                        }
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    }
                });
                before = tokio::select! {
                    busy = busy => busy,
                    less = self.less(workspace, before) => less,
                };
                if before == 0 {
                    break;
                }
            }
            // Work that calls itself again and again is no patience matter.
            within("a runner at rest", self.app.runner.quiet()).await;
        }
    }
    /// Resolves when there is less to do than before, though something still runs.
    async fn less(&self, workspace: WorkspaceId, before: i64) -> i64 {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let busy = self.busy(workspace).await;
            if busy < before && busy > 0 {
                return busy;
            }
        }
    }
    /// Deliveries to be played and messages to be sent now.
    async fn busy(&self, workspace: WorkspaceId) -> i64 {
        let now = self.now();
        let counted = self.app.db.read(workspace, move |tx| {
            Ok(tx.number("SELECT COUNT(*) FROM journal WHERE state = 'received'", params![])?
                + tx.number(
                    "SELECT COUNT(*) FROM outbox o JOIN channels c ON c.id = o.channel_id AND c.status = 'active' \
                     AND c.deleted_at IS NULL WHERE o.state = 'sending' OR (o.state = 'waiting' AND o.due_at <= $1 AND NOT (o.class >= 1 AND EXISTS (SELECT 1 FROM sending_stop)) AND NOT EXISTS (SELECT 1 FROM standstill) AND NOT EXISTS \
                     (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.message_id < o.message_id \
                      AND e.state = 'waiting' AND e.due_at > $1 AND e.first_try_at IS NOT NULL))",
                    params![now],
                )?)
        });
        counted.await.unwrap()
    }
    /// Starts what is due anyway, without waiting.
    pub fn poke(&self, work: Work) {
        self.app.runner.poke(&self.app, self.workspace, work);
    }
    pub fn now(&self) -> Millis {
        kernel::clock::Clock::now(self.clock.as_ref())
    }
    pub fn time(&self, ahead: Millis) -> String {
        kernel::time::rfc3339(self.now() + ahead)
    }
    /// So many deliveries are meant to end in quarantine.
    pub fn expect_quarantined(&self, n: u64) {
        self.quarantined.fetch_add(n, Ordering::SeqCst);
    }
    pub async fn events(&self, who: &Client, since: &str) -> Live {
        Live::sse(who, &format!("/events{since}")).await
    }

    /// All pages of a list.
    pub async fn all(&self, who: &Client, path: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = who.get(&format!("{path}{joint}limit=100{cursor}")).await.ok();
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={}", crate::encode(next)),
                None => return all,
            }
        }
    }
    pub async fn conversations(&self) -> Vec<Value> {
        self.all(&self.alice, "/conversations?status=all").await
    }
    /// The only conversation there is, with its messages.
    pub async fn only_conversation(&self) -> Value {
        let all = self.conversations().await;
        assert_eq!(all.len(), 1, "{all:#?}");
        self.conversation(all[0]["id"].as_str().unwrap()).await
    }
    pub async fn conversation(&self, id: &str) -> Value {
        self.alice.get(&format!("/conversations/{id}")).await.ok()
    }
    pub async fn message(&self, id: &str) -> Value {
        self.alice.get(&format!("/messages/{id}")).await.ok()
    }
    /// Alice answers, and it leaves at once.
    pub async fn reply(&self, conversation: &str, text: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        let message = self.alice.post(&path, json!({ "text": text, "undo_seconds": 0 })).await.is(201);
        self.settle().await;
        message
    }

    /// Stops and starts again on the same data.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }
    /// The same, with another quota.
    pub async fn restart_with(&mut self, max_pages: u32) {
        self.options.max_pages = max_pages;
        self.restart().await;
    }
    /// The same data under other variables of the environment.
    pub async fn restart_under(&mut self, env: &[(&str, &str)]) {
        self.options.env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.restart().await;
    }
    pub async fn start_again(&mut self) {
        let running = run(self.dir.path(), &self.prefix, &self.clock, &self.options).await;
        self.app = running.app.clone();
        (self.address, self.smtp) = (running.address, running.smtp_address.unwrap());
        self.web = Client::new(self.address);
        for who in [&mut self.alice, &mut self.bob] {
            let mut new = self.web.at("/api/v1");
            for (name, value) in who.header_list() {
                new = new.with(name, value);
            }
            *who = new;
        }
        self.running = Some(running);
        self.app.db.ensure_open(self.workspace.into()).await.unwrap();
        self.settle().await;
    }
    /// Stops for good; the folder stays until the server is dropped.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
    /// Goes on with the data in another folder, and on PostgreSQL under another prefix.
    pub async fn move_to(&mut self, dir: TempDir, prefix: &str) {
        self.stop().await;
        (self.dir, self.prefix) = (dir, prefix.to_owned());
        self.start_again().await;
    }
    /// The configuration of a server on another folder.
    pub fn configuration_in(&self, dir: &Path) -> Config {
        configuration(dir, &self.options)
    }
    /// The configuration a second start on the same data would have.
    pub fn configuration(&self) -> Config {
        configuration(self.dir.path(), &self.options)
    }
    pub fn schema_prefix(&self) -> &str {
        &self.prefix
    }
}

/// The first account.
pub async fn set_up(anyone: &Client, name: &str, email: &str) -> Answer {
    let body = json!({
        "name": name, "email": email, "password": PASSWORD, "workspace_name": "The Desk", "locale": "en",
        "time_zone": "Europe/Berlin", "default_country": "DE", "sample_data": false,
    });
    anyone.post("/setup", body).await
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Its connections to the database do not wait for the end of the whole run.
        self.app.db.begin_close();
        if std::thread::panicking() {
            return;
        }
        let (found, meant) = (self.app.metrics.quarantined.get(), self.quarantined.load(Ordering::SeqCst));
        assert!(found <= meant, "{found} deliveries were quarantined, {meant} were meant to be");
    }
}
