//! The channel matrix in the docs is made from the descriptors, and is never older than they are.
//! `UPDATE_DOCS=1 cargo test -p connectors --test matrix` writes it.

use connectors::CHANNELS;
use kernel::channel::{Descriptor, WindowAfter};
use std::path::PathBuf;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/channels")
}

fn yes(b: bool) -> &'static str {
    if b { "yes" } else { "" }
}

fn window(d: &Descriptor) -> String {
    d.window.map_or(String::new(), |w| {
        let after = if w.after == WindowAfter::Template { "then templates" } else { "then they write first" };
        let human = if w.human_hours > 0 { format!(", people {} days", w.human_hours / 24) } else { String::new() };
        format!("{} h{human}, {after}", w.hours)
    })
}

fn page() -> String {
    let mut out = String::from(
        "# Channels\n\nMade from what each connector says of itself; `UPDATE_DOCS=1 cargo test -p connectors --test matrix` writes it.\n\n\
         | channel | id | connect | write first | files | delivered | read | typing | reactions | edit | take back | templates | buttons | answering window | pace |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for c in CHANNELS {
        let d = c.descriptor();
        let k = &d.capabilities;
        let how = match (d.oauth, d.oauth_when.is_empty()) {
            (Some(_), true) => "button",
            (Some(_), false) => "form or button",
            (None, _) => "form",
        };
        let files =
            if k.attachments { format!("{}, {} MB", d.limits.attachments, d.limits.attachment_bytes / 1_000_000) } else { String::new() };
        out.push_str(&format!(
            "| [{}]({}.md) | `{}` | {how} | {} | {files} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {}/s |\n",
            d.name,
            d.id,
            d.id,
            k.outbound_first,
            yes(k.delivery_reports),
            yes(k.read_reports),
            yes(k.typing),
            yes(k.reactions),
            yes(k.edits),
            yes(k.deletes),
            yes(k.templates),
            if k.buttons > 0 { k.buttons.to_string() } else { String::new() },
            window(d),
            d.limits.sends_per_second
        ));
    }
    out.push_str("\n## What a channel cannot do\n\n");
    for d in CHANNELS.iter().map(|c| c.descriptor()).filter(|d| !d.notes.is_empty()) {
        out.push_str(&format!("- **{}**: {}\n", d.name, d.notes.join(" ")));
    }
    out
}

#[test]
fn the_matrix_is_that_of_the_descriptors() {
    let path = docs().join("README.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).expect("the page can be written");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), page(), "docs/channels/README.md is old; see the head of this test");
}

#[test]
fn every_channel_has_its_page() {
    let missing: Vec<&str> = CHANNELS.iter().map(|c| c.descriptor().id).filter(|id| !docs().join(format!("{id}.md")).is_file()).collect();
    assert!(missing.is_empty(), "docs/channels/ lacks a page for {missing:?}");
}
