//! Keys in every form that tools write, each signing what its public part verifies.
#![allow(clippy::unwrap_used)]

use super::*;

const RSA: &str = include_str!("tests/rsa.pem");
const RSA_PKCS1: &str = include_str!("tests/rsa-pkcs1.pem");
const RSA_JWK: &str = include_str!("tests/rsa.jwk");
const EC: &str = include_str!("tests/ec.pem");
const EC_SEC1: &str = include_str!("tests/ec-sec1.pem");
const EC_JWK: &str = include_str!("tests/ec.jwk");

fn is_signed(token: &str, jwk: &str, algorithm: Algorithm) -> bool {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let jwk: Value = serde_json::from_str(jwk).unwrap();
    verifies(&jwk, algorithm, input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
}

#[test]
fn a_key_in_any_form_signs_what_its_public_part_verifies() {
    let set = format!("{{ \"keys\": [{EC_JWK}] }}");
    for (text, jwk, other, algorithm) in [
        (RSA, RSA_JWK, EC_JWK, Algorithm::Rs384),
        (RSA_PKCS1, RSA_JWK, EC_JWK, Algorithm::Rs384),
        (RSA_JWK, RSA_JWK, EC_JWK, Algorithm::Rs384),
        (EC, EC_JWK, RSA_JWK, Algorithm::Es384),
        (EC_SEC1, EC_JWK, RSA_JWK, Algorithm::Es384),
        (EC_JWK, EC_JWK, RSA_JWK, Algorithm::Es384),
        (&set, EC_JWK, RSA_JWK, Algorithm::Es384),
    ] {
        let key = SigningKey::read(text).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let token = key.token(Some("one"), &json!({ "iss": "me" })).unwrap();
        assert!(is_signed(&token, jwk, algorithm));
        assert!(!is_signed(&token, other, algorithm));
        assert!(!is_signed(&token.replacen('.', "x.", 1), jwk, algorithm));
        let head = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let head: Value = serde_json::from_slice(&head).unwrap();
        assert_eq!(head, json!({ "alg": algorithm.name(), "typ": "JWT", "kid": "one" }));
    }
    assert_eq!(SigningKey::read(RSA_JWK).unwrap().kid(), Some("rs"));
    assert_eq!(SigningKey::read(EC).unwrap().kid(), None);
}

#[test]
fn a_text_that_is_no_usable_key_says_so_and_is_not_repeated() {
    let public = EC_JWK.replace("\"d\"", "\"other\"");
    let weak = RSA_JWK.replace("RS384", "RS256");
    for (text, said) in [
        ("", "neither PEM nor JWK"),
        ("s3cr3t", "neither PEM nor JWK"),
        ("{ s3cr3t", "is no JSON"),
        ("{ \"kty\": \"oct\", \"k\": \"s3cr3t\" }", "neither RSA nor EC"),
        (&public, "has no `d`"),
        (&format!("{{ \"keys\": [{public}] }}"), "public keys only"),
        (&weak, "is for RS256"),
        (include_str!("tests/p256.pem"), "P-384"),
        (include_str!("tests/encrypted.pem"), "is encrypted"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "holds a certificate"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA", "has no end"),
        ("-----BEGIN PRIVATE KEY-----\ns3cr3t!\n-----END PRIVATE KEY-----", "not in Base64"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be used"),
        ("-----BEGIN EC PRIVATE KEY-----\nMIT/////\n-----END EC PRIVATE KEY-----", "cannot be read"),
    ] {
        let message = SigningKey::read(text).unwrap_err();
        assert!(message.contains(said) && !message.contains("s3cr3t"), "{said}: {message}");
    }
}
