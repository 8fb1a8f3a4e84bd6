//! Shown: reports of a run and of several runs beside each other, pure functions from records to text.

pub mod comparison;
pub mod guide;
pub mod run;

mod page;
#[cfg(test)]
pub(crate) mod samples;

pub use comparison::markdown::comparison_markdown;
pub use comparison::matrix::{matrix_csv, matrix_markdown, matrix_text};
pub use comparison::text::comparison_text;
pub use guide::guide;
pub(crate) use page::clean::{clean, cut};
pub use page::curl::curl;
pub use page::look::{TextView, Verbosity};
pub use run::drift::drift;
pub use run::events;
pub use run::format::{Format, Unwritable};
pub use run::har::har;
pub use run::replayed::{Replayed, replayed};
pub use run::text::terminal;
