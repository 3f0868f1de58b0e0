//! Requests to AWS, signed, and what its answers mean.

use super::form::BASE_URL;
use crate::kit::calls;
use crate::kit::sigv4::Signer;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::HOUR;
use serde_json::Value;

/// The SES API of the account's region, or what stands in for it.
pub fn base(account: &Account) -> String {
    calls::base_url(account, BASE_URL).replace("{region}", region(account))
}
pub fn region(account: &Account) -> &str {
    account.settings.text("region").unwrap_or("us-east-1").trim()
}
/// Something else than Amazon stands in.
pub fn is_stand_in(account: &Account) -> bool {
    calls::base_url(account, BASE_URL) != BASE_URL
}
/// `.cn` in the Chinese regions.
pub fn domain(account: &Account) -> &'static str {
    if region(account).starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}
/// A stand-in has one address for all services, and knows by the signature which of them is meant.
pub fn sns_url(account: &Account, region: &str) -> String {
    match is_stand_in(account) {
        true => format!("{}/", base(account)),
        false => format!("https://sns.{region}.{}/", domain(account)),
    }
}
/// The key's slashes stay; S3 takes the rest percent-encoded once.
pub fn object_url(account: &Account, bucket: &str, key: &str) -> String {
    let path = key.split('/').map(calls::encode).collect::<Vec<_>>().join("/");
    match is_stand_in(account) {
        true => format!("{}/{bucket}/{path}", base(account)),
        // A dot in the name does not fit the certificate of the bucket's own host.
        false if bucket.contains('.') => format!("https://s3.{}.{}/{bucket}/{path}", region(account), domain(account)),
        false => format!("https://{bucket}.s3.{}.{}/{path}", region(account), domain(account)),
    }
}

pub fn sign(edge: Edge<'_>, account: &Account, service: &str, request: HttpRequest) -> Result<HttpRequest, SendError> {
    sign_in(edge, account, region(account), service, request)
}

fn sign_in(edge: Edge<'_>, account: &Account, region: &str, service: &str, request: HttpRequest) -> Result<HttpRequest, SendError> {
    let secret = calls::needed_secret(account, "secret_access_key", "The secret access key")?;
    let signer = Signer {
        key_id: calls::needed(account, "access_key_id", "The access key ID")?,
        secret: &secret,
        session_token: account.settings.text("session_token"),
        region,
        service,
    };
    Ok(signer.sign(request, edge.clock.now()))
}

/// Signs, sends, and expects 2xx.
pub async fn call(edge: Edge<'_>, account: &Account, service: &str, request: HttpRequest) -> Result<HttpResponse, SendError> {
    call_in(edge, account, region(account), service, request).await
}

/// The same in another region: an SNS topic need not lie where the mail does.
pub async fn call_in(
    edge: Edge<'_>,
    account: &Account,
    region: &str,
    service: &str,
    request: HttpRequest,
) -> Result<HttpResponse, SendError> {
    let response = calls::exchange(edge, sign_in(edge, account, region, service, request)?).await?;
    if (200..300).contains(&response.status) { Ok(response) } else { Err(judge(&response, edge)) }
}

/// The name of the error, from the header, the JSON or the XML.
pub fn kind_of(response: &HttpResponse) -> String {
    let body = calls::body_of(response);
    let text = String::from_utf8_lossy(&response.body);
    let named = response.header("x-amzn-errortype").map(str::to_owned);
    let named = named.or_else(|| ["/__type", "/code"].iter().find_map(|p| calls::words_at(&body, p)));
    let named = named.or_else(|| between(&text, "<Code>", "</Code>")).unwrap_or_default();
    // `MessageRejected:http://…`, `com.amazonaws.ses#MessageRejected`
    let name = named.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
    shorten(name.strip_suffix("Exception").unwrap_or(name), 80)
}

fn said(response: &HttpResponse) -> Option<String> {
    let body: Value = calls::body_of(response);
    let text = String::from_utf8_lossy(&response.body);
    ["/message", "/Message"].iter().find_map(|p| calls::words_at(&body, p)).or_else(|| between(&text, "<Message>", "</Message>"))
}

pub fn judge(response: &HttpResponse, edge: Edge<'_>) -> SendError {
    let now = edge.clock.now();
    let kind = kind_of(response);
    let words = said(response).unwrap_or_else(|| format!("HTTP {}", response.status));
    let detail = |advice: &str| shorten(&format!("{advice}{words} ({kind})"), 400);
    match kind.as_str() {
        "MessageRejected" if words.contains("not verified") => SendError::Permanent {
            detail: detail("Amazon SES knows this address or domain only unverified; in the sandbox, recipients must be verified too. "),
        },
        "MessageRejected" | "BadRequest" => SendError::Permanent { detail: detail("") },
        "MailFromDomainNotVerified" => SendError::Account { detail: detail("The MAIL FROM domain is not verified. ") },
        "NotFound" => SendError::Account { detail: detail("Amazon SES does not know the configuration set. ") },
        "AccountSuspended" | "SendingPaused" => SendError::Account { detail: detail("Amazon has stopped sending for this account. ") },
        "LimitExceeded" => {
            SendError::Retry { after_ms: retry_after(response, now).or(Some(HOUR)), detail: detail("The sending quota is used up. ") }
        }
        "TooManyRequests" | "Throttling" | "SlowDown" => {
            SendError::Retry { after_ms: retry_after(response, now), detail: detail("Amazon asks us to go slower. ") }
        }
        "RequestExpired" | "RequestTimeTooSkewed" => {
            SendError::Account { detail: detail("The clock of this server is wrong, so that Amazon refuses its signature. ") }
        }
        "ExpiredToken" => SendError::Account { detail: detail("The temporary credentials are over. ") },
        "UnrecognizedClient"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => SendError::Account { detail: detail("Amazon does not take the access key. ") },
        "AccessDenied" | "AuthorizationError" => {
            SendError::Account { detail: detail("The access key is not allowed to do this. Extend its IAM policy. ") }
        }
        "" => judge_http(response, said(response).as_deref(), now),
        _ => judge_http(response, Some(&detail("")), now),
    }
}

pub fn between(text: &str, open: &str, close: &str) -> Option<String> {
    let start = text.find(open)? + open.len();
    let end = text[start..].find(close)? + start;
    Some(shorten(&text[start..end], 300)).filter(|t| !t.is_empty())
}
