//! Tests of the HTML report as text; a browser looks at it in src/tests/browser.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::record::{AppointmentStatus, BodyRecord, CaseId, CaseTransition};
use crate::report::page::clean::is_dangerous;
use crate::report::samples;

/// What a target may send to break out of where it is shown.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "\"><img src=x onerror=alert(3)>",
    "</style><style>body{display:none}</style>",
    "]]>",
    "--><svg onload=alert(4)>",
    "\u{1b}[31m\u{7}\u{0}\u{9b}",
    "a\u{202e}b\u{2066}c\u{200b}",
];

#[test]
fn nothing_a_target_sends_becomes_markup() {
    for text in HOSTILE {
        let mut record = samples::full();
        let body = BodyRecord::Text(format!("{{\"resourceType\":{text:?}}} {text}"));
        record.exchanges[0] = samples::exchange(
            0,
            text,
            &[("x", text), ("authorization", "[secret]")],
            body.clone(),
            samples::received(200, &[("etag", text), (text, text)], text),
        );
        record.exchanges[2].response = samples::lost(text);
        record.target.base_url = text.to_owned();
        record.cut_short = Some(text.to_owned());
        record.fixtures[0].id = text.to_owned();
        record.fixtures[0].left = Some(text.to_owned());
        record.requirements[0].reason = text.to_owned();
        for case in &mut record.cases {
            case.reason = text.to_owned();
            case.findings.iter_mut().for_each(|finding| finding.found = text.to_owned());
        }
        let page = html(&record);
        assert!(!page.chars().any(|character| character != '\n' && is_dangerous(character)), "{text:?}");
        let count = |needle: &str| page.matches(needle).count();
        assert_eq!(count("<script"), 2, "{text:?}");
        assert_eq!(count("</script"), 2, "{text:?}");
        assert_eq!(count("<style"), 1, "{text:?}");
        assert_eq!((count("<img"), count("<svg onload"), count("</style")), (0, 0, 1), "{text:?}");
    }
}

#[test]
fn the_policy_names_exactly_the_style_and_script_of_the_page() {
    let page = html(&samples::full());
    let between = |start: &str, end: &str| {
        let rest = page.split_once(start).unwrap().1;
        rest.split_once(end).unwrap().0.to_owned()
    };
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    assert!(page.contains(&format!("style-src 'sha256-{}'", hash(&between("<style>", "</style>")))));
    assert!(page.contains(&format!("script-src 'sha256-{}'", hash(&between("<script>", "</script>")))));
    assert!(!page.contains(" style=\"") && !page.contains(" onclick"), "the policy would refuse it");
}

#[test]
fn no_two_elements_share_an_id_and_every_link_within_leads_somewhere() {
    let page = html(&samples::full());
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len());
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&link), "#{link}");
    }
}

#[test]
fn a_run_in_which_nothing_happened_has_a_report() {
    let page = html(&samples::empty());
    assert!(page.contains("Conformant"));
    for absent in ["id=\"races\"", "id=\"sequences\"", "id=\"latency\"", "id=\"transitions\""] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn every_finding_and_every_case_of_the_record_is_in_the_report() {
    let record = samples::full();
    let page = html(&record);
    for requirement in &record.requirements {
        assert!(page.contains(&format!("<tr id=\"{}\"", requirement.id)), "{}", requirement.id);
    }
    assert_eq!(page.matches("<details class=\"case lazy\"").count(), record.cases.len());
    for words in ["200: the request was carried out", "no answer within 30s", "the evidence lacks the exchange"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn long_bodies_are_cut_only_as_far_as_needed() {
    let mut record = samples::empty();
    let body = |number: usize| BodyRecord::Text(format!("{number}{}", "x".repeat(20_000)));
    let exchange = |id: u32, body: BodyRecord| samples::exchange(id, "PATCH", &[], body, samples::lost("no"));
    record.exchanges = vec![exchange(0, body(0))];
    let few = html(&record).len();
    record.exchanges = (0..1000).map(|id| exchange(id, body(id as usize))).collect();
    let many = html(&record).len();
    assert!(few > 16_000 && many < 3 * 1024 * 1024, "{few} {many}");
}

#[test]
fn a_case_stands_in_the_cell_that_its_record_names_whatever_its_id() {
    let mut record = samples::full();
    let (from, to) = (AppointmentStatus::Booked, AppointmentStatus::Arrived);
    record.cases[0].transition = Some(CaseTransition { from, to });
    record.cases[1].id = CaseId("transitions/booked-to-cancelled".to_owned());
    let page = html(&record);
    assert!(page.contains("booked to arrived: no expectation recorded; no response; pass"));
    assert!(page.contains("booked to cancelled: no expectation recorded; no response; no case in this run"));
}
