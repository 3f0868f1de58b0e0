//! What is asked when Gmail is connected, and what it can do.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, OAuth, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://gmail.googleapis.com";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "gmail",
    name: "Gmail",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A mailbox at Gmail or Google Workspace: its inbox comes in, answers leave as if written there.",
    icon: "gmail",
    hue: 28,
    capabilities: Capabilities {
        subject: true,
        recipients: true,
        html: true,
        attachments: true,
        outbound_first: "email",
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 500_000,
        attachments: 100,
        // 35 MB of finished mail, in which files are a third longer.
        attachment_bytes: 25_000_000,
        inbound_bytes: 64 << 20,
        // 250 units a second and user, of which a mail costs 100.
        sends_per_second: 2.0,
        burst: 2,
        ..Limits::WIDE
    },
    oauth: Some(OAuth {
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        scopes: &["https://www.googleapis.com/auth/gmail.modify", "https://www.googleapis.com/auth/gmail.send"],
        scope_separator: " ",
        pkce: true,
        // Without both, Google gives a refresh token only at the very first consent.
        extra: &[("access_type", "offline"), ("prompt", "consent")],
        client_id_field: "client_id",
        client_secret_field: "client_secret",
        fills: &["access_token", "refresh_token"],
    }),
    fields: FIELDS,
    paste: &[Paste {
        label: "Pub/Sub push endpoint",
        template: "{public_url}/api/webhooks/gmail/{key}",
        help: "Only for instant delivery: the push subscription of your topic, with authentication switched on. Without it the mailbox is asked every half minute.",
    }],
    needs: &[
        "A mailbox at Gmail or Google Workspace, and its owner at hand to give consent",
        "A project in the Google Cloud console with the Gmail API switched on and an OAuth client of type Web application",
        "For instant delivery: a Pub/Sub topic to which gmail-api-push@system.gserviceaccount.com may publish",
    ],
    notes: &[
        "A person's own mailbox sends to about 500 recipients a day, one of Workspace to about 2,000.",
        "While the OAuth application is in testing, Google ends the connection every seven days. Publish it, or make it internal to your Workspace.",
        "Gmail does not report delivery. Bounces come back as mail and are recognised.",
        "Mail that Gmail sorts into spam does not come in.",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        required: true,
        placeholder: "support@example.com",
        help: "The mailbox's address, or one of its “Send mail as” addresses.",
        help_url: "https://mail.google.com/mail/u/0/#settings/accounts",
        ..Field::new("address", "Address", FieldKind::Email)
    },
    Field {
        placeholder: "Example Support",
        help: "The name that stands before the address. Empty: the name of whoever answers.",
        ..Field::new("display_name", "Name shown", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "….apps.googleusercontent.com",
        help: "Google Cloud console, APIs & Services, Credentials, OAuth 2.0 client IDs.",
        help_url: "https://console.cloud.google.com/apis/credentials",
        ..Field::new("client_id", "Client ID", FieldKind::Text)
    },
    Field {
        required: true,
        help: "Beside the client ID.",
        help_url: "https://console.cloud.google.com/apis/credentials",
        ..Field::new("client_secret", "Client secret", FieldKind::Secret)
    },
    Field { help: "Filled in by connecting.", ..Field::new("access_token", "Access token", FieldKind::Secret) },
    Field { help: "Filled in by connecting.", ..Field::new("refresh_token", "Refresh token", FieldKind::Secret) },
    Field {
        placeholder: "projects/my-project/topics/gmail",
        help: "For instant delivery: the topic's whole name.",
        help_url: "https://console.cloud.google.com/cloudpubsub/topic/list",
        ..Field::new("pubsub_topic", "Pub/Sub topic", FieldKind::Text)
    },
    Field {
        placeholder: "push@my-project.iam.gserviceaccount.com",
        help: "The service account chosen under “Enable authentication” of the push subscription. Pushes of anybody else are refused.",
        help_url: "https://console.cloud.google.com/cloudpubsub/subscription/list",
        ..Field::new("push_service_account", "Push service account", FieldKind::Email)
    },
    Field { help: "Added below every answer that a person writes.", ..Field::new("signature", "Signature", FieldKind::TextArea) },
    Field {
        advanced: true,
        help: "What stands under “Audience” in the push subscription. Empty: the address of the push endpoint, as Google does by itself.",
        ..Field::new("push_audience", "Push audience", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "inbound.example.com",
        help: "A domain whose whole mail reaches this mailbox. Answers are then asked for at reply+…@ this domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "true",
        help: "Ask for answers at name+…@, which finds the conversation even when a mail program drops its headers. Gmail delivers such addresses.",
        ..Field::new("plus_addressing", "Use + addresses", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        default: BASE_URL,
        help: "Where the Gmail API is. With another address Google's keys are asked for below it, at /oauth2/v3/certs.",
        ..Field::new("base_url", "API address", FieldKind::Url)
    },
];
