//! Our rows as Chatwoot's clients read them. Times are unix seconds, states have other names, and several fields say the same thing twice.

use super::context::{Context, Inbox};
use kernel::message::ChannelStatus;
use kernel::time::{Millis, SECOND, parse_rfc3339};
use serde_json::{Map, Value, json};

pub fn millis(value: &Value) -> Option<Millis> {
    value.as_str().and_then(parse_rfc3339)
}
/// Unix seconds, or null.
pub fn seconds(value: &Value) -> Value {
    millis(value).map_or(Value::Null, |at| Value::from(at.div_euclid(SECOND)))
}

/// `new` and `open` are one there, and what is out of sight is resolved.
pub fn status(ours: &Value) -> &'static str {
    match ours.as_str().unwrap_or_default() {
        "pending" => "pending",
        "snoozed" => "snoozed",
        "resolved" | "archived" | "spam" => "resolved",
        _ => "open",
    }
}
/// The usual one is none there.
pub fn priority(ours: &Value) -> Value {
    match ours.as_str() {
        Some(word @ ("low" | "high" | "urgent")) => word.into(),
        _ => Value::Null,
    }
}
pub fn channel_type(inbox: &Inbox) -> &'static str {
    channel_type_of(&inbox.word)
}
pub fn channel_type_of(word: &str) -> &'static str {
    match word {
        "email" => "Channel::Email",
        "webchat" => "Channel::WebWidget",
        "whatsapp" => "Channel::Whatsapp",
        "sms" => "Channel::Sms",
        "facebook" => "Channel::FacebookPage",
        "instagram" => "Channel::Instagram",
        "telegram" => "Channel::Telegram",
        "line" => "Channel::Line",
        "twitter" => "Channel::TwitterProfile",
        "phone" => "Channel::Voice",
        _ => "Channel::Api",
    }
}
fn role(member: &Value) -> &'static str {
    if matches!(member["role"].as_str(), Some("owner" | "admin")) { "administrator" } else { "agent" }
}
fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The first handle of a kind, what is proved before what was only said.
fn handle<'a>(contact: &'a Value, kind: &str) -> Option<&'a str> {
    let all = contact["handles"].as_array()?;
    let rank = |h: &&Value| matches!(h["evidence"].as_str(), Some("claimed"));
    all.iter().filter(|h| h["kind"] == kind).min_by_key(rank).and_then(|h| h["value"].as_str())
}

impl Context {
    pub fn agent(&self, member: &Value) -> Value {
        let name = &member["name"];
        json!({
            "id": self.numbers.of(&member["id"]), "uid": member["email"], "account_id": self.account, "name": name, "available_name": name,
            "display_name": name, "email": member["email"], "role": role(member), "confirmed": true, "provider": "email", "type": "user",
            "availability_status": if member["online"] == true { "online" } else { "offline" }, "auto_offline": true, "thumbnail": "",
            "avatar_url": "", "custom_attributes": {},
        })
    }

    pub fn team(&self, id: &str) -> Value {
        match self.teams.get(id) {
            Some(name) => json!({ "id": self.numbers.of_text(id), "name": name, "account_id": self.account }),
            None => Value::Null,
        }
    }

    /// Where this person can be written to, and as whom: `(inbox, source_id)`.
    pub fn sources<'a>(&'a self, contact: &'a Value) -> Vec<(&'a Inbox, &'a str)> {
        let mut out = Vec::new();
        for inbox in &self.inboxes {
            let first = connectors::channel(&inbox.provider).map_or("", |c| c.descriptor().capabilities.outbound_first);
            let own = contact["handles"].as_array().into_iter().flatten();
            let own = own.rev().find(|h| h["scope"] == inbox.id.as_str()).and_then(|h| h["value"].as_str());
            let world = Some(first).filter(|k| matches!(*k, "email" | "phone")).and_then(|k| handle(contact, k));
            out.extend(own.or(world).map(|source| (inbox, source)));
        }
        out
    }
    pub fn contact_inbox(&self, inbox: &Inbox, source: &str) -> Value {
        let number = self.numbers.of_text(&inbox.id);
        json!({ "source_id": source, "inbox_id": number, "inbox": self.inbox_brief(inbox) })
    }
    pub fn inbox_brief(&self, inbox: &Inbox) -> Value {
        let number = self.numbers.of_text(&inbox.id);
        json!({ "id": number, "channel_id": number, "name": inbox.name, "channel_type": channel_type(inbox), "avatar_url": "", "provider": null })
    }

    /// Somebody, without where they can be reached.
    pub fn person(&self, contact: &Value) -> Value {
        let id = contact["id"].as_str().unwrap_or_default();
        let mut additional = Map::new();
        for (there, ours) in [("company_name", "company_name"), ("description", "notes"), ("city", "location"), ("language", "language")] {
            if let Some(text) = contact[ours].as_str() {
                additional.insert(there.into(), text.into());
            }
        }
        json!({
            "id": self.numbers.of_text(id), "name": contact["name"], "email": handle(contact, "email"),
            "phone_number": handle(contact, "phone"), "identifier": self.identifiers.get(id), "thumbnail": "", "avatar_url": "",
            "availability_status": "offline", "blocked": !contact["blocked_at"].is_null(), "additional_attributes": additional,
            "custom_attributes": object(&contact["custom_attributes"]), "last_activity_at": seconds(&contact["last_contact_at"]),
            "created_at": seconds(&contact["created_at"]), "type": "contact",
        })
    }
    pub fn contact(&self, contact: &Value) -> Value {
        let mut out = self.person(contact);
        let sources = self.sources(contact);
        out["contact_inboxes"] = sources.into_iter().map(|(inbox, source)| self.contact_inbox(inbox, source)).collect();
        out
    }

    /// The person of a conversation, as far as the caller may know them.
    pub fn sender_of(&self, c: &Value) -> Value {
        match c["contact_id"].as_str().and_then(|id| self.contacts.get(id)) {
            Some(contact) => self.person(contact),
            None if c["contact_id"].is_null() => Value::Null,
            None => json!({ "id": self.numbers.of(&c["contact_id"]), "name": c["contact"]["name"], "type": "contact",
                "additional_attributes": {}, "custom_attributes": {} }),
        }
    }

    pub fn conversation(&self, c: &Value) -> Value {
        let inbox = self.inbox(&c["channel_id"]);
        let last = c["id"].as_str().and_then(|id| self.last.get(id)).map(|m| self.message(m, c));
        let active = inbox.is_some_and(|i| i.status != ChannelStatus::Inactive);
        let can_reply = active && c["id"].as_str().and_then(|id| self.can_reply.get(id)).copied().unwrap_or(true);
        let assignee = c["assignee_id"].as_str().and_then(|id| self.members.get(id)).map(|m| self.agent(m));
        let team = c["team_id"].as_str().map(|id| self.team(id)).filter(|t| !t.is_null());
        let (at, unread) = (seconds(&c["last_message_at"]), c["unread_count"].as_i64().unwrap_or(0));
        let seen = if unread == 0 { at.clone() } else { json!(0) };
        let mut additional = object(&c["metadata"]);
        additional.retain(|key, _| matches!(key.as_str(), "page_url" | "user_agent"));
        if let Some(subject) = c["subject"].as_str() {
            additional.insert("mail_subject".into(), subject.into());
        }
        let uuid = c["id"].as_str().and_then(|id| id.parse::<kernel::ConversationId>().ok()).map(|id| id.uuid().to_string());
        json!({
            "id": c["number"], "uuid": uuid, "account_id": self.account, "inbox_id": self.numbers.of(&c["channel_id"]),
            "status": status(&c["status"]), "priority": priority(&c["priority"]), "labels": c["tags"],
            "muted": c["contact"]["blocked"] == true, "can_reply": can_reply, "unread_count": unread,
            "snoozed_until": seconds(&c["snoozed_until"]), "waiting_since": seconds(&c["waiting_since"]).as_i64().unwrap_or(0),
            "created_at": seconds(&c["created_at"]), "updated_at": seconds(&c["updated_at"]), "last_activity_at": at, "timestamp": at,
            "agent_last_seen_at": seen, "assignee_last_seen_at": seen, "contact_last_seen_at": 0, "first_reply_created_at": null,
            "additional_attributes": additional, "custom_attributes": object(&c["custom_attributes"]), "sla_policy_id": null,
            "last_non_activity_message": last, "messages": last.iter().collect::<Vec<_>>(),
            "meta": {
                "sender": self.sender_of(c), "assignee": assignee, "team": team, "hmac_verified": false,
                "channel": inbox.map(channel_type), "assignee_type": assignee.as_ref().map(|_| "User"),
            },
        })
    }

    /// A message of that conversation.
    pub fn message(&self, m: &Value, c: &Value) -> Value {
        let about = &m["metadata"]["chatwoot"];
        let inbound = m["direction"] == "inbound";
        let (sender, sender_type) = self.writer(m);
        let is_mail = inbound && c["channel"] == "email";
        let mut attributes = object(&about["content_attributes"]);
        if let Some(answered) = self.numbers.of(&m["reply_to_id"]).as_i64() {
            attributes.insert("in_reply_to".into(), answered.into());
        }
        if m["is_deleted"] == true {
            attributes.insert("deleted".into(), true.into());
        }
        if let Some(error) = m["error"].as_str() {
            attributes.insert("external_error".into(), error.into());
        }
        if is_mail {
            attributes.insert("email".into(), mail(m));
        }
        let source = if about["source_id"].is_string() { &about["source_id"] } else { &m["external_id"] };
        // Of an answer, the words that were written; of a mail, what is new in it.
        let content = if m["stripped_text"].is_string() { &m["stripped_text"] } else { &m["text"] };
        let number = self.numbers.of(&m["id"]);
        let files = m["attachments"].as_array().into_iter().flatten().map(|a| self.attachment(a, &number));
        json!({
            "id": number, "content": content, "processed_message_content": content, "account_id": self.account,
            "inbox_id": self.numbers.of(&c["channel_id"]), "conversation_id": c["number"], "message_type": i64::from(!inbound),
            "content_type": if is_mail { "incoming_email" } else { "text" }, "content_attributes": attributes, "status": sending(m),
            "private": m["is_note"], "source_id": source, "echo_id": about["echo_id"], "created_at": seconds(&m["created_at"]),
            "updated_at": m["edited_at"].as_str().or(m["created_at"].as_str()), "sender": sender, "sender_type": sender_type,
            "sender_id": sender["id"], "external_source_ids": {}, "additional_attributes": {}, "attachments": files.collect::<Vec<_>>(),
            "conversation": {
                "assignee_id": self.numbers.of(&c["assignee_id"]), "unread_count": c["unread_count"],
                "last_activity_at": seconds(&c["last_message_at"]),
                "contact_inbox": { "source_id": c["participants"][0]["address"] },
            },
        })
    }

    fn writer(&self, m: &Value) -> (Value, Value) {
        let id = m["sender_id"].as_str().unwrap_or_default();
        match (self.contacts.get(id), self.members.get(id)) {
            (Some(contact), _) => (self.person(contact), "Contact".into()),
            (_, Some(member)) => (self.agent(member), "User".into()),
            _ if id.starts_with("con_") => {
                (json!({ "id": self.numbers.of(&m["sender_id"]), "name": m["sender_name"], "type": "contact" }), "Contact".into())
            }
            _ => (Value::Null, Value::Null),
        }
    }

    fn attachment(&self, a: &Value, message: &Value) -> Value {
        let name = a["name"].as_str().unwrap_or_default();
        let kind = a["content_type"].as_str().unwrap_or_default().split('/').next().unwrap_or_default().to_owned();
        let kind = if ["image", "audio", "video"].contains(&kind.as_str()) { kind } else { "file".into() };
        let whole = |url: &Value| url.as_str().map(|u| if u.starts_with('/') { format!("{}{u}", self.base) } else { u.to_owned() });
        let data = whole(&a["url"]);
        json!({
            "id": self.numbers.of(&a["id"]), "message_id": message, "account_id": self.account, "file_type": kind,
            "extension": name.rsplit_once('.').map(|(_, end)| end), "thumb_url": whole(&a["thumbnail_url"]).or_else(|| data.clone()),
            "data_url": data, "file_size": a["size_bytes"], "width": a["width"], "height": a["height"], "file_name": name,
        })
    }
}

/// There is no state before `sent` there.
fn sending(m: &Value) -> &'static str {
    match m["status"].as_str().unwrap_or_default() {
        "delivered" => "delivered",
        "read" => "read",
        "failed" | "cancelled" => "failed",
        _ => "sent",
    }
}

/// What a mail said besides its words.
fn mail(m: &Value) -> Value {
    let list = |name: &str| m[name].as_array().into_iter().flatten().map(|a| a["address"].clone()).collect::<Vec<_>>();
    json!({
        "subject": m["subject"], "from": [m["from"]], "to": list("to"), "cc": list("cc"), "bcc": list("bcc"),
        "message_id": m["external_id"], "date": m["sent_at"],
        "text_content": { "full": m["text"], "reply": if m["stripped_text"].is_string() { &m["stripped_text"] } else { &m["text"] } },
        "html_content": { "full": m["html"] },
    })
}

/// A hue as the colour that a label has.
pub fn colour(hue: i64) -> String {
    let (s, l) = (0.65f64, 0.5f64);
    let c = (1.0 - (2.0 * l - 1.0).abs()) * s;
    let h = hue.rem_euclid(360) as f64 / 60.0;
    let x = c * (1.0 - (h % 2.0 - 1.0).abs());
    let (r, g, b) = match h as i64 {
        0 => (c, x, 0.0),
        1 => (x, c, 0.0),
        2 => (0.0, c, x),
        3 => (0.0, x, c),
        4 => (x, 0.0, c),
        _ => (c, 0.0, x),
    };
    let m = l - c / 2.0;
    let byte = |v: f64| ((v + m) * 255.0).round() as u8;
    format!("#{:02X}{:02X}{:02X}", byte(r), byte(g), byte(b))
}
/// And back; null for what is no colour.
pub fn hue_of(colour: &str) -> Option<i64> {
    let digits = colour.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
    let part = |at: usize| i64::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let (r, g, b) = (part(0)? as f64, part(2)? as f64, part(4)? as f64);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let span = most - least;
    if span == 0.0 {
        return Some(0);
    }
    let h = match most {
        m if m == r => ((g - b) / span).rem_euclid(6.0),
        m if m == g => (b - r) / span + 2.0,
        _ => (r - g) / span + 4.0,
    };
    Some((h * 60.0).round() as i64 % 360)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chatwoot::numbers::Numbers;

    #[test]
    fn words_of_ours_have_one_there() {
        for (ours, there) in [
            ("new", "open"),
            ("open", "open"),
            ("pending", "pending"),
            ("snoozed", "snoozed"),
            ("archived", "resolved"),
            ("spam", "resolved"),
        ] {
            assert_eq!(status(&json!(ours)), there);
        }
        assert_eq!((priority(&json!("normal")), priority(&json!("high"))), (Value::Null, json!("high")));
        assert_eq!((sending(&json!({"status": "scheduled"})), sending(&json!({"status": "read"}))), ("sent", "read"));
        assert_eq!((seconds(&json!("1970-01-01T00:01:00Z")), seconds(&Value::Null)), (json!(60), Value::Null));
    }

    #[test]
    fn a_colour_comes_back_as_its_hue() {
        for hue in (0..360).step_by(15) {
            let back = hue_of(&colour(hue)).unwrap();
            assert!((back - hue).rem_euclid(360).min((hue - back).rem_euclid(360)) <= 1, "{hue}: {} → {back}", colour(hue));
        }
        assert_eq!((hue_of("#1f93ff"), hue_of("red"), hue_of("#zzzzzz"), hue_of("#777777")), (Some(209), None, None, Some(0)));
    }

    #[test]
    fn who_only_claims_an_address_does_not_hide_who_proved_one() {
        let cx = Context { numbers: Numbers::made_of(&[("con_1", 4)]), account: 7, ..Context::default() };
        let contact = json!({"id": "con_1", "name": "Ann", "handles": [
            {"kind": "email", "value": "said@x.example", "evidence": "claimed", "scope": ""},
            {"kind": "email", "value": "proved@x.example", "evidence": "verified", "scope": ""}]});
        let shown = cx.contact(&contact);
        assert_eq!((&shown["id"], &shown["email"], &shown["phone_number"]), (&json!(4), &json!("proved@x.example"), &Value::Null));
    }
}
