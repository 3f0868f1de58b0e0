//! Ids: snowflakes, which carry their time, and the nonce by which Discord recognises a repeated message.

use crate::kit::signatures::mac_sha256;
use data_encoding::BASE64URL_NOPAD;
use kernel::MessageId;
use kernel::time::Millis;

/// First second of 2015, from which snowflakes count.
const EPOCH: Millis = 1_420_070_400_000;

/// Digits, and small enough for 64 bits.
pub fn is_snowflake(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

/// When it was made.
pub fn time(snowflake: &str) -> Option<Millis> {
    let n = snowflake.parse::<u64>().ok()?;
    i64::try_from(n >> 22).ok().map(|ms| ms + EPOCH)
}

/// Our message id in 23 characters (Discord takes 25); the same for every attempt.
pub fn nonce(message_id: &str) -> String {
    match message_id.parse::<MessageId>() {
        Ok(id) => format!("m{}", BASE64URL_NOPAD.encode(id.as_bytes())),
        Err(_) => format!("h{}", BASE64URL_NOPAD.encode(&mac_sha256(b"discord", &[message_id.as_bytes()])[..16])),
    }
}

/// Our message id out of a nonce, if it is one of ours.
pub fn of_nonce(nonce: &str) -> Option<MessageId> {
    let bytes = BASE64URL_NOPAD.decode(nonce.strip_prefix('m').filter(|n| n.len() == 22)?.as_bytes()).ok()?;
    MessageId::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snowflakes_tell_their_time() {
        // The example of the provider's reference: 2016-04-30T11:18:25.796Z.
        assert_eq!(time("175928847299117063"), Some(1_462_015_105_796));
        assert!(is_snowflake("175928847299117063") && !is_snowflake("") && !is_snowflake("12a") && !is_snowflake("99999999999999999999"));
    }

    #[test]
    fn a_nonce_leads_back() {
        let id = "msg_01h2xcejqtf2nbrexx3vqjhp41";
        let made = nonce(id);
        assert!(made.len() <= 25);
        assert_eq!((of_nonce(&made).map(|i| i.to_string()).as_deref(), nonce(id)), (Some(id), made));
        assert!(nonce("msg_1").len() <= 25 && nonce("msg_1") != nonce("msg_2"));
        assert_eq!((of_nonce(&nonce("msg_1")), of_nonce("1795244400123"), of_nonce("m")), (None, None, None));
    }
}
