//! `switchboard simulate`: be the customer of a simulated channel from the command line, see what the provider saw, break it. It talks
//! to a running server through its API; with `--data` it runs one on that folder for as long as the command takes.

mod api;
mod local;
mod play;
mod traffic;

use api::Api;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use kernel::{Error, Result, Secret};
use std::io::Write;

/// The environment's names for `--url` and `--token`.
pub const URL: &str = config::COMMAND_LINE[0];
pub const TOKEN: &str = config::COMMAND_LINE[1];

pub fn command() -> Command {
    let channel =
        || Arg::new("channel").long("channel").value_name("CHANNEL").required(true).help("Name, id, key or address of a simulated channel");
    let person = || {
        Arg::new("as")
            .long("as")
            .value_name("PERSON")
            .default_value("1")
            .help("Which customer: 1, 2, 3 …, or an address, number or id on this channel")
    };
    let name = || Arg::new("name").long("name").value_name("NAME").help("What the customer is called");
    let subject = || Arg::new("subject").long("subject").value_name("SUBJECT").help("Subject, where the channel has them");
    let message = || {
        Arg::new("message")
            .long("message")
            .value_name("ID")
            .required(true)
            .help("The message it is about: msg_…, or its id at the provider")
    };
    let text = |help: &'static str| Arg::new("text").value_name("TEXT").required(true).help(help);
    let act = |name: &'static str, about: &'static str| Command::new(name).about(about).arg(channel()).arg(person());
    Command::new("simulate")
        .about("Plays the customers of simulated channels")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("url")
                .long("url")
                .value_name("URL")
                .global(true)
                .help(format!("Where the server answers [default: http://localhost:8080] [{URL}]")),
        )
        .arg(
            Arg::new("token")
                .long("token")
                .value_name("TOKEN")
                .global(true)
                .help(format!("An admin's API token, made in Settings › API tokens [{TOKEN}]")),
        )
        .arg(
            Arg::new("data")
                .long("data")
                .value_name("FOLDER")
                .global(true)
                .conflicts_with_all(["url", "token"])
                .help("Instead of a running server: run one on this data folder for as long as the command takes"),
        )
        .arg(Arg::new("json").long("json").global(true).action(ArgAction::SetTrue).help("Print what the server answered, as JSON"))
        .subcommand(Command::new("list").about("Lists the channels that can be played"))
        .subcommand(
            act("say", "The customer writes")
                .arg(name())
                .arg(subject())
                .arg(Arg::new("file").long("file").value_name("FILE").help("A file sent along"))
                .arg(Arg::new("text").value_name("TEXT").required_unless_present("file").help("What the customer writes")),
        )
        .subcommand(act("react", "The customer puts an emoji on a message").arg(message()).arg(text("The emoji")))
        .subcommand(act("edit", "The customer changes a message of theirs").arg(message()).arg(text("The new text")))
        .subcommand(act("delete", "The customer takes a message back").arg(message()))
        .subcommand(act("read", "The customer has read a message of ours").arg(message()))
        .subcommand(
            Command::new("report")
                .about("The provider reports what became of a message of ours")
                .arg(
                    Arg::new("channel")
                        .long("channel")
                        .value_name("CHANNEL")
                        .help("Needed only when the message is named by its id at the provider"),
                )
                .arg(message())
                .arg(
                    Arg::new("status")
                        .long("status")
                        .value_name("STATUS")
                        .required(true)
                        .value_parser(["delivered", "read", "failed"])
                        .help("What became of it"),
                ),
        )
        .subcommand(
            Command::new("fault").about("Breaks the provider, or makes it well").arg(channel()).arg(
                Arg::new("fault")
                    .value_name("FAULT")
                    .required(true)
                    .value_parser(["429", "outage", "expired-token", "none"])
                    .help("What it answers from now on"),
            ),
        )
        .subcommand(
            act("duplicate", "The provider brings one delivery several times")
                .arg(name())
                .arg(subject())
                .arg(
                    Arg::new("times")
                        .long("times")
                        .value_name("N")
                        .default_value("2")
                        .value_parser(value_parser!(u8).range(2..=20))
                        .help("How often, 2 to 20"),
                )
                .arg(text("What the customer writes")),
        )
        .subcommand(
            act("shuffle", "The customer writes several messages, and the last comes first")
                .arg(name())
                .arg(subject())
                .arg(Arg::new("text").value_name("TEXT").required(true).num_args(2..=20).help("What the customer writes, in order")),
        )
        .subcommand(
            Command::new("traffic")
                .about("Many customers write, at a steady pace")
                .arg(
                    Arg::new("channel")
                        .long("channel")
                        .value_name("CHANNEL")
                        .action(ArgAction::Append)
                        .help("Only these; without it, all simulated ones"),
                )
                .arg(
                    Arg::new("rate")
                        .long("rate")
                        .value_name("N")
                        .default_value("1")
                        .value_parser(value_parser!(u32).range(1..=500))
                        .help("Messages a second, 1 to 500"),
                )
                .arg(
                    Arg::new("seconds")
                        .long("seconds")
                        .value_name("S")
                        .default_value("10")
                        .value_parser(value_parser!(u32).range(1..=3600))
                        .help("For how long, 1 to 3600"),
                )
                .arg(
                    Arg::new("customers")
                        .long("customers")
                        .value_name("N")
                        .default_value("5")
                        .value_parser(value_parser!(u32).range(1..=10_000))
                        .help("How many customers on each channel"),
                ),
        )
        .subcommand(
            Command::new("seen").about("What the provider would have seen of us").arg(channel()).arg(
                Arg::new("last")
                    .long("last")
                    .value_name("N")
                    .default_value("20")
                    .value_parser(value_parser!(u32).range(1..=100))
                    .help("How many requests, the latest last"),
            ),
        )
}

/// Does what the words say and tells about it on `out`.
pub async fn run(m: &ArgMatches, env: &dyn Fn(&str) -> Option<String>, out: &mut (dyn Write + Send)) -> Result<()> {
    let Some((name, sub)) = m.subcommand() else { return Err(words("Say what to do; `switchboard simulate --help` lists it.")) };
    let text = |flag: &str| sub.get_one::<String>(flag).cloned();
    if let Some(folder) = text("data") {
        if matches!(name, "fault" | "seen") {
            return Err(words(
                "What a simulated provider answers and has seen lives as long as the server. Start one and name it with --url and --token.",
            ));
        }
        let server = local::start(&folder).await?;
        let done = play::play(&server.api, name, sub, out).await;
        server.stop().await;
        return done;
    }
    let url = text("url").or_else(|| env(URL)).unwrap_or_else(|| "http://localhost:8080".into());
    let token = text("token").or_else(|| env(TOKEN)).ok_or_else(|| {
        words(&format!("A token is missing. Make one as an admin in Settings › API tokens, and give it with --token or in {TOKEN}."))
    })?;
    play::play(&Api::new(&url, Secret::new(token))?, name, sub, out).await
}

/// A refusal of ours, in plain words.
fn words(text: &str) -> Error {
    Error::conflict("simulate.refused", text)
}
