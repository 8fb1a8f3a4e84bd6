//! Reads scenario files, shipped or from a folder, and reports every problem in all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{
    Contest, ExchangeCase, ExchangeFile, Expect, Fixture, MatrixFile, Outcome, Patch, Property, PropertyFile, RaceCase,
    RaceFile, RaceRule, Sequence, SequenceFile,
};
use crate::suite::contract::{Contract, RequirementId};
use crate::words::shipped;
use crate::words::yaml::{Files, Located, Node, Problem, Span, parse_all, read};

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

/// The folder, below `scenarios/`, of counterexamples that were kept; they run before everything else.
const REGRESSIONS: &str = "regressions";

/// Everything that was written, checked against the contract.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub exchanges: Vec<(Origin, ExchangeCase)>,
    pub matrices: Vec<(Origin, MatrixFile)>,
    pub properties: Vec<(Origin, Property)>,
    pub races: Vec<(Origin, RaceCase)>,
    pub sequences: Vec<(Origin, Sequence)>,
}

/// Why no catalogue could be made.
#[derive(Debug)]
pub enum LoadError {
    /// A folder or file cannot be read.
    Unreadable { path: String, cause: std::io::Error },
    /// The folder has no scenario file.
    Empty { path: String },
    /// The files have mistakes.
    Problems { problems: Vec<Problem>, files: Files },
}

/// The scenarios in the binary.
///
/// # Errors
/// The problems of the shipped files; a build whose tests pass has none.
pub fn shipped(contract: &Contract) -> Result<Catalogue, LoadError> {
    load(shipped_files(), contract, Coverage::Whole)
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
    let mut files = shipped_files();
    for name in found.keys() {
        if let Some(stem) = Path::new(name).file_name().and_then(|stem| stem.to_str()) {
            files.remove(&format!("scenarios/{stem}"));
            files.remove(&format!("scenarios/{REGRESSIONS}/{stem}"));
        }
    }
    files.extend(found.clone());
    load(files, contract, Coverage::Whole)
}

/// Scenario files as they were when they were read, by path; empty where only the shipped ones are in use.
pub type Texts = BTreeMap<String, String>;

/// Reads a folder, or one file, as [`with_texts`] takes it.
///
/// # Errors
/// An unreadable path, or a folder without scenarios.
pub fn texts(path: &Path) -> Result<Texts, LoadError> {
    let found = read_folder(path)?;
    if found.is_empty() {
        return Err(LoadError::Empty { path: path.display().to_string() });
    }
    Ok(found)
}

/// The SHA-256 of the shipped scenario files, in hexadecimal.
pub fn shipped_digest() -> String {
    static DIGEST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DIGEST.get_or_init(|| crate::suite::contract::digest(&shipped_files())).clone()
}

/// One text as the only scenario file: it has to be right in itself, and need not verify every requirement.
///
/// # Errors
/// Every problem in the text.
pub fn load_text(name: &str, text: &str, contract: &Contract) -> Result<Catalogue, LoadError> {
    load(Files::from([(name.to_owned(), text.to_owned())]), contract, Coverage::Part)
}

/// The tree of a file that is shipped, letter by letter.
fn shipped_tree(path: &str, text: &str) -> Option<&'static Node> {
    let name = path.strip_prefix("scenarios/")?;
    (shipped::file(name)? == text).then(|| shipped::tree(name))?
}

fn shipped_files() -> Files {
    ["", REGRESSIONS]
        .into_iter()
        .flat_map(shipped::yaml_files)
        .map(|(path, text)| (format!("scenarios/{path}"), text.to_owned()))
        .collect()
}

fn read_folder(path: &Path) -> Result<Files, LoadError> {
    let unreadable = |cause| LoadError::Unreadable { path: path.display().to_string(), cause };
    let mut files = Files::new();
    if path.is_file() {
        files.insert(path.display().to_string(), std::fs::read_to_string(path).map_err(unreadable)?);
        return Ok(files);
    }
    let mut entries: Vec<_> = std::fs::read_dir(path).map_err(unreadable)?.collect();
    if path.join(REGRESSIONS).is_dir() {
        entries.extend(std::fs::read_dir(path.join(REGRESSIONS)).map_err(unreadable)?);
    }
    for entry in entries {
        let entry = entry.map_err(unreadable)?.path();
        let is_yaml = entry.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && entry.is_file() {
            let cause = |cause| LoadError::Unreadable { path: entry.display().to_string(), cause };
            files.insert(entry.display().to_string(), std::fs::read_to_string(&entry).map_err(cause)?);
        }
    }
    Ok(files)
}

/// Whether every requirement of the contract has to be verified by some scenario.
#[derive(Clone, Copy, PartialEq)]
enum Coverage {
    Whole,
    Part,
}

fn load(files: Files, contract: &Contract, coverage: Coverage) -> Result<Catalogue, LoadError> {
    let mut catalogue = Catalogue::default();
    let mut problems = Vec::new();
    let (packed, written): (Files, Files) =
        files.clone().into_iter().partition(|(path, text)| shipped_tree(path, text).is_some());
    let packed = packed.iter().filter_map(|(path, text)| Some((path.clone(), Ok(shipped_tree(path, text)?.clone()))));
    for (path, node) in packed.chain(parse_all(&written)) {
        match node {
            Ok(node) => {
                let text = files.get(&path).map(String::as_str).unwrap_or_default();
                read_file(&path, text, &node, &mut catalogue, &mut problems);
            }
            Err(problem) => problems.push(problem),
        }
    }
    // Counterexamples that were kept come first.
    catalogue.exchanges.sort_by_key(|(origin, _)| !origin.file.contains(&format!("{REGRESSIONS}/")));
    let readable = problems.is_empty();
    check(&catalogue, contract, &mut problems);
    if readable && coverage == Coverage::Whole {
        check_coverage(&catalogue, contract, &mut problems);
    }
    if problems.is_empty() { Ok(catalogue) } else { Err(LoadError::Problems { problems, files }) }
}

fn read_file(path: &str, text: &str, node: &Node, catalogue: &mut Catalogue, problems: &mut Vec<Problem>) {
    let kind = node.get("kind").map(Node::to_json);
    let origin = |span: Span| Origin { file: path.to_owned(), line: line_of(text, span) };
    match kind.as_ref().and_then(|kind| kind.as_str()) {
        Some("exchange") => match read::<ExchangeFile>(path, node) {
            Ok(file) => {
                catalogue.exchanges.extend(file.cases.into_iter().map(|case| (origin(case.span), case.value)));
            }
            Err(found) => problems.extend(found),
        },
        Some("matrix") => match read::<MatrixFile>(path, node) {
            Ok(file) => catalogue.matrices.push((origin(file.id.span), file)),
            Err(found) => problems.extend(found),
        },
        Some("property") => match read::<PropertyFile>(path, node) {
            Ok(file) => {
                catalogue.properties.extend(file.properties.into_iter().map(|own| (origin(own.span), own.value)));
            }
            Err(found) => problems.extend(found),
        },
        Some("race") => match read::<RaceFile>(path, node) {
            Ok(file) => catalogue.races.extend(file.races.into_iter().map(|own| (origin(own.span), own.value))),
            Err(found) => problems.extend(found),
        },
        Some("sequence") => match read::<SequenceFile>(path, node) {
            Ok(file) => {
                catalogue.sequences.extend(file.sequences.into_iter().map(|own| (origin(own.span), own.value)));
            }
            Err(found) => problems.extend(found),
        },
        Some(other) => {
            let span = node.get("kind").map(|kind| kind.span).unwrap_or_default();
            problems.push(
                Problem::new(path, span, format!("unknown kind `{other}`"))
                    .accepted("exchange, matrix, property, race, sequence"),
            );
        }
        None => problems.push(
            Problem::new(path, node.span, "the key `kind` is missing")
                .accepted("exchange, matrix, property, race, sequence"),
        ),
    }
}

fn line_of(text: &str, span: Span) -> usize {
    let end = span.start.min(text.len());
    text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Checks what one file cannot know by itself: ids that exist, ids that are unique, steps that make sense.
fn check(catalogue: &Catalogue, contract: &Contract, problems: &mut Vec<Problem>) {
    let known: BTreeSet<&RequirementId> = contract.requirements.iter().map(|requirement| &requirement.id).collect();
    let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
    for (origin, case) in &catalogue.exchanges {
        let file = origin.file.as_str();
        for id in case_ids(case) {
            check_id(file, case.id.span, &id, &mut seen, origin, problems);
        }
        check_requirements(file, &case.verifies, &known, problems);
        check_case(file, case, problems);
    }
    for (origin, matrix) in &catalogue.matrices {
        for cell in &matrix.cells {
            check_requirements(&origin.file, &cell.value.verifies, &known, problems);
        }
        if !(matrix.id.value.contains("{from}") && matrix.id.value.contains("{to}")) {
            problems.push(
                Problem::new(&origin.file, matrix.id.span, "the id is the same for every cell")
                    .accepted("an id with {from} and {to}"),
            );
        }
    }
    for (origin, property) in &catalogue.properties {
        check_id(&origin.file, property.id.span, &property.id.value, &mut seen, origin, problems);
        check_requirements(&origin.file, &property.verifies, &known, problems);
    }
    for (origin, race) in &catalogue.races {
        check_id(&origin.file, race.id.span, &race.id.value, &mut seen, origin, problems);
        check_requirements(&origin.file, &race.verifies, &known, problems);
        check_race(&origin.file, race, problems);
    }
    for (origin, sequence) in &catalogue.sequences {
        check_id(&origin.file, sequence.id.span, &sequence.id.value, &mut seen, origin, problems);
        check_requirements(&origin.file, &sequence.verifies, &known, problems);
        super::check_sequence::check(&origin.file, sequence, problems);
    }
    for (origin, case) in &catalogue.exchanges {
        if let Some(control) = &case.control
            && !seen.contains_key(&control.value)
        {
            problems.push(
                Problem::new(&origin.file, control.span, format!("no case is called `{}`", control.value))
                    .accepted("the id of an accepted case on the same fixture"),
            );
        }
    }
}

/// The ids of a case or of its family.
pub(super) fn case_ids(case: &ExchangeCase) -> Vec<String> {
    match &case.each {
        Some(each) => each.keys().map(|name| case.id.value.replace("{name}", name)).collect(),
        None => vec![case.id.value.clone()],
    }
}

fn check_id(
    file: &str,
    span: Span,
    id: &str,
    seen: &mut BTreeMap<String, Origin>,
    origin: &Origin,
    problems: &mut Vec<Problem>,
) {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    let parts: Vec<&str> = id.split('/').collect();
    if parts.len() < 2 || !parts.iter().all(|text| part(text)) {
        problems.push(
            Problem::new(file, span, format!("`{id}` is no case id"))
                .accepted("area/name in lower-case letters, digits, `-` and `.`, as in if-match/missing"),
        );
    }
    if let Some(first) = seen.get(id) {
        problems.push(
            Problem::new(file, span, format!("the id `{id}` stands twice; first at {}:{}", first.file, first.line))
                .accepted("an id of its own"),
        );
    } else {
        seen.insert(id.to_owned(), origin.clone());
    }
}

fn check_requirements(
    file: &str,
    verifies: &[Located<RequirementId>],
    known: &BTreeSet<&RequirementId>,
    problems: &mut Vec<Problem>,
) {
    for id in verifies {
        if !known.contains(&id.value) {
            problems.push(
                Problem::new(file, id.span, format!("no requirement is called `{}`", id.value))
                    .accepted("an id of scenarios/contract/requirements/"),
            );
        }
    }
}

fn check_case(file: &str, case: &ExchangeCase, problems: &mut Vec<Problem>) {
    let mut wrong = |span: Span, message: &str, accepted: &str| {
        problems.push(Problem::new(file, span, message).accepted(accepted));
    };
    if case.verifies.is_empty() {
        wrong(case.id.span, "the case verifies nothing", "at least one requirement id");
    }
    if case.steps.is_empty() {
        wrong(case.id.span, "the case has no steps", "at least one step");
    }
    if case.each.is_some() != case.id.value.contains("{name}") {
        wrong(case.id.span, "`each` and `{name}` go together", "an id with {name} exactly where the case has `each`");
    }
    for step in &case.steps {
        let Expect { outcome, .. } = &step.value.expect;
        if *outcome == Outcome::Refused && step.value.to.is_some() {
            wrong(step.span, "a refusal moves nothing", "no key `to`");
        }
        if step.value.patch.is_some() && step.value.body.is_some() {
            wrong(step.span, "a step has one body", "`patch` or `body`");
        }
        if matches!(step.value.patch, Some(Patch::Advance)) && case.fixture == Fixture::None {
            wrong(step.span, "`advance` needs an appointment", "another fixture than none");
        }
        for own in step.value.verifies.iter().flatten() {
            if !case.verifies.iter().any(|id| id.value == own.value) {
                wrong(own.span, "the step names a requirement that its case does not verify", "one of the case's ids");
            }
        }
    }
}

fn check_race(file: &str, race: &RaceCase, problems: &mut Vec<Problem>) {
    let mut wrong = |span: Span, message: &str, accepted: &str| {
        problems.push(Problem::new(file, span, message).accepted(accepted));
    };
    for id in &race.verifies {
        if RaceRule::of(&id.value).is_none() {
            let known: Vec<&str> = RaceRule::ALL.iter().map(|(id, _)| *id).collect();
            wrong(id.span, &format!("no race can tell anything about `{}`", id.value), &known.join(", "));
        }
    }
    let count: usize = race.clients.iter().map(|group| usize::from(group.value.count)).sum();
    let most = usize::from(RaceCase::MOST_CLIENTS);
    if !(2..=most).contains(&count) {
        wrong(race.id.span, "a race has at least two clients", &format!("2 to {most} clients"));
    }
    if race.rounds == 0 {
        wrong(race.id.span, "a race without rounds tells nothing", "a number from 1");
    }
    if race.verifies.is_empty() {
        wrong(race.id.span, "the race verifies nothing", "at least one requirement id");
    }
    for group in &race.clients {
        if group.value.patch.is_some() == group.value.reads.is_some() {
            wrong(group.span, "a client writes or reads", "either `patch` or `reads`");
        }
        if group.value.reads.is_some() && race.contest != Contest::Version {
            wrong(group.span, "readers need an appointment that all clients share", "`contest: version`");
        }
        let names_each = group.value.patch.as_ref().is_some_and(|patch| patch.to_string().contains("$each"));
        if names_each == group.value.each.is_empty() {
            wrong(group.span, "`each` and `$each` go together", "values in `each` exactly where the patch has `$each`");
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

impl Catalogue {
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
            for (edition, table) in &contract.transitions {
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
