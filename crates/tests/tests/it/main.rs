//! End-to-end stories: the real server with its database, driven through its doors.
//!
//! `cargo test -p tests` uses SQLite; `TEST_DB=postgres scripts/with-postgres cargo test -p tests` uses PostgreSQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test at once")]

mod api_door;
mod assigning;
mod audit;
mod calls;
mod canned;
mod channels;
mod chat;
mod contacts;
mod files;
mod forwarding;
mod forms;
mod inbox;
mod later;
mod live;
mod macros;
mod mail;
mod notifications;
mod mailboxes;
mod outages;
mod people;
mod platform;
mod rights;
mod sight;
mod simulate;
mod shaping;
mod storage;
mod trust;
mod unseen;
