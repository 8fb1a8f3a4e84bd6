//! Two releases of a server that is not ours: Medplum, whose PATCH ignored If-Match until it no longer did.
//!
//! The releases come from the npm registry and are installed below `target/medplum/`, never committed;
//! `medplum/server.mjs` puts HTTP around them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use patchproof::suite::contract::{Edition, contract};
use serde_json::Value;

/// A requirement that a release breaks, and what of Medplum's makes it so.
type Explained = (&'static str, &'static str);

const NO_TAG_NO_CONDITION: Explained = (
    "APPT-VER-09",
    "the router reads only what stands between quotes: an If-Match that is empty or has none is dropped, and the write \
     goes through",
);
const CODES_ARE_NOT_CHECKED: Explained = (
    "APPT-TRN-15",
    "validateResource checks structure and invariants; codes are left to a terminology service, which the package lacks",
);
const CODES_ARE_NOT_CHECKED_AFTERWARDS: Explained =
    ("APPT-BASE-06", "follows from APPT-TRN-15: the status that was taken is shown again");
const NO_INVARIANT_OF_PERIOD: Explained =
    ("APPT-VAL-16", "validateResource lets a Period end before it starts (per-1 is not evaluated on it)");
const ID_OF_ANOTHER: Explained =
    ("APPT-BASE-22", "a patch that sets /id to another appointment's id writes over that other appointment");
const NAMES_ANOTHER: Explained =
    ("APPT-BASE-29", "follows from APPT-BASE-22: the success shows the appointment that was written over, with its id");

const ANSWER_OF_ANOTHER: Explained =
    ("APPT-BASE-05", "follows from APPT-BASE-22: the answer shows the other appointment, with its id");
const TAG_OF_ANOTHER: Explained =
    ("APPT-VER-19", "follows from APPT-BASE-22: the ETag is the other appointment's, not the one the next read shows");

// EXPLAINED DEVIATIONS OF 5.2.13: every requirement with the verdict `fail`, and why. A new one is a finding about Medplum
// or a false alarm of ours: look at it before it is added. One that vanished is taken out.
const EXPLAINED_5_2_13: &[Explained] = &[
    NO_TAG_NO_CONDITION,
    ID_OF_ANOTHER,
    NAMES_ANOTHER,
    ANSWER_OF_ANOTHER,
    TAG_OF_ANOTHER,
    CODES_ARE_NOT_CHECKED,
    CODES_ARE_NOT_CHECKED_AFTERWARDS,
    NO_INVARIANT_OF_PERIOD,
];

// EXPLAINED DEVIATIONS OF 5.1.26.
const EXPLAINED_5_1_26: &[Explained] = &[
    ("APPT-VER-08", "its PATCH route does not pass If-Match on: a stale tag does not stop the write"),
    ("APPT-CONC-02", "follows from APPT-VER-08: every writer of a race is told 200"),
    ("APPT-CONC-05", "follows from APPT-VER-08: the final read shows one of several winners, and the others are lost"),
    ("APPT-VER-22", "follows from APPT-VER-08: no If-Match is judged before the body, or at all"),
    NO_TAG_NO_CONDITION,
    ID_OF_ANOTHER,
    NAMES_ANOTHER,
    (
        "APPT-BASE-21",
        "another id in the body gets 200; 5.2.13 compares If-Match with the version of the other appointment first",
    ),
    CODES_ARE_NOT_CHECKED,
    CODES_ARE_NOT_CHECKED_AFTERWARDS,
    NO_INVARIANT_OF_PERIOD,
    ANSWER_OF_ANOTHER,
    TAG_OF_ANOTHER,
];

/// The requirement the two releases differ in.
const STALE_TAG_IS_REFUSED: &str = "APPT-VER-08";

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_release_that_refuses_a_stale_tag_passes_that_requirement() {
    let verdicts = &ran("5.2.13").verdicts;
    assert_eq!(verdicts[STALE_TAG_IS_REFUSED], "pass", "5.2.13 answers a stale If-Match with 412");
    assert_eq!(differences(verdicts, EXPLAINED_5_2_13), [""; 0], "Medplum 5.2.13");
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_release_that_ignores_a_stale_tag_fails_that_requirement() {
    let verdicts = &ran("5.1.26").verdicts;
    assert_eq!(verdicts[STALE_TAG_IS_REFUSED], "fail", "5.1.26 carries out a PATCH with a stale If-Match");
    assert_eq!(differences(verdicts, EXPLAINED_5_1_26), [""; 0], "Medplum 5.1.26");
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

#[test]
fn a_new_failure_and_one_that_vanished_are_both_noticed() {
    let verdicts = [("A", "fail"), ("B", "fail"), ("C", "pass"), ("E", "error")];
    let verdicts = verdicts.map(|(id, verdict)| (id.to_owned(), verdict.to_owned())).into();
    let expected = [
        "B fails, and no reason is written here",
        "C is pass, but stands here as failing: no more",
        "D is not reported, but stands here as failing: never",
        "E is error: the harness's own trouble",
    ];
    assert_eq!(differences(&verdicts, &[("A", "known"), ("C", "no more"), ("D", "never")]), expected);
}

/// A run of the program against a release.
struct Ran {
    /// What `--out` wrote.
    folder: PathBuf,
    /// The verdict of every requirement.
    verdicts: BTreeMap<String, String>,
}

/// The run against a release; it is made once, however many tests ask.
fn ran(version: &'static str) -> &'static Ran {
    static NEWER: OnceLock<Ran> = OnceLock::new();
    static OLDER: OnceLock<Ran> = OnceLock::new();
    let place = if version == "5.2.13" { &NEWER } else { &OLDER };
    place.get_or_init(|| run_against(version))
}

fn run_against(version: &str) -> Ran {
    let server = Server::start(&installed(version));
    // nextest gives each test a process of its own, and each of those makes its runs.
    let process =
        std::env::var("NEXTEST_RUN_ID").map_or_else(|_| String::new(), |_| format!("-{}", std::process::id()));
    let out = scratch().join(format!("medplum-{version}{process}"));
    let _ = fs::remove_dir_all(&out);
    let ran = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(["run", "--target", &server.base_url, "--edition", "fhir-r4", "--quiet", "--out"])
        .arg(&out)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let record = fs::read(out.join("run.json")).unwrap_or_else(|error| {
        panic!("no run.json ({error}); exit {:?}\n{}", ran.status.code(), String::from_utf8_lossy(&ran.stderr))
    });
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(ran.status.code(), Some(1), "both releases break a MUST of fhir-r4");
    assert_no_vendor_promises(&record);
    let entries = record["requirements"].as_array().unwrap().iter();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    Ran { folder: out, verdicts: entries.map(|entry| (text(entry, "id"), text(entry, "verdict"))).collect() }
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

/// Where the verdicts and what is explained part.
fn differences(verdicts: &BTreeMap<String, String>, explained: &[Explained]) -> Vec<String> {
    let told: BTreeMap<&str, &str> = explained.iter().copied().collect();
    let failed: Vec<&str> =
        verdicts.iter().filter(|(_, verdict)| *verdict == "fail").map(|(id, _)| id.as_str()).collect();
    let mut wrong = Vec::new();
    for id in &failed {
        if !told.contains_key(id) {
            wrong.push(format!("{id} fails, and no reason is written here"));
        }
    }
    for (id, reason) in &told {
        if !failed.contains(id) {
            let verdict = verdicts.get(*id).map_or("not reported", String::as_str);
            wrong.push(format!("{id} is {verdict}, but stands here as failing: {reason}"));
        }
    }
    for (id, verdict) in verdicts.iter().filter(|(_, verdict)| *verdict == "error") {
        wrong.push(format!("{id} is {verdict}: the harness's own trouble"));
    }
    wrong
}

/// A running server; dropping it kills it. It also ends by itself when this process does, for its stdin closes.
struct Server {
    child: Child,
    base_url: String,
}

impl Server {
    fn start(folder: &Path) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/medplum/server.mjs");
        let child = Command::new("node")
            .arg(script)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `node` ({error}): these tests need Node 20 or newer"));
        let mut server = Server { child, base_url: String::new() };
        let stdout = server.child.stdout.take().unwrap();
        let (sender, line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = BufReader::new(stdout).read_line(&mut text);
            let _ = sender.send(text);
        });
        let line = line.recv_timeout(Duration::from_secs(60)).unwrap_or_default();
        match line.trim().strip_prefix("listening ") {
            Some(base_url) => server.base_url = base_url.to_owned(),
            None => {
                let _ = server.child.kill();
                let mut told = String::new();
                let _ = server.child.stderr.take().unwrap().read_to_string(&mut told);
                panic!("the Medplum server did not start: it said `{}`\n{told}", line.trim());
            }
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of a release, installed if it is not. Whoever comes second waits for the lock and finds it done.
fn installed(version: &str) -> PathBuf {
    let releases = scratch().parent().unwrap().join("medplum");
    let folder = releases.join(version);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(releases.join(format!("{version}.lock"))).unwrap();
    lock.lock().unwrap();
    let done = folder.join("installed");
    if !done.exists() {
        // A package.json of its own keeps npm from looking for one further up.
        fs::write(folder.join("package.json"), "{ \"private\": true }\n").unwrap();
        let ran = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
            .args(["fhir-router", "core", "definitions"].map(|name| format!("@medplum/{name}@{version}")))
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot start `npm` ({error}): these tests need Node 20 or newer with npm"));
        assert!(
            ran.status.success(),
            "`npm install` of Medplum {version} in {} failed:\n{}",
            folder.display(),
            String::from_utf8_lossy(&ran.stderr)
        );
        // Written last: an install that was cut short is done again.
        fs::write(&done, "").unwrap();
    }
    folder
}

/// Below the target folder; cargo makes it.
fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
