//! Messages out.

use super::errors::{self, Caller};
use super::inbound::{at, is_id};
use super::media;
use crate::kit::calls::before_sending;
use kernel::channel::{Account, Edge, Outbound, Receipt, SendError};
use kernel::message::MessageStatus;
use kernel::time::parse_rfc3339;
use serde_json::{Value, json};

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}

/// Where a conversation is: with a person, or a group.
fn place(message: &Outbound) -> Option<String> {
    let key = message.thread_key.as_deref().or_else(|| message.to.first().map(|a| a.address.as_str()))?;
    match key.strip_prefix("group-") {
        Some(group) => is_id(group).then(|| format!("/2/dm_conversations/{group}")),
        None => is_id(key).then(|| format!("/2/dm_conversations/with/{key}")),
    }
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let caller = Caller::of(account)?;
    if message.template.is_some() {
        return Err(permanent("X has no templates. Write the text instead."));
    }
    if !message.buttons.is_empty() {
        return Err(SendError::Policy { code: "policy.buttons".into(), detail: "X shows no buttons.".into() });
    }
    if message.files.len() > 1 {
        return Err(SendError::Policy { code: "policy.split".into(), detail: "X takes one file with each message.".into() });
    }
    if message.files.is_empty() && message.text.trim().is_empty() {
        return Err(permanent("There is nothing to send."));
    }
    let place = place(message).ok_or_else(|| permanent("This is not the id of a person in X. The person has to write first."))?;
    let receipt = |id: String, detail: Option<&str>| Receipt {
        external_id: Some(id).filter(|i| is_id(i)),
        detail: detail.map(str::to_owned),
        status: Some(MessageStatus::Sent),
    };
    // X keeps no key of ours: an attempt before this one may have arrived.
    if message.attempt > 1
        && let Some(id) = arrived(edge, account, &caller, &place, message).await.map_err(before_sending)?
    {
        return Ok(receipt(id, Some("An earlier attempt had arrived.")));
    }
    let mut body = json!({});
    if !message.text.trim().is_empty() {
        body["text"] = message.text.as_str().into();
    }
    if let Some(file) = message.files.first() {
        let id = media::upload(edge, &caller, &message.message_id, file).await?;
        body["attachments"] = json!([{ "media_id": id }]);
    }
    let sent = errors::json(edge, &caller, "POST", &format!("{place}/messages"), &body).await?;
    Ok(receipt(at(&sent, "/data/dm_event_id").to_owned(), None))
}

/// Looks through the last messages for this one: written by us since, with the same words. Links are left out of the comparison,
/// since X shortens them.
async fn arrived(
    edge: Edge<'_>,
    account: &Account,
    caller: &Caller<'_>,
    place: &str,
    message: &Outbound,
) -> Result<Option<String>, SendError> {
    let path =
        format!("{place}/dm_events?max_results=20&event_types=MessageCreate&dm_event.fields=id,text,created_at,sender_id,attachments");
    let answer = errors::get(edge, caller, &path).await?;
    let me = account.settings.text("user_id").unwrap_or_default();
    let core = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let words = text.split_whitespace().filter(|w| !w.starts_with("https://") && !w.starts_with("http://"));
        words.collect::<Vec<_>>().join(" ")
    };
    let ours = |event: &&Value| {
        at(event, "/sender_id") == me
            && parse_rfc3339(at(event, "/created_at")).is_some_and(|at| at >= message.created_at - 5_000)
            && core(at(event, "/text")) == core(&message.text)
            && event.get("attachments").is_some() != message.files.is_empty()
    };
    let list = answer.get("data").and_then(Value::as_array).into_iter().flatten();
    Ok(list.filter(ours).map(|e| at(e, "/id")).find(|id| is_id(id)).map(str::to_owned))
}
