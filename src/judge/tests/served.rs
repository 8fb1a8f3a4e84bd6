//! What is served after a PATCH: a valid appointment, in the version that the response gave, at once or soon.

use serde_json::{Value, json};

use super::made::{Made, reply_of};
use crate::execute::evidence::{ControlSeen, Payload};
use crate::judge::Verdict::{self, Fail, Inconclusive, NotApplicable, NotTested, Pass, Warn};
use crate::suite::contract::Breach;
use crate::suite::scenario::{Check, Outcome, ResourceRule};

/// One version as an appointment of the base specification, with one member changed.
fn appointment(version: u32, member: &str, value: Value) -> Payload {
    let mut body = json!({
        "resourceType": "Appointment",
        "id": "7",
        "meta": { "versionId": version.to_string() },
        "status": "booked",
        "start": "2030-01-07T09:00:00Z",
        "end": "2030-01-07T09:30:00Z",
        "participant": [{ "actor": { "display": "x" }, "status": "accepted" }],
    });
    if !member.is_empty() {
        body[member] = value;
    }
    Payload::Text(body.to_string())
}

/// A patch with the tag of the version that it made, and reads, each so many microseconds after its response, with the
/// version that it shows; what the property of reads after a success comes to.
fn reads(writes: &[u32], shown: &[(u64, u32)]) -> Vec<(Verdict, String)> {
    let mut made = Made::rejection();
    made.read("booked", 1);
    for version in writes {
        let patch = made.patch("arrived", 200);
        let tag = ("etag".to_owned(), format!("W/\"{version}\""));
        made.exchange(patch).reply = reply_of(200, vec![tag], Payload::Empty);
    }
    let last_us = made.evidence.exchanges.last().unwrap().end_us;
    for (after_us, version) in shown {
        let read = made.read("arrived", *version);
        let exchange = made.exchange(read);
        (exchange.begin_us, exchange.end_us) = (last_us + after_us, last_us + after_us + 1);
    }
    made.property(&json!({ "on": "request", "check": "reads-are-fresh" }), Breach::Fail)
}

#[test]
fn a_read_after_a_success_shows_it_at_once_or_settles_in_two_seconds() {
    const SECOND: u64 = 1_000_000;
    for (writes, shown, expected) in [
        (&[2][..], &[(1, 2), (9, 2)][..], vec![Pass]),
        (&[2], &[(1, 1), (9, 2)], vec![Warn, Pass]),
        (&[2], &[(1, 1), (2 * SECOND, 1), (2 * SECOND + 5, 2)], vec![Warn, Pass]),
        (&[2], &[(1, 1), (2 * SECOND + 1, 1), (3 * SECOND, 2)], vec![Warn, Fail, Pass]),
        (&[2], &[(1, 1), (2 * SECOND + 1, 1)], vec![Fail]),
        // Whether it settles is not known.
        (&[2], &[(1, 1)], vec![Inconclusive]),
        (&[2], &[(1, 2), (5, 1)], vec![Pass]),
        // A newer version than that of the response is someone else's.
        (&[2], &[(1, 3)], vec![Pass]),
        (&[2, 3], &[(1, 2), (5, 3)], vec![Warn, Pass]),
        (&[2, 3], &[(1, 1), (5, 3)], vec![Warn, Pass]),
        // A version that came back, and one that the write did not move, are other rules' matter.
        (&[2, 1], &[(1, 1)], vec![Pass]),
        (&[1], &[(1, 1)], vec![Pass]),
        (&[2], &[], vec![NotTested]),
    ] {
        let found = reads(writes, shown);
        let verdicts: Vec<Verdict> = found.iter().map(|(verdict, _)| *verdict).collect();
        assert_eq!(verdicts, expected, "{writes:?} {shown:?}: {found:?}");
    }
    let found = reads(&[2], &[(1, 1), (9, 1), (700_000, 2)]);
    assert_eq!(found[0].1, "an older version in 2 reads after a success; the slowest settled after 701 ms");
    let found = reads(&[2], &[(2_500_000, 1), (3_000_000, 2)]);
    assert_eq!(found[0].1, "an older version 2500 ms after the response; it settled after 3001 ms");
}

#[test]
fn what_is_served_counts_once_a_patch_was_sent() {
    let structure = json!({ "on": "served", "check": { "resource": "structure" } });
    let mut made = Made::rejection();
    let read = made.read("booked", 1);
    made.exchange(read).reply = reply_of(200, Vec::new(), appointment(1, "comment", json!("")));
    assert_eq!(made.property(&structure, Breach::Fail)[0].0, NotTested, "no PATCH was sent yet");
    made.patch("arrived", 412);
    let read = made.read("booked", 1);
    made.exchange(read).reply = reply_of(200, Vec::new(), appointment(1, "", Value::Null));
    assert_eq!(made.property(&structure, Breach::Fail), [(Pass, "held in 1 exchanges".to_owned())]);
    let patch = made.patch("arrived", 200);
    made.exchange(patch).reply = reply_of(200, Vec::new(), appointment(2, "comment", json!("")));
    let found = made.property(&structure, Breach::Fail);
    assert_eq!(found[0], (Fail, "/comment = \"\"".to_owned()), "a success that carries it");
}

#[test]
fn a_patch_against_the_structure_is_judged_by_what_is_served() {
    let operation = |member: &str, value: Value| json!([{ "op": "add", "path": format!("/{member}"), "value": value }]);
    for (code, sent, served, expected) in [
        (422, ("comment", json!(42)), Value::Null, Pass),
        (400, ("comment", json!("")), Value::Null, Pass),
        // The code of a rejection is its own affair.
        (404, ("comment", json!("")), Value::Null, Pass),
        (200, ("comment", json!("")), json!(""), Fail),
        (200, ("comment", json!(42)), json!(42), Fail),
        (200, ("comment", json!(42)), json!("42"), Warn),
        // Left out, or another valid value of the same JSON type.
        (200, ("comment", json!("")), Value::Null, Pass),
        (200, ("priority", json!(-1)), json!(0), Pass),
        (200, ("minutesDuration", json!("30")), json!(30), Warn),
    ] {
        let mut made = Made::rejection();
        let step = &mut made.case().steps[0];
        step.outcome = Outcome::RejectedOrValid;
        step.status.clear();
        step.checks = vec![crate::plan::CheckRule {
            requirements: vec![("APPT-VER-04".parse().unwrap(), Breach::Fail)],
            check: Check::Served(ResourceRule::Structure),
        }];
        let before = made.read("booked", 1);
        made.exchange(before).reply = reply_of(200, Vec::new(), appointment(1, "", Value::Null));
        let patch = made.patch("arrived", code);
        made.exchange(patch).request.body = Payload::Text(operation(sent.0, sent.1.clone()).to_string());
        let version = if code == 200 { 2 } else { 1 };
        let after = made.read("booked", version);
        let member = if served.is_null() { "" } else { sent.0 };
        made.exchange(after).reply = reply_of(200, Vec::new(), appointment(version, member, served.clone()));
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
        let judged = made.judged();
        assert_eq!(judged.verdict, expected, "{code} {sent:?} {served}: {}", judged.reason);
    }
}

#[test]
fn a_period_that_cannot_be_read_back_is_left_open() {
    let periods = json!({ "on": "served", "check": { "resource": "periods-run-forwards" } });
    let mut made = Made::rejection();
    made.patch("arrived", 200);
    let read = made.read("booked", 2);
    made.exchange(read).reply = reply_of(200, Vec::new(), Payload::Text("no JSON".to_owned()));
    assert_eq!(made.property(&periods, Breach::Fail)[0].0, Inconclusive);
    made.exchange(read).reply = reply_of(404, Vec::new(), Payload::Empty);
    assert_ne!(made.property(&periods, Breach::Fail)[0].0, NotApplicable);
}
