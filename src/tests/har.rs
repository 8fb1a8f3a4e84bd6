//! The HAR export of a faulty run, read by the validator that other HAR tools use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use patchproof::record::RunRecord;
use patchproof::report::har;
use serde_json::{Value, json};

/// Kept from npm's registry: the schemas of HAR 1.2 and a program that applies them.
const VALIDATOR: &str = "har-validator@5.1.5";

#[test]
fn a_har_file_holds_every_exchange_of_a_run_in_order() {
    let record = run();
    let text = har(&record);
    let file: Value = serde_json::from_slice(&text).unwrap();
    let entries = file["log"]["entries"].as_array().unwrap();
    let found = record.sequences.iter().flat_map(|sequence| &sequence.counterexamples);
    let drawn: std::collections::BTreeSet<u32> =
        found.flat_map(|found| record.requests_of(found)).map(|exchange| exchange.id).collect();
    assert!(!drawn.is_empty(), "the fault must leave a counterexample, or its exchanges are not checked here");
    assert_eq!(entries.len(), record.exchanges_without_lists().count() + drawn.len());
    assert!(entries.is_sorted_by_key(|entry| entry["startedDateTime"].as_str().unwrap()));

    let of_case = |entry: &&Value| entry["_patchproof"]["cases"][0]["id"] == "if-match/missing";
    let missing = entries.iter().filter(of_case).find(|entry| entry["request"]["method"] == "PATCH").unwrap();
    assert_eq!(missing["_patchproof"]["cases"][0]["verdict"], "fail");
    assert_eq!(missing["_patchproof"]["findings"][0]["requirement"], "APPT-VER-04");
    assert_eq!(missing["request"]["method"], "PATCH");
    assert_eq!(missing["response"]["status"], 200);
    let (time, wait) = (missing["time"].as_f64().unwrap(), missing["timings"]["wait"].as_f64().unwrap());
    assert!(time > 0.0 && time == wait, "{time} {wait}");
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_validator_accepts_the_har_of_a_run_and_rejects_a_broken_one() {
    let file: Value = serde_json::from_slice(&har(&run())).unwrap();
    let folder = installed();
    validate(&folder, &file).unwrap_or_else(|told| panic!("{told}"));
    for (pointer, broken) in [
        ("/log/version", json!(1)),
        ("/log/entries/3/time", json!("fast")),
        ("/log/entries/3/request/headers", json!(null)),
        ("/log/entries/3/startedDateTime", json!("yesterday")),
    ] {
        let mut file = file.clone();
        *file.pointer_mut(pointer).unwrap() = broken;
        assert!(validate(&folder, &file).is_err(), "{pointer}: the validator can refuse nothing");
    }
}

#[test]
fn a_lost_response_and_bytes_that_are_no_text_have_their_forms() {
    let file = odd_file();
    let entry = &file["log"]["entries"][0];
    assert_eq!((&entry["response"]["status"], &entry["_error"]), (&json!(0), &json!("no answer")));
    assert_eq!(entry["request"]["postData"]["_encoding"], "base64");
    assert_eq!(entry["request"]["bodySize"], 3);
    let expected = json!([{ "name": "_method", "value": "PATCH" }, { "name": "a", "value": "b%20c" }]);
    assert_eq!(entry["request"]["queryString"], expected);
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_validator_accepts_a_lost_response_and_bytes_that_are_no_text() {
    validate(&installed(), &odd_file()).unwrap_or_else(|complaint| panic!("{complaint}"));
}

/// A HAR file of one exchange: a body of arbitrary bytes, and no response.
fn odd_file() -> Value {
    let mut record = run();
    record.sequences.clear();
    record.exchanges.truncate(1);
    let exchange = &mut record.exchanges[0];
    exchange.request.body = serde_json::from_value(json!({ "base64": "/wD+" })).unwrap();
    exchange.request.url.push_str("?_method=PATCH&a=b%20c#d");
    exchange.response =
        serde_json::from_value(json!({ "lost": { "kind": "timed-out", "message": "no answer" } })).unwrap();
    serde_json::from_slice(&har(&record)).unwrap()
}

fn validate(folder: &Path, file: &Value) -> Result<(), String> {
    let path = folder.join(format!("{}.har", uuid::Uuid::new_v4()));
    fs::write(&path, file.to_string()).unwrap();
    let script = "require('har-validator').har(JSON.parse(require('fs').readFileSync(process.argv[1])))\
                  .then(() => {}, e => { console.log(e.message, JSON.stringify(e.errors)); process.exit(1) })";
    let ran = Command::new("node").args(["-e", script]).arg(&path).current_dir(folder).output().unwrap();
    fs::remove_file(&path).unwrap();
    let told = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() { Ok(()) } else { Err(told) }
}

/// A run in which something fails, in a written case and in a generated sequence.
fn run() -> RunRecord {
    let out = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    let ran = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(["run", "--quiet", "if-match/", "sequences/", "--fault", "accept-missing-if-match", "--fault"])
        .args(["open-transitions", "--out"])
        .arg(&out)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .output()
        .unwrap();
    let text = fs::read_to_string(out.join("run.json")).unwrap_or_else(|cause| panic!("{cause}: {ran:?}"));
    fs::remove_dir_all(&out).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The folder of the validator, installed if it is not. Whoever comes second waits for the lock and finds it done.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("har-validator");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let done = folder.join("installed");
    if !done.exists() {
        // A package.json of its own keeps npm from looking for one further up.
        fs::write(folder.join("package.json"), "{ \"private\": true }\n").unwrap();
        let ran = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", VALIDATOR])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot start `npm` ({error}): this test needs Node with npm"));
        assert!(ran.status.success(), "npm install {VALIDATOR} failed:\n{}", String::from_utf8_lossy(&ran.stderr));
        // Written last: an install that was cut short is done again.
        fs::write(&done, "").unwrap();
    }
    folder
}
