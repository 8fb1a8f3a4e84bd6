//! What shows only where requests meet: faults and variants whose occasion is given, so that no test waits for chance.

use axum::http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;

use super::*;
use crate::reference::call::Call;
use crate::reference::memory::Version;
use crate::reference::patch::patch;
use crate::reference::store::Store;
use crate::reference::terms::{Hook, Occasion, Terms};
use crate::reference::{Variant, seed, terms_of};

const TO_ARRIVED: &str = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
const TO_CANCELLED: &str = r#"[{"op":"replace","path":"/status","value":"cancelled"}]"#;

/// A store with one booked appointment at its first version, and the terms of a deviation.
struct Meeting {
    terms: Terms,
    store: Store,
    id: String,
}

impl Meeting {
    fn with(faults: &[Fault], variants: &[Variant]) -> Meeting {
        let config = Config { faults: faults.to_vec(), variants: variants.to_vec(), ..Config::default() };
        let terms = terms_of(&config).unwrap();
        let (store, seed) = seed::plant(config.edition, terms.choices.style);
        let id = seed.appointments.iter().find(|fixture| fixture.kind == BOOKED).unwrap().id.clone();
        Meeting { terms, store, id }
    }

    /// A PATCH that names a version, as one of those at an occasion: the status code of a rejection.
    fn patch(&mut self, version: u64, document: &str, occasions: &[Occasion]) -> Result<(), u16> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json-patch+json"));
        headers.insert("if-match", HeaderValue::from_str(&format!("W/\"{version}\"")).unwrap());
        let (path, body) = (format!("/r4/Appointment/{}", self.id), Some(document.to_owned().into()));
        let call = Call { method: Method::PATCH, path, headers, query: Vec::new(), body };
        let terms = self.terms.during(occasions.to_vec());
        patch(&terms, &mut self.store, &self.id, &call).map(|_| ()).map_err(|rejection| rejection.status)
    }

    /// Two requests that name the first version: what the second gets.
    fn race(&mut self) -> Result<(), u16> {
        assert_eq!(self.patch(0, TO_ARRIVED, &[Occasion::Met]), Ok(()));
        self.patch(0, TO_CANCELLED, &[Occasion::Met])
    }

    /// Status and version as they are held.
    fn held(&self) -> (String, u64) {
        let stored = &self.store.appointments[&self.id];
        (stored.status_code().to_owned(), stored.version)
    }

    /// Status and version that a read shows instead.
    fn shown(&mut self) -> Option<(String, u64)> {
        let show = |(resource, version): Version| (resource["status"].as_str().unwrap().to_owned(), version);
        self.terms.on_read(&mut self.store, &self.id).map(show)
    }
}

fn is(status: &str, version: u64) -> (String, u64) {
    (status.to_owned(), version)
}

#[test]
fn the_loser_of_a_race_is_rejected_and_changes_nothing() {
    let mut meeting = Meeting::with(&[], &[]);
    assert_eq!(meeting.race(), Err(409));
    assert_eq!((meeting.held(), meeting.shown()), (is("arrived", 1), None));
}

#[test]
fn each_fault_under_load_does_what_it_says() {
    for (fault, loser, held) in [
        (Fault::TwoWinners, Ok(()), is("cancelled", 2)),
        (Fault::LostUpdateUnderLoad, Ok(()), is("cancelled", 1)),
        (Fault::RefusedWriteTakesEffect, Err(409), is("cancelled", 2)),
        (Fault::TagReused, Ok(()), is("cancelled", 0)),
    ] {
        let mut meeting = Meeting::with(&[fault], &[]);
        assert_eq!((meeting.race(), meeting.held()), (loser, held), "{fault}");
        let mut alone = Meeting::with(&[fault], &[]);
        assert_eq!(alone.patch(0, TO_ARRIVED, &[]), Ok(()));
        assert_eq!((alone.patch(0, TO_CANCELLED, &[]), alone.held()), (Err(409), is("arrived", 1)), "{fault} alone");
    }
}

#[test]
fn reads_fall_behind_only_after_a_race() {
    let mut meeting = Meeting::with(&[Fault::StaleReadUnderLoad], &[]);
    assert_eq!(meeting.patch(0, TO_ARRIVED, &[]), Ok(()));
    assert_eq!(meeting.shown(), None);
    assert_eq!(meeting.patch(1, TO_CANCELLED, &[Occasion::Met]), Ok(()));
    // The moment is as long as this test wants it.
    meeting.store.memory.trace_mut(&meeting.id).behind_until = Timestamp::MAX.into();
    assert_eq!(meeting.shown(), Some(is("arrived", 1)));
}

#[test]
fn a_half_patch_is_shown_until_it_is_over() {
    for (version, result) in [(0, Ok(())), (7, Err(409))] {
        let mut meeting = Meeting::with(&[Fault::HalfPatchRead], &[]);
        let half = (json!({ "status": "arrived" }), 0);
        meeting.store.memory.trace_mut(&meeting.id).half = Some(half);
        assert_eq!(meeting.shown(), Some(is("arrived", 0)));
        assert_eq!(meeting.patch(version, TO_ARRIVED, &[]), result);
        assert_eq!(meeting.shown(), None);
    }
}

#[test]
fn a_lock_for_no_reason_follows_a_contest() {
    let mut meeting = Meeting::with(&[Fault::LockedForNoReason], &[]);
    assert_eq!(meeting.patch(0, TO_ARRIVED, &[Occasion::Met]), Ok(()));
    assert!(meeting.store.memory.trace(&meeting.id).unwrap().contested.is_some());
    assert_eq!(meeting.patch(1, TO_CANCELLED, &[Occasion::JustContested]), Err(423));
    assert_eq!(meeting.patch(1, TO_CANCELLED, &[]), Ok(()));
    assert!(meeting.store.memory.trace(&meeting.id).unwrap().contested.is_none());
}

#[test]
fn what_was_checked_before_the_lock_is_not_checked_again() {
    let mut meeting = Meeting::with(&[Fault::WriteAfterCheck], &[]);
    assert_eq!(meeting.patch(7, TO_ARRIVED, &[]), Err(409));
    assert_eq!(meeting.patch(7, TO_ARRIVED, &[Occasion::AlreadyChecked]), Ok(()));
}

#[test]
fn a_locked_loser_gets_423_and_others_409() {
    let mut meeting = Meeting::with(&[], &[Variant::LockedLoser]);
    assert_eq!((meeting.race(), meeting.held()), (Err(423), is("arrived", 1)));
    assert_eq!(meeting.patch(0, TO_CANCELLED, &[]), Err(409));
    assert_eq!(meeting.patch(7, TO_CANCELLED, &[Occasion::Met]), Err(409));
}

#[test]
fn faults_left_to_chance_are_those_that_act_before_the_lock() {
    let chance: Vec<Fault> = Fault::ALL.iter().copied().filter(|fault| fault.is_chance()).collect();
    assert_eq!(
        chance,
        [
            Fault::ThirdWriteIgnoresIfMatch,
            Fault::WriteAfterCheck,
            Fault::TwoWinners,
            Fault::LostUpdateUnderLoad,
            Fault::StaleReadUnderLoad,
            Fault::TagReused,
            Fault::LockedForNoReason,
            Fault::RefusedWriteTakesEffect,
            Fault::HalfPatchRead,
        ]
    );
    let lingers = |hook: &Hook| matches!(hook, Hook::Before(_));
    assert!(
        Variant::ALL
            .iter()
            .all(|variant| { variant.hooks().iter().any(lingers) == (*variant == Variant::LockedLoser) })
    );
}
