//! A customer with a phone, and Twilio's API.

use crate::kit::forms::{self, first};
use crate::kit::twilio::play::{self, Fields};
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

const NUMBER: &str = "PN00000000000000000000000000000001";

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("account_sid", format!("AC{unique:032x}")), ("auth_token", format!("{unique:032x}")), ("sender", format!("+1500{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let mut fields = play::said(account, say, "");
        match say.doing {
            Doing::Say => fields.extend(play::pairs(&[("FromCountry", "ZA"), ("ToCountry", "US")])),
            // Text messages know none of these; what comes is nothing that could be read.
            Doing::React | Doing::Edit | Doing::Delete | Doing::Read => fields.retain(|(n, _)| n == "AccountSid" || n == "ApiVersion"),
        }
        play::delivery(account, &fields, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        Some(play::request(account, self.delivery(account, say, now)))
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let fields: Fields = play::report(account, external_id, to, status, "").filter(|_| status != MessageStatus::Read)?;
        Some(play::delivery(account, &fields, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        if let Some(refusal) = play::unknown_caller(account, request) {
            return refusal;
        }
        let path = request.url.split('?').next().unwrap_or_default();
        if let Some(service) = path.strip_prefix("/messaging/v1/Services") {
            return services(account, request, service.trim_start_matches('/'));
        }
        match (request.method, play::below(account, &request.url)) {
            ("POST", Some("/Messages.json")) => play::message(account, request, "", serial, now),
            ("GET", Some("/Messages.json")) => Answered::json(200, &json!({"messages": []}), None),
            ("GET", Some(".json")) => play::account_answer(account),
            ("GET", Some("/IncomingPhoneNumbers.json")) => numbers(account, request),
            ("POST", Some(place)) if place == format!("/IncomingPhoneNumbers/{NUMBER}.json") => changed_number(account, request),
            ("GET", Some(place)) if place.contains("/Media/") => play::media(),
            _ => play::refuse(404, 20404, &format!("The requested resource {path} was not found")),
        }
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        play::fault(fault)
    }
}

fn own(account: &Account) -> String {
    let sender = crate::kit::twilio::sender(account).unwrap_or_default();
    if crate::kit::twilio::is_number(&sender) { sender } else { "+15005550006".into() }
}

fn number(account: &Account, sms_url: &str) -> Value {
    json!({
        "sid": NUMBER, "phone_number": own(account), "friendly_name": "Support", "capabilities": {"voice": true, "sms": true, "mms": true},
        "sms_url": sms_url, "sms_method": "POST", "sms_application_sid": "", "status": "in-use",
    })
}

fn numbers(account: &Account, request: &HttpRequest) -> Answered {
    let query = forms::pairs(request.url.split_once('?').map_or("", |(_, q)| q).as_bytes());
    let fits = first(&query, "PhoneNumber").is_none_or(|wanted| wanted == own(account));
    let list: Vec<Value> = fits.then(|| number(account, "")).into_iter().collect();
    Answered::json(200, &json!({"incoming_phone_numbers": list, "page": 0, "next_page_uri": null}), None)
}

fn changed_number(account: &Account, request: &HttpRequest) -> Answered {
    let fields = forms::pairs(&request.body);
    match first(&fields, "SmsUrl") {
        Some(url) if !url.starts_with("http") => play::refuse(400, 21502, "SmsUrl is not valid."),
        url => Answered::json(200, &number(account, url.unwrap_or_default()), None),
    }
}

fn services(account: &Account, request: &HttpRequest, sid: &str) -> Answered {
    let own = crate::kit::twilio::sender(account).unwrap_or_default();
    let own = if crate::kit::twilio::is_service(&own) { own } else { "MG00000000000000000000000000000001".into() };
    let service = |url: Option<&str>| json!({"sid": own, "friendly_name": "Care", "inbound_request_url": url, "status_callback": url});
    match (request.method, sid) {
        ("GET", "") => play::page("services", json!([service(None)])),
        ("GET", sid) if sid == own => Answered::json(200, &service(None), None),
        ("POST", sid) if sid == own => {
            let fields = forms::pairs(&request.body);
            Answered::json(200, &service(first(&fields, "InboundRequestUrl")), None)
        }
        _ => play::refuse(404, 20404, &format!("The requested resource /Services/{sid} was not found")),
    }
}
