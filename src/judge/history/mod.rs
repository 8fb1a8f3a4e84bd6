//! Checks what concurrent clients saw of one versioned register with compare-and-swap: is there an order of their
//! operations, within real time, that explains every answer?
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
mod search;
mod shrink;
mod sweep;
#[cfg(test)]
mod tests;
mod witness;

use operation::Survey;

pub use operation::{History, Kind, Mark, NEVER, Names, Operation, Tag};
pub use witness::{Anomaly, Witness};

/// Whether an order explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    Violated(Witness),
    /// It could not be found out, and why.
    Undecided(String),
}

/// What is demanded besides an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A version that stands for two states is a violation. Where it is not, it takes the general search to tell whether
    /// an order exists.
    pub versions_are_unique: bool,
    /// Steps of the general search before it gives up.
    pub steps: u64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { versions_are_unique: true, steps: 2_000_000 }
    }
}

/// Checks a history of one register.
pub fn check(history: &History, rules: Rules) -> Verdict {
    let survey = history.survey();
    if let Some(place) = survey.untimely {
        let how =
            if history.operations[place].call == NEVER { "begins at no instant" } else { "ends before it begins" };
        return Verdict::Undecided(format!("operation {place} {how}, so its clock cannot be trusted"));
    }
    if history.operations.len() >= u32::MAX as usize / 2 {
        return Verdict::Undecided("the history has more operations than can be numbered".to_owned());
    }
    let ordered = match chain::follow(history, rules, &survey) {
        Ok(chain) => sweep::sweep(history, &chain),
        Err(chain::Stop::Violated(witness)) => Err(witness),
        Err(chain::Stop::Search(reason)) => match search::search(history, rules) {
            search::Answer::Found => Ok(()),
            search::Answer::Spent => return undecided(history, &survey, reason, rules.steps),
            search::Answer::None(stuck) => Err(shrink::shrink(history, rules, &stuck)),
        },
    };
    match ordered.and_then(|()| locks::check(history, &survey)) {
        Ok(()) => Verdict::Holds,
        Err(mut witness) => {
            witness.operations.sort_by_key(|place| (history.operations[*place].call, *place));
            Verdict::Violated(witness)
        }
    }
}

/// The search gave up; a lock for no reason is a violation all the same.
fn undecided(history: &History, survey: &Survey, reason: &str, steps: u64) -> Verdict {
    match locks::check(history, survey) {
        Ok(()) => {
            Verdict::Undecided(format!("{reason}, and no order was found or excluded in {steps} steps of search"))
        }
        Err(witness) => Verdict::Violated(witness),
    }
}
