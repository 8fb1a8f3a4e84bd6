//! Checks what concurrent clients saw of one versioned register with compare-and-swap: is there an order of their
//! operations, within real time, that explains every response?
//!
//! A successful write names the version it replaced and the version it made, so the order of the writes is known and the
//! check is near-linear (`chain`, `sweep`). The argument, in short. (a) Before a write the register holds the version it
//! demanded, after it the one it answered, and versions never repeat; so the chain of versions is the only possible order
//! of the writes. (b) A read of version i lies between write i and write i+1. If one operation was answered before another
//! was sent and stands behind it in the chain, time and chain contradict each other; if no such pair exists, sorting by
//! (place, call) is an order that explains everything. (c) A conflict changes nothing and may stand in any gap whose
//! version is not the one it demanded; the smallest gap that time allows is never worse than a later one.
//!
//! Where versions repeat, are missing, or several lost writes could have made them, a time-boxed general search
//! (Wing and Gong, with Lowe's memoisation) takes over (`search`).
//!
//! The library knows nothing of HTTP or FHIR and reads no clock.

mod chain;
mod clock;
mod locks;
mod operation;
mod rules;
mod search;
mod shrink;
mod sweep;
#[cfg(test)]
mod tests;
mod witness;

use operation::Survey;

pub use operation::{History, HistoryOperation, Mark, NEVER, Names, OperationKind, Tag};
pub use rules::{Checked, HistoryRules};
pub use witness::{Anomaly, Witness};

/// Checks a history of one register.
pub fn check(history: &History, rules: HistoryRules) -> Checked {
    let survey = history.survey();
    if let Some(place) = survey.untimely {
        let how =
            if history.operations[place].call == NEVER { "begins at no instant" } else { "ends before it begins" };
        return Checked::Undecided(format!("operation {place} {how}, so its clock cannot be trusted"));
    }
    if history.operations.len() >= u32::MAX as usize / 2 {
        return Checked::Undecided("the history has more operations than can be numbered".to_owned());
    }
    let ordered = match chain::follow(history, rules, &survey) {
        Ok(chain) => sweep::sweep(history, &chain),
        Err(chain::Stop::Violated(witness)) => Err(witness),
        Err(chain::Stop::Search(reason)) => match search::search(history, rules) {
            search::SearchResult::Found => Ok(()),
            search::SearchResult::Spent => return undecided(history, &survey, reason, rules.steps),
            search::SearchResult::None(stuck) => Err(shrink::shrink(history, rules, &stuck)),
        },
    };
    match ordered.and_then(|()| locks::check(history, &survey)) {
        Ok(()) => Checked::Holds,
        Err(mut witness) => {
            witness.operations.sort_by_key(|place| (history.operations[*place].call, *place));
            Checked::Violated(witness)
        }
    }
}

/// The search gave up; a lock for no reason is a violation all the same.
fn undecided(history: &History, survey: &Survey, reason: &str, steps: u64) -> Checked {
    match locks::check(history, survey) {
        Ok(()) => {
            Checked::Undecided(format!("{reason}, and no order was found or excluded in {steps} steps of search"))
        }
        Err(witness) => Checked::Violated(witness),
    }
}
