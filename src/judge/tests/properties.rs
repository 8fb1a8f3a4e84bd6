//! A property is judged over every exchange of its kind.

use serde_json::json;

use super::made::Made;
use crate::execute::evidence::{Batch, ControlSeen, Purpose};
use crate::judge::Verdict::{Fail, Inconclusive, NotApplicable, NotTested, Observed, Pass};
use crate::judge::index::Index;
use crate::suite::contract::Breach;
use crate::suite::scenario::Outcome;

#[test]
fn what_no_answer_had_does_not_apply_and_what_nothing_shows_is_not_tested() {
    let void = json!({ "on": "answer", "check": "last-modified-is-last-updated" });
    let mut made = Made::rejection();
    let none = "no exchange of this run is of the kind it covers";
    assert_eq!(made.property(&void, Breach::Fail), [(NotTested, none.to_owned())]);
    let only = json!({ "on": "answer", "when": { "status": ["422"] }, "check": "last-modified-is-last-updated" });
    assert_eq!(made.property(&only, Breach::Fail)[0].0, NotApplicable);
    made.patch("arrived", 200);
    let none = "no response of this run is of the kind it covers";
    assert_eq!(made.property(&void, Breach::Fail), [(NotApplicable, none.to_owned())]);
    // Nothing was read after the success, so no narrative can be held against it.
    let narrative = json!({ "on": "success", "check": "narrative-names-status" });
    assert_eq!(made.property(&narrative, Breach::Warn), [(NotApplicable, none.to_owned())]);
}

#[test]
fn what_holds_passes_or_is_noted_with_its_count() {
    let success = json!({ "on": "answer", "check": { "status": { "any_of": ["2xx"] } } });
    let mut made = Made::rejection();
    made.patch("arrived", 200);
    made.patch("arrived", 200);
    for (breach, verdict) in [(Breach::Fail, Pass), (Breach::Warn, Pass), (Breach::Observe, Observed)] {
        assert_eq!(made.property(&success, breach), [(verdict, "held in 2 exchanges".to_owned())]);
    }
}

#[test]
fn twenty_breaches_are_shown_and_the_others_counted() {
    let success = json!({ "on": "answer", "check": { "status": { "any_of": ["2xx"] } } });
    let mut made = Made::rejection();
    for _ in 0..20 {
        made.patch("arrived", 409);
    }
    assert_eq!(made.property(&success, Breach::Fail).len(), 20);
    made.patch("arrived", 409);
    let found = made.property(&success, Breach::Fail);
    assert_eq!((found.len(), &found[20]), (21, &(Fail, "and 1 more exchanges".to_owned())));
}

#[test]
fn a_mistake_is_an_answer_to_a_step_that_asks_for_a_refusal() {
    let mistake = json!({ "on": "mistake", "check": { "status": { "any_of": ["4xx"] } } });
    for (outcome, expected) in [(Outcome::Refused, Pass), (Outcome::Accepted, NotTested)] {
        let mut made = Made::rejection();
        made.case().steps[0].outcome = outcome;
        let patch = made.patch("arrived", 412);
        // This one belongs to no step.
        made.patch("arrived", 500);
        made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
        let found = made.property(&mistake, Breach::Fail);
        assert_eq!((found.len(), found[0].0), (1, expected), "{outcome:?}: {found:?}");
    }
}

#[test]
fn the_status_sent_narrows_what_a_property_looks_at() {
    for (when, held, sent, concerned) in [
        (json!({ "to": ["arrived"] }), "booked", "arrived", true),
        (json!({ "to": ["arrived"] }), "arrived", "arrived", true),
        (json!({ "to": ["arrived"] }), "booked", "cancelled", false),
        (json!({ "to": ["arrived"] }), "booked", "no-status", false),
        (json!({ "not-to": ["arrived"] }), "booked", "arrived", false),
        (json!({ "not-to": ["arrived"] }), "booked", "cancelled", true),
        (json!({ "not-to": ["arrived"] }), "cancelled", "cancelled", false),
        (json!({ "not-to": ["arrived"] }), "booked", "no-status", true),
    ] {
        let mut made = Made::rejection();
        made.read(held, 1);
        made.patch(sent, 200);
        let rule = json!({ "on": "answer", "when": when, "check": { "status": { "any_of": ["2xx"] } } });
        let expected = if concerned { Pass } else { NotTested };
        assert_eq!(made.property(&rule, Breach::Fail)[0].0, expected, "{when} {held} {sent}");
    }
}

#[test]
fn a_control_with_the_tag_from_before_tells_whether_a_refusal_moved_the_version() {
    let table = [
        // Versions and statuses of the reads around the batch, the code of the control, the codes asked for, the verdict.
        (("booked", 1), ("booked", 1), 200, None, Pass),
        (("booked", 1), ("arrived", 2), 200, None, Pass),
        (("booked", 1), ("booked", 1), 409, None, Inconclusive),
        (("booked", 1), ("booked", 1), 412, None, Inconclusive),
        (("booked", 1), ("booked", 2), 409, None, Fail),
        (("booked", 1), ("booked", 2), 412, None, Fail),
        (("booked", 1), ("arrived", 1), 412, None, Fail),
        (("booked", 1), ("booked", 1), 500, None, Inconclusive),
        (("booked", 1), ("booked", 1), 200, Some("412"), Pass),
        (("booked", 1), ("booked", 1), 200, Some("409"), NotApplicable),
        (("booked", 1), ("booked", 2), 200, Some("412"), NotApplicable),
    ];
    for (before, after, code, asked, verdict) in table {
        let mut made = Made::rejection();
        let first = made.read(before.0, before.1);
        let patch = made.patch("arrived", 412);
        let last = made.read(after.0, after.1);
        let control = made.patch("arrived", code);
        made.evidence.batches.push(Batch {
            lane: 1,
            appointment: "7".to_owned(),
            tries: vec![patch],
            before: Some(first),
            after: Some(last),
            control: Some(control),
        });
        let status: Vec<&str> = asked.into_iter().collect();
        let written = json!({ "on": "batch", "when": { "status": status }, "check": "control-accepted" });
        let found = made.property(&written, Breach::Fail);
        assert_eq!((found.len(), found[0].0), (1, verdict), "{before:?} {after:?} {code} {asked:?}: {found:?}");
    }
}

#[test]
fn a_tag_that_was_read_is_accepted_where_a_success_was_due() {
    let read = json!({ "on": "lane", "check": { "tag-accepted": "read" } });
    for (outcome, code, another, verdict) in [
        (Outcome::Accepted, 200, true, Pass),
        (Outcome::Accepted, 204, true, Pass),
        (Outcome::Accepted, 409, true, Fail),
        (Outcome::Accepted, 412, true, Fail),
        // Where nothing is accepted at all the tag is not to blame.
        (Outcome::Accepted, 412, false, Inconclusive),
        (Outcome::Accepted, 422, true, NotApplicable),
        (Outcome::Refused, 412, true, NotTested),
    ] {
        let mut made = Made::rejection();
        if another {
            made.patch("cancelled", 200);
        }
        made.case().steps[0].outcome = outcome;
        let patch = made.patch("arrived", code);
        made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
        let found = made.property(&read, Breach::Fail);
        assert_eq!((found.len(), found[0].0), (1, verdict), "{outcome:?} {code}: {found:?}");
    }
}

#[test]
fn the_reads_around_a_patch_are_those_of_the_harness() {
    let mut made = Made::rejection();
    let before = made.read("booked", 1);
    let other = made.read("booked", 1);
    made.exchange(other).purpose = Purpose::Try;
    let patch = made.patch("arrived", 200);
    let strange = made.patch("arrived", 409);
    made.exchange(strange).purpose = Purpose::Read;
    let look = made.read("arrived", 2);
    made.exchange(look).purpose = Purpose::Try;
    let after = made.read("arrived", 2);
    let index = Index::new(&made.plan, &made.evidence);
    assert_eq!(index.read_before(patch).map(|read| read.id), Some(before));
    assert_eq!(index.read_after(patch).map(|read| read.id), Some(after));
    assert_eq!(index.read_after(strange).map(|read| read.id), Some(after));
}

#[test]
fn a_batch_is_shared_by_several_refusals_and_by_its_control() {
    let mut made = Made::rejection();
    let batch = |tries: Vec<u32>, control: Option<u32>| Batch {
        lane: 1,
        appointment: "7".to_owned(),
        tries,
        before: None,
        after: None,
        control,
    };
    made.evidence.batches = vec![batch(vec![0], Some(1)), batch(vec![2, 3], Some(4)), batch(vec![5], None)];
    let index = Index::new(&made.plan, &made.evidence);
    let first_try = |exchange: u32| index.shared_batch(exchange).map(|batch| batch.tries[0]);
    let found: Vec<Option<u32>> = (0..7).map(first_try).collect();
    assert_eq!(found, [None, Some(0), Some(2), Some(2), Some(2), None, None]);
}

#[test]
fn after_an_accepted_patch_without_a_read_the_next_rejection_has_nothing_to_be_held_against() {
    let unchanged = json!({ "on": "refusal", "check": "unchanged" });
    for (code, read, expected) in
        [(200, false, NotApplicable), (200, true, Pass), (409, false, Fail), (500, false, NotApplicable)]
    {
        let mut made = Made::rejection();
        made.read("booked", 1);
        made.patch("arrived", code);
        if read {
            made.read("arrived", 2);
        }
        made.patch("cancelled", 412);
        made.read("arrived", 2);
        assert_eq!(made.property(&unchanged, Breach::Fail)[0].0, expected, "{code} {read}");
    }
}

#[test]
fn rules_about_the_patch_look_at_appointments_and_at_nothing_else() {
    for (url, looked_at) in [
        ("http://localhost/r4/Appointment/7", true),
        ("http://localhost/r4/Appointment/7?_method=patch", true),
        ("https://host.example/a/b/Appointment/x-1.2#y", true),
        ("http://localhost/r4/metadata", false),
        ("http://localhost/r4/Appointment", false),
        ("http://localhost/r4/Appointment/", false),
        ("http://localhost/r4/appointment/7", false),
        ("http://localhost/r4/Appointment/7/_history/2", false),
        ("http://localhost/r4/Slot/7", false),
    ] {
        let mut made = Made::rejection();
        let (accepted, rejected) = (made.patch("arrived", 200), made.patch("arrived", 405));
        for id in [accepted, rejected] {
            made.exchange(id).request.url = url.to_owned();
        }
        for on in ["answer", "success", "refusal"] {
            let rule = json!({ "on": on, "check": { "status": { "any_of": ["3xx"] } } });
            let expected = if looked_at { Fail } else { NotTested };
            assert_eq!(made.property(&rule, Breach::Fail)[0].0, expected, "{on} {url}");
        }
        let anywhere = json!({ "on": "any-url", "check": { "status": { "any_of": ["3xx"] } } });
        assert_eq!(made.property(&anywhere, Breach::Fail)[0].0, Fail, "{url}");
    }
}

#[test]
fn a_server_error_leaves_the_old_state_or_the_new_one() {
    let rule = json!({ "on": "request", "check": "entirely-old-or-new" });
    let judged = |code: u16, after: (&str, u32)| {
        let mut made = Made::rejection();
        made.read("booked", 1);
        let patch = made.patch("arrived", code);
        made.exchange(patch).purpose = Purpose::Advance;
        made.read(after.0, after.1);
        made.property(&rule, Breach::Fail)
    };
    for (code, after, verdict) in [
        (500, ("booked", 1), Pass),
        (500, ("arrived", 2), Pass),
        (500, ("booked", 2), Fail),
        (500, ("arrived", 1), Fail),
        // A vendor's command may write its value in a form of its own.
        (500, ("cancelled", 2), Pass),
        (422, ("cancelled", 2), NotApplicable),
        (200, ("booked", 2), NotApplicable),
    ] {
        let found = judged(code, after);
        assert_eq!(found[0].0, verdict, "{code} {after:?}: {found:?}");
    }
}
