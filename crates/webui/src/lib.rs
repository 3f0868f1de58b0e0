//! The files of `web/dist`: in the binary when it is optimised, from disk otherwise.

use std::borrow::Cow;

#[derive(rust_embed::Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

/// A file by its path below `web/dist`.
pub fn file(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|f| f.data)
}

/// Shown in place of the UI when it was not built.
pub const MISSING: &str = "<!doctype html><meta charset=utf-8><title>Switchboard</title><p>The web UI is not built. Run <code>make web</code>, or use the API: <a href=/api/docs>/api/docs</a>.";

/// The type by ending; what we do not know is bytes.
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
