//! Patchproof tells, with evidence that anyone can re-check, whether a server keeps the contract of `PATCH /Appointment/:id`.
//!
//! This file is the map. Data flows from left to right; a stage imports only from stages to its left:
//!
//! ```text
//! suite         ──► plan ──► execute ──► judge ──► record ──► report
//! promised,       decided    seen       meant    the run     shown
//! written                      │
//!                any target URL ┴ or the embedded reference server (clean, or with faults)
//! ```
//!
//! - `words`: FHIR and HTTP terms, YAML as people write it, the shipped files.
//! - `suite`: `contract` is what is promised, `scenario` what a person wrote; `check` sees both and resolves every name.
//! - `plan`: what will be sent, decided before the first request; `model`: what should happen.
//! - `sut`: where requests go; `execute`: what was seen; `redact`: protected values leave here.
//! - `judge`: what it means; `record`: the run as one value; `campaign`: the loop over all of them.
//! - `after`: verify, compare, drift and attest, all on records; `report`: what people and machines read.
//! - `reference`: the reference server with its faults and variants; `prove`: selftest and fuzzing.
//! - `cli`: the command line.

// A test may name one variant and fail with any other.
#![cfg_attr(test, allow(clippy::wildcard_enum_match_arm))]

pub mod words;

pub mod suite;

pub mod plan;

pub mod model;

pub mod sut;

pub mod execute;

pub mod redact;

pub mod judge;

pub mod record;

pub mod campaign;

pub mod after;

pub mod report;

pub mod reference;

pub mod prove;

pub mod cli;
