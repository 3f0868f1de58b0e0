//! How the widget looks and whom it trusts.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "webchat",
    name: "Web chat",
    channel: ChannelWord::Webchat,
    group: Group::Website,
    summary: "A chat bubble on your own site, with the conversation kept when the visitor comes back.",
    icon: "message-circle",
    hue: 165,
    capabilities: Capabilities {
        subject: false,
        recipients: false,
        html: false,
        attachments: true,
        outbound_first: "",
        typing: true,
        delivery_reports: true,
        read_reports: true,
        templates: false,
        reactions: false,
        continuous: true,
        widget: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 5_000,
        attachments: 10,
        attachment_bytes: 25_000_000,
        inbound_bytes: 1 << 20,
        sends_per_second: 1_000.0,
        burst: 1_000,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[Paste {
        label: "Put this on your pages",
        template: "<script src=\"{public_url}/widget.js\" defer></script>\n<switchboard-chat channel=\"{key}\"></switchboard-chat>",
        help: "Before </body> on every page that should show the bubble. Sites with a content security policy allow this server in script-src, connect-src and img-src.",
    }],
    needs: &["A web site whose pages you can edit"],
    identifier_field: "website_token",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        required: true,
        generated: true,
        help: "Public name of this widget; it stands in your pages and is not secret.",
        ..Field::new("website_token", "Website token", FieldKind::Text)
    },
    Field { default: "Chat with us", help: "Heading of the chat window.", ..Field::new("title", "Title", FieldKind::Text) },
    Field {
        default: "Hello! How can we help?",
        help: "Shown before the visitor has written anything.",
        ..Field::new("greeting", "Greeting", FieldKind::TextArea)
    },
    Field { default: "#0f766e", help: "Colour of the bubble and the heading.", ..Field::new("colour", "Colour", FieldKind::Colour) },
    Field {
        default: "right",
        options: &[Choice { value: "right", label: "Bottom right" }, Choice { value: "left", label: "Bottom left" }],
        ..Field::new("position", "Position", FieldKind::Select)
    },
    Field {
        default: "optional",
        options: &[
            Choice { value: "off", label: "Do not ask" },
            Choice { value: "optional", label: "Ask, may be skipped" },
            Choice { value: "required", label: "Ask before the first message" },
        ],
        help: "Ask visitors for name and e-mail address.",
        ..Field::new("pre_chat", "Before the chat", FieldKind::Select)
    },
    Field {
        placeholder: "example.com",
        help: "Sites that may show the widget; what lies under them is included. Empty: any site.",
        ..Field::new("allowed_domains", "Allowed domains", FieldKind::Words)
    },
    Field {
        default: "5",
        help: "After so many minutes without the visitor an answer also goes out by e-mail, if the address is known. 0: never.",
        ..Field::new("continuation_minutes", "Go on by e-mail after (minutes)", FieldKind::Number)
    },
    Field {
        advanced: true,
        placeholder: "chn_…",
        help: "Mail channel that carries such answers. Empty: the first active one.",
        ..Field::new("continuation_channel", "Mail channel for this", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "false",
        help: "Take signed-in visitors only with a proof made by your site.",
        ..Field::new("require_identity", "Demand proof of identity", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        generated: true,
        help: "Your server makes identifier_hash with it: hex HMAC-SHA256(this key, identifier). Keep it out of your pages.",
        ..Field::new("identity_key", "Identity key", FieldKind::Secret)
    },
];
