//! What is promised and what is written: the contract's tables and the scenarios that check them.

pub mod check;
pub mod contract;
pub mod scenario;

/// The version of the suite: of its requirements, cases and rules of judgement together. A record says which one judged it.
pub const VERSION: u32 = 1;
