//! Appointments and slots in memory: every change makes a version, and a change is written whole or not at all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointment::{instant, narrate, stamp, status};
use super::precondition::IfMatch;
use super::tag::TagShape;
use crate::words::fhir::EntityTag;

/// Everything the server remembers.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) appointments: BTreeMap<String, Record>,
    pub(super) slots: BTreeMap<String, Slot>,
    next_id: u64,
    first_version: u64,
    style: Style,
}

/// How the appointments of a store look where the contract leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style {
    pub(super) tags: TagShape,
    pub(super) no_narrative: bool,
    pub(super) extra_members: bool,
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
    /// What the last change replaced; only faults under load look at it.
    pub(super) replaced: Option<(Value, u64)>,
    /// Until when reads show what was replaced; only the fault `stale-read-under-load` sets it.
    pub(super) behind_until: Option<Timestamp>,
    /// How often it was read since the last change; only the fault `reopen-after-read` asks.
    pub(super) reads: u32,
    /// The last change met another one; only the fault `locked-for-no-reason` asks.
    pub(super) contested: bool,
    /// What reads show while a PATCH is under way; only the fault `half-patch-read` sets it.
    pub(super) half: Option<Value>,
    tags: TagShape,
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
    pub(super) fn new(first_id: u64, first_version: u64, style: Style) -> Store {
        Store { next_id: first_id, first_version, style, ..Store::default() }
    }

    /// Adds an appointment under the next id.
    pub(super) fn add(&mut self, resource: Value, condition: Held) -> String {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let updated = Timestamp::now();
        let mut record = Record {
            resource,
            version: self.first_version,
            updated,
            condition,
            echo: None,
            replaced: None,
            behind_until: None,
            reads: 0,
            contested: false,
            half: None,
            tags: self.style.tags,
        };
        if !self.style.no_narrative {
            narrate(&mut record.resource);
        }
        if self.style.extra_members {
            add_members(&mut record.resource, &id);
        }
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
        let before = std::mem::replace(&mut record.resource, change.resource);
        record.replaced = Some((before, record.version));
        record.advance(id);
    }

    /// Writes a change without making a version; only faults do.
    pub(super) fn overwrite(&mut self, id: &str, change: Change) {
        let Some(record) = self.appointments.get_mut(id) else { return };
        record.resource = change.resource;
        let version = record.version();
        stamp(&mut record.resource, id, &version, record.updated);
    }

    /// How often an appointment was changed since it came to be.
    pub(super) fn changes(&self, record: &Record) -> u64 {
        record.version.saturating_sub(self.first_version)
    }

    /// Whether an If-Match names one version that was current before.
    pub(super) fn was_current(&self, record: &Record, claim: &IfMatch) -> bool {
        let IfMatch::Tags(tags) = claim else { return false };
        let earlier = self.first_version..record.version;
        matches!(tags.as_slice(), [tag] if earlier.into_iter().any(|version| record.tags.name(version) == tag.opaque()))
    }

    /// The tag of the first version of any appointment.
    pub(super) fn first_version(&self) -> String {
        self.style.tags.name(self.first_version)
    }
}

impl Record {
    /// The version as it stands in `meta.versionId` and in the entity tag: a number to us, opaque to everyone else.
    pub(super) fn version(&self) -> String {
        self.version_id(self.version)
    }

    /// What another version of the appointment is called.
    pub(super) fn version_id(&self, version: u64) -> String {
        self.tags.name(version)
    }

    /// The entity tag a client has to send.
    pub(super) fn tag(&self) -> Option<EntityTag> {
        EntityTag::weak(&self.version())
    }

    /// What a read shows for the moment instead of what is held.
    pub(super) fn behind(&self) -> Option<(Value, u64)> {
        if let Some(half) = &self.half {
            return Some((half.clone(), self.version));
        }
        self.behind_until.filter(|until| Timestamp::now() < *until).and_then(|_| self.replaced.clone())
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

/// Optional members that no patch of the contract names.
fn add_members(resource: &mut Value, id: &str) {
    resource["language"] = Value::from("en");
    resource["identifier"] = json!([{ "system": "urn:oid:2.16.840.1.113883.3.13.6", "value": id }]);
    resource["meta"] = json!({
        "profile": ["http://hl7.org/fhir/StructureDefinition/Appointment"],
        "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N" }],
    });
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
