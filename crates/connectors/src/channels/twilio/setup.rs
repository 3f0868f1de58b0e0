//! The check of the account, what it owns, and setting our address at Twilio.

use crate::kit::calls::{self, encode};
use crate::kit::twilio::sending::{self, broken};
use crate::kit::twilio::{bare, call, is_number, is_service, is_short_code, list, sender, services, text, url};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Reach, SendError};
use serde_json::{Map, Value};

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
        let odd = sender.starts_with('+') || (!is_short_code(&sender) && sender.bytes().all(|b| b.is_ascii_digit()));
        if odd {
            return Health::Broken { detail: "Write the number in international form without blanks, such as +15005550006.".into() };
        }
        return Health::Ok { detail: format!("{name}, sender {sender}.") };
    }
    match sending::own_number(edge, account, &sender).await {
        Err(error) => broken(&error),
        Ok(None) => Health::Broken { detail: format!("This Twilio account has no number {sender}. Check the number and the account SID.") },
        Ok(Some(number)) if number.pointer("/capabilities/sms").and_then(Value::as_bool) == Some(false) => {
            Health::Broken { detail: format!("{sender} cannot send text messages. Choose a number with SMS.") }
        }
        Ok(Some(number)) => {
            Health::Ok { detail: format!("{name}, number {sender}.{}", services::elsewhere(account, text(&number, "sms_url"))) }
        }
    }
}

pub struct AtTwilio;

impl Installer for AtTwilio {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let numbers = list(edge, account, &url(account, "/IncomingPhoneNumbers.json?PageSize=200")?, "incoming_phone_numbers").await?;
            let mut all: Vec<Reach> = numbers.iter().filter_map(number).collect();
            // An API key may be kept from the messaging services; the numbers are enough then.
            match services::reach(edge, account).await {
                Ok(services) => all.extend(services),
                Err(error) if all.is_empty() => return Err(error),
                Err(_) => {}
            }
            Ok(all)
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let sender = sender(account)?;
            if is_service(&sender) {
                return services::install(edge, account, &sender, webhook_url).await;
            }
            if is_number(&sender) {
                return install_at_number(edge, account, &sender, webhook_url).await;
            }
            let words = if is_short_code(&sender) {
                format!("Set {webhook_url} as the address for incoming messages of the short code {sender} in the Twilio console.")
            } else {
                format!("“{sender}” is a name: it cannot be answered, so there is no address to set. Sending works.")
            };
            Ok(words)
        })
    }
}

fn number(value: &Value) -> Option<Reach> {
    let id = text(value, "phone_number")?;
    let can = |what: &str| value.pointer(&format!("/capabilities/{what}")).and_then(Value::as_bool);
    if can("sms") == Some(false) {
        return None;
    }
    let label = text(value, "friendly_name").filter(|n| bare(n) != id).map(|n| format!("{}, ", shorten(n, 80))).unwrap_or_default();
    let media = if can("mms") == Some(true) { "text and pictures" } else { "text" };
    Some(Reach {
        id: id.into(),
        name: format!("{id} ({label}{media})"),
        webhook: text(value, "sms_url").map(str::to_owned),
        settings: Map::new(),
    })
}

/// The address for incoming messages. The number's `StatusCallback` belongs to calls; each message names its own.
async fn install_at_number(edge: Edge<'_>, account: &Account, number: &str, webhook_url: &str) -> Result<String, SendError> {
    let none = || SendError::Account { detail: format!("This Twilio account has no number {number}.") };
    let before = sending::own_number(edge, account, number).await?.ok_or_else(none)?;
    let sid = text(&before, "sid").ok_or_else(none)?;
    // The fallback is the second try that Twilio makes; it makes no third.
    let mut pairs = vec![("SmsUrl", webhook_url), ("SmsMethod", "POST"), ("SmsFallbackUrl", webhook_url), ("SmsFallbackMethod", "POST")];
    // An application would win over the address.
    if text(&before, "sms_application_sid").is_some() {
        pairs.push(("SmsApplicationSid", ""));
    }
    call(edge, account, calls::form("POST", url(account, &format!("/IncomingPhoneNumbers/{}.json", encode(sid)))?, &pairs)).await?;
    Ok(format!("{number} sends its messages here.{}", services::replaced(text(&before, "sms_url"), webhook_url)))
}
