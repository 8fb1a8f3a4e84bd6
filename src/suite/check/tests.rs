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
