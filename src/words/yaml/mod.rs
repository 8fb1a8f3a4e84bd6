//! YAML text in, typed values with source positions out: the one strict reader of every file a person writes.

mod blank;
mod json;
mod nearest;
mod node;
mod packed;
mod parse;
mod problem;
mod read;
#[cfg(test)]
mod tests;

pub use blank::{BLANK, blanks};
pub use nearest::{did_you_mean, nearest, slip_of};
pub use node::{Node, NodeKind, Span};
pub use packed::{pack, pack_text, unpack, unpack_text};
pub use parse::{parse, parse_all};
pub use problem::{Files, Problem, on_one_line, render};
pub use read::{Located, read};
