//! The signature of a record: where it lies, which key checks it, and what it vouches for.

use std::path::{Path, PathBuf};

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::after::attest::{self, KeyError, PublicKey, Signed};
use crate::record::RunRecord;
use crate::words::file;

/// An envelope beyond this is not read: it names every requirement and case of a run, and no exchange.
const MOST_ENVELOPE: u64 = 64 << 20;

/// A signature to check.
#[derive(Debug, Args)]
pub(super) struct SignatureArgs {
    /// The public key of the signer, in PEM
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The envelope [default: the file name of the run with `.dsse` appended]
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Option<PathBuf>,
}

/// Checks the signature of a record where a key was given, and says what was found. `bytes` are those of the file at
/// `path`, and `record` what they hold.
pub(super) fn check_signature(
    args: &SignatureArgs,
    path: &Path,
    bytes: &[u8],
    record: &RunRecord,
) -> Result<Option<String>, Exit> {
    let Some(key) = &args.key else { return Ok(None) };
    let key = read_key(key, PublicKey::read)?;
    let place = args.signature.clone().unwrap_or_else(|| beside(path));
    let envelope = file::bytes(&place, MOST_ENVELOPE).map_err(|cause| {
        let message = format!(
            "cannot read the signature `{}`: {cause}; expected an envelope written by `patchproof sign` (use --signature \
             FILE if it is elsewhere)",
            place.display()
        );
        common::fail(Exit::Usage, &message)
    })?;
    match attest::check(&envelope, &key, bytes, record) {
        Ok(signed) => Ok(Some(summary(&signed))),
        Err(error) => {
            let exit = if error.is_usage() { Exit::Usage } else { Exit::NotConformant };
            Err(common::fail(exit, &format!("{}: {}", place.display(), common::one_line(&error.to_string()))))
        }
    }
}

fn summary(signed: &Signed) -> String {
    let predicate = &signed.statement.predicate;
    format!(
        "signature: holds, with key {}\n  it covers this file byte for byte, and the result {} ({} requirements \
         passed, {} warned, {} failed);\n  it cannot prove that the exchanges were really with the named server\n",
        signed.keyid,
        predicate.result.name(),
        predicate.passed_tests.len(),
        predicate.warned_tests.len(),
        predicate.failed_tests.len()
    )
}

/// Reads a key. No message holds anything of the file.
pub(super) fn read_key<K>(path: &Path, read: impl Fn(&str) -> Result<K, KeyError>) -> Result<K, Exit> {
    let fail = |what: String| common::fail(Exit::Usage, &format!("the key `{}` {what}", path.display()));
    let bytes = file::bytes(path, file::MOST_WRITTEN).map_err(|cause| fail(format!("cannot be read: {cause}")))?;
    // A key in DER is no text; the message for what is no PEM says what is accepted.
    read(&String::from_utf8_lossy(&bytes)).map_err(|error| fail(error.to_string()))
}

/// Where the envelope of a record lies unless another place is named.
pub(super) fn beside(path: &Path) -> PathBuf {
    with_ending(path, ".dsse")
}

/// A path with an ending behind it.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
