//! GET /metadata: what the server says it can do.

use serde_json::{Value, json};

use super::terms::Terms;
use crate::words::fhir::JSON_PATCH;

/// The CapabilityStatement (BASE-14).
pub(super) fn statement(terms: &Terms, base_url: &str) -> Value {
    let interactions = ["read", "search-type", "create", "patch"].map(|code| json!({ "code": code }));
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2024-03-21",
        "kind": "instance",
        "software": { "name": "patchproof reference server", "version": terms.edition },
        "implementation": { "description": "A reference server for conformance tests", "url": base_url },
        "fhirVersion": terms.promises.fhir_version,
        "format": ["json"],
        "rest": [{
            "mode": "server",
            "resource": [
                { "type": "Appointment", "versioning": "versioned", "interaction": interactions },
                { "type": "Slot", "interaction": [{ "code": "read" }, { "code": "search-type" }] },
            ],
        }],
        "patchFormat": [JSON_PATCH],
    })
}
