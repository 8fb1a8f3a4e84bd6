//! What a file looks like: its first sentence, its length, the names it may bear, the lints that hold everywhere.

use std::collections::BTreeMap;
use std::fs;

use super::read::{bare, code, first_name, numbered};
use super::{check_examples, check_sources, is_test, relative, report, root, sources, walk};

const MAX_LINES: usize = 450;

const MAX_README_LINES: usize = 150;

/// The functions of product code that may have more than the 60 lines of clippy.toml, and how many there are in a file.
const LONG_FUNCTIONS: &[(&str, usize)] = &[];

/// What the table of lints in Cargo.toml says, so that nobody relaxes it by the way.
const LINTS: &[&str] = &[
    "unsafe_code = \"forbid\"",
    "unwrap_used = \"deny\"",
    "expect_used = \"deny\"",
    "panic = \"deny\"",
    "too_many_lines = \"deny\"",
    "wildcard_enum_match_arm = \"deny\"",
];

/// Everything that may stand at the top of the repository; names with a dot in front may too, and `target` is cargo's.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
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

/// Written in two parts, so that this file keeps its rule.
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/tm", "p/")];

#[test]
fn every_file_opens_with_one_sentence() {
    check_sources(opens_with_a_sentence);
}

#[test]
fn no_file_is_longer_than_450_lines() {
    check_sources(is_short);
}

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(lines <= MAX_README_LINES, "README.md has {lines} lines, more than {MAX_README_LINES}");
}

#[test]
fn no_name_stands_for_two_types() {
    report(&shared_names(&sources()));
}

#[test]
fn an_exception_from_a_lint_has_its_reason() {
    check_sources(exceptions_have_reasons);
}

#[test]
fn long_functions_are_listed() {
    let marked = |text: &str| code(text).matches("clippy::too_many_lines").count();
    let sources = sources();
    let found = sources.iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| (path.as_str(), marked(text)));
    assert_eq!(found.filter(|(_, count)| *count > 0).collect::<Vec<_>>(), LONG_FUNCTIONS);
}

#[test]
fn the_lints_hold_for_the_whole_crate() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    report(&missing_lints(&manifest));
    assert_eq!(fs::read_to_string(root().join("clippy.toml")).unwrap(), "too-many-lines-threshold = 60\n");
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let mut files = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && name != ".git" {
            walk(&path, &mut files);
        } else if path.is_file() && name != ".git" {
            files.push(path);
        }
    }
    let texts = files.iter().filter_map(|path| Some((relative(path), fs::read_to_string(path).ok()?)));
    report(&texts.flat_map(|(path, text)| names_no_machine_path(&path, &text)).collect::<Vec<_>>());
}

#[test]
fn the_top_of_the_repository_holds_a_fixed_set() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    report(&unexpected_at_the_top(names));
}

#[test]
fn a_file_of_the_wrong_shape_is_found() {
    let long = "//! Long.\n".to_owned() + &"\n".repeat(MAX_LINES);
    check_examples(&[
        (opens_with_a_sentence, "src/x.rs", "use a::b;\n", &["src/x.rs:1: the file must open with a //! sentence"]),
        (
            opens_with_a_sentence,
            "src/x.rs",
            "//! no end\n",
            &["src/x.rs:1: the //! sentence must end in a period, a colon or a question mark"],
        ),
        (opens_with_a_sentence, "src/x.rs", "//! Over\n//! two lines.\n", &[]),
        (opens_with_a_sentence, "src/x.rs", "//! A list:\n//!\n//! - a\n", &[]),
        (is_short, "src/x.rs", &long, &["src/x.rs:451: the file has 451 lines, more than 450"]),
        (
            names_no_machine_path,
            "README.md",
            &format!("a\nsee {}x\n", MACHINE_PATHS[0]),
            &["README.md:2: a path of one machine"],
        ),
        (names_no_machine_path, "README.md", "see docs/work.md and tmp/x\n", &[]),
    ]);
    let top = ["src", ".github", "notes.txt"].map(str::to_owned);
    assert_eq!(
        unexpected_at_the_top(top.into_iter()),
        ["notes.txt:1: not one of the names the top of the repository holds"]
    );
}

#[test]
fn an_exception_without_a_reason_and_a_relaxed_lint_are_found() {
    check_examples(&[
        (
            exceptions_have_reasons,
            "src/x.rs",
            "//! X.\n#[allow(dead_code)]\nfn f() {}\n",
            &["src/x.rs:2: an exception from a lint needs `reason = \"…\"`"],
        ),
        (exceptions_have_reasons, "src/x.rs", "#[expect(clippy::too_many_lines,\n    reason = \"a table\")]\n", &[]),
        (exceptions_have_reasons, "src/x.rs", "// #[allow(x)] is not for us\n", &[]),
        (exceptions_have_reasons, "src/x/tests.rs", "#![allow(clippy::panic)]\n", &[]),
    ]);
    let relaxed = LINTS.join("\n").replace("panic = \"deny\"", "panic = \"warn\"");
    assert_eq!(missing_lints(&relaxed), ["Cargo.toml: the lint is missing: panic = \"deny\""]);
}

#[test]
fn a_name_of_two_types_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let first = file("src/a.rs", "//! A.\npub struct Seen;\nenum Kind<'a> { A(&'a str) }\ntype Id = u8;\n");
    let second = file("src/b.rs", "pub(crate) enum Seen {}\ntrait Id {}\nfn f() { struct Kindred; }\n");
    let tests = file("src/b/tests.rs", "struct Kind;\n");
    let inside =
        file("src/c.rs", "impl X for Y {\n    type Id = u8;\n}\n#[cfg(test)]\nmod tests {\n    struct Kind;\n}\n");
    assert_eq!(
        shared_names(&[first, second, tests, inside]),
        ["Id: src/a.rs:4, src/b.rs:2", "Seen: src/a.rs:2, src/b.rs:1"]
    );
}

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
        .filter(|(_, line)| MACHINE_PATHS.iter().any(|place| line.contains(place)))
        .map(|(number, _)| format!("{path}:{number}: a path of one machine"))
        .collect()
}

fn unexpected_at_the_top(names: impl Iterator<Item = String>) -> Vec<String> {
    names
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .map(|name| format!("{name}:1: not one of the names the top of the repository holds"))
        .collect()
}

fn exceptions_have_reasons(path: &str, text: &str) -> Vec<String> {
    if is_test(path) {
        return Vec::new();
    }
    let text = code(text);
    let mut found = Vec::new();
    for (start, _) in ["[allow(", "[expect("].iter().flat_map(|opening| text.match_indices(opening)) {
        let attribute = text[start..].split("]").next().unwrap_or_default();
        if !attribute.contains("reason = ") {
            let line = text[..start].matches('\n').count() + 1;
            found.push(format!("{path}:{line}: an exception from a lint needs `reason = \"…\"`"));
        }
    }
    found
}

fn missing_lints(manifest: &str) -> Vec<String> {
    let missing = LINTS.iter().filter(|lint| !manifest.lines().any(|line| line == **lint));
    missing.map(|lint| format!("Cargo.toml: the lint is missing: {lint}")).collect()
}

/// Names that two or more types of the product have, each with the places.
fn shared_names(files: &[(String, String)]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_test(path)) {
        for (number, line) in numbered(&bare(&code(text))) {
            if let Some(name) = type_name(line) {
                places.entry(name).or_default().push(format!("{path}:{number}"));
            }
        }
    }
    let shared = places.into_iter().filter(|(_, places)| places.len() > 1);
    shared.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

/// The type that a line declares. A `type` further in belongs to a trait.
fn type_name(line: &str) -> Option<String> {
    let trimmed = line.trim_start();
    let declared = match trimmed.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1.trim_start(),
        Some(rest) => rest.trim_start(),
        None => trimmed,
    };
    let rest = ["struct ", "enum ", "trait ", "union "].iter().find_map(|keyword| declared.strip_prefix(keyword));
    let alias = || declared.strip_prefix("type ").filter(|_| trimmed.len() == line.len());
    rest.or_else(alias).map(first_name)
}
