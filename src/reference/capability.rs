//! GET /metadata: what the server says it can do.

use serde_json::{Value, json};

use super::Rules;
use super::fault::Fault;
use crate::suite::contract::Edition;
use crate::words::fhir::JSON_PATCH;

/// The CapabilityStatement (BASE-14).
pub(super) fn statement(rules: &Rules, base_url: &str) -> Value {
    let hidden = rules.has(Fault::HidePatchCapability);
    let interactions: Vec<Value> = ["read", "search-type", "create", "patch"]
        .into_iter()
        .filter(|code| !hidden || *code != "patch")
        .map(|code| json!({ "code": code }))
        .collect();
    let mut statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2024-03-21",
        "kind": "instance",
        "software": { "name": "patchproof reference server", "version": rules.edition.id() },
        "implementation": { "description": "A reference server for conformance tests", "url": base_url },
        "fhirVersion": if rules.edition == Edition::May2019 { "4.0.0" } else { "4.0.1" },
        "format": ["json"],
        "rest": [{
            "mode": "server",
            "resource": [
                { "type": "Appointment", "versioning": "versioned", "interaction": interactions },
                { "type": "Slot", "interaction": [{ "code": "read" }, { "code": "search-type" }] },
            ],
        }],
    });
    if !hidden {
        statement["patchFormat"] = json!([JSON_PATCH]);
    }
    statement
}
