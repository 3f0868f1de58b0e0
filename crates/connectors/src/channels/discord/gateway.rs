//! The gateway: a WebSocket over which Discord tells what happens. A pure machine over its state.
//!
//! State: `session_id`, `resume_url` and `seq` to go on with, `me` (the bot's user), `acked` (the last heartbeat was answered), and
//! `threads` (thread to channel, only while single channels are chosen).

use super::errors::{self, Bot};
use super::ids::is_snowflake;
use super::proof;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Gateway, RawDelivery, SendError, Step};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

pub struct Connection;

/// What is appended to an address of the gateway.
const QUERY: &str = "?v=10&encoding=json";
/// What an inbox wants to hear of; everything else is not even written down.
const WANTED: &[&str] = &[
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "INTERACTION_CREATE",
];
/// Threads that are remembered.
const MOST_THREADS: usize = 2_000;

const GUILDS: u64 = 1;
const GUILD_MESSAGES: u64 = 1 << 9;
const GUILD_REACTIONS: u64 = 1 << 10;
const DIRECT_MESSAGES: u64 = 1 << 12;
const DIRECT_REACTIONS: u64 = 1 << 13;
const MESSAGE_CONTENT: u64 = 1 << 15;

fn intents(account: &Account) -> u64 {
    let direct = DIRECT_MESSAGES | DIRECT_REACTIONS;
    if super::in_servers(account) { direct | GUILDS | GUILD_MESSAGES | GUILD_REACTIONS | MESSAGE_CONTENT } else { direct }
}

/// Only to Discord, and encrypted, unless a stand-in is set: the token is said there.
fn address(account: &Account, url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let stand_in = crate::kit::calls::base_url(account, super::form::BASE) != super::form::BASE;
    let host = url.strip_prefix("wss://").or_else(|| url.strip_prefix("ws://").filter(|_| stand_in))?;
    let plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let ours = stand_in || (plain && (host == "discord.gg" || host.ends_with(".discord.gg")));
    ours.then(|| format!("{url}/{QUERY}"))
}

impl Gateway for Connection {
    fn open<'a>(&'a self, edge: Edge<'a>, account: &'a Account, state: &'a Map<String, Value>) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let bot = Bot::of(account)?;
            if session(state).is_some()
                && let Some(url) = state.get("resume_url").and_then(Value::as_str).and_then(|u| address(account, u))
            {
                return Ok(url);
            }
            let answer =
                errors::get(edge, &bot, "/gateway/bot").await.map_err(SendError::from).map_err(crate::kit::calls::before_sending)?;
            let limit = |key: &str| answer.pointer(&format!("/session_start_limit/{key}")).and_then(Value::as_i64);
            if limit("remaining") == Some(0) {
                let detail = "The bot has begun too many connections today. Discord takes the next one later.".into();
                return Err(SendError::Retry { after_ms: limit("reset_after"), detail });
            }
            let url = answer.get("url").and_then(Value::as_str).unwrap_or_default();
            address(account, url).ok_or_else(|| SendError::Permanent { detail: "Discord named no gateway that can be trusted.".into() })
        })
    }

    fn frame(&self, account: &Account, state: &mut Map<String, Value>, text: &str, now: Millis) -> Vec<Step> {
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return Vec::new() };
        if let Some(seq) = frame.get("s").and_then(Value::as_i64) {
            state.insert("seq".into(), seq.into());
        }
        match frame.get("op").and_then(Value::as_i64) {
            Some(0) => dispatch(account, state, frame, now),
            Some(1) => vec![Step::Say(heartbeat(state))],
            Some(7) => vec![Step::Reconnect { after_ms: 0 }],
            Some(9) => {
                if frame.get("d") != Some(&Value::Bool(true)) {
                    forget(state);
                }
                // One to five seconds later, not all at once.
                vec![Step::Reconnect { after_ms: 1_000 + now.rem_euclid(4_000) }]
            }
            Some(10) => hello(account, state, &frame, now),
            Some(11) => {
                state.insert("acked".into(), true.into());
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn beat(&self, _account: &Account, state: &mut Map<String, Value>) -> Vec<Step> {
        if state.get("acked") == Some(&Value::Bool(false)) {
            // The last one was not answered: the line is dead, whatever it looks like.
            return vec![Step::Reconnect { after_ms: 0 }];
        }
        state.insert("acked".into(), false.into());
        vec![Step::Say(heartbeat(state))]
    }

    fn closed(&self, _account: &Account, state: &mut Map<String, Value>, code: Option<u16>) -> Vec<Step> {
        let stop = |detail: &str| vec![Step::Stop { detail: format!("{detail} ({})", code.unwrap_or_default()) }];
        match code {
            Some(4004) => stop("Discord does not know this bot token. Reset it in the Developer Portal under Bot, and paste the new one."),
            Some(4014) => stop(
                "The bot may not read messages in servers. In the Developer Portal under Bot, switch on the Message Content Intent, or switch off conversations in servers here.",
            ),
            Some(4011) => stop("The bot is in too many servers for one connection."),
            Some(4010 | 4012 | 4013) => stop("Discord does not take this kind of connection any more. Update this program."),
            // The session is over; the next connection begins a new one.
            Some(4003 | 4007 | 4009) => {
                forget(state);
                vec![Step::Reconnect { after_ms: 1_000 }]
            }
            Some(4008) => vec![Step::Reconnect { after_ms: 60_000 }],
            _ => vec![Step::Reconnect { after_ms: 1_000 }],
        }
    }
}

fn session(state: &Map<String, Value>) -> Option<(&str, i64)> {
    let id = state.get("session_id").and_then(Value::as_str).filter(|s| !s.is_empty())?;
    Some((id, state.get("seq").and_then(Value::as_i64)?))
}

fn forget(state: &mut Map<String, Value>) {
    for key in ["session_id", "resume_url", "seq"] {
        state.remove(key);
    }
}

fn heartbeat(state: &Map<String, Value>) -> String {
    json!({"op": 1, "d": state.get("seq").cloned().unwrap_or(Value::Null)}).to_string()
}

/// The line is open: says how often to beat, and who we are.
fn hello(account: &Account, state: &mut Map<String, Value>, frame: &Value, now: Millis) -> Vec<Step> {
    let Some(token) = account.settings.secret("bot_token") else {
        return vec![Step::Stop { detail: "The bot token is not set. Open the channel's settings and fill it in.".into() }];
    };
    let every_ms = frame.pointer("/d/heartbeat_interval").and_then(Value::as_i64).unwrap_or(41_250).clamp(1_000, 600_000);
    // The first beat comes at any point of the interval, so that not every client beats at once.
    let first_ms = every_ms * now.rem_euclid(1_000) / 1_000;
    state.insert("acked".into(), true.into());
    let say = match session(state) {
        Some((id, seq)) => json!({"op": 6, "d": {"token": token.reveal(), "session_id": id, "seq": seq}}),
        None => json!({"op": 2, "d": {"token": token.reveal(), "intents": intents(account),
            "properties": {"os": std::env::consts::OS, "browser": "switchboard", "device": "switchboard"}}}),
    };
    vec![Step::Beat { first_ms, every_ms }, Step::Say(say.to_string())]
}

fn dispatch(account: &Account, state: &mut Map<String, Value>, mut frame: Value, now: Millis) -> Vec<Step> {
    let kind = frame.get("t").and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = frame.get("d").unwrap_or(&Value::Null);
    match kind.as_str() {
        "READY" => return ready(account, state, data),
        "GUILD_CREATE" | "THREAD_LIST_SYNC" => {
            for thread in data.get("threads").and_then(Value::as_array).into_iter().flatten() {
                learn(account, state, thread);
            }
            return Vec::new();
        }
        "THREAD_CREATE" => {
            learn(account, state, data);
            return Vec::new();
        }
        "THREAD_DELETE" => {
            if let (Some(id), Some(Value::Object(threads))) = (data.get("id").and_then(Value::as_str), state.get_mut("threads")) {
                threads.remove(id);
            }
            return Vec::new();
        }
        _ => {}
    }
    // A link's preview was added: nobody changed anything.
    let preview = kind == "MESSAGE_UPDATE" && !data.get("edited_timestamp").is_some_and(Value::is_string);
    if !WANTED.contains(&kind.as_str()) || preview || !wanted(account, state, data) {
        return Vec::new();
    }
    if let (Value::Object(map), Some(me)) = (&mut frame, state.get("me")) {
        map.insert("me".into(), me.clone());
    }
    let body = frame.to_string().into_bytes();
    let headers = vec![("content-type".into(), "application/json".into()), (proof::GATEWAY.to_owned(), proof::of_gateway(account, &body))];
    let raw = RawDelivery { method: proof::METHOD.into(), path: "/gateway".into(), headers, body, received_at: now, peer: None };
    vec![Step::Deliver(Box::new(raw))]
}

fn ready(account: &Account, state: &mut Map<String, Value>, data: &Value) -> Vec<Step> {
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (application, ours) = (text("/application/id"), account.settings.text("application_id").unwrap_or_default());
    if !application.is_empty() && !ours.is_empty() && application != ours {
        let detail =
            format!("The bot token belongs to the application {application}, not to {ours}. Correct the application ID or the token.");
        return vec![Step::Stop { detail }];
    }
    state.insert("session_id".into(), text("/session_id").into());
    state.insert("resume_url".into(), text("/resume_gateway_url").into());
    state.insert("me".into(), text("/user/id").into());
    state.remove("threads");
    Vec::new()
}

fn chosen(account: &Account) -> Vec<String> {
    account.settings.words("channel_ids")
}

/// Remembers which of the chosen channels a thread belongs to.
fn learn(account: &Account, state: &mut Map<String, Value>, thread: &Value) {
    let text = |key: &str| thread.get(key).and_then(Value::as_str).filter(|t| is_snowflake(t));
    let (Some(id), Some(parent)) = (text("id"), text("parent_id")) else { return };
    if !chosen(account).iter().any(|c| c == parent) {
        return;
    }
    let threads = state.entry("threads").or_insert_with(|| json!({}));
    if let Value::Object(threads) = threads
        && threads.len() < MOST_THREADS
    {
        threads.insert(id.into(), parent.into());
    }
}

/// Direct messages always; in servers, what the settings choose.
fn wanted(account: &Account, state: &Map<String, Value>, data: &Value) -> bool {
    if data.get("guild_id").and_then(Value::as_str).is_none() {
        return true;
    }
    if !super::in_servers(account) {
        return false;
    }
    let chosen = chosen(account);
    let Some(channel) = data.get("channel_id").and_then(Value::as_str) else { return true };
    let parent = state.get("threads").and_then(|t| t.get(channel)?.as_str());
    chosen.is_empty() || chosen.iter().any(|c| c == channel || Some(c.as_str()) == parent)
}
