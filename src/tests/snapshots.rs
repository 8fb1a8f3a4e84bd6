//! The accepted responses of the reference server, through insta and through the program, which must agree on them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use patchproof::after::drift;
use patchproof::record::{DriftKind, RunRecord};
use patchproof::suite::contract::Edition;

/// A fault that changes nothing but a header.
const HEADER_FAULT: &str = "no-last-modified";

#[test]
fn the_reference_server_answers_as_accepted() {
    for edition in Edition::ALL {
        let record = run(edition, 8, 0, &[]);
        let folder = root().join("snapshots/reference").join(edition.id());
        let accepted = drift::load(&root().join("snapshots"), "reference", edition).unwrap();
        let drift = drift::compare(&record, true, "reference", &accepted.cases);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        let files = drift::files(&drift::merged(&record, &drift, &accepted.cases));
        settings.bind(|| {
            for (name, content) in &files {
                insta::assert_snapshot!(name.as_str(), content);
            }
        });
        let there: BTreeSet<String> = snaps(&folder).into_keys().collect();
        let expected: BTreeSet<String> = files.keys().map(|name| format!("{name}.snap")).collect();
        assert_eq!(
            there, expected,
            "{edition}: snapshots of no case; `patchproof run --snapshots accept` removes them"
        );
        assert!(!drift.drifted(), "{edition}: {:#?}", drift.changes);
    }
}

#[test]
fn snapshots_depend_neither_on_the_number_of_jobs_nor_on_the_seed() {
    // 2024-03 has the most cases, and slots that its appointments compete for.
    let first = drift::of(&run(Edition::March2024, 1, 0, &[]));
    for (jobs, seed) in [(3, 7), (64, 8)] {
        assert_eq!(drift::of(&run(Edition::March2024, jobs, seed, &[])), first, "{jobs} jobs");
    }
}

#[test]
fn a_fault_that_changes_only_a_header_is_drift_of_three_lines_and_no_other_verdict() {
    let accepted = drift::load(&root().join("snapshots"), "reference", Edition::March2024).unwrap().cases;
    let faulty = run(Edition::March2024, 8, 0, &[HEADER_FAULT]);
    let drift = drift::compare(&faulty, true, "reference", &accepted);
    assert!(!drift.changes.is_empty() && drift.same > 0, "{} the same", drift.same);
    for change in &drift.changes {
        assert_eq!(change.kind, DriftKind::Changed, "{}: {:?}", change.case, change.reason);
        let lines = change.diff.iter().filter(|line| !line.starts_with("  "));
        assert!(lines.clone().all(|line| line == "- last-modified: <http-date>"), "{}: {:?}", change.case, change.diff);
        assert!(lines.count() <= 2 && change.diff.len() <= 4, "{}: {:?}", change.case, change.diff);
    }
    let out = Folder::new();
    let arguments = ["run", "prefer/", "--edition", "2024-03", "--snapshot-dir", out.path()];
    program(&[&arguments[..], &["--snapshots", "accept"]].concat(), &[]);
    let told = program(&[&arguments[..], &["--fault", HEADER_FAULT]].concat(), &[]);
    told.says("drift[changed]").says("   | - last-modified: <http-date>\n").says("Drift ");
}

#[test]
fn accepted_answers_are_the_same_in_the_next_run_and_drift_decides_only_where_asked() {
    let out = Folder::new();
    let arguments = ["run", "if-match/", "accept/", "--snapshot-dir", out.path()];
    let check = |extra: &[&str], env| program(&[&arguments[..], extra].concat(), env);
    let quiet = [("CI", "true")];
    // A part of the edition leaves requirements undecided.
    check(&["--snapshots", "accept"], &quiet).ends_with(0);
    let files = snaps(&out.0.join("reference/2019-05"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["accept.snap", "if-match.snap"]);
    check(&["--fail-on-drift"], &quiet).ends_with(0);
    assert_eq!(snaps(&out.0.join("reference/2019-05")), files, "a check writes no snapshot");

    // The target is said to have sent another header: that is drift, and the verdict stays what it was.
    let path = out.0.join("reference/2019-05/if-match.snap");
    let changed = files["if-match.snap"].replacen("< vary: Origin", "< vary: Accept", 1);
    fs::write(&path, &changed).unwrap();
    check(&[], &quiet).ends_with(0).says("- vary: Accept").says("+ vary: Origin").says("1 changed");
    check(&["--fail-on-drift"], &quiet).ends_with(1);
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    assert!(!path.with_extension("snap.new").exists(), "nothing is written in CI");

    // Elsewhere the response waits beside it, as `cargo insta review` wants it, until it is accepted.
    check(&[], &[]).ends_with(0);
    assert_eq!(fs::read_to_string(path.with_extension("snap.new")).unwrap(), files["if-match.snap"]);
    check(&["--snapshots", "accept"], &[]).ends_with(0);
    assert_eq!(snaps(&out.0.join("reference/2019-05")), files);
    assert!(!path.with_extension("snap.new").exists());
}

#[test]
fn answers_to_wrong_credentials_are_not_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/r4", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0; 65536];
                while stream.read(&mut request).is_ok_and(|bytes| bytes > 0) {
                    let answer = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/fhir+json\r\ncontent-length: 2\r\n\r\n{}";
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
    });
    let out = Folder::new();
    let target = ["--target", &url, "--header", "Authorization: Bearer x", "--snapshot-dir", out.path()];
    program(&[&["run", "unknown/", "capabilities/", "--snapshots", "accept"], &target[..]].concat(), &[]).ends_with(3);
    assert_eq!(fs::read_dir(&out.0).unwrap().count(), 0);
}

#[test]
fn a_case_of_no_scenario_has_vanished_for_a_whole_run_only() {
    let out = Folder::new();
    let folder = out.0.join("reference/2019-05");
    let arguments = ["run", "--cases", "1", "--rounds", "1", "--quiet", "--snapshot-dir", out.path()];
    program(&[&arguments[..], &["--snapshots", "accept"]].concat(), &[]);
    let files = snaps(&folder);
    fs::write(folder.join("of-old.snap"), "---\nsource: patchproof\n---\n## of-old/case\n> PATCH /x\n< 200\n").unwrap();
    program(&["run", "transitions/", "--fail-on-drift", "--snapshot-dir", out.path()], &[]).ends_with(0);
    let whole = program(&[&arguments[..], &["--out", out.path()]].concat(), &[]);
    whole.says("1 vanished");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(out.0.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["drift"]["changes"][0]["kind"], "vanished");
    program(&[&arguments[..], &["--snapshots", "accept"]].concat(), &[]);
    assert_eq!(snaps(&folder), files, "what vanished is removed, and nothing else is touched");
}

#[test]
fn a_broken_or_foreign_snapshot_ends_with_2_before_anything_is_sent() {
    let out = Folder::new();
    let folder = out.0.join("reference/2019-05");
    fs::create_dir_all(&folder).unwrap();
    let table: [(&[u8], &str); 6] = [
        (b"", "---"),
        (b"hello", "---"),
        (b"---\nsource: [\n---\n## x/y\n> a\n", "x.snap"),
        (b"---\nsource: a\n---\nfn main() {}\n", "line 1"),
        (b"---\nsource: a\nextension: png\nsnapshot_kind: binary\n---\n", "binary"),
        (b"---\n\xff\n---\n", "UTF-8"),
    ];
    for (content, told) in table {
        fs::write(folder.join("x.snap"), content).unwrap();
        let ran = program(&["run", "--snapshots", "accept", "--snapshot-dir", out.path()], &[]);
        ran.ends_with(2).says("x.snap").says(told);
        assert_eq!(fs::read(folder.join("x.snap")).unwrap(), content, "it is left as it is");
        assert!(!ran.told.contains("running about"), "{}", ran.told);
    }
    let empty = Folder::new();
    program(&["run", "--fail-on-drift", "--snapshot-dir", empty.path()], &[]).ends_with(2).says("--snapshots accept");
    program(&["run", "--fail-on-drift", "--snapshots", "off"], &[]).ends_with(2);
}

// Runs.

/// A whole run against the embedded server, with few races and generated lists: they have no snapshots.
fn run(edition: Edition, jobs: usize, seed: u64, faults: &[&str]) -> RunRecord {
    let out = Folder::new();
    let (jobs, seed) = (jobs.to_string(), seed.to_string());
    let mut arguments = vec!["run", "--quiet", "--cases", "1", "--rounds", "1", "--edition", edition.id()];
    arguments.extend(["--jobs", &jobs, "--seed", &seed, "--out", out.path()]);
    arguments.extend(faults.iter().flat_map(|fault| ["--fault", *fault]));
    let ran = program(&arguments, &[]);
    let text = fs::read_to_string(out.0.join("run.json")).unwrap_or_else(|cause| panic!("{cause}\n{}", ran.told));
    serde_json::from_str(&text).unwrap()
}

struct Ran {
    code: Option<i32>,
    told: String,
}

impl Ran {
    fn ends_with(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}", self.told);
        self
    }

    fn says(&self, text: &str) -> &Ran {
        assert!(self.told.contains(text), "`{text}` is missing in\n{}", self.told);
        self
    }
}

fn program(arguments: &[&str], env: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(arguments)
        .current_dir(root())
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .env_remove("INSTA_UPDATE")
        .env_remove("CI")
        .env_remove("TF_BUILD")
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ran { code: output.status.code(), told }
}

fn snaps(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let snaps = entries.filter(|path| path.extension().is_some_and(|extension| extension == "snap"));
    snaps
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
