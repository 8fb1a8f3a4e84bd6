//! Why scenarios could not be loaded.

use crate::words::yaml::{Files, Problem};

/// Why no catalogue could be made.
#[derive(Debug)]
pub enum LoadError {
    /// A folder or file cannot be read.
    Unreadable { path: String, cause: std::io::Error },
    /// The folder has no scenario file.
    Empty { path: String },
    /// The files have mistakes.
    Problems { problems: Vec<Problem>, files: Files },
}
