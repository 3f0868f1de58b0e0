//! A customer on WhatsApp, and Meta's API as far as we use it.

use super::inbound::{digits, is_bsuid};
use super::provider;
use crate::kit::meta::play;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, SimulatedFile, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("phone_number_id", format!("10654{unique}")), ("waba_id", format!("10229{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let answers = say.answers.clone().unwrap_or_default();
        if say.doing == Doing::Read {
            let list = if answers.is_empty() { json!([]) } else { json!([status(&answers, &say.from, "read", now)]) };
            return deliver(account, json!({"statuses": list}), now);
        }
        let id = format!("wamid.{}", say.external_id.trim_start_matches("wamid."));
        let messages = match say.doing {
            Doing::React => vec![json!({"type": "reaction", "reaction": {"message_id": answers, "emoji": say.text}})],
            Doing::Edit => {
                let now_says = json!({"context": {"id": answers}, "type": "text", "text": {"body": say.text}});
                vec![json!({"type": "edit", "edit": {"original_message_id": answers, "message": now_says}})]
            }
            Doing::Delete => vec![json!({"type": "revoke", "revoke": {"original_message_id": answers}})],
            _ => said(say),
        };
        let several = messages.len() > 1;
        let messages: Vec<Value> = messages
            .into_iter()
            .enumerate()
            .map(|(n, mut m)| {
                m["id"] = if several && n > 0 { format!("{id}-{n}") } else { id.clone() }.into();
                m["timestamp"] = now.div_euclid(1_000).to_string().into();
                let (field, person) = names(&say.from);
                m[if field == "user_id" { "from_user_id" } else { "from" }] = person.into();
                if say.doing == Doing::Say && !answers.is_empty() && n == 0 {
                    m["context"] = json!({"from": "15550783881", "id": answers});
                }
                m
            })
            .collect();
        let (field, person) = names(&say.from);
        let mut contact = json!({"profile": {"name": say.from_name.clone().unwrap_or_else(|| person.clone())}});
        contact[field] = person.into();
        deliver(account, json!({"contacts": [contact], "messages": messages}), now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        Some(play::request(account, self.delivery(account, say, now)))
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let word = match status {
            MessageStatus::Sent => "sent",
            MessageStatus::Delivered => "delivered",
            MessageStatus::Read => "read",
            MessageStatus::Failed => "failed",
            _ => return None,
        };
        Some(deliver(account, json!({"statuses": [self::status(external_id, to, word, now)]}), now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        play::fault(fault, 130_429)
    }
}

/// The field a person's id stands in, and the id as WhatsApp spells it.
fn names(from: &str) -> (&'static str, String) {
    if is_bsuid(from) { ("user_id", from.to_owned()) } else { ("wa_id", digits(from).unwrap_or_else(|| from.to_owned())) }
}

fn said(say: &Simulated) -> Vec<Value> {
    if say.files.is_empty() {
        return vec![json!({"type": "text", "text": {"body": say.text}})];
    }
    let mut out: Vec<Value> = say.files.iter().map(file).collect();
    if !say.text.is_empty()
        && let Some(first) = out.first_mut()
    {
        match first["type"].as_str().unwrap_or_default().to_owned().as_str() {
            "audio" => out.insert(0, json!({"type": "text", "text": {"body": say.text}})),
            kind => first[kind]["caption"] = say.text.as_str().into(),
        }
    }
    out
}
fn file(file: &SimulatedFile) -> Value {
    let main = file.content_type.split('/').next().unwrap_or_default();
    let kind = if matches!(main, "image" | "video" | "audio") { main } else { "document" };
    let sum = crate::kit::signatures::sha256_hex(&file.bytes);
    let sum = data_encoding::HEXLOWER.decode(sum.as_bytes()).unwrap_or_default();
    let mut part = json!({
        "id": provider::media_id(&file.content_type, &file.url),
        "mime_type": file.content_type,
        "sha256": data_encoding::BASE64.encode(&sum),
    });
    if kind == "document" {
        part["filename"] = file.name.as_str().into();
    }
    json!({"type": kind, kind: part})
}

fn status(id: &str, to: &str, word: &str, now: Millis) -> Value {
    let (field, person) = names(to);
    let mut out = json!({"id": id, "status": word, "timestamp": now.div_euclid(1_000).to_string()});
    out[if field == "user_id" { "recipient_user_id" } else { "recipient_id" }] = person.into();
    match word {
        "failed" => {
            let details = "Message Undeliverable.";
            out["errors"] = json!([{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable", "error_data": {"details": details}}]);
        }
        _ => out["pricing"] = json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}),
    }
    out
}

fn deliver(account: &Account, mut value: Value, now: Millis) -> RawDelivery {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": account.identifier});
    let business = account.settings.text("waba_id").unwrap_or("102290129340398");
    let entry = json!({"id": business, "changes": [{"value": value, "field": "messages"}]});
    play::delivery(account, play::escaped(&json!({"object": "whatsapp_business_account", "entry": [entry]})), now)
}
