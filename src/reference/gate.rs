//! The checks that a PATCH passes before its document is judged, as a list that can be put in another order.

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// The appointment is there (ERR-08, ERR-16).
    Exists,
    /// The client takes JSON (HDR-02 to HDR-06).
    TakesJson,
    /// The body is a JSON Patch document by its label (HDR-07 to HDR-10).
    CarriesJsonPatch,
    /// If-Match names the current version (VER-04 to VER-14).
    Precondition,
    /// Nothing stands in the way of a change (ERR-10, ERR-11).
    Unobstructed,
    /// The values of the document have the shapes the table asks for; only a server that looks early has it.
    Values,
    /// The document makes a valid change; only a server that looks early has it.
    Judgement,
}

/// The order of RFC 9110 section 13.2.1: what would be rejected without a precondition comes first, then the
/// precondition, then what depends on the state (VER-21, VER-22, C-32).
pub(super) const DOCUMENTED: [Gate; 5] =
    [Gate::Exists, Gate::TakesJson, Gate::CarriesJsonPatch, Gate::Precondition, Gate::Unobstructed];
