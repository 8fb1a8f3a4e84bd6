//! Shown: one file per format, each a pure function from the run record to text.

pub mod badge;
pub mod csv;
pub mod curl;
pub mod events;
pub mod format;
pub mod html;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod terminal;
pub mod testreport;

mod clean;
mod page;
mod problem;
#[cfg(test)]
mod samples;
mod seen;
mod tally;
mod words;

pub use curl::curl;
pub use format::{Format, Unwritable};
pub use listing::{Cannot, PlanListing, StateNeed, plan_text};
pub use terminal::{Verbosity, View, terminal};
