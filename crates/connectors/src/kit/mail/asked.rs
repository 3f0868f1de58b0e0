//! What every provider of mail asks for in the same words, and what all of them can do.

use kernel::channel::Capabilities;
use kernel::form::{Field, FieldKind};

/// Whether mail was opened is known with “Track opens”, or what stands for it.
pub const CAPABILITIES: Capabilities = Capabilities {
    subject: true,
    recipients: true,
    html: true,
    attachments: true,
    outbound_first: "email",
    delivery_reports: true,
    read_reports: true,
    simulator: true,
    ..Capabilities::NONE
};

pub const ADDRESS: Field = Field {
    required: true,
    placeholder: "support@example.com",
    help: "The address customers write to, and from which answers come.",
    ..Field::new("address", "Address", FieldKind::Email)
};
pub const DISPLAY_NAME: Field = Field {
    placeholder: "Example Support",
    help: "The name that stands before the address. Empty: the name of whoever answers.",
    ..Field::new("display_name", "Name shown", FieldKind::Text)
};
pub const SIGNATURE: Field =
    Field { help: "Added below every answer that a person writes.", ..Field::new("signature", "Signature", FieldKind::TextArea) };
pub const TRACK_OPENS: Field = Field {
    default: "false",
    help: "Puts an invisible picture into mail that goes out and shows when it was loaded. In some countries people have to agree to that.",
    ..Field::new("track_opens", "Track opens", FieldKind::Boolean)
};
pub const PLUS_ADDRESSING: Field = Field {
    advanced: true,
    default: "true",
    help: "Ask for answers at an address that finds the conversation even when a mail program drops its headers. Switch off if your provider does not deliver such addresses.",
    ..Field::new("plus_addressing", "Use + addresses", FieldKind::Boolean)
};

/// `help` names the provider's word for what brings mail here.
pub const fn any_recipient(help: &'static str) -> Field {
    Field { advanced: true, default: "true", help, ..Field::new("any_recipient", "Take mail for any address", FieldKind::Boolean) }
}
/// `help` names the host that is meant.
pub const fn base_url(default: &'static str, help: &'static str) -> Field {
    Field { advanced: true, default, help, ..Field::new("base_url", "API address", FieldKind::Url) }
}
