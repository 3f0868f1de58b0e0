//! What is asked when a number or a messaging service of Twilio is connected.

use crate::kit::twilio::fields;
use kernel::channel::{Capabilities, Conversion, Descriptor, Group, Limits, Paste};
use kernel::form::{Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "twilio",
    name: "Twilio SMS",
    channel: ChannelWord::Sms,
    group: Group::Messaging,
    summary: "Text and picture messages through a number or a messaging service of Twilio.",
    icon: "message-square-text",
    hue: 15,
    capabilities: Capabilities {
        attachments: true,
        outbound_first: "phone",
        delivery_reports: true,
        continuous: true,
        simulator: true,
        ..Capabilities::NONE
    },
    limits: Limits {
        text_chars: 1_600,
        attachments: 10,
        attachment_bytes: 5_000_000,
        inbound_bytes: 256 << 10,
        // A long code sends one part a second; Twilio keeps what comes faster in a queue of four hours.
        sends_per_second: 1.0,
        burst: 30,
        sms_parts: true,
        convert: &[
            Conversion::new("image/bmp", "image/jpeg", 0),
            Conversion::new("image/tiff", "image/jpeg", 0),
            Conversion::new("image/webp", "image/jpeg", 0),
            Conversion::new("image/png", "image/jpeg", 5_000_000),
            Conversion::new("image/jpeg", "image/jpeg", 5_000_000),
        ],
        ..Limits::WIDE
    },
    fields: &[
        fields::ACCOUNT_SID,
        fields::AUTH_TOKEN,
        Field {
            required: true,
            placeholder: "+15005550006",
            help: "A number in international form without blanks, a short code, a sender name, or the SID of a messaging service (MG…).",
            help_url: "https://console.twilio.com/us1/develop/phone-numbers/manage/incoming",
            ..Field::new("sender", "Number or messaging service", FieldKind::Text)
        },
        Field {
            advanced: true,
            default: "true",
            help: "Counts STOP, UNSUBSCRIBE and the like as unsubscribing, START as coming back, as Twilio itself does. Turn it off only if Twilio’s own handling of these words is turned off.",
            ..Field::new("opt_out_words", "STOP unsubscribes", FieldKind::Boolean)
        },
        fields::API_KEY_SID,
        fields::API_KEY_SECRET,
        fields::AUTH_TOKEN_SECONDARY,
        fields::BASE_URL,
    ],
    paste: &[Paste {
        label: "A message comes in",
        template: "{public_url}/api/webhooks/twilio/{key}",
        help: "In the number’s settings under Messaging, with HTTP POST; for a messaging service under Integration, “Send a webhook”. Reports need no address: each message names its own.",
    }],
    needs: &[
        "A Twilio account with a number that can send text messages, or a messaging service",
        "Switchboard reachable from the internet",
        "For numbers of the United States: registration (A2P 10DLC) or toll-free verification in the Twilio console",
    ],
    notes: &[
        "Pictures travel only in the United States, Canada and Australia; elsewhere Twilio refuses them.",
        "Nobody can see when a text message was read. Some networks do not even report that it was delivered.",
        "A person who wrote STOP gets no more messages until they write START.",
        "A sender name instead of a number cannot be answered.",
    ],
    identifier_field: "sender",
    webhook_paths: &["sms/twilio"],
    ..Descriptor::BASE
};
