//! What the lists of one case came to, in figures and failures.

use super::counterexample::ShrunkFailure;
use crate::plan::CaseId;

/// What the lists of one case came to, besides its result.
#[derive(Debug, Clone, PartialEq)]
pub struct ListsResult {
    /// The case.
    pub case: CaseId,
    /// What the lists were drawn from.
    pub seed: u64,
    /// Lists that were sent.
    pub lists: u32,
    /// Steps that were sent.
    pub steps: usize,
    /// Steps that could not be made.
    pub skipped: usize,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    /// Requests that were sent, those of making lists smaller included.
    pub requests: usize,
    /// Lists that are only counted.
    pub not_kept: u32,
    /// Why not all lists were sent.
    pub trouble: Option<String>,
    /// The failures that were made smaller.
    pub counterexamples: Vec<ShrunkFailure>,
}
