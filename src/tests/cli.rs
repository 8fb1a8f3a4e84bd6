//! The program given bad input or a bad target: exit codes, what it prints, what it sends and what it writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use patchproof::plan::{Case, Role, Selection, expand};
use patchproof::suite::check::shipped;
use patchproof::suite::contract::{Edition, contract};
use serde_json::Value;

use super::program::{Out, closed_port, patchproof, scratch};
use super::stub::{HTML, JSON, OUTCOME, Stub};

// Targets that are none.

#[test]
fn a_target_where_nobody_listens_ends_with_3_and_names_the_url() {
    let url = format!("http://127.0.0.1:{}/r4", closed_port());
    let ran = patchproof(&["run", "--target", &url]);
    ran.ends_with(3).says(&url);
}

#[test]
fn a_web_page_at_the_base_url_ends_with_3_and_says_what_was_expected() {
    let stub = Stub::constant(200, HTML, "<!doctype html><title>It works!</title>");
    let ran = patchproof(&["run", "--target", &stub.url()]);
    ran.ends_with(3).says(&stub.url()).says("FHIR");
    assert_eq!(stub.requests(), 1, "nothing is sent after the first look");
}

#[test]
fn a_target_that_refuses_all_credentials_ends_with_3() {
    let stub = Stub::constant(401, JSON, OUTCOME);
    let ran = patchproof(&["run", "if-match/", "--target", &stub.url(), "--header", "Authorization: Bearer wrong"]);
    ran.ends_with(3).says("401");
}

#[test]
fn a_target_that_tells_everyone_only_what_it_offers_ends_with_3() {
    let stub = Stub::start(|head| {
        let open = head.starts_with("OPTIONS ") || head.starts_with("GET /r4/metadata ");
        (if open { 200 } else { 401 }, JSON, OUTCOME.to_owned())
    });
    let ran = patchproof(&["run", "--target", &stub.url(), "--edition", "2019-05"]);
    ran.ends_with(3).says("401").says("Authorization");
}

#[test]
fn a_fault_that_nobody_would_see_is_not_served() {
    patchproof(&["serve", "--fault", "no-challenge"]).ends_with(2).says("no-challenge").says("--token");
}

#[test]
fn https_to_a_port_without_tls_ends_with_3_and_names_the_url() {
    let stub = Stub::constant(200, JSON, "{}");
    let url = stub.url().replace("http://", "https://");
    patchproof(&["run", "--target", &url]).ends_with(3).says(&url);
    assert_eq!(stub.requests(), 0, "no request can be read from a TLS greeting");
}

// Targets that answer everything alike.

#[test]
fn a_target_that_answers_everything_alike_is_never_conformant() {
    let table = [(412, OUTCOME), (200, "{}"), (500, OUTCOME)];
    for edition in Edition::ALL {
        for (status, body) in table {
            let stub = Stub::of_fhir(status, JSON, body);
            let out = Out::new(&format!("alike-{status}-{edition}"));
            let ran = patchproof(&[
                "run",
                "--target",
                &stub.url(),
                "--edition",
                edition.id(),
                "--quiet",
                "--out",
                out.path(),
            ]);
            assert!(
                matches!(ran.code, Some(1 | 4)),
                "{status} to everything, {edition}: exit {:?}, not 1 or 4\n{}",
                ran.code,
                ran.stderr
            );
            assert_ne!(out.record()["summary"]["verdict"], "conformant", "{status}, {edition}");
        }
    }
}

#[test]
fn a_target_that_refuses_everything_with_412_passes_no_negative_requirement() {
    for edition in Edition::ALL {
        let stub = Stub::of_fhir(412, JSON, OUTCOME);
        let out = Out::new(&format!("refuses-everything-{edition}"));
        patchproof(&["run", "--target", &stub.url(), "--edition", edition.id(), "--quiet", "--out", out.path()]);
        let record = out.record();
        let rejected = rejected(edition);
        let verdicts: Vec<(&str, &str)> = list(&record, "cases").iter().map(id_and_verdict).collect();
        assert!(
            verdicts.iter().any(|(id, _)| rejected.iter().any(|other| other == id)),
            "no rejected request was in the run"
        );
        let green: Vec<&str> = verdicts
            .iter()
            .filter(|(id, verdict)| *verdict == "pass" && rejected.iter().any(|other| other == id))
            .map(|(id, _)| *id)
            .collect();
        assert!(green.is_empty(), "{edition}: green without a control: {green:?}");
        for requirement in list(&record, "requirements") {
            let (id, verdict) = id_and_verdict(requirement);
            let cases = requirement["cases"].as_array().unwrap();
            let negative = cases.iter().any(|case| rejected.iter().any(|other| other == case.as_str().unwrap()));
            assert!(!(negative && verdict == "pass"), "{edition}: {id} is negative and passed");
        }
    }
}

// Mistakes of the user: exit 2, before anything is sent.

#[test]
fn a_mistake_on_the_command_line_ends_with_2_and_sends_nothing() {
    let missing = scratch("no-such-folder").display().to_string();
    let table: [(&[&str], &str); 9] = [
        (&["--edition", "2031-01"], "2031-01"),
        (&["no-such-case-anywhere"], "no-such-case-anywhere"),
        (&["if-match/", "no-such-case-anywhere"], "no-such-case-anywhere"),
        (&["--requirement", "APPT-VER-99"], "APPT-VER-99"),
        (&["--requirement", "nonsense"], "nonsense"),
        (&["--scenarios", &missing], &missing),
        (&["--header", "no colon"], "colon"),
        (&["--timeout", "never"], "never"),
        (&["--no-such-option"], "--no-such-option"),
    ];
    for (arguments, word) in table {
        let stub = Stub::constant(200, JSON, "{}");
        let url = stub.url();
        let ran = patchproof(&[&["run", "--target", &url], arguments].concat());
        ran.ends_with(2).says(word);
        assert_eq!(stub.requests(), 0, "{arguments:?} sent something");
    }
}

#[test]
fn a_target_that_is_neither_url_nor_file_ends_with_2() {
    patchproof(&["run", "--target", "no-such-target.yaml"]).ends_with(2).says("no-such-target.yaml");
}

#[test]
fn an_empty_scenario_folder_ends_with_2() {
    let folder = Out::new("empty-scenarios");
    patchproof(&["run", "--scenarios", folder.path()]).ends_with(2).says(folder.path());
}

#[test]
fn malformed_yaml_is_shown_with_file_line_and_column() {
    let folder = Out::new("malformed");
    folder.write("bad.yaml", "kind: exchange\ntitle: Mine\ncases:\n  - id: mine/one\n    title: \"never closed\n");
    let stub = Stub::constant(200, JSON, "{}");
    let ran = patchproof(&["run", "--target", &stub.url(), "--scenarios", folder.path()]);
    ran.ends_with(2);
    assert_place(&ran.stderr, "bad.yaml");
    assert_eq!(stub.requests(), 0);
}

#[test]
fn several_mistakes_in_several_files_are_reported_at_once() {
    let folder = Out::new("several-mistakes");
    folder.write(
        "first.yaml",
        "kind: exchange\ntitle: Mine\ncases:\n  - id: mine/one\n    title: One\n    verifies: [APPT-VER-99]\n    fixture: booked\n    \
         steps:\n      - patch: [{ op: replace, path: /status, value: arrived }]\n        expect: accepted\n",
    );
    folder.write("second.yaml", "kind: no-such-kind\n");
    folder.write(
        "third.yaml",
        "kind: exchange\ntitle: Mine\ncases:\n  - id: mine/three\n    title: Three\n    verifies: [APPT-VER-04]\n    fixture: booked\n    \
         colour: green\n    steps:\n      - patch: [{ op: replace, path: /status, value: arrived }]\n        \
         expect: accepted\n",
    );
    for arguments in [vec!["run", "--scenarios", folder.path()], vec!["check", folder.path()]] {
        let ran = patchproof(&arguments);
        ran.ends_with(2).says("APPT-VER-99").says("no-such-kind").says("colour");
        for file in ["first.yaml", "second.yaml", "third.yaml"] {
            assert_place(&ran.stderr, file);
        }
    }
}

// What is written.

#[test]
fn the_schema_is_valid_json() {
    let ran = patchproof(&["schema"]);
    ran.ends_with(0);
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(schema.is_object());
}

#[test]
fn a_record_is_written_whole_with_its_reports_alone_beside_it() {
    let out = Out::new("whole");
    patchproof(&["run", "if-match/", "--quiet", "--out", out.path()]);
    let record = out.record();
    for part in ["schema", "tool", "edition", "target", "contract", "summary", "requirements", "cases", "exchanges"] {
        assert!(!record[part].is_null(), "the record has no `{part}`");
    }
    assert_eq!(record["schema"], "patchproof/run/4");
    let usual =
        ["badge.json", "junit.xml", "report.html", "requirements.csv", "run.json", "summary.md", "testreport.json"];
    assert_eq!(out.files(), usual, "nothing half-written is left beside them");
}

#[test]
fn a_run_that_could_not_begin_moves_an_earlier_record_aside() {
    let out = Out::new("earlier");
    out.write("run.json", "{}");
    let url = format!("http://127.0.0.1:{}", closed_port());
    patchproof(&["run", "--target", &url, "--out", out.path()]).ends_with(3);
    assert_eq!(out.files(), [".previous", "NO-RESULT.txt"]);
    assert_eq!(std::fs::read_to_string(out.0.join(".previous/run.json")).unwrap(), "{}");
}

// What the tests share.

fn list<'a>(record: &'a Value, name: &str) -> &'a [Value] {
    record[name].as_array().unwrap()
}

fn id_and_verdict(entry: &Value) -> (&str, &str) {
    (entry["id"].as_str().unwrap(), entry["verdict"].as_str().unwrap())
}

/// The ids of the cases in which everything sent must be rejected.
fn rejected(edition: Edition) -> Vec<String> {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap_or_else(|error| panic!("{error:?}"));
    let cases = expand(&catalogue, contract, edition, &Selection::default()).unwrap().cases;
    let refusals = cases.iter().filter_map(Case::stepwise).filter(|case| case.role == Role::Refusal);
    refusals.map(|case| case.head.id.0.clone()).collect()
}

/// Asserts that a text names a place in a file, as `file:line:column`.
fn assert_place(text: &str, file: &str) {
    let marker = format!("{file}:");
    let placed = text.match_indices(&marker).any(|(start, _)| {
        let mut parts = text[start + marker.len()..].split(':');
        let number = |part: Option<&str>| {
            part.is_some_and(|part| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit() && byte != b'0'))
        };
        number(parts.next()) && number(parts.next())
    });
    assert!(placed, "no {file}:line:column in\n{text}");
}
