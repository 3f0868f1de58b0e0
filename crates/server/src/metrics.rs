//! Counters for `/metrics`, in the Prometheus text format.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;

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
    registry: Arc<Registry>,
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
        Self { requests, errors, journalled, rejected, played, quarantined, sends, sockets, registry: Arc::new(registry) }
    }
}

impl Metrics {
    pub fn text(&self) -> String {
        let mut out = String::new();
        if encode(&mut out, &self.registry).is_err() {
            tracing::warn!("the metrics could not be written");
        }
        out
    }
}
