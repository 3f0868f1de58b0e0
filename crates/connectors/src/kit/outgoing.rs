//! Clean HTML made ready to leave: what the sanitiser put aside for screens goes back to where mail programs look for it.

use super::markup::{self, Token, escape};

/// Pictures get their address back. Those that were parts of a mail are named by their file, which is how connectors recognise a
/// file that the HTML shows; `file` gives its name by the part's id. A picture without its file goes.
pub fn html(clean: &str, file: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(clean.len());
    for token in markup::tokens(clean) {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Close { name } => {
                out.push_str("</");
                out.push_str(&name);
                out.push('>');
            }
            Token::Open { name, attributes, .. } if name == "img" => picture(&mut out, &attributes, &file),
            Token::Open { raw, .. } => out.push_str(raw),
        }
    }
    out
}

fn picture(out: &mut String, attributes: &[(String, String)], file: &impl Fn(&str) -> Option<String>) {
    let mut written = String::from("<img");
    for (key, value) in attributes {
        let (key, value) = match key.as_str() {
            "data-remote-src" => ("src", escape(value)),
            "data-cid" => match file(value) {
                // The name stands as it is, because connectors look for it so. One that would end the attribute is shown nowhere.
                Some(name) if !name.contains(['"', '<', '>']) => ("src", format!("cid:{name}")),
                _ => return,
            },
            other => (other, escape(value)),
        };
        written.push(' ');
        written.push_str(key);
        written.push_str("=\"");
        written.push_str(&value);
        written.push('"');
    }
    out.push_str(&written);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_get_their_addresses_back() {
        let clean = r#"<p title="a &lt; b">Hi &amp; bye</p><img data-remote-src="https://e.example/a.png?a=1&amp;b=2" alt="A &quot;b&quot;"><img data-cid="p1@x"><img data-cid="gone">"#;
        let out = html(clean, |id| (id == "p1@x").then(|| "photo 1.png".to_owned()));
        assert_eq!(
            out,
            r#"<p title="a &lt; b">Hi &amp; bye</p><img src="https://e.example/a.png?a=1&amp;b=2" alt="A &quot;b&quot;"><img src="cid:photo 1.png">"#
        );
    }

    #[test]
    fn only_the_address_written_here_stands_as_it_is() {
        let clean = r#"<img alt="cid:&quot;&gt;&lt;b&gt;" data-cid="p1@x" title="cid:p1@x">"#;
        assert_eq!(
            html(clean, |_| Some("photo.png".to_owned())),
            r#"<img alt="cid:&quot;&gt;&lt;b&gt;" src="cid:photo.png" title="cid:p1@x">"#
        );
        assert_eq!(html(r#"<img data-remote-src="cid:&quot;&gt;&lt;b&gt;">"#, |_| None), r#"<img src="cid:&quot;&gt;&lt;b&gt;">"#);
        for name in ["a\"><b>.png", "a<b.png", "a>b.png"] {
            assert_eq!(html(r#"<img data-cid="p1@x">after"#, |_| Some(name.to_owned())), "after", "{name}");
        }
    }

    #[test]
    fn what_has_no_pictures_stays_byte_for_byte() {
        let clean = r#"<div class="x"><!-- --><b>1 &lt; 2</b><br>a</div>"#;
        assert_eq!(html(clean, |_| None), r#"<div class="x"><b>1 &lt; 2</b><br>a</div>"#);
    }
}
