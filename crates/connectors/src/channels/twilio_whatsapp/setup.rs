//! The check of the account, its WhatsApp senders, and setting our address at Twilio.
//!
//! Source: the provider's OpenAPI description (messaging v2, Channels Senders).

use super::{PREFIX, SANDBOX};
use crate::kit::calls::{self, encode};
use crate::kit::twilio::sending::{self, broken};
use crate::kit::twilio::{bare, call, is_number, is_service, list, product_url, sender, services, text};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Reach, SendError};
use serde_json::{Map, Value, json};

pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let name = match sending::check_account(edge, account).await {
        Ok(name) => name,
        Err(health) => return health,
    };
    let sender = match sender(account) {
        Ok(sender) => sender,
        Err(error) => return broken(&error),
    };
    if is_service(&sender) {
        return services::check(edge, account, &name, &sender).await;
    }
    if !is_number(&sender) {
        return Health::Broken { detail: "Write the number in international form without blanks, such as +14155238886.".into() };
    }
    if sender == SANDBOX {
        return Health::Ok {
            detail: format!("{name}, the WhatsApp sandbox. Only people who sent it “join” and its word can be reached.")
        };
    }
    let senders = match senders(edge, account).await {
        Ok(senders) => senders,
        Err(error) => return broken(&error),
    };
    let Some(own) = senders.iter().find(|s| number_of(s).as_deref() == Some(&sender)) else {
        return Health::Broken {
            detail: format!("This Twilio account has no WhatsApp sender {sender}. See Messaging, Senders, WhatsApp senders."),
        };
    };
    let status = text(own, "status").unwrap_or("ONLINE");
    if !status.starts_with("ONLINE") {
        let why = own.pointer("/offline_reasons/0/message").and_then(Value::as_str).map(|w| format!(": {}", shorten(w, 200)));
        let status = shorten(&status.replace('_', " ").to_lowercase(), 40);
        return Health::Broken {
            detail: format!("The WhatsApp sender {sender} is not online ({status}){}", why.unwrap_or_else(|| ".".into())),
        };
    }
    let place = own.pointer("/webhook/callback_url").and_then(Value::as_str).filter(|u| !u.is_empty());
    Health::Ok { detail: format!("{name}, WhatsApp sender {sender}.{}", services::elsewhere(account, place)) }
}

async fn senders(edge: Edge<'_>, account: &Account) -> Result<Vec<Value>, SendError> {
    list(edge, account, &product_url(account, "messaging", "/v2/Channels/Senders?Channel=whatsapp&PageSize=100"), "senders").await
}

fn number_of(sender: &Value) -> Option<String> {
    text(sender, "sender_id").filter(|id| id.starts_with(PREFIX)).map(bare)
}

pub struct AtTwilio;

impl Installer for AtTwilio {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let found = senders(edge, account).await?;
            let mut all: Vec<Reach> = found.iter().filter_map(reach).collect();
            // An API key may be kept from the messaging services; the numbers are enough then.
            all.extend(services::reach(edge, account).await.unwrap_or_default());
            Ok(all)
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let sender = sender(account)?;
            if is_service(&sender) {
                return services::install(edge, account, &sender, webhook_url).await;
            }
            if sender == SANDBOX {
                return Ok(format!(
                    "The sandbox’s address is set by hand: Messaging, Try it out, Send a WhatsApp message, Sandbox settings. Paste {webhook_url} there."
                ));
            }
            let all = senders(edge, account).await?;
            let own = all.iter().find(|s| number_of(s).as_deref() == Some(&sender));
            let none = || SendError::Account { detail: format!("This Twilio account has no WhatsApp sender {sender}.") };
            let sid = own.and_then(|o| text(o, "sid")).ok_or_else(none)?;
            let before = own.and_then(|o| o.pointer("/webhook/callback_url")).and_then(Value::as_str).filter(|u| !u.is_empty());
            let body = json!({"webhook": {
                "callback_url": webhook_url, "callback_method": "POST",
                "fallback_url": webhook_url, "fallback_method": "POST",
                "status_callback_url": webhook_url, "status_callback_method": "POST",
            }});
            let place = product_url(account, "messaging", &format!("/v2/Channels/Senders/{}", encode(sid)));
            call(edge, account, calls::json("POST", place, &body)).await?;
            Ok(format!("{sender} sends its messages and reports here.{}", services::replaced(before, webhook_url)))
        })
    }
}

fn reach(sender: &Value) -> Option<Reach> {
    let id = number_of(sender)?;
    let name = sender.pointer("/profile/name").and_then(Value::as_str).filter(|n| !n.is_empty());
    let online = text(sender, "status").is_none_or(|s| s.starts_with("ONLINE"));
    let label = name.map_or_else(|| id.clone(), |n| format!("{} ({id})", shorten(n, 80)));
    let name = if online { label } else { format!("{label}, not online") };
    let webhook = sender.pointer("/webhook/callback_url").and_then(Value::as_str).filter(|u| !u.is_empty());
    Some(Reach { id, name, webhook: webhook.map(str::to_owned), settings: Map::new() })
}
