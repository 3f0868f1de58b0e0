//! What is asked when an X account is connected.

use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, MediaLimit, OAuth, Paste};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

/// Where X's API is.
pub const BASE: &str = "https://api.x.com";
/// Characters of a text.
pub const TEXT: usize = 10_000;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "x",
    name: "X (Twitter)",
    channel: ChannelWord::Twitter,
    group: Group::Social,
    summary: "Direct messages to your X account, as far as they are not encrypted.",
    icon: "x",
    hue: 230,
    capabilities: Capabilities { attachments: true, read_reports: true, continuous: true, simulator: true, ..Capabilities::NONE },
    limits: Limits {
        text_chars: TEXT,
        attachments: 1,
        // 15 in 15 minutes.
        sends_per_second: 1.0 / 60.0,
        burst: 15,
        media: &[
            MediaLimit { prefix: "image/jpeg", bytes: 5_000_000 },
            MediaLimit { prefix: "image/png", bytes: 5_000_000 },
            MediaLimit { prefix: "image/webp", bytes: 5_000_000 },
            MediaLimit { prefix: "image/gif", bytes: 15_000_000 },
            MediaLimit { prefix: "video/mp4", bytes: 25_000_000 },
        ],
        convert: &[
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("image/webp", "image/jpeg", 5_000_000),
            Conversion::new("image/png", "image/jpeg", 5_000_000),
            Conversion::new("image/jpeg", "image/jpeg", 5_000_000),
        ],
        ..Limits::WIDE
    },
    oauth: Some(OAuth {
        authorize_url: "https://x.com/i/oauth2/authorize",
        token_url: "{base_url}/2/oauth2/token",
        scopes: &["dm.read", "dm.write", "tweet.read", "users.read", "media.write", "offline.access"],
        scope_separator: " ",
        pkce: true,
        extra: &[],
        client_id_field: "client_id",
        client_secret_field: "client_secret",
        fills: &["access_token"],
    }),
    fields: &[
        Field {
            required: true,
            help: "In the Developer Portal: your app, Keys and tokens, API Key and Secret (consumer keys): the secret. It proves that events come from X.",
            help_url: "https://developer.x.com/en/portal/projects-and-apps",
            ..Field::new("consumer_secret", "API key secret", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "2244994945",
            help: "The number of the account that customers write to. It can be looked up once there is an access token.",
            help_url: "https://docs.x.com/fundamentals/data-dictionary#user",
            ..Field::new("user_id", "Account's user ID", FieldKind::Text)
        },
        Field {
            placeholder: "N1RMWHNvbWV0aGluZw",
            help: "For connecting with the button: Keys and tokens, OAuth 2.0 Client ID. The app's type has to be Web App.",
            help_url: "https://developer.x.com/en/portal/projects-and-apps",
            ..Field::new("client_id", "OAuth 2.0 client ID", FieldKind::Text)
        },
        Field {
            help: "For connecting with the button: Keys and tokens, OAuth 2.0 Client Secret.",
            help_url: "https://developer.x.com/en/portal/projects-and-apps",
            ..Field::new("client_secret", "OAuth 2.0 client secret", FieldKind::Secret)
        },
        Field {
            help: "Filled in by connecting. Or, for your own account: Keys and tokens, Access Token, made with the permission for direct messages.",
            help_url: "https://developer.x.com/en/portal/projects-and-apps",
            ..Field::new("access_token", "Access token", FieldKind::Secret)
        },
        Field {
            help: "Only together with an access token that was copied (OAuth 1.0a). Leave it empty after connecting with the button.",
            help_url: "https://docs.x.com/fundamentals/authentication/oauth-1-0a",
            ..Field::new("access_token_secret", "Access token secret", FieldKind::Secret)
        },
        Field {
            help: "Only together with the access token secret: the API key.",
            help_url: "https://docs.x.com/fundamentals/authentication/oauth-1-0a",
            ..Field::new("consumer_key", "API key", FieldKind::Secret)
        },
        Field {
            help: "Needed to register the webhook from here, and to see whether X still holds it for valid: Keys and tokens, Bearer Token.",
            help_url: "https://developer.x.com/en/portal/projects-and-apps",
            ..Field::new("bearer_token", "App's bearer token", FieldKind::Secret)
        },
        Field {
            default: "webhook",
            options: &[
                Choice { value: "webhook", label: "X brings messages (webhook)" },
                Choice { value: "polling", label: "We ask for messages, about once a minute" },
            ],
            help: "The webhook needs a public https address without a port, and a plan of X's with webhooks.",
            help_url: "https://docs.x.com/x-api/webhooks/introduction",
            ..Field::new("mode", "How messages arrive", FieldKind::Select)
        },
        Field {
            advanced: true,
            default: BASE,
            help: "Change it only to test against a stand-in.",
            ..Field::new("base_url", "X's address", FieldKind::Url)
        },
    ],
    paste: &[
        Paste {
            label: "Webhook address",
            template: "{public_url}/api/webhooks/x/{key}",
            help: "Register sets it by itself, with the bearer token; X has no page to paste it into.",
        },
        Paste {
            label: "Callback URI",
            template: "{public_url}/oauth/callback",
            help: "For connecting with the button: your app, User authentication settings, Callback URI.",
        },
    ],
    needs: &[
        "A developer account at developer.x.com with a paid plan (pay per use is enough)",
        "An app there with the permission Read and write and Direct message",
        "For the webhook, a public https address on port 443",
    ],
    notes: &[
        "Encrypted chats (XChat) cannot be read or answered: their keys are on people's devices only. X is moving ordinary users there; who writes to you that way does not arrive here. Ask them to write an unencrypted message.",
        "X lets an account send 15 messages in 15 minutes and 1,440 a day.",
        "X reports reading, not delivery; with polling, it reports neither.",
        "Whether somebody can be written to is up to their settings: they may take messages only from people they follow.",
        "No reactions, edits, buttons or typing. Deleting would only hide a message from yourself, so that it is not offered.",
        "Of videos, only short ones can be sent: X works on long ones for minutes.",
        "Posts, mentions and replies do not arrive, only direct messages.",
    ],
    identifier_field: "user_id",
    ..Descriptor::BASE
};

/// Are messages asked for, instead of brought?
pub fn polls(account: &kernel::channel::Account) -> bool {
    account.settings.text("mode") == Some("polling")
}
