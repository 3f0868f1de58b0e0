//! HTML of strangers made safe to show, and made into text.
//!
//! What comes out of [`sanitise`] has no scripts, handlers, forms or style sheets; remote pictures carry their
//! address in `data-remote-src` and load only when somebody asks, and `cid:` pictures name their part in
//! `data-cid`. Marks that tell a quoted history from new text are kept, so that a screen can fold it.

use crate::kit::markup::{self, Token, escape, is_void, unescape};
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Longer HTML is not shown; its text still is.
pub const LARGEST: usize = 2 << 20;

const STYLES: &[&str] = &[
    "color",
    "background-color",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "text-transform",
    "text-indent",
    "line-height",
    "letter-spacing",
    "vertical-align",
    "white-space",
    "word-break",
    "word-wrap",
    "overflow-wrap",
    "direction",
    "margin",
    "margin-top",
    "margin-right",
    "margin-bottom",
    "margin-left",
    "padding",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "border",
    "border-top",
    "border-right",
    "border-bottom",
    "border-left",
    "border-color",
    "border-style",
    "border-width",
    "border-radius",
    "border-collapse",
    "border-spacing",
    "width",
    "max-width",
    "min-width",
    "height",
    "max-height",
    "display",
    "table-layout",
    "list-style-type",
    "float",
    "clear",
    "opacity",
];
const QUOTE_IDS: &[&str] = &["appendonsend", "divRplyFwdMsg", "mail-editor-reference-message-container"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(build_cleaner);

fn build_cleaner() -> Builder<'static> {
    let mut b = Builder::default();
    b.add_tags(["font", "center"]);
    b.add_clean_content_tags(["script", "style", "title", "textarea", "iframe", "object", "noscript", "template", "svg", "math", "select"]);
    b.add_generic_attributes(["style", "id"]);
    b.add_tag_attributes("div", ["name", "align"]).add_tag_attributes("blockquote", ["type"]).add_tag_attributes("p", ["align"]);
    b.add_tag_attributes("font", ["color", "face", "size"]);
    b.add_tag_attributes("table", ["bgcolor", "border", "cellpadding", "cellspacing", "width", "height", "align"]);
    for tag in ["td", "th", "tr"] {
        b.add_tag_attributes(tag, ["bgcolor", "width", "height", "align", "valign"]);
    }
    let marks =
        ["gmail_quote", "gmail_quote_container", "gmail_attr", "gmail_signature", "protonmail_quote", "moz-cite-prefix", "moz-signature"];
    b.add_allowed_classes("div", marks).add_allowed_classes("blockquote", marks).add_allowed_classes("span", marks);
    b.filter_style_properties(STYLES.iter().copied().collect());
    b.url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"])).url_relative(UrlRelative::Deny);
    b.link_rel(Some("noopener noreferrer nofollow")).set_tag_attribute_value("a", "target", "_blank");
    b.attribute_filter(|element, attribute, value| match (element, attribute) {
        (_, "id") => (QUOTE_IDS.contains(&value) || value.starts_with("yahoo_quoted_")).then_some(Cow::Borrowed(value)),
        ("div", "name") => (value == "quote").then_some(Cow::Borrowed(value)),
        ("blockquote", "type") => value.eq_ignore_ascii_case("cite").then_some(Cow::Borrowed("cite")),
        ("img", "src") => Some(Cow::Borrowed(value)),
        (_, "cite") => None,
        // Only pictures may carry their data with them or point into the mail.
        (_, "href") if has_scheme(value, "data:") || has_scheme(value, "cid:") => None,
        _ => Some(Cow::Borrowed(value)),
    });
    b
}

/// Safe HTML, or `None` when it is too large or built to exhaust a parser.
pub fn sanitise(html: &str) -> Option<String> {
    if html.len() > LARGEST || markup::is_hostile(html) {
        return None;
    }
    let clean = CLEANER.clean(html).to_string();
    Some(hold_back_pictures(&clean))
}

/// Renames `src` of pictures. The input is the sanitiser's own regular output.
fn hold_back_pictures(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    for token in markup::tokens(html) {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Close { name } => {
                out.push_str("</");
                out.push_str(&name);
                out.push('>');
            }
            Token::Open { name, attributes, .. } if name == "img" => write_picture(&mut out, &attributes),
            Token::Open { raw, .. } => out.push_str(raw),
        }
    }
    out
}

fn write_picture(out: &mut String, attributes: &[(String, String)]) {
    out.push_str("<img");
    for (key, value) in attributes {
        let key = match key.as_str() {
            "src" if has_scheme(value, "cid:") => {
                write_attribute(out, "data-cid", value[4..].trim_matches(['<', '>']));
                continue;
            }
            "src" if has_scheme(value, "http:") || has_scheme(value, "https:") => "data-remote-src",
            "src" if is_inline_picture(value) => "src",
            "src" => continue,
            other => other,
        };
        write_attribute(out, key, value);
    }
    out.push('>');
}

fn write_attribute(out: &mut String, key: &str, value: &str) {
    out.push(' ');
    out.push_str(key);
    out.push_str("=\"");
    out.push_str(&escape(value));
    out.push('"');
}

fn has_scheme(value: &str, scheme: &str) -> bool {
    value.trim_start().get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme))
}

fn is_inline_picture(value: &str) -> bool {
    ["data:image/png", "data:image/gif", "data:image/jpeg", "data:image/webp"].iter().any(|kind| has_scheme(value, kind))
}

/// Readable text of any HTML, sanitised or not.
pub fn to_text(html: &str) -> String {
    walk(html, false).text
}

/// Text without the quoted history, when the markup tells it apart and nothing was written below it.
pub fn to_text_without_quote(html: &str) -> Option<String> {
    let walked = walk(html, true);
    (walked.found_quote && !walked.text_after_quote && !walked.text.is_empty() && !crate::kit::quotes::is_forward(&walked.quoted))
        .then_some(walked.text)
}

#[derive(Default)]
struct Walked {
    text: String,
    quoted: String,
    found_quote: bool,
    text_after_quote: bool,
}

#[derive(PartialEq)]
enum Quote {
    No,
    Element,
    RestOfMail,
}

fn walk(html: &str, cut: bool) -> Walked {
    let mut out = Walked::default();
    let mut writer = Writer::default();
    let mut quoted = Writer::default();
    // Depth counters inside elements that are left out; they count elements of the same name only.
    let mut hidden: Option<(String, usize)> = None;
    let mut quote: Option<(String, usize)> = None;
    let mut cut_rest = false;
    for token in markup::tokens(html) {
        if let Some((name, depth)) = &mut hidden {
            if count(&token, name, depth) {
                hidden = None;
            }
            continue;
        }
        if let Token::Open { name, attributes, .. } = &token {
            if !is_void(name) && is_hidden(attributes) {
                hidden = Some((name.clone(), 1));
                continue;
            }
            if cut && quote.is_none() && !cut_rest {
                match find_quote(name, attributes) {
                    Quote::Element => (quote, out.found_quote) = (Some((name.clone(), 1)), true),
                    Quote::RestOfMail => (cut_rest, out.found_quote) = (true, true),
                    Quote::No => {}
                }
                if out.found_quote && (quote.is_some() || cut_rest) {
                    writer.new_line();
                    continue;
                }
            }
        }
        if cut_rest {
            quoted.take(&token);
            continue;
        }
        if let Some((name, depth)) = &mut quote {
            let ended = count(&token, name, depth);
            quoted.take(&token);
            if ended {
                quote = None;
            }
            continue;
        }
        if out.found_quote && matches!(&token, Token::Text(t) if !unescape(t).trim().is_empty()) {
            out.text_after_quote = true;
        }
        writer.take(&token);
    }
    out.text = writer.finish();
    out.quoted = quoted.finish();
    out
}

/// Follows an element that is left out; true when it ended with this token.
fn count(token: &Token<'_>, name: &str, depth: &mut usize) -> bool {
    match token {
        Token::Open { name: n, .. } if n == name => *depth += 1,
        Token::Close { name: n } if n == name => *depth -= 1,
        _ => {}
    }
    *depth == 0
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> &'a str {
    attributes.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v.as_str())
}

fn is_hidden(attributes: &[(String, String)]) -> bool {
    let style = attribute(attributes, "style");
    !style.is_empty() && {
        let flat: String = style.chars().filter(|c| !c.is_whitespace()).take(2_000).collect::<String>().to_ascii_lowercase();
        flat.contains("display:none")
    }
}

fn find_quote(name: &str, attributes: &[(String, String)]) -> Quote {
    let class = attribute(attributes, "class");
    let has = |wanted: &str| class.split_whitespace().any(|c| c == wanted);
    let id = attribute(attributes, "id");
    if id == "appendonsend" || id == "divRplyFwdMsg" || (name == "div" && is_outlook_line(attribute(attributes, "style"))) {
        return Quote::RestOfMail;
    }
    let element = (name == "div" && (has("gmail_quote") || has("gmail_quote_container") || has("protonmail_quote")))
        || (name == "blockquote"
            && (attribute(attributes, "type").eq_ignore_ascii_case("cite") || has("gmail_quote") || has("protonmail_quote")))
        || (name == "div" && attribute(attributes, "name") == "quote")
        || id.starts_with("yahoo_quoted_")
        || id == "mail-editor-reference-message-container";
    if element { Quote::Element } else { Quote::No }
}

/// The grey or blue line that desktop Outlook draws above the history.
fn is_outlook_line(style: &str) -> bool {
    let flat: String = style.chars().filter(|c| !c.is_whitespace()).take(500).collect::<String>().to_ascii_lowercase();
    ["border-top:solid#e1e1e11.0pt", "border-top:solid#b5c4df1.0pt"].iter().any(|line| flat.contains(line))
}

/// Writes lines of text from tokens.
#[derive(Default)]
struct Writer {
    out: String,
    /// A space is owed before the next word.
    space: bool,
    pre: usize,
    quote: usize,
    at_line_start: bool,
}

impl Writer {
    fn take(&mut self, token: &Token<'_>) {
        match token {
            Token::Text(text) => self.text(&unescape(text)),
            Token::Open { name, attributes, .. } => self.open(name, attributes),
            Token::Close { name } => self.close(name),
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        match name {
            "br" => self.break_line(),
            "hr" => {
                self.new_line();
                self.text("---");
                self.new_line();
            }
            "li" => {
                self.new_line();
                self.text("- ");
            }
            "td" | "th" => self.space = true,
            "img" => {
                let alt = attribute(attributes, "alt").trim();
                if !alt.is_empty() {
                    self.text(alt);
                }
            }
            "pre" => {
                self.new_line();
                self.pre += 1;
            }
            "blockquote" => {
                self.new_line();
                self.quote += 1;
            }
            _ if is_block(name) => self.new_line(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "pre" => {
                self.pre = self.pre.saturating_sub(1);
                self.new_line();
            }
            "blockquote" => {
                self.new_line();
                self.quote = self.quote.saturating_sub(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table" => {
                self.new_line();
                if !self.out.is_empty() && !self.out.ends_with("\n\n") {
                    self.out.push('\n');
                }
            }
            _ if is_block(name) => self.new_line(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.pre > 0 {
            for (i, line) in text.split('\n').enumerate() {
                if i > 0 {
                    self.break_line();
                }
                self.word(line);
            }
            return;
        }
        if text.starts_with(char::is_whitespace) {
            self.space = true;
        }
        for word in text.split_whitespace() {
            self.word(word);
            self.space = true;
        }
        self.space = text.ends_with(char::is_whitespace) || (self.space && text.trim().is_empty());
    }

    fn word(&mut self, word: &str) {
        if self.out.is_empty() || self.at_line_start || self.out.ends_with('\n') {
            for _ in 0..self.quote.min(5) {
                self.out.push_str("> ");
            }
            self.at_line_start = false;
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
        self.out.extend(word.chars().filter(|c| !matches!(c, '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{ad}' | '\u{34f}')));
    }

    /// Ends the line if it holds anything.
    fn new_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.space = false;
    }

    /// Ends the line in any case; at most one blank line follows another.
    fn break_line(&mut self) {
        if !self.out.ends_with("\n\n") && !self.out.is_empty() {
            self.out.push('\n');
        }
        self.space = false;
    }

    fn finish(self) -> String {
        self.out.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches(['\n', ' ']).to_owned()
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "body"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "html"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "section"
            | "table"
            | "tbody"
            | "thead"
            | "tr"
            | "ul"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_runs_or_loads_survives() {
        let dirty = r#"<script>x()</script><p onclick="x()" style="position:fixed;background-image:url(http://e/x);color:red">Hi</p>
            <a href="javascript:x()">a</a><a href="https://e.example/">b</a><form action="x"><input name=q></form><link rel=stylesheet href=x>
            <img src="https://e.example/p.gif?a=1&amp;b=2" onerror=x><img src="cid:part1@x"><img src="data:image/svg+xml,x"><a href="data:text/html,x">d</a>
            <iframe src=x></iframe><svg onload=x><math><style>*{}</style>"#;
        let clean = sanitise(dirty).unwrap();
        for bad in [
            "script",
            "onclick",
            "onerror",
            "position",
            "url(",
            "javascript",
            "form",
            "input",
            " src=",
            "iframe",
            "svg",
            "data:text",
            "link rel",
        ] {
            assert!(!clean.contains(bad), "{bad} in {clean}");
        }
        assert!(clean.contains(r#"data-remote-src="https://e.example/p.gif?a=1&amp;b=2""#), "{clean}");
        assert!(clean.contains(r#"data-cid="part1@x""#) && clean.contains("color:red"), "{clean}");
    }

    #[test]
    fn markup_becomes_lines() {
        let html = "<div>Hello&nbsp;<b>you</b>,</div><p>one</p><ul><li>a<li>b</ul><table><tr><td>1</td><td>2</td></tr></table><blockquote>old</blockquote><div style='display: none'>x</div>end";
        assert_eq!(to_text(html), "Hello you,\none\n\n- a\n- b\n\n1 2\n\n> old\nend");
        assert_eq!(to_text("a<br><br><br><br>b"), "a\n\nb");
        assert_eq!(to_text("<pre>a\n  b</pre>"), "a\n  b");
    }

    #[test]
    fn the_history_is_cut_only_when_nothing_stands_below_it() {
        let reply = r#"<div>Yes.</div><div class="gmail_quote"><div>On x wrote:</div><blockquote>old <div>x</div></blockquote></div>"#;
        assert_eq!(to_text_without_quote(reply).as_deref(), Some("Yes."));
        assert_eq!(to_text_without_quote(&format!("{reply}<p>and below</p>")), None);
        assert_eq!(to_text_without_quote("<div class=gmail_quote>all</div>"), None);
        assert_eq!(to_text_without_quote("<p>no quote</p>"), None);
        let outlook = r#"<p>Fine.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt"><p>From: x</p></div><p>old</p>"#;
        assert_eq!(to_text_without_quote(outlook).as_deref(), Some("Fine."));
    }
}
