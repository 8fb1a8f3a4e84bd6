//! argv in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(patchproof::cli::main().code())
}
