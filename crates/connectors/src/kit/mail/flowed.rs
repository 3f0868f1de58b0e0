//! `format=flowed` (RFC 3676): a space at the end of a line says that the paragraph goes on in the next one.

/// The text as it was typed: paragraphs whole, quotes by their depth, signatures as they are.
pub fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The paragraph under way, and how deep it is quoted.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- " || content == "--";
        match open {
            Some(quoted) if quoted == depth && !signature => {}
            _ => {
                if open.is_some() {
                    out.push('\n');
                }
                out.extend(std::iter::repeat_n('>', depth));
                if depth > 0 {
                    out.push(' ');
                }
            }
        }
        if content.ends_with(' ') && !signature {
            out.push_str(if delete_space { &content[..content.len() - 1] } else { content });
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn paragraphs_are_made_whole_again() {
        assert_eq!(unflow("One \ntwo \nthree.\n\nNext", false), "One two three.\n\nNext\n");
        assert_eq!(unflow("日本 \n語", true), "日本語\n");
        assert_eq!(unflow(" >not a quote\n From here", false), ">not a quote\nFrom here\n");
    }

    #[test]
    fn quotes_and_signatures_end_a_paragraph() {
        assert_eq!(unflow("> a \n> b\n>> c \n> d\nmine \n-- \nAnn", false), "> a b\n>> c \n> d\nmine \n-- \nAnn\n");
        assert_eq!(unflow("", false), "");
    }
}
