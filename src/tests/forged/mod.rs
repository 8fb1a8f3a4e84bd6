//! Records and envelopes that were changed on purpose, and records that were not: what `verify` and the check of a signature
//! say of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod bases;
mod claims;
mod envelopes;
mod exchanges;
pub(super) mod honest;
pub(super) mod signed;
mod whole;

use patchproof::after::attest::{self, KeyType};
use patchproof::after::verify::verify;
use patchproof::record::{RunRecord, parse, write};
use patchproof::suite::contract::contract;

/// One way to change a record: its kind, what is changed, and how.
pub(super) type Forgery = (&'static str, &'static str, fn(&mut RunRecord));

/// Whether a record, as a file that anyone may have written, is taken for what it says.
fn is_taken(record: &RunRecord) -> Result<(), String> {
    let bytes = write(record).map_err(|error| error.to_string())?;
    let record = parse("run.json", &bytes).map_err(|error| error.to_string())?;
    let verification = verify(contract().unwrap(), record).map_err(|refusal| refusal.to_string())?;
    match verification.differences.first() {
        None => Ok(()),
        Some(first) => Err(format!("{}: {} is not {}", first.place, first.recorded, first.computed)),
    }
}

/// Forgeries of what follows from the evidence. Whoever makes them computes the digests again.
#[test]
pub(super) fn a_result_that_does_not_follow_from_the_evidence_is_refused() {
    let mut wrong = Vec::new();
    for (base, record) in bases::all() {
        for (kind, what, forge) in claims::FORGERIES {
            let mut forged = record.clone();
            forge(&mut forged);
            if forged == *record {
                continue;
            }
            bases::seal(&mut forged);
            if is_taken(&forged).is_ok() {
                wrong.push(format!("{base}, {kind}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Forgeries of the evidence. Whoever makes them judges the forged evidence and writes down what follows, digests and all.
#[test]
pub(super) fn evidence_that_was_rearranged_is_refused_although_every_verdict_follows_from_it() {
    let (mut wrong, mut unchanged) = (Vec::new(), std::collections::BTreeMap::new());
    for (base, record) in bases::all() {
        for (kind, what, forge) in exchanges::FORGERIES {
            let mut forged = record.clone();
            forge(&mut forged);
            if forged == *record {
                *unchanged.entry(*what).or_insert(0) += 1;
                continue;
            }
            if let Some(forged) = bases::judged_again(forged)
                && is_taken(&forged).is_ok()
            {
                wrong.push(format!("{base}, {kind}: {what}"));
            }
        }
    }
    let never: Vec<_> = unchanged.into_iter().filter(|(_, times)| *times == bases::all().len()).collect();
    assert!(never.is_empty(), "nothing was changed by {never:?}");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What was rewritten so that all of it agrees cannot be refused without a signature, and is never called proved.
#[test]
pub(super) fn what_was_rewritten_as_a_whole_is_said_to_be_unproved() {
    let out = super::program::Out::new("rewritten");
    for (kind, what, forge) in whole::FORGERIES {
        let mut forged = bases::faulty().clone();
        forge(&mut forged);
        assert_ne!(&forged, bases::faulty(), "{kind}: {what}: nothing was changed");
        let Some(forged) = bases::judged_again(forged) else { continue };
        out.write("run.json", &String::from_utf8(write(&forged).unwrap()).unwrap());
        let file = out.0.join("run.json").display().to_string();
        let ran = super::program::patchproof(&["verify", &file]);
        assert!(matches!(ran.code, Some(0 | 1)), "{what}: {}", ran.stderr);
        assert!(ran.stdout.contains("unsigned: origin not proved"), "{what}: {}", ran.stdout);
    }
}

#[test]
fn there_are_as_many_forgeries_as_were_asked_for() {
    let records = claims::FORGERIES.len() + exchanges::FORGERIES.len() + whole::FORGERIES.len();
    assert!(records >= 60, "{records} of records");
    assert!(envelopes::FORGERIES.len() >= 40, "{} of envelopes", envelopes::FORGERIES.len());
}

fn key() -> attest::PrivateKey {
    attest::generate(KeyType::Ed25519).unwrap()
}
