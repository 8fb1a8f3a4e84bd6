//! The checker against a checker too simple to be wrong, on small histories, and against planted anomalies in large ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

mod brute;
mod large;
mod small;
mod told;
