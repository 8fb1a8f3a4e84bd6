//! The model at its limits: the last value that is right, the first that is not, and what each doubt names.

use super::*;
use crate::model::value::{ValueFinding, weigh};
use crate::suite::contract::{CommandName, Held, PatchCommand, PatchOp, ValueShape};

/// What a vendor's or the base's word rests on: doubts by requirement, `-` where none speaks of it.
fn doubts(allowed: &Allowed) -> String {
    let (Allowed::Refuse { doubts, .. } | Allowed::Either { doubts, .. }) = allowed else { return String::new() };
    let names = doubts.iter().map(|doubt| match (&doubt.requirement, doubt.case) {
        (Some(id), None) => id.as_str().replace("APPT-", ""),
        (Some(id), Some(case)) => format!("{}({case})", id.as_str().replace("APPT-", "")),
        (None, _) => "-".to_owned(),
    });
    names.collect::<Vec<_>>().join(" ")
}

/// The word and what it rests on.
fn whole(allowed: &Allowed) -> String {
    format!("{}; {}", short(allowed), doubts(allowed))
}

fn sent(headers: &[(&str, &str)]) -> Allowed {
    let body = json!([{ "op": "replace", "path": "/status", "value": "arrived" }]).to_string();
    said(Edition::May2019, &state(AppointmentStatus::Booked), headers, body.as_bytes())
}

#[test]
fn media_types_are_weighed_by_what_they_rule_out() {
    let tag = ("if-match", "W/\"3\"");
    let (json, patch) = (TYPES[0].1, TYPES[1].1);
    for (accept, kind, expected) in [
        (&[json][..], &[patch][..], "accept; "),
        (&[], &[patch], "either; -"),
        (&[json, json], &[patch], "either; -"),
        (&["application/fhir+json;q=1"], &[patch], "either; -"),
        (&["application/json"], &[patch], "either; -"),
        (&["*/*"], &[patch], "either; -"),
        (&["application/*"], &[patch], "either; -"),
        (&["text/html, application/json"], &[patch], "either; -"),
        (&["text/html"], &[patch], "HDR-04; "),
        (&["text/html, image/png"], &[patch], "HDR-04; "),
        (&["text/html, x"], &[patch], "either; -"),
        (&[""], &[patch], "either; -"),
        (&[json], &[], "either; HDR-09"),
        (&[json], &[patch, patch], "either; -"),
        (&[json], &["application/json-patch+json;charset=utf-8"], "either; HDR-10"),
        (&[json], &["APPLICATION/JSON-PATCH+JSON"], "either; HDR-10"),
        (&[json], &["text/json"], "either; HDR-10"),
        (&[json], &["application/xml"], "HDR-07; "),
        (&[json], &["json"], "either; -"),
    ] {
        let mut headers = vec![tag];
        headers.extend(accept.iter().map(|value| ("Accept", *value)));
        headers.extend(kind.iter().map(|value| ("Content-Type", *value)));
        assert_eq!(whole(&sent(&headers)), expected, "{headers:?}");
    }
    for (method, expected) in [("PATCH", "accept; "), ("patch", "accept; "), ("PUT", "either; -")] {
        assert_eq!(whole(&sent(&[TYPES[0], TYPES[1], tag, ("x-http-method-override", method)])), expected, "{method}");
    }
}

#[test]
fn the_doubts_about_if_match_are_named() {
    for (tag, expected) in [
        ("*", "either; VER-12"),
        ("\"3\"", "either; VER-13"),
        ("\"2\"", "VER-06 VER-09; VER-13"),
        ("W/\"2\"", "VER-06 VER-09; "),
        ("W/\"2\", W/\"3\"", "either; VER-14(list-with-current-tag)"),
        ("W/\"1\", W/\"2\"", "VER-09; VER-14(list-without-current-tag)"),
        ("3", "either; VER-10"),
        ("W/\"\"", "either; VER-10"),
        ("W/\"3\", \"\"", "either; VER-10"),
        (" W/\"3\" ", "accept; "),
    ] {
        assert_eq!(whole(&tagged(Edition::May2019, Some(tag))), expected, "{tag}");
    }
    let Allowed::Refuse { reasons, .. } = tagged(Edition::May2019, Some("W/\"2\"")) else { panic!("not refused") };
    assert_eq!(reasons.iter().map(|reason| reason.also).collect::<Vec<_>>(), [false, true]);
    assert_eq!(whole(&tagged(Edition::FhirR4, None)), "either; VER-05 -");
    let two = [TYPES[0], TYPES[1], ("if-match", "W/\"1\""), ("If-Match", "W/\"3\"")];
    assert_eq!(whole(&sent(&two)), "either; VER-14(list-with-current-tag)");
    let unversioned = AppointmentState { version: None, ..state(AppointmentStatus::Booked) };
    let document = json!([{ "op": "replace", "path": "/status", "value": "arrived" }]);
    assert_eq!(whole(&patched(Edition::May2019, &unversioned, document.clone())), "either; -");
    let body = document.to_string();
    let list = [TYPES[0], TYPES[1], ("if-match", "W/\"1\", W/\"2\"")];
    let word = whole(&said(Edition::May2019, &unversioned, &list, body.as_bytes()));
    assert_eq!(word, "either; VER-14(list-without-current-tag)");
}

#[test]
fn large_bodies_are_open_from_the_byte_after_the_limit() {
    let headers = [TYPES[0], TYPES[1], ("if-match", "W/\"3\"")];
    let booked = state(AppointmentStatus::Booked);
    let padded = |length: usize| {
        let body = r#"[{"op":"replace","path":"/status","value":"arrived"}]"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    for (length, expected) in
        [(65_536, "accept; "), (65_537, "either; -"), (262_144, "either; -"), (262_145, "either; -")]
    {
        let allowed = said(Edition::May2019, &booked, &headers, padded(length).as_bytes());
        assert_eq!(whole(&allowed), expected, "{length}");
        let told = matches!(allowed, Allowed::Accept { change, .. } | Allowed::Either { change, .. } if change.status.is_some());
        assert_eq!(told, length <= 262_144, "{length}: what the effect is");
    }
}

#[test]
fn many_operations_and_long_pointers_are_open_from_the_one_after_the_limit() {
    let booked = state(AppointmentStatus::Booked);
    let test = |path: &str| json!({ "op": "add", "path": path, "value": "1" });
    let resource = |document: Vec<Value>| match patched(Edition::FhirR4, &booked, Value::from(document)) {
        Allowed::Either { change, .. } => change.resource,
        other => panic!("{other:?}"),
    };
    assert!(resource(vec![test("/comment"); 64]).is_some());
    assert!(resource(vec![test("/comment"); 65]).is_none());
    let many = |count: usize| doubts(&patched(Edition::FhirR4, &booked, Value::from(vec![test("/comment"); count])));
    assert_eq!((many(200).as_str(), many(201).as_str()), ("-", "- -"));
    let deep = |levels: usize| {
        let mut value = json!(1);
        (1..levels).for_each(|_| value = json!({ "a": value.clone() }));
        let contained = json!([{ "resourceType": "Basic", "a": value }]);
        let deepest = format!("/contained/0{}", "/a".repeat(levels));
        vec![json!({ "op": "add", "path": "/contained", "value": contained }), test(&deepest)]
    };
    assert!(resource(deep(62)).is_some());
    assert!(resource(deep(63)).is_none());
    let vendor = |count: usize| {
        let one = json!({ "op": "replace", "path": "/description", "value": "x" });
        patched(Edition::March2024, &booked, Value::from(vec![one; count]))
    };
    // Nine rules broken are reason enough; the list ends there.
    assert_eq!(short(&vendor(3)), ["OPS-04 OPS-23"; 3].join(" "));
    assert!(short(&vendor(300)).matches("OPS-04").count() <= 300);
    let long = |length: usize| {
        patched(
            Edition::FhirR4,
            &booked,
            json!([{ "op": "add", "path": format!("/{}", "x".repeat(length - 1)), "value": 1 }]),
        )
    };
    assert_eq!(doubts(&long(1000)), "-");
    assert_eq!(doubts(&long(1001)), "- -");
}

#[test]
fn operations_without_what_they_need_are_open() {
    let booked = state(AppointmentStatus::Booked);
    for (document, expected) in [
        (json!([{ "op": "test", "path": "/status" }]), "either; -"),
        (json!([{ "op": "test", "path": "/status", "value": "booked" }]), "either; -"),
        (json!([{ "op": "move", "path": "/x" }]), "either; -"),
        (json!([{ "op": "move", "path": "/x", "from": "description" }]), "either; -"),
        (json!([{ "op": "copy", "path": "/x", "from": "/description" }]), "either; -"),
        (json!([{ "op": "copy", "path": "/x", "from": "/nothing" }]), "ATOM-02; "),
        (json!([{ "op": "add", "path": "/x/~2", "value": 1 }]), "RFC-04; "),
        (json!([{ "op": "add", "path": "status", "value": 1 }]), "RFC-04; "),
        (json!([{ "op": "add", "path": "", "value": {} }]), "either; -"),
    ] {
        let allowed = patched(Edition::FhirR4, &booked, document.clone());
        assert_eq!(whole(&allowed), expected, "{document}");
    }
    let copied =
        patched(Edition::FhirR4, &booked, json!([{ "op": "copy", "path": "/comment", "from": "/description" }]));
    let Allowed::Either { change, .. } = copied else { panic!("not open") };
    assert_eq!(change.touches.unwrap(), ["/meta", "/text", "/comment"]);
    assert_eq!(change.resource.unwrap()["comment"], "check-up");
    let old = json!([{ "op": "replace", "path": "status", "value": "arrived" }]);
    assert_eq!(whole(&patched(Edition::May2019, &booked, old.clone())), "either; OPS-25");
    assert_eq!(whole(&patched(Edition::March2024, &booked, old)), "RFC-04; ");
}

#[test]
fn the_base_compares_only_what_it_can_tell() {
    let booked = state(AppointmentStatus::Booked);
    let set = |path: &str, value: Value| {
        patched(Edition::FhirR4, &booked, json!([{ "op": "add", "path": path, "value": value }]))
    };
    for (path, value, expected, told) in [
        ("/description", json!("x"), "either; -", true),
        ("/description", json!(""), "either; -", false),
        ("/description", json!(null), "either; -", false),
        ("/description", json!([]), "either; -", false),
        ("/description", json!({}), "either; -", false),
        ("/description", json!(["x", [1, null]]), "either; -", false),
        ("/description", json!({ "a": { "b": "" } }), "either; -", false),
        ("/description", json!({ "a": [false, 0] }), "either; -", false),
        ("/_description", json!({ "id": "a" }), "either; -", true),
        ("/odd", json!("x"), "either; -", false),
        ("/priority", json!(-1), "either; -", false),
        ("/cancelationReason", json!({ "text": "x" }), "either; -", false),
        ("/requestedPeriod", json!([{ "start": "2031", "end": "2030" }]), "either; -", false),
        ("/requestedPeriod", json!([{ "start": "2030", "end": "2031" }]), "either; -", true),
        ("/id", json!("8"), "either; -", false),
        ("/meta", json!({ "versionId": "9" }), "either; BASE-17 -", false),
        ("/resourceType", json!("Patient"), "either; -", false),
        ("/status", json!("nonsense"), "TRN-15; -", false),
        ("/status", json!(7), "either; -", false),
    ] {
        let allowed = set(path, value.clone());
        assert_eq!(whole(&allowed), expected, "{path} {value}");
        let found = matches!(&allowed, Allowed::Either { change, .. } if change.resource.is_some());
        assert_eq!(found, told, "{path} {value}");
    }
}

#[test]
fn a_test_compares_numbers_by_value_and_members_in_any_order() {
    let mut held = state(AppointmentStatus::Booked);
    held.resource["x"] = json!({ "a": [1, 2.0], "b": { "c": "d" } });
    for (value, equal) in [
        (json!({ "b": { "c": "d" }, "a": [1.0, 2] }), true),
        (json!({ "a": [1, 2.0] }), false),
        (json!({ "a": [1], "b": { "c": "d" } }), false),
        (json!({ "a": [1, 3], "b": { "c": "d" } }), false),
        (json!({ "a": [1, 2.0], "b": { "c": "e" } }), false),
        (json!({ "a": [1, 2.0], "z": { "c": "d" } }), false),
        (json!({ "a": [1, "2"], "b": { "c": "d" } }), false),
    ] {
        let allowed = patched(Edition::FhirR4, &held, json!([{ "op": "test", "path": "/x", "value": value }]));
        assert_eq!(short(&allowed) == "either", equal, "{value}");
    }
}

/// A command of the newest vendor edition.
fn command(name: CommandName) -> &'static PatchCommand {
    tables().unwrap().commands[&Edition::March2024].iter().find(|command| command.name == name).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
fn each_value_is_right_up_to_its_limit() {
    let all = &tables().unwrap().commands[&Edition::March2024];
    let mut seen = 0;
    for command in all {
        let rows: Vec<(Value, ValueFinding)> = match &command.value {
            ValueShape::TextConcepts { at_most } => {
                let concept = json!({ "text": "x" });
                vec![
                    (Value::from(vec![concept.clone(); *at_most]), ValueFinding::Right),
                    (Value::from(vec![concept; at_most + 1]), ValueFinding::Wrong("APPT-VAL-05")),
                    (json!([{ "text": " " }]), ValueFinding::Wrong("APPT-VAL-06")),
                    (json!([{}]), ValueFinding::Wrong("APPT-VAL-06")),
                    (json!("x"), ValueFinding::Wrong("APPT-VAL-25")),
                ]
            }
            ValueShape::CodedConcept { standard_system, standard_codes, .. } => {
                let coding = |system: &str, code: &str| json!({ "system": system, "code": code });
                let good = coding(standard_system, &standard_codes[0]);
                vec![
                    (json!({ "coding": [good] }), ValueFinding::Right),
                    (json!({ "coding": [coding(standard_system, "no-such")] }), ValueFinding::Open("APPT-VAL-10")),
                    (json!({ "coding": [coding("http://x", &standard_codes[0])] }), ValueFinding::Open("APPT-VAL-10")),
                    (json!({ "coding": [good.clone(), good] }), ValueFinding::Wrong("APPT-VAL-09")),
                    (json!({ "coding": [] }), ValueFinding::Wrong("APPT-VAL-11")),
                    (json!({}), ValueFinding::Wrong("APPT-VAL-11")),
                    (json!("x"), ValueFinding::Wrong("APPT-VAL-25")),
                ]
            }
            ValueShape::SlotReferences { exactly } => {
                let slot = json!({ "reference": "Slot/1" });
                let count = ValueFinding::Wrong(if command.op == PatchOp::Add { "APPT-VAL-01" } else { "APPT-VAL-02" });
                let mut strange = vec![slot.clone(); *exactly];
                strange[0] = json!({ "reference": "Patient/1" });
                vec![
                    (Value::from(vec![slot.clone(); *exactly]), ValueFinding::Right),
                    (Value::from(vec![slot.clone(); exactly + 1]), count),
                    (Value::from(vec![slot; exactly - 1]), count),
                    (Value::from(strange), ValueFinding::Wrong("APPT-VAL-03")),
                    (json!({}), ValueFinding::Wrong("APPT-VAL-03")),
                ]
            }
            ValueShape::Extension { url, holds } => {
                let held = |value: Value| json!({ "url": url, holds.member(): value });
                let good = held(if *holds == Held::String { json!("x") } else { json!({ "text": "x" }) });
                let empty = held(if *holds == Held::String { json!("") } else { json!({}) });
                let (count, form) = match holds {
                    Held::String => (ValueFinding::Wrong("APPT-VAL-19"), ValueFinding::Open("APPT-VAL-20")),
                    Held::CodeableConcept => (ValueFinding::Open("APPT-VAL-21"), ValueFinding::Open("APPT-VAL-21")),
                };
                let mut other = good.clone();
                other["url"] = json!("http://x");
                vec![
                    (json!([good]), ValueFinding::Right),
                    (json!([good.clone(), good]), count),
                    (json!([]), count),
                    (json!([empty]), form),
                    (json!([other]), form),
                    (json!({}), form),
                ]
            }
            ValueShape::ParticipantStatus { among } => vec![
                (json!(among[0]), ValueFinding::Right),
                (json!("no-such"), ValueFinding::Wrong("APPT-VAL-18")),
                (json!(1), ValueFinding::Wrong("APPT-VAL-18")),
            ],
            ValueShape::Link { at_most } => {
                let link = |length: usize| json!(format!("https://{}", "a".repeat(length - 8)));
                vec![
                    (link(*at_most), ValueFinding::Right),
                    (link(at_most + 1), ValueFinding::Wrong("APPT-VAL-13")),
                    (json!("http://a"), ValueFinding::Open("APPT-VAL-17")),
                    (json!("https://é"), ValueFinding::Open("APPT-VAL-17")),
                    (json!(1), ValueFinding::Wrong("APPT-VAL-25")),
                ]
            }
            ValueShape::DateTime { .. } => vec![
                (json!("2030-01-07T09:00:00Z"), ValueFinding::Right),
                (json!("2030-01-07"), ValueFinding::Open("APPT-VAL-15")),
                (json!("tomorrow"), ValueFinding::Wrong("APPT-VAL-15")),
                (json!("203x"), ValueFinding::Wrong("APPT-VAL-15")),
                (json!(2030), ValueFinding::Wrong("APPT-VAL-25")),
            ],
            ValueShape::Text => vec![
                (json!("x"), ValueFinding::Right),
                (json!(""), ValueFinding::Open("APPT-VAL-22")),
                (json!(1), ValueFinding::Wrong("APPT-VAL-22")),
            ],
            ValueShape::AppointmentStatus => {
                vec![(json!("booked"), ValueFinding::Right), (json!("x"), ValueFinding::Wrong("APPT-TRN-15"))]
            }
        };
        seen += 1;
        for (value, expected) in rows {
            assert_eq!(weigh(command, &value, None), expected, "{:?} {value}", command.name);
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_period_may_end_when_it_begins_but_not_before() {
    let start = command(CommandName::AddLinkStart);
    let value = json!("2030-01-07T09:00:00Z");
    for (end, expected) in [
        ("2030-01-07T09:00:00Z", ValueFinding::Right),
        ("2030-01-07T10:00:00+01:00", ValueFinding::Right),
        ("2030-01-07T08:59:59Z", ValueFinding::Wrong("APPT-VAL-16")),
        ("no time", ValueFinding::Right),
    ] {
        assert_eq!(weigh(start, &value, Some(&json!(end))), expected, "{end}");
    }
    assert_eq!(weigh(start, &value, None), ValueFinding::Right);
}

#[test]
fn operations_that_are_no_commands_are_told_apart() {
    let booked = state(AppointmentStatus::Booked);
    let status = json!({ "op": "replace", "path": "/status", "value": "arrived" });
    let test = |value: &str| json!({ "op": "test", "path": "/status", "value": value });
    let other = json!({ "op": "replace", "path": "/description", "value": "x" });
    for (document, expected) in [
        (json!([test("booked")]), "either; OPS-22"),
        (json!([test("arrived")]), "RFC-16; OPS-22"),
        (json!([test("booked"), status]), "either; OPS-22"),
        (json!([{ "op": "add", "path": "/status", "value": "arrived" }]), "either; OPS-21"),
        (json!([other]), "OPS-04; "),
        (json!([other, status]), "OPS-04 OPS-23; "),
        (json!([status, status]), "either; TRN-20 TRN-14"),
    ] {
        assert_eq!(whole(&patched(Edition::March2024, &booked, document.clone())), expected, "{document}");
    }
    assert_eq!(short(&patched(Edition::May2019, &booked, json!([other]))), "OPS-03");
    // What is asked for in doubt changes nothing that could be compared.
    let Allowed::Either { change, .. } = patched(Edition::March2024, &booked, json!([test("booked"), status])) else {
        panic!("not open")
    };
    assert_eq!(change.touches, None);
    let Allowed::Accept { change, by } = patched(Edition::March2024, &booked, json!([status])) else {
        panic!("refused")
    };
    assert_eq!(change.touches.unwrap(), ["/extension", "/meta", "/status", "/text"]);
    assert!(!by.is_empty() && by.iter().all(|id| id.as_str().contains("TRN")), "{by:?}");
}

#[test]
fn commands_are_weighed_by_their_company() {
    let status = |value: &str| json!({ "op": "replace", "path": "/status", "value": value });
    let reschedule = json!({ "op": "replace", "path": "/slot", "value": [{ "reference": "Slot/9" }] });
    let extension = |op: &str, name: &str, held: Value| {
        let url = format!("https://fhir-ehr.cerner.com/r4/StructureDefinition/{name}");
        let member = if held.is_string() { "valueString" } else { "valueCodeableConcept" };
        json!({ "op": op, "path": "/extension", "value": [{ "url": url, member: held }] })
    };
    let comment = extension("replace", "action-comment", json!("x"));
    let reason = extension("add", "reschedule-reason", json!({ "text": "x" }));
    let link = json!({ "op": "add", "path": "/contained/0/telecom/0/value", "value": "https://v.example/1" });
    let canceled = json!({
        "op": "add", "path": "/cancelationReason",
        "value": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"
        }] }
    });
    let booked = state(AppointmentStatus::Booked);
    for (document, expected) in [
        (json!([reschedule]), "accept; "),
        (json!([comment]), "either; COMB-14"),
        (json!([comment, status("cancelled")]), "COMB-12; "),
        (json!([comment, status("arrived")]), "either; COMB-14"),
        (json!([comment, canceled]), "COMB-04; COMB-14"),
        (json!([comment, status("cancelled"), canceled]), "accept; "),
        (json!([comment, reschedule]), "accept; "),
        (json!([reason, reschedule]), "accept; "),
        (json!([reason, comment, reschedule]), "either; COMB-17"),
        (json!([link, status("arrived")]), "COMB-05 COMB-10; COMB-22"),
        (json!([canceled]), "COMB-04; "),
    ] {
        assert_eq!(whole(&patched(Edition::March2024, &booked, document.clone())), expected, "{document}");
    }
    let flagged = |name: &str, value: bool| {
        let mut state = booked.clone();
        let url = format!("https://fhir-ehr.cerner.com/r4/StructureDefinition/{name}");
        state.resource["extension"] = json!([{ "url": url, "valueBoolean": value }]);
        state
    };
    for (flag, value, document, expected) in [
        ("is-reschedulable", false, json!([reschedule]), "either; VAL-24"),
        ("is-reschedulable", true, json!([reschedule]), "accept; "),
        ("is-cancelable", false, json!([reschedule]), "accept; "),
        ("is-cancelable", false, json!([status("cancelled")]), "either; VAL-24"),
        ("is-cancelable", false, json!([status("arrived")]), "accept; "),
    ] {
        let word = whole(&patched(Edition::March2024, &flagged(flag, value), document.clone()));
        assert_eq!(word, expected, "{flag} {value} {document}");
    }
}
