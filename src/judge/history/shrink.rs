//! Makes a small witness of a history for which the general search found no order.

use super::operation::{History, NEVER, OperationKind};
use super::rules::HistoryRules;
use super::search::{SearchResult, search};
use super::witness::{Anomaly, Witness};

/// Histories up to this many operations are made smaller one operation at a time.
const SMALL: usize = 64;

/// The operations that cannot be explained together; `stuck` stands in where trying them one by one takes too long.
///
/// An operation is set aside by weakening it, never by taking it out: a refusal or read then says nothing, and a success
/// may have taken effect or not. If there is still no order, the operation was not to blame.
pub(super) fn shrink(history: &History, rules: HistoryRules, stuck: &[u32]) -> Witness {
    if history.operations.len() > SMALL {
        return classified(history, stuck.to_vec());
    }
    let rules = HistoryRules { steps: (rules.steps / 16).clamp(1_000, 50_000), ..rules };
    let mut weaker = history.clone();
    let mut blamed = Vec::new();
    for (place, operation) in (0u32..).zip(&history.operations) {
        let weakened = &mut weaker.operations[place as usize];
        match operation.kind {
            OperationKind::Read | OperationKind::Conflict | OperationKind::Rejected => {
                weakened.kind = OperationKind::Neutral
            }
            OperationKind::Write => (weakened.kind, weakened.ret) = (OperationKind::Unknown, NEVER),
            OperationKind::Locked | OperationKind::Neutral | OperationKind::Unknown => continue,
        }
        if !matches!(search(&weaker, rules), SearchResult::None(_)) {
            weaker.operations[place as usize] = *operation;
            blamed.push(place);
        }
    }
    classified(history, blamed)
}

fn classified(history: &History, blamed: Vec<u32>) -> Witness {
    let anomaly = match blamed.as_slice() {
        [one, other] => {
            let (one, other) = (history.at(*one), history.at(*other));
            let same = one.expected.is_some() && one.expected == other.expected;
            match (one.kind, other.kind) {
                (OperationKind::Write, OperationKind::Write)
                    if same && (one.ret < other.call || other.ret < one.call) =>
                {
                    Anomaly::LostUpdate
                }
                (OperationKind::Write, OperationKind::Write) if same => Anomaly::TwoWinners,
                _ => Anomaly::NoOrder,
            }
        }
        _ => Anomaly::NoOrder,
    };
    Witness::new(anomaly, blamed)
}
