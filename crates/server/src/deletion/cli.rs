//! `switchboard workspace delete` and `deleted`.

use super::{actions, removal, store};
use crate::people::arrivals;
use crate::start::{self, Edges};
use clap::{Arg, ArgAction, ArgMatches, Command};
use config::Config;
use db::{Lane, Scope};
use kernel::time::rfc3339;
use kernel::{Actor, Error, Result};

pub fn delete_arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    command
        .arg(Arg::new("workspace").required(true).value_name("WORKSPACE").help("Its id or its name"))
        .arg(flag("now", "Without waiting: it is gone when the command ends"))
        .arg(flag("cancel", "Take it back while it waits").conflicts_with("now"))
}
pub fn deleted_arguments(command: Command) -> Command {
    command.arg(Arg::new("certificate").long("certificate").value_name("ID").help("Print the certificate of this deletion"))
}

pub async fn delete(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    // Nothing is sent from here.
    app.runner.begin_stop();
    let name = m.get_one::<String>("workspace").cloned().unwrap_or_default();
    let done = async {
        let id = app.db.read(Scope::Control, move |tx| arrivals::the_one_called(tx, &name)).await?;
        if m.get_flag("cancel") {
            actions::cancel(&app, &Actor::system(id)).await?;
            return Ok(format!("The deletion of {id} was taken back. It goes on once the server runs."));
        }
        let open = app.db.read(Scope::Control, move |tx| store::open(tx, id)).await?;
        let d = match open {
            Some(d) => d,
            None => actions::ask_as_operator(&app, id).await?,
        };
        if !m.get_flag("now") {
            return Ok(format!(
                "{} ({id}) stands still and is deleted at {}. Until then: switchboard workspace delete {id} --cancel",
                d.workspace_name,
                rfc3339(d.due_at)
            ));
        }
        let (deletion, now) = (d.id, app.now());
        app.db.write(Scope::Control, Lane::Interactive, move |tx| store::due_now(tx, deletion, now)).await?;
        removal::remove(&app, d).await?;
        Ok(format!("{id} is deleted. Its certificate: switchboard workspace deleted --certificate {deletion}"))
    };
    let done: Result<String> = done.await;
    app.db.close().await;
    println!("{}", done?);
    Ok(())
}

/// One line for each, or one certificate as it is.
pub async fn deleted(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let done = async {
        match m.get_one::<String>("certificate") {
            Some(text) => {
                let id = text.parse().map_err(|_| Error::field("certificate", "invalid", "This is no id of a deletion."))?;
                let found = app.db.read(Scope::Control, move |tx| store::find(tx, id)).await?;
                let found = found.filter(|d| d.state == "done").and_then(|d| d.certificate);
                println!("{}", crate::app::found(found, "deletion.not_found", "certificate")?);
            }
            None => {
                for d in app.db.read(Scope::Control, |tx| store::recent(tx, 1_000)).await? {
                    let at = d.ended_at.unwrap_or(d.due_at);
                    println!("{}  {:9}  {}  {}  {}", d.id, d.state, rfc3339(at), d.workspace_id, d.workspace_name);
                }
            }
        }
        Ok::<_, Error>(())
    };
    let done = done.await;
    app.db.close().await;
    done
}
