//! Messages as people write them.

use kernel::channel::{Button, Outbound, OutboundFile, TemplateUse};
use kernel::message::Address;
use kernel::{ConversationId, MessageId};
use serde_json::Map;

pub fn id(n: u8) -> [u8; 16] {
    let mut bytes = [0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
    bytes[15] = n;
    bytes
}

/// An answer in words. `now` is when it is written, a minute after the person wrote.
pub fn text(to: &str, now: i64) -> Outbound {
    let conversation = ConversationId::from_slice(&id(1)).unwrap();
    Outbound {
        message_id: MessageId::from_slice(&id(3)).unwrap().to_string(),
        conversation_id: conversation,
        conversation_number: 42,
        sender_name: Some("Zoë".into()),
        to: vec![Address { name: Some("Ann Lee".into()), address: to.into() }],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: None,
        text: "It left our house on Friday: “Größe 42” & more 🎉 https://acme.example/track?id=1".into(),
        html: None,
        files: Vec::new(),
        external_id: connectors::kit::message_ids::make(MessageId::from_slice(&id(3)).unwrap(), conversation, "acme.example"),
        in_reply_to: None,
        references: Vec::new(),
        thread_key: Some(to.into()),
        automatic: false,
        created_at: now,
        attempt: 1,
        template: None,
        buttons: Vec::new(),
        last_inbound_at: Some(now - 60_000),
        last_inbound_id: None,
        last_inbound_metadata: Map::new(),
    }
}

/// An answer to a mail, with everything a mail may have.
pub fn mail(now: i64) -> Outbound {
    let person = |name: &str, address: &str| Address { name: Some(name.into()), address: address.into() };
    Outbound {
        to: vec![person("Lee, Ann", "ann@customer.example")],
        cc: vec![person("Ben \"B\" Ödön", "ben@customer.example")],
        bcc: vec![person("", "archive@acme.example")],
        subject: Some("Re: Order 1001 – “urgent”".into()),
        html: Some("<p>It left our house on <b>Friday</b>. <img src=\"cid:box.png\"></p>".into()),
        files: vec![picture(), pdf()],
        in_reply_to: Some("CAF-1@mail.customer.example".into()),
        references: vec!["first@customer.example".into()],
        thread_key: None,
        ..text("ann@customer.example", now)
    }
}

/// Mail that a rule wrote: words and nothing else.
pub fn automatic_mail(now: i64) -> Outbound {
    Outbound { automatic: true, subject: Some("We got your message".into()), thread_key: None, ..text("ann@customer.example", now) }
}

pub fn named(name: &str, content_type: &str, bytes: &[u8]) -> OutboundFile {
    let url = format!("https://inbox.acme.example/files/f1/{}?token=abc%2Bd", connectors::kit::calls::encode(name));
    OutboundFile { name: name.into(), content_type: content_type.into(), bytes: bytes.to_vec(), url }
}
pub fn picture() -> OutboundFile {
    named("box.png", "image/png", b"\x89PNG\r\n\x1a\nnot much of a picture")
}
pub fn film() -> OutboundFile {
    named("unboxing.mp4", "video/mp4", b"\0\0\0\x18ftypmp42")
}
pub fn sound() -> OutboundFile {
    named("note.mp3", "audio/mpeg", b"ID3\x03\0")
}
/// What phones record.
pub fn voice() -> OutboundFile {
    named("voice.ogg", "audio/ogg", b"OggS\0")
}
pub fn pdf() -> OutboundFile {
    named("Rechnung „März“.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
}

/// The message with these files and no words.
pub fn only(files: Vec<OutboundFile>, message: &Outbound) -> Outbound {
    Outbound { text: String::new(), files, ..message.clone() }
}
pub fn with(files: Vec<OutboundFile>, message: &Outbound) -> Outbound {
    Outbound { files, ..message.clone() }
}
pub fn answering(external_id: &str, message: &Outbound) -> Outbound {
    Outbound { in_reply_to: Some(external_id.into()), ..message.clone() }
}
pub fn asking(titles: &[&str], message: &Outbound) -> Outbound {
    let button = |(n, title): (usize, &&str)| Button { id: format!("choice-{n}"), title: (*title).into(), url: None };
    Outbound { buttons: titles.iter().enumerate().map(button).collect(), text: "Which size?".into(), ..message.clone() }
}
pub fn linking(message: &Outbound) -> Outbound {
    let button = Button { id: "track".into(), title: "Track it".into(), url: Some("https://acme.example/track".into()) };
    Outbound { buttons: vec![button], text: "Where it is now:".into(), ..message.clone() }
}
pub fn template(id: &str, name: &str, parameters: &[(&str, &str)], message: &Outbound) -> Outbound {
    let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let used = TemplateUse { id: id.into(), name: name.into(), language: "en_US".into(), parameters, header_url: None };
    Outbound { template: Some(used), text: "Hello Ann, your order 1001 is on its way.".into(), ..message.clone() }
}
