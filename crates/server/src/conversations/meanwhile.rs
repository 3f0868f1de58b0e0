//! What came between reading a conversation and sending into it, in words for whoever is about to send.

use super::model::{Conversation, Message};
use super::{scheduled, store};
use db::Tx;
use kernel::Result;
use kernel::message::Direction;

/// Acts that are named; more would be a list.
const NAMED: usize = 3;

/// Who did what since `seen` messages were there.
pub fn words(tx: &mut Tx<'_>, c: &Conversation, seen: i64) -> Result<String> {
    let missed = (c.message_count - seen).max(1);
    let newest = store::messages(tx, c.id, None, missed.min(50) + 20)?;
    let fresh: Vec<&Message> = newest.iter().filter(|m| !scheduled::is_for_later(m)).take(missed as usize).collect();
    Ok(told(fresh.into_iter().rev(), missed))
}

fn told<'a>(fresh: impl Iterator<Item = &'a Message>, missed: i64) -> String {
    let mut acts: Vec<String> = Vec::new();
    for m in fresh {
        let Some(name) = &m.sender_name else { continue };
        let act = match (m.is_note, m.direction) {
            (true, _) => format!("{name} left a note"),
            (false, Direction::Outbound) => format!("{name} answered"),
            (false, Direction::Inbound) => format!("{name} wrote"),
        };
        if !acts.contains(&act) {
            acts.push(act);
        }
    }
    let what = match acts.as_slice() {
        [] if missed == 1 => "One message has arrived".to_owned(),
        [] => format!("{missed} messages have arrived"),
        [one] => one.clone(),
        [before @ .., last] if acts.len() <= NAMED => format!("{} and {last}", before.join(", ")),
        _ => format!("{} and {} more", acts[..NAMED].join(", "), acts.len() - NAMED),
    };
    format!("{what} since you began. Read it, then send again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_signed_is_counted() {
        assert_eq!(told([].into_iter(), 1), "One message has arrived since you began. Read it, then send again.");
        assert_eq!(told([].into_iter(), 4), "4 messages have arrived since you began. Read it, then send again.");
    }
}
