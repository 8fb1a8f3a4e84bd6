//! What the code of a writer that lost a race weighs.

use super::requirement::{BrokenRound, RaceRequirement, RoundResult};
use super::view::RoundView;
use crate::execute::evidence::Exchange;
use crate::judge::history::Anomaly;
use crate::judge::verdict::Verdict;
use crate::plan::status_set;
use crate::suite::contract::{Breach, Cell, Expectation, Grade, roles};
use crate::words::fhir::{AppointmentStatus, StatusCode};

/// The code of a transition that the state forbids.
const ILLEGAL: u16 = 422;

/// Weighs the code of a loser; nothing where it is as expected. `illegal` says that the state the winner made forbids what
/// the loser asked for: which of the two is looked at first is open (reading C-32).
pub(super) fn weigh_loser(
    expectation: &Expectation,
    breach: Breach,
    code: StatusCode,
    illegal: bool,
) -> Option<Verdict> {
    match expectation.grade(code) {
        Grade::Expected => None,
        Grade::Tolerated if code.get() != ILLEGAL || illegal => Some(Verdict::from(breach).max(Verdict::Warn)),
        Grade::Tolerated | Grade::Forbidden | Grade::Other => Some(breach.into()),
    }
}

impl RaceRequirement<'_> {
    /// The worst that is wrong with the codes of those that lost: the earliest of those that are alike.
    pub(super) fn wrong_loser(&self, view: &RoundView<'_>) -> Option<RoundResult> {
        let expectation = self.losers()?;
        let weighed = view.losers().filter_map(|(loser, status)| {
            let illegal = self.made_illegal(view, loser);
            Some((weigh_loser(expectation, self.breach(), status, illegal)?, loser, status))
        });
        let worst = weighed.min_by_key(|(verdict, _, _)| *verdict);
        let conflict = || {
            let has_winner = !view.winners().is_empty();
            self.anomaly(view, &[Anomaly::FalseConflict]).filter(|_| has_winner)
        };
        match worst {
            Some((verdict, loser, status)) => {
                let broken = RoundResult::Broken(BrokenRound {
                    verdict,
                    expected: format!("{expectation} for a writer that lost"),
                    found: status.to_string(),
                    exchange: Some(loser.id),
                    notes: Vec::new(),
                });
                Some(if verdict == Verdict::Fail { broken } else { conflict().unwrap_or(broken) })
            }
            None => conflict(),
        }
    }

    /// Whether there were losers and each got a code that the contract knows for one.
    pub(super) fn lost_as_expected(&self, view: &RoundView<'_>) -> bool {
        let Some(expectation) = self.losers() else { return false };
        let known = |status| matches!(expectation.grade(status), Grade::Expected | Grade::Tolerated);
        view.losers().next().is_some() && view.losers().all(|(_, status)| known(status))
    }

    /// What the requirement expects of those that lose.
    fn losers(&self) -> Option<&Expectation> {
        let (requirement, edition) = (self.contract.requirement(self.id)?, self.plan.edition);
        requirement.expectation(edition, Some(roles::LOSERS)).or_else(|| requirement.expectation(edition, None))
    }

    /// Whether what a winner made of the appointment forbids what a loser asked for.
    fn made_illegal(&self, view: &RoundView<'_>, loser: &Exchange) -> bool {
        let asked = asked(loser);
        let table = self.contract.tables.transitions.get(&self.plan.edition);
        view.winners().iter().any(|winner| match (table, self::asked(winner), asked) {
            (Some(table), Some(held), Some(asked)) => table.cell(held, asked) != Cell::Allowed,
            (_, _, _) => false,
        })
    }
}

/// The status that a write asks for.
fn asked(write: &Exchange) -> Option<AppointmentStatus> {
    status_set(&write.request.body.json()?)
}
