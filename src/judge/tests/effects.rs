//! What a document did, what moves by itself, and what else moved: rules over the reads of appointments.

use serde_json::{Value, json};

use super::made::{Made, found};
use crate::execute::evidence::{ControlSeen, ExchangeId, Lost, LostKind, Payload, Reply};
use crate::judge::Verdict::{Fail, Inconclusive, NotApplicable, NotTested, Pass, Warn};
use crate::suite::contract::{Breach, Edition};
use crate::suite::scenario::Outcome;

fn rich(version: u32) -> Value {
    json!({
        "resourceType": "Appointment",
        "id": "7",
        "meta": { "versionId": version.to_string(), "tag": [{ "code": "run" }, { "code": "second" }] },
        "status": "booked",
        "contained": [{ "resourceType": "Patient", "id": "p1" }],
        "extension": [{ "url": "u", "valueDecimal": 1.10 }],
        "participant": [{ "status": "accepted" }, { "status": "tentative" }, { "status": "declined" }]
    })
}

impl Made {
    /// A read that shows a resource, whose version is in its meta.
    fn shows(&mut self, resource: &Value) -> ExchangeId {
        let version = resource["meta"]["versionId"].as_str().unwrap().parse().unwrap();
        let id = self.read("booked", version);
        if let Reply::Received(received) = &mut self.exchange(id).reply {
            received.body = Payload::Text(resource.to_string());
        }
        id
    }

    /// A PATCH with a document, and the code of its response.
    fn sends(&mut self, document: &Value, code: u16) -> ExchangeId {
        let id = self.patch("arrived", code);
        self.exchange(id).request.body = Payload::Text(document.to_string());
        id
    }
}

fn only_named() -> Value {
    json!({ "on": "success", "check": { "only-named": {
        "besides": ["/meta/versionId", "/meta/lastUpdated", "/text"], "follows": { "/slot": ["/start", "/participant"] }
    } } })
}

/// Verdicts on ATOM-06 and BASE-32 after a document and a change of the next read.
fn verdicts(document: &Value, change: impl FnOnce(&mut Value)) -> (crate::judge::Verdict, crate::judge::Verdict) {
    let mut made = Made::rejection();
    made.shows(&rich(1));
    made.sends(document, 200);
    let mut after = rich(2);
    change(&mut after);
    made.shows(&after);
    let effect = json!({ "on": "success", "check": "has-effect" });
    (made.property(&only_named(), Breach::Fail)[0].0, made.property(&effect, Breach::Fail)[0].0)
}

#[test]
fn what_a_document_does_not_name_is_compared_exactly_and_what_it_names_has_to_come_out() {
    let cancel = json!([{ "op": "replace", "path": "/status", "value": "cancelled" }]);
    let done = |after: &mut Value| after["status"] = json!("cancelled");
    assert_eq!(verdicts(&cancel, done), (Pass, Pass));
    assert_eq!(verdicts(&cancel, |_| {}), (Pass, Fail));
    let lost: [(&str, Value); 6] = [
        ("/contained", json!([])),
        ("/extension/0/valueDecimal", json!(1)),
        ("/meta/tag", json!([{ "code": "second" }, { "code": "run" }])),
        ("/participant/0/status", json!("declined")),
        ("/participant", json!([{ "status": "accepted" }])),
        ("/id", json!("8")),
    ];
    for (pointer, value) in lost {
        let spoilt = |after: &mut Value| {
            done(after);
            *after.pointer_mut(pointer).unwrap() = value;
        };
        assert_eq!(verdicts(&cancel, spoilt), (Fail, Pass), "{pointer}");
    }
}

#[test]
fn each_document_is_judged_by_itself() {
    // What one document may change is no excuse for another.
    let second = json!([{ "op": "replace", "path": "/participant/1/status", "value": "accepted" }]);
    let done = |after: &mut Value| after["participant"][1]["status"] = json!("accepted");
    assert_eq!(verdicts(&second, done), (Pass, Pass));
    let another = |after: &mut Value| after["participant"][2]["status"] = json!("accepted");
    assert_eq!(verdicts(&second, another), (Fail, Fail));
    let removed = json!([{ "op": "remove", "path": "/participant/0" }]);
    let gone = |after: &mut Value| drop(after["participant"].as_array_mut().unwrap().remove(0));
    assert_eq!(verdicts(&removed, gone), (Pass, Pass));
    let other = |after: &mut Value| drop(after["participant"].as_array_mut().unwrap().remove(1));
    assert_eq!(verdicts(&removed, other).1, Fail);
    // With a slot come its times; a display that the server adds to a value takes nothing from it.
    let slot = json!([{ "op": "add", "path": "/slot", "value": [{ "reference": "Slot/1" }] }]);
    let booked = |after: &mut Value| {
        after["slot"] = json!([{ "reference": "Slot/1", "display": "Monday" }]);
        after["start"] = json!("2030-01-01T09:00:00Z");
    };
    assert_eq!(verdicts(&slot, booked), (Pass, Pass));
}

#[test]
fn a_success_without_effect_fails_whatever_its_case_is_about_and_its_code_says_nothing() {
    for (edition, after, verdicts) in [
        (Edition::FhirR4, "booked", vec![Inconclusive, Fail]),
        (Edition::FhirR4, "arrived", vec![Pass]),
        (Edition::May2019, "booked", vec![Pass]),
    ] {
        let mut made = Made::rejection();
        made.plan.edition = edition;
        let before = made.read("booked", 1);
        let patch = made.patch("arrived", 200);
        let after = made.read(after, 2);
        let step = &mut made.case().steps[0];
        step.outcome = Outcome::Accepted;
        step.status[0].expect = serde_json::from_value(json!({ "status": [200] })).unwrap();
        made.attempt(&[(patch, Some(before), Some(after))], ControlSeen::NotNeeded);
        let judged = made.judged();
        let found: Vec<_> = found(&judged).into_iter().map(|(verdict, _)| verdict).collect();
        assert_eq!(found, verdicts, "{edition} {after}");
    }
}

#[test]
fn what_moves_by_itself_is_left_out_of_what_a_rejection_may_not_change() {
    let unchanged = json!({ "on": "refusal", "check": "unchanged" });
    let at = |time: &str, weight: f64| {
        let mut shown = rich(1);
        shown["meta"]["lastUpdated"] = json!(time);
        shown["extension"][0]["valueDecimal"] = json!(weight);
        shown
    };
    for (quiet, weight, verdict) in [(true, 1.1, Pass), (false, 1.1, Fail), (true, 2.5, Fail)] {
        let mut made = Made::rejection();
        made.shows(&at("2030-01-01T00:00:00Z", 1.1));
        if quiet {
            made.shows(&at("2030-01-01T00:00:01Z", 1.1));
        }
        made.patch("gone", 422);
        made.shows(&at("2030-01-01T00:00:02Z", weight));
        let found = made.property(&unchanged, Breach::Fail);
        assert_eq!(found[0].0, verdict, "{quiet} {weight}: {found:?}");
        assert!(verdict == Fail || found[0].1.contains("/meta/lastUpdated, which moves by itself"), "{found:?}");
        let moves = made.property(&json!({ "on": "lane", "check": "last-updated-moves" }), Breach::Fail);
        assert_eq!(moves[0].0, if quiet { Fail } else { NotApplicable }, "{moves:?}");
    }
}

#[test]
fn the_time_of_the_last_change_moves_with_the_version_and_forwards() {
    let moves = json!({ "on": "lane", "check": "last-updated-moves" });
    let forwards = json!({ "on": "lane", "check": "last-updated-forwards" });
    for (first, second, late, expected) in [
        ("2030-01-01T00:00:00.100Z", "2030-01-01T00:00:00.200Z", false, (Pass, Pass)),
        ("2030-01-01T00:00:00.100Z", "2030-01-01T00:00:00.100Z", false, (NotApplicable, Pass)),
        ("2030-01-01T00:00:00.100Z", "2030-01-01T00:00:00.100Z", true, (Fail, Pass)),
        ("2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00", true, (NotApplicable, Pass)),
        ("2030-01-01T00:00:00.100Z", "2029-12-31T23:59:59.900Z", false, (Pass, Fail)),
    ] {
        let mut made = Made::rejection();
        for (version, time) in [(1, first), (2, second), (1, first)] {
            let mut shown = rich(version);
            shown["meta"]["lastUpdated"] = json!(time);
            let read = made.shows(&shown);
            if late && version == 2 {
                made.exchange(read).begin_us += 100_000;
                made.exchange(read).end_us += 100_000;
            }
        }
        let verdict = |rule: &Value| made.property(rule, Breach::Fail)[0].0;
        assert_eq!((verdict(&moves), verdict(&forwards)), expected, "{first} {second} {late}");
    }
}

#[test]
fn an_appointment_that_nothing_is_sent_to_stands_still_unless_someone_else_writes() {
    let rule = json!({ "on": "lane", "check": "bystander-unchanged" });
    let other = |made: &mut Made, status: &str| {
        let read = made.read(status, 1);
        made.exchange(read).appointment = Some("8".to_owned());
    };
    for (patched, seen, verdict) in [
        (true, ["booked", "booked"], Pass),
        (true, ["booked", "arrived"], Fail),
        (false, ["booked", "arrived"], Inconclusive),
        (false, ["booked", "booked"], NotTested),
    ] {
        let mut made = Made::rejection();
        other(&mut made, seen[0]);
        if patched {
            made.patch("arrived", 200);
        }
        other(&mut made, seen[1]);
        let found = made.property(&rule, Breach::Fail);
        assert_eq!((found.len(), found[0].0), (1, verdict), "{patched} {seen:?}: {found:?}");
    }
}

#[test]
fn what_is_read_at_a_url_and_named_by_its_success_has_the_id_of_the_url() {
    let mut other = rich(1);
    other["id"] = json!("8");
    let mut without = rich(1);
    without.as_object_mut().unwrap().remove("id");
    let read = json!({ "on": "read", "check": "id-of-url" });
    for (shown, verdict) in
        [(&rich(1), Pass), (&other, Fail), (&without, Fail), (&json!({ "meta": { "versionId": "1" } }), NotApplicable)]
    {
        let mut made = Made::rejection();
        made.shows(shown);
        assert_eq!(made.property(&read, Breach::Fail)[0].0, verdict, "{shown}");
    }
    let success = json!({ "on": "success", "check": "id-of-url" });
    for (name, value, verdict) in [
        ("location", "http://localhost/Appointment/7/_history/2", Pass),
        ("location", "http://localhost/Appointment/8/_history/2", Fail),
        ("content-location", "Appointment/77", Fail),
        ("location", "http://localhost/", NotApplicable),
    ] {
        let mut made = Made::rejection();
        let patch = made.patch("arrived", 200);
        if let Reply::Received(received) = &mut made.exchange(patch).reply {
            received.headers.push((name.to_owned(), value.to_owned()));
            received.body = Payload::Text(if verdict == Pass { rich(2).to_string() } else { String::new() });
        }
        assert_eq!(made.property(&success, Breach::Fail)[0].0, verdict, "{name}: {value}");
    }
}

#[test]
fn what_becomes_of_what_may_not_be_contained_is_no_matter_of_what_was_asked_for() {
    let mut whole = rich(1);
    let copy = json!([{ "op": "add", "path": "/contained/-", "value": whole }]);
    let put = |after: &mut Value, contained: &Value| {
        after["contained"].as_array_mut().unwrap().push(contained.clone());
    };
    assert_eq!(verdicts(&copy, |after| put(after, &whole)), (Pass, Pass));
    // A server may not serve a version within, nor what is contained twice.
    whole.as_object_mut().unwrap().retain(|member, _| !["meta", "contained"].contains(&member.as_str()));
    assert_eq!(verdicts(&copy, |after| put(after, &whole)), (Pass, Pass));
    assert_eq!(verdicts(&copy, |_| {}), (Pass, Pass));
    let sound = json!([{ "op": "add", "path": "/contained/-", "value": { "resourceType": "Patient", "id": "p2" } }]);
    assert_eq!(verdicts(&sound, |_| {}), (Pass, Fail));
}

#[test]
fn a_version_is_judged_by_the_tag_of_the_read_where_a_success_shows_none() {
    let unique = json!({ "on": "lane", "check": "tags-unique" });
    let new = json!({ "on": "success", "check": "new-version" });
    for (versions, verdict) in [([1, 2, 3], Pass), ([1, 2, 2], Fail)] {
        let mut made = Made::rejection();
        made.shows(&rich(versions[0]));
        for (place, to) in [(1, "arrived"), (2, "fulfilled")] {
            made.patch(to, 200);
            made.read(to, versions[place]);
        }
        assert_eq!(made.property(&unique, Breach::Fail)[0].0, verdict, "{versions:?}");
    }
    // A server need not have versions: then there is nothing to compare.
    let mut made = Made::rejection();
    let mut shown = rich(1);
    for status in ["booked", "arrived"] {
        shown["status"] = json!(status);
        let read = made.shows(&shown);
        if let Reply::Received(received) = &mut made.exchange(read).reply {
            received.headers.clear();
            let mut bare = shown.clone();
            bare.as_object_mut().unwrap().remove("meta");
            received.body = Payload::Text(bare.to_string());
        }
        if status == "booked" {
            made.patch("arrived", 200);
        }
    }
    assert_eq!(made.property(&unique, Breach::Fail)[0].0, NotApplicable);
    assert_eq!(made.property(&new, Breach::Fail)[0].0, NotApplicable);
}

#[test]
fn a_read_that_met_a_closed_connection_is_no_failure_of_the_server() {
    let rule = json!({ "on": "request", "check": "no-server-failure" });
    for (method, kind, verdict) in
        [("GET", LostKind::Broken, Pass), ("GET", LostKind::TimedOut, Pass), ("PATCH", LostKind::Broken, Warn)]
    {
        let mut made = Made::rejection();
        for attempt in [1, 2] {
            let id = if method == "GET" { made.read("booked", 1) } else { made.patch("arrived", 200) };
            let exchange = made.exchange(id);
            exchange.attempt = attempt;
            if attempt == 1 {
                exchange.reply = Reply::Lost(Lost { kind, message: "made up".to_owned() });
            }
        }
        let found = made.property(&rule, Breach::Warn);
        assert_eq!(found[0].0, verdict, "{method} {kind:?}: {found:?}");
    }
}
