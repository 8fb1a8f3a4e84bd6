//! Why a runner cannot go on.

/// Why a runner cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    /// The run has to stop; cases left over are reported together.
    Stopped,
    /// This cannot be done, and why.
    Cannot(String),
}
