//! A tokeniser for HTML that never fails, never recurses and looks at every byte once.
//!
//! It is not a browser's parser: it serves to measure hostile markup before a real parser sees it, and to walk
//! over markup that the sanitiser has already written out in its regular form.

use std::borrow::Cow;

#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    Open {
        name: String,
        attributes: Vec<(String, String)>,
        raw: &'a str,
    },
    Close {
        name: String,
    },
    /// As written, entities included.
    Text(&'a str),
}

/// Walks over the markup; contents of scripts, styles and the like are left out, and so are comments.
pub fn tokens(html: &str) -> Tokens<'_> {
    Tokens { html, at: 0 }
}

pub struct Tokens<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.html[self.at..];
            if rest.is_empty() {
                return None;
            }
            let bytes = rest.as_bytes();
            let second = bytes.get(1).copied().unwrap_or(b' ');
            if bytes[0] == b'<' && (second.is_ascii_alphabetic() || matches!(second, b'/' | b'!' | b'?')) {
                if let Some(token) = self.tag(rest, second) {
                    return Some(token);
                }
                continue;
            }
            // Text up to the next `<` that begins something.
            let mut end = bytes.len();
            let mut from = rest.chars().next().map_or(1, char::len_utf8);
            while let Some(n) = rest[from..].find('<') {
                let next = bytes.get(from + n + 1).copied().unwrap_or(b' ');
                if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') {
                    end = from + n;
                    break;
                }
                from += n + 1;
            }
            self.at += end;
            return Some(Token::Text(&rest[..end]));
        }
    }
}

impl<'a> Tokens<'a> {
    fn tag(&mut self, rest: &'a str, second: u8) -> Option<Token<'a>> {
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.at += comment.find("-->").map_or(rest.len(), |n| 4 + n + 3);
            return None;
        }
        if matches!(second, b'!' | b'?') {
            self.at += rest.find('>').map_or(rest.len(), |n| n + 1);
            return None;
        }
        if second == b'/' {
            let end = rest.find('>').map_or(rest.len(), |n| n + 1);
            self.at += end;
            let name: String = rest[2..end].chars().take_while(char::is_ascii_alphanumeric).take(32).collect();
            return (!name.is_empty()).then(|| Token::Close { name: name.to_ascii_lowercase() });
        }
        let (name, attributes, end) = read_tag(rest);
        self.at += end;
        if matches!(name.as_str(), "script" | "style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes") {
            self.skip_raw_text(&name);
        }
        Some(Token::Open { name, attributes, raw: &rest[..end] })
    }

    fn skip_raw_text(&mut self, name: &str) {
        let rest = &self.html.as_bytes()[self.at..];
        let wanted = name.as_bytes();
        let close = rest.windows(wanted.len() + 2).position(|w| w.starts_with(b"</") && w[2..].eq_ignore_ascii_case(wanted));
        self.at += close.unwrap_or(rest.len());
    }
}

/// Name, attributes and length of the opening tag at the start of `text`.
fn read_tag(text: &str) -> (String, Vec<(String, String)>, usize) {
    let bytes = text.as_bytes();
    let mut at = 1;
    let is_end = |b: u8| b.is_ascii_whitespace() || b == b'/' || b == b'>';
    while at < bytes.len() && !is_end(bytes[at]) {
        at += 1;
    }
    let name = text[1..at].to_ascii_lowercase();
    let mut attributes = Vec::new();
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return (name, attributes, at + 1),
            b if b.is_ascii_whitespace() || b == b'/' || b == b'=' => at += 1,
            _ => {
                let start = at;
                while at < bytes.len() && !is_end(bytes[at]) && bytes[at] != b'=' {
                    at += 1;
                }
                let key = text[start..at].to_ascii_lowercase();
                let (value, after) = read_value(text, at);
                at = after;
                attributes.push((key, value));
            }
        }
    }
    (name, attributes, bytes.len())
}

fn read_value(text: &str, mut at: usize) -> (String, usize) {
    let bytes = text.as_bytes();
    let skip = |mut at: usize| {
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        at
    };
    let sign = skip(at);
    if bytes.get(sign) != Some(&b'=') {
        return (String::new(), at);
    }
    at = skip(sign + 1);
    let quote = bytes.get(at).copied().filter(|b| matches!(b, b'"' | b'\''));
    let start = at + usize::from(quote.is_some());
    let mut end = start.min(bytes.len());
    while end < bytes.len() && quote.map_or(!bytes[end].is_ascii_whitespace() && bytes[end] != b'>', |q| bytes[end] != q) {
        end += 1;
    }
    let start = start.min(end);
    (unescape(&text[start..end]).into_owned(), (end + usize::from(quote.is_some())).min(bytes.len()))
}

/// Is this markup so deep, or are its tags so long, that a tree parser would take quadratic time over it?
pub fn is_hostile(html: &str) -> bool {
    const DEEPEST: usize = 400;
    const MOST_ATTRIBUTES: usize = 200;
    let mut open: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut depth = 0usize;
    for token in tokens(html) {
        match token {
            Token::Open { attributes, .. } if attributes.len() > MOST_ATTRIBUTES => return true,
            Token::Open { name, .. } if !closes_itself(&name) => {
                depth += 1;
                if depth > DEEPEST || open.len() > 2_000 {
                    return true;
                }
                *open.entry(name).or_default() += 1;
            }
            Token::Close { name } => {
                if let Some(count) = open.get_mut(&name).filter(|n| **n > 0) {
                    *count -= 1;
                    depth -= 1;
                }
            }
            _ => {}
        }
    }
    false
}

/// Elements that are empty, or that the next of their kind ends.
fn closes_itself(name: &str) -> bool {
    is_void(name)
        || matches!(
            name,
            "p" | "li"
                | "td"
                | "th"
                | "tr"
                | "dt"
                | "dd"
                | "option"
                | "thead"
                | "tbody"
                | "tfoot"
                | "colgroup"
                | "caption"
                | "html"
                | "body"
                | "head"
        )
}

pub fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// The entities that matter in text: the five of markup, the space, common signs and numbers.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "rsquo" => '’',
        "lsquo" => '‘',
        "rdquo" => '”',
        "ldquo" => '“',
        "euro" => '€',
        "copy" => '©',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    })
}

/// Text made safe to stand in markup or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_text_and_raw_text_are_told_apart() {
        let found: Vec<_> = tokens("é<b CLASS='x y' d>1 < 2</b><!-- <i> --><script>if(a<b){}</script>€<br/><x").collect();
        assert_eq!(found[0], Token::Text("é"));
        assert!(
            matches!(&found[1], Token::Open { name, attributes, .. } if name == "b" && attributes[0] == ("class".into(), "x y".into()))
        );
        assert_eq!(found[2], Token::Text("1 < 2"));
        assert_eq!(found[3], Token::Close { name: "b".into() });
        assert!(matches!(&found[4], Token::Open { name, .. } if name == "script"));
        assert_eq!(found[5], Token::Close { name: "script".into() });
        assert_eq!(found[6], Token::Text("€"));
        assert!(matches!(&found[7], Token::Open { name, .. } if name == "br"));
    }

    #[test]
    fn entities_are_read_and_written() {
        assert_eq!(unescape("a &amp;&lt;b&gt; &#8364; &#x20AC; &nope; & b"), "a &<b> € € &nope; & b");
        assert_eq!(unescape(&escape("<a href=\"x\">'&")), "<a href=\"x\">'&");
    }

    #[test]
    fn deep_and_long_markup_is_hostile_and_plain_markup_is_not() {
        assert!(is_hostile(&"<div>".repeat(100_000)));
        assert!(is_hostile(&"<font color=1></x>".repeat(1_000)));
        assert!(is_hostile(&format!("<a {}>", "x=1 ".repeat(300))));
        assert!(!is_hostile(&"<p>one<br>two<div><b>x</b></div>".repeat(10_000)));
    }
}
