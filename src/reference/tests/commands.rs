//! The commands of 2024-03: values, company, states and effects.

use super::*;

const STANDARD: &str = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason";
const PROPRIETARY: &str = "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14229";

fn add(path: &str, value: Value) -> Value {
    json!({ "op": "add", "path": path, "value": value })
}

fn replace(path: &str, value: Value) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

fn reason(value: Value) -> Value {
    add("/cancelationReason", value)
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn comment() -> Value {
    json!([{ "url": "https://fhir-ehr.cerner.com/r4/StructureDefinition/action-comment", "valueString": "why" }])
}

fn reschedule_reason() -> Value {
    json!([{
        "url": "https://fhir-ehr.cerner.com/r4/StructureDefinition/reschedule-reason",
        "valueCodeableConcept": coded(STANDARD, "oth-err"),
    }])
}

#[tokio::test]
async fn paths_that_are_not_listed_are_rejected() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(BOOKED);
    let cancel = set_status("cancelled");
    for path in ["/start", "/description", "/participant/0/status", "/meta/versionId", "/id", "/text", "", "/status/"] {
        bench.rejected(&id, json!([replace(path, json!("x"))]), 422).await;
        bench.rejected(&id, json!([cancel, replace(path, json!("x"))]), 422).await;
    }
    for op in ["add", "remove", "test"] {
        bench.rejected(&id, json!([{ "op": op, "path": "/status", "value": "cancelled" }]), 422).await;
    }
    bench.rejected(&id, json!([]), 422).await;
    bench.rejected(&id, json!([set_status("arrived"), set_status("checked-in")]), 422).await;
    bench.rejected(&id, json!([add("/contained/1/telecom/0/period/start", json!("2030-01-01"))]), 422).await;
    let old = Bench::new(Edition::May2019).await;
    let id = old.take(BOOKED);
    for command in [reason(coded(STANDARD, "pat")), replace("/slot", old.slot()), replace("/comment", json!("x"))] {
        old.rejected(&id, json!([command]), 422).await;
    }
}

#[tokio::test]
async fn status_values_outside_the_value_set_are_rejected() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        for value in [
            json!("canceled"),
            json!("Cancelled"),
            json!("no-show"),
            json!(""),
            json!(" cancelled"),
            json!(null),
            json!(42),
            json!(true),
            json!(["cancelled"]),
            json!({ "code": "cancelled" }),
        ] {
            bench.rejected(&id, json!([replace("/status", value)]), 422).await;
        }
    }
}

#[tokio::test]
async fn booking_takes_the_slot_and_its_time() {
    let bench = Bench::new(Edition::March2024).await;
    let (id, slot) = (bench.take(SeedKind::ProposedWithReason), bench.slot());
    let text = json!([{ "text": "I have a headache", "coding": [{ "code": "x" }] }]);
    let booking = json!([set_status("booked"), add("/reasonCode", text), add("/slot", slot.clone())]);
    let booked = bench.done(&id, booking).await;
    assert_eq!((&booked["status"], &booked["slot"]), (&json!("booked"), &slot));
    assert_eq!(booked["reasonCode"], json!([{ "text": "I have a headache" }]));
    let path = format!("/{}", slot[0]["reference"].as_str().unwrap());
    let taken = bench.send("GET", &path, &[], "").await.json();
    assert_eq!((&taken["status"], &taken["start"]), (&json!("busy"), &booked["start"]));
    let other = bench.take(PROPOSED);
    bench.rejected(&other, json!([add("/slot", slot), set_status("booked")]), 422).await;
    bench
        .rejected(&other, json!([add("/slot", json!([{ "reference": "Slot/0-0-0-0" }])), set_status("booked")]), 422)
        .await;
    let free = bench.take(SeedKind::ProposedWithReason);
    let emptied = bench
        .done(&free, json!([add("/slot", bench.slot()), set_status("booked"), add("/reasonCode", json!([]))]))
        .await;
    assert!(emptied.get("reasonCode").is_none());
}

#[tokio::test]
async fn booking_operations_come_together() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(PROPOSED);
    let slot = add("/slot", bench.slot());
    let text = add("/reasonCode", json!([{ "text": "x" }]));
    for operations in [
        json!([set_status("booked")]),
        json!([slot]),
        json!([slot, set_status("cancelled")]),
        json!([text]),
        json!([text, set_status("booked")]),
        json!([text, set_status("cancelled")]),
        json!([text, replace("/slot", bench.slot())]),
        json!([slot, set_status("booked"), replace("/extension", comment())]),
        json!([slot, set_status("booked"), replace("/description", json!("x"))]),
        json!([add("/slot", json!([bench.slot()[0], bench.slot()[0]])), set_status("booked")]),
        json!([slot, set_status("booked"), add("/reasonCode", json!([{ "text": "x" }, { "text": "y" }]))]),
        json!([slot, set_status("booked"), add("/reasonCode", json!([{ "coding": [{ "code": "x" }] }]))]),
        json!([slot, set_status("booked"), add("/reasonCode", json!([{ "text": "" }]))]),
        json!([slot, set_status("booked"), add("/reasonCode", json!("x"))]),
    ] {
        bench.rejected(&id, operations, 422).await;
    }
    for value in [json!({}), json!("Slot/1"), json!([]), json!([{}]), json!([{ "reference": "Patient/1" }])] {
        bench.rejected(&id, json!([add("/slot", value), set_status("booked")]), 422).await;
    }
    bench.done(&id, json!([slot, set_status("booked"), text])).await;
}

#[tokio::test]
async fn cancelling_takes_a_reason_of_a_known_system() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(BOOKED);
    for value in [
        json!({ "coding": [{ "system": STANDARD, "code": "oth-err" }, { "system": PROPRIETARY, "code": "1" }] }),
        json!({ "text": "x" }),
        json!([coded(STANDARD, "oth-err")]),
        coded(STANDARD, "nonsense"),
        coded("urn:x", "oth-err"),
        coded("https://fhir.cerner.com/codeSet/14229", "1"),
    ] {
        bench.rejected(&id, json!([set_status("cancelled"), reason(value)]), 422).await;
    }
    bench.rejected(&id, json!([reason(coded(STANDARD, "pat"))]), 422).await;
    bench.rejected(&id, json!([reason(coded(STANDARD, "pat")), set_status("arrived")]), 422).await;
    let mut value = coded(PROPRIETARY, "4047611");
    value["text"] = json!("zzz");
    let cancelled = bench.done(&id, json!([reason(value), set_status("cancelled")])).await;
    assert_eq!(cancelled["cancelationReason"], coded(PROPRIETARY, "4047611"));
    assert!(cancelled["text"]["div"].as_str().unwrap().contains("cancelled"));
    let slot = cancelled["slot"][0]["reference"].as_str().unwrap();
    assert_eq!(bench.send("GET", &format!("/{slot}"), &[], "").await.json()["status"], "free");
    bench.done(&bench.take(BOOKED), json!([set_status("cancelled"), reason(coded(STANDARD, "oth-err"))])).await;
    bench.rejected(&bench.take(SeedKind::NotCancelable), json!([set_status("cancelled")]), 422).await;
    bench.rejected(&bench.take(SeedKind::NotCancelable), json!([replace("/slot", bench.slot())]), 422).await;
}

#[tokio::test]
async fn comments_come_with_what_they_comment() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(BOOKED);
    let (why, note) = (replace("/extension", comment()), replace("/comment", json!("Arrived")));
    let cancel = [set_status("cancelled"), reason(coded(STANDARD, "oth-err"))];
    let slot = bench.slot();
    for operations in [
        json!([why]),
        json!([why, set_status("arrived")]),
        json!([why, cancel[0]]),
        json!([note]),
        json!([note, set_status("arrived")]),
        json!([add("/extension", reschedule_reason())]),
        json!([add("/extension", reschedule_reason()), cancel[0]]),
        json!([replace("/slot", slot.clone()), cancel[0]]),
        json!([replace("/slot", slot.clone()), replace("/comment", json!(42))]),
        json!([replace("/slot", slot.clone()), add("/extension", coded(STANDARD, "oth-err"))]),
        json!([replace("/slot", json!([slot[0], slot[0]]))]),
        json!([cancel[0], cancel[1], replace("/extension", json!([comment()[0], comment()[0]]))]),
        json!([cancel[0], cancel[1], replace("/extension", json!([{ "url": "urn:x", "valueString": "x" }]))]),
        json!([cancel[0], cancel[1], replace("/extension", comment()[0].clone())]),
    ] {
        bench.rejected(&id, operations, 422).await;
    }
    let before = bench.get(&id).await.json();
    let moved = bench
        .done(&id, json!([replace("/slot", slot.clone()), add("/extension", reschedule_reason()), why, note]))
        .await;
    assert_eq!((&moved["slot"], &moved["comment"]), (&slot, &json!("Arrived")));
    assert_ne!(moved["start"], before["start"]);
    assert_eq!(moved["extension"].as_array().unwrap().len(), 4);
    let old = before["slot"][0]["reference"].as_str().unwrap();
    assert_eq!(bench.send("GET", &format!("/{old}"), &[], "").await.json()["status"], "free");
    bench.done(&bench.take(BOOKED), json!([cancel[0], cancel[1], why])).await;
    bench.rejected(&bench.take(PROPOSED), json!([replace("/slot", bench.slot())]), 422).await;
}

#[tokio::test]
async fn video_links_come_in_quartets_and_are_found_by_room() {
    let bench = Bench::new(Edition::March2024).await;
    let (unlinked, linked) = (bench.take(SeedKind::VideoUnlinked), bench.take(SeedKind::VideoLinked));
    for (id, op) in [(&unlinked, "add"), (&linked, "replace")] {
        for chosen in 1..15 {
            let some: Vec<_> = usual_quartet(op)
                .into_iter()
                .enumerate()
                .filter(|(index, _)| chosen & (1 << index) != 0)
                .map(|(_, operation)| operation)
                .collect();
            bench.rejected(id, json!(some), 422).await;
        }
    }
    let mut mixed = usual_quartet("add");
    mixed[2]["op"] = json!("replace");
    let both: Vec<_> = usual_quartet("add").into_iter().chain(usual_quartet("replace")).collect();
    for id in [&unlinked, &linked] {
        bench.rejected(id, json!(mixed), 422).await;
        bench.rejected(id, json!(both), 422).await;
    }
    bench.rejected(&linked, json!(usual_quartet("add")), 409).await;
    bench.rejected(&unlinked, json!(usual_quartet("replace")), 422).await;
    bench.rejected(&bench.take(BOOKED), json!(usual_quartet("add")), 422).await;
    for (start, end) in [("tomorrow", "2030-01-01"), ("2019-13-45", "2030-01-01"), ("2030-01-02", "2030-01-01")] {
        bench
            .rejected(&unlinked, json!(quartet("add", "https://a.example", "https://b.example", start, end)), 422)
            .await;
    }
    for (id, op) in [(&unlinked, "add"), (&linked, "replace")] {
        let visit = bench.done(id, json!(usual_quartet(op))).await;
        let period = json!({ "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" });
        for (room, url) in [("Provider", "https://v.example/pro"), ("Patient", "https://v.example/pat")] {
            let title = json!(format!("{room} Virtual Meeting Room"));
            let service = visit["contained"]
                .as_array()
                .unwrap()
                .iter()
                .find(|service| service["type"][0]["text"] == title)
                .unwrap();
            assert_eq!(service["telecom"], json!([{ "system": "url", "value": url, "period": period }]));
        }
    }
}

#[tokio::test]
async fn a_link_has_255_characters_at_most() {
    let bench = Bench::new(Edition::March2024).await;
    let url = |length: usize| format!("https://v.example/{}", "x".repeat(length - 18));
    let id = bench.take(SeedKind::VideoUnlinked);
    let of = |provider: usize, patient: usize| {
        json!(quartet("add", &url(provider), &url(patient), "2030-01-01T10:00:00Z", "2030-01-01T11:00:00Z"))
    };
    bench.rejected(&id, of(256, 255), 422).await;
    bench.rejected(&id, of(255, 256), 422).await;
    bench.done(&id, of(255, 255)).await;
}

#[tokio::test]
async fn only_a_tentative_patient_of_a_booked_appointment_is_accepted() {
    let bench = Bench::new(Edition::March2024).await;
    let id = bench.take(SeedKind::Tentative);
    let accept = |value: &str| json!([replace("/patient-status", json!(value))]);
    for value in ["declined", "tentative", "needs-action", "Accepted", "x"] {
        bench.rejected(&id, accept(value), 422).await;
    }
    for kind in [BOOKED, PROPOSED, SeedKind::Status(AppointmentStatus::Arrived)] {
        bench.rejected(&bench.take(kind), accept("accepted"), 422).await;
    }
    assert_eq!(bench.done(&id, accept("accepted")).await["participant"][0]["status"], "accepted");
}
