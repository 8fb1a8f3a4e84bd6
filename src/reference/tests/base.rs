//! The base specification's edition: RFC 6902 as it is written, and results that stay valid.

use super::*;

#[tokio::test]
async fn any_status_of_the_value_set_is_taken() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    for status in AppointmentStatus::ALL {
        assert_eq!(bench.done(&id, json!([set_status(status.code())])).await["status"], status.code());
    }
}

#[tokio::test]
async fn a_patch_is_applied_whole_or_not_at_all() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    let cancel = set_status("cancelled");
    for last in [
        json!({ "op": "test", "path": "/status", "value": "fulfilled" }),
        json!({ "op": "remove", "path": "/nowhere" }),
        json!({ "op": "move", "from": "/description", "path": "/no/where" }),
        json!({ "op": "replace", "path": "/comment", "value": "x" }),
        json!({ "op": "remove", "path": "/participant" }),
        json!({ "op": "add", "path": "/participant/7", "value": {} }),
    ] {
        bench.rejected(&id, json!([cancel, last]), 422).await;
        bench.rejected(&id, json!([last, cancel]), 422).await;
    }
    let both = bench.done(&id, json!([set_status("arrived"), cancel])).await;
    assert_eq!(both["status"], "cancelled");
}

#[tokio::test]
async fn results_that_break_the_resource_are_rejected() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    for (op, path, value) in [
        ("replace", "/meta/versionId", json!("7")),
        ("replace", "/id", json!("other")),
        ("replace", "/resourceType", json!("Slot")),
        ("remove", "/status", json!(null)),
        ("remove", "", json!(null)),
        ("replace", "", json!({})),
        ("remove", "/end", json!(null)),
        ("add", "/cancelationReason", json!({ "text": "x" })),
        ("replace", "/participant/0/status", json!("maybe")),
        ("add", "/participant/-", json!({ "status": "accepted" })),
        ("add", "/requestedPeriod", json!([{ "start": "2030-07-15T09:00:00Z", "end": "2030-07-15T08:00:00Z" }])),
        ("add", "/foo", json!("x")),
        ("add", "/comment", json!("")),
    ] {
        bench.rejected(&id, json!([{ "op": op, "path": path, "value": value }]), 422).await;
    }
}

#[tokio::test]
async fn test_compares_numbers_by_value() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    let test = |value: &str| format!("[{{\"op\":\"test\",\"path\":\"/minutesDuration\",\"value\":{value}}}]");
    for equal in ["30", "30.0", "3e1"] {
        bench.done(&id, test(equal)).await;
    }
    bench.rejected(&id, test("31"), 422).await;
}

#[tokio::test]
async fn a_patch_that_changes_nothing_makes_a_version_all_the_same() {
    let bench = Bench::new(Edition::FhirR4).await;
    let id = bench.take(BOOKED);
    for body in [json!([]), json!([set_status("booked")])] {
        let before = bench.get(&id).await;
        let after = bench.done(&id, body).await;
        assert_eq!((&after["status"], &after["text"]), (&before.json()["status"], &before.json()["text"]));
        assert_ne!(after["meta"]["versionId"], before.json()["meta"]["versionId"]);
    }
}

#[tokio::test]
async fn prefer_decides_what_comes_back() {
    for edition in Edition::ALL {
        let bench = Bench::new(edition).await;
        let id = bench.take(BOOKED);
        for (wish, kind, status) in [
            ("return=minimal", None, "arrived"),
            ("return=OperationOutcome", Some("OperationOutcome"), "checked-in"),
            ("respond-async, return=\"representation\"", Some("Appointment"), "cancelled"),
        ] {
            let tag = bench.get(&id).await.etag().to_owned();
            let headers =
                [("content-type", "application/json-patch+json"), ("if-match", tag.as_str()), ("prefer", wish)];
            let body = json!([set_status(status)]).to_string();
            let reply = bench.send("PATCH", &format!("/Appointment/{id}"), &headers, body).await;
            match kind {
                None => assert_eq!(reply.text, ""),
                Some(kind) => assert_eq!(reply.json()["resourceType"], kind),
            }
        }
    }
}
