//! Servers that fail over a request: with 500, without a response, or for good.

use super::*;
use crate::reference::Variant;

fn test_status() -> Value {
    json!([{ "op": "test", "path": "/status", "value": "booked" }])
}

/// The status code; nothing where no response came.
async fn status(bench: &Bench, method: &str, id: &str, body: String) -> Option<u16> {
    let url = format!("{}/Appointment/{id}", bench.server.base_url());
    let request = bench.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
    let request = request.header("content-type", "application/json-patch+json").body(body);
    request.send().await.ok().map(|response| response.status().as_u16())
}

#[tokio::test]
async fn a_server_hangs_up_over_some_requests_and_serves_the_others() {
    let bench = Bench::with(Edition::FhirR4, &[Fault::HangUpOnTest, Fault::HangUpOnWords]).await;
    let id = bench.take(BOOKED);
    let before = bench.get(&id).await.text;
    assert_eq!(status(&bench, "PATCH", &id, test_status().to_string()).await, None);
    assert_eq!(status(&bench, "PATCH", &id, "words".to_owned()).await, None);
    assert_eq!(bench.get(&id).await.text, before);
    assert_eq!(bench.patch(&id, json!([set_status("arrived")])).await.status, 200);
}

#[tokio::test]
async fn a_server_that_ends_listens_no_more() {
    let bench = Bench::with(Edition::FhirR4, &[Fault::EndOnMove]).await;
    let id = bench.take(BOOKED);
    assert_eq!(status(&bench, "GET", &id, String::new()).await, Some(200));
    let document = json!([{ "op": "move", "from": "/comment", "path": "/description" }]);
    assert_eq!(status(&bench, "PATCH", &id, document.to_string()).await, None);
    assert_eq!(status(&bench, "GET", &id, String::new()).await, None);
}

#[tokio::test]
async fn a_passing_failure_meets_no_document_twice() {
    for (variant, carried_out) in [
        (Variant::FailsNowAndThen, false),
        (Variant::FailsAfterwards, true),
        (Variant::HangsUpNowAndThen, false),
        (Variant::LosesResponses, true),
    ] {
        let config = Config { edition: Edition::FhirR4, variants: vec![variant], ..Config::default() };
        let bench = Bench::of(config).await;
        let id = bench.take(BOOKED);
        let mut met = 0;
        for number in 0..60 {
            let document = json!([{ "op": "add", "path": "/comment", "value": format!("{}", number / 2) }]).to_string();
            let before = bench.get(&id).await.text;
            match status(&bench, "PATCH", &id, document.clone()).await {
                None | Some(500) => {
                    met += 1;
                    assert_eq!(bench.get(&id).await.text != before, carried_out, "{variant}");
                    assert_eq!(status(&bench, "PATCH", &id, document).await, Some(200), "{variant}");
                }
                Some(code) => assert_eq!(code, 200, "{variant}"),
            }
        }
        assert!(met > 0, "{variant}");
    }
}

#[tokio::test]
async fn a_change_stays_unfinished_once() {
    for (fault, code) in [(Fault::FailsHalfWay, Some(500)), (Fault::HangsUpHalfWay, None)] {
        let bench = Bench::with(Edition::FhirR4, &[fault]).await;
        let id = bench.take(BOOKED);
        let comment = json!({ "op": "add", "path": "/comment", "value": "both" });
        let document = json!([comment, set_status("arrived")]).to_string();
        assert_eq!(status(&bench, "PATCH", &id, document.clone()).await, code, "{fault}");
        let half = bench.get(&id).await.json();
        assert_eq!((&half["status"], &half["comment"] == "both"), (&json!("arrived"), false), "{fault}");
        assert_eq!(status(&bench, "PATCH", &id, document).await, Some(200), "{fault}");
        assert_eq!(bench.get(&id).await.json()["comment"], "both", "{fault}");
    }
}

#[tokio::test]
async fn a_failure_leaves_a_version_and_nothing_else() {
    let bench = Bench::with(Edition::FhirR4, &[Fault::FailsWithVersion]).await;
    let id = bench.take(BOOKED);
    let mut met = 0;
    for number in 0..60 {
        let document = json!([{ "op": "add", "path": "/comment", "value": format!("{number}") }]).to_string();
        let before = bench.get(&id).await.json();
        if status(&bench, "PATCH", &id, document).await == Some(500) {
            met += 1;
            let after = bench.get(&id).await.json();
            assert_eq!(after["comment"], before["comment"]);
            assert_ne!(after["meta"]["versionId"], before["meta"]["versionId"]);
        }
    }
    assert!(met > 0);
}
