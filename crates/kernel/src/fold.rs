//! One way of folding text for comparing, lower case without accents, and of cutting it into words. Search, filters and the contacts
//! page all use this one, so that what is found in one place is found in the others.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Scripts that write without blanks between words; their marks belong to the letter.
pub fn is_dense(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF | 0xAC00..=0xD7AF)
}

/// Lower case without accents; dense scripts keep their marks.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        return;
    }
    for c in text.nfkd() {
        if is_combining_mark(c) && !is_dense(c) {
            continue;
        }
        match c {
            'ß' => out.push_str("ss"),
            'ø' | 'Ø' => out.push('o'),
            'ł' | 'Ł' => out.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
            'ı' => out.push('i'),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'þ' | 'Þ' => out.push_str("th"),
            _ => out.extend(c.to_lowercase()),
        }
    }
}

/// The folded text.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Longest word kept, in bytes; longer ones are cut.
const MAX_WORD: usize = 64;
/// Words of one text that are indexed.
const MAX_WORDS: usize = 20_000;

/// Whether a character belongs to a word.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_dense(c)
}

/// The words of a text in order.
pub fn tokens(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut out = Vec::new();
    let mut word = String::new();
    let mut dense: Vec<char> = Vec::new();
    for c in folded.chars().chain(std::iter::once(' ')) {
        if out.len() >= MAX_WORDS {
            break;
        }
        if is_dense(c) {
            flush(&mut word, &mut out);
            dense.push(c);
            continue;
        }
        pairs(&mut dense, &mut out);
        if is_word(c) {
            if word.len() < MAX_WORD {
                word.push(c);
            }
        } else {
            flush(&mut word, &mut out);
        }
    }
    out
}
fn flush(word: &mut String, out: &mut Vec<String>) {
    if !word.is_empty() {
        out.push(std::mem::take(word));
    }
}
fn pairs(run: &mut Vec<char>, out: &mut Vec<String>) {
    match run.as_slice() {
        [] => return,
        [one] => out.push(one.to_string()),
        many => {
            // A single character must be found too, so the run also gives each on its own.
            out.extend(many.windows(2).map(|p| p.iter().collect::<String>()));
            out.extend(many.iter().map(char::to_string));
        }
    }
    run.clear();
}

/// The folded text on one line, with one blank between words: for looking for phrases.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in fold(text).chars() {
        if is_word(c) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether a line holds a phrase (both from [`line`]), as whole words; scripts without blanks have no words to be whole.
pub fn holds_phrase(line: &str, phrase: &str) -> bool {
    let (Some(first), Some(last)) = (phrase.chars().next(), phrase.chars().next_back()) else { return true };
    let edge = |outside: Option<char>, inside: char| outside.is_none_or(|o| o == ' ' || is_dense(o) || is_dense(inside));
    line.match_indices(phrase)
        .any(|(at, _)| edge(line[..at].chars().next_back(), first) && edge(line[at + phrase.len()..].chars().next(), last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_whole_words_in_a_row() {
        let text = line("Dear all,\n\nthe  Größe-Tabelle (new!) is here: 請求書を送って");
        assert_eq!(text, "dear all the grosse tabelle new is here 請求書を送って");
        for phrase in ["the größe", "Tabelle new", "dear ALL, the", "求書を", "here: 請求"] {
            assert!(holds_phrase(&text, &line(phrase)), "{phrase}");
        }
        for phrase in ["the gross", "all größe", "elle new", "書請"] {
            assert!(!holds_phrase(&text, &line(phrase)), "{phrase}");
        }
    }

    #[test]
    fn accents_and_case_go_and_dense_scripts_keep_their_marks() {
        assert_eq!(fold("Größe ÉTÉ Łódź Ærø"), "grosse ete lodz aero");
        assert_eq!(fold("สวัสดี"), "สวัสดี");
        assert_eq!(fold("Plain"), "plain");
    }
}
