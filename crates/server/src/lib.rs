//! Switchboard's server: the slices, lowest first, and the rooms that serve them.

pub mod app;
pub mod cli;
pub mod http;
pub mod mailer;
pub mod metrics;
pub mod runner;
pub mod simulate;
pub mod start;
pub mod upkeep;
pub mod worklist;

// Slices, lowest first: each calls only those above it in this list (their `api` may also read from those below). A test keeps it so.
// One known step upwards: `search` shows `conversations`.
pub mod audit;
pub mod standstill;
pub mod people;
pub mod teams;
pub mod files;
pub mod outbox;
pub mod mail_domains;
pub mod channels;
pub mod journal;
pub mod simulator;
pub mod polling;
pub mod gateways;
pub mod filters;
pub mod hours;
pub mod attributes;
pub mod sub_statuses;
pub mod contacts;
pub mod signatures;
pub mod search;
pub mod conversations;
pub mod views;
pub mod canned;
pub mod macros;
pub mod realtime;
pub mod mailboxes;
pub mod intake;
pub mod bulk;
pub mod widget;
pub mod delivery;
pub mod notifications;
pub mod chatwoot;
pub mod webhooks;
pub mod calls;
pub mod imports;
pub mod inspector;
pub mod usage;
pub mod demo;
pub mod setup;
pub mod backups;
pub mod archives;
pub mod deletion;
pub mod system;

use app::App;
use utoipa_axum::router::OpenApiRouter;

/// Every route under `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(setup::routes())
        .merge(people::routes())
        .merge(audit::routes())
        .merge(teams::routes())
        .merge(files::routes())
        .merge(channels::routes())
        .merge(contacts::routes())
        .merge(conversations::routes())
        .merge(search::routes())
        .merge(delivery::routes())
        .merge(journal::routes())
        .merge(simulator::routes())
        .merge(realtime::routes())
        .merge(filters::routes())
        .merge(views::routes())
        .merge(bulk::routes())
        .merge(notifications::routes())
        .merge(calls::routes())
        .merge(canned::routes())
        .merge(macros::routes())
        .merge(intake::missing::routes())
        .merge(signatures::routes())
        .merge(hours::routes())
        .merge(outbox::routes())
        .merge(chatwoot::routes())
        .merge(webhooks::routes())
        .merge(attributes::routes())
        .merge(sub_statuses::routes())
        .merge(inspector::routes())
        .merge(usage::routes())
        .merge(mail_domains::routes())
        .merge(system::routes())
        .merge(deletion::routes())
        .merge(archives::routes())
}
