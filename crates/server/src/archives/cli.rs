//! `switchboard workspace list`, `export`, `import` and `resume`.

use super::{Exported, ImportOrder, Order, export, find, import};
use crate::backups::{Installation, size};
use crate::people::{self, arrivals};
use crate::standstill;
use crate::start::{self, Edges};
use clap::{Arg, ArgAction, ArgMatches, Command};
use config::Config;
use db::Scope;
use kernel::{Actor, Error, Result, Secret};
use std::path::PathBuf;
use tokio::runtime::Handle;

fn which() -> Arg {
    Arg::new("workspace").required(true).value_name("WORKSPACE").help("Its id or its name")
}
fn passphrase() -> Arg {
    Arg::new("passphrase-stdin").long("passphrase-stdin").action(ArgAction::SetTrue)
}

pub fn export_arguments(command: Command) -> Command {
    command
        .arg(which())
        .arg(Arg::new("to").long("to").required(true).value_name("FILE").help("The archive to be written; never overwritten"))
        .arg(passphrase().help("Read a passphrase from standard input, and seal credentials and passwords into it"))
}
pub fn import_arguments(command: Command) -> Command {
    command
        .arg(Arg::new("file").required(true).value_name("FILE").help("The archive"))
        .arg(Arg::new("name").long("name").value_name("NAME").help("Another name for the workspace (default: the one it had)"))
        .arg(passphrase().help("Read the archive's passphrase from standard input"))
}
pub fn resume_arguments(command: Command) -> Command {
    command.arg(which())
}

fn text(m: &ArgMatches, name: &str) -> Option<String> {
    m.get_one::<String>(name).cloned()
}

fn read_passphrase(m: &ArgMatches) -> Result<Option<Secret<String>>> {
    if !m.get_flag("passphrase-stdin") {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|e| Error::internal(e.to_string()))?;
    let line = line.trim_end_matches(['\r', '\n']).to_owned();
    good(&line)?;
    Ok(Some(Secret::new(line)))
}

/// Whoever has the file can try passphrases as long as they like.
pub fn good(passphrase: &str) -> Result<()> {
    match passphrase.chars().count() {
        12..=500 => Ok(()),
        _ => Err(Error::field("passphrase", "too_short", "Use a passphrase of at least 12 characters; four plain words are good.")),
    }
}

/// Beside a running server, which is not disturbed.
pub async fn put_out(config: Config, m: &ArgMatches) -> Result<()> {
    let from = Installation::of(&config, &Edges::default());
    let (name, to) = (text(m, "workspace").unwrap_or_default(), PathBuf::from(text(m, "to").unwrap_or_default()));
    let order = Order { passphrase: read_passphrase(m)?, ..Order::default() };
    let (runtime, at) = (Handle::current(), to.clone());
    let done = tokio::task::spawn_blocking(move || {
        let id = find(&from, &name)?;
        export(&from, id, &at, &order, &runtime)
    });
    let Exported { manifest, bytes, members } = done.await.map_err(|e| Error::internal(e.to_string()))??;
    let rows: u64 = manifest.tables.iter().map(|t| t.rows).sum();
    println!(
        "{} ({}) is in {}: {rows} rows, {} files, {members} members, {}.",
        manifest.workspace_name,
        manifest.workspace_id,
        to.display(),
        manifest.files.count,
        size(bytes)
    );
    if !manifest.files.missing.is_empty() {
        println!("{} files that rows name were not there and are not in it.", manifest.files.missing.len());
    }
    println!("Not in it:");
    manifest.left_out.iter().for_each(|words| println!("  {words}"));
    if !manifest.still {
        println!(
            "The workspace went on meanwhile: what happens from now on is not in it. To move it without a gap, ask for its deletion first, and export then."
        );
    }
    Ok(())
}

/// Needs the data for itself: the server is stopped meanwhile.
pub async fn take_in(config: Config, m: &ArgMatches) -> Result<()> {
    let order = ImportOrder { name: text(m, "name"), passphrase: read_passphrase(m)? };
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let done = import(&app, &PathBuf::from(text(m, "file").unwrap_or_default()), order).await;
    app.db.close().await;
    let i = done?;
    println!(
        "{} ({}) is here: {} rows, {} files, {} members, {} of them with new accounts.",
        i.name, i.workspace, i.rows, i.files, i.members, i.accounts
    );
    if i.missing_files > 0 {
        println!("{} files were missing already where it was exported.", i.missing_files);
    }
    if i.disconnected > 0 {
        println!("{} channels ask for their credentials in Settings > Channels; they did not come along.", i.disconnected);
    }
    if !i.with_secrets && i.accounts > 0 {
        println!(
            "Passwords did not come along: whoever is new here gets in by “Forgot password?”, or by a link that an administrator makes."
        );
    }
    println!("Nothing is sent from it yet, so that two installations never send the same. When the old one is out of use:");
    println!("  switchboard workspace resume {}", i.workspace);
    println!("or Settings > Workspace, “Go on here”. Check there whether providers send to the address of this installation.");
    Ok(())
}

pub async fn go_on(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let name = text(m, "workspace").unwrap_or_default();
    // Nothing is sent from here: that is the server's work.
    app.runner.begin_stop();
    let done = async {
        let id = app.db.read(Scope::Control, move |tx| arrivals::the_one_called(tx, &name)).await?;
        standstill::resume(&app, &Actor::system(id)).await.map(|()| id)
    };
    let done = done.await;
    app.db.close().await;
    println!("Workspace {} goes on: what waits is sent once the server runs.", done?);
    Ok(())
}

/// One line for each.
pub async fn list(config: Config) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    for id in app.workspaces().await? {
        let name = people::workspace(&app, id).await?.name.clone();
        let state = match app.db.read(id, standstill::find).await? {
            None => "works",
            Some(s) if s.reason == standstill::Reason::Moved => "waits after a move",
            Some(_) => "is about to be deleted",
        };
        println!("{id}  {state}  {name}");
    }
    app.db.close().await;
    Ok(())
}
