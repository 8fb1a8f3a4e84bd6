//! A case is judged from what was seen of its steps, its control and the reads around it.

use serde_json::json;

use super::made::{Made, found};
use crate::execute::evidence::{Batch, ControlSeen, LostKind, NotRun, NotRunKind, Payload, Purpose, Reply, TrialKind};
use crate::judge::Verdict::{self, Error, Fail, Inconclusive, NotApplicable, NotTested, Observed, Pass};
use crate::plan::{CheckRule, Destination, Role, Unplanned};
use crate::suite::contract::{Breach, Edition};
use crate::suite::scenario::{Endpoint, Fixture, Outcome};

#[test]
fn a_case_without_an_execution_says_why() {
    let mut made = Made::rejection();
    let planned = "planned, but no result was recorded (internal error)";
    assert_eq!(found(&made.judged()), [(Error, planned)]);
    made.plan.cases[0].head.selected = false;
    assert_eq!(found(&made.judged()), [(NotTested, "not selected")]);
    let case = made.plan.cases[0].head.id.clone();
    made.evidence.not_run.push(NotRun { case, kind: NotRunKind::Limit, reason: "cut short".to_owned() });
    assert_eq!(found(&made.judged()), [(NotTested, "cut short")]);
    made.plan.unplanned.insert(0, Unplanned::NotTested("no fixture".to_owned()));
    assert_eq!(found(&made.judged()), [(NotTested, "no fixture")]);
    made.plan.unplanned.insert(0, Unplanned::NotApplicable("not here".to_owned()));
    assert_eq!(found(&made.judged()), [(NotApplicable, "not here")]);
}

#[test]
fn a_case_names_each_of_its_exchanges_once() {
    let mut made = Made::rejection();
    let before = made.read("booked", 1);
    let patch = made.patch("arrived", 412);
    let after = made.read("booked", 1);
    let control = made.patch("arrived", 200);
    made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::Exchange(control));
    assert_eq!(made.judged().exchanges, [before, patch, after, control]);
}

#[test]
fn a_lost_answer_proves_something_only_where_no_connection_was_due() {
    let closed = "the connection was closed without a response";
    let done = "the connection was closed without a response, and the request was carried out";
    for (endpoint, kind, status, expected) in [
        (Endpoint::PlainHttp, LostKind::NotConnected, "booked", (Pass, "the connection was refused")),
        (Endpoint::PlainHttp, LostKind::Broken, "booked", (Pass, closed)),
        (Endpoint::PlainHttp, LostKind::Broken, "arrived", (Fail, done)),
        (Endpoint::PlainHttp, LostKind::TimedOut, "booked", (Inconclusive, "no response: made up")),
        (Endpoint::Base, LostKind::NotConnected, "booked", (Inconclusive, "no response: made up")),
        (Endpoint::Base, LostKind::Broken, "booked", (Inconclusive, "no response: made up")),
    ] {
        let mut made = Made::rejection();
        made.case().steps[0].request.endpoint = endpoint;
        let before = made.read("booked", 1);
        let patch = made.lost(kind);
        let after = made.read(status, if status == "booked" { 1 } else { 2 });
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
        assert_eq!(found(&made.judged()), [expected], "{kind:?}");
    }
}

#[test]
fn a_code_of_hindrance_excuses_only_what_should_have_been_accepted() {
    for (outcome, fixture, code, verdict) in [
        (Outcome::Accepted, Fixture::Booked, 423, Inconclusive),
        (Outcome::Accepted, Fixture::Booked, 424, Inconclusive),
        (Outcome::Accepted, Fixture::Booked, 409, Fail),
        (Outcome::Accepted, Fixture::Locked, 423, Fail),
        (Outcome::Refused, Fixture::Booked, 423, Fail),
        (Outcome::Refused, Fixture::Booked, 503, Inconclusive),
        (Outcome::Refused, Fixture::Booked, 412, Pass),
    ] {
        let mut made = Made::rejection();
        made.case().fixture = fixture;
        made.case().steps[0].outcome = outcome;
        let patch = made.patch("arrived", code);
        let control = made.patch("arrived", 200);
        made.attempt(&[(patch, None, None)], ControlSeen::Exchange(control));
        assert_eq!(made.judged().verdict, verdict, "{outcome:?} {fixture} {code}");
    }
}

#[test]
fn a_success_that_changed_nothing_is_told_apart_where_a_refusal_was_due() {
    let idle = "200: accepted, and nothing changed";
    let done = "200: the request was carried out";
    for (outcome, shown, same_read, expected) in [
        (Outcome::Refused, "booked", false, idle),
        (Outcome::Refused, "arrived", false, done),
        (Outcome::Refused, "booked", true, done),
        (Outcome::Accepted, "booked", false, done),
        (Outcome::Accepted, "arrived", false, done),
    ] {
        let mut made = Made::rejection();
        made.case().steps[0].outcome = outcome;
        let before = made.read("booked", 1);
        let patch = made.patch("arrived", 200);
        let after = made.read(shown, 2);
        let after = if same_read { before } else { after };
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
        let result = made.judged();
        let (verdict, text) = found(&result)[0];
        assert!(text.contains(expected.split_once(": ").unwrap().1), "{outcome:?} {shown}: {text}");
        assert_eq!(verdict, Fail, "2xx and 200 are not 412");
    }
}

#[test]
fn a_refusal_that_took_effect_fails_whatever_its_code() {
    let table = [
        // The code, what the read after it shows, the place of the step, how many tries its batch has, and whether it fails.
        (412, "arrived", 0, 0, true),
        (412, "arrived", 0, 1, true),
        (412, "arrived", 0, 2, false),
        (412, "arrived", 1, 0, false),
        (412, "booked", 0, 0, false),
        (200, "arrived", 0, 0, false),
    ];
    for (code, shown, place, tries, effect) in table {
        let mut made = Made::rejection();
        let before = made.read("booked", 1);
        let patch = made.patch("arrived", code);
        let after = made.read(shown, 1);
        let control = made.patch("arrived", 200);
        let step = (patch, Some(before), Some(after));
        let mut steps = vec![step];
        if place == 1 {
            let mut first = made.case().steps[0].clone();
            first.outcome = Outcome::Either;
            made.case().steps.insert(0, first);
            steps.insert(0, (made.patch("arrived", 412), None, None));
        }
        if tries > 0 {
            let others = std::iter::repeat_n(control, tries - 1);
            made.evidence.batches.push(batch(std::iter::once(patch).chain(others).collect()));
        }
        // Another batch is no matter.
        made.evidence.batches.push(batch(vec![control, control]));
        made.attempt(&steps, ControlSeen::Exchange(control));
        let result = made.judged();
        let failed = result
            .findings
            .iter()
            .any(|finding| finding.requirement.as_str() == "APPT-ATOM-01" && finding.verdict == Fail);
        assert_eq!(failed, effect, "{code} {shown} {place} {tries}: {:?}", found(&result));
    }
    let mut made = Made::rejection();
    made.case().steps[0].outcome = Outcome::Accepted;
    let before = made.read("booked", 1);
    let patch = made.patch("arrived", 412);
    let after = made.read("arrived", 1);
    made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
    assert_eq!(found(&made.judged()).len(), 1, "what is wrong is that it was refused");
}

fn batch(tries: Vec<u32>) -> Batch {
    Batch { lane: 1, appointment: "7".to_owned(), tries, before: None, after: None, control: None }
}

#[test]
fn a_refusal_counts_only_beside_something_that_was_accepted() {
    let refused = "412 Precondition Failed";
    let table = [
        (ControlSeen::Exchange(1), 200, (Pass, "")),
        (ControlSeen::Exchange(1), 412, (Inconclusive, "its control was refused too, so the refusal proves nothing")),
        (ControlSeen::Missing(String::new()), 200, (Inconclusive, "it has no control")),
        (ControlSeen::Missing("no slot".to_owned()), 200, (Inconclusive, "no slot, so the refusal proves nothing")),
    ];
    for (control, code, (verdict, why)) in table {
        let mut made = Made::rejection();
        let patch = made.patch("arrived", 412);
        made.patch("arrived", code);
        made.attempt(&[(patch, None, None)], control);
        let result = made.judged();
        let (judged, text) = found(&result)[0];
        assert_eq!(judged, verdict, "{text}");
        assert!(text.starts_with(&refused[..3]) && text.ends_with(why), "{text}");
    }
}

#[test]
fn of_several_steps_a_later_one_is_the_control_of_a_refusal() {
    let why = "no later request of the case was accepted, so the refusal proves nothing";
    for (outcome, code, expected) in [
        (Outcome::Accepted, 200, Pass),
        (Outcome::Accepted, 412, Inconclusive),
        (Outcome::Either, 200, Inconclusive),
        (Outcome::Refused, 200, Inconclusive),
    ] {
        let mut made = Made::rejection();
        let mut second = made.case().steps[0].clone();
        second.outcome = outcome;
        made.case().steps.push(second);
        let (first, next) = (made.patch("arrived", 412), made.patch("arrived", code));
        made.attempt(&[(first, None, None), (next, None, None)], ControlSeen::NotNeeded);
        let result = made.judged();
        let (verdict, text) = found(&result)[0];
        assert_eq!((verdict, text.ends_with(why)), (expected, expected == Inconclusive), "{outcome:?} {code}: {text}");
    }
}

#[test]
fn where_no_step_can_follow_the_same_value_was_accepted_elsewhere() {
    let none = "no PATCH was accepted anywhere in the run, so the refusal proves nothing";
    let same = "no PATCH to arrived was accepted anywhere in the run, so the refusal proves nothing";
    let table = [
        // The value refused, the fixture, the value of the other request, its code and purpose, and why it is no control.
        ("arrived", Fixture::Booked, "arrived", 200, Purpose::Advance, ""),
        ("arrived", Fixture::Booked, "cancelled", 200, Purpose::Advance, same),
        ("arrived", Fixture::Booked, "arrived", 409, Purpose::Advance, same),
        ("arrived", Fixture::Booked, "arrived", 200, Purpose::Try, same),
        ("arrived", Fixture::Unknown, "cancelled", 200, Purpose::Advance, ""),
        ("arrived", Fixture::None, "cancelled", 200, Purpose::Advance, ""),
        ("arrived", Fixture::None, "cancelled", 409, Purpose::Advance, none),
        ("no-status", Fixture::Booked, "cancelled", 200, Purpose::Advance, ""),
        ("no-status", Fixture::Booked, "cancelled", 200, Purpose::Try, none),
        // No contract leads to a waiting list, so no request to it can be accepted elsewhere.
        ("waitlist", Fixture::Booked, "cancelled", 200, Purpose::Advance, ""),
    ];
    for (value, fixture, other, code, purpose, why) in table {
        let mut made = Made::rejection();
        made.case().fixture = fixture;
        let document = json!([
            { "op": "test", "path": "/id", "value": "cancelled" },
            { "op": "replace", "path": "/status", "value": value },
        ]);
        let (patch, control) = (made.patch(value, 412), made.patch(other, code));
        made.exchange(patch).request.body = Payload::Text(document.to_string());
        made.exchange(control).purpose = purpose;
        made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
        let result = made.judged();
        let (verdict, text) = found(&result)[0];
        let expected = if why.is_empty() { Pass } else { Inconclusive };
        assert!(verdict == expected && text.ends_with(why), "{value} {fixture} {other} {code} {purpose:?}: {text}");
    }
}

#[test]
fn a_step_that_was_not_reached_has_no_answer() {
    let mut made = Made::rejection();
    let second = made.case().steps[0].clone();
    made.case().steps.push(second);
    let patch = made.patch("arrived", 200);
    made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
    let result = made.judged();
    assert_eq!(found(&result)[1], (Inconclusive, "an earlier step of the case did not succeed"));
    assert_eq!(result.verdict, Fail);
}

#[test]
fn a_check_that_holds_passes_or_is_only_noted() {
    // Where the outcome is left open, a refusal need not show what a success does, but the rest of the checks speak.
    let kept = json!("unchanged");
    let next = json!("new-version");
    let table: [(Outcome, &serde_json::Value, Breach, Option<Verdict>); 5] = [
        (Outcome::Either, &kept, Breach::Fail, Some(Pass)),
        (Outcome::Either, &kept, Breach::Warn, Some(Pass)),
        (Outcome::Either, &kept, Breach::Observe, Some(Observed)),
        (Outcome::Either, &next, Breach::Fail, None),
        (Outcome::Accepted, &kept, Breach::Fail, Some(Inconclusive)),
    ];
    for (outcome, check, breach, expected) in table {
        let mut made = Made::rejection();
        let step = &mut made.case().steps[0];
        step.outcome = outcome;
        let id = "APPT-ATOM-03".parse().unwrap();
        let check = serde_json::from_value(check.clone()).unwrap();
        step.checks = vec![CheckRule { requirements: vec![(id, breach)], check }];
        let before = made.read("booked", 1);
        let patch = made.patch("arrived", 412);
        let after = made.read("booked", 1);
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
        let result = made.judged();
        let finding = result.findings.iter().find(|finding| finding.requirement.as_str() == "APPT-ATOM-03");
        assert_eq!(finding.map(|finding| finding.verdict), expected, "{outcome:?} {breach:?}");
    }
}

#[test]
fn what_an_accepted_patch_changed_is_not_charged_to_the_rejection_after_it() {
    // What came between the read before and the rejection: code, and whether a read followed it.
    for (between, read, fails) in [
        (None, false, true),
        (Some(200), false, false),
        (Some(204), true, false),
        (Some(500), false, false),
        (Some(500), true, true),
        (Some(412), false, true),
    ] {
        let mut made = Made::rejection();
        let before = made.read("booked", 1);
        if let Some(code) = between {
            made.patch("arrived", code);
        }
        if read {
            made.read("booked", 1);
        }
        let patch = made.patch("checked-in", 412);
        let after = made.read("arrived", 2);
        let control = made.patch("cancelled", 200);
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::Exchange(control));
        let atomicity = |findings: &[crate::judge::Finding]| {
            findings.iter().any(|finding| finding.requirement.as_str() == "APPT-ATOM-01" && finding.verdict == Fail)
        };
        assert_eq!(atomicity(&made.judged().findings), fails, "{between:?} {read}");
    }
}

#[test]
fn what_the_target_lists_is_not_unsupported() {
    for (listed, sent, expected) in [
        (json!(["application/json-patch+json"]), "text/plain", Fail),
        (
            json!(["application/json-patch+json", "Text/Plain; charset=utf-8"]),
            "text/plain;charset=us-ascii",
            NotApplicable,
        ),
        (json!(["application/xml-patch+xml"]), "application/merge-patch+json", Fail),
        (json!(["application/merge-patch+json"]), "application/merge-patch+json", NotApplicable),
        (json!(["application/json-patch+json"]), "application/json-patch+json", Fail),
    ] {
        let mut made = Made::rejection();
        made.case().steps[0].status[0].requirement = "APPT-HDR-07".parse().unwrap();
        let statement = made.read("booked", 1);
        made.exchange(statement).purpose = Purpose::Preflight;
        let Reply::Received(response) = &mut made.exchange(statement).reply else { panic!("no response") };
        let body = json!({ "resourceType": "CapabilityStatement", "patchFormat": listed });
        response.body = Payload::Text(body.to_string());
        let patch = made.patch("arrived", 400);
        made.exchange(patch).request.headers = vec![("Content-Type".to_owned(), sent.to_owned())];
        let control = made.patch("arrived", 200);
        made.attempt(&[(patch, None, None)], ControlSeen::Exchange(control));
        assert_eq!(found(&made.judged())[0].0, expected, "{listed} {sent}");
        // Of a statement that patchproof cut, nothing follows.
        let Reply::Received(response) = &mut made.exchange(statement).reply else { panic!("no response") };
        response.cut = true;
        let open = if expected == Fail && sent != "application/json-patch+json" { Inconclusive } else { expected };
        assert_eq!(found(&made.judged())[0].0, open, "{listed} {sent}");
    }
}

#[test]
fn a_server_error_where_a_rejection_is_due_is_judged_by_its_effect() {
    use Edition::{FhirR4, May2019};
    use Verdict::Warn;
    for (edition, id, code, after, accepted, expected) in [
        (FhirR4, "APPT-VER-08", 500, "booked", 200, Warn),
        (FhirR4, "APPT-VER-08", 501, "booked", 200, Warn),
        (FhirR4, "APPT-VER-08", 505, "booked", 200, Fail),
        (FhirR4, "APPT-VER-08", 500, "arrived", 200, Fail),
        (FhirR4, "APPT-VER-08", 500, "booked", 400, Inconclusive),
        (FhirR4, "APPT-VER-09", 500, "booked", 200, Pass),
        (FhirR4, "APPT-VER-09", 500, "arrived", 200, Fail),
        (FhirR4, "APPT-RFC-02", 500, "booked", 200, Warn),
        (May2019, "APPT-RFC-02", 500, "booked", 200, Fail),
        // The reading does not name it.
        (FhirR4, "APPT-ERR-19", 500, "booked", 200, Fail),
        // What may be rejected is meant too.
        (FhirR4, "APPT-BASE-17", 500, "booked", 200, Warn),
        (FhirR4, "APPT-BASE-17", 500, "arrived", 200, Fail),
    ] {
        let mut made = Made::rejection();
        made.plan.edition = edition;
        if id == "APPT-BASE-17" {
            made.case().steps[0].outcome = Outcome::Either;
        }
        made.case().steps[0].status[0].requirement = id.parse().unwrap();
        let before = made.read("booked", 1);
        let patch = made.patch("arrived", code);
        // As often as it takes (C-45).
        made.exchange(patch).attempt = 3;
        let after = made.read(after, 1);
        made.patch("arrived", accepted);
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::Missing("made up".to_owned()));
        assert_eq!(found(&made.judged())[0].0, expected, "{edition} {id} {code}");
    }
}

#[test]
fn a_wrong_code_counts_only_where_the_plain_request_was_accepted() {
    for (outcome, code, control, expected) in [
        (Outcome::Refused, 415, Some(200), Fail),
        (Outcome::Refused, 415, Some(415), Inconclusive),
        (Outcome::Refused, 415, None, Inconclusive),
        (Outcome::Accepted, 415, Some(200), Fail),
        (Outcome::Accepted, 415, Some(415), Inconclusive),
        (Outcome::Accepted, 415, None, Inconclusive),
        (Outcome::Refused, 200, Some(415), Fail),
        (Outcome::Refused, 200, None, Fail),
        (Outcome::Refused, 500, None, Fail),
    ] {
        let mut made = Made::rejection();
        made.case().steps[0].outcome = outcome;
        let patch = made.patch("arrived", code);
        let control = match control {
            Some(code) => ControlSeen::Exchange(made.patch("arrived", code)),
            None => ControlSeen::Missing("no documented PATCH leads on".to_owned()),
        };
        made.attempt(&[(patch, None, None)], control);
        assert_eq!(made.judged().verdict, expected, "{outcome:?} {code}");
    }
}

#[test]
fn the_plain_request_is_its_control_itself() {
    let mut made = Made::rejection();
    let step = &mut made.case().steps[0];
    step.outcome = Outcome::Accepted;
    made.case().role = Role::Change { to: Destination::Next, plain: true };
    let patch = made.patch("arrived", 415);
    made.attempt(&[(patch, None, None)], ControlSeen::NotNeeded);
    assert_eq!(made.judged().verdict, Fail);
}

#[test]
fn the_second_look_decides_only_where_the_first_says_nothing() {
    for (first, second, verdict) in [
        (503, 412, Pass),
        (429, 200, Fail),
        (503, 504, Inconclusive),
        // What failed once stays so, and what passed too.
        (200, 412, Fail),
        (412, 200, Fail),
        (412, 503, Pass),
    ] {
        let mut made = Made::rejection();
        for (again, code) in [(false, first), (true, second)] {
            let before = made.read("booked", 1);
            let patch = made.patch("arrived", code);
            let after = made.read("booked", 1);
            let control = made.patch("arrived", 200);
            made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::Exchange(control));
            let Some(TrialKind::Steps(seen)) = made.evidence.trials.last_mut().map(|trial| &mut trial.kind) else {
                panic!()
            };
            seen.again = again;
        }
        assert_eq!(made.judged().verdict, verdict, "{first}, then {second}");
    }
}
