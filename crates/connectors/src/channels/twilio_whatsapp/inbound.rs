//! Messages with places, buttons, forwards and advertisements in them; reports; reactions.

use super::PREFIX;
use crate::kit::forms::first;
use crate::kit::twilio::events::{self, Pairs};
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, Handle, Inbound, InboundMessage, ParseError, RawDelivery, Sender, ThreadHint};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let pairs = events::fields(raw);
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    if first(&pairs, "MessageSid").or_else(|| first(&pairs, "SmsSid")).is_none() {
        return ignored("It is neither a message nor a report.");
    }
    if let Some(why) = events::foreign(account, raw, &pairs) {
        return ignored(&why);
    }
    if events::is_report(&pairs) {
        return events::report(raw, &pairs).map(|r| vec![r]);
    }
    let from = first(&pairs, "From").ok_or_else(|| ParseError("The message has no sender (From).".into()))?;
    let Some(id) = from.strip_prefix(PREFIX) else {
        return ignored("It did not come over WhatsApp. Text messages are a channel of their own.");
    };
    if id.is_empty() || id.len() > 200 {
        return Err(ParseError("The sender is not readable (From).".into()));
    }
    let handle = people::handle(account, id);
    if first(&pairs, "MessageType") == Some("reaction")
        && let Some(target) = first(&pairs, "OriginalRepliedMessageSid")
    {
        let emoji = first(&pairs, "ReactionEmoji").or_else(|| first(&pairs, "Body")).map(|e| shorten(e, 32));
        return Ok(vec![Inbound::Reaction { external_id: target.to_owned(), handle, emoji, at: None }]);
    }
    let message = message(&pairs, handle.clone(), id)?;
    let mut all = vec![Inbound::Message(Box::new(message))];
    all.extend(events::opt_out_type(&pairs).map(|out| Inbound::OptOut { handle, out }));
    Ok(all)
}

fn message(pairs: &Pairs, handle: Handle, id: &str) -> Result<InboundMessage, ParseError> {
    let mut files = events::files(pairs);
    let mut metadata = Map::new();
    let place = location(pairs);
    let choice = interactive(pairs);
    let body = first(pairs, "Body").unwrap_or_default().replace('\0', "");
    let mut body = body.trim_end();
    // A document's name comes as its text.
    if let [file] = files.as_mut_slice()
        && first(pairs, "MessageType") == Some("document")
        && let Some(name) = document_name(body, &file.name)
    {
        file.name = name;
        body = "";
    }
    let (content_type, text) = match (&place, &choice) {
        (Some((_, words)), _) => (ContentType::Location, words.clone()),
        (None, Some((_, title))) if body.is_empty() => (ContentType::Text, title.clone()),
        _ if body.is_empty() && files.is_empty() => (ContentType::Text, unreadable(pairs)),
        _ => (events::content_type(pairs, &files), body.to_owned()),
    };
    metadata.extend(place.map(|(facts, _)| ("location".to_owned(), facts)));
    metadata.extend(choice.map(|(facts, _)| ("interactive".to_owned(), facts)));
    if ["Forwarded", "FrequentlyForwarded"].iter().any(|name| first(pairs, name) == Some("true")) {
        metadata.insert("forwarded".into(), Value::Bool(true));
    }
    metadata.extend(referral(pairs).map(|facts| ("referral".to_owned(), facts)));
    let answers = first(pairs, "OriginalRepliedMessageSid").filter(|s| s.len() <= 100).map(str::to_owned).into_iter().collect();
    // After `whatsapp:` stands a number, or an id of WhatsApp's where the person hides it.
    let phone = Some(id).filter(|id| id.starts_with('+')).or_else(|| first(pairs, "WaId")).and_then(people::phone);
    let sender = Sender { handle, name: people::named(first(pairs, "ProfileName")), more: phone.into_iter().collect() };
    let mut message = InboundMessage::text(events::sid(pairs)?, id, sender, text);
    message.thread = ThreadHint { answers, ..message.thread };
    Ok(InboundMessage { content_type, files, metadata, ..message })
}

/// The text, if it is a file's name with the ending that its kind has.
fn document_name(text: &str, made: &str) -> Option<String> {
    let (stem, end) = text.rsplit_once('.')?;
    let known = made.rsplit_once('.').is_some_and(|(_, e)| e == "bin" || e.eq_ignore_ascii_case(end));
    let name = !stem.is_empty() && (1..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric());
    (known && name && text.len() <= 200 && !text.contains(['/', '\\', '\n'])).then(|| text.to_owned())
}

/// The facts of a place, and words for it.
fn location(pairs: &Pairs) -> Option<(Value, String)> {
    let number = |name: &str| first(pairs, name)?.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    let (latitude, longitude) = (number("Latitude")?, number("Longitude")?);
    let label = first(pairs, "Label").map(|l| shorten(l, 300)).unwrap_or_default();
    let address = first(pairs, "Address").map(|a| shorten(a, 300)).unwrap_or_default();
    let mut facts = json!({"latitude": latitude, "longitude": longitude});
    for (name, value) in [("name", &label), ("address", &address)] {
        if !value.is_empty() {
            facts[name] = value.as_str().into();
        }
    }
    let place = [label, address].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
    let words = if place.is_empty() {
        format!("Location: {latitude}, {longitude}")
    } else {
        format!("Location: {place} ({latitude}, {longitude})")
    };
    Some((facts, words))
}

/// A pressed button, a chosen line or a filled form, and words for it.
fn interactive(pairs: &Pairs) -> Option<(Value, String)> {
    let get = |name: &str| first(pairs, name).map(|v| shorten(v, 1_000)).unwrap_or_default();
    let (title, payload) = (get("ButtonText"), get("ButtonPayload"));
    if !title.is_empty() || !payload.is_empty() {
        let words = if title.is_empty() { payload.clone() } else { title.clone() };
        return Some((json!({"kind": "button", "id": payload, "title": title, "payload": payload}), words));
    }
    let (id, title) = (get("ListId"), get("ListTitle"));
    if !id.is_empty() || !title.is_empty() {
        let words = if title.is_empty() { id.clone() } else { title.clone() };
        return Some((json!({"kind": "list", "id": id, "title": title}), words));
    }
    let data = first(pairs, "InteractiveData").or_else(|| first(pairs, "FlowData")).filter(|d| d.len() <= 20_000)?;
    Some((json!({"kind": "form", "payload": data}), "Sent a form".into()))
}

/// The advertisement or post from which the person came.
fn referral(pairs: &Pairs) -> Option<Value> {
    let names = [
        ("source", "ReferralSourceType"),
        ("source_id", "ReferralSourceId"),
        ("headline", "ReferralHeadline"),
        ("body", "ReferralBody"),
        ("url", "ReferralSourceUrl"),
    ];
    let facts: Map<String, Value> =
        names.iter().filter_map(|(ours, theirs)| Some(((*ours).to_owned(), shorten(first(pairs, theirs)?, 1_000).into()))).collect();
    (!facts.is_empty()).then_some(Value::Object(facts))
}

fn unreadable(pairs: &Pairs) -> String {
    match first(pairs, "MessageType").filter(|t| *t != "text") {
        Some(kind) => format!("A message that Twilio does not pass on ({}).", shorten(kind, 40)),
        None => "(empty message)".to_owned(),
    }
}
