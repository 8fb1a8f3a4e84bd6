//! The tree's own rules as ordinary tests: who may import whom, where an outside crate lives, which words are used.
//!
//! A rule takes a path below the root, with `/` in it, and a text; it gives its complaints as `path:line: what is wrong`.
//! Each rule has a test over the tree and one with broken examples.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod circles;
mod crates;
mod read;
mod rooms;
mod shape;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

type Rule = fn(&str, &str) -> Vec<String>;

/// A rule, a path, a text and the complaints that must come of it.
type Example<'a> = (Rule, &'a str, &'a str, &'a [&'a str]);

/// Holds a rule against every Rust file of `src`.
fn check_sources(rule: Rule) {
    report(&complaints(rule));
}

/// As [`check_sources`], where some complaints are still left: the number may only shrink.
fn check_sources_but(left: usize, rule: Rule) {
    let found = complaints(rule);
    assert!(found.len() <= left, "{} complaints, {left} were left:\n{}\n", found.len(), found.join("\n"));
}

fn complaints(rule: Rule) -> Vec<String> {
    sources().iter().flat_map(|(path, text)| rule(path, text)).collect()
}

/// Fails with every complaint.
fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Asserts what comes of broken and of sound examples.
fn check_examples(examples: &[Example]) {
    for (rule, path, text, expected) in examples {
        assert_eq!(rule(path, text), *expected, "in\n{text}");
    }
}

/// Every Rust file of `src` with its text, sorted by path.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty(), "no source file was found");
    files.sort();
    files.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
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

/// Whether a file is compiled for tests only; by its name.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("/samples.rs")
}
