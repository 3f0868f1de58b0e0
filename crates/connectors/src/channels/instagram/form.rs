//! What is asked when an Instagram account is connected.

use crate::kit::meta::sending::{HUMAN_HOURS, STANDARD_HOURS};
use crate::kit::meta::{INSTAGRAM, asked};
use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, MediaLimit, OAuth, Paste, Window, WindowAfter};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

const MIB: i64 = 1 << 20;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "instagram",
    name: "Instagram",
    channel: ChannelWord::Instagram,
    group: Group::Social,
    summary: "Direct messages and story replies to your professional Instagram account.",
    icon: "instagram",
    hue: 350,
    capabilities: Capabilities {
        attachments: true,
        typing: true,
        read_reports: true,
        mark_read: true,
        reactions: true,
        buttons: 13,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 1_000,
        text_bytes: 1_000,
        attachments: 1,
        caption_chars: 0,
        attachment_bytes: 25 * MIB,
        inbound_bytes: 3 << 20,
        sends_per_second: 10.0,
        burst: 20,
        media: &[
            MediaLimit { prefix: "image/png", bytes: 8 * MIB },
            MediaLimit { prefix: "image/jpeg", bytes: 8 * MIB },
            MediaLimit { prefix: "video/", bytes: 25 * MIB },
            MediaLimit { prefix: "audio/", bytes: 25 * MIB },
            MediaLimit { prefix: "application/pdf", bytes: 25 * MIB },
        ],
        convert: &[
            asked::BMP,
            asked::TIFF,
            asked::WEBP,
            asked::PNG,
            asked::JPEG,
            // Of sound it takes AAC, M4A and WAV.
            Conversion::new("audio/ogg", "audio/wav", 0),
            Conversion::new("audio/webm", "audio/wav", 0),
            Conversion::new("audio/mpeg", "audio/wav", 0),
        ],
        ..Limits::WIDE
    },
    window: Some(Window { hours: STANDARD_HOURS, human_hours: HUMAN_HOURS, after: WindowAfter::Wait }),
    oauth: Some(OAuth {
        authorize_url: "https://www.instagram.com/oauth/authorize",
        token_url: "https://api.instagram.com/oauth/access_token",
        scopes: &["instagram_business_basic", "instagram_business_manage_messages"],
        scope_separator: ",",
        pkce: false,
        extra: &[],
        client_id_field: "app_id",
        client_secret_field: "app_secret",
        fills: &["access_token"],
    }),
    fields: &[
        Field {
            default: "instagram",
            options: &[
                Choice { value: "instagram", label: "Instagram login" },
                Choice { value: "facebook", label: "Facebook login, through the linked Page" },
            ],
            help: "How the account is connected. Instagram login needs no Facebook Page.",
            ..Field::new("login", "Login", FieldKind::Select)
        },
        Field {
            required: true,
            placeholder: "1003383421387256",
            help: "Instagram login: in the app dashboard, Instagram, API setup with Instagram login, Instagram app ID. Facebook login: the App ID at the top of the dashboard.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("app_id", "App ID", FieldKind::Text)
        },
        Field {
            required: true,
            help: "Stands next to the app ID; it proves that events come from Meta. With Instagram login it is the Instagram app secret, which is another one than the Facebook app's.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("app_secret", "App secret", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "17841400000000000",
            help: "Filled in when you choose the account after connecting. It begins with 17841.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("instagram_id", "Instagram account ID", FieldKind::Text)
        },
        Field {
            placeholder: "106540352242922",
            help: "Facebook login only: the Page that the account is linked to. Filled in when you choose the account.",
            ..Field::new("page_id", "Page ID", FieldKind::Text)
        },
        Field {
            help: "Filled in by connecting. Facebook login: the Page's access token.",
            ..Field::new("access_token", "Access token", FieldKind::Secret)
        },
        asked::VERIFY_TOKEN,
        asked::HUMAN_AGENT,
        Field {
            advanced: true,
            help: "When the access token runs out, in milliseconds since 1970. Kept by itself.",
            ..Field::new("token_expires_at", "Token runs out at", FieldKind::Number)
        },
        asked::APPSECRET_PROOF,
        Field {
            advanced: true,
            default: INSTAGRAM,
            help: "Where Meta's API is reached; with Facebook login it is graph.facebook.com by itself. Change it only to test against a stand-in.",
            ..Field::new("base_url", "API address", FieldKind::Url)
        },
    ],
    paste: &[
        Paste {
            label: "Callback URL",
            template: "{public_url}/api/webhooks/instagram/{key}",
            help: "In the app dashboard: Instagram, API setup with Instagram login, Configure webhooks (Facebook login: Webhooks, Instagram).",
        },
        asked::PASTE_VERIFY_TOKEN,
        Paste {
            label: "Deauthorise callback URL",
            template: "{public_url}/api/webhooks/instagram/{key}?callback=deauthorize",
            help: "In the app dashboard: Instagram, API setup with Instagram login, Business login settings, Deauthorise callback URL. The channel says so when somebody removes the app.",
        },
        Paste {
            label: "Data deletion request URL",
            template: "{public_url}/api/webhooks/instagram/{key}?callback=deletion",
            help: "In the app dashboard: Instagram, API setup with Instagram login, Business login settings, Data deletion request URL.",
        },
    ],
    needs: &[
        "A professional Instagram account (business or creator) with “Allow access to messages” turned on in its settings",
        "A Meta developer app with the product Instagram",
        "Meta's approval of the messaging permission before customers can write (people with a role in the app can at once)",
    ],
    notes: &[
        asked::ONLY_ANSWERS,
        asked::ONLY_PEOPLE_LATER,
        "A message has at most 1,000 bytes of text, or one file and no text.",
        "Instagram does not tell when a message arrived, only when it was read.",
        "The picture of a story is not kept: Instagram does not allow it beyond the story's day.",
    ],
    identifier_field: "instagram_id",
    ..Descriptor::BASE
};
