//! Text into words, the same for indexing, for queries and for marking hits.

pub use kernel::fold::tokens;
use kernel::fold::{fold, is_dense, is_word};

/// Written without blanks, and more than one character.
pub fn is_dense_text(text: &str) -> bool {
    text.chars().filter(|c| is_dense(*c)).count() > 1
}

/// The words of a query, and whether the last may be the beginning of a word.
pub fn query(text: &str) -> (Vec<String>, bool) {
    let mut out = Vec::new();
    for part in text.split_whitespace() {
        let all = tokens(part);
        // Of a dense run only the pairs are asked for: they imply the single ones.
        let several = all.iter().any(|t| t.chars().count() > 1 && t.chars().all(is_dense));
        out.extend(all.into_iter().filter(|t| !(several && t.chars().count() == 1 && t.chars().all(is_dense))));
    }
    out.truncate(12);
    let prefix = out.last().is_some_and(|w| !w.chars().any(is_dense)) && text.chars().next_back().is_some_and(|c| !c.is_whitespace());
    (out, prefix)
}

/// A piece of a snippet; `mark` when it is a hit.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Piece {
    pub text: String,
    pub mark: bool,
}

/// About 160 characters around the first hit, cut into pieces.
pub fn mark(text: &str, words: &[String], prefix: bool) -> Vec<Piece> {
    let last = words.len().saturating_sub(1);
    let hit = |word: &str| {
        let folded = fold(word);
        words.iter().enumerate().any(|(i, w)| {
            folded == *w
                || (prefix && i == last && folded.starts_with(w.as_str()))
                || (w.chars().any(is_dense) && folded.contains(w.as_str()))
        })
    };
    let mut spans: Vec<(usize, usize, bool)> = Vec::new();
    let mut start = None;
    for (i, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let inside = i < text.len() && is_word(c);
        match (inside, start) {
            (true, None) => start = Some(i),
            (false, Some(s)) => {
                spans.push((s, i, hit(&text[s..i])));
                start = None;
            }
            _ => {}
        }
    }
    let first = spans.iter().find(|(_, _, hit)| *hit).map_or(0, |(s, _, _)| *s);
    let from = text[..first].char_indices().rev().nth(50).map_or(0, |(i, _)| i);
    // Not in the middle of a word, where there are words.
    let from = text[from..first].find(char::is_whitespace).filter(|_| from > 0).map_or(from, |i| from + i);
    let to = text[from..].char_indices().nth(160).map_or(text.len(), |(i, _)| from + i);
    let mut out: Vec<Piece> = Vec::new();
    let mut at = from;
    let mut push = |text: &str, mark: bool| {
        if !text.is_empty() {
            out.push(Piece { text: text.split_whitespace().collect::<Vec<_>>().join(" "), mark });
            // Blanks at the edges matter between pieces.
            if let Some(p) = out.last_mut() {
                if text.starts_with(char::is_whitespace) {
                    p.text.insert(0, ' ');
                }
                if text.trim_end().len() < text.len() && !p.text.trim().is_empty() {
                    p.text.push(' ');
                }
            }
        }
    };
    if from > 0 {
        push("…", false);
    }
    for (s, e, _) in spans.iter().filter(|(s, e, hit)| *hit && *s >= from && *e <= to) {
        push(&text[at..*s], false);
        push(&text[*s..*e], true);
        at = *e;
    }
    push(&text[at..to], false);
    if to < text.len() {
        push("…", false);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        assert_eq!(tokens("Größe, Chloé's ÉTÉ 42!"), ["grosse", "chloe", "s", "ete", "42"]);
        assert_eq!(tokens("anna@example.com"), ["anna", "example", "com"]);
    }

    #[test]
    fn dense_scripts_are_found_by_pairs_and_single_characters() {
        let words = tokens("請求書を送って");
        assert!(words.contains(&"請求".to_owned()) && words.contains(&"書".to_owned()));
        assert_eq!(query("請求書").0, ["請求", "求書"]);
        assert_eq!(query("書").0, ["書"]);
        assert!(tokens("สวัสดีครับ").len() > 3);
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        assert_eq!(query("open invo"), (vec!["open".into(), "invo".into()], true));
        assert!(!query("invoice ").1);
    }

    #[test]
    fn hits_are_marked_in_the_original_text() {
        let pieces = mark("Hello Chloé, the invoice is here", &["chloe".into(), "inv".into()], true);
        let marked: Vec<&str> = pieces.iter().filter(|p| p.mark).map(|p| p.text.as_str()).collect();
        assert_eq!(marked, ["Chloé", "invoice"]);
        assert_eq!(pieces.iter().map(|p| p.text.as_str()).collect::<String>(), "Hello Chloé, the invoice is here");
    }
}
