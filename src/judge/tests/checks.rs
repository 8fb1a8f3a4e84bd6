//! Each check on answers that keep it and on answers that just break it.

use serde_json::{Value, json};

use crate::execute::evidence::{Answer, Exchange, Lost, LostKind, Payload, Purpose, Received, Sent};
use crate::execute::trail::Bystander;
use crate::judge::bodies::Bodies;
use crate::judge::check::{View, beside, changed_nothing, evaluate};
use crate::judge::dates::{http_date, instant, is_imf_fixdate};
use crate::judge::lines::{Line, Op, tell};
use crate::judge::resource::shown;
use crate::judge::status::says_nothing;
use crate::judge::verdict::{Outcome, Verdict};
use crate::suite::contract::Breach;
use crate::suite::scenario::Check;
use crate::words::fhir::StatusCode;

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn received(status: u16, headers: &[(&str, &str)], body: &str) -> Received {
    Received {
        status: StatusCode::new(status).unwrap(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: if body.is_empty() { Payload::Empty } else { Payload::Text(body.to_owned()) },
        cut: false,
        too_deep: false,
    }
}

fn exchange(answer: Received) -> Exchange {
    Exchange {
        id: 0,
        lane: 1,
        purpose: Purpose::Try,
        appointment: Some("7".to_owned()),
        at: String::new(),
        begin_us: 0,
        end_us: 1,
        attempt: 1,
        request: Sent { method: "PATCH".to_owned(), url: String::new(), headers: Vec::new(), body: Payload::Empty },
        answer: Answer::Received(answer),
    }
}

fn read(tag: Option<&str>, body: Value) -> Exchange {
    let headers: Vec<(&str, &str)> = tag.map(|tag| ("etag", tag)).into_iter().collect();
    exchange(received(200, &headers, &body.to_string()))
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Holds => "holds",
        Outcome::Broken { expected, found } => {
            assert!(!expected.is_empty() && !found.is_empty(), "a breach says what was expected and found");
            "broken"
        }
        Outcome::Tolerated { .. } => "tolerated",
        Outcome::Undecided(why) => {
            assert!(!why.is_empty());
            "undecided"
        }
        Outcome::Void => "void",
    }
}

fn check(written: Value) -> Check {
    serde_json::from_value(written).unwrap()
}

/// A check on an answer, with reads around it.
fn told(written: &Value, exchange: &Exchange, before: Option<&Exchange>, after: Option<&Exchange>) -> &'static str {
    let received = exchange.received().unwrap();
    let bodies = Bodies::default();
    let view = View {
        exchange,
        received,
        before,
        first_after: after,
        after,
        bindings: None,
        bystander: None,
        bodies: &bodies,
    };
    word(&evaluate(&check(written.clone()), &view))
}

/// A check on an answer alone.
fn alone(written: &Value, status: u16, headers: &[(&str, &str)], body: &str) -> &'static str {
    told(written, &exchange(received(status, headers, body)), None, None)
}

#[test]
fn headers_are_held_to_their_form() {
    let form = |name: &str, form: &str| json!({ "header": { "name": name, "form": form } });
    let id = "a".repeat(64);
    let (fits, long) = (format!("W/\"{id}\""), format!("W/\"{id}a\""));
    for (written, headers, expected) in [
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"a.B-3\"")], "holds"),
        (form("etag", "weak-version-tag"), vec![("etag", fits.as_str())], "holds"),
        (form("etag", "weak-version-tag"), vec![("etag", long.as_str())], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"a_b\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "\"3\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"3\""), ("etag", "W/\"3\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![], "broken"),
        (form("etag", "entity-tag"), vec![("etag", "\"a_b\"")], "holds"),
        (form("etag", "entity-tag"), vec![("etag", "3")], "broken"),
        (form("etag", "entity-tag"), vec![("etag", "\"3\""), ("etag", "\"3\"")], "broken"),
        (form("date", "imf-fixdate"), vec![("date", DATE)], "holds"),
        (form("date", "imf-fixdate"), vec![("date", DATE), ("date", DATE)], "broken"),
        (form("date", "imf-fixdate"), vec![("date", "Sunday, 06-Nov-94 08:49:37 GMT")], "broken"),
        (form("x", "non-empty"), vec![("x", "1")], "holds"),
        (form("x", "non-empty"), vec![("x", " ")], "broken"),
        (form("content-type", "fhir-json"), vec![("content-type", "Application/FHIR+json ; charset=utf-8")], "holds"),
        (form("content-type", "fhir-json"), vec![("content-type", "application/json")], "broken"),
        (form("cache-control", "not-cacheable"), vec![("cache-control", "Max-Age=0")], "holds"),
        (form("cache-control", "not-cacheable"), vec![("cache-control", "max-age=3600")], "broken"),
        (json!({ "header": { "name": "x", "present": false } }), vec![], "holds"),
        (json!({ "header": { "name": "x", "present": false } }), vec![("x", "1")], "broken"),
        (json!({ "header": { "name": "x" } }), vec![("x", "1")], "holds"),
        (json!({ "header": { "name": "x" } }), vec![("y", "1")], "broken"),
        (json!({ "header": { "name": "x", "optional": true } }), vec![], "void"),
        (json!({ "header": { "name": "allow", "contains": "PATCH" } }), vec![("allow", "GET, patch;q=1")], "holds"),
        (
            json!({ "header": { "name": "allow", "contains": "PATCH" } }),
            vec![("allow", "GET"), ("allow", "PATCH")],
            "holds",
        ),
        (json!({ "header": { "name": "allow", "contains": "PATCH" } }), vec![("allow", "GET, PATCHES")], "broken"),
    ] {
        assert_eq!(alone(&written, 200, &headers, ""), expected, "{written} {headers:?}");
    }
}

#[test]
fn dates_are_compared_in_whole_seconds() {
    let written = json!({ "not-later": { "earlier": "last-modified", "later": "date", "slack": 2 } });
    let at = |second: u32| format!("Sun, 06 Nov 1994 08:49:{second:02} GMT");
    for (one, other, expected) in [(37, 37, "holds"), (39, 37, "holds"), (40, 37, "broken"), (30, 37, "holds")] {
        let (one, other) = (at(one), at(other));
        let headers = [("last-modified", one.as_str()), ("date", other.as_str())];
        assert_eq!(alone(&written, 200, &headers, ""), expected, "{one} {other}");
    }
    assert_eq!(alone(&written, 200, &[("date", DATE)], ""), "void");
    assert_eq!(alone(&written, 200, &[("date", DATE), ("last-modified", "x")], ""), "void");
    assert_eq!(http_date(DATE), Some(784_111_777));
    assert_eq!(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777));
    assert_eq!(http_date("x"), None);
    assert!(is_imf_fixdate(DATE));
    assert!(!is_imf_fixdate("Sun, 31 Feb 1994 08:49:37 GMT"));
    assert!(!is_imf_fixdate("Sun Nov  6 08:49:37 1994"));
    assert_eq!(instant("1994-11-06T09:49:37.9+01:00"), Some(784_111_777));
    assert_eq!(instant("1994-11-06"), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
fn an_operation_outcome_is_held_to_r4() {
    let issue = json!({ "severity": "error", "code": "conflict", "diagnostics": "x", "details": { "text": "x" } });
    let outcome = |issues: Value| json!({ "resourceType": "OperationOutcome", "issue": issues });
    let with = |member: &str, value: Value| {
        let mut issue = issue.clone();
        issue[member] = value;
        outcome(json!([issue]))
    };
    let without = |member: &str| {
        let mut issue = issue.clone();
        issue.as_object_mut().unwrap().remove(member);
        outcome(json!([issue]))
    };
    let well_formed = json!({ "outcome": { "well-formed": true } });
    for (body, expected) in [
        (outcome(json!([issue])), "holds"),
        (outcome(json!([])), "broken"),
        (outcome(json!({})), "broken"),
        (json!({ "resourceType": "OperationOutcome" }), "broken"),
        (json!({ "issue": [issue] }), "broken"),
        (json!({ "resourceType": "Appointment", "issue": [issue] }), "void"),
        (json!({ "resourceType": "Appointment" }), "void"),
        (json!({}), "void"),
        (with("severity", json!("bad")), "broken"),
        (with("severity", json!(1)), "broken"),
        (without("severity"), "broken"),
        (with("code", json!("success")), "broken"),
        (without("code"), "broken"),
        (with("diagnostics", json!("")), "broken"),
        (with("diagnostics", json!(1)), "broken"),
        (without("diagnostics"), "holds"),
        (with("details", json!("x")), "broken"),
        (without("details"), "holds"),
    ] {
        assert_eq!(alone(&well_formed, 409, &[], &body.to_string()), expected, "{body}");
    }
    let kind = [("content-type", "application/fhir+json; charset=utf-8")];
    for (check, headers, body, expected) in [
        (json!({ "present": true }), &kind[..], outcome(json!([issue])).to_string(), "holds"),
        (json!({ "present": true }), &kind, String::new(), "broken"),
        (json!({ "present": true }), &kind, "<p>".to_owned(), "broken"),
        (json!({}), &kind, String::new(), "void"),
        (json!({ "has-error": true }), &kind, outcome(json!([issue])).to_string(), "holds"),
        (json!({ "has-error": true }), &kind, with("severity", json!("fatal")).to_string(), "holds"),
        (json!({ "has-error": true }), &kind, with("severity", json!("warning")).to_string(), "broken"),
        (json!({ "code": ["conflict", "lock-error"] }), &kind, outcome(json!([issue])).to_string(), "holds"),
        (json!({ "code": ["lock-error"] }), &kind, outcome(json!([issue])).to_string(), "broken"),
        (json!({ "fhir-media-type": true }), &kind, outcome(json!([issue])).to_string(), "holds"),
        (
            json!({ "fhir-media-type": true }),
            &[("content-type", "application/json+fhir")],
            outcome(json!([issue])).to_string(),
            "tolerated",
        ),
        (
            json!({ "fhir-media-type": true }),
            &[("content-type", "application/json")],
            outcome(json!([issue])).to_string(),
            "broken",
        ),
        (json!({ "fhir-media-type": true }), &[], outcome(json!([issue])).to_string(), "broken"),
    ] {
        let written = json!({ "outcome": check });
        assert_eq!(alone(&written, 409, headers, &body), expected, "{written} {body}");
    }
}

#[test]
fn an_appointment_is_held_to_the_rules_of_the_base() {
    let rule = |name: &str| json!({ "resource": name });
    let both = json!({ "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z" });
    let status = |status: &str, mut rest: Value| {
        rest["status"] = json!(status);
        rest
    };
    let part = |participant: Value| json!({ "participant": [{ "status": "accepted", "actor": {} }, participant] });
    for (name, body, expected) in [
        ("status-in-value-set", json!({ "status": "checked-in" }), "holds"),
        ("status-in-value-set", json!({ "status": "Booked" }), "broken"),
        ("status-in-value-set", json!({}), "broken"),
        ("status-in-value-set", json!([]), "undecided"),
        ("participant-status-in-value-set", part(json!({ "status": "needs-action" })), "holds"),
        ("participant-status-in-value-set", part(json!({ "status": "yes" })), "broken"),
        ("participant-status-in-value-set", part(json!({})), "broken"),
        ("participant-status-in-value-set", json!({}), "holds"),
        ("participant-has-type-or-actor", part(json!({ "type": [] })), "holds"),
        ("participant-has-type-or-actor", part(json!({ "actor": {} })), "holds"),
        ("participant-has-type-or-actor", part(json!({ "status": "accepted" })), "broken"),
        ("start-and-end-together", both.clone(), "holds"),
        ("start-and-end-together", json!({}), "holds"),
        ("start-and-end-together", json!({ "start": "x" }), "broken"),
        ("start-and-end-together", json!({ "end": "x" }), "broken"),
        ("start-unless-open", status("booked", both.clone()), "holds"),
        ("start-unless-open", status("booked", json!({})), "broken"),
        ("start-unless-open", status("booked", json!({ "start": "x" })), "broken"),
        ("start-unless-open", status("booked", json!({ "end": "x" })), "broken"),
        ("start-unless-open", status("proposed", json!({})), "holds"),
        ("start-unless-open", status("cancelled", json!({})), "holds"),
        ("start-unless-open", status("waitlist", json!({})), "holds"),
        ("reason-only-when-cancelled", status("cancelled", json!({ "cancelationReason": {} })), "holds"),
        ("reason-only-when-cancelled", status("noshow", json!({ "cancelationReason": {} })), "holds"),
        ("reason-only-when-cancelled", status("booked", json!({ "cancelationReason": {} })), "broken"),
        ("reason-only-when-cancelled", status("booked", json!({})), "holds"),
        ("has-version", json!({ "meta": { "versionId": "1" } }), "holds"),
        ("has-version", json!({}), "broken"),
    ] {
        assert_eq!(alone(&rule(name), 200, &[], &body.to_string()), expected, "{name} {body}");
    }
    assert_eq!(alone(&rule("has-version"), 200, &[("etag", "W/\"1\"")], "{}"), "holds");
    assert_eq!(shown(None), "nothing");
    assert_eq!(shown(Some(&json!("é".repeat(198)))).chars().count(), 200);
    let cut = shown(Some(&json!("é".repeat(199))));
    assert!(cut.ends_with('…') && cut.chars().count() == 201, "{cut}");
}

#[test]
fn bodies_are_held_to_their_form() {
    let form = |name: &str| json!({ "body": name });
    let fhir = [("content-type", "application/fhir+json")];
    let appointment = json!({ "resourceType": "Appointment", "id": "7" }).to_string();
    let outcome = json!({ "resourceType": "OperationOutcome" }).to_string();
    for (name, headers, body, expected) in [
        ("empty", &fhir[..], "", "holds"),
        ("empty", &fhir, "x", "broken"),
        ("empty-or-appointment", &fhir, "", "holds"),
        ("empty-or-appointment", &fhir, appointment.as_str(), "holds"),
        ("empty-or-appointment", &fhir, outcome.as_str(), "broken"),
        ("operation-outcome", &fhir, outcome.as_str(), "holds"),
        ("operation-outcome", &fhir, appointment.as_str(), "broken"),
        ("operation-outcome", &fhir, "", "broken"),
        ("fhir-json-if-resource", &fhir, appointment.as_str(), "holds"),
        ("fhir-json-if-resource", &[("content-type", "application/json+fhir;x")], appointment.as_str(), "holds"),
        ("fhir-json-if-resource", &[("content-type", "application/json")], appointment.as_str(), "broken"),
        ("fhir-json-if-resource", &[], "{}", "void"),
        ("changed-appointment", &fhir, appointment.as_str(), "holds"),
        ("changed-appointment", &fhir, outcome.as_str(), "broken"),
        ("changed-appointment-if-any", &fhir, outcome.as_str(), "void"),
        ("changed-appointment-if-any", &fhir, r#"{"resourceType":"Appointment","id":"8"}"#, "broken"),
    ] {
        assert_eq!(alone(&form(name), 200, headers, body), expected, "{name} {body}");
    }
    let changed = |tag: &str, version: &str, status: &str| {
        let body =
            json!({ "resourceType": "Appointment", "id": "7", "meta": { "versionId": version }, "status": status });
        exchange(received(200, &[("etag", tag)], &body.to_string()))
    };
    let after = read(None, json!({ "status": "arrived" }));
    let form = form("changed-appointment");
    assert_eq!(told(&form, &changed("W/\"2\"", "2", "arrived"), None, Some(&after)), "holds");
    assert_eq!(told(&form, &changed("W/\"2\"", "3", "arrived"), None, Some(&after)), "broken");
    assert_eq!(told(&form, &changed("W/\"2\"", "2", "booked"), None, Some(&after)), "broken");
    let nameless = Exchange { appointment: None, ..changed("W/\"2\"", "3", "booked") };
    assert_eq!(told(&form, &nameless, None, Some(&after)), "void");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
fn reads_before_and_after_are_compared() {
    let patch = exchange(received(200, &[], ""));
    let body = |version: &str, status: &str, more: Value| json!({ "meta": { "versionId": version }, "status": status, "text": { "div": version }, "more": more });
    let old = read(Some("W/\"1\""), body("1", "booked", json!(1)));
    let same = read(Some("W/\"1\""), body("1", "booked", json!(1)));
    let told_anew = read(Some("W/\"1\""), {
        let mut body = body("1", "booked", json!(1));
        body["text"]["div"] = json!("anew");
        body
    });
    let moved = read(Some("W/\"2\""), body("2", "booked", json!(1)));
    let retagged = read(Some("W/\"2\""), body("1", "booked", json!(1)));
    let new = read(Some("W/\"2\""), body("2", "arrived", json!(1)));
    let other = read(Some("W/\"2\""), body("2", "arrived", json!(2)));
    let gone = exchange(received(404, &[], "{}"));
    for (written, after, expected) in [
        (json!("unchanged"), &same, "holds"),
        (json!("unchanged"), &told_anew, "holds"),
        (json!("unchanged"), &moved, "broken"),
        (json!("unchanged"), &retagged, "broken"),
        (json!("unchanged"), &new, "broken"),
        (json!("unchanged"), &gone, "undecided"),
        (json!("same-content"), &same, "holds"),
        (json!("same-content"), &moved, "holds"),
        (json!("same-content"), &new, "broken"),
        (json!("same-content"), &gone, "undecided"),
        (json!("new-version"), &new, "holds"),
        (json!("new-version"), &moved, "void"),
        (json!("new-version"), &same, "void"),
        (json!("new-version"), &read(Some("W/\"1\""), body("1", "arrived", json!(1))), "broken"),
        (json!("new-version"), &read(None, body("1", "arrived", json!(1))), "broken"),
        (json!("new-version"), &read(None, json!({ "status": "arrived" })), "undecided"),
        (json!({ "only-changed": ["/status", "/meta", "/text"] }), &new, "holds"),
        (json!({ "only-changed": ["/stat", "/meta", "/text"] }), &new, "broken"),
        (json!({ "only-changed": ["/status", "/meta", "/text"] }), &other, "broken"),
        (json!({ "changed": ["/status"] }), &new, "holds"),
        (json!({ "changed": ["/status", "/more"] }), &new, "broken"),
        (json!({ "after": { "/status": "arrived" } }), &new, "holds"),
        (json!({ "after": { "/status": "arrived", "/more": 2 } }), &new, "broken"),
        (json!({ "after": { "/status": "arrived" } }), &gone, "undecided"),
        (json!({ "after-absent": ["/none"] }), &new, "holds"),
        (json!({ "after-absent": ["/none", "/more"] }), &new, "broken"),
        (json!({ "after-contains": { "div": "2" } }), &new, "holds"),
        (json!({ "after-contains": { "div": "3" } }), &new, "broken"),
        (json!({ "after-lacks": { "div": "3" } }), &new, "holds"),
        (json!({ "after-lacks": { "div": "2" } }), &new, "broken"),
        (json!("entirely-old-or-new"), &same, "holds"),
        (json!("entirely-old-or-new"), &new, "broken"),
    ] {
        assert_eq!(told(&written, &patch, Some(&old), Some(after)), expected, "{written} {after:?}");
    }
    assert_eq!(told(&json!("unchanged"), &patch, None, Some(&same)), "void");
    assert_eq!(told(&json!("same-content"), &patch, None, Some(&same)), "undecided");
    assert!(
        changed_nothing(&Bodies::default(), Some(&old), Some(&moved))
            && !changed_nothing(&Bodies::default(), Some(&old), Some(&new))
    );
    assert!(
        !changed_nothing(&Bodies::default(), None, Some(&new))
            && !changed_nothing(&Bodies::default(), Some(&old), Some(&gone))
    );
    let mut asked = patch.clone();
    asked.request.body = Payload::Text("[{\"value\":\"arrived\"}]".to_owned());
    assert_eq!(told(&json!("entirely-old-or-new"), &asked, Some(&old), Some(&new)), "holds");
}

#[test]
fn the_tag_of_an_answer_is_the_version_of_the_next_read() {
    let answered = |tag: &str| exchange(received(200, &[("etag", tag)], ""));
    let meta = |version: &str| json!({ "meta": { "versionId": version } });
    let written = json!("tag-is-next-read");
    for (tag, read, expected) in [
        ("W/\"2\"", Some(read(Some("W/\"2\""), meta("2"))), "holds"),
        ("W/\"2\"", Some(read(Some("\"2\""), json!({}))), "holds"),
        ("W/\"2\"", Some(read(Some("W/\"3\""), meta("2"))), "broken"),
        ("W/\"2\"", Some(read(Some("2"), meta("2"))), "broken"),
        ("W/\"2\"", Some(read(Some("W/\"2\""), meta("3"))), "broken"),
        ("W/\"2\"", Some(read(None, meta("3"))), "broken"),
        ("W/\"2\"", Some(read(None, meta("2"))), "holds"),
        ("W/\"2\"", Some(read(None, json!({}))), "undecided"),
        ("W/\"2\"", None, "undecided"),
        ("2", None, "void"),
    ] {
        assert_eq!(told(&written, &answered(tag), None, read.as_ref()), expected, "{tag} {read:?}");
    }
    assert_eq!(told(&written, &exchange(received(200, &[], "")), None, None), "void");
    // A version of its own in the answer counts before that of the next read.
    let before = read(Some("W/\"1\""), json!({ "status": "booked" }));
    let after = read(Some("W/\"1\""), json!({ "status": "arrived" }));
    assert_eq!(told(&json!("new-version"), &answered("W/\"2\""), Some(&before), Some(&after)), "holds");
    assert_eq!(told(&json!("new-version"), &answered("W/\"1\""), Some(&before), Some(&after)), "broken");
}

#[test]
fn last_modified_is_last_updated_give_or_take_a_second() {
    let written = json!("last-modified-is-last-updated");
    let patch = exchange(received(200, &[("last-modified", DATE)], ""));
    for (updated, expected) in [
        ("1994-11-06T08:49:37Z", "holds"),
        ("1994-11-06T08:49:38Z", "holds"),
        ("1994-11-06T08:49:36Z", "holds"),
        ("1994-11-06T08:49:39Z", "broken"),
        ("1994-11-06T08:49:35Z", "broken"),
        ("1994", "void"),
    ] {
        let after = read(None, json!({ "meta": { "lastUpdated": updated } }));
        assert_eq!(told(&written, &patch, None, Some(&after)), expected, "{updated}");
    }
    assert_eq!(told(&written, &patch, None, None), "void");
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
fn an_appointment_that_nobody_addressed_stays_as_it_was() {
    let old = || Box::new(read(None, json!({ "a": 1 })));
    let answered = |status: u16| Box::new(exchange(received(status, &[], "{}")));
    let lost = Lost { kind: LostKind::Broken, message: "x".to_owned() };
    let lost = Box::new(Exchange { answer: Answer::Lost(lost), ..*answered(200) });
    for (before, after, expected) in [
        (old(), old(), "holds"),
        (old(), Box::new(read(None, json!({ "a": 2 }))), "broken"),
        (old(), answered(404), "broken"),
        (old(), answered(429), "undecided"),
        (old(), answered(503), "undecided"),
        (old(), lost, "undecided"),
        (answered(404), old(), "undecided"),
    ] {
        assert_eq!(word(&beside(&Bystander { id: "8".to_owned(), before, after }, &Bodies::default())), expected);
    }
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
