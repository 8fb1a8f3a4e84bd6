//! Tests of the resolver: a typing error in each position where a name can stand, and what is right passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod typos;

use std::path::PathBuf;

use super::{load_folder, shipped};
use crate::suite::contract::contract;
use crate::suite::scenario::LoadError;
use crate::words::yaml::render;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        let path = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn problems(files: &[(&str, &str)]) -> String {
    let folder = Folder::with(files);
    match load_folder(&folder.0, contract().unwrap()) {
        Err(LoadError::Problems { problems, files }) => render(&problems, &files, false),
        Err(other) => panic!("{other:?}"),
        Ok(_) => String::new(),
    }
}

const GOOD: &str = "kind: exchange
title: One
cases:
  - id: own/case
    title: A case
    verifies: [APPT-VER-04]
    steps: [{ patch: advance, if-match: absent, expect: refused }]
";

#[test]
fn the_shipped_scenarios_have_no_problem() {
    let catalogue = shipped(contract().unwrap()).unwrap();
    assert!(catalogue.exchanges.len() > 200 && catalogue.properties.len() > 50);
}

#[test]
fn a_folder_adds_its_cases() {
    assert_eq!(problems(&[("own.yaml", GOOD)]), "");
}

#[test]
fn mistakes_in_several_files_are_reported_together() {
    let unknown_key = GOOD.replace("expect: refused", "expct: refused");
    let unknown_id = GOOD.replace("own/case", "own/other").replace("APPT-VER-04", "APPT-VER-99");
    let twice = GOOD.replace("own/case", "if-match/missing");
    let broken = "kind: exchange\ncases: [";
    let all = problems(&[
        ("a.yaml", &unknown_key),
        ("b.yaml", &unknown_id),
        ("c.yaml", &twice),
        ("d.yaml", broken),
        ("e.yaml", "title: no kind\n"),
        ("f.yaml", "kind: rase\ntitle: x\n"),
    ]);
    for part in [
        "a.yaml:7:49: unknown key `expct`",
        "b.yaml:6:16: unknown requirement `APPT-VER-99`: did you mean `APPT-VER-09`?",
        "c.yaml:4:9: the id `if-match/missing` stands twice",
        "d.yaml:2:",
        "e.yaml:1:1: the key `kind` is missing",
        "f.yaml:1:7: unknown kind `rase`",
    ] {
        assert!(all.contains(part), "{part} is missing in\n{all}");
    }
}

#[test]
fn steps_that_make_no_sense_are_rejected() {
    let moving = GOOD.replace("expect: refused", "expect: refused, to: arrived");
    assert!(problems(&[("a.yaml", &moving)]).contains("a rejected request moves nothing"));
    let empty = GOOD.replace("[{ patch: advance, if-match: absent, expect: refused }]", "[]");
    assert!(problems(&[("a.yaml", &empty)]).contains("the case has no steps"));
    let control = GOOD.replace("    steps", "    control: no/such\n    steps");
    assert!(problems(&[("a.yaml", &control)]).contains("unknown case `no/such`"));
    let family = GOOD.replace("own/case", "own/{name}");
    assert!(problems(&[("a.yaml", &family)]).contains("`each` and `{name}` go together"));
}

#[test]
fn an_empty_or_missing_folder_is_said_so() {
    let folder = Folder::with(&[("readme.txt", "x")]);
    assert!(matches!(load_folder(&folder.0, contract().unwrap()), Err(LoadError::Empty { .. })));
    let missing = folder.0.join("nothing");
    assert!(matches!(load_folder(&missing, contract().unwrap()), Err(LoadError::Unreadable { .. })));
}

/// A file full of typing errors that was once taken for sound: a check for a requirement that does not exist, placeholders
/// that nothing binds, a situation that no requirement has, a pointer without its slash.
const FULL_OF_TYPOS: &str = "kind: exchange
title: Typing errors that a strict loader finds
cases:
  - id: typo/check
    title: A check for a requirement that does not exist
    verifies: [APPT-VER-03]
    steps:
      - patch: advance
        expect:
          outcome: accepted
          checks:
            - { check: { header: { name: x-not-there, present: true } }, verifies: [APPT-VER-99] }
  - id: typo/name
    title: A placeholder that nobody binds
    verifies: [APPT-VER-03]
    steps:
      - patch: advance
        headers: { x-trace: 'appointment-$idd-$statsu' }
        expect: accepted
  - id: typo/situation
    title: A situation that no requirement has
    verifies: [APPT-VER-03]
    steps:
      - patch: advance
        expect: { outcome: accepted, case: no-such-situation }
  - id: typo/pointer
    title: A pointer without a slash
    verifies: [APPT-RSP-13]
    steps:
      - patch: advance
        expect: { outcome: accepted, checks: [{ check: { after-absent: [status] } }] }
";

#[test]
fn all_typing_errors_of_a_file_are_reported_together() {
    let found = problems(&[("typo.yaml", FULL_OF_TYPOS)]);
    let titles: Vec<&str> = found
        .lines()
        .filter_map(|line| line.strip_prefix("error: ")?.split_once("typo.yaml:"))
        .map(|(_, said)| said)
        .collect();
    assert_eq!(
        titles,
        [
            "12:85: unknown requirement `APPT-VER-99`: did you mean `APPT-VER-09`?",
            "18:42: unknown placeholder `$idd`: did you mean `$id`?",
            "18:47: unknown placeholder `$statsu`: did you mean `$status`?",
            "25:44: unknown situation `no-such-situation`",
            "31:73: invalid pointer `status`: it does not begin with a slash",
        ]
    );
}

/// The source files of the program, tests included, and all scenario files, as (path, text).
fn everything_written() -> Vec<(PathBuf, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("scenarios")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_text = path.extension().is_some_and(|extension| extension == "rs" || extension == "yaml");
            if path.is_dir() {
                folders.push(path);
            } else if is_text {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Every `start` with two digits behind it, as a word.
fn numbered<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    let digits = |rest: &str| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_digit);
    text.match_indices(start)
        .filter(|(at, _)| !text[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '-'))
        .filter(|(at, _)| {
            digits(&text.as_bytes()[at + start.len()..].iter().map(|byte| *byte as char).collect::<String>())
        })
        .map(|(at, _)| &text[at..at + start.len() + 2])
        .collect()
}

#[test]
fn every_id_and_reading_that_code_names_exists() {
    let contract = contract().unwrap();
    let readings = crate::words::shipped::file("contract/README.md").unwrap();
    let mut missing = Vec::new();
    for (path, text) in everything_written() {
        // Tests may name what does not exist.
        let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"))
            // Made-up records for the tests of reports.
            || path.ends_with("report/samples.rs");
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for area in crate::suite::contract::Area::ALL.iter().filter(|_| !is_test) {
            let ids = numbered(product, &format!("APPT-{}-", area.code()));
            let unknown = |id: &&str| !contract.requirements.iter().any(|requirement| requirement.id.as_str() == *id);
            missing.extend(ids.into_iter().filter(unknown).map(|id| format!("{}: {id}", path.display())));
        }
        let cited = numbered(product, "C-").into_iter().filter(|reading| !is_test && !readings.contains(*reading));
        missing.extend(cited.map(|reading| format!("{}: {reading}", path.display())));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert_eq!(numbered("C-08, XC-09, C-1, (C-10)", "C-"), ["C-08", "C-10"]);
}
