//! Reads the contract's data files into types and checks that they agree with each other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::requirements_file::{AreaFile, EditionsFile, SourcesFile, check_requirement};
use super::tables_file::{CommandsFile, ResourcesFile, TransitionsFile};
use super::{Area, Contract, Edition, PatchCommand, Requirement, Resources, Transitions, causes, cited, roles};
use crate::words::shipped;
use crate::words::yaml::{Files, Node, NodeKind, Problem, Span, blanks, did_you_mean, parse, parse_all, read};

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

/// The contract's machine-readable half: what a server needs to act, and what a resource consists of, without the words.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// The status machine of each edition.
    pub transitions: BTreeMap<Edition, Transitions>,
    /// The patch commands of each vendor edition; the base specification has none.
    pub commands: BTreeMap<Edition, Vec<PatchCommand>>,
    /// The members of resources and data types.
    pub resources: Resources,
}

/// The shipped tables, read once. Reading them does not need the requirements, so it is fast and cannot fail with them;
/// [`load`] checks that every id they cite exists.
///
/// # Errors
/// The problems of the shipped tables as text; a build whose tests pass has none.
pub fn tables() -> Result<&'static Tables, &'static str> {
    static TABLES: OnceLock<Result<Tables, String>> = OnceLock::new();
    TABLES
        .get_or_init(|| {
            let files = shipped_files();
            let mut problems = Vec::new();
            let tables = load_tables(&shipped_nodes(&files), &mut problems);
            if problems.is_empty() { Ok(tables) } else { Err(crate::words::yaml::render(&problems, &files, false)) }
        })
        .as_ref()
        .map_err(String::as_str)
}

fn load_tables(nodes: &Nodes, problems: &mut Vec<Problem>) -> Tables {
    let transitions: Option<TransitionsFile> = section(nodes, TRANSITIONS, problems);
    let commands: Option<CommandsFile> = section(nodes, COMMANDS, problems);
    let resources: Option<ResourcesFile> = section(nodes, RESOURCES, problems);
    Tables {
        transitions: transitions
            .map(|file| file.into_transitions((TRANSITIONS, tree(nodes, TRANSITIONS)), problems))
            .unwrap_or_default(),
        commands: commands
            .map(|file| file.into_commands((COMMANDS, tree(nodes, COMMANDS)), problems))
            .unwrap_or_default(),
        resources: resources
            .map(|file| file.into_resources((RESOURCES, tree(nodes, RESOURCES)), problems))
            .unwrap_or_default(),
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
    let mut requirements: Vec<Requirement> = Vec::new();
    for area in Area::ALL {
        let path = format!("contract/requirements/{}.yaml", area.code());
        let Some(file) = section::<AreaFile>(&nodes, &path, &mut problems) else { continue };
        let entries = tree(&nodes, &path).get("requirements").map(Node::items).unwrap_or_default();
        for (entry, node) in file.requirements.into_iter().zip(entries) {
            check_requirement(&path, area, (&entry.value, node), &sources, &mut problems);
            requirements.push(entry.value.into_requirement(area, (path.clone(), entry.span)));
        }
    }
    let tables = load_tables(&nodes, &mut problems);
    check_ids(&nodes, &requirements, &mut problems);
    causes::check(&requirements, &mut problems);
    let editions = editions
        .map(|file| file.editions.into_iter().map(|edition| (edition.id, edition.title)).collect())
        .unwrap_or_default();
    if problems.is_empty() {
        Ok(Contract { requirements, editions, tables, sources, digest: digest(files) })
    } else {
        Err(problems)
    }
}

/// Ids that stand twice, and ids, in any position of any file, that no requirement has.
fn check_ids(nodes: &Nodes, requirements: &[Requirement], problems: &mut Vec<Problem>) {
    let mut ids = BTreeSet::new();
    for requirement in requirements {
        if !ids.insert(requirement.id.as_str()) {
            let (path, span) = &requirement.place;
            let message = format!("the id `{}` stands twice", requirement.id);
            problems.push(Problem::new(path, *span, message).accepted("an id that no other requirement has"));
        }
    }
    for role in roles::ALL.into_iter().filter(|role| !ids.contains(role)) {
        let message = format!("the program names `{role}`, which is no longer there");
        problems.push(Problem::new("contract/requirements", Span::default(), message).accepted("every id of roles.rs"));
    }
    for (id, situation) in roles::SITUATIONS {
        let has =
            |requirement: &&Requirement| requirement.id.as_str() == id && requirement.cases.contains_key(situation);
        if let Some(requirement) = requirements.iter().find(|requirement| requirement.id.as_str() == id)
            && !has(&requirement)
        {
            let (path, span) = &requirement.place;
            problems.push(Problem::new(path, *span, format!("`{id}` has no situation `{situation}`")));
        }
    }
    for (path, node) in nodes {
        let Ok(node) = node else { continue };
        problems.extend(blanks(path, node));
        for (span, id) in cited(node).into_iter().filter(|(_, id)| !ids.contains(id)) {
            let near = did_you_mean(id, ids.iter().copied());
            let message = format!("unknown requirement `{id}`{near}");
            problems.push(Problem::new(path, span, message).accepted("an id of scenarios/contract/requirements/"));
        }
    }
    for requirement in requirements {
        for (edition, by) in &requirement.overridden {
            let stands = |other: &&Requirement| other.id == *by && other.editions.contains(edition);
            if ids.contains(by.as_str()) && !requirements.iter().any(|other| stands(&other)) {
                let (path, span) = &requirement.place;
                let message = format!("`{}` is overridden by `{by}`, which is not in {edition}", requirement.id);
                problems.push(Problem::new(path, *span, message).accepted("a requirement of that edition"));
            }
        }
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

/// The tree of a file that was read without a problem; an empty one for any other.
fn tree<'n>(nodes: &'n Nodes, path: &str) -> &'n Node {
    static EMPTY: Node = Node { kind: NodeKind::Null, span: Span { start: 0, end: 0 } };
    match nodes.get(path) {
        Some(Ok(node)) => node,
        Some(Err(_)) | None => &EMPTY,
    }
}

fn section<T: serde::de::DeserializeOwned>(nodes: &Nodes, path: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let read = match nodes.get(path) {
        None => Err(vec![Problem::new(path, Default::default(), "the file is missing")]),
        Some(Err(problem)) => Err(vec![problem.clone()]),
        Some(Ok(node)) => read(path, node),
    };
    read.map_err(|found| problems.extend(found)).ok()
}

const TRANSITIONS: &str = "contract/transitions.yaml";
const COMMANDS: &str = "contract/commands.yaml";
const RESOURCES: &str = "contract/resources.yaml";
