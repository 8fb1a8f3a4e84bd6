//! The tree's own rules as ordinary tests: who may import whom, where an outside crate lives, what a file looks like.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each stage may import of ours, besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("fhir", &[]),
    ("yaml", &[]),
    ("shipped", &["yaml"]),
    ("contract", &["fhir", "yaml", "shipped"]),
    ("scenario", &["contract", "fhir", "yaml", "shipped"]),
    ("plan", &["contract", "scenario", "fhir"]),
    ("target", &["contract", "scenario", "plan", "fhir", "yaml"]),
    ("execute", &["plan", "scenario", "fhir", "target", "contract"]),
    ("redact", &["scenario", "plan", "target", "execute", "fhir"]),
    ("judge", &["contract", "scenario", "plan", "execute", "model", "fhir"]),
    ("record", &["fhir", "contract", "scenario", "plan", "target", "execute", "judge", "shipped"]),
    ("verify", &["contract", "scenario", "plan", "execute", "judge", "record"]),
    (
        "selftest",
        &["contract", "scenario", "plan", "execute", "record", "campaign", "server", "target", "shipped", "fhir"],
    ),
    // A comparison is a value like the record, made of records alone.
    ("compare", &["record"]),
    ("attest", &["record"]),
    ("snapshot", &["record", "fhir", "yaml", "shipped"]),
    ("report", &["record", "compare"]),
    ("server", &["fhir", "contract"]),
];

/// The one home of an outside crate. Tests may use any.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["src/yaml/"]),
    ("axum", &["src/server/"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli/"]),
    ("csv", &["src/report/"]),
    ("ed25519_dalek", &["src/attest/"]),
    ("getrandom", &["src/attest/"]),
    ("flate2", &["src/execute/coding.rs", "src/server/dress.rs"]),
    ("hyper", &["src/server/wire.rs"]),
    ("hyper_util", &["src/server/wire.rs"]),
    ("include_dir", &["src/shipped.rs"]),
    ("indicatif", &["src/cli/"]),
    ("json_patch", &["src/server/", "src/model/"]),
    ("insta", &["src/snapshot/"]),
    ("jsonwebtoken", &["src/target/"]),
    ("libfuzzer_sys", &["src/fuzz/bin/"]),
    ("maud", &["src/report/"]),
    ("mimalloc", &["src/main.rs"]),
    ("p256", &["src/attest/"]),
    ("proptest", &["src/plan/generate.rs", "src/plan/generate/"]),
    ("quick_junit", &["src/report/"]),
    ("reqwest", &["src/execute/"]),
    ("serde_path_to_error", &["src/record/"]),
    ("serde_saphyr", &["src/yaml/"]),
    ("similar", &["src/compare/", "src/snapshot/"]),
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
fn stages_import_only_from_stages_before_them() {
    check_sources(imports_are_allowed);
}

#[test]
fn every_stage_of_the_import_table_exists() {
    let stages = stages();
    let missing: Vec<&str> = MAY_IMPORT.iter().map(|(stage, _)| *stage).filter(|own| !has(&stages, own)).collect();
    assert!(missing.is_empty(), "no such stage in src: {}", missing.join(", "));
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
            "src/fhir.rs",
            "use crate::contract::Edition;\n",
            &["src/fhir.rs:1: fhir must not import contract"],
        ),
        (
            imports_are_allowed,
            "src/contract/x.rs",
            "use crate::plan::Plan;\n",
            &["src/contract/x.rs:1: contract must not import plan"],
        ),
        (
            imports_are_allowed,
            "src/scenario/x.rs",
            "use crate::plan::Plan;\n",
            &["src/scenario/x.rs:1: scenario must not import plan"],
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
            "src/server/x.rs",
            "use crate::judge::Verdict;\n",
            &["src/server/x.rs:1: server must not import judge"],
        ),
        (imports_are_allowed, "src/server/tests/x.rs", "use crate::judge::Verdict;\n", &[]),
        (imports_are_allowed, "src/fhir.rs", "//! X.\n#[cfg(test)]\nmod tests {\n    use crate::yaml::Node;\n}\n", &[]),
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
        (crates_are_at_home, "src/plan/mod.rs", "use axum;\n", &["src/plan/mod.rs:1: axum lives in src/server/ only"]),
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
    let Some(own) = stage_of(path) else { return Vec::new() };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(stage, _)| *stage == own) else { return Vec::new() };
    if is_test(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (line, name) in imported_stages(path, &code(text)) {
        let complaint = format!("{path}:{line}: {own} must not import {name}");
        if name != own && !allowed.contains(&name.as_str()) && !found.contains(&complaint) {
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

/// The modules of the crate root: files and folders directly in src.
fn stages() -> Vec<String> {
    let names =
        fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.trim_end_matches(".rs").to_owned()).collect()
}

fn has(stages: &[String], name: &str) -> bool {
    stages.iter().any(|own| own == name)
}

fn stage_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    rest.split('/').next().map(|name| name.trim_end_matches(".rs"))
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

/// Every stage a text names by a path from the crate's root, with its line.
fn imported_stages(path: &str, text: &str) -> Vec<(usize, String)> {
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
            found.extend(first_names(&text[start + prefix.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    let known = stages();
    found.retain(|(_, name)| has(&known, name) || MAY_IMPORT.iter().any(|(stage, _)| stage == name));
    found.sort_by_key(|(line, _)| *line);
    found
}

/// The first name of a path, or of each path in a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|own| own.is_alphanumeric() || *own == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut item = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                names.push(name(group[item..at].trim_start()));
                break;
            }
            ',' if depth == 0 => {
                names.push(name(group[item..at].trim_start()));
                item = at + 1;
            }
            _ => {}
        }
    }
    names
}
