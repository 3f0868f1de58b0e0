//! Counters and gauges for `/metrics`, in the Prometheus text format.

use crate::app::App;
use db::{Tx, params};
use kernel::Result;
use kernel::time::{Millis, SECOND};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// What waits is counted again after this long, however often it is asked for.
const FRESH: Millis = 15 * SECOND;

#[derive(Clone)]
pub struct Metrics {
    pub requests: Counter,
    pub errors: Counter,
    pub journalled: Counter,
    pub rejected: Counter,
    pub played: Counter,
    pub quarantined: Counter,
    pub sends: Counter,
    pub sockets: Gauge,
    waiting: Waiting,
    registry: Arc<Registry>,
}

/// What stands between a customer and an agent, over all workspaces.
#[derive(Clone, Default)]
struct Waiting {
    deliveries: Gauge,
    oldest_delivery: Gauge,
    sends: Gauge,
    oldest_send: Gauge,
    channels: Gauge,
    /// When it was counted, unix ms.
    counted: Arc<AtomicI64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("switchboard");
        let mut counter = |name: &str, help: &str| {
            let c = Counter::default();
            registry.register(name, help, c.clone());
            c
        };
        let requests = counter("http_requests", "HTTP requests answered");
        let errors = counter("http_errors", "HTTP requests answered with 5xx");
        let journalled = counter("deliveries_journalled", "Inbound deliveries made durable");
        let rejected = counter("deliveries_rejected", "Inbound deliveries refused by verification");
        let played = counter("deliveries_played", "Journal rows played to their end");
        let quarantined = counter("deliveries_quarantined", "Journal rows put into quarantine");
        let sends = counter("sends", "Messages handed to a connector");
        let sockets = Gauge::default();
        registry.register("event_streams", "Open event streams", sockets.clone());
        let waiting = Waiting::default();
        registry.register("deliveries_waiting", "Deliveries stored and not yet played", waiting.deliveries.clone());
        registry.register("oldest_delivery_seconds", "Age of the oldest of them", waiting.oldest_delivery.clone());
        registry.register("sends_waiting", "Messages that are due and have not left", waiting.sends.clone());
        registry.register("oldest_send_seconds", "How long the oldest of them is due", waiting.oldest_send.clone());
        registry.register("channels_failing", "Channels that do not work", waiting.channels.clone());
        Self { requests, errors, journalled, rejected, played, quarantined, sends, sockets, waiting, registry: Arc::new(registry) }
    }
}

impl Metrics {
    /// Counts what waits, unless that was just done. A workspace whose database does not answer is left out, and said in the log.
    pub async fn look(&self, app: &App) {
        let now = app.now();
        let counted = self.waiting.counted.load(Ordering::Relaxed);
        if (counted..counted + FRESH).contains(&now) {
            return;
        }
        self.waiting.counted.store(now, Ordering::Relaxed);
        let workspaces = app.workspaces().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the workspaces could not be listed for the metrics");
            Vec::new()
        });
        let mut sum = Counted::default();
        for workspace in workspaces {
            match app.db.read(workspace, move |tx| Counted::of(tx, now)).await {
                Ok(one) => sum.add(&one),
                Err(error) => tracing::warn!(workspace.id = %workspace, %error, "what waits could not be counted"),
            }
        }
        let age = |since: Option<Millis>| since.map_or(0, |at| (now - at).max(0) / SECOND);
        self.waiting.deliveries.set(sum.deliveries);
        self.waiting.oldest_delivery.set(age(sum.oldest_delivery));
        self.waiting.sends.set(sum.sends);
        self.waiting.oldest_send.set(age(sum.oldest_send));
        self.waiting.channels.set(sum.channels);
    }
    pub fn text(&self) -> String {
        let mut out = String::new();
        if encode(&mut out, &self.registry).is_err() {
            tracing::warn!("the metrics could not be written");
        }
        out
    }
}

/// The same of one workspace, by indexes that hold nothing but what waits.
#[derive(Default)]
struct Counted {
    deliveries: i64,
    oldest_delivery: Option<Millis>,
    sends: i64,
    oldest_send: Option<Millis>,
    channels: i64,
}
impl Counted {
    fn of(tx: &mut Tx<'_>, now: Millis) -> Result<Self> {
        let two = |r: &db::Row<'_>| Ok((r.next()?, r.next()?));
        let (deliveries, oldest_delivery) =
            tx.one("SELECT COUNT(*), MIN(received_at) FROM journal WHERE state = 'received'", params![], two)?;
        let due = "SELECT COUNT(*), MIN(due_at) FROM outbox WHERE state = 'waiting' AND due_at <= $1";
        let (sends, oldest_send) = tx.one(due, params![now], two)?;
        let broken = "SELECT COUNT(*) FROM channels WHERE status = 'error' OR (status = 'active' AND broken_since IS NOT NULL)";
        Ok(Self { deliveries, oldest_delivery, sends, oldest_send, channels: tx.number(broken, params![])? })
    }
    fn add(&mut self, one: &Self) {
        let earlier = |a: Option<Millis>, b: Option<Millis>| a.into_iter().chain(b).min();
        self.deliveries += one.deliveries;
        self.oldest_delivery = earlier(self.oldest_delivery, one.oldest_delivery);
        self.sends += one.sends;
        self.oldest_send = earlier(self.oldest_send, one.oldest_send);
        self.channels += one.channels;
    }
}
