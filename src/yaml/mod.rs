//! YAML text in, typed values with source positions out: the one strict reader of every file a person writes.

mod node;
mod problem;
mod read;

pub use node::{Kind, Node, Span, parse, parse_all};
pub use problem::{Files, Problem, render};
pub use read::{Located, read};
