//! What is asked when SendGrid is connected, and what it can do.

use crate::kit::mail::asked;
use kernel::channel::{Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://api.sendgrid.com";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "sendgrid",
    name: "SendGrid",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A shared address through Twilio SendGrid: mail comes in by Inbound Parse and goes out over the v3 API.",
    icon: "mail",
    hue: 230,
    capabilities: asked::CAPABILITIES,
    limits: Limits {
        text_chars: 500_000,
        attachments: 100,
        // 30 MB of finished mail, in which files are a third longer.
        attachment_bytes: 20_000_000,
        inbound_bytes: 45 << 20,
        sends_per_second: 10.0,
        burst: 20,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[
        Paste {
            label: "Inbound Parse: destination URL",
            template: "{public_url}/api/webhooks/sendgrid/{key}",
            help: "Settings, Inbound Parse, Add Host & URL. Put the webhook password in: https://switchboard:PASSWORD@… before the host, or ?password=PASSWORD at the end. Tick “POST the raw, full MIME message”.",
        },
        Paste {
            label: "Event Webhook: post URL",
            template: "{public_url}/api/webhooks/sendgrid/{key}",
            help: "Settings, Mail Settings, Event Webhooks. Choose Processed, Deferred, Delivered, Bounced, Dropped, Opened, Spam Reports and Unsubscribes, enable the signature, save, and copy the verification key into this form. Without a signature put the webhook password into the address, as above.",
        },
    ],
    needs: &[
        "A SendGrid account with an authenticated domain, or the address as a verified single sender",
        "An API key with Full Access to Mail Send",
        "A host name for incoming mail (in.example.com) whose MX record is mx.sendgrid.net",
    ],
    notes: &[
        "Inbound Parse takes mail for a whole host name. Let your mail provider forward the public address to an address there.",
        "Read states need “Track opens”; many mail programs block it, and openings by machines are not counted.",
        "SendGrid has no key against sending twice: if its answer is lost, the message is marked as uncertain.",
    ],
    identifier_field: "address",
    webhook_paths: &["email/sendgrid"],
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        help: "The address customers write to, and from which answers come. It or its domain is verified in SendGrid under Settings, Sender Authentication.",
        help_url: "https://app.sendgrid.com/settings/sender_auth",
        ..asked::ADDRESS
    },
    asked::DISPLAY_NAME,
    Field {
        required: true,
        placeholder: "SG.…",
        help: "Settings, API Keys, Create API Key: Restricted Access with Mail Send, or Full Access if webhooks are to be set up from here.",
        help_url: "https://app.sendgrid.com/settings/api_keys",
        ..Field::new("api_key", "API key", FieldKind::Secret)
    },
    Field {
        placeholder: "in.example.com",
        help: "The host name of your Inbound Parse setting. Answers are then asked for at reply+…@ this host. Empty: at name+…@ the address's own domain.",
        help_url: "https://app.sendgrid.com/settings/parse",
        ..Field::new("inbound_domain", "Inbound Parse host", FieldKind::Text)
    },
    Field {
        generated: true,
        help: "Proves deliveries that SendGrid does not sign. It goes into the webhook's address at SendGrid, as user:password before the host or as ?password= at its end.",
        ..Field::new("webhook_password", "Webhook password", FieldKind::Secret)
    },
    Field {
        placeholder: "MFkwEwYHKoZIzj0CAQYI…",
        help: "Shown beside the Event Webhook once its signature is enabled. When it is set, unsigned events are refused.",
        help_url: "https://app.sendgrid.com/settings/mail_settings/webhook_settings",
        ..Field::new("event_key", "Event Webhook verification key", FieldKind::Text)
    },
    asked::SIGNATURE,
    asked::TRACK_OPENS,
    Field {
        advanced: true,
        placeholder: "MFkwEwYHKoZIzj0CAQYI…",
        help: "Public key of the webhook security policy of your Inbound Parse setting, if you made one. When it is set, unsigned mail is refused.",
        help_url: "https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks",
        ..Field::new("parse_key", "Inbound Parse verification key", FieldKind::Text)
    },
    asked::any_recipient(
        "Take mail to every address of the Inbound Parse host. Switch off to take only this channel's address, its + forms and answers.",
    ),
    asked::PLUS_ADDRESSING,
    asked::base_url(BASE_URL, "https://api.eu.sendgrid.com for subusers in the European region."),
];
