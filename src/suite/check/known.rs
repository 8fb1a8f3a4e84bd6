//! Every name that exists: requirements, cases with what they may be used for, situations, headers.

use std::collections::{BTreeMap, BTreeSet};

use crate::suite::contract::{Cell, Contract, Edition, Requirement, RequirementId};
use crate::suite::scenario::{Content, ExchangeCase, Fixture, MatrixFile, Outcome, ScenarioFile};
use crate::words::yaml::{Located, Problem, Span};

use super::page::CheckedFile;

/// What exists.
pub(super) struct KnownNames<'a> {
    pub contract: &'a Contract,
    files: &'a [ScenarioFile],
    by_id: BTreeMap<&'a str, &'a Requirement>,
    pub cases: BTreeMap<String, KnownCase>,
}

/// A case that others may name.
pub(super) struct KnownCase {
    /// Where it is written: the file and the offset in it.
    place: (String, usize),
    /// `None` for what has no fixture that a control could share.
    pub fixture: Option<Fixture>,
    /// The editions in which it is accepted.
    pub accepted: Vec<Edition>,
}

impl<'a> KnownNames<'a> {
    /// Everything in these files; ids that are no ids or stand twice are problems.
    pub fn new(files: &'a [ScenarioFile], contract: &'a Contract, problems: &mut Vec<Problem>) -> KnownNames<'a> {
        let by_id = contract.requirements.iter().map(|requirement| (requirement.id.as_str(), requirement)).collect();
        let mut known = KnownNames { contract, files, by_id, cases: BTreeMap::new() };
        for file in files {
            let mut page = CheckedFile { file, problems };
            match &file.content {
                Content::Exchange(content) => {
                    for case in content.cases.iter().map(|entry| &entry.value) {
                        let editions = known.editions(&case.verifies, case.editions.as_deref());
                        let accepted = if is_accepted(case) { editions } else { Vec::new() };
                        for id in case.ids() {
                            known.add(&mut page, id, case.id.span, Some(case.fixture), accepted.clone());
                        }
                    }
                }
                Content::Matrix(matrix) => known.add_matrix(&mut page, matrix),
                Content::Property(content) => {
                    for entry in &content.properties {
                        known.add_plain(&mut page, &entry.value.id);
                    }
                }
                Content::Race(content) => {
                    content.races.iter().for_each(|race| known.add_plain(&mut page, &race.value.id))
                }
                Content::Sequence(content) => {
                    content.sequences.iter().for_each(|entry| known.add_plain(&mut page, &entry.value.id));
                }
            }
        }
        known
    }

    /// Whether there is such a requirement.
    pub fn has_requirement(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The ids of all requirements.
    pub fn requirements(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.by_id.keys().copied()
    }

    /// The requirement of this id.
    pub fn requirement(&self, id: &RequirementId) -> Option<&'a Requirement> {
        self.by_id.get(id.as_str()).copied()
    }

    /// Whether a requirement stands in an edition.
    pub fn stands(&self, id: &RequirementId, edition: Edition) -> bool {
        self.requirement(id).is_some_and(|requirement| requirement.standing(edition).is_some())
    }

    /// The editions in which something is used: of those it names, the ones in which one of its requirements stands.
    pub fn editions(&self, verifies: &[Located<RequirementId>], named: Option<&[Edition]>) -> Vec<Edition> {
        let named = named.unwrap_or(&Edition::ALL);
        let used = |edition: &Edition| verifies.iter().any(|id| self.stands(&id.value, *edition));
        named.iter().copied().filter(used).collect()
    }

    /// The situations that any of these requirements names.
    pub fn situations<'i>(&self, ids: impl Iterator<Item = &'i RequirementId>) -> BTreeSet<&'a str> {
        let requirements = ids.filter_map(|id| self.requirement(id));
        requirements
            .flat_map(|requirement| {
                let within = requirement.within.values().flat_map(|within| within.cases.keys());
                requirement.cases.keys().chain(within)
            })
            .map(String::as_str)
            .collect()
    }

    fn add_plain(&mut self, page: &mut CheckedFile<'_>, id: &Located<String>) {
        self.add(page, id.value.clone(), id.span, None, Vec::new());
    }

    fn add(
        &mut self,
        page: &mut CheckedFile<'_>,
        id: String,
        span: Span,
        fixture: Option<Fixture>,
        accepted: Vec<Edition>,
    ) {
        if !is_id(&id) {
            page.wrong(
                span,
                format!("invalid case id `{id}`"),
                "area/name in lower-case letters, digits, `-` and `.`, as in if-match/missing",
            );
        }
        match self.cases.get(&id) {
            Some(first) => {
                let message = format!("the id `{id}` stands twice; first at {}", self.written_at(&first.place));
                page.wrong(span, message, "an id that no other case has");
            }
            None => {
                let place = (page.file.path.clone(), span.start);
                self.cases.insert(id, KnownCase { place, fixture, accepted });
            }
        }
    }

    fn written_at(&self, (path, offset): &(String, usize)) -> String {
        let text = self.files.iter().find(|file| file.path == *path).map_or("", |file| file.text.as_str());
        let before = text.get(..*offset).unwrap_or_default();
        format!("{path}:{}", before.matches('\n').count() + 1)
    }

    fn add_matrix(&mut self, page: &mut CheckedFile<'_>, matrix: &MatrixFile) {
        let mut cells: BTreeMap<String, (Fixture, Vec<Edition>)> = BTreeMap::new();
        for edition in matrix.editions.as_deref().unwrap_or(&Edition::ALL) {
            let Some(table) = self.contract.tables.transitions.get(edition) else { continue };
            for (from, to, cell) in table.cells() {
                let id = matrix.cell_id(from, to);
                let (_, accepted) = cells.entry(id).or_insert_with(|| (Fixture::of(from), Vec::new()));
                if cell == Cell::Allowed {
                    accepted.push(*edition);
                }
            }
        }
        if cells.len() < 100 {
            page.wrong(matrix.id.span, "the id is the same for several cells", "an id with {from} and {to}");
            return;
        }
        for (id, (fixture, accepted)) in cells {
            self.add(page, id, matrix.id.span, Some(fixture), accepted);
        }
    }
}

/// Whether the case ends in a success, so that it can be another's control.
fn is_accepted(case: &ExchangeCase) -> bool {
    case.steps.iter().any(|step| step.value.expect.outcome == Outcome::Accepted)
}

fn is_id(id: &str) -> bool {
    // A part that begins with a dot could lead out of a folder.
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    id.split('/').count() >= 2 && id.split('/').all(part)
}
