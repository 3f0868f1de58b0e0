//! Setting up from here: the inbound webhook of the server and the event webhook of the stream.

use super::events::stream;
use super::outbound::{base, said, signed};
use crate::kit::{calls, passwords, verdicts::shorten};
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Installer, Reach, SendError};
use kernel::http::HttpRequest;
use serde_json::{Map, Value, json};

pub struct SetUp;

impl Installer for SetUp {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(server(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

async fn ask(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    calls::call(edge, signed(account, request)?, said).await.map_err(calls::before_sending)
}

/// A server's token reaches that server; its senders are the account's business.
async fn server(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let answer = ask(edge, account, calls::get(format!("{}/server", base(account)))).await?;
    let domain = answer["InboundDomain"].as_str().map(str::trim).filter(|d| !d.is_empty() && d.len() <= 253);
    let mut settings = Map::new();
    if let Some(domain) = domain {
        settings.insert("inbound_domain".into(), domain.into());
    }
    let id = match (account.identifier.contains('@'), domain) {
        (true, _) => account.identifier.clone(),
        (false, Some(domain)) => format!("support@{domain}"),
        (false, None) => return Ok(Vec::new()),
    };
    let name = answer["Name"].as_str().map(|n| shorten(n, 100)).unwrap_or_default();
    // Without what may stand before the host: that is a password.
    let bare = |url: &str| url.split_once("://").map(|(scheme, rest)| format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or(rest)));
    let webhook = answer["InboundHookUrl"].as_str().and_then(bare);
    Ok(vec![Reach { id, name, webhook, settings }])
}

async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let Some(password) = account.settings.text("webhook_password") else {
        return Err(SendError::Account { detail: "The channel has no webhook password. Save its settings once.".into() });
    };
    let base = base(account);
    let server = json!({"InboundHookUrl": passwords::address(webhook_url, password), "RawEmailEnabled": true});
    ask(edge, account, calls::json("PUT", format!("{base}/server"), &server)).await?;
    let stream = stream(account);
    let hooks = format!("{base}/webhooks");
    let all = ask(edge, account, calls::get(format!("{hooks}?MessageStream={}", calls::encode(stream)))).await?;
    let ours = |hook: &&Value| hook["Url"].as_str() == Some(webhook_url);
    let found = all["Webhooks"].as_array().and_then(|list| list.iter().find(ours)).and_then(|hook| hook["ID"].as_i64());
    let mut settings = json!({
        "Url": webhook_url,
        "HttpAuth": {"Username": "switchboard", "Password": password},
        "Triggers": {
            "Delivery": {"Enabled": true},
            "Bounce": {"Enabled": true, "IncludeContent": false},
            "SpamComplaint": {"Enabled": true, "IncludeContent": false},
            "SubscriptionChange": {"Enabled": true},
            "Open": {"Enabled": account.settings.flag("track_opens"), "PostFirstOpenOnly": true},
            "Click": {"Enabled": false},
        },
    });
    let request = match found {
        Some(id) => calls::json("PUT", format!("{hooks}/{id}"), &settings),
        None => {
            settings["MessageStream"] = stream.into();
            calls::json("POST", hooks, &settings)
        }
    };
    ask(edge, account, request).await?;
    Ok(format!("Incoming mail of the server posts here, and the stream “{stream}” reports here."))
}
