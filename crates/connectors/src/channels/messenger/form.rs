//! What is asked when a Facebook Page is connected.

use crate::kit::meta::sending::{HUMAN_HOURS, STANDARD_HOURS};
use crate::kit::meta::{FACEBOOK, asked};
use kernel::channel::{Capabilities, Descriptor, Group, Limits, MediaLimit, OAuth, Paste, Window, WindowAfter};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

const MIB: i64 = 1 << 20;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "messenger",
    name: "Facebook Messenger",
    channel: ChannelWord::Facebook,
    group: Group::Social,
    summary: "Messages to your Facebook Page.",
    icon: "messenger",
    hue: 265,
    capabilities: Capabilities {
        attachments: true,
        typing: true,
        delivery_reports: true,
        read_reports: true,
        mark_read: true,
        reactions: true,
        buttons: 13,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 2_000,
        attachments: 1,
        caption_chars: 0,
        attachment_bytes: 25 * MIB,
        inbound_bytes: 3 << 20,
        sends_per_second: 40.0,
        burst: 40,
        media: &[MediaLimit { prefix: "image/", bytes: 8 * MIB }, MediaLimit { prefix: "", bytes: 25 * MIB }],
        convert: &[asked::BMP, asked::TIFF, asked::WEBP, asked::PNG, asked::JPEG],
        ..Limits::WIDE
    },
    window: Some(Window { hours: STANDARD_HOURS, human_hours: HUMAN_HOURS, after: WindowAfter::Wait }),
    oauth: Some(OAuth {
        authorize_url: "https://www.facebook.com/v23.0/dialog/oauth",
        token_url: "https://graph.facebook.com/v23.0/oauth/access_token",
        scopes: &["pages_show_list", "pages_messaging", "pages_manage_metadata", "business_management"],
        scope_separator: ",",
        pkce: false,
        extra: &[],
        client_id_field: "app_id",
        client_secret_field: "app_secret",
        fills: &["access_token"],
    }),
    fields: &[
        Field {
            required: true,
            placeholder: "670843887433847",
            help: "In the app dashboard at the top: App ID.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("app_id", "App ID", FieldKind::Text)
        },
        asked::APP_SECRET,
        Field {
            required: true,
            placeholder: "106540352242922",
            help: "Filled in when you choose the Page after connecting. Else: on the Page, About, Page transparency, Page ID.",
            help_url: "https://www.facebook.com/pages/",
            ..Field::new("page_id", "Page ID", FieldKind::Text)
        },
        Field {
            help: "Filled in when you choose the Page after connecting. Else: app dashboard, Messenger, API settings, Generate token.",
            help_url: "https://developers.facebook.com/apps/",
            ..Field::new("page_token", "Page access token", FieldKind::Secret)
        },
        Field {
            help: "The token of the login; it lists your Pages. Filled in by connecting.",
            ..Field::new("access_token", "Login token", FieldKind::Secret)
        },
        asked::VERIFY_TOKEN,
        asked::HUMAN_AGENT,
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
            template: "{public_url}/api/webhooks/messenger/{key}",
            help: "In the app dashboard: Messenger, Messenger API Settings, Configure webhooks.",
        },
        asked::PASTE_VERIFY_TOKEN,
        Paste {
            label: "Deauthorise callback URL",
            template: "{public_url}/api/webhooks/messenger/{key}?callback=deauthorize",
            help: "In the app dashboard: Facebook Login for Business, Settings, Deauthorise callback URL. The channel says so when somebody removes the app.",
        },
        Paste {
            label: "Data deletion request URL",
            template: "{public_url}/api/webhooks/messenger/{key}?callback=deletion",
            help: "In the app dashboard: Facebook Login for Business, Settings, Data deletion request URL.",
        },
    ],
    needs: &[
        "A Facebook Page on which you have full control",
        "A Meta developer app with the product Messenger",
        "Meta's approval of pages_messaging before customers can write (people with a role in the app can at once)",
    ],
    notes: &[
        asked::ONLY_ANSWERS,
        asked::ONLY_PEOPLE_LATER,
        "Either words or one file in a message.",
        "A message that was sent cannot be changed or taken back, and Messenger does not tell when a person takes theirs back.",
    ],
    identifier_field: "page_id",
    ..Descriptor::BASE
};
