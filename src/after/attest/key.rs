//! Keys: ECDSA P-256 and Ed25519 in PEM, read, made and named; no message and no debug form shows a private one.

use ed25519_dalek::pkcs8::KeypairBytes;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::elliptic_curve::Generate as _;
use p256::pkcs8::der::pem::LineEnding;
use p256::pkcs8::{
    AlgorithmIdentifierRef, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, ObjectIdentifier,
    PrivateKeyInfoRef, SecretDocument,
};

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    Ed25519,
    P256,
}

impl KeyType {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            KeyType::Ed25519 => "ed25519",
            KeyType::P256 => "p256",
        }
    }
}

/// A key that signs. It has no debug form.
pub struct PrivateKey(Private);

enum Private {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

/// A key that checks.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicKey(Public);

#[derive(Debug, Clone, PartialEq)]
enum Public {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
}

/// Why a file is not the key that is needed. The message never holds any of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("is not a PEM file; expected {0}")]
    NotPem(&'static str),
    #[error("is a public key: signing needs the private key")]
    PublicToSign,
    #[error(
        "is a private key: checking needs only the public one, and a private key should not travel with a record \
         (get the public key: openssl pkey -in KEY -pubout -out KEY.pub)"
    )]
    PrivateToCheck,
    #[error("is encrypted, which is not supported; decrypt it first: {0}")]
    Encrypted(&'static str),
    #[error("is {found}; expected {expected}")]
    OtherKind { found: String, expected: &'static str },
    #[error("is damaged: its label is {label}, but it cannot be read as one")]
    Damaged { label: String },
    #[error("cannot be generated: the system gives no random numbers")]
    NoRandomness,
}

const PRIVATE: &str = "an ECDSA P-256 or Ed25519 private key in PEM, PKCS#8 (`BEGIN PRIVATE KEY`) or SEC1 \
    (`BEGIN EC PRIVATE KEY`); patchproof keygen makes one";
const PUBLIC: &str = "an ECDSA P-256 or Ed25519 public key in PEM (`BEGIN PUBLIC KEY`)";

/// Makes a key from the system's random numbers.
pub fn generate(kind: KeyType) -> Result<PrivateKey, KeyError> {
    let key = match kind {
        KeyType::Ed25519 => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| KeyError::NoRandomness)?;
            Private::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed)))
        }
        KeyType::P256 => {
            let key = p256::ecdsa::SigningKey::try_generate().map_err(|_| KeyError::NoRandomness)?;
            Private::P256(Box::new(key))
        }
    };
    Ok(PrivateKey(key))
}

impl PrivateKey {
    /// Reads the first key of a PEM file.
    pub fn read(pem: &str) -> Result<PrivateKey, KeyError> {
        let (label, block) = block(pem).ok_or(KeyError::NotPem(PRIVATE))?;
        let damaged = || KeyError::Damaged { label: label.to_owned() };
        let key = match label {
            "PRIVATE KEY" => {
                let (_, document) = SecretDocument::from_pem(block).map_err(|_| damaged())?;
                let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(|_| damaged())?;
                match kind(&info.algorithm, PRIVATE)? {
                    KeyType::Ed25519 => {
                        let key = ed25519_dalek::SigningKey::try_from(info).map_err(|_| damaged())?;
                        Private::Ed25519(Box::new(key))
                    }
                    KeyType::P256 => {
                        let key = p256::ecdsa::SigningKey::try_from(info).map_err(|_| damaged())?;
                        Private::P256(Box::new(key))
                    }
                }
            }
            "EC PRIVATE KEY" if block.contains("Proc-Type") => return Err(KeyError::Encrypted(DECRYPT)),
            "EC PRIVATE KEY" => {
                let key = p256::SecretKey::from_sec1_pem(block).map_err(|_| KeyError::OtherKind {
                    found: "an EC key that is damaged or not on the curve P-256".to_owned(),
                    expected: PRIVATE,
                })?;
                Private::P256(Box::new(key.into()))
            }
            "PUBLIC KEY" => return Err(KeyError::PublicToSign),
            other => return Err(unfit(other, PRIVATE)),
        };
        Ok(PrivateKey(key))
    }

    /// Its other half.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Private::P256(key) => Public::P256(*key.verifying_key()),
        })
    }

    /// The signature over a message: ASN.1 DER for ECDSA (with SHA-256), 64 bytes for Ed25519.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Private::Ed25519(key) => key.sign(message).to_vec(),
            Private::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
        }
    }

    /// PKCS#8 in PEM, in the form that all releases of OpenSSL read.
    pub fn to_pem(&self) -> Result<impl AsRef<str> + use<>, KeyError> {
        let pem = match &self.0 {
            // Version 1 of PKCS#8: with the public key inside, it would be version 2, which many tools refuse.
            Private::Ed25519(key) => {
                KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_pem(LineEnding::LF)
            }
            Private::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        pem.map_err(|_| KeyError::Damaged { label: "key".to_owned() })
    }
}

impl PublicKey {
    /// Reads the first key of a PEM file.
    pub fn read(pem: &str) -> Result<PublicKey, KeyError> {
        let (label, block) = block(pem).ok_or(KeyError::NotPem(PUBLIC))?;
        let damaged = || KeyError::Damaged { label: label.to_owned() };
        match label {
            "PUBLIC KEY" => {}
            "PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "OPENSSH PRIVATE KEY" => {
                return Err(KeyError::PrivateToCheck);
            }
            other => return Err(unfit(other, PUBLIC)),
        }
        let (_, document) = p256::pkcs8::Document::from_pem(block).map_err(|_| damaged())?;
        let info: p256::pkcs8::SubjectPublicKeyInfoRef<'_> = document.decode_msg().map_err(|_| damaged())?;
        let key = match kind(&info.algorithm, PUBLIC)? {
            KeyType::Ed25519 => {
                let key =
                    ed25519_dalek::VerifyingKey::from_public_key_der(document.as_bytes()).map_err(|_| damaged())?;
                Public::Ed25519(key)
            }
            KeyType::P256 => {
                let key = p256::ecdsa::VerifyingKey::from_public_key_der(document.as_bytes()).map_err(|_| damaged())?;
                Public::P256(key)
            }
        };
        Ok(PublicKey(key))
    }

    /// SHA-256 of the SPKI form (DER), in hexadecimal.
    pub fn id(&self) -> String {
        let spki = match &self.0 {
            Public::Ed25519(key) => key.to_public_key_der(),
            Public::P256(key) => key.to_public_key_der(),
        };
        // A key that was read or made has a form of a few dozen bytes; encoding it cannot fail.
        spki.map(|document| crate::words::digest::of_bytes(document.as_bytes())).unwrap_or_default()
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Public::P256(key) => p256::ecdsa::DerSignature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }

    /// SPKI in PEM.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = match &self.0 {
            Public::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
            Public::P256(key) => key.to_public_key_pem(LineEnding::LF),
        };
        pem.map_err(|_| KeyError::Damaged { label: "key".to_owned() })
    }
}

const DECRYPT: &str = "openssl pkcs8 -topk8 -nocrypt -in KEY -out PLAIN";

/// The first block of a PEM file that is no parameters, with its label.
fn block(pem: &str) -> Option<(&str, &str)> {
    let mut rest = pem;
    loop {
        rest = &rest[rest.find("-----BEGIN ")?..];
        let label = rest.strip_prefix("-----BEGIN ")?.split_once("-----")?.0;
        let end = format!("-----END {label}-----");
        let length = rest.find(&end).map_or(rest.len(), |at| at + end.len());
        let (block, behind) = rest.split_at(length);
        // `openssl ecparam -genkey` writes the curve in front of the key.
        if label != "EC PARAMETERS" {
            return Some((label, block));
        }
        rest = behind;
    }
}

/// What a block is that is neither kind of key.
fn unfit(label: &str, expected: &'static str) -> KeyError {
    let found = match label {
        "ENCRYPTED PRIVATE KEY" => return KeyError::Encrypted(DECRYPT),
        "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
            return KeyError::Encrypted("cosign keys have a special format; use a key made with openssl");
        }
        "RSA PRIVATE KEY" | "RSA PUBLIC KEY" => "an RSA key",
        "OPENSSH PRIVATE KEY" => "a key in OpenSSH's format",
        "CERTIFICATE" => "a certificate (get its key: openssl x509 -in CERT -noout -pubkey)",
        _ => "a PEM block of another kind",
    };
    KeyError::OtherKind { found: found.to_owned(), expected }
}

fn kind(algorithm: &AlgorithmIdentifierRef<'_>, expected: &'static str) -> Result<KeyType, KeyError> {
    let curve = |id: &ObjectIdentifier| match id.to_string().as_str() {
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        "1.3.132.0.10" => "secp256k1".to_owned(),
        other => other.to_owned(),
    };
    let found = match (algorithm.oid.to_string().as_str(), algorithm.parameters_oid()) {
        ("1.3.101.112", _) => return Ok(KeyType::Ed25519),
        ("1.2.840.10045.2.1", Ok(id)) if id.to_string() == "1.2.840.10045.3.1.7" => return Ok(KeyType::P256),
        ("1.2.840.10045.2.1", Ok(id)) => format!("an EC key on the curve {}", curve(&id)),
        ("1.2.840.10045.2.1", Err(_)) => "an EC key whose curve has no name".to_owned(),
        ("1.2.840.113549.1.1.1", _) => "an RSA key".to_owned(),
        ("1.3.101.113", _) => "an Ed448 key".to_owned(),
        (other, _) => format!("a key of the kind {other}"),
    };
    Err(KeyError::OtherKind { found, expected })
}
