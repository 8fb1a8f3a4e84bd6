//! Tests of snapshots: what is kept, what becomes a name, how files are read and what counts as drift.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::compare::general;
use super::file::{in_insta_form, sections};
use super::table::load;
use super::{Again, again, changed_answers, compare, files, near, of, safe_name};
use crate::record::{CaseRecord, DriftKind, RunRecord, TrialKindRecord};

const OUTCOME: &str = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict","diagnostics":"Appointment/4711 has W/\"7\" since 2026-01-02T03:04:05Z"}]}"#;

/// One case, one request, one response.
fn record(case: &str, status: u16, headers: &[(&str, &str)], body: &str) -> RunRecord {
    let mut record = empty();
    add(&mut record, case, status, headers, body);
    record
}

/// A run of which nothing is known.
fn empty() -> RunRecord {
    let mut record = crate::report::samples::empty();
    record.target.embedded = false;
    record
}

fn add(record: &mut RunRecord, case: &str, status: u16, headers: &[(&str, &str)], body: &str) {
    let place = record.exchanges.len();
    let body = if body.is_empty() { json!("empty") } else { json!({ "text": body }) };
    record.exchanges.push(from(json!({
        "id": place, "lane": 1, "purpose": "try", "appointment": "4711", "at": "2026-01-02T03:04:05.000Z",
        "begin_us": 1, "end_us": 2, "attempt": 1,
        "request": {
            "method": "PATCH", "url": "http://localhost/r4/Appointment/4711",
            "headers": [["accept", "application/fhir+json"], ["if-match", "W/\"6\""], ["Authorization", "[secret]"]],
            "body": { "text": r#"[{"op":"replace","path":"/status","value":"arrived"}]"# }
        },
        "response": { "received": { "status": status, "version": "HTTP/1.1", "headers": headers, "body": body } }
    })));
    let seen = json!({
        "appointment": "4711", "state": "booked", "alone": false, "control": "not-needed",
        "steps": [{ "exchange": place, "before": null, "first_after": null, "after": null, "tag": "read",
                    "bindings": { "id": "4711", "version": "6", "status": "booked" } }]
    });
    record.trials.push(from(json!({ "case": case, "lane": 1, "kind": { "steps": seen } })));
    judged(record, case, "pass");
}

fn judged(record: &mut RunRecord, case: &str, verdict: &str) {
    record.cases.push(from(json!({
        "id": case, "title": "", "requirements": [], "verdict": verdict, "reason": "why", "origin": "a:1",
        "findings": [], "exchanges": []
    })));
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn only(record: &RunRecord) -> String {
    of(record).into_values().next().unwrap()
}

fn kinds(now: &RunRecord, whole: bool, was: &RunRecord) -> Vec<(String, DriftKind)> {
    let drift = compare(now, whole, "t", &of(was));
    drift.changes.into_iter().map(|change| (change.case.0, change.kind)).collect()
}

#[test]
fn a_snapshot_keeps_what_matters_and_names_what_moves() {
    let headers = [
        ("x-request-id", "153ba1c255f74c8b9e576decb1562870"),
        ("content-length", "190"),
        ("etag", "W/\"7\""),
        ("date", "Sun, 22 Nov 2026 21:13:46 GMT"),
        ("location", "http://localhost/r4/Appointment/4711/_history/7"),
        ("vary", "Origin"),
    ];
    insta::assert_snapshot!(only(&record("a/b", 409, &headers, OUTCOME)), @r#"
    > PATCH /Appointment/<id>   (booked)
    > if-match: W/"<version>"
    > [{"op":"replace","path":"/status","value":"arrived"}]
    < 409
    < date: <http-date>
    < etag: W/"<version-2>"
    < location: <base>/Appointment/<id>/_history/<version-2>
    < vary: Origin
    < x-request-id: <request-id>
    < /resourceType: "OperationOutcome"
    < /issue/0/severity: "error"
    < /issue/0/code: "conflict"
    < /issue/0/diagnostics: "Appointment/<id> has W/\"<version-2>\" since <instant>"
    "#);
}

#[test]
fn a_value_without_its_form_shows_as_it_was_sent() {
    let text = only(&record("a/b", 200, &[("date", "yesterday"), ("etag", "\"7\""), ("x-runtime", "fast")], ""));
    for line in ["< date: yesterday\n", "< etag: \"<version-2>\"\n", "< x-runtime: fast\n"] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    assert!(
        only(&record("a/b", 200, &[("etag", "W/\"6\"")], "")).contains("< etag: W/\"<version>\"\n"),
        "a stale tag shows"
    );
}

#[test]
fn no_secret_and_nothing_that_moves_a_cursor_gets_into_a_snapshot() {
    let text =
        only(&record("a/b", 200, &[("x-a", "\u{1b}[31m\u{202e}é"), ("set-cookie", "s=1")], "<html>\n## a/c\n> x"));
    assert!(text.contains("< x-a: \\u{1b}[31m\\u{202e}é\n"), "{text}");
    assert!(text.contains("< set-cookie: <cookie>\n") && !text.contains("ecret"), "{text}");
    assert!(text.contains("< not JSON: <html>\\u{a}## a/c\\u{a}> x\n"), "a body stays on its line\n{text}");
}

#[test]
fn what_redaction_left_is_the_same_in_every_run_and_equal_values_stay_equal() {
    let text = |one: &str, other: &str| {
        let body = format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"diagnostics":"[name:{one}] and [name:{other}] are [name:{one} mark]"}}]}}"#
        );
        only(&record("a/b", 400, &[("x-a", &format!("[header:{other}]"))], &body))
    };
    let first = text("7f3a09c1d2e4", "0123456789ab");
    assert_eq!(first, text("aaaaaaaaaaaa", "bbbbbbbbbbbb"));
    assert!(first.contains("[name:<token-2>] and [name:<token>] are [name:<token-2> mark]"), "{first}");
}

#[test]
fn a_huge_body_is_counted_and_not_kept() {
    let issues: Vec<Value> = (0..5000).map(|number| json!({ "code": number.to_string() })).collect();
    let body = json!({ "resourceType": "OperationOutcome", "issue": issues }).to_string();
    let text = only(&record("a/b", 400, &[("x-a", &"é".repeat(9000))], &body));
    assert!(text.lines().count() < 250, "{} lines", text.lines().count());
    assert!(text.contains("… (9000 characters)") && text.contains("more members"), "{text}");
}

#[test]
fn a_changed_header_is_a_difference_of_three_lines() {
    let was = record("a/b", 409, &[("vary", "Origin")], OUTCOME);
    let now = record("a/b", 409, &[("vary", "Accept")], OUTCOME);
    let drift = compare(&now, true, "t", &of(&was));
    assert_eq!(drift.changes[0].diff, ["  409", "- vary: Origin", "+ vary: Accept"]);
    assert_eq!((drift.changes[0].kind, drift.same, drift.drifted()), (DriftKind::Changed, 0, true));
    let same = compare(&was, true, "t", &of(&was));
    assert_eq!((same.same, same.drifted()), (1, false));
}

#[test]
fn new_changed_vanished_and_unanswered_cases_are_told_apart() {
    let mut was = record("a/changed", 200, &[], "");
    for case in ["a/gone", "a/declared", "a/not-run", "a/slow"] {
        add(&mut was, case, 200, &[], "");
    }
    let mut now = record("a/changed", 204, &[], "");
    add(&mut now, "a/new", 200, &[], "");
    add(&mut now, "a/slow", 503, &[], "");
    judged(&mut now, "a/declared", "not-applicable");
    judged(&mut now, "a/not-run", "not-tested");
    let mut expected = vec![
        ("a/changed".to_owned(), DriftKind::Changed),
        ("a/declared".to_owned(), DriftKind::Vanished),
        ("a/gone".to_owned(), DriftKind::Vanished),
        ("a/new".to_owned(), DriftKind::New),
        ("a/not-run".to_owned(), DriftKind::Unanswered),
        ("a/slow".to_owned(), DriftKind::Unanswered),
    ];
    assert_eq!(kinds(&now, true, &was), expected);
    // A run of a part does not miss what it did not ask for, and neither does one that was interrupted.
    expected.remove(2);
    assert_eq!(kinds(&now, false, &was), expected);
    now.cut_short = Some("the run was interrupted".to_owned());
    assert_eq!(kinds(&now, true, &was), expected);
}

#[test]
fn what_was_asked_in_another_state_is_the_same_only_if_the_answer_is() {
    let was = record("a/b", 422, &[], OUTCOME);
    let mut now = was.clone();
    let TrialKindRecord::Steps(seen) = &mut now.trials[0].kind else { panic!("no steps") };
    seen.state = from(json!("arrived"));
    now.exchanges[0].request.body =
        from(json!({ "text": r#"[{"op":"replace","path":"/status","value":"checked-in"}]"# }));
    assert_eq!(kinds(&now, true, &was), []);
    now.exchanges[0].response = record("a/b", 409, &[], OUTCOME).exchanges[0].response.clone();
    let drift = compare(&now, true, "t", &of(&was));
    assert_eq!(drift.changes[0].kind, DriftKind::AskedDifferently);
    let reason = drift.changes[0].reason.as_deref().unwrap();
    assert!(reason.contains("(booked)") && reason.contains("(arrived)"), "{reason}");
    // Nothing could be compared: that is no success, in whatever run.
    assert!(drift.drifted());
    assert_eq!(
        general("> PATCH /x   (booked)\n< a booked one, overbooked\n"),
        "> PATCH /x   (<state>)\n< a <state> one, overbooked\n"
    );
}

#[test]
fn sections_survive_being_written_and_read_in_instas_form() {
    let mut record = record("a/b", 409, &[("vary", "Origin"), ("x-empty", "")], OUTCOME);
    add(&mut record, "a/c", 200, &[("x-long", &"word ".repeat(300))], "");
    add(&mut record, "con/d", 200, &[], "");
    let cases = of(&record);
    let files = files(&cases);
    assert_eq!(files.len(), 2);
    let folder = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut back = BTreeMap::new();
    for (stem, content) in &files {
        let path = folder.join(format!("{stem}.snap"));
        std::fs::write(&path, in_insta_form("t: \"x\"", "2019-05", stem, content)).unwrap();
        let read = insta::Snapshot::from_file(&path).unwrap().as_text().unwrap().to_string();
        assert_eq!(read, *content);
        back.extend(sections(stem, &read).unwrap());
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(back, cases);
}

#[test]
fn a_foreign_content_is_refused_with_its_line() {
    for (content, found) in [
        ("", "no `## case`"),
        ("## a/b\n> x\nhello", "line 3"),
        ("> x", "line 1"),
        ("## other/b\n> x", "belongs in `other.snap`"),
        ("## a/b\n> x\n\n## a/b\n> x", "line 4: the case `a/b` occurs twice"),
    ] {
        let problem = sections("a", content).unwrap_err();
        assert!(problem.contains(found), "{content:?}: {problem}");
    }
}

#[test]
fn names_are_safe_and_stay_apart_on_every_file_system() {
    for plain in ["if-match", "2019-05", "fhir.example.org-8080-r4"] {
        assert_eq!(safe_name(plain), plain);
    }
    let long = "a".repeat(300);
    let other = format!("{long}b");
    let names = ["con", "CON", "nul.txt", "lpt1", "A", "a b", "a/b", "..", ".", "", "a.", ".a", "ä", &long, &other];
    let safe: std::collections::BTreeSet<String> = names.iter().map(|name| safe_name(name)).collect();
    assert_eq!(safe.len(), names.len(), "{safe:?}");
    for name in &safe {
        let plain =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte));
        let ends = name.ends_with('.') || name.starts_with('.');
        assert!(plain && !ends && name.len() <= 80 && name.starts_with("x-"), "{name}");
    }
}

#[test]
fn an_instant_in_any_form_is_an_instant_and_its_name_says_which_form() {
    let named = |name: &str, value: &str| super::names::Placeholders::new(super::table::table()).header(name, value);
    for (name, value, becomes) in [
        ("last-modified", "Thu, 26 Nov 2026 01:25:21 GMT", "<http-date>"),
        ("last-modified", "Thu, 26 Nov 2026 01:25:21GMT-00:00", "<instant-in-another-form>"),
        ("last-modified", "2026-11-26T01:25:21.123+01:00", "<instant-in-another-form>"),
        ("last-modified", "Thursday, 26-Nov-26 01:25:21 GMT", "<instant-in-another-form>"),
        ("date", "1764120321", "<instant-in-another-form>"),
        ("expires", "0", "0"),
        ("x-server-time", "20261126012521", "<instant-in-another-form>"),
        ("server-response-time", "2260", "<duration>"),
        ("x-note", "at Thu Nov 26 01:25:21 2026", "at <instant-in-another-form>"),
        ("x-note", "at Thu, 26 Nov 2026 01:25:21 +0100", "at <instant-in-another-form>"),
    ] {
        assert_eq!(named(name, value).as_deref(), Some(becomes), "{name}: {value}");
    }
}

#[test]
fn the_shipped_table_is_read_and_a_mistake_in_one_has_a_place() {
    let shipped = crate::words::shipped::file("snapshots/volatile.yaml").unwrap();
    let table = load(shipped).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(table.header("date", "").is_some() && table.header("opc-request-id", "1").is_some());
    assert!(table.header("vary", "Origin").is_none() && !table.texts.is_empty());
    for (text, place) in [
        (shipped.replacen("becomes: http-date", "becoms: http-date", 1), "unknown key"),
        (shipped.replacen("ignored: true", "ignored: false", 1), "either ignored or replaced"),
        (shipped.replacen("Slot/(", "Slot/((", 1), "invalid form"),
        (shipped.replacen("[date,", "[dat,", 1), "did you mean `date`"),
    ] {
        let problems = load(&text).unwrap_err();
        assert!(problems.contains(place) && problems.contains("snapshots/volatile.yaml:"), "{place}: {problems}");
    }
}

/// A case that was judged: (requirement, verdict, found).
fn case(verdict: &str, findings: &[(&str, &str, &str)]) -> CaseRecord {
    let finding = |(requirement, verdict, found): &(&str, &str, &str)| json!({ "case": "a/b", "requirement": requirement, "verdict": verdict, "expected": "", "found": found });
    from(json!({
        "id": "a/b", "title": "", "requirements": [], "verdict": verdict, "reason": "why", "origin": "a:1",
        "findings": findings.iter().map(finding).collect::<Vec<_>>(), "exchanges": []
    }))
}

#[test]
fn a_case_sent_again_is_judged_by_what_was_wrong_with_it() {
    const ID: &str = "APPT-VER-04";
    let pass = case("pass", &[(ID, "pass", "")]);
    let fail = case("fail", &[(ID, "fail", "200, tag W/\"7\""), ("APPT-ERR-01", "pass", "")]);
    let later = case("fail", &[(ID, "fail", "200, tag W/\"12\"")]);
    let other = case("fail", &[(ID, "fail", "500")]);
    let more = case("fail", &[(ID, "fail", "200, tag W/\"7\""), ("APPT-ERR-01", "fail", "no body")]);
    let doubt = case("inconclusive", &[(ID, "inconclusive", "no response")]);
    assert_eq!(again(&pass, &pass, true), Again::StillPassing);
    assert_eq!(again(&fail, &pass, true), Again::Fixed);
    assert_eq!(again(&doubt, &pass, true), Again::Fixed);
    assert_eq!(again(&fail, &later, true), Again::StillFailing, "a version is no difference");
    assert_eq!(again(&fail, &doubt, true), Again::Unable("inconclusive: why".to_owned()));
    for (was, now, expected) in [
        (&fail, &other, "APPT-VER-04: was fail 200, tag W/\"<version>\"; now fail 500"),
        (&pass, &fail, "APPT-VER-04: was pass; now fail 200, tag W/\"<version>\""),
        (&fail, &more, "APPT-ERR-01: was pass; now fail no body"),
        (&more, &fail, "APPT-ERR-01: was fail no body; now kept"),
    ] {
        let Again::Different(lines) = again(was, now, true) else { panic!("{expected}") };
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:?}");
    }
    // The words of a race name whoever came first: only the requirement counts.
    assert_eq!(again(&fail, &other, false), Again::StillFailing);
}

#[test]
fn changed_answers_are_told_for_equal_requests_only() {
    let (was, now) = (record("a/b", 409, &[], OUTCOME), record("a/b", 412, &[], OUTCOME));
    let id = was.cases[0].id.clone();
    assert_eq!(changed_answers(&was, &now, &id), ["- 409", "+ 412"]);
    let mut other = now.clone();
    other.exchanges[0].request.method = "PUT".to_owned();
    assert_eq!(changed_answers(&was, &other, &id), [""; 0]);
    assert_eq!(changed_answers(&was, &empty(), &id), [""; 0]);
}

#[test]
fn a_name_that_is_not_there_has_near_ones() {
    let names = ["if-match/missing", "if-match/stale", "race/arrived"];
    assert_eq!(near("if-match/mising", &names)[0], "if-match/missing");
    assert_eq!(near("race", &names), ["race/arrived"]);
    assert_eq!(near("zzzzzzzz", &names), [""; 0]);
}
