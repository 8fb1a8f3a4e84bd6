//! The DSSE envelope: what is signed is the pre-authentication encoding of type and payload, never JSON as it happens to look.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::error::AttestError;
use super::key::{PrivateKey, PublicKey};
use super::statement::Statement;

/// The media type of an in-toto statement in JSON.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A DSSE v1 envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Base64, standard alphabet; the URL-safe one is read too.
    pub payload: String,
    pub payload_type: String,
    pub signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// A hint, itself not signed: SHA-256 of the signer's SPKI form, in hexadecimal.
    #[serde(default)]
    pub keyid: String,
    /// Base64; ASN.1 DER for ECDSA, 64 bytes for Ed25519.
    pub sig: String,
}

/// The bytes that are signed (DSSE v1, pre-authentication encoding).
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    pub(super) fn seal(statement: &Statement, key: &PrivateKey) -> Envelope {
        let payload = statement.to_json();
        let sig = key.sign(&pae(PAYLOAD_TYPE, payload.as_bytes()));
        Envelope {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![Signature { keyid: key.public().id(), sig: STANDARD.encode(sig) }],
        }
    }

    /// Reads the JSON of an envelope.
    pub fn read(json: &[u8]) -> Result<Envelope, AttestError> {
        let envelope: Envelope = serde_json::from_slice(json)
            .map_err(|error| AttestError::Unreadable(format!("is not a DSSE envelope ({error})")))?;
        match envelope.signatures.is_empty() {
            true => Err(AttestError::Unreadable("has no signature".to_owned())),
            false => Ok(envelope),
        }
    }

    /// The payload, once exactly one of the signatures was found to be this key's, and each that names it.
    pub fn open(&self, key: &PublicKey) -> Result<Vec<u8>, AttestError> {
        let payload = decoded(&self.payload)
            .ok_or_else(|| AttestError::Unreadable("has a payload that is not base64".to_owned()))?;
        let signed = pae(&self.payload_type, &payload);
        let given = key.id();
        let holds = |signature: &Signature| decoded(&signature.sig).is_some_and(|sig| key.verifies(&signed, &sig));
        let (held, others): (Vec<&Signature>, Vec<&Signature>) = self.signatures.iter().partition(|one| holds(one));
        // Whoever signed names this key or none, once; and whatever names it holds.
        let is_named = |signature: &&Signature| signature.keyid == given;
        let misnamed = held.iter().any(|one| !one.keyid.is_empty() && !is_named(one));
        if let [_] = held.as_slice()
            && !misnamed
            && !others.iter().any(is_named)
        {
            return match self.payload_type == PAYLOAD_TYPE {
                true => Ok(payload),
                false => Err(AttestError::Unreadable(format!("has a payload of type `{}`", self.payload_type))),
            };
        }
        if !held.is_empty() {
            return Err(AttestError::Broken(given));
        }
        // The keyid is a hint: it distinguishes a wrong key from a broken seal, and decides nothing.
        if self.signatures.iter().any(|signature| signature.keyid.is_empty() || signature.keyid == given) {
            return Err(AttestError::Broken(given));
        }
        let named: Vec<&str> = self.signatures.iter().map(|signature| signature.keyid.as_str()).collect();
        Err(AttestError::OtherKey { named: named.join(", "), given })
    }

    /// One line of JSON with a line end.
    pub fn to_json(&self) -> String {
        // Three texts and a list of texts: nothing in it can fail to be JSON.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}
