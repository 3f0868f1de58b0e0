//! Laying the layers over each other. Every wrong name and value is collected, so that one start tells all of them.

use crate::options::{OPTIONS, OptionDef};
use crate::{Auth, Backup, Config, Deletion, Journal, Limits, Log, LogFormat, Mail, MailSecurity, Net, Plain, Plan, Server, Smtp, values};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Variables of other names that are honoured too.
pub const PLAIN: &[&str] = &[
    "EMAIL_SERVICE",
    "SENDGRID_API_KEY",
    "AWS_SES_REGION",
    "AWS_SES_ACCESS_KEY",
    "AWS_SES_SECRET_KEY",
    "AWS_SES_TOPIC_ARNS",
    "FROM_EMAIL",
    "FROM_NAME",
    "SMS_SERVICE",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_PHONE_NUMBER",
];
/// Read by commands that talk to a running server, and no settings of one.
pub const COMMAND_LINE: [&str; 2] = ["SWITCHBOARD_URL", "SWITCHBOARD_TOKEN"];
const PREFIX: &str = "SWITCHBOARD_";
const CONFIG: &str = "SWITCHBOARD_CONFIG";
const FILE: &str = "switchboard.toml";

/// What stood on the command line: `--config`, and flags without their dashes with their values.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub values: Vec<(String, String)>,
}
impl Flags {
    pub fn set(mut self, flag: &str, value: &str) -> Self {
        self.values.push((flag.to_owned(), value.to_owned()));
        self
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `switchboard.toml:7`, `environment`, `command line`.
    pub place: String,
    pub text: String,
}

/// All that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The configuration cannot be used:")?;
        for problem in &self.0 {
            write!(f, "\n  {}: {}", problem.place, problem.text)?;
        }
        Ok(())
    }
}
impl std::error::Error for ConfigError {}

/// The values chosen so far, as text, by key.
#[derive(Default)]
struct Layers {
    chosen: BTreeMap<&'static str, String>,
    problems: Vec<Problem>,
}

impl Config {
    /// `env` is the whole environment; `cwd` is where relative paths and `./switchboard.toml` are looked for.
    pub fn load(flags: &Flags, env: impl IntoIterator<Item = (String, String)>, cwd: &Path) -> Result<Self, ConfigError> {
        let env: BTreeMap<String, String> = env.into_iter().collect();
        let mut layers = Layers::default();
        for option in OPTIONS {
            layers.chosen.insert(option.key, option.default.to_owned());
        }
        layers.file(flags, &env, cwd);
        layers.environment(&env);
        for (flag, value) in &flags.values {
            match OPTIONS.iter().find(|o| o.flag == flag.as_str()) {
                Some(option) => layers.choose(option, value, "command line", &format!("--{flag}")),
                None => layers.unknown("command line", "flag", &format!("--{flag}"), OPTIONS.iter().map(|o| format!("--{}", o.flag))),
            }
        }
        let plain = env.into_iter().filter(|(name, value)| PLAIN.contains(&name.as_str()) && !value.is_empty()).collect();
        layers.finish(cwd, Plain(plain))
    }
}

impl Layers {
    fn backup(&self) -> Result<Backup, String> {
        let text = |key: &str| Some(self.chosen(key).trim().to_owned()).filter(|t| !t.is_empty());
        let secret = |key: &str| Some(self.chosen(key).to_owned()).filter(|p| !p.is_empty()).map(kernel::Secret::new);
        Ok(Backup {
            to: text("backup.to"),
            every_minutes: values::minutes(self.chosen("backup.every"))?,
            keep: text("backup.keep"),
            passphrase: secret("backup.passphrase"),
            s3_endpoint: text("backup.s3_endpoint"),
            s3_region: text("backup.s3_region"),
            s3_access_key: text("backup.s3_access_key"),
            s3_secret_key: secret("backup.s3_secret_key"),
        })
    }
    fn problem(&mut self, place: &str, text: String) {
        self.problems.push(Problem { place: place.to_owned(), text });
    }

    fn unknown(&mut self, place: &str, what: &str, wrong: &str, right: impl Iterator<Item = String>) {
        let right: Vec<String> = right.collect();
        let hint = match values::nearest(wrong, right.iter().map(String::as_str)) {
            Some(meant) => format!("; did you mean {meant}?"),
            None => "; docs/configuration.md lists all".to_owned(),
        };
        self.problem(place, format!("there is no {what} {wrong}{hint}"));
    }

    fn choose(&mut self, option: &OptionDef, value: &str, place: &str, name: &str) {
        if let Err(why) = values::check(option.kind, value) {
            let shown = if option.secret { String::new() } else { format!(" {value:?}") };
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            self.problem(place, format!("{name}{shown} is not right{why}; expected {}", option.kind.expects()));
        }
        self.chosen.insert(option.key, value.to_owned());
    }

    fn environment(&mut self, env: &BTreeMap<String, String>) {
        for (name, value) in
            env.iter().filter(|(name, _)| name.starts_with(PREFIX) && *name != CONFIG && !COMMAND_LINE.contains(&name.as_str()))
        {
            match OPTIONS.iter().find(|o| o.env == name.as_str()) {
                // Set to nothing is not set, as compose files do it.
                Some(_) if value.is_empty() => {}
                Some(option) => self.choose(option, value, "environment", name),
                None => self.unknown("environment", "variable", name, OPTIONS.iter().map(|o| o.env.to_owned())),
            }
        }
    }

    fn file(&mut self, flags: &Flags, env: &BTreeMap<String, String>, cwd: &Path) {
        let named = flags.config.clone().or_else(|| env.get(CONFIG).filter(|c| !c.is_empty()).map(PathBuf::from));
        let data = flags.values.iter().rev().find(|(flag, _)| flag == "data").map(|(_, value)| value.clone());
        let data = data.or_else(|| env.get("SWITCHBOARD_DATA").filter(|d| !d.is_empty()).cloned()).unwrap_or_else(|| "./data".into());
        let path = match &named {
            Some(path) => cwd.join(path),
            None => match [cwd.join(FILE), cwd.join(data).join(FILE)].into_iter().find(|p| p.exists()) {
                Some(found) => found,
                None => return,
            },
        };
        let place = path.strip_prefix(cwd).unwrap_or(&path).display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => self.toml(&text, &place),
            Err(error) => self.problem(&place, format!("cannot be read: {error}")),
        }
    }

    fn toml(&mut self, text: &str, place: &str) {
        let line = |at: usize| format!("{place}:{}", text.bytes().take(at).filter(|b| *b == b'\n').count() + 1);
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                return self.problem(&line(at), error.message().to_owned());
            }
        };
        self.table(table.get_ref(), "", &line);
    }

    fn table(&mut self, table: &DeTable<'_>, above: &str, line: &dyn Fn(usize) -> String) {
        for (name, value) in table {
            let key = if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
            let place = line(name.span().start);
            if let Some(option) = OPTIONS.iter().find(|o| o.key == key) {
                match scalar(value.get_ref()) {
                    Some(text) => self.choose(option, &text, &place, &key),
                    None => self.problem(&place, format!("{key} is not right; expected {}", option.kind.expects())),
                }
                continue;
            }
            match value.get_ref() {
                DeValue::Table(inner) if OPTIONS.iter().any(|o| o.key.starts_with(&format!("{key}."))) => self.table(inner, &key, line),
                DeValue::Table(_) => {
                    let sections = OPTIONS.iter().filter_map(|o| o.key.split_once('.')).map(|(section, _)| section.to_owned());
                    self.unknown(&place, "section", &key, sections);
                }
                _ => self.unknown_key(&place, &key),
            }
        }
    }

    fn unknown_key(&mut self, place: &str, key: &str) {
        // Somebody who writes `listen` outside a section means `server.listen`.
        let elsewhere = OPTIONS.iter().find(|o| o.key.rsplit_once('.').is_some_and(|(_, last)| Some(last) == key.rsplit('.').next()));
        match elsewhere {
            Some(option) => self.problem(place, format!("there is no key {key}; did you mean {}?", option.key)),
            None => self.unknown(place, "key", key, OPTIONS.iter().map(|o| o.key.to_owned())),
        }
    }

    fn finish(mut self, cwd: &Path, plain: Plain) -> Result<Config, ConfigError> {
        if self.chosen("smtp.certificate").is_empty() != self.chosen("smtp.key").is_empty() {
            self.problem("smtp", "smtp.certificate and smtp.key belong together; one of them is missing".into());
        }
        if !self.chosen("mail.host").is_empty() && self.chosen("mail.from").is_empty() {
            self.problem("mail", "mail.host needs mail.from, the address that the letters come from".into());
        }
        if self.chosen("mail.username").is_empty() != self.chosen("mail.password").is_empty() {
            self.problem("mail", "mail.username and mail.password belong together; one of them is missing".into());
        }
        if !self.problems.is_empty() {
            return Err(ConfigError(self.problems));
        }
        self.build(cwd, plain).map_err(|text| ConfigError(vec![Problem { place: "configuration".into(), text }]))
    }

    fn chosen(&self, key: &str) -> &str {
        self.chosen.get(key).map_or("", String::as_str)
    }

    /// All values have been checked one by one; an error here is a default of ours that is wrong.
    fn build(&self, cwd: &Path, plain: Plain) -> Result<Config, String> {
        let text = |key: &str| self.chosen(key).trim();
        let path = |key: &str| Some(text(key)).filter(|p| !p.is_empty()).map(|p| cwd.join(p));
        let count = |key: &str| values::number(text(key), 0, u64::MAX);
        let listen = values::address(text("server.listen"))?;
        let public_url = values::public_url(text("server.public_url"))?;
        Ok(Config {
            server: Server {
                data: cwd.join(text("server.data")),
                listen,
                smtp_listen: values::address_or_off(text("server.smtp_listen"))?,
                database: Some(text("server.database")).filter(|d| !d.is_empty()).map(|d| kernel::Secret::new(d.to_owned())),
                public_url: if public_url.is_empty() { reachable(listen) } else { public_url },
                trusted_proxies: values::networks(text("server.trusted_proxies"))?,
                workers: count("server.workers")? as usize,
            },
            log: Log {
                level: text("log.level").to_owned(),
                format: if text("log.format") == "json" { LogFormat::Json } else { LogFormat::Text },
            },
            limits: Limits {
                body_bytes: values::size(text("limits.body_bytes"))?,
                upload_bytes: values::size(text("limits.upload_bytes"))?,
                mail_bytes: values::size(text("limits.mail_bytes"))?,
                webhook_bytes: values::size(text("limits.webhook_bytes"))?,
            },
            net: Net { allow: values::allow(text("net.allow"))?, ca_file: path("net.ca_file"), dns: values::name_server(text("net.dns"))? },
            smtp: Smtp { certificate: path("smtp.certificate"), key: path("smtp.key"), relays: values::networks(text("smtp.relays"))? },
            auth: Auth {
                session_days: values::days(text("auth.session_days"))?,
                access_token_minutes: values::minutes(text("auth.access_token_minutes"))?,
                invitation_days: values::days(text("auth.invitation_days"))?,
                failed_sign_ins: count("auth.failed_sign_ins")? as u32,
            },
            journal: Journal { keep_days: values::days(text("journal.keep_days"))? },
            plan: Plan { default_tier: count("plan.default_tier")? as u8 },
            mail: self.mail()?,
            backup: self.backup()?,
            deletion: Deletion { grace_days: values::days(self.chosen("deletion.grace"))? },
            plain,
        })
    }
}

impl Layers {
    /// Where the installation's own letters leave, if that was said.
    fn mail(&self) -> Result<Option<Mail>, String> {
        let text = |key: &str| Some(self.chosen(key).trim().to_owned()).filter(|t| !t.is_empty());
        let Some(host) = text("mail.host") else { return Ok(None) };
        let (from_name, from) = values::mailbox(self.chosen("mail.from"))?;
        Ok(Some(Mail {
            host,
            port: values::number(self.chosen("mail.port"), 1, u16::MAX.into())? as u16,
            security: match self.chosen("mail.security") {
                "tls" => MailSecurity::Tls,
                "none" => MailSecurity::None,
                _ => MailSecurity::StartTls,
            },
            username: text("mail.username"),
            password: Some(self.chosen("mail.password").to_owned()).filter(|p| !p.is_empty()).map(kernel::Secret::new),
            from_name,
            from,
        }))
    }
}

/// A value of the file as one would write it in a variable.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Array(items) => {
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().map(|l| l.join(","))
        }
        _ => None,
    }
}

/// Where a browser on this machine finds us when nobody said more.
fn reachable(listen: SocketAddr) -> String {
    let host = match listen.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => "localhost".to_owned(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    if listen.port() == 80 { format!("http://{host}") } else { format!("http://{host}:{}", listen.port()) }
}

#[cfg(test)]
mod tests;
