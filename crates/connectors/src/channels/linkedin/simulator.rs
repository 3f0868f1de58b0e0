//! A member of LinkedIn who writes, and LinkedIn's mail about it.

use super::links;
use crate::kit::mail::{ENVELOPE_FROM, ENVELOPE_TO};
use kernel::channel::{Account, Doing, RawDelivery, Simulated, Simulator};
use kernel::time::Millis;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;

const BOUNCE: &str = "m-simulated@bounce.linkedin.com";
const RULER: &str = "----------------------------------------";

pub struct Member;

impl Simulator for Member {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let name = say.from_name.clone().unwrap_or_else(|| "LinkedIn Member".into());
        // LinkedIn mails about messages only; whatever else is done becomes another notice, which is ignored.
        let said = say.doing == Doing::Say;
        let (sender, template, class) = match said {
            true => ("inmail-hit-reply@linkedin.com", "email_hire_inmail_reply_single_01", "INMAIL"),
            false => ("notifications-noreply@linkedin.com", "email_weekly_analytics_recap_v2", "EMAIL-DEFAULT"),
        };
        let subject = match (said, &say.subject) {
            (true, Some(subject)) => subject.clone(),
            (true, None) => format!("{name} sent you a message"),
            (false, _) => "You appeared in 1 search this week".into(),
        };
        let files: String = say.files.iter().map(|f| format!("\n[{}]", f.name)).collect();
        let words = if said { format!("{}{files}", say.text) } else { "See who is looking at your profile.".into() };
        let body = format!(
            "{subject}\n{subject}\n\n      {name}\n        Reply\n        {}\n\n{words}\n\n{RULER}\n\nThis email was intended for Sam Agent (Support at Acme)\n\
             You are receiving LinkedIn notification emails.\n\nUnsubscribe: https://www.linkedin.com/comm/psettings/email-unsubscribe?lipi=urn\n\
             Help: https://www.linkedin.com/help/linkedin/answer/67?lang=en\n",
            links::thread_url(&say.from)
        );
        let id = if say.external_id.contains('@') {
            say.external_id.clone()
        } else {
            format!("{}@simulated.prod.linkedin.com", say.external_id)
        };
        let mut mail = MessageBuilder::new()
            .from(Address::new_address(Some(name), sender))
            .to(Address::new_address(Some("Sam Agent"), "sam@acme.example"))
            .message_id(id)
            .date(Date::new(now.div_euclid(1000)))
            .subject(subject)
            .header("X-LinkedIn-Class", Raw::new(class))
            .header("X-LinkedIn-Template", Raw::new(template))
            .header("List-Unsubscribe", Raw::new("<https://www.linkedin.com/comm/psettings/email-unsubscribe>"))
            .text_body(body);
        if let Some(server) = account.settings.text("mail_server") {
            let word = format!("{server}; dkim=pass header.d=linkedin.com; spf=pass smtp.mailfrom={BOUNCE}");
            mail = mail.header("Authentication-Results", Raw::new(word));
        }
        let to = say.to.clone().unwrap_or_else(|| account.identifier.clone());
        RawDelivery {
            method: "SMTP".into(),
            path: "smtp".into(),
            headers: vec![(ENVELOPE_FROM.into(), BOUNCE.into()), (ENVELOPE_TO.into(), to)],
            body: mail.write_to_vec().unwrap_or_default(),
            received_at: now,
            peer: None,
        }
    }
}
