//! A visitor who fills in the form and takes a minute for it.

use super::content::{ID, TOKEN};
use super::guard;
use crate::kit::calls;
use kernel::channel::{Account, Doing, OutboundFile, RawDelivery, Simulated, Simulator};
use kernel::http::HttpRequest;
use kernel::time::{MINUTE, Millis};

pub struct Visitor;

impl Simulator for Visitor {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let token = guard::stamp(account, now - MINUTE);
        let mut fields = vec![(ID, say.external_id.as_str()), (TOKEN, token.as_str())];
        if say.doing == Doing::Say {
            fields.push((if say.from.contains('@') { "email" } else { "phone" }, &say.from));
            fields.extend(say.from_name.iter().map(|n| ("name", n.as_str())));
            fields.extend(say.subject.iter().map(|s| ("subject", s.as_str())));
            fields.push(("message", &say.text));
        }
        let with: Vec<OutboundFile> = say
            .files
            .iter()
            .map(|f| OutboundFile {
                name: f.name.clone(),
                content_type: f.content_type.clone(),
                bytes: f.bytes.clone(),
                url: String::new(),
            })
            .collect();
        let files: Vec<(&str, &OutboundFile)> = with.iter().map(|f| ("file", f)).collect();
        let request = if files.is_empty() {
            calls::form("POST", "", &fields)
        } else {
            calls::multipart("POST", "", &say.external_id, &fields, &files)
        };
        let mut headers: Vec<(String, String)> = request.headers.into_iter().filter(|(n, _)| n != "accept").collect();
        headers.push(("origin".into(), site(account)));
        headers.push(("accept".into(), "text/html,application/xhtml+xml".into()));
        RawDelivery { method: "POST".into(), path: "/api/webhooks/form".into(), headers, body: request.body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request =
            HttpRequest::new("POST", format!("{}{}", account.public_url.trim_end_matches('/'), delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }
}

/// A site that may show the form.
fn site(account: &Account) -> String {
    let domains = account.settings.words("allowed_domains");
    let first = domains.first().map_or("shop.example", |d| d.trim().trim_start_matches("*."));
    if first.contains("://") { first.trim_end_matches('/').to_owned() } else { format!("https://{first}") }
}
