//! What is asked when a LINE Official Account is connected.

use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, MediaLimit, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// Where the Messaging API is.
pub const BASE: &str = "https://api.line.me";
/// Where files that people sent are.
pub const DATA: &str = "https://api-data.line.me";
/// Largest file that is fetched; people may send larger ones.
pub const FETCHED_BYTES: i64 = 50_000_000;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "line",
    name: "LINE",
    channel: ChannelWord::Line,
    group: Group::Messaging,
    summary: "A LINE Official Account by the Messaging API.",
    icon: "line",
    hue: 145,
    capabilities: Capabilities {
        attachments: true,
        typing: true,
        mark_read: true,
        buttons: 13,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 5_000,
        attachments: 1,
        caption_chars: 0,
        sends_per_second: 50.0,
        burst: 50,
        media: &[MediaLimit { prefix: "image/", bytes: 10_000_000 }, MediaLimit { prefix: "", bytes: 25_000_000 }],
        convert: &[
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("image/webp", "image/jpeg", 0),
            Conversion::new("image/png", "image/jpeg", 10_000_000),
            Conversion::new("image/jpeg", "image/jpeg", 10_000_000),
        ],
        ..Limits::WIDE
    },
    fields: &[
        Field {
            required: true,
            placeholder: "@123abcde",
            help: "In the LINE Developers Console: your channel, Messaging API, Bot basic ID. With its @.",
            help_url: "https://developers.line.biz/console/",
            ..Field::new("basic_id", "Bot basic ID", FieldKind::Text)
        },
        Field {
            required: true,
            help: "In the same console: your channel, Messaging API, Channel access token (long-lived), Issue.",
            help_url: "https://developers.line.biz/console/",
            ..Field::new("channel_access_token", "Channel access token", FieldKind::Secret)
        },
        Field {
            required: true,
            help: "Proves that events come from LINE. In the same console: your channel, Basic settings, Channel secret.",
            help_url: "https://developers.line.biz/console/",
            ..Field::new("channel_secret", "Channel secret", FieldKind::Secret)
        },
        Field {
            default: "false",
            help: "Off: what is said in groups and rooms is left out. The account has to be allowed to join groups in the console.",
            ..Field::new("groups", "Conversations in groups too", FieldKind::Boolean)
        },
        Field {
            default: BASE,
            advanced: true,
            help: "Change it only to test against a stand-in. Files are then fetched below /data.",
            ..Field::new("base_url", "LINE's address", FieldKind::Url)
        },
    ],
    paste: &[Paste {
        label: "Webhook URL",
        template: "{public_url}/api/webhooks/line/{key}",
        help: "In the LINE Developers Console: your channel, Messaging API, Webhook URL. Turn on Use webhook and, below it, Webhook redelivery.",
    }],
    needs: &[
        "A LINE Official Account with the Messaging API turned on (LINE Official Account Manager, Settings, Messaging API)",
        "In LINE Official Account Manager, Settings, Response settings: webhooks on, automatic responses off",
    ],
    notes: &[
        "We cannot write first to somebody who has not added the account as a friend.",
        "Answers within a minute are free; later ones count towards the month's messages of the account's plan.",
        "LINE reports neither delivery nor reading.",
        "Pictures (JPEG, PNG, up to 10 MB) go as pictures. LINE has no other files for accounts: they go as a link.",
        "A message that was sent cannot be changed or taken back.",
        "LINE keeps what people send for a limited time only; a file that is not fetched in time is lost.",
    ],
    identifier_field: "basic_id",
    ..Descriptor::BASE
};
