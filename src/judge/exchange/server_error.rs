//! What a server error comes to where the base specification wants a rejection (reading C-38).

use super::attempt::{AttemptJudge, StepRun};
use crate::execute::evidence::Exchange;
use crate::judge::check::evaluate;
use crate::judge::verdict::{CheckResult, Verdict};
use crate::plan::StatusRule;
use crate::suite::contract::{Grade, ServerError, roles};
use crate::suite::scenario::{Check, Fixture, Outcome};
use crate::words::fhir::StatusCode;

/// What the reads around the request show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// The appointment is as it was, or none was addressed.
    No,
    Yes,
    /// It was not read.
    Unseen,
}

/// Weighs a server error by what the contract has for the rule; nothing where the reading is not about it.
pub(super) fn weigh_error(rule: ServerError, code: StatusCode, moved: Moved) -> (Verdict, String) {
    let rule_of_errors = roles::NO_SERVER_ERROR;
    match (moved, rule) {
        (Moved::Yes, _) => (Verdict::Fail, format!("{code}, and the appointment changed")),
        (Moved::No, ServerError::Kept) => (Verdict::Pass, format!("{code}, and nothing changed")),
        (Moved::No, ServerError::Warns) => {
            (Verdict::Warn, format!("{code}, and nothing changed: see {rule_of_errors}"))
        }
        (Moved::Unseen, _) => {
            (Verdict::Inconclusive, format!("{code}, and no read shows whether it had an effect: see {rule_of_errors}"))
        }
    }
}

impl<'e> AttemptJudge<'_, 'e> {
    /// What a server error comes to for a rule, where the reading is about it.
    pub fn server_error(&self, rule: &StatusRule, run: StepRun<'_, 'e>, code: StatusCode) -> Option<(Verdict, String)> {
        let judged = self.contract.requirement(&rule.requirement)?.server_error?;
        let named = matches!(rule.expect.grade(code), Grade::Expected | Grade::Tolerated);
        let meant = matches!(code.get(), 500 | 501) && run.step.outcome != Outcome::Accepted;
        if self.plan.edition.is_vendor() || named || !meant {
            return None;
        }
        let (verdict, found) = weigh_error(judged, code, self.moved(run));
        match self.unaccepted().filter(|_| verdict != Verdict::Fail) {
            Some(why) => Some((Verdict::Inconclusive, format!("{code}, and {why}"))),
            None => Some((verdict, found)),
        }
    }

    /// Says so, where no PATCH was accepted in the whole run.
    pub(super) fn unaccepted(&self) -> Option<String> {
        let accepted = self.index.exchanges().any(|exchange| exchange.is_patch() && exchange.succeeded());
        (!accepted).then(|| "no PATCH was accepted anywhere in the run".to_owned())
    }

    /// Whether the request had an effect.
    fn moved(&self, run: StepRun<'_, 'e>) -> Moved {
        let Some(view) = self.view(run) else { return Moved::Unseen };
        let read = [view.before, view.first_after].into_iter().all(|read| read.is_some_and(Exchange::succeeded));
        match evaluate(&Check::Unchanged, &view) {
            CheckResult::Broken { .. } => Moved::Yes,
            CheckResult::Holds if read => Moved::No,
            _ if matches!(self.case.fixture, Fixture::None | Fixture::Unknown) => Moved::No,
            CheckResult::Holds | CheckResult::Tolerated { .. } | CheckResult::Undecided(_) | CheckResult::Void => {
                Moved::Unseen
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::suite::contract::{Edition, contract};

    #[test]
    fn a_server_error_is_weighed_by_its_effect() {
        use Verdict::{Fail, Inconclusive, Pass, Warn};
        for code in [500, 501] {
            let weighed = |rule, moved| weigh_error(rule, StatusCode::new(code).unwrap(), moved).0;
            for (moved, kept, warns) in
                [(Moved::No, Pass, Warn), (Moved::Yes, Fail, Fail), (Moved::Unseen, Inconclusive, Inconclusive)]
            {
                assert_eq!(weighed(ServerError::Kept, moved), kept, "{code} {moved:?}");
                assert_eq!(weighed(ServerError::Warns, moved), warns, "{code} {moved:?}");
            }
        }
    }

    #[test]
    fn only_rules_of_the_base_that_expect_a_rejection_are_meant() {
        let contract = contract().unwrap();
        let meant = contract.requirements.iter().filter(|requirement| requirement.server_error.is_some());
        for requirement in meant {
            assert!(requirement.editions.contains(&Edition::FhirR4), "{}", requirement.id);
            assert!(requirement.expectation(Edition::FhirR4, None).is_some(), "{}", requirement.id);
            assert!(requirement.grants_warnings(Edition::FhirR4), "{}", requirement.id);
        }
    }
}
