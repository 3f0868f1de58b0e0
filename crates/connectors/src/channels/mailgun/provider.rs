//! Mailgun's API as far as we use it, for the simulator: it refuses what Mailgun refuses.

use super::outbound::domain;
use crate::kit::forms::{self, Part};
use crate::kit::{addresses, calls, mail::simulated};
use kernel::channel::{Account, Answered, Fault, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::json;

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let expected = calls::basic(HttpRequest::new("GET", ""), "api", account.settings.text("api_key").unwrap_or_default());
    if header("authorization") != expected.headers.first().map(|(_, v)| v.as_str()) {
        return Answered { response: plain(401, "Forbidden"), seen: None };
    }
    let name = domain(account);
    let path = request.url.split('?').next().unwrap_or_default();
    let own = format!("/v3/{name}/");
    match (request.method, path) {
        ("POST", p) if p == format!("{own}messages.mime") => {
            let parts = forms::multipart(header("content-type").unwrap_or_default(), &request.body);
            send(account, &parts.unwrap_or_default(), serial, now)
        }
        ("POST", p) if p == format!("{own}messages") => refuse(400, "from parameter is missing"),
        ("GET", "/v3/domains") => Answered::json(200, &json!({"total_count": 1, "items": [{"name": name, "state": "active"}]}), None),
        ("GET", p) if p == format!("/v3/domains/{name}") => {
            Answered::json(200, &json!({"domain": {"name": name, "state": "active", "is_disabled": false}}), None)
        }
        ("GET", p) if p == format!("/v3/domains/{name}/webhooks") => Answered::json(200, &json!({"webhooks": {}}), None),
        ("POST", p) if p == format!("/v3/domains/{name}/webhooks") => {
            let pairs = forms::pairs(&request.body);
            match (forms::first(&pairs, "id"), forms::first(&pairs, "url")) {
                (Some(_), Some(url)) => {
                    Answered::json(200, &json!({"message": "Webhook has been created", "webhook": {"urls": [url]}}), None)
                }
                _ => refuse(400, "id and url are required"),
            }
        }
        ("GET", "/v3/routes") => Answered::json(200, &json!({"total_count": 0, "items": []}), None),
        ("POST", "/v3/routes") => {
            let pairs = forms::pairs(&request.body);
            match (forms::first(&pairs, "expression"), forms::first(&pairs, "action")) {
                (Some(_), Some(_)) => {
                    Answered::json(200, &json!({"message": "Route has been created", "route": {"id": "4f3bad2335335426750048c6"}}), None)
                }
                _ => refuse(400, "expression and action are required"),
            }
        }
        (_, p) if p.starts_with("/v3/") && p.ends_with("/messages.mime") => {
            refuse(404, &format!("Domain not found: {}", p.split('/').nth(2).unwrap_or_default()))
        }
        _ => Answered { response: plain(404, "Not Found"), seen: None },
    }
}

fn plain(status: u16, text: &str) -> HttpResponse {
    HttpResponse { status, headers: vec![("content-type".into(), "text/plain".into())], body: text.as_bytes().to_vec() }
}
fn refuse(status: u16, message: &str) -> Answered {
    Answered::json(status, &json!({ "message": message }), None)
}

fn send(account: &Account, parts: &[Part], serial: u64, now: Millis) -> Answered {
    let all = |name: &str| parts.iter().filter(|p| p.name == name).map(Part::text).collect::<Vec<_>>();
    let to = all("to");
    if to.is_empty() {
        return refuse(400, "to parameter is missing");
    }
    if to.iter().any(|a| addresses::find_all(a).is_empty()) {
        return refuse(400, "'to' parameter is not a valid address. please check documentation");
    }
    let Some(message) = parts.iter().find(|p| p.name == "message" && p.filename.is_some()) else {
        return refuse(400, "message parameter is missing");
    };
    if parts.iter().any(|p| p.name.starts_with("o:tracking") && !matches!(p.text().as_str(), "yes" | "no" | "htmlonly" | "true" | "false"))
    {
        return refuse(400, "o:tracking is not a boolean");
    }
    let Some(shown) = simulated::read(&message.bytes) else { return refuse(400, "message is not a valid MIME message") };
    if shown.from.is_empty() || message.bytes.len() > 25_000_000 {
        return refuse(400, "from parameter is missing");
    }
    let id = if shown.message_id.is_empty() { format!("{now}.{serial}.SIM@{}", domain(account)) } else { shown.message_id.clone() };
    let seen = Seen { external_id: id.clone(), to: to[0].clone(), text: shown.text, files: shown.files };
    Answered::json(200, &json!({"id": format!("<{id}>"), "message": "Queued. Thank you."}), Some(seen))
}

pub fn fault(fault: Fault) -> HttpResponse {
    match fault {
        Fault::RateLimit => {
            let mut response = refuse(429, "Domain is not allowed to send: request limit exceeded, try again later").response;
            response.headers.push(("retry-after".into(), "2".into()));
            response
        }
        Fault::Outage => plain(503, "Service Unavailable"),
        Fault::ExpiredToken => plain(401, "Forbidden"),
    }
}
