//! Races against the reference server, through the program: a clean server passes, every fault of concurrency is caught.
//!
//! `PATCHPROOF_REPETITIONS=100 cargo test --release --test races` runs more rounds than a developer waits for.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const EDITIONS: [&str; 3] = ["2019-05", "2024-03", "fhir-r4"];

#[test]
fn a_clean_server_passes_every_race_in_every_edition() {
    let rounds = std::env::var("PATCHPROOF_REPETITIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    for edition in EDITIONS {
        let mut left: u32 = rounds;
        // A server has slots for a few rounds only where each round books some, so every few rounds get a new one.
        while left > 0 {
            let now = left.min(4);
            left -= now;
            let record = run(edition, &["--rounds", &now.to_string()]);
            for case in races(&record) {
                assert_eq!(case["verdict"], "pass", "{edition}: {}: {}", case["id"], case["reason"]);
            }
        }
    }
}

#[test]
fn every_fault_of_concurrency_is_caught_within_twenty_rounds_with_a_small_witness() {
    for (fault, requirements) in [
        ("two-winners", ["APPT-CONC-02", "APPT-CONC-02"]),
        ("lost-update-under-load", ["APPT-CONC-02", "APPT-CONC-05"]),
        ("write-after-check", ["APPT-CONC-02", "APPT-CONC-03"]),
        ("tag-reused", ["APPT-CONC-05", "APPT-CONC-05"]),
        ("locked-for-no-reason", ["APPT-ERR-10", "APPT-CONC-07"]),
        ("refused-write-takes-effect", ["APPT-CONC-05", "APPT-CONC-05"]),
    ] {
        for edition in EDITIONS {
            let named = |finding: &&Value| {
                finding["verdict"] == "fail" && requirements.iter().any(|id| finding["requirement"] == **id)
            };
            // Most are caught in the first round; a busy machine gets the twenty that are allowed.
            let caught =
                ["2", "20"].iter().map(|rounds| run(edition, &["--rounds", rounds, "--fault", fault])).find(|record| {
                    races(record).flat_map(|case| case["findings"].as_array().unwrap()).any(|finding| named(&finding))
                });
            let Some(record) = caught else { panic!("{fault} in {edition} is not caught") };
            for case in races(&record) {
                for requirement in case["requirements"].as_array().unwrap() {
                    let told = case["findings"].as_array().unwrap().iter().filter(|finding| {
                        finding["requirement"] == *requirement
                            && finding["found"].as_str().is_some_and(|text| text.starts_with("client "))
                    });
                    assert!(told.count() <= 4, "{fault} in {edition}: the witness of {} is large", case["id"]);
                }
            }
        }
    }
}

#[test]
fn other_numbers_of_clients_and_rounds_are_taken_over() {
    let record = run("2019-05", &["--rounds", "3", "--clients", "16"]);
    let rounds: Vec<&Value> =
        record["trials"].as_array().unwrap().iter().filter(|trial| trial["case"] == "race/patched-again").collect();
    assert!((3..=6).contains(&rounds.len()), "{}", rounds.len());
    assert_eq!(rounds[0]["kind"]["round"]["clients"].as_array().unwrap().len(), 16);
}

#[test]
fn the_history_of_a_race_can_be_checked_on_its_own() {
    let record = run("2024-03", &["--rounds", "8", "--fault", "two-winners"]);
    let histories = record["histories"].as_array().unwrap();
    // The fault shows in rounds whose requests met in the server: on a busy machine not in each.
    let checked = histories.iter().filter(|history| history["case"] == "race/patched-again").map(|history| {
        let lines: Vec<String> = history["lines"].as_array().unwrap().iter().map(ToString::to_string).collect();
        check_history("two-winners", &lines.join("\n"), &[])
    });
    let (code, text) = checked.into_iter().find(|(code, _)| *code == 1).unwrap();
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("violated: two winners\n"), "{text}");
    assert_eq!(text.matches("PATCH If-Match W/\"0\"").count(), 2, "{text}");
}

#[test]
fn check_history_tells_holding_from_undecided_and_from_unreadable() {
    let write = |client: u32, made: u32| {
        format!(
            r#"{{"client":{client},"op":"put","call":0,"ret":9,"etag":"\"{made}\"","status":200,"value":"{made}"}}"#
        )
    };
    let read = r#"{"client":9,"op":"get","call":20,"ret":21,"etag":"W/\"1\"","status":200,"value":"1"}"#;
    let (code, text) = check_history("holds", &format!("{}\n\n{read}\n", write(1, 1)), &[]);
    assert_eq!((code, text.as_str()), (0, "holds: an order of the 2 requests explains every response\n"));
    let many: Vec<String> = (1..40).map(|number| write(number, number)).collect();
    let wrong = read.replace("\\\"1\\\"", "\\\"99\\\"");
    let (code, text) =
        check_history("undecided", &format!("{}\n{wrong}\n", many.join("\n")), &["--initial", "0", "--steps", "1000"]);
    assert_eq!(code, 4, "{text}");
    let (code, text) =
        check_history("unreadable", "{\"client\":1,\"op\":\"get\",\"call\":5,\"ret\":4,\"status\":200}\n{]", &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("unreadable.jsonl:1: `ret` is before `call`"), "{text}");
    assert!(text.contains("unreadable.jsonl:2:2: key must be a string"), "{text}");
}

fn run(edition: &str, more: &[&str]) -> Value {
    let folder = folder(&format!("{edition}{}", more.concat()));
    let folder_text = folder.to_str().unwrap();
    let output =
        program().args(["run", "race/", "--quiet", "--edition", edition, "--out", folder_text]).args(more).output();
    let output = output.unwrap();
    let record = std::fs::read(folder.join("run.json"))
        .unwrap_or_else(|_| panic!("no record: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_slice(&record).unwrap()
}

fn races(record: &Value) -> impl Iterator<Item = &Value> {
    let cases = record["cases"].as_array().unwrap();
    cases.iter().filter(|case| case["id"].as_str().is_some_and(|id| id.starts_with("race/")))
}

fn check_history(name: &str, text: &str, more: &[&str]) -> (i32, String) {
    let path = folder("histories").join(format!("{name}.jsonl"));
    std::fs::write(&path, text).unwrap();
    let output = program().arg("check-history").arg(&path).args(more).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_patchproof"))
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("races").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
