//! `make bench`: accept, intake, reading at a million messages, start and memory, views, acts on many. Every figure stands beside a floor measured in
//! the same run, since machines differ and are noisy.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod accept;
mod bulk;
mod floor;
mod http;
mod intake;
mod million;
mod process;
mod views;

use std::path::PathBuf;

fn main() {
    let folder = std::env::args().nth(2).map(PathBuf::from).unwrap_or_else(|| std::env::temp_dir().join("switchboard-bench"));
    let what = std::env::args().nth(1).unwrap_or_else(|| "all".into());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    println!("# Switchboard bench ({} cores)\n", std::thread::available_parallelism().map_or(0, usize::from));
    if matches!(what.as_str(), "all" | "accept") {
        accept::run(&runtime, &folder.join("accept"));
    }
    if matches!(what.as_str(), "all" | "intake") {
        intake::run(&runtime, &folder.join("intake"));
    }
    if matches!(what.as_str(), "all" | "million") {
        million::run(&runtime, &folder);
    }
    if matches!(what.as_str(), "all" | "views") {
        views::run(&runtime, &folder.join("views"));
    }
    if matches!(what.as_str(), "all" | "bulk") {
        bulk::run(&runtime, &folder.join("bulk"));
    }
}
