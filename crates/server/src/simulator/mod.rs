//! The provider, played: channels marked as simulated send to their connector's simulator instead of the network, through the same
//! requests, and their customers write through the same signed deliveries. What the provider would have seen is kept for a while.

mod api;

pub use api::routes;

use crate::app::App;
use crate::channels::Entry;
use crate::journal;
use crate::mail_domains::SigningDial;
use kernel::BoxFuture;
use kernel::channel::{Account, Channel, Edge, Fault, Seen};
use kernel::clock::Clock;
use kernel::dial::{Dial, DialError, Envelope, SmtpServer};
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use kernel::{ChannelId, WorkspaceId};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Path below a simulated provider's address where it serves the files that its customers send.
const FILES: &str = "/simulated-files/";

/// Where a simulated provider finds a file; `None` for a real one.
pub fn file_url(entry: &Entry, file: kernel::FileId) -> Option<String> {
    if !entry.is_simulated() {
        return None;
    }
    let base = entry.account.settings.text("base_url").unwrap_or("https://simulator.invalid");
    Some(format!("{}{FILES}{file}", base.trim_end_matches('/')))
}

/// Requests that are kept for each channel.
const KEPT: usize = 100;

/// One request of ours, as the provider got it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Exchange {
    #[serde(with = "kernel::time::wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    pub method: String,
    pub path: String,
    /// The body as text; files are shortened, secrets are not in it.
    pub body: String,
    pub status: u16,
    pub answer: String,
    /// What the customer saw of it.
    pub seen: Option<SeenByCustomer>,
}
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SeenByCustomer {
    pub external_id: String,
    pub to: String,
    pub text: String,
    pub files: Vec<String>,
}
impl From<&Seen> for SeenByCustomer {
    fn from(s: &Seen) -> Self {
        Self { external_id: s.external_id.clone(), to: s.to.clone(), text: s.text.clone(), files: s.files.clone() }
    }
}

#[derive(Default)]
struct Played {
    serial: u64,
    exchanges: VecDeque<Exchange>,
    fault: Option<Fault>,
    /// Deliveries are reported by hand only.
    silent: bool,
}

/// Every simulated provider of this process.
#[derive(Default)]
pub struct Simulations(Mutex<HashMap<ChannelId, Played>>);
impl Simulations {
    fn with<T>(&self, id: ChannelId, f: impl FnOnce(&mut Played) -> T) -> T {
        f(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default())
    }
    /// What came to this provider, newest first, and the fault it is told to have.
    pub fn seen(&self, id: ChannelId) -> (Vec<Exchange>, Option<Fault>) {
        self.with(id, |p| (p.exchanges.iter().cloned().collect(), p.fault))
    }
    pub fn set_fault(&self, id: ChannelId, fault: Option<Fault>) {
        self.with(id, |p| p.fault = fault);
    }
    /// Whether what arrives is reported as delivered by itself.
    pub fn set_silent(&self, id: ChannelId, silent: bool) {
        self.with(id, |p| p.silent = silent);
    }
}

/// The edge of one account: the world, or its simulator.
pub struct EdgeOf<'a> {
    app: &'a App,
    world: Option<World>,
    signing: Option<SigningDial>,
}
impl EdgeOf<'_> {
    pub fn edge(&self) -> Edge<'_> {
        let clock: &dyn Clock = self.app.clock.as_ref();
        match &self.world {
            Some(world) => Edge { http: world, dial: world, clock },
            None => {
                let plain = self.app.dial.as_ref();
                let dial = self.signing.as_ref().map_or(plain, |signing| signing as &dyn Dial);
                Edge { http: self.app.http.as_ref(), dial, clock }
            }
        }
    }
}
impl App {
    /// What this account's connector reaches the world with.
    pub fn edge_of<'a>(&'a self, entry: &Entry) -> EdgeOf<'a> {
        let world = entry.is_simulated().then(|| World {
            app: self.clone(),
            workspace: entry.workspace,
            id: entry.id,
            connector: entry.connector,
            account: entry.account.clone(),
        });
        let signing = entry.signs_with.clone().map(|key| SigningDial { inner: self.dial.clone(), key });
        EdgeOf { app: self, world, signing }
    }
}

struct World {
    app: App,
    workspace: WorkspaceId,
    id: ChannelId,
    connector: &'static dyn Channel,
    account: Account,
}

impl World {
    fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(simulator) = self.connector.simulator() else {
            return Err(HttpError::Refused("this channel cannot be simulated".into()));
        };
        let now = self.app.now();
        let base = self.account.settings.text("base_url").unwrap_or_default().trim_end_matches('/').to_owned();
        let path = request.url.strip_prefix(&base).map(str::to_owned).unwrap_or_else(|| {
            let after = request.url.split_once("://").map_or(request.url.as_str(), |(_, rest)| rest);
            after.find('/').map_or("/", |at| &after[at..]).to_owned()
        });
        let (serial, fault) = self.app.simulations.with(self.id, |p| {
            p.serial += 1;
            (p.serial, p.fault)
        });
        // Serials go on over restarts: ids made from them stay unique.
        let serial = (now as u64).wrapping_mul(1_000).wrapping_add(serial % 1_000);
        let below = HttpRequest { url: path.clone(), ..request.clone() };
        let (response, seen) = match fault {
            Some(fault) => (simulator.fault(fault), None),
            None => {
                let answered = simulator.provider(&self.account, &below, serial, now);
                (answered.response, answered.seen)
            }
        };
        let hide = |text: String| hidden(&self.account, text);
        let exchange = Exchange {
            at: now,
            method: request.method.to_owned(),
            path: hide(path),
            body: hide(shown(&request.body)),
            status: response.status,
            answer: hide(shown(&response.body)),
            seen: seen.as_ref().map(SeenByCustomer::from),
        };
        self.keep(exchange);
        if let Some(seen) = seen {
            self.report(seen);
        }
        Ok(response)
    }

    fn keep(&self, exchange: Exchange) {
        self.app.simulations.with(self.id, |p| {
            p.exchanges.push_front(exchange);
            p.exchanges.truncate(KEPT);
        });
    }

    /// The provider tells that it arrived.
    fn report(&self, seen: Seen) {
        if self.app.simulations.with(self.id, |p| p.silent) {
            return;
        }
        let (app, workspace, id) = (self.app.clone(), self.workspace, self.id);
        tokio::spawn(async move {
            if let Err(error) = report(&app, workspace, id, &seen.external_id, &seen.to, MessageStatus::Delivered).await {
                tracing::warn!(error = %error, "the simulator could not report");
            }
        });
    }
}

/// Lets the simulated provider report on a message; gives whether it can.
pub async fn report(
    app: &App,
    workspace: WorkspaceId,
    id: ChannelId,
    external_id: &str,
    to: &str,
    status: MessageStatus,
) -> kernel::Result<bool> {
    let Some(entry) = app.directory.by_id(app, workspace, id).await? else { return Ok(false) };
    let raw = entry.connector.simulator().and_then(|s| s.report(&entry.account, external_id, to, status, app.now()));
    match raw {
        Some(raw) => journal::receive(app, &entry, raw).await.map(|_| true),
        None => Ok(false),
    }
}

/// At most 4,000 characters of a body, as text.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(16_000)]);
    let mut text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(4_000).collect();
    if body.len() > 4_000 {
        text.push_str(&format!("\n… {} bytes in all", body.len()));
    }
    text
}

/// Secrets of the account do not show, whatever the request carries them in.
fn hidden(account: &Account, mut text: String) -> String {
    for field in connectors::channel(&account.provider).map_or(&[] as &[_], |c| c.descriptor().fields) {
        if field.kind == kernel::form::FieldKind::Secret
            && let Some(secret) = account.settings.text(field.name)
            && secret.len() >= 4
        {
            text = text.replace(secret, "•••");
        }
    }
    text
}

impl World {
    /// A file that a customer sent, as the provider serves it.
    async fn file(&self, id: &str) -> Option<HttpResponse> {
        let id: kernel::FileId = id.parse().ok()?;
        let row = self.app.db.read(self.workspace, move |tx| crate::files::find(tx, id)).await.ok()??;
        let body = self.app.files.get(&row.hash).await.ok()?.to_vec();
        Some(HttpResponse { status: 200, headers: vec![("content-type".into(), row.content_type)], body })
    }
}

impl HttpClient for World {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            // A file by its id, whatever the provider's own path to it looks like.
            let path = request.url.split(['?', '#']).next().unwrap_or_default();
            let last = path.rsplit('/').next().unwrap_or_default();
            if request.method == "GET"
                && let Some(answer) = self.file(last.split('.').next().unwrap_or_default()).await
            {
                return Ok(answer);
            }
            self.answer(request)
        })
    }
}

impl Dial for World {
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>> {
        let text = String::from_utf8_lossy(message).into_owned();
        let id = text.lines().find_map(|l| l.strip_prefix("Message-ID: ")).unwrap_or_default().trim_matches(['<', '>']).to_owned();
        let seen =
            SeenByCustomer { external_id: id, to: envelope.to.join(", "), text: text.chars().take(4_000).collect(), files: Vec::new() };
        let fault = self.app.simulations.with(self.id, |p| p.fault);
        let answer = match fault {
            None => Ok("250 2.0.0 Ok: queued by the simulator".to_owned()),
            Some(Fault::RateLimit) => Err(DialError::Answer { code: 451, text: "4.7.1 Too fast, try again later".into() }),
            Some(Fault::Outage) => Err(DialError::Connect("the simulated mail server is down".into())),
            Some(Fault::ExpiredToken) => Err(DialError::Answer { code: 535, text: "5.7.8 Bad credentials".into() }),
        };
        self.keep(Exchange {
            at: self.app.now(),
            method: "SMTP".into(),
            path: format!("{}:{}", server.host, server.port),
            body: shown(message),
            status: if answer.is_ok() { 250 } else { 451 },
            answer: answer.clone().unwrap_or_else(|e| format!("{e:?}")),
            seen: answer.is_ok().then_some(seen),
        });
        Box::pin(std::future::ready(answer))
    }
    fn smtp_check<'a>(&'a self, _server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
