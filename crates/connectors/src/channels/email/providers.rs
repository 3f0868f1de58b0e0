//! Providers of mailboxes as data: their servers, what they ask for besides a password, and the addresses of their sign-in pages.
//! From what they publish themselves, gathered in November 2026.

use kernel::form::{Choice, Preset, Set};

pub static CHOICES: &[Choice] = &[
    Choice { value: "google", label: "Gmail or Google Workspace" },
    Choice { value: "microsoft", label: "Microsoft 365 or Outlook.com" },
    Choice { value: "fastmail", label: "Fastmail" },
    Choice { value: "yahoo", label: "Yahoo" },
    Choice { value: "icloud", label: "iCloud" },
    Choice { value: "aol", label: "AOL" },
    Choice { value: "gmx", label: "GMX (gmx.net, gmx.de)" },
    Choice { value: "gmx_com", label: "GMX (gmx.com)" },
    Choice { value: "webde", label: "WEB.DE" },
    Choice { value: "tonline", label: "T-Online" },
    Choice { value: "ionos", label: "IONOS" },
    Choice { value: "strato", label: "STRATO" },
    Choice { value: "mailbox_org", label: "mailbox.org" },
    Choice { value: "posteo", label: "Posteo" },
    Choice { value: "migadu", label: "Migadu" },
    Choice { value: "rackspace", label: "Rackspace Email" },
    Choice { value: "zoho", label: "Zoho Mail" },
    Choice { value: "yandex", label: "Yandex" },
    Choice { value: "own", label: "Another provider, or a server of your own" },
];

/// (host, port, protection)
type Server = (&'static str, &'static str, &'static str);

const fn imap(host: &'static str) -> Server {
    (host, "993", "tls")
}
const fn tls(host: &'static str) -> Server {
    (host, "465", "tls")
}
const fn starttls(host: &'static str) -> Server {
    (host, "587", "starttls")
}
const fn set(field: &'static str, value: &'static str) -> Set {
    Set { field, value, settled: true }
}
/// A choice that stays in sight.
const fn choice(field: &'static str, value: &'static str) -> Set {
    Set { field, value, settled: false }
}
const fn servers(incoming: Server, outgoing: Server) -> [Set; 8] {
    [
        choice("receive", "imap"),
        choice("sign_in", "password"),
        set("imap_host", incoming.0),
        set("imap_port", incoming.1),
        set("imap_security", incoming.2),
        set("smtp_host", outgoing.0),
        set("smtp_port", outgoing.1),
        set("smtp_security", outgoing.2),
    ]
}
/// The same, and where its owner gives consent.
const fn with_button(
    servers: [Set; 8],
    sign_in: &'static str,
    authorize: &'static str,
    token: &'static str,
    scopes: &'static str,
) -> [Set; 11] {
    let [receive, _, a, b, c, d, e, f] = servers;
    let by = choice("sign_in", sign_in);
    let (authorize, token) = (set("oauth_authorize_url", authorize), set("oauth_token_url", token));
    [receive, by, a, b, c, d, e, f, authorize, token, set("oauth_scopes", scopes)]
}

pub static PRESETS: &[Preset] = &[
    Preset {
        choice: "google",
        note: "Google wants an app password and not the account's own: switch on 2-Step Verification, then make an app password. Or sign in with the provider's own page, for which you need an OAuth client.",
        note_url: "https://myaccount.google.com/apppasswords",
        // Without both parameters Google gives a refresh token only at the very first consent.
        sets: &with_button(
            servers(imap("imap.gmail.com"), starttls("smtp.gmail.com")),
            "password",
            "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
            "https://oauth2.googleapis.com/token",
            "https://mail.google.com/",
        ),
    },
    Preset {
        choice: "microsoft",
        note: "Microsoft takes no passwords from mail programs: register an application, then sign in on Microsoft's own page. IMAP and authenticated SMTP have to be switched on for the mailbox.",
        note_url: "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
        sets: &with_button(
            servers(imap("outlook.office365.com"), starttls("smtp.office365.com")),
            "oauth",
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        ),
    },
    Preset {
        choice: "fastmail",
        note: "Fastmail wants an app password: Settings, Privacy & Security, Connected apps & API tokens, with access to IMAP and SMTP.",
        note_url: "https://app.fastmail.com/settings/security/apps",
        sets: &servers(imap("imap.fastmail.com"), tls("smtp.fastmail.com")),
    },
    Preset {
        choice: "yahoo",
        note: "Yahoo wants an app password: Account security, Generate app password.",
        note_url: "https://login.yahoo.com/account/security",
        sets: &servers(imap("imap.mail.yahoo.com"), tls("smtp.mail.yahoo.com")),
    },
    Preset {
        choice: "icloud",
        note: "Apple wants an app-specific password: Sign-In and Security, App-Specific Passwords.",
        note_url: "https://account.apple.com/account/manage",
        sets: &with_user(servers(imap("imap.mail.me.com"), starttls("smtp.mail.me.com")), "{name}", "{address}"),
    },
    Preset {
        choice: "aol",
        note: "AOL wants an app password: Account security, Generate app password.",
        note_url: "https://login.aol.com/account/security",
        sets: &servers(imap("imap.aol.com"), tls("smtp.aol.com")),
    },
    Preset {
        choice: "gmx",
        note: "Allow POP3 and IMAP once in GMX: E-Mail, Settings, POP3 & IMAP retrieval. With two-factor authentication GMX wants a password made for this application.",
        note_url: "https://hilfe.gmx.net/pop-imap/einschalten.html",
        sets: &servers(imap("imap.gmx.net"), tls("mail.gmx.net")),
    },
    Preset {
        choice: "gmx_com",
        note: "Allow POP3 and IMAP once in GMX: Settings, POP3 & IMAP. With two-factor authentication GMX wants a password made for this application.",
        note_url: "https://support.gmx.com/pop-imap/toggle.html",
        sets: &servers(imap("imap.gmx.com"), tls("mail.gmx.com")),
    },
    Preset {
        choice: "webde",
        note: "Allow POP3 and IMAP once in WEB.DE: E-Mail, Settings, POP3 & IMAP retrieval. With two-factor authentication it wants a password made for this application.",
        note_url: "https://hilfe.web.de/pop-imap/einschalten.html",
        sets: &with_user(servers(imap("imap.web.de"), tls("smtp.web.de")), "{name}", "{name}"),
    },
    Preset {
        choice: "tonline",
        note: "T-Online wants its e-mail password, which differs from the one of its web site.",
        note_url: "https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten",
        sets: &servers(imap("secureimap.t-online.de"), tls("securesmtp.t-online.de")),
    },
    Preset { choice: "ionos", note: "", note_url: "", sets: &servers(imap("imap.ionos.de"), tls("smtp.ionos.de")) },
    Preset { choice: "strato", note: "", note_url: "", sets: &servers(imap("imap.strato.de"), tls("smtp.strato.de")) },
    Preset {
        choice: "mailbox_org",
        note: "With two-factor authentication mailbox.org wants an application password.",
        note_url: "https://kb.mailbox.org/en/private/security-and-privacy/application-passwords-for-external-programs/",
        sets: &servers(imap("imap.mailbox.org"), tls("smtp.mailbox.org")),
    },
    Preset {
        choice: "posteo",
        note: "If you have switched on the additional e-mail account protection, Posteo lets no mail program in: switch it off, or make an app password.",
        note_url: "https://posteo.de/en/help",
        sets: &servers(imap("posteo.de"), tls("posteo.de")),
    },
    Preset { choice: "migadu", note: "", note_url: "", sets: &servers(imap("imap.migadu.com"), tls("smtp.migadu.com")) },
    Preset { choice: "rackspace", note: "", note_url: "", sets: &servers(imap("secure.emailsrvr.com"), tls("secure.emailsrvr.com")) },
    Preset {
        choice: "zoho",
        note: "Switch on IMAP in Zoho: Settings, Mail Accounts, IMAP. With two-factor authentication it wants an application-specific password. Accounts of an organisation are at imappro.zoho.com and smtppro.zoho.com, those in Europe at imap.zoho.eu and smtp.zoho.eu: see Advanced.",
        note_url: "https://www.zoho.com/mail/help/imap-access.html",
        sets: &servers(imap("imap.zoho.com"), tls("smtp.zoho.com")),
    },
    Preset {
        choice: "yandex",
        note: "Switch on IMAP in Yandex: Settings, Email clients. It wants an app password.",
        note_url: "https://yandex.com/support/mail/mail-clients/others.html",
        sets: &servers(imap("imap.yandex.com"), tls("smtp.yandex.com")),
    },
    Preset { choice: "own", note: "", note_url: "", sets: &[choice("receive", "imap"), choice("sign_in", "password")] },
];

const fn with_user(servers: [Set; 8], incoming: &'static str, outgoing: &'static str) -> [Set; 10] {
    let [a, b, c, d, e, f, g, h] = servers;
    [a, b, c, d, e, f, g, h, set("imap_username", incoming), set("smtp_username", outgoing)]
}

/// What its provider wants to be known about signing in: of the chosen one, or of the one whose server it is.
pub fn note_of(choice: Option<&str>, host: &str) -> Option<&'static Preset> {
    let is_theirs = |p: &&Preset| p.sets.iter().any(|s| matches!(s.field, "imap_host" | "smtp_host") && s.value.eq_ignore_ascii_case(host));
    let chosen = PRESETS.iter().find(|p| Some(p.choice) == choice).filter(is_theirs);
    chosen.or_else(|| PRESETS.iter().find(is_theirs)).filter(|p| !p.note.is_empty())
}
