//! Asking for new mail by the mailbox's history ("Synchronize clients with Gmail").
//!
//! The cursor is the last history id whose mail is stored, and a page of it while there are more. Google keeps history for about a
//! week: when ours is too old, the mail of the last three days is listed instead; what is already here is known by its Message-ID.

use super::google;
use super::inbound::{Kind, kind_of};
use crate::kit::calls;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Polled, Poller, RawDelivery, SendError};
use kernel::time::{DAY, MINUTE, Millis, SECOND};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// History records or messages asked for at once.
const PAGE: usize = 20;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    history: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// The last days are being listed; history goes on afterwards.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    resync: bool,
    /// When Google was last asked to push.
    watched_at: Millis,
}

pub struct Mailbox;

impl Poller for Mailbox {
    fn every(&self, account: &Account) -> Option<Millis> {
        account.settings.text("access_token")?;
        // Pushes may be dropped, so that even with them we ask now and then.
        Some(if account.settings.text("pubsub_topic").is_some() { 5 * MINUTE } else { 30 * SECOND })
    }
    fn poll<'a>(&'a self, edge: Edge<'a>, account: &'a Account, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Polled, SendError>> {
        Box::pin(poll(edge, account, cursor))
    }
}

async fn poll(edge: Edge<'_>, account: &Account, cursor: Option<&str>) -> Result<Polled, SendError> {
    let mut cursor: Cursor = cursor.and_then(|c| serde_json::from_str(c).ok()).unwrap_or_default();
    let now = edge.clock.now();
    // A watch ends after seven days; Google advises to renew it every day. That it failed, the health check says.
    if account.settings.text("pubsub_topic").is_some() && now - cursor.watched_at >= DAY && watch(edge, account).await.is_ok() {
        cursor.watched_at = now;
    }
    if cursor.history.is_empty() {
        // From now on: what is already in the mailbox stays there.
        cursor.history = history_id(edge, account).await?;
        return done(Vec::new(), &cursor, false);
    }
    let (ids, next) = if cursor.resync {
        list(edge, account, &cursor).await?
    } else {
        match history(edge, account, &cursor).await? {
            Some(found) => found,
            None => {
                // The place to go on from is taken before the list, so that nothing falls between.
                let fresh = Cursor { history: history_id(edge, account).await?, resync: true, page: None, ..cursor };
                return done(Vec::new(), &fresh, true);
            }
        }
    };
    let mut deliveries = Vec::new();
    for id in &ids {
        deliveries.extend(fetch(edge, account, id).await?);
    }
    match next {
        Next::Page(token) => {
            cursor.page = Some(token);
            done(deliveries, &cursor, true)
        }
        Next::History(id) => {
            cursor.history = id.unwrap_or(cursor.history);
            cursor.page = None;
            let more = std::mem::take(&mut cursor.resync);
            done(deliveries, &cursor, more)
        }
    }
}

fn done(deliveries: Vec<RawDelivery>, cursor: &Cursor, more: bool) -> Result<Polled, SendError> {
    Ok(Polled { deliveries, cursor: serde_json::to_string(cursor).ok(), more })
}

enum Next {
    Page(String),
    /// The end; where history goes on, if it was said.
    History(Option<String>),
}

fn next_of(body: &Value, history: Option<String>) -> Next {
    match body["nextPageToken"].as_str().filter(|t| !t.is_empty()) {
        Some(token) => Next::Page(token.to_owned()),
        None => Next::History(history),
    }
}

fn page_of(cursor: &Cursor) -> String {
    cursor.page.as_deref().map(|p| format!("&pageToken={}", calls::encode(p))).unwrap_or_default()
}

/// A number, sent as a text or as one.
fn number(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|n| n.to_string())).filter(|t| !t.is_empty() && t.len() <= 40)
}

async fn history_id(edge: Edge<'_>, account: &Account) -> Result<String, SendError> {
    let profile = google::call(edge, account, calls::get(google::mine(account, "profile"))).await?;
    number(&profile["historyId"]).ok_or_else(|| SendError::Retry { after_ms: None, detail: "Gmail gave no history id.".into() })
}

/// New messages since the cursor; `None` when Google no longer knows that time.
async fn history(edge: Edge<'_>, account: &Account, cursor: &Cursor) -> Result<Option<(Vec<String>, Next)>, SendError> {
    let (start, page) = (calls::encode(&cursor.history), page_of(cursor));
    let path = format!("history?startHistoryId={start}&historyTypes=messageAdded&maxResults={PAGE}{page}");
    let response = google::exchange(edge, account, calls::get(google::mine(account, &path))).await?;
    if response.status == 404 {
        return Ok(None);
    }
    if !(200..300).contains(&response.status) {
        return Err(google::judge(&response, edge.clock.now()));
    }
    let body = calls::body_of(&response);
    let mut ids: Vec<String> = Vec::new();
    let records = body["history"].as_array().into_iter().flatten();
    for added in records.flat_map(|r| r["messagesAdded"].as_array().into_iter().flatten()) {
        let message = &added["message"];
        let wanted = kind_of(labels_of(message).iter().map(String::as_str)) != Kind::Unwanted;
        if let Some(id) = message["id"].as_str().filter(|id| wanted && !ids.iter().any(|known| known == id)) {
            ids.push(id.to_owned());
        }
    }
    let next = next_of(&body, number(&body["historyId"]));
    Ok(Some((ids, next)))
}

/// The mail of the last days, newest first.
async fn list(edge: Edge<'_>, account: &Account, cursor: &Cursor) -> Result<(Vec<String>, Next), SendError> {
    let query = calls::encode("newer_than:3d {in:inbox in:sent}");
    let path = format!("messages?q={query}&maxResults={PAGE}{}", page_of(cursor));
    let body = google::call(edge, account, calls::get(google::mine(account, &path))).await?;
    let ids = body["messages"].as_array().into_iter().flatten().filter_map(|m| m["id"].as_str().map(str::to_owned)).collect();
    Ok((ids, next_of(&body, None)))
}

fn labels_of(message: &Value) -> Vec<String> {
    message["labelIds"].as_array().into_iter().flatten().filter_map(|l| l.as_str().map(str::to_owned)).collect()
}

/// One message; `None` when it is gone or not wanted after all.
async fn fetch(edge: Edge<'_>, account: &Account, id: &str) -> Result<Option<RawDelivery>, SendError> {
    let mut request = calls::get(google::mine(account, &format!("messages/{}?format=raw", calls::encode(id))));
    request.timeout_ms = 120_000;
    request.max_response_bytes = 64 << 20;
    let response = google::exchange(edge, account, request).await?;
    if response.status == 404 {
        return Ok(None);
    }
    if !(200..300).contains(&response.status) {
        return Err(google::judge(&response, edge.clock.now()));
    }
    let message = calls::body_of(&response);
    let labels = labels_of(&message);
    let raw = message["raw"].as_str().and_then(google::decode);
    let Some(body) = raw.filter(|_| kind_of(labels.iter().map(String::as_str)) != Kind::Unwanted) else { return Ok(None) };
    let thread = message["threadId"].as_str().unwrap_or_default();
    let [id, thread, labels] = [id, thread, &labels.join(",")].map(calls::encode);
    Ok(Some(RawDelivery {
        method: "POLL".into(),
        path: format!("/gmail?id={id}&thread={thread}&labels={labels}"),
        headers: Vec::new(),
        body,
        received_at: edge.clock.now(),
        peer: None,
    }))
}

/// Asks Google to push for the next days; says until when.
pub async fn watch(edge: Edge<'_>, account: &Account) -> Result<Option<Millis>, SendError> {
    let topic = calls::needed(account, "pubsub_topic", "The Pub/Sub topic")?;
    let body = json!({"topicName": topic.trim(), "labelIds": ["INBOX", "SENT"], "labelFilterBehavior": "include"});
    let answer = google::call(edge, account, calls::json("POST", google::mine(account, "watch"), &body)).await?;
    Ok(number(&answer["expiration"]).and_then(|t| t.parse().ok()))
}
