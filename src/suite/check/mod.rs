//! Sees the contract and the scenarios together, and resolves every name in every position before anything is sent.

mod around;
mod case;
mod documents;
mod known;
mod observed;
mod page;
mod placeholders;
mod race;
mod sequence;
mod step;
#[cfg(test)]
mod tests;
mod volatile;
mod wide;

pub use volatile::volatile_names;

use std::path::Path;

use crate::suite::contract::{Contract, cited};
use crate::suite::scenario::{
    Catalogue, Content, LoadError, ScenarioFile, Texts, catalogue, read_files, shipped_texts, texts, with_shipped,
};
use crate::words::yaml::{Files, Problem};

use known::KnownNames;
use page::CheckedFile;

/// The scenarios in the binary.
///
/// # Errors
/// The problems of the shipped files; a build whose tests pass has none.
pub fn shipped(contract: &Contract) -> Result<Catalogue, LoadError> {
    load(shipped_texts(), contract, Coverage::Whole)
}

/// The shipped scenarios with those of a folder (or one file) added; a file of the same name takes the shipped one's place.
///
/// # Errors
/// An unreadable path, a folder without scenarios, or every problem in every file.
pub fn load_folder(path: &Path, contract: &Contract) -> Result<Catalogue, LoadError> {
    with_texts(&texts(path)?, contract)
}

/// The shipped scenarios with other files added; a file of the same name takes the shipped one's place.
///
/// # Errors
/// Every problem in every file.
pub fn with_texts(found: &Texts, contract: &Contract) -> Result<Catalogue, LoadError> {
    load(with_shipped(found), contract, Coverage::Whole)
}

/// One text as the only scenario file: it has to be right in itself, and need not verify every requirement.
///
/// # Errors
/// Every problem in the text.
pub fn load_text(name: &str, text: &str, contract: &Contract) -> Result<Catalogue, LoadError> {
    load(Files::from([(name.to_owned(), text.to_owned())]), contract, Coverage::Part)
}

/// Whether every requirement of the contract has to be verified by some scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coverage {
    Whole,
    Part,
}

fn load(files: Files, contract: &Contract, coverage: Coverage) -> Result<Catalogue, LoadError> {
    let (read, mut problems) = read_files(&files);
    let readable = problems.is_empty();
    check(&read, contract, &mut problems);
    let catalogue = catalogue(read);
    if readable && coverage == Coverage::Whole {
        check_coverage(&catalogue, contract, &mut problems);
    }
    if problems.is_empty() {
        return Ok(catalogue);
    }
    // In the order in which a reader meets them.
    problems.sort_by(|one, other| (&one.file, one.span.start).cmp(&(&other.file, other.span.start)));
    Err(LoadError::Problems { problems, files })
}

/// Adds everything that is wrong with what the files say, beyond their form.
fn check(files: &[ScenarioFile], contract: &Contract, problems: &mut Vec<Problem>) {
    let known = KnownNames::new(files, contract, problems);
    for file in files {
        let mut page = CheckedFile { file, problems };
        let node = file.node.as_ref();
        for (span, id) in cited(node) {
            if !known.has_requirement(id) {
                page.unknown(
                    span,
                    "requirement",
                    id,
                    known.requirements(),
                    "an id of scenarios/contract/requirements/",
                );
            }
        }
        let items = |key: &str| node.get(key).map(crate::words::yaml::Node::items).unwrap_or_default();
        match &file.content {
            Content::Exchange(content) => {
                for (entry, node) in content.cases.iter().zip(items("cases")) {
                    case::check(&mut page, &known, &entry.value, node);
                }
            }
            Content::Matrix(matrix) => wide::matrix(&mut page, &known, matrix, node),
            Content::Property(content) => {
                for (entry, node) in content.properties.iter().zip(items("properties")) {
                    wide::property(&mut page, &known, &entry.value, node);
                }
            }
            Content::Race(content) => {
                for (entry, node) in content.races.iter().zip(items("races")) {
                    race::check(&mut page, &known, &entry.value, node);
                }
            }
            Content::Sequence(content) => {
                for (entry, node) in content.sequences.iter().zip(items("sequences")) {
                    sequence::check(&mut page, &known, &entry.value, node);
                }
            }
        }
    }
}

/// Every requirement is verified by something, or the contract says why it is not.
fn check_coverage(catalogue: &Catalogue, contract: &Contract, problems: &mut Vec<Problem>) {
    let verified = catalogue.verified(contract);
    for requirement in &contract.requirements {
        let (file, span) = (&requirement.place.0, requirement.place.1);
        match (&requirement.not_tested, verified.contains(&requirement.id)) {
            (None, false) => problems.push(
                Problem::new(file, span, format!("no scenario verifies `{}`", requirement.id))
                    .accepted("a scenario that names it, or the key `not-tested` with the reason"),
            ),
            (Some(_), true) => problems.push(
                Problem::new(
                    file,
                    span,
                    format!("`{}` says why it is not tested, but a scenario verifies it", requirement.id),
                )
                .accepted("one of the two"),
            ),
            (None, true) | (Some(_), false) => {}
        }
    }
}
