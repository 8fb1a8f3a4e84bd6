//! Faults of the reference server, each found by a requirement that it names, with exit code 1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use patchproof::server::Fault;
use serde_json::Value;

/// (fault, edition): each must make the run not conformant.
const DECISIVE: &[(&str, &str)] = &[
    ("ignore-if-match", "2019-05"),
    ("ignore-if-match", "fhir-r4"),
    ("accept-missing-if-match", "2019-05"),
    ("stale-answers-412", "2024-03"),
    ("missing-answers-400", "2019-05"),
    ("open-transitions", "2019-05"),
    ("unsupported-status-accepted", "2024-03"),
    ("refuse-allowed-transition", "2019-05"),
    ("unlisted-path-accepted", "2019-05"),
    ("unlisted-path-ignored", "2024-03"),
    ("refusal-moves-version", "2019-05"),
    ("first-operation-leaks", "fhir-r4"),
    ("no-etag", "2019-05"),
    ("etag-not-current", "2019-05"),
    ("malformed-outcome", "fhir-r4"),
    ("outcome-wrong-media-type", "2019-05"),
    ("server-error-on-bad-patch", "2019-05"),
    ("accept-xml-patch", "fhir-r4"),
    ("ignore-accept", "2019-05"),
    ("unknown-id-answers-409", "2019-05"),
    ("missing-accompaniments-accepted", "2024-03"),
    ("url-length-off-by-one", "2024-03"),
    ("ignore-lock", "2019-05"),
    ("forget-change", "2019-05"),
];

#[test]
fn each_decisive_fault_fails_a_requirement_that_it_names() {
    for (fault, edition) in DECISIVE {
        let (code, verdicts, told) = run(&["--edition", edition, "--fault", fault]);
        let named = fault.parse::<Fault>().unwrap().breaks();
        let hit: Vec<&&str> = named.iter().filter(|id| verdicts.get(**id).is_some_and(|own| own == "fail")).collect();
        assert!(!hit.is_empty(), "{fault} in {edition}: none of {named:?} failed\n{told}");
        assert_eq!(code, 1, "{fault} in {edition}\n{told}");
        let id = hit[0];
        assert!(
            told.contains(&format!("fail[{id}]")) && told.contains("curl "),
            "{fault}: {id} is not explained\n{told}"
        );
    }
}

#[test]
fn the_clean_server_is_conformant_in_every_edition() {
    for edition in ["2019-05", "2024-03", "fhir-r4"] {
        let (code, verdicts, told) = run(&["--edition", edition]);
        assert_eq!(code, 0, "{edition}\n{told}");
        let red: Vec<_> = verdicts.iter().filter(|(_, own)| *own == "fail" || *own == "inconclusive").collect();
        assert!(red.is_empty(), "{edition}: {red:?}");
    }
}

/// The exit code, the verdict of each requirement, and what was printed.
fn run(arguments: &[&str]) -> (i32, BTreeMap<String, String>, String) {
    let out: PathBuf = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    let output = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(["run", "--rounds", "1", "--cases", "2", "--out"])
        .arg(&out)
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let record: Value = serde_json::from_str(&std::fs::read_to_string(out.join("run.json")).unwrap()).unwrap();
    let _ = std::fs::remove_dir_all(&out);
    let verdicts = record["requirements"].as_array().unwrap().iter();
    let verdicts =
        verdicts.map(|own| (own["id"].as_str().unwrap().to_owned(), own["verdict"].as_str().unwrap().to_owned()));
    (output.status.code().unwrap(), verdicts.collect(), told)
}
