//! Message-IDs and reference chains (RFC 5322 §3.6.4). Ids are kept without angle brackets and compared by case.

use kernel::{ConversationId, MessageId};
use uuid::Uuid;

/// Longest chain we write, in octets.
pub const CHAIN_OCTETS: usize = 900;
const KEPT: usize = 20;

/// The id of a message of ours, chosen before it is sent: `{message}.{conversation}@{domain}`.
pub fn make(message: MessageId, conversation: ConversationId, domain: &str) -> String {
    format!("{}.{}@{}", message.uuid().hyphenated(), conversation.uuid().hyphenated(), domain)
}

/// The two ids in a Message-ID of ours, whatever its domain.
pub fn read_own(id: &str) -> Option<(MessageId, ConversationId)> {
    let (local, _) = id.rsplit_once('@')?;
    let (message, conversation) = local.split_once('.')?;
    if message.len() != 36 || conversation.len() != 36 {
        return None;
    }
    Some((MessageId::from_uuid(Uuid::parse_str(message).ok()?), ConversationId::from_uuid(Uuid::parse_str(conversation).ok()?)))
}

/// All ids of a header value in order: what stands in angle brackets, else bare words with an `@`.
pub fn find_all(value: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find('>') else { break };
        // One that was cut off before it.
        push(&mut out, rest[..close].rsplit('<').next().unwrap_or_default());
        rest = &rest[close + 1..];
    }
    if out.is_empty() {
        for word in value.split(|c: char| c.is_whitespace() || c == ',').filter(|w| w.contains('@')) {
            push(&mut out, word.trim_matches(['<', '>']));
        }
    }
    out
}

fn push(out: &mut Vec<String>, id: &str) {
    // Folding may have put white space inside.
    let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    if !id.is_empty() && id.len() <= 998 && out.len() < 1000 {
        out.push(id);
    }
}

/// Best first for finding the conversation: In-Reply-To from last to first, then References from last to first.
pub fn answers(in_reply_to: &[String], references: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    in_reply_to.iter().rev().chain(references.iter().rev()).filter(|id| seen.insert(id.as_str())).take(100).cloned().collect()
}

/// The References of an answer: the parent's chain and the parent. Longer than 900 octets it keeps the first id
/// and the last twenty, then fewer, but always the parent.
pub fn chain(references: &[String], parent: Option<&str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut ids: Vec<String> =
        references.iter().rev().filter(|id| Some(id.as_str()) != parent && seen.insert(id.as_str())).cloned().collect();
    ids.reverse();
    ids.extend(parent.map(str::to_owned));
    let octets = |ids: &[String]| ids.iter().map(|id| id.len() + 3).sum::<usize>();
    if octets(&ids) > CHAIN_OCTETS && ids.len() > KEPT + 1 {
        ids.drain(1..ids.len() - KEPT);
    }
    while ids.len() > 2 && octets(&ids) > CHAIN_OCTETS {
        ids.remove(1);
    }
    if ids.len() == 2 && octets(&ids) > CHAIN_OCTETS {
        ids.remove(0);
    }
    ids
}

/// The first id of ours anywhere in a text; for bounces without a machine part.
pub fn find_own(text: &str) -> Option<String> {
    text.match_indices('@').take(10_000).find_map(|(at, _)| {
        // Two hyphenated UUIDs and a dot are 73 bytes.
        let local = text.get(at.checked_sub(73)?..at)?;
        let tail: String = text[at + 1..].chars().take(255).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        let id = format!("{local}@{}", tail.trim_end_matches('.'));
        read_own(&id).map(|_| id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, new_id};

    #[test]
    fn our_ids_are_made_and_known_again() {
        let (m, c) = (new_id(&SystemIds, 1_700_000_000_000), new_id(&SystemIds, 1_700_000_000_000));
        let id = make(m, c, "example.com");
        assert_eq!(read_own(&id), Some((m, c)));
        assert_eq!(read_own("abc.def@example.com"), None);
        assert_eq!(find_own(&format!("Ihre Nachricht <{id}> kam nicht an. é@é")), Some(id));
        assert_eq!(find_own("é@b"), None);
    }

    #[test]
    fn ids_are_found_whatever_stands_around_them() {
        assert_eq!(find_all("<a@b>\r\n <c@d>"), ["a@b", "c@d"]);
        assert_eq!(find_all("Your message of Monday <a@b>"), ["a@b"]);
        assert_eq!(find_all("a@b c@d"), ["a@b", "c@d"]);
        assert_eq!(find_all("<a\r\n b@c>"), ["ab@c"]);
        assert!(find_all("<a@b").len() == 1);
        assert_eq!(answers(&["x".into()], &["a".into(), "b".into(), "x".into()]), ["x", "b", "a"]);
    }

    #[test]
    fn a_long_chain_keeps_its_ends() {
        let ids: Vec<String> = (0..100).map(|i| format!("{i}@example.com")).collect();
        let chain_of = chain(&ids, Some("parent@example.com"));
        assert_eq!(chain_of.first().map(String::as_str), Some("0@example.com"));
        assert_eq!(chain_of.last().map(String::as_str), Some("parent@example.com"));
        assert_eq!(chain_of.len(), 21);
        let long: Vec<String> = (0..100).map(|i| format!("{i}{}@example.com", "x".repeat(100))).collect();
        let chain_of = chain(&long, Some("p@x"));
        assert!(chain_of.iter().map(|i| i.len() + 3).sum::<usize>() <= CHAIN_OCTETS);
        assert_eq!(chain_of.last().map(String::as_str), Some("p@x"));
        assert_eq!(chain(&["a@b".into(), "c@d".into()], Some("c@d")), ["a@b", "c@d"]);
        assert_eq!(chain(&[], None), Vec::<String>::new());
    }
}
