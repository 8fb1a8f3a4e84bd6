//! Each named value is filled in where the plan put its name, or its lack is the reason that nothing is sent.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::{Door, ExitGate, fill};
use crate::execute::appointment::Appointment;
use crate::execute::client::Outgoing;
use crate::execute::evidence::TagOrigin;
use crate::plan::{Bindings, BodyTemplate, KnownTag, Precondition, RequestTemplate};
use crate::suite::scenario::{Credentials, Endpoint, Fixture};
use crate::sut::Profile;

fn known() -> Appointment {
    Appointment {
        tag: Some(("W/\"4\"".to_owned(), TagOrigin::Read)),
        last_etag: Some("\"4\"".to_owned()),
        stale: Some("W/\"3\"".to_owned()),
        previous: Some(json!(["again"])),
        ..unknown()
    }
}

/// An appointment of which nothing was read.
fn unknown() -> Appointment {
    Appointment::new("7", Fixture::Booked)
}

fn bindings() -> Bindings {
    [("id", "7"), ("version", "4"), ("stale", "3"), ("slot", "Slot/1")]
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .into()
}

fn filled(template: &RequestTemplate, known: &Appointment, bindings: &Bindings) -> Result<Outgoing, String> {
    filled_at("http://h/r4/tenant", template, known, bindings)
}

fn filled_at(
    base_url: &str,
    template: &RequestTemplate,
    known: &Appointment,
    bindings: &Bindings,
) -> Result<Outgoing, String> {
    let headers = [("authorization", "Bearer t"), ("x-api-key", "k")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let profile = Profile { headers: headers.to_vec(), ..Profile::of_url(base_url.to_owned()) };
    let gate = ExitGate::new(&profile);
    let door = Door { base_url, open_endpoint: None, slot_trouble: None, headers: &headers, gate: &gate };
    fill(template, known, bindings, door).map(|(outgoing, _)| outgoing)
}

fn plain() -> RequestTemplate {
    RequestTemplate::document(json!([{ "op": "replace", "path": "/slot", "value": [{ "reference": "$slot" }] }]))
}

#[test]
fn the_documented_request_is_whole_and_in_order() {
    let sent = filled(&plain(), &known(), &bindings()).unwrap();
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("PATCH", "http://h/r4/tenant/Appointment/7"));
    let names: Vec<&str> = sent.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["accept", "content-type", "if-match", "authorization", "x-api-key"]);
    let body = String::from_utf8(sent.body.unwrap()).unwrap();
    assert_eq!(body, r#"[{"op":"replace","path":"/slot","value":[{"reference":"Slot/1"}]}]"#);
}

#[test]
fn a_line_that_names_the_usual_one_is_not_sent_where_there_is_none() {
    let mut template = plain().with_if_match(Precondition::Tag(KnownTag::CurrentWhereShown));
    template.headers = vec![("IF-MATCH".to_owned(), vec!["$if-match".to_owned()])];
    let sent = filled(&template, &known(), &bindings()).unwrap();
    assert!(sent.headers.contains(&("IF-MATCH".to_owned(), "W/\"4\"".to_owned())), "{:?}", sent.headers);
    assert!(filled(&template, &unknown(), &bindings()).unwrap_err().contains("shows no version"));
}

#[test]
fn each_precondition_is_the_tag_it_names() {
    let lines = |lines: &[&str]| Precondition::Lines(lines.iter().map(|line| (*line).to_owned()).collect());
    for (precondition, expected) in [
        (Precondition::Absent, vec![]),
        (Precondition::Tag(KnownTag::Current), vec!["W/\"4\""]),
        (Precondition::Tag(KnownTag::CurrentWhereShown), vec!["W/\"4\""]),
        (Precondition::Tag(KnownTag::Strong), vec!["\"4\""]),
        (Precondition::Tag(KnownTag::Stale), vec!["W/\"3\""]),
        (Precondition::Tag(KnownTag::LastEtag), vec!["\"4\""]),
        (lines(&["*"]), vec!["*"]),
        (lines(&["W/\"$version\"", "W/\"$stale\""]), vec!["W/\"4\"", "W/\"3\""]),
    ] {
        let template = plain().with_if_match(precondition.clone());
        let sent = filled(&template, &known(), &bindings()).unwrap();
        let tags = sent.headers.iter().filter(|(name, _)| name == "if-match").map(|(_, value)| value.as_str());
        assert_eq!(tags.collect::<Vec<_>>(), expected, "{precondition:?}");
    }
}

#[test]
fn what_is_nearly_the_current_version_has_the_form_of_the_tags_of_the_target() {
    let template = plain().with_if_match(Precondition::Lines(vec!["$weak\"0$version\"".to_owned()]));
    for (weak, expected) in [("W/", "W/\"04\""), ("", "\"04\"")] {
        let mut bound = bindings();
        bound.insert("weak".to_owned(), Value::from(weak));
        let sent = filled(&template, &known(), &bound).unwrap();
        let tag = sent.headers.iter().find(|(name, _)| name == "if-match").map(|(_, value)| value.as_str());
        assert_eq!(tag, Some(expected));
    }
}

#[test]
fn what_nobody_knows_is_a_reason_and_never_a_guess() {
    let unknown = unknown();
    let tag = |tag| plain().with_if_match(Precondition::Tag(tag));
    let line = |line: &str| plain().with_if_match(Precondition::Lines(vec![line.to_owned()]));
    let body = |body| RequestTemplate::patch(body).with_if_match(Precondition::Absent);
    for (template, reason) in [
        (tag(KnownTag::Current), "shows no version"),
        (tag(KnownTag::Strong), "shows no version"),
        (tag(KnownTag::Stale), "no earlier version"),
        (tag(KnownTag::LastEtag), "had an ETag yet"),
        (line("W/\"$version\""), "shows no version"),
        (line("W/\"$stale\""), "no earlier version"),
        (body(BodyTemplate::Previous), "nothing was accepted"),
        (body(BodyTemplate::Advance), "no documented step"),
        (body(BodyTemplate::Base64("?".to_owned())), "invalid Base64"),
        (body(BodyTemplate::Document(json!(["$slot-2"]))), "no free slot"),
        (RequestTemplate { endpoint: Endpoint::Open, ..plain() }, "no open endpoint"),
    ] {
        let error = filled(&template, &unknown, &bindings()).map(|_| ()).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
    let sent = filled(&tag(KnownTag::CurrentWhereShown), &unknown, &bindings()).unwrap();
    assert!(sent.headers.iter().all(|(name, _)| name != "if-match"));
}

#[test]
fn another_caller_takes_the_place_of_the_run_and_its_token_comes_at_the_door() {
    for (credentials, line) in [
        (Credentials::User, Some("Bearer [token:user]")),
        (Credentials::ReadOnly, Some("Bearer [token:read-only]")),
        (Credentials::Absent, None),
    ] {
        let sent = filled(&RequestTemplate { credentials, ..plain() }, &known(), &bindings()).unwrap();
        let lines: Vec<&str> = sent
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(lines, line.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn headers_that_differ_take_the_place_of_the_usual_ones() {
    let with = |name: &str, lines: &[&str]| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let template = RequestTemplate { headers: vec![(name.to_owned(), lines)], ..plain() };
        filled(&template, &known(), &bindings()).unwrap()
    };
    let of = |sent: &Outgoing, name: &str| -> Vec<String> {
        sent.headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value.clone()).collect()
    };
    assert!(of(&with("content-type", &[]), "content-type").is_empty());
    assert_eq!(of(&with("accept", &["text/html", "*/*"]), "accept"), ["text/html", "*/*"]);
    let shouted = with("IF-MATCH", &["$if-match"]);
    assert_eq!((of(&shouted, "IF-MATCH"), of(&shouted, "if-match")), (vec!["W/\"4\"".to_owned()], vec![]));
    assert!(shouted.verbatim && with("accept", &[]).verbatim && !with("accept", &["*/*"]).verbatim);
}

#[test]
fn only_a_write_carries_a_body_and_a_precondition() {
    let read = RequestTemplate { method: "GET".to_owned(), ..plain() };
    let sent = filled(&read, &known(), &bindings()).unwrap();
    assert!(sent.body.is_none() && sent.headers.iter().all(|(name, _)| name != "if-match"));
}

#[test]
fn no_configured_header_goes_to_the_plain_port() {
    for credentials in [Credentials::default(), Credentials::Invalid, Credentials::Absent] {
        let template = RequestTemplate { endpoint: Endpoint::PlainHttp, credentials, ..plain() };
        let sent = filled_at("https://h/r4", &template, &known(), &bindings()).unwrap();
        assert_eq!(sent.url, "http://h/r4/Appointment/7");
        assert!(sent.headers.iter().all(|(_, value)| value != "Bearer t" && value != "k"), "{:?}", sent.headers);
    }
}

#[test]
fn what_leads_elsewhere_is_a_reason_and_no_request() {
    for path in ["@other.test/x", ".other.test/x", ":1/x", "Appointment/7", "/../x", "/Appointment/%2e%2e/x", "/a\\b"] {
        let template = RequestTemplate { path: path.to_owned(), ..plain() };
        let error = filled_at("http://h", &template, &known(), &bindings()).map(|_| ()).unwrap_err();
        assert!(error.contains("not sent"), "{path}: {error}");
    }
    let tenant = RequestTemplate { endpoint: Endpoint::RandomTenant, ..plain() };
    assert!(filled_at("https://h", &tenant, &known(), &bindings()).unwrap_err().contains("no tenant"));
    assert!(filled_at("https://h/r4/a", &tenant, &known(), &bindings()).is_ok());
}

#[test]
fn a_version_that_is_no_id_goes_into_no_url() {
    let template = RequestTemplate { path: "/Appointment/$id/_history/$version".to_owned(), ..plain() };
    let with = |version: Option<&str>| {
        let mut bindings = bindings();
        bindings.remove("version");
        bindings.extend(version.map(|version| ("version".to_owned(), Value::from(version))));
        filled(&template, &known(), &bindings)
    };
    assert!(with(Some("4")).unwrap().url.ends_with("/_history/4"));
    for version in ["../../admin/delete-all", "..", "4/$expunge", "4?_method=DELETE", "4\r\nX: y", "4#", ""] {
        assert!(with(Some(version)).map(|_| ()).unwrap_err().contains("FHIR id"), "{version}");
    }
    assert!(with(None).is_err());
}
