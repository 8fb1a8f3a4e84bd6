//! The fixtures a server starts with: appointments in every state the contract speaks of, and free slots.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointment::{Room, instant};
use super::choice::Style;
use super::promise::Promises;
use super::store::{Obstacle, Slot, Store};
use crate::suite::contract::{Edition, Flag};
use crate::words::fhir::AppointmentStatus;

/// The fixtures of a fresh server. The same edition has the same ids at every start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeedFixtures {
    pub appointments: Vec<SeedAppointment>,
    /// Ids of free slots.
    pub slots: Vec<String>,
}

impl SeedFixtures {
    /// The fixtures a fresh server of an edition has, without starting one.
    pub fn of(edition: Edition) -> SeedFixtures {
        plant(edition, Style::default()).1
    }
}

/// One appointment and what it is good for.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedAppointment {
    pub id: String,
    pub kind: SeedKind,
}

/// What a fixture is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeedKind {
    /// It holds a status and has nothing special about it.
    Status(AppointmentStatus),
    /// It is proposed and has a reasonCode to remove (VAL-08).
    ProposedWithReason,
    /// It is booked and its Patient takes part tentatively (OPS-17).
    Tentative,
    /// It is a booked video visit without links (OPS-09).
    VideoUnlinked,
    /// It is a booked video visit with links (OPS-13).
    VideoLinked,
    /// It is booked, and someone else is modifying it for as long as the server lives (ERR-10).
    Locked,
    /// It is booked, and an operation that every change depends on fails (ERR-11).
    FailingDependency,
    /// It existed once (ERR-16).
    Deleted,
    /// It is booked, and its extensions say that it can be neither cancelled nor rescheduled (VAL-24).
    NotCancelable,
}

impl SeedKind {
    /// The kind in kebab case; the status where there is nothing special.
    pub const fn name(self) -> &'static str {
        match self {
            SeedKind::Status(status) => status.code(),
            SeedKind::ProposedWithReason => "proposed-with-reason",
            SeedKind::Tentative => "tentative",
            SeedKind::VideoUnlinked => "video-unlinked",
            SeedKind::VideoLinked => "video-linked",
            SeedKind::Locked => "locked",
            SeedKind::FailingDependency => "failing-dependency",
            SeedKind::Deleted => "deleted",
            SeedKind::NotCancelable => "not-cancelable",
        }
    }

    /// The status the fixture starts in.
    pub const fn status(self) -> AppointmentStatus {
        match self {
            SeedKind::Status(status) => status,
            SeedKind::ProposedWithReason => AppointmentStatus::Proposed,
            SeedKind::Tentative
            | SeedKind::VideoUnlinked
            | SeedKind::VideoLinked
            | SeedKind::Locked
            | SeedKind::FailingDependency
            | SeedKind::Deleted
            | SeedKind::NotCancelable => AppointmentStatus::Booked,
        }
    }
}

/// How many of each: positive cases consume appointments, because the status machine only moves forward, and on a server
/// with a fault every rejection that was not one consumes another.
const PLAN: [(SeedKind, usize); 18] = [
    (SeedKind::Status(AppointmentStatus::Booked), 120),
    (SeedKind::Status(AppointmentStatus::Proposed), 60),
    (SeedKind::Status(AppointmentStatus::Pending), 16),
    (SeedKind::Status(AppointmentStatus::Arrived), 16),
    (SeedKind::Status(AppointmentStatus::Fulfilled), 16),
    (SeedKind::Status(AppointmentStatus::Cancelled), 16),
    (SeedKind::Status(AppointmentStatus::Noshow), 16),
    (SeedKind::Status(AppointmentStatus::EnteredInError), 16),
    (SeedKind::Status(AppointmentStatus::CheckedIn), 16),
    (SeedKind::Status(AppointmentStatus::Waitlist), 16),
    (SeedKind::ProposedWithReason, 16),
    (SeedKind::Tentative, 20),
    (SeedKind::VideoUnlinked, 60),
    (SeedKind::VideoLinked, 60),
    (SeedKind::Locked, 6),
    (SeedKind::FailingDependency, 6),
    (SeedKind::Deleted, 4),
    (SeedKind::NotCancelable, 6),
];
const FREE_SLOTS: u64 = 600;
const FIRST_APPOINTMENT: u64 = 4_817_501;
const FIRST_SLOT: u64 = 51_001;
const SLOT_MINUTES: i64 = 30;

/// The two patients every appointment is for, in turn.
pub(super) const PATIENTS: [&str; 2] = ["Patient/12724066", "Patient/12742399"];

/// A store with the fixtures in it, and the list of them.
pub(super) fn plant(edition: Edition, style: Style) -> (Store, SeedFixtures) {
    let promises = Promises::of(edition);
    let mut store = Store::new(FIRST_APPOINTMENT, promises.first_version, style);
    let mut seed = SeedFixtures::default();
    let mut next_slot = FIRST_SLOT;
    let mut slot = |store: &mut Store, free: bool| {
        let id = format!("{next_slot}-21304876-62852027-0");
        let start = first_start().saturating_add(SignedDuration::from_mins(
            i64::try_from(next_slot - FIRST_SLOT).unwrap_or_default() * SLOT_MINUTES,
        ));
        next_slot += 1;
        store
            .slots
            .insert(id.clone(), Slot { free, start: start.unwrap_or_else(|_| first_start()), minutes: SLOT_MINUTES });
        id
    };
    for _ in 0..FREE_SLOTS {
        seed.slots.push(slot(&mut store, true));
    }
    for (kind, count) in PLAN {
        for turn in 0..count {
            let taken = has_time(kind.status()).then(|| slot(&mut store, false));
            let taken = taken.and_then(|id| Some((store.slots.get(&id)?.clone(), id)));
            let resource = appointment(promises.flags, kind, PATIENTS[turn % PATIENTS.len()], taken);
            let id = store.add(resource, obstacle(kind));
            seed.appointments.push(SeedAppointment { id, kind });
        }
    }
    (store, seed)
}

/// Slots begin at the next full hour from now, so that none lies in the past.
fn first_start() -> Timestamp {
    let hour = Timestamp::now().as_second().div_euclid(3600) + 1;
    Timestamp::from_second(hour * 3600).unwrap_or(Timestamp::UNIX_EPOCH)
}

const fn obstacle(kind: SeedKind) -> Obstacle {
    match kind {
        SeedKind::Locked => Obstacle::Locked,
        SeedKind::FailingDependency => Obstacle::FailingDependency,
        SeedKind::Deleted => Obstacle::Deleted,
        SeedKind::Status(_)
        | SeedKind::ProposedWithReason
        | SeedKind::Tentative
        | SeedKind::VideoUnlinked
        | SeedKind::VideoLinked
        | SeedKind::NotCancelable => Obstacle::Nothing,
    }
}

/// Whether an appointment of this status has a time; those without ask for a period instead (app-3).
const fn has_time(status: AppointmentStatus) -> bool {
    !matches!(status, AppointmentStatus::Proposed | AppointmentStatus::Waitlist)
}

fn appointment(has_flags: bool, kind: SeedKind, patient: &str, taken: Option<(Slot, String)>) -> Value {
    let participation = match (kind, kind.status()) {
        (SeedKind::Tentative, _) => "tentative",
        (_, AppointmentStatus::Proposed | AppointmentStatus::Waitlist | AppointmentStatus::Pending) => "needs-action",
        (_, _) => "accepted",
    };
    let mut resource = json!({
        "resourceType": "Appointment",
        "status": kind.status().code(),
        "serviceType": [{ "coding": [{ "system": "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14249", "code": "4047611", "display": "Follow Up" }], "text": "Follow Up" }],
        "description": "Follow-up visit",
        "participant": [
            { "actor": { "reference": patient }, "required": "required", "status": participation },
            { "actor": { "reference": "Location/21304876" }, "required": "required", "status": if participation == "tentative" { "accepted" } else { participation } },
        ],
    });
    if let Some((slot, id)) = taken {
        resource["slot"] = json!([{ "reference": format!("Slot/{id}") }]);
        resource["start"] = Value::from(instant(slot.start));
        resource["end"] = Value::from(instant(slot.end()));
        resource["minutesDuration"] = Value::from(slot.minutes);
    } else {
        let end = first_start().saturating_add(SignedDuration::from_hours(24 * 14)).unwrap_or_else(|_| first_start());
        resource["requestedPeriod"] = json!([{ "start": instant(first_start()), "end": instant(end) }]);
    }
    if has_flags {
        let open = kind != SeedKind::NotCancelable;
        resource["extension"] = json!([
            { "url": Flag::IsCancelable.url(), "valueBoolean": open },
            { "url": Flag::IsReschedulable.url(), "valueBoolean": open },
        ]);
    }
    match kind {
        SeedKind::ProposedWithReason => resource["reasonCode"] = json!([{ "text": "Knee pain" }]),
        SeedKind::VideoUnlinked => add_rooms(&mut resource, None),
        SeedKind::VideoLinked => add_rooms(&mut resource, Some("https://video.example.org/before")),
        SeedKind::Status(_)
        | SeedKind::Tentative
        | SeedKind::Locked
        | SeedKind::FailingDependency
        | SeedKind::Deleted
        | SeedKind::NotCancelable => {}
    }
    resource
}

/// Makes a video visit of an appointment. The patient's room comes first, as in the vendor's read example (reading C-09).
fn add_rooms(resource: &mut Value, link: Option<&str>) {
    let room = |id: &str, room: Room, path: &str| {
        let mut service = json!({ "resourceType": "HealthcareService", "id": id, "type": [{ "text": room.title() }] });
        if let Some(link) = link {
            service["telecom"] = json!([{
                "system": "url",
                "value": format!("{link}/{path}"),
                "period": { "start": resource["start"], "end": resource["end"] },
            }]);
        }
        service
    };
    let rooms = json!([room("room-1", Room::Patient, "patient"), room("room-2", Room::Provider, "provider")]);
    resource["contained"] = rooms;
    if let Some(participants) = resource["participant"].as_array_mut() {
        for id in ["#room-1", "#room-2"] {
            participants.push(json!({ "actor": { "reference": id }, "required": "required", "status": "accepted" }));
        }
    }
}
