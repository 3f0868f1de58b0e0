//! The table of options, and the pages made from it.

/// What a value may be; decides how it is checked and how it is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A folder or file.
    Path,
    /// An address and port to listen on, `127.0.0.1:8080`.
    Listen,
    /// The same, or `off`.
    ListenOrOff,
    /// `system`, `off`, or an address with or without a port.
    NameServer,
    /// A `postgres://` URL, or empty.
    Database,
    /// An http or https URL without a path.
    PublicUrl,
    /// A list of networks.
    Networks,
    /// A list of networks, addresses, hosts and host:port.
    Allow,
    Level,
    OneOf(&'static [&'static str]),
    /// A size in bytes, `25MB`.
    Size,
    /// Whole days, `30` or `30d`.
    Days,
    /// Whole minutes, `15`, `15m` or `2h`.
    Minutes,
    /// A host name or address, or empty.
    Host,
    /// An e-mail address, with a name before it or not, or empty.
    Mailbox,
    /// Which snapshots stay, `24h,7d,4w,12m`, or empty.
    Keep,
    /// Whatever one writes.
    Text,
    Number {
        min: u64,
        max: u64,
    },
}

impl Type {
    /// What is expected, for messages and the page.
    pub fn expects(self) -> String {
        match self {
            Self::Path => "a path".into(),
            Self::Listen => "an address and port, such as 127.0.0.1:8080".into(),
            Self::NameServer => "system, off, or the address of a name server, such as 10.0.0.53 or 10.0.0.53:5353".into(),
            Self::ListenOrOff => "an address and port, such as 127.0.0.1:2525, or off".into(),
            Self::Database => "a URL such as postgres://user:password@host/name, or nothing for the embedded SQLite".into(),
            Self::PublicUrl => "a URL such as https://help.example.com, without a path".into(),
            Self::Networks => "networks or addresses with commas between, such as 10.0.0.0/8,192.0.2.7".into(),
            Self::Allow => "networks, addresses, hosts or host:port with commas between, such as 10.0.0.0/8,mail.internal:587".into(),
            Self::Level => "error, warn, info, debug or trace, or directives such as info,server=debug".into(),
            Self::OneOf(words) => words.join(" or "),
            Self::Size => "a size, such as 25MB or 512KiB".into(),
            Self::Days => "whole days, such as 30d".into(),
            Self::Minutes => "whole minutes, such as 15m or 2h".into(),
            Self::Host => "the name of a host, such as smtp.example.com".into(),
            Self::Mailbox => "an e-mail address, such as Help desk <desk@example.com>".into(),
            Self::Keep => "how many of the last hours, days, weeks and months, such as 24h,7d,4w,12m".into(),
            Self::Text => "text".into(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
        }
    }
}

/// One option. Its variable is `SWITCHBOARD_` and `env`.
#[derive(Debug, Clone, Copy)]
pub struct OptionDef {
    /// In the file, dotted: `server.listen`.
    pub key: &'static str,
    /// Full name of the environment variable.
    pub env: &'static str,
    /// Without the two dashes.
    pub flag: &'static str,
    pub kind: Type,
    /// As one would write it; empty for none.
    pub default: &'static str,
    pub help: &'static str,
    /// Never shown in logs or `doctor`.
    pub secret: bool,
}

const fn option(
    key: &'static str,
    env: &'static str,
    flag: &'static str,
    kind: Type,
    default: &'static str,
    help: &'static str,
) -> OptionDef {
    OptionDef { key, env, flag, kind, default, help, secret: false }
}

pub const OPTIONS: &[OptionDef] = &[
    option("server.data", "SWITCHBOARD_DATA", "data", Type::Path, "./data", "Folder for databases, files and the master key."),
    option("server.listen", "SWITCHBOARD_LISTEN", "listen", Type::Listen, "127.0.0.1:8080", "Where the web server listens."),
    option(
        "server.smtp_listen",
        "SWITCHBOARD_SMTP_LISTEN",
        "smtp-listen",
        Type::ListenOrOff,
        "127.0.0.1:2525",
        "Where the mail server listens; off for none.",
    ),
    OptionDef {
        key: "server.database",
        env: "SWITCHBOARD_DATABASE",
        flag: "database",
        kind: Type::Database,
        default: "",
        help: "PostgreSQL to use instead of the embedded SQLite.",
        secret: true,
    },
    option(
        "server.public_url",
        "SWITCHBOARD_PUBLIC_URL",
        "public-url",
        Type::PublicUrl,
        "",
        "Address under which the outside reaches this server: in links, sign-in returns and webhook signatures. Without it, http and the listening address.",
    ),
    option(
        "server.trusted_proxies",
        "SWITCHBOARD_TRUSTED_PROXIES",
        "trusted-proxies",
        Type::Networks,
        "",
        "Reverse proxies whose X-Forwarded-For header is believed. The scheme comes from server.public_url, never from a header.",
    ),
    option(
        "server.workers",
        "SWITCHBOARD_WORKERS",
        "workers",
        Type::Number { min: 2, max: 512 },
        "2",
        "Threads that read from the database, on PostgreSQL each with its connection. Requests are served by one thread on each processor core.",
    ),
    option("log.level", "SWITCHBOARD_LOG_LEVEL", "log-level", Type::Level, "info", "How much is logged."),
    option("log.format", "SWITCHBOARD_LOG_FORMAT", "log-format", Type::OneOf(&["text", "json"]), "text", "Form of the log lines."),
    option("limits.body_bytes", "SWITCHBOARD_LIMITS_BODY_BYTES", "limits-body-bytes", Type::Size, "1MiB", "Largest API request."),
    option("limits.upload_bytes", "SWITCHBOARD_LIMITS_UPLOAD_BYTES", "limits-upload-bytes", Type::Size, "25MB", "Largest uploaded file."),
    option("limits.mail_bytes", "SWITCHBOARD_LIMITS_MAIL_BYTES", "limits-mail-bytes", Type::Size, "45MiB", "Largest mail taken in."),
    option(
        "limits.webhook_bytes",
        "SWITCHBOARD_LIMITS_WEBHOOK_BYTES",
        "limits-webhook-bytes",
        Type::Size,
        "30MiB",
        "Largest webhook taken in; each channel may allow less.",
    ),
    option(
        "net.allow",
        "SWITCHBOARD_NET_ALLOW",
        "net-allow",
        Type::Allow,
        "",
        "Private addresses that channels and webhooks may reach all the same.",
    ),
    option(
        "net.ca_file",
        "SWITCHBOARD_NET_CA_FILE",
        "net-ca-file",
        Type::Path,
        "",
        "PEM file of certificate authorities to trust besides the public ones.",
    ),
    option(
        "net.dns",
        "SWITCHBOARD_NET_DNS",
        "net-dns",
        Type::NameServer,
        "system",
        "Whom to ask whether a mail is from whom it says (SPF, DKIM, DMARC); off asks nobody.",
    ),
    option(
        "smtp.certificate",
        "SWITCHBOARD_SMTP_CERTIFICATE",
        "smtp-certificate",
        Type::Path,
        "",
        "PEM certificate chain of the mail server; without it one is made at the first start.",
    ),
    option("smtp.key", "SWITCHBOARD_SMTP_KEY", "smtp-key", Type::Path, "", "PEM private key that belongs to smtp.certificate."),
    option(
        "smtp.relays",
        "SWITCHBOARD_SMTP_RELAYS",
        "smtp-relays",
        Type::Networks,
        "127.0.0.0/8 ::1/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
        "Mail servers of your own that pass mail on to the listener: SPF is not asked about them.",
    ),
    option(
        "auth.session_days",
        "SWITCHBOARD_AUTH_SESSION_DAYS",
        "auth-session-days",
        Type::Days,
        "30d",
        "How long a sign-in lasts unused.",
    ),
    option(
        "auth.access_token_minutes",
        "SWITCHBOARD_AUTH_ACCESS_TOKEN_MINUTES",
        "auth-access-token-minutes",
        Type::Minutes,
        "15m",
        "How long an access token is good before it must be renewed.",
    ),
    option(
        "auth.invitation_days",
        "SWITCHBOARD_AUTH_INVITATION_DAYS",
        "auth-invitation-days",
        Type::Days,
        "7d",
        "How long an invitation can be accepted.",
    ),
    option(
        "auth.failed_sign_ins",
        "SWITCHBOARD_AUTH_FAILED_SIGN_INS",
        "auth-failed-sign-ins",
        Type::Number { min: 1, max: 1000 },
        "10",
        "Wrong passwords for one account in 15 minutes before it has to wait.",
    ),
    option(
        "journal.keep_days",
        "SWITCHBOARD_JOURNAL_KEEP_DAYS",
        "journal-keep-days",
        Type::Days,
        "30d",
        "How long raw deliveries are kept for inspection and replay.",
    ),
    option(
        "plan.default_tier",
        "SWITCHBOARD_PLAN_DEFAULT_TIER",
        "plan-default-tier",
        Type::Number { min: 1, max: 5 },
        "5",
        "Tier of workspaces that have no other; 5 has every feature.",
    ),
    option(
        "mail.host",
        "SWITCHBOARD_MAIL_HOST",
        "mail-host",
        Type::Host,
        "",
        "Mail server that takes the installation's own letters, such as notifications; without it none are sent. A private one also needs its place in net.allow.",
    ),
    option("mail.port", "SWITCHBOARD_MAIL_PORT", "mail-port", Type::Number { min: 1, max: 65535 }, "587", "Port of mail.host."),
    option(
        "mail.security",
        "SWITCHBOARD_MAIL_SECURITY",
        "mail-security",
        Type::OneOf(&["starttls", "tls", "none"]),
        "starttls",
        "How the connection to mail.host is protected; none only within net.allow.",
    ),
    option(
        "mail.username",
        "SWITCHBOARD_MAIL_USERNAME",
        "mail-username",
        Type::Text,
        "",
        "User name at mail.host; without it nobody signs in there.",
    ),
    OptionDef {
        key: "mail.password",
        env: "SWITCHBOARD_MAIL_PASSWORD",
        flag: "mail-password",
        kind: Type::Text,
        default: "",
        help: "Password at mail.host.",
        secret: true,
    },
    option(
        "mail.from",
        "SWITCHBOARD_MAIL_FROM",
        "mail-from",
        Type::Mailbox,
        "",
        "Sender of these letters; needed together with mail.host.",
    ),
    option(
        "backup.to",
        "SWITCHBOARD_BACKUP_TO",
        "backup-to",
        Type::Text,
        "",
        "Where the server puts its backups, a folder or s3://bucket/prefix; without it, it takes none by itself.",
    ),
    option("backup.every", "SWITCHBOARD_BACKUP_EVERY", "backup-every", Type::Minutes, "24h", "How often it takes one."),
    option("backup.keep", "SWITCHBOARD_BACKUP_KEEP", "backup-keep", Type::Keep, "", "Which snapshots stay; without it, all."),
    OptionDef {
        key: "backup.passphrase",
        env: "SWITCHBOARD_BACKUP_PASSPHRASE",
        flag: "backup-passphrase",
        kind: Type::Text,
        default: "",
        help: "Seals the master key into each backup; without it, the key is left out.",
        secret: true,
    },
    option(
        "backup.s3_endpoint",
        "SWITCHBOARD_BACKUP_S3_ENDPOINT",
        "backup-s3-endpoint",
        Type::Text,
        "",
        "Address of a bucket's server, such as https://minio.example.com; without it, Amazon's. A private one also needs its place in net.allow.",
    ),
    option("backup.s3_region", "SWITCHBOARD_BACKUP_S3_REGION", "backup-s3-region", Type::Text, "us-east-1", "Region of the bucket."),
    option("backup.s3_access_key", "SWITCHBOARD_BACKUP_S3_ACCESS_KEY", "backup-s3-access-key", Type::Text, "", "Key id for the bucket."),
    OptionDef {
        key: "backup.s3_secret_key",
        env: "SWITCHBOARD_BACKUP_S3_SECRET_KEY",
        flag: "backup-s3-secret-key",
        kind: Type::Text,
        default: "",
        help: "Secret key for the bucket.",
        secret: true,
    },
    option(
        "deletion.grace",
        "SWITCHBOARD_DELETION_GRACE",
        "deletion-grace",
        Type::Days,
        "14d",
        "How long a workspace stands still before its deletion, so that its owner can take it back.",
    ),
];

/// The text of `docs/configuration.md`.
pub fn configuration_page() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Made from the table in crates/config/src/options.rs; `UPDATE_DOCS=1 cargo test -p config` writes it anew. -->\n\n\
         Everything has a default; nothing has to be set. A later layer wins over an earlier one:\n\n\
         1. the defaults below,\n\
         2. `switchboard.toml`: the file given with `--config` (or `SWITCHBOARD_CONFIG`), else the one in the folder you start in, else the one in the data folder,\n\
         3. environment variables,\n\
         4. flags.\n\n\
         A name that does not exist is refused, with the nearest one that does. Lists are written with commas, in the file also as `[\"a\", \"b\"]`.\n\
         Relative paths start at the folder the program is started in.\n",
    );
    let mut section = "";
    for option in OPTIONS {
        let (head, _) = option.key.split_once('.').unwrap_or((option.key, ""));
        if head != section {
            section = head;
            page.push_str(&format!(
                "\n## {section}\n\n| key | variable | flag | default | what it is |\n| --- | --- | --- | --- | --- |\n"
            ));
        }
        let default = if option.default.is_empty() { "–".to_owned() } else { format!("`{}`", option.default) };
        let (key, env, flag, help) = (option.key, option.env, option.flag, option.help);
        page.push_str(&format!("| `{key}` | `{env}` | `--{flag}` | {default} | {help} Expects {}. |\n", option.kind.expects()));
    }
    page.push_str(
        "\n## Plain variables\n\nThese are read too. They make channels in the oldest workspace, which then cannot be changed on the screen: `EMAIL_SERVICE` is `sendgrid`, `ses` or `mock`, `SMS_SERVICE` is `twilio` or `mock` (the simulator). A changed value changes the channel at the next start; a service that is taken away stops its channel. `AWS_SES_TOPIC_ARNS` names the SNS topics whose mail and reports are believed, with commas between; without it that channel only sends. Webhooks may go to the plain paths `/api/webhooks/email/sendgrid`, `/api/webhooks/email/ses`, `/api/webhooks/sms/twilio` and `/api/webhooks/respond-io`, which find the channel whose proof fits.\n\n",
    );
    for name in crate::PLAIN {
        page.push_str(&format!("- `{name}`\n"));
    }
    page.push_str("\n## Example\n\n```toml\n[server]\nlisten = \"0.0.0.0:8080\"\npublic_url = \"https://help.example.com\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n\n[limits]\nupload_bytes = \"50MB\"\n```\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_one_pattern_and_are_unique() {
        for (i, option) in OPTIONS.iter().enumerate() {
            let flat = option.key.strip_prefix("server.").unwrap_or(option.key).replace('.', "_");
            assert_eq!(option.env, format!("SWITCHBOARD_{}", flat.to_uppercase()));
            assert_eq!(option.flag, flat.replace('_', "-"));
            assert!(option.help.ends_with('.'), "{}", option.key);
            assert!(OPTIONS[..i].iter().all(|o| o.key != option.key && o.env != option.env && o.flag != option.flag));
        }
    }

    /// `UPDATE_DOCS=1 cargo test -p config` writes it anew.
    #[test]
    fn the_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, configuration_page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), configuration_page(), "run it with UPDATE_DOCS=1");
    }
}
