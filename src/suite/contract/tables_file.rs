//! The files of transitions, patch commands and resources as they are written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::member_type::KnownTypes;
use super::{Cell, Edition, PatchCommand, RequirementId, Resources, Transitions};
use crate::words::fhir::AppointmentStatus;
use crate::words::yaml::{Node, Problem, Span, did_you_mean};

/// A file's path and tree, for the places of what is wrong in it.
type FileTree<'n> = (&'static str, &'n Node);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransitionsFile {
    columns: Vec<AppointmentStatus>,
    editions: BTreeMap<Edition, Table>,
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
    /// The tables by edition.
    pub(super) fn into_transitions(
        self,
        (path, node): FileTree<'_>,
        problems: &mut Vec<Problem>,
    ) -> BTreeMap<Edition, Transitions> {
        let columns = self.columns;
        let read = |(edition, table): (Edition, Table)| {
            let node = node.get("editions").and_then(|editions| editions.get(edition.id())).unwrap_or(node);
            let mut reader = TableReader { path, node, edition, problems };
            (edition, reader.read(&columns, table))
        };
        self.editions.into_iter().map(read).collect()
    }
}

/// Makes the table of one edition.
struct TableReader<'a> {
    path: &'static str,
    node: &'a Node,
    edition: Edition,
    problems: &'a mut Vec<Problem>,
}

impl TableReader<'_> {
    fn wrong(&mut self, span: Span, message: String, expected: &str) {
        self.problems.push(Problem::new(self.path, span, message).accepted(expected));
    }

    /// The place of a key of one section of the table.
    fn key(&self, section: &str, key: &str) -> Span {
        let entries = self.node.get(section).map(Node::entries).unwrap_or_default();
        entries.iter().find(|(name, _, _)| name == key).map_or(self.node.span, |(_, span, _)| *span)
    }

    fn read(&mut self, columns: &[AppointmentStatus], table: Table) -> Transitions {
        let edition = self.edition;
        let mut cells = BTreeMap::new();
        let mut requirements = BTreeMap::new();
        for from in AppointmentStatus::ALL {
            let row = table.rows.get(&from).map(String::as_str).unwrap_or_default();
            let place = self.key("rows", from.code());
            let letters: Vec<&str> = row.split_whitespace().collect();
            if letters.len() != columns.len() {
                let message = format!("the row `{from}` of {edition} has {} cells", letters.len());
                self.wrong(place, message, &format!("{} cells", columns.len()));
                continue;
            }
            for (letter, to) in letters.iter().zip(columns) {
                let Some(cell) = Cell::ALL.into_iter().find(|cell| *letter == cell.letter().to_string()) else {
                    let message = format!("unknown cell `{letter}` in the row `{from}` of {edition}");
                    self.wrong(place, message, "A, U, N, S or `.`");
                    continue;
                };
                let requirement = match cell {
                    Cell::Allowed => table.allowed.get(&format!("{from} to {to}")),
                    Cell::UnsupportedValue | Cell::Omitted | Cell::SelfTransition | Cell::Open => {
                        table.classes.get(&cell.letter())
                    }
                };
                match requirement {
                    Some(id) => {
                        requirements.insert((from, *to), id.clone());
                    }
                    None => {
                        let message = format!("no requirement covers {from} to {to} in {edition}");
                        self.wrong(place, message, "an entry of `allowed`, or of `classes` for its letter");
                    }
                }
                cells.insert((from, *to), cell);
            }
        }
        self.unused(&table, &cells);
        let walk = self.walk(&table.walk);
        Transitions { cells, supported: table.supported, requirements, walk }
    }

    /// Entries that name a cell, or a kind of cell, that the table does not have.
    fn unused(&mut self, table: &Table, cells: &BTreeMap<(AppointmentStatus, AppointmentStatus), Cell>) {
        let edition = self.edition;
        let allowed = || {
            let listed = cells.iter().filter(|(_, cell)| **cell == Cell::Allowed);
            listed.map(|((from, to), _)| format!("{from} to {to}")).collect::<Vec<_>>()
        };
        for step in table.allowed.keys() {
            if step_of(step).is_none_or(|pair| cells.get(&pair) != Some(&Cell::Allowed)) {
                let names = allowed();
                let near = did_you_mean(step, names.iter().map(String::as_str));
                let message = format!("no row of {edition} allows `{step}`{near}");
                self.wrong(self.key("allowed", step), message, "<status> to <status>, with A in the row");
            }
        }
        for letter in table.classes.keys() {
            if !cells.values().any(|cell| cell.letter() == *letter && *cell != Cell::Allowed) {
                let message = format!("no row of {edition} has the letter `{letter}`");
                self.wrong(self.key("classes", &letter.to_string()), message, "U, N, S or `.`, as the rows have it");
            }
        }
    }

    fn walk(&mut self, steps: &[String]) -> Vec<(AppointmentStatus, AppointmentStatus)> {
        let nodes = self.node.get("walk").map(Node::items).unwrap_or_default();
        let mut walk = Vec::new();
        for (step, node) in steps.iter().zip(nodes) {
            match step_of(step) {
                Some(pair) => walk.push(pair),
                None => self.wrong(node.span, format!("invalid step `{step}`"), "<status> to <status>"),
            }
        }
        walk
    }
}

fn step_of(text: &str) -> Option<(AppointmentStatus, AppointmentStatus)> {
    let (from, to) = text.split_once(" to ")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandsFile {
    editions: BTreeMap<Edition, Vec<PatchCommand>>,
}

impl CommandsFile {
    /// The commands by edition.
    pub(super) fn into_commands(
        self,
        (path, node): FileTree<'_>,
        problems: &mut Vec<Problem>,
    ) -> BTreeMap<Edition, Vec<PatchCommand>> {
        for (edition, commands) in &self.editions {
            let nodes = node.get("editions").and_then(|editions| editions.get(edition.id())).map(Node::items);
            let mut wrong = |span: Span, message: String, expected: &str| {
                problems.push(Problem::new(path, span, message).accepted(expected));
            };
            let names: BTreeSet<_> = commands.iter().map(|command| command.name.name()).collect();
            let (mut seen, mut pairs) = (BTreeSet::new(), BTreeSet::new());
            for (command, node) in commands.iter().zip(nodes.unwrap_or_default()) {
                let place = |key: &str| node.get(key).map_or(node.span, |value| value.span);
                if !pairs.insert((command.op, command.path.as_str())) {
                    let message = format!("{edition} has `{} {}` twice", command.op, command.path);
                    wrong(place("path"), message, "each pair of operation and path once");
                }
                if !seen.insert(command.name) {
                    let message = format!("{edition} has the command `{}` twice", command.name.name());
                    wrong(place("name"), message, "each name once");
                }
                for name in command.named().map(|name| name.name()).filter(|name| !names.contains(name)) {
                    let span = place_of(node, name).unwrap_or(node.span);
                    let near = did_you_mean(name, names.iter().copied());
                    wrong(span, format!("{edition} has no command `{name}`{near}"), "a command of the same edition");
                }
            }
        }
        self.editions
    }
}

/// The place of a text in a command, but for its name.
fn place_of(node: &Node, text: &str) -> Option<Span> {
    if node.text() == Some(text) {
        return Some(node.span);
    }
    let values = node.entries().iter().filter(|(key, _, _)| key != "name").map(|(_, _, value)| value);
    values.chain(node.items()).find_map(|value| place_of(value, text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourcesFile {
    everywhere: BTreeMap<String, String>,
    elsewhere: Vec<String>,
    opaque: String,
    sets: BTreeMap<String, String>,
    types: BTreeMap<String, BTreeMap<String, String>>,
}

impl ResourcesFile {
    /// The table of members.
    pub(super) fn into_resources(self, (path, node): FileTree<'_>, problems: &mut Vec<Problem>) -> Resources {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let known = KnownTypes {
            types: self.types.keys().cloned().collect(),
            opaque: words(&self.opaque).into_iter().collect(),
            sets: self.sets.iter().map(|(name, codes)| (name.clone(), words(codes))).collect(),
        };
        Resources::new(&known, self.types, self.everywhere, &self.elsewhere).unwrap_or_else(|missing| {
            for (owner, member, wanted) in missing {
                let members = node.get("types").and_then(|types| types.get(&owner)).or_else(|| node.get(&owner));
                let span = members.and_then(|members| members.get(&member)).map_or(node.span, |value| value.span);
                let near = did_you_mean(&wanted, known.names());
                let message = format!("unknown type `{wanted}`{near}");
                problems.push(Problem::new(path, span, message).accepted("a type, a set or a member of this file"));
            }
            Resources::default()
        })
    }
}
