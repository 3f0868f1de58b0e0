//! `make bench`: accept, intake, a mailbox, reading at a million messages, start and memory, views, acts on many,
//! two thousand screens. Every figure stands beside a floor measured in
//! the same run, since machines differ and are noisy.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

// How each channel's deliveries are signed: what the contract test knows of them.
#[path = "../../crates/connectors/tests/contract/cases/mod.rs"]
#[expect(dead_code, reason = "the contract test uses more of it")]
mod cases;
#[path = "../../crates/connectors/tests/contract/fakes.rs"]
mod fakes;

mod accept;
mod backup;
mod bulk;
mod drain;
mod floor;
mod http;
mod imap;
mod intake;
mod mail;
mod million;
mod mixed;
mod parse;
mod process;
mod provider;
mod screen;
mod sockets;
mod stage;
mod views;

use parse::fixtures;

use std::path::PathBuf;

/// The same as the product's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let folder = std::env::args().nth(2).map(PathBuf::from).unwrap_or_else(|| std::env::temp_dir().join("switchboard-bench"));
    let what = std::env::args().nth(1).unwrap_or_else(|| "all".into());
    // For a shorter run while working on something: one channel to parse for, how many messages each account has to send, how many
    // conversations there are, or how many screens.
    let less = std::env::args().nth(3);
    let number = less.as_deref().and_then(|n| n.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    println!("# Switchboard bench ({} cores)\n", std::thread::available_parallelism().map_or(0, usize::from));
    if matches!(what.as_str(), "all" | "parse") {
        parse::run(less.as_deref());
    }
    if matches!(what.as_str(), "all" | "accept") {
        accept::run(&runtime, &folder.join("accept"));
    }
    if matches!(what.as_str(), "all" | "intake") {
        intake::run(&runtime, &folder.join("intake"));
    }
    if matches!(what.as_str(), "all" | "mixed") {
        mixed::run(&folder);
    }
    if matches!(what.as_str(), "all" | "drain") {
        drain::run(&runtime, &folder.join("drain"), number.unwrap_or(2_000));
    }
    if matches!(what.as_str(), "all" | "imap") {
        imap::run(&runtime, &folder.join("imap"));
    }
    if matches!(what.as_str(), "all" | "mail") {
        mail::run(&runtime, &folder.join("mail"), number.unwrap_or(10_000));
    }
    if matches!(what.as_str(), "all" | "million") {
        million::run(&runtime, &folder);
    }
    if matches!(what.as_str(), "all" | "views" | "filters") {
        views::run(&runtime, &folder.join("views"), number.unwrap_or(views::CONVERSATIONS));
    }
    if matches!(what.as_str(), "all" | "bulk" | "filters") {
        bulk::run(&runtime, &folder.join("bulk"), number.unwrap_or(views::CONVERSATIONS));
    }
    if matches!(what.as_str(), "all" | "sockets") {
        sockets::run(&folder.join("sockets"), number.unwrap_or(2_000));
    }
    // The screen itself is measured by `web/bench/screen.mjs`, which `scripts/bench screen` runs on this.
    if what == "screen-data" {
        screen::prepare(&runtime, &folder, number.unwrap_or(views::CONVERSATIONS));
    }
    if matches!(what.as_str(), "all" | "backup") {
        backup::run(&runtime, &folder.join("backup"), number.unwrap_or(1_000_000));
    }
}
