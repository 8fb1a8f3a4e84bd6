//! The table of what changes with every run, read from `scenarios/snapshots/volatile.yaml`.

use std::sync::OnceLock;

use regex_lite::Regex;
use serde::Deserialize;

use crate::suite::check::volatile_names;
use crate::suite::contract::contract;
use crate::words::shipped;
use crate::words::yaml::{Files, Located, Problem, parse, read, render};

const PATH: &str = "snapshots/volatile.yaml";

/// What a snapshot keeps, and what it writes as a name.
#[derive(Debug, Default)]
pub(super) struct VolatileTable {
    headers: Vec<(Vec<Name>, HeaderRule)>,
    pub texts: Vec<Rule>,
    bodies: Vec<BodyEntry>,
    unremarkable: Vec<String>,
}

/// What becomes of a header line.
#[derive(Debug)]
pub(super) enum HeaderRule {
    Ignored,
    Becomes(Rule),
}

/// A form and the name that stands for it.
#[derive(Debug)]
pub(super) struct Rule {
    pub form: Regex,
    pub becomes: String,
    pub numbered: bool,
    /// Whether it stands for values in requests too.
    pub asked: bool,
}

/// A header name, or the beginning or end of one.
#[derive(Debug)]
enum Name {
    Exactly(String),
    Begins(String),
    Ends(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TableFile {
    headers: Vec<Located<HeaderEntry>>,
    texts: Vec<Located<RuleEntry>>,
    bodies: Vec<BodyEntry>,
    unremarkable: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HeaderEntry {
    names: Vec<String>,
    #[serde(default)]
    ignored: bool,
    form: Option<String>,
    becomes: Option<String>,
    #[serde(default)]
    numbered: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleEntry {
    form: String,
    becomes: String,
    #[serde(default)]
    numbered: bool,
    #[serde(default)]
    asked: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BodyEntry {
    r#type: String,
    keep: Vec<String>,
}

/// The shipped table, read once.
pub(super) fn table() -> &'static VolatileTable {
    static TABLE: OnceLock<VolatileTable> = OnceLock::new();
    // A test reads the shipped file, so a build whose tests pass never takes the default.
    TABLE.get_or_init(|| load(shipped::file(PATH).unwrap_or_default()).unwrap_or_default())
}

/// Reads a table.
///
/// # Errors
/// Every mistake, as text with its place.
pub(super) fn load(text: &str) -> Result<VolatileTable, String> {
    let shown = |problems: &[Problem]| render(problems, &Files::from([(PATH.to_owned(), text.to_owned())]), false);
    let node = parse(PATH, text).map_err(|problem| shown(&[problem]))?;
    let file: TableFile = read(PATH, &node).map_err(|problems| shown(&problems))?;
    let mut problems = contract().map(|contract| volatile_names(PATH, &node, contract)).unwrap_or_default();
    let mut table = VolatileTable { bodies: file.bodies, unremarkable: file.unremarkable, ..VolatileTable::default() };
    for Located { value, span } in file.headers {
        let names = value.names.iter().map(|name| Name::read(name)).collect();
        let rule = match (value.ignored, value.form, value.becomes) {
            (true, None, None) => Ok(HeaderRule::Ignored),
            (false, Some(form), Some(becomes)) => {
                Rule::read(RuleEntry { form, becomes, numbered: value.numbered, asked: false }).map(HeaderRule::Becomes)
            }
            _ => Err("a header is either ignored or replaced".to_owned()),
        };
        match rule {
            Ok(rule) => table.headers.push((names, rule)),
            Err(message) => problems.push(
                Problem::new(PATH, span, message).accepted("`ignored: true`, or a regular `form` with `becomes`"),
            ),
        }
    }
    for Located { value, span } in file.texts {
        match Rule::read(value) {
            Ok(rule) => table.texts.push(rule),
            Err(message) => problems.push(Problem::new(PATH, span, message).accepted("a regular expression")),
        }
    }
    if problems.is_empty() { Ok(table) } else { Err(shown(&problems)) }
}

impl VolatileTable {
    /// The rule for a header, by its name in lower case: of several the first whose form the value has, else the first.
    pub fn header(&self, name: &str, value: &str) -> Option<&HeaderRule> {
        let fits = |rule: &&HeaderRule| match rule {
            HeaderRule::Ignored => true,
            HeaderRule::Becomes(rule) => rule.form.is_match(value),
        };
        let rules =
            || self.headers.iter().filter(|(names, _)| names.iter().any(|known| known.is(name))).map(|(_, rule)| rule);
        rules().find(fits).or_else(|| rules().next())
    }

    /// Whether a member of a body of this type is kept, by its JSON pointer.
    pub fn keeps(&self, resource: &str, pointer: &str) -> bool {
        let entry = self.bodies.iter().find(|body| body.r#type == resource);
        entry.is_some_and(|entry| entry.keep.iter().any(|pattern| covers(pattern, pointer)))
    }

    /// Whether a change of this member of the appointment says something.
    pub fn remarkable(&self, pointer: &str) -> bool {
        !self.unremarkable.iter().any(|pattern| covers(pattern, pointer))
    }
}

impl Rule {
    fn read(entry: RuleEntry) -> Result<Rule, String> {
        let form = Regex::new(&entry.form).map_err(|cause| format!("invalid form: {cause}"))?;
        Ok(Rule { form, becomes: entry.becomes, numbered: entry.numbered, asked: entry.asked })
    }
}

impl Name {
    fn read(text: &str) -> Name {
        if let Some(end) = text.strip_prefix('*') {
            Name::Ends(end.to_owned())
        } else if let Some(start) = text.strip_suffix('*') {
            Name::Begins(start.to_owned())
        } else {
            Name::Exactly(text.to_owned())
        }
    }

    fn is(&self, name: &str) -> bool {
        match self {
            Name::Exactly(text) => name == text,
            Name::Begins(text) => name.starts_with(text.as_str()),
            Name::Ends(text) => name.ends_with(text.as_str()),
        }
    }
}

/// Whether a pointer is the one written or lies below it; `*` is any member.
fn covers(written: &str, pointer: &str) -> bool {
    let mut parts = pointer.split('/');
    written.split('/').all(|part| parts.next().is_some_and(|found| part == "*" || part == found))
}
