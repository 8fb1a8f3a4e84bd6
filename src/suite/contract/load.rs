//! Reads the contract's data files into types and checks that they agree with each other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::requirement::Within;
use super::{
    Area, Breach, Cell, CodeBasis, CodePattern, Contract, Document, Edition, Expectation, Level, PatchCommand,
    Requirement, RequirementId, RuleBasis, Source, Transitions,
};
use crate::words::fhir::AppointmentStatus;
use crate::words::shipped;
use crate::words::yaml::{Files, Located, Node, Problem, Span, parse, parse_all, read};

/// The shipped contract, read once.
///
/// # Errors
/// The problems of the shipped files as text; a build whose tests pass has none.
pub fn contract() -> Result<&'static Contract, &'static str> {
    static CONTRACT: OnceLock<Result<Contract, String>> = OnceLock::new();
    CONTRACT
        .get_or_init(|| {
            let files = shipped_files();
            load_nodes(&files, shipped_nodes(&files))
                .map_err(|problems| crate::words::yaml::render(&problems, &files, false))
        })
        .as_ref()
        .map_err(String::as_str)
}

/// The contract's machine-readable half: what a server needs to act, without the words.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    pub transitions: BTreeMap<Edition, Transitions>,
    pub commands: BTreeMap<Edition, Vec<PatchCommand>>,
}

/// The shipped tables, read once. Reading them does not need the requirements, so it is fast and cannot fail with them;
/// that every id they cite exists is checked by [`load`].
///
/// # Errors
/// The problems of the shipped tables as text; a build whose tests pass has none.
pub fn tables() -> Result<&'static Tables, &'static str> {
    static TABLES: OnceLock<Result<Tables, String>> = OnceLock::new();
    TABLES
        .get_or_init(|| {
            let files = shipped_files();
            let mut problems = Vec::new();
            let tables = load_tables(&shipped_nodes(&files), None, &mut problems);
            if problems.is_empty() { Ok(tables) } else { Err(crate::words::yaml::render(&problems, &files, false)) }
        })
        .as_ref()
        .map_err(String::as_str)
}

fn load_tables(nodes: &Nodes, ids: Option<&BTreeSet<RequirementId>>, problems: &mut Vec<Problem>) -> Tables {
    let transitions: Option<TransitionsFile> = section(nodes, TRANSITIONS, problems);
    let commands: Option<CommandsFile> = section(nodes, COMMANDS, problems);
    Tables {
        transitions: transitions.map(|file| file.into_transitions(ids, problems)).unwrap_or_default(),
        commands: commands.map(|file| file.into_commands(ids, problems)).unwrap_or_default(),
    }
}

fn shipped_files() -> Files {
    let mut files = Files::new();
    for folder in ["contract", "contract/requirements"] {
        for (path, text) in shipped::yaml_files(folder) {
            files.insert(path.to_owned(), text.to_owned());
        }
    }
    files
}

/// Reads a contract from its files, by path below `scenarios/`.
///
/// # Errors
/// Every problem in every file.
pub fn load(files: &Files) -> Result<Contract, Vec<Problem>> {
    load_nodes(files, parse_all(files).into_iter().map(|(path, node)| (path, node.map(Cow::Owned))).collect())
}

fn load_nodes(files: &Files, nodes: Nodes) -> Result<Contract, Vec<Problem>> {
    let mut problems = Vec::new();
    let editions: Option<EditionsFile> = section(&nodes, "contract/editions.yaml", &mut problems);
    let sources: Option<SourcesFile> = section(&nodes, "contract/sources.yaml", &mut problems);
    let sources = sources.map(|file| file.sources).unwrap_or_default();
    let mut requirements = Vec::new();
    for area in Area::ALL {
        let path = format!("contract/requirements/{}.yaml", area.code());
        let Some(file) = section::<AreaFile>(&nodes, &path, &mut problems) else { continue };
        for entry in file.requirements {
            check_requirement(&path, area, &entry, &sources, &mut problems);
            requirements.push(entry.value.into_requirement(area, (path.clone(), entry.span)));
        }
    }
    let ids: BTreeSet<_> = requirements.iter().map(|requirement| requirement.id.clone()).collect();
    if ids.len() != requirements.len() {
        problems.push(Problem::new("contract/requirements", Default::default(), "a requirement id stands twice"));
    }
    let Tables { transitions, commands } = load_tables(&nodes, Some(&ids), &mut problems);
    let editions = editions
        .map(|file| file.editions.into_iter().map(|edition| (edition.id, edition.title)).collect())
        .unwrap_or_default();
    if problems.is_empty() {
        Ok(Contract { requirements, editions, transitions, commands, sources, digest: digest(files) })
    } else {
        Err(problems)
    }
}

/// The SHA-256 of files with their paths, in hexadecimal.
pub(crate) fn digest(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The documents of the contract, parsed.
type Nodes = BTreeMap<String, Result<Cow<'static, Node>, Problem>>;

/// The trees of shipped files, which need no parsing; a file that has none has a mistake, and parsing tells which.
fn shipped_nodes(files: &Files) -> Nodes {
    let node = |(path, text): (&String, &String)| {
        let node = match shipped::tree(path) {
            Some(node) => Ok(Cow::Borrowed(node)),
            None => parse(path, text).map(Cow::Owned),
        };
        (path.clone(), node)
    };
    files.iter().map(node).collect()
}

fn section<T: serde::de::DeserializeOwned>(nodes: &Nodes, path: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let read = match nodes.get(path) {
        None => Err(vec![Problem::new(path, Default::default(), "the file is missing")]),
        Some(Err(problem)) => Err(vec![problem.clone()]),
        Some(Ok(node)) => read(path, node),
    };
    read.map_err(|found| problems.extend(found)).ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionsFile {
    editions: Vec<EditionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionEntry {
    id: Edition,
    title: String,
    #[serde(rename = "kind")]
    _kind: EditionKind,
    #[serde(rename = "base")]
    _base: Option<Edition>,
    #[serde(rename = "published")]
    _published: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EditionKind {
    Vendor,
    Base,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    sources: BTreeMap<String, Document>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    #[serde(rename = "area")]
    _area: Area,
    #[serde(rename = "title")]
    _title: String,
    requirements: Vec<Located<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    id: RequirementId,
    title: String,
    statement: String,
    level: Level,
    rule: RuleBasis,
    code: CodeBasis,
    editions: Vec<Edition>,
    source: Source,
    #[serde(default)]
    also: Vec<Source>,
    expect: Option<Expectation>,
    #[serde(default)]
    cases: BTreeMap<String, Expectation>,
    #[serde(default, rename = "in")]
    within: BTreeMap<Edition, WithinEntry>,
    #[serde(default)]
    overridden: BTreeMap<Edition, RequirementId>,
    breach: Option<Breach>,
    reading: Option<String>,
    not_tested: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithinEntry {
    status: Option<Vec<CodePattern>>,
    tolerate: Option<Vec<CodePattern>>,
    forbid: Option<Vec<CodePattern>>,
    #[serde(default)]
    cases: BTreeMap<String, Expectation>,
    breach: Option<Breach>,
}

impl Entry {
    fn into_requirement(self, area: Area, place: (String, Span)) -> Requirement {
        let common = self.expect.clone().unwrap_or_default();
        let within = self
            .within
            .into_iter()
            .map(|(edition, entry)| {
                let says_codes = entry.status.is_some() || entry.tolerate.is_some() || entry.forbid.is_some();
                let expect = says_codes.then(|| Expectation {
                    status: entry.status.unwrap_or_else(|| common.status.clone()),
                    tolerate: entry.tolerate.unwrap_or_else(|| common.tolerate.clone()),
                    forbid: entry.forbid.unwrap_or_else(|| common.forbid.clone()),
                });
                let outer = expect.as_ref().unwrap_or(&common);
                // A common situation stands in the edition too, with what the edition tolerates.
                let all = self.cases.iter().map(|(name, own)| (name.clone(), own.clone())).chain(entry.cases);
                let cases = all.map(|(name, own)| (name, own.inside(outer))).collect();
                (edition, Within { expect, cases, breach: entry.breach })
            })
            .collect();
        Requirement {
            id: self.id,
            area,
            title: self.title,
            statement: self.statement,
            level: self.level,
            rule: self.rule,
            code: self.code,
            editions: self.editions,
            source: self.source,
            also: self.also,
            expect: self.expect,
            cases: self.cases.into_iter().map(|(name, own)| (name, own.inside(&common))).collect(),
            within,
            overridden: self.overridden,
            breach: self.breach,
            reading: self.reading,
            not_tested: self.not_tested,
            place,
        }
    }
}

fn check_requirement(
    path: &str,
    area: Area,
    entry: &Located<Entry>,
    sources: &BTreeMap<String, Document>,
    problems: &mut Vec<Problem>,
) {
    let (span, entry) = (entry.span, &entry.value);
    let mut wrong = |message: String| problems.push(Problem::new(path, span, message));
    if !entry.id.as_str().starts_with(&format!("APPT-{}-", area.code())) {
        wrong(format!("`{}` does not belong into this file", entry.id));
    }
    for source in std::iter::once(&entry.source).chain(&entry.also) {
        if !sources.contains_key(&source.doc) {
            wrong(format!("`{}` cites `{}`, which sources.yaml does not have", entry.id, source.doc));
        }
    }
    if entry.editions.is_empty() {
        wrong(format!("`{}` belongs to no edition", entry.id));
    }
    for edition in entry.overridden.keys() {
        if entry.editions.contains(edition) || !edition.is_vendor() {
            wrong(format!("`{}` cannot be overridden in {edition}", entry.id));
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransitionsFile {
    columns: Vec<AppointmentStatus>,
    editions: BTreeMap<Edition, Located<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    supported: Vec<AppointmentStatus>,
    classes: BTreeMap<char, RequirementId>,
    allowed: BTreeMap<String, RequirementId>,
    #[serde(default)]
    walk: Vec<String>,
    rows: BTreeMap<AppointmentStatus, String>,
}

impl TransitionsFile {
    fn into_transitions(
        self,
        ids: Option<&BTreeSet<RequirementId>>,
        problems: &mut Vec<Problem>,
    ) -> BTreeMap<Edition, Transitions> {
        let path = TRANSITIONS;
        let mut tables = BTreeMap::new();
        for (edition, table) in self.editions {
            let span = table.span;
            let table = table.value;
            let mut wrong = |message: String| problems.push(Problem::new(path, span, message));
            let mut cells = BTreeMap::new();
            let mut requirements = BTreeMap::new();
            for from in AppointmentStatus::ALL {
                let row = table.rows.get(&from).map(String::as_str).unwrap_or_default();
                let letters: Vec<&str> = row.split_whitespace().collect();
                if letters.len() != self.columns.len() {
                    wrong(format!("row `{from}` of {edition} has {} cells, not {}", letters.len(), self.columns.len()));
                    continue;
                }
                for (letter, to) in letters.iter().zip(&self.columns) {
                    let Some(cell) = Cell::ALL.into_iter().find(|cell| *letter == cell.letter().to_string()) else {
                        wrong(format!("`{letter}` in row `{from}` of {edition} stands for nothing"));
                        continue;
                    };
                    let requirement = match cell {
                        Cell::Allowed => table.allowed.get(&format!("{from} to {to}")),
                        Cell::UnsupportedValue | Cell::Omitted | Cell::SelfTransition | Cell::Open => {
                            table.classes.get(&cell.letter())
                        }
                    };
                    match requirement {
                        Some(id) if ids.is_none_or(|ids| ids.contains(id)) => {
                            requirements.insert((from, *to), id.clone());
                        }
                        Some(id) => wrong(format!("{edition} names `{id}`, which is no requirement")),
                        None => wrong(format!("no requirement speaks of {from} to {to} in {edition}")),
                    }
                    cells.insert((from, *to), cell);
                }
            }
            if cells.len() != 100 {
                wrong(format!("the table of {edition} has {} cells, not 100", cells.len()));
            }
            let mut walk = Vec::new();
            for step in &table.walk {
                let pair = step.split_once(" to ").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
                match pair {
                    Some(pair) => walk.push(pair),
                    None => wrong(format!("`{step}` is no step; accepted: <status> to <status>")),
                }
            }
            tables.insert(edition, Transitions { cells, supported: table.supported, requirements, walk });
        }
        tables
    }
}

const TRANSITIONS: &str = "contract/transitions.yaml";
const COMMANDS: &str = "contract/commands.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandsFile {
    editions: BTreeMap<Edition, Vec<Located<PatchCommand>>>,
}

impl CommandsFile {
    fn into_commands(
        self,
        ids: Option<&BTreeSet<RequirementId>>,
        problems: &mut Vec<Problem>,
    ) -> BTreeMap<Edition, Vec<PatchCommand>> {
        for (edition, commands) in &self.editions {
            let names: BTreeSet<_> = commands.iter().map(|entry| entry.value.name).collect();
            let mut pairs = BTreeSet::new();
            for Located { value: command, span } in commands {
                let mut wrong = |message: String| problems.push(Problem::new(COMMANDS, *span, message));
                if !pairs.insert((command.op, command.path.as_str())) {
                    wrong(format!("{edition} has `{} {}` twice", command.op, command.path));
                }
                if let Some(name) = command.named().find(|name| !names.contains(name)) {
                    wrong(format!("{edition} names the command {name:?}, which it does not have"));
                }
                for id in command.cited().filter(|id| ids.is_some_and(|ids| !ids.contains(id))) {
                    wrong(format!("{edition} names `{id}`, which is no requirement"));
                }
            }
            if names.len() != commands.len() {
                problems.push(Problem::new(COMMANDS, Default::default(), format!("{edition} has a name twice")));
            }
        }
        let plain = |(edition, commands): (Edition, Vec<Located<PatchCommand>>)| {
            (edition, commands.into_iter().map(|entry| entry.value).collect())
        };
        self.editions.into_iter().map(plain).collect()
    }
}
