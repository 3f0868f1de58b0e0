//! Snapshots of an installation in a folder or a bucket.
//!
//! What is to be kept arrives as streams of bytes. They are cut into chunks ([`cut`]), each chunk is named by its SHA-256 and stored once,
//! compressed, in a pack of some megabytes ([`pack`]); a snapshot is a [`Manifest`] that lists the chunks of each stream. So a second snapshot
//! writes only what has changed, and any snapshot can go without harm to the others ([`Repository::forget`]).
//!
//! This crate knows nothing of databases: who takes and restores snapshots is `server/src/backups`.

mod cut;
mod forget;
mod keep;
mod manifest;
mod pack;
mod repository;
mod s3;
mod target;
mod verify;

pub use cut::{Cut, Piped};
pub use forget::Forgotten;
pub use keep::Keep;
pub use manifest::{Database, Files, Manifest, SealedKey, Shape, Streamed, Table};
pub use repository::{Repository, Writer, Written};
pub use s3::Bucket;
pub use target::Target;
pub use verify::{Damage, StoredFile};

/// The SHA-256 of a chunk before it was compressed.
pub type Hash = [u8; 32];
