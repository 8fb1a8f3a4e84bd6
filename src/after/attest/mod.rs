//! Signatures: an in-toto statement about a run in a DSSE envelope, made and checked with ECDSA P-256 or Ed25519 keys.
//!
//! The statement binds the bytes of `run.json` by their SHA-256 and says with the test-result predicate what the record
//! says, so that supply-chain tools can check it without knowing patchproof. What a signature proves is who vouches for
//! the file, not that the exchanges in it were really with the named server.

mod envelope;
mod key;
mod statement;
#[cfg(test)]
mod tests;

pub use envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
pub use key::{KeyError, KeyType, PrivateKey, PublicKey, generate};
pub use statement::{Outcome, PREDICATE_TYPE, Predicate, ResourceDescriptor, STATEMENT_TYPE, Statement, Subject};

use crate::record::RunRecord;

/// A statement whose signature, subject and content were all found right.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// The key that signed: SHA-256 of its SPKI form, in hexadecimal.
    pub keyid: String,
    pub statement: Statement,
}

/// Why an envelope does not vouch for a record.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The file is no envelope, or not one about a test run.
    #[error(
        "the signature file {0}; expected a DSSE envelope with an in-toto test-result statement, as written by `patchproof sign`"
    )]
    Unreadable(String),
    /// None of the signatures names this key.
    #[error("signed with another key: the envelope names {named}, the key given is {given}")]
    OtherKey { named: String, given: String },
    /// A signature claims this key and does not hold.
    #[error("invalid signature: the envelope was changed after signing, or not signed with key {0}")]
    Broken(String),
    /// The record is not the one that was signed.
    #[error("the record is not the signed one: expected SHA-256 {signed}, found {found}")]
    OtherRecord { found: String, signed: String },
    /// The signed words are not those of the record.
    #[error("the signed statement does not match the record: for {what} it says {said}, the record {gives}")]
    Disagrees { what: &'static str, said: String, gives: String },
}

impl AttestError {
    /// Whether the input is unfit for a check (wrong key, no envelope), rather than checked and found wrong.
    pub fn is_usage(&self) -> bool {
        match self {
            AttestError::Unreadable(_) | AttestError::OtherKey { .. } => true,
            AttestError::Broken(_) | AttestError::OtherRecord { .. } | AttestError::Disagrees { .. } => false,
        }
    }
}

/// Signs a record. `bytes` are those of its file, `name` the file's name, `url` where the run can be looked at.
pub fn sign(record: &RunRecord, bytes: &[u8], name: &str, url: Option<String>, key: &PrivateKey) -> Envelope {
    let statement = Statement::of(record, &sha256(bytes), name, url);
    Envelope::seal(&statement, key)
}

/// Checks an envelope against a key and a record: the signature first, then the subject, then that the statement says
/// what the record says. `record` is what `bytes`, the record's file, hold.
pub fn check(envelope: &[u8], key: &PublicKey, bytes: &[u8], record: &RunRecord) -> Result<Signed, AttestError> {
    let payload = Envelope::read(envelope)?.open(key)?;
    let statement = Statement::read(&payload)?;
    let found = sha256(bytes);
    let Some(subject) = statement.subject.iter().find(|own| own.digest.get("sha256") == Some(&found)) else {
        let signed: Vec<&str> =
            statement.subject.iter().filter_map(|own| own.digest.get("sha256")).map(String::as_str).collect();
        return Err(AttestError::OtherRecord { found, signed: signed.join(", ") });
    };
    let own = Statement::of(record, &found, &subject.name, statement.predicate.url.clone());
    statement.predicate.agrees(&own.predicate)?;
    Ok(Signed { keyid: key.id(), statement })
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
