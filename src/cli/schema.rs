//! `patchproof schema`: prints the JSON Schema of a file format.

use super::common;
use super::exit::Exit;

/// The formats that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SchemaOf {
    /// Scenario files
    Scenario,
    /// Target files
    Target,
    /// Run records (`run.json`)
    Record,
    /// One line of the events of a run
    Events,
}

/// Prints the schema.
pub(super) fn run(format: SchemaOf) -> Exit {
    let text = match format {
        SchemaOf::Scenario => crate::suite::scenario::schema(),
        SchemaOf::Target => crate::sut::schema(),
        SchemaOf::Record => crate::record::schema(),
        SchemaOf::Events => crate::report::events::schema(),
    };
    common::out(&text)
}
