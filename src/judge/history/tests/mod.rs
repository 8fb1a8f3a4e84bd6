//! The checker against a checker too simple to be wrong, on small histories, and against planted anomalies in large ones.

mod brute;
mod large;
mod small;
mod told;
