//! A server of one's own for the length of one command, on a data folder that nobody else works on.

use super::api::Api;
use super::words;
use crate::people;
use crate::start::{self, Edges, Running};
use config::{Config, Flags};
use kernel::{Error, Result, Secret};
use serde_json::json;
use std::path::Path;

pub struct Local {
    running: Running,
    pub api: Api,
}

pub async fn start(folder: &str) -> Result<Local> {
    // Starting would make a new installation of an empty folder.
    if !Path::new(folder).join("master.key").exists() {
        return Err(words(&format!("There is no Switchboard data in {folder}. Give the folder that `switchboard serve --data` works on.")));
    }
    let flags = Flags::default().set("data", folder).set("listen", "127.0.0.1:0").set("smtp-listen", "off");
    let cwd = std::env::current_dir().map_err(|e| Error::internal(e.to_string()))?;
    let config = Config::load(&flags, std::env::vars(), &cwd).map_err(|e| Error::conflict("config.invalid", e.to_string()))?;
    let running = start::start(config, Edges::default()).await.map_err(|e| match e.code {
        "data.locked" => words(&format!("A server works on {folder}. Play against it: name it with --url and --token.")),
        _ => e,
    })?;
    match signed_in(&running).await {
        Ok(api) => Ok(Local { running, api }),
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    }
}

/// Whoever may read the folder may do all there is in it; so the first admin's name is used.
async fn signed_in(running: &Running) -> Result<Api> {
    let (account, workspace) = people::first_admin(&running.app)
        .await?
        .ok_or_else(|| words("Nobody has an account in this data yet. Start the server and make one in the browser."))?;
    let here = people::Client { address: std::net::Ipv4Addr::LOCALHOST.into(), user_agent: "switchboard simulate".into() };
    let (_, session) = people::open_session(&running.app, account, workspace, &here).await?;
    Api::new(&format!("http://{}", running.address), Secret::new(session.access_token))
}

impl Local {
    pub async fn stop(self) {
        if let Err(error) = self.api.post("/auth/sign-out", &json!({})).await {
            tracing::debug!(error = %error, "the session of the command ends by itself later");
        }
        self.running.stop().await;
    }
}
