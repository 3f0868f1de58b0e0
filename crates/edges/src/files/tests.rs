//! In a folder of its own, on the real disk.

use super::*;
use kernel::SystemIds;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn store() -> (tempfile::TempDir, FileStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(&dir.path().join("files"), Arc::new(SystemIds)).unwrap();
    (dir, store)
}

fn pieces(pieces: &[&'static str]) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin + use<> {
    let pieces: Vec<_> = pieces.iter().map(|p| Ok(Bytes::from_static(p.as_bytes()))).collect();
    futures_util::stream::iter(pieces)
}

fn everything_in(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        if entry.path().is_dir() { found.extend(everything_in(&entry.path())) } else { found.push(entry.path().display().to_string()) }
    }
    found
}

#[tokio::test]
async fn the_same_bytes_are_one_file_however_they_came() {
    let (dir, store) = store();
    let stored = store.put_stream(pieces(&["hel", "", "lo"]), 100).await.unwrap();
    assert_eq!(stored, Stored { hash: HELLO.into(), size: 5 });
    assert_eq!(store.put_bytes(Bytes::from_static(b"hello")).await.unwrap(), stored);
    let on_disk = everything_in(dir.path());
    assert_eq!(on_disk, [dir.path().join(format!("files/2c/f2/{HELLO}")).display().to_string()]);
    assert_eq!(store.get(HELLO).await.unwrap(), "hello");
    let streamed: Vec<Bytes> = store.get_stream(HELLO).await.unwrap().try_collect().await.unwrap();
    assert_eq!(streamed.concat(), b"hello");
    assert_eq!(store.get_range(HELLO, 1..3).await.unwrap(), "el");
    let listed: Vec<Listed> = store.list().try_collect().await.unwrap();
    assert_eq!((listed.len(), listed[0].hash.as_str(), listed[0].size), (1, HELLO, 5));
    assert!(listed[0].stored_at > 0);
}

#[tokio::test]
async fn a_file_of_several_parts_comes_back_whole() {
    let (_dir, store) = store();
    let piece = Bytes::from(vec![7u8; 1 << 20]);
    let stream = futures_util::stream::iter((0..12).map(|_| Ok::<_, std::io::Error>(piece.clone())));
    let stored = store.put_stream(stream, 100 << 20).await.unwrap();
    assert_eq!(stored.size, 12 << 20);
    assert_eq!(HEXLOWER.encode(&Sha256::digest(store.get(&stored.hash).await.unwrap())), stored.hash);
    let empty = store.put_stream(pieces(&[]), 10).await.unwrap();
    assert_eq!(store.get(&empty.hash).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_too_large_or_broken_off_leaves_nothing() {
    let (dir, store) = store();
    let error = store.put_stream(pieces(&["hello ", "world"]), 10).await.unwrap_err();
    assert_eq!(error.code, "file.too_large");
    let broken = futures_util::stream::iter([Ok(Bytes::from_static(b"half")), Err(std::io::Error::other("gone"))]);
    assert_eq!(store.put_stream(broken, 10).await.unwrap_err().code, "file.incomplete");
    assert_eq!(everything_in(dir.path()), Vec::<String>::new());
    assert!(store.put_stream(pieces(&["0123456789"]), 10).await.is_ok());
}

#[tokio::test]
async fn only_a_hash_is_a_name() {
    let (dir, store) = store();
    std::fs::write(dir.path().join("secret"), "x").unwrap();
    let long = format!("../../{}", "a".repeat(58));
    for name in ["", "../secret", "..%2fsecret", "/etc/passwd", &HELLO.to_uppercase(), &HELLO[..63], long.as_str(), HELLO] {
        assert!(store.get(name).await.unwrap_err().is_not_found(), "{name}");
        assert!(!store.exists(name).await.unwrap_or(false));
    }
    store.put_bytes("hello").await.unwrap();
    assert!(store.exists(HELLO).await.unwrap());
    store.delete(HELLO).await.unwrap();
    store.delete(HELLO).await.unwrap();
    assert!(!store.exists(HELLO).await.unwrap());
}

#[tokio::test]
async fn leftovers_of_a_crash_are_cleared() {
    let (dir, store) = store();
    store.put_bytes("hello").await.unwrap();
    std::fs::create_dir_all(dir.path().join("files/unfinished")).unwrap();
    std::fs::write(dir.path().join("files/unfinished/abc"), "half").unwrap();
    std::fs::write(dir.path().join("files/unfinished/def#1"), "half").unwrap();
    assert_eq!(store.list().try_collect::<Vec<_>>().await.unwrap().len(), 1);
    store.clear_unfinished().await.unwrap();
    assert_eq!(everything_in(dir.path()).len(), 1, "{:?}", everything_in(dir.path()));
}

#[test]
fn a_link_is_good_for_one_file_one_variant_and_its_time() {
    let (key, other) = ([1; 32], [2; 32]);
    let signature = sign(&key, "fil_1", "thumb", 1_000);
    assert!(check(&key, "fil_1", "thumb", 1_000, &signature, 999));
    for (key, id, variant, until, now) in [
        (&other, "fil_1", "thumb", 1_000, 999),
        (&key, "fil_2", "thumb", 1_000, 999),
        (&key, "fil_1", "full", 1_000, 999),
        (&key, "fil_1t", "humb", 1_000, 999),
        (&key, "fil_1", "thumb", 2_000, 999),
        (&key, "fil_1", "thumb", 1_000, 1_000),
    ] {
        assert!(!check(key, id, variant, until, &signature, now));
    }
    for wrong in ["", "x", &signature[1..], "é"] {
        assert!(!check(&key, "fil_1", "thumb", 1_000, wrong, 0));
    }
}
