//! End-to-end stories: the real server with its database, driven through its doors.
//!
//! `cargo test -p tests` uses SQLite; `TEST_DB=postgres scripts/with-postgres cargo test -p tests` uses PostgreSQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test at once")]

mod api_door;
mod assigning;
mod audit;
mod channels;
mod chat;
mod contacts;
mod files;
mod inbox;
mod live;
mod mail;
mod people;
mod platform;
mod rights;
mod sight;
mod storage;
mod trust;
