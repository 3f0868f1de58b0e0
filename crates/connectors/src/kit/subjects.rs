//! Subjects without what mail programs put in front of them.

const PREFIXES: &[&str] = &["re", "fwd", "fw", "antw", "aw", "sv", "vs", "ref", "rif", "enc", "wg", "tr", "回复", "转发", "答复"];

/// Without reply and forward prefixes and leading list tags, white space collapsed, case kept.
pub fn base(subject: &str) -> String {
    let flat = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = flat.as_str();
    loop {
        let next = strip_prefix(rest).or_else(|| strip_tag(rest)).map(str::trim_start);
        match next {
            Some(next) if !next.is_empty() => rest = next,
            // A subject that is nothing but "Re:" is empty; one that is nothing but a tag keeps it.
            Some(_) if strip_prefix(rest).is_some() => return String::new(),
            _ => return rest.trim_end().to_owned(),
        }
    }
}

/// For comparing: [`base`] in lower case.
pub fn normalise(subject: &str) -> String {
    base(subject).to_lowercase()
}

/// The subject of an answer: `Re: ` and the base.
pub fn answer(subject: &str) -> String {
    format!("Re: {}", base(subject))
}

fn strip_prefix(text: &str) -> Option<&str> {
    let prefix = PREFIXES.iter().find(|p| {
        let head = text.get(..p.len());
        head.is_some_and(|h| h.eq_ignore_ascii_case(p))
    })?;
    let mut rest = text[prefix.len()..].trim_start();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(inner) = rest.strip_prefix(open) {
            let (number, after) = inner.split_once(close)?;
            if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            rest = after.trim_start();
        }
    }
    rest.strip_prefix(':').or_else(|| rest.strip_prefix('：'))
}

/// `[list] rest`; our own number tag `[#42]` stays, it names a conversation.
fn strip_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let (tag, rest) = inner.split_once(']')?;
    (!tag.starts_with('#') && !tag.contains('[')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_tags_go_and_words_stay() {
        for (given, want) in [
            ("Re: Hello", "hello"),
            ("RE: AW: Fwd:  Hello   World", "hello world"),
            ("Re[2]: Hello", "hello"),
            ("Re (3): Hello", "hello"),
            ("回复：你好", "你好"),
            ("[users] Re: [dev] Hello", "hello"),
            ("Re: [#42] Hello", "[#42] hello"),
            ("Regarding: Hello", "regarding: hello"),
            ("Re Hello", "re hello"),
            ("Trip: Rome", "trip: rome"),
            ("Re:", ""),
            ("[urgent]", "[urgent]"),
            ("", ""),
            ("Ré: x", "ré: x"),
        ] {
            assert_eq!(normalise(given), want, "{given}");
        }
        assert_eq!(answer("AW: Re: Offer"), "Re: Offer");
    }
}
