//! What is done with a record after its run: judge it again, compare it, watch for drift, sign it.

pub mod attest;
pub mod compare;
pub mod drift;
pub mod verify;
