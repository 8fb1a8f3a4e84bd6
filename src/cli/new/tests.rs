//! Skeletons in a copy of what a checkout has: they say what is blank, and pass when the blanks are filled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use super::{NewKind, checkout, write};
use crate::suite::check::with_texts;
use crate::suite::contract::load;
use crate::suite::scenario::{LoadError, texts};
use crate::words::yaml::{Files, Problem, render};

/// A checkout that goes away with the test.
struct Copy(PathBuf);

impl Copy {
    fn new() -> Copy {
        let root = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["scenarios", "scenarios/contract", "scenarios/contract/requirements", "src/reference/fault"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            for entry in fs::read_dir(source.join(folder)).unwrap().map(Result::unwrap) {
                if entry.path().is_file() {
                    fs::copy(entry.path(), root.join(folder).join(entry.file_name())).unwrap();
                }
            }
        }
        fs::copy(source.join("Cargo.toml"), root.join("Cargo.toml")).unwrap();
        Copy(root)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    fn edit(&self, path: &str, changes: &[(&str, &str)]) {
        let mut text = self.text(path);
        for (from, to) in changes {
            assert!(text.contains(from), "{from} is not in {path}");
            text = text.replace(from, to);
        }
        fs::write(self.0.join(path), text).unwrap();
    }

    /// What `check` says of the copy.
    fn check(&self) -> String {
        let mut files = Files::new();
        for folder in ["contract", "contract/requirements"] {
            for entry in fs::read_dir(self.0.join("scenarios").join(folder)).unwrap().map(Result::unwrap) {
                let name = entry.file_name().into_string().unwrap();
                if name.ends_with(".yaml") {
                    files.insert(format!("{folder}/{name}"), fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        let said = |problems: &[Problem], files: &Files| render(problems, files, false);
        let contract = match load(&files) {
            Ok(contract) => contract,
            Err(problems) => return said(&problems, &files),
        };
        match with_texts(&texts(&self.0.join("scenarios")).unwrap(), &contract) {
            Ok(_) => String::new(),
            Err(LoadError::Problems { problems, files }) => said(&problems, &files),
            Err(other) => panic!("{other:?}"),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn rule(id: &str) -> NewKind {
    NewKind::Rule { id: id.parse().unwrap() }
}

fn case(id: &str, verifies: &str) -> NewKind {
    NewKind::Case { id: id.to_owned(), verifies: vec![verifies.parse().unwrap()] }
}

#[test]
fn a_rule_and_its_case_say_what_is_blank_and_pass_when_it_is_filled() {
    let copy = Copy::new();
    assert_eq!(copy.check(), "");
    let said = write(&copy.0, &rule("APPT-VER-99")).unwrap();
    assert!(said.contains("wrote scenarios/contract/requirements/VER.yaml"), "{said}");
    assert!(said.contains("cargo run -- check"), "{said}");
    let blank = copy.check();
    for part in
        ["a short phrase", "the rule in one sentence", "a key of scenarios/contract/sources.yaml", "where in it"]
    {
        assert!(blank.lines().any(|line| line.contains("VER.yaml:") && line.contains(part)), "{part}:\n{blank}");
    }
    copy.edit(
        "scenarios/contract/requirements/VER.yaml",
        &[
            ("'FILL-IN: a short phrase'", "A new rule"),
            ("'FILL-IN: the rule in one sentence'", "A new rule."),
            ("'FILL-IN: a key of scenarios/contract/sources.yaml'", "appt-2024"),
            ("'FILL-IN: where in it'", "Patch"),
        ],
    );
    assert!(copy.check().contains("no scenario verifies `APPT-VER-99`"), "{}", copy.check());
    write(&copy.0, &case("if-match/new", "APPT-VER-99")).unwrap();
    let blank = copy.check();
    assert!(blank.contains("one sentence that says what a conforming server does"), "{blank}");
    let title = "'FILL-IN: one sentence that says what a conforming server does'";
    copy.edit("scenarios/if-match.yaml", &[(title, "A new case")]);
    assert_eq!(copy.check(), "");
}

#[test]
fn a_case_of_a_new_area_gets_a_file_and_needs_a_requirement() {
    let copy = Copy::new();
    write(&copy.0, &NewKind::Case { id: "brand-new/case".to_owned(), verifies: Vec::new() }).unwrap();
    let text = copy.text("scenarios/brand-new.yaml");
    assert!(text.starts_with("# yaml-language-server: $schema=schema.json\nkind: exchange\n"), "{text}");
    let blank = copy.check();
    assert!(blank.contains("brand-new.yaml:3:"), "{blank}");
    assert!(blank.contains("brand-new.yaml:7:"), "{blank}");
}

#[test]
fn a_case_of_an_area_of_properties_is_a_property() {
    let copy = Copy::new();
    write(&copy.0, &case("every/brand-new", "APPT-RSP-01")).unwrap();
    let blank = copy.check();
    assert_eq!(blank.matches("still blank").count(), 2, "{blank}");
    let title = "'FILL-IN: one sentence that says what a conforming server does'";
    copy.edit("scenarios/every.yaml", &[(title, "A new property"), ("'FILL-IN: the header'", "x-request-id")]);
    assert_eq!(copy.check(), "");
}

#[test]
fn what_is_verified_or_broken_must_exist() {
    let copy = Copy::new();
    let fault = NewKind::Fault { name: "brand-new".to_owned(), breaks: vec!["APPT-VER-99".parse().unwrap()] };
    for what in [case("if-match/brand-new", "APPT-VER-99"), fault] {
        let said = write(&copy.0, &what).unwrap_err();
        assert!(said.contains("`APPT-VER-99` is not in scenarios/contract/requirements/VER.yaml"), "{said}");
    }
    assert_eq!(copy.check(), "");
}

#[test]
fn a_fault_stands_in_both_tables() {
    let copy = Copy::new();
    let what = NewKind::Fault { name: "brand-new".to_owned(), breaks: vec!["APPT-VER-04".parse().unwrap()] };
    write(&copy.0, &what).unwrap();
    let table = copy.text("src/reference/fault/table.rs");
    assert!(table.contains("    BrandNew \"brand-new\"\n"), "{table}");
    assert!(table.trim_end().ends_with("[\"APPT-VER-04\"]\n}"), "{}", &table[table.len() - 300..]);
    assert!(copy.text("src/reference/fault/hooks.rs").contains("    BrandNew []\n}"));
}

#[test]
fn nothing_is_overwritten_and_nothing_is_written_elsewhere() {
    let copy = Copy::new();
    for (what, message) in [
        (rule("APPT-VER-04"), "`APPT-VER-04` is already in scenarios/contract/requirements/VER.yaml"),
        (case("if-match/missing", "APPT-VER-04"), "`if-match/missing` is already in scenarios/if-match.yaml"),
        (case("Missing", "APPT-VER-04"), "invalid case id `Missing`"),
        (
            NewKind::Fault { name: "ignore-if-match".to_owned(), breaks: Vec::new() },
            "there is a fault `ignore-if-match` already",
        ),
        (NewKind::Fault { name: "No".to_owned(), breaks: Vec::new() }, "invalid fault name `No`"),
    ] {
        let said = write(&copy.0, &what).unwrap_err();
        assert!(said.contains(message), "{said}");
    }
    assert_eq!(copy.check(), "");
    assert_eq!(checkout(&copy.0.join("scenarios/contract")).as_deref(), Ok(copy.0.as_path()));
    assert!(checkout(&std::env::temp_dir()).unwrap_err().contains("is not in a checkout of patchproof"));
}
