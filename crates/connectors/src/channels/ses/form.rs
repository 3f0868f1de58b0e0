//! What is asked when Amazon SES is connected, and what it can do.

use crate::kit::mail::asked;
use kernel::channel::{Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub const BASE_URL: &str = "https://email.{region}.amazonaws.com";

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "ses",
    name: "Amazon SES",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A shared address on a domain in Amazon SES: mail comes in by receipt rules and SNS, and goes out over the SES API.",
    icon: "mail",
    hue: 55,
    capabilities: asked::CAPABILITIES,
    limits: Limits {
        text_chars: 500_000,
        attachments: 100,
        // 40 MB of finished mail, in which files are a third longer.
        attachment_bytes: 25_000_000,
        inbound_bytes: 45 << 20,
        sends_per_second: 10.0,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[Paste {
        label: "SNS subscription (HTTPS endpoint)",
        template: "{public_url}/api/webhooks/ses/{key}",
        help: "In the SNS console create a subscription for each of your topics: protocol HTTPS, this address as the endpoint, raw message delivery off. It confirms itself within a minute. Or let “Set up at the provider” do it.",
    }],
    needs: &[
        "A verified domain in Amazon SES, outside the sandbox",
        "A receipt rule for the address, with an S3 action (or an SNS action with base64 encoding) and an SNS topic",
        "An SNS topic that gets bounces, complaints and deliveries",
        "An access key of an IAM user who may use ses:SendEmail, ses:GetAccount and, for mail in S3, s3:GetObject",
    ],
    notes: &[
        "Amazon SES writes its own Message-ID into every mail. Answers find their conversation all the same.",
        "With the SNS action alone, mail over 150 KB bounces: use the S3 action for attachments.",
        "Read states need open tracking in the configuration set; many mail programs block it, some load pictures without a reader.",
        "Mail encrypted by the S3 action with a KMS key cannot be read. Leave that encryption off; the bucket's own is fine.",
    ],
    identifier_field: "address",
    webhook_paths: &["email/ses"],
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        help: "The address customers write to, and from which answers come. Its domain (or itself) is a verified identity in SES.",
        help_url: "https://console.aws.amazon.com/ses/home#/identities",
        ..asked::ADDRESS
    },
    asked::DISPLAY_NAME,
    Field {
        required: true,
        placeholder: "eu-west-1",
        help: "The region of your SES identities, as the console shows it at the top right. Mail can be received in some regions only.",
        help_url: "https://docs.aws.amazon.com/general/latest/gr/ses.html",
        ..Field::new("region", "Region", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "AKIA…",
        help: "IAM console, Users, your user, Security credentials, Create access key.",
        help_url: "https://console.aws.amazon.com/iam/home#/users",
        ..Field::new("access_key_id", "Access key ID", FieldKind::Text)
    },
    Field {
        required: true,
        help: "Shown once, when the access key is made.",
        help_url: "https://console.aws.amazon.com/iam/home#/users",
        ..Field::new("secret_access_key", "Secret access key", FieldKind::Secret)
    },
    Field {
        placeholder: "arn:aws:sns:eu-west-1:123456789012:inbound",
        help: "The ARNs of the SNS topics that bring mail and reports, one a line. Deliveries from any other topic are refused; without one, this channel only sends.",
        help_url: "https://console.aws.amazon.com/sns/v3/home#/topics",
        ..Field::new("topic_arns", "SNS topics", FieldKind::Words)
    },
    Field {
        placeholder: "inbox",
        help: "A configuration set whose events go to one of the topics. With it reports name our messages, and opens are reported.",
        help_url: "https://console.aws.amazon.com/ses/home#/configuration-sets",
        ..Field::new("configuration_set", "Configuration set", FieldKind::Text)
    },
    asked::SIGNATURE,
    Field {
        advanced: true,
        placeholder: "inbound.example.com",
        help: "A domain whose whole mail reaches the receipt rule. Answers are then asked for at reply+…@ this domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        help: "Ask for answers at name+…@, which finds the conversation even when a mail program drops its headers. A receipt rule for the bare address takes such addresses too.",
        ..asked::PLUS_ADDRESSING
    },
    Field { advanced: true, help: "Only with temporary credentials.", ..Field::new("session_token", "Session token", FieldKind::Secret) },
    asked::base_url(
        BASE_URL,
        "Where the SES API is; {region} stands for the region. Another address stands in for SES, SNS and S3 alike; buckets are the first part of its paths.",
    ),
];
