//! What the model is given: the appointment as the last read shows it, and a PATCH as it goes over the wire.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::words::fhir::AppointmentStatus;

/// The appointment before a request, as the last read shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppointmentState {
    pub resource: Value,
    /// The opaque part of the current tag; `None` where a read shows no version.
    pub version: Option<String>,
    /// The current tag is strong: that form of it is the server's, and the weak one is another.
    pub strong: bool,
    /// Opaque parts of tags that were current before.
    pub earlier: BTreeSet<String>,
    /// References to slots that are known to be free.
    pub free_slots: BTreeSet<String>,
}

impl AppointmentState {
    /// The status, where it is one of the ten codes.
    pub fn status(&self) -> Option<AppointmentStatus> {
        self.resource.get("status")?.as_str()?.parse().ok()
    }
}

/// A PATCH as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct PatchRequest<'a> {
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}
