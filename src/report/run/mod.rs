//! The reports of one run, one file or folder per format, each a pure function from the run record to text.

pub mod annotations;
pub mod badge;
pub mod csv;
pub mod drift;
pub mod events;
pub mod format;
pub mod har;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod replayed;
pub mod testreport;
pub mod text;

mod findings;
mod fixtures;
mod reasons;
mod requirement;
