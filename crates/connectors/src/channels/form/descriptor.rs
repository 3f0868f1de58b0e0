//! How a form behaves, and the lines to paste.

use kernel::channel::{Account, Capabilities, Descriptor, Group, Health, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// The whole form with its files.
const MOST_BYTES: i64 = 12 << 20;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "form",
    name: "Web form",
    channel: ChannelWord::Form,
    group: Group::Website,
    summary: "A contact form on your own site; what visitors send comes in as conversations.",
    icon: "globe",
    hue: 185,
    capabilities: Capabilities { subject: true, simulator: true, inbound_only: true, ..Capabilities::NONE },
    limits: Limits { inbound_bytes: MOST_BYTES, ..Limits::WIDE },
    fields: &[
        Field {
            required: true,
            generated: true,
            help: "A public name of this form; it is not secret.",
            ..Field::new("form_name", "Public name", FieldKind::Text)
        },
        Field {
            placeholder: "example.com",
            help: "Sites that may show the form; what lies under them is included. Empty: any site.",
            ..Field::new("allowed_domains", "Allowed domains", FieldKind::Words)
        },
        Field {
            default: "Message from the web site",
            help: "Subject of conversations when the form has no field “subject”.",
            ..Field::new("default_subject", "Subject", FieldKind::Text)
        },
        Field {
            default: "Thank you. We have your message.",
            help: "Shown after the form was sent.",
            ..Field::new("thank_you", "Words of thanks", FieldKind::TextArea)
        },
        Field {
            placeholder: "https://example.com/thank-you",
            help: "A page of yours that is shown instead of the words.",
            ..Field::new("thank_you_url", "Page of thanks", FieldKind::Url)
        },
        Field {
            advanced: true,
            default: "3",
            help: "Who sends the form sooner than this many seconds after it was shown is a program. 0 turns this off; the script is not needed then, and there will be more spam.",
            ..Field::new("minimum_seconds", "Shortest time to fill it in (seconds)", FieldKind::Number)
        },
        Field {
            advanced: true,
            default: "website",
            help: "Name of a field that people do not see. What is sent with something in it is thrown away as spam.",
            ..Field::new("honeypot", "Trap for programs", FieldKind::Text)
        },
    ],
    paste: &[Paste {
        label: "Put this on your page",
        template: concat!(
            "<form action=\"{public_url}/api/webhooks/form/{key}\" method=\"post\">\n",
            "  <p><label>Name<br><input name=\"name\" autocomplete=\"name\" maxlength=\"200\"></label></p>\n",
            "  <p><label>E-mail<br><input name=\"email\" type=\"email\" autocomplete=\"email\" maxlength=\"300\" required></label></p>\n",
            "  <p><label>Phone<br><input name=\"phone\" type=\"tel\" autocomplete=\"tel\" maxlength=\"40\"></label></p>\n",
            "  <p><label>Subject<br><input name=\"subject\" maxlength=\"200\"></label></p>\n",
            "  <p><label>Message<br><textarea name=\"message\" rows=\"6\" maxlength=\"20000\" required></textarea></label></p>\n",
            "  <p style=\"position:absolute;left:-9999px\" aria-hidden=\"true\"><label>Leave this empty <input name=\"{honeypot}\" tabindex=\"-1\" autocomplete=\"off\"></label></p>\n",
            "  <p><button>Send</button></p>\n",
            "</form>\n",
            "<script src=\"{public_url}/api/webhooks/form/{key}\" defer></script>",
        ),
        help: "Change it as you like: further fields come along by their names. For files add enctype=\"multipart/form-data\" to the form and an <input type=\"file\" name=\"file\" multiple>. Sites with a content security policy allow this server in script-src and form-action.",
    }],
    needs: &["A web site whose pages you can edit"],
    notes: &[
        "A form cannot be answered. Write to the address that the person left, on an e-mail channel.",
        "Addresses are as typed: anybody can type anybody’s, so they open nobody’s earlier conversations. Forms with the same address come from one unverified person; you decide who that is.",
        "Each time the form is sent, a conversation begins.",
    ],
    identifier_field: "form_name",
    ..Descriptor::BASE
};

pub fn check(account: &Account) -> Health {
    let honeypot = account.settings.text("honeypot").unwrap_or_default().trim().to_ascii_lowercase();
    if super::content::KNOWN.iter().any(|(_, names)| names.contains(&honeypot.as_str())) {
        return Health::Broken {
            detail: format!("The trap for programs is called “{honeypot}”, which people fill in. Give it another name."),
        };
    }
    let shown = match account.settings.words("allowed_domains").len() {
        0 => "Ready on every site; name your domains to keep others from using the form".to_owned(),
        n => format!("Ready on {n} {}", if n == 1 { "domain" } else { "domains" }),
    };
    let guarded = if super::guard::minimum(account) == 0 { ". The time to fill it in is not checked." } else { "." };
    Health::Ok { detail: format!("{shown}{guarded}") }
}
