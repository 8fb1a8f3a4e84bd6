//! The server's patch application, pinned on cases made after the public test suite of JSON Patch.

use serde_json::Value;

use crate::reference::{Config, document, rfc6902, terms_of};
use crate::suite::contract::Edition;

/// One case: a document, a patch (JSON, or a text where JSON cannot say it), and the result, null where it must fail.
#[derive(serde::Deserialize)]
struct Case {
    title: String,
    document: Value,
    patch: Value,
    result: Option<Value>,
}

#[test]
fn documents_are_patched_as_rfc_6902_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("rfc6902.json")).unwrap();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let terms = terms_of(&Config { edition: Edition::FhirR4, ..Config::default() }).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let text = case.patch.as_str().map_or_else(|| case.patch.to_string(), str::to_owned);
        let before = case.document.clone();
        let result = document::read(&terms, Some(&text.clone().into()))
            .and_then(|operations| rfc6902::apply(&terms, &case.document, &operations))
            .ok();
        assert_eq!(case.document, before, "{}: the document itself was changed", case.title);
        if result != case.result {
            wrong.push(format!("{}: {result:?}", case.title));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_case_is_there_once() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("rfc6902.json")).unwrap();
    let mut titles: Vec<&str> = cases.iter().map(|case| case.title.as_str()).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), cases.len());
}
