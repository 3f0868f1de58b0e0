//! The kinds of events that programs outside can be told of, each with words and an example of what changes with it. A test reads the source
//! and refuses a kind that is neither here nor left out for a reason.

use super::model::Format;
use crate::chatwoot;
use kernel::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};

pub struct Kind {
    pub name: &'static str,
    pub about: &'static str,
    /// The event's own payload, as JSON.
    changes: &'static str,
    shows: &'static [Thing],
}
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    Conversation,
    Message,
    Contact,
}
use Thing::{Contact, Conversation, Message};

const fn kind(name: &'static str, about: &'static str, changes: &'static str, shows: &'static [Thing]) -> Kind {
    Kind { name, about, changes, shows }
}

pub const KINDS: &[Kind] = &[
    kind("conversation.created", "A conversation began.", r#"{"number":7}"#, &[Conversation, Contact]),
    kind(
        "conversation.status_changed",
        "It was opened, resolved, closed, snoozed, woken, or marked as spam.",
        r#"{"status":"resolved","before":"open","snoozed_until":null}"#,
        &[Conversation],
    ),
    kind(
        "conversation.assigned",
        "It was given to somebody or to a team, or taken from them.",
        r#"{"assignee_id":"mem_01h2xcejqtf2nbrexx3vqjhp41","before":null,"team_id":null,"team_before":null,"how":"by_hand"}"#,
        &[Conversation],
    ),
    kind(
        "conversation.updated",
        "Its subject, priority, tags, contact or attributes changed.",
        r#"{"priority":"high","changed":["priority"]}"#,
        &[Conversation],
    ),
    kind(
        "conversation.merged",
        "It was merged into another one; told of both.",
        r#"{"merge_id":"mrg_01h2xcejqtf2nbrexx3vqjhp41","into":"cnv_01h2xcejqtf2nbrexx3vqjhp42","number":8}"#,
        &[Conversation],
    ),
    kind(
        "conversation.unmerged",
        "A merge was taken back; told of both.",
        r#"{"merge_id":"mrg_01h2xcejqtf2nbrexx3vqjhp41","other":"cnv_01h2xcejqtf2nbrexx3vqjhp42"}"#,
        &[Conversation],
    ),
    kind(
        "conversation.split",
        "Messages of it began a conversation of their own.",
        r#"{"into":"cnv_01h2xcejqtf2nbrexx3vqjhp42","number":8,"messages":2}"#,
        &[Conversation],
    ),
    kind(
        "conversation.messages_moved",
        "Messages of it were moved to another one, or of another one to it; told of both.",
        r#"{"move_id":"mov_01h2xcejqtf2nbrexx3vqjhp41","into":"cnv_01h2xcejqtf2nbrexx3vqjhp42","number":8,"messages":1}"#,
        &[Conversation],
    ),
    kind("conversation.deleted", "It went into the trash.", "null", &[]),
    kind("conversation.restored", "It came back from the trash.", "null", &[Conversation]),
    kind("conversation.purged", "It was removed for good.", "{}", &[]),
    kind(
        "message.created",
        "A customer wrote, somebody answered, or a note was added (`is_note`).",
        r#"{"direction":"inbound","automatic":false,"assignee_id":null}"#,
        &[Conversation, Message, Contact],
    ),
    kind(
        "message.status_updated",
        "A message was sent, delivered, read, failed or cancelled.",
        r#"{"status":"delivered","before":"sent"}"#,
        &[Conversation, Message],
    ),
    kind("message.updated", "Its text, files, reactions, pin or schedule changed.", r#"{"what":"files"}"#, &[Conversation, Message]),
    kind("message.deleted", "A note was removed.", "null", &[Conversation]),
    kind("contact.created", "Somebody is known who was not.", "null", &[Contact]),
    kind("contact.updated", "Their name, handles or attributes changed.", "null", &[Contact]),
    kind("contact.deleted", "They were removed.", "null", &[]),
    kind("contact.joined", "They turned out to be somebody else who is known.", r#"{"into":"con_01h2xcejqtf2nbrexx3vqjhp42"}"#, &[]),
    kind("contact.unjoined", "A join was taken back.", r#"{"from":"con_01h2xcejqtf2nbrexx3vqjhp42"}"#, &[Contact]),
    kind("contact.blocked", "Nothing of theirs is taken in any more.", "null", &[Contact]),
    kind("contact.unblocked", "They are heard again.", "null", &[Contact]),
    kind("channel.created", "A channel was connected.", r#"{"channel_id":"chn_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind(
        "channel.updated",
        "A channel changed; `health` says when it stopped working (`broken`) or works again (`well`).",
        r#"{"channel_id":"chn_01h2xcejqtf2nbrexx3vqjhp41","status":"error","health":"broken"}"#,
        &[],
    ),
    kind("channel.deleted", "A channel was removed.", r#"{"channel_id":"chn_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind(
        "member.joined",
        "Somebody joined the workspace.",
        r#"{"member_id":"mem_01h2xcejqtf2nbrexx3vqjhp41","role":"agent","active":true}"#,
        &[],
    ),
    kind(
        "member.updated",
        "A member's role changed, or they left (`active`).",
        r#"{"member_id":"mem_01h2xcejqtf2nbrexx3vqjhp41","role":"agent","active":false}"#,
        &[],
    ),
    kind(
        "member.presence_changed",
        "Somebody came, went, or said that they are away or busy.",
        r#"{"member_id":"mem_01h2xcejqtf2nbrexx3vqjhp41","status":"away","before":"online"}"#,
        &[],
    ),
    kind("team.created", "A team was made.", r#"{"team_id":"tem_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind("team.updated", "A team changed.", r#"{"team_id":"tem_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind(
        "team.members_changed",
        "Somebody came into a team or left it.",
        r#"{"team_id":"tem_01h2xcejqtf2nbrexx3vqjhp41","added":["mem_01h2xcejqtf2nbrexx3vqjhp41"],"removed":[]}"#,
        &[],
    ),
    kind("team.deleted", "A team was removed.", r#"{"team_id":"tem_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind("tag.updated", "A tag has another name or colour.", r#"{"tag_id":"tag_01h2xcejqtf2nbrexx3vqjhp41"}"#, &[]),
    kind(
        "journal.quarantined",
        "A delivery could not be taken in and waits for somebody to look.",
        r#"{"journal_id":"jrn_00000000000000000000000001"}"#,
        &[],
    ),
    kind("sending.stopped", "Somebody stopped all sending.", "null", &[]),
    kind("sending.resumed", "Messages leave again.", "null", &[]),
];

/// Of a kind that programs outside are told of.
pub fn is_told(kind: &str) -> bool {
    KINDS.iter().any(|k| k.name == kind)
}

/// Whether a subscription to these means this kind.
pub fn means(wanted: &[String], kind: &str) -> bool {
    wanted.iter().any(|w| match w.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => w == kind,
    })
}

/// Whether a format has words for this kind.
pub fn speaks(format: Format, kind: &str) -> bool {
    format == Format::Standard || chatwoot::event_of(kind).is_some()
}

/// What somebody chose, and the format has words for.
pub fn checked_for(format: Format, wanted: &[String]) -> Result<Vec<String>> {
    let chosen = checked(wanted)?;
    for one in &chosen {
        if !KINDS.iter().any(|k| means(std::slice::from_ref(one), k.name) && speaks(format, k.name)) {
            return Err(Error::field("events", "invalid", format!("The format “{}” has no words for “{one}”.", format.as_str())));
        }
    }
    Ok(chosen)
}

/// What somebody chose, each once, in the order of the catalogue.
pub fn checked(wanted: &[String]) -> Result<Vec<String>> {
    let refuse = |why: String| Err(Error::field("events", "invalid", why));
    let wanted: Vec<&str> = wanted.iter().map(|w| w.trim()).collect();
    if wanted.is_empty() {
        return refuse("Choose at least one kind of event.".into());
    }
    if wanted.contains(&"*") {
        return Ok(vec!["*".into()]);
    }
    let groups = groups();
    for one in &wanted {
        let known = is_told(one) || one.strip_suffix(".*").is_some_and(|g| groups.contains(&g));
        if !known {
            return refuse(format!("There is no kind of event “{one}”. GET /webhook-events lists them."));
        }
    }
    let whole = |group: &str| wanted.iter().any(|w| w.strip_suffix(".*") == Some(group));
    let mut chosen: Vec<String> = groups.iter().filter(|g| whole(g)).map(|g| format!("{g}.*")).collect();
    chosen.extend(KINDS.iter().filter(|k| wanted.contains(&k.name) && !whole(k.group())).map(|k| k.name.to_owned()));
    Ok(chosen)
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = KINDS.iter().map(Kind::group).collect();
    groups.dedup();
    groups
}

/// An event, its words, and what would be sent.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookEventKind)]
pub struct Described {
    pub name: &'static str,
    /// `conversation`, `message`, …; `group.*` means all of them.
    pub group: &'static str,
    pub about: &'static str,
    /// What Chatwoot calls it; null where its format has no words for it.
    pub chatwoot: Option<&'static str>,
    #[schema(value_type = Object)]
    pub example: Value,
}

impl Kind {
    pub fn find(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|k| k.name == name)
    }
    pub fn group(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }
    pub fn described(&self) -> Described {
        Described {
            name: self.name,
            group: self.group(),
            about: self.about,
            chatwoot: chatwoot::event_of(self.name),
            example: self.example(),
        }
    }
    /// A body with invented people in it.
    pub fn example(&self) -> Value {
        let part = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let mut data = json!({ "changes": part(self.changes) });
        for thing in self.shows {
            let (name, text) = match thing {
                Conversation => ("conversation", include_str!("examples/conversation.json")),
                Message => ("message", include_str!("examples/message.json")),
                Contact => ("contact", include_str!("examples/contact.json")),
            };
            data[name] = part(text);
        }
        json!({
            "type": self.name,
            "timestamp": "2026-10-28T10:15:30.250Z",
            "workspace_id": "wsp_01h2xcejqtf2nbrexx3vqjhp41",
            "sequence": 4711,
            "actor": "contact:con_01h2xcejqtf2nbrexx3vqjhp41",
            "data": data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Kinds whose names begin so are nobody's business outside: what single people read, follow, sign with and keep for themselves, how screens
    /// show it, who may what, and news about this very thing. Acts on many are told one by one, as what they did to each.
    const LEFT_OUT: &[&str] = &[
        "conversation.read",
        "conversation.followed",
        "conversation.unfollowed",
        "view.",
        "signature.",
        "canned_reply.",
        "macro.",
        "block.",
        "bulk.",
        "hours.",
        "role.",
        "workspace.",
        "attributes.",
        "sub_statuses.",
        "mail_domains.",
        "member.preview_",
        "member.access_changed",
        "member.capacity_changed",
        "webhook.",
    ];

    fn sources(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path, out),
                false => out.push_str(&std::fs::read_to_string(&path).unwrap()),
            }
        }
    }

    #[test]
    fn every_kind_in_the_source_is_told_or_left_out_for_a_reason() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let mut found = Vec::new();
        for before in ["NewEvent::new(\"", "event(\"", "changed(tx, &actor, \"", "changed(tx, &who, \"", "=> \"member.", "bulk, \"bulk."] {
            let start = before.rsplit('"').next().unwrap();
            for rest in text.split(before).skip(1) {
                let name = format!("{start}{}", rest.split('"').next().unwrap());
                if name.split('.').count() == 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.') {
                    found.push(name);
                }
            }
        }
        found.sort();
        found.dedup();
        assert!(found.len() > 50, "{found:?}");
        let unknown: Vec<_> = found.iter().filter(|k| !is_told(k) && !LEFT_OUT.iter().any(|l| k.starts_with(l))).collect();
        assert!(unknown.is_empty(), "neither in the catalogue nor left out: {unknown:?}");
        let gone: Vec<_> = KINDS.iter().map(|k| k.name).filter(|k| !found.iter().any(|f| f == k)).collect();
        assert!(gone.is_empty(), "in the catalogue, and nobody emits it: {gone:?}");
    }

    #[test]
    fn examples_are_whole() {
        for kind in KINDS {
            let example = kind.example();
            assert!(kind.changes == "null" || !example["data"]["changes"].is_null(), "{}", kind.name);
            assert!(example["data"].as_object().unwrap().values().skip(1).all(Value::is_object), "{example:#}");
        }
    }

    #[test]
    fn groups_and_stars_mean_what_they_say() {
        let words = |w: &[&str]| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let chosen = checked(&words(&["message.updated", "contact.created", "message.*", "contact.created"])).unwrap();
        assert_eq!(chosen, ["message.*", "contact.created"]);
        assert!(means(&chosen, "message.created") && means(&chosen, "contact.created") && !means(&chosen, "contact.updated"));
        assert_eq!(checked(&words(&["team.deleted", "*"])).unwrap(), ["*"]);
        for bad in [&["view.created"][..], &["messages.*"], &["mess*"], &[""], &[]] {
            assert_eq!(checked(&words(bad)).unwrap_err().code, "invalid", "{bad:?}");
        }
    }
}
