//! What is promised and what is written: the contract's tables and the scenarios that check them.

pub mod check;
pub mod contract;
pub mod scenario;
