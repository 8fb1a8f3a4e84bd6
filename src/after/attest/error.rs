//! Why an envelope does not vouch for a record.

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
