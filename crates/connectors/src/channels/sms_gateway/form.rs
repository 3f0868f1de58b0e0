//! What is asked when a gateway without a connector of its own is connected: how it is called, and how it calls us.

use kernel::channel::{Capabilities, Descriptor, Group, Limits, Paste};
use kernel::form::{Choice, Field, FieldKind};
use kernel::message::ChannelWord;

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "sms_gateway",
    name: "SMS gateway",
    channel: ChannelWord::Sms,
    group: Group::Messaging,
    summary: "Text messages through any gateway that is called over HTTP.",
    icon: "message-square",
    hue: 100,
    capabilities: Capabilities { outbound_first: "phone", delivery_reports: true, continuous: true, simulator: true, ..Capabilities::NONE },
    limits: Limits {
        // Ten parts.
        text_chars: 1_530,
        attachments: 0,
        inbound_bytes: 1 << 20,
        sends_per_second: 5.0,
        burst: 10,
        sms_parts: true,
        ..Limits::WIDE
    },
    fields: FIELDS,
    paste: &[Paste {
        label: "Incoming messages and reports",
        template: "{public_url}/api/webhooks/sms_gateway/{key}",
        help: "Give it to the gateway as address for incoming messages and for delivery reports. If the gateway cannot send a header, write ?token= and the inbound secret behind it.",
    }],
    needs: &[
        "A gateway that takes messages over HTTP, and its manual",
        "For answers: a number at the gateway that forwards incoming messages to an address (POST or GET)",
    ],
    notes: &[
        "Text only: files cannot be sent. Files that come in as addresses are fetched.",
        "Long messages have to come in one piece; parts are not joined.",
        "A gateway that gives no id to incoming messages may show one twice when it delivers twice.",
        "Nobody can see when a text message was read.",
    ],
    identifier_field: "sender",
    ..Descriptor::BASE
};

const PLACES: &str = "Fills in {to} (+2782…), {to_digits} (2782…), {to_00} (002782…), {from}, {from_digits}, {text}, {text_hex} (UCS-2), {id}, {unicode} (1 or 0), {parts}, {username}, {password}, {callback_url}, {time}.";

static FIELDS: &[Field] = &[
    Field {
        required: true,
        placeholder: "+27105550001",
        help: "The number or name that outgoing messages carry, as the gateway wants it.",
        ..Field::new("sender", "Sender", FieldKind::Text)
    },
    Field {
        required: true,
        placeholder: "https://gateway.example/api/send",
        help: PLACES,
        ..Field::new("send_url", "Address for sending", FieldKind::Url)
    },
    Field {
        default: "POST",
        options: &[Choice { value: "POST", label: "POST" }, Choice { value: "GET", label: "GET" }],
        help: "With GET the lines of a form go into the address.",
        ..Field::new("method", "Method", FieldKind::Select)
    },
    Field {
        default: "json",
        options: &[
            Choice { value: "json", label: "JSON" },
            Choice { value: "form", label: "Form" },
            Choice { value: "xml", label: "XML" },
            Choice { value: "none", label: "None: everything is in the address" },
        ],
        help: "How the gateway wants the message.",
        ..Field::new("body_type", "Body", FieldKind::Select)
    },
    Field {
        placeholder: "{\"to\": \"{to}\", \"from\": \"{from}\", \"text\": \"{text}\"}",
        help: "JSON or XML with the same blanks as in the address, or for a form one name=value in each line. Values are escaped for you. Empty: id, to, from, text and callback_url under these names.",
        ..Field::new("body", "Template of the body", FieldKind::TextArea)
    },
    Field {
        default: "none",
        options: &[
            Choice { value: "none", label: "None, or in the address and body" },
            Choice { value: "basic", label: "Basic: user name and password" },
            Choice { value: "bearer", label: "Bearer: the password as token" },
            Choice { value: "header", label: "A header of its own with the password" },
            Choice { value: "signature", label: "Signature: HMAC-SHA256 with the password" },
        ],
        help: "How we sign in at the gateway.",
        ..Field::new("auth", "Sign-in", FieldKind::Select)
    },
    Field { help: "For basic sign-in and {username}.", ..Field::new("username", "User name", FieldKind::Text) },
    Field {
        help: "Password, API key or token, by the kind of sign-in; also {password}.",
        ..Field::new("password", "Password or key", FieldKind::Secret)
    },
    Field {
        advanced: true,
        default: "X-API-Key",
        help: "For sign-in by a header.",
        ..Field::new("auth_header", "Name of the header", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "X-Account: acme",
        help: "One in each line, with the same blanks as in the address.",
        ..Field::new("headers", "Further headers", FieldKind::TextArea)
    },
    Field {
        advanced: true,
        placeholder: "messages.0.status",
        help: "Where the gateway’s answer says whether it took the message: a path in JSON, an element of XML, a name in “name=value” or “name: value”, or #2 for the second word. Empty: the beginning of the answer.",
        ..Field::new("success_field", "Success: where", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "0 ok",
        help: "What stands there when it did. Empty: any answer with HTTP 2xx is a success.",
        ..Field::new("success_values", "Success: values", FieldKind::Words)
    },
    Field {
        advanced: true,
        placeholder: "messages.0.id",
        help: "Where the answer names the message, written like “Success: where”. Empty: reports have to name our {id}.",
        ..Field::new("id_field", "Id of the message", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "error.message",
        help: "Where the answer says what is wrong.",
        ..Field::new("error_field", "Words of an error", FieldKind::Text)
    },
    Field {
        advanced: true,
        help: "Values at “Success: where” after which the message is tried again: queue full, too fast.",
        ..Field::new("retry_values", "Try again at", FieldKind::Words)
    },
    Field {
        advanced: true,
        help: "Values at “Success: where” that stop the channel: wrong password, no credit.",
        ..Field::new("account_values", "Stop the channel at", FieldKind::Words)
    },
    Field {
        advanced: true,
        default: "false",
        help: "Turn on only if the gateway drops a second message with the same {id}: then a request without an answer is sent again.",
        ..Field::new("drops_repeats", "Same id is sent once", FieldKind::Boolean)
    },
    Field {
        advanced: true,
        placeholder: "https://gateway.example/api/balance",
        help: "An address that answers with HTTP 2xx when the sign-in is right, called with GET. Empty: Check cannot ask the gateway.",
        ..Field::new("check_url", "Address for checking", FieldKind::Url)
    },
    Field {
        required: true,
        generated: true,
        help: "Proves that a delivery comes from the gateway. It may be given as ?token=, as a header, as bearer token, or as the password of basic authentication.",
        ..Field::new("inbound_secret", "Inbound secret", FieldKind::Secret)
    },
    Field {
        advanced: true,
        default: "token",
        options: &[
            Choice { value: "token", label: "The secret itself comes along" },
            Choice { value: "signature", label: "X-Timestamp and X-Signature: sha256=HMAC of timestamp, a dot and the body" },
        ],
        help: "How the gateway proves its deliveries.",
        ..Field::new("proof", "Inbound proof", FieldKind::Select)
    },
    Field {
        advanced: true,
        default: "X-Webhook-Token",
        help: "A header in which the secret may come.",
        ..Field::new("token_header", "Header with the secret", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "results",
        help: "Path of the list when one delivery holds several messages.",
        ..Field::new("in_list", "List of messages", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "from",
        help: "Empty: from, sender, msisdn, source, originator, phone, number.",
        ..Field::new("in_from", "Field: sender", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "text",
        help: "Empty: text, message, body, content, msg.",
        ..Field::new("in_text", "Field: text", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "id",
        help: "Empty: id, message_id, messageId, message-id, msgid, smsid, uuid.",
        ..Field::new("in_id", "Field: id", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "timestamp",
        help: "Empty: timestamp, time, date, sent_at, received_at. Seconds, milliseconds or a date.",
        ..Field::new("in_time", "Field: time", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "name",
        help: "Empty: name, sender_name.",
        ..Field::new("in_name", "Field: name", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "media",
        help: "One address or a list of them. Empty: media, media_url, mediaUrl, image.",
        ..Field::new("in_media", "Field: files", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "status",
        help: "Empty: status, dlr, state, delivery_status, message_status, stat.",
        ..Field::new("status_field", "Report: status", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "external_id",
        help: "The id that the answer named, or our {id}. Empty: external_id, then as for messages.",
        ..Field::new("status_id_field", "Report: id", FieldKind::Text)
    },
    Field {
        advanced: true,
        placeholder: "error.message",
        help: "Empty: error.message, error, err, error_code, err-code, reason.",
        ..Field::new("status_error_field", "Report: error", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "sent accepted acceptd buffered queued enroute submitted",
        ..Field::new("sent_values", "Report: sent", FieldKind::Words)
    },
    Field {
        advanced: true,
        default: "delivered delivrd deliverd",
        ..Field::new("delivered_values", "Report: delivered", FieldKind::Words)
    },
    Field {
        advanced: true,
        default: "failed undelivered undeliv undeliverable rejected rejectd expired deleted error",
        ..Field::new("failed_values", "Report: failed", FieldKind::Words)
    },
    Field {
        advanced: true,
        placeholder: "27",
        help: "Country code of numbers that come as 082…. Empty: they stay as they come.",
        ..Field::new("country_code", "Country code", FieldKind::Text)
    },
    Field {
        advanced: true,
        default: "STOP STOPALL UNSUBSCRIBE OPTOUT",
        help: "A message that is only one of these unsubscribes the person.",
        ..Field::new("stop_words", "Words that unsubscribe", FieldKind::Words)
    },
    Field {
        advanced: true,
        default: "START UNSTOP",
        help: "And these bring them back.",
        ..Field::new("start_words", "Words that subscribe", FieldKind::Words)
    },
    Field {
        advanced: true,
        help: "What we answer to a delivery with HTTP 200, if the gateway wants a word such as OK. Some gateways send it to the person as a message.",
        ..Field::new("reply", "Answer to deliveries", FieldKind::Text)
    },
    Field {
        advanced: true,
        help: "Takes the place of scheme, host and port in the addresses above, to test against a stand-in.",
        ..Field::new("base_url", "API address", FieldKind::Url)
    },
];
