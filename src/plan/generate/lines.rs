//! Header lines that differ from the documented ones, and the forms of If-Match.

use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use crate::plan::DrawnHeader;
use crate::suite::scenario::IfMatch;

/// Header lines of one request that are not as documented; the mildest first, so that a failing one becomes plain.
pub(super) fn headers() -> BoxedStrategy<Vec<DrawnHeader>> {
    let lines = |name: &str, values: &[&str]| DrawnHeader {
        name: name.to_owned(),
        lines: Some(values.iter().map(|value| (*value).to_owned()).collect()),
    };
    let one = |name: &str, value: &str| lines(name, &[value]);
    let two = |name: &str, values: [&str; 2]| lines(name, &values);
    select(vec![
        vec![one("x-request-id", "patchproof-1")],
        vec![one("accept", "application/fhir+json; fhirVersion=4.0")],
        vec![one("accept", "*/*")],
        vec![one("accept", "application/json")],
        vec![one("accept", "application/json+fhir")],
        vec![one("accept", "text/html, application/fhir+json;q=0.5")],
        vec![one("accept", "application/fhir+xml")],
        vec![one("accept", "text/html")],
        vec![one("accept", "image/png, text/csv")],
        vec![two("accept", ["text/html", "application/fhir+json"])],
        vec![one("content-type", "application/json-patch+json; charset=utf-8")],
        vec![one("content-type", "Application/JSON-Patch+JSON")],
        vec![one("content-type", "application/json-patch+json;charset=\"UTF-8\"; x=1")],
        vec![one("content-type", "application/json")],
        vec![one("content-type", "application/fhir+json")],
        vec![one("content-type", "application/xml-patch+xml")],
        vec![one("content-type", "text/plain")],
        vec![DrawnHeader { name: "content-type".to_owned(), lines: None }],
        vec![one("prefer", "return=minimal")],
        vec![one("prefer", "return=representation")],
        vec![one("prefer", "return=OperationOutcome, respond-async")],
        vec![one("if-none-match", "W/\"none\"")],
        vec![one("x-unknown", &"x".repeat(2000))],
        vec![one("IF-MATCH", "$if-match"), one("ACCEPT", "application/fhir+json")],
    ])
    .boxed()
}

/// Every form of If-Match.
pub(super) fn tags() -> BoxedStrategy<IfMatch> {
    let raw = |line: &str| IfMatch::Raw(vec![line.to_owned()]);
    select(vec![
        IfMatch::Current,
        IfMatch::LastEtag,
        IfMatch::Stale,
        IfMatch::NeverExisted,
        IfMatch::Absent,
        IfMatch::Any,
        IfMatch::Strong,
        raw("W/\"$version\", W/\"$stale\""),
        raw("W/\"$stale\", W/\"999999\""),
        raw("$version"),
        raw("W/$version"),
        raw("w/\"$version\""),
        raw("W/\"\""),
        raw("W/\"$version"),
        raw("\"$stale\""),
        raw("W/\"0$version\""),
        raw("W/\"$version \""),
        raw("W/\"-1\""),
        IfMatch::Raw(vec!["W/\"$version\"".to_owned(), "W/\"$stale\"".to_owned()]),
    ])
    .boxed()
}

/// With the current version, or without If-Match at all.
pub(super) fn presence() -> BoxedStrategy<IfMatch> {
    select(vec![IfMatch::Current, IfMatch::Absent]).boxed()
}
