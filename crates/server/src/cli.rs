//! The command line: serve, demo, migrate, user, doctor, openapi, import, simulate, configuration, completions, manual.

use crate::app::App;
use crate::start::{self, Edges, Running};
use crate::{archives, backups, deletion, demo, http, imports, people, simulate};
use clap::{Arg, ArgAction, ArgMatches, Command};
use config::{Config, Flags, LogFormat, OPTIONS};
use db::Scope;
use kernel::{Error, Result, Role, Secret};
use std::path::PathBuf;
use std::process::ExitCode;

fn command() -> Command {
    let common = || {
        let mut args = vec![
            Arg::new("config").long("config").value_name("FILE").global(false).help("Configuration file (default: ./switchboard.toml)"),
        ];
        for option in OPTIONS.iter().filter(|o| !o.flag.is_empty()) {
            let help = match option.default {
                "" => format!("{} [{}]", option.help, option.env),
                default => format!("{} [default: {default}] [{}]", option.help, option.env),
            };
            args.push(Arg::new(option.flag).long(option.flag).value_name("VALUE").help(help));
        }
        args
    };
    let say = |name: &'static str, about: &'static str| Command::new(name).about(about).args(common());
    Command::new("switchboard")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Every conversation with your customers, in one inbox")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(say("serve", "Runs the server"))
        .subcommand(say("demo", "Runs the server with a sample workspace and simulated customers"))
        .subcommand(
            say("migrate", "Brings all databases up to date")
                .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Only say what would be done")),
        )
        .subcommand(
            Command::new("user")
                .about("Manages people")
                .subcommand_required(true)
                .subcommand(
                    say(
                        "reset-second-step",
                        "Switches off the second step of somebody who lost app and recovery codes; noted in the audit log",
                    )
                    .arg(Arg::new("email").required(true).help("E-mail address")),
                )
                .subcommand(
                    say("add", "Adds a person who can sign in (the first one also gets a workspace)")
                        .arg(Arg::new("email").required(true).help("E-mail address"))
                        .arg(Arg::new("name").long("name").value_name("NAME").help("Full name (default: the part before the @)"))
                        .arg(
                            Arg::new("role")
                                .long("role")
                                .value_name("ROLE")
                                .default_value("agent")
                                .help("owner, admin, lead, agent or viewer"),
                        )
                        .arg(Arg::new("workspace").long("workspace").value_name("ID").help("Id of the workspace (default: the only one)"))
                        .arg(
                            Arg::new("password-stdin")
                                .long("password-stdin")
                                .action(ArgAction::SetTrue)
                                .help("Read the password from standard input instead of making one"),
                        ),
                ),
        )
        .subcommand(
            Command::new("workspace")
                .about("Manages workspaces")
                .subcommand_required(true)
                .subcommand(
                    say("tier", "Sets a workspace's plan")
                        .arg(Arg::new("id").required(true).help("Id of the workspace"))
                        .arg(Arg::new("tier").required(true).value_parser(clap::value_parser!(i64).range(1..=5)).help("1 to 5")),
                )
                .subcommand(say("list", "Lists the workspaces, and whether they work"))
                .subcommand(archives::cli::export_arguments(say(
                    "export",
                    "Writes a workspace into one file, beside a running server; fits either engine",
                )))
                .subcommand(archives::cli::import_arguments(say(
                    "import",
                    "Takes in such a file; nothing is sent from the workspace before `workspace resume`",
                )))
                .subcommand(archives::cli::resume_arguments(say("resume", "Lets a workspace go on that was taken in")))
                .subcommand(deletion::cli::delete_arguments(say("delete", "Deletes a workspace after the grace time, or now")))
                .subcommand(deletion::cli::deleted_arguments(say("deleted", "Lists deletions, and prints their certificates"))),
        )
        .subcommand(
            Command::new("audit")
                .about("Looks after the audit log")
                .subcommand_required(true)
                .subcommand(say("verify", "Checks that no row of any workspace's audit log was changed, left out or put in later")),
        )
        .subcommand(backups::cli::backup_arguments(say(
            "backup",
            "Takes a snapshot of everything, beside a running server; copies only what has changed",
        )))
        .subcommand(backups::cli::verify_arguments(say("verify", "Looks whether databases and files, or a backup, are sound")))
        .subcommand(backups::cli::restore_arguments(say("restore", "Puts a snapshot back, into an empty folder")))
        .subcommand(say("doctor", "Looks at configuration, data, database and reachability, and says what to do"))
        .subcommand(Command::new("openapi").about("Prints the description of the API"))
        .subcommand(
            Command::new("completions")
                .about("Prints the completion script of a shell")
                .arg(Arg::new("shell").required(true).value_parser(clap::value_parser!(clap_complete::Shell)).help("Which shell")),
        )
        .subcommand(
            Command::new("manual").about("Writes the manual pages, one for each command, into a folder").arg(
                Arg::new("folder")
                    .required(true)
                    .value_name("FOLDER")
                    .value_parser(clap::value_parser!(PathBuf))
                    .help("Made if it is not there"),
            ),
        )
        .subcommand(simulate::command())
        .subcommand(
            Command::new("import")
                .about("Takes in archives")
                .subcommand_required(true)
                .subcommand(
                    say("mbox", "Takes in an mbox file, silently; can be interrupted and repeated")
                        .arg(Arg::new("file").required(true).value_name("FILE").help("The archive"))
                        .arg(
                            Arg::new("channel")
                                .long("channel")
                                .required(true)
                                .value_name("ADDRESS")
                                .help("Id or address of the mail channel"),
                        ),
                )
                .subcommand(
                    say("mail", "Takes in a Maildir, a folder of .eml files or an mbox file, silently; can be interrupted and repeated")
                        .arg(Arg::new("file").required(true).value_name("PATH").help("The folder or the file"))
                        .arg(
                            Arg::new("channel")
                                .long("channel")
                                .required(true)
                                .value_name("ADDRESS")
                                .help("Id or address of the mail channel"),
                        ),
                )
                .subcommand(
                    say("calls", "Takes in a list of calls (CSV), silently; can be repeated")
                        .arg(Arg::new("file").required(true).value_name("FILE").help("The list, its first line naming the columns"))
                        .arg(
                            Arg::new("channel")
                                .long("channel")
                                .required(true)
                                .value_name("NUMBER")
                                .help("Id or number of the phone channel"),
                        )
                        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Only say what would come in")),
                ),
        )
}

pub fn run() -> ExitCode {
    let matches = command().get_matches();
    let outcome = match matches.subcommand() {
        Some(("openapi", _)) => print_openapi(),
        Some(("completions", sub)) => completions(sub),
        Some(("manual", sub)) => manual(sub),
        Some(("simulate", sub)) => play(sub),
        Some((name, sub)) => {
            let leaf = sub.subcommand().map_or(sub, |(_, leaf)| leaf);
            configure(leaf).and_then(|config| within_runtime(&format!("{name} {}", sub.subcommand_name().unwrap_or("")), leaf, config))
        }
        None => Ok(()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard: {}", error.detail);
            ExitCode::FAILURE
        }
    }
}

fn print_openapi() -> Result<()> {
    let text = http::document().to_pretty_json().map_err(|e| Error::internal(e.to_string()))?;
    println!("{text}");
    Ok(())
}

fn completions(m: &ArgMatches) -> Result<()> {
    if let Some(shell) = m.get_one::<clap_complete::Shell>("shell") {
        clap_complete::generate(*shell, &mut command(), "switchboard", &mut std::io::stdout());
    }
    Ok(())
}

/// `switchboard.1`, `switchboard-serve.1` and so on.
fn manual(m: &ArgMatches) -> Result<()> {
    let Some(folder) = m.get_one::<PathBuf>("folder") else { return Ok(()) };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command(), folder))
        .map_err(|e| Error::conflict("manual.not_written", format!("{} cannot be written: {e}", folder.display())))
}

/// Talks to a server, so there is nothing to configure.
fn play(m: &ArgMatches) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| Error::internal(e.to_string()))?;
    let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    runtime.block_on(simulate::run(m, &env, &mut std::io::stdout()))
}

fn configure(m: &ArgMatches) -> Result<Config> {
    let mut flags = Flags { config: m.get_one::<String>("config").map(PathBuf::from), values: Vec::new() };
    for option in OPTIONS.iter().filter(|o| !o.flag.is_empty()) {
        if let Some(value) = m.get_one::<String>(option.flag) {
            flags.values.push((option.flag.to_owned(), value.clone()));
        }
    }
    let cwd = std::env::current_dir().map_err(|e| Error::internal(e.to_string()))?;
    Config::load(&flags, std::env::vars(), &cwd).map_err(|e| Error::conflict("config.invalid", e.to_string()))
}

fn within_runtime(name: &str, m: &ArgMatches, config: Config) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level)
        .map_err(|e| Error::conflict("config.invalid", format!("log.level: {e}")))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.with_target(false).init(),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| Error::internal(e.to_string()))?;
    runtime.block_on(async {
        match name.trim() {
            "serve" => serve(config).await,
            "demo" => serve_demo(config).await,
            "migrate" => migrate(config, m.get_flag("dry-run")).await,
            "user reset-second-step" => reset_second_step(config, m).await,
            "user add" => add_user(config, m).await,
            "workspace tier" => set_tier(config, m).await,
            "workspace list" => archives::cli::list(config).await,
            "workspace export" => archives::cli::put_out(config, m).await,
            "workspace import" => archives::cli::take_in(config, m).await,
            "workspace resume" => archives::cli::go_on(config, m).await,
            "workspace delete" => deletion::cli::delete(config, m).await,
            "workspace deleted" => deletion::cli::deleted(config, m).await,
            "audit verify" => verify_audit(config).await,
            "backup" => backups::cli::backup(config, m).await,
            "verify" => backups::cli::verify(config, m).await,
            "restore" => backups::cli::put_back(config, m).await,
            "doctor" => doctor(config).await,
            "import mbox" | "import mail" => {
                imports::mbox(
                    config,
                    m.get_one::<String>("file").map(PathBuf::from).unwrap_or_default(),
                    m.get_one::<String>("channel").cloned().unwrap_or_default(),
                )
                .await
            }
            "import calls" => {
                let text = |name: &str| m.get_one::<String>(name).cloned().unwrap_or_default();
                imports::calls(config, PathBuf::from(text("file")), text("channel"), m.get_flag("dry-run")).await
            }
            other => Err(Error::internal(format!("no command {other}"))),
        }
    })
}

async fn serve(config: Config) -> Result<()> {
    let running = start::start(config, Edges::default()).await?;
    println!("Switchboard answers at {}", running.app.config.server.public_url);
    if let Some(smtp) = running.smtp_address {
        println!("Mail is taken at {smtp}");
    }
    if !people::is_set_up(&running.app).await? {
        println!("Open it in a browser to make the first account.");
    }
    until_told(running).await
}

async fn serve_demo(mut config: Config) -> Result<()> {
    // Simulated customers live on this machine; nothing of the demo leaves it.
    config.net.allow.push("127.0.0.0/8".into());
    let running = start::start(config, Edges::default()).await?;
    let sign_in = demo::begin(&running.app).await?;
    println!(
        "\n  Switchboard demo: {}\n  Sign in:  {}\n  Password: {}\n",
        running.app.config.server.public_url, sign_in.email, sign_in.password
    );
    let life = tokio::spawn(demo::live(running.app.clone()));
    let done = until_told(running).await;
    life.abort();
    done
}

/// Serves until the process is told to stop.
async fn until_told(running: Running) -> Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(|e| Error::internal(e.to_string()))?;
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    println!("Stopping: finishing what runs. What is queued is kept and goes on at the next start.");
    running.stop().await;
    Ok(())
}

async fn close(app: App) {
    app.db.close().await;
}

async fn migrate(config: Config, dry_run: bool) -> Result<()> {
    if dry_run {
        let at = backups::Installation::of(&config, &Edges::default());
        let tried = tokio::task::spawn_blocking(move || backups::rehearse(&at)).await.map_err(|e| Error::internal(e.to_string()))??;
        for (name, pending) in tried.iter().filter(|(_, pending)| !pending.is_empty()) {
            println!("{name}: {}", pending.join(", "));
        }
        match tried.iter().filter(|(_, pending)| !pending.is_empty()).count() {
            0 => println!("All {} databases are up to date.", tried.len()),
            n => println!("{n} of {} databases would be migrated. It was tried, and taken back: it works.", tried.len()),
        }
        return Ok(());
    }
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let all = app.workspaces().await?;
    let mut pending = 0;
    for id in &all {
        let plan = app.db.plan(Scope::Workspace(*id)).await?;
        if !plan.pending.is_empty() {
            pending += 1;
            app.db.ensure_open(Scope::Workspace(*id)).await?;
            println!("{id}: {}", plan.pending.join(", "));
        }
    }
    match pending {
        0 => println!("All {} workspaces are up to date.", all.len()),
        n => println!("{n} of {} workspaces were migrated.", all.len()),
    }
    close(app).await;
    Ok(())
}

async fn add_user(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let text = |name: &str| m.get_one::<String>(name).cloned();
    let email = text("email").unwrap_or_default();
    let name = text("name").unwrap_or_else(|| email.split('@').next().unwrap_or("").to_owned());
    let role = text("role")
        .and_then(|r| Role::parse(&r))
        .filter(|r| r.permissions().is_some())
        .ok_or_else(|| Error::field("role", "not_an_option", "Choose one of: owner, admin, lead, agent, viewer."))?;
    let password = match m.get_flag("password-stdin") {
        true => {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(|e| Error::internal(e.to_string()))?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
        false => {
            let made = app.secret_text(12);
            println!("Password: {made}");
            made
        }
    };
    let all = app.workspaces().await?;
    let chosen = match text("workspace") {
        Some(id) => Some(id.parse().map_err(|_| Error::field("workspace", "invalid", "This is no id of a workspace."))?),
        None if all.len() > 1 => {
            return Err(Error::field("workspace", "required", "There are several workspaces; say which with --workspace."));
        }
        None => all.first().copied(),
    };
    match chosen {
        Some(workspace) => {
            people::add_user(&app, workspace, &email, &name, Secret::new(password), role).await?;
            println!("{email} can sign in as {}.", role);
        }
        None => {
            let admin = people::NewAdmin {
                name,
                email: email.clone(),
                password: Secret::new(password),
                workspace_name: "My workspace".into(),
                locale: "en".into(),
                time_zone: "UTC".into(),
                default_country: "US".into(),
            };
            let (_, workspace, _) = people::create_workspace(&app, admin).await?;
            let actor = kernel::Actor::system(workspace);
            crate::channels::create_first_widget(&app, &actor, "My workspace").await?;
            println!("{email} can sign in as admin of the new workspace {workspace}.");
        }
    }
    close(app).await;
    Ok(())
}

async fn reset_second_step(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let email = m.get_one::<String>("email").cloned().unwrap_or_default();
    let was_on = people::switch_second_step_off_for(&app, &email).await;
    close(app).await;
    match was_on? {
        true => println!("{email} signs in with the password alone from now on, and should set up the second step anew."),
        false => println!("The second step of {email} was off already."),
    }
    Ok(())
}

async fn set_tier(config: Config, m: &ArgMatches) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    let id = m.get_one::<String>("id").and_then(|t| t.parse().ok());
    let id = id.ok_or_else(|| Error::field("id", "invalid", "This is no id of a workspace."))?;
    let tier = m.get_one::<i64>("tier").copied().unwrap_or(5);
    people::set_tier(&app, id, tier).await?;
    println!("Workspace {id} is on tier {tier}: {}.", people::features(tier).join(", "));
    close(app).await;
    Ok(())
}

/// One line for each workspace; fails if one is broken.
async fn verify_audit(config: Config) -> Result<()> {
    let (app, _lock) = start::open(config, Edges::default()).await?;
    crate::audit::carry_all(&app).await?;
    let mut broken = 0;
    for id in app.workspaces().await? {
        app.db.ensure_open(Scope::Workspace(id)).await?;
        let v = app.db.read(id, crate::audit::verify).await?;
        let hash = data_encoding::HEXLOWER.encode(&v.hash);
        match (v.broken_at, v.why) {
            (Some(n), why) => {
                broken += 1;
                println!("BROKEN  {id}: row {n}: {}", why.unwrap_or("it is wrong"));
            }
            (None, _) => println!(
                "intact  {id}: {} rows, the last at {}, {hash}",
                v.rows,
                v.last_at.map_or_else(|| "no time".into(), kernel::time::rfc3339)
            ),
        }
    }
    close(app).await;
    if broken > 0 { Err(Error::conflict("audit.broken", format!("{broken} audit logs are not as they were written."))) } else { Ok(()) }
}

/// One line for each thing looked at; the first word says how it stands.
async fn doctor(config: Config) -> Result<()> {
    let mut broken = 0;
    let mut say = |ok: bool, what: &str, words: String| {
        broken += usize::from(!ok);
        println!("{}  {what}: {words}", if ok { "ok    " } else { "BROKEN" });
    };
    say(true, "configuration", format!("data in {}, answers at {}", config.server.data.display(), config.server.public_url));
    let public = config.server.public_url.clone();
    let listen = config.server.listen;
    let mail = config.mail.clone();
    let database = if config.server.database.is_some() { "PostgreSQL" } else { "SQLite" };
    match start::open(config, Edges::default()).await {
        Err(e) if e.code == "data.locked" => say(true, "data", "in use by a running server".into()),
        Err(e) => say(false, "data", e.detail),
        Ok((app, _lock)) => {
            say(true, "database", format!("{database} answers"));
            for id in app.workspaces().await? {
                match app.db.plan(Scope::Workspace(id)).await {
                    Ok(plan) if plan.pending.is_empty() => say(true, "workspace", format!("{id} is up to date")),
                    Ok(plan) => say(true, "workspace", format!("{id} will be migrated when it is opened ({})", plan.pending.join(", "))),
                    Err(e) => say(false, "workspace", format!("{id}: {}", e.detail)),
                }
            }
            let there = webui_is_there();
            say(there, "web UI", if there { "in the binary".into() } else { "not built; run `make web` before building".into() });
            close(app).await;
        }
    }
    match mail {
        Some(mail) => say(true, "mail", format!("letters leave from {} through {}:{}", mail.from, mail.host, mail.port)),
        None => println!("note    mail: {}", crate::mailer::NOT_SET_UP),
    }
    let host = public.split("://").nth(1).unwrap_or("");
    let target =
        if host.contains(':') { host.to_owned() } else { format!("{host}:{}", if public.starts_with("https") { 443 } else { 80 }) };
    let reached = tokio::time::timeout(std::time::Duration::from_secs(3), tokio::net::TcpStream::connect(&target)).await;
    match reached {
        Ok(Ok(_)) => say(true, "public address", format!("{public} takes connections")),
        _ => println!("note    public address: {public} takes no connection now; that is expected while no server listens on {listen}"),
    }
    if public.starts_with("http://") && !host.starts_with("127.") && !host.starts_with("localhost") {
        println!("note    public address: {public} is not encrypted; put a proxy with TLS before it");
    }
    if broken > 0 { Err(Error::conflict("doctor.broken", format!("{broken} of these need attention."))) } else { Ok(()) }
}

fn webui_is_there() -> bool {
    webui::file("index.html").is_some()
}
