//! `patchproof keygen`: a pair of keys for signing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::common;
use super::exit::Exit;
use super::signature::with_ending;
use crate::after::attest::{self, KeyError, KeyType};

/// Options of `keygen`.
#[derive(Debug, Args)]
pub(super) struct KeygenArgs {
    /// Where to write the keys: PREFIX.key is the private one, PREFIX.pub the public one; in a folder they are
    /// patchproof.key and patchproof.pub
    #[arg(long, value_name = "PREFIX|DIR")]
    out: PathBuf,
    /// The kind of key
    #[arg(long = "type", value_enum, default_value_t = KeyKind::Ed25519)]
    kind: KeyKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum KeyKind {
    Ed25519,
    P256,
}

/// Makes a pair of keys; exit 0, or 2 where a file stands in the way.
pub(super) fn run(args: &KeygenArgs) -> Exit {
    match made(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn made(args: &KeygenArgs) -> Result<String, Exit> {
    let prefix = if args.out.is_dir() { args.out.join("patchproof") } else { args.out.clone() };
    let (private, public) = (with_ending(&prefix, ".key"), with_ending(&prefix, ".pub"));
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            let message = format!("`{}` already exists, and keys are never overwritten", path.display());
            return Err(common::fail(Exit::Usage, &message));
        }
    }
    let harness = |error: KeyError| common::fail(Exit::Harness, &format!("the key {error}"));
    let key = attest::generate(match args.kind {
        KeyKind::Ed25519 => KeyType::Ed25519,
        KeyKind::P256 => KeyType::P256,
    })
    .map_err(harness)?;
    let (secret, open) = (key.to_pem().map_err(harness)?, key.public().to_pem().map_err(harness)?);
    create(&private, secret.as_ref(), true)?;
    create(&public, &open, false)?;
    Ok(format!(
        "private key  {} (keep it secret)\npublic key   {}\nkey id       {}\n",
        private.display(),
        public.display(),
        key.public().id()
    ))
}

/// Writes a file that is not there yet; a secret is for its owner alone from the first moment on.
fn create(path: &Path, text: &str, secret: bool) -> Result<(), Exit> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|cause| common::fail(Exit::Usage, &format!("cannot write `{}`: {cause}", path.display())))
}
