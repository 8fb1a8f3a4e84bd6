//! What a person wrote: the scenario files, their format and their strict loader.

mod check;
mod error;
mod expect;
mod files;
mod fixture;
mod format;
mod headers;
mod load;
mod placeholder;
mod race;
mod schema;
mod sequence;
#[cfg(test)]
mod tests;

pub use check::{
    BodyForm, Check, HeaderCheck, HeaderForm, JsonForm, On, OnlyNamed, OutcomeCheck, Property, Requests, ResourceRule,
    StepCheck, TagSource, When,
};
pub use error::LoadError;
pub use expect::{Expect, Outcome};
pub use files::{Texts, shipped_digest, shipped_texts, texts, with_shipped};
pub use fixture::Fixture;
pub use format::{
    Body, CellSetting, Credentials, Each, Endpoint, ExchangeCase, ExchangeFile, Feature, IfMatch, MatrixFile, Patch,
    PropertyFile, Request, ScenarioStep,
};
pub use headers::{HeaderValues, Headers};
pub use load::{Catalogue, Content, Origin, ScenarioFile, catalogue, read_files};
pub use placeholder::{Mention, Placeholder, mentions};
pub use race::{Contest, RaceCase, RaceClients, RaceFile, RaceRule, Release};
pub use schema::schema;
pub use sequence::{Generator, Sequence, SequenceFile};
