//! Redacted evidence is judged like the evidence it was made from, and holds nothing of what was protected.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::execute::evidence::Moving;
use crate::execute::{self, Options, ProgressListener};
use crate::judge::{Tally, judge, judge_list};
use crate::plan::generate::ListStrategy;
use crate::plan::{Inputs, decide};
use crate::reference::{self, Fault};
use crate::suite::check::shipped;
use crate::suite::contract::{Contract, Edition, contract};
use crate::suite::scenario::Fixture;

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

fn phi(base_url: &str) -> Profile {
    Profile { redact: Some(Redact::Phi), ..Profile::of_url(base_url.to_owned()) }
}

/// A redactor that knows no words of ours.
fn redactor() -> Inner {
    Inner::new(&phi("https://fhir.example.org/r4"))
}

fn redacted(value: &Value) -> Value {
    redactor().document(value).unwrap_or_else(|| value.clone())
}

/// What became of every case: its requirements and verdicts, without the words.
fn verdicts(contract: &Contract, plan: &Plan, evidence: &Evidence) -> Vec<String> {
    let judgement = judge(contract, plan, evidence, false);
    let cases = judgement.cases.iter().flat_map(|case| {
        case.findings.iter().map(|finding| {
            format!("{} {} {} {:?}", finding.case, finding.requirement, finding.verdict.name(), finding.exchange)
        })
    });
    let requirements =
        judgement.requirements.iter().map(|requirement| format!("{} {}", requirement.id, requirement.verdict.name()));
    cases.chain(requirements).collect()
}

async fn alike(edition: Edition, faults: &[Fault]) {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap();
    let config = reference::Config { edition, faults: faults.to_vec(), ..reference::Config::default() };
    let handle = reference::start(config).await.unwrap();
    let profile = crate::cli::reference_profile(&handle.base_url(), edition, handle.fixtures());
    let inputs = Inputs { supply: profile.supply(edition), ..Inputs::default() };
    let plan = Arc::new(decide(contract, &catalogue, edition, &inputs).unwrap());
    let (_stop, interrupted) = tokio::sync::watch::channel(None);
    let ran = execute::run(plan.clone(), &profile, &Options::default(), Arc::new(Quiet), interrupted).await;
    let (evidence, open) = ran.unwrap();
    let redactor = Redactor::new(&Profile { redact: Some(Redact::Phi), ..profile }, &plan);
    let redacted = redactor.evidence(evidence.clone());
    assert_ne!(evidence.exchanges, redacted.exchanges);
    let (before, after) = (verdicts(contract, &plan, &evidence), verdicts(contract, &plan, &redacted));
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other, "{edition} with {faults:?}");
    }
    assert_eq!(before.len(), after.len());
    let text = serde_json::to_string(&redacted.exchanges).unwrap();
    for protected in ["Follow-up visit", "Follow Up", "Patient/1272", "Knee pain"] {
        assert!(!text.contains(protected) || sent_word(&plan, protected), "{protected} in {edition} with {faults:?}");
    }
    for (head, case) in plan.lists().filter(|(_, case)| case.fixture == Fixture::Booked) {
        let source = ListStrategy::new(&head.id, case, edition, &contract.tables, 3);
        let mut walker = open.walker(1000);
        let (mut raw, mut clean) = (Tally::default(), Tally::default());
        for number in 0..6 {
            let steps = source.steps(number);
            let walked = walker.walk(&head.id, number, case.fixture, crate::execute::Reserved::none(), steps).await;
            if walked.halted.is_some() {
                break;
            }
            let judged = |evidence: &Evidence| {
                let moving = Moving::default();
                judge_list(contract, edition, (&evidence.exchanges, &moving), evidence.trials[0].list().unwrap())
            };
            raw.add(number, judged(&walked.evidence));
            clean.add(number, judged(&redactor.evidence(walked.evidence)));
        }
        let told = |tally: &Tally| {
            let result = tally.result(head, &[], (None, None));
            result
                .findings
                .iter()
                .map(|finding| format!("{} {}", finding.requirement, finding.verdict.name()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&raw), told(&clean), "{} in {edition} with {faults:?}", head.id);
    }
}

/// Whether the text is part of a document that we sent ourselves.
fn sent_word(plan: &Plan, text: &str) -> bool {
    let states = [Fixture::Booked, Fixture::Proposed];
    let made = states.into_iter().flat_map(|state| crate::execute::creations(plan.edition, state, None));
    format!("{plan:?}{}", made.collect::<String>()).contains(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn redacted_evidence_of_a_clean_server_is_judged_alike_in_all_editions() {
    for edition in Edition::ALL {
        alike(edition, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redacted_evidence_of_faulty_servers_is_judged_alike() {
    // Faults in narratives, contents, outcomes and effects: where a body decides.
    let named = ["keep-narrative", "unknown-status-accepted", "stale-multi-operation-leaks"];
    let chosen = Fault::ALL.iter().copied().enumerate();
    let chosen = chosen.filter(|(number, fault)| number % 24 == 4 || named.contains(&fault.name()));
    for (number, (_, fault)) in chosen.enumerate() {
        alike(Edition::ALL[number % 3], &[fault]).await;
    }
}

#[test]
fn every_protected_element_is_replaced_by_its_kind_and_the_structure_stays() {
    let patient = json!({
        "resourceType": "Patient", "id": "p-4711", "active": true, "birthDate": "1961-07-02",
        "name": [{ "use": "official", "family": "Mustermann", "given": ["Erika", "Maria"] }],
        "telecom": [{ "system": "phone", "value": "0049 30 123", "rank": 1 }],
        "address": [{ "line": ["Heidestr. 17"], "city": "Koeln", "postalCode": "51147", "type": "both" }],
        "identifier": [{ "system": "http://example.org/mrn", "value": "MRN-99887766", "type": { "text": "chart" } }],
        "text": { "status": "generated", "div": "<div>Erika, arrived & booked <br> </div>" },
        "multipleBirthInteger": 4_711_000_123u64, "weird": 17.25, "Erika Mustermann": { "note": ["likes tea"] },
    });
    let text = redacted(&patient).to_string();
    for gone in [
        "p-4711",
        "1961",
        "Mustermann",
        "Erika",
        "Maria",
        "0049",
        "Heide",
        "Koeln",
        "51147",
        "99887766",
        "chart",
        "4711000123",
        "17.25",
        "tea",
    ] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    for kept in [
        "\"official\"",
        "\"phone\"",
        "\"Patient\"",
        "http://example.org/mrn",
        "[name:",
        "[telecom:",
        "[address:",
        "[identifier:",
        "[id:",
        "booked, arrived",
        "\"active\":true",
        "\"rank\":1",
    ] {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
    let back = redacted(&patient);
    assert!(back["multipleBirthInteger"].is_u64() && back["weird"].is_f64() && back["name"][0]["given"][1].is_string());
    let div = back["text"]["div"].as_str().unwrap();
    assert!(div.starts_with("<div xmlns=") && div.ends_with("</div>"), "{div}");
}

#[test]
fn what_is_not_known_is_replaced_wherever_it_stands() {
    let appointment = json!({
        "resourceType": "Appointment", "id": "12", "status": "Mustermann", "Name": [{ "code": "Mustermann", "use": "official" }],
        "serviceType": [{ "coding": [{ "system": "http://example.org/codes", "code": "E-17" }] }], "language": "Mustermann",
        "start": "2030-01-01T08:00:00Z", "participant": [{ "period": { "start": "2030-01-01" }, "status": "accepted" }],
        "requestedPeriod": [{ "start": "2030-02-03", "end": "2030-02-04" }], "erika-4711": 1,
        "meta": { "lastUpdated": "2029-01-01T00:00:00Z" },
        "extension": [{ "url": "http://example.org/x", "valueDateTime": "1961-07-02T08:15:00Z", "valueInteger": -1961 }],
        "contained": [{
            "resourceType": "Patient", "id": "p", "birthDate": "1961-07-02", "deceasedDateTime": "1961-07-03",
            "name": [{ "family": "Mustermann", "period": { "start": "1961-08", "end": "1962" } }],
            "_birthDate": { "extension": [{ "url": "http://example.org/patient-birthTime", "valueTime": "19:61:07" }] },
            "photo": [{ "data": "TXVzdGVybWFubg==", "contentType": "image/png" }], "gender": "female",
        }],
        "Identifier": [{ "system": "http://example.org/mrn", "value": "MRN-1961" }],
    });
    let text = redacted(&appointment).to_string();
    for gone in ["Mustermann", "1961", "1962", "19:61", "TXVzdGV", "erika", "4711"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    for kept in
        ["2030-01-01T08:00:00Z", "2030-01-01", "2030-02-03", "2029-01-01", "E-17", "\"accepted\"", "\"official\""]
    {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
}

#[test]
fn a_placeholder_is_a_value_of_the_types_of_which_the_value_was_one() {
    use crate::words::primitive::Primitive;
    let redactor = redactor();
    let told_apart = [
        "1961",
        "1961-07",
        "1961-07-02",
        "1961-07-02T08:15:00+02:00",
        "1961-07-02T08:15:00.123Z",
        "19:61:07",
        "08:15:00",
        "1961-7-2",
        "Erika",
        "Erika Mustermann",
        "Erika  Mustermann",
        " Erika",
        "Erika\u{1}",
        "a\nb",
        "urn:uuid:x",
        "R\u{f6}d",
    ];
    for text in told_apart {
        let placeholder = redactor.typed("value", "text", text);
        assert_ne!(placeholder, text);
        for primitive in [
            Primitive::Code,
            Primitive::Date,
            Primitive::DateTime,
            Primitive::Instant,
            Primitive::String,
            Primitive::Markdown,
            Primitive::Time,
            Primitive::Uri,
        ] {
            let is = |text: &str| primitive.check(&Value::from(text)).is_ok();
            assert_eq!(is(text), is(&placeholder), "{text:?} became {placeholder:?}: {}", primitive.name());
        }
    }
    // One moment is one value.
    let [one, other] =
        ["1961-07-02T08:15:00Z", "1961-07-02T10:15:00+02:00"].map(|text| redactor.typed("x", "date", text));
    assert_eq!(one, other);
    for number in [
        json!(7),
        json!(-7),
        json!(7.5),
        json!(-7.0),
        json!(5_000_000_000u64),
        json!(-5_000_000_000i64),
        json!(u64::MAX),
        json!(1e30),
    ] {
        let Value::Number(number) = number else { panic!() };
        let other = redactor.other_number(&number);
        assert_ne!(other, number);
        for primitive in [Primitive::Integer, Primitive::PositiveInt, Primitive::UnsignedInt, Primitive::Decimal] {
            let is = |number: &serde_json::Number| primitive.check(&Value::Number(number.clone())).is_ok();
            assert_eq!(is(&number), is(&other), "{number} became {other}: {}", primitive.name());
        }
        assert_eq!(number.as_f64().unwrap() < 0.0, other.as_f64().unwrap() < 0.0, "{number} became {other}");
    }
}

#[test]
fn headers_keep_the_words_that_are_known_and_names_too() {
    let redactor = redactor();
    let kept = [
        ("content-type", "application/fhir+json; charset=utf-8; fhirVersion=4.0"),
        ("content-type", "text/html;charset=\"UTF-8\""),
        ("www-authenticate", "Bearer error=\"invalid_token\""),
        ("www-authenticate", "Basic"),
        ("cache-control", "no-cache, max-age=0, private"),
        ("date", "Fri, 27 Nov 2026 09:26:54 GMT"),
        ("etag", "W/\"17\""),
        ("etag", "\"a1b2c3\""),
        ("retry-after", "120"),
        ("expires", "-1"),
        ("last-modified", "2026-11-27T09:26:54.123Z"),
        ("last-modified", "Friday, 27-Nov-26 09:26:54 GMT"),
        ("allow", "GET, HEAD, PATCH"),
        ("vary", "Origin, Accept-Encoding"),
        ("location", "https://fhir.example.org/r4/Appointment/12/_history/3"),
        ("accept-patch", "application/json-patch+json, application/fhir+json"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-runtime", "0.012"),
    ];
    for (name, value) in kept {
        assert_eq!(redactor.header(name, value, None), value, "{name}");
        assert_eq!(redactor.header_name(name), name);
    }
    for (name, value) in [
        ("www-authenticate", "Bearer realm=\"Practice of Erika\", error=\"invalid_token\""),
        ("www-authenticate", "Basic realm=Erika"),
        ("www-authenticate", "Bearer realm=\"a\\\"Erika\", scope=\"Erika user\""),
        ("content-type", "application/fhir+json; patient=Erika"),
        ("content-type", "application/x-erika+json"),
        ("cache-control", "no-cache=\"x-erika\""),
        ("etag", "\"Erika Mustermann 1\""),
        ("location", "https://fhir.example.org/r4/Erika/12"),
        ("location", "https://fhir.example.org/erika/Appointment/12#Erika"),
        ("location", "/Patient/Erika"),
        ("content-location", "Erika"),
        ("date", "Erika @ 7"),
        ("date", "Fri, 27 Erika 2026 09:26:54 GMT"),
        ("last-modified", "2026-11-27Terika"),
        ("x-runtime", "Erika"),
        ("server", "Erika/1.0"),
        ("x-erika", "1"),
        ("allow", "GET, Erika"),
        ("keep-alive", "timeout=\u{fffd}Erika\u{e9}"),
    ] {
        let found = redactor.header(name, value, None);
        assert!(!found.to_lowercase().contains("erika"), "{name}: {found}");
        assert!(!redactor.header_name(name).contains("erika"), "{name}");
    }
}

#[test]
fn an_outcome_keeps_its_codes_and_loses_its_words() {
    let outcome = json!({ "resourceType": "OperationOutcome", "issue": [{
        "severity": "error", "code": "conflict", "diagnostics": "Erika's visit was changed", "expression": ["Appointment.status"],
        "details": { "text": "for Erika", "coding": [{ "system": "http://example.org/codes", "code": "E-17", "display": "Erika" }] },
    }] });
    let text = redacted(&outcome).to_string();
    assert!(!text.contains("Erika"), "{text}");
    for kept in ["\"error\"", "\"conflict\"", "Appointment.status", "E-17", "http://example.org/codes", "[diagnostics:"]
    {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
}

#[test]
fn a_value_has_one_placeholder_wherever_it_stands_and_another_run_another() {
    let value = json!({ "comment": "tired", "note": [{ "text": "tired" }], "description": "awake" });
    let redactor = redactor();
    let one = redactor.document(&value).unwrap();
    assert_eq!(one["comment"], one["note"][0]["text"]);
    assert_ne!(one["comment"], one["description"]);
    assert_eq!(one, redactor.document(&value).unwrap());
    assert_ne!(one, redacted(&value));
    let empty = json!({ "comment": "", "note": [], "contained": [{}], "x": null });
    assert_eq!(redactor.document(&empty), None);
}

#[test]
fn ids_of_people_and_query_values_leave_urls_and_references() {
    let redactor = redactor();
    let authored = AuthoredText::default();
    let table = [
        ("https://fhir.example.org/r4/Appointment/12", "https://fhir.example.org/r4/Appointment/12"),
        (
            "https://fhir.example.org/r4/Slot?start=ge2030-01-01T00:00:00Z&_count=9",
            "https://fhir.example.org/r4/Slot?start=ge2030-01-01T00:00:00Z&_count=9",
        ),
        ("https://fhir.example.org/r4/Patient/77", "https://fhir.example.org/r4/Patient/ID"),
        ("https://fhir.example.org/r4/Appointment?patient=77", "https://fhir.example.org/r4/Appointment?patient=Q"),
        ("https://u:p@other.example.org/Patient/77/_history/2", "https://other.example.org/Patient/ID/_history/2"),
        ("https://fhir.example.org/r4/Appointment/12?Erika", "https://fhir.example.org/r4/Appointment/12?QE"),
    ];
    for (url, expected) in table {
        let expected = expected
            .replace("ID", &redactor.placeholder("id", "77"))
            .replace("QE", &redactor.placeholder("query", "Erika"))
            .replace('Q', &redactor.placeholder("query", "77"));
        assert_eq!(redactor.url(&authored, url), expected);
        assert_eq!(redactor.url_of_request(&authored, url), expected);
    }
    assert_eq!(redactor.reference(&authored, "Patient/77"), format!("Patient/{}", redactor.placeholder("id", "77")));
    assert_eq!(redactor.reference(&authored, "Slot/51-2"), "Slot/51-2");
    assert!(!redactor.reference(&authored, "Patient/Erika Mustermann").contains("Erika"));
    assert!(!redactor.reference(&authored, "#erika").contains("erika"));
}

#[test]
fn a_byte_order_mark_and_a_repeated_name_are_still_there() {
    let redactor = redactor();
    let table = [
        "\u{feff}{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Erika\"}]}",
        "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Anna\",\"family\":\"Erika\"}]}",
        "\u{feff}{\"comment\":\"Erika\",\"comment\":\"say \\\"comment\\\":1\",\"status\":\"booked\"}",
        "{\"Erika\":1,\"Erika\":2}",
    ];
    for body in table {
        let Payload::Text(text) = redactor.payload(Payload::Text(body.to_owned())) else { panic!("{body}") };
        assert!(!text.contains("Erika") && !text.contains("Anna"), "{text}");
        let read = crate::words::json::unmarked(&text);
        assert_eq!(read.len() < text.len(), body.starts_with('\u{feff}'), "{text}");
        assert!(serde_json::from_str::<Value>(read).is_ok(), "{text}");
        let repeats = crate::words::json::repeated_name;
        assert_eq!(repeats(read).is_some(), repeats(crate::words::json::unmarked(body)).is_some(), "{text}");
    }
    let kept = "{\"status\":\"arrived\",\"status\":\"booked\"}";
    let Payload::Text(text) = redactor.payload(Payload::Text(kept.to_owned())) else { panic!() };
    assert_eq!(text, "{\"status\":null,\"status\":\"booked\"}");
}

#[test]
fn a_body_that_is_no_json_keeps_its_kind_alone() {
    let redactor = redactor();
    let table = [
        ("<html><body>Erika</body></html>", "[html:"),
        ("<Appointment>Erika</Appointment>", "[xml:"),
        ("{\"name\": \"Erika\"", "[malformed-json:"),
        ("Erika", "[text:"),
    ];
    for (body, kind) in table {
        let Payload::Text(text) = redactor.payload(Payload::Text(body.to_owned())) else { panic!("{body}") };
        assert!(text.starts_with(kind) && !text.contains("Erika"), "{body} became {text}");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{text} is JSON");
    }
}

#[test]
fn the_value_of_a_patch_operation_stands_where_its_path_points() {
    let document = json!([
        { "op": "replace", "path": "/status", "value": "booked" },
        { "op": "add", "path": "/participant/0/actor/display", "value": "Erika" },
        { "op": "add", "path": "/slot", "value": [{ "reference": "Slot/12" }] },
    ]);
    let back = redacted(&document);
    assert_eq!(back[0], document[0]);
    assert_eq!(back[2], document[2]);
    assert!(back[1]["value"].as_str().unwrap().starts_with("[name:"), "{back}");
}
