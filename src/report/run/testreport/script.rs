//! The TestScript that a TestReport mirrors: what each case sent and which rules it asserts, as far as R4 can say it.

use serde_json::{Value, json};

use super::parts::{BASE, LONGEST, operations, string};
use crate::record::{CaseRecord, ExchangeRecord, Level, RunRecord};
use crate::report::page::clean::{clean, cut};

/// The id within the report.
pub(super) const ID: &str = "script";
/// A name as a program would have it.
pub(super) const NAME: &str = "PatchproofRun";

/// The id of a test, the same in script and report.
pub(super) fn test_id(place: usize) -> String {
    format!("t{}", place + 1)
}

/// The script. Races, generated lists and reads compared with each other have no words in R4; their requests stand as
/// they were sent.
pub(super) fn script(record: &RunRecord) -> Value {
    let mut script = json!({
        "resourceType": "TestScript",
        "id": ID,
        "url": format!("{BASE}/TestScript/{}", record.edition),
        "version": string(&record.tool.version),
        "name": NAME,
        "title": string(&format!("The contract of PATCH on Appointment: {}", record.contract.title)),
        "status": "active",
        "origin": [{ "index": 1, "profile": {
            "system": "http://terminology.hl7.org/CodeSystem/testscript-profile-origin-types", "code": "FHIR-Client" } }],
        "destination": [{ "index": 1, "profile": {
            "system": "http://terminology.hl7.org/CodeSystem/testscript-profile-destination-types", "code": "FHIR-Server" } }],
        "metadata": { "capability": [{
            "required": true, "validated": false, "description": "PATCH on Appointment",
            "link": ["https://hl7.org/fhir/R4/http.html#patch"],
            "capabilities": format!("{BASE}/CapabilityStatement/appointment-patch") }] },
    });
    let tests: Vec<Value> = record.cases.iter().enumerate().map(|(place, case)| test(record, place, case)).collect();
    if !tests.is_empty() {
        script["test"] = tests.into();
    }
    script
}

fn test(record: &RunRecord, place: usize, case: &CaseRecord) -> Value {
    let ids = operations(record, case);
    let exchanges = ids.iter().filter_map(|id| record.exchange(*id));
    let mut actions: Vec<Value> =
        exchanges.map(|exchange| json!({ "operation": operation(record, exchange) })).collect();
    actions.extend(case.requirements.iter().map(|id| {
        let requirement = record.requirement(id);
        let statement = requirement.map(|requirement| requirement.statement.as_str()).unwrap_or_default();
        json!({ "assert": {
            "label": id.as_str(),
            "description": string(statement),
            "direction": "response",
            "warningOnly": requirement.is_none_or(|requirement| requirement.level != Level::Must),
        } })
    }));
    if actions.is_empty() {
        actions.push(json!({ "assert": { "description": string(&case.title), "warningOnly": true } }));
    }
    json!({ "id": test_id(place), "name": string(&case.id.0), "description": string(&case.title), "action": actions })
}

fn operation(record: &RunRecord, exchange: &ExchangeRecord) -> Value {
    let sent = &exchange.request;
    let base = record.target.base_url.trim_end_matches('/');
    let place = sent.url.strip_prefix(base).filter(|place| place.starts_with('/')).unwrap_or(&sent.url);
    let mut operation = json!({
        "label": format!("exchange-{}", exchange.id),
        "description": string(&format!("{} {place} {}", sent.method, sent.body.text().unwrap_or("(not text)"))),
        "destination": 1,
        "origin": 1,
        "encodeRequestUrl": false,
        "url": string(place),
    });
    let method = sent.method.to_ascii_lowercase();
    if ["delete", "get", "options", "patch", "post", "put", "head"].contains(&method.as_str()) {
        operation["method"] = method.into();
    }
    let headers: Vec<Value> = sent
        .headers
        .iter()
        .filter(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty())
        .map(|(name, value)| json!({ "field": string(name), "value": cut(&clean(value.trim()), LONGEST) }))
        .collect();
    if !headers.is_empty() {
        operation["requestHeader"] = headers.into();
    }
    operation
}
