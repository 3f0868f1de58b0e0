//! What is asked when a Viber bot is connected.

use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// Where the bot API is.
pub const BASE: &str = "https://chatapi.viber.com";
/// Characters of the name over our messages.
pub const NAME: usize = 28;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "viber",
    name: "Viber",
    channel: ChannelWord::Viber,
    group: Group::Messaging,
    summary: "People write to your Viber bot; you answer from here.",
    icon: "viber",
    hue: 295,
    capabilities: Capabilities {
        attachments: true,
        delivery_reports: true,
        read_reports: true,
        buttons: 12,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 7_000,
        // A whole request may have 30 kB.
        text_bytes: 24_000,
        attachments: 1,
        caption_chars: 0,
        attachment_bytes: 50_000_000,
        sends_per_second: 20.0,
        burst: 20,
        convert: &[
            Conversion::new("image/webp", "image/jpeg", 0),
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
        ],
        button_chars: 250,
        ..Limits::WIDE
    },
    fields: &[
        Field {
            required: true,
            help: "In Viber: More, Settings, Bots, your bot, Edit info, Your app key. Also in the Viber admin panel. It signs what Viber sends, too.",
            help_url: "https://partners.viber.com/",
            ..Field::new("auth_token", "Authentication token", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "acmesupport",
            help: "The bot's unique name, which links to it carry (viber://pa?chatURI=…). It can be looked up from the token.",
            help_url: "https://partners.viber.com/",
            ..Field::new("uri", "Bot's URI", FieldKind::Text)
        },
        Field {
            placeholder: "Acme Support",
            help: "Stands over our messages, up to 28 characters. Empty: the name of this channel.",
            ..Field::new("sender_name", "Sender's name", FieldKind::Text)
        },
        Field {
            default: BASE,
            advanced: true,
            help: "Change it only to test against a stand-in.",
            ..Field::new("base_url", "Viber's address", FieldKind::Url)
        },
    ],
    paste: &[Paste {
        label: "Webhook address",
        template: "{public_url}/api/webhooks/viber/{key}",
        help: "It is registered with Viber for you (set_webhook); there is no page to paste it into.",
    }],
    needs: &[
        "A Viber bot. Since February 2024, Viber makes them on commercial terms only",
        "A public https address with a certificate from a known authority: Viber calls it while it is being registered",
    ],
    notes: &[
        "A bot cannot write first: the person has to write, or subscribe.",
        "At most 100 messages in an hour to a person who does not answer.",
        "Words go under pictures (512 characters), not under videos and other files. Viber fetches files from this installation.",
        "A message that was sent cannot be changed or taken back; there are no reactions.",
        "What people send lies at Viber for about an hour; it is fetched at once.",
    ],
    identifier_field: "uri",
    ..Descriptor::BASE
};
