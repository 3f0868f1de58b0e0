//! Who a visitor is: a random handle in a signed token, or one made from an identity that the site has proved.

use crate::app::App;
use crate::channels::Entry;
use crate::contacts::{self, Person};
use crate::http::ClientIp;
use axum::http::{HeaderMap, header};
use kernel::channel::{Handle, Sender};
use kernel::event::NewEvent;
use kernel::message::HandleEvidence;
use kernel::{Error, Result};
use std::sync::Arc;

/// Requests a minute from one address.
const PER_ADDRESS: u32 = 120;

/// The channel of a widget's key, if this page may show it.
pub async fn channel(app: &App, key: &str, headers: &HeaderMap, ip: &ClientIp) -> Result<Arc<Entry>> {
    app.widget_limits.count(format!("ip {}", ip.0), PER_ADDRESS, app.now())?;
    let entry = app.directory.by_key(app, key).await?.filter(|e| e.connector.descriptor().capabilities.widget);
    let entry = entry.ok_or_else(|| Error::not_found("widget.unknown", "There is no chat with this key."))?;
    if entry.status == kernel::message::ChannelStatus::Inactive {
        return Err(Error::not_found("widget.inactive", "This chat is switched off."));
    }
    if let Some(origin) = headers.get(header::ORIGIN).and_then(|v| v.to_str().ok())
        && !connectors::channels::webchat::is_allowed_origin(&entry.account, origin)
        && origin != app.config.server.public_url
        && origin.split_once("://").map(|(_, h)| h) != headers.get(header::HOST).and_then(|v| v.to_str().ok())
    {
        return Err(Error::forbidden("widget.origin", "This chat may not be shown on this site."));
    }
    Ok(entry)
}

fn mac(app: &App, entry: &Entry, visitor: &str) -> String {
    let key = app.vault.derive("visitor-token");
    let sum = connectors::kit::signatures::mac_sha256(&key, &[entry.id.to_string().as_bytes(), b" ", visitor.as_bytes()]);
    data_encoding::BASE32_NOPAD.encode(&sum[..20]).to_lowercase()
}

pub fn token(app: &App, entry: &Entry, visitor: &str) -> String {
    format!("{visitor}.{}", mac(app, entry, visitor))
}

/// The visitor of a token; a token that is not ours is nobody's.
pub fn read_token(app: &App, entry: &Entry, token: &str) -> Option<String> {
    let (visitor, given) = token.rsplit_once('.')?;
    let good = connectors::kit::signatures::equal(mac(app, entry, visitor).as_bytes(), given.as_bytes());
    good.then(|| visitor.to_owned())
}

/// The visitor of a request's `X-Visitor-Token`.
pub fn visitor(app: &App, entry: &Entry, headers: &HeaderMap) -> Result<String> {
    let token = headers.get("x-visitor-token").and_then(|v| v.to_str().ok()).unwrap_or("");
    read_token(app, entry, token).ok_or_else(|| Error::unauthenticated("widget.no_session", "Begin a session first."))
}

/// A handle for somebody new.
pub fn new_visitor(app: &App) -> String {
    app.secret_text(15)
}
/// The same handle on every device of a person whom the site vouches for.
pub fn proved_visitor(app: &App, entry: &Entry, identifier: &str) -> String {
    let key = app.vault.derive("visitor-identity");
    let sum = connectors::kit::signatures::mac_sha256(&key, &[entry.id.to_string().as_bytes(), b" ", identifier.as_bytes()]);
    format!("u-{}", data_encoding::BASE32_NOPAD.encode(&sum[..15]).to_lowercase())
}
pub fn is_proved(visitor: &str) -> bool {
    visitor.starts_with("u-")
}

/// What a visitor says of themselves. Addresses are claims: kept, and opening nobody's history.
pub struct Says {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// `proved` is the identifier that somebody signed. The signature says who they are and nothing of what else they say: an address counts as
/// proved only where it is itself the identifier.
pub async fn remember(app: &App, entry: &Arc<Entry>, visitor: &str, proved: Option<&str>, says: Says) -> Result<Person> {
    let mut more = Vec::new();
    for (kind, value) in [("email", says.email), ("phone", says.phone)] {
        let Some(value) = value.filter(|v| !v.trim().is_empty()) else { continue };
        let normal = |text: &str| contacts::normalise(kind, text, &entry.default_country);
        let value = normal(&value).ok_or_else(|| Error::field(kind, "invalid", format!("This is no {kind} we can use.")))?;
        let signed = proved.and_then(normal).is_some_and(|identifier| identifier == value);
        let evidence = if signed { HandleEvidence::Verified } else { HandleEvidence::Claimed };
        more.push(Handle { kind: kind.into(), value, evidence });
    }
    let name = says.name.map(|n| n.trim().chars().take(100).collect::<String>()).filter(|n| !n.is_empty());
    let handle = Handle { kind: entry.account.provider.clone(), value: visitor.to_owned(), evidence: HandleEvidence::Verified };
    let sender = Sender { handle, name, more };
    let (with, ids, now) = (entry.clone(), app.ids.clone(), app.now());
    app.db
        .write(entry.workspace, db::Lane::Interactive, move |tx| {
            let person = contacts::resolve(tx, ids.as_ref(), with.id, &sender, &with.default_country, now)?;
            let kind = if person.created { "contact.created" } else { "contact.updated" };
            tx.emit(NewEvent::new(kind, format!("contact:{}", person.id), now).contact(person.id));
            Ok(person)
        })
        .await
}
