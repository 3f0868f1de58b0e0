//! For simulators of mail providers: mail that a customer writes, and mail of ours as whoever gets it sees it.

use kernel::channel::{Account, Simulated};
use kernel::time::Millis;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_parser::{MessageParser, MimeHeaders};

/// Where the customer's mail goes: the reply address of the mail that is answered, or the account's own.
pub fn recipient(account: &Account, say: &Simulated) -> String {
    say.to.clone().unwrap_or_else(|| account.identifier.clone())
}

/// What the customer says, as a mail.
pub fn write(account: &Account, say: &Simulated, now: Millis) -> Vec<u8> {
    let id = if say.external_id.contains('@') { say.external_id.clone() } else { format!("{}@customer.example", say.external_id) };
    let mut mail = MessageBuilder::new()
        .from(Address::new_address(say.from_name.clone(), say.from.clone()))
        .to(Address::new_address(None::<String>, recipient(account, say)))
        .message_id(id)
        .date(Date::new(now.div_euclid(1000)))
        .subject(say.subject.clone().unwrap_or_default())
        .text_body(say.text.clone());
    if let Some(html) = &say.html {
        mail = mail.html_body(html.clone());
    }
    if let Some(answers) = &say.answers {
        mail = mail.in_reply_to(answers.clone()).references(answers.clone());
    }
    for file in &say.files {
        mail = mail.attachment(file.content_type.clone(), file.name.clone(), file.bytes.clone());
    }
    mail.write_to_vec().unwrap_or_default()
}

/// A mail as the person's mail program shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Without brackets.
    pub message_id: String,
    pub from: String,
    /// To and Cc.
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub files: Vec<String>,
}

/// `None` when it is not a mail with a sender.
pub fn read(mail: &[u8]) -> Option<Shown> {
    let message = std::panic::catch_unwind(|| MessageParser::default().parse(mail)).ok().flatten()?;
    let list = |a: Option<&mail_parser::Address<'_>>| {
        a.map(|a| a.iter().filter_map(|one| one.address().map(str::to_owned)).collect::<Vec<_>>()).unwrap_or_default()
    };
    let mut to = list(message.to());
    to.extend(list(message.cc()));
    Some(Shown {
        message_id: message.message_id().unwrap_or_default().to_owned(),
        from: list(message.from()).into_iter().next()?,
        to,
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        files: message.attachments().filter_map(|part| part.attachment_name().map(str::to_owned)).collect(),
    })
}
