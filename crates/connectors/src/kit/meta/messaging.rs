//! Events of the Messenger Platform, which Pages and Instagram accounts share: messages, echoes, reactions, how far was read.

use super::attachments::{self, Said};
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Handle, Inbound, InboundMessage, ParseError, StatusReport, ThreadHint};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Map, Value, json};

/// The most events of one delivery; Meta batches up to a thousand.
const MOST: usize = 10_000;

/// Which of the two platforms.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// The webhook's `object`: `page` or `instagram`.
    pub object: &'static str,
    /// For people.
    pub name: &'static str,
}
pub const MESSENGER: Surface = Surface { object: "page", name: "Messenger" };
pub const INSTAGRAM_DIRECT: Surface = Surface { object: "instagram", name: "Instagram" };

/// The Pages or accounts that a delivery speaks of.
pub fn addressees(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut out: Vec<String> = Vec::new();
    for entry in list(&body, "/entry") {
        let id = text(entry, "/id");
        if !id.is_empty() && id.len() <= 40 && !out.iter().any(|o| o == id) {
            out.push(id.to_owned());
        }
    }
    out
}

/// A text at a path, empty when there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
fn ignored(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}

pub fn parse(account: &Account, surface: Surface, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if text(&body, "/object") != surface.object {
        return Ok(vec![ignored(format!("An event of “{}”, not of {}.", shorten(text(&body, "/object"), 60), surface.name))]);
    }
    let mut out = Vec::new();
    for entry in list(&body, "/entry") {
        let id = text(entry, "/id");
        if id != account.identifier {
            out.push(ignored(format!("For another account ({}).", shorten(id, 40))));
            continue;
        }
        let events = Events { account, surface };
        out.extend(list(entry, "/messaging").iter().flat_map(|e| events.read(e, false)));
        // Another program has the conversation at the moment: kept, and never answered by itself.
        out.extend(list(entry, "/standby").iter().flat_map(|e| events.read(e, true)));
        // The same events in the shape of Instagram Login.
        for change in list(entry, "/changes") {
            match change.get("value").filter(|v| v.get("sender").is_some()) {
                Some(event) => out.extend(events.read(event, false)),
                None => out.push(ignored(format!("An event about “{}”, which is no message.", shorten(text(change, "/field"), 60)))),
            }
        }
        if out.len() > MOST {
            return Err(ParseError(format!("One delivery may carry {MOST} events.")));
        }
    }
    if out.is_empty() {
        out.push(ignored("The delivery carried no events."));
    }
    Ok(out)
}

struct Events<'a> {
    account: &'a Account,
    surface: Surface,
}

impl Events<'_> {
    fn read(&self, event: &Value, standby: bool) -> Vec<Inbound> {
        let (sender, recipient) = (text(event, "/sender/id"), text(event, "/recipient/id"));
        let ours = sender == self.account.identifier;
        let person = if ours { recipient } else { sender };
        let at = time(event.get("timestamp"));
        if let Some(enforced) = event.get("policy_enforcement") {
            return vec![enforcement(self.surface, enforced)];
        }
        let part = |name: &str| event.get(name).filter(|v| v.is_object());
        // Names its message, and not always the person.
        if let Some(edit) = part("message_edit") {
            return vec![edited(edit, at)];
        }
        if person.is_empty() || person.len() > 100 {
            return vec![ignored("An event that names no person.")];
        }
        let handle = people::handle(self.account, person);
        if let Some(message) = part("message") {
            return vec![self.message(message, event, person, ours, at, standby)];
        }
        if let Some(delivery) = part("delivery") {
            return vec![up_to(handle, delivery, MessageStatus::Delivered)];
        }
        if let Some(read) = part("read") {
            return self.seen(read, handle, at);
        }
        if let Some(reaction) = part("reaction") {
            return vec![if ours { ignored("A reaction of ours.") } else { reacted(reaction, handle, at) }];
        }
        if let Some(postback) = part("postback") {
            return vec![self.postback(postback, person, at, standby)];
        }
        vec![ignored(other(event))]
    }

    fn message(&self, m: &Value, event: &Value, person: &str, ours: bool, at: Option<Millis>, standby: bool) -> Inbound {
        let id = text(m, "/mid");
        let flag = |name: &str| m.get(name).and_then(Value::as_bool).unwrap_or(false);
        if id.is_empty() || id.len() > 500 {
            return ignored("A message without an id.");
        }
        if flag("is_deleted") {
            return Inbound::Deleted { external_id: id.to_owned(), at };
        }
        let echo = flag("is_echo") || ours;
        if echo && let Some(own) = self.own(m, id, at) {
            return own;
        }
        let mut said = attachments::said(m, self.surface.name);
        if flag("is_unsupported") && said.text.is_empty() && said.files.is_empty() {
            said.text = format!("A message that {} does not pass on. Look at it in the app.", self.surface.name);
        }
        if said.text.trim().is_empty() && said.files.is_empty() {
            return ignored("A message with nothing in it.");
        }
        self.put_around(&mut said, m, event);
        let answers = Some(text(m, "/reply_to/mid")).filter(|a| !a.is_empty()).map(str::to_owned).into_iter().collect();
        self.inbound(id, person, said, answers, at, echo, standby)
    }

    /// An echo of what we sent ourselves: it carries our message id, or our app's.
    fn own(&self, m: &Value, id: &str, at: Option<Millis>) -> Option<Inbound> {
        let note = text(m, "/metadata");
        if note.starts_with("msg_") && note.len() <= 64 {
            // Finds the message even if the answer to the send was lost.
            return Some(Inbound::Status(StatusReport {
                external_id: id.to_owned(),
                message_id: Some(note.to_owned()),
                status: MessageStatus::Sent,
                at,
                error: None,
                bounced: false,
            }));
        }
        let app = m.get("app_id").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
        let ours = self.account.settings.text("app_id")?;
        (app == ours).then(|| ignored("The echo of a message that this app sent."))
    }

    fn put_around(&self, said: &mut Said, m: &Value, event: &Value) {
        let payload = text(m, "/quick_reply/payload");
        if !payload.is_empty() {
            let facts = json!({"kind": "quick_reply", "title": shorten(&said.text, 200), "payload": shorten(payload, 1_000)});
            said.metadata.insert("interactive".into(), facts);
        }
        if let Some(story) = m.pointer("/reply_to/story").filter(|s| s.is_object()) {
            said.metadata.insert("story".into(), attachments::story(story));
        }
        if let Some(facts) = m.get("referral").or_else(|| event.get("referral")).and_then(referral) {
            said.metadata.insert("referral".into(), facts);
        }
    }

    fn postback(&self, p: &Value, person: &str, at: Option<Millis>, standby: bool) -> Inbound {
        let (title, payload, mid) = (text(p, "/title"), text(p, "/payload"), text(p, "/mid"));
        let shown = if title.is_empty() { payload } else { title };
        let mut said = Said { text: shorten(if shown.is_empty() { "Pressed a button" } else { shown }, 1_000), ..Said::default() };
        said.metadata.insert("interactive".into(), json!({"kind": "postback", "title": title, "payload": shorten(payload, 1_000)}));
        if let Some(facts) = p.get("referral").and_then(referral) {
            said.metadata.insert("referral".into(), facts);
        }
        // Older postbacks have no id of their own.
        let id = if mid.is_empty() { format!("postback:{person}:{}", at.unwrap_or(0)) } else { mid.to_owned() };
        self.inbound(&id, person, said, Vec::new(), at, false, standby)
    }

    #[expect(clippy::too_many_arguments, reason = "one place where a message is put together")]
    fn inbound(
        &self,
        id: &str,
        person: &str,
        mut said: Said,
        answers: Vec<String>,
        at: Option<Millis>,
        echo: bool,
        standby: bool,
    ) -> Inbound {
        if standby {
            said.metadata.insert("standby".into(), true.into());
        }
        Inbound::Message(Box::new(InboundMessage {
            thread: ThreadHint { key: Some(person.to_owned()), answers, ..ThreadHint::default() },
            content_type: said.kind,
            files: said.files,
            sent_at: at,
            automatic: standby,
            echo,
            metadata: said.metadata,
            ..InboundMessage::text(id, person, people::sender(self.account, person, None), said.text)
        }))
    }

    /// Messenger names a time up to which everything was read; Instagram the newest message that was, and with it all before.
    fn seen(&self, read: &Value, handle: Handle, at: Option<Millis>) -> Vec<Inbound> {
        let mid = text(read, "/mid");
        if mid.is_empty() {
            return vec![up_to(handle, read, MessageStatus::Read)];
        }
        let status = MessageStatus::Read;
        let report = StatusReport { external_id: mid.to_owned(), message_id: None, status, at, error: None, bounced: false };
        let mut out = vec![Inbound::Status(report)];
        out.extend(at.map(|at| Inbound::UpTo { handle, at, status }));
        out
    }
}

/// Milliseconds; seconds were seen.
fn time(value: Option<&Value>) -> Option<Millis> {
    let n = value.and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok()))?;
    let ms = if (1..100_000_000_000).contains(&n) { n * 1_000 } else { n };
    (ms > 0 && ms < 253_402_300_800_000).then_some(ms)
}

fn up_to(handle: Handle, part: &Value, status: MessageStatus) -> Inbound {
    match time(part.get("watermark")) {
        Some(at) => Inbound::UpTo { handle, at, status },
        None => ignored("A receipt without a time."),
    }
}

fn edited(edit: &Value, at: Option<Millis>) -> Inbound {
    let (id, now) = (text(edit, "/mid"), text(edit, "/text"));
    // A notice with no edit in it accompanies some new messages.
    if id.is_empty() || now.is_empty() {
        return ignored("A notice of an edit without the new words.");
    }
    Inbound::Edited { external_id: id.to_owned(), text: now.replace('\0', ""), at }
}

fn reacted(reaction: &Value, handle: Handle, at: Option<Millis>) -> Inbound {
    let id = text(reaction, "/mid");
    if id.is_empty() {
        return ignored("A reaction to nothing.");
    }
    let given = text(reaction, "/emoji");
    let emoji = match text(reaction, "/reaction") {
        _ if !given.is_empty() => given,
        "love" => "❤️",
        "smile" | "haha" => "😆",
        "wow" => "😮",
        "sad" => "😢",
        "angry" => "😠",
        "dislike" | "no" => "👎",
        _ => "👍",
    };
    let emoji = (text(reaction, "/action") != "unreact").then(|| shorten(emoji, 20));
    Inbound::Reaction { external_id: id.to_owned(), handle, emoji, at }
}

/// How the person came: an advertisement, a link with a mark.
fn referral(r: &Value) -> Option<Value> {
    let mut facts = Map::new();
    let names = [
        ("source", "/source"),
        ("headline", "/ads_context_data/ad_title"),
        ("url", "/referer_uri"),
        ("ref", "/ref"),
        ("ad_id", "/ad_id"),
        ("product_id", "/product/id"),
    ];
    for (name, pointer) in names {
        let value = text(r, pointer);
        if !value.is_empty() {
            facts.insert(name.into(), shorten(value, 1_000).into());
        }
    }
    (!facts.is_empty()).then_some(Value::Object(facts))
}

fn enforcement(surface: Surface, e: &Value) -> Inbound {
    let reason = shorten(text(e, "/reason"), 300);
    match text(e, "/action") {
        "block" => {
            let words = format!("Meta has blocked this account from messaging on {}: {reason}", surface.name);
            Inbound::Account { broken: Some(words), detail: "policy_enforcement block".into() }
        }
        "unblock" => Inbound::Account { broken: None, detail: "Meta has lifted the block.".into() },
        action => ignored(format!("A notice about rules: {} {reason}", shorten(action, 60))),
    }
}

fn other(event: &Value) -> String {
    if let Some(r) = event.get("referral") {
        let facts = referral(r).map(|f| f.to_string()).unwrap_or_default();
        return shorten(&format!("The person came by a link or an advertisement: {facts}"), 300);
    }
    let kinds = ["optin", "pass_thread_control", "take_thread_control", "request_thread_control", "app_roles", "account_linking"];
    match kinds.iter().find(|k| event.get(**k).is_some()) {
        Some(kind) => format!("An event of the kind “{kind}”."),
        None => {
            let names = event.as_object().map(|o| o.keys().map(String::as_str).collect::<Vec<_>>().join(", ")).unwrap_or_default();
            format!("An unknown event ({}).", shorten(&names, 100))
        }
    }
}
