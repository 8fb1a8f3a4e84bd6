//! argv in, exit code out.

use std::process::ExitCode;

/// Runs, reads and judges make and drop millions of small values; this one does it in two thirds of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Without the room for values that are nested deep, the rest still runs.
    let exit = patchproof::words::json::on_deep_stack(patchproof::cli::main);
    ExitCode::from(exit.unwrap_or_else(|_| patchproof::cli::main()).code())
}
