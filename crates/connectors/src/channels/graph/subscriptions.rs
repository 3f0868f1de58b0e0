//! Change notifications: made once, looked after while polling, and who can be connected ("subscription resource type").

use super::microsoft as graph;
use crate::kit::{addresses, calls};
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Installer, Reach, SendError};
use kernel::time::{MINUTE, Millis, parse_rfc3339, rfc3339};
use serde_json::{Map, Value, json};

/// The longest life of a subscription to mail that every tenant takes.
const LIFE_MS: Millis = 4_230 * MINUTE;

pub struct Setup;

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(list(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

fn resource(account: &Account) -> String {
    format!("{}/mailFolders('inbox')/messages", graph::owner(account))
}

/// Subscriptions of ours for this mailbox: id, address, and when they end.
pub async fn ours(edge: Edge<'_>, account: &Account) -> Result<Vec<(String, String, Millis)>, SendError> {
    let body = graph::call(edge, account, calls::get(format!("{}/subscriptions", graph::base(account)))).await?;
    let (resource, here) = (resource(account), format!("{}/", account.public_url));
    let read = |one: &Value| {
        let url = one["notificationUrl"].as_str().filter(|u| u.starts_with(&here) && u.contains("/webhooks/graph"))?;
        one["resource"].as_str().filter(|r| r.trim_start_matches('/').eq_ignore_ascii_case(&resource))?;
        Some((one["id"].as_str()?.to_owned(), url.to_owned(), one["expirationDateTime"].as_str().and_then(parse_rfc3339)?))
    };
    Ok(body["value"].as_array().into_iter().flatten().filter_map(read).collect())
}

/// Renews what has lived half its life, and makes again what was lost; gives the address Microsoft knows.
pub async fn tend(edge: Edge<'_>, account: &Account, hook: Option<&str>) -> Result<Option<String>, SendError> {
    let now = edge.clock.now();
    let known = ours(edge, account).await?;
    for (id, _, until) in &known {
        if until - now < LIFE_MS / 2 {
            renew(edge, account, id).await?;
        }
    }
    match (known.first(), hook) {
        (Some((_, url, _)), _) => Ok(Some(url.clone())),
        (None, Some(hook)) => create(edge, account, hook).await.map(|()| Some(hook.to_owned())),
        (None, None) => Ok(None),
    }
}

async fn renew(edge: Edge<'_>, account: &Account, id: &str) -> Result<(), SendError> {
    let url = format!("{}/subscriptions/{}", graph::base(account), calls::encode(id));
    let body = json!({"expirationDateTime": rfc3339(edge.clock.now() + LIFE_MS)});
    graph::call(edge, account, calls::json("PATCH", url, &body)).await.map(|_| ())
}

async fn create(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<(), SendError> {
    let secret = calls::needed(account, "client_state", "The notification secret")?;
    let body = json!({
        "changeType": "created",
        "notificationUrl": webhook_url,
        "lifecycleNotificationUrl": webhook_url,
        "resource": resource(account),
        "expirationDateTime": rfc3339(edge.clock.now() + LIFE_MS),
        "clientState": secret.chars().take(128).collect::<String>(),
    });
    graph::call(edge, account, graph::post(format!("{}/subscriptions", graph::base(account)), Some(&body))).await.map(|_| ())
}

async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let known = ours(edge, account).await?;
    let until = rfc3339(edge.clock.now() + LIFE_MS);
    match known.iter().find(|(_, url, _)| url == webhook_url) {
        Some((id, _, _)) => renew(edge, account, id).await?,
        None => create(edge, account, webhook_url).await?,
    }
    Ok(format!("Microsoft tells us of new mail at once, for now until {until}. This is renewed by itself."))
}

/// Whoever signed in. Shared mailboxes cannot be listed.
async fn list(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let me =
        graph::call(edge, account, calls::get(format!("{}/me?$select=displayName,mail,userPrincipalName", graph::base(account)))).await?;
    let address = ["mail", "userPrincipalName"].iter().find_map(|n| me[*n].as_str().and_then(addresses::clean));
    let name = me["displayName"].as_str().unwrap_or_default().to_owned();
    Ok(address
        .map(|id| Reach { name: if name.is_empty() { id.clone() } else { name }, id, webhook: None, settings: Map::new() })
        .into_iter()
        .collect())
}
