//! Another client, who writes to the appointments that a run uses.

use serde_json::Value;

use crate::reference::memory::Version;
use crate::reference::store::Store;

/// Of so many appointments one is written to.
const ONE_IN: u64 = 10;
/// At these reads of an appointment, counted from 1, someone else's change has just been made.
const AT: [u32; 3] = [2, 5, 9];

/// Before some reads someone else gives the appointment another description, which makes a version.
pub(super) fn writes_now_and_then(store: &mut Store, id: &str) -> Option<Version> {
    let number: u64 = id.parse().ok()?;
    let trace = store.memory.trace_mut(id);
    trace.reads_ever = trace.reads_ever.saturating_add(1);
    let reads = trace.reads_ever;
    if number.is_multiple_of(ONE_IN) && AT.contains(&reads) {
        let stored = store.appointments.get_mut(id)?;
        stored.resource["description"] = Value::from(format!("As the front desk has it, {reads}"));
        stored.advance(id);
    }
    None
}
