//! The binary `switchboard`.

/// Rows and requests are made on one thread and given back on another; the system's allocator is slow at just that.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    server::cli::run()
}
