//! One message with its text and up to ten files.

use crate::kit::twilio::{sending, status_callback};
use kernel::channel::{Account, Edge, Outbound, Receipt, SendError};

/// All files of one message together.
const MOST_BYTES: usize = 5_000_000;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let to = sending::recipient(message.to.first().map(|a| a.address.as_str()))?;
    if message.files.iter().map(|f| f.bytes.len()).sum::<usize>() > MOST_BYTES {
        let detail = "The files of one message may have 5 MB together. Send them one by one.".into();
        return Err(SendError::Policy { code: "policy.split".into(), detail });
    }
    let mut pairs = vec![("To", to), sending::from(account, "")?];
    if !message.text.is_empty() {
        pairs.push(("Body", message.text.clone()));
    }
    pairs.extend(message.files.iter().map(|f| ("MediaUrl", f.url.clone())));
    pairs.extend(status_callback(account, &message.message_id).map(|url| ("StatusCallback", url)));
    sending::post(edge, account, &pairs).await
}
