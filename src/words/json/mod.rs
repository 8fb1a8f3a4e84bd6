//! JSON as targets send it: read as deep as we promise, on threads that can hold it.

mod read;
mod stack;
#[cfg(test)]
mod tests;

pub use read::{JsonError, MAX_DEPTH, is_too_deep, read};
pub use stack::{STACK, on_deep_stack};
