//! Which requirements no fault need break, and why.

use std::collections::BTreeMap;

use crate::suite::contract::{Contract, Level, RequirementId};
use crate::words::shipped;
use crate::words::yaml::{Files, Problem, did_you_mean, parse, render};

/// The file of reasons, below `scenarios/`.
const FILE: &str = "selftest/exempt.yaml";

/// Requirements that need not be killed, by id, with the reason.
pub type Exemptions = BTreeMap<RequirementId, String>;

/// The reasons written down, and those that the table of requirements gives itself.
///
/// # Errors
/// Every mistake in the file, with its place.
pub fn exemptions(contract: &Contract) -> Result<(Exemptions, Exemptions), String> {
    let text = shipped::file(FILE).ok_or_else(|| format!("scenarios/{FILE} is missing"))?;
    let given = read(contract, text)?;
    let automatic = contract.requirements.iter().filter_map(|requirement| {
        let reason = match (&requirement.not_tested, requirement.level) {
            (Some(reason), _) => reason.trim().to_owned(),
            (None, Level::May | Level::Observed | Level::Unspecified) => {
                format!("level {}: no answer of a server breaks it", requirement.level.name())
            }
            (None, Level::Must | Level::Should) => return None,
        };
        Some((requirement.id.clone(), reason))
    });
    Ok((given, automatic.collect()))
}

/// Reads the file: a mapping of requirement ids to reasons.
pub(super) fn read(contract: &Contract, text: &str) -> Result<Exemptions, String> {
    let path = format!("scenarios/{FILE}");
    let files = Files::from([(path.clone(), text.to_owned())]);
    let node = parse(&path, text).map_err(|problem| render(&[problem], &files, false))?;
    let mut given = Exemptions::new();
    let mut problems = Vec::new();
    if node.entries().is_empty() {
        problems.push(Problem::new(&path, node.span, "no reasons").accepted("a mapping of requirement ids to reasons"));
    }
    let ids = || contract.requirements.iter().map(|requirement| &requirement.id);
    for (key, span, reason) in node.entries() {
        match (ids().find(|id| id.as_str() == key), reason.text().map(str::trim)) {
            (None, _) => {
                let message =
                    format!("unknown requirement `{key}`{}", did_you_mean(key, ids().map(RequirementId::as_str)));
                problems
                    .push(Problem::new(&path, *span, message).accepted("an id of scenarios/contract/requirements/"));
            }
            (Some(id), None | Some("")) => {
                problems.push(Problem::new(&path, reason.span, format!("`{id}` has no reason")).accepted("a sentence"));
            }
            (Some(id), Some(reason)) => {
                given.insert(id.clone(), reason.to_owned());
            }
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(render(&problems, &files, false)) }
}
