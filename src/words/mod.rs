//! Words that every stage shares: FHIR and HTTP terms, YAML as people write it, the files that are shipped.

pub mod digest;
pub mod fhir;
pub mod json;
pub mod schema;
pub mod shipped;
pub mod yaml;
