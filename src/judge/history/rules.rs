//! What is demanded of a history besides an order, and what a check comes to.

use super::witness::Witness;

/// Whether an order explains a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    Holds,
    Violated(Witness),
    /// Undecided, with the reason.
    Undecided(String),
}

/// What is demanded besides an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryRules {
    /// A version that stands for two states is a violation. Where it is not, it takes the general search to find
    /// out whether an order exists.
    pub versions_are_unique: bool,
    /// A read may show what was current so long before it was sent, in the unit of the clock.
    pub settles: u64,
    /// Steps of the general search before it gives up.
    pub steps: u64,
}

impl Default for HistoryRules {
    fn default() -> HistoryRules {
        HistoryRules { versions_are_unique: true, settles: 0, steps: 2_000_000 }
    }
}
