//! Asking for new mail by delta queries ("Get incremental changes to messages in a folder"), for the inbox and the sent items.
//!
//! The cursor keeps the link with which Microsoft goes on in each folder. When Microsoft no longer knows it (410), the last three
//! days are listed again; what is already here is known by its Message-ID.

use super::microsoft as graph;
use super::subscriptions;
use crate::kit::calls;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Polled, Poller, RawDelivery, SendError};
use kernel::http::HttpRequest;
use kernel::time::{DAY, HOUR, MINUTE, Millis, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const PAGE: usize = 20;
const FOLDERS: [&str; 2] = ["inbox", "sentitems"];

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// By folder.
    links: BTreeMap<String, String>,
    /// Our notification address, once Microsoft knew it: a subscription that was lost is made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<String>,
    /// When the subscription was last looked after.
    tended_at: Millis,
}

pub struct Mailbox;

impl Poller for Mailbox {
    fn every(&self, account: &Account) -> Option<Millis> {
        account.settings.text("access_token")?;
        Some(MINUTE)
    }
    fn poll<'a>(&'a self, edge: Edge<'a>, account: &'a Account, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Polled, SendError>> {
        Box::pin(poll(edge, account, cursor))
    }
}

async fn poll(edge: Edge<'_>, account: &Account, cursor: Option<&str>) -> Result<Polled, SendError> {
    let mut cursor: Cursor = cursor.and_then(|c| serde_json::from_str(c).ok()).unwrap_or_default();
    let now = edge.clock.now();
    // Polling goes on without notifications, so that their trouble is none here.
    if now - cursor.tended_at >= HOUR
        && let Ok(hook) = subscriptions::tend(edge, account, cursor.hook.as_deref()).await
    {
        cursor.hook = hook.or(cursor.hook);
        cursor.tended_at = now;
    }
    let mut deliveries = Vec::new();
    let mut more = false;
    for folder in FOLDERS {
        let url = cursor.links.get(folder).cloned().unwrap_or_else(|| start(account, folder, now));
        // The link was Microsoft's own word; still, our token goes nowhere else.
        if !url.starts_with(&format!("{}/", graph::base(account))) {
            cursor.links.remove(folder);
            more = true;
            continue;
        }
        let response = graph::exchange(edge, account, graph::paged(url, PAGE)).await?;
        if response.status == 410 || is_lost(&graph::code_of(&response)) {
            cursor.links.insert(folder.into(), start(account, folder, now - 3 * DAY));
            more = true;
            continue;
        }
        if !graph::is_good(&response) {
            return Err(graph::judge(&response, now));
        }
        let body = calls::body_of(&response);
        for item in body["value"].as_array().into_iter().flatten() {
            deliveries.extend(fetch(edge, account, folder, item).await?);
        }
        let link = |name: &str| body[name].as_str().map(str::to_owned);
        if let Some(next) = link("@odata.nextLink") {
            cursor.links.insert(folder.into(), next);
            more = true;
        } else if let Some(delta) = link("@odata.deltaLink") {
            cursor.links.insert(folder.into(), delta);
        }
    }
    Ok(Polled { deliveries, cursor: serde_json::to_string(&cursor).ok(), more })
}

fn is_lost(code: &str) -> bool {
    ["syncstatenotfound", "syncstateinvalid", "resyncrequired"].contains(&code.to_ascii_lowercase().as_str())
}

/// What has come since then, and after it whatever is new.
fn start(account: &Account, folder: &str, since: Millis) -> String {
    let filter = calls::encode(&format!("receivedDateTime ge {}", rfc3339(since)));
    let path = format!("mailFolders/{folder}/messages/delta?changeType=created&$select=id,conversationId,isDraft&$filter={filter}");
    graph::mine(account, &path)
}

/// One message as MIME; `None` when it is gone, or a draft.
async fn fetch(edge: Edge<'_>, account: &Account, folder: &str, item: &Value) -> Result<Option<RawDelivery>, SendError> {
    let wanted = item.get("@removed").is_none() && item["isDraft"] != Value::Bool(true);
    let Some(id) = item["id"].as_str().filter(|_| wanted) else { return Ok(None) };
    // The mail itself is no JSON, so that none is asked for.
    let mut request = HttpRequest::new("GET", graph::message(account, id, "/$value"));
    request.timeout_ms = 120_000;
    request.max_response_bytes = 64 << 20;
    let response = graph::exchange(edge, account, request).await?;
    if response.status == 404 {
        return Ok(None);
    }
    if !graph::is_good(&response) {
        return Err(graph::judge(&response, edge.clock.now()));
    }
    let [id, conversation] = [id, item["conversationId"].as_str().unwrap_or_default()].map(calls::encode);
    Ok(Some(RawDelivery {
        method: "POLL".into(),
        path: format!("/graph?folder={folder}&id={id}&conversation={conversation}"),
        headers: Vec::new(),
        body: response.body,
        received_at: edge.clock.now(),
        peer: None,
    }))
}
