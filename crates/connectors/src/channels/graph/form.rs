//! What is asked when a Microsoft 365 mailbox is connected, and what it can do.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, OAuth, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://graph.microsoft.com/v1.0";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "graph",
    name: "Microsoft 365",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A mailbox in Microsoft 365 (Exchange Online), own or shared: its inbox comes in, answers leave as if written in Outlook.",
    icon: "mail",
    hue: 240,
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
        attachments: 50,
        attachment_bytes: 25_000_000,
        inbound_bytes: 64 << 20,
        // Exchange Online takes 30 messages a minute from a mailbox.
        sends_per_second: 0.5,
        burst: 4,
        ..Limits::WIDE
    },
    oauth: Some(OAuth {
        authorize_url: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token_url: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        scopes: &[
            "offline_access",
            "https://graph.microsoft.com/User.Read",
            "https://graph.microsoft.com/Mail.ReadWrite",
            "https://graph.microsoft.com/Mail.Send",
            "https://graph.microsoft.com/Mail.ReadWrite.Shared",
            "https://graph.microsoft.com/Mail.Send.Shared",
        ],
        scope_separator: " ",
        pkce: true,
        extra: &[("response_mode", "query"), ("prompt", "select_account")],
        client_id_field: "client_id",
        client_secret_field: "client_secret",
        fills: &["access_token", "refresh_token"],
    }),
    fields: FIELDS,
    paste: &[Paste {
        label: "Notification address",
        template: "{public_url}/api/webhooks/graph/{key}",
        help: "Nothing to paste: “Set up at the provider” gives it to Microsoft. It has to be reachable from the internet over HTTPS.",
    }],
    needs: &[
        "A mailbox in Microsoft 365, and somebody at hand who may sign in to it (or has full access to it, if it is shared)",
        "An application registered in Microsoft Entra, with a client secret",
        "In some organisations: an administrator's consent to the permissions",
    ],
    notes: &[
        "The name before the address is the one of the mailbox; Exchange does not let us change it.",
        "Microsoft does not report delivery. Bounces come back as mail and are recognised.",
        "Instant notifications do not exist for shared mailboxes; those are asked every minute.",
        "Personal Outlook.com mailboxes cannot be connected.",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        required: true,
        placeholder: "support@example.com",
        help: "The mailbox's address. Answers leave from it.",
        ..Field::new("address", "Address", FieldKind::Email)
    },
    Field {
        default: "false",
        help: "The address is a shared mailbox, to which whoever signs in has full access and the right to send as it.",
        ..Field::new("shared_mailbox", "Shared mailbox", FieldKind::Boolean)
    },
    Field {
        required: true,
        default: "organizations",
        help: "Your directory (tenant) ID, or “organizations” for any. Entra admin centre, App registrations, your application, Overview.",
        help_url: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        ..Field::new("tenant", "Directory (tenant) ID", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "00000000-0000-0000-0000-000000000000",
        help: "On the same page: Application (client) ID.",
        help_url: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        ..Field::new("client_id", "Application (client) ID", FieldKind::Text)
    },
    Field {
        required: true,
        help: "Certificates & secrets, New client secret: the Value, which is shown once (not the Secret ID).",
        help_url: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        ..Field::new("client_secret", "Client secret", FieldKind::Secret)
    },
    Field { help: "Filled in by connecting.", ..Field::new("access_token", "Access token", FieldKind::Secret) },
    Field { help: "Filled in by connecting.", ..Field::new("refresh_token", "Refresh token", FieldKind::Secret) },
    Field {
        generated: true,
        help: "Made here. Microsoft gives it back with every notification, which proves them.",
        ..Field::new("client_state", "Notification secret", FieldKind::Secret)
    },
    Field { help: "Added below every answer that a person writes.", ..Field::new("signature", "Signature", FieldKind::TextArea) },
    Field {
        advanced: true,
        placeholder: "inbound.example.com",
        help: "A domain whose whole mail reaches this mailbox. Answers are then asked for at reply+…@ this domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "true",
        help: "Ask for answers at name+…@, which finds the conversation even when a mail program drops its headers. Exchange Online delivers such addresses unless your organisation has switched that off.",
        ..Field::new("plus_addressing", "Use + addresses", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        default: BASE_URL,
        help: "Where Microsoft Graph is; national clouds have addresses of their own.",
        help_url: "https://learn.microsoft.com/graph/deployments",
        ..Field::new("base_url", "API address", FieldKind::Url)
    },
];
