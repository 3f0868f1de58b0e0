//! What is asked when mail is connected, and what mail can do.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "smtp",
    name: "E-mail",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "A shared mailbox: mail comes in through our SMTP listener and goes out through your mail server.",
    icon: "mail",
    hue: 250,
    capabilities: Capabilities {
        subject: true,
        recipients: true,
        html: true,
        attachments: true,
        outbound_first: "email",
        typing: false,
        // A server's 250 says that it took the mail, not that it arrived; bounces come back as reports.
        delivery_reports: false,
        read_reports: false,
        templates: false,
        reactions: false,
        continuous: false,
        widget: false,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 500_000,
        attachments: 100,
        attachment_bytes: 25_000_000,
        inbound_bytes: 45 << 20,
        sends_per_second: 10.0,
        burst: 50,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[Paste {
        label: "Forward mail to",
        template: "{address}",
        help: "Let your mail provider forward or route mail for this address to Switchboard's SMTP listener: as an MX record, a smart host, or a transport rule to this server's SMTP port (2525 unless changed). The envelope recipient has to stay this address or one of its + forms.",
    }],
    needs: &[
        "An address that customers write to",
        "A way to route its mail to this server's SMTP listener",
        "Host, user name and password of a mail server that lets you send from that address",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const FIELDS: &[Field] = &[
    Field {
        required: true,
        placeholder: "hello@example.com",
        help: "The address customers write to, and from which answers come.",
        ..Field::new("address", "Address", FieldKind::Email)
    },
    Field {
        placeholder: "Example Support",
        help: "The name that stands before the address. Empty: the name of whoever answers.",
        ..Field::new("display_name", "Name shown", FieldKind::Text)
    },
    Field {
        placeholder: "smtp.example.com",
        help: "Your mail server for sending. Empty: mail can be received and not answered.",
        ..Field::new("smtp_host", "Outgoing server", FieldKind::Text)
    },
    Field { default: "587", help: "587 for STARTTLS, 465 for TLS.", ..Field::new("smtp_port", "Port", FieldKind::Number) },
    Field {
        default: "starttls",
        options: &[
            Choice { value: "starttls", label: "STARTTLS (port 587)" },
            Choice { value: "tls", label: "TLS (port 465)" },
            Choice { value: "none", label: "None (this machine only)" },
        ],
        help: "How the connection is protected. Without protection only servers on this machine are reached.",
        ..Field::new("smtp_security", "Protection", FieldKind::Select)
    },
    Field {
        help: "Often the whole address. Empty when the server asks for none.",
        ..Field::new("smtp_username", "User name", FieldKind::Text)
    },
    Field {
        help: "Where your provider has app passwords, make one for Switchboard.",
        ..Field::new("smtp_password", "Password", FieldKind::Secret)
    },
    Field { help: "Added below every answer that a person writes.", ..Field::new("signature", "Signature", FieldKind::TextArea) },
    Field {
        advanced: true,
        placeholder: "inbound.example.com",
        help: "A domain whose whole mail reaches the SMTP listener. Answers are then asked for at reply+…@ this domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "true",
        help: "Ask for answers at name+…@, which finds the conversation even when a mail program drops its headers. Switch off if your provider does not deliver such addresses.",
        ..Field::new("plus_addressing", "Use + addresses", FieldKind::Boolean)
    },
];
