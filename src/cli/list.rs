//! `patchproof list`: the cases of an edition, one a line.

use std::fmt::Write as _;

use super::{Exit, ListArgs, common};
use crate::plan::{Expanded, Selection, expand};

/// Lists the selected cases and properties with their requirements.
pub(super) fn run(args: &ListArgs) -> Exit {
    match listing(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn listing(args: &ListArgs) -> Result<String, Exit> {
    let contract = common::the_contract()?;
    let catalogue = common::catalogue(contract, args.select.scenarios.as_deref())?;
    let edition = common::edition(args.select.edition, None);
    let selection = Selection {
        filters: args.select.filters.clone(),
        exact: false,
        requirements: args.select.requirements.clone(),
    };
    let Expanded { cases, properties, races, sequences, .. } = expand(&catalogue, contract, edition, &selection)
        .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    let mut text = String::new();
    let mut count = 0;
    for case in cases.iter().filter(|case| case.selected) {
        let ids: Vec<&str> = case.judged_for().into_iter().map(|id| id.as_str()).collect();
        let _ = writeln!(text, "{:<52} {}", case.id.0, ids.join(" "));
        count += 1;
    }
    for property in properties.iter().filter(|property| property.selected) {
        let ids: Vec<&str> = property.rule.requirements.iter().map(|(id, _)| id.as_str()).collect();
        let _ = writeln!(text, "{:<52} {}", property.id.0, ids.join(" "));
        count += 1;
    }
    for race in races.iter().filter(|race| race.selected) {
        let ids: Vec<&str> = race.requirements.iter().map(|id| id.as_str()).collect();
        let _ = writeln!(text, "{:<52} {}", race.id.0, ids.join(" "));
        count += 1;
    }
    for sequence in sequences.iter().filter(|sequence| sequence.selected) {
        let ids: Vec<&str> = sequence.requirements.iter().map(|id| id.as_str()).collect();
        let _ = writeln!(text, "{:<52} {}", sequence.id.0, ids.join(" "));
        count += 1;
    }
    let _ = writeln!(text, "{count} cases of edition {edition}");
    Ok(text)
}
