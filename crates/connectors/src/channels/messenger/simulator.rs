//! A customer on Messenger, and the Send API of a Page.

use super::RULES;
use crate::kit::meta::{messaging::MESSENGER, person, play};
use kernel::channel::{Account, Answered, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::json;

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("app_id", format!("67084{unique}")), ("page_id", format!("10777{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        person::delivery(account, MESSENGER, say, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        Some(play::request(account, self.delivery(account, say, now)))
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        person::report(account, MESSENGER, external_id, to, status, now)
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        let settings = &account.settings;
        let (app, secret) = (settings.text("app_id").unwrap_or_default(), settings.text("app_secret").unwrap_or_default());
        let (id, edge) = person::place(request);
        if (request.method, edge.as_str()) == ("POST", "access_token") && id == "oauth" {
            return play::unseen(exchange(request, app, secret));
        }
        let token = match edge.as_str() {
            "subscriptions" => format!("{app}|{secret}"),
            _ => settings.text("page_token").or(settings.text("access_token")).unwrap_or_default().to_owned(),
        };
        let login = settings.text("access_token").unwrap_or_default();
        let refused = play::refused_token(request, &token);
        if let Some(refusal) = refused.filter(|_| id != "me" || play::refused_token(request, login).is_some()) {
            return play::unseen(refusal);
        }
        let page = account.identifier.as_str();
        let checks = person::Checks { page: true, text_chars: RULES.text_chars, text_bytes: 0 };
        let found = match (request.method, edge.as_str()) {
            ("POST", "messages") if id == page || id == "me" => return person::messages(request, checks, serial, now),
            ("GET", "accounts") if id == "me" => json!({"data": [{"id": page, "name": "Acme", "access_token": token}]}),
            ("GET", "") if id == page || id == "me" => json!({"id": page, "name": "Acme"}),
            ("GET", "subscribed_apps") if id == page => {
                json!({"data": [{"id": app, "name": "Switchboard", "subscribed_fields": ["messages"]}]})
            }
            ("POST", "subscribed_apps") if id == page => return play::unseen(person::subscribing(request)),
            ("GET", "subscriptions") if id == app => json!({"data": []}),
            ("POST", "subscriptions") if id == app => json!({"success": true}),
            ("GET", "") if id.starts_with("12544777") => json!({"first_name": "Ann", "last_name": "Lee", "locale": "en_US", "id": id}),
            _ => return play::unseen(person::unknown(&id)),
        };
        play::unseen(play::answer(200, &found))
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        play::fault(fault, 613)
    }
}

/// A login's token for a longer one. The same token comes back, so that it still opens everything here.
fn exchange(request: &HttpRequest, app: &str, secret: &str) -> HttpResponse {
    let pairs = crate::kit::forms::pairs(&request.body);
    let field = |name: &str| crate::kit::forms::first(&pairs, name).unwrap_or_default();
    if field("client_id") != app || field("client_secret") != secret {
        return play::error(400, 101, 0, "Error validating application. Cannot get application info due to a system error.", "");
    }
    play::answer(200, &json!({"access_token": field("fb_exchange_token"), "token_type": "bearer", "expires_in": 5_183_944}))
}
