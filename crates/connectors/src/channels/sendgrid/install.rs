//! Setting up the webhooks from here: senders to choose from, Inbound Parse for our host, and the Event Webhook with its signature.

use super::outbound::{base, said, signed};
use crate::kit::{calls, passwords, verdicts::shorten};
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Installer, Reach, SendError};
use kernel::http::HttpRequest;
use serde_json::{Map, Value, json};

pub struct SetUp;

impl Installer for SetUp {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(senders(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

async fn ask(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    calls::call(edge, signed(account, request)?, said).await.map_err(calls::before_sending)
}

async fn senders(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let answer = ask(edge, account, calls::get(format!("{}/v3/verified_senders", base(account)))).await?;
    let read = |one: &Value| {
        let address = one["from_email"].as_str().and_then(crate::kit::addresses::clean)?;
        let name = one["from_name"].as_str().or_else(|| one["nickname"].as_str()).map(|n| shorten(n, 100)).unwrap_or_default();
        let mut settings = Map::new();
        if !name.is_empty() {
            settings.insert("display_name".into(), name.as_str().into());
        }
        let shown = if name.is_empty() { address.clone() } else { format!("{name} <{address}>") };
        (one["verified"] != false).then_some(Reach { id: address, name: shown, webhook: None, settings })
    };
    Ok(answer["results"].as_array().map(|list| list.iter().filter_map(read).collect()).unwrap_or_default())
}

async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let base = base(account);
    let url = match account.settings.text("webhook_password") {
        Some(password) => passwords::address(webhook_url, password),
        None => webhook_url.to_owned(),
    };
    let mut done = Vec::new();
    if let Some(host) = account.settings.text("inbound_domain") {
        parse_setting(edge, account, host.trim(), &url).await?;
        done.push(format!("Inbound Parse of {} posts here, as raw mail.", host.trim()));
    } else {
        done.push("Fill in the Inbound Parse host and do this again, so that mail comes in.".into());
    }
    let all = ask(edge, account, calls::get(format!("{base}/v3/user/webhooks/event/settings/all"))).await?;
    let hooks = all["webhooks"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The one we made before has the same end, whatever password stands in it.
    let end = webhook_url.split_once("://").map_or(webhook_url, |(_, rest)| rest);
    let found = hooks.iter().find(|h| h["url"].as_str().is_some_and(|u| u.ends_with(end))).and_then(|h| h["id"].as_str());
    let settings = event_settings(account, &url);
    let hook = match found {
        Some(id) => {
            let at = format!("{base}/v3/user/webhooks/event/settings/{}", calls::encode(id));
            ask(edge, account, calls::json("PATCH", at, &settings)).await?
        }
        None => ask(edge, account, calls::json("POST", format!("{base}/v3/user/webhooks/event/settings"), &settings)).await?,
    };
    done.push("The Event Webhook posts here.".into());
    if let Some(id) = hook["id"].as_str().or(found) {
        let at = format!("{base}/v3/user/webhooks/event/settings/signed/{}", calls::encode(id));
        let answer = ask(edge, account, calls::json("PATCH", at, &json!({"enabled": true}))).await?;
        let key = answer["public_key"].as_str().unwrap_or_default();
        if !key.is_empty() && account.settings.text("event_key") != Some(key) {
            done.push(format!("Its events are signed: copy this verification key into the form: {key}"));
        }
    }
    Ok(done.join(" "))
}

async fn parse_setting(edge: Edge<'_>, account: &Account, host: &str, url: &str) -> Result<(), SendError> {
    let all = format!("{}/v3/user/webhooks/parse/settings", base(account));
    let one = format!("{all}/{}", calls::encode(host));
    let known = calls::exchange(edge, signed(account, calls::get(one.as_str()))?).await.map_err(calls::before_sending)?;
    let settings = json!({"hostname": host, "url": url, "spam_check": false, "send_raw": true});
    let request = if known.status == 200 { calls::json("PATCH", one, &settings) } else { calls::json("POST", all, &settings) };
    ask(edge, account, request).await.map(|_| ())
}

fn event_settings(account: &Account, url: &str) -> Value {
    let opens = account.settings.flag("track_opens");
    json!({
        "enabled": true,
        "url": url,
        "friendly_name": "Switchboard",
        "processed": true,
        "deferred": true,
        "delivered": true,
        "bounce": true,
        "dropped": true,
        "spam_report": true,
        "unsubscribe": true,
        "group_unsubscribe": true,
        "group_resubscribe": true,
        "open": opens,
        "click": opens,
    })
}
