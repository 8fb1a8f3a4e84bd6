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
}

/// Prints the schema.
pub(super) fn run(format: SchemaOf) -> Exit {
    let text = match format {
        SchemaOf::Scenario => crate::suite::scenario::schema(),
        SchemaOf::Target => crate::sut::schema(),
    };
    common::out(&text)
}
