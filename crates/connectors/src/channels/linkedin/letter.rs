//! The messages inside one of LinkedIn's mails: who wrote, what, and in which conversation.
//!
//! The text part comes in two shapes: InMails name the person, then the conversation's address, then the words; notices and digests
//! have the words first and the address (“View message: …”) below. Its labels are in the member's language, so that little is
//! decided by them.

use super::links::{self, Link};
use crate::kit::verdicts::shorten;

/// The most messages of one digest.
const MOST: usize = 50;
/// Longest label before an address (“View message:”).
const LABEL: usize = 40;

/// What stands for words that the mail leaves out.
pub const NO_WORDS: &str = "A new message on LinkedIn. The mail about it leaves the words out; read them there.";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub name: Option<String>,
    pub headline: Option<String>,
    pub text: String,
    pub thread: Option<String>,
}

/// What is known from the mail's headers.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Who wrote, when the sender's name says so.
    pub name: Option<&'a str>,
    pub subject: &'a str,
    /// The mail may hold messages of several people. Otherwise only its first conversation counts: what follows may be a person's own
    /// words, made to look like somebody else's message.
    pub several: bool,
}

/// One place in the text that leads to a conversation; the same one may be linked several times in a row.
struct Run {
    id: String,
    first: usize,
    last: usize,
}

pub fn read(text: &str, around: &Around<'_>) -> Vec<Letter> {
    // LinkedIn pads its previews with this.
    let text = text.replace('\u{34f}', "");
    let lines: Vec<&str> = without_footer(&text).lines().map(str::trim).collect();
    match runs(&lines).as_slice() {
        [] => vec![above(&lines, around, None)],
        [only] => vec![single(&lines, around, only)],
        [first, ..] if !around.several => vec![single(&lines, around, first)],
        all => digest(&lines, around, all),
    }
}

/// Where the words follow the address, everything after it is theirs.
fn single(lines: &[&str], around: &Around<'_>, run: &Run) -> Letter {
    let (before, after) = (&lines[..run.first], trimmed(&lines[run.first + 1..]));
    let thread = Some(run.id.clone());
    if after.is_empty() {
        return above(before, around, thread);
    }
    let name = around.name.map(str::to_owned).or_else(|| name_above(before, around));
    Letter { name, headline: None, text: joined(after), thread }
}

fn digest(lines: &[&str], around: &Around<'_>, runs: &[Run]) -> Vec<Letter> {
    // The mail's own sender is none of several people.
    let around = &Around { name: None, ..*around };
    let words_follow = runs.last().is_some_and(|r| !trimmed(&lines[r.last + 1..]).is_empty());
    let mut out = Vec::new();
    for (n, run) in runs.iter().enumerate().take(MOST) {
        let start = if n == 0 { 0 } else { runs[n - 1].last + 1 };
        let end = runs.get(n + 1).map_or(lines.len(), |next| next.first);
        let before = &lines[start..run.first];
        let between = trimmed(&lines[run.first..run.last]);
        let thread = Some(run.id.clone());
        out.push(if !between.is_empty() {
            Letter { name: name_above(before, around), headline: None, text: joined(between), thread }
        } else if words_follow {
            let after = &lines[run.last + 1..end];
            let after = if n + 1 < runs.len() { without_next(after) } else { after };
            Letter { name: name_above(before, around), headline: None, text: joined(trimmed(after)), thread }
        } else {
            above(before, around, thread)
        });
    }
    out
}

/// Without the lines that LinkedIn puts below: whom the mail was meant for, how to unsubscribe, where the company sits.
fn without_footer(text: &str) -> &str {
    // The ruler above the way to unsubscribe; a person may have drawn others.
    let below = text.rfind("email-unsubscribe").unwrap_or(0);
    let (mut at, mut cut) = (0, None);
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if at < below && plain.len() >= 20 && plain.bytes().all(|b| b == b'-') {
            cut = Some(at);
        }
        at += line.len();
    }
    if let Some(cut) = cut {
        return &text[..cut];
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        let ours = plain.starts_with("This email was intended for") || (plain.starts_with('©') && plain.contains("LinkedIn"));
        if ours || (line.contains("linkedin.com") && line.contains("email-unsubscribe")) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

fn runs(lines: &[&str]) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let Some(Link::Thread(id)) = link_line(line) else { continue };
        match out.last_mut() {
            Some(run) if run.id == id => run.last = n,
            _ => out.push(Run { id, first: n, last: n }),
        }
    }
    out
}

/// A line that is nothing but one of LinkedIn's addresses, perhaps with a label before it. What a person wrote around an address of
/// their own is no such line.
fn link_line(line: &str) -> Option<Link> {
    let at = line.find("https://").or_else(|| line.find("http://"))?;
    let (label, url) = line.split_at(at);
    let bare = url.trim_end_matches([')', '>', ']']);
    if label.trim_end_matches(['(', '<', '[']).chars().count() > LABEL || bare.contains(char::is_whitespace) {
        return None;
    }
    let link = links::find(bare)?;
    let theirs = ["/comm/", "%2Fcomm%2F", "trk=", "trk%3D", "lipi=", "midToken"].iter().any(|mark| bare.contains(mark));
    (theirs || matches!(link, Link::Thread(_))).then_some(link)
}

/// Labels of buttons that may stand on lines of their own.
fn is_label(line: &str) -> bool {
    const LABELS: &[&str] = &[
        "reply",
        "view message",
        "view messages",
        "view profile",
        "antworten",
        "nachricht anzeigen",
        "répondre",
        "voir le message",
        "responder",
        "ver mensaje",
        "ver mensagem",
        "rispondi",
        "visualizza messaggio",
        "beantwoorden",
        "bericht bekijken",
        "svara",
        "svar",
        "odpovědět",
        "odpowiedz",
        "返信",
        "回复",
    ];
    let low = line.trim_end_matches(':').to_lowercase();
    LABELS.contains(&low.as_str())
}

/// A line that is LinkedIn's and nobody's words.
fn is_chrome(line: &str) -> bool {
    let ruler = || line.chars().count() >= 5 && line.chars().all(|c| matches!(c, '.' | '-' | '_' | '=' | '*' | '·' | '…' | ' '));
    line.trim_matches('\u{a0}').is_empty() || is_label(line) || ruler() || link_line(line).is_some()
}

/// Without LinkedIn's own lines at both ends; in the middle everything stays as it was written.
fn trimmed<'a>(lines: &'a [&'a str]) -> &'a [&'a str] {
    let start = lines.iter().position(|l| !is_chrome(l)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|l| !is_chrome(l)).map_or(start, |n| n + 1);
    &lines[start..end]
}

fn joined(lines: &[&str]) -> String {
    let text = lines.join("\n");
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    if text.is_empty() { NO_WORDS.to_owned() } else { text.to_owned() }
}

/// The lines without the name and the label that belong to the next message.
fn without_next<'a>(lines: &'a [&'a str]) -> &'a [&'a str] {
    let end = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |n| n + 1);
    let head = lines[..end].iter().rev().take_while(|l| !l.is_empty()).count();
    &lines[..end - head.min(2)]
}

fn same(a: &str, b: &str) -> bool {
    !b.is_empty() && a.split_whitespace().eq(b.split_whitespace())
}
fn is_short(line: &str) -> bool {
    line.chars().count() <= 80
}
/// “You have 2 new messages”, and the subject once more.
fn is_banner(line: &str, around: &Around<'_>) -> bool {
    same(line, around.subject) || (is_short(line) && line.chars().any(|c| c.is_ascii_digit()))
}
/// A line that may be a person's name.
fn may_name(line: &str, around: &Around<'_>) -> bool {
    !is_chrome(line) && is_short(line) && !is_banner(line, around) && line.chars().any(char::is_alphabetic)
}
fn named(line: &str) -> Option<String> {
    crate::kit::people::named(Some(line))
}

/// Who is named in the block of lines right above an address.
fn name_above(lines: &[&str], around: &Around<'_>) -> Option<String> {
    let block = lines.iter().rev().skip_while(|l| l.is_empty()).take_while(|l| !l.is_empty());
    block.filter(|l| may_name(l, around)).last().and_then(|l| named(l))
}

/// A message whose words stand above its address: a banner, the name, perhaps what the person does, the words.
fn above(lines: &[&str], around: &Around<'_>, thread: Option<String>) -> Letter {
    let place = find_name(lines, around);
    let name = around.name.map(str::to_owned).or_else(|| place.and_then(|n| named(lines[n])));
    let Some(place) = place else {
        let start = lines.iter().position(|l| !is_chrome(l) && !is_banner(l, around)).unwrap_or(lines.len());
        return Letter { name, headline: None, text: joined(trimmed(&lines[start..])), thread };
    };
    let rest = &lines[place + 1..];
    // Name and occupation share a block; the words begin another.
    let block = rest.iter().take_while(|l| !l.is_empty()).count();
    let own = trimmed(&rest[..block]);
    match own {
        [one] if is_short(one) && !trimmed(&rest[block..]).is_empty() => {
            Letter { name, headline: Some(shorten(one, 200)), text: joined(trimmed(&rest[block..])), thread }
        }
        _ => Letter { name, headline: None, text: joined(trimmed(rest)), thread },
    }
}

/// The line with the person's name: the one that is known, else the one that begins as the subject does (“Ann just messaged you”),
/// else the first that is no banner.
fn find_name(lines: &[&str], around: &Around<'_>) -> Option<usize> {
    if let Some(name) = around.name {
        return lines.iter().position(|l| same(l, name));
    }
    let first = around.subject.split_whitespace().next().filter(|w| w.chars().any(char::is_alphabetic));
    let begins = first.and_then(|first| lines.iter().position(|l| l.split_whitespace().next() == Some(first) && may_name(l, around)));
    begins.or_else(|| lines.iter().position(|l| may_name(l, around)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREAD: &str = "https://www.linkedin.com/messaging/thread/2-abc/";

    fn one(text: &str, name: Option<&str>, subject: &str) -> Letter {
        let all = read(text, &Around { name, subject, several: false });
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }

    #[test]
    fn words_that_repeat_the_subject_or_are_no_letters_stay() {
        let text = format!("Hello\n\n  Ann Lee\n    Reply\n    {THREAD}\n\nHello\n");
        assert_eq!(one(&text, Some("Ann Lee"), "Hello").text, "Hello");
        for words in ["👍", ":)", "?", "10.50"] {
            let text = format!("x\n\n  Ann Lee\n    Reply\n    {THREAD}\n\n{words}\n");
            assert_eq!(one(&text, None, "x").text, words);
        }
    }

    #[test]
    fn nobody_speaks_in_anothers_name() {
        let text = format!(
            "Offer\n\n  Eve\n    Reply\n    {THREAD}\n\nHi\n\n  Ann Lee\n    Reply\n    https://www.linkedin.com/messaging/thread/2-other/\n\nPay here\n"
        );
        let letter = one(&text, Some("Eve"), "Offer");
        assert_eq!(letter.thread.as_deref(), Some("2-abc"));
        assert!(letter.text.starts_with("Hi") && letter.text.ends_with("Pay here"), "{letter:?}");
    }

    #[test]
    fn labels_of_any_language_stand_below_the_name() {
        let text = format!("Betreff\n\n  Ann Lee\n    Jetzt zurückschreiben\n    {THREAD}\n\nHallo\n");
        let letter = one(&text, None, "Betreff");
        assert_eq!((letter.name.as_deref(), letter.text.as_str()), (Some("Ann Lee"), "Hallo"));
    }

    #[test]
    fn words_left_out_are_said_to_be() {
        let text = format!("You have 1 new message\n\nAnn Lee\n\nView message: {THREAD}?trk=eml\n");
        let letter = one(&text, None, "Ann just messaged you");
        assert_eq!((letter.name.as_deref(), letter.text.as_str()), (Some("Ann Lee"), NO_WORDS));
    }
}
