//! What is asked when a program is connected.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "api",
    name: "API",
    channel: ChannelWord::Api,
    group: Group::Developer,
    summary: "Connect your own program: it posts signed messages, and answers are posted back or fetched.",
    icon: "braces",
    hue: 200,
    capabilities: Capabilities {
        subject: false,
        recipients: false,
        html: true,
        attachments: true,
        outbound_first: "",
        typing: false,
        delivery_reports: true,
        read_reports: true,
        templates: false,
        reactions: false,
        continuous: true,
        widget: false,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 100_000,
        attachments: 50,
        attachment_bytes: 25_000_000,
        inbound_bytes: 30 << 20,
        sends_per_second: 200.0,
        burst: 1_000,
        ..Limits::WIDE
    },
    fields: &[
        Field {
            required: true,
            generated: true,
            help: "A public name of this connection; it is not secret.",
            ..Field::new("public_name", "Public name", FieldKind::Text)
        },
        Field {
            placeholder: "https://example.com/switchboard",
            help: "Where answers are posted. Empty: answers wait here until your program fetches them.",
            ..Field::new("webhook_url", "Your webhook address", FieldKind::Url)
        },
        Field {
            generated: true,
            help: "Signs requests in both directions (HMAC-SHA256).",
            ..Field::new("secret", "Signing secret", FieldKind::Secret)
        },
    ],
    paste: &[Paste {
        label: "Post events to",
        template: "{public_url}/api/webhooks/api/{key}",
        help: "Send X-Switchboard-Timestamp (unix seconds) and X-Switchboard-Signature: sha256= followed by the hex HMAC-SHA256 of timestamp, a dot and the raw body.",
    }],
    needs: &["A program of yours that can send HTTPS requests"],
    identifier_field: "public_name",
    ..Descriptor::BASE
};
