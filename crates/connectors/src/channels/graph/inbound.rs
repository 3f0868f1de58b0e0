//! Change notifications, which only say that something is there, and mail as the poller fetched it.

use crate::kit::mail;
use crate::kit::mail::authenticity::Writer;
use crate::kit::proofs::{self, same};
use crate::kit::{forms, headers, message_ids};
use kernel::channel::{Account, Inbound, ParseError, Proof, RawDelivery, Reject, Reply};
use kernel::time::{HOUR, parse_rfc3339};
use serde_json::Value;

/// Metadata by which an answer is written as one.
pub const ID: &str = "graph_id";
/// In every mail of ours, so that it is known again in “Sent items”.
pub const OUR_HEADER: &str = "x-switchboard-message";
const LONGEST_TOKEN: usize = 4_000;

/// Microsoft checks an address before it takes it: the token has to come back as plain text.
pub fn challenge(raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
    let query = forms::query(raw);
    let token = forms::first(&query, "validationToken")?;
    Some(if token.len() > LONGEST_TOKEN || token.chars().any(char::is_control) {
        Err(Reject::new("signature.wrong", "This is not a validation token of Microsoft's."))
    } else {
        Ok(Reply::text(token))
    })
}

fn items(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["value"].as_array().map(|l| l.iter().take(1_000).cloned().collect()).unwrap_or_default()
}

/// Nothing is signed: what Microsoft gives back is the secret we gave it. Notifications of several subscriptions may come
/// together, so that one of ours is enough here and `read` takes only ours.
pub fn verify(account: &Account, raw: &RawDelivery, proof: Proof<'_>) -> Result<(), Reject> {
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Microsoft notifies with POST."));
    }
    let secret = account.settings.text("client_state").ok_or_else(|| proofs::unset("The notification secret"))?;
    let items = items(&raw.body);
    let mut states = items.iter().filter_map(|i| i["clientState"].as_str()).peekable();
    if states.peek().is_none() {
        return Err(Reject::new("signature.missing", "The notification carries no clientState."));
    }
    let ours: Vec<&Value> = items.iter().filter(|i| i["clientState"].as_str().is_some_and(|s| same(s, secret))).collect();
    if ours.is_empty() {
        return Err(proofs::wrong());
    }
    // A subscription that ended says nothing any more.
    let over = |i: &&Value| i["subscriptionExpirationDateTime"].as_str().and_then(parse_rfc3339).is_some_and(|at| at + HOUR < proof.now);
    if ours.iter().all(over) {
        return Err(Reject::new("signature.expired", "The notification belongs to a subscription that has ended."));
    }
    Ok(())
}

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    if raw.method == "POST" { notified(account, raw) } else { read_mail(account, raw) }
}

fn notified(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    if serde_json::from_slice::<Value>(&raw.body).is_err() {
        return Err(ParseError("The notification is not JSON.".into()));
    }
    let secret = account.settings.text("client_state").unwrap_or_default();
    let wanted = items(&raw.body).iter().any(|i| {
        let ours = !secret.is_empty() && i["clientState"].as_str().is_some_and(|s| same(s, secret));
        // `missed`, `subscriptionRemoved`, `reauthorizationRequired`: asking looks after the subscription too.
        ours && (i["lifecycleEvent"].is_string() || i["changeType"] == "created")
    });
    let ignored = || Inbound::Ignored { why: "No new mail in this notification.".into() };
    Ok(vec![if wanted { Inbound::PollNow } else { ignored() }])
}

fn read_mail(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let query = forms::query(raw);
    let sent = forms::first(&query, "folder") == Some("sentitems");
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    let headers = headers::read(&raw.body);
    if sent && headers.has(OUR_HEADER) {
        return ignored("We sent this ourselves.");
    }
    let mut all = mail::parse(account, raw)?;
    for one in &mut all {
        let Inbound::Message(message) = one else { continue };
        for (name, key) in [("id", ID), ("conversation", "graph_conversation_id")] {
            if let Some(value) = forms::first(&query, name) {
                message.metadata.insert(key.into(), value.into());
            }
        }
        // Exchange Online writes its verdict without a name before it.
        mail::authenticity::note_written(message, &raw.body, Writer::Nameless);
        if sent && message_ids::read_own(&message.external_id).is_some() {
            return ignored("We sent this ourselves.");
        }
        if sent && !mail::make_echo(account, message) {
            return ignored("Sent from this mailbox to nobody else.");
        }
    }
    Ok(all)
}
