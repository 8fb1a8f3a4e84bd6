//! Words that every stage shares: FHIR and HTTP terms, YAML as people write it, files and their bounds.

pub mod coding;
pub mod digest;
pub mod fhir;
pub mod file;
pub mod json;
pub mod jws;
pub mod path;
pub mod primitive;
pub mod schema;
pub mod shipped;
pub mod trace;
pub mod yaml;
