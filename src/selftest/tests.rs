//! The selftest can fail.
