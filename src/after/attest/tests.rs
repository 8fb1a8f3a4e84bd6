//! Envelopes that hold, and envelopes in which one thing was changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::after::compare::samples::Sample;
use crate::record::{Level, Standing, Verdict};

const KINDS: [KeyType; 2] = [KeyType::Ed25519, KeyType::P256];

fn record() -> (RunRecord, Vec<u8>) {
    let record = Sample::default()
        .requirement("APPT-VER-04", Level::Must, Verdict::Pass)
        .requirement("APPT-VER-05", Level::Should, Verdict::Fail)
        .conformant();
    let bytes = serde_json::to_vec(&record).unwrap();
    (record, bytes)
}

fn sealed(key: &PrivateKey) -> (Envelope, RunRecord, Vec<u8>) {
    let (record, bytes) = record();
    (sign(&record, &bytes, "run.json", None, key), record, bytes)
}

fn checked(envelope: &Envelope, key: &PublicKey, bytes: &[u8], record: &RunRecord) -> Result<Signed, AttestError> {
    check(envelope.to_json().as_bytes(), key, bytes, record)
}

#[test]
fn what_was_signed_holds_with_both_kinds_of_key() {
    for kind in KINDS {
        let key = generate(kind).unwrap();
        let (envelope, record, bytes) = sealed(&key);
        let signed = checked(&envelope, &key.public(), &bytes, &record).unwrap();
        assert_eq!(signed.keyid, key.public().id(), "{kind:?}");
        assert_eq!(signed.statement.predicate.passed_tests, ["APPT-VER-04"]);
    }
}

#[test]
fn a_changed_bit_anywhere_is_refused() {
    for kind in KINDS {
        let key = generate(kind).unwrap();
        let (envelope, record, bytes) = sealed(&key);
        let flip = |text: &str, place: usize| {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::STANDARD;
            let mut raw = engine.decode(text).unwrap();
            let place = place.min(raw.len() - 1);
            raw[place] ^= 1;
            engine.encode(raw)
        };
        for place in [0, 7, 40, usize::MAX] {
            let mut other = envelope.clone();
            other.payload = flip(&other.payload, place);
            let error = checked(&other, &key.public(), &bytes, &record).unwrap_err();
            assert!(matches!(error, AttestError::Broken(_)), "{kind:?} payload {place}: {error}");
            let mut other = envelope.clone();
            other.signatures[0].sig = flip(&other.signatures[0].sig, place);
            let error = checked(&other, &key.public(), &bytes, &record).unwrap_err();
            assert!(matches!(error, AttestError::Broken(_)), "{kind:?} signature {place}: {error}");
        }
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[place] ^= 1;
            let error = checked(&envelope, &key.public(), &other, &record).unwrap_err();
            assert!(matches!(error, AttestError::OtherRecord { .. }), "{kind:?} record {place}: {error}");
        }
        let mut other = envelope.clone();
        other.payload_type = "application/json".to_owned();
        assert!(
            matches!(checked(&other, &key.public(), &bytes, &record), Err(AttestError::Broken(_))),
            "{kind:?} type"
        );
    }
}

#[test]
fn another_key_is_told_from_a_broken_seal() {
    for (kind, other) in [(KINDS[0], KINDS[0]), (KINDS[0], KINDS[1]), (KINDS[1], KINDS[0]), (KINDS[1], KINDS[1])] {
        let key = generate(kind).unwrap();
        let stranger = generate(other).unwrap().public();
        let (mut envelope, record, bytes) = sealed(&key);
        let error = checked(&envelope, &stranger, &bytes, &record).unwrap_err();
        assert!(error.is_usage() && matches!(error, AttestError::OtherKey { .. }), "{error}");
        // The key id is a hint: claiming the stranger's does not make it theirs, and taking it away changes nothing.
        envelope.signatures[0].keyid = stranger.id();
        let error = checked(&envelope, &stranger, &bytes, &record).unwrap_err();
        assert!(!error.is_usage() && matches!(error, AttestError::Broken(_)), "{error}");
        envelope.signatures[0].keyid.clear();
        assert!(checked(&envelope, &key.public(), &bytes, &record).is_ok());
    }
}

#[test]
fn one_of_several_signatures_is_enough() {
    let (one, two) = (generate(KINDS[0]).unwrap(), generate(KINDS[1]).unwrap());
    let (mut envelope, record, bytes) = sealed(&one);
    envelope.signatures.extend(sealed(&two).0.signatures);
    assert!(checked(&envelope, &one.public(), &bytes, &record).is_ok());
    assert!(checked(&envelope, &two.public(), &bytes, &record).is_ok());
}

#[test]
fn a_statement_that_says_other_than_the_record_is_refused_although_its_seal_holds() {
    type Change = fn(&mut Predicate);
    let changes: [(&str, Change); 5] = [
        ("the result", |predicate| predicate.result = TestResult::Passed),
        ("the tests passed", |predicate| predicate.passed_tests.push("APPT-VER-05".to_owned())),
        ("the tests passed with warnings", |predicate| predicate.warned_tests.clear()),
        ("the tests failed", |predicate| predicate.failed_tests.push("APPT-VER-04".to_owned())),
        ("the configuration", |predicate| predicate.configuration.truncate(1)),
    ];
    let key = generate(KINDS[0]).unwrap();
    let (record, bytes) = record();
    for (what, change) in changes {
        let mut statement = Statement::of(&record, &sha256(&bytes), "run.json", None);
        change(&mut statement.predicate);
        let error = checked(&Envelope::seal(&statement, &key), &key.public(), &bytes, &record).unwrap_err();
        assert!(error.to_string().contains(&format!("for {what} it says")), "{what}: {error}");
    }
}

#[test]
fn envelopes_of_other_things_are_named() {
    let key = generate(KINDS[0]).unwrap();
    let (envelope, record, bytes) = sealed(&key);
    let refused = |json: &str| check(json.as_bytes(), &key.public(), &bytes, &record).unwrap_err().to_string();
    let whole = envelope.to_json();
    assert!(refused(&whole[..whole.len() / 2]).contains("is not a DSSE envelope"));
    assert!(refused("[1, 2]").contains("is not a DSSE envelope"));
    assert!(refused(r#"{"payload":"","payloadType":"x","signatures":[]}"#).contains("has no signature"));
    assert!(refused(r#"{"payload":"%","payloadType":"x","signatures":[{"sig":""}]}"#).contains("not base64"));
    let mut statement = Statement::of(&record, &sha256(&bytes), "run.json", None);
    statement.predicate_type = "https://slsa.dev/provenance/v1".to_owned();
    assert!(refused(&Envelope::seal(&statement, &key).to_json()).contains("https://slsa.dev/provenance/v1"));
}

#[test]
fn the_pre_authentication_encoding_is_that_of_the_specification() {
    // The example of the DSSE protocol document.
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

#[test]
fn the_result_is_what_the_roll_up_gives() {
    let must = |verdict| Sample::default().requirement("APPT-VER-04", Level::Must, verdict);
    let outcome = |record: &RunRecord| Statement::of(record, "", "", None).predicate;
    let passed = must(Verdict::Pass).conformant();
    assert_eq!(outcome(&passed).result, TestResult::Passed);
    assert_eq!(outcome(&must(Verdict::Warn).conformant()).result, TestResult::Warned);
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Inconclusive, Verdict::NotTested] {
        let predicate = outcome(&must(verdict).conformant());
        assert_eq!((predicate.result, predicate.failed_tests), (TestResult::Failed, vec!["APPT-VER-04".to_owned()]));
    }
    let inherited = |strict| {
        let mut record =
            must(Verdict::Pass).standing("APPT-BASE-01", Level::Must, Standing::Inherited, Verdict::Fail).conformant();
        record.strict_base = strict;
        outcome(&record).result
    };
    assert_eq!((inherited(false), inherited(true)), (TestResult::Warned, TestResult::Failed));
    let mut cut = passed;
    cut.cut_short = Some("interrupted".to_owned());
    assert_eq!(outcome(&cut).result, TestResult::Failed);
}

#[test]
fn keys_are_read_as_they_are_written_and_the_private_one_has_version_1() {
    for kind in KINDS {
        let key = generate(kind).unwrap();
        let (private, public) = (key.to_pem().unwrap(), key.public().to_pem().unwrap());
        assert_eq!(PrivateKey::read(private.as_ref()).map(|read| read.public().id()), Ok(key.public().id()));
        assert_eq!(PublicKey::read(&public).map(|read| read.id()), Ok(key.public().id()));
        assert_eq!(PublicKey::read(private.as_ref()), Err(KeyError::PrivateToCheck));
        assert_eq!(PrivateKey::read(&public).err(), Some(KeyError::PublicToSign));
        let cut: String =
            private.as_ref().lines().filter(|line| line.starts_with('-')).map(|line| format!("{line}\n")).collect();
        assert_eq!(PrivateKey::read(&cut).err(), Some(KeyError::Damaged { label: "PRIVATE KEY".to_owned() }));
    }
}

#[test]
fn keys_that_are_not_taken_are_named() {
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    // Made for this test and thrown away: the public halves of an RSA key of 512 bits and of a key on the curve P-384.
    let rsa = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANvNbgw9isPV5F5S2ItkpvRv4RLUT3R4\n\
               S2ZUiY4DkaXkW4aAz2Ok90mkNKI1QTnd1WMLHThKrRLco3WMQVxkpS0CAwEAAQ==";
    let p384 = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEC9s0ANUOAZbCSCZt1DGBzBUQLFRE6I+2\n\
                cXsX3Zqu9jE8Mimry6S0mxd0Ac0tjZ81TZfcUgPhhQs1jQ/ovlzCWW7B2kP6dyrl\n\
                kibGoLBxyYLh4YDNnQPYn76TagSL/knI";
    let accepts = "expected an ECDSA P-256 or Ed25519";
    let public = |pem: String| PublicKey::read(&pem).unwrap_err().to_string();
    let private = |pem: String| PrivateKey::read(&pem).err().unwrap().to_string();
    assert!(public(block("PUBLIC KEY", rsa)).starts_with("is an RSA key; expected"));
    assert!(public(block("PUBLIC KEY", p384)).starts_with("is an EC key on the curve P-384; expected"));
    assert!(public(block("CERTIFICATE", "AAAA")).contains("openssl x509"));
    assert!(private(block("ENCRYPTED PRIVATE KEY", "AAAA")).contains("openssl pkcs8 -topk8 -nocrypt"));
    assert!(private(block("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nAAAA")).contains("decrypt it first"));
    assert!(private(block("OPENSSH PRIVATE KEY", "AAAA")).contains(accepts));
    for text in ["", "not a key", "-----BEGIN", "-----BEGIN X"] {
        assert!(private(text.to_owned()).starts_with("is not a PEM file"), "{text}");
    }
    // Nothing of the file is repeated: it may be a key after all.
    assert!(!private(block("PRIVATE KEY", "c2VjcmV0")).contains("c2VjcmV0"));
}
