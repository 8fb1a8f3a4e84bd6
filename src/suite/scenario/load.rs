//! Reads scenario files into types, with every mistake of form in all of them; what their names mean is checked elsewhere.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::files::{is_regression, shipped_tree};
use super::{
    ExchangeCase, ExchangeFile, MatrixFile, Property, PropertyFile, RaceCase, RaceFile, Sequence, SequenceFile,
};
use crate::suite::contract::{Contract, Edition, RequirementId};
use crate::words::fhir::AppointmentStatus;
use crate::words::yaml::{Files, Located, Node, Problem, Span, blanks, parse_all, read};

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

/// Everything that was written.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub exchanges: Vec<(Origin, ExchangeCase)>,
    pub matrices: Vec<(Origin, MatrixFile)>,
    pub properties: Vec<(Origin, Property)>,
    pub races: Vec<(Origin, RaceCase)>,
    pub sequences: Vec<(Origin, Sequence)>,
}

/// One file: its text, its tree, and what the tree was read as.
#[derive(Debug, Clone)]
pub struct ScenarioFile {
    pub path: String,
    pub text: String,
    pub node: Cow<'static, Node>,
    pub content: Content,
}

/// What a scenario file holds, by its `kind`.
#[derive(Debug, Clone)]
pub enum Content {
    Exchange(ExchangeFile),
    Matrix(MatrixFile),
    Property(PropertyFile),
    Race(RaceFile),
    Sequence(SequenceFile),
}

/// Reads every file that has the right form, and gives the mistakes of the others.
pub fn read_files(files: &Files) -> (Vec<ScenarioFile>, Vec<Problem>) {
    let (packed, written): (Files, Files) =
        files.clone().into_iter().partition(|(path, text)| shipped_tree(path, text).is_some());
    let packed = packed
        .into_iter()
        .filter_map(|(path, text)| shipped_tree(&path, &text).map(|tree| (path, text, Ok(Cow::Borrowed(tree)))));
    let parsed = parse_all(&written).into_iter().map(|(path, node)| {
        let text = written.get(&path).cloned().unwrap_or_default();
        (path, text, node.map(Cow::Owned))
    });
    let mut read = Vec::new();
    let mut problems = Vec::new();
    for (path, text, node) in packed.chain(parsed) {
        problems.extend(node.iter().flat_map(|node| blanks(&path, node)));
        let content = node.map_err(|problem| vec![problem]).and_then(|node| Ok((content(&path, &node)?, node)));
        match content {
            Ok((content, node)) => read.push(ScenarioFile { path, text, node, content }),
            Err(found) => problems.extend(found),
        }
    }
    (read, problems)
}

fn content(path: &str, node: &Node) -> Result<Content, Vec<Problem>> {
    const KINDS: &str = "exchange, matrix, property, race, sequence";
    let Some(kind) = node.get("kind") else {
        return Err(vec![Problem::new(path, node.span, "the key `kind` is missing").accepted(KINDS)]);
    };
    Ok(match kind.text() {
        Some("exchange") => Content::Exchange(read(path, node)?),
        Some("matrix") => Content::Matrix(read(path, node)?),
        Some("property") => Content::Property(read(path, node)?),
        Some("race") => Content::Race(read(path, node)?),
        Some("sequence") => Content::Sequence(read(path, node)?),
        other => {
            let message = format!("unknown kind `{}`", other.unwrap_or_default());
            return Err(vec![Problem::new(path, kind.span, message).accepted(KINDS)]);
        }
    })
}

/// The catalogue of some files. Counterexamples that were kept come first, else all stand in the order of the files.
pub fn catalogue(files: Vec<ScenarioFile>) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for ScenarioFile { path, text, content, .. } in files {
        let origin = |span: Span| Origin { file: path.clone(), line: line_of(&text, span) };
        match content {
            Content::Exchange(file) => catalogue.exchanges.extend(placed(file.cases, origin)),
            Content::Matrix(file) => catalogue.matrices.push((origin(file.id.span), file)),
            Content::Property(file) => catalogue.properties.extend(placed(file.properties, origin)),
            Content::Race(file) => catalogue.races.extend(placed(file.races, origin)),
            Content::Sequence(file) => catalogue.sequences.extend(placed(file.sequences, origin)),
        }
    }
    catalogue.exchanges.sort_by_key(|(origin, _)| !is_regression(&origin.file));
    catalogue
}

fn placed<T>(entries: Vec<Located<T>>, origin: impl Fn(Span) -> Origin) -> impl Iterator<Item = (Origin, T)> {
    entries.into_iter().map(move |entry| (origin(entry.span), entry.value))
}

fn line_of(text: &str, span: Span) -> usize {
    let end = span.start.min(text.len());
    text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
}

impl ExchangeCase {
    /// The ids of the case or of its family.
    pub fn ids(&self) -> Vec<String> {
        match &self.each {
            Some(each) => each.keys().map(|name| self.id.value.replace("{name}", name)).collect(),
            None => vec![self.id.value.clone()],
        }
    }
}

impl MatrixFile {
    /// The id of the case of one cell.
    pub fn cell_id(&self, from: AppointmentStatus, to: AppointmentStatus) -> String {
        self.id.value.replace("{from}", from.code()).replace("{to}", to.code())
    }
}

impl Catalogue {
    /// The id of the case that asks a server for one transition in an edition, where a matrix makes one.
    pub fn cell_id(&self, edition: Edition, from: AppointmentStatus, to: AppointmentStatus) -> Option<String> {
        let makes = |matrix: &MatrixFile| matrix.editions.as_ref().is_none_or(|editions| editions.contains(&edition));
        self.matrices
            .iter()
            .map(|(_, matrix)| matrix)
            .find(|matrix| makes(matrix))
            .map(|matrix| matrix.cell_id(from, to))
    }

    /// The requirements that some scenario names.
    pub fn verified(&self, contract: &Contract) -> BTreeSet<RequirementId> {
        let mut verified = BTreeSet::new();
        for (_, case) in &self.exchanges {
            verified.extend(case.verifies.iter().map(|id| id.value.clone()));
            for step in &case.steps {
                verified.extend(step.value.expect.checks.iter().flat_map(|check| check.value.verifies.clone()));
            }
        }
        for (_, matrix) in &self.matrices {
            for (edition, table) in &contract.tables.transitions {
                if matrix.editions.as_ref().is_none_or(|editions| editions.contains(edition)) {
                    verified.extend(table.cells().filter_map(|(from, to, _)| table.requirement(from, to)).cloned());
                }
            }
            verified.extend(matrix.cells.iter().flat_map(|cell| &cell.value.verifies).map(|id| id.value.clone()));
        }
        for (_, race) in &self.races {
            verified.extend(race.verifies.iter().map(|id| id.value.clone()));
        }
        for (_, property) in &self.properties {
            verified.extend(property.verifies.iter().map(|id| id.value.clone()));
        }
        for (_, sequence) in &self.sequences {
            verified.extend(sequence.verifies.iter().map(|id| id.value.clone()));
        }
        verified
    }
}
