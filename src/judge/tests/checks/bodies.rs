//! Checks of bodies: OperationOutcomes, appointments, and what a body is.

use super::*;

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
fn json_is_written_as_rfc_8259_asks() {
    let mark = "no-byte-order-mark";
    let names = "unique-names";
    let fhir: &[(&str, &str)] = &[("content-type", "application/fhir+json; charset=utf-8")];
    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let text = |text: &str| Payload::Text(text.to_owned());
    let utf16 = Payload::Base64("//57AH0A".to_owned());
    for (form, headers, body, expected) in [
        (mark, fhir, text("{\"a\":1}"), "holds"),
        (mark, fhir, text("\u{feff}{\"a\":1}"), "broken"),
        (mark, page, text("\u{feff}[]"), "broken"),
        (mark, fhir, text("\u{feff}no"), "broken"),
        (mark, page, text("\u{feff}<p>"), "void"),
        (mark, fhir, text("no"), "void"),
        (mark, fhir, Payload::Empty, "void"),
        (mark, fhir, utf16.clone(), "broken"),
        (mark, page, utf16, "void"),
        (names, fhir, text("{\"a\":{\"b\":1},\"b\":2}"), "holds"),
        (names, fhir, text("{\"a\":1,\"a\":1}"), "broken"),
        (names, page, text("\u{feff}[{\"x\":[{\"a\":1,\"b\":0,\"a\":1}]}]"), "broken"),
        (names, fhir, text("{\"a\":1,\"a\":1"), "void"),
        (names, fhir, Payload::Empty, "void"),
    ] {
        let mut response = received(200, headers, "");
        response.body = body.clone();
        let (exchange, bodies) = (exchange(response), Bodies::default());
        let (before, first_after, after, bindings, bystander) = (None, None, None, None, None);
        let received = exchange.received().unwrap();
        let view = CheckView {
            exchange: &exchange,
            received,
            before,
            first_after,
            after,
            bindings,
            bystander,
            bodies: &bodies,
            moving: &Moving::default(),
        };
        let found = word(&evaluate(&check(json!({ "json": form })), &view));
        assert_eq!(found, expected, "{form} {body:?}");
    }
}

#[test]
fn a_resource_is_labelled_as_fhir_in_the_format_that_was_asked_for() {
    let appointment = r#"{"resourceType":"Appointment"}"#;
    let xml = r#"<Appointment xmlns="http://hl7.org/fhir"/>"#;
    let json_format = "application/fhir+json";
    for (accept, query, label, body, expected) in [
        (json_format, "", "application/fhir+json; charset=utf-8", appointment, "holds"),
        (json_format, "", "application/json", appointment, "broken"),
        (json_format, "", "text/html", appointment, "broken"),
        (json_format, "", "application/json+fhir", appointment, "tolerated"),
        (json_format, "", "application/json", r#"{"resourceType":"OperationOutcome"}"#, "void"),
        (json_format, "", "text/html", "<html></html>", "void"),
        (json_format, "", "application/json", r#"{"ok":true}"#, "void"),
        (json_format, "", "application/fhir+xml", xml, "broken"),
        (json_format, "?_format=xml", "application/fhir+xml", xml, "holds"),
        ("application/fhir+xml", "", "application/fhir+xml", xml, "holds"),
        ("application/fhir+xml", "", "application/xml", xml, "broken"),
    ] {
        let mut sent = exchange(received(200, &[("content-type", label)], body));
        sent.request.url = format!("http://localhost/Appointment/7{query}");
        sent.request.headers = vec![("Accept".to_owned(), accept.to_owned())];
        let bodies = Bodies::default();
        let view = CheckView {
            exchange: &sent,
            received: sent.received().unwrap(),
            before: None,
            first_after: None,
            after: None,
            bindings: None,
            bystander: None,
            bodies: &bodies,
            moving: &Moving::default(),
        };
        let check: Check = serde_json::from_value(json!({ "body": "fhir-label-if-resource" })).unwrap();
        assert_eq!(word(&evaluate(&check, &view)), expected, "{accept} {query} {label} {body}");
        // An appointment in XML is one (reading C-41).
        let check: Check = serde_json::from_value(json!({ "body": "empty-or-appointment" })).unwrap();
        assert_eq!(word(&evaluate(&check, &view)) == "holds", body == appointment || body == xml, "{body}");
    }
}
