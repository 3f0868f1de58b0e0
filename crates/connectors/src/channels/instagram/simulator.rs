//! A customer on Instagram, and the API of an account.

use super::{RULES, by_facebook};
use crate::kit::meta::{messaging::INSTAGRAM_DIRECT, person, play};
use kernel::channel::{Account, Answered, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::json;

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("app_id", format!("10033{unique}")), ("instagram_id", format!("17841{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        person::delivery(account, INSTAGRAM_DIRECT, say, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        Some(play::request(account, self.delivery(account, say, now)))
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        person::report(account, INSTAGRAM_DIRECT, external_id, to, status, now)
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        let settings = &account.settings;
        let token = settings.text("access_token").unwrap_or_default();
        if let Some(refusal) = play::refused_token(request, token) {
            return play::unseen(refusal);
        }
        let (id, edge) = person::place(request);
        let page = settings.text("page_id").unwrap_or("106540352242922");
        let own = if by_facebook(account) { page } else { account.identifier.as_str() };
        let me = id == own || id == "me";
        let checks = person::Checks { page: false, text_chars: RULES.text_chars, text_bytes: RULES.text_bytes };
        let linked = json!({"id": page, "name": "Acme", "access_token": token, "instagram_business_account": {"id": account.identifier, "username": "acme"}});
        let longer = json!({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944});
        let app = settings.text("app_id").unwrap_or_default();
        let found = match (request.method, id.as_str(), edge.as_str()) {
            ("POST", _, "messages") if me => return person::messages(request, checks, serial, now),
            ("GET", "refresh_access_token", "") if play::query(request, "grant_type").as_deref() == Some("ig_refresh_token") => longer,
            ("GET", "access_token", "") if play::query(request, "client_secret").as_deref() == settings.text("app_secret") => longer,
            ("GET", "me", "accounts") => json!({"data": [linked]}),
            ("GET", _, "") if me && by_facebook(account) => linked,
            ("GET", _, "") if me => json!({"user_id": account.identifier, "username": "acme", "name": "Acme", "id": "9"}),
            ("GET", _, "subscribed_apps") if me => json!({"data": [{"id": app, "name": "Switchboard"}]}),
            ("POST", _, "subscribed_apps") if me => return play::unseen(person::subscribing(request)),
            ("GET", _, "") if id.starts_with("5268000") => {
                json!({"name": "Ann Lee", "username": "ann.lee", "follower_count": 10, "id": id})
            }
            _ => return play::unseen(person::unknown(&id)),
        };
        play::unseen(play::answer(200, &found))
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        play::fault(fault, 613)
    }
}
