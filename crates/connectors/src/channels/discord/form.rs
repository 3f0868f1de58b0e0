//! What is asked when a Discord bot is connected.

use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// Where Discord's API is.
pub const BASE: &str = "https://discord.com/api/v10";
/// Characters of a text.
pub const TEXT: usize = 2_000;
/// Bytes of all files of one message.
pub const REQUEST_BYTES: usize = 25 << 20;
/// What is said at once to somebody who used a command.
pub const THANKS: &str = "Thank you. We have your message and answer here.";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "discord",
    name: "Discord",
    channel: ChannelWord::Discord,
    group: Group::Social,
    summary: "People write to your Discord bot, or in your server; you answer from here.",
    icon: "discord",
    hue: 275,
    capabilities: Capabilities {
        attachments: true,
        typing: true,
        reactions: true,
        edits: true,
        deletes: true,
        buttons: 25,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: TEXT,
        attachments: 10,
        attachment_bytes: 10 << 20,
        sends_per_second: 20.0,
        burst: 20,
        pair_interval_ms: 1_000,
        pair_burst: 5,
        button_chars: 80,
        convert: &[
            Conversion::new("image/png", "image/jpeg", 10 << 20),
            Conversion::new("image/jpeg", "image/jpeg", 10 << 20),
            Conversion::new("image/webp", "image/jpeg", 10 << 20),
        ],
        ..Limits::WIDE
    },
    fields: &[
        Field {
            required: true,
            help: "In the Developer Portal: your application, Bot, Reset Token. It is shown once.",
            help_url: "https://discord.com/developers/applications",
            ..Field::new("bot_token", "Bot token", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "1100000000000000000",
            help: "In the Developer Portal: General Information, Application ID. It can be looked up from the token.",
            help_url: "https://discord.com/developers/applications",
            ..Field::new("application_id", "Application ID", FieldKind::Text)
        },
        Field {
            placeholder: "64 letters and digits",
            help: "In the Developer Portal: General Information, Public Key. Needed for buttons and commands; it can be looked up from the token.",
            help_url: "https://discord.com/developers/applications",
            ..Field::new("public_key", "Public key", FieldKind::Text)
        },
        Field {
            default: "true",
            help: "On: what is said in the servers that the bot is in becomes conversations; the bot needs the Message Content Intent. Off: only direct messages.",
            help_url: "https://discord.com/developers/docs/events/gateway#message-content-intent",
            ..Field::new("servers", "Conversations in servers too", FieldKind::Boolean)
        },
        Field {
            help: "Empty: every channel that the bot sees. Otherwise only these, with their threads and posts. Turn on Developer Mode in Discord, then right-click a channel, Copy Channel ID.",
            help_url: "https://support.discord.com/hc/en-us/articles/206346498",
            placeholder: "1100000000000000001",
            ..Field::new("channel_ids", "Only these channels", FieldKind::Words)
        },
        Field {
            advanced: true,
            default: THANKS,
            help: "Shown at once, and only to them, to somebody who uses a command of the bot.",
            ..Field::new("command_reply", "Answer to commands", FieldKind::Text)
        },
        Field {
            advanced: true,
            default: BASE,
            help: "Change it only to test against a stand-in.",
            ..Field::new("base_url", "Discord's address", FieldKind::Url)
        },
    ],
    paste: &[
        Paste {
            label: "Invitation of the bot",
            template: "https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot%20applications.commands&permissions=274878024768",
            help: "Open it in the browser and choose your server: the bot joins with what it needs.",
        },
        Paste {
            label: "Interactions endpoint",
            template: "{public_url}/api/webhooks/discord/{key}",
            help: "For buttons and commands: General Information, Interactions Endpoint URL. Save the public key here first; Discord tries the address when you save it there.",
        },
    ],
    needs: &[
        "An application with a bot at discord.com/developers/applications",
        "Message Content Intent switched on for it (Bot, Privileged Gateway Intents), for conversations in servers",
        "The right to add bots to your server (Manage Server)",
    ],
    notes: &[
        "A person has to write first. Direct messages reach only people who share a server with the bot, or installed it, and allow them.",
        "Discord reports neither delivery nor reading.",
        "In a channel that is not a thread, everybody's messages make one conversation; threads and forum posts are one each.",
        "What happens while the connection is down is fetched when it comes back within some minutes; what happened longer ago is not.",
        "Marks such as **bold** are shown by Discord as it does for everybody.",
        "A bot in more than 2,500 servers would need several connections, which there are none of here.",
    ],
    identifier_field: "application_id",
    ..Descriptor::BASE
};
