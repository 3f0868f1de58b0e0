//! `switchboard backup`, `verify` and `restore`.

use super::{Finding, Installation, Order, client, restore, size, take, target, verify_backup, verify_live};
use crate::start::Edges;
use clap::{Arg, ArgMatches, Command};
use config::Config;
use kernel::time::rfc3339;
use kernel::{Error, Result};
use std::path::PathBuf;
use tokio::runtime::Handle;

/// What these commands take besides the options of the configuration.
pub fn backup_arguments(command: Command) -> Command {
    command.arg(Arg::new("to").long("to").value_name("PLACE").help("A folder or s3://bucket/prefix (default: backup.to)")).arg(
        Arg::new("keep")
            .long("keep")
            .value_name("RULE")
            .help("Which snapshots stay: 24h,7d,4w,12m (default: backup.keep; without it, all)"),
    )
}
pub fn verify_arguments(command: Command) -> Command {
    command.arg(Arg::new("from").long("from").value_name("PLACE").help("Look at the backup there instead of the data at hand"))
}
pub fn restore_arguments(command: Command) -> Command {
    command
        .arg(Arg::new("from").long("from").value_name("PLACE").required(true).help("Where the backup lies: a folder or s3://bucket/prefix"))
        .arg(Arg::new("at").long("at").value_name("TIME").help("As it was then, such as 2026-03-01T12:00:00Z (default: the newest)"))
        .arg(Arg::new("into").long("into").value_name("DATA").help("A new data folder (default: server.data)"))
}

fn text(m: &ArgMatches, name: &str) -> Option<String> {
    m.get_one::<String>(name).cloned()
}

async fn waiting<T: Send + 'static>(f: impl FnOnce(Handle) -> Result<T> + Send + 'static) -> Result<T> {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || f(runtime)).await.map_err(|e| Error::internal(e.to_string()))?
}

pub async fn backup(config: Config, m: &ArgMatches) -> Result<()> {
    let place = text(m, "to").or_else(|| config.backup.to.clone());
    let place =
        place.ok_or_else(|| Error::field("to", "required", "Say where the backup goes: --to FOLDER or --to s3://bucket/prefix."))?;
    let order = Order::of(&config, text(m, "keep").as_deref())?;
    let from = Installation::of(&config, &Edges::default());
    let to = target(&config, &place, client(&config)?, true)?;
    let taken = waiting(move |runtime| take(&from, to, &order, runtime)).await?;
    let w = &taken.written;
    println!("Snapshot {} in {place}: {} databases, {} files.", taken.snapshot, taken.databases, taken.files);
    println!("{} looked at, {} new, {} written.", size(w.seen_bytes), size(w.new_bytes), size(w.stored_bytes));
    if !taken.forgotten.snapshots.is_empty() {
        println!("{} older snapshots removed, {} freed.", taken.forgotten.snapshots.len(), size(taken.forgotten.freed_bytes));
    }
    match taken.with_key {
        true => println!("The master key is in it, sealed with your passphrase. Without the passphrase it cannot be used."),
        false => println!(
            "The master key is NOT in it. Keep a copy of master.key elsewhere: without it, channel credentials cannot be read after a restore. (Or set backup.passphrase.)"
        ),
    }
    Ok(())
}

/// One line for each thing looked at.
pub async fn verify(config: Config, m: &ArgMatches) -> Result<()> {
    let found = match text(m, "from") {
        Some(place) => {
            let from = target(&config, &place, client(&config)?, false)?;
            waiting(move |runtime| verify_backup(from, runtime)).await?
        }
        None => verify_live(&Installation::of(&config, &Edges::default())).await?,
    };
    for Finding { ok, what, words } in &found {
        println!("{}  {what}: {words}", if *ok { "ok     " } else { "DAMAGED" });
    }
    match found.iter().filter(|f| !f.ok).count() {
        0 => Ok(()),
        n => Err(Error::conflict("verify.damaged", format!("{n} of these need attention."))),
    }
}

pub async fn put_back(mut config: Config, m: &ArgMatches) -> Result<()> {
    if let Some(into) = text(m, "into") {
        config.server.data = std::path::absolute(PathBuf::from(into)).map_err(|e| Error::internal(e.to_string()))?;
    }
    let wrong = || Error::field("at", "invalid", "Write the time like this: 2026-03-01T12:00:00Z.");
    let at = text(m, "at").map(|t| kernel::time::parse_rfc3339(&t).ok_or_else(wrong)).transpose()?;
    let place = text(m, "from").unwrap_or_default();
    let from = target(&config, &place, client(&config)?, false)?;
    let into = Installation::of(&config, &Edges::default());
    let passphrase = config.backup.passphrase.clone();
    let done = waiting(move |runtime| restore(from, at, &into, passphrase.as_ref(), runtime)).await?;
    let data = config.server.data.display();
    println!(
        "Restored the snapshot of {} into {data}: {} workspaces, {} rows, {} files.",
        rfc3339(done.taken_at),
        done.workspaces.len(),
        done.rows,
        done.files
    );
    if done.waited > 0 {
        println!(
            "{} messages waited to be sent then. Nobody knows whether they left since: they are sent again where the receiver recognises a repeat, and marked as uncertain elsewhere.",
            done.waited
        );
    }
    if !done.has_key {
        println!(
            "The master key is not in this backup. Put your copy into {data}/master.key before you start; the server refuses to start without it."
        );
    }
    Ok(())
}
