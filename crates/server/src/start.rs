//! From a configuration to a running server, and back down without losing anything.

use crate::app::{App, CONTROL, Parts, WORKSPACE};
use crate::{backups, channels, delivery, http, intake, realtime, runner};
use config::Config;
use db::{Db, Engine, Options, Scope};
use edges::{FileStore, GuardedClient, GuardedDial, NetGuard, Vault};
use kernel::clock::{Clock, SystemClock};
use kernel::http::HttpClient;
use kernel::{Error, Ids, Result, SystemIds};
use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What tests put in place of the machine's own.
pub struct Edges {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Prefix of the schemas on PostgreSQL.
    pub schema_prefix: String,
    /// Quota of a SQLite file in pages; 0 = none.
    pub max_pages: u32,
    /// In place of the guarded client; tests play the world with it.
    pub http: Option<Arc<dyn HttpClient>>,
}
impl Default for Edges {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds), schema_prefix: "switchboard_".into(), max_pages: 0, http: None }
    }
}

/// A server that answers.
pub struct Running {
    pub app: App,
    pub address: SocketAddr,
    pub smtp_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    smtp: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    /// Held as long as we run: nobody else works on this folder.
    _lock: File,
}

/// The infrastructure without listeners, for commands that work on the data.
pub async fn open(config: Config, edges: Edges) -> Result<(App, File)> {
    build(config, edges, None).await
}

async fn build(config: Config, edges: Edges, smtp_address: Option<SocketAddr>) -> Result<(App, File)> {
    let data = config.server.data.clone();
    let folder = |e: std::io::Error| Error::unavailable("data.unusable", format!("The data folder {} cannot be used: {e}", data.display()));
    edges::durable::create_dir_durably(&data).map_err(folder)?;
    let lock = File::create(data.join("lock")).map_err(folder)?;
    if lock.try_lock().is_err() {
        return Err(Error::conflict(
            "data.locked",
            format!("Another Switchboard works on {}. Stop it first, or choose another folder with --data.", data.display()),
        ));
    }
    let vault = Vault::open_or_create(&data, edges.ids.clone())?;
    let files = FileStore::open(&data.join("files"), edges.ids.clone())?;
    files.clear_unfinished().await?;
    let (engine, exclusive) = match &config.server.database {
        Some(url) => (Engine::Postgres { url: url.reveal().clone(), prefix: edges.schema_prefix }, false),
        None => (Engine::Sqlite { dir: data.join("db") }, true),
    };
    let options = Options { readers: config.server.workers, max_pages: edges.max_pages, ..Options::new(engine, CONTROL, WORKSPACE) };
    let db = Db::open(options)?;
    db.ensure_open(Scope::Control).await?;
    let guard = NetGuard::from_words(&config.net.allow)?;
    let roots = match &config.net.ca_file {
        Some(path) => edges::tls::read_certificates(path)?,
        None => Vec::new(),
    };
    let names = match config.net.dns {
        config::NameServer::Off => None,
        config::NameServer::At(server) => Some(mailproof::Resolver::at(server)),
        config::NameServer::System => Some(mailproof::Resolver::of_system()),
    };
    let names = names.transpose().unwrap_or_else(|why| {
        tracing::warn!(reason = %why, "the senders of mail cannot be checked");
        None
    });
    let mailboxes = crate::mailboxes::Mailboxes::new(edges.ids.as_ref());
    let app = App::new(Parts {
        db,
        clock: edges.clock,
        ids: edges.ids,
        http: match edges.http {
            Some(http) => http,
            None => Arc::new(GuardedClient::with_roots(guard.clone(), &roots)?),
        },
        dial: Arc::new(GuardedDial::with_roots(guard, &roots)?.with_helo(&crate::app::helo(&config.server.public_url))),
        files,
        vault,
        directory: Default::default(),
        hub: Default::default(),
        people: crate::people::People::new(),
        runner: Default::default(),
        keys: Default::default(),
        pacer: Default::default(),
        fetching: Default::default(),
        polls: Default::default(),
        mailboxes,
        gateways: Default::default(),
        simulations: Default::default(),
        refreshing: Default::default(),
        metrics: Default::default(),
        widget_limits: Default::default(),
        counts: Default::default(),
        webhooks: Default::default(),
        backups: Default::default(),
        standstill: Default::default(),
        exports: Default::default(),
        exclusive,
        names,
        smtp_address,
        config,
    });
    Ok((app, lock))
}

/// Binds, migrates, serves. Returns when the first request can be answered.
pub async fn start(mut config: Config, edges: Edges) -> Result<Running> {
    let bind = |what: &'static str, address: SocketAddr| async move {
        TcpListener::bind(address).await.map_err(|e| Error::unavailable("listen.failed", format!("{what} cannot listen on {address}: {e}")))
    };
    let listener = bind("The server", config.server.listen).await?;
    let local = |l: &TcpListener| l.local_addr().map_err(|e| Error::unavailable("listen.failed", e.to_string()));
    let address = local(&listener)?;
    if config.server.listen.port() == 0 {
        config.server.public_url = config.server.public_url.replace(":0", &format!(":{}", address.port()));
    }
    let smtp_listener = match config.server.smtp_listen {
        Some(address) => Some(bind("The mail listener", address).await?),
        None => None,
    };
    let smtp_address = smtp_listener.as_ref().map(local).transpose()?;
    let data = config.server.data.clone();
    let mail = config.smtp.clone();
    let mail_bytes = config.limits.mail_bytes as usize;
    let (app, lock) = build(config, edges, smtp_address).await?;
    let (stop, stopping) = watch::channel(false);
    let until = |mut stopping: watch::Receiver<bool>| async move {
        // Also over when the sender is gone.
        drop(stopping.wait_for(|s| *s).await);
    };
    let tasks = vec![
        tokio::spawn(realtime::publish(app.clone())),
        tokio::spawn(runner::follow(app.clone())),
        tokio::spawn(delivery::acts::follow(app.clone())),
        tokio::spawn(intake::profiles::follow(app.clone())),
        tokio::spawn(backups::follow(app.clone())),
        tokio::spawn(crate::deletion::follow(app.clone())),
        tokio::spawn(crate::archives::follow(app.clone())),
    ];
    let smtp = match smtp_listener {
        None => None,
        Some(listener) => {
            let hostname = app.mail_host();
            let tls = match (&mail.certificate, &mail.key) {
                (Some(c), Some(k)) => edges::tls::server_config(c, k)?,
                _ => edges::tls::self_signed(&data, &hostname)?,
            };
            let mut options = edges::smtp_in::SmtpIn::new(&hostname, app.clock.clone());
            options.max_message_bytes = mail_bytes;
            options.tls = Some(tls);
            let room = Arc::new(intake::Mailroom(app.clone()));
            Some(tokio::spawn(edges::smtp_in::serve(listener, options, room, until(stopping.clone()))))
        }
    };
    // Before the first webhook can come for one of them.
    if let Err(error) = channels::environment::ensure(&app).await {
        tracing::error!(error = %error, "channels from the environment are not there");
    }
    let router = http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(until(stopping.clone()));
    let http = tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(error = %error, "the server stopped listening");
        }
    });
    Ok(Running { app, address, smtp_address, stop, http, smtp, tasks, _lock: lock })
}

impl Running {
    /// Takes nothing new, finishes what runs, closes the databases. What is queued is durable and goes on at the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let mut http = self.http;
        // Open event streams do not end by themselves; requests get ten seconds.
        if tokio::time::timeout(Duration::from_secs(10), &mut http).await.is_err() {
            http.abort();
        }
        if let Some(smtp) = self.smtp
            && tokio::time::timeout(Duration::from_secs(20), smtp).await.is_err()
        {
            tracing::warn!("a mail session was cut at shutdown");
        }
        self.app.backups.stop().await;
        self.app.exports.stop().await;
        self.app.runner.begin_stop();
        if tokio::time::timeout(Duration::from_secs(10), self.app.mailboxes.ended()).await.is_err() {
            tracing::warn!("a mailbox was left in the middle at shutdown");
        }
        self.app.runner.stop().await;
        self.tasks.iter().for_each(JoinHandle::abort);
        self.app.db.close().await;
    }
}
