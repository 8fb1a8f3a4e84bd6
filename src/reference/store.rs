//! Appointments and slots in memory: every change makes a version, and a change is written whole or not at all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointment::{instant, narrate, stamp, status};
use super::choice::Style;
use super::memory::DeviationMemory;
use super::tag::TagShape;
use crate::words::fhir::EntityTag;

/// Everything the server remembers.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) appointments: BTreeMap<String, StoredAppointment>,
    pub(super) slots: BTreeMap<String, Slot>,
    /// What deviations remember.
    pub(super) memory: DeviationMemory,
    next_id: u64,
    first_version: u64,
    style: Style,
}

/// One appointment.
#[derive(Debug, Clone)]
pub(super) struct StoredAppointment {
    /// The resource as a read shows it.
    pub(super) resource: Value,
    /// The number of the version; clients see it as the shape of tags has it.
    pub(super) version: u64,
    /// When the version came to be.
    pub(super) updated: Timestamp,
    pub(super) obstacle: Obstacle,
    tags: TagShape,
}

/// What stands in the way of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    Nothing,
    /// Someone else is modifying it (ERR-10).
    Locked,
    /// An operation that the change depends on fails (ERR-11).
    FailingDependency,
    /// It was deleted (ERR-16).
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
pub(super) struct Draft {
    pub(super) resource: Value,
    /// The slot that is taken.
    pub(super) takes: Option<String>,
    /// The slot that is given back.
    pub(super) frees: Option<String>,
}

/// The version that a change replaced.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Replaced {
    pub(super) resource: Value,
    pub(super) version: u64,
    pub(super) updated: Timestamp,
}

impl Draft {
    /// A resource that takes and gives back no slot.
    pub(super) fn of(resource: Value) -> Draft {
        Draft { resource, takes: None, frees: None }
    }
}

impl Store {
    /// An empty store that numbers appointments and versions from these.
    pub(super) fn new(first_id: u64, first_version: u64, style: Style) -> Store {
        Store {
            appointments: BTreeMap::new(),
            slots: BTreeMap::new(),
            memory: DeviationMemory::default(),
            next_id: first_id,
            first_version,
            style,
        }
    }

    /// Adds an appointment under the next id.
    pub(super) fn add(&mut self, resource: Value, obstacle: Obstacle) -> String {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let (version, updated, tags) = (self.first_version, Timestamp::now(), self.style.tags);
        let mut stored = StoredAppointment { resource, version, updated, obstacle, tags };
        if self.style.narrative {
            narrate(&mut stored.resource);
        }
        if self.style.extra_members {
            add_members(&mut stored.resource, &id);
        }
        stored.stamp(&id);
        self.appointments.insert(id.clone(), stored);
        id
    }

    /// Writes a change as the next version; one that changes nothing is a version too (VER-18). Gives what it replaced,
    /// nothing where there is no such appointment.
    pub(super) fn commit(&mut self, id: &str, draft: Draft) -> Option<Replaced> {
        if let Some(slot) = draft.frees.and_then(|slot| self.slots.get_mut(&slot)) {
            slot.free = true;
        }
        if let Some(slot) = draft.takes.and_then(|slot| self.slots.get_mut(&slot)) {
            slot.free = false;
        }
        let stored = self.appointments.get_mut(id)?;
        let (version, updated) = (stored.version, stored.updated);
        let resource = std::mem::replace(&mut stored.resource, draft.resource);
        stored.advance(id);
        Some(Replaced { resource, version, updated })
    }

    /// How often an appointment was changed since it came to be.
    pub(super) fn changes(&self, stored: &StoredAppointment) -> u64 {
        stored.version.saturating_sub(self.first_version)
    }
}

impl StoredAppointment {
    /// The version as it stands in `meta.versionId` and in the entity tag: a number to us, opaque to everyone else.
    pub(super) fn version_id(&self) -> String {
        self.name_of(self.version)
    }

    /// What another version of the appointment is called.
    pub(super) fn name_of(&self, version: u64) -> String {
        self.tags.name(version)
    }

    /// The entity tag a client has to send.
    pub(super) fn tag(&self) -> Option<EntityTag> {
        EntityTag::weak(&self.version_id())
    }

    /// Makes the next version of what is held now.
    pub(super) fn advance(&mut self, id: &str) {
        self.version += 1;
        self.updated = Timestamp::now();
        self.stamp(id);
    }

    /// Writes id, version and time into the resource.
    pub(super) fn stamp(&mut self, id: &str) {
        let version = self.version_id();
        stamp(&mut self.resource, id, &version, self.updated);
    }

    /// The status; empty where it is not one of the ten codes.
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
