//! What a person wrote: the scenario files, their format and their strict loader.

mod check;
mod check_sequence;
mod format;
mod load;
mod race;
mod schema;
mod sequence;
#[cfg(test)]
mod tests;

pub use check::{
    BodyForm, Check, HeaderCheck, HeaderForm, On, OutcomeCheck, Property, ResourceRule, StepCheck, TagSource, When,
};
pub use format::{
    Body, Credentials, Each, Endpoint, ExchangeCase, ExchangeFile, Expect, Feature, Fixture, HeaderValues, Headers,
    IfMatch, MatrixCell, MatrixFile, Outcome, Patch, PropertyFile, Request, Step,
};
pub use load::{
    Catalogue, LoadError, Origin, Texts, load_folder, load_text, shipped, shipped_digest, texts, with_texts,
};
pub use race::{Contest, RaceCase, RaceClients, RaceFile, RaceRule, Release};
pub use schema::schema;
pub use sequence::{Generator, Sequence, SequenceFile};
