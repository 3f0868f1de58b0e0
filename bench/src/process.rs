//! What the kernel knows of a process: CPU time and memory.

use std::path::Path;

/// CPU seconds of this process, user and system.
pub fn cpu_seconds() -> f64 {
    cpu_seconds_of(std::process::id())
}
/// CPU seconds of a process.
pub fn cpu_seconds_of(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("proc");
    let fields: Vec<&str> = text.rsplit(')').next().expect("stat").split_whitespace().collect();
    // Fields 14 and 15 of stat, in ticks of 1/100 s.
    (fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")) / 100.0
}

/// Resident memory of a process in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or("VmRSS: 0 kB");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// A fresh, empty folder.
pub fn fresh(folder: &Path) {
    drop(std::fs::remove_dir_all(folder));
    std::fs::create_dir_all(folder).expect("folder");
}
