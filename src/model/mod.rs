//! What should be: the sequential model of an appointment, one pure step from a state and a request to the allowed outcomes.
//!
//! It is written from the contract's tables and readings. What no document decides stays open: then both a success and a
//! refusal are allowed. The reference server does not use it, and it does not use the reference server. A vendor's patch
//! is a list of commands and is never applied here (reading C-08); only in the base specification is the resource
//! predicted, by applying the document to a copy.

mod allowed;
mod base;
mod document;
mod headers;
mod predict;
mod resource;
mod state;
mod step;
mod value;
mod vendor;
mod weighing;

pub use allowed::{Allowed, AllowedOutcome, PermittedChange, Reason};
pub use predict::{Predicted, is_patch_document, predict};
pub use resource::{ResourceBreach, check_resource, new_faults};
pub use state::{AppointmentState, PatchRequest};
pub use step::step;

#[cfg(test)]
mod tests;
