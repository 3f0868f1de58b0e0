//! Sending over the SES API (version 2), fetching mail from S3, and asking whether the account may send.

use super::{aws, events, inbound};
use crate::kit::mail::{build, sending_domain};
use crate::kit::{calls, headers};
use data_encoding::BASE64;
use kernel::channel::{Account, Edge, Fetched, Health, Outbound, Receipt, SendError};
use kernel::http::HttpRequest;
use kernel::message::{Address, MessageStatus};
use serde_json::{Value, json};

const MOST_RECIPIENTS: usize = 50;
/// Of the mail in base64 ("Service quotas in Amazon SES").
const MOST_BYTES: usize = 40 << 20;
const LONG_MS: u64 = 120_000;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let recipients = build::recipients(message)?;
    if recipients.len() > MOST_RECIPIENTS {
        return Err(SendError::Permanent { detail: format!("Amazon SES takes {MOST_RECIPIENTS} recipients in one mail.") });
    }
    let mail = build::build(account, message)?;
    let data = BASE64.encode(&mail);
    if data.len() > MOST_BYTES {
        return Err(SendError::Permanent { detail: "The mail is larger than the 40 MB that Amazon SES takes. Send fewer files.".into() });
    }
    let from = headers::read(&mail).first("from").map_or_else(|| account.identifier.clone(), str::to_owned);
    let list = |l: &[Address]| l.iter().map(|a| a.address.clone()).collect::<Vec<_>>();
    let mut body = json!({
        "FromEmailAddress": from,
        "Destination": {"ToAddresses": list(&message.to), "CcAddresses": list(&message.cc), "BccAddresses": list(&message.bcc)},
        "Content": {"Raw": {"Data": data}},
        "EmailTags": [{"Name": "message_id", "Value": tag(&message.message_id)}],
    });
    if let Some(set) = account.settings.text("configuration_set") {
        body["ConfigurationSetName"] = set.trim().into();
    }
    let mut request = calls::json("POST", format!("{}/v2/email/outbound-emails", aws::base(account)), &body);
    request.timeout_ms = LONG_MS;
    let answer = calls::body_of(&aws::call(edge, account, "ses", request).await?);
    let id = answer["MessageId"].as_str().filter(|id| !id.is_empty() && id.len() <= 200);
    Ok(Receipt {
        external_id: id.map(|id| events::external_id(account, id)),
        detail: Some(id.map_or_else(|| "Amazon SES took it.".into(), |id| format!("Amazon SES took it as {id}."))),
        status: Some(MessageStatus::Sent),
    })
}

/// Letters, digits, `_` and `-` are all that a tag takes.
fn tag(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(256).collect()
}

/// The mail behind an `Inbound::Fetch`.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let broken = || SendError::Permanent { detail: "This is not a mail in S3.".into() };
    let receipt: inbound::Receipt = serde_json::from_str(reference).map_err(|_| broken())?;
    if !inbound::is_bucket(&receipt.bucket) || receipt.key.is_empty() {
        return Err(broken());
    }
    let mut request = HttpRequest::new("GET", aws::object_url(account, &receipt.bucket, &receipt.key));
    request.timeout_ms = LONG_MS;
    request.max_response_bytes = 45 << 20;
    let signed = aws::sign(edge, account, "s3", request)?;
    let response = calls::exchange(edge, signed).await.map_err(calls::before_sending)?;
    match response.status {
        200 => Ok(Fetched { name: None, content_type: Some("message/rfc822".into()), bytes: receipt.put_before(&response.body) }),
        // The notification may overtake the object.
        404 if aws::kind_of(&response) != "NoSuchBucket" => {
            Err(SendError::Retry { after_ms: Some(5_000), detail: "The mail is not in the bucket yet.".into() })
        }
        _ => Err(aws::judge(&response, edge)),
    }
}

/// May this account send, and from this address?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let words = |error: SendError| match error {
        SendError::Retry { detail, .. }
        | SendError::Uncertain { detail }
        | SendError::Account { detail }
        | SendError::Policy { detail, .. }
        | SendError::Permanent { detail } => detail,
    };
    let base = aws::base(account);
    let answer = match aws::call(edge, account, "ses", calls::get(format!("{base}/v2/email/account"))).await {
        Ok(response) => calls::body_of(&response),
        Err(error) => return Health::Broken { detail: format!("Amazon SES cannot be asked: {}", words(error)) },
    };
    if answer["SendingEnabled"] == Value::Bool(false) || answer["EnforcementStatus"] == "SHUTDOWN" {
        return Health::Broken {
            detail: "Amazon has paused sending for this account. The reputation page of the SES console says why.".into(),
        };
    }
    let domain = sending_domain(account);
    let mut verified = None;
    for identity in [domain, account.identifier.as_str()] {
        let request = calls::get(format!("{base}/v2/email/identities/{}", calls::encode(identity)));
        let found = match aws::sign(edge, account, "ses", request) {
            Ok(signed) => calls::exchange(edge, signed).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(response) if response.status == 200 => {
                verified = Some(calls::body_of(&response)["VerifiedForSendingStatus"].as_bool().unwrap_or(true));
            }
            Ok(response) if response.status == 404 => verified = verified.or(Some(false)),
            // Not being allowed to look is no fault.
            _ => {}
        }
        if verified == Some(true) {
            break;
        }
    }
    if verified == Some(false) {
        let region = aws::region(account);
        return Health::Broken {
            detail: format!(
                "Neither {domain} nor {} is a verified identity in {region}. Verify one of them, or check the region.",
                account.identifier
            ),
        };
    }
    let quota = &answer["SendQuota"];
    let (sent, most) = (quota["SentLast24Hours"].as_f64().unwrap_or(0.0), quota["Max24HourSend"].as_f64().unwrap_or(0.0));
    let sandbox = if answer["ProductionAccessEnabled"] == Value::Bool(false) {
        " The account is in the sandbox: mail reaches verified addresses only."
    } else {
        ""
    };
    let deaf = match account.settings.words("topic_arns").is_empty() {
        true => " No SNS topic is named: nothing comes in, and nobody reports on what was sent.",
        false => "",
    };
    Health::Ok { detail: format!("Amazon SES lets us send: {sent:.0} of {most:.0} in the last 24 hours.{sandbox}{deaf}") }
}
