//! What is asked when a WhatsApp sender of Twilio is connected.

use crate::kit::twilio::fields;
use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, MediaLimit, Paste, Window, WindowAfter};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "twilio_whatsapp",
    name: "WhatsApp (Twilio)",
    channel: ChannelWord::Whatsapp,
    group: Group::Messaging,
    summary: "A WhatsApp number through Twilio.",
    icon: "whatsapp",
    hue: 150,
    capabilities: Capabilities {
        attachments: true,
        locations: true,
        outbound_first: "phone",
        typing: true,
        delivery_reports: true,
        read_reports: true,
        templates: true,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 1_600,
        attachments: 1,
        caption_chars: 1600,
        attachment_bytes: 16_000_000,
        inbound_bytes: 256 << 10,
        sends_per_second: 80.0,
        burst: 80,
        // WhatsApp's own rule for two messages to the same person.
        pair_interval_ms: 6_000,
        pair_burst: 45,
        media: &[MediaLimit { prefix: "image/", bytes: 5_000_000 }, MediaLimit { prefix: "", bytes: 16_000_000 }],
        convert: &[
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("image/webp", "image/jpeg", 0),
            Conversion::new("image/png", "image/jpeg", 5_000_000),
            Conversion::new("image/jpeg", "image/jpeg", 5_000_000),
            Conversion::new("audio/webm", "audio/ogg", 0),
            Conversion::new("audio/wav", "audio/ogg", 0),
            Conversion::new("audio/x-wav", "audio/ogg", 0),
        ],
        ..Limits::WIDE
    },
    window: Some(Window { hours: 24, human_hours: 0, after: WindowAfter::Template }),
    fields: &[
        fields::ACCOUNT_SID,
        fields::AUTH_TOKEN,
        Field {
            required: true,
            placeholder: "+14155238886",
            help: "The WhatsApp number in international form without blanks (the sandbox is +14155238886), or the SID of a messaging service (MG…).",
            help_url: "https://console.twilio.com/us1/develop/sms/senders/whatsapp-senders",
            ..Field::new("sender", "WhatsApp number or messaging service", FieldKind::Text)
        },
        fields::API_KEY_SID,
        fields::API_KEY_SECRET,
        fields::AUTH_TOKEN_SECONDARY,
        fields::BASE_URL,
    ],
    paste: &[Paste {
        label: "Webhook URL for incoming messages",
        template: "{public_url}/api/webhooks/twilio_whatsapp/{key}",
        help: "In the WhatsApp sender’s settings, with HTTP POST, and again as status callback URL; for the sandbox under “When a message comes in”.",
    }],
    needs: &[
        "A Twilio account with a WhatsApp sender that is online, or the sandbox for trying it out",
        "Switchboard reachable from the internet: Twilio fetches the files you send from there",
    ],
    notes: &[
        "Later than 24 hours after the person’s last message, only approved templates reach them.",
        "Buttons under a message need a template; a message that was sent cannot be changed or taken back.",
        "One file in each message. Only pictures and films carry words along.",
        "Twilio cannot send reactions, and answers do not show which message they answer.",
    ],
    identifier_field: "sender",
    ..Descriptor::BASE
};
