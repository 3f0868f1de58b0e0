//! What somebody looks for, from the words they type: plain words, "phrases", `-not` and operators such as `from:anna`.

use super::index::{HAS_FILE, HAS_NOTE, Part};
use super::words;
use crate::filters::{CONVERSATIONS, Filter, Moment, Operator, Value, Who};
use kernel::fold::{fold, line};
use kernel::message::{ChannelWord, Status};
use kernel::time::Millis;
use kernel::{ChannelId, MemberId};

/// Longest text that is looked at.
pub const MOST: usize = 400;
/// Words and operators that are looked at.
const MOST_PARTS: usize = 24;

/// One piece of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub not: bool,
    pub operator: Option<String>,
    pub text: String,
    pub quoted: bool,
    /// The text goes on: somebody is still typing.
    pub open: bool,
}

/// Operators there are; anything else before a colon is a word.
pub const OPERATORS: &[&str] = &["from", "to", "in", "tag", "status", "assignee", "before", "after", "has", "subject", "file", "is"];

/// Cuts the text at blanks, but not within quotes.
pub fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().take(MOST).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() && out.len() < MOST_PARTS {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let not = chars[at] == '-' && chars.get(at + 1).is_some_and(|c| !c.is_whitespace() && *c != '-');
        at += usize::from(not);
        let (mut word, mut operator, mut quoted) = (String::new(), None, false);
        while at < chars.len() && !chars[at].is_whitespace() {
            match chars[at] {
                ':' if operator.is_none() && OPERATORS.contains(&fold(&word).as_str()) => {
                    operator = Some(fold(&std::mem::take(&mut word)));
                    at += 1;
                }
                '"' | '“' | '”' | '„' | '«' | '»' if word.is_empty() => {
                    quoted = true;
                    at += 1;
                    while at < chars.len() && !matches!(chars[at], '"' | '“' | '”' | '«' | '»') {
                        word.push(chars[at]);
                        at += 1;
                    }
                    at += 1;
                    break;
                }
                c => {
                    word.push(c);
                    at += 1;
                }
            }
        }
        let open = at >= chars.len() && !quoted;
        if operator.is_some() || !word.trim().is_empty() {
            out.push(Piece { not, operator, text: word.trim().to_owned(), quoted, open });
        }
    }
    out
}

/// A word of the index that must be there, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub word: String,
    pub beginning: bool,
}

/// What is looked for, with everything that only the database knows still as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ask {
    pub must: Vec<Term>,
    pub never: Vec<Term>,
    /// As [`line`] gives them; the words stand among `must` as well.
    pub phrases: Vec<String>,
    pub not_phrases: Vec<String>,
    /// Words to be marked in what is shown, and whether the last may be a beginning.
    pub shown: Vec<String>,
    pub last_is_beginning: bool,
    /// Of messages since and before, as a filter says times.
    pub after: Option<Moment>,
    pub before: Option<Moment>,
    /// Conditions on the conversation; names are looked up by [`Names`].
    pub conditions: Vec<Wish>,
    /// Nothing can be found: a name that nobody has, a time that is none.
    pub impossible: bool,
}

/// Of a conversation, by the name of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub not: bool,
    pub operator: String,
    pub text: String,
    pub open: bool,
}

impl Ask {
    pub fn parse(text: &str) -> Self {
        let mut ask = Self::default();
        for piece in pieces(text) {
            ask.take(piece);
        }
        ask
    }
    /// Only words and phrases: for lists that have filters of their own.
    pub fn plain(text: &str) -> Self {
        let mut ask = Self::default();
        for mut piece in pieces(text) {
            if let Some(operator) = piece.operator.take() {
                piece.text = format!("{operator} {}", piece.text);
            }
            ask.take(piece);
        }
        ask
    }
    /// Asks for nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// Only words: people and tags may be meant as well.
    pub fn is_plain(&self) -> bool {
        !self.shown.is_empty()
            && self.conditions.is_empty()
            && self.after.is_none()
            && self.before.is_none()
            && self.never.is_empty()
            && self.not_phrases.is_empty()
            && !self.impossible
    }

    fn take(&mut self, piece: Piece) {
        let part = match piece.operator.as_deref() {
            None => None,
            Some("from") => Some(Part::From),
            Some("to") => Some(Part::To),
            Some("subject") => Some(Part::Subject),
            Some("file") => Some(Part::File),
            Some("has") => return self.has(&piece),
            Some(which @ ("before" | "after")) => {
                let moment = Moment::parse(&piece.text.to_lowercase());
                // Half a date while it is being typed leaves nothing out yet.
                self.impossible |= moment.is_none() && !piece.open;
                let slot = if which == "before" { &mut self.before } else { &mut self.after };
                *slot = moment.or(*slot);
                return;
            }
            Some(other) => {
                if !piece.text.is_empty() {
                    self.conditions.push(Wish { not: piece.not, operator: other.to_owned(), text: piece.text, open: piece.open });
                }
                return;
            }
        };
        let (found, beginning) = words::query(&piece.text);
        if found.is_empty() {
            return;
        }
        let beginning = beginning && piece.open;
        let last = found.len() - 1;
        let sign = |w: &String| part.map_or_else(|| w.clone(), |p| p.word(w));
        let terms: Vec<Term> = found.iter().enumerate().map(|(i, w)| Term { word: sign(w), beginning: beginning && i == last }).collect();
        if piece.not {
            // One word is left out by the index, several in a row by looking at the text.
            match terms.as_slice() {
                [one] => self.never.push(one.clone()),
                _ if part.is_none() => self.not_phrases.push(line(&piece.text)),
                _ => self.never.extend(terms),
            }
            return;
        }
        self.must.extend(terms);
        if part.is_none() {
            self.shown.extend(found);
            self.last_is_beginning = beginning;
            if piece.quoted && piece.text.split_whitespace().count() + usize::from(words::is_dense_text(&piece.text)) > 1 {
                self.phrases.push(line(&piece.text));
            }
        }
        self.must.truncate(MOST_PARTS);
    }

    fn has(&mut self, piece: &Piece) {
        let word = match fold(&piece.text).as_str() {
            "attachment" | "attachments" | "file" | "files" => HAS_FILE,
            "note" | "notes" => HAS_NOTE,
            _ if piece.open => return,
            _ => {
                self.impossible = true;
                return;
            }
        };
        let term = Term { word: Part::Has.word(word), beginning: false };
        if piece.not { self.never.push(term) } else { self.must.push(term) }
    }
}

/// What the workspace calls its own.
pub struct Names {
    pub members: Vec<(MemberId, String)>,
    pub channels: Vec<(ChannelId, String)>,
}

impl Ask {
    /// The conditions as a filter; none where nothing can hold them.
    pub fn filter(&self, names: &Names) -> Option<Filter> {
        if self.impossible {
            return None;
        }
        let mut all = Filter::ALL;
        for wish in &self.conditions {
            // While a name is being typed it leaves nothing out until it is one.
            let filter = match condition(wish, names) {
                Some(filter) => filter,
                None if wish.open => continue,
                None if wish.not => continue,
                None => return None,
            };
            all = all.and(if wish.not { Filter::Not(Box::new(filter)) } else { filter });
        }
        Some(all)
    }
    /// Keys of messages from this time on, and before that one.
    pub fn keys(&self, now: Millis, zone: &jiff::tz::TimeZone, per_ms: i64) -> (i64, i64) {
        let key = |at: Millis| at.clamp(0, i64::MAX / per_ms - 1) * per_ms;
        let from = self.after.map_or(0, |m| key(m.range(now, zone).0));
        let to = self.before.map_or(i64::MAX, |m| key(m.range(now, zone).0));
        (from, to)
    }
}

fn condition(wish: &Wish, names: &Names) -> Option<Filter> {
    let wanted = fold(&wish.text);
    let make = |field: &str, op: Operator, value: Value| Filter::condition(&CONVERSATIONS, field, op, value).ok();
    let begins = |name: &str| {
        let name = fold(name);
        name == wanted || name.starts_with(&wanted) || name.split_whitespace().any(|w| w.starts_with(&wanted))
    };
    match wish.operator.as_str() {
        "tag" => make("tags", Operator::AnyOf, Value::Words(vec![wish.text.clone()])),
        "status" => match wanted.as_str() {
            "open" => make("status", Operator::AnyOf, Value::Words(vec!["new".into(), "open".into()])),
            word => Status::parse(word).and_then(|s| make("status", Operator::Is, Value::Words(vec![s.as_str().to_owned()]))),
        },
        "assignee" => match wanted.as_str() {
            "me" => make("assignee", Operator::Is, Value::Ids(vec![Who::Me])),
            "none" | "nobody" | "unassigned" => make("assignee", Operator::IsEmpty, Value::None),
            _ => {
                let found: Vec<Who> = names.members.iter().filter(|(_, n)| begins(n)).map(|(id, _)| Who::id(*id)).collect();
                (!found.is_empty()).then(|| make("assignee", Operator::AnyOf, Value::Ids(found)))?
            }
        },
        "is" => {
            let flag = |field: &str| make(field, Operator::Is, Value::Flag(true));
            match wanted.as_str() {
                "unread" => flag("unread"),
                "pinned" => flag("pinned_note"),
                "scheduled" => flag("scheduled"),
                "blocked" => flag("contact_blocked"),
                "following" | "followed" => make("follower", Operator::Is, Value::Ids(vec![Who::Me])),
                _ => None,
            }
        }
        "in" => {
            if let Some(kind) = ChannelWord::parse(&wanted) {
                return make("channel", Operator::Is, Value::Words(vec![kind.as_str().to_owned()]));
            }
            let found: Vec<Who> = names.channels.iter().filter(|(_, n)| begins(n)).map(|(id, _)| Who::id(*id)).collect();
            (!found.is_empty()).then(|| make("channel_id", Operator::AnyOf, Value::Ids(found)))?
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ask: &Ask) -> Vec<String> {
        ask.must.iter().map(|t| format!("{}{}", t.word, if t.beginning { "*" } else { "" })).collect()
    }

    #[test]
    fn operators_words_and_phrases_are_told_apart() {
        let ask = Ask::parse("Rechnung from:\"Jörg Müller\" tag:vip -status:spam \"the blue box\" has:attachment invo");
        assert_eq!(words(&ask), ["rechnung", "\u{E000}jorg", "\u{E000}muller", "the", "blue", "box", "\u{E004}file", "invo*"]);
        assert_eq!(ask.phrases, ["the blue box"]);
        let wishes: Vec<(bool, &str, &str)> = ask.conditions.iter().map(|w| (w.not, w.operator.as_str(), w.text.as_str())).collect();
        assert_eq!(wishes, [(false, "tag", "vip"), (true, "status", "spam")]);
        assert_eq!((ask.shown.last().unwrap().as_str(), ask.last_is_beginning), ("invo", true));
        assert!(!ask.is_plain() && Ask::parse("two words").is_plain());
        // What is no operator is a word: addresses of the web, times.
        assert_eq!(words(&Ask::parse("http://example.com 10:30 ")), ["http", "example", "com", "10", "30"]);
        assert_eq!(words(&Ask::parse("FROM:anna")), ["\u{E000}anna*"]);
        assert_eq!(words(&Ask::parse("from:anna ")), ["\u{E000}anna"]);
    }

    #[test]
    fn what_is_left_out_is_left_out() {
        let ask = Ask::parse("order -refund -\"so long\" - dash -- x-y");
        assert_eq!(ask.never.iter().map(|t| t.word.as_str()).collect::<Vec<_>>(), ["refund"]);
        assert_eq!(ask.not_phrases, ["so long"]);
        assert_eq!(words(&ask), ["order", "dash", "x", "y*"]);
    }

    #[test]
    fn times_are_those_of_filters_and_half_a_date_is_patient() {
        let ask = Ask::parse("after:2026-11-01 before:today ");
        assert!(ask.after.is_some() && ask.before.is_some() && !ask.impossible);
        assert!(!Ask::parse("after:2026-1").impossible);
        assert!(Ask::parse("after:2026-1 ").impossible);
        assert!(Ask::parse("has:wings ").impossible && !Ask::parse("has:att").impossible);
        let (from, to) = ask.keys(1_790_000_000_000, &jiff::tz::TimeZone::UTC, 1 << 20);
        assert!(from < to && from % (1 << 20) == 0);
    }

    #[test]
    fn names_are_looked_up_by_their_words() {
        let id = |n: u128| uuid::Uuid::from_u128(n);
        let names = Names {
            members: vec![(MemberId::from_uuid(id(1)), "Bob Agent".into()), (MemberId::from_uuid(id(2)), "Änne Admin".into())],
            channels: vec![(ChannelId::from_uuid(id(3)), "Shop orders".into())],
        };
        for (text, fits) in [
            ("assignee:anne ", true),
            ("assignee:me ", true),
            ("assignee:zoe ", false),
            ("assignee:zo", true),
            ("in:email ", true),
            ("in:orders ", true),
            ("in:\"shop ord\" ", true),
            ("in:nowhere ", false),
            ("-in:nowhere ", true),
            ("status:open ", true),
            ("status:closed ", true),
            ("status:odd ", false),
            ("is:unread ", true),
            ("-is:Following ", true),
            ("is:blue ", false),
        ] {
            assert_eq!(Ask::parse(text).filter(&names).is_some(), fits, "{text}");
        }
        // While it is being typed, nothing is left out.
        assert_eq!(Ask::parse("assignee:zo").filter(&names), Some(Filter::ALL));
    }

    #[test]
    fn other_scripts_have_phrases_too() {
        assert_eq!(Ask::parse("\"請求書を\"").phrases, ["請求書を"]);
        assert!(Ask::parse("\"word\"").phrases.is_empty());
        assert_eq!(words(&Ask::parse("from:王小明")), ["\u{E000}王小", "\u{E000}小明"]);
        assert_eq!(words(&Ask::parse("فاتورة ")), ["فاتورة"]);
    }
}
