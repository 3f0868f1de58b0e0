//! What a login reaches: Pages with their tokens, and the subscription to their events.

use super::sending::{Line, judge};
use super::{GraphError, call, pages, signed};
use crate::kit::calls;
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use serde_json::Value;

fn verdict(error: &GraphError) -> SendError {
    judge(error, 1, false)
}

/// A user's token of Facebook Login for sixty days instead of an hour, when our app's id and secret are known; Page tokens that are read
/// with it then do not run out. A token that cannot be exchanged (it is one already) stays as it is.
pub async fn long_lived(edge: Edge<'_>, account: &Account, base: &str, token: Secret<String>) -> Secret<String> {
    let (Some(id), Some(secret)) = (account.settings.text("app_id"), account.settings.text("app_secret")) else { return token };
    let pairs =
        [("grant_type", "fb_exchange_token"), ("client_id", id), ("client_secret", secret), ("fb_exchange_token", token.reveal().as_str())];
    let answer = call(edge, calls::form("POST", format!("{base}/oauth/access_token"), &pairs), &verdict).await;
    let fresh = answer.ok().and_then(|a| a.get("access_token").and_then(Value::as_str).map(str::to_owned));
    fresh.filter(|t| !t.is_empty()).map_or(token, Secret::new)
}

/// The Pages of a user's token with these fields; the Page itself, when it is a Page's token.
pub async fn accounts(
    edge: Edge<'_>,
    account: &Account,
    base: &str,
    token: &Secret<String>,
    fields: &str,
) -> Result<Vec<Value>, SendError> {
    let page = |after: Option<&str>| {
        let after = after.map(|a| format!("&after={}", calls::encode(a))).unwrap_or_default();
        signed(account, calls::get(format!("{base}/me/accounts?fields={fields},access_token&limit=100{after}")), token)
    };
    match pages(edge, &page, &verdict).await {
        // “Tried accessing nonexisting field (accounts)”: a Page has no Pages.
        Err(SendError::Permanent { .. }) => {
            let request = signed(account, calls::get(format!("{base}/me?fields={fields}")), token);
            call(edge, request, &verdict).await.map(|page| vec![page])
        }
        other => other,
    }
}

/// Asks for the events of this Page or account.
pub async fn subscribe(edge: Edge<'_>, account: &Account, line: &Line, fields: &str) -> Result<(), SendError> {
    let url = format!("{}?subscribed_fields={fields}", line.url("/subscribed_apps"));
    let request = signed(account, kernel::http::HttpRequest::new("POST", url).header("accept", "application/json"), &line.token);
    let answer = call(edge, request, &verdict).await?;
    match answer.get("success").and_then(Value::as_bool) {
        Some(true) => Ok(()),
        _ => Err(SendError::Permanent { detail: "Meta did not confirm the subscription.".into() }),
    }
}

/// Does any app get the events of this Page or account?
pub async fn subscribed(edge: Edge<'_>, account: &Account, line: &Line) -> Result<bool, SendError> {
    let answer = call(edge, signed(account, calls::get(line.url("/subscribed_apps")), &line.token), &verdict).await?;
    Ok(!answer.get("data").and_then(Value::as_array).is_some_and(Vec::is_empty))
}

/// What an object says of itself.
pub async fn about(edge: Edge<'_>, account: &Account, line: &Line, fields: &str) -> Result<Value, SendError> {
    let about = |error: &GraphError| match error.code {
        100 => SendError::Permanent { detail: error.words("There is no such id, or the access token does not reach it.") },
        _ => verdict(error),
    };
    call(edge, signed(account, calls::get(format!("{}?fields={fields}", line.url(""))), &line.token), &about).await
}

/// An error as words for the health of an account.
pub fn words(error: SendError) -> String {
    match error {
        SendError::Retry { detail, .. } | SendError::Uncertain { detail } => format!("Meta cannot be asked: {detail}"),
        SendError::Account { detail } | SendError::Policy { detail, .. } | SendError::Permanent { detail } => detail,
    }
}
