//! The request that the templates describe, and what the gateway's answer means.

use super::templates::{self, Values, fill, plain};
use super::{answers, proofs, settings};
use crate::kit::calls::{self, encode};
use crate::kit::phones::international;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Edge, Health, Outbound, Receipt, SendError};
use kernel::http::HttpRequest;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    if !message.files.is_empty() {
        let detail = "This gateway takes text only. Send a link instead of the file.".into();
        return Err(SendError::Policy { code: "policy.no_files".into(), detail });
    }
    if message.text.trim().is_empty() {
        return Err(SendError::Permanent { detail: "The message is empty.".into() });
    }
    let to = recipient(account, message)?;
    let values = templates::values(account, message, &to, edge.clock.now());
    let request = signed_in(edge, account, templates::request(account, &values)?, &values)?;
    let response = match calls::exchange(edge, request).await {
        // The gateway knows the id, so that the same request may come again without harm.
        Err(SendError::Uncertain { detail }) if account.settings.flag("drops_repeats") => {
            return Err(SendError::Retry { after_ms: None, detail });
        }
        other => other?,
    };
    answers::judge(account, &response, edge.clock.now())
}

fn recipient(account: &Account, message: &Outbound) -> Result<String, SendError> {
    let given = message.to.first().map(|a| a.address.trim()).unwrap_or_default();
    let number = international(given, account.settings.text("country_code"));
    let short = (3..=8).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_digit());
    number.or_else(|| short.then(|| given.to_owned())).ok_or_else(|| SendError::Permanent {
        detail: "The recipient is not a phone number in international form, such as +27821234567.".into(),
    })
}

fn signed_in(edge: Edge<'_>, account: &Account, request: HttpRequest, values: &Values) -> Result<HttpRequest, SendError> {
    let mut request = request;
    for (name, value) in extra_headers(account)? {
        request = request.header(&name, fill(&value, values, one_line));
    }
    let password = || calls::needed_secret(account, "password", "The password or key");
    Ok(match account.settings.text("auth") {
        Some("basic") => calls::basic(request, calls::needed(account, "username", "The user name")?, password()?.reveal()),
        Some("bearer") => calls::bearer(request, &password()?),
        Some("header") => {
            let name = account.settings.text("auth_header").unwrap_or("X-API-Key");
            if !is_header(name) {
                return Err(SendError::Account { detail: format!("“{}” cannot be the name of a header.", shorten(name, 60)) });
            }
            request.header(&name.to_ascii_lowercase(), one_line(password()?.reveal()))
        }
        Some("signature") => {
            let [timestamp, signature] = proofs::sign(password()?.reveal(), &request.body, edge.clock.now());
            request.header(&timestamp.0, timestamp.1).header(&signature.0, signature.1)
        }
        _ => request,
    })
}

/// The lines of the setting; names that the client sets itself are refused.
fn extra_headers(account: &Account) -> Result<Vec<(String, String)>, SendError> {
    let mut out = Vec::new();
    for line in account.settings.text("headers").unwrap_or_default().lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (name, value) = line.split_once(':').map_or((line, ""), |(n, v)| (n.trim(), v.trim()));
        if value.is_empty() || !is_header(name) {
            return Err(SendError::Account { detail: format!("“{}” is not a header. Write Name: value.", shorten(line, 60)) });
        }
        out.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    Ok(out)
}
fn is_header(name: &str) -> bool {
    let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let ours = ["host", "content-length", "transfer-encoding", "connection", "content-type"];
    token && !ours.iter().any(|n| n.eq_ignore_ascii_case(name))
}
fn one_line(text: &str) -> String {
    plain(text).chars().filter(|c| !c.is_control()).collect()
}

/// What can be known without sending a message.
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    match checked(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(
            SendError::Retry { detail, .. }
            | SendError::Uncertain { detail }
            | SendError::Account { detail }
            | SendError::Policy { detail, .. }
            | SendError::Permanent { detail },
        ) => Health::Broken { detail },
    }
}

async fn checked(edge: Edge<'_>, account: &Account) -> Result<String, SendError> {
    let body = settings::body(account);
    let all = format!("{}\n{body}", settings::send_url(account)?);
    if !["{to}", "{to_digits}", "{to_00}"].iter().any(|b| all.contains(b)) || !["{text}", "{text_hex}"].iter().any(|b| all.contains(b)) {
        let detail = "Neither the address nor the body has a place for the recipient {to} and the words {text}.".into();
        return Err(SendError::Account { detail });
    }
    if settings::body_type(account) == settings::Body::Json {
        templates::json_template(account)?;
    }
    extra_headers(account)?;
    let Some(url) = settings::check_url(account) else {
        return Ok("The settings are complete. Only a message can show whether the gateway takes them.".into());
    };
    let values = Values::from(["username", "password"].map(|name| (name, account.settings.text(name).unwrap_or_default().to_owned())));
    let request = signed_in(edge, account, HttpRequest::new("GET", fill(&url, &values, encode)), &values)?;
    let response = calls::exchange(edge, request).await.map_err(calls::before_sending)?;
    match response.status {
        200..300 => Ok("The gateway answers and takes our sign-in.".into()),
        status @ (401 | 403) => {
            Err(SendError::Account { detail: format!("The gateway refuses our sign-in (HTTP {status}). Check user name and password.") })
        }
        status => Err(SendError::Account { detail: format!("The gateway answered the check with HTTP {status}; any 2xx is right.") }),
    }
}
