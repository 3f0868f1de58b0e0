//! Around the messages: whose bot it is, its webhook, and who people are.

use super::errors;
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use serde_json::{Map, Value, json};

/// `message` and `webhook` come whatever is chosen.
const EVENTS: &[&str] = &["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"];

pub struct Setup;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
fn words(error: SendError) -> String {
    match error {
        SendError::Retry { detail, .. }
        | SendError::Uncertain { detail }
        | SendError::Account { detail }
        | SendError::Policy { detail, .. }
        | SendError::Permanent { detail } => detail,
    }
}

async fn info(edge: Edge<'_>, account: &Account) -> Result<Value, SendError> {
    errors::call(edge, account, "get_account_info", &json!({})).await
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match checked(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn checked(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let me = info(edge, account).await.map_err(words)?;
    let (uri, ours) = (text(&me, "uri"), account.settings.text("uri").unwrap_or_default().trim());
    if !uri.is_empty() && !uri.eq_ignore_ascii_case(ours) {
        return Err(format!("The token belongs to the bot {}, not to {}.", shorten(uri, 60), shorten(ours, 60)));
    }
    let name = shorten(text(&me, "name"), 100);
    let webhook = text(&me, "webhook");
    if webhook.is_empty() {
        return Err(format!("{name} answers, but no webhook is registered, so that nothing arrives. Register it."));
    }
    if !webhook.starts_with(&format!("{}/api/webhooks/viber", account.public_url)) {
        return Err(format!("{name} delivers to another address ({}). Register the webhook again.", shorten(webhook, 200)));
    }
    Ok(format!("{name} answers; its webhook leads here."))
}

/// Viber answers this twice in twelve hours for each person.
pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    let answer = errors::call(edge, account, "get_user_details", &json!({ "id": handle })).await.ok()?;
    let user = answer.get("user")?;
    Some(Profile {
        name: people::named(Some(text(user, "name"))),
        handles: Vec::new(),
        picture_url: Some(text(user, "avatar")).filter(|u| u.starts_with("https://")).map(str::to_owned),
        language: Some(shorten(text(user, "language"), 20)).filter(|l| !l.is_empty()),
    })
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let me = info(edge, account).await?;
            let uri = text(&me, "uri");
            if uri.is_empty() {
                return Err(SendError::Permanent { detail: "Viber named no bot for this token.".into() });
            }
            let name = shorten(text(&me, "name"), 100);
            let mut settings = Map::new();
            settings.insert("uri".into(), uri.into());
            if account.settings.text("sender_name").is_none() {
                settings.insert("sender_name".into(), shorten(&name, super::form::NAME).into());
            }
            let webhook = Some(text(&me, "webhook").to_owned()).filter(|w| !w.is_empty());
            Ok(vec![Reach { id: uri.to_owned(), name: format!("{name} ({uri})"), webhook, settings }])
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            // Viber calls the address before it answers.
            let body = json!({"url": webhook_url, "event_types": EVENTS, "send_name": true, "send_photo": true});
            errors::call(edge, account, "set_webhook", &body).await?;
            Ok("Viber delivers messages and what becomes of ours to this address.".into())
        })
    }
}
