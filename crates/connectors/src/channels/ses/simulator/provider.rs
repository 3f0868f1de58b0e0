//! The APIs of SES (version 2), S3 and SNS as far as we use them. Every request has to be signed; what is wrong is refused with
//! Amazon's own errors.

use super::{CERTIFICATE, CERTIFICATE_PATH, host};
use crate::channels::ses::aws;
use crate::kit::mail::{sending_domain, simulated};
use crate::kit::sigv4::{self, Refusal};
use crate::kit::{addresses, forms};
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let path = request.url.split('?').next().unwrap_or_default();
    if request.method == "GET" && path == CERTIFICATE_PATH {
        return plain(200, "application/x-pem-file", CERTIFICATE);
    }
    let xml = ["s3", "sns"].contains(&service(request));
    if let Err((status, kind, words)) = signed(account, request, now) {
        return if xml { plain(status, "application/xml", &error_xml(kind, words)) } else { told(status, kind, words) };
    }
    match (request.method, path) {
        ("POST", "/v2/email/outbound-emails") => send(account, request, serial, now),
        ("GET", "/v2/email/account") => Answered::json(
            200,
            &json!({"SendingEnabled": true, "ProductionAccessEnabled": true, "EnforcementStatus": "HEALTHY", "DedicatedIpAutoWarmupEnabled": false,
                    "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": serial as f64}}),
            None,
        ),
        ("POST", "/v2/email/list-identities") => Answered::json(
            200,
            &json!({"EmailIdentities": [
                {"IdentityType": "DOMAIN", "IdentityName": sending_domain(account), "SendingEnabled": true, "VerificationStatus": "SUCCESS"}
            ]}),
            None,
        ),
        ("GET", path) if path.starts_with("/v2/email/identities/") => {
            if path.ends_with(&format!("/{}", sending_domain(account))) {
                let body = json!({"IdentityType": "DOMAIN", "VerifiedForSendingStatus": true, "FeedbackForwardingStatus": true});
                Answered::json(200, &body, None)
            } else {
                told(404, "NotFoundException", "Email identity does not exist.")
            }
        }
        ("POST", "/") => subscribe(account, request),
        ("GET", _) if xml => plain(404, "application/xml", &error_xml("NoSuchKey", "The specified key does not exist.")),
        _ => told(404, "UnknownOperationException", ""),
    }
}

/// The service that a request is signed for: `…/{date}/{region}/{service}/aws4_request, …`.
fn service(request: &HttpRequest) -> &str {
    let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map_or("", |(_, v)| v.as_str());
    given.split("/aws4_request").next().and_then(|scope| scope.rsplit('/').next()).unwrap_or_default()
}

pub fn refuse(status: u16, kind: &str, words: &str) -> HttpResponse {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned()), ("x-amzn-ErrorType".to_owned(), kind.to_owned())];
    HttpResponse { status, headers, body: json!({"message": words}).to_string().into_bytes() }
}
fn told(status: u16, kind: &str, words: &str) -> Answered {
    Answered { response: refuse(status, kind, words), seen: None }
}
fn plain(status: u16, content_type: &str, body: &str) -> Answered {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Answered { response: HttpResponse { status, headers, body: body.as_bytes().to_vec() }, seen: None }
}
fn error_xml(kind: &str, words: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{kind}</Code><Message>{words}</Message></Error>")
}

fn signed(account: &Account, request: &HttpRequest, now: Millis) -> Result<(), (u16, &'static str, &'static str)> {
    let whole = HttpRequest { url: format!("{}{}", aws::base(account), request.url), ..request.clone() };
    let setting = |name: &str| account.settings.text(name).unwrap_or_default();
    sigv4::check(&whole, setting("access_key_id"), setting("secret_access_key"), now).map_err(|refusal| match refusal {
        Refusal::Missing => (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        Refusal::UnknownKey => (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
        Refusal::Expired => (403, "RequestExpired", "Request has expired."),
        Refusal::Wrong => (
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        ),
    })
}

fn send(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let bad = |words: &str| told(400, "BadRequestException", words);
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return bad("Could not parse the request body as JSON.") };
    let known = ["FromEmailAddress", "Destination", "ReplyToAddresses", "Content", "ConfigurationSetName", "EmailTags"];
    if body.as_object().is_none_or(|map| map.keys().any(|k| !known.contains(&k.as_str()))) {
        return bad("The request has a member that does not exist.");
    }
    let Some(data) = body["Content"]["Raw"]["Data"].as_str() else { return bad("Content must hold one of Simple, Raw and Template.") };
    let Some(mail) = BASE64.decode(data.as_bytes()).ok().and_then(|m| simulated::read(&m)) else {
        return bad("Raw.Data is not a mail in base64.");
    };
    let list = |name: &str| -> Vec<String> {
        body["Destination"][name].as_array().into_iter().flatten().filter_map(|a| a.as_str().map(str::to_owned)).collect()
    };
    let to: Vec<String> = ["ToAddresses", "CcAddresses", "BccAddresses"].iter().flat_map(|n| list(n)).collect();
    if to.is_empty() || to.len() > 50 || to.iter().any(|a| addresses::clean(a).is_none()) {
        return bad("Recipient count must be between 1 and 50, and each must be an address.");
    }
    let tags = body["EmailTags"].as_array().cloned().unwrap_or_default();
    let word = |v: &Value| {
        v.as_str().is_some_and(|t| (1..=256).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'))
    };
    if tags.iter().any(|t| !word(&t["Name"]) || !word(&t["Value"])) {
        return bad("A tag takes letters, digits, underscores and hyphens.");
    }
    let from = body["FromEmailAddress"].as_str().and_then(|f| addresses::find_all(f).pop()).unwrap_or_else(|| mail.from.clone());
    if from.rsplit_once('@').map(|(_, domain)| domain) != Some(sending_domain(account)) {
        return told(
            400,
            "MessageRejected",
            &format!("Email address is not verified. The following identities failed the check in region {}: {from}", aws::region(account)),
        );
    }
    let id = format!("0100{:012x}-{serial:08x}-4000-8000-00000000-000000", now);
    let seen = Seen { external_id: format!("{id}@{}", host(account)), to: to[0].clone(), text: mail.text, files: mail.files };
    Answered::json(200, &json!({"MessageId": id}), Some(seen))
}

fn subscribe(account: &Account, request: &HttpRequest) -> Answered {
    let pairs = forms::pairs(&request.body);
    let topic = forms::first(&pairs, "TopicArn").unwrap_or_default().to_owned();
    if forms::first(&pairs, "Action") != Some("Subscribe") || forms::first(&pairs, "Endpoint").is_none() {
        return plain(400, "text/xml", &error_xml("InvalidParameter", "Invalid parameter"));
    }
    if !account.settings.words("topic_arns").contains(&topic) {
        return plain(404, "text/xml", &error_xml("NotFound", "Topic does not exist"));
    }
    plain(
        200,
        "text/xml",
        &format!(
            "<SubscribeResponse><SubscribeResult><SubscriptionArn>{topic}:00000000-0000-4000-8000-000000000000</SubscriptionArn></SubscribeResult></SubscribeResponse>"
        ),
    )
}
