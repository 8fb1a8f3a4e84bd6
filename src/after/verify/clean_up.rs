//! Holds the clean-up of a run against its place: behind everything that is judged, and on what the run made.

use std::collections::BTreeMap;

use super::difference::{Difference, evidence_difference};
use crate::execute::evidence::{Evidence, Exchange, Purpose, clean_up_begin};
use crate::record::FixtureEnd;

/// Adds what is not as a clean-up is.
pub(super) fn check(evidence: &Evidence, differences: &mut Vec<Difference>) {
    let begin = clean_up_begin(&evidence.exchanges);
    let mut differ = |place: String, found: &str, wanted: &str| {
        differences.push(evidence_difference(place, found, wanted));
    };
    let made: BTreeMap<&str, Option<FixtureEnd>> = evidence
        .fixtures
        .iter()
        .filter(|fixture| fixture.made)
        .map(|fixture| (fixture.id.as_str(), fixture.end))
        .collect();
    for exchange in evidence.exchanges.iter().skip(begin) {
        let place = || format!("exchanges[{}].purpose", exchange.id);
        match exchange.purpose {
            Purpose::Token => {}
            Purpose::CleanUp if exchange.appointment.as_deref().is_some_and(|id| made.contains_key(id)) => {}
            Purpose::CleanUp => differ(place(), "clean-up", "an appointment that the run made"),
            Purpose::Preflight
            | Purpose::Search
            | Purpose::Create
            | Purpose::Walk
            | Purpose::Read
            | Purpose::Try
            | Purpose::Advance
            | Purpose::Control
            | Purpose::Race => {
                differ(place(), "a request of the run behind its clean-up", "clean-up, at the end alone")
            }
        }
    }
    for (number, trial) in evidence.trials.iter().enumerate() {
        if let Some(id) = trial.sent().find(|id| *id as usize >= begin) {
            differ(
                format!("trials[{number}] ({})", trial.case),
                &format!("exchange {id} of the clean-up"),
                "one before it",
            );
        }
    }
    for fixture in &evidence.fixtures {
        let patched = |exchange: &Exchange| exchange.appointment.as_deref() == Some(&fixture.id) && exchange.is_patch();
        let is_cancelled =
            fixture.left.as_deref() == Some("cancelled") && evidence.exchanges.iter().skip(begin).any(patched);
        let place = || format!("fixtures[{}].end", fixture.id);
        match fixture.end {
            Some(_) if !fixture.made => differ(place(), "an end", "none: the run did not make it"),
            Some(FixtureEnd::Cancelled) if !is_cancelled => {
                differ(place(), "cancelled", "another end: no request of the clean-up cancelled it");
            }
            Some(
                FixtureEnd::Cancelled | FixtureEnd::Final | FixtureEnd::Kept | FixtureEnd::Gone | FixtureEnd::Failed,
            )
            | None => {}
        }
    }
}
