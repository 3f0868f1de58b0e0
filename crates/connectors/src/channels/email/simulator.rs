//! A customer who writes mail.

use crate::kit::mail::{ENVELOPE_FROM, ENVELOPE_TO};
use kernel::channel::{Account, RawDelivery, Simulated, Simulator};
use kernel::time::Millis;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let to = say.to.clone().unwrap_or_else(|| account.identifier.clone());
        let id = if say.external_id.contains('@') { say.external_id.clone() } else { format!("{}@customer.example", say.external_id) };
        let mut mail = MessageBuilder::new()
            .from(Address::new_address(say.from_name.clone(), say.from.clone()))
            .to(Address::new_address(None::<String>, to.clone()))
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
        RawDelivery {
            method: "SMTP".into(),
            path: "smtp".into(),
            headers: vec![(ENVELOPE_FROM.into(), say.from.clone()), (ENVELOPE_TO.into(), to)],
            body: mail.write_to_vec().unwrap_or_default(),
            received_at: now,
            peer: None,
        }
    }
}
