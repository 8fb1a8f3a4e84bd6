//! `patchproof sign`: an in-toto statement about a record, signed.

use std::path::PathBuf;

use clap::Args;

use super::common;
use super::exit::Exit;
use super::signature::{beside, read_key};
use crate::after::attest::{self, PrivateKey};

/// Options of `sign`.
#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// The run: run.json, or the folder it was written to
    run: PathBuf,
    /// The private key: ECDSA P-256 or Ed25519 in PEM, not encrypted
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the run can be viewed, such as the page of a CI job; recorded in the statement
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where to write the envelope [default: the file name of the run with `.dsse` appended]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Signs a record; exit 0, or 2 for a bad record or key.
pub(super) fn run(args: &SignArgs) -> Exit {
    match signed(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn signed(args: &SignArgs) -> Result<String, Exit> {
    let key = read_key(&args.key, PrivateKey::read)?;
    let (path, bytes) = common::record_file(&args.run)?;
    let record = common::parse_record(&path, &bytes)?;
    let name = path.file_name().map_or_else(|| "run.json".to_owned(), |name| name.to_string_lossy().into_owned());
    let envelope = attest::sign(&record, &bytes, &name, args.url.clone(), &key);
    let output = args.output.clone().unwrap_or_else(|| beside(&path));
    common::write_whole(&output, envelope.to_json().as_bytes())?;
    Ok(format!("signed {} as {} with key {}\n", path.display(), output.display(), key.public().id()))
}
