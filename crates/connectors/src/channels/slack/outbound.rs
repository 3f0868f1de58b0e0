//! Messages out, and the small acts around them.

use super::errors::{self, Failure, Workspace};
use super::ids::{MessageName, Spot};
use super::inbound::{METADATA, at};
use super::{emoji, files, ids, interactive, text};
use crate::kit::calls::before_sending;
use kernel::channel::{Account, Act, Button, Edge, Outbound, Receipt, SendError};
use kernel::message::MessageStatus;
use serde_json::{Value, json};

/// Characters of one section of blocks.
const SECTION: usize = 3_000;
/// Messages looked through for one that may have arrived.
const LOOK_AT: &str = "15";

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}
fn policy(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

/// A place that a message goes to.
struct Target {
    channel: String,
    thread: Option<String>,
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let workspace = Workspace::of(account)?;
    check(message)?;
    let target = target(edge, &workspace, message).await.map_err(before_sending)?;
    let receipt = |ts: &str, detail: Option<String>| Receipt {
        external_id: Some(format!("{}:{ts}", target.channel)),
        detail,
        status: Some(MessageStatus::Sent),
    };
    // An attempt before this one may have arrived after all.
    if message.attempt > 1
        && let Some(ts) = arrived(edge, &workspace, &target, message).await.map_err(before_sending)?
    {
        return Ok(receipt(&ts, Some("An earlier attempt had arrived.".into())));
    }
    let mut uploaded = Vec::with_capacity(message.files.len());
    for file in &message.files {
        uploaded.push((files::upload(edge, &workspace, file).await?, file.name.clone()));
    }
    let ts = match post(edge, account, &workspace, &target, message, &uploaded).await {
        Err(failure) if failure.code == "not_in_channel" => {
            // Public channels can be joined; elsewhere somebody has to invite the app.
            if errors::post(edge, &workspace, "conversations.join", &json!({"channel": target.channel})).await.is_err() {
                return Err(failure.into());
            }
            post(edge, account, &workspace, &target, message, &uploaded).await?
        }
        other => other?,
    };
    Ok(match ts.is_empty() {
        true => Receipt { external_id: None, detail: Some("Slack named no message.".into()), status: Some(MessageStatus::Sent) },
        false => receipt(&ts, None),
    })
}

fn check(message: &Outbound) -> Result<(), SendError> {
    if message.template.is_some() {
        return Err(permanent("Slack has no templates. Write the text instead."));
    }
    if message.files.is_empty() && message.text.trim().is_empty() {
        return Err(permanent("There is nothing to send."));
    }
    if !message.files.is_empty() && !message.buttons.is_empty() {
        return Err(policy("policy.split", "Slack shows buttons under a text only. Send the files by themselves."));
    }
    let wrong = |b: &Button| {
        let title = b.title.trim().chars().count();
        !(1..=75).contains(&title) || (b.url.is_none() && !(1..=2_000).contains(&b.id.chars().count()))
    };
    if message.buttons.len() > 25 || message.buttons.iter().any(wrong) {
        return Err(policy("policy.buttons", "Slack shows up to 25 buttons, each with a title of 1 to 75 characters and an id."));
    }
    Ok(())
}

async fn target(edge: Edge<'_>, workspace: &Workspace<'_>, message: &Outbound) -> Result<Target, SendError> {
    let person = message.to.first().map(|a| a.address.as_str());
    let spot = message.thread_key.as_deref().and_then(Spot::parse).or_else(|| person.and_then(Spot::parse));
    match spot {
        Some(Spot::Channel { id, thread }) => {
            // In a direct message, who wrote in a thread is answered in it.
            let there = message.last_inbound_metadata.get("thread_ts").and_then(Value::as_str).filter(|t| ids::is_ts(t));
            Ok(Target { channel: id, thread: thread.or_else(|| there.map(str::to_owned)) })
        }
        Some(Spot::Person(user)) => {
            let opened = errors::post(edge, workspace, "conversations.open", &json!({ "users": user })).await?;
            let channel = at(&opened, "/channel/id").to_owned();
            if !ids::is_channel(&channel) {
                return Err(SendError::Retry { after_ms: None, detail: "Slack opened no direct message.".into() });
            }
            Ok(Target { channel, thread: None })
        }
        None => Err(permanent("This is not the id of a person or a channel in Slack. The person has to write first.")),
    }
}

async fn post(
    edge: Edge<'_>,
    account: &Account,
    workspace: &Workspace<'_>,
    target: &Target,
    message: &Outbound,
    uploaded: &[(String, String)],
) -> Result<String, Failure> {
    let words = text::escape(&message.text);
    if !uploaded.is_empty() {
        return files::share(edge, workspace, &target.channel, target.thread.as_deref(), uploaded, words.trim()).await;
    }
    let mut body = json!({
        "channel": target.channel,
        "text": words,
        "unfurl_links": false,
        "unfurl_media": false,
        "metadata": {"event_type": METADATA, "event_payload": {"message_id": message.message_id}},
    });
    if let Some(thread) = &target.thread {
        body["thread_ts"] = thread.as_str().into();
    }
    if !message.buttons.is_empty() {
        body["blocks"] = blocks(&words, &message.buttons);
    }
    if account.settings.flag("show_names")
        && let Some(name) = message.sender_name.as_deref().map(str::trim).filter(|n| !n.is_empty())
    {
        body["username"] = name.chars().take(80).collect::<String>().into();
    }
    let answer = errors::post(edge, workspace, "chat.postMessage", &body).await?;
    Ok(Some(at(&answer, "/ts")).filter(|t| ids::is_ts(t)).unwrap_or_default().to_owned())
}

/// The text in sections, and the buttons under it.
fn blocks(words: &str, buttons: &[Button]) -> Value {
    let mut out: Vec<Value> = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(SECTION).map_or(rest.len(), |(at, _)| at);
        // Not in the middle of a word, or of an escaped character.
        let end = if end < rest.len() { rest[..end].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(end) } else { end };
        let (one, more) = rest.split_at(end);
        if !one.trim().is_empty() {
            out.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": one}}));
        }
        rest = more;
    }
    let button = |(n, b): (usize, &Button)| {
        let text = json!({"type": "plain_text", "text": b.title.trim(), "emoji": true});
        match &b.url {
            Some(url) => json!({"type": "button", "action_id": format!("{}{n}", interactive::OPENS), "text": text, "url": url}),
            None => json!({"type": "button", "action_id": format!("reply-{n}"), "text": text, "value": b.id}),
        }
    };
    out.push(json!({"type": "actions", "elements": buttons.iter().enumerate().map(button).collect::<Vec<_>>()}));
    Value::Array(out)
}

/// Looks whether this message is there already: by our id in its metadata or, for files, by their names.
async fn arrived(edge: Edge<'_>, workspace: &Workspace<'_>, target: &Target, message: &Outbound) -> Result<Option<String>, SendError> {
    let oldest = format!("{}.000000", (message.created_at / 1_000 - 60).max(0));
    let mut query = vec![("channel", target.channel.as_str()), ("oldest", &oldest), ("limit", LOOK_AT), ("include_all_metadata", "true")];
    let method = match &target.thread {
        Some(thread) => {
            query.push(("ts", thread));
            "conversations.replies"
        }
        None => "conversations.history",
    };
    let answer = errors::ask(edge, workspace, method, &query).await?;
    let ours = |m: &Value| {
        if message.files.is_empty() {
            return at(m, "/metadata/event_type") == METADATA && at(m, "/metadata/event_payload/message_id") == message.message_id;
        }
        let there = m.get("files").and_then(Value::as_array).map(|l| l.iter().map(|f| at(f, "/name")).collect::<Vec<_>>());
        let names: Vec<&str> = message.files.iter().map(|f| f.name.as_str()).collect();
        !at(m, "/bot_id").is_empty() && there.is_some_and(|t| t == names) && at(m, "/text").trim() == text::escape(&message.text).trim()
    };
    let list = answer.get("messages").and_then(Value::as_array).into_iter().flatten();
    Ok(list.filter(|m| ours(m)).map(|m| at(m, "/ts")).find(|ts| ids::is_ts(ts)).map(str::to_owned))
}

pub async fn act(edge: Edge<'_>, account: &Account, act: &Act) -> Result<(), SendError> {
    let workspace = Workspace::of(account)?;
    match act {
        Act::React { external_id, emoji } => {
            let name = named(edge, &workspace, external_id).await?;
            react(edge, account, &workspace, &name, emoji.as_deref()).await
        }
        Act::Edit { external_id, text } => {
            let name = named(edge, &workspace, external_id).await?;
            // Without empty blocks, the old ones would go on showing the old text.
            let body = json!({"channel": name.channel, "ts": name.ts, "text": text::escape(text), "blocks": []});
            done(errors::post(edge, &workspace, "chat.update", &body).await, &[])
        }
        Act::Delete { external_id } => {
            let name = named(edge, &workspace, external_id).await?;
            let body = json!({"channel": name.channel, "ts": name.ts});
            done(errors::post(edge, &workspace, "chat.delete", &body).await, &["message_not_found"])
        }
        Act::Typing { .. } | Act::MarkRead { .. } => Err(permanent("Slack has no way for apps to show that.")),
    }
}

fn done(result: Result<Value, Failure>, fine: &[&str]) -> Result<(), SendError> {
    match result {
        Err(failure) if !fine.contains(&failure.code.as_str()) => Err(failure.into()),
        _ => Ok(()),
    }
}

/// The message's name; one with files may have to be asked for.
async fn named(edge: Edge<'_>, workspace: &Workspace<'_>, external_id: &str) -> Result<MessageName, SendError> {
    let name = MessageName::parse(external_id).ok_or_else(|| permanent("This message has no id in Slack."))?;
    let Some(file) = name.file() else { return Ok(name) };
    let found = files::info(edge, workspace, file).await?;
    let ts = files::shared_as(&found, &name.channel).ok_or_else(|| permanent("Slack does not have this message any more."))?;
    Ok(MessageName { ts, ..name })
}

/// One reaction of ours on a message: others are taken back first.
async fn react(
    edge: Edge<'_>,
    account: &Account,
    workspace: &Workspace<'_>,
    name: &MessageName,
    emoji: Option<&str>,
) -> Result<(), SendError> {
    let wanted = match emoji {
        Some(emoji) => Some(emoji::name(emoji).ok_or_else(|| permanent("Slack has no name for this emoji. Choose another one."))?),
        None => None,
    };
    let me = match account.settings.text("bot_user_id") {
        Some(id) => id.to_owned(),
        None => at(&errors::ask(edge, workspace, "auth.test", &[]).await?, "/user_id").to_owned(),
    };
    let query = [("channel", name.channel.as_str()), ("timestamp", &name.ts), ("full", "true")];
    let there = errors::ask(edge, workspace, "reactions.get", &query).await?;
    let list = there.pointer("/message/reactions").and_then(Value::as_array).into_iter().flatten();
    let mine = |r: &&Value| r.get("users").and_then(Value::as_array).is_some_and(|u| u.iter().any(|u| u.as_str() == Some(&me)));
    let mine: Vec<&str> = list.filter(mine).map(|r| at(r, "/name")).collect();
    let body = |reaction: &str| json!({"channel": name.channel, "timestamp": name.ts, "name": reaction});
    for old in mine.iter().filter(|old| Some(**old) != wanted.as_deref()) {
        done(errors::post(edge, workspace, "reactions.remove", &body(old)).await, &["no_reaction"])?;
    }
    match wanted {
        Some(new) => done(errors::post(edge, workspace, "reactions.add", &body(&new)).await, &["already_reacted"]),
        None => Ok(()),
    }
}
