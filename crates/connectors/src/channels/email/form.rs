//! What is asked when mail is connected, and what mail can do.

use super::providers;
use kernel::channel::{Capabilities, Descriptor, Group, Limits, OAuth, Paste};
use kernel::form::{Choice, Field, FieldKind, Is};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "smtp",
    name: "E-mail",
    channel: ChannelWord::Email,
    group: Group::Email,
    summary: "Any mailbox: mail is fetched over IMAP or handed to our own mail server, and answers leave through yours.",
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
    oauth: Some(OAuth {
        authorize_url: "{oauth_authorize_url}",
        token_url: "{oauth_token_url}",
        scopes: &["{oauth_scopes}"],
        scope_separator: " ",
        pkce: true,
        extra: &[],
        client_id_field: "client_id",
        client_secret_field: "client_secret",
        fills: &["access_token", "refresh_token"],
    }),
    oauth_when: &[&[BY_BUTTON]],
    fields: FIELDS,
    paste: &[Paste {
        label: "Forward mail to",
        template: "{address}",
        help: "Let your mail provider forward or route mail for this address to Switchboard's SMTP listener: as an MX record, a smart host, or a transport rule to this server's SMTP port (2525 unless changed). The envelope recipient has to stay this address or one of its + forms.",
    }],
    paste_when: &[&[Is { field: "receive", one_of: &["listener"] }]],
    needs: &[
        "An address that customers write to, and the user name and password of its mailbox; many providers want an app password made for Switchboard",
        "For a mailbox at Microsoft, or for Google without an app password: an OAuth client registered there, and the mailbox's owner at hand to give consent",
        "Without a mailbox: a way to route the address's mail to this server's SMTP listener, and a mail server that lets you send from it",
    ],
    identifier_field: "address",
    ..Descriptor::BASE
};

const RECEIVE_IMAP: Is = Is { field: "receive", one_of: &["imap"] };
const RECEIVE_OTHER: Is = Is { field: "receive", one_of: &["listener", "none"] };
const BY_PASSWORD: Is = Is { field: "sign_in", one_of: &["password"] };
const BY_BUTTON: Is = Is { field: "sign_in", one_of: &["oauth"] };
const OWN_SIGN_IN: Is = Is { field: "smtp_sign_in", one_of: &["own"] };

const PROTECTION: &[Choice] = &[
    Choice { value: "tls", label: "TLS" },
    Choice { value: "starttls", label: "STARTTLS" },
    Choice { value: "none", label: "None (this machine only)" },
];

static FIELDS: &[Field] = &[
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
        options: providers::CHOICES,
        presets: providers::PRESETS,
        help: "Where the mailbox is. Its servers are filled in.",
        ..Field::new("mail_provider", "Mail provider", FieldKind::Select)
    },
    Field {
        default: "listener",
        options: &[
            Choice { value: "imap", label: "Fetched from a mailbox (IMAP)" },
            Choice { value: "listener", label: "Handed to Switchboard’s own mail server (SMTP)" },
            Choice { value: "none", label: "Not at all: sending only" },
        ],
        ..Field::new("receive", "How mail comes in", FieldKind::Select)
    },
    Field {
        default: "password",
        when: &[&[Is { field: "receive", one_of: &["imap", "none"] }]],
        options: &[
            Choice { value: "password", label: "With user name and password" },
            Choice { value: "oauth", label: "On the provider’s own page (OAuth 2)" },
        ],
        help: "On the provider's own page nobody types a password here; it needs an OAuth client that you register there once.",
        ..Field::new("sign_in", "Signing in", FieldKind::Select)
    },
    Field {
        required: true,
        when: &[&[BY_BUTTON]],
        help: "Of the application that you registered with the provider. Its redirect address is this installation's address with /oauth/callback.",
        ..Field::new("client_id", "Client ID", FieldKind::Text)
    },
    Field { required: true, when: &[&[BY_BUTTON]], ..Field::new("client_secret", "Client secret", FieldKind::Secret) },
    Field {
        required: true,
        when: &[&[BY_BUTTON]],
        placeholder: "https://login.example.com/oauth2/authorize",
        ..Field::new("oauth_authorize_url", "Sign-in page", FieldKind::Url)
    },
    Field {
        required: true,
        when: &[&[BY_BUTTON]],
        placeholder: "https://login.example.com/oauth2/token",
        ..Field::new("oauth_token_url", "Token address", FieldKind::Url)
    },
    Field {
        required: true,
        when: &[&[BY_BUTTON]],
        help: "What is asked for, separated by spaces: reading by IMAP and sending by SMTP.",
        ..Field::new("oauth_scopes", "Scopes", FieldKind::Text)
    },
    Field { when: &[&[BY_BUTTON]], help: "Filled in by connecting.", ..Field::new("access_token", "Access token", FieldKind::Secret) },
    Field { when: &[&[BY_BUTTON]], help: "Filled in by connecting.", ..Field::new("refresh_token", "Refresh token", FieldKind::Secret) },
    Field {
        required: true,
        when: &[&[RECEIVE_IMAP]],
        placeholder: "imap.example.com",
        ..Field::new("imap_host", "Incoming server", FieldKind::Text)
    },
    Field {
        default: "993",
        when: &[&[RECEIVE_IMAP]],
        help: "993 for TLS, 143 for STARTTLS.",
        ..Field::new("imap_port", "Incoming port", FieldKind::Number)
    },
    Field {
        default: "tls",
        options: PROTECTION,
        when: &[&[RECEIVE_IMAP]],
        help: "Without protection only servers on this machine are reached.",
        ..Field::new("imap_security", "Incoming protection", FieldKind::Select)
    },
    Field {
        when: &[&[RECEIVE_IMAP]],
        help: "Empty: the address. {name} stands for the part of it before the @.",
        ..Field::new("imap_username", "User name", FieldKind::Text)
    },
    Field {
        required: true,
        when: &[&[RECEIVE_IMAP, BY_PASSWORD]],
        help: "Of the mailbox. Where your provider has app passwords, make one for Switchboard.",
        ..Field::new("imap_password", "Mailbox password", FieldKind::Secret)
    },
    Field {
        default: "INBOX",
        when: &[&[RECEIVE_IMAP]],
        help: "Up to eight. Mail in the folder of sent mail is shown as ours.",
        ..Field::new("folders", "Folders", FieldKind::Names)
    },
    Field {
        default: "new",
        when: &[&[RECEIVE_IMAP]],
        options: &[
            Choice { value: "new", label: "Only what comes from now on" },
            Choice { value: "days", label: "The last days as well" },
            Choice { value: "all", label: "Everything that is there" },
        ],
        help: "Mail that is there already comes in quietly: closed, read, and nobody is told. It counts for folders that are fetched from for the first time.",
        ..Field::new("first_import", "First import", FieldKind::Select)
    },
    Field {
        default: "30",
        when: &[&[RECEIVE_IMAP, Is { field: "first_import", one_of: &["days"] }]],
        ..Field::new("first_days", "How many days", FieldKind::Number)
    },
    Field {
        default: "leave",
        when: &[&[RECEIVE_IMAP]],
        options: &[
            Choice { value: "leave", label: "Leave it as it is" },
            Choice { value: "seen", label: "Mark it as read" },
            Choice { value: "move", label: "Move it to a folder" },
        ],
        help: "What is done in the mailbox with new mail that has come in here. Mail of the first import is left alone.",
        ..Field::new("after_import", "After import", FieldKind::Select)
    },
    Field {
        required: true,
        placeholder: "Switchboard",
        when: &[&[RECEIVE_IMAP, Is { field: "after_import", one_of: &["move"] }]],
        help: "It is made if it is not there.",
        ..Field::new("move_to", "Move to folder", FieldKind::Text)
    },
    Field {
        placeholder: "smtp.example.com",
        help: "Your mail server for sending. Empty: mail can be received and not answered.",
        ..Field::new("smtp_host", "Outgoing server", FieldKind::Text)
    },
    Field { default: "587", help: "587 for STARTTLS, 465 for TLS.", ..Field::new("smtp_port", "Outgoing port", FieldKind::Number) },
    Field {
        default: "starttls",
        options: PROTECTION,
        help: "How the connection is protected. Without protection only servers on this machine are reached.",
        ..Field::new("smtp_security", "Outgoing protection", FieldKind::Select)
    },
    Field {
        default: "same",
        when: &[&[RECEIVE_IMAP]],
        options: &[
            Choice { value: "same", label: "As to the mailbox" },
            Choice { value: "own", label: "With another user name and password" },
        ],
        ..Field::new("smtp_sign_in", "Signing in to the outgoing server", FieldKind::Select)
    },
    Field {
        when: &[&[RECEIVE_OTHER], &[OWN_SIGN_IN]],
        help: "Often the whole address. Empty when the server asks for none.",
        ..Field::new("smtp_username", "User name for sending", FieldKind::Text)
    },
    Field {
        when: &[
            &[Is { field: "receive", one_of: &["listener"] }],
            &[Is { field: "receive", one_of: &["none"] }, BY_PASSWORD],
            &[OWN_SIGN_IN],
        ],
        help: "Where your provider has app passwords, make one for Switchboard.",
        ..Field::new("smtp_password", "Password for sending", FieldKind::Secret)
    },
    Field { help: "Added below every answer that a person writes.", ..Field::new("signature", "Signature", FieldKind::TextArea) },
    Field {
        advanced: true,
        placeholder: "inbound.example.com",
        help: "A domain whose whole mail comes in here. Answers are then asked for at reply+…@ this domain.",
        ..Field::new("inbound_domain", "Inbound domain", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "false",
        help: "Asks the servers on the way to say when a mail has arrived. Those that can answer with a mail of their own, and the message is shown as delivered.",
        ..Field::new("delivery_reports", "Ask for delivery reports", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        placeholder: "mx.example.com",
        when: &[&[RECEIVE_IMAP]],
        help: "The name at the beginning of the Authentication-Results headers that your mailbox's server writes. Its word on whether a sender is genuine is believed. Known for the large providers.",
        ..Field::new("receiving_server", "Server that checks senders", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "true",
        help: "Ask for answers at name+…@, which finds the conversation even when a mail program drops its headers. Switch off if your provider does not deliver such addresses.",
        ..Field::new("plus_addressing", "Use + addresses", FieldKind::Boolean)
    },
];
