//! Shown: one file per format, each a pure function from the run record to text.

pub mod annotations;
pub mod badge;
pub mod comparison;
pub mod csv;
pub mod curl;
pub mod drift;
pub mod events;
pub mod format;
pub mod har;
pub mod html;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod matrix;
pub mod replayed;
pub mod terminal;
pub mod testreport;

mod clean;
mod page;
mod problem;
#[cfg(test)]
pub(crate) mod samples;
mod seen;
mod tally;
mod words;

pub(crate) use clean::{clean, cut};
pub use comparison::{comparison_markdown, comparison_text};
pub use curl::curl;
pub use drift::drift;
pub use format::{Format, Unwritable};
pub use har::har;
pub use listing::{Cannot, PlanListing, StateNeed, plan_text};
pub use matrix::{matrix_csv, matrix_markdown, matrix_text};
pub use replayed::{Replayed, replayed};
pub use terminal::{Verbosity, View, terminal};
