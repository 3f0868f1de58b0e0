//! A real mail server on a free port and a throwaway folder: Dovecot, as Debian packages it. Mail is put into its folders as a delivery
//! agent does, by files.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

pub const MAILBOX: &str = "help@desk.example";
pub const MAILBOX_PASSWORD: &str = "right";

pub struct Dovecot {
    pub tls: SocketAddr,
    pub plain: SocketAddr,
    dir: TempDir,
    /// (user, uid, gid) that the mail belongs to.
    owner: (String, u32, u32),
    child: Option<Child>,
    delivered: AtomicU64,
}

/// What is otherwise.
#[derive(Default)]
pub struct DovecotOptions {
    /// Where tokens are asked about; no OAuth without it.
    pub token_info: Option<String>,
    /// Capabilities in place of its own.
    pub capabilities: Option<&'static str>,
    /// Where another server asks it who may sign in.
    pub auth_socket: Option<PathBuf>,
}

fn id(args: &[&str]) -> String {
    let out = Command::new("id").args(args).output().expect("id");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Dovecot {
    pub async fn start() -> Self {
        Self::start_with(DovecotOptions::default()).await
    }

    pub async fn start_with(options: DovecotOptions) -> Self {
        assert!(Path::new("/usr/sbin/dovecot").exists(), "Dovecot is not installed: scripts/setup test, or apt-get install dovecot-imapd");
        let dir = TempDir::with_prefix("switchboard-mail-").unwrap();
        let root = id(&["-u"]) == "0";
        // Root's Dovecot gives mail to its package's user, anybody else's to themselves.
        let user = if root { "dovecot".to_owned() } else { id(&["-un"]) };
        let number = |flag: &str| id(&[flag, &user]).parse().unwrap();
        let (uid, gid) = (number("-u"), number("-g"));
        let owner = (user, uid, gid);
        let (tls, plain) = (free_port(), free_port());
        let made = Self { tls, plain, dir, owner, child: None, delivered: AtomicU64::new(0) };
        made.configure(&options, root);
        let mut made = made;
        made.start_again().await;
        made
    }

    fn configure(&self, options: &DovecotOptions, root: bool) {
        let dir = self.dir.path();
        readable(dir);
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        std::fs::write(dir.join("cert.pem"), certificate.cert.pem()).unwrap();
        std::fs::write(dir.join("key.pem"), certificate.signing_key.serialize_pem()).unwrap();
        std::fs::write(dir.join("users"), format!("{MAILBOX}:{{PLAIN}}{MAILBOX_PASSWORD}::::::\n")).unwrap();
        for name in ["run", "state", "mail"] {
            std::fs::create_dir(dir.join(name)).unwrap();
        }
        self.own(&dir.join("mail"));
        let (user, d) = (&self.owner.0, dir.display());
        let group = if root { "dovecot".to_owned() } else { id(&["-gn"]) };
        let login = if root { "dovenull" } else { user };
        let mut conf = format!(
            "base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = {d}/log\nprotocols = imap\nlisten = 127.0.0.1, 127.0.0.2\n\
             ssl = yes\nssl_cert = <{d}/cert.pem\nssl_key = <{d}/key.pem\ndisable_plaintext_auth = no\n\
             auth_mechanisms = plain login xoauth2 oauthbearer\nauth_failure_delay = 0\nfirst_valid_uid = 1\nmail_max_userip_connections = 50\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {login}\nmail_fsync = never\n\
             mail_location = maildir:{d}/mail/%u\n\
             namespace inbox {{\n  inbox = yes\n  mailbox Sent {{\n    special_use = \\Sent\n  }}\n}}\n\
             passdb {{\n  driver = passwd-file\n  mechanisms = plain login\n  args = {d}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid={} gid={} home={d}/mail/%u\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {}\n  }}\n  inet_listener imaps {{\n    port = {}\n    ssl = yes\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n",
            self.owner.1,
            self.owner.2,
            self.plain.port(),
            self.tls.port()
        );
        if let Some(url) = &options.token_info {
            let how = format!("tokeninfo_url = {url}\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n");
            std::fs::write(dir.join("oauth2.conf"), how).unwrap();
            conf.push_str(&format!("passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {d}/oauth2.conf\n}}\n"));
        }
        if let Some(capabilities) = options.capabilities {
            conf.push_str(&format!("protocol imap {{\n  imap_capability = {capabilities}\n}}\n"));
        }
        if let Some(socket) = &options.auth_socket {
            conf.push_str(&format!("service auth {{\n  unix_listener {} {{\n    mode = 0666\n  }}\n}}\n", socket.display()));
        }
        std::fs::write(dir.join("conf"), conf).unwrap();
    }

    fn own(&self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.owner.1), Some(self.owner.2)).unwrap();
    }

    /// The certificate to trust.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }
    /// What it wrote down.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    pub async fn start_again(&mut self) {
        use std::os::unix::process::CommandExt;
        let log = std::fs::File::create(self.dir.path().join("out")).unwrap();
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(self.dir.path().join("conf")).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        self.child = Some(command.spawn().unwrap());
        for address in [self.plain, self.tls] {
            crate::until("Dovecot", || async move { tokio::net::TcpStream::connect(address).await.ok() }).await;
        }
    }

    /// Dies at once, with all its connections.
    pub fn die(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Its own process group: the master and everything it started.
        Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status().ok();
        child.wait().ok();
        std::fs::remove_file(self.dir.path().join("run/master.pid")).ok();
    }

    /// A folder of the mailbox; `INBOX`, `Archive`.
    pub fn folder(&self, name: &str) -> PathBuf {
        let home = self.dir.path().join("mail").join(MAILBOX);
        let path = if name == "INBOX" { home.clone() } else { home.join(format!(".{name}")) };
        for part in ["", "cur", "new", "tmp"] {
            let part = path.join(part);
            if !part.exists() {
                std::fs::create_dir_all(&part).unwrap();
                for made in [&home, &path, &part] {
                    self.own(made);
                }
            }
        }
        path
    }

    /// Puts a mail into a folder; gives the file's name.
    pub fn deliver(&self, folder: &str, mail: &[u8]) -> String {
        let n = self.delivered.fetch_add(1, Ordering::SeqCst);
        self.deliver_at(folder, mail, 1_793_000_000 + n)
    }
    /// The same, with the time at which it arrived, in seconds.
    pub fn deliver_at(&self, folder: &str, mail: &[u8], at: u64) -> String {
        let path = self.folder(folder);
        let n = self.delivered.fetch_add(1, Ordering::SeqCst);
        let name = format!("{at}.M{n:08}.test");
        let tmp = path.join("tmp").join(&name);
        std::fs::write(&tmp, mail).unwrap();
        self.own(&tmp);
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at);
        std::fs::File::options().write(true).open(&tmp).unwrap().set_modified(time).unwrap();
        std::fs::rename(&tmp, path.join("new").join(&name)).unwrap();
        name
    }

    /// The mails of a folder by their files, with flags (`…:2,S`).
    pub fn files(&self, folder: &str) -> Vec<String> {
        let path = self.folder(folder);
        let mut all: Vec<String> = ["new", "cur"]
            .iter()
            .flat_map(|part| std::fs::read_dir(path.join(part)).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()))
            .collect();
        all.sort();
        all
    }

    /// Moves a mail as another mail program would: it gets a new number there.
    pub fn move_mail(&self, from: &str, name: &str, to: &str) {
        let path = self.folder(from);
        let found = ["new", "cur"].iter().find_map(|part| {
            let in_part = std::fs::read_dir(path.join(part)).unwrap().map(|f| f.unwrap().path());
            in_part.into_iter().find(|f| f.file_name().unwrap().to_string_lossy().starts_with(name))
        });
        let found = found.unwrap_or_else(|| panic!("{name} is not in {from}"));
        let n = self.delivered.fetch_add(1, Ordering::SeqCst);
        let place = self.folder(to).join("cur").join(format!("1793000000.M{n:08}.moved:2,"));
        std::fs::rename(found, place).unwrap();
    }

    /// Forgets all numbers of a folder: it comes back with another UIDVALIDITY. Only while it is dead.
    pub fn renumber(&self, folder: &str) {
        assert!(self.child.is_none());
        let path = self.folder(folder);
        for entry in std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("dovecot-uidlist") || name.starts_with("dovecot.index") {
                std::fs::remove_file(entry).unwrap();
            }
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("Dovecot's log:\n{}", self.log());
        }
        self.die();
    }
}

fn readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
