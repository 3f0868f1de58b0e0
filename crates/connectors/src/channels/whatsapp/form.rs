//! What is asked when a WhatsApp number is connected.

use super::errors::PAIR_MS;
use crate::kit::meta::{FACEBOOK, asked};
use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, MediaLimit, Paste, Window, WindowAfter};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

const MIB: i64 = 1 << 20;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "whatsapp",
    name: "WhatsApp",
    channel: ChannelWord::Whatsapp,
    group: Group::Messaging,
    summary: "A WhatsApp Business number by Meta's Cloud API.",
    icon: "whatsapp",
    hue: 150,
    capabilities: Capabilities {
        attachments: true,
        locations: true,
        outbound_first: "phone",
        typing: true,
        delivery_reports: true,
        read_reports: true,
        mark_read: true,
        templates: true,
        reactions: true,
        buttons: 10,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 4_096,
        attachments: 1,
        caption_chars: 1024,
        attachment_bytes: 100 * MIB,
        inbound_bytes: 3 << 20,
        sends_per_second: 80.0,
        burst: 80,
        pair_interval_ms: PAIR_MS,
        pair_burst: 45,
        media: &[
            MediaLimit { prefix: "image/jpeg", bytes: 5 * MIB },
            MediaLimit { prefix: "image/png", bytes: 5 * MIB },
            MediaLimit { prefix: "video/mp4", bytes: 16 * MIB },
            MediaLimit { prefix: "video/3gpp", bytes: 16 * MIB },
            MediaLimit { prefix: "audio/", bytes: 16 * MIB },
            MediaLimit { prefix: "", bytes: 100 * MIB },
        ],
        convert: &[
            Conversion::new("image/webp", "image/jpeg", 0),
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("image/png", "image/jpeg", 5 * MIB),
            Conversion::new("image/jpeg", "image/jpeg", 5 * MIB),
            Conversion::new("audio/webm", "audio/ogg", 0),
            Conversion::new("audio/wav", "audio/ogg", 0),
            Conversion::new("audio/x-wav", "audio/ogg", 0),
        ],
        button_chars: 72,
        ..Limits::WIDE
    },
    window: Some(Window { hours: 24, human_hours: 0, after: WindowAfter::Template }),
    fields: &[
        Field {
            required: true,
            placeholder: "106540352242922",
            help: "The id of the number, not the number itself. In the app dashboard: WhatsApp, API Setup, Phone number ID.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("phone_number_id", "Phone number ID", FieldKind::Text)
        },
        Field {
            required: true,
            placeholder: "102290129340398",
            help: "Stands below the phone number ID, or in WhatsApp Manager under Account settings.",
            help_url: "https://business.facebook.com/wa/manage/home/",
            ..Field::new("waba_id", "WhatsApp Business account ID", FieldKind::Text)
        },
        Field {
            required: true,
            help: "A system user's token that does not run out, with whatsapp_business_messaging and whatsapp_business_management. In Business settings: Users, System users, Generate new token.",
            help_url: "https://business.facebook.com/settings/system-users",
            ..Field::new("access_token", "Access token", FieldKind::Secret)
        },
        asked::APP_SECRET,
        asked::VERIFY_TOKEN,
        asked::APPSECRET_PROOF,
        Field {
            advanced: true,
            default: FACEBOOK,
            help: "Where Meta's API is reached. Change it only to test against a stand-in.",
            ..Field::new("base_url", "API address", FieldKind::Url)
        },
    ],
    paste: &[
        Paste {
            label: "Callback URL",
            template: "{public_url}/api/webhooks/whatsapp/{key}",
            help: "In the app dashboard: WhatsApp, Configuration, Webhook. Subscribe to messages and message_template_status_update.",
        },
        asked::PASTE_VERIFY_TOKEN,
        Paste {
            label: "Deauthorise callback URL",
            template: "{public_url}/api/webhooks/whatsapp/{key}?callback=deauthorize",
            help: "In the app dashboard: Facebook Login for Business, Settings, Deauthorise callback URL. The channel says so when somebody removes the app.",
        },
        Paste {
            label: "Data deletion request URL",
            template: "{public_url}/api/webhooks/whatsapp/{key}?callback=deletion",
            help: "In the app dashboard: Facebook Login for Business, Settings, Data deletion request URL.",
        },
    ],
    needs: &[
        "A Meta developer app with the product WhatsApp",
        "A WhatsApp Business account with a number that is registered with the Cloud API",
        "A system user's access token for that account",
    ],
    notes: &[
        "Later than 24 hours after the person's last message, only approved templates reach them.",
        "A message that was sent cannot be changed or taken back.",
        "One file in each message; sound carries no words along.",
        "Who has a username may hide their phone number; the conversation goes on under WhatsApp's id for them.",
    ],
    identifier_field: "phone_number_id",
    ..Descriptor::BASE
};
