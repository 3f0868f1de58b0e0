//! What is asked when a respond.io workspace is connected.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// The Developer API, version 2.
pub const API: &str = "https://api.respond.io/v2";
/// Characters of one text: what the strictest of the common channels behind it (WhatsApp) takes.
pub const TEXT: usize = 4_096;
/// Quick replies under a message.
pub const REPLIES: usize = 10;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "respondio",
    name: "respond.io",
    channel: ChannelWord::Other,
    group: Group::Messaging,
    summary: "Everything that arrives in a respond.io workspace: read along first, answer from here when you are ready.",
    icon: "messages-square",
    hue: 265,
    capabilities: Capabilities {
        attachments: true,
        templates: true,
        buttons: REPLIES as u8,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: TEXT,
        attachments: 1,
        // Words and files are messages of their own.
        caption_chars: 0,
        inbound_bytes: 2 << 20,
        sends_per_second: 5.0,
        burst: 5,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[Paste {
        label: "Webhook address",
        template: "{public_url}/api/webhooks/respondio/{key}",
        help: "In respond.io: Settings, Integrations, Webhooks. Add one webhook for New Incoming Message and one for New Outgoing Message, both with this address; each shows a signing key of its own.",
    }],
    needs: &[
        "A respond.io workspace whose plan includes webhooks, and the right to change its settings",
        "The signing key of each webhook you add there",
        "For answering from here: an access token of the Developer API",
    ],
    notes: &[
        "It starts read only. Switch “Read only” off to answer from here.",
        "respond.io reports nothing on messages sent through its API. It is asked what became of them, for an hour.",
        "Conversations that are closed, assigned or tagged in respond.io are not changed here, and those here not there.",
        "Reactions, edits, typing and read marks do not come through.",
        "Who has not written yet cannot be written to from here.",
        "On WhatsApp behind respond.io the 24-hour window holds: later only approved templates reach the person.",
    ],
    identifier_field: "space_id",
    read_only_field: "read_only",
    webhook_paths: &["respond-io"],
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        required: true,
        placeholder: "123456",
        help: "The number after /space/ in the address of your workspace in the browser. It keeps two workspaces apart; nothing is asked with it.",
        help_url: "https://app.respond.io/",
        ..Field::new("space_id", "Workspace", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "key-of-incoming key-of-outgoing",
        help: "Each webhook in respond.io has its own signing key. Paste them all, with a space between.",
        help_url: "https://app.respond.io/",
        ..Field::new("signing_keys", "Signing keys", FieldKind::Secret)
    },
    Field {
        default: "true",
        help: "Messages come in, nothing is sent. Switch off to answer from here.",
        ..Field::new("read_only", "Read only", FieldKind::Boolean)
    },
    Field {
        help: "For sending. In respond.io: Settings, Integrations, Developer API, Add access token.",
        help_url: "https://developers.respond.io/docs/api/",
        ..Field::new("access_token", "Access token", FieldKind::Secret)
    },
    Field {
        advanced: true,
        placeholder: "12345",
        help: "Which of the workspace's channels answers go through when the message itself does not say. Empty: the one the person used last. In respond.io: Settings, Channels, the number in the address of the channel's page.",
        ..Field::new("channel_id", "Channel for answers", FieldKind::Number)
    },
    Field {
        advanced: true,
        default: "false",
        help: "Switch on when other programs send through the Developer API too, so that their messages are shown here. A message of ours may then appear twice for a moment in rare cases.",
        ..Field::new("others_use_api", "Other programs use the API", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        default: "true",
        help: "Take the signature from X-Respond-Signature or X-Signature as well; respond.io itself sends X-Webhook-Signature.",
        ..Field::new("other_headers", "Accept other signature headers", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        default: API,
        help: "Where the API is reached. Change it only to test against a stand-in.",
        ..Field::new("base_url", "API address", FieldKind::Url)
    },
];
