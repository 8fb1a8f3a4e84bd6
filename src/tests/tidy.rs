//! The tree's own rules as ordinary tests: who may import whom, where an outside crate lives, what a file looks like.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};

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
    ("redact", &["suite/scenario", "plan", "sut", "execute"]),
    ("judge", &["suite/contract", "suite/scenario", "plan", "model", "execute"]),
    ("record", &["suite/contract", "suite/scenario", "plan", "sut", "execute", "judge"]),
    ("campaign", &["suite/contract", "suite/scenario", "plan", "model", "sut", "execute", "redact", "judge", "record"]),
    ("after/verify", &["suite/contract", "suite/scenario", "suite/check", "plan", "execute", "judge", "record"]),
    // A comparison is a value like the record, made of records alone.
    ("after/compare", &["record"]),
    ("after/drift", &["record"]),
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

/// The one home of an outside crate. Tests may use any.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("aho_corasick", &["src/execute/secrets/"]),
    ("annotate_snippets", &["src/words/yaml/"]),
    ("axum", &["src/reference/"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli/"]),
    ("csv", &["src/report/"]),
    ("ed25519_dalek", &["src/after/attest/"]),
    ("getrandom", &["src/after/attest/"]),
    ("flate2", &["src/execute/coding.rs", "src/reference/dress.rs"]),
    ("hyper", &["src/execute/client/", "src/reference/wire.rs"]),
    ("hyper_util", &["src/execute/client/", "src/reference/wire.rs"]),
    ("include_dir", &["src/words/shipped.rs"]),
    ("indicatif", &["src/cli/"]),
    ("json_patch", &["src/reference/", "src/model/"]),
    ("insta", &["src/after/drift/"]),
    ("jsonwebtoken", &["src/sut/"]),
    ("libfuzzer_sys", &["src/prove/fuzz/bin/"]),
    ("maud", &["src/report/"]),
    ("mimalloc", &["src/main.rs"]),
    ("p256", &["src/after/attest/"]),
    ("proptest", &["src/plan/generate.rs", "src/plan/generate/"]),
    ("quick_junit", &["src/report/"]),
    ("reqwest", &["src/execute/"]),
    ("rustls_platform_verifier", &["src/execute/client/"]),
    ("serde_path_to_error", &["src/record/"]),
    ("serde_saphyr", &["src/words/yaml/"]),
    ("similar", &["src/after/compare/", "src/after/drift/"]),
    ("tokio_rustls", &["src/execute/client/"]),
];

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

const MAX_LINES: usize = 700;

/// Everything that may stand at the top of the repository; names with a dot in front may too, and `target` is cargo's.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "scenarios",
    "snapshots",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "rustfmt.toml",
    "clippy.toml",
    "build.rs",
    "target",
];

/// Written in two parts, so that this file keeps its own rule.
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/tm", "p/pp-")];

#[test]
fn every_file_opens_with_one_sentence() {
    check_sources(opens_with_a_sentence);
}

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
fn an_outside_crate_has_one_home() {
    check_sources(crates_are_at_home);
}

#[test]
fn the_judge_takes_only_values() {
    check_sources(judge_is_pure);
}

#[test]
fn no_file_is_longer_than_700_lines() {
    check_sources(is_short);
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let root = root();
    let mut files = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && name != ".git" {
            walk(&path, &mut files);
        } else if path.is_file() {
            files.push(path);
        }
    }
    let texts = files.iter().filter_map(|path| Some((relative(path), fs::read_to_string(path).ok()?)));
    report(texts.flat_map(|(path, text)| names_no_machine_path(&path, &text)).collect());
}

#[test]
fn the_top_of_the_repository_holds_a_fixed_set() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    report(unexpected_at_the_top(names));
}

#[test]
fn every_rule_can_be_broken() {
    type Rule = fn(&str, &str) -> Vec<String>;
    let long = "//! Long.\n".to_owned() + &"\n".repeat(MAX_LINES);
    let table: &[(Rule, &str, &str, &[&str])] = &[
        (opens_with_a_sentence, "src/x.rs", "use a::b;\n", &["src/x.rs:1: the file must open with a //! sentence"]),
        (
            opens_with_a_sentence,
            "src/x.rs",
            "//! no end\n",
            &["src/x.rs:1: the //! sentence must end in a period, a colon or a question mark"],
        ),
        (opens_with_a_sentence, "src/x.rs", "//! Over\n//! two lines.\n", &[]),
        (opens_with_a_sentence, "src/x.rs", "//! A list:\n//!\n//! - a\n", &[]),
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
        (
            crates_are_at_home,
            "src/cli/run.rs",
            "use reqwest::Client;\n",
            &["src/cli/run.rs:1: reqwest lives in src/execute/ only"],
        ),
        (
            crates_are_at_home,
            "src/plan/mod.rs",
            "#[derive(clap::Args)]\n",
            &["src/plan/mod.rs:1: clap lives in src/cli/ or src/main.rs only"],
        ),
        (
            crates_are_at_home,
            "src/plan/mod.rs",
            "use axum;\n",
            &["src/plan/mod.rs:1: axum lives in src/reference/ only"],
        ),
        (crates_are_at_home, "src/plan/mod.rs", "let x = my_clap::f();\n// use clap::Args;\n", &[]),
        (crates_are_at_home, "src/execute/client.rs", "use reqwest::Client;\n", &[]),
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
        (is_short, "src/x.rs", &long, &["src/x.rs:701: the file has 701 lines, more than 700"]),
        (
            names_no_machine_path,
            "README.md",
            &format!("a\nsee {}x\n", MACHINE_PATHS[0]),
            &["README.md:2: a path of one machine"],
        ),
        (names_no_machine_path, "README.md", "see docs/work.md and tmp/x\n", &[]),
    ];
    for (rule, path, text, expected) in table {
        assert_eq!(rule(path, text), *expected, "in\n{text}");
    }
    let top = ["src", ".github", "notes.txt"].map(str::to_owned);
    assert_eq!(
        unexpected_at_the_top(top.into_iter()),
        ["notes.txt:1: not one of the names the top of the repository holds"]
    );
}

// The rules. Each takes a path below the root with `/` in it and a text, and gives its complaints.

fn opens_with_a_sentence(path: &str, text: &str) -> Vec<String> {
    let opening: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let sentence: Vec<&str> = opening.into_iter().take_while(|line| !line.is_empty()).collect();
    match sentence.last() {
        None => vec![format!("{path}:1: the file must open with a //! sentence")],
        Some(last) if !last.ends_with(['.', ':', '?']) => {
            vec![format!(
                "{path}:{}: the //! sentence must end in a period, a colon or a question mark",
                sentence.len()
            )]
        }
        Some(_) => Vec::new(),
    }
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

fn crates_are_at_home(path: &str, text: &str) -> Vec<String> {
    if is_test(path) {
        return Vec::new();
    }
    let text = code(text);
    let mut found = Vec::new();
    for (name, homes) in ONE_HOME {
        if homes.iter().any(|home| path.starts_with(home)) {
            continue;
        }
        for (number, line) in numbered(&text) {
            let used = word(line, &format!("{name}::"))
                || word(line, &format!("use {name};"))
                || word(line, &format!("use {name} as"));
            if used {
                found.push(format!("{path}:{number}: {name} lives in {} only", homes.join(" or ")));
            }
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
        let mut hits: Vec<&&str> = NOT_IN_JUDGE.iter().filter(|term| word(line, term)).collect();
        // `std::fs` says it better than the `fs::` inside it.
        let long = hits.iter().any(|term| term.starts_with("std::"));
        hits.retain(|term| !(long && (***term == *"fs::" || ***term == *"net::")));
        found.extend(hits.into_iter().map(|term| format!("{path}:{number}: judge must not mention `{term}`")));
    }
    found
}

fn is_short(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        vec![format!("{path}:{}: the file has {lines} lines, more than {MAX_LINES}", MAX_LINES + 1)]
    } else {
        Vec::new()
    }
}

fn names_no_machine_path(path: &str, text: &str) -> Vec<String> {
    numbered(text)
        .filter(|(_, line)| MACHINE_PATHS.iter().any(|own| line.contains(own)))
        .map(|(number, _)| format!("{path}:{number}: a path of one machine"))
        .collect()
}

fn unexpected_at_the_top(names: impl Iterator<Item = String>) -> Vec<String> {
    names
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .map(|name| format!("{name}:1: not one of the names the top of the repository holds"))
        .collect()
}

// Reading the tree.

fn check_sources(rule: fn(&str, &str) -> Vec<String>) {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty(), "no source file was found");
    files.sort();
    report(files.iter().flat_map(|path| rule(&relative(path), &fs::read_to_string(path).unwrap())).collect());
}

fn report(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
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
fn room_of(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix("src/")?.split('/').map(|name| name.trim_end_matches(".rs"));
    let first = parts.next()?;
    if !WINGS.contains(&first) {
        return Some(first.to_owned());
    }
    parts.next().filter(|second| *second != "mod").map(|second| format!("{first}/{second}"))
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The text with comment lines and the inline tests at its end left blank, so that line numbers stay.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'))
        .unwrap_or(lines.len());
    let kept = lines.iter().take(tests).map(|line| {
        let line = if line.trim_start().starts_with("//") { "" } else { line };
        // A comment behind code has a space before it; `https://` has none.
        line.split_once(" // ").map_or(line, |(code, _)| code)
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Whether a line has the term with no letter, digit or `_` before it, nor behind it where the term ends in one.
fn word(line: &str, term: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(term).any(|(start, _)| {
        let before = line[..start].chars().next_back().is_some_and(part);
        let after = line[start + term.len()..].chars().next().is_some_and(part);
        (!before || !term.starts_with(part)) && (!after || !term.ends_with(part))
    })
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

fn first_name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// A path, or each path of a group in braces.
fn first_paths(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![rest.to_owned()] };
    let mut paths = Vec::new();
    let mut depth = 0_usize;
    let mut item = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                paths.push(group[item..at].trim_start().to_owned());
                break;
            }
            ',' if depth == 0 => {
                paths.push(group[item..at].trim_start().to_owned());
                item = at + 1;
            }
            _ => {}
        }
    }
    paths
}
