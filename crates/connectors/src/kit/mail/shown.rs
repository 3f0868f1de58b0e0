//! Files that the HTML of a mail shows: it names them by `cid:{file name}`, and on the wire each has an id of its own.

use crate::kit::markup::escape;
use kernel::channel::OutboundFile;

/// A reference in the HTML: where the name stands, and whose it is.
struct Reference {
    from: usize,
    to: usize,
    file: usize,
}

/// The HTML with each file's id in place of its name, and the places of the files that it shows. Of two files with one name the first
/// is meant.
pub fn rename(html: &str, files: &[OutboundFile], id: impl Fn(usize) -> String) -> (String, Vec<usize>) {
    let (mut out, mut done, mut shown) = (String::with_capacity(html.len()), 0, Vec::new());
    for reference in references(html, files) {
        out.push_str(&html[done..reference.from]);
        out.push_str(&id(reference.file));
        done = reference.to;
        if !shown.contains(&reference.file) {
            shown.push(reference.file);
        }
    }
    out.push_str(&html[done..]);
    shown.sort_unstable();
    (out, shown)
}

fn references(html: &str, files: &[OutboundFile]) -> Vec<Reference> {
    // As they stand in an attribute.
    let names: Vec<(String, usize)> = files
        .iter()
        .enumerate()
        .filter(|(_, f)| !f.name.is_empty())
        .flat_map(|(n, f)| [(f.name.clone(), n), (escape(&f.name), n)])
        .collect();
    let mut out: Vec<Reference> = Vec::new();
    for (at, mark) in html.match_indices("cid:") {
        let from = at + mark.len();
        if out.last().is_some_and(|last| last.to > at) {
            continue;
        }
        let quote = html[..at].chars().next_back().filter(|c| matches!(c, '"' | '\''));
        let rest = &html[from..];
        let named = match quote {
            Some(quote) => {
                let value = &rest[..rest.find(quote).unwrap_or(rest.len())];
                names.iter().find(|(name, _)| name == value)
            }
            // In words of a style; the longest name that fits is meant.
            None => names.iter().rev().filter(|(name, _)| rest.starts_with(name.as_str())).max_by_key(|(name, _)| name.len()),
        };
        if let Some((name, file)) = named {
            out.push(Reference { from, to: from + name.len(), file: *file });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(html: &str, names: &[&str]) -> (String, Vec<usize>) {
        let files: Vec<_> = names
            .iter()
            .map(|name| OutboundFile { name: (*name).into(), content_type: "image/png".into(), bytes: b"x".to_vec(), url: String::new() })
            .collect();
        rename(html, &files, |n| format!("id{n}"))
    }

    #[test]
    fn a_name_that_begins_another_is_not_taken_for_it() {
        let html = r#"<img src="cid:a.png"><img src='cid:a'><img src="cid:a.png.bak">"#;
        assert_eq!(
            renamed(html, &["a", "a.png", "a.png.bak", "b"]),
            (r#"<img src="cid:id1"><img src='cid:id0'><img src="cid:id2">"#.into(), vec![0, 1, 2])
        );
        assert_eq!(renamed(r#"<img src="cid:a.png">"#, &["a"]), (r#"<img src="cid:a.png">"#.into(), vec![]));
    }

    #[test]
    fn an_id_is_no_name_and_names_may_have_any_character() {
        assert_eq!(renamed(r#"<img src="cid:x"><img src="cid:id0">"#, &["x", "id0"]).0, r#"<img src="cid:id0"><img src="cid:id1">"#);
        assert_eq!(renamed(r#"<img src="cid:a &amp; b (1).png">"#, &["a & b (1).png"]), (r#"<img src="cid:id0">"#.into(), vec![0]));
        assert_eq!(
            renamed("<p style='background:url(cid:a.png)'>cid:</p>", &["a", "a.png", ""]).0,
            "<p style='background:url(cid:id1)'>cid:</p>"
        );
        assert_eq!(
            renamed(r#"<img src="cid:same"><img src="cid:same">"#, &["same", "same"]),
            (r#"<img src="cid:id0"><img src="cid:id0">"#.into(), vec![0])
        );
    }
}
