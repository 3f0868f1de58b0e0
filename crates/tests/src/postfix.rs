//! The mail server of half the world, as Debian packages it, on free ports and in a throwaway folder: it hands mail for us to our listener,
//! lets us submit with AUTH, and passes on what we submit. Needs root, as Postfix does.

use crate::smtp::{Mail, submit};
use crate::{Dovecot, DovecotOptions, until};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub struct Postfix {
    /// STARTTLS, and plain for what we hand to it.
    pub submission: SocketAddr,
    /// TLS from the first byte.
    pub submissions: SocketAddr,
    dir: TempDir,
    child: Option<Child>,
    _users: Dovecot,
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

const SERVICES: &str = "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
    rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
    verify unix - - n - 1 verify\nsmtp unix - - n - - smtp\nerror unix - - n - - error\nretry unix - - n - - error\n\
    anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\nproxymap unix - - n - - proxymap\npostlog unix-dgram n - n - 1 postlogd\n";

impl Postfix {
    /// Mail for `ours` goes to our listener, encrypted; all other mail to `elsewhere`.
    pub async fn start(ours: &str, listener: SocketAddr, elsewhere: SocketAddr) -> Self {
        assert!(Path::new("/usr/sbin/postfix").exists(), "Postfix is not installed: scripts/strangers, or apt-get install postfix");
        let dir = TempDir::with_prefix("switchboard-postfix-").unwrap();
        let d = dir.path().display().to_string();
        run("chmod", &["755", &d]);
        for name in ["conf", "queue", "data"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        run("chown", &["postfix", &format!("{d}/data")]);
        let auth = dir.path().join("auth");
        let users = Dovecot::start_with(DovecotOptions { auth_socket: Some(auth), ..Default::default() }).await;
        let (submission, submissions) = (free_port(), free_port());
        let certificate = users.certificate();
        let key = certificate.with_file_name("key.pem");
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {d}/queue\ndata_directory = {d}/data\ncommand_directory = /usr/sbin\n\
             daemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\nsetgid_group = postdrop\nmaillog_file = {d}/log\n\
             maillog_file_prefixes = /\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = relay.example\nmydestination =\n\
             mynetworks = 127.0.0.0/8\nsmtputf8_enable = yes\nmessage_size_limit = 80000000\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\n\
             smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\nsmtp_tls_policy_maps = inline:{{ {{ [127.0.0.1]:{ours_port} = encrypt }} }}\n\
             transport_maps = inline:{{ {{ {ours} = smtp:[127.0.0.1]:{ours_port} }} }}\ndefault_transport = smtp:[127.0.0.1]:{other}\n\
             smtpd_tls_cert_file = {cert}\nsmtpd_tls_key_file = {key}\nsmtpd_tls_security_level = may\nsmtpd_sasl_type = dovecot\n\
             smtpd_sasl_path = {d}/auth\nsmtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\nsmtpd_tls_received_header = yes\n\
             smtpd_sasl_authenticated_header = yes\n",
            ours_port = listener.port(),
            other = elsewhere.port(),
            cert = certificate.display(),
            key = key.display(),
        );
        let needs = "-o smtpd_relay_restrictions=permit_sasl_authenticated,permit_mynetworks,reject";
        let master = format!(
            "{submission} inet n - n - - smtpd\n  {needs}\n{submissions} inet n - n - - smtpd\n  {needs}\n  -o smtpd_tls_wrappermode=yes\n{SERVICES}"
        );
        std::fs::write(dir.path().join("conf/main.cf"), main).unwrap();
        std::fs::write(dir.path().join("conf/master.cf"), master).unwrap();
        let out = std::fs::File::create(dir.path().join("out")).unwrap();
        let child = Command::new("/usr/sbin/postfix")
            .args(["-c", &format!("{d}/conf"), "start-fg"])
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        let made = Self { submission, submissions, dir, child: Some(child), _users: users };
        until("Postfix", || async { tokio::net::TcpStream::connect(made.submission).await.ok() }).await;
        made
    }

    /// Gives it a mail to pass on, as somebody in its network.
    pub async fn post(&self, mail: &Mail) {
        let answer = submit(self.submission, mail).await;
        assert_eq!(answer.0, 250, "{}\n{}", answer.1, self.log());
    }

    pub fn certificate(&self) -> std::path::PathBuf {
        self._users.certificate()
    }

    pub fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        read("out") + &read("log")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let conf = self.dir.path().join("conf");
        Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(conf)
            .arg("abort")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok();
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn run(program: &str, args: &[&str]) {
    assert!(Command::new(program).args(args).status().unwrap().success(), "{program} {args:?} (Postfix needs root)");
}
