//! What gateways and old servers do on the wire, and base URLs with too much or too little in them, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::program::{Out, Ran, patchproof};
use super::stub::{JSON, OUTCOME, STATEMENT, Stub, is_look};

const REJECTED: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","diagnostics":"header X-Api-Version is required"}]}"#;

fn run(stub: &Stub, path: &str, out: &Out) -> Ran {
    let url = format!("{}{path}", stub.url());
    patchproof(&["run", "--target", &url, "--edition", "fhir-r4", "--out", out.path()])
}

/// Fails unless either stream has this text, however its lines are broken.
fn prints(ran: &Ran, text: &str) {
    let printed = format!("{} {}", ran.stdout, ran.stderr);
    let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(printed.contains(text), "no `{text}` in\n{printed}");
}

#[test]
fn a_wrong_base_url_ends_with_3_and_a_sentence_that_helps() {
    for (path, helps) in [
        ("/r4/Appointment", "the base URL ends before the resource"),
        ("/r4/Appointment/7/", "the base URL ends before the resource"),
        ("/r4/metadata", "the base URL ends before the resource"),
        ("", "a host alone is seldom a base URL"),
        ("/r5", "404"),
    ] {
        let stub = Stub::constant(404, JSON, OUTCOME);
        let out = Out::new("wrong-base");
        let ran = run(&stub, path, &out);
        ran.ends_with(3).says(helps).says("GET /metadata responds 404");
        assert_eq!(stub.requests(), 2, "{path}");
    }
}

#[test]
fn a_server_that_needs_a_header_is_quoted() {
    // Everything is rejected, or everything but what the server offers.
    for (offers, code) in [(false, 3), (true, 4)] {
        let stub = Stub::start(move |head| match offers && is_look(head) {
            true => (200, JSON, STATEMENT.to_owned()),
            false => (400, JSON, REJECTED.to_owned()),
        });
        let out = Out::new(&format!("needs-header-{offers}"));
        let ran = run(&stub, "/r4", &out);
        ran.ends_with(code);
        prints(&ran, "header X-Api-Version is required");
        assert!(stub.requests() < 8, "{} requests", stub.requests());
        if offers {
            let record = out.record();
            let verdicts = record["cases"].as_array().unwrap().iter().map(|case| case["verdict"].as_str().unwrap());
            assert_eq!(verdicts.filter(|verdict| ["fail", "warn"].contains(verdict)).count(), 0);
            patchproof(&["verify", out.path()]).ends_with(0);
        }
    }
}

#[test]
fn a_target_that_stops_responding_ends_the_run_with_the_last_request() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    // From the 30th request on, as a gateway responds that lost its server.
    let stub = Stub::start(move |head| match (count.fetch_add(1, Ordering::Relaxed), is_look(head)) {
        (30.., _) => (503, JSON, String::new()),
        (_, true) => (200, JSON, STATEMENT.to_owned()),
        (number, false) if head.starts_with("POST ") => {
            (201, JSON, format!(r#"{{"resourceType":"Appointment","id":"a{number}"}}"#))
        }
        (_, false) => {
            let id = head.split(['/', ' ']).nth(4).unwrap_or_default().to_owned();
            (
                200,
                JSON,
                format!(
                    r#"{{"resourceType":"Appointment","id":"{id}","status":"arrived","meta":{{"versionId":"1"}}}}"#
                ),
            )
        }
    });
    let out = Out::new("stops-responding");
    let ran = run(&stub, "/r4", &out);
    prints(&ran, "the target stopped responding");
    prints(&ran, "the last request it was sent is");
    let record = out.record();
    assert!(stub.requests() < 300, "{} requests", stub.requests());
    let gone = record["not_run"].as_array().unwrap().iter().filter(|case| case["kind"] == "gone").count();
    assert!(gone > 100, "{gone}");
    patchproof(&["verify", out.path()]).ends_with(0);
}

/// After the first connection that breaks none is kept, and what was sent over it is sent again (RFC 9112 section 9.5).
#[test]
fn a_server_that_closes_each_connection_without_a_word_loses_one_request() {
    let out = Out::new("closes-silently");
    let run = ["run", "-q", "--variant", "closes-silently", "--cases", "5", "--out", out.path()];
    patchproof(&run).ends_with(0);
    let record = out.record();
    let exchanges = record["exchanges"].as_array().unwrap();
    let lost: Vec<_> = exchanges.iter().filter(|exchange| exchange["response"]["lost"].is_object()).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(record["cases"].as_array().unwrap().iter().all(|case| case["verdict"] != "inconclusive"));
}
