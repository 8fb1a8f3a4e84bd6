//! What the documents say is so: links lead somewhere, commands parse, examples load, readings and ids exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use patchproof::report::Format;
use patchproof::suite::check::load_text;
use patchproof::suite::contract::{Area, Edition, contract};
use patchproof::suite::scenario::Generator;
use regex_lite::Regex;

#[test]
fn every_relative_link_leads_to_a_file_and_its_anchor() {
    let read = |path: &str| fs::read_to_string(root().join(path)).ok();
    let exists = |path: &str| root().join(path).exists();
    report(documents().iter().flat_map(|(path, text)| dead_links(path, text, &exists, &read)).collect());
}

#[test]
fn every_source_file_that_is_named_exists() {
    let exists = |path: &str| root().join(path).exists();
    report(documents().iter().flat_map(|(path, text)| lost_sources(path, text, &exists)).collect());
}

#[test]
fn every_command_line_in_the_documents_parses() {
    report(documents().iter().flat_map(|(path, text)| wrong_commands(path, text)).collect());
}

#[test]
fn every_scenario_in_the_documents_loads() {
    let mut found = 0;
    for (path, text) in documents() {
        for (line, block) in
            blocks(&text, "yaml").into_iter().filter(|(_, block)| block.lines().any(|line| line.starts_with("kind: ")))
        {
            found += 1;
            let loaded = load_text(&format!("{path}:{line}"), &block, contract().unwrap());
            assert!(loaded.is_ok(), "{path}:{line}: {:?}", loaded.err());
        }
    }
    assert!(found >= 9, "only {found} scenarios were found");
}

#[test]
fn the_target_file_in_the_documents_loads() {
    let text = fs::read_to_string(root().join(".github/docs/targets.md")).unwrap();
    let targets: Vec<_> = blocks(&text, "yaml").into_iter().filter(|(_, block)| block.contains("base-url")).collect();
    assert!(!targets.is_empty());
    for (line, block) in targets {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("documented-target-{line}.yaml"));
        fs::write(&file, block).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchproof"));
        command.arg("plan").arg("--target").arg(&file).env("SANDBOX_TOKEN", "a-token-of-no-use");
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "targets.md:{line}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn every_reading_that_is_cited_is_explained() {
    let explained = fs::read_to_string(root().join("scenarios/contract/README.md")).unwrap();
    let mut cited = Vec::new();
    for folder in ["src", "scenarios"] {
        walk(&root().join(folder), &mut |path| {
            if let Ok(text) = fs::read_to_string(path) {
                cited.extend(unexplained_readings(&relative(path), &text, &explained));
            }
        });
    }
    report(cited);
}

#[test]
fn every_requirement_that_is_named_exists() {
    let known: BTreeSet<&str> =
        contract().unwrap().requirements.iter().map(|requirement| requirement.id.as_str()).collect();
    report(documents().iter().flat_map(|(path, text)| unknown_requirements(path, text, &known)).collect());
}

#[test]
fn the_readme_is_one_page_and_begins_with_the_two_commands() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.lines().count() <= 150, "README.md has {} lines, more than 150", text.lines().count());
    let consoles = blocks(&text, "console");
    let first: Vec<&str> = consoles.iter().take(2).map(|(_, block)| block.trim()).collect();
    assert_eq!(first, ["cargo run --release -- run", "cargo test"]);
}

#[test]
fn the_finding_in_the_readme_is_what_the_program_prints() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let (line, shown) = blocks(&text, "text").remove(0);
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchproof"));
    command.args(["run", "if-match/missing", "--fault", "accept-missing-if-match"]);
    let ran = command.env_remove("PATCHPROOF_TARGET").env_remove("PATCHPROOF_EDITION").output().unwrap();
    let port = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let same = |text: &str| port.replace_all(text, "127.0.0.1:PORT").into_owned();
    let printed = same(&String::from_utf8_lossy(&ran.stdout));
    assert!(printed.starts_with(&same(&shown)), "README.md:{line} is not what the program prints:\n{printed}");
}

#[test]
fn lists_in_the_documents_are_complete() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let (language, contract_page) = (read("scenarios/README.md"), read("scenarios/contract/README.md"));
    let reports = read(".github/docs/reports.md");
    let generators = Generator::ALL.map(|generator| (format!("| `{}` |", generator.name()), &language));
    let formats = Format::ALL.map(|format| (format!("| `{}` |", format.name()), &reports));
    let editions = Edition::ALL.map(|edition| (format!("| `{edition}` |"), &contract_page));
    let areas = Area::ALL.map(|area| (format!("| `{}` |", area.code()), &contract_page));
    for (row, text) in generators.into_iter().chain(formats).chain(editions).chain(areas) {
        assert!(text.contains(&row), "no `{row}`");
    }
    let count = format!("{} in all", contract().unwrap().requirements.len());
    assert!(contract_page.contains(&count), "scenarios/contract/README.md does not say `{count}`");
}

#[test]
fn the_requirement_in_the_documents_is_the_one_of_the_contract() {
    let text = fs::read_to_string(root().join("scenarios/contract/README.md")).unwrap();
    let file = fs::read_to_string(root().join("scenarios/contract/requirements/VER.yaml")).unwrap();
    let (line, block) = blocks(&text, "yaml").remove(0);
    assert!(file.contains(&block), "scenarios/contract/README.md:{line} is not in VER.yaml");
}

#[test]
fn every_rule_about_documents_can_be_broken() {
    let exists = |path: &str| ["a.md", "d/b.md", "d"].contains(&path);
    let read = |path: &str| (path == "d/b.md").then(|| "# One `two`, three\n## One `two`, three\n".to_owned());
    let links = |text: &str| dead_links("d/c.md", text, &exists, &read);
    assert!(links("[x](../a.md) [y](b.md#one-two-three-1) [z](https://x.y/z#q) `[c](no)` [d](.)\n").is_empty());
    assert_eq!(links("\n[x](../b.md)\n"), ["d/c.md:2: `../b.md` leads to no file"]);
    assert_eq!(links("[x](b.md#four)\n"), ["d/c.md:1: `b.md#four` leads to no heading"]);
    assert_eq!(links("![x](p.png)\n"), ["d/c.md:1: `p.png` leads to no file"]);
    assert_eq!(links("# A\n[x](#b) [y](#a)\n"), ["d/c.md:2: `#b` leads to no heading"]);
    let sources = |text: &str| lost_sources("c.md", text, &|path| path == "src/a/b.rs");
    assert!(sources("`src/a/b.rs` and `src/report/NAME.rs`\n").is_empty());
    assert_eq!(sources("\n`src/a/c.rs`\n"), ["c.md:2: there is no `src/a/c.rs`"]);
    let commands = |line: &str| wrong_commands("c.md", &format!("```console\n{line}\n```\n")).len();
    assert_eq!(commands("patchproof run --target 'a b' --header \"X: y\"  # words"), 0);
    assert_eq!(commands("$ patchproof no-such-command"), 0, "not one of ours: prompts are not written");
    assert_eq!(commands("patchproof no-such-command"), 1);
    assert_eq!(commands("cargo run --release -- run --no-such-option"), 1);
    // Written in two parts, so that this file cites no reading.
    let cited = concat!("// (reading C", "-98)\n");
    assert_eq!(unexplained_readings("x.rs", cited, "").len(), 1);
    assert!(unexplained_readings("x.rs", cited, concat!("| C", "-98 |")).is_empty());
    assert!(unexplained_readings("x.rs", "APPT-RFC-98 RFC-98\n", "").is_empty());
    let known = BTreeSet::from(["APPT-VER-04"]);
    assert!(unknown_requirements("x.md", "APPT-VER-04 and VER-04\n", &known).is_empty());
    assert!(unknown_requirements("x.md", "- id: APPT-VER-98\nVER-98\n", &known).is_empty());
    assert_eq!(unknown_requirements("x.md", "\nVER-99\n", &known), ["x.md:2: no requirement is called VER-99"]);
}

// The rules. Each takes a path below the root with `/` in it and a text, and gives its complaints.

fn dead_links(
    path: &str,
    text: &str,
    exists: &dyn Fn(&str) -> bool,
    read: &dyn Fn(&str) -> Option<String>,
) -> Vec<String> {
    let link = Regex::new(r"\]\(([^()\s]+)\)").unwrap();
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for capture in link.captures_iter(&line) {
            let address = &capture[1];
            if address.contains("://") || address.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = address.split_once('#').unwrap_or((address, ""));
            let target = if file.is_empty() { path.to_owned() } else { beside(path, file) };
            if !file.is_empty() && !exists(&target) {
                found.push(format!("{path}:{number}: `{address}` leads to no file"));
            } else if !anchor.is_empty() {
                let page = if file.is_empty() { Some(text.to_owned()) } else { read(&target) };
                if !page.is_some_and(|page| anchors(&page).iter().any(|heading| heading == anchor)) {
                    found.push(format!("{path}:{number}: `{address}` leads to no heading"));
                }
            }
        }
    }
    found
}

/// Files and folders of `src` that are named and do not exist; a name with a capital letter stands for any.
fn lost_sources(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let named = Regex::new("`(src/[a-z_/.]+)`").unwrap();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for capture in named.captures_iter(line).filter(|capture| !exists(&capture[1])) {
            found.push(format!("{path}:{}: there is no `{}`", number + 1, &capture[1]));
        }
    }
    found
}

fn wrong_commands(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, block) in blocks(text, "console") {
        for (number, line) in (start..).zip(block.lines()) {
            let ours = line.strip_prefix("cargo run --release -- ").or_else(|| line.strip_prefix("patchproof "));
            let Some(arguments) = ours else { continue };
            let words = shell_words(arguments);
            let line: Vec<&str> = ["patchproof"].into_iter().chain(words.iter().map(String::as_str)).collect();
            if let Err(error) = patchproof::cli::accepts(&line) {
                found.push(format!("{path}:{number}: {error}"));
            }
        }
    }
    found
}

fn unexplained_readings(path: &str, text: &str, explained: &str) -> Vec<String> {
    let reading = Regex::new(r"(?:^|[^A-Z-])(C-\d\d)\b").unwrap();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for capture in reading.captures_iter(line) {
            if !explained.contains(&format!("| {} |", &capture[1])) {
                found.push(format!("{path}:{number}: {} is not explained", &capture[1]));
            }
        }
    }
    found
}

fn unknown_requirements(path: &str, text: &str, known: &BTreeSet<&str>) -> Vec<String> {
    let areas = Area::ALL.map(Area::code).join("|");
    let id = Regex::new(&format!(r"\b(?:APPT-)?((?:{areas})-\d\d)\b")).unwrap();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for capture in id.captures_iter(line) {
            // A recipe for a new requirement shows the entry that makes it.
            let shown = text.contains(&format!("- id: APPT-{}", &capture[1]));
            if !shown && !known.contains(format!("APPT-{}", &capture[1]).as_str()) {
                found.push(format!("{path}:{number}: no requirement is called {}", &capture[0]));
            }
        }
    }
    found
}

// Reading documents.

/// Every Markdown file of the project, by its path below the root.
fn documents() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut take = |path: &Path| {
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push((relative(path), fs::read_to_string(path).unwrap()));
        }
    };
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() {
            true if name == "target" || name == ".git" => {}
            true => walk(&path, &mut take),
            false => take(&path),
        }
    }
    assert!(found.len() > 10, "only {} documents were found", found.len());
    found.sort();
    found
}

/// The fenced blocks of a language, each with the line of its first line.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let Some(name) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| !line.trim_start().starts_with("```"));
        let block: String = inside.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect();
        if name == language {
            found.push((number + 1, block));
        }
    }
    found
}

/// The lines outside of fenced blocks, without what stands in backticks.
fn prose(text: &str) -> Vec<(usize, String)> {
    let code = Regex::new("`[^`]*`").unwrap();
    let mut inside = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            found.push((number, code.replace_all(line, "").into_owned()));
        }
    }
    found
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        inside ^= line.starts_with("```");
        if inside || !line.starts_with('#') {
            continue;
        }
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|letter| letter.is_alphanumeric() || "-_ ".contains(*letter));
        let anchor: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let same = found.iter().filter(|earlier| **earlier == anchor).count();
        found.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
    }
    found
}

/// The words of a command line as a shell splits them, up to a comment, a redirection or a pipe.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#' | '>' | '|') if word.is_none() => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// A path that is given relative to the file `path`, below the root.
fn beside(path: &str, file: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    for component in folder.join(file).components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.push(name.to_str().unwrap().to_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts.join("/")
}

fn walk(folder: &Path, take: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { walk(&path, take) } else { take(&path) }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

fn report(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
