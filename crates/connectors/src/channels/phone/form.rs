//! What is asked when a telephone number is connected.

use super::numbers::{self, Party};
use crate::kit::twilio::fields;
use jiff::tz::TimeZone;
use kernel::channel::{Account, Capabilities, Descriptor, Group, Health, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "phone",
    name: "Phone calls",
    channel: ChannelWord::Phone,
    group: Group::Voice,
    summary: "Calls as records in the conversation: from your telephone system, from a list, or from Twilio Voice.",
    icon: "phone",
    hue: 145,
    capabilities: Capabilities { continuous: true, simulator: true, inbound_only: true, calls: true, ..Capabilities::NONE },
    limits: Limits { inbound_bytes: 5 << 20, ..Limits::WIDE },
    fields: &[
        Field {
            required: true,
            placeholder: "+27105550001",
            help: "The number that people call, in international form without blanks.",
            ..Field::new("number", "Your number", FieldKind::Text)
        },
        Field {
            generated: true,
            help: "Your telephone system signs its records with it (HMAC-SHA256). Not needed for Twilio.",
            ..Field::new("secret", "Signing secret", FieldKind::Secret)
        },
        Field {
            placeholder: "27",
            help: "Country code for numbers that come without one, such as 082 555 0001. Empty: the workspace’s own country counts.",
            ..Field::new("country_code", "Country code", FieldKind::Text)
        },
        Field {
            default: "UTC",
            placeholder: "Africa/Johannesburg",
            help: "For times without an offset, as telephone systems write them into lists.",
            ..Field::new("time_zone", "Time zone", FieldKind::Text)
        },
        Field {
            default: "false",
            help: "Copies recordings into the conversation. Ask your lawyer first: callers have to know. Off: only the address of a recording is kept.",
            ..Field::new("fetch_recordings", "Keep recordings", FieldKind::Boolean)
        },
        Field {
            placeholder: "https://pbx.example.com/call?to={number}",
            help: "Opened when somebody presses a phone number, with {number} in place of the number. Empty: the computer’s own telephone program is asked (tel:).",
            ..Field::new("call_url", "Address that starts a call", FieldKind::Text)
        },
        Field {
            help: "For Twilio Voice. On the first page of the Twilio console, under Account info. Needed for recordings.",
            required: false,
            ..fields::ACCOUNT_SID
        },
        Field {
            help: "For Twilio Voice. Below the account SID, behind “Show”. It proves that deliveries come from Twilio.",
            required: false,
            ..fields::AUTH_TOKEN
        },
        fields::AUTH_TOKEN_SECONDARY,
        Field {
            advanced: true,
            placeholder: "+27215550001",
            help: "Twilio only, when the number’s own voice address leads here: where calls are put through to.",
            ..Field::new("forward_to", "Put calls through to", FieldKind::Text)
        },
        Field {
            advanced: true,
            placeholder: "Nobody can take your call now. Leave a message after the tone.",
            help: "Twilio only, when the number’s own voice address leads here: what callers hear before they leave a voice message. Empty: no voice messages.",
            ..Field::new("greeting", "Voicemail greeting", FieldKind::TextArea)
        },
    ],
    paste: &[Paste {
        label: "Address for records of calls",
        template: "{public_url}/api/webhooks/phone/{key}",
        help: "Your telephone system posts JSON or CSV to it, with X-Switchboard-Timestamp (unix seconds) and X-Switchboard-Signature: sha256= followed by the hex HMAC-SHA256 of timestamp, a dot and the raw body. At Twilio: the number’s “Call status changes” under Voice.",
    }],
    needs: &[
        "A telephone system that can send a web request after a call, a script that sends its list of calls, or a number at Twilio",
        "Switchboard reachable from that system; for Twilio, from the internet",
    ],
    notes: &[
        "Nobody can talk through Switchboard: it shows that there was a call, how long it was and how it ended.",
        "Answers cannot be typed here. Call the person, or write on another channel.",
        "Callers without a number are each a person of their own: nothing says that two of them are the same.",
        "Calls between extensions are left out.",
    ],
    identifier_field: "number",
    call_url_field: "call_url",
    ..Descriptor::BASE
};

/// What can be judged without anybody else.
pub fn check(account: &Account) -> Health {
    let broken = |detail: &str| Health::Broken { detail: detail.into() };
    let Party::Phone(number) = numbers::party(account, account.settings.text("number").unwrap_or_default()) else {
        return broken("Write your number in international form without blanks, such as +27105550001.");
    };
    if numbers::country_code(account).is_none() && account.settings.text("country_code").is_some() {
        return broken("The country code is one to three digits, such as 27.");
    }
    if let Some(zone) = account.settings.text("time_zone")
        && TimeZone::get(zone).is_err()
    {
        return broken("The time zone is not known. Write it like Africa/Johannesburg or UTC.");
    }
    if let Some(forward) = account.settings.text("forward_to")
        && !matches!(numbers::party(account, forward), Party::Phone(_))
    {
        return broken("Write the number that calls are put through to in international form, such as +27215550001.");
    }
    if let Some(url) = account.settings.text("call_url")
        && !call_url_fits(url)
    {
        return broken("The address that starts a call begins with https://, http://, tel:, callto: or sip:, and has {number} in it.");
    }
    let set = |name: &str| account.settings.text(name).is_some();
    if !set("secret") && !set("auth_token") {
        return broken(
            "There is neither a signing secret nor an auth token of Twilio, so that nothing can be proved. Save the settings once.",
        );
    }
    if account.settings.flag("fetch_recordings") && set("auth_token") && !set("account_sid") {
        return broken("Recordings at Twilio need the account SID as well.");
    }
    Health::Ok {
        detail: format!("Ready for records of calls to and from {number}{}.", if set("auth_token") { ", also from Twilio" } else { "" }),
    }
}

/// A page of ours is to open it: nothing that runs script.
fn call_url_fits(url: &str) -> bool {
    let known =
        ["https://", "http://", "tel:", "callto:", "sip:", "sips:"].iter().any(|scheme| url.to_ascii_lowercase().starts_with(scheme));
    known && url.contains("{number}") && !url.contains(char::is_whitespace)
}
