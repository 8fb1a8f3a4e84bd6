//! The status machine of one edition: for each status held and each value sent, what the contract says.

use std::collections::BTreeMap;

use super::RequirementId;
use crate::words::fhir::AppointmentStatus;

/// What the contract says of one (status held, value sent) pair.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// The sequence is listed.
    Allowed,
    /// The value is not among the supported ones.
    UnsupportedValue,
    /// A supported value, but the sequence is not listed; the list is read as exhaustive.
    Omitted,
    /// The status already held.
    SelfTransition,
    /// No document decides.
    Open,
}

impl Cell {
    /// The letter that stands for it in `transitions.yaml`.
    pub const fn letter(self) -> char {
        match self {
            Cell::Allowed => 'A',
            Cell::UnsupportedValue => 'U',
            Cell::Omitted => 'N',
            Cell::SelfTransition => 'S',
            Cell::Open => '.',
        }
    }

    /// All kinds of cell.
    pub const ALL: [Cell; 5] = [Cell::Allowed, Cell::UnsupportedValue, Cell::Omitted, Cell::SelfTransition, Cell::Open];
}

/// The 10×10 table of one edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Transitions {
    pub(super) cells: BTreeMap<(AppointmentStatus, AppointmentStatus), Cell>,
    pub(super) supported: Vec<AppointmentStatus>,
    pub(super) requirements: BTreeMap<(AppointmentStatus, AppointmentStatus), RequirementId>,
    pub(super) walk: Vec<(AppointmentStatus, AppointmentStatus)>,
}

impl Transitions {
    /// What the contract says of sending `to` while `from` is held.
    pub fn cell(&self, from: AppointmentStatus, to: AppointmentStatus) -> Cell {
        self.cells.get(&(from, to)).copied().unwrap_or(Cell::Open)
    }

    /// The requirement that speaks of a cell.
    pub fn requirement(&self, from: AppointmentStatus, to: AppointmentStatus) -> Option<&RequirementId> {
        self.requirements.get(&(from, to))
    }

    /// The values a PATCH may send at all.
    pub fn supported(&self) -> &[AppointmentStatus] {
        &self.supported
    }

    /// Every listed sequence, in table order.
    pub fn allowed(&self) -> impl Iterator<Item = (AppointmentStatus, AppointmentStatus)> + '_ {
        self.cells.iter().filter(|(_, cell)| **cell == Cell::Allowed).map(|(pair, _)| *pair)
    }

    /// The usual steps of a life, where no table says which are allowed.
    pub fn walk(&self) -> &[(AppointmentStatus, AppointmentStatus)] {
        &self.walk
    }

    /// Every cell, in table order.
    pub fn cells(&self) -> impl Iterator<Item = (AppointmentStatus, AppointmentStatus, Cell)> + '_ {
        self.cells.iter().map(|(&(from, to), &cell)| (from, to, cell))
    }
}
