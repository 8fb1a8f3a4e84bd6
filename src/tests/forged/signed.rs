//! Signed records: nothing of them can be changed, and nothing of their envelopes.

use patchproof::after::attest::{self, Envelope};
use patchproof::record::{RunRecord, parse, write};

use super::envelopes::{self, Given};
use super::{bases, claims, exchanges, is_taken, key, whole};

fn signed(record: &RunRecord, key: &attest::PrivateKey) -> (Vec<u8>, Envelope) {
    let bytes = write(record).unwrap();
    let envelope = attest::sign(record, &bytes, "run.json", None, key);
    (bytes, envelope)
}

#[test]
pub(crate) fn a_signature_holds_over_no_changed_record_and_in_no_changed_envelope() {
    let (trusted, stranger) = (key(), key());
    let record = bases::faulty();
    let (bytes, envelope) = signed(record, &trusted);
    let check =
        |json: &str, bytes: &[u8], record: &RunRecord| attest::check(json.as_bytes(), &trusted.public(), bytes, record);
    let json = envelope.to_json();
    assert!(check(&json, &bytes, record).is_ok());
    let mut wrong = Vec::new();
    for (kind, what, forge) in [claims::FORGERIES, claims::DIGESTS, exchanges::FORGERIES, whole::FORGERIES].concat() {
        let mut forged = record.clone();
        forge(&mut forged);
        for forged in [Some(forged.clone()), bases::judged_again(forged)].into_iter().flatten() {
            let changed = write(&forged).unwrap();
            let read = parse("run.json", &changed).unwrap_or(forged);
            if changed != bytes && check(&json, &changed, &read).is_ok() {
                wrong.push(format!("{kind}: {what}"));
            }
        }
    }
    let given = Given { envelope, trusted, stranger };
    for (kind, what, forge) in envelopes::FORGERIES {
        if attest::check(forge(&given).as_bytes(), &given.trusted.public(), &bytes, record).is_ok() {
            wrong.push(format!("envelope, {kind}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_digest_that_was_not_computed_again_is_refused() {
    for (kind, what, forge) in claims::DIGESTS {
        let mut forged = bases::clean().clone();
        forge(&mut forged);
        assert!(is_taken(&forged).is_err(), "{kind}: {what}");
    }
}
