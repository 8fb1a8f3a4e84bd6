//! Each check on responses that keep it and on responses that just break it.

mod bodies;
mod half;
mod headers;
mod reads;

use serde_json::{Value, json};

use crate::execute::evidence::{Exchange, Lost, LostKind, Moving, Payload, Purpose, Reply, Response, SentRequest};
use crate::judge::bodies::Bodies;
use crate::judge::check::{Beside, CheckView, beside, changed_nothing, evaluate};
use crate::judge::dates::{http_date, instant, is_imf_fixdate};
use crate::judge::lines::{Line, Op, tell};
use crate::judge::resource::shown;
use crate::judge::status::says_nothing;
use crate::judge::verdict::{CheckResult, Verdict};
use crate::suite::contract::Breach;
use crate::suite::scenario::Check;
use crate::words::fhir::StatusCode;

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn received(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    Response {
        status: StatusCode::new(status).unwrap(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: if body.is_empty() { Payload::Empty } else { Payload::Text(body.to_owned()) },
        cut: false,
        too_deep: false,
    }
}

fn exchange(reply: Response) -> Exchange {
    Exchange {
        id: 0,
        lane: 1,
        purpose: Purpose::Try,
        appointment: Some("7".to_owned()),
        at: String::new(),
        begin_us: 0,
        end_us: 1,
        attempt: 1,
        bound: None,
        trace: None,
        request: SentRequest {
            method: "PATCH".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: Payload::Empty,
        },
        reply: Reply::Received(reply),
    }
}

fn read(tag: Option<&str>, body: Value) -> Exchange {
    let headers: Vec<(&str, &str)> = tag.map(|tag| ("etag", tag)).into_iter().collect();
    exchange(received(200, &headers, &body.to_string()))
}

fn word(outcome: &CheckResult) -> &'static str {
    match outcome {
        CheckResult::Holds => "holds",
        CheckResult::Broken { expected, found } => {
            assert!(!expected.is_empty() && !found.is_empty(), "a breach says what was expected and found");
            "broken"
        }
        CheckResult::Tolerated { .. } => "tolerated",
        CheckResult::Undecided(why) => {
            assert!(!why.is_empty());
            "undecided"
        }
        CheckResult::Void => "void",
    }
}

fn check(written: Value) -> Check {
    serde_json::from_value(written).unwrap()
}

/// A check on a response, with reads around it.
fn told(written: &Value, exchange: &Exchange, before: Option<&Exchange>, after: Option<&Exchange>) -> &'static str {
    let received = exchange.received().unwrap();
    let bodies = Bodies::default();
    let view = CheckView {
        exchange,
        received,
        before,
        first_after: after,
        after,
        bindings: None,
        bystander: None,
        bodies: &bodies,
        moving: &Moving::default(),
    };
    word(&evaluate(&check(written.clone()), &view))
}

/// A check on a response alone.
fn alone(written: &Value, status: u16, headers: &[(&str, &str)], body: &str) -> &'static str {
    told(written, &exchange(received(status, headers, body)), None, None)
}

#[test]
fn narratives_request_ids_and_declarations_are_looked_at() {
    let patch = exchange(received(200, &[], ""));
    for (div, expected) in
        [("Booked visit", "holds"), ("a visit", "holds"), ("arrived, booked", "holds"), ("arrived", "broken")]
    {
        let after = read(None, json!({ "status": "booked", "text": { "div": div } }));
        assert_eq!(told(&json!("narrative-names-status"), &patch, None, Some(&after)), expected, "{div}");
    }
    assert_eq!(
        told(&json!("narrative-names-status"), &patch, None, Some(&read(None, json!({ "status": "booked" })))),
        "void"
    );
    let asked = |headers: &[(&str, &str)], sent: Option<&str>| {
        let mut patch = exchange(received(200, headers, ""));
        patch.request.headers = sent.map(|id| ("X-Request-Id".to_owned(), id.to_owned())).into_iter().collect();
        told(&json!("echoes-request-id"), &patch, None, None)
    };
    assert_eq!(asked(&[("x-request-id", "a")], Some("a")), "holds");
    assert_eq!(asked(&[("x-request-id", "b")], Some("a")), "broken");
    assert_eq!(asked(&[], None), "broken");
    assert_eq!(asked(&[("x-correlation-id", "z")], Some("a")), "holds");
    let declared = |kind: &str, code: &str| {
        json!({ "rest": [{ "resource": [{ "type": kind, "interaction": [{ "code": code }] }] }] }).to_string()
    };
    assert_eq!(alone(&json!("declares-patch"), 200, &[], &declared("Appointment", "patch")), "holds");
    assert_eq!(alone(&json!("declares-patch"), 200, &[], &declared("Appointment", "read")), "broken");
    assert_eq!(alone(&json!("declares-patch"), 200, &[], &declared("Slot", "patch")), "broken");
    let format = |name: &str| json!({ "patchFormat": [name] }).to_string();
    assert_eq!(alone(&json!("declares-patch-format"), 200, &[], &format("application/json-patch+json")), "holds");
    assert_eq!(alone(&json!("declares-patch-format"), 200, &[], &format("application/xml")), "broken");
    let has = json!({ "body-has": { "/a": 1 } });
    assert_eq!(alone(&has, 200, &[], "{\"a\":1}"), "holds");
    assert_eq!(alone(&has, 200, &[], "{\"a\":2}"), "broken");
    assert_eq!(alone(&has, 200, &[], "x"), "broken");
    let status = json!({ "status": { "any_of": [204, "3xx"] } });
    assert_eq!(alone(&status, 204, &[], ""), "holds");
    assert_eq!(alone(&status, 302, &[], ""), "holds");
    assert_eq!(alone(&status, 200, &[], ""), "broken");
}

#[test]
fn overload_says_nothing_and_a_breach_weighs_as_declared() {
    let silent: Vec<u16> = (100..=599).filter(|code| says_nothing(StatusCode::new(*code).unwrap())).collect();
    assert_eq!(silent, [429, 502, 503, 504]);
    let verdicts = [Breach::Fail, Breach::Warn, Breach::Observe].map(Verdict::from);
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Warn, Verdict::Observed]);
}

#[test]
fn a_request_of_a_history_is_told_in_one_line() {
    let line = |written: &str| serde_json::from_str::<Line>(written).unwrap();
    let patch = line(
        r#"{"client":1,"op":"patch","call":3,"ret":9,"if-match":"W/\"1\"","etag":"W/\"2\"","status":200,"value":"a"}"#,
    );
    assert_eq!(tell(&patch), "client 1  PATCH If-Match W/\"1\" to a -> 200 ETag W/\"2\", from 3 to 9");
    let get =
        line(r#"{"client":2,"op":"get","call":3,"ret":9,"if-match":"x","etag":"W/\"2\"","status":200,"value":"a"}"#);
    assert_eq!(tell(&get), "client 2  GET   -> 200 ETag W/\"2\" showing a, from 3 to 9");
    let put = Line { op: Op::Put, ..line(r#"{"client":10,"op":"put","call":3}"#) };
    assert_eq!(tell(&put), "client 10 PUT   If-Match absent -> no answer, from 3 to never");
}
