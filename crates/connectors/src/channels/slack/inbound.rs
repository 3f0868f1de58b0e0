//! Events as Slack posts them: messages and what happens to them, reactions, and the end of an installation.

use super::ids::{self, MessageName};
use super::text::{self, Around};
use super::{files, interactive};
use crate::kit::{forms, people, verdicts::shorten};
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, StatusReport, ThreadHint};
use kernel::message::{ContentType, MessageStatus};
use serde_json::{Map, Value};

/// The type of the metadata that goes with our messages, and comes back with their events.
pub const METADATA: &str = "switchboard_message";

/// A text below a value; empty when there is none.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
pub fn ignored(why: impl Into<String>) -> Vec<Inbound> {
    vec![Inbound::Ignored { why: why.into() }]
}

/// What a delivery holds: events are JSON, pressed buttons and commands are forms.
pub enum Posted {
    Event(Value),
    Interaction(Value),
    Command(String),
}

pub fn read(body: &[u8]) -> Result<Posted, ParseError> {
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'{') {
        let value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
        return Ok(Posted::Event(value));
    }
    let pairs = forms::pairs(body);
    if let Some(payload) = forms::first(&pairs, "payload") {
        let value = serde_json::from_str(payload).map_err(|e| ParseError(format!("The payload is not JSON: {e}")))?;
        return Ok(Posted::Interaction(value));
    }
    match forms::first(&pairs, "command") {
        Some(command) => Ok(Posted::Command(shorten(command, 60))),
        None => Err(ParseError("The body is neither an event nor a form of Slack's.".into())),
    }
}

/// The workspaces a delivery is for. In a channel shared between workspaces, the first one of the event may be the other's.
pub fn teams(posted: &Posted) -> Vec<String> {
    let (Posted::Event(value) | Posted::Interaction(value)) = posted else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !name.is_empty() && !out.iter().any(|o| o.eq_ignore_ascii_case(name)) {
            out.push(name.to_lowercase());
        }
    };
    add(at(value, "/team_id"));
    add(at(value, "/team/id"));
    for one in value.get("authorizations").and_then(Value::as_array).into_iter().flatten().take(20) {
        add(at(one, "/team_id"));
    }
    out
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let posted = read(body)?;
    let teams = teams(&posted);
    let ours = account.settings.text("team_id").unwrap_or_default();
    if !ours.is_empty() && !teams.is_empty() && !teams.iter().any(|t| t.eq_ignore_ascii_case(ours)) {
        return Ok(ignored("It is for another workspace."));
    }
    match posted {
        Posted::Command(command) => Ok(ignored(format!("A command ({command})."))),
        Posted::Interaction(payload) => interactive::parse(account, &payload),
        Posted::Event(body) => match at(&body, "/type") {
            "event_callback" => event(&Envelope { account, body: &body }),
            "url_verification" => Ok(ignored("Slack checked the address.")),
            "app_rate_limited" => Ok(ignored("Slack held events back: there were more than 30,000 in an hour.")),
            "" => Err(ParseError("The body has no type.".into())),
            other => Ok(ignored(format!("Unknown delivery “{}”.", shorten(other, 60)))),
        },
    }
}

struct Envelope<'a> {
    account: &'a Account,
    body: &'a Value,
}
impl Envelope<'_> {
    /// The users by which our app speaks.
    fn own_users(&self) -> Vec<String> {
        let listed = self.body.get("authorizations").and_then(Value::as_array).into_iter().flatten().take(20);
        let bots = listed.filter(|a| a.get("is_bot") == Some(&Value::Bool(true))).map(|a| at(a, "/user_id").to_owned());
        let set = self.account.settings.text("bot_user_id").map(str::to_owned);
        bots.chain(set).filter(|u| !u.is_empty()).collect()
    }
    /// Did our app write this?
    fn is_ours(&self, message: &Value) -> bool {
        let app = at(self.body, "/api_app_id");
        let by_app = |pointer: &str| !app.is_empty() && at(message, pointer) == app;
        let user = at(message, "/user");
        let own = !user.is_empty() && self.own_users().iter().any(|o| o == user);
        own || (!at(message, "/bot_id").is_empty() && (by_app("/app_id") || by_app("/bot_profile/app_id")))
    }
    fn around(&self, message: &Value) -> Around {
        let emoji = message.get("blocks").map(text::explained).unwrap_or_default();
        Around { own: self.own_users(), name: self.account.name.clone(), emoji }
    }
}

fn event(e: &Envelope<'_>) -> Result<Vec<Inbound>, ParseError> {
    let Some(event) = e.body.get("event").filter(|e| e.is_object()) else {
        return Err(ParseError("The delivery has no event.".into()));
    };
    match at(event, "/type") {
        "message" | "app_mention" => message_event(e, event),
        "reaction_added" => reaction(e, event, true),
        "reaction_removed" => reaction(e, event, false),
        "app_uninstalled" => Ok(gone("The app was removed from the Slack workspace. Install it again and paste the new bot token.")),
        "tokens_revoked" => {
            let bots = event.pointer("/tokens/bot").and_then(Value::as_array);
            if bots.is_some_and(|b| !b.is_empty()) {
                Ok(gone("Slack took the bot token back. Install the app again and paste the new token."))
            } else {
                Ok(ignored("Tokens of users were revoked, not the bot's."))
            }
        }
        other => Ok(ignored(format!("The event “{}” says nothing to an inbox.", shorten(other, 60)))),
    }
}

fn gone(words: &str) -> Vec<Inbound> {
    vec![Inbound::Account { broken: Some(words.into()), detail: words.into() }]
}

/// Does one conversation run on here for ever? In channels each thread is one.
pub fn is_direct(kind: &str, channel: &str) -> bool {
    matches!(kind, "im" | "mpim") || (kind.is_empty() && channel.starts_with('D'))
}

fn message_event(e: &Envelope<'_>, event: &Value) -> Result<Vec<Inbound>, ParseError> {
    let channel = at(event, "/channel");
    if !ids::is_channel(channel) {
        return Err(ParseError("The message names no channel.".into()));
    }
    let direct = is_direct(at(event, "/channel_type"), channel);
    if !direct && !e.account.settings.values().get("channels").and_then(Value::as_bool).unwrap_or(true) {
        return Ok(ignored("Messages in channels are switched off in the channel's settings."));
    }
    match at(event, "/subtype") {
        "" | "file_share" | "thread_broadcast" | "me_message" | "bot_message" => message(e, event, channel, direct),
        "message_changed" => Ok(changed(e, event, channel)),
        "message_deleted" => {
            if event.get("previous_message").is_some_and(|m| e.is_ours(m)) {
                return Ok(ignored("A message of our own was deleted."));
            }
            Ok(deleted(channel, at(event, "/deleted_ts"), at(event, "/event_ts")))
        }
        other => Ok(ignored(format!("A note of Slack's own ({}).", shorten(other, 60)))),
    }
}

fn deleted(channel: &str, ts: &str, when: &str) -> Vec<Inbound> {
    match ids::is_ts(ts) {
        true => vec![Inbound::Deleted { external_id: format!("{channel}:{ts}"), at: ids::time(when) }],
        false => ignored("A deletion that does not say of what."),
    }
}

fn changed(e: &Envelope<'_>, event: &Value, channel: &str) -> Vec<Inbound> {
    let Some(now) = event.get("message").filter(|m| m.is_object()) else { return ignored("A change without a message.") };
    let ts = at(now, "/ts");
    if e.is_ours(now) || event.get("previous_message").is_some_and(|m| e.is_ours(m)) {
        return ignored("A message of our own was changed.");
    }
    // A message with answers under it leaves a stone behind.
    if at(now, "/subtype") == "tombstone" {
        return deleted(channel, ts, at(event, "/event_ts"));
    }
    if event.get("previous_message").is_some_and(|m| at(m, "/text") == at(now, "/text")) {
        return ignored("Only the preview of a link, a file or a thread changed.");
    }
    if !ids::is_ts(ts) {
        return ignored("A change that does not say of what.");
    }
    let text = text::plain(at(now, "/text"), &e.around(now));
    vec![Inbound::Edited { external_id: format!("{channel}:{ts}"), text, at: ids::time(at(now, "/edited/ts")) }]
}

fn message(e: &Envelope<'_>, event: &Value, channel: &str, direct: bool) -> Result<Vec<Inbound>, ParseError> {
    let ts = at(event, "/ts");
    if !ids::is_ts(ts) {
        return Err(ParseError("The message has no timestamp.".into()));
    }
    let external_id = format!("{channel}:{ts}");
    if e.is_ours(event) {
        return Ok(own(event, external_id));
    }
    let (user, bot) = (at(event, "/user"), at(event, "/bot_id"));
    let who = if user.is_empty() { bot } else { user };
    if who.is_empty() {
        return Ok(ignored("A message of nobody."));
    }
    let name = ["/user_profile/real_name", "/user_profile/display_name", "/user_profile/name", "/username", "/bot_profile/name"];
    let name = name.iter().map(|p| at(event, p)).find(|n| !n.trim().is_empty());
    let around = e.around(event);
    let attached = files::attached(event);
    let mut metadata = Map::new();
    let mut words = vec![text::plain(at(event, "/text"), &around)];
    words.extend(shared(event, &around, &mut metadata));
    words.extend(attached.lines);
    words.retain(|w| !w.trim().is_empty());
    if words.is_empty() && attached.files.is_empty() {
        words.extend(fallback(event, &around));
    }
    let thread_ts = Some(at(event, "/thread_ts")).filter(|t| ids::is_ts(t));
    if direct && let Some(thread) = thread_ts {
        // Who answers in a thread is answered there.
        metadata.insert("thread_ts".into(), thread.into());
    }
    let thread = ThreadHint {
        key: Some(if direct { channel.to_owned() } else { format!("{channel}:{}", thread_ts.unwrap_or(ts)) }),
        answers: thread_ts.filter(|t| *t != ts).map(|t| format!("{channel}:{t}")).into_iter().collect(),
        ..ThreadHint::default()
    };
    let content_type = attached.files.first().map_or(ContentType::Text, |f| files::kind(&f.content_type));
    let m = InboundMessage {
        thread,
        content_type,
        files: attached.files,
        sent_at: ids::time(ts),
        automatic: !bot.is_empty() || user == "USLACKBOT",
        metadata,
        ..InboundMessage::text(external_id, "", people::sender(e.account, who, name), words.join("\n"))
    };
    Ok(vec![Inbound::Message(Box::new(m))])
}

/// Our own message comes back with the id that we gave to it, even if Slack's answer to the sending was lost.
fn own(event: &Value, external_id: String) -> Vec<Inbound> {
    let id = at(event, "/metadata/event_payload/message_id");
    if at(event, "/metadata/event_type") != METADATA || id.is_empty() {
        return ignored("A message of our own.");
    }
    vec![Inbound::Status(StatusReport {
        at: ids::time(at(event, "/ts")),
        external_id,
        message_id: Some(shorten(id, 100)),
        status: MessageStatus::Sent,
        error: None,
        bounced: false,
    })]
}

/// Messages that were passed on into this one.
fn shared(event: &Value, around: &Around, metadata: &mut Map<String, Value>) -> Vec<String> {
    let list = event.get("attachments").and_then(Value::as_array).into_iter().flatten().take(20);
    let mut out = Vec::new();
    for one in list.filter(|a| a.get("is_share") == Some(&Value::Bool(true))) {
        metadata.insert("forwarded".into(), true.into());
        let author = people::named(Some(at(one, "/author_name"))).map(|n| format!("{n}: ")).unwrap_or_default();
        let text = text::plain(at(one, "/text"), around);
        if !text.trim().is_empty() {
            out.push(format!("Forwarded: {author}{text}"));
        }
    }
    out
}

/// What can be read of a message without text: what programs post in attachments and blocks.
fn fallback(event: &Value, around: &Around) -> Vec<String> {
    let list = event.get("attachments").and_then(Value::as_array).into_iter().flatten().take(20);
    let pick = |a: &Value| ["/text", "/fallback", "/title"].iter().map(|p| text::plain(at(a, p), around)).find(|t| !t.trim().is_empty());
    let mut words: Vec<String> = list.filter_map(pick).collect();
    if words.is_empty() {
        let blocks = event.get("blocks").map(text::of_blocks).unwrap_or_default();
        words.extend(Some(text::plain(&blocks, around)).filter(|t| !t.trim().is_empty()));
    }
    if words.is_empty() {
        words.push("(A message that only Slack can show.)".into());
    }
    words
}

fn reaction(e: &Envelope<'_>, event: &Value, added: bool) -> Result<Vec<Inbound>, ParseError> {
    let user = at(event, "/user");
    if at(event, "/item/type") != "message" {
        return Ok(ignored("A reaction to something that is no message."));
    }
    if e.own_users().iter().any(|o| o == user) {
        return Ok(ignored("A reaction of our own."));
    }
    let name = MessageName { channel: at(event, "/item/channel").into(), ts: at(event, "/item/ts").into() };
    if MessageName::parse(&name.text()).is_none() || user.is_empty() {
        return Err(ParseError("The reaction does not say to what, or whose it is.".into()));
    }
    let emoji = added.then(|| super::emoji::of_reaction(&shorten(at(event, "/reaction"), 100)));
    Ok(vec![Inbound::Reaction {
        external_id: name.text(),
        handle: people::handle(e.account, user),
        emoji,
        at: ids::time(at(event, "/event_ts")),
    }])
}
