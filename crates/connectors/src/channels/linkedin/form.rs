//! What is asked when LinkedIn's notification mails are to become conversations.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "linkedin",
    name: "LinkedIn",
    channel: ChannelWord::Linkedin,
    group: Group::Social,
    summary: "Messages of LinkedIn members, taken from LinkedIn's notification mails. Read only: LinkedIn offers no API for messages.",
    icon: "linkedin",
    hue: 245,
    capabilities: Capabilities { continuous: true, simulator: true, ..Capabilities::NONE },
    limits: Limits { text_chars: 8_000, attachments: 0, inbound_bytes: 10 << 20, sends_per_second: 1.0, burst: 1, ..Limits::WIDE },
    fields: &[
        Field {
            required: true,
            placeholder: "linkedin@inbound.example.com",
            help: "An address of its own whose mail reaches Switchboard's SMTP listener. LinkedIn's notification mails are forwarded to it.",
            ..Field::new("address", "Forwarding address", FieldKind::Email)
        },
        Field {
            default: "true",
            help: "Stays on: LinkedIn offers no API for sending. Answer in LinkedIn itself; each message carries the address of its conversation there.",
            help_url: "https://learn.microsoft.com/en-us/linkedin/shared/integrations/communications/messages",
            ..Field::new("read_only", "Read only", FieldKind::Boolean)
        },
        Field {
            advanced: true,
            placeholder: "mx.example.com",
            help: "The name at the beginning of the Authentication-Results headers that your own mail server writes. Filled in, a mail of LinkedIn is taken only when that server says dkim=pass for linkedin.com. Only useful when all mail for the address passes that server.",
            ..Field::new("mail_server", "Mail server that checks DKIM", FieldKind::Text)
        },
    ],
    paste: &[Paste {
        label: "Forward LinkedIn's mails to",
        template: "{address}",
        help: "In the mailbox of the LinkedIn member: a rule that redirects mail from linkedin.com about messages to this address. The rule has to keep the sender; forwarding by hand does not.",
    }],
    needs: &[
        "A LinkedIn account whose e-mail notifications for messages are on, each by itself and not as a digest",
        "A mailbox whose rules can redirect LinkedIn's mails",
        "An address whose mail is routed to this server's SMTP listener",
    ],
    notes: &[
        "LinkedIn has no API for messages that everybody may use. This is a bridge over its notification mails: it reads, and cannot send.",
        "Only what LinkedIn mails about arrives: not messages that were read before the mail was due, and none of those you write in LinkedIn.",
        "Some of LinkedIn's mails name the sender and leave the words out; the conversation then says so and links to LinkedIn.",
        "Files, reactions, read marks and group names are not in the mails. A group conversation appears as one person.",
        "Invitations, job alerts and other notifications are kept in the journal as ignored.",
        "LinkedIn conversations that reach respond.io, or a partner of LinkedIn's, come in through those channels instead.",
    ],
    identifier_field: "address",
    read_only_field: "read_only",
    ..Descriptor::BASE
};
