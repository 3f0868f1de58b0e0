//! What a letter looks like: one thing in full, or several in a list with their links; as plain text and as HTML.

use super::model::Notification;
use super::words;
use connectors::kit::markup::escape;

/// Subject, plain text and HTML.
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// `all` has at least one.
pub fn write(all: &[Notification], workspace: &str, public_url: &str) -> Written {
    let settings = format!("{public_url}/settings/notifications");
    let footer = format!("You get this because of your settings in {workspace}. Change what you are told and how:");
    let subject = match all {
        [one] => words::headline(one),
        many => {
            let first = many.last().map(words::headline).unwrap_or_default();
            format!("{first}, and {} more", many.len() - 1)
        }
    };
    let mut text = String::new();
    let mut html = String::from(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"></head>\
         <body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif\"><div style=\"max-width:560px;margin:0 auto\">\n",
    );
    if all.len() > 1 {
        let lead = format!("{} things happened in {workspace}.", all.len());
        text.push_str(&format!("{lead}\n\n"));
        html.push_str(&format!("<p>{}</p>\n", escape(&lead)));
    }
    // The latest first.
    for n in all.iter().rev() {
        let (headline, body, besides) = (words::headline(n), words::body(n), words::besides(n));
        let link = format!("{public_url}{}", words::path(n));
        text.push_str(&headline);
        text.push('\n');
        html.push_str(&format!(
            "<div style=\"padding:12px 0;border-top:1px solid #d4d4d8\"><a href=\"{}\" style=\"font-weight:600\">{}</a>",
            escape(&link),
            escape(&headline)
        ));
        for line in [&body, &besides].into_iter().filter(|l| !l.is_empty()) {
            text.push_str(&format!("{line}\n"));
            html.push_str(&format!("<div>{}</div>", escape(line)));
        }
        text.push_str(&format!("{link}\n\n"));
        html.push_str("</div>\n");
    }
    text.push_str(&format!("-- \n{footer}\n{settings}\n"));
    html.push_str(&format!(
        "<p style=\"padding-top:12px;border-top:1px solid #d4d4d8;font-size:13px\">{} <a href=\"{}\">{}</a></p>\n</div></body></html>\n",
        escape(&footer),
        escape(&settings),
        escape("Notification settings")
    ));
    Written { subject, text, html }
}

/// A letter that only says that letters arrive.
pub fn test(workspace: &str, public_url: &str) -> Written {
    let words = format!("Letters from {workspace} arrive here. Nothing needs to be done.");
    Written {
        subject: "Notifications reach you by e-mail".into(),
        text: format!("{words}\n\n{public_url}/settings/notifications\n"),
        html: format!(
            "<!doctype html>\n<html><body style=\"font:16px/1.5 system-ui,sans-serif\"><p>{}</p><p><a href=\"{}/settings/notifications\">Notification settings</a></p></body></html>\n",
            escape(&words),
            escape(public_url)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Kind;
    use super::super::words::tests::sample;
    use super::*;

    #[test]
    fn one_thing_is_its_own_subject_and_several_are_a_list() {
        let one = write(&[sample(Kind::Mentioned)], "The Desk", "https://help.example.com");
        assert_eq!(one.subject, "Mara Lind mentioned you (#7)");
        assert!(one.text.contains("https://help.example.com/inbox/cnv_") && one.text.contains("Where is my order?"), "{}", one.text);
        assert!(!one.text.contains("things happened"));
        let two = write(&[sample(Kind::Mentioned), sample(Kind::CustomerReplied)], "The Desk", "https://help.example.com");
        assert_eq!(two.subject, "Ada Obi replied (#7), and 1 more");
        assert_eq!(two.html.matches("/inbox/cnv_").count(), 2);
        assert!(two.text.ends_with("https://help.example.com/settings/notifications\n"));
    }

    #[test]
    fn what_a_customer_wrote_is_no_markup() {
        let mut n = sample(Kind::CustomerReplied);
        n.preview = Some("<script>alert(1)</script>".into());
        n.contact_name = Some("<b>Eve</b>".into());
        let html = write(&[n], "R&D", "https://help.example.com").html;
        assert!(!html.contains("<script") && !html.contains("<b>") && html.contains("R&amp;D"), "{html}");
    }
}
