//! Two releases of one server: Medplum, whose PATCH ignored If-Match until it no longer did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use patchproof::suite::contract::{Edition, contract};
use serde_json::Value;

use super::server::{Server, done, file, installed};
use super::table::verdicts;
use super::{Out, patchproof, table};

/// The requirement the two releases differ in.
const STALE_TAG_IS_REFUSED: &str = "APPT-VER-08";

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_release_that_refuses_a_stale_tag_passes_that_requirement() {
    assert_eq!(ran("5.2.13").wrong, [""; 0]);
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_release_that_ignores_a_stale_tag_fails_that_requirement() {
    assert_eq!(ran("5.1.26").wrong, [""; 0]);
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn between_the_two_the_requirement_on_stale_tags_is_named_first() {
    let (newer, older) = (&ran("5.2.13").folder, &ran("5.1.26").folder);
    let diff = |before: &Path, after: &Path| {
        let ran = Command::new(env!("CARGO_BIN_EXE_patchproof"))
            .args(["diff", "--format", "json"])
            .args([before, after])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
        (ran.status.code(), serde_json::from_slice::<Value>(&ran.stdout).unwrap())
    };
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|finding| finding["requirement"].as_str().unwrap().to_owned()).collect()
    };
    let (code, worse) = diff(newer, older);
    assert_eq!(code, Some(1), "an older release that ignores If-Match is a regression");
    assert_eq!(worse["same_target"], false);
    let regressions = ids(&worse["regressions"]);
    assert_eq!(regressions.first().map(String::as_str), Some(STALE_TAG_IS_REFUSED), "{regressions:?}");
    let witness = &worse["regressions"][0]["witness"]["glance"];
    assert_eq!(witness["status"], 200, "the answer to the stale tag is shown: {witness}");
    assert!(witness["if_match"].is_string(), "{witness}");
    let (_, better) = diff(older, newer);
    assert_eq!(ids(&better["improvements"]).first().map(String::as_str), Some(STALE_TAG_IS_REFUSED));
    let (code, same) = diff(newer, newer);
    assert_eq!((code, same["regressions"].as_array().unwrap().len()), (Some(0), 0));
}

/// A run of the program against a release.
struct Ran {
    /// What `--out` wrote.
    folder: PathBuf,
    /// Where the run, or the server, parts from the table.
    wrong: Vec<String>,
}

/// The run against a release; it is made once, however many tests ask.
fn ran(version: &'static str) -> &'static Ran {
    static NEWER: OnceLock<Ran> = OnceLock::new();
    static OLDER: OnceLock<Ran> = OnceLock::new();
    let place = if version == "5.2.13" { &NEWER } else { &OLDER };
    place.get_or_init(|| run_against(version))
}

fn run_against(version: &str) -> Ran {
    let folder = installed(&format!("medplum-{version}"), |folder| {
        // A package.json of its own keeps npm from looking for one further up.
        std::fs::write(folder.join("package.json"), "{ \"private\": true }\n").unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
        done(npm.args(["fhir-router", "core", "definitions"].map(|name| format!("@medplum/{name}@{version}"))))
    });
    let folder = folder.unwrap_or_else(|why| panic!("{why}\nthese tests need Node 20 or newer with npm"));
    let server = Server::start(Command::new("node").arg(file("real/medplum/server.mjs")).arg(folder));
    // nextest gives each test a process of its own, and each of those makes its runs.
    let process =
        std::env::var("NEXTEST_RUN_ID").map_or_else(|_| String::new(), |_| format!("-{}", std::process::id()));
    let out = Out::new(&format!("medplum-{version}{process}"));
    let url = &server.base_url;
    patchproof(&["run", "--target", url, "--edition", "fhir-r4", "--quiet", "--out", out.path()]).ends_with(1);
    let record = out.record();
    assert_no_vendor_promises(&record);
    let table = table("medplum", version);
    let mut wrong = table.differences(&verdicts(&record));
    wrong.extend(table.shown(url));
    Ran { folder: out.0.clone(), wrong }
}

/// What only the vendor's editions promise is nothing to hold against Medplum.
fn assert_no_vendor_promises(record: &Value) {
    let contract = contract().unwrap();
    let (base, vendor): (Vec<_>, Vec<_>) =
        contract.requirements.iter().partition(|requirement| requirement.standing(Edition::FhirR4).is_some());
    assert!(!base.is_empty() && !vendor.is_empty(), "both kinds exist, or nothing is checked here");
    let reported: Vec<&str> =
        record["requirements"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    for requirement in vendor {
        assert!(!reported.contains(&requirement.id.as_str()), "{} stands in vendor editions only", requirement.id);
    }
    for requirement in base {
        assert!(
            reported.contains(&requirement.id.as_str()),
            "{} stands in fhir-r4 and is not reported",
            requirement.id
        );
    }
}
