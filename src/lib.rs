//! Patchproof tells, with evidence that anyone can re-check, whether a server keeps the contract of `PATCH /Appointment/:id`.
//!
//! This file is the map. Data flows from left to right; a stage imports only from stages to its left:
//!
//! ```text
//! contract   scenario ──► plan ──► execute ──► judge ──► record ──► report
//! promised   written     decided    seen       meant    the run     shown
//!                                    │
//!                      any target URL ┴ or the embedded reference server (clean, or with faults)
//! ```
//!
//! `fhir` has the words both sides of the wire share, `yaml` reads what a person writes, `shipped` holds the files of
//! `scenarios/`. `redact` takes protected values out of what was seen. `model` says what should happen, `target` where
//! requests go, `campaign` runs the loop, `selftest` shows that the suite finds what it is meant to find, `cli` is the rim.
//! Right of the record, `verify` judges it again, `snapshot` keeps answers and tells drift, `compare` puts runs beside each
//! other and `attest` signs them. `fuzz` (built for tests and for libFuzzer only) says what each reader
//! promises for any input at all.

pub mod fhir;
pub mod shipped;
pub mod yaml;

pub mod contract;

pub mod scenario;

pub mod model;

pub mod plan;

pub mod target;

pub mod execute;

pub mod redact;

pub mod judge;

pub mod record;

pub mod verify;

pub mod campaign;

pub mod snapshot;

pub mod compare;

pub mod attest;

pub mod report;

pub mod server;

pub mod selftest;

pub mod cli;

#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
