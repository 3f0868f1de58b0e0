//! End-to-end stories: the real server with its database, driven through its doors.
//!
//! `cargo test -p tests` uses SQLite; `TEST_DB=postgres scripts/with-postgres cargo test -p tests` uses PostgreSQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test at once")]

mod api_door;
mod assigning;
mod attributes;
mod audit;
mod bulk;
mod calls;
mod canned;
mod channels;
mod chat;
mod chatwoot;
mod connecting;
mod contacts;
mod environment;
mod files;
mod filters;
mod forwarding;
mod forms;
mod hours;
mod inbox;
mod later;
mod leaving;
mod live;
mod macros;
mod mail;
mod mailboxes;
mod media;
mod notifications;
mod outages;
mod people;
mod providers;
mod platform;
mod rights;
mod search;
mod shaping;
mod sight;
mod simulate;
mod sms;
mod storage;
mod strangers;
mod trust;
mod unseen;
mod views;
mod beyond;
mod sso;
mod gone;
mod limits;
mod webhooks;
mod worklist;
mod backups;
