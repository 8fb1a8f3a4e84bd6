//! Tests of the scenario files and their loader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use super::{LoadError, load_folder, schema, shipped};
use crate::suite::contract::contract;
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
fn the_checked_in_schema_is_the_one_the_program_prints() {
    let file = crate::words::shipped::file("schema.json").unwrap();
    assert_eq!(file, schema(), "run `cargo run -- schema > scenarios/schema.json`");
}

#[test]
fn every_shipped_file_points_editors_to_the_schema() {
    for (path, text) in crate::words::shipped::yaml_files("") {
        assert!(text.starts_with("# yaml-language-server: $schema=schema.json\n"), "{path}");
    }
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
        "b.yaml:6:16: no requirement is called `APPT-VER-99`",
        "c.yaml:4:9: the id `if-match/missing` stands twice",
        "d.yaml:2:",
        "e.yaml:1:1: the key `kind` is missing",
        "f.yaml:1:7: unknown kind `rase`",
    ] {
        assert!(all.contains(part), "{part} is missing in\n{all}");
    }
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let moving = GOOD.replace("expect: refused", "expect: refused, to: arrived");
    assert!(problems(&[("a.yaml", &moving)]).contains("a refusal moves nothing"));
    let empty = GOOD.replace("[{ patch: advance, if-match: absent, expect: refused }]", "[]");
    assert!(problems(&[("a.yaml", &empty)]).contains("the case has no steps"));
    let control = GOOD.replace("    steps", "    control: no/such\n    steps");
    assert!(problems(&[("a.yaml", &control)]).contains("no case is called `no/such`"));
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
