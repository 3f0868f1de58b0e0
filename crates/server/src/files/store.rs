//! Every SQL text about files, and how they look in the API.

use db::{Row, Tx, Value, params};
use kernel::time::Millis;
use kernel::{Error, FileId, Ids, MemberId, MessageId, Result, WorkspaceId, id::new_id};
use serde::Serialize;
use std::collections::HashMap;

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Attachment {
    #[schema(value_type = String)]
    pub id: FileId,
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// Signed, good for a week.
    pub url: String,
    pub thumbnail_url: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Shown inside the message rather than below it.
    pub inline: bool,
    pub content_id: Option<String>,
    /// The form in which it left, when the provider does not take it as it is.
    pub sent_as: Option<SentAs>,
    #[serde(skip)]
    pub hash: String,
    #[serde(skip)]
    pub thumbnail_hash: Option<String>,
}

/// A file in the form that the provider takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SentAs {
    pub content_type: String,
    pub size_bytes: i64,
    #[serde(skip)]
    pub hash: String,
}
impl Attachment {
    /// What is handed to the provider: name, content type, place of the bytes, and the variant of its link.
    pub fn outgoing(&self) -> (String, &str, &str, &'static str) {
        match &self.sent_as {
            Some(s) => (edges::convert::renamed(&self.name, &s.content_type), &s.content_type, &s.hash, "sent"),
            None => (self.name.clone(), &self.content_type, &self.hash, "full"),
        }
    }
}

/// Signs links to files of one workspace.
#[derive(Clone)]
pub struct Links {
    pub workspace: WorkspaceId,
    pub key: [u8; 32],
    pub expires_at: Millis,
    pub base: String,
}
impl Links {
    pub fn fill(&self, a: &mut Attachment) {
        a.url = self.link(a.id, "full", &a.name);
        a.thumbnail_url = a.thumbnail_hash.is_some().then(|| self.link(a.id, "thumb", &a.name));
    }
    pub fn fill_all(&self, all: &mut [Attachment]) {
        all.iter_mut().for_each(|a| self.fill(a));
    }
    /// Relative, so that it works under any host name the product is reached by.
    fn link(&self, id: FileId, variant: &str, name: &str) -> String {
        let subject = format!("{}/{id}", self.workspace);
        let signature = edges::files::sign(&self.key, &subject, variant, self.expires_at);
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }).collect();
        format!("/api/v1/files/{}/{id}/{name}?v={variant}&exp={}&sig={signature}", self.workspace, self.expires_at)
    }
    /// The same with scheme and host, for providers that fetch.
    pub fn absolute(&self, a: &Attachment) -> String {
        let (name, _, _, variant) = a.outgoing();
        format!("{}{}", self.base, self.link(a.id, variant, &name))
    }
}

/// A file about to get its row.
#[derive(Debug, Clone, Default)]
pub struct NewFile {
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    pub hash: String,
    pub thumbnail_hash: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub inline: bool,
    pub content_id: Option<String>,
}

impl From<Attachment> for NewFile {
    fn from(a: Attachment) -> Self {
        Self {
            name: a.name,
            content_type: a.content_type,
            size_bytes: a.size_bytes,
            hash: a.hash,
            thumbnail_hash: a.thumbnail_hash,
            width: a.width,
            height: a.height,
            inline: a.inline,
            content_id: a.content_id,
        }
    }
}

const COLUMNS: &str =
    "id, name, content_type, size_bytes, thumbnail_hash, width, height, inline, content_id, hash, sent_hash, sent_type, sent_bytes";
fn read(r: &Row<'_>) -> Result<Attachment> {
    Ok(Attachment {
        id: r.next()?,
        name: r.next()?,
        content_type: r.next()?,
        size_bytes: r.next()?,
        thumbnail_hash: r.next()?,
        width: r.next()?,
        height: r.next()?,
        inline: r.next()?,
        content_id: r.next()?,
        hash: r.next()?,
        sent_as: {
            let (hash, content_type, size_bytes): (Option<String>, Option<String>, Option<i64>) = (r.next()?, r.next()?, r.next()?);
            hash.zip(content_type).map(|(hash, content_type)| SentAs { content_type, size_bytes: size_bytes.unwrap_or(0), hash })
        },
        url: String::new(),
        thumbnail_url: None,
    })
}

/// Notes the form in which a file leaves.
pub fn set_sent(tx: &mut Tx<'_>, id: FileId, sent: &SentAs) -> Result<()> {
    tx.exec(
        "UPDATE files SET sent_hash = $2, sent_type = $3, sent_bytes = $4 WHERE id = $1",
        params![id, &sent.hash, &sent.content_type, sent.size_bytes],
    )
    .map(|_| ())
}

pub fn find(tx: &mut Tx<'_>, id: FileId) -> Result<Option<Attachment>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM files WHERE id = $1"), params![id], read)
}

/// The files of several messages at once.
pub fn of_messages(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<Attachment>>> {
    let mut out: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    if messages.is_empty() {
        return Ok(out);
    }
    let marks: Vec<String> = (1..=messages.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = messages.iter().map(Value::from).collect();
    let sql = format!("SELECT {COLUMNS}, message_id FROM files WHERE message_id IN ({}) ORDER BY message_id, position", marks.join(", "));
    for (message, file) in tx.query(&sql, &args, |r| {
        let file = read(r)?;
        Ok((r.next::<MessageId>()?, file))
    })? {
        out.entry(message).or_default().push(file);
    }
    Ok(out)
}

pub fn insert(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    f: &NewFile,
    message: Option<(MessageId, i64)>,
    by: Option<MemberId>,
    now: Millis,
) -> Result<FileId> {
    let id: FileId = new_id(ids, now);
    let (message, position) = message.unzip();
    tx.exec(
        "INSERT INTO files (id, message_id, position, name, content_type, size_bytes, hash, thumbnail_hash, width, height, inline, content_id, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        params![
            id,
            message,
            position.unwrap_or(0),
            &f.name,
            &f.content_type,
            f.size_bytes,
            &f.hash,
            &f.thumbnail_hash,
            f.width,
            f.height,
            f.inline,
            &f.content_id,
            by,
            now
        ],
    )?;
    Ok(id)
}

/// What keepers (canned replies, macros) have for themselves, by keeper.
pub fn kept(tx: &mut Tx<'_>, keepers: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Vec<Attachment>>> {
    let mut out: HashMap<Vec<u8>, Vec<Attachment>> = HashMap::new();
    if keepers.is_empty() {
        return Ok(out);
    }
    let marks: Vec<String> = (1..=keepers.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = keepers.iter().map(Value::from).collect();
    let sql = format!("SELECT {COLUMNS}, keeper_id FROM files WHERE keeper_id IN ({}) ORDER BY keeper_id, position", marks.join(", "));
    for (keeper, file) in tx.query(&sql, &args, |r| {
        let file = read(r)?;
        Ok((r.next::<Vec<u8>>()?, file))
    })? {
        out.entry(keeper).or_default().push(file);
    }
    Ok(out)
}

/// Makes these the files of a keeper, in this order: its own stay, uploads become its own, of anything else at hand it gets a copy.
pub fn keep_for(tx: &mut Tx<'_>, ids: &dyn Ids, keeper: &[u8], files: &[FileId], by: Option<MemberId>, now: Millis) -> Result<()> {
    let mut all = Vec::with_capacity(files.len());
    for id in files {
        let sql = format!("SELECT {COLUMNS}, message_id, keeper_id FROM files WHERE id = $1 AND {AT_HAND}");
        let found = tx.opt(&sql, params![id], |r| Ok((read(r)?, r.next::<Option<MessageId>>()?, r.next::<Option<Vec<u8>>>()?)))?;
        all.push(match found {
            Some((_, None, None)) => *id,
            Some((_, None, Some(owner))) if owner == keeper => *id,
            Some((file, _, _)) => insert(tx, ids, &file.into(), None, by, now)?,
            None => return Err(not_at_hand(*id)),
        });
    }
    for old in kept(tx, &[keeper.to_vec()])?.remove(keeper).unwrap_or_default() {
        if !all.contains(&old.id) {
            tx.exec("DELETE FROM files WHERE id = $1", params![old.id])?;
        }
    }
    for (position, id) in all.iter().enumerate() {
        tx.exec("UPDATE files SET keeper_id = $2, position = $3 WHERE id = $1", params![id, keeper, position as i64])?;
    }
    Ok(())
}

/// Hangs uploaded files on a message; each upload belongs to one message only.
pub fn attach(tx: &mut Tx<'_>, files: &[FileId], message: MessageId) -> Result<Vec<Attachment>> {
    for (position, id) in files.iter().enumerate() {
        let n = tx.exec(
            "UPDATE files SET message_id = $2, position = $3 WHERE id = $1 AND message_id IS NULL AND keeper_id IS NULL",
            params![id, message, position as i64],
        )?;
        if n == 0 {
            return Err(not_at_hand(*id));
        }
    }
    Ok(of_messages(tx, &[message])?.remove(&message).unwrap_or_default())
}

/// What may be attached: nobody's yet, or of a message that was taken back before it left.
const AT_HAND: &str = "(message_id IS NULL OR EXISTS (SELECT 1 FROM messages m WHERE m.id = files.message_id AND m.status = 'cancelled'))";

/// Those of the files that can still be attached, in the order given.
pub fn at_hand(tx: &mut Tx<'_>, files: &[FileId]) -> Result<Vec<Attachment>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=files.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = files.iter().map(Value::from).collect();
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM files WHERE id IN ({}) AND {AT_HAND}", marks.join(", ")), &args, read)?;
    Ok(files.iter().filter_map(|id| rows.iter().find(|f| f.id == *id).cloned()).collect())
}

/// Uploads for a new message, to be checked and then attached. A file of a message that was taken back stays there too, and one that
/// a canned reply or a macro keeps stays with it: the new message gets a row of its own for the same bytes.
pub fn claim(tx: &mut Tx<'_>, ids: &dyn Ids, files: &[FileId], by: Option<MemberId>, now: Millis) -> Result<Vec<Attachment>> {
    let mut out = Vec::new();
    for id in files {
        // Uploads are for who made them; what was taken back goes on with whoever writes next.
        let sql = format!(
            "SELECT {COLUMNS}, message_id IS NOT NULL OR keeper_id IS NOT NULL FROM files WHERE id = $1 AND {AT_HAND} \
             AND (message_id IS NOT NULL OR keeper_id IS NOT NULL OR created_by IS NULL OR created_by = $2)"
        );
        let found = tx.opt(&sql, params![id, by], |r| Ok((read(r)?, r.next::<bool>()?)))?;
        out.push(match found {
            Some((file, false)) => file,
            Some((file, true)) => {
                let copy = insert(tx, ids, &file.clone().into(), None, by, now)?;
                Attachment { id: copy, ..file }
            }
            None => return Err(not_at_hand(*id)),
        });
    }
    Ok(out)
}

fn not_at_hand(id: FileId) -> Error {
    Error::field("attachments", "not_found", format!("The file {id} is not there, or belongs to another message."))
}
