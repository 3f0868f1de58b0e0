//! Calls of the Web API, and what its refusals mean. Slack answers 200 to nearly everything: `ok` and `error` tell.

use super::form::BASE;
use crate::kit::calls::{self, needed_secret};
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::Value;

/// The workspace as we reach it.
pub struct Workspace<'a> {
    pub base: &'a str,
    pub token: Secret<String>,
}
impl<'a> Workspace<'a> {
    pub fn of(account: &'a Account) -> Result<Self, SendError> {
        let token = needed_secret(account, "access_token", "The bot token")?;
        if token.reveal().contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(SendError::Account { detail: "The bot token holds a space or a line break. Copy it again.".into() });
        }
        Ok(Self { base: calls::base_url(account, BASE), token })
    }
    fn method(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }
}

/// A refusal with Slack's own word for it.
#[derive(Debug)]
pub struct Failure {
    pub code: String,
    pub verdict: SendError,
}
impl From<Failure> for SendError {
    fn from(f: Failure) -> Self {
        f.verdict
    }
}

/// A call with a JSON body.
pub async fn post(edge: Edge<'_>, workspace: &Workspace<'_>, method: &str, body: &Value) -> Result<Value, Failure> {
    let mut request = calls::json("POST", workspace.method(method), body);
    // Slack warns of a missing charset.
    request.headers.retain(|(n, _)| n != "content-type");
    call(edge, workspace, request.header("content-type", "application/json; charset=utf-8")).await
}
/// A call with a form body, for the methods that take no JSON.
pub async fn form(edge: Edge<'_>, workspace: &Workspace<'_>, method: &str, pairs: &[(&str, &str)]) -> Result<Value, Failure> {
    call(edge, workspace, calls::form("POST", workspace.method(method), pairs)).await
}
/// A question.
pub async fn ask(edge: Edge<'_>, workspace: &Workspace<'_>, method: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
    call(edge, workspace, calls::get(question(workspace, method, query))).await
}
/// The same, with the answer's headers.
pub async fn ask_with_headers(edge: Edge<'_>, workspace: &Workspace<'_>, method: &str) -> Result<(Value, HttpResponse), Failure> {
    exchange(edge, workspace, calls::get(question(workspace, method, &[]))).await
}
fn question(workspace: &Workspace<'_>, method: &str, query: &[(&str, &str)]) -> String {
    let query: Vec<String> = query.iter().map(|(n, v)| format!("{n}={}", calls::encode(v))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", workspace.method(method), query.join("&"))
}

async fn call(edge: Edge<'_>, workspace: &Workspace<'_>, request: HttpRequest) -> Result<Value, Failure> {
    exchange(edge, workspace, request).await.map(|(body, _)| body)
}

async fn exchange(edge: Edge<'_>, workspace: &Workspace<'_>, request: HttpRequest) -> Result<(Value, HttpResponse), Failure> {
    let sent = calls::exchange(edge, calls::bearer(request, &workspace.token)).await;
    let response = sent.map_err(|verdict| Failure { code: String::new(), verdict })?;
    let body = calls::body_of(&response);
    match body.get("ok").and_then(Value::as_bool) {
        Some(true) if (200..300).contains(&response.status) => Ok((body, response)),
        Some(_) if body.get("error").is_some_and(Value::is_string) => Err(judge(&body, &response, edge.clock.now())),
        _ if (200..300).contains(&response.status) => {
            Err(Failure { code: String::new(), verdict: SendError::Uncertain { detail: "Slack's answer cannot be read.".into() } })
        }
        _ => Err(Failure { code: String::new(), verdict: judge_http(&response, None, edge.clock.now()) }),
    }
}

/// The class of a refusal: its word first, the HTTP status second.
fn judge(body: &Value, response: &HttpResponse, now: Millis) -> Failure {
    let code = shorten(body.get("error").and_then(Value::as_str).unwrap_or_default(), 80);
    let needed = calls::words_at(body, "/needed").unwrap_or_else(|| "it asks for".into());
    let said = |words: &str| format!("{words} ({code})");
    let verdict = match code.as_str() {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => SendError::Retry {
            after_ms: retry_after(response, now),
            detail: said("Too many calls for Slack; it goes out later by itself."),
        },
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            SendError::Retry { after_ms: retry_after(response, now), detail: said("Slack has trouble of its own.") }
        }
        "missing_scope" | "no_permission" => SendError::Account {
            detail: said(&format!(
                "The app lacks the permission {needed}. Add it under OAuth & Permissions, Bot Token Scopes, and install the app again."
            )),
        },
        _ => match words(&code) {
            Some((true, words)) => SendError::Account { detail: said(words) },
            Some((false, words)) => SendError::Permanent { detail: said(words) },
            None if response.status == 429 => judge_http(response, Some(&code), now),
            None => SendError::Permanent { detail: said("Slack refused.") },
        },
    };
    Failure { code, verdict }
}

/// Is it the account's trouble, and what to say.
fn words(code: &str) -> Option<(bool, &'static str)> {
    Some(match code {
        "invalid_auth" | "not_authed" => (true, "Slack does not know this bot token. Copy it again from OAuth & Permissions."),
        "token_revoked" | "token_expired" => (true, "The bot token is no longer good. Install the app again and paste the new one."),
        "account_inactive" => (true, "The app was removed from the workspace, or the workspace is gone. Install it again."),
        "team_access_not_granted" | "org_login_required" | "access_denied" => {
            (true, "The app has no access to this workspace. An owner has to approve it.")
        }
        "not_allowed_token_type" => (true, "This is not a bot token. It has to begin with xoxb-."),
        "accesslimited" => (true, "Slack limits this workspace. Ask its owner."),
        "channel_not_found" => (false, "Slack does not know this conversation, or the app may not see it."),
        "is_archived" => (false, "The Slack channel is archived."),
        "not_in_channel" => (false, "The app is not in this channel. Write /invite and the app's name there, then try again."),
        "restricted_action" | "restricted_action_read_only_channel" | "restricted_action_thread_only_channel" => {
            (false, "The workspace's rules do not let the app write there.")
        }
        "cannot_dm_bot" => (false, "This is another app; apps cannot write to each other."),
        "user_not_found" | "users_not_found" | "user_disabled" | "user_deactivated" => (false, "Slack does not know this person any more."),
        "user_not_visible" => (false, "The app may not see this person."),
        "messages_tab_disabled" => {
            (false, "Direct messages to the app are switched off. On the app's page: App Home, Show Tabs, Messages Tab on.")
        }
        "msg_too_long" => (false, "The text is too long for Slack."),
        "no_text" => (false, "There is nothing to send."),
        "invalid_blocks" | "invalid_blocks_format" => (false, "Slack does not take this text with buttons."),
        "thread_not_found" => (false, "The thread is gone."),
        "message_not_found" => (false, "Slack does not have this message any more."),
        "cant_update_message" | "cant_delete_message" => (false, "Slack lets the app change only messages of its own."),
        "edit_window_closed" => (false, "The workspace's rules do not allow changing messages this late."),
        "invalid_name" => (false, "Slack does not know this emoji."),
        "too_many_emoji" | "too_many_reactions" => (false, "The message has too many reactions already."),
        "file_not_found" | "file_deleted" => (false, "Slack no longer has this file."),
        "file_uploads_disabled" | "file_uploads_except_images_disabled" | "blocked_file_type" => {
            (false, "The workspace's rules do not allow this file.")
        }
        "storage_limit_reached" => (false, "The workspace has no room for more files."),
        _ => return None,
    })
}
