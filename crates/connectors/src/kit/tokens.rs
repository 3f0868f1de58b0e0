//! Reply tokens: the conversation and a MAC, short enough for the local part of an address (RFC 5321 §4.5.3.1.1
//! allows 64 octets) and lower case, since some senders fold case.

use crate::kit::signatures::{equal, mac_sha256};
use data_encoding::{Encoding, Specification};
use kernel::{ChannelId, ConversationId};
use std::sync::LazyLock;

const MAC_BYTES: usize = 8;
/// 24 bytes in base32.
pub const TOKEN_CHARS: usize = 39;

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    // The specification is constant and valid; the other arm only spares a panic path.
    spec.encoding().unwrap_or(data_encoding::BASE32HEX_NOPAD)
});

/// `base32(conversation || HMAC-SHA256(key, conversation || channel)[..8])`.
pub fn make(key: &[u8], conversation: ConversationId, channel: ChannelId) -> String {
    let mut bytes = conversation.as_bytes().to_vec();
    bytes.extend_from_slice(&mac(key, conversation, channel));
    BASE32.encode(&bytes)
}

/// The conversation, when the token was made with this key for this channel.
pub fn check(key: &[u8], channel: ChannelId, token: &str) -> Option<ConversationId> {
    if token.len() != TOKEN_CHARS {
        return None;
    }
    let bytes = BASE32.decode(token.to_ascii_lowercase().as_bytes()).ok()?;
    let conversation = ConversationId::from_slice(bytes.get(..16)?).ok()?;
    equal(bytes.get(16..)?, &mac(key, conversation, channel)).then_some(conversation)
}

fn mac(key: &[u8], conversation: ConversationId, channel: ChannelId) -> [u8; MAC_BYTES] {
    let full = mac_sha256(key, &[conversation.as_bytes(), channel.as_bytes()]);
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&full[..MAC_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, new_id};

    #[test]
    fn a_token_opens_its_own_conversation_only() {
        let conversation: ConversationId = new_id(&SystemIds, 1_700_000_000_000);
        let channel: ChannelId = new_id(&SystemIds, 1_700_000_000_000);
        let other: ChannelId = new_id(&SystemIds, 1_700_000_000_001);
        let token = make(b"key", conversation, channel);
        assert_eq!(token.len(), TOKEN_CHARS);
        assert_eq!(check(b"key", channel, &token), Some(conversation));
        assert_eq!(check(b"key", channel, &token.to_uppercase()), Some(conversation));
        assert_eq!(check(b"key", other, &token), None);
        assert_eq!(check(b"other", channel, &token), None);
        for i in 0..TOKEN_CHARS {
            let mut bytes = token.clone().into_bytes();
            bytes[i] = if bytes[i] == b'a' { b'b' } else { b'a' };
            assert_eq!(check(b"key", channel, &String::from_utf8(bytes).unwrap()), None, "character {i}");
        }
        assert_eq!(check(b"key", channel, ""), None);
    }
}
