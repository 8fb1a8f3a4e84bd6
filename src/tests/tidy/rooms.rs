//! Who may import whom: a row for every room, and what must not be in the judge.

use std::fs;
use std::path::PathBuf;

use super::read::{code, first_name, first_paths, has_word, numbered};
use super::{check_examples, check_sources, is_test, root};

/// What each room may import of ours, besides itself and `words`. A row for every room of `src`; `words/fhir` first.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("words", &[]),
    ("suite/contract", &[]),
    ("suite/scenario", &["suite/contract"]),
    ("suite/check", &["suite/contract", "suite/scenario"]),
    ("plan", &["suite/contract", "suite/scenario"]),
    ("model", &["suite/contract", "suite/scenario", "plan"]),
    ("sut", &["suite/contract", "suite/scenario", "plan"]),
    ("execute", &["suite/contract", "suite/scenario", "plan", "sut"]),
    ("redact", &["suite/contract", "suite/scenario", "plan", "sut", "execute"]),
    ("judge", &["suite/contract", "suite/scenario", "plan", "model", "execute"]),
    ("record", &["suite/contract", "suite/scenario", "plan", "sut", "execute", "judge"]),
    ("campaign", &["suite/contract", "suite/scenario", "plan", "model", "sut", "execute", "redact", "judge", "record"]),
    ("after/verify", &["suite/contract", "suite/scenario", "suite/check", "plan", "execute", "judge", "record"]),
    // A comparison is a value like the record, made of records alone.
    ("after/compare", &["record"]),
    ("after/drift", &["record", "suite/check", "suite/contract"]),
    ("after/attest", &["record"]),
    ("report", &["record", "after/compare"]),
    ("reference", &["suite/contract"]),
    (
        "prove/selftest",
        &["suite/contract", "suite/scenario", "plan", "sut", "execute", "record", "campaign", "reference"],
    ),
    (
        "prove/fuzz",
        &[
            "suite/contract",
            "suite/scenario",
            "suite/check",
            "plan",
            "sut",
            "execute",
            "redact",
            "judge",
            "record",
            "campaign",
            "after/verify",
            "after/compare",
            "after/drift",
            "after/attest",
            "report",
            "reference",
            "cli",
        ],
    ),
    (
        "cli",
        &[
            "suite/contract",
            "suite/scenario",
            "suite/check",
            "plan",
            "sut",
            "execute",
            "redact",
            "judge",
            "record",
            "campaign",
            "after/verify",
            "after/compare",
            "after/drift",
            "after/attest",
            "report",
            "reference",
            "prove/selftest",
        ],
    ),
];

/// Folders of `src` whose folders are rooms of their own.
const WINGS: [&str; 3] = ["suite", "after", "prove"];

/// The judge takes values: no clock, no file, no network, and it never waits.
const NOT_IN_JUDGE: &[&str] = &[
    "tokio",
    "reqwest",
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::net",
    "fs::",
    "net::",
    ".await",
    "async fn",
];

#[test]
fn rooms_import_only_from_rooms_before_them() {
    check_sources(imports_are_allowed);
}

#[test]
fn the_import_table_has_a_row_for_every_room_and_no_other() {
    let mut rows: Vec<String> = MAY_IMPORT.iter().map(|(room, _)| (*room).to_owned()).collect();
    rows.sort();
    assert_eq!(rooms(), rows);
}

#[test]
fn the_judge_takes_only_values() {
    check_sources(judge_is_pure);
}

#[test]
fn a_forbidden_import_is_found() {
    check_examples(&[
        (
            imports_are_allowed,
            "src/report/x.rs",
            "//! X.\nuse crate::judge::Verdict;\n",
            &["src/report/x.rs:2: report must not import judge"],
        ),
        (
            imports_are_allowed,
            "src/report/x.rs",
            "//! X.\n\nfn f() -> crate::plan::Plan {}\n",
            &["src/report/x.rs:3: report must not import plan"],
        ),
        (
            imports_are_allowed,
            "src/report/x.rs",
            "use crate::{record, judge::{A, B},\n    execute as e};\n",
            &["src/report/x.rs:1: report must not import judge", "src/report/x.rs:1: report must not import execute"],
        ),
        (
            imports_are_allowed,
            "src/report/x.rs",
            "use super::super::judge::Verdict;\n",
            &["src/report/x.rs:1: report must not import judge"],
        ),
        (
            imports_are_allowed,
            "src/report/x.rs",
            "// crate::judge is not for us.\nuse crate::record::RunRecord;\nuse super::View;\n",
            &[],
        ),
        (
            imports_are_allowed,
            "src/words/fhir.rs",
            "use crate::suite::contract::Edition;\n",
            &["src/words/fhir.rs:1: words must not import suite/contract"],
        ),
    ]);
}

#[test]
fn each_room_has_its_limits() {
    check_examples(&[
        (
            imports_are_allowed,
            "src/suite/contract/x.rs",
            "use crate::plan::Plan;\n",
            &["src/suite/contract/x.rs:1: suite/contract must not import plan"],
        ),
        (
            imports_are_allowed,
            "src/report/x.rs",
            "use crate::suite::{contract::Edition, scenario::Fixture};\n",
            &[
                "src/report/x.rs:1: report must not import suite/contract",
                "src/report/x.rs:1: report must not import suite/scenario",
            ],
        ),
        (
            imports_are_allowed,
            "src/plan/x.rs",
            "use crate::execute::Options;\n",
            &["src/plan/x.rs:1: plan must not import execute"],
        ),
        (
            imports_are_allowed,
            "src/execute/x.rs",
            "use crate::judge::Verdict;\n",
            &["src/execute/x.rs:1: execute must not import judge"],
        ),
        (
            imports_are_allowed,
            "src/reference/x.rs",
            "use crate::judge::Verdict;\n",
            &["src/reference/x.rs:1: reference must not import judge"],
        ),
        (imports_are_allowed, "src/reference/tests/x.rs", "use crate::judge::Verdict;\n", &[]),
        (
            imports_are_allowed,
            "src/model.rs",
            "//! X.\n#[cfg(test)]\nmod tests {\n    use crate::judge::Verdict;\n}\n",
            &[],
        ),
    ]);
}

#[test]
fn what_is_not_pure_is_found() {
    check_examples(&[
        (
            judge_is_pure,
            "src/judge/x.rs",
            "//! X.\nasync fn f() { g().await }\n",
            &[
                "src/judge/x.rs:2: judge must not mention `.await`",
                "src/judge/x.rs:2: judge must not mention `async fn`",
            ],
        ),
        (
            judge_is_pure,
            "src/judge/x.rs",
            "use std::time::{Duration, Instant};\n",
            &["src/judge/x.rs:1: judge must not mention `Instant`"],
        ),
        (
            judge_is_pure,
            "src/judge/x.rs",
            "let text = std::fs::read(path);\n",
            &["src/judge/x.rs:1: judge must not mention `std::fs`"],
        ),
        (judge_is_pure, "src/judge/x.rs", "let net = plannet::Instantly; // not an Instant\n", &[]),
        (judge_is_pure, "src/plan/x.rs", "use tokio::fs;\n", &[]),
    ]);
}

fn imports_are_allowed(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else { return Vec::new() };
    if is_test(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (line, name) in imported_rooms(path, &code(text)) {
        let complaint = format!("{path}:{line}: {room} must not import {name}");
        if name != room && name != "words" && !allowed.contains(&name.as_str()) && !found.contains(&complaint) {
            found.push(complaint);
        }
    }
    found
}

fn judge_is_pure(path: &str, text: &str) -> Vec<String> {
    if !path.starts_with("src/judge/") || is_test(path) {
        return Vec::new();
    }
    let text = code(text);
    let mut found = Vec::new();
    for (number, line) in numbered(&text) {
        let mut hits: Vec<&&str> = NOT_IN_JUDGE.iter().filter(|term| has_word(line, term)).collect();
        // `std::fs` says it better than the `fs::` inside it.
        let long = hits.iter().any(|term| term.starts_with("std::"));
        hits.retain(|term| !(long && (***term == *"fs::" || ***term == *"net::")));
        found.extend(hits.into_iter().map(|term| format!("{path}:{number}: judge must not mention `{term}`")));
    }
    found
}

/// The rooms of `src`: its modules, and those of its wings; sorted.
fn rooms() -> Vec<String> {
    let names = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.map(|name| name.trim_end_matches(".rs").to_owned()).collect::<Vec<_>>()
    };
    let mut rooms = Vec::new();
    for name in names(root().join("src")) {
        match name.as_str() {
            "lib" | "main" | "tests" => {}
            wing if WINGS.contains(&wing) => {
                let inside = names(root().join("src").join(wing));
                rooms.extend(inside.iter().filter(|room| *room != "mod").map(|room| format!("{wing}/{room}")));
            }
            room => rooms.push(room.to_owned()),
        }
    }
    rooms.sort();
    rooms.dedup();
    rooms
}

/// The room of a file; `None` for the files that open a wing, the root and the integration tests.
pub fn room_of(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix("src/")?.split('/').map(|name| name.trim_end_matches(".rs"));
    let first = parts.next()?;
    if !WINGS.contains(&first) {
        return Some(first.to_owned());
    }
    parts.next().filter(|second| *second != "mod").map(|second| format!("{first}/{second}"))
}

/// Every room a text names by a path from the crate's root, with its line.
fn imported_rooms(path: &str, text: &str) -> Vec<(usize, String)> {
    // Where `super::…` reaches the root: src/a.rs and src/a/mod.rs need one, src/a/b.rs two.
    let folders = path.matches('/').count() - 1;
    let depth = if path.ends_with("/mod.rs") { folders } else { folders + 1 };
    let root = "super::".repeat(depth);
    let mut found = Vec::new();
    for prefix in ["crate::", root.as_str()] {
        for (start, _) in text.match_indices(prefix) {
            let before = text[..start].chars().next_back();
            if before.is_some_and(|character| character.is_alphanumeric() || character == '_' || character == ':') {
                continue;
            }
            let line = text[..start].matches('\n').count() + 1;
            let names = first_paths(&text[start + prefix.len()..]).into_iter();
            found.extend(names.flat_map(|path| rooms_named(&path)).map(|name| (line, name)));
        }
    }
    found.retain(|(_, name)| MAY_IMPORT.iter().any(|(room, _)| room == name));
    found.sort_by_key(|(line, _)| *line);
    found
}

/// The rooms a path below the crate's root names: `plan::Step` is in `plan`, `suite::{contract, scenario}` in two.
fn rooms_named(path: &str) -> Vec<String> {
    let first = first_name(path);
    let rest = path[first.len()..].trim_start_matches(':');
    if WINGS.contains(&first.as_str()) {
        first_paths(rest).iter().map(|second| format!("{first}/{}", first_name(second))).collect()
    } else {
        vec![first]
    }
}
