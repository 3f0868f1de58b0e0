//! Makes sure that the folder exists, so that Rust work needs no Node.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist"))?;
    println!("cargo:rerun-if-changed=../../web/dist");
    Ok(())
}
