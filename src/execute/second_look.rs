//! The second look: what overload or an outage left without a verdict is asked once more at the end of a run, on fresh
//! appointments.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evidence::{Evidence, Trial};
use super::lane::Driver;
use super::panics::caught;
use super::session::Session;
use crate::plan::{Act, CaseId, Plan};

/// Sends the acts once more of whose cases a response said nothing of the contract: with those cases alone, and with what
/// leads on from the act, as it is their control.
pub(super) async fn all(plan: &Plan, session: &Arc<Session>, evidence: &mut Evidence) {
    let acts = unanswered(plan, evidence);
    for (lane, act) in acts {
        if session.is_stopped() || session.headline().is_some() {
            return;
        }
        let mut driver = Driver::new(session.clone(), lane);
        if let Err(reason) = caught(driver.look_again(&act)).await {
            driver.fail(&reason, act.cases());
        }
        driver.finish(evidence);
    }
}

/// The acts that are to be sent once more, each with the number of its lane.
fn unanswered(plan: &Plan, evidence: &Evidence) -> Vec<(u32, Act)> {
    let mut last: BTreeMap<&CaseId, bool> = BTreeMap::new();
    for attempt in evidence.trials.iter().filter_map(Trial::attempt) {
        last.insert(attempt.case, evidence.is_hindered(attempt.seen));
    }
    let is_open = |index: &usize| plan.cases.get(*index).is_some_and(|case| last.get(&case.head.id) == Some(&true));
    let mut acts = Vec::new();
    for (number, lane) in (1..).zip(&plan.lanes) {
        for act in &lane.acts {
            let tries: Vec<usize> = act.tries.iter().copied().filter(is_open).collect();
            if !tries.is_empty() || act.cases().any(|index| is_open(&index)) {
                acts.push((number, Act { tries, ..act.clone() }));
            }
        }
    }
    acts
}
