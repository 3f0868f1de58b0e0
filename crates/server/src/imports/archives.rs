//! Archives of mail, whatever form they have: an mbox file, a Maildir, a folder of `.eml` files. Each gives its mails one by one, with the place
//! to go on from after each.

use connectors::channels::email::parse_mbox;
use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Deeper folders are somebody's loop.
const DEEPEST: usize = 20;
/// Larger files are no mails.
const LARGEST: u64 = 64 << 20;
/// What nobody wants to find in an inbox again.
const LEFT_OUT: [&str; 9] = ["trash", "junk", "spam", "drafts", "deleted messages", "deleted items", "papierkorb", "entwürfe", "tmp"];

pub enum Archive {
    /// Its places are bytes.
    Mbox(PathBuf),
    /// Its places are files, in the order of their names: those of a Maildir begin with the time.
    Folder(Vec<PathBuf>),
}

pub struct Mail {
    pub raw: Vec<u8>,
    /// Where to go on after it.
    pub next: i64,
}

impl Archive {
    pub fn open(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            File::open(path)?;
            return Ok(Self::Mbox(path.to_owned()));
        }
        let mut files = Vec::new();
        collect(path, 0, &mut files)?;
        files.sort_by(|a, b| (a.file_name(), a).cmp(&(b.file_name(), b)));
        Ok(Self::Folder(files))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Mbox(_) => "mbox",
            Self::Folder(_) => "folder",
        }
    }

    /// Bytes or files.
    pub fn total(&self) -> io::Result<i64> {
        match self {
            Self::Mbox(path) => Ok(fs::metadata(path)?.len() as i64),
            Self::Folder(files) => Ok(files.len() as i64),
        }
    }

    /// Its mails from a place on.
    pub fn mails(self, begin: i64) -> io::Result<Box<dyn Iterator<Item = io::Result<Mail>> + Send>> {
        match self {
            Self::Mbox(path) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(begin.max(0) as u64))?;
                let all = parse_mbox(BufReader::new(file), begin.max(0) as u64);
                Ok(Box::new(all.map(|m| m.map(|m| Mail { raw: m.raw, next: m.next_offset as i64 }))))
            }
            Self::Folder(files) => {
                let rest = files.into_iter().enumerate().skip(begin.max(0) as usize);
                Ok(Box::new(rest.map(|(n, path)| Ok(Mail { raw: fs::read(path)?, next: n as i64 + 1 }))))
            }
        }
    }
}

fn collect(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> io::Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    let mail_here = folder.file_name().is_some_and(|n| n == "cur" || n == "new");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if kind.is_dir() {
            // Folders of a Maildir begin with a dot, and their parts are parted by dots.
            let last = name.trim_start_matches('.').rsplit('.').next().unwrap_or_default();
            if !LEFT_OUT.contains(&last) {
                collect(&path, depth + 1, out)?;
            }
        } else if kind.is_file() && (mail_here || name.ends_with(".eml")) && entry.metadata()?.len() <= LARGEST {
            out.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maildir_and_a_folder_of_files_are_read_in_order_without_what_was_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "Subject: x\n\n").unwrap();
        };
        for path in [
            "cur/1700000002.a:2,S",
            "new/1700000001.b",
            ".Sent/cur/1700000003.c:2,S",
            ".Archive.Trash/cur/1.d",
            ".Spam/new/2.e",
            "tmp/3.f",
            "dovecot.index",
            "notes/x.txt",
            "notes/Letter.EML",
        ] {
            put(path);
        }
        let archive = Archive::open(dir.path()).unwrap();
        let Archive::Folder(files) = &archive else { panic!("no folder") };
        let names: Vec<_> = files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["1700000001.b", "1700000002.a:2,S", "1700000003.c:2,S", "Letter.EML"]);
        assert_eq!(archive.total().unwrap(), 4);
        let rest: Vec<_> = archive.mails(2).unwrap().map(|m| m.unwrap().next).collect();
        assert_eq!(rest, [3, 4]);
    }
}
