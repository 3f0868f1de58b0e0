//! What is asked when Postmark is connected, and what it can do.

use crate::kit::mail::asked;
use kernel::channel::{Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://api.postmarkapp.com";
pub const STREAM: &str = "outbound";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "postmark",
    name: "Postmark",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A shared address through a Postmark server: mail comes in by its inbound webhook and goes out over the API.",
    icon: "mail",
    hue: 95,
    capabilities: asked::CAPABILITIES,
    limits: Limits {
        text_chars: 500_000,
        attachments: 50,
        // 10 MB of finished mail, in which files are a third longer.
        attachment_bytes: 7_000_000,
        // 35 MB of files, in base64, and once more in the raw mail.
        inbound_bytes: 100 << 20,
        sends_per_second: 10.0,
        burst: 20,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[
        Paste {
            label: "Inbound webhook",
            template: "{public_url}/api/webhooks/postmark/{key}",
            help: "Your server, the inbound stream, Settings, Webhook. Put the webhook password in: https://switchboard:PASSWORD@… before the host. Tick “Include raw email content in JSON payload”.",
        },
        Paste {
            label: "Webhook of the outbound stream",
            template: "{public_url}/api/webhooks/postmark/{key}",
            help: "Your server, the transactional stream, Webhooks, Add webhook: Delivery, Bounce, Spam complaint, Subscription change and, if you track opens, Open. Put the webhook password into “Basic auth credentials” (any user name).",
        },
    ],
    needs: &[
        "A Postmark server, and the address as a sender signature or its domain verified",
        "The server's API token",
        "A domain for incoming mail whose MX record is inbound.postmarkapp.com, or a forwarding to the server's inbound address",
    ],
    notes: &[
        "Postmark does not sign what it posts: the webhook password is all that proves it.",
        "Read states need “Track opens”; many mail programs block it, and some load pictures without a reader.",
        "Postmark refuses some kinds of files (programs, archives of programs), and mail over 10 MB.",
        "Postmark has no key against sending twice: if its answer is lost, the message is marked as uncertain.",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        help: "The address customers write to, and from which answers come. A confirmed sender signature, or on a verified domain.",
        help_url: "https://account.postmarkapp.com/signature_domains",
        ..asked::ADDRESS
    },
    asked::DISPLAY_NAME,
    Field {
        required: true,
        placeholder: "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        help: "Your server, API Tokens. It is the server's token, not the account's.",
        help_url: "https://account.postmarkapp.com/servers",
        ..Field::new("server_token", "Server API token", FieldKind::Secret)
    },
    Field {
        generated: true,
        help: "Proves that deliveries come from Postmark. It goes into the webhook's address there, as user:password before the host, or into “Basic auth credentials”.",
        ..Field::new("webhook_password", "Webhook password", FieldKind::Secret)
    },
    asked::SIGNATURE,
    Field {
        placeholder: "in.example.com",
        help: "The domain of the inbound stream (Settings, Inbound domain). Answers are then asked for at reply+…@ this domain. Empty: at name+…@ the address's own domain, which has to be forwarded.",
        help_url: "https://postmarkapp.com/developer/user-guide/inbound/inbound-domain-forwarding",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    asked::TRACK_OPENS,
    Field {
        advanced: true,
        default: STREAM,
        help: "The ID of the transactional stream to send by: your server, the stream, Settings.",
        ..Field::new("message_stream", "Message stream", FieldKind::Text)
    },
    asked::any_recipient("Take all mail of the inbound stream. Switch off to take only this channel's address, its + forms and answers."),
    asked::PLUS_ADDRESSING,
    asked::base_url(BASE_URL, "Where Postmark's API is reached."),
];
