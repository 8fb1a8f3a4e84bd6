//! Which requirements no fault need break, and why.

use std::collections::BTreeMap;

use crate::suite::contract::{Contract, Level, RequirementId};
use crate::words::shipped;

/// The file of reasons, below `scenarios/`.
const FILE: &str = "selftest/exempt.yaml";

/// Requirements that need not be killed, by id, with the reason.
pub type Exemptions = BTreeMap<RequirementId, String>;

/// The reasons written down, and those that the table of requirements gives itself.
///
/// # Errors
/// The file is missing, is no mapping of ids to reasons, or names a requirement that the contract does not have.
pub fn exemptions(contract: &Contract) -> Result<(Exemptions, Exemptions), String> {
    let written = shipped::tree(FILE).ok_or_else(|| format!("scenarios/{FILE} is missing or has a mistake"))?;
    let written = written.to_json();
    let entries = written.as_object().ok_or_else(|| format!("scenarios/{FILE} is no mapping"))?;
    let mut given = Exemptions::new();
    for (id, reason) in entries {
        let own: RequirementId = id.parse().map_err(|error| format!("scenarios/{FILE}: {error}"))?;
        let Some(reason) = reason.as_str().filter(|reason| !reason.trim().is_empty()) else {
            return Err(format!("scenarios/{FILE}: {id} has no reason"));
        };
        if contract.requirement(&own).is_none() {
            return Err(format!("scenarios/{FILE}: the contract has no {id}"));
        }
        given.insert(own, reason.trim().to_owned());
    }
    let automatic = contract.requirements.iter().filter_map(|own| {
        let reason = match (&own.not_tested, own.level) {
            (Some(reason), _) => reason.trim().to_owned(),
            (None, Level::May | Level::Observed | Level::Unspecified) => {
                format!("level {}: no answer of a server breaks it", own.level.name())
            }
            (None, Level::Must | Level::Should) => return None,
        };
        Some((own.id.clone(), reason))
    });
    Ok((given, automatic.collect()))
}
