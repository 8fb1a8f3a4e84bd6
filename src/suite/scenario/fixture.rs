//! The appointments that cases need.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::words::fhir::AppointmentStatus;

/// The appointment a case needs. Statuses are those of FHIR; the others are special fixtures only some targets have.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, serde::Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Fixture {
    /// Any status from which a documented transition leads on.
    #[default]
    Any,
    /// No appointment at all.
    None,
    /// A well-formed id that names no appointment.
    Unknown,
    Proposed,
    Pending,
    Booked,
    Arrived,
    Fulfilled,
    Cancelled,
    Noshow,
    EnteredInError,
    CheckedIn,
    Waitlist,
    /// Proposed, and it already has a reasonCode.
    ProposedWithReason,
    /// Booked, and the Patient participant is tentative.
    Tentative,
    /// A video visit without links.
    VideoUnlinked,
    /// A video visit with links.
    VideoLinked,
    /// Held as being modified by someone else.
    Locked,
    /// An update fails because of something it depends on.
    FailingDependency,
    /// Was deleted.
    Deleted,
    /// Says that it cannot be cancelled.
    NotCancelable,
}

impl Fixture {
    /// The fixture that is an appointment in this status.
    pub const fn of(status: AppointmentStatus) -> Fixture {
        match status {
            AppointmentStatus::Proposed => Fixture::Proposed,
            AppointmentStatus::Pending => Fixture::Pending,
            AppointmentStatus::Booked => Fixture::Booked,
            AppointmentStatus::Arrived => Fixture::Arrived,
            AppointmentStatus::Fulfilled => Fixture::Fulfilled,
            AppointmentStatus::Cancelled => Fixture::Cancelled,
            AppointmentStatus::Noshow => Fixture::Noshow,
            AppointmentStatus::EnteredInError => Fixture::EnteredInError,
            AppointmentStatus::CheckedIn => Fixture::CheckedIn,
            AppointmentStatus::Waitlist => Fixture::Waitlist,
        }
    }

    /// The status, where the fixture is nothing but a status.
    pub const fn status(self) -> Option<AppointmentStatus> {
        match self {
            Fixture::Proposed => Some(AppointmentStatus::Proposed),
            Fixture::Pending => Some(AppointmentStatus::Pending),
            Fixture::Booked => Some(AppointmentStatus::Booked),
            Fixture::Arrived => Some(AppointmentStatus::Arrived),
            Fixture::Fulfilled => Some(AppointmentStatus::Fulfilled),
            Fixture::Cancelled => Some(AppointmentStatus::Cancelled),
            Fixture::Noshow => Some(AppointmentStatus::Noshow),
            Fixture::EnteredInError => Some(AppointmentStatus::EnteredInError),
            Fixture::CheckedIn => Some(AppointmentStatus::CheckedIn),
            Fixture::Waitlist => Some(AppointmentStatus::Waitlist),
            Fixture::Any
            | Fixture::None
            | Fixture::Unknown
            | Fixture::ProposedWithReason
            | Fixture::Tentative
            | Fixture::VideoUnlinked
            | Fixture::VideoLinked
            | Fixture::Locked
            | Fixture::FailingDependency
            | Fixture::Deleted
            | Fixture::NotCancelable => None,
        }
    }

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Fixture::Any => "any",
            Fixture::None => "none",
            Fixture::Unknown => "unknown",
            Fixture::Proposed => "proposed",
            Fixture::Pending => "pending",
            Fixture::Booked => "booked",
            Fixture::Arrived => "arrived",
            Fixture::Fulfilled => "fulfilled",
            Fixture::Cancelled => "cancelled",
            Fixture::Noshow => "noshow",
            Fixture::EnteredInError => "entered-in-error",
            Fixture::CheckedIn => "checked-in",
            Fixture::Waitlist => "waitlist",
            Fixture::ProposedWithReason => "proposed-with-reason",
            Fixture::Tentative => "tentative",
            Fixture::VideoUnlinked => "video-unlinked",
            Fixture::VideoLinked => "video-linked",
            Fixture::Locked => "locked",
            Fixture::FailingDependency => "failing-dependency",
            Fixture::Deleted => "deleted",
            Fixture::NotCancelable => "not-cancelable",
        }
    }
}

impl fmt::Display for Fixture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
