//! The HTTP room: the router, request ids, security headers, the web UI, the API's description. No domain words.

mod docs;
pub mod error;
pub mod extract;
pub mod json;
pub mod once;
mod ui;

pub use docs::document;

use crate::app::App;
use crate::{chatwoot, intake, widget};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use error::{Problem, REQUEST_ID};
use kernel::Error;
use kernel::actor::Permission;
use std::net::{IpAddr, SocketAddr};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tracing::Instrument;

/// The address a request came from, behind trusted proxies.
#[derive(Debug, Clone, Copy)]
pub struct ClientIp(pub IpAddr);

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let (api, description) = docs::describe(crate::routes());
    let api = api
        .layer(middleware::from_fn_with_state(app.clone(), crate::audit::watch))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method);
    let doors = chatwoot::doors(&app, api.clone().with_state(app.clone()));
    let hooks = intake::routes().fallback(not_found).method_not_allowed_fallback(wrong_method);
    Router::new()
        .nest("/api/v1", api.clone())
        .nest("/api/webhooks", hooks.clone())
        .nest("/webhooks", hooks)
        .merge(docs::routes(description))
        .nest("/api", api)
        .nest("/webhook-test", crate::webhooks::receiver_routes().fallback(not_found).method_not_allowed_fallback(wrong_method))
        .nest("/widget/api", widget::routes().fallback(not_found))
        .merge(doors)
        .route("/oauth/callback", get(oauth_return))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(ui::serve)
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes as usize))
        .layer(
            CompressionLayer::new().compress_when(
                SizeAbove::new(1_024).and(NotForContentType::SSE).and(NotForContentType::IMAGES).and(NotForContentType::GRPC),
            ),
        )
        .layer(CatchPanicLayer::custom(|_| Problem::from(Error::internal("a handler panicked")).into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), envelope))
        .with_state(app)
}

#[derive(serde::Deserialize)]
struct OAuthReturn {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// The browser comes back from a provider's consent page; it goes on to the channel's settings either way.
async fn oauth_return(
    State(app): State<App>,
    caller: extract::Caller,
    axum::extract::Query(q): axum::extract::Query<OAuthReturn>,
) -> Result<Response, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let encode = connectors::kit::calls::encode;
    let to = match (q.state, q.code) {
        (Some(state), Some(code)) => match crate::channels::finish_connect(&app, actor, &state, &code).await {
            Ok(channel) => format!("/settings/channels/{channel}?connected=1"),
            Err(error) => format!("/settings/channels?connect_error={}", encode(&error.detail)),
        },
        _ => {
            let why = q.error_description.or(q.error).unwrap_or_else(|| "The provider sent nothing back.".into());
            format!("/settings/channels?connect_error={}", encode(&why.chars().take(300).collect::<String>()))
        }
    };
    Ok(axum::response::Redirect::to(&to).into_response())
}

async fn not_found() -> Problem {
    Error::not_found("not_found", "There is nothing at this address. See /api/docs.").into()
}
async fn wrong_method() -> Response {
    let mut response =
        Problem::from(Error::bad_request("method.not_allowed", "This address does not take this method. See /api/docs.")).into_response();
    *response.status_mut() = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    response
}

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request: an id, the client's address, a log line, headers that narrow what a page may do.
async fn envelope(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&X_REQUEST_ID).and_then(|v| v.to_str().ok());
    let given = given.filter(|v| (8..=64).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let id = given.map(str::to_owned).unwrap_or_else(|| app.secret_text(10));
    let ip = client_ip(&app, &request);
    request.extensions_mut().insert(ip);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = app.now();
    let span = tracing::debug_span!("request", request.id = %id, http.method = %method, http.path = %path);
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request)).instrument(span).await;
    let status = response.status();
    app.metrics.requests.inc();
    if status.is_server_error() {
        app.metrics.errors.inc();
    }
    tracing::debug!(request.id = %id, http.method = %method, http.path = %path, http.status = status.as_u16(), duration_ms = app.now() - begun, "answered");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(X_REQUEST_ID.clone(), value);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn client_ip(app: &App, request: &Request) -> ClientIp {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([127, 0, 0, 1]), |c| c.0.ip());
    let trusted = |ip: &IpAddr| app.config.server.trusted_proxies.iter().any(|net| net.contains(ip));
    if !trusted(&peer) {
        return ClientIp(peer);
    }
    let chain = request.headers().get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let mut hops: Vec<IpAddr> = chain.filter_map(|h| h.trim().parse().ok()).collect();
    while let Some(ip) = hops.pop() {
        if !trusted(&ip) {
            return ClientIp(ip);
        }
    }
    ClientIp(peer)
}

/// The process lives.
async fn healthz() -> &'static str {
    "ok\n"
}
/// The database answers.
async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    app.db.read(db::Scope::Control, |tx| tx.number("SELECT COUNT(*) FROM workspaces", db::params![])).await?;
    Ok("ready\n")
}
async fn metrics(State(app): State<App>) -> Response {
    app.metrics.look(&app).await;
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], app.metrics.text()).into_response()
}
