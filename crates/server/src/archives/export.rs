//! Writing a workspace into one archive, beside a running server: the database as it is at one moment, then the files that its rows name.

use super::format::{
    ACCOUNTS, CONTROL, Control, FILES, FORMAT, FileLine, FilesEntry, LEFT_OUT, MANIFEST, Manifest, Migrated, Outside, PART_BYTES, Part,
    README, README_TEXT, SEAL, SECRETS, TableEntry, carried, columns, line,
};
use super::{secrets, tar};
use crate::backups::Installation;
use crate::channels;
use crate::people::WorkspaceInfo;
use crate::people::arrivals::{self, Proofs, Traveller};
use db::rows::{Layout, Moment};
use db::{Scope, Tx, params};
use futures_util::TryStreamExt;
use kernel::time::rfc3339;
use kernel::{Error, Result, Secret, WorkspaceId};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::runtime::Handle;

const SCRATCH: &str = "archive-scratch";
/// Strong enough, and quick: attachments are mostly compressed already.
const LEVEL: i32 = 3;

/// What is asked of an export.
#[derive(Clone, Default)]
pub struct Order {
    /// Seals credentials and password hashes into it; without it they stay here.
    pub passphrase: Option<Secret<String>>,
    /// Rows and files, done and altogether.
    pub progress: Arc<Progress>,
    /// Once it is set, the export ends with `archive.stopped`.
    pub stop: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
pub struct Progress {
    pub done: AtomicU64,
    pub total: AtomicU64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Exported {
    pub manifest: Manifest,
    pub bytes: u64,
    pub members: usize,
}

/// What control knows of it.
struct Known {
    info: WorkspaceInfo,
    travellers: Vec<Traveller>,
    proofs: Proofs,
    outside: Vec<channels::Outside>,
}

/// Which workspace is called so, by id or name; of an installation seen from outside.
pub fn find(from: &Installation, name: &str) -> Result<WorkspaceId> {
    let scratch = Scratch::make(from)?;
    control(from, &scratch.0)?.look(|tx| arrivals::the_one_called(tx, name))
}

fn control(from: &Installation, scratch: &Path) -> Result<Moment> {
    Moment::of(&from.options, Scope::Control, &scratch.join("control.db"))?
        .ok_or_else(|| Error::not_found("workspace.not_found", "There is no data here yet."))
}

/// Writes a workspace to `to`, which must not be there yet. Blocks: call it on a thread that may.
pub fn export(from: &Installation, id: WorkspaceId, to: &Path, order: &Order, runtime: &Handle) -> Result<Exported> {
    let unwritable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::conflict("archive.exists", format!("{} is there already; nothing is overwritten.", to.display()))
        }
        _ => Error::unavailable("archive.not_written", format!("{} cannot be written: {e}.", to.display())),
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It holds everything a workspace has: for whoever exported it only.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(to).map_err(unwritable)?;
    let done = within(from, id, &file, order, runtime).and_then(|(manifest, members)| {
        file.sync_all().map_err(unwritable)?;
        Ok(Exported { manifest, members, bytes: file.metadata().map_err(unwritable)?.len() })
    });
    if done.is_err()
        && let Err(error) = std::fs::remove_file(to)
    {
        tracing::warn!(error = %error, "an archive that was not finished could not be removed");
    }
    done
}

fn within(from: &Installation, id: WorkspaceId, file: &std::fs::File, order: &Order, runtime: &Handle) -> Result<(Manifest, usize)> {
    let scratch = Scratch::make(from)?;
    let known = control(from, &scratch.0)?.look(|tx| known(tx, id))?;
    let mut moment = Moment::of(&from.options, Scope::Workspace(id), &scratch.0.join("workspace.db"))?
        .ok_or_else(|| Error::not_found("workspace.empty", "This workspace has never been opened; there is nothing to export."))?;
    let now = from.clock.now();
    let key = from.vault()?.unwrap(&known.info.data_key)?;
    let opened = moment.look(|tx| secrets::gather(tx, &key))?;
    let with_credentials = opened.channels.iter().filter(|(_, plain)| plain.len() > 2).map(|(id, _)| id.to_string()).collect();

    let compressed = zstd::Encoder::new(std::io::BufWriter::new(file), LEVEL)
        .and_then(|mut e| e.include_checksum(true).map(|()| e))
        .map_err(tar::unwritable)?;
    let mut out = Out { tar: tar::Writer::new(compressed, now), parts: Vec::new() };
    out.tar.put(README, README_TEXT.as_bytes())?;
    out.part(CONTROL, &pretty(&control_of(&known, with_credentials))?)?;
    out.part(ACCOUNTS, &lines(&known.travellers)?)?;
    let sealing = match &order.passphrase {
        Some(passphrase) => {
            let all = secrets::with_proofs(opened, known.proofs, &key, id)?;
            let (sealing, sealed) = secrets::seal(&all, passphrase, from.ids.clone())?;
            out.part(SECRETS, &sealed)?;
            Some(sealing)
        }
        None => None,
    };

    let layouts: Vec<Layout> = moment.layouts()?.into_iter().filter(|l| !LEFT_OUT.contains(&l.name.as_str())).collect();
    let (mut total, hashes) = moment.look(|tx| {
        let mut rows = 0;
        for l in &layouts {
            rows += tx.number(&format!("SELECT COUNT(*) FROM \"{}\"", l.name), params![])?;
        }
        Ok((rows as u64, crate::backups::hashes(tx)?))
    })?;
    total += hashes.len() as u64;
    order.progress.total.store(total, Ordering::SeqCst);
    let mut tables = Vec::new();
    for layout in &layouts {
        tables.push(table(&mut moment, layout, &mut out, order)?);
    }
    let still = moment.look(crate::standstill::find)?.is_some();
    let migrations = moment.migrations()?.into_iter().map(|(name, hash)| Migrated { name, hash }).collect();
    drop(moment);
    let files = files(from, hashes, &mut out, order, runtime)?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        exported_at: rfc3339(now),
        workspace_id: id.to_string(),
        workspace_name: known.info.name.clone(),
        still,
        migrations,
        left_out: left_out(sealing.is_some()),
        parts: std::mem::take(&mut out.parts),
        tables,
        files,
        secrets: sealing,
    };
    let text = pretty(&manifest)?;
    out.tar.put(MANIFEST, &text)?;
    out.tar.put(SEAL, format!("{}\n", Part::of(MANIFEST, &text).sha256).as_bytes())?;
    let mut buffered = out.tar.end()?.finish().map_err(tar::unwritable)?;
    buffered.flush().map_err(tar::unwritable)?;
    Ok((manifest, known.travellers.len()))
}

fn known(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Known> {
    let info = crate::app::found(arrivals::workspace_row(tx, id)?, "workspace.not_found", "workspace")?;
    Ok(Known {
        info,
        travellers: arrivals::travellers(tx, id)?,
        proofs: arrivals::proofs(tx, id)?,
        outside: channels::outside_names(tx, id)?,
    })
}

fn control_of(known: &Known, with_credentials: Vec<String>) -> Control {
    let w = &known.info;
    let outside = |o: &channels::Outside| Outside {
        channel_id: o.channel.to_string(),
        key: o.key.clone(),
        provider: o.provider.clone(),
        identifier: o.identifier.clone(),
    };
    Control {
        id: w.id.to_string(),
        name: w.name.clone(),
        locale: w.locale.clone(),
        time_zone: w.time_zone.clone(),
        default_country: w.default_country.clone(),
        tier: w.tier,
        sample_data: w.sample_data,
        created_at: w.created_at,
        channels: known.outside.iter().map(outside).collect(),
        with_credentials,
    }
}

fn left_out(sealed: bool) -> Vec<String> {
    let mut out = vec![
        "Sessions: everybody signs in again.".to_owned(),
        "Second steps of signing in: they are set up again, since they belong to the installation.".to_owned(),
        "Browsers that take notifications, and invitations that nobody has accepted.".to_owned(),
    ];
    if !sealed {
        out.push("Credentials of channels: they come back disconnected and ask for them.".to_owned());
        out.push("Passwords: whoever has no account there gets in by a link for a new one.".to_owned());
        out.push("API tokens, signing keys of mail domains, secrets of webhooks, the connection to an identity provider.".to_owned());
    }
    out
}

/// The archive, and what was put into it.
struct Out<'a> {
    tar: tar::Writer<zstd::Encoder<'static, std::io::BufWriter<&'a std::fs::File>>>,
    parts: Vec<Part>,
}
impl Out<'_> {
    fn part(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.parts.push(Part::of(name, content));
        self.tar.put(name, content)
    }
}

fn pretty(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|e| Error::internal(e.to_string()))
}
fn lines<T: serde::Serialize>(all: &[T]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for one in all {
        serde_json::to_writer(&mut out, one).map_err(|e| Error::internal(e.to_string()))?;
        out.push(b'\n');
    }
    Ok(out)
}

fn go_on(order: &Order, done: u64) -> Result<()> {
    order.progress.done.fetch_add(done, Ordering::SeqCst);
    match order.stop.load(Ordering::SeqCst) {
        true => Err(Error::unavailable("archive.stopped", "The server is shutting down; the export was cut off. Ask for it again.")),
        false => Ok(()),
    }
}

fn table(moment: &mut Moment, layout: &Layout, out: &mut Out<'_>, order: &Order) -> Result<TableEntry> {
    let layout = carried(layout);
    let mut entry = TableEntry { name: layout.name.clone(), rows: 0, columns: columns(&layout), parts: Vec::new() };
    let mut buffer = Vec::new();
    let mut cut = |buffer: &mut Vec<u8>, parts: &mut Vec<Part>| {
        let part = Part::of(format!("tables/{}/{:05}.jsonl", layout.name, parts.len() + 1), buffer);
        out.tar.put(&part.name, buffer)?;
        parts.push(part);
        buffer.clear();
        Ok::<_, Error>(())
    };
    moment.rows(&layout, &mut |row| {
        line(&layout, &row, &mut buffer)?;
        entry.rows += 1;
        if buffer.len() >= PART_BYTES {
            cut(&mut buffer, &mut entry.parts)?;
        }
        go_on(order, 1)
    })?;
    if !buffer.is_empty() {
        cut(&mut buffer, &mut entry.parts)?;
    }
    Ok(entry)
}

fn files(from: &Installation, hashes: Vec<String>, out: &mut Out<'_>, order: &Order, runtime: &Handle) -> Result<FilesEntry> {
    let store = from.files()?;
    let mut entry = FilesEntry::default();
    let mut listed = Vec::new();
    let mut hashes = hashes;
    hashes.sort();
    for hash in hashes {
        go_on(order, 1)?;
        let size = match runtime.block_on(store.size(&hash)) {
            Ok(size) => size as u64,
            // Deleted for good since, or lost: the row comes along all the same.
            Err(error) if error.is_not_found() => {
                entry.missing.push(hash);
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut content = runtime.block_on(store.get_stream(&hash))?;
        out.tar.stream(&format!("files/{hash}"), size, &mut |into| {
            while let Some(piece) = runtime.block_on(content.try_next()).map_err(|e| std::io::Error::other(e.detail))? {
                into.write_all(&piece)?;
            }
            Ok(())
        })?;
        entry.count += 1;
        entry.bytes += size;
        listed.push(FileLine { sha256: hash, bytes: size });
    }
    out.part(FILES, &lines(&listed)?)?;
    Ok(entry)
}

/// A folder for copies of databases; gone at the end, whatever happens.
struct Scratch(PathBuf);
impl Scratch {
    fn make(from: &Installation) -> Result<Self> {
        let mut roll = [0u8; 8];
        from.ids.random(&mut roll);
        let folder = from.data.join(SCRATCH).join(data_encoding::HEXLOWER.encode(&roll));
        std::fs::create_dir_all(&folder)
            .map_err(|e| Error::unavailable("data.unusable", format!("The folder {} cannot be made: {e}.", folder.display())))?;
        Ok(Self(folder))
    }
}
impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = %error, "copies made for an export could not be removed");
        }
        // Only if nobody else has something in it.
        self.0.parent().map(std::fs::remove_dir).transpose().ok();
    }
}

/// Removes what an export that was cut off has left. Only while no other exports from this folder.
pub fn clear_scratch(data: &Path) {
    std::fs::remove_dir_all(data.join(SCRATCH)).ok();
}
