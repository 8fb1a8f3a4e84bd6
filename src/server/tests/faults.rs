//! Each fault is noticed by a battery of requests, and no two clean servers differ in it.

use std::fmt::Write as _;

use futures_util::{StreamExt, stream};
use regex_lite::Regex;

use super::*;

/// These show only where requests meet in time, which two requests need not; `src/tests/races.rs` has them all caught.
const UNDER_LOAD: [Fault; 7] = [
    Fault::WriteAfterCheck,
    Fault::TwoWinners,
    Fault::LostUpdateUnderLoad,
    Fault::StaleReadUnderLoad,
    Fault::TagReused,
    Fault::LockedForNoReason,
    Fault::RefusedWriteTakesEffect,
];

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_changes_an_answer_and_a_clean_server_changes_none() {
    let editions = [Edition::March2024, Edition::May2019, Edition::FhirR4];
    let mut clean = BTreeMap::new();
    for edition in editions {
        clean.insert(edition, battery(edition, &[]).await);
        assert_eq!(battery(edition, &[]).await, clean[&edition], "the battery is not the same twice");
    }
    let changes_nothing = async |fault: Fault| {
        for edition in editions {
            if battery(edition, &[fault]).await != clean[&edition] {
                return None;
            }
        }
        Some(fault)
    };
    let faults = Fault::ALL.iter().filter(|fault| !UNDER_LOAD.contains(fault));
    let unnoticed = stream::iter(faults).map(|fault| changes_nothing(*fault)).buffer_unordered(4);
    assert_eq!(unnoticed.filter_map(std::future::ready).collect::<Vec<_>>().await, []);
}

#[test]
fn faults_have_names_sentences_and_known_requirements() {
    let contract = crate::contract::contract().unwrap_or_else(|problems| panic!("{problems}"));
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse::<Fault>(), Ok(*fault));
        assert!(fault.sentence().ends_with('.'));
        assert!(!fault.breaks().is_empty());
        for id in fault.breaks() {
            assert!(contract.requirement(&id.parse().unwrap()).is_some(), "{fault} names {id}");
        }
    }
    assert!("x".parse::<Fault>().unwrap_err().contains("accepted: ignore-accept"));
}

/// Everything a client can see of a set of requests, with times and ids of no meaning left out.
async fn battery(edition: Edition, faults: &[Fault]) -> String {
    let bench = Bench::with(edition, faults).await;
    let mut seen = String::new();
    let base_url = bench.server.base_url();
    let instants = Regex::new(r"20\d\d-\d\d-\d\dT[0-9:.]+Z").unwrap();
    let mut note = |label: &str, reply: &Reply| {
        let mut headers: Vec<String> =
            reply.headers.iter().map(|(name, value)| header(name.as_str(), value, reply)).collect();
        headers.sort();
        let text = instants.replace_all(&reply.text, "<instant>").replace(&base_url, "<base>");
        writeln!(seen, "{label}: {} {headers:?} {text}", reply.status).unwrap();
    };
    for (label, kind, body) in documents(&bench) {
        let id = bench.take(kind);
        note(label, &bench.patch(&id, body).await);
        note(label, &bench.get(&id).await);
        note(label, &bench.get(&id).await);
    }
    let id = bench.take(BOOKED);
    let path = format!("/Appointment/{id}");
    let cancel = json!([set_status("cancelled")]).to_string();
    let json_patch = ("content-type", "application/json-patch+json");
    let current = ("if-match", if edition.is_vendor() { "W/\"0\"" } else { "W/\"1\"" });
    for (label, method, path, headers) in [
        (
            "xml accepted",
            "PATCH",
            path.as_str(),
            vec![json_patch, ("if-match", "W/\"9\""), ("accept", "application/fhir+xml")],
        ),
        ("xml sent", "PATCH", &path, vec![("content-type", "application/xml"), ("if-match", "W/\"9\"")]),
        ("stale", "PATCH", &path, vec![json_patch, ("if-match", "W/\"9\"")]),
        ("unknown id", "PATCH", "/Appointment/1", vec![json_patch, current]),
        ("no id", "PATCH", "/Appointment", vec![json_patch]),
        ("lower case", "GET", &path.replace('A', "a"), vec![]),
        ("metadata", "GET", "/metadata", vec![]),
        ("preflight", "OPTIONS", &path, vec![("origin", "http://example.com")]),
        ("override without version", "POST", &path, vec![json_patch, ("x-http-method-override", "patch")]),
        (
            "representation",
            "PATCH",
            &path,
            vec![json_patch, current, ("prefer", "return=representation"), ("x-request-id", "7")],
        ),
        ("no version", "PATCH", &format!("/Appointment/{}", bench.take(BOOKED)), vec![json_patch]),
    ] {
        note(label, &bench.send(method, path, &headers, cancel.clone()).await);
    }
    // What shows only after some steps: a life with a tag of before, and one that ends and is read again.
    let (first, second) = if edition.is_vendor() { ("W/\"0\"", "W/\"1\"") } else { ("W/\"1\"", "W/\"2\"") };
    let lame = json!({ "op": "replace", "path": "/nowhere", "value": 1 });
    let id = bench.take(BOOKED);
    for (label, tag, body) in [
        ("life: first", first, json!([set_status("arrived")])),
        ("life: stale and several", first, json!([set_status("checked-in"), lame])),
        ("life: second", second, json!([set_status("checked-in")])),
        ("life: stale third", first, json!([set_status("cancelled")])),
    ] {
        note(label, &bench.patch_with(&id, Some(tag), body).await);
        note(label, &bench.get(&id).await);
    }
    let id = bench.take(BOOKED);
    note("reopen: cancel", &bench.patch_with(&id, Some(first), json!([set_status("cancelled")])).await);
    for _ in 0..2 {
        note("reopen: read", &bench.get(&id).await);
    }
    let slot = json!({ "op": "add", "path": "/slot", "value": bench.slot() });
    let book =
        if edition == Edition::March2024 { json!([set_status("booked"), slot]) } else { json!([set_status("booked")]) };
    note("reopen: book", &bench.patch_with(&id, Some(second), book).await);
    let id = bench.take(BOOKED);
    let race = || bench.patch_with(&id, Some(current.1), json!([set_status("cancelled")]));
    let (one, two) = tokio::join!(race(), race());
    let mut codes = [one.status, two.status];
    codes.sort_unstable();
    writeln!(seen, "race: {codes:?}").unwrap();
    let mut note = |label: &str, reply: &Reply| {
        let text = instants.replace_all(&reply.text, "<instant>");
        writeln!(seen, "{label}: {} {text}", reply.status).unwrap();
    };
    let read = bench.get(&id).await;
    note("after the race", &read);
    let tag = read.header("etag").map(str::to_owned);
    note("alone", &bench.patch_with(&id, tag.as_deref(), json!([set_status("cancelled")])).await);
    seen
}

fn header(name: &str, value: &HeaderValue, reply: &Reply) -> String {
    let date = |name: &str| reply.header(name).and_then(|text| httpdate::parse_http_date(text).ok());
    let shown = match name {
        "date" => format!("{}", date("date").is_some()),
        "last-modified" => format!("{}", date("last-modified") <= date("date")),
        "x-request-id" if value == "7" => "7".to_owned(),
        "x-request-id" | "x-runtime" | "server-response-time" | "opc-request-id" | "content-length" => String::new(),
        "location" => "somewhere".to_owned(),
        _ => value.to_str().unwrap().to_owned(),
    };
    format!("{name}: {shown}")
}

/// One document per rule, most of them refused by a clean server.
fn documents(bench: &Bench) -> Vec<(&'static str, SeedKind, Value)> {
    let add = |path: &str, value: Value| json!({ "op": "add", "path": path, "value": value });
    let replace = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    let reason = json!({ "text": "x", "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat" }] });
    let long = "https://v.example/".to_owned() + &"x".repeat(238);
    let mut mixed = usual_quartet("add");
    mixed[1]["op"] = json!("replace");
    let booking = [add("/slot", bench.slot()), set_status("booked")];
    vec![
        ("cancel", BOOKED, json!([set_status("cancelled")])),
        ("check in", BOOKED, json!([set_status("checked-in")])),
        ("unknown member", BOOKED, json!([{ "op": "replace", "path": "/status", "value": "cancelled", "foo": 1 }])),
        ("not listed", SeedKind::Status(AppointmentStatus::Fulfilled), json!([set_status("arrived")])),
        ("not supported", BOOKED, json!([set_status("waitlist")])),
        ("not a status", BOOKED, json!([set_status("canceled")])),
        ("path", BOOKED, json!([replace("/description", json!("x"))])),
        ("test", BOOKED, json!([{ "op": "test", "path": "/status", "value": "x" }, set_status("cancelled")])),
        ("leak", BOOKED, json!([set_status("cancelled"), replace("/nowhere", json!("x"))])),
        ("not a document", BOOKED, json!({})),
        ("lock", SeedKind::Locked, json!([set_status("cancelled")])),
        ("dependency", SeedKind::FailingDependency, json!([set_status("cancelled")])),
        ("slot missing", PROPOSED, json!([set_status("booked")])),
        (
            "book",
            PROPOSED,
            json!([booking[0], booking[1], add("/reasonCode", json!([{ "text": "x", "coding": [{ "code": "y" }] }]))]),
        ),
        ("two slots", BOOKED, json!([replace("/slot", json!([bench.slot()[0], bench.slot()[0]]))])),
        ("reason", BOOKED, json!([set_status("cancelled"), add("/cancelationReason", reason)])),
        ("links", SeedKind::VideoUnlinked, json!(usual_quartet("add"))),
        ("links again", SeedKind::VideoLinked, json!(usual_quartet("add"))),
        ("mixed links", SeedKind::VideoUnlinked, json!(mixed)),
        (
            "long link",
            SeedKind::VideoUnlinked,
            json!(quartet("add", &long, "https://v.example/", "2030-01-01", "2030-01-02")),
        ),
        ("patient", SeedKind::Tentative, json!([replace("/patient-status", json!("declined"))])),
        ("patient elsewhere", BOOKED, json!([replace("/patient-status", json!("accepted"))])),
    ]
}
