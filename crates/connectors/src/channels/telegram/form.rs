//! What is asked when a Telegram bot is connected.

use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, Paste};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

/// Where Telegram's servers are.
pub const BASE: &str = "https://api.telegram.org";
/// Characters of a text under a file.
pub const CAPTION: usize = 1_024;
/// Bytes of a file that a bot may fetch.
pub const FETCHED_BYTES: i64 = 20_000_000;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "telegram",
    name: "Telegram",
    channel: ChannelWord::Telegram,
    group: Group::Messaging,
    summary: "People write to your Telegram bot; you answer from here.",
    icon: "telegram",
    hue: 235,
    capabilities: Capabilities {
        attachments: true,
        locations: true,
        typing: true,
        reactions: true,
        edits: true,
        deletes: true,
        buttons: 20,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 4_096,
        attachments: 1,
        caption_chars: 1024,
        attachment_bytes: 50_000_000,
        sends_per_second: 30.0,
        burst: 30,
        pair_interval_ms: 1_000,
        pair_burst: 3,
        convert: &[
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("audio/webm", "audio/ogg", 0),
            Conversion::new("audio/wav", "audio/ogg", 0),
            Conversion::new("audio/x-wav", "audio/ogg", 0),
        ],
        button_chars: 64,
        ..Limits::WIDE
    },
    fields: &[
        Field {
            required: true,
            placeholder: "123456789:AAE…",
            help: "In Telegram, open @BotFather, send /newbot (or /mybots, your bot, API Token) and copy the token.",
            help_url: "https://core.telegram.org/bots#how-do-i-create-a-bot",
            ..Field::new("bot_token", "Bot token", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "acme_support_bot",
            help: "The bot's name that ends in “bot”, without the @.",
            help_url: "https://core.telegram.org/bots/features#botfather",
            ..Field::new("username", "Bot's username", FieldKind::Text)
        },
        Field {
            default: "webhook",
            options: &[
                Choice { value: "webhook", label: "Telegram brings messages (webhook)" },
                Choice { value: "polling", label: "We ask for messages (polling)" },
            ],
            help: "The webhook needs a public https address. Polling works from behind any firewall.",
            ..Field::new("mode", "How messages arrive", FieldKind::Select)
        },
        Field {
            default: "false",
            help: "Off: what is said in groups is left out. In groups, a bot sees everything only with its privacy mode off (@BotFather, /setprivacy).",
            help_url: "https://core.telegram.org/bots/features#privacy-mode",
            ..Field::new("groups", "Conversations in groups too", FieldKind::Boolean)
        },
        Field {
            generated: true,
            advanced: true,
            help: "Comes with every delivery as proof that it is Telegram's: 1 to 256 letters, digits, _ and -.",
            help_url: "https://core.telegram.org/bots/api#setwebhook",
            ..Field::new("webhook_secret", "Webhook secret", FieldKind::Secret)
        },
        Field {
            default: BASE,
            advanced: true,
            help: "Change it only for a Bot API server of your own.",
            help_url: "https://github.com/tdlib/telegram-bot-api",
            ..Field::new("base_url", "Telegram's address", FieldKind::Url)
        },
    ],
    paste: &[Paste {
        label: "Webhook address",
        template: "{public_url}/api/webhooks/telegram/{key}",
        help: "It is registered with Telegram for you (setWebhook); there is no page to paste it into.",
    }],
    needs: &["A bot of your own: in Telegram, @BotFather makes one with /newbot and tells you its token"],
    notes: &[
        "A bot cannot write first: the person has to open the bot and press Start, or write.",
        "Telegram reports neither delivery nor reading.",
        "Files above 20 MB cannot be fetched by bots; the conversation then shows their name and size only. We can send up to 50 MB.",
        "Text goes out plain, without bold or links behind words.",
        "A bot can take a message back for 48 hours.",
        "Through a business account (Telegram Business), answers are possible within 24 hours of the person's last message.",
    ],
    identifier_field: "username",
    ..Descriptor::BASE
};
