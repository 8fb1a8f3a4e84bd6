//! JSON as targets send it: read as deep as we promise, on threads that can hold it.

mod difference;
mod names;
mod place;
mod read;
mod shown;
mod stack;
#[cfg(test)]
mod tests;

pub use difference::{differences, same_instant, within};
pub use names::repeated_name;
pub use place::path_at;
pub use read::{BYTE_ORDER_MARK, JsonError, MAX_DEPTH, MAX_VALUES, is_too_large, read, size_in_memory, unmarked};
pub use shown::shown;
pub use stack::{STACK, on_deep_stack};
