//! What bounds the pace of a run.

/// What bounds the pace of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PaceLimits {
    /// Requests per second at most.
    pub rate: Option<f64>,
    /// Requests under way at most.
    pub in_flight: Option<u16>,
}
