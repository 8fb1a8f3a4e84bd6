//! Reports as their readers meet them: a page in a browser, JUnit in a CI library, a TestReport in an R4 validator.
//!
//! Chromium (or Chrome) must be installed; what else is needed comes from npm and PyPI into the target folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "report/hostile.rs"]
mod hostile;
#[path = "report/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tools::Ran;

/// Every success hands out the tag of the first version, so no race has an order; and stale tags pass.
const FAULTY: [&str; 5] = ["--quiet", "--fault", "ignore-if-match", "--fault", "repeated-etag"];

/// Makes a report that R4 does not allow.
type Spoil = fn(&mut Value);

/// The files that `run --out` writes beside `run.json` and the counterexamples.
const USUAL: [&str; 6] =
    ["report.html", "junit.xml", "summary.md", "testreport.json", "requirements.csv", "badge.json"];

#[test]
#[ignore = "needs Node 20, npm and Chromium"]
fn a_browser_shows_the_report_of_a_faulty_run() {
    let folder = run("browser-faulty", &FAULTY);
    let record = record(&folder);
    assert!(
        record["histories"].as_array().unwrap().iter().any(|history| history["witness"].is_object()),
        "a race is violated"
    );
    assert!(list(&record, "cases").iter().any(|case| case["verdict"] == "fail"));
    tools::browser("faulty", &folder.join("report.html"), Some(&folder.join("run.json"))).passes();
}

#[test]
#[ignore = "needs Node 20, npm and Chromium"]
fn nothing_that_a_hostile_target_sends_runs_in_a_browser() {
    let target = hostile::Target::start();
    let folder =
        run("browser-hostile", &["--quiet", "--target", &target.url(), "--edition", "2019-05", "--cases", "1"]);
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    for kind in ["pwned", "onerror", "text/css", "]]"] {
        assert!(page.contains(kind), "the report shows what the target sent: {kind}");
    }
    tools::browser("hostile", &folder.join("report.html"), None).passes();
}

#[test]
#[ignore = "needs Node 20, npm and Chromium"]
fn a_page_with_a_fault_does_not_pass_the_browser() {
    let folder = run("browser-broken", &["--quiet", "if-match/missing", "--fault", "accept-missing-if-match"]);
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let broken = [
        ("script", page.replace("</main>", "<script>window.pwned = 1</script></main>"), "Content Security Policy"),
        ("image", page.replace("</main>", "<p><img src=\"x\" onerror=\"window.pwned = 1\"></p></main>"), "image-alt"),
    ];
    for (name, page, complaint) in broken {
        let path = folder.join(format!("{name}.html"));
        fs::write(&path, page).unwrap();
        tools::browser("plain", &path, None).fails_with(complaint);
    }
    tools::browser("plain", &folder.join("report.html"), None).passes();
}

#[test]
#[ignore = "needs Python 3 and pip"]
fn junit_is_read_with_the_counts_of_the_record() {
    for (name, arguments) in
        [("junit-faulty", FAULTY.as_slice()), ("junit-clean", &["--quiet", "--edition", "2024-03"])]
    {
        let folder = run(name, arguments);
        let record = record(&folder);
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        for (verdict, count) in record["summary"]["cases"].as_object().unwrap() {
            let kind = match verdict.as_str() {
                "fail" => "failures",
                "inconclusive" | "error" => "errors",
                "not-tested" | "not-applicable" => "skipped",
                _ => "passed",
            };
            *expected.entry(kind).or_default() += count.as_u64().unwrap();
        }
        let read: BTreeMap<String, u64> = serde_json::from_str(&tools::junit(&folder.join("junit.xml"))).unwrap();
        assert_eq!(read["tests"], list(&record, "cases").len() as u64);
        for kind in ["failures", "errors", "skipped", "passed"] {
            assert_eq!(read[kind], expected.get(kind).copied().unwrap_or_default(), "{kind} of {name}");
        }
        assert!(read["requirements"] > 0, "the requirements are properties");
    }
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn the_testreport_is_valid_r4_and_a_broken_one_is_refused() {
    for (name, arguments) in [("fhir-faulty", FAULTY.as_slice()), ("fhir-clean", &["--quiet", "--edition", "2024-03"])]
    {
        let folder = run(name, arguments);
        let path = folder.join("testreport.json");
        let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let verdict = &record(&folder)["summary"]["verdict"];
        assert_eq!(report["result"], if verdict == "conformant" { "pass" } else { "fail" });
        tools::validate(&path).passes();
        let broken: [(&str, Spoil); 4] = [
            ("no-script", |changed| drop(changed.as_object_mut().unwrap().remove("testScript"))),
            ("result", |changed| changed["result"] = "passed".into()),
            ("action", |changed| changed["test"][0]["action"][0]["operation"]["result"] = "ok".into()),
            ("contained", |changed| changed["contained"][0]["status"] = "fine".into()),
        ];
        for (kind, spoil) in broken {
            let mut changed = report.clone();
            spoil(&mut changed);
            let path = folder.join(format!("{kind}.json"));
            fs::write(&path, changed.to_string()).unwrap();
            tools::validate(&path).fails_with("invalid");
        }
    }
}

#[test]
fn a_record_gives_the_same_reports_later_as_the_run_gave() {
    let folder = run("later", &["--quiet", "if-match/"]);
    let path = folder.join("run.json");
    let path = path.to_str().unwrap();
    let formats = ["html", "junit", "markdown", "testreport", "csv", "badge"];
    for (format, file) in formats.iter().zip(USUAL) {
        let ran = patchproof(&["report", path, "--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout, fs::read_to_string(folder.join(file)).unwrap(), "{format}");
    }
    let again = scratch("later-again");
    patchproof(&["report", path, "--out", again.to_str().unwrap()]).ends_with(0);
    for file in USUAL {
        assert_eq!(fs::read(again.join(file)).unwrap(), fs::read(folder.join(file)).unwrap(), "{file}");
    }
    let json = patchproof(&["report", path, "--format", "json"]).ends_with(0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), record(&folder));
    assert!(patchproof(&["report", path]).ends_with(0).stdout.contains("Requirements of 2019-05"));
}

#[test]
fn what_is_no_record_ends_with_2_and_writes_nothing() {
    let folder = scratch("no-record");
    let table = [
        ("absent.json", None, "cannot read"),
        ("text.json", Some("hello"), "is not JSON"),
        ("foreign.json", Some("{\"a\":1}"), "is not a record of a run"),
    ];
    for (name, text, complaint) in table {
        let path = folder.join(name);
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        let output = folder.join("report.html");
        let arguments = ["report", path.to_str().unwrap(), "-f", "html", "-o", output.to_str().unwrap()];
        let ran = patchproof(&arguments).ends_with(2);
        assert!(ran.stderr.contains(complaint) && ran.stderr.contains("expected "), "{}", ran.stderr);
        assert!(!output.exists());
    }
    let newer = run("newer", &["--quiet", "if-match/missing"]).join("run.json");
    let text = fs::read_to_string(&newer).unwrap().replace("patchproof/run/4", "patchproof/run/99");
    fs::write(&newer, text).unwrap();
    let ran = patchproof(&["report", newer.to_str().unwrap()]).ends_with(2);
    assert!(ran.stderr.contains("patchproof/run/99"), "{}", ran.stderr);
}

#[test]
fn events_are_lines_for_tools_and_text_for_people_goes_elsewhere() {
    let ran = patchproof(&["run", "if-match/", "--events", "--fault", "accept-missing-if-match"]).ends_with(1);
    let events: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(events.first().unwrap()["event"], "run-started");
    assert_eq!(events.last().unwrap()["event"], "run-finished");
    assert_eq!((named("run-started"), named("run-finished")), (1, 1));
    assert!(named("progress") > 0);
    let finished = events.last().unwrap();
    assert_eq!((&finished["verdict"], &finished["exit_code"]), (&"not-conformant".into(), &1.into()));
    let counted: u64 = finished["cases"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(named("case-finished") as u64, counted);
    assert_eq!(events[0]["planned"]["cases"].as_u64(), Some(counted), "as many as were planned");
    assert!(ran.stderr.contains("not conformant with 2019-05"), "{}", ran.stderr);
}

/// Runs the program into a fresh folder.
fn run(name: &str, arguments: &[&str]) -> PathBuf {
    let folder = scratch(name);
    let mut all = vec!["run", "--out", folder.to_str().unwrap()];
    all.extend(arguments);
    let ran = patchproof(&all);
    assert!(matches!(ran.code, Some(0 | 1 | 4)), "exit {:?}\n{}", ran.code, ran.stderr);
    for file in USUAL.iter().chain(&["run.json"]) {
        assert!(folder.join(file).is_file(), "{file} is written");
    }
    let partial =
        fs::read_dir(&folder).unwrap().any(|entry| entry.unwrap().path().to_string_lossy().contains("partial"));
    assert!(!partial, "nothing half-written is left");
    folder
}

fn patchproof(arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchproof"));
    command.args(arguments).env_remove("PATCHPROOF_TARGET").env_remove("PATCHPROOF_EDITION");
    tools::ran(&mut command)
}

fn record(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap()
}

fn list<'a>(record: &'a Value, name: &str) -> &'a [Value] {
    record[name].as_array().unwrap()
}

/// A fresh folder.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}
