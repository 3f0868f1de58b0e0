//! The end of a workspace. What there is is written down first, then it goes: files, database, what control knows. Each step can be cut off
//! and is begun again by the next process: the draft is written once, and removing what is gone changes nothing.

use super::model::{Asker, Certificate, CertificateOf, Deletion, Draft, FilesGone, TableGone};
use super::store;
use crate::app::App;
use crate::archives;
use crate::backups;
use crate::people::{arrivals, departures};
use data_encoding::HEXLOWER;
use db::rows::Moment;
use db::{Lane, Scope};
use kernel::time::{Millis, rfc3339};
use kernel::{Error, Result, WorkspaceId};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::time::Duration;

const SCRATCH: &str = "deletion-scratch";
/// Said on every certificate.
const REMARKS: &[&str] = &[
    "Removed: the workspace's database, the files that no other workspace has, sessions, API tokens, invitations, memberships, and accounts that belonged to no other workspace.",
    "Backups of this installation that were taken before may still hold the workspace until they are removed by their own rule.",
    "Copies that members exported or that other systems received are not covered.",
    "The SHA-256 of a table is over its rows as `switchboard workspace export` writes them, sealed columns left out.",
];

/// Follows the clock.
pub async fn follow(app: App) {
    if app.exclusive {
        std::fs::remove_dir_all(app.config.server.data.join(SCRATCH)).ok();
    }
    if let Err(error) = super::actions::settle(&app).await {
        tracing::error!(error = %error, "workspaces that are to be deleted could not be looked at");
    }
    loop {
        if let Err(error) = round(&app).await {
            tracing::error!(error = %error, "a workspace could not be deleted");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// Deletes what is due. Gives how many.
pub async fn round(app: &App) -> Result<usize> {
    let now = app.now();
    let open = app.db.read(Scope::Control, store::all_open).await?;
    let mut done = 0;
    for d in open.into_iter().filter(|d| d.state == "removing" || d.due_at <= now) {
        if app.runner.is_stopping() {
            break;
        }
        remove(app, d).await?;
        done += 1;
    }
    Ok(done)
}

/// Does what is left to do.
pub async fn remove(app: &App, d: Deletion) -> Result<()> {
    let (workspace, id, now) = (d.workspace_id, d.id, app.now());
    let begun = app.db.write(Scope::Control, Lane::Bulk, move |tx| {
        store::begin(tx, id, now)?;
        let Some(found) = store::find(tx, id)?.filter(|d| d.state == "removing") else {
            // Taken back in the last moment.
            return Ok(None);
        };
        let members = departures::members_of(tx, workspace)?;
        let draft = match found.certificate {
            Some(text) => serde_json::from_str(&text).map_err(|e| Error::internal(format!("a draft of a certificate: {e}")))?,
            None => {
                let created = arrivals::workspace_row(tx, workspace)?.map_or(0, |w| w.created_at);
                let draft = Draft { control: departures::depart(tx, workspace)?, workspace_created_at: created, ..Draft::default() };
                store::keep_draft(tx, id, &draft)?;
                draft
            }
        };
        Ok(Some((draft, members)))
    });
    let Some((mut draft, members)) = begun.await? else { return Ok(()) };
    departures::end(app, workspace, &members);
    app.directory.forget_all();
    app.runner.retire(workspace).await;
    if draft.tables.is_none() {
        draft = tally(app, workspace, draft).await?;
        let kept = draft.clone();
        app.db.write(Scope::Control, Lane::Bulk, move |tx| store::keep_draft(tx, id, &kept)).await?;
    }
    for hash in own_files(app, workspace).await?.0 {
        app.files.delete(&hash).await?;
    }
    app.db.remove(workspace).await?;
    clear(&archives::folder(&app.config.server.data, workspace))?;
    app.standstill.forget(workspace);
    let removed_at = app.now();
    let text = certificate(app, &d, &draft, removed_at)?;
    let hash = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    app.db
        .write(Scope::Control, Lane::Bulk, move |tx| {
            departures::forget(tx, workspace)?;
            store::finish(tx, id, &text, &hash, removed_at)
        })
        .await?;
    departures::end(app, workspace, &[]);
    tracing::info!(workspace.id = %workspace, "a workspace was deleted");
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::unavailable("data.unusable", format!("{} cannot be removed: {e}.", folder.display())))
        }
        _ => Ok(()),
    }
}

/// Files that this workspace names and no other does, and how many others have too. After the database is gone there are none.
async fn own_files(app: &App, workspace: WorkspaceId) -> Result<(Vec<String>, u64)> {
    let mine = match app.db.read(workspace, backups::hashes).await {
        Ok(all) => all,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error),
    };
    let all = mine.len() as u64;
    let mut mine: BTreeSet<String> = mine.into_iter().collect();
    for other in app.workspaces().await?.into_iter().filter(|w| *w != workspace) {
        // One that is being deleted beside us keeps nothing; whoever comes last removes what both had.
        let theirs = app.db.read(other, backups::hashes).await.map(HashSet::<String>::from_iter);
        match theirs {
            Ok(theirs) => mine.retain(|h| !theirs.contains(h)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    let kept = all - mine.len() as u64;
    Ok((mine.into_iter().collect(), kept))
}

async fn tally(app: &App, workspace: WorkspaceId, mut draft: Draft) -> Result<Draft> {
    let (mine, kept_for_others) = own_files(app, workspace).await?;
    let mut files = FilesGone { kept_for_others, ..FilesGone::default() };
    let mut digest = Sha256::new();
    for hash in mine {
        let size = match app.files.size(&hash).await {
            Ok(size) => size,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error),
        };
        files.count += 1;
        files.bytes += size as u64;
        digest.update(format!("{hash} {size}\n"));
    }
    files.sha256 = HEXLOWER.encode(&digest.finalize());
    files.archives = std::fs::read_dir(archives::folder(&app.config.server.data, workspace)).map_or(0, Iterator::count) as u64;
    draft.files = files;
    let (options, data) = (app.db.options().clone(), app.config.server.data.clone());
    let counted = tokio::task::spawn_blocking(move || {
        let scratch = data.join(SCRATCH);
        let unusable = |e: std::io::Error| Error::unavailable("data.unusable", format!("{} cannot be used: {e}.", scratch.display()));
        std::fs::create_dir_all(&scratch).map_err(unusable)?;
        let done = Moment::of(&options, Scope::Workspace(workspace), &scratch.join(format!("{workspace}.db"))).and_then(|m| match m {
            Some(moment) => tables(moment),
            None => Ok(Vec::new()),
        });
        clear(&scratch)?;
        done
    });
    draft.tables = Some(counted.await.map_err(|e| Error::internal(e.to_string()))??);
    Ok(draft)
}

fn tables(mut moment: Moment) -> Result<Vec<TableGone>> {
    let mut out = Vec::new();
    for layout in moment.layouts()? {
        let layout = archives::carried(&layout);
        let (mut digest, mut rows, mut line) = (Sha256::new(), 0, Vec::new());
        moment.rows(&layout, &mut |row| {
            line.clear();
            archives::line(&layout, &row, &mut line)?;
            digest.update(&line);
            rows += 1;
            Ok(())
        })?;
        out.push(TableGone { name: layout.name, rows, sha256: HEXLOWER.encode(&digest.finalize()) });
    }
    Ok(out)
}

fn certificate(app: &App, d: &Deletion, draft: &Draft, removed_at: Millis) -> Result<String> {
    let tables = draft.tables.as_deref().unwrap_or_default();
    let certificate = Certificate {
        certificate: "Deletion of a Switchboard workspace",
        format: 1,
        id: d.id.to_string(),
        installation: &app.config.server.public_url,
        version: env!("CARGO_PKG_VERSION"),
        workspace: CertificateOf {
            id: d.workspace_id.to_string(),
            name: &d.workspace_name,
            created_at: rfc3339(draft.workspace_created_at),
        },
        asked_by: Asker { name: &d.asked_by_name, email: d.asked_by_email.as_deref(), account_id: d.asked_by.map(|a| a.to_string()) },
        asked_at: rfc3339(d.asked_at),
        due_at: rfc3339(d.due_at),
        removed_at: rfc3339(removed_at),
        engine: if app.exclusive { "sqlite" } else { "postgres" },
        rows: tables.iter().map(|t| t.rows).sum(),
        tables,
        control: &draft.control,
        files: &draft.files,
        remarks: REMARKS,
    };
    serde_json::to_string_pretty(&certificate).map_err(|e| Error::internal(e.to_string()))
}
