//! Snapshot files: one a family of cases, a section a case, under names that every file system takes.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::section::{ASKED, CHANGED, RESPONSE};
use crate::record::CaseId;

/// What begins the title line of a section. No header name has a blank, so no line of a response begins like it.
const TITLE: &str = "## ";
/// Names longer than this are cut: some file systems take 143 bytes, and `.snap.new` comes after it.
const LONGEST: usize = 80;

/// The content of each snapshot file, by its name without `.snap`: the cases of a family (the first part of their ids)
/// in the order of their ids.
pub fn files(cases: &BTreeMap<CaseId, String>) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (id, text) in cases {
        let content = files.entry(file_of(id)).or_default();
        if !content.is_empty() {
            content.push('\n');
        }
        content.push_str(&format!("{TITLE}{id}\n{text}"));
    }
    for content in files.values_mut() {
        content.truncate(content.trim_end().len());
    }
    files
}

/// A name for a file or folder that every file system takes and that no two names share, whatever the case of their
/// letters. Plain names stay as they are; others are changed and end in a digest of what they were.
pub fn safe_name(name: &str) -> String {
    let plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "-_.".contains(character);
    let safe: String =
        name.chars().take(LONGEST).map(|character| if plain(character) { character } else { '-' }).collect();
    let bounds = !safe.is_empty() && !safe.starts_with('.') && !safe.ends_with('.');
    if safe == name && bounds && !is_reserved(name) {
        return safe;
    }
    let digest: String = Sha256::digest(name.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let short: String = safe.trim_matches('.').chars().take(LONGEST - 16).collect();
    // The word in front also keeps a device name of Windows from being one.
    format!("x-{short}-{digest}")
}

/// The sections of a file.
///
/// # Errors
/// What is wrong and in which line of the content, counted from 1.
pub(super) fn sections(stem: &str, content: &str) -> Result<BTreeMap<CaseId, String>, String> {
    let mut cases: BTreeMap<CaseId, String> = BTreeMap::new();
    let mut current: Option<(CaseId, String)> = None;
    for (number, line) in (1..).zip(content.lines()) {
        let known = [ASKED, RESPONSE, CHANGED].iter().any(|mark| line.starts_with(mark.trim_end()));
        if let Some(id) = line.strip_prefix(TITLE) {
            let id = CaseId(id.to_owned());
            if file_of(&id) != stem {
                return Err(format!("line {number}: the case `{id}` belongs in `{}.snap`", file_of(&id)));
            }
            if cases.contains_key(&id) || current.as_ref().is_some_and(|(other, _)| *other == id) {
                return Err(format!("line {number}: the case `{id}` occurs twice"));
            }
            cases.extend(current.replace((id, String::new())));
        } else if let Some((_, text)) = current.as_mut().filter(|_| known) {
            text.push_str(line.trim_end());
            text.push('\n');
        } else if !line.trim().is_empty() {
            return Err(format!(
                "line {number} of the content: expected a line that starts with `{TITLE}`, `{ASKED}`, `{RESPONSE}` or \
                 `{CHANGED}`, after a first `{TITLE}`"
            ));
        }
    }
    cases.extend(current);
    if cases.is_empty() { Err("it has no `## case`".to_owned()) } else { Ok(cases) }
}

/// A file in insta's format.
pub(super) fn in_insta_form(target: &str, edition: &str, stem: &str, content: &str) -> String {
    let description = format!("What {target} answers to the cases {stem}/ of {edition}");
    // Plain where it can be, as insta writes it, so that `cargo insta accept` changes nothing else. A JSON text is YAML too.
    let plain = |character: char| character.is_ascii_alphanumeric() || " ./_-".contains(character);
    let description = match description.chars().all(plain) {
        true => description,
        false => serde_json::Value::String(description).to_string(),
    };
    format!("---\nsource: patchproof\ndescription: {description}\n---\n{content}\n")
}

fn file_of(id: &CaseId) -> String {
    safe_name(id.0.split('/').next().unwrap_or_default())
}

/// Names that mean a device on Windows, with any extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || numbered("com") || numbered("lpt")
}
