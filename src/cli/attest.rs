//! `patchproof sign`, `keygen`, and the signature that `verify --key` checks.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Exit, KeyKind, KeygenArgs, SignArgs, SignatureArgs, common};
use crate::after::attest::{self, KeyError, KeyType, PrivateKey, PublicKey, Signed};
use crate::record::RunRecord;

/// Signs a record; exit 0, or 2 for a bad record or key.
pub(super) fn sign(args: &SignArgs) -> Exit {
    match signed(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn signed(args: &SignArgs) -> Result<String, Exit> {
    let key = read_key(&args.key, PrivateKey::read)?;
    let (path, bytes) = common::record_file(&args.run)?;
    let record = common::parse_record(&path, &bytes)?;
    let name = path.file_name().map_or_else(|| "run.json".to_owned(), |own| own.to_string_lossy().into_owned());
    let envelope = attest::sign(&record, &bytes, &name, args.url.clone(), &key);
    let output = args.output.clone().unwrap_or_else(|| beside(&path));
    common::write_whole(&output, envelope.to_json().as_bytes())?;
    Ok(format!("signed {} as {} with key {}\n", path.display(), output.display(), key.public().id()))
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
    let envelope = std::fs::read(&place).map_err(|cause| {
        let message = format!(
            "cannot read the signature `{}`: {cause}; accepted: an envelope that `patchproof sign` wrote, with --signature \
             FILE where it lies elsewhere",
            place.display()
        );
        common::fail(Exit::Usage, &message)
    })?;
    match attest::check(&envelope, &key, bytes, record) {
        Ok(signed) => Ok(Some(told(&signed))),
        Err(error) => {
            let exit = if error.is_usage() { Exit::Usage } else { Exit::NotConformant };
            Err(common::fail(exit, &format!("{}: {}", place.display(), common::one_line(&error.to_string()))))
        }
    }
}

fn told(signed: &Signed) -> String {
    let predicate = &signed.statement.predicate;
    format!(
        "signature: holds, with key {}\n  it vouches for this file byte for byte, and for the result {} ({} requirements \
         passed, {} warned, {} failed);\n  it cannot show that the exchanges were really with the server named\n",
        signed.keyid,
        predicate.result.name(),
        predicate.passed_tests.len(),
        predicate.warned_tests.len(),
        predicate.failed_tests.len()
    )
}

/// Makes a pair of keys; exit 0, or 2 where a file stands in the way.
pub(super) fn keygen(args: &KeygenArgs) -> Exit {
    match made(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn made(args: &KeygenArgs) -> Result<String, Exit> {
    let prefix = if args.out.is_dir() { args.out.join("patchproof") } else { args.out.clone() };
    let (private, public) = (with(&prefix, ".key"), with(&prefix, ".pub"));
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            let message = format!("`{}` is there already, and a key is never overwritten", path.display());
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

/// Reads a key. No message holds anything of the file.
fn read_key<K>(path: &Path, read: impl Fn(&str) -> Result<K, KeyError>) -> Result<K, Exit> {
    let fail = |what: String| common::fail(Exit::Usage, &format!("the key `{}` {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|cause| fail(format!("cannot be read: {cause}")))?;
    // A key in DER is no text; the message for what is no PEM says what is accepted.
    read(&String::from_utf8_lossy(&bytes)).map_err(|error| fail(error.to_string()))
}

fn beside(path: &Path) -> PathBuf {
    with(path, ".dsse")
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
