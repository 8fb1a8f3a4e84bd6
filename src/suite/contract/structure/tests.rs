//! Appointments and OperationOutcomes that R4 allows, and what is wrong with others.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use serde_json::json;

use super::StructureKind::{Choice, Code, Empty, Form, JsonType, Missing, Unknown};
use super::*;
use crate::suite::contract::tables;
use crate::words::fhir::{ISSUE_CODES, ISSUE_SEVERITIES};

fn resources() -> &'static Resources {
    &tables().unwrap().resources
}

fn appointment() -> Value {
    json!({
        "resourceType": "Appointment",
        "id": "a-1",
        "meta": { "versionId": "1", "lastUpdated": "2026-01-02T03:04:05.678Z", "profile": ["http://example.org/p"] },
        "implicitRules": "http://example.org/rules",
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" },
        "contained": [{ "resourceType": "HealthcareService", "odd": true }],
        "extension": [{ "url": "http://example.org/e", "valueBoolean": true }, { "url": "x", "extension": [{ "url": "y", "valueMoney": { "value": 1.10 } }] }],
        "identifier": [{ "use": "usual", "system": "urn:x", "value": "1", "period": { "start": "2026-02" } }],
        "status": "booked",
        "_status": { "id": "s", "extension": [{ "url": "x", "valueString": "y" }] },
        "reasonCode": [{ "coding": [{ "system": "urn:x", "code": "a b", "userSelected": false }], "text": "x" }],
        "priority": 0,
        "start": "2026-01-02T03:04:05Z",
        "end": "2026-01-02T03:34:05+01:00",
        "minutesDuration": 30,
        "created": "2026-01",
        "comment": "x\ny",
        "participant": [
            { "type": [{ "text": "x" }], "required": "information-only", "status": "accepted" },
            { "actor": { "reference": "Patient/1", "display": "x" }, "status": "tentative", "period": { "end": "2026" } },
        ],
        "requestedPeriod": [{ "start": "2026-01-02" }]
    })
}

/// What is wrong with an appointment in which something was put at a place; null takes away what is there.
fn faults(pointer: &str, value: Value) -> Vec<(String, StructureKind)> {
    let mut changed = appointment();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    match parent.as_array_mut() {
        Some(items) => items[name.parse::<usize>().unwrap()] = value,
        None if value == json!("(nothing)") => drop(parent.as_object_mut().unwrap().remove(name)),
        None => parent[name] = value,
    }
    let faults = resources().faults("Appointment", &changed);
    for fault in &faults {
        assert!(!fault.expected.is_empty() && !fault.found.is_empty(), "{fault:?}");
    }
    faults.into_iter().map(|fault| (fault.pointer, fault.kind)).collect()
}

#[test]
fn an_appointment_that_r4_allows_has_no_fault() {
    assert_eq!(resources().faults("Appointment", &appointment()), []);
    for (pointer, value) in [
        ("/_comment", json!({ "extension": [{ "url": "x", "valueCode": "unknown" }] })),
        ("/participant/0/_required", json!({ "id": "x" })),
        ("/status", json!("(nothing)")),
        ("/participant/0/status", json!(42)),
        ("/extension/0/_valueBoolean", json!({ "id": "x" })),
        ("/supportingInformation", json!([{ "reference": "#x" }, { "identifier": { "value": "1" } }])),
    ] {
        assert_eq!(faults(pointer, value.clone()), [], "{pointer} {value}");
    }
}

#[test]
fn what_r4_does_not_allow_is_found_at_its_place() {
    for (pointer, value, place, kind) in [
        ("/participant", json!("(nothing)"), "/participant", Missing),
        ("/participant", json!([]), "/participant", Empty),
        ("/participant", json!({ "status": "accepted" }), "/participant", JsonType),
        ("/participant/0", json!(null), "/participant/0", JsonType),
        ("/participant/0/required", json!("x"), "/participant/0/required", Code),
        ("/participant/0/odd", json!("x"), "/participant/0/odd", Unknown),
        ("/participant/1/actor", json!("x"), "/participant/1/actor", JsonType),
        ("/participant/1/actor", json!({}), "/participant/1/actor", Empty),
        ("/participant/1/period/start", json!("soon"), "/participant/1/period/start", Form),
        ("/start", json!("2026-12-01"), "/start", Form),
        ("/minutesDuration", json!(-5), "/minutesDuration", Form),
        ("/minutesDuration", json!(0), "/minutesDuration", Form),
        ("/minutesDuration", json!("30"), "/minutesDuration", JsonType),
        ("/priority", json!(-1), "/priority", Form),
        ("/comment", json!(""), "/comment", Empty),
        ("/comment", json!(42), "/comment", JsonType),
        ("/comment", json!(null), "/comment", JsonType),
        ("/comment", json!(["x"]), "/comment", JsonType),
        ("/odd", json!("x"), "/odd", Unknown),
        ("/a~b/c", json!("x"), "/a~0b~1c", Unknown),
        ("/_odd", json!({ "id": "x" }), "/_odd", Unknown),
        ("/_participant", json!([{ "id": "x" }]), "/_participant", Unknown),
        ("/_status", json!({ "odd": "x" }), "/_status/odd", Unknown),
        ("/_status", json!([{ "id": "x" }]), "/_status", JsonType),
        ("/_comment", json!({}), "/_comment", Empty),
        ("/text", json!({ "div": "<div/>" }), "/text/status", Missing),
        ("/text/status", json!("odd"), "/text/status", Code),
        ("/extension/0/url", json!("(nothing)"), "/extension/0/url", Missing),
        ("/extension/0/valueString", json!("x"), "/extension/0/valueString", Choice),
        ("/extension/0/valueOdd", json!("x"), "/extension/0/valueOdd", Unknown),
        ("/extension/1/extension/0/url", json!(""), "/extension/1/extension/0/url", Empty),
        ("/contained/0", json!({ "id": "x" }), "/contained/0/resourceType", Missing),
        ("/contained/0", json!("x"), "/contained/0", JsonType),
        ("/reasonCode/0/coding", json!({ "code": "x" }), "/reasonCode/0/coding", JsonType),
        ("/meta/versionId", json!(1), "/meta/versionId", JsonType),
        ("/id", json!("a_b"), "/id", Form),
        ("/resourceType", json!("Patient"), "/resourceType", Code),
    ] {
        let (pointer, wanted) = (pointer.replace("a~b/c", "odd"), (place.to_owned(), kind));
        if place.contains("~0") {
            let mut changed = appointment();
            changed["a~b/c"] = json!("x");
            assert_eq!(resources().faults("Appointment", &changed)[0].pointer, place);
        } else {
            assert_eq!(faults(&pointer, value.clone()), [wanted], "{pointer} {value}");
        }
    }
}

#[test]
fn null_keeps_the_place_of_a_value_that_has_extensions_only() {
    let profile = |plain: Value, beside: Value| {
        let mut changed = appointment();
        changed["meta"]["profile"] = plain;
        changed["meta"]["_profile"] = beside;
        resources().faults("Appointment", &changed).len()
    };
    let extended = json!({ "extension": [{ "url": "x", "valueCode": "y" }] });
    assert_eq!(profile(json!(["x", null]), json!([null, extended])), 0);
    assert_eq!(profile(json!([null, null]), json!([null, extended])), 2, "neither a value nor extensions");
    assert_eq!(profile(json!(["x", null]), json!([extended])), 1);
    assert_eq!(profile(json!(["x"]), extended), 1, "not a list");
}

#[test]
fn values_that_are_no_objects_and_many_faults_are_survived() {
    for value in [json!(null), json!([]), json!("x"), json!({})] {
        assert_eq!(resources().faults("Appointment", &value).len(), 1, "{value}");
    }
    let odd: serde_json::Map<String, Value> = (0..100).map(|number| (format!("odd{number}"), json!(number))).collect();
    assert_eq!(resources().faults("Appointment", &Value::Object(odd)).len(), MOST);
}

#[test]
fn the_five_malformed_shapes_of_an_outcome_are_found() {
    let outcome = |change: &dyn Fn(&mut Value)| {
        let mut outcome = json!({
            "resourceType": "OperationOutcome",
            "text": { "status": "generated", "div": "<div/>" },
            "issue": [{
                "severity": "error",
                "code": "invalid",
                "details": { "coding": [{ "code": "x" }], "text": "y" },
                "diagnostics": "z",
                "expression": ["Appointment.status"],
                "extension": [{ "url": "x", "valueInteger": 1 }],
            }]
        });
        change(&mut outcome);
        let faults = resources().faults("OperationOutcome", &outcome).into_iter();
        faults.map(|fault| (fault.pointer, fault.kind)).collect::<Vec<_>>()
    };
    assert_eq!(outcome(&|_| ()), []);
    for (place, value, wanted, kind) in [
        ("/issue/0/expression", json!("Appointment.status"), "/issue/0/expression", JsonType),
        ("/issue/0/details/coding", json!({ "code": "x" }), "/issue/0/details/coding", JsonType),
        ("/issue/0/odd", json!(1), "/issue/0/odd", Unknown),
        ("/text", json!({ "div": "<div/>" }), "/text/status", Missing),
        ("/issue/0/extension", json!([{ "valueInteger": 1 }]), "/issue/0/extension/0/url", Missing),
        ("/issue/0/code", json!("success"), "/issue/0/code", Code),
        ("/issue", json!([]), "/issue", Empty),
    ] {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let found = outcome(&|outcome| outcome.pointer_mut(parent).unwrap()[name] = value.clone());
        assert_eq!(found, [(wanted.to_owned(), kind)], "{place}");
    }
}

#[test]
fn the_sets_of_outcomes_are_those_of_the_words() {
    let set = |member: &str| match &resources().member_of("Issue", member).unwrap().of {
        Shape::Primitive(_, Some(set)) => set.codes.iter().cloned().collect::<BTreeSet<String>>(),
        other => panic!("{other:?}"),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(set("severity"), words(&ISSUE_SEVERITIES));
    assert_eq!(set("code"), words(&ISSUE_CODES));
}
