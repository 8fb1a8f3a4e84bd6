//! Appointments and slots in memory: every change makes a version, and a change is written whole or not at all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointment::{instant, narrate, stamp, status};
use super::precondition::IfMatch;
use crate::fhir::EntityTag;

/// Everything the server remembers.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) appointments: BTreeMap<String, Record>,
    pub(super) slots: BTreeMap<String, Slot>,
    next_id: u64,
    first_version: u64,
}

/// One appointment.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// The resource as a read shows it.
    pub(super) resource: Value,
    pub(super) version: u64,
    pub(super) updated: Timestamp,
    pub(super) condition: Held,
    /// What a read shows once more; only the fault `stale-read` sets it.
    pub(super) echo: Option<(Value, u64)>,
    /// How often it was read since the last change; only the fault `reopen-after-read` asks.
    pub(super) reads: u32,
}

/// What stands in the way of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Free,
    /// Someone else is modifying it (ERR-10).
    Locked,
    /// An operation that the change depends on fails (ERR-11).
    FailingDependency,
    Deleted,
}

/// A stretch of a practitioner's time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    pub(super) free: bool,
    pub(super) start: Timestamp,
    pub(super) minutes: i64,
}

/// A resource to write, and what happens to slots with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) resource: Value,
    /// The slot that is taken.
    pub(super) takes: Option<String>,
    /// The slot that is given back.
    pub(super) frees: Option<String>,
}

impl Store {
    /// An empty store that numbers appointments and versions from these.
    pub(super) fn new(first_id: u64, first_version: u64) -> Store {
        Store { next_id: first_id, first_version, ..Store::default() }
    }

    /// Adds an appointment under the next id.
    pub(super) fn add(&mut self, resource: Value, condition: Held) -> String {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let updated = Timestamp::now();
        let mut record = Record { resource, version: self.first_version, updated, condition, echo: None, reads: 0 };
        narrate(&mut record.resource);
        let version = record.version();
        stamp(&mut record.resource, &id, &version, updated);
        self.appointments.insert(id.clone(), record);
        id
    }

    /// Writes a change as the next version; one that changes nothing is a version too (VER-18).
    pub(super) fn commit(&mut self, id: &str, change: Change) {
        if let Some(slot) = change.frees.and_then(|slot| self.slots.get_mut(&slot)) {
            slot.free = true;
        }
        if let Some(slot) = change.takes.and_then(|slot| self.slots.get_mut(&slot)) {
            slot.free = false;
        }
        let Some(record) = self.appointments.get_mut(id) else { return };
        record.resource = change.resource;
        record.advance(id);
    }

    /// How often an appointment was changed since it came to be.
    pub(super) fn changes(&self, record: &Record) -> u64 {
        record.version.saturating_sub(self.first_version)
    }

    /// Whether an If-Match names one version that was current before.
    pub(super) fn was_current(&self, record: &Record, claim: &IfMatch) -> bool {
        let IfMatch::Tags(tags) = claim else { return false };
        let earlier = self.first_version..record.version;
        matches!(tags.as_slice(), [tag] if tag.opaque().parse().is_ok_and(|version| earlier.contains(&version)))
    }

    /// The tag of the first version of any appointment.
    pub(super) fn first_version(&self) -> String {
        self.first_version.to_string()
    }
}

impl Record {
    /// The version as it stands in `meta.versionId` and in the entity tag: a number to us, opaque to everyone else.
    pub(super) fn version(&self) -> String {
        self.version.to_string()
    }

    /// The entity tag a client has to send.
    pub(super) fn tag(&self) -> Option<EntityTag> {
        EntityTag::weak(&self.version())
    }

    /// Makes the next version of what the record holds now.
    pub(super) fn advance(&mut self, id: &str) {
        self.version += 1;
        self.reads = 0;
        self.updated = Timestamp::now();
        let version = self.version();
        stamp(&mut self.resource, id, &version, self.updated);
    }

    /// The status, where it is one of the ten codes.
    pub(super) fn status_code(&self) -> &'static str {
        status(&self.resource).map_or("", |status| status.code())
    }
}

impl Slot {
    /// When it ends.
    pub(super) fn end(&self) -> Timestamp {
        self.start.saturating_add(SignedDuration::from_mins(self.minutes)).unwrap_or(self.start)
    }

    /// The FHIR Slot.
    pub(super) fn resource(&self, id: &str) -> Value {
        json!({
            "resourceType": "Slot",
            "id": id,
            "serviceType": [{ "coding": [{ "system": "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14249", "code": "4047611", "display": "Follow Up" }] }],
            "schedule": { "reference": "Schedule/24477854-21304876-62852027-0" },
            "status": if self.free { "free" } else { "busy" },
            "start": instant(self.start),
            "end": instant(self.end()),
        })
    }
}
