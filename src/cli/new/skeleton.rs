//! The skeletons as texts: what a file becomes, from what it is.

use crate::suite::contract::RequirementId;
use crate::words::yaml::BLANK;

/// A file that is written, and what is written to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SkeletonFile {
    /// Below the root of the checkout.
    pub path: String,
    pub text: String,
}

/// What `new` does: the files, and what is left to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skeleton {
    pub files: Vec<SkeletonFile>,
    pub next: String,
}

/// Reads a file below the root of the checkout; `None` where there is none.
pub(super) type ReadFile<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

/// A requirement at the end of its area's file.
///
/// # Errors
/// A file that is missing, or a requirement that is there already.
pub(super) fn rule(id: &RequirementId, read: &ReadFile<'_>) -> Result<Skeleton, String> {
    let area = id.area().map_or("", |area| area.code());
    let path = format!("scenarios/contract/requirements/{area}.yaml");
    let text = existing(&path, read)?;
    if text.contains(&format!("- id: {id}\n")) {
        return Err(format!("`{id}` is already in {path}"));
    }
    let entry = format!(
        "
  - id: {id}
    title: '{BLANK}: a short phrase'
    statement: '{BLANK}: the rule in one sentence'
    # MUST, SHOULD, MAY, OBSERVED or UNSPECIFIED.
    level: MUST
    # Who makes the rule: stated, inferred, example, base or unspecified.
    rule: stated
    # Who fixes the status code: the same words, or none where the rule is about no code; then `expect` goes.
    code: stated
    editions: [2024-03]
    source: {{ doc: '{BLANK}: a key of scenarios/contract/sources.yaml', section: '{BLANK}: where in it' }}
    expect: {{ status: [200] }}
"
    );
    let next = format!(
        "Fill in what {path} marks with {BLANK}, and correct level, bases, editions and expectation.\n\
         Then write a case that verifies it: cargo run -- new case AREA/NAME --verifies {id}\n\
         and a fault that breaks it:         cargo run -- new fault NAME --breaks {id}\n\
         (or give the reason why there is none in scenarios/selftest/exempt.yaml).\n\
         Counts go up by one in scenarios/contract/README.md and in src/suite/contract/tests.rs (all, edition, area).\n\
         Check with: cargo run -- check\n"
    );
    Ok(Skeleton { files: vec![SkeletonFile { path, text: appended(&text, &entry) }], next })
}

/// A case at the end of the file that has most cases of its area, or in a new file; a property where that file holds
/// properties.
///
/// # Errors
/// An id that is no case id, or one that is taken; a requirement that does not exist.
pub(super) fn case(
    id: &str,
    verifies: &[RequirementId],
    names: &[String],
    read: &ReadFile<'_>,
) -> Result<Skeleton, String> {
    let area = case_area(id)?;
    for requirement in verifies {
        must_exist(requirement, read)?;
    }
    let mut best: Option<(usize, String, String)> = None;
    for path in names.iter().map(|name| format!("scenarios/{name}")) {
        let text = existing(&path, read)?;
        if text.contains(&format!("- id: {id}\n")) {
            return Err(format!("`{id}` is already in {path}"));
        }
        let count = text.matches(&format!("- id: {area}/")).count();
        let takes_cases = text.lines().any(|line| line == "kind: exchange" || line == PROPERTY);
        if takes_cases && count > best.as_ref().map_or(0, |(count, _, _)| *count) {
            best = Some((count, path, text));
        }
    }
    let ids: Vec<&str> = verifies.iter().map(RequirementId::as_str).collect();
    let ids = if ids.is_empty() { format!("APPT-{BLANK}") } else { ids.join(", ") };
    let head = format!(
        "  - id: {id}
    title: '{BLANK}: one sentence that says what a conforming server does'
    verifies: [{ids}]
"
    );
    let property = best.as_ref().is_some_and(|(_, _, text)| text.lines().any(|line| line == PROPERTY));
    let body = if property { PROPERTY_BODY } else { CASE_BODY };
    let entry = head + body;
    let (path, text) = match best {
        Some((_, path, text)) => (path, appended(&text, &format!("\n{entry}"))),
        None => {
            let path = format!("scenarios/{area}.yaml");
            if read(&path)?.is_some() {
                return Err(format!(
                    "{path} exists and holds neither cases nor properties of `{area}`: choose another area, or write it by hand"
                ));
            }
            let head = "# yaml-language-server: $schema=schema.json\nkind: exchange\n";
            (path, format!("{head}title: '{BLANK}: what the cases have in common'\ncases:\n{entry}"))
        }
    };
    let rest = if property { "correct what it looks at" } else { "write the steps" };
    let next = format!(
        "Fill in what {path} marks with {BLANK}, and {rest} (scenarios/README.md has the language).\n\
         Check with: cargo run -- check\n\
         Run with:   cargo run -- run {id} --edition EDITION\n"
    );
    Ok(Skeleton { files: vec![SkeletonFile { path, text }], next })
}

/// A fault at the end of the table of faults, and its place in the table of what faults do.
///
/// # Errors
/// A name that is no fault name, or one that is taken, or a table that is not found.
pub(super) fn fault(name: &str, breaks: &[RequirementId], read: &ReadFile<'_>) -> Result<Skeleton, String> {
    let words: Vec<&str> = name.split('-').collect();
    let is_word = |word: &&str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !words.iter().all(is_word) {
        return Err(format!("invalid fault name `{name}`: expected lower-case words with `-`, as in ignore-if-match"));
    }
    let variant: String = words.iter().map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    let (table, hooks) = ("src/reference/fault/table.rs", "src/reference/fault/hooks.rs");
    let (table_text, hooks_text) = (existing(table, read)?, existing(hooks, read)?);
    if table_text.contains(&format!("\"{name}\"")) || hooks_text.contains(&format!("    {variant} [")) {
        return Err(format!("there is a fault `{name}` already"));
    }
    for requirement in breaks {
        must_exist(requirement, read)?;
    }
    let ids: Vec<String> = breaks.iter().map(|id| format!("\"{id}\"")).collect();
    let ids = if ids.is_empty() { format!("\"APPT-{BLANK}\"") } else { ids.join(" ") };
    let entry = format!(
        "    {variant} \"{name}\"\n        \"{BLANK}: what the server does wrong, in one sentence.\"\n        [{ids}]\n"
    );
    let hook = format!("    // {BLANK}: where on the clean path it acts, and what it does there.\n    {variant} []\n");
    let files = vec![
        SkeletonFile { path: table.to_owned(), text: inserted(table, &table_text, "faults! {", &entry)? },
        SkeletonFile { path: hooks.to_owned(), text: inserted(hooks, &hooks_text, "hooks! {", &hook)? },
    ];
    let next = format!(
        "Fill in what the two files mark with {BLANK}: what the server does wrong and which requirements break in the \
         table, where it acts in the hooks.\n\
         Then name a request that shows it, in `shown_by` of src/reference/tests/each_fault.rs.\n\
         Check with:    cargo check --all-targets\n\
         See it caught: cargo run -- selftest {name}\n\
         Then write the kill matrix again: cargo run --release -- selftest --out snapshots/selftest\n"
    );
    Ok(Skeleton { files, next })
}

/// The area of a case id.
fn case_area(id: &str) -> Result<&str, String> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    id.split_once('/')
        .filter(|(area, name)| part(area) && part(name))
        .map(|(area, _)| area)
        .ok_or_else(|| format!("invalid case id `{id}`: expected area/name in lower-case letters, digits, `-` and `.`"))
}

const PROPERTY: &str = "kind: property";

/// What a case of the kind `exchange` begins with, below its head.
const CASE_BODY: &str = "    # The appointment it needs; any status where absent.
    fixture: booked
    steps:
      # What is not said is as in the documented request. `advance` is the status change that the plan needs here.
      - patch: advance
        expect: accepted
";

/// What a property begins with, below its head.
const PROPERTY_BODY: &str = "    # Which exchanges it looks at: answer, success, refusal, mistake, read, batch or lane.
    on: success
    check: { header: { name: 'FILL-IN: the header', present: true } }
";

/// That a requirement is in the file of its area, also where that file has mistakes.
fn must_exist(id: &RequirementId, read: &ReadFile<'_>) -> Result<(), String> {
    let area = id.area().map_or("", |area| area.code());
    let path = format!("scenarios/contract/requirements/{area}.yaml");
    match existing(&path, read)?.contains(&format!("- id: {id}\n")) {
        true => Ok(()),
        false => Err(format!("`{id}` is not in {path}: begin with `cargo run -- new rule {id}`")),
    }
}

fn existing(path: &str, read: &ReadFile<'_>) -> Result<String, String> {
    read(path)?.ok_or_else(|| format!("`{path}` is missing from this checkout"))
}

fn appended(text: &str, entry: &str) -> String {
    format!("{}\n{entry}", text.trim_end())
}

/// A text with an entry before the brace that closes a macro.
fn inserted(path: &str, text: &str, opening: &str, entry: &str) -> Result<String, String> {
    let place = text.find(&format!("\n{opening}\n")).and_then(|start| Some(start + text[start..].find("\n}")? + 1));
    let place = place.ok_or_else(|| format!("`{path}` has no `{opening}` with its end"))?;
    Ok(format!("{}{entry}{}", &text[..place], &text[place..]))
}
