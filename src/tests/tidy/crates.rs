//! Where an outside crate lives: each has one home, or is marked as common.

use std::fs;

use super::read::{code, has_word, numbered};
use super::{check_examples, check_sources, is_test, report, root};

/// The one home of an outside crate. Tests may use any.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("aho_corasick", &["src/execute/secrets/"]),
    ("aho_corasick", &["src/execute/"]),
    ("annotate_snippets", &["src/words/yaml/"]),
    ("anstream", &["src/cli/"]),
    ("anstyle", &["src/report/"]),
    ("aws_lc_rs", &["src/words/jws.rs", "src/execute/client/"]),
    ("axum", &["src/reference/"]),
    ("brotli_decompressor", &["src/execute/coding.rs"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli/"]),
    ("csv", &["src/report/"]),
    ("ed25519_dalek", &["src/after/attest/"]),
    ("getrandom", &["src/after/attest/"]),
    ("flate2", &["src/execute/coding.rs", "src/reference/dress.rs"]),
    ("hyper", &["src/execute/client/", "src/reference/wire.rs"]),
    ("hyper_util", &["src/execute/client/", "src/reference/wire.rs"]),
    ("httpdate", &["src/judge/"]),
    ("include_dir", &["src/words/shipped.rs"]),
    ("indicatif", &["src/cli/"]),
    ("json_patch", &["src/reference/", "src/model/"]),
    ("insta", &["src/after/drift/"]),
    ("libfuzzer_sys", &["src/prove/fuzz/bin/"]),
    ("maud", &["src/report/"]),
    ("mimalloc", &["src/main.rs"]),
    ("p256", &["src/after/attest/"]),
    ("proptest", &["src/plan/generate.rs", "src/plan/generate/"]),
    ("quick_junit", &["src/report/"]),
    ("reqwest", &["src/execute/"]),
    ("rustix", &["src/words/file/"]),
    ("ruzstd", &["src/execute/coding.rs", "src/reference/dress.rs"]),
    ("rustls_platform_verifier", &["src/execute/client/"]),
    ("serde_saphyr", &["src/words/yaml/"]),
    // Where types are that a file format is made of.
    (
        "schemars",
        &[
            "src/suite/",
            "src/plan/",
            "src/sut/",
            "src/execute/",
            "src/judge/",
            "src/record",
            "src/report/run/events.rs",
            "src/words/",
        ],
    ),
    ("similar", &["src/after/compare/", "src/after/drift/"]),
    ("tokio_rustls", &["src/execute/client/"]),
];

/// Outside crates that every room may use.
const COMMON: &[&str] = &[
    "base64",
    "bytes",
    "futures_util",
    "jiff",
    "regex_lite",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "uuid",
];

#[test]
fn an_outside_crate_has_one_home() {
    check_sources(crates_are_at_home);
}

#[test]
fn every_outside_crate_has_a_home_or_is_common() {
    report(&without_a_row(&fs::read_to_string(root().join("Cargo.toml")).unwrap()));
}

#[test]
fn a_crate_away_from_home_is_found() {
    check_examples(&[
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
    ]);
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
    let rows = ONE_HOME.iter().map(|(name, _)| *name).chain(COMMON.iter().copied());
    let sound: String = rows.map(|name| format!("{name} = \"1\"\n")).collect();
    assert_eq!(without_a_row(&format!("[dependencies]\n{sound}\n[dev-dependencies]\nany = \"1\"\n")), [""; 0]);
    let other = sound.replacen("maud = ", "askama-derive = ", 1);
    assert_eq!(
        without_a_row(&format!("[dependencies]\n{other}")),
        ["Cargo.toml: askama_derive has no home and is not common", "Cargo.toml: there is no maud, but it has a home"]
    );
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
            let used = has_word(line, &format!("{name}::"))
                || has_word(line, &format!("use {name};"))
                || has_word(line, &format!("use {name} as"));
            if used {
                found.push(format!("{path}:{number}: {name} lives in {} only", homes.join(" or ")));
            }
        }
    }
    found
}

/// The crates of a manifest that no row names, and the rows that name none of its crates.
fn without_a_row(manifest: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let crates: Vec<String> = lines.filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_"))).collect();
    let homes: Vec<&str> = ONE_HOME.iter().map(|(name, _)| *name).collect();
    let rows: Vec<&str> = homes.iter().chain(COMMON).copied().collect();
    let unknown = crates.iter().filter(|name| !rows.contains(&name.as_str()));
    let unknown = unknown.map(|name| format!("Cargo.toml: {name} has no home and is not common"));
    let idle = rows.iter().filter(|row| !crates.iter().any(|name| name == *row));
    unknown.chain(idle.map(|row| format!("Cargo.toml: there is no {row}, but it has a home"))).collect()
}
