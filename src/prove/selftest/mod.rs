//! The suite proves itself: clean servers and conforming variants pass, every fault is killed by a requirement it names.

mod assess;
mod bench;
mod embedded;
mod exempt;
mod matrix;
mod random;
mod repeat;
mod show;
#[cfg(test)]
mod tests;

pub use assess::{Violation, assess};
pub use bench::{Bench, Focus, Job, Pace, Seen, Subject};
pub use embedded::{fixtures, reference_profile};
pub use exempt::{Exemptions, exemptions};
pub use matrix::{CellRow, Killed, Matrix, Row};
pub use repeat::{Repeated, repeat};
pub use show::text;

use crate::reference::{Fault, Variant};
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::Catalogue;
use crate::words::fhir::AppointmentStatus;

/// What the check of a build is held against: `snapshots/selftest/matrix.json`.
pub use crate::words::shipped::KILL_MATRIX;

/// The runs of a selftest: the clean server, the variants and all faults of each edition.
pub fn runs(contract: &Contract, catalogue: &Catalogue, editions: &[Edition], named: &[String]) -> Vec<Job> {
    let wanted = |subject: Subject| named.is_empty() || named.iter().any(|name| subject.name().contains(name.as_str()));
    let mut list = Vec::new();
    for edition in editions {
        let job =
            |subject: Subject, focus: Option<Focus>| Job { edition: *edition, subject, focus, pace: Pace::default() };
        // What all others are compared with.
        list.push(job(Subject::Clean, None));
        let faults = Fault::ALL.iter().map(|fault| Subject::Fault(*fault));
        list.extend(faults.filter(|subject| wanted(*subject)).map(|subject| job(subject, None)));
        let variants = Variant::ALL
            .iter()
            .filter(|variant| variant.editions().contains(edition))
            .map(|variant| Subject::Variant(*variant));
        list.extend(variants.filter(|subject| wanted(*subject)).map(|subject| job(subject, None)));
        for fault in contract.tables.transitions.get(edition).map(Fault::cells).unwrap_or_default() {
            if let Fault::OpenCell(from, to) = fault
                && wanted(Subject::Fault(fault))
            {
                let case = |to| catalogue.cell_id(*edition, from, to);
                let cases = AppointmentStatus::ALL.into_iter().filter_map(case).collect();
                let focus = case(to).map(|failing| Focus { cases, failing });
                list.push(job(Subject::Fault(fault), focus));
            }
        }
    }
    list
}
