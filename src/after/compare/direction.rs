//! Is one verdict worse than another? The order of design section 4.5, and what it leaves to be said about lost evidence.

use serde::{Deserialize, Serialize};

use crate::record::Verdict;

/// How a verdict changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Worse,
    Better,
    /// Changed, and neither: no longer decided, or no longer said to apply.
    Aside,
}

impl Direction {
    /// The direction of a change; `None` where there is none.
    ///
    /// Worse follows the roll-up order (error, fail, inconclusive, not-tested, warn, pass), with three additions. A rule
    /// newly seen broken is worse than trouble of the harness. What was tested and no longer is got worse whatever it
    /// was, for nothing is green by accident. And a failure that can no longer be decided did not get better.
    pub fn of(before: Verdict, after: Verdict) -> Option<Direction> {
        use Verdict::{Error, Fail, Inconclusive, NotApplicable, NotTested, Observed, Pass, Warn};
        let direction = match (before, after) {
            (before, after) if before == after => return None,
            (_, Fail | Error) => Direction::Worse,
            (Error | Fail, Inconclusive) | (Error | Inconclusive, NotTested) => Direction::Aside,
            (_, Inconclusive | NotTested) => Direction::Worse,
            (Pass | Observed | NotApplicable, Warn) => Direction::Worse,
            (_, NotApplicable) => Direction::Aside,
            (Observed | NotApplicable, Pass) | (Pass | NotApplicable, Observed) => Direction::Aside,
            (_, Warn | Pass | Observed) => Direction::Better,
        };
        Some(direction)
    }
}

/// The weight of a verdict in a list: failures first, then as they roll up.
pub(super) fn weight(verdict: Verdict) -> (bool, Verdict) {
    (verdict != Verdict::Fail, verdict)
}
