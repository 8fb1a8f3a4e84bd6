//! The JSON Schemas that `patchproof schema` prints: the checked-in copies, and what a strict validator says of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A strict validator of JSON Schema, and a reader of YAML.
const NPM: [&str; 2] = ["ajv@8.17.1", "yaml@2.8.1"];

/// Each schema and its checked-in copy.
const COPIES: [(&str, &str); 4] = [
    ("scenario", "scenarios/schema.json"),
    ("target", "snapshots/schema/target.json"),
    ("record", "snapshots/schema/record.json"),
    ("events", "snapshots/schema/events.json"),
];

#[test]
fn the_checked_in_schemas_are_those_the_program_prints() {
    for (format, copy) in COPIES {
        let printed = printed(format);
        let kept = fs::read_to_string(root().join(copy)).unwrap_or_default();
        assert!(printed == kept, "run `cargo run -- schema {format} > {copy}`:\n{}", difference(&kept, &printed));
    }
}

#[test]
fn a_schema_that_differs_from_its_copy_is_shown_with_the_lines_that_differ() {
    assert_eq!(difference("a\nb\nc\n", "a\nB\nc\n"), "-b\n+B\n");
}

#[test]
fn without_a_format_the_schema_is_that_of_scenarios() {
    assert_eq!(patchproof(&["schema"]), printed("scenario"));
}

#[test]
fn every_member_is_described() {
    for (format, _) in COPIES.iter().filter(|(format, _)| *format != "scenario") {
        let schema: Value = serde_json::from_str(&printed(format)).unwrap();
        let mut bare = Vec::new();
        undescribed(&schema, format, &mut bare);
        assert!(bare.is_empty(), "no doc comment: {bare:#?}");
    }
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_strict_validator_accepts_each_schema_and_what_the_program_writes() {
    let folder = Folder::new();
    let out = folder.0.join("run");
    let events = patchproof(&["run", "if-match/", "--events", "--out", &out.display().to_string()]);
    assert!(events.lines().count() > 2, "{events}");
    let events = folder.file("events.jsonl", &events);
    let target = folder.file("target.yaml", TARGET);
    for (format, _) in COPIES {
        let documents = match format {
            "target" => vec![target.clone()],
            "record" => vec![out.join("run.json")],
            "events" => vec![events.clone()],
            _ => Vec::new(),
        };
        let schema = folder.file(&format!("{format}.json"), &printed(format));
        validate(&schema, &documents).unwrap_or_else(|complaint| panic!("{format}: {complaint}"));
    }
}

#[test]
#[ignore = "needs Node 20 and npm"]
fn a_strict_validator_rejects_what_the_schemas_do_not_allow() {
    let folder = Folder::new();
    let schema = folder.file("target.json", &printed("target"));
    let wrong = folder.file("wrong.yaml", "base-url: http://127.0.0.1/r4\nbase_url: x\n");
    assert!(validate(&schema, &[wrong]).unwrap_err().contains("additionalProperties"));
    let unknown = folder.file("unknown.json", r#"{ "type": "integer", "format": "uint32" }"#);
    assert!(validate(&unknown, &[]).unwrap_err().contains("uint32"));
}

const TARGET: &str = "base-url: http://127.0.0.1:8080/r4\nedition: 2024-03\nwrites: refuse\nheaders:\n  Authorization: Bearer \
                      ${TOKEN}\nfixtures:\n  booked: ['1', '2']\nslots: ['3']\ncreate: true\nwithout:\n  arrived: nobody \
                      arrives here\nredact: phi\n";

/// The lines that are in one text only.
fn difference(kept: &str, printed: &str) -> String {
    let changes = similar::TextDiff::from_lines(kept, printed);
    let changed = changes.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changed.map(|change| format!("{}{change}", change.tag())).collect()
}

/// Adds the place of every member without a description. The one member of a variant is described with the variant.
fn undescribed(schema: &Value, place: &str, bare: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object);
            let described = members.contains_key("description");
            // The keys of a table by level are words, not members.
            let words = |all: &serde_json::Map<String, Value>| all.contains_key("MUST");
            let variant = described && properties.is_some_and(|all| all.len() == 1 || words(all));
            for (name, member) in properties.into_iter().flatten().filter(|_| !variant) {
                let said = ["description", "const"].iter().any(|keyword| member.get(keyword).is_some());
                if !said {
                    bare.push(format!("{place}.{name}"));
                }
            }
            members.iter().for_each(|(name, member)| undescribed(member, &format!("{place}.{name}"), bare));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| undescribed(entry, place, bare)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn printed(format: &str) -> String {
    patchproof(&["schema", format])
}

fn patchproof(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchproof"));
    command.args(arguments).env_remove("PATCHPROOF_TARGET").env_remove("PATCHPROOF_EDITION");
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn validate(schema: &Path, documents: &[PathBuf]) -> Result<(), String> {
    let script = root().join("src/tests/schemas/validate.mjs");
    let mut command = Command::new("node");
    let ran = command.arg(script).arg(schema).args(documents).current_dir(installed()).output().unwrap();
    let complaint = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() { Ok(()) } else { Err(complaint) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the validator, installed if it is not. Whoever comes second waits for the lock and finds it done.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ajv");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let done = folder.join("installed");
    if !done.exists() {
        // A package.json of its own keeps npm from looking for one further up.
        fs::write(folder.join("package.json"), "{ \"private\": true }\n").unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).args(NPM);
        let ran = npm.current_dir(&folder).stdin(Stdio::null()).output().expect("this test needs Node with npm");
        assert!(ran.status.success(), "npm install failed:\n{}", String::from_utf8_lossy(&ran.stderr));
        // Written last: an install that was cut short is done again.
        fs::write(&done, "").unwrap();
    }
    folder
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
