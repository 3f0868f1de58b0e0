//! From the words that intake leaves behind to codes that every language has words for.

use super::model::Reason;
use kernel::MessageId;

fn code(code: &'static str) -> Reason {
    Reason { code, detail: None }
}
fn with(code: &'static str, detail: &str) -> Reason {
    Reason { code, detail: Some(detail.to_owned()) }
}

/// Why a message stands in its conversation.
pub fn thread(words: &str) -> Reason {
    match words {
        "the channel's thread" => code("channel_thread"),
        "first message of a thread" => code("first_of_thread"),
        "same subject and person" => code("subject"),
        "no earlier conversation" => code("new"),
        "answers what was sent to somebody else" => code("beside"),
        "logged by hand" => code("by_hand"),
        _ => match (words.strip_prefix("reply token ("), words.strip_prefix("answers ")) {
            (Some(how), _) => with("token", how.trim_end_matches(')')),
            (_, Some(id)) => with("answers", id),
            _ => with("other", words),
        },
    }
}

/// How its sender was recognised, as the outcome of its delivery says: `Message msg_…: <thread>; person by <how>.`, one after the other.
pub fn person(outcome: &str, message: MessageId) -> Option<Reason> {
    let mine = outcome.split_once(&format!("Message {message}: "))?.1;
    let mine = mine.split(" Message msg_").next()?;
    let how = mine.rsplit_once("; person by ")?.1.trim_end().trim_end_matches('.');
    Some(match how {
        "nobody had this handle" => code("new"),
        _ => match how.strip_prefix("the same claim of ") {
            Some(claim) => with("claim", claim),
            None => match how.strip_prefix("contact ").or_else(|| how.strip_prefix("lead ")) {
                Some(handle) => with("known", handle),
                None => with("handle", how),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemIds;

    #[test]
    fn words_become_codes() {
        let read = |words: &str| (thread(words).code, thread(words).detail);
        assert_eq!(read("reply token (address)"), ("token", Some("address".into())));
        assert_eq!(read("answers <a@b.example>"), ("answers", Some("<a@b.example>".into())));
        assert_eq!((read("no earlier conversation"), read("something new")), (("new", None), ("other", Some("something new".into()))));
    }

    #[test]
    fn each_message_of_a_delivery_has_its_own_person() {
        let (a, b): (MessageId, MessageId) = (kernel::new_id(&SystemIds, 1), kernel::new_id(&SystemIds, 2));
        let outcome = format!(
            "Message {a}: the channel's thread; person by contact email a.b@x.example. Message {b}: answers m.1; person by nobody had this handle."
        );
        assert_eq!(person(&outcome, a), Some(with("known", "email a.b@x.example")));
        assert_eq!(person(&outcome, b), Some(code("new")));
        assert_eq!(person(&format!("Message {a}: x; person by user_id customer-7."), a), Some(with("handle", "user_id customer-7")));
        assert_eq!(person(&format!("Already here as {a}."), a), None);
    }
}
