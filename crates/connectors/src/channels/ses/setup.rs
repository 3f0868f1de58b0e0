//! Setting up at Amazon: which identities there are, and subscribing our address to the topics.

use super::aws;
use crate::kit::calls;
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Installer, Reach, SendError};
use serde_json::{Map, json};

pub struct Setup;

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(list(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

/// Verified addresses as they are; of a domain, the address `support`, which can be changed.
async fn list(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let mut out = Vec::new();
    let url = format!("{}/v2/email/list-identities", aws::base(account));
    let mut ask = json!({"PageSize": 100});
    for _ in 0..10 {
        let answer = calls::body_of(&aws::call(edge, account, "ses", calls::json("POST", url.as_str(), &ask)).await?);
        for identity in answer["EmailIdentities"].as_array().into_iter().flatten() {
            let Some(name) = identity["IdentityName"].as_str().map(|n| shorten(n, 320)) else { continue };
            let id = if name.contains('@') { name.clone() } else { format!("support@{name}") };
            let name = match identity["SendingEnabled"].as_bool() {
                Some(false) => format!("{name} (not verified)"),
                _ => name,
            };
            out.push(Reach { id, name, webhook: None, settings: Map::new() });
        }
        match answer["NextToken"].as_str().filter(|t| !t.is_empty()) {
            Some(token) => ask["NextToken"] = token.into(),
            None => break,
        }
    }
    Ok(out)
}

/// Subscribes our address to every topic; SNS then posts a confirmation, which is answered by itself.
async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let topics = account.settings.words("topic_arns");
    if topics.is_empty() {
        return Err(SendError::Account { detail: "No SNS topic is set. Make one, fill in its ARN, and save.".into() });
    }
    let protocol = if webhook_url.starts_with("http://") { "http" } else { "https" };
    for topic in &topics {
        let pairs = [
            ("Action", "Subscribe"),
            ("Version", "2010-03-31"),
            ("TopicArn", topic.trim()),
            ("Protocol", protocol),
            ("Endpoint", webhook_url),
            ("ReturnSubscriptionArn", "true"),
            ("Attributes.entry.1.key", "RawMessageDelivery"),
            ("Attributes.entry.1.value", "false"),
        ];
        // arn:aws:sns:{region}:{account}:{name}
        let region = topic.split(':').nth(3).filter(|r| is_region(r)).unwrap_or_else(|| aws::region(account));
        let request = calls::form("POST", aws::sns_url(account, region), &pairs);
        aws::call_in(edge, account, region, "sns", request).await.map_err(|error| match error {
            SendError::Account { detail } => SendError::Account { detail: format!("{topic}: {detail}") },
            other => other,
        })?;
    }
    let count = topics.len();
    let what = if count == 1 { "one topic".to_owned() } else { format!("{count} topics") };
    Ok(format!("Subscribed to {what}. Amazon SNS asks for a confirmation, which is given by itself within a minute."))
}

fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
