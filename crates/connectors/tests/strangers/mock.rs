//! Mock servers of others, started for one test and gone with it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(120);

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers")
}
/// The interpreter that has what `tools/requirements.txt` names.
pub fn python() -> PathBuf {
    std::env::var_os("STRANGERS_PYTHON").map(PathBuf::from).unwrap_or_else(|| panic!("STRANGERS_PYTHON is not set: run scripts/strangers"))
}

pub struct Mock {
    pub address: SocketAddr,
    said: Arc<Mutex<String>>,
    // Killed when it is dropped, also when the test falls over; and it ends by itself when its standard input does.
    _process: Child,
}

impl Mock {
    /// Prism, from the description of that name in `specs/`. It chooses its port and says it.
    pub async fn prism(description: &str) -> Self {
        let installed = folder().join("tools/node_modules/@stoplight/prism-cli");
        assert!(installed.is_dir(), "{} is missing: run scripts/strangers", installed.display());
        let file = folder().join("specs").join(format!("{description}.json"));
        assert!(file.is_file(), "{} is missing", file.display());
        let mut command = Command::new("node");
        command.arg(folder().join("tools/mock.mjs")).args(["mock", "-m", "false", "-h", "127.0.0.1", "-p", "0"]).arg(file);
        Self::start(command, "is listening on http://").await
    }

    /// The AWS services of moto.
    pub async fn moto() -> Self {
        let mut command = Command::new(python());
        command.arg("-u").arg(folder().join("tools/mock.py"));
        Self::start(command, "Running on http://").await
    }

    /// Runs the command until it says `word` followed by its address.
    async fn start(mut command: Command, word: &'static str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let said = Arc::new(Mutex::new(String::new()));
        let (tell, mut told) = watch::channel(None);
        listen(process.stdout.take().unwrap(), said.clone(), word, tell.clone());
        listen(process.stderr.take().unwrap(), said.clone(), word, tell);
        let heard = tokio::time::timeout(PATIENCE, told.wait_for(Option::is_some)).await;
        let Ok(Ok(Some(address))) = heard.map(|h| h.map(|a| *a)) else {
            panic!("{command:?} did not start:\n{}", said.lock().unwrap());
        };
        Self { address, said, _process: process }
    }

    /// The last lines it said.
    pub fn last_words(&self) -> String {
        let said = self.said.lock().unwrap();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

fn address_after(words: &str, word: &str) -> Option<SocketAddr> {
    let rest = words.split_once(word)?.1;
    rest.split(|c: char| c.is_whitespace() || c == '/' || c == '\u{1b}').next()?.parse().ok()
}

/// Reads on until the end: a pipe that nobody reads would stop the process.
fn listen(
    pipe: impl AsyncRead + Unpin + Send + 'static,
    said: Arc<Mutex<String>>,
    word: &'static str,
    tell: watch::Sender<Option<SocketAddr>>,
) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(address) = address_after(&line, word) {
                tell.send(Some(address)).ok();
            }
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}
