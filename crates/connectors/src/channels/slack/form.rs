//! What is asked when a Slack workspace is connected.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, OAuth, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

/// Where Slack's Web API is.
pub const BASE: &str = "https://slack.com/api";
/// What the app has to be allowed. The first is needed for anything at all.
pub const SCOPES: &[&str] = &[
    "chat:write",
    "im:history",
    "im:write",
    "users:read",
    "users:read.email",
    "files:read",
    "files:write",
    "reactions:read",
    "reactions:write",
    "channels:history",
    "groups:history",
    "mpim:history",
    "app_mentions:read",
];

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "slack",
    name: "Slack",
    channel: ChannelWord::Slack,
    group: Group::Messaging,
    summary: "People write to your Slack app, or in channels it was invited to; you answer from here.",
    icon: "slack",
    hue: 330,
    capabilities: Capabilities {
        attachments: true,
        reactions: true,
        edits: true,
        deletes: true,
        buttons: 25,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 4_000,
        attachments: 10,
        sends_per_second: 4.0,
        burst: 10,
        pair_interval_ms: 1_000,
        pair_burst: 3,
        button_chars: 75,
        button_text_chars: 3000,
        ..Limits::WIDE
    },
    oauth: Some(OAuth {
        authorize_url: "https://slack.com/oauth/v2/authorize",
        token_url: "{base_url}/oauth.v2.access",
        scopes: SCOPES,
        scope_separator: ",",
        pkce: false,
        extra: &[],
        client_id_field: "client_id",
        client_secret_field: "client_secret",
        fills: &["access_token", "team_id", "bot_user_id"],
    }),
    fields: &[
        Field {
            required: true,
            help: "On your app's page: Basic Information, App Credentials, Signing Secret. It proves that events come from Slack.",
            help_url: "https://api.slack.com/apps",
            ..Field::new("signing_secret", "Signing secret", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "xoxb-…",
            help: "On your app's page: OAuth & Permissions, Bot User OAuth Token. It is there once the app is installed in the workspace.",
            help_url: "https://api.slack.com/apps",
            ..Field::new("access_token", "Bot token", FieldKind::Secret)
        },
        Field {
            required: true,
            placeholder: "T0123456789",
            help: "The workspace's id; it begins with T. It can be looked up from the bot token.",
            help_url: "https://slack.com/help/articles/221769328-Locate-your-Slack-URL-or-ID",
            ..Field::new("team_id", "Workspace ID", FieldKind::Text)
        },
        Field {
            default: "true",
            help: "On: what is said in channels that the app was invited to becomes conversations, one for each thread. Off: only direct messages.",
            ..Field::new("channels", "Conversations in channels too", FieldKind::Boolean)
        },
        Field {
            default: "false",
            help: "Answers show the name of whoever wrote them. The app needs the additional scope chat:write.customize.",
            help_url: "https://docs.slack.dev/reference/scopes/chat.write.customize",
            ..Field::new("show_names", "Show the writer's name", FieldKind::Boolean)
        },
        Field {
            help: "Only for connecting with the button: Basic Information, App Credentials, Client ID.",
            help_url: "https://api.slack.com/apps",
            placeholder: "1234567890.1234567890",
            ..Field::new("client_id", "Client ID", FieldKind::Text)
        },
        Field {
            help: "Only for connecting with the button: Basic Information, App Credentials, Client Secret.",
            help_url: "https://api.slack.com/apps",
            ..Field::new("client_secret", "Client secret", FieldKind::Secret)
        },
        Field {
            advanced: true,
            placeholder: "U0123456789",
            help: "The app's own user; filled in when the workspace is looked up or connected.",
            ..Field::new("bot_user_id", "Bot's user ID", FieldKind::Text)
        },
        Field {
            advanced: true,
            default: BASE,
            help: "Change it only to test against a stand-in. Files then go there as well.",
            ..Field::new("base_url", "Slack's address", FieldKind::Url)
        },
    ],
    paste: &[
        Paste {
            label: "Request URL for events",
            template: "{public_url}/api/webhooks/slack/{key}",
            help: "On your app's page: Event Subscriptions, Enable Events, Request URL. Slack checks it at once, so save the signing secret here first.",
        },
        Paste {
            label: "Request URL for buttons",
            template: "{public_url}/api/webhooks/slack/{key}",
            help: "On your app's page: Interactivity & Shortcuts, Interactivity on, Request URL.",
        },
        Paste {
            label: "Redirect URL",
            template: "{public_url}/oauth/callback",
            help: "Only for connecting with the button: OAuth & Permissions, Redirect URLs.",
        },
    ],
    needs: &[
        "A Slack app of your own, made at api.slack.com/apps, with a bot user",
        "The right to install apps in the workspace, or an owner who approves it",
        "A public https address of this installation",
    ],
    notes: &[
        "A person has to write first: to the app directly, or in a channel it was invited to.",
        "Slack reports neither delivery nor reading, and apps cannot show that somebody writes.",
        "Everybody in a channel counts as a customer, people of your own workspace too.",
        "Slack Connect: people of other workspaces may come without an e-mail address.",
        "Slack's own emoji (custom ones) arrive as their names, such as :party:.",
    ],
    identifier_field: "team_id",
    ..Descriptor::BASE
};
