//! The installation's own letters: from the address of `mail.from`, through `mail.host`. What agents write to customers leaves through
//! channels instead.

use crate::app::App;
use config::{Mail, MailSecurity};
use connectors::kit::mail::build::{clean_address, one_line};
use kernel::dial::{DialError, Envelope, SmtpSecurity, SmtpServer};
use kernel::time::Millis;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// A letter to one person.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Unique, and the same for a second try: a mailbox that gets both shows one.
    pub id: String,
    pub to: String,
    pub to_name: String,
    pub subject: String,
    pub text: String,
    /// A whole document.
    pub html: String,
    /// Where these letters are turned off, if they can be.
    pub settings_url: Option<String>,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// No `mail.host` is set.
    NotSetUp,
    /// May go better later.
    Later(String),
    /// This letter will not be taken, however often it is tried.
    Never(String),
}
impl Undelivered {
    /// What to tell a person.
    pub fn words(&self) -> String {
        match self {
            Self::NotSetUp => NOT_SET_UP.into(),
            Self::Later(why) | Self::Never(why) => why.clone(),
        }
    }
}

pub const NOT_SET_UP: &str = "E-mail is not set up on this server. Whoever runs it sets mail.host and mail.from (SWITCHBOARD_MAIL_HOST, \
    SWITCHBOARD_MAIL_FROM) and starts it again.";

/// Hands a letter to the mail server.
pub async fn send(app: &App, letter: &Letter) -> Result<(), Undelivered> {
    let mail = app.config.mail.as_ref().ok_or(Undelivered::NotSetUp)?;
    let to = clean_address(&letter.to).map_err(|e| Undelivered::Never(e.detail().to_owned()))?;
    let bytes = write(mail, letter, &to)?;
    let envelope = Envelope { from: Some(mail.from.clone()), to: vec![to], report_arrival: false };
    match app.dial.smtp(&server(mail), &envelope, &bytes).await {
        Ok(_) => Ok(()),
        Err(error) => Err(judge(mail, error)),
    }
}

fn server(mail: &Mail) -> SmtpServer {
    SmtpServer {
        host: mail.host.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::StartTls => SmtpSecurity::StartTls,
            MailSecurity::Tls => SmtpSecurity::Tls,
            MailSecurity::None => SmtpSecurity::None,
        },
        username: mail.username.clone(),
        password: mail.password.clone(),
        bearer: None,
    }
}

fn judge(mail: &Mail, error: DialError) -> Undelivered {
    let place = format!("{}:{}", mail.host, mail.port);
    match error {
        DialError::Refused(why) => Undelivered::Later(format!(
            "{place} must not be reached: {why}. A mail server in the own network also needs its place in net.allow."
        )),
        DialError::Connect(why) => {
            Undelivered::Later(format!("{place} cannot be reached: {why}. Check mail.host, mail.port and mail.security."))
        }
        DialError::Answer { code: 530 | 534 | 535, text } => {
            Undelivered::Later(format!("{place} does not take mail.username and mail.password: {}", short(&text)))
        }
        DialError::Answer { code, text } if code >= 500 => {
            Undelivered::Never(format!("{place} refused the letter: {code} {}", short(&text)))
        }
        DialError::Answer { code, text } => Undelivered::Later(format!("{place} answered {code}: {}", short(&text))),
        DialError::Uncertain(why) => Undelivered::Later(format!("{place} broke off: {why}")),
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn write(mail: &Mail, letter: &Letter, to: &str) -> Result<Vec<u8>, Undelivered> {
    let domain = mail.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let boundary = format!("=_{}", letter.id);
    let parts = vec![MimePart::new("text/plain", letter.text.clone()), MimePart::new("text/html", letter.html.clone())];
    let body = MimePart::new(ContentType::new("multipart/alternative").attribute("boundary", boundary), BodyPart::Multipart(parts));
    let mut message = MessageBuilder::new()
        .from(Address::new_address(Some(mail.from_name.clone().unwrap_or_else(|| "Switchboard".into())), mail.from.clone()))
        .to(Address::new_address(Some(one_line(&letter.to_name)).filter(|n| !n.is_empty()), to.to_owned()))
        .message_id(MessageId::new(format!("{}@{domain}", letter.id)))
        .date(Date::new(letter.at.div_euclid(1_000)))
        .subject(one_line(&letter.subject))
        // So that no absence note answers it (RFC 3834).
        .header("Auto-Submitted", Text::new("auto-generated"))
        .header("X-Auto-Response-Suppress", Text::new("All"))
        .body(body);
    if let Some(url) = &letter.settings_url {
        message = message.header("List-Unsubscribe", Raw::new(format!("<{url}>")));
    }
    message.write_to_vec().map_err(|e| Undelivered::Never(format!("The letter could not be written: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            host: "smtp.example.com".into(),
            port: 587,
            security: MailSecurity::StartTls,
            username: None,
            password: None,
            from_name: None,
            from: "desk@example.com".into(),
        }
    }

    #[test]
    fn nothing_that_a_person_typed_starts_a_header() {
        let letter = Letter {
            id: "job_1".into(),
            to: "mara@example.com".into(),
            to_name: "Mara\r\nBcc: eve@example.com".into(),
            subject: "Hello\r\nX-Evil: 1".into(),
            text: "text".into(),
            html: "<p>html</p>".into(),
            settings_url: Some("https://help.example.com/settings/notifications".into()),
            at: 0,
        };
        let text = String::from_utf8(write(&mail(), &letter, &letter.to).unwrap()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|l| l.starts_with("Bcc:") || l.starts_with("X-Evil:")), "{head}");
        assert!(head.contains("Message-ID: <job_1@example.com>") && head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(text.contains("text/plain") && text.contains("text/html"));
    }

    #[test]
    fn refusals_for_good_are_told_from_those_of_the_moment() {
        let answer = |code| judge(&mail(), DialError::Answer { code, text: "no".into() });
        assert!(matches!(answer(550), Undelivered::Never(_)));
        assert!(matches!(answer(451), Undelivered::Later(_)));
        assert!(matches!(answer(535), Undelivered::Later(_)), "the password may be mended");
        assert!(matches!(judge(&mail(), DialError::Uncertain("x".into())), Undelivered::Later(_)));
    }
}
