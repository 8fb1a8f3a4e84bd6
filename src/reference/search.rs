//! Searches for appointments and slots, by the few parameters a harness needs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::appointment::{patients, reference};
use super::clause::Clause;
use super::date::begins;
use super::rejection::Rejection;
use super::store::{Obstacle, Store};
use super::terms::Terms;

/// The name and value of each query parameter, in order.
pub(super) type Query = [(String, String)];

/// Appointments by `_id`, `patient`, `date` and `status`.
///
/// # Errors
/// 400 where a vendor's server is asked for everything, or a date cannot be read (ERR-14).
pub(super) fn appointments(terms: &Terms, store: &Store, base_url: &str, query: &Query) -> Result<Value, Rejection> {
    let asks = query.iter().any(|(name, _)| ["_id", "patient", "date", "status"].contains(&name.as_str()));
    terms.require(Clause::SearchNarrowed, asks || !terms.promises.narrow_searches, || {
        "One of these parameters is required: _id, patient, date, status.".to_owned()
    })?;
    let mut found = Vec::new();
    for (id, stored) in store.appointments.iter().filter(|(_, stored)| stored.obstacle != Obstacle::Deleted) {
        let start = stored.resource.get("start").and_then(Value::as_str).and_then(begins);
        let matches = matches(query, |name, wanted| {
            Ok(match name {
                "_id" => wanted == id,
                "status" => wanted == stored.status_code(),
                "patient" => patients(&stored.resource).filter_map(reference).any(|found| found == patient_of(wanted)),
                "date" => lies(terms, start, wanted)?,
                _ => true,
            })
        })?;
        if matches {
            found.push((format!("Appointment/{id}"), stored.resource.clone()));
        }
    }
    Ok(bundle(base_url, "Appointment", query, found))
}

/// Slots by `_id`, `status` and `start`.
///
/// # Errors
/// 400 where a date cannot be read.
pub(super) fn slots(terms: &Terms, store: &Store, base_url: &str, query: &Query) -> Result<Value, Rejection> {
    let mut found = Vec::new();
    for (id, slot) in &store.slots {
        let matches = matches(query, |name, wanted| {
            Ok(match name {
                "_id" => wanted == id,
                "status" => wanted == if slot.free { "free" } else { "busy" },
                "start" => lies(terms, Some(slot.start), wanted)?,
                _ => true,
            })
        })?;
        if matches {
            found.push((format!("Slot/{id}"), slot.resource(id)));
        }
    }
    Ok(bundle(base_url, "Slot", query, found))
}

/// All parameters must match, and of each parameter one of its values; a date is one value.
fn matches(query: &Query, test: impl Fn(&str, &str) -> Result<bool, Rejection>) -> Result<bool, Rejection> {
    for (name, values) in query {
        let mut any = false;
        for value in values.split(',') {
            any |= test(name, value)?;
        }
        if !any {
            return Ok(false);
        }
    }
    Ok(true)
}

fn patient_of(wanted: &str) -> String {
    if wanted.starts_with("Patient/") { wanted.to_owned() } else { format!("Patient/{wanted}") }
}

/// Compares an instant with a search date such as `ge2026-01-01`; without a prefix, the same day.
fn lies(terms: &Terms, start: Option<Timestamp>, wanted: &str) -> Result<bool, Rejection> {
    let (prefix, date) = match wanted.get(..2) {
        Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_lowercase()) => (prefix, &wanted[2..]),
        Some(_) | None => ("eq", wanted),
    };
    let unreadable = || terms.reject(Clause::SearchDate, "A date cannot be read.".to_owned());
    let bound = begins(date).ok_or_else(unreadable)?;
    let Some(start) = start else { return Ok(false) };
    match prefix {
        "ge" => Ok(start >= bound),
        "gt" => Ok(start > bound),
        "le" => Ok(start <= bound),
        "lt" => Ok(start < bound),
        "eq" if date.contains('T') => Ok(start == bound),
        "eq" => Ok(start.as_second().div_euclid(86_400) == bound.as_second().div_euclid(86_400)),
        _ => Err(unreadable()),
    }
}

/// A searchset; `_count` shortens it, `total` does not.
fn bundle(base_url: &str, kind: &str, query: &Query, found: Vec<(String, Value)>) -> Value {
    let most = query.iter().find(|(name, _)| name == "_count").and_then(|(_, count)| count.parse().ok());
    let entry = |(path, resource): &(String, Value)| json!({ "fullUrl": format!("{base_url}/{path}"), "resource": resource, "search": { "mode": "match" } });
    let entries: Vec<Value> = found.iter().take(most.unwrap_or(usize::MAX)).map(entry).collect();
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": found.len(),
        "link": [{ "relation": "self", "url": format!("{base_url}/{kind}") }],
    });
    if !entries.is_empty() {
        bundle["entry"] = Value::from(entries);
    }
    bundle
}
