//! Signatures: an in-toto statement about a run in a DSSE envelope, made and checked with ECDSA P-256 or Ed25519 keys.
//!
//! The statement binds the bytes of `run.json` by their SHA-256 and says with the test-result predicate what the record
//! says, so that supply-chain tools can check it without knowing patchproof. What a signature proves is who vouches for
//! the file, not that the exchanges in it were really with the named server.

mod envelope;
mod error;
mod key;
mod statement;
#[cfg(test)]
mod tests;

pub use envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
pub use error::AttestError;
pub use key::{KeyError, KeyType, PrivateKey, PublicKey, generate};
pub use statement::{
    PREDICATE_TYPE, Predicate, ResourceDescriptor, STATEMENT_TYPE, Statement, StatementSubject, TestResult,
};

use crate::record::RunRecord;
pub use crate::words::digest::of_bytes as sha256;

/// A statement whose signature, subject and content were all found right.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// The key that signed: SHA-256 of its SPKI form, in hexadecimal.
    pub keyid: String,
    pub statement: Statement,
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
    let Some(subject) = statement.subject.iter().find(|subject| subject.digest.get("sha256") == Some(&found)) else {
        let signed: Vec<&str> =
            statement.subject.iter().filter_map(|subject| subject.digest.get("sha256")).map(String::as_str).collect();
        return Err(AttestError::OtherRecord { found, signed: signed.join(", ") });
    };
    let expected = Statement::of(record, &found, &subject.name, statement.predicate.url.clone());
    statement.predicate.agrees(&expected.predicate)?;
    Ok(Signed { keyid: key.id(), statement })
}
