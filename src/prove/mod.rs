//! Shows that the suite finds what it must find, and that its readers withstand any input.

#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod selftest;
