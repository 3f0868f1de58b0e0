//! Around the messages: whose account it is, its webhook, and who people are.

use super::errors::{self, at};
use crate::kit::calls;
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use serde_json::{Map, Value, json};

const ENDPOINT: &str = "/v2/bot/channel/webhook/endpoint";

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

/// The webhook's address and whether it is used; `None` when none was ever set.
async fn endpoint(edge: Edge<'_>, account: &Account) -> Result<Option<(String, bool)>, SendError> {
    let response = calls::exchange(edge, errors::signed(account, calls::get(at(account, ENDPOINT)))?).await?;
    let body = calls::body_of(&response);
    match response.status {
        404 => Ok(None),
        200..=299 if text(&body, "endpoint").is_empty() => Ok(None),
        200..=299 => Ok(Some((text(&body, "endpoint").to_owned(), body.get("active").and_then(Value::as_bool).unwrap_or(false)))),
        _ => Err(errors::judge(&response, edge.clock.now())),
    }
}

async fn info(edge: Edge<'_>, account: &Account) -> Result<Value, SendError> {
    errors::call(edge, account, calls::get(at(account, "/v2/bot/info"))).await
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match checked(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn checked(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let me = info(edge, account).await.map_err(words)?;
    let ours = account.settings.text("basic_id").unwrap_or_default().trim().trim_start_matches('@');
    let theirs = [text(&me, "basicId"), text(&me, "premiumId")];
    if !theirs.iter().any(|id| id.trim_start_matches('@').eq_ignore_ascii_case(ours)) {
        return Err(format!("The token belongs to {}, not to @{}.", shorten(theirs[0], 60), shorten(ours, 60)));
    }
    let name = shorten(text(&me, "displayName"), 100);
    match endpoint(edge, account).await.map_err(words)? {
        None => Err(format!("{name} answers, but no webhook is registered, so that nothing arrives. Register it.")),
        Some((url, _)) if !url.starts_with(&format!("{}/api/webhooks/line", account.public_url)) => {
            Err(format!("{name} delivers to another address ({}). Register the webhook again.", shorten(&url, 200)))
        }
        Some((_, false)) => {
            Err(format!("{name} answers, but Use webhook is off. Turn it on in the LINE Developers Console, Messaging API."))
        }
        Some(_) => Ok(format!("{name} answers; its webhook leads here.")),
    }
}

/// Works for people who have added the account as a friend.
pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    if !handle.starts_with('U') {
        return None;
    }
    let url = at(account, &format!("/v2/bot/profile/{}", calls::encode(handle)));
    let body = errors::call(edge, account, calls::get(url)).await.ok()?;
    let kept = |key: &str| Some(text(&body, key)).filter(|t| !t.is_empty()).map(str::to_owned);
    Some(Profile {
        name: people::named(Some(text(&body, "displayName"))),
        handles: Vec::new(),
        picture_url: kept("pictureUrl").filter(|u| u.starts_with("https://")),
        language: kept("language").map(|l| shorten(&l, 20)),
    })
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let me = info(edge, account).await?;
            let id = text(&me, "basicId");
            if id.is_empty() {
                return Err(SendError::Permanent { detail: "LINE named no account for this token.".into() });
            }
            let webhook = endpoint(edge, account).await.ok().flatten().map(|(url, _)| url);
            let mut settings = Map::new();
            settings.insert("basic_id".into(), id.into());
            Ok(vec![Reach { id: id.to_owned(), name: format!("{} ({id})", shorten(text(&me, "displayName"), 100)), webhook, settings }])
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            if !webhook_url.starts_with("https://") && calls::base_url(account, super::form::BASE) == super::form::BASE {
                let detail = "LINE delivers to https addresses only. Give this installation a public https address.".into();
                return Err(SendError::Permanent { detail });
            }
            errors::call(edge, account, calls::json("PUT", at(account, ENDPOINT), &json!({ "endpoint": webhook_url }))).await?;
            Ok(match endpoint(edge, account).await? {
                Some((_, true)) => "LINE delivers events to this address.".into(),
                _ => "The address is registered. Now turn on Use webhook in the LINE Developers Console, Messaging API.".into(),
            })
        })
    }
}
