//! Every documented exit code, from the program itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::program::{Out, Program, Ran, Served, closed_port, patchproof, scratch};
use super::stub::{JSON, OUTCOME, STATEMENT, Stub, is_look};

/// The codes of the table "Exit codes" in the guide that this file shows; `replay` has the one of its own.
const SHOWN: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 129, 130, 143];

#[test]
fn every_documented_code_is_shown_here_or_with_its_command() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/docs/verdicts.md")).unwrap();
    let (_, section) = guide.split_once("## Exit codes").unwrap();
    let (table, _) = section.split_once("In these commands").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let documented: BTreeSet<u8> = rows.filter_map(|(code, _)| code.parse().ok()).collect();
    assert_eq!(documented, SHOWN.into_iter().chain([8]).collect(), "the guide");
    let help = patchproof(&["--help"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, line) = help.split_once("Exit codes: ").unwrap();
    let named: BTreeSet<u8> = line.split(" · ").filter_map(|part| part.split(' ').next()?.parse().ok()).collect();
    assert_eq!(named, documented, "--help");
}

#[test]
fn a_run_ends_with_the_code_of_its_kind() {
    let closed = format!("http://127.0.0.1:{}/r4", closed_port());
    let rejecting = Stub::constant(401, JSON, OUTCOME);
    let page = Stub::constant(200, "text/html", "<p>It works!</p>");
    let table: [(i32, &[&str], &str); 15] = [
        (0, &["--cases", "1", "--edition", "fhir-r4"], ""),
        (0, &["if-match/missing"], ""),
        (1, &["if-match/missing", "--fault", "accept-missing-if-match"], ""),
        (2, &["--edition", "1999-01"], "1999-01"),
        (2, &["--jobs", "0"], "--jobs"),
        (2, &["--target", "no-such-target.yaml"], "no target file `no-such-target.yaml`"),
        (2, &["if-match/mising"], "did you mean `if-match/missing`?"),
        (3, &["--target", &closed], "/r4: tcp connect error"),
        (3, &["--target", &page.url()], "markup"),
        (3, &["if-match/", "--target", &rejecting.url()], "authentication failed"),
        (4, &["if-match/missing", "--max-requests", "2"], ""),
        (0, &["--cases", "0", "--edition", "fhir-r4"], ""),
        (1, &["--cases", "0", "--edition", "fhir-r4", "--fault", "ignore-if-match"], ""),
        (2, &["--cases", "0", "sequences/"], "only generated sequences are selected"),
        (6, &["--target", "http://192.0.2.1/r4"], "writes: allow"),
    ];
    for (code, arguments, text) in table {
        patchproof(&[&["run", "--quiet"], arguments].concat()).ends_with(code).says(text);
    }
}

/// How many generated lists a plan has, by its text.
fn lists(ran: &Ran) -> Option<u32> {
    let line = ran.ends_with(0).stdout.lines().find_map(|line| line.strip_prefix("generated sequences"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn generated_lists_are_left_out_by_the_option_the_environment_and_the_target_file_in_this_order() {
    let out = Out::new("lists");
    let file = |cases: u32| {
        let text = format!("base-url: http://127.0.0.1:1/r4\nedition: fhir-r4\nlimits: {{ cases: {cases} }}\n");
        out.write(&format!("{cases}.yaml"), &text);
        format!("{}/{cases}.yaml", out.path())
    };
    let (none, two) = (file(0), file(2));
    let planned = |target: &str, environment: &str, option: &[&str]| {
        let mut program = Program::new(&[&["plan", "--target", target], option].concat());
        if !environment.is_empty() {
            program.0.env("PATCHPROOF_CASES", environment);
        }
        lists(&program.run())
    };
    let some = planned(&two, "", &[]);
    assert!(some.is_some_and(|some| some > 0), "{some:?}");
    for (target, environment, option, expected) in [
        (&none, "", &[][..], None),
        (&two, "0", &[], None),
        (&two, "", &["--cases", "0"], None),
        (&two, "0", &["--cases", "2"], some),
        (&none, "2", &[], some),
    ] {
        assert_eq!(planned(target, environment, option), expected, "{target} {environment} {option:?}");
    }
    patchproof(&["plan", "--target", &file(1_000_001)]).ends_with(2).says("0 to 1000000");
}

#[cfg(target_os = "linux")]
#[test]
fn a_target_without_json_patch_is_no_matter_of_fhir_r4_and_no_server_of_a_vendor_edition() {
    let out = Out::new("without");
    let server = Served::start(&["--edition", "fhir-r4"]);
    let forms = ["without: json-patch", "without: { json-patch: FHIRPath Patch alone, locked: none }"];
    for (number, form) in forms.into_iter().enumerate() {
        let (file, report) = (format!("{}/{number}.yaml", out.path()), format!("{}/{number}", out.path()));
        out.write(&format!("{number}.yaml"), &format!("base-url: {}\ncreate: true\n{form}\n", server.url));
        let ran = patchproof(&["run", "--target", &file, "--edition", "fhir-r4", "--out", &report]);
        let text = ran.ends_with(4).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("fhir-r4 is not applicable: the target declares that it takes no JSON Patch"), "{text}");
        let record: Value = serde_json::from_slice(&fs::read(format!("{report}/run.json")).unwrap()).unwrap();
        let sent = record["exchanges"].as_array().unwrap();
        assert!(sent.iter().all(|exchange| exchange["request"]["method"] == "GET"), "{}", sent.len());
        let verdicts: BTreeSet<&str> =
            record["cases"].as_array().unwrap().iter().filter_map(|case| case["verdict"].as_str()).collect();
        assert_eq!(verdicts, BTreeSet::from(["not-applicable"]));
        patchproof(&["verify", &report]).ends_with(0);
        for edition in ["2019-05", "2024-03"] {
            for command in ["run", "plan"] {
                let ran = patchproof(&[command, "--target", &file, "--edition", edition]);
                ran.ends_with(2).says("`without: json-patch`").says(edition);
            }
        }
    }
    out.write("wrong.yaml", &format!("base-url: {}\nwithout: {{ json-pach: x }}\n", server.url));
    patchproof(&["run", "--target", &format!("{}/wrong.yaml", out.path())]).ends_with(2).says("json-pach");
}

#[test]
fn trouble_of_the_harness_ends_with_5() {
    // What a run has to print cannot be printed.
    let out = Out::new("harness");
    let mut program = Program::new(&["run", "if-match/missing", "--out", out.path()]);
    program.0.stdout(std::fs::File::create("/dev/full").unwrap());
    let mut running = program.0.spawn().unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(5));
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_cannot_be_set_up_ends_with_5() {
    let nowhere = scratch("no-certificates");
    let mut program = Program::new(&["run", "--target", "https://127.0.0.1:1/r4"]);
    program.0.env("SSL_CERT_FILE", &nowhere).env("SSL_CERT_DIR", &nowhere);
    program.run().ends_with(5).says("certificates");
}

#[test]
fn the_record_holds_the_code_the_process_ends_with() {
    let silent = Stub::constant(401, JSON, OUTCOME);
    let silent_url = silent.url();
    let fault = ["if-match/missing", "--fault", "accept-missing-if-match"];
    let snapshots = Out::new("ends-snapshots");
    patchproof(&["run", "if-match/missing", "--snapshots", "accept", "--snapshot-dir", snapshots.path()]).ends_with(0);
    let drift = ["--snapshot-dir", snapshots.path(), "--fail-on-drift", "--variant", "refusals-without-body"];
    let table: [(i32, Vec<&str>); 5] = [
        (0, vec!["--cases", "1"]),
        (1, fault.to_vec()),
        (1, [&["if-match/missing"], &drift[..]].concat()),
        (3, vec!["if-match/", "--target", &silent_url]),
        (4, vec!["--max-requests", "5"]),
    ];
    for (number, (code, arguments)) in table.into_iter().enumerate() {
        let out = Out::new(&format!("ends-{number}"));
        let ran = patchproof(&[&["run", "--quiet", "--out", out.path()][..], &arguments].concat());
        assert_eq!((ran.code, out.ends_with()), (Some(code), code), "{arguments:?}\n{}", ran.stderr);
        patchproof(&["verify", out.path()]).ends_with(0);
    }
}

#[test]
fn an_interrupted_run_ends_with_130_and_so_does_its_record() {
    let child = Arc::new(AtomicUsize::new(0));
    let (process, sent) = (child.clone(), AtomicUsize::new(0));
    let stub = Stub::start(move |head| {
        if is_look(head) {
            return (200, JSON, STATEMENT.to_owned());
        }
        if sent.fetch_add(1, Ordering::Relaxed) == 20 {
            while process.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            let kill = format!("kill -INT {}", process.load(Ordering::Relaxed));
            assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        }
        (200, JSON, "{}".to_owned())
    });
    let out = Out::new("ends-interrupted");
    let mut running = Program::new(&["run", "--quiet", "--target", &stub.url(), "--jobs", "1", "--out", out.path()])
        .0
        .spawn()
        .unwrap();
    child.store(running.id() as usize, Ordering::Relaxed);
    assert_eq!((running.wait().unwrap().code(), out.ends_with()), (Some(130), 130));
    patchproof(&["verify", out.path()]).ends_with(0);
}

#[test]
fn a_run_that_sends_nothing_leaves_no_record() {
    let elsewhere = ["run", "--target", "http://192.0.2.1/r4"];
    for (code, arguments) in [(2, &["run", "no/such/case"][..]), (6, &elsewhere)] {
        let out = Out::new(&format!("ends-unsent-{code}"));
        patchproof(&[arguments, &["--out", out.path()]].concat()).ends_with(code);
        assert!(!out.files().contains(&"run.json".to_owned()));
    }
}

#[test]
fn a_spent_request_budget_ends_with_4_and_the_record_says_so() {
    let out = Out::new("budget");
    let ran = patchproof(&["run", "--max-requests", "5", "--out", out.path()]);
    ran.ends_with(4);
    let record = out.record();
    assert!(record["exchanges"].as_array().unwrap().len() <= 5, "more than five requests were sent");
    assert_eq!(record["summary"]["exit_code"], 4);
    let mut unsent = record["not_run"].as_array().unwrap().iter();
    let named = unsent.any(|case| case["reason"].as_str().unwrap().contains("--max-requests"));
    assert!(named, "no case says that the budget was spent");
}
