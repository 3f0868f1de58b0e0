//! Events as Chatwoot's webhooks tell them: `event` inside the body, conversations flat, directions as words and times of messages written
//! out. Whether something is told was decided elsewhere, by subscription and sight; here it only gets another spelling.

use super::context::{Context, Inbox, Knows, gather_in};
use super::desk::account_of;
use super::numbers::{self, Numbers};
use super::shapes;
use crate::app::App;
use crate::{files, people};
use db::Tx;
use kernel::message::ChannelStatus;
use kernel::time::Millis;
use kernel::{Error, Result, WorkspaceId};
use serde_json::{Map, Value, json};

/// What is told there, and by which of our kinds.
pub const EVENTS: &[(&str, &[&str])] = &[
    ("conversation_created", &["conversation.created"]),
    ("conversation_status_changed", &["conversation.status_changed"]),
    ("conversation_updated", &["conversation.updated", "conversation.assigned"]),
    ("message_created", &["message.created"]),
    ("message_updated", &["message.status_updated", "message.updated"]),
    ("contact_created", &["contact.created"]),
    ("contact_updated", &["contact.updated", "contact.blocked", "contact.unblocked"]),
    ("inbox_created", &["channel.created"]),
    ("inbox_updated", &["channel.updated"]),
];

/// What one of our kinds is called there.
pub fn event_of(kind: &str) -> Option<&'static str> {
    EVENTS.iter().find(|(_, ours)| ours.contains(&kind)).map(|(there, _)| *there)
}

/// The workspace as such a program knows it.
#[derive(Debug, Clone)]
pub struct Account {
    pub number: i64,
    pub name: String,
    /// Put before relative addresses.
    pub base: String,
}
impl Account {
    pub async fn of(app: &App, workspace: WorkspaceId) -> Result<Self> {
        let name = people::workspace(app, workspace).await?.name.clone();
        Ok(Self { number: account_of(workspace), name, base: app.config.server.public_url.clone() })
    }
}

/// What telling takes besides the database.
pub struct Teller<'a> {
    pub account: &'a Account,
    pub links: &'a files::Links,
    pub knows: Knows,
    pub now: Millis,
}
impl Teller<'_> {
    /// The body there for a body of ours; none for what is not told there, and for what is about something that is gone.
    pub fn told(&self, tx: &mut Tx<'_>, ours: &Value) -> Result<Option<Value>> {
        if ours["type"].as_str().and_then(event_of).is_none() {
            return Ok(None);
        }
        let one = |name: &str| ours["data"].get(name).filter(|v| v.is_object()).into_iter().collect::<Vec<_>>();
        let cx = gather_in(tx, self, &one("conversation"), &one("message"), &one("contact"))?;
        Ok(spelled(&cx, &self.account.name, ours))
    }
}

fn spelled(cx: &Context, account: &str, ours: &Value) -> Option<Value> {
    let event = ours["type"].as_str().and_then(event_of)?;
    let data = &ours["data"];
    let row = |name: &str| data.get(name).filter(|v| v.is_object());
    let same = |v: &Value| shapes::status(&v["before"]) == shapes::status(&v["status"]);
    // New and open are one there: between them nothing happened.
    if event == "conversation_status_changed" && same(&data["changes"]) {
        return None;
    }
    let mut out = match event.split('_').next()? {
        "contact" => cx.contact(row("contact")?),
        "message" => message(cx, row("message")?, row("conversation")?),
        "inbox" => cx.inbox_brief(cx.inbox(&data["changes"]["channel_id"])?),
        _ => conversation(cx, row("conversation")?),
    };
    out["event"] = event.into();
    out["account"] = json!({ "id": cx.account, "name": account });
    if event.ends_with("_updated") && !event.starts_with("message_") || event == "conversation_status_changed" {
        out["changed_attributes"] = changed(cx, &data["changes"], row("conversation").unwrap_or(&Value::Null));
    }
    Some(out)
}

/// Flat, and with where it came from.
fn conversation(cx: &Context, c: &Value) -> Value {
    let mut out = cx.conversation(c);
    out["channel"] = out["meta"]["channel"].clone();
    out["contact_inbox"] = json!({
        "contact_id": cx.numbers.of(&c["contact_id"]), "inbox_id": cx.numbers.of(&c["channel_id"]),
        "source_id": c["participants"][0]["address"], "hmac_verified": false,
    });
    out
}

fn message(cx: &Context, m: &Value, c: &Value) -> Value {
    let mut out = cx.message(m, c);
    let inbox = cx.inbox(&c["channel_id"]);
    out["message_type"] = if out["message_type"] == 0 { "incoming" } else { "outgoing" }.into();
    // Written out here, and in unix seconds everywhere else.
    out["created_at"] = m["created_at"].clone();
    out["inbox"] = json!({ "id": cx.numbers.of(&c["channel_id"]), "name": inbox.map(|i| &i.name) });
    out["conversation"] = conversation(cx, c);
    out
}

/// `[{field: {previous_value, current_value}}]`
fn changed(cx: &Context, changes: &Value, c: &Value) -> Value {
    let mut out = Vec::new();
    let mut say = |field: &str, before: Value, now: Value| {
        let pair = json!({ "previous_value": before, "current_value": now });
        out.push(Value::Object(Map::from_iter([(field.to_owned(), pair)])));
    };
    if changes["status"].is_string() && c.is_object() {
        say("status", shapes::status(&changes["before"]).into(), shapes::status(&changes["status"]).into());
    }
    if changes.get("assignee_id").is_some() {
        say("assignee_id", cx.numbers.of(&changes["before"]), cx.numbers.of(&changes["assignee_id"]));
    }
    if changes.get("team_id").is_some() && changes["team_id"] != changes["team_before"] {
        say("team_id", cx.numbers.of(&changes["team_before"]), cx.numbers.of(&changes["team_id"]));
    }
    // What it was before, our log does not say of these.
    for name in changes["changed"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        match name {
            "priority" => say("priority", Value::Null, shapes::priority(&c["priority"])),
            "custom_attributes" | "attributes" => say("custom_attributes", Value::Null, c["custom_attributes"].clone()),
            _ => {}
        }
    }
    if changes.get("tags_added").is_some() || changes.get("tags_removed").is_some() {
        say("label_list", Value::Null, c["tags"].clone());
    }
    Value::Array(out)
}

/// An example of ours in that spelling; its numbers are made up with its people.
pub fn example(account: &Account, ours: &Value) -> Result<Value> {
    let data = &ours["data"];
    let c = &data["conversation"];
    let mut cx = Context { account: account.number, base: account.base.clone(), ..Context::default() };
    let mut ids = Vec::new();
    numbers::ids_in(data, &mut ids);
    ids.dedup();
    cx.numbers = Numbers::made_of(&ids.iter().zip(1..).map(|(id, n)| (id.as_str(), n)).collect::<Vec<_>>());
    if let Some(id) = data["contact"]["id"].as_str() {
        cx.contacts.insert(id.to_owned(), data["contact"].clone());
    }
    let channel = if c.is_object() { &c["channel_id"] } else { &data["changes"]["channel_id"] };
    let word = |name: &str, usual: &str| c[name].as_str().unwrap_or(usual).to_owned();
    cx.inboxes.extend(channel.as_str().map(|id| Inbox {
        id: id.to_owned(),
        name: word("channel_name", "Help desk"),
        provider: word("provider", "email"),
        word: word("channel", "email"),
        status: ChannelStatus::Active,
    }));
    spelled(&cx, &account.name, ours).ok_or_else(|| Error::internal("an example that the format has no words for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_name_there() {
        assert_eq!(
            (event_of("message.created"), event_of("conversation.assigned")),
            (Some("message_created"), Some("conversation_updated"))
        );
        assert_eq!((event_of("tag.updated"), event_of("message.deleted")), (None, None));
        let mut all: Vec<&str> = EVENTS.iter().flat_map(|(_, ours)| ours.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_one_state_there_did_not_change() {
        let ours = |before: &str, now: &str| {
            let c = json!({ "id": "cnv_1", "number": 7, "status": now, "channel_id": "chn_1" });
            json!({ "type": "conversation.status_changed", "data": { "changes": { "before": before, "status": now }, "conversation": c } })
        };
        let cx = Context::default();
        assert!(spelled(&cx, "Desk", &ours("new", "open")).is_none());
        assert_eq!(spelled(&cx, "Desk", &ours("open", "pending")).unwrap()["status"], "pending");
    }

    #[test]
    fn a_change_names_what_was_and_what_is() {
        let cx = Context { numbers: Numbers::made_of(&[("mem_1", 4), ("tem_1", 2)]), ..Context::default() };
        let c = json!({ "priority": "urgent", "tags": ["vip"] });
        let given = json!({ "assignee_id": "mem_1", "before": null, "team_id": "tem_1", "team_before": null });
        assert_eq!(
            changed(&cx, &given, &c),
            json!([{ "assignee_id": { "previous_value": null, "current_value": 4 } }, { "team_id": { "previous_value": null, "current_value": 2 } }])
        );
        assert_eq!(
            changed(&cx, &json!({ "status": "resolved", "before": "new" }), &c),
            json!([{ "status": { "previous_value": "open", "current_value": "resolved" } }])
        );
        assert_eq!(
            changed(&cx, &json!({ "tags_added": 1, "added": ["tag_1"] }), &c),
            json!([{ "label_list": { "previous_value": null, "current_value": ["vip"] } }])
        );
    }
}
