//! Files of conversations: uploads, what came with messages, their thumbnails, and the signed links by which they are fetched.

mod api;
mod store;

pub use api::{read_upload, routes, serve};
pub use store::{Attachment, Links, NewFile, SentAs, at_hand, attach, claim, find, insert, keep_for, kept, of_messages, set_sent};

use crate::app::App;
use kernel::time::DAY;
use kernel::{Result, WorkspaceId};

/// Links made now, good for at least seven days and stable within a day, so that pages can be cached.
pub fn links(app: &App, workspace: WorkspaceId) -> Links {
    let now = app.now();
    Links {
        workspace,
        key: app.vault.derive("file-links"),
        expires_at: now - now.rem_euclid(DAY) + 8 * DAY,
        base: app.config.server.public_url.clone(),
    }
}

/// Stores bytes with a thumbnail where there can be one.
pub async fn keep(app: &App, name: &str, claimed_type: &str, bytes: Vec<u8>) -> Result<NewFile> {
    let stored = app.files.put_bytes(bytes.clone()).await?;
    describe(app, name, claimed_type, stored, bytes).await
}

/// What a stored file is: a type that is safe to show, and a small picture.
pub async fn describe(app: &App, name: &str, claimed_type: &str, stored: edges::Stored, start: Vec<u8>) -> Result<NewFile> {
    let name = clean_name(name);
    let content_type = edges::media::safe_content_type(&name, &start, claimed_type);
    let mut file = NewFile { name, content_type, size_bytes: stored.size, hash: stored.hash, ..Default::default() };
    if file.content_type.starts_with("image/") && stored.size as usize == start.len() {
        let made = edges::turns::in_turn(move || edges::thumbnail::thumbnail(&start)).await.ok().flatten();
        if let Some(small) = made {
            file.width = Some(i64::from(small.width));
            file.height = Some(i64::from(small.height));
            file.thumbnail_hash = Some(app.files.put_bytes(small.bytes).await?.hash);
        }
    }
    Ok(file)
}

/// The last part of a path, without control characters, at most 200 characters.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    if clean.is_empty() { "file".into() } else { clean }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_never_a_path() {
        assert_eq!(super::clean_name("../../etc/passwd"), "passwd");
        assert_eq!(super::clean_name("C:\\temp\\a b.pdf"), "a b.pdf");
        assert_eq!(super::clean_name("..\u{0}"), "file");
    }
}
