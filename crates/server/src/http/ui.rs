//! The web UI and the widget, from the binary: hashed assets for ever, the page itself never stale.

use super::error::Problem;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::Error;

/// Scripts of ours only, nothing inline, nobody frames us; mail pictures load when a person allows them.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https: http:; \
    connect-src 'self' ws: wss:; font-src 'self' data:; media-src 'self' blob:; frame-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn serve(State(_app): State<App>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::from(Error::not_found("not_found", "There is nothing at this address.")).into_response();
    }
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/widget/") {
        return Problem::from(Error::not_found("not_found", "There is nothing at this address. See /api/docs.")).into_response();
    }
    // Addresses that were told first lead to where things are.
    let moved = match path {
        "/dashboard/inbox" | "/Inbox" => Some("/inbox".to_owned()),
        "/ContactLists" => Some("/contacts".to_owned()),
        "/ImportExport" => Some("/contacts".to_owned()),
        _ => path.strip_prefix("/dashboard/inbox/").map(|id| format!("/inbox/{id}")),
    };
    if let Some(to) = moved {
        return Redirect::temporary(&to).into_response();
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = webui::file(name).filter(|_| !name.is_empty()) {
        return asset(name, file);
    }
    // An asset that is not there is not a page.
    if name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Problem::from(Error::not_found("not_found", "There is no such file.")).into_response();
    }
    match webui::file("index.html") {
        Some(page) => asset("index.html", page),
        None => (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], webui::MISSING).into_response(),
    }
}

fn asset(name: &str, bytes: std::borrow::Cow<'static, [u8]>) -> Response {
    let mut response = Response::new(axum::body::Body::from(bytes.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(webui::content_type(name)));
    let cache = match name {
        n if n.starts_with("assets/") => "public, max-age=31536000, immutable",
        "widget.js" => "public, max-age=300",
        n if n.starts_with("emoji/") => "public, max-age=86400",
        _ => "no-cache",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if name == "widget.js" {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    if name.ends_with(".html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    response
}
