//! Patchproof tells, with evidence that anyone can re-check, whether a server keeps the contract of `PATCH /Appointment/:id`.

pub mod fhir;
pub mod shipped;
pub mod yaml;

pub mod contract;

pub mod scenario;

pub mod model;

pub mod plan;

pub mod target;

pub mod execute;

pub mod judge;

pub mod record;

pub mod campaign;

pub mod report;

pub mod server;

pub mod cli;
