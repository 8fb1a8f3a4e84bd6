//! Faults beside sound oddities of the same server: the fault is found all the same, and nothing else fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use super::program::{Out, patchproof};

/// An edition, a fault, what the server does beside it, what has to fail, and what may fail with it, by the beginning.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const STRANGER: &str = "someone-else-writes";

const TABLE: [Row; 9] = [
    // Some documents name the member that it rewrites.
    ("fhir-r4", "touch-other-members", STRANGER, &["ATOM-06"], &["BASE-32"]),
    ("fhir-r4", "touch-other-appointment", STRANGER, &["BASE-22"], &["VER-09", "ATOM-", "BASE-32"]),
    ("2019-05", "no-etag", STRANGER, &["VER-01"], &["VER-02", "RSP-02", "BASE-01"]),
    ("fhir-r4", "refusal-moves-version", STRANGER, &["ATOM-01"], &["ATOM-", "VER-09", "CONC-"]),
    ("2024-03", "refusal-moves-version", STRANGER, &["ATOM-01"], &["ATOM-", "VER-09", "CONC-"]),
    ("2024-03", "accept-missing-if-match", STRANGER, &["VER-04"], &["HDR-13", "VER-22"]),
    ("2019-05", "unknown-status-accepted", STRANGER, &["TRN-15"], &["BASE-06", "BASE-10", "ERR-07"]),
    // A weak tag names nothing on such a server: what is nearly the current version has to be strong, too.
    ("fhir-r4", "tags-read-as-numbers", "strong-tags", &["VER-08", "VER-09"], &["VER-16"]),
    ("fhir-r4", "tags-compared-by-beginning", "strong-tags", &["VER-08", "VER-09"], &["VER-16"]),
];

/// The requirements that failed, without the name of the contract, and the exit code.
fn failed(name: &str, arguments: &[&str]) -> (Vec<String>, Option<i32>) {
    let out = Out::new(name);
    let ran = patchproof(&[&["run", "--quiet", "--out", out.path()], arguments].concat());
    let record = out.record();
    let requirements = record["requirements"].as_array().unwrap().iter();
    let failed = requirements.filter(|requirement| requirement["verdict"] == "fail");
    (failed.map(|one| one["id"].as_str().unwrap().trim_start_matches("APPT-").to_owned()).collect(), ran.code)
}

#[test]
fn a_fault_is_found_beside_what_is_odd_and_sound() {
    for (edition, fault, variant, must, may) in TABLE {
        let arguments = ["--edition", edition, "--fault", fault, "--variant", variant, "--cases", "4"];
        let (failed, code) = failed(&format!("beside-{edition}-{fault}"), &arguments);
        assert!(must.iter().all(|id| failed.iter().any(|one| one == id)), "{edition} {fault}: {failed:?}");
        let related = |one: &&String| must.contains(&one.as_str()) || may.iter().any(|id| one.starts_with(id));
        let others: Vec<&String> = failed.iter().filter(|one| !related(one)).collect();
        assert!(others.is_empty(), "{edition} {fault}: {others:?}");
        assert!(code == Some(1) || must == ["ATOM-06"], "{edition} {fault}: {code:?}");
    }
}

#[test]
fn half_a_change_is_found_and_is_no_passing_failure() {
    for fault in ["fails-half-way", "hangs-up-half-way", "fails-with-version"] {
        let (failed, code) = failed(&format!("half-{fault}"), &["--edition", "fhir-r4", "--fault", fault]);
        assert!(failed.iter().any(|id| id == "ATOM-07"), "{fault}: {failed:?}");
        assert!(failed.iter().all(|id| id == "ATOM-07" || id == "CONC-05"), "{fault}: {failed:?}");
        assert_eq!(code, Some(1), "{fault}");
    }
    let (failed, code) = failed("half-sound", &["--edition", "fhir-r4", "--variant", "fails-afterwards"]);
    assert_eq!((failed, code), (Vec::new(), Some(0)));
}

#[test]
fn a_patch_that_lands_on_another_appointment_is_named_and_no_read_is_called_stale() {
    let out = Out::new("follows-the-id");
    patchproof(&["run", "--quiet", "--edition", "fhir-r4", "--fault", "patch-follows-the-id", "--out", out.path()])
        .ends_with(1);
    let record = out.record();
    let verdict = |id: &str| {
        let mut requirements = record["requirements"].as_array().unwrap().iter();
        requirements.find(|one| one["id"] == id).unwrap()["verdict"].clone()
    };
    assert_eq!((verdict("APPT-BASE-22"), verdict("APPT-BASE-29")), ("fail".into(), "fail".into()));
    assert_eq!(verdict("APPT-BASE-28"), "pass");
    // The finding names the request that names the other appointment.
    let cases = record["cases"].as_array().unwrap().iter();
    let findings = cases.flat_map(|case| case["findings"].as_array().unwrap());
    let about = findings.filter(|one| one["requirement"] == "APPT-BASE-22" && one["verdict"] == "fail");
    for finding in about {
        let id = usize::try_from(finding["exchange"].as_u64().unwrap()).unwrap();
        let sent = record["exchanges"][id]["request"]["body"].to_string();
        let expected = finding["expected"].as_str().unwrap();
        let named = expected.trim_start_matches("Appointment/").split(',').next().unwrap();
        assert!(sent.contains(named), "{finding}\n{sent}");
    }
}

#[test]
fn few_lists_that_ask_for_nothing_of_a_rule_leave_it_to_the_other_cases() {
    for (edition, seed) in [("2024-03", "0"), ("fhir-r4", "3"), ("2019-05", "1")] {
        let sizes = ["--cases", "1", "--rounds", "1", "--seed", seed];
        let ran = patchproof(&[&["run", "--quiet", "--edition", edition], &sizes[..]].concat());
        ran.ends_with(0);
    }
}
