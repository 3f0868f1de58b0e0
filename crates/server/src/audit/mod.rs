//! The audit log: who did what of an administrator's acts, on what, from what to what. Rows are chained by their hashes, so that a row
//! that was changed, left out or put in later shows. They commit with the act.
//!
//! A hash covers a salted digest of the details, not the details: a person's can be erased later, and the chain stays whole.
//!
//! Acts of the control database (members, invitations, sign-ins) are noted there in the same transaction and carried over at once, or
//! at the next start. A request that needed an administrator's permission, or deleted something, and noted nothing itself is noted as
//! what it was: method and path. So no slice can forget.

mod api;
mod chain;
mod pending;
mod store;

pub use api::routes;
pub use chain::{Act, Verdict, note, verify};
pub use pending::{carry, carry_all, leave};

use crate::app::App;
use crate::http::ClientIp;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use db::Lane;
use kernel::Actor;
use kernel::actor::Trail;
use std::sync::{Arc, Mutex, PoisonError};

/// Where `authenticate` leaves who made the request.
#[derive(Clone, Default)]
pub struct Seat(Arc<Mutex<Option<Actor>>>);
impl Seat {
    pub fn take(&self, actor: &Actor) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(actor.clone());
    }
}

/// Around every request of the API: what it leaves behind for the log.
pub async fn watch(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let mut seed = [0u8; 16];
    app.ids.random(&mut seed);
    let address = request.extensions().get::<ClientIp>().map(|ip| ip.0.to_string());
    let (trail, seat) = (Trail::new(seed, address), Seat::default());
    request.extensions_mut().insert(trail.clone());
    request.extensions_mut().insert(seat.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| path.clone(), |p| p.as_str().to_owned());
    let response = next.run(request).await;
    let deletes = method == Method::DELETE;
    if !response.status().is_success() || trail.is_noted() || !(trail.administers() || deletes) {
        return response;
    }
    let actor = seat.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(actor) = actor.filter(|a| a.member().is_some()) {
        // One's own drafts, reading marks and sessions are nobody's administration.
        let own = route.contains("/me/") || route.ends_with("/draft") || route.contains("/auth/");
        if own && !trail.administers() {
            return response;
        }
        let act = Act::new("request", &path).after(serde_json::json!({ "method": method.as_str(), "route": route }));
        let now = app.now();
        let workspace = actor.workspace;
        if let Err(error) = app.db.write(workspace, Lane::Interactive, move |tx| note(tx, &actor, &act, now)).await {
            tracing::error!(error = %error, http.path = %path, "an act could not be noted in the audit log");
        }
    }
    response
}
