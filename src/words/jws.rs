//! JSON Web Signatures RS384 and ES384 (RFC 7515, RFC 7518): the one place that signs and verifies them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[cfg(feature = "tls")]
use aws_lc_rs as crypto;
#[cfg(feature = "tls")]
use crypto::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_SHA384, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// A signature algorithm of SMART Backend Services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// ECDSA on P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
}

impl Algorithm {
    /// The name in a JSON Web Token.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Rs384 => "RS384",
            Algorithm::Es384 => "ES384",
        }
    }
}

/// A private key.
#[derive(Debug)]
pub struct SigningKey {
    #[cfg(feature = "tls")]
    pair: KeyPair,
    /// The id that a JWK has.
    kid: Option<String>,
    algorithm: Algorithm,
}

#[cfg(feature = "tls")]
#[derive(Debug)]
enum KeyPair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// What is expected of a key.
const WANTED: &str = "expected an RSA key of 2048 bits or more, or an EC key on P-384";

impl SigningKey {
    /// The key in a PEM or a JWK text; of a JWK Set, its only private key.
    ///
    /// # Errors
    /// It is none, in words that repeat nothing of it.
    pub fn read(text: &str) -> Result<SigningKey, String> {
        let text = text.trim();
        if text.starts_with('{') {
            let jwk: Value =
                serde_json::from_str(text).map_err(|_| "the key begins as a JWK and is no JSON".to_owned())?;
            return SigningKey::of_jwk(only_private(&jwk)?);
        }
        let (label, der) = pem(text)?;
        match label.as_str() {
            "PRIVATE KEY" => SigningKey::of_pkcs8(&der),
            "RSA PRIVATE KEY" => SigningKey::rsa(&der),
            "EC PRIVATE KEY" => {
                let (private, public) =
                    sec1(&der).ok_or("the EC key cannot be read: expected it with its public key")?;
                SigningKey::ec(private, public)
            }
            "ENCRYPTED PRIVATE KEY" => Err("the key is encrypted: expected one without a password".to_owned()),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {
                Err(format!("the file holds a {}: expected a private key", label.to_ascii_lowercase()))
            }
            _ => Err(format!("the file holds no private key; {WANTED}, in PEM or as a JWK")),
        }
    }

    /// The algorithm that fits the key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id of the key, where it is a JWK that has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A signed token of these claims.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn token(&self, kid: Option<&str>, claims: &Value) -> Result<String, String> {
        let mut head = json!({ "alg": self.algorithm.name(), "typ": "JWT" });
        if let Some(kid) = kid.or(self.kid()) {
            head["kid"] = Value::from(kid);
        }
        let [head, claims] = [&head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let input = format!("{head}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.sign(input.as_bytes())?);
        Ok(format!("{input}.{signature}"))
    }
}

#[cfg(feature = "tls")]
impl SigningKey {
    fn of_pkcs8(der: &[u8]) -> Result<SigningKey, String> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Ok(SigningKey { pair: KeyPair::Rsa(pair), kid: None, algorithm: Algorithm::Rs384 });
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der);
        let pair = pair.map_err(|_| format!("the key cannot be used; {WANTED}"))?;
        Ok(SigningKey { pair: KeyPair::Ec(pair), kid: None, algorithm: Algorithm::Es384 })
    }

    fn rsa(der: &[u8]) -> Result<SigningKey, String> {
        let pair = RsaKeyPair::from_der(der).map_err(|_| format!("the RSA key cannot be used; {WANTED}"))?;
        Ok(SigningKey { pair: KeyPair::Rsa(pair), kid: None, algorithm: Algorithm::Rs384 })
    }

    fn ec(private: &[u8], public: &[u8]) -> Result<SigningKey, String> {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P384_SHA384_FIXED_SIGNING, private, public);
        let pair = pair.map_err(|_| format!("the EC key cannot be used; {WANTED}"))?;
        Ok(SigningKey { pair: KeyPair::Ec(pair), kid: None, algorithm: Algorithm::Es384 })
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, String> {
        let random = crypto::rand::SystemRandom::new();
        let failed = |_| "the key cannot sign".to_owned();
        match &self.pair {
            KeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &random, input, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            KeyPair::Ec(pair) => pair.sign(&random, input).map(|signature| signature.as_ref().to_vec()).map_err(failed),
        }
    }
}

/// Whether a signature is that of a public JWK.
#[cfg(feature = "tls")]
pub fn verifies(jwk: &Value, algorithm: Algorithm, input: &[u8], signature: &[u8]) -> bool {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name).and_then(Value::as_str).unwrap_or_default()).ok();
    match (algorithm, jwk.get("kty").and_then(Value::as_str)) {
        (Algorithm::Rs384, Some("RSA")) => {
            let (Some(n), Some(e)) = (number("n"), number("e")) else { return false };
            RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA384, input, signature).is_ok()
        }
        (Algorithm::Es384, Some("EC")) => {
            let (Some(x), Some(y)) = (number("x"), number("y")) else { return false };
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(input, signature).is_ok()
        }
        (Algorithm::Rs384 | Algorithm::Es384, _) => false,
    }
}

#[cfg(not(feature = "tls"))]
const NO_CRYPTO: &str = "this build signs no assertions: expected a build with the feature `tls`";

#[cfg(not(feature = "tls"))]
impl SigningKey {
    fn of_pkcs8(_: &[u8]) -> Result<SigningKey, String> {
        Err(NO_CRYPTO.to_owned())
    }

    fn rsa(_: &[u8]) -> Result<SigningKey, String> {
        Err(NO_CRYPTO.to_owned())
    }

    fn ec(_: &[u8], _: &[u8]) -> Result<SigningKey, String> {
        Err(NO_CRYPTO.to_owned())
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(NO_CRYPTO.to_owned())
    }
}

/// Whether a signature is that of a public JWK.
#[cfg(not(feature = "tls"))]
pub fn verifies(_: &Value, _: Algorithm, _: &[u8], _: &[u8]) -> bool {
    false
}

impl SigningKey {
    /// The key of a private JWK (RFC 7517, RFC 7518 section 6).
    fn of_jwk(jwk: &Value) -> Result<SigningKey, String> {
        let number = |name: &str| -> Result<Vec<u8>, String> {
            let text = jwk.get(name).and_then(Value::as_str);
            let text =
                text.ok_or_else(|| format!("the JWK has no `{name}`: expected a private key with all its members"))?;
            URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("`{name}` of the JWK is not in Base64url"))
        };
        let text = |name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
        let key = match text("kty").as_deref() {
            Some("RSA") => {
                let mut numbers = vec![vec![0]];
                for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
                    numbers.push(number(name)?);
                }
                SigningKey::rsa(&der_sequence(&numbers))?
            }
            Some("EC") => {
                let point = [&[4], number("x")?.as_slice(), number("y")?.as_slice()].concat();
                SigningKey::ec(&number("d")?, &point)?
            }
            Some(_) | None => return Err(format!("`kty` of the JWK is neither RSA nor EC; {WANTED}")),
        };
        if let Some(named) = text("alg").filter(|named| named != key.algorithm.name()) {
            let named: String = named.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
            return Err(format!("the JWK is for {named}: expected RS384 or ES384"));
        }
        Ok(SigningKey { kid: text("kid"), ..key })
    }
}

/// A private JWK, or the only one in a JWK Set.
fn only_private(jwk: &Value) -> Result<&Value, String> {
    let Some(keys) = jwk.get("keys").and_then(Value::as_array) else { return Ok(jwk) };
    let private: Vec<&Value> = keys.iter().filter(|key| key.get("d").is_some()).collect();
    match private.as_slice() {
        [only] => Ok(only),
        [] => Err("the JWK Set has public keys only: expected a private key".to_owned()),
        _ => Err(format!("the JWK Set has {} private keys: expected one", private.len())),
    }
}

/// The label and the bytes of the first private key in a PEM text, or of its first section.
fn pem(text: &str) -> Result<(String, Vec<u8>), String> {
    let mut found: Option<(String, Vec<u8>)> = None;
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("-----BEGIN ") {
        let Some((label, behind)) = behind.split_once("-----") else { break };
        let Some((body, after)) = behind.split_once("-----END ") else {
            return Err("the key has no end: expected all lines of the PEM file".to_owned());
        };
        rest = after;
        // What openssl writes before a key says nothing that is not in it.
        if label == "EC PARAMETERS" {
            continue;
        }
        let compact: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(compact);
        let bytes = bytes
            .map_err(|_| "the key has lines that are not in Base64; a password asks for another key".to_owned())?;
        let is_private = label.ends_with("PRIVATE KEY");
        if is_private || found.is_none() {
            found = Some((label.to_owned(), bytes));
        }
        if is_private {
            break;
        }
    }
    found.ok_or_else(|| {
        "the key is neither PEM nor JWK: expected -----BEGIN PRIVATE KEY----- or a JSON object".to_owned()
    })
}

/// The private and the public part of an ECPrivateKey (RFC 5915).
fn sec1(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, body, _) = element(der)? else { return None };
    let (0x02, _, rest) = element(body)? else { return None };
    let (0x04, private, mut rest) = element(rest)? else { return None };
    while !rest.is_empty() {
        let (tag, content, behind) = element(rest)?;
        if tag == 0xa1 {
            let (0x03, bits, _) = element(content)? else { return None };
            return Some((private, bits.get(1..)?));
        }
        rest = behind;
    }
    None
}

/// The tag and the content of the first DER element, and what is behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|_| count <= 4)?;
        (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), &rest[count..])
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

/// A DER SEQUENCE of INTEGERs that are not negative.
fn der_sequence(numbers: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for number in numbers {
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len().saturating_sub(1));
        let number = &number[start..];
        let mut content = if number.first().is_none_or(|byte| byte & 0x80 != 0) { vec![0] } else { Vec::new() };
        content.extend(number);
        body.extend(der(0x02, &content));
    }
    der(0x30, &body)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: &[u8] = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or(4));
    }
    out.extend(length);
    out.extend(content);
    out
}

#[cfg(all(test, feature = "tls"))]
mod tests;
