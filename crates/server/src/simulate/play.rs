//! The commands, each a request or two and what to say about them.

use super::api::Api;
use super::{traffic, words};
use clap::ArgMatches;
use kernel::{Error, Result};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

type Out<'a> = &'a mut (dyn Write + Send);

pub fn line(out: Out<'_>, text: &str) -> Result<()> {
    writeln!(out, "{text}").map_err(|e| Error::internal(format!("nothing can be written: {e}")))
}
/// What others wrote, as it may stand on a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
fn text<'a>(v: &'a Value, name: &str) -> &'a str {
    v[name].as_str().unwrap_or_default()
}

pub async fn play(api: &Api, name: &str, m: &ArgMatches, out: Out<'_>) -> Result<()> {
    let given = |flag: &str| m.try_get_one::<String>(flag).ok().flatten().cloned();
    let as_json = m.get_flag("json");
    match name {
        "list" => list(api, as_json, out).await,
        "say" | "duplicate" => {
            let times = if name == "duplicate" { m.get_one::<u8>("times").copied().unwrap_or(2) } else { 1 };
            let mut act = who(m);
            act["text"] = json!(given("text").unwrap_or_default());
            act["times"] = json!(times);
            if let Some(path) = given("file") {
                let content = std::fs::read(&path).map_err(|e| words(&format!("{path} cannot be read: {e}.")))?;
                let called = Path::new(&path).file_name().map_or_else(|| path.clone(), |n| n.to_string_lossy().into_owned());
                act["file_id"] = json!(api.upload(&called, &content).await?);
            }
            act_on(api, m, act, as_json, out).await
        }
        "shuffle" => {
            let all: Vec<String> = m.get_many::<String>("text").into_iter().flatten().map(|t| t.replace(['\r', '\n'], " ")).collect();
            let mut act = who(m);
            act["text"] = json!(all.join("\n"));
            act["shuffled"] = json!(true);
            act_on(api, m, act, as_json, out).await
        }
        "react" | "edit" | "delete" | "read" => {
            let mut act = who(m);
            act["does"] = json!(name);
            act["text"] = json!(given("text").unwrap_or_default());
            act["about"] = json!(given("message"));
            act_on(api, m, act, as_json, out).await
        }
        "report" => report(api, m, out).await,
        "fault" => fault(api, m, out).await,
        "seen" => seen(api, m, as_json, out).await,
        "traffic" => traffic::run(api, m, out).await,
        other => Err(Error::internal(format!("no command {other}"))),
    }
}

/// Which customer, as the server wants to be told.
fn who(m: &ArgMatches) -> Value {
    let given = |flag: &str| m.try_get_one::<String>(flag).ok().flatten().map(|t| t.trim().to_owned());
    let person = given("as").unwrap_or_else(|| "1".into());
    let mut act = json!({ "from_name": given("name"), "subject": given("subject") });
    // Short numbers count customers; long ones are telephones.
    match person.parse::<u32>().ok().filter(|n| (1..=10_000).contains(n)) {
        Some(number) => act["customer"] = json!(number),
        None => act["from"] = json!(person),
    }
    act
}

/// Simulated channels, first made first.
pub async fn simulated(api: &Api) -> Result<Vec<Value>> {
    let all = api.get("/channels").await?;
    let list = all["data"].as_array().cloned().ok_or_else(|| words("This server does not answer as a Switchboard does."))?;
    Ok(list.into_iter().filter(|c| c["simulated"] == true).collect())
}

/// The one simulated channel of this name, id, key or address.
pub async fn channel(api: &Api, wanted: &str) -> Result<Value> {
    let all = api.get("/channels").await?;
    let list = all["data"].as_array().cloned().unwrap_or_default();
    let is = |c: &&Value, name: &str| text(c, name).eq_ignore_ascii_case(wanted.trim());
    let mut found: Vec<&Value> =
        list.iter().filter(|c| ["id", "key", "name", "account_identifier"].iter().any(|name| is(c, name))).collect();
    if found.is_empty() {
        // The beginning of a name will do where it is one channel's.
        let begins = |c: &&Value| text(c, "name").to_lowercase().starts_with(&wanted.trim().to_lowercase());
        found = list.iter().filter(begins).collect();
    }
    let names = |of: &[&Value]| of.iter().map(|c| format!("{} ({})", plain(text(c, "name")), text(c, "id"))).collect::<Vec<_>>().join(", ");
    match found.as_slice() {
        [one] if one["simulated"] == true => Ok((*one).clone()),
        [one] => Err(words(&format!(
            "{} is connected to its real provider. Add a simulated one in Settings › Channels › Add, “Try it without an account”.",
            plain(text(one, "name"))
        ))),
        [] => {
            let playable: Vec<&Value> = list.iter().filter(|c| c["simulated"] == true).collect();
            Err(words(&match playable.len() {
                0 => format!(
                    "There is no channel called {wanted}, and no simulated one at all. Add one in Settings › Channels › Add, “Try it without an account”."
                ),
                _ => format!("There is no channel called {wanted}. These can be played: {}.", names(&playable)),
            }))
        }
        many => Err(words(&format!("Several channels are called {wanted}. Give the id of one: {}.", names(many)))),
    }
}

async fn list(api: &Api, as_json: bool, out: Out<'_>) -> Result<()> {
    let all = simulated(api).await?;
    if as_json {
        return line(out, &json!(all).to_string());
    }
    if all.is_empty() {
        return line(out, "No channel is simulated. Add one in Settings › Channels › Add, “Try it without an account”.");
    }
    for c in &all {
        let state = api.get(&format!("/channels/{}/simulator", text(c, "id"))).await?;
        let fault = state["fault"].as_str().map(|f| format!(", its provider has the fault {}", f.replace('_', "-"))).unwrap_or_default();
        line(out, &format!("{}  {:<16} {} ({}{fault})", text(c, "id"), text(c, "provider"), plain(text(c, "name")), text(c, "status")))?;
    }
    Ok(())
}

async fn act_on(api: &Api, m: &ArgMatches, act: Value, as_json: bool, out: Out<'_>) -> Result<()> {
    let channel = channel(api, m.get_one::<String>("channel").map_or("", String::as_str)).await?;
    let done = api.post(&format!("/channels/{}/simulate", text(&channel, "id")), &act).await?;
    let mut outcomes = Vec::new();
    for id in done["journal_ids"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        outcomes.push(played(api, id).await?);
    }
    if as_json {
        return line(out, &json!({ "simulation": done, "deliveries": outcomes }).to_string());
    }
    let mut quarantined = false;
    for o in &outcomes {
        let (state, outcome) = (text(o, "state"), plain(text(o, "outcome")));
        quarantined |= state == "quarantined";
        line(out, &format!("{:<12} {outcome}", state))?;
    }
    if let Some(id) = outcomes.iter().find_map(|o| o["conversation_id"].as_str()) {
        line(out, &format!("conversation {id}"))?;
    }
    if quarantined { Err(words("A delivery was not understood; Journal shows it as it came.")) } else { Ok(()) }
}

/// Waits until the delivery has been taken in.
async fn played(api: &Api, id: &str) -> Result<Value> {
    for _ in 0..100 {
        let entry = api.get(&format!("/journal/{id}")).await?;
        if entry["state"] != "received" {
            return Ok(entry);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(words("The server has stored the delivery and not played it within ten seconds. It is kept and will be; Journal shows it."))
}

async fn report(api: &Api, m: &ArgMatches, out: Out<'_>) -> Result<()> {
    let id = m.get_one::<String>("message").cloned().unwrap_or_default();
    let status = m.get_one::<String>("status").cloned().unwrap_or_default();
    let (channel, body) = if id.starts_with("msg_") {
        let message = api.get(&format!("/messages/{id}")).await?;
        let conversation = api.get(&format!("/conversations/{}", text(&message, "conversation_id"))).await?;
        let channel = self::channel(api, text(&conversation, "channel_id")).await?;
        (channel, json!({ "message_id": id, "status": status }))
    } else {
        let named = m.get_one::<String>("channel").ok_or_else(|| words("Say with --channel on which channel this message left."))?;
        let channel = self::channel(api, named).await?;
        let state = api.get(&format!("/channels/{}/simulator", text(&channel, "id"))).await?;
        let seen = state["exchanges"].as_array().into_iter().flatten().map(|x| &x["seen"]).find(|s| s["external_id"] == id.as_str());
        let to = seen.map(|s| text(s, "to").to_owned()).ok_or_else(|| {
            words(&format!(
                "The provider of {} has seen no message {id}. `switchboard simulate seen` lists what it saw.",
                plain(text(&channel, "name"))
            ))
        })?;
        (channel, json!({ "external_id": id, "to": to, "status": status }))
    };
    api.post(&format!("/channels/{}/simulate/report", text(&channel, "id")), &body).await?;
    line(out, &format!("{} reports {id} as {status}.", plain(text(&channel, "name"))))
}

async fn fault(api: &Api, m: &ArgMatches, out: Out<'_>) -> Result<()> {
    let channel = channel(api, m.get_one::<String>("channel").map_or("", String::as_str)).await?;
    let (fault, told) = match m.get_one::<String>("fault").map_or("none", String::as_str) {
        "429" => (json!("rate_limit"), "answers 429, too many requests, from now on"),
        "outage" => (json!("outage"), "is down from now on"),
        "expired-token" => (json!("expired_token"), "takes our token no more"),
        _ => (Value::Null, "is well"),
    };
    api.put(&format!("/channels/{}/simulator", text(&channel, "id")), &json!({ "fault": fault })).await?;
    line(out, &format!("The provider of {} {told}.", plain(text(&channel, "name"))))
}

async fn seen(api: &Api, m: &ArgMatches, as_json: bool, out: Out<'_>) -> Result<()> {
    let channel = channel(api, m.get_one::<String>("channel").map_or("", String::as_str)).await?;
    let state = api.get(&format!("/channels/{}/simulator", text(&channel, "id"))).await?;
    let last = m.get_one::<u32>("last").copied().unwrap_or(20) as usize;
    let mut all: Vec<&Value> = state["exchanges"].as_array().into_iter().flatten().take(last).collect();
    all.reverse();
    if as_json {
        return line(out, &json!(all).to_string());
    }
    if all.is_empty() {
        return line(out, "Nothing has left on this channel since the server was started.");
    }
    for x in all {
        line(out, &format!("{}  {} {}  {}", text(x, "at"), text(x, "method"), plain(text(x, "path")), x["status"]))?;
        let s = &x["seen"];
        if !s.is_null() {
            let files: Vec<&str> = s["files"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let with = if files.is_empty() { String::new() } else { format!(" [{}]", plain(&files.join(", "))) };
            line(out, &format!("    to {}: {}{with}  (id {})", plain(text(s, "to")), plain(text(s, "text")), text(s, "external_id")))?;
        }
    }
    Ok(())
}
