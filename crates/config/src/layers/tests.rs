//! Which layer wins, and what is said to somebody who mistyped.

use super::*;

fn load(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    if !file.is_empty() {
        std::fs::write(dir.path().join(FILE), file).unwrap();
    }
    let env = env.iter().map(|(n, v)| (n.to_string(), v.to_string()));
    let flags = flags.iter().fold(Flags::default(), |f, (n, v)| f.set(n, v));
    Config::load(&flags, env, dir.path())
}

fn refused(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
    load(file, env, flags).unwrap_err().to_string()
}

#[test]
fn nothing_has_to_be_set() {
    let config = load("", &[], &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.smtp_listen.unwrap().to_string(), "127.0.0.1:2525");
    assert_eq!(config.server.public_url, "http://localhost:8080");
    assert!(config.server.data.ends_with("data"));
    assert!(config.server.database.is_none() && config.net.allow.is_empty() && config.smtp.key.is_none());
    assert_eq!((config.limits.upload_bytes, config.limits.mail_bytes), (25_000_000, 45 << 20));
    assert_eq!(config.server.workers, 2, "as many as there really are");
    assert_eq!((config.journal.keep_days, config.plan.default_tier, config.auth.session_days), (30, 5, 30));
}

#[test]
fn every_default_is_valid() {
    for option in OPTIONS {
        assert!(values::check(option.kind, option.default).is_ok(), "{}", option.key);
    }
}

#[test]
fn later_layers_win() {
    let file = "[server]\nlisten = \"127.0.0.1:1001\"";
    let (env, flag) = ([("SWITCHBOARD_LISTEN", "127.0.0.1:1002")], [("listen", "127.0.0.1:1003")]);
    let port = |file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]| load(file, env, flags).unwrap().server.listen.port();
    for (file, env, flags, expected) in [
        ("", &[][..], &[][..], 8080),
        (file, &[], &[], 1001),
        ("", &env, &[], 1002),
        ("", &[], &flag, 1003),
        (file, &env, &[], 1002),
        (file, &[], &flag, 1003),
        ("", &env, &flag, 1003),
        (file, &env, &flag, 1003),
        (file, &[("SWITCHBOARD_LISTEN", "")], &[], 1001),
    ] {
        assert_eq!(port(file, env, flags), expected);
    }
}

#[test]
fn every_key_can_be_set_in_each_layer() {
    let sample = |option: &OptionDef| match option.key {
        "server.database" => "postgres://u:p@h/d",
        "server.public_url" => "https://a.example",
        "server.trusted_proxies" | "net.allow" => "10.0.0.0/8",
        "backup.keep" => "24h,7d",
        "mail.from" => "desk@example.com",
        key if option.default.is_empty() && !key.is_empty() => "some.pem",
        _ => option.default,
    };
    let file: String = OPTIONS.iter().map(|o| format!("{} = \"{}\"\n", o.key, sample(o))).collect();
    let env: Vec<_> = OPTIONS.iter().map(|o| (o.env, sample(o))).collect();
    let flags: Vec<_> = OPTIONS.iter().map(|o| (o.flag, sample(o))).collect();
    for config in [load(&file, &[], &[]), load("", &env, &[]), load("", &[], &flags)] {
        let config = config.unwrap();
        assert_eq!(config.server.public_url, "https://a.example");
        assert_eq!(config.net.allow, ["10.0.0.0/8"]);
        assert!(config.smtp.certificate.is_some() && config.server.database.is_some());
    }
}

#[test]
fn misspellings_are_named_with_their_place_and_the_right_spelling() {
    for (file, expected) in [
        ("[server]\n\nlistn = \"x\"", "switchboard.toml:3: there is no key server.listn; did you mean server.listen?"),
        ("listen = \"127.0.0.1:1\"", "switchboard.toml:1: there is no key listen; did you mean server.listen?"),
        ("[limits]\nlisten = \"127.0.0.1:1\"", "switchboard.toml:2: there is no key limits.listen; did you mean server.listen?"),
        ("\n[servr]\nlisten = \"x\"", "switchboard.toml:2: there is no section servr; did you mean server?"),
        ("[frobnicate]\nx = 1", "there is no section frobnicate; docs/configuration.md lists all"),
        ("[server]\nlisten = 5", "switchboard.toml:2: server.listen \"5\" is not right (the port is missing)"),
        ("[server]\nlisten = { a = 1 }", "switchboard.toml:2: server.listen is not right"),
        ("[server\n", "switchboard.toml:1: "),
        ("[limits]\nupload_bytes = \"25 parsecs\"", "(parsecs is not a unit of size); expected a size"),
        ("[log]\nformat = \"jsno\"", "(did you mean json?); expected text or json"),
        ("[plan]\ndefault_tier = 6", "expected a whole number from 1 to 5"),
    ] {
        let said = refused(file, &[], &[]);
        assert!(said.contains(expected), "{said}");
    }
    let said = refused("", &[("SWITCHBOARD_LISTNE", "x")], &[]);
    assert!(said.contains("environment: there is no variable SWITCHBOARD_LISTNE; did you mean SWITCHBOARD_LISTEN?"), "{said}");
    let said = refused("", &[], &[("public-uri", "x")]);
    assert!(said.contains("command line: there is no flag --public-uri; did you mean --public-url?"), "{said}");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let error = load("[server]\nlistn = 1", &[("SWITCHBOARD_WORKERS", "many")], &[("listen", "nowhere")]).unwrap_err();
    assert_eq!(error.0.len(), 3, "{error}");
}

#[test]
fn secrets_are_not_shown() {
    let secret = [("SWITCHBOARD_DATABASE", "postgres://u:hunter2@h/d"), ("TWILIO_AUTH_TOKEN", "hunter3")];
    let config = load("", &secret, &[]).unwrap();
    assert_eq!(config.plain.get("TWILIO_AUTH_TOKEN"), Some("hunter3"));
    assert!(!format!("{config:?}").contains("hunter"));
    assert!(!refused("", &[("SWITCHBOARD_DATABASE", "mysql://u:hunter2@h/d")], &[]).contains("hunter"));
}

#[test]
fn files_are_found_in_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, port: u16| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("server.listen = \"127.0.0.1:{port}\"")).unwrap();
    };
    let port = |flags: &Flags| Config::load(flags, [], dir.path()).map(|c| c.server.listen.port());
    write("elsewhere/switchboard.toml", 3);
    assert_eq!(port(&Flags::default().set("data", "elsewhere")), Ok(3));
    write("switchboard.toml", 2);
    assert_eq!(port(&Flags::default().set("data", "elsewhere")), Ok(2));
    write("given.toml", 1);
    assert_eq!(port(&Flags { config: Some("given.toml".into()), values: vec![] }), Ok(1));
    let missing = port(&Flags { config: Some("missing.toml".into()), values: vec![] }).unwrap_err().to_string();
    assert!(missing.contains("missing.toml: cannot be read"), "{missing}");
}

#[test]
fn a_certificate_needs_its_key() {
    assert!(refused("", &[], &[("smtp-certificate", "a.pem")]).contains("belong together"));
}

#[test]
fn the_public_address_follows_the_listening_one() {
    for (listen, expected) in [
        ("0.0.0.0:9000", "http://localhost:9000"),
        ("192.0.2.7:80", "http://192.0.2.7"),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ("localhost:8081", "http://localhost:8081"),
    ] {
        assert_eq!(load("", &[], &[("listen", listen)]).unwrap().server.public_url, expected);
    }
}

#[test]
fn letters_of_the_installation_need_a_host_and_a_sender() {
    assert!(load("", &[], &[]).unwrap().mail.is_none());
    let file = "[mail]\nhost = \"smtp.example.com\"\nfrom = \"Help desk <desk@example.com>\"\nusername = \"desk\"\n";
    let mail =
        load(file, &[("SWITCHBOARD_MAIL_PASSWORD", " s3cret")], &[("mail-security", "tls"), ("mail-port", "465")]).unwrap().mail.unwrap();
    assert_eq!((mail.host.as_str(), mail.port, mail.security), ("smtp.example.com", 465, crate::MailSecurity::Tls));
    assert_eq!((mail.from_name.as_deref(), mail.from.as_str()), (Some("Help desk"), "desk@example.com"));
    assert_eq!(mail.password.as_ref().map(|p| p.reveal().as_str()), Some(" s3cret"));
    assert!(!format!("{mail:?}").contains("s3cret"));
    assert!(refused("[mail]\nhost = \"smtp.example.com\"\n", &[], &[]).contains("needs mail.from"));
    assert!(refused(file, &[], &[]).contains("belong together"));
    assert!(refused("", &[], &[("mail-from", "desk")]).contains("no e-mail address"));
}
