//! Around the messages: is the account well, who is this person, the webhook registered, messages asked for.

use super::errors::{self, Caller};
use super::form::polls;
use super::inbound::{at, is_id};
use crate::kit::calls::{self, before_sending};
use crate::kit::people;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Polled, Poller, Profile, RawDelivery, Reach, SendError};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

pub struct Setup;

/// X answers this question 15 times in 15 minutes.
const EVERY_MS: Millis = 65_000;
const MOST_PAGES: usize = 3;
/// What the webhook is told of.
const EVENTS: &[&str] = &["dm.received", "dm.sent", "dm.read"];

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match look(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn look(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let caller = Caller::of(account).map_err(words)?;
    let me = errors::get(edge, &caller, "/2/users/me").await.map_err(words)?;
    let (id, name) = (at(&me, "/data/id"), at(&me, "/data/username"));
    let ours = account.settings.text("user_id").unwrap_or_default();
    if id != ours {
        return Err(format!(
            "The access token belongs to @{name} ({id}), not to {ours}. Correct the user ID, or connect the other account."
        ));
    }
    if polls(account) {
        return Ok(format!("@{name} answers; messages are asked for."));
    }
    let Some(app) = Caller::app(account) else { return Ok(format!("@{name} answers.")) };
    let hook = hook(edge, &app, |url| url.starts_with(&format!("{}/api/webhooks/x", account.public_url))).await.map_err(words)?;
    match hook {
        None => Err(format!("@{name} answers, but no webhook leads here, so that nothing arrives. Register it.")),
        Some(hook) if hook.get("valid") == Some(&Value::Bool(false)) => {
            Err(format!("@{name} answers, but X holds the webhook for invalid, so that nothing arrives. Register it again."))
        }
        Some(_) => Ok(format!("@{name} answers; its webhook leads here.")),
    }
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

/// The webhook of the app whose address fits.
async fn hook(edge: Edge<'_>, app: &Caller<'_>, fits: impl Fn(&str) -> bool) -> Result<Option<Value>, SendError> {
    let hooks = errors::get(edge, app, "/2/webhooks").await?;
    let list = hooks.get("data").and_then(Value::as_array).into_iter().flatten();
    Ok(list.filter(|h| fits(at(h, "/url")) && is_id(at(h, "/id"))).max_by_key(|h| h.get("valid") == Some(&Value::Bool(true))).cloned())
}

/// Name and picture of a person.
pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    if !is_id(handle) {
        return None;
    }
    let caller = Caller::of(account).ok()?;
    let answer = errors::get(edge, &caller, &format!("/2/users/{handle}?user.fields=profile_image_url")).await.ok()?;
    let user = answer.get("data")?;
    let name = people::named(Some(at(user, "/name"))).or_else(|| people::named(Some(at(user, "/username"))));
    let picture = Some(at(user, "/profile_image_url")).filter(|u| u.starts_with("https://"));
    Some(Profile { name, handles: Vec::new(), picture_url: picture.map(str::to_owned), language: None })
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let caller = Caller::of(account)?;
            let me = errors::get(edge, &caller, "/2/users/me").await?;
            let id = at(&me, "/data/id");
            if !is_id(id) {
                return Err(SendError::Permanent { detail: "X named no account for this token.".into() });
            }
            let webhook = match Caller::app(account) {
                Some(app) => hook(edge, &app, |url| url.starts_with(&account.public_url)).await.ok().flatten(),
                None => None,
            };
            let mut settings = Map::new();
            settings.insert("user_id".into(), id.into());
            let name = people::named(Some(at(&me, "/data/name"))).unwrap_or_default();
            Ok(vec![Reach {
                id: id.to_owned(),
                name: format!("{name} (@{})", at(&me, "/data/username")),
                webhook: webhook.map(|h| at(&h, "/url").to_owned()),
                settings,
            }])
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let permanent = |detail: &str| SendError::Permanent { detail: detail.into() };
    if polls(account) {
        return Ok("Nothing has to be registered: messages are asked for about once a minute.".into());
    }
    let host = webhook_url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if calls::base_url(account, super::form::BASE) == super::form::BASE && (host.is_empty() || host.contains(':')) {
        return Err(permanent("X delivers to https addresses without a port only. Give this installation one, or choose polling."));
    }
    let app = Caller::app(account)
        .ok_or_else(|| permanent("Fill in the app's bearer token and save: the webhook is registered in the app's name."))?;
    let caller = Caller::of(account)?;
    // X asks for the proof (CRC) while this call runs.
    let id = match hook(edge, &app, |url| url == webhook_url).await? {
        Some(hook) => {
            let id = at(&hook, "/id").to_owned();
            errors::json(edge, &app, "PUT", &format!("/2/webhooks/{id}"), &json!({})).await?;
            id
        }
        None => {
            let made = errors::json(edge, &app, "POST", "/2/webhooks", &json!({ "url": webhook_url })).await?;
            let id = ["/data/id", "/id"].iter().map(|p| at(&made, p)).find(|i| is_id(i));
            id.ok_or_else(|| permanent("X named no id for the webhook."))?.to_owned()
        }
    };
    if caller.is_signed() {
        // The newer subscriptions ask for OAuth 2.0.
        subscribed(errors::json(edge, &caller, "POST", &format!("/2/account_activity/webhooks/{id}/subscriptions/all"), &json!({})).await)?;
        return Ok("X brings the account's direct messages to this address (Account Activity, which X means to replace: connect with the button for its successor).".into());
    }
    let user = calls::needed(account, "user_id", "The account's user ID")?;
    for kind in EVENTS {
        let body = json!({"event_type": kind, "filter": {"user_id": user}, "webhook_id": id, "tag": "switchboard"});
        subscribed(errors::json(edge, &caller, "POST", "/2/activity/subscriptions", &body).await)?;
    }
    Ok("X brings the account's direct messages to this address.".into())
}

/// Having been subscribed before is as good.
fn subscribed(result: Result<Value, SendError>) -> Result<(), SendError> {
    match result {
        Err(SendError::Permanent { detail }) if ["already", "duplicate"].iter().any(|w| detail.to_ascii_lowercase().contains(w)) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

impl Poller for Setup {
    fn every(&self, account: &Account) -> Option<Millis> {
        polls(account).then_some(EVERY_MS)
    }

    fn poll<'a>(&'a self, edge: Edge<'a>, account: &'a Account, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Polled, SendError>> {
        Box::pin(poll(edge, account, cursor))
    }
}

/// The messages since the last question, oldest first. The first question only finds out where we are.
async fn poll(edge: Edge<'_>, account: &Account, cursor: Option<&str>) -> Result<Polled, SendError> {
    let caller = Caller::of(account)?;
    let seen = cursor.and_then(|c| c.parse::<u64>().ok());
    let number = |event: &Value| at(event, "/id").parse::<u64>().unwrap_or_default();
    let (mut newest, mut deliveries, mut page) = (seen.unwrap_or_default(), Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let path = format!(
            "/2/dm_events?max_results=100&event_types=MessageCreate&dm_event.fields=id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities&expansions=sender_id,attachments.media_keys&user.fields=name,username&media.fields=media_key,type,url,variants{page}"
        );
        let answer = errors::get(edge, &caller, &path).await.map_err(before_sending)?;
        let list: Vec<&Value> = answer.get("data").and_then(Value::as_array).into_iter().flatten().collect();
        newest = list.iter().map(|e| number(e)).max().unwrap_or_default().max(newest);
        let Some(seen) = seen else { break };
        let fresh: Vec<&&Value> = list.iter().filter(|e| number(e) > seen).collect();
        deliveries.extend(fresh.iter().map(|event| {
            let body = json!({"data": event, "includes": answer.get("includes")});
            RawDelivery {
                method: "POLL".into(),
                path: "/".into(),
                headers: vec![("content-type".into(), "application/json".into())],
                body: body.to_string().into_bytes(),
                received_at: edge.clock.now(),
                peer: None,
            }
        }));
        let next = at(&answer, "/meta/next_token");
        if next.is_empty() || fresh.len() < list.len() || list.is_empty() {
            break;
        }
        page = format!("&pagination_token={}", calls::encode(next));
    }
    deliveries.reverse();
    Ok(Polled { deliveries, cursor: Some(newest.to_string()), more: false })
}
