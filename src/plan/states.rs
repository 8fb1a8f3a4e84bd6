//! The graph of states that appointments are led through.

use super::routes::Routes;
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// The order in which states follow each other in a lane; an edge that goes back in it ends the lane.
pub(super) fn rank(state: Fixture) -> u8 {
    match state {
        Fixture::Any | Fixture::None | Fixture::Unknown => 0,
        Fixture::VideoUnlinked => 1,
        Fixture::VideoLinked => 2,
        Fixture::Tentative => 3,
        Fixture::ProposedWithReason => 4,
        Fixture::Proposed => 5,
        Fixture::Booked => 6,
        Fixture::Arrived => 7,
        Fixture::CheckedIn => 8,
        Fixture::Fulfilled => 9,
        Fixture::Cancelled => 10,
        Fixture::Pending => 11,
        Fixture::Waitlist => 12,
        Fixture::Noshow => 13,
        Fixture::EnteredInError => 14,
        Fixture::Locked => 15,
        Fixture::FailingDependency => 16,
        Fixture::Deleted => 17,
        Fixture::NotCancelable => 18,
    }
}

/// The state from which most lanes begin.
pub(super) const START: Fixture = Fixture::Booked;

/// Whether an appointment must begin in this state, because no request leads to it from a booked one.
pub(super) fn is_root(state: Fixture, routes: &Routes) -> bool {
    match state.status() {
        Some(AppointmentStatus::Booked) | None => true,
        Some(status) => !routes.open && routes.way(AppointmentStatus::Booked, status).is_none(),
    }
}

/// The plain next state from a state: the documented step that leaves most of the lane ahead.
pub(super) fn next(state: Fixture, routes: &Routes) -> Option<Fixture> {
    let from = state.status()?;
    routes
        .documents
        .keys()
        .filter(|(start, to)| *start == from && rank(Fixture::of(*to)) > rank(state))
        .map(|(_, to)| *to)
        .max_by_key(|to| (ahead(*to, routes), std::cmp::Reverse(*to)))
        .map(Fixture::of)
}

/// How many plain steps can follow a status.
pub(super) fn ahead(status: AppointmentStatus, routes: &Routes) -> usize {
    let here = rank(Fixture::of(status));
    routes
        .documents
        .keys()
        .filter(|(start, to)| *start == status && rank(Fixture::of(*to)) > here)
        .map(|(_, to)| 1 + ahead(*to, routes))
        .max()
        .unwrap_or(0)
}
