//! A receiver to try with: an address of this server that keeps what comes for an hour and says whether its signature is right. It is there
//! only while somebody has it open in the settings. What goes to it from here does not take the way over the network, so that nothing has to
//! be allowed for it.

use super::{deliver, signing, store};
use crate::app::App;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{HOUR, Millis, wire};
use kernel::{MemberId, Result, WebhookId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// It closes so long after it was last looked at.
const OPEN_FOR: Millis = HOUR;
const MOST_KEPT: usize = 50;
const MOST_BYTES: usize = 256 << 10;

/// Below `/webhook-test`: for whoever knows the address, as every receiver is.
pub fn routes() -> axum::Router<App> {
    axum::Router::new().route("/{token}", post(come_in)).layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES))
}

/// What it answers, so that failures can be looked at too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookReceiverMood)]
pub enum Mood {
    /// 200.
    #[default]
    Well,
    /// 500.
    Broken,
    /// 410: wants nothing more.
    Gone,
}
impl Mood {
    fn status(self) -> u16 {
        match self {
            Self::Well => 200,
            Self::Broken => 500,
            Self::Gone => 410,
        }
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookReceived)]
pub struct Received {
    pub number: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    /// Those that say what it is and who sent it.
    pub headers: Vec<ReceivedHeader>,
    pub body: String,
    /// Whether the signature is right.
    pub verified: bool,
    /// By which secret, or what is wrong.
    pub detail: String,
    #[schema(value_type = Option<String>)]
    pub subscription_id: Option<WebhookId>,
    /// What it was answered.
    pub answered: u16,
}
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookReceivedHeader)]
pub struct ReceivedHeader {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookReceiver)]
pub struct Shown {
    pub url: String,
    pub answers: Mood,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Millis,
    /// The latest first.
    pub requests: Vec<Received>,
}

struct Receiver {
    workspace: WorkspaceId,
    member: MemberId,
    closes_at: Millis,
    answers: Mood,
    requests: VecDeque<Received>,
    count: i64,
}

/// Those that are open. They are kept in memory: a restart closes them.
#[derive(Default)]
pub struct Receivers(Mutex<HashMap<String, Receiver>>);

impl Receivers {
    fn open_at(&self, now: Millis) -> std::sync::MutexGuard<'_, HashMap<String, Receiver>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, r| r.closes_at > now);
        all
    }
    /// The token in an address, if it is one of a receiver of ours, open or not.
    pub fn token(&self, app: &App, url: &str) -> Option<String> {
        let rest = url.strip_prefix(app.config.server.public_url.as_str())?.strip_prefix("/webhook-test/")?;
        (!rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| rest.to_owned())
    }
    /// Opens one for a member, or keeps theirs open.
    pub fn open(&self, app: &App, workspace: WorkspaceId, member: MemberId, answers: Option<Mood>) -> Shown {
        let token = app.secret_text(20);
        let mut all = self.open_at(app.now());
        let known = all.iter().find(|(_, r)| (r.workspace, r.member) == (workspace, member)).map(|(token, _)| token.clone());
        let token = known.unwrap_or(token);
        let r = all.entry(token.clone()).or_insert_with(|| Receiver {
            workspace,
            member,
            closes_at: 0,
            answers: Mood::default(),
            requests: VecDeque::new(),
            count: 0,
        });
        r.answers = answers.unwrap_or(r.answers);
        r.closes_at = app.now() + OPEN_FOR;
        shown(app, &token, r)
    }
    /// A member's own; looking at it keeps it open.
    pub fn look(&self, app: &App, workspace: WorkspaceId, member: MemberId) -> Option<Shown> {
        let mut all = self.open_at(app.now());
        let (token, r) = all.iter_mut().find(|(_, r)| (r.workspace, r.member) == (workspace, member))?;
        r.closes_at = app.now() + OPEN_FOR;
        Some(shown(app, token, r))
    }
    pub fn close(&self, app: &App, workspace: WorkspaceId, member: MemberId) -> bool {
        let mut all = self.open_at(app.now());
        let before = all.len();
        all.retain(|_, r| (r.workspace, r.member) != (workspace, member));
        all.len() < before
    }
}

fn shown(app: &App, token: &str, r: &Receiver) -> Shown {
    Shown { url: url(app, token), answers: r.answers, closes_at: r.closes_at, requests: r.requests.iter().rev().cloned().collect() }
}
fn url(app: &App, token: &str) -> String {
    format!("{}/webhook-test/{token}", app.config.server.public_url)
}

/// From outside, over the network.
async fn come_in(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let mut request = HttpRequest::new("POST", url(&app, &token)).body(body.to_vec());
    for (name, value) in &headers {
        request = request.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    let answer = take(&app, &token, &request).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json")], answer.body).into_response()
}

/// Keeps a request, and answers as it was told to.
pub async fn take(app: &App, token: &str, request: &HttpRequest) -> HttpResponse {
    let answer = |status: u16, words: &str| HttpResponse {
        status,
        headers: Vec::new(),
        body: serde_json::json!({ "detail": words }).to_string().into_bytes(),
    };
    let Some((workspace, mood)) = app.webhooks.receivers.open_at(app.now()).get(token).map(|r| (r.workspace, r.answers)) else {
        return answer(404, "This test receiver is closed.");
    };
    let (verified, subscription_id, detail) = verify(app, workspace, request).await.unwrap_or_else(|error| {
        tracing::warn!(workspace.id = %workspace, error = %error, "a signature at the test receiver could not be checked");
        (false, None, "It could not be checked just now.".into())
    });
    let shown = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("webhook-") || name.starts_with("x-chatwoot-") || matches!(name.as_str(), "content-type" | "user-agent")
    };
    let headers = request.headers.iter().filter(|(n, _)| shown(n));
    let received = Received {
        number: 0,
        at: app.now(),
        headers: headers.map(|(name, value)| ReceivedHeader { name: name.clone(), value: value.clone() }).collect(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        verified,
        detail,
        subscription_id,
        answered: mood.status(),
    };
    if let Some(r) = app.webhooks.receivers.open_at(app.now()).get_mut(token) {
        r.count += 1;
        r.requests.push_back(Received { number: r.count, ..received });
        while r.requests.len() > MOST_KEPT {
            r.requests.pop_front();
        }
    }
    match mood {
        Mood::Well => answer(200, "Taken."),
        Mood::Broken => answer(500, "This test receiver was told to fail."),
        Mood::Gone => answer(410, "This test receiver was told to be gone."),
    }
}

/// Against the secrets of the subscriptions that lead here.
async fn verify(app: &App, workspace: WorkspaceId, request: &HttpRequest) -> Result<(bool, Option<WebhookId>, String)> {
    let to = request.url.clone();
    let all = app.db.read(workspace, move |tx| store::leading_to(tx, &to)).await?;
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
    let mut why = "No webhook leads here, so there is no secret to check it with.".to_owned();
    for s in all {
        let (id, name) = (s.id, s.name);
        let secrets = deliver::secrets(app, workspace, id).await?;
        match signing::check(s.format, &secrets, header, &request.body, app.now()) {
            Ok(0) => return Ok((true, Some(id), format!("Signed with the secret of “{name}”."))),
            Ok(_) => return Ok((true, Some(id), format!("Signed with the old secret of “{name}”."))),
            Err(wrong) => why = wrong,
        }
    }
    Ok((false, None, why))
}
