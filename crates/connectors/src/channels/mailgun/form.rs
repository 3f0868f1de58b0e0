//! What is asked when Mailgun is connected, and what it can do.

use crate::kit::mail::asked;
use kernel::channel::{Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://api.mailgun.net";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "mailgun",
    name: "Mailgun",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A shared address on a domain at Mailgun: mail comes in by a route and goes out over the API.",
    icon: "mailgun",
    hue: 20,
    capabilities: asked::CAPABILITIES,
    limits: Limits {
        text_chars: 500_000,
        attachments: 100,
        // 25 MB of finished mail, in which files are a third longer.
        attachment_bytes: 18_000_000,
        inbound_bytes: 45 << 20,
        sends_per_second: 10.0,
        burst: 20,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[
        Paste {
            label: "Route: forward to",
            template: "{public_url}/api/webhooks/mailgun/{key}?mime",
            help: "Receiving, Create route: match the recipient, Forward to this address, and Stop. It ends with “mime”, so that Mailgun posts the mail as it came.",
        },
        Paste {
            label: "Webhooks",
            template: "{public_url}/api/webhooks/mailgun/{key}",
            help: "Sending, Webhooks, your domain: add this address for Accepted, Delivered, Permanent Failure, Temporary Failure, Spam Complaints, Unsubscribes and, if you track opens, Opened and Clicked.",
        },
    ],
    needs: &[
        "A domain that is verified at Mailgun, with its MX records if mail is to come in there",
        "An API key, and the HTTP webhook signing key",
    ],
    notes: &[
        "Mailgun signs the time and a token, not the content: keep the webhook's address on https.",
        "Read states need “Track opens”; many mail programs block it, and openings by machines are not counted.",
        "Mailgun has no key against sending twice: if its answer is lost, the message is marked as uncertain.",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    asked::ADDRESS,
    asked::DISPLAY_NAME,
    Field {
        placeholder: "mg.example.com",
        help: "The sending domain as it is called at Mailgun. Empty: the address's own domain.",
        help_url: "https://app.mailgun.com/mg/sending/domains",
        ..Field::new("domain", "Mailgun domain", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "key-… or 32 letters and digits with hyphens",
        help: "Your name at the top right, API Security, Add new key. A sending key of the domain (Domain settings, Sending keys) is enough for sending.",
        help_url: "https://app.mailgun.com/settings/api_security",
        ..Field::new("api_key", "API key", FieldKind::Secret)
    },
    Field {
        required: true,
        help: "Proves that deliveries come from Mailgun: API Security, HTTP webhook signing key. It is not the API key.",
        help_url: "https://app.mailgun.com/settings/api_security",
        ..Field::new("signing_key", "HTTP webhook signing key", FieldKind::Secret)
    },
    asked::SIGNATURE,
    Field {
        placeholder: "mg.example.com",
        help: "A domain whose MX records are Mailgun's. Answers are then asked for at reply+…@ this domain. Empty: at name+…@ the address's own domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        help: "Puts an invisible picture into mail that goes out and shows when it was loaded. Tracking has to be set up for the domain at Mailgun. In some countries people have to agree to that.",
        ..asked::TRACK_OPENS
    },
    asked::any_recipient("Take all mail that the route forwards. Switch off to take only this channel's address, its + forms and answers."),
    Field {
        help: "Ask for answers at an address that finds the conversation even when a mail program drops its headers. Switch off if the route does not match such addresses.",
        ..asked::PLUS_ADDRESSING
    },
    asked::base_url(BASE_URL, "https://api.eu.mailgun.net for domains in the European region."),
];
