//! Is the number well, which numbers are there, and our address registered for their events.

use super::errors;
use crate::kit::calls::{self, needed, needed_secret};
use crate::kit::meta::{self, FACEBOOK, GraphError};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Reach, SendError};
use kernel::http::HttpRequest;
use serde_json::{Map, Value, json};

fn judge(error: &GraphError) -> SendError {
    errors::judge(error, 1)
}
fn get(account: &Account, path: &str) -> Result<HttpRequest, SendError> {
    let token = needed_secret(account, "access_token", "The access token")?;
    Ok(meta::signed(account, calls::get(format!("{}/{path}", meta::base(account, FACEBOOK))), &token))
}
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match look(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(error) => Health::Broken { detail: words(error) },
    }
}

async fn look(edge: Edge<'_>, account: &Account) -> Result<String, SendError> {
    let id = needed(account, "phone_number_id", "The phone number ID")?;
    let path = format!("{}?fields=id,display_phone_number,verified_name,quality_rating,code_verification_status", calls::encode(id));
    let number = meta::call(edge, get(account, &path)?, &|e| match e.code {
        100 => SendError::Permanent { detail: e.words("There is no such phone number ID, or the access token does not reach it.") },
        _ => judge(e),
    })
    .await?;
    let business = needed(account, "waba_id", "The WhatsApp Business account ID")?;
    let apps = meta::call(edge, get(account, &format!("{}/subscribed_apps", calls::encode(business)))?, &judge).await?;
    if apps.get("data").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        let detail =
            "No app receives the events of this WhatsApp Business account. Press “Register webhook”, or subscribe your app to the account.";
        return Err(SendError::Account { detail: detail.into() });
    }
    let quality = text(&number, "/quality_rating").to_lowercase();
    let quality = if quality.is_empty() { String::new() } else { format!(", quality {quality}") };
    Ok(shorten(&format!("Connected as {} ({}){quality}.", text(&number, "/display_phone_number"), text(&number, "/verified_name")), 300))
}

fn words(error: SendError) -> String {
    match error {
        SendError::Retry { detail, .. } | SendError::Uncertain { detail } => format!("Meta cannot be asked: {detail}"),
        SendError::Account { detail } | SendError::Policy { detail, .. } | SendError::Permanent { detail } => detail,
    }
}

pub struct Numbers;

impl Installer for Numbers {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let business = needed(account, "waba_id", "The WhatsApp Business account ID")?;
            let fields = "id,display_phone_number,verified_name,webhook_configuration";
            let token = needed_secret(account, "access_token", "The access token")?;
            let url = format!("{}/{}/phone_numbers", meta::base(account, FACEBOOK), calls::encode(business));
            let page = |after: Option<&str>| {
                let after = after.map(|a| format!("&after={}", calls::encode(a))).unwrap_or_default();
                meta::signed(account, calls::get(format!("{url}?fields={fields}&limit=100{after}")), &token)
            };
            let all = meta::pages(edge, &page, &judge).await?;
            Ok(all.iter().filter_map(reach).collect())
        })
    }

    /// Subscribes the token's app to the WhatsApp Business account and sends that account's events to our address, whatever address the
    /// app itself has. Meta calls the address with the verify token before it agrees.
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let business = needed(account, "waba_id", "The WhatsApp Business account ID")?;
            let verify = needed(account, "verify_token", "The verify token")?;
            let token = needed_secret(account, "access_token", "The access token")?;
            let url = format!("{}/{}/subscribed_apps", meta::base(account, FACEBOOK), calls::encode(business));
            let body = json!({"override_callback_uri": webhook_url, "verify_token": verify});
            let answer = meta::call(edge, meta::signed(account, calls::json("POST", url, &body), &token), &judge).await?;
            if answer.get("success").and_then(Value::as_bool) != Some(true) {
                return Err(SendError::Permanent { detail: "Meta did not confirm the subscription.".into() });
            }
            Ok("Events of this WhatsApp Business account now come here. See that the app's webhook is subscribed to “messages” and “message_template_status_update”.".into())
        })
    }
}

fn reach(number: &Value) -> Option<Reach> {
    let id = Some(text(number, "/id")).filter(|id| !id.is_empty())?.to_owned();
    let names = [text(number, "/display_phone_number"), text(number, "/verified_name")];
    let webhook =
        ["/webhook_configuration/phone_number", "/webhook_configuration/whatsapp_business_account", "/webhook_configuration/application"];
    let mut settings = Map::new();
    settings.insert("phone_number_id".into(), id.as_str().into());
    Some(Reach {
        id,
        name: shorten(&names.into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(", "), 200),
        webhook: webhook.into_iter().map(|p| text(number, p)).find(|w| !w.is_empty()).map(str::to_owned),
        settings,
    })
}
