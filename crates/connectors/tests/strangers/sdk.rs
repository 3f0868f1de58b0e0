//! The providers' libraries, each language in a process of its own that answers one line with one line.

use crate::mock::{folder, python};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

pub struct Sdk {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    // Killed when it is dropped.
    _process: Child,
}

impl Sdk {
    pub fn node() -> Self {
        let script = folder().join("tools/sdk.mjs");
        assert!(folder().join("tools/node_modules/twilio").is_dir(), "the libraries are missing: run scripts/strangers");
        Self::start(Command::new("node").arg(script))
    }
    pub fn python() -> Self {
        Self::start(Command::new(python()).arg(folder().join("tools/sdk.py")))
    }

    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { input: process.stdin.take().unwrap(), output, _process: process }
    }

    /// What the library says to this.
    pub async fn ask(&mut self, what: &str, mut question: Value) -> Value {
        question["do"] = what.into();
        self.input.write_all(format!("{question}\n").as_bytes()).await.unwrap();
        let line = self.output.next_line().await.unwrap().unwrap_or_else(|| panic!("{what}: no answer"));
        let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{what}: {e}: {line}"));
        assert!(answer["failed"].is_null(), "{what}: {}", answer["failed"].as_str().unwrap_or_default());
        answer["said"].take()
    }
    pub async fn text(&mut self, what: &str, question: Value) -> String {
        let said = self.ask(what, question).await;
        said.as_str().unwrap_or_else(|| panic!("{what}: {said}")).to_owned()
    }
    /// The library's verdict.
    pub async fn genuine(&mut self, what: &str, question: Value) -> bool {
        self.ask(what, question).await == json!(true)
    }
}
