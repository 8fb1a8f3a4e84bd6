//! Judges which check came first: only 409 or 412 says that it was If-Match, and only where another check was due.

use super::attempt::{AttemptJudge, StepRun};
use crate::execute::evidence::Exchange;
use crate::judge::status::says_nothing;
use crate::judge::verdict::Verdict;
use crate::plan::{StatusRule, is_untagged_twin};
use crate::suite::contract::{Grade, roles};
use crate::words::fhir::StatusCode;

/// A missing If-Match is rejected with it (RFC 6585 section 3).
const PRECONDITION_REQUIRED: u16 = 428;

/// What the same request gets without the outdated tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) enum Untagged {
    /// It is carried out, or rejected for what is looked at after If-Match: no other check comes first.
    NotDue(StatusCode),
    /// Another check rejects it.
    Rejected(StatusCode),
    /// It is rejected for its If-Match too.
    Unclear(StatusCode),
    /// It was not sent, or got no response.
    Unseen,
}

/// Whether a rule is about the order of checks.
pub(super) fn orders(rule: &StatusRule) -> bool {
    rule.requirement.as_str() == roles::ORDINARY_CHECKS_FIRST
}

/// Weighs a response to a request that another check rejects and whose If-Match is outdated (VER-21, reading C-32).
pub(in crate::judge) fn weigh_order(rule: &StatusRule, code: StatusCode, untagged: Untagged) -> (Verdict, String) {
    let by_tag = match rule.expect.grade(code) {
        Grade::Forbidden => Verdict::from(rule.breach),
        Grade::Tolerated => Verdict::from(rule.breach).max(Verdict::Warn),
        Grade::Expected | Grade::Other if code.is_client_error() || code.is_server_error() => {
            return (Verdict::Pass, format!("{code}: not rejected for its If-Match"));
        }
        // What was carried out in spite of its If-Match breaks the rules about If-Match, and shows no order of checks.
        Grade::Expected | Grade::Other => {
            return match untagged {
                Untagged::NotDue(_) => (Verdict::NotApplicable, format!("{code}: no other check is due")),
                Untagged::Rejected(_) | Untagged::Unclear(_) | Untagged::Unseen => {
                    (Verdict::Inconclusive, format!("{code} shows no order of checks"))
                }
            };
        }
    };
    match untagged {
        Untagged::NotDue(other) => (
            Verdict::NotApplicable,
            format!("without the outdated If-Match the request gets {other}: no other check comes first"),
        ),
        Untagged::Rejected(other) => {
            (by_tag, format!("{code}, while the same request without the outdated If-Match gets {other}"))
        }
        // What only warns needs no proof.
        Untagged::Unclear(_) | Untagged::Unseen if by_tag > Verdict::Inconclusive => (by_tag, code.to_string()),
        Untagged::Unclear(other) => (
            Verdict::Inconclusive,
            format!(
                "{code}, but the same request without the outdated If-Match gets {other}, which is about If-Match too"
            ),
        ),
        Untagged::Unseen => (
            Verdict::Inconclusive,
            format!("{code}, but what the same request gets without the outdated If-Match was not seen"),
        ),
    }
}

impl AttemptJudge<'_, '_> {
    /// What the response says about the order of checks.
    pub fn order(&self, rule: &StatusRule, run: StepRun<'_, '_>, code: StatusCode) -> (Verdict, String) {
        let (verdict, found) = weigh_order(rule, code, self.untagged(rule));
        // A server error is never closed by a control; where it came from is the finding of another rule.
        let missing = if code.is_client_error() { self.control(run.number) } else { self.unaccepted() };
        match missing.filter(|_| verdict == Verdict::Pass) {
            Some(why) => (Verdict::Inconclusive, format!("{code}, but {why}")),
            None => (verdict, found),
        }
    }

    /// What the same request got elsewhere in the run, without If-Match or with the current version in it. Of several
    /// responses the one that says most in favour of the target counts.
    fn untagged(&self, rule: &StatusRule) -> Untagged {
        let twins = self.plan.cases.iter().filter_map(|case| case.stepwise());
        let twins = twins.filter(|other| is_untagged_twin(&self.case, other));
        let attempts = twins.flat_map(|other| self.index.attempts(&other.head.id));
        let codes = attempts
            .filter_map(|attempt| self.index.exchange(attempt.steps.first()?.exchange).and_then(Exchange::status));
        let codes = codes.filter(|code| !says_nothing(*code));
        codes.map(|code| classed(rule, code)).min_by_key(|seen| rank(*seen)).unwrap_or(Untagged::Unseen)
    }
}

fn classed(rule: &StatusRule, code: StatusCode) -> Untagged {
    match rule.expect.grade(code) {
        Grade::Expected => Untagged::Rejected(code),
        Grade::Other if code.get() != PRECONDITION_REQUIRED => Untagged::NotDue(code),
        Grade::Tolerated | Grade::Forbidden | Grade::Other => Untagged::Unclear(code),
    }
}

fn rank(untagged: Untagged) -> u8 {
    match untagged {
        Untagged::NotDue(_) => 0,
        Untagged::Unclear(_) => 1,
        Untagged::Rejected(_) => 2,
        Untagged::Unseen => 3,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::plan::{Case, Selection, Stepwise, decide};
    use crate::plan::{Inputs, Plan};
    use crate::suite::check::shipped;
    use crate::suite::contract::{Edition, contract};

    fn code(code: u16) -> StatusCode {
        StatusCode::new(code).unwrap()
    }

    fn rule(edition: Edition) -> StatusRule {
        let requirement = contract().unwrap().requirement(&roles::ORDINARY_CHECKS_FIRST.parse().unwrap()).unwrap();
        StatusRule {
            requirement: requirement.id.clone(),
            expect: requirement.expectation(edition, None).unwrap().clone(),
            code: requirement.code,
            breach: requirement.breach(edition),
            level: requirement.level,
        }
    }

    #[test]
    fn only_the_codes_of_if_match_break_the_order_and_only_where_another_check_is_due() {
        use Untagged::{NotDue, Rejected, Unclear, Unseen};
        use Verdict::{Fail, Inconclusive, NotApplicable, Pass, Warn};
        let due = [Rejected(code(401)), Rejected(code(415))];
        for edition in Edition::ALL {
            let weighed = |status: u16, untagged| weigh_order(&rule(edition), code(status), untagged).0;
            let all = due.into_iter().chain([NotDue(code(200)), Unclear(code(428)), Unseen]);
            for untagged in all {
                for other in [400, 401, 403, 404, 405, 406, 410, 415, 422, 428, 500, 501] {
                    assert_eq!(weighed(other, untagged), Pass, "{edition} {other} {untagged:?}");
                }
            }
            let (broken, open) = if edition.is_vendor() { (Warn, Warn) } else { (Fail, Inconclusive) };
            for by_tag in [409, 412] {
                assert_eq!(due.map(|untagged| weighed(by_tag, untagged)), [broken; 2], "{edition} {by_tag}");
                assert_eq!(weighed(by_tag, NotDue(code(200))), NotApplicable, "{edition} {by_tag}");
                assert_eq!(weighed(by_tag, Unclear(code(409))), open, "{edition} {by_tag}");
                assert_eq!(weighed(by_tag, Unseen), open, "{edition} {by_tag}");
            }
            assert_eq!(weighed(200, NotDue(code(200))), NotApplicable);
            assert_eq!(weighed(200, due[0]), Inconclusive);
            assert_eq!(weighed(302, due[0]), Inconclusive);
        }
    }

    #[test]
    fn what_counts_as_another_check_is_what_the_contract_lists() {
        let rule = rule(Edition::FhirR4);
        for (status, expected) in [
            (200, Untagged::NotDue(code(200))),
            (401, Untagged::Rejected(code(401))),
            (403, Untagged::Rejected(code(403))),
            (400, Untagged::NotDue(code(400))),
            (409, Untagged::Unclear(code(409))),
            (422, Untagged::NotDue(code(422))),
            (405, Untagged::NotDue(code(405))),
            (412, Untagged::Unclear(code(412))),
            (428, Untagged::Unclear(code(428))),
        ] {
            assert_eq!(classed(&rule, code(status)), expected);
        }
    }

    #[test]
    fn every_case_about_the_order_has_a_twin_that_runs_with_it_even_where_it_alone_is_selected() {
        let contract = contract().unwrap();
        let catalogue = shipped(contract).unwrap();
        for edition in Edition::ALL {
            let filters = vec!["precedence/".to_owned()];
            let inputs = Inputs { selection: Selection { filters, ..Selection::default() }, ..Inputs::default() };
            let plan: Plan = decide(contract, &catalogue, edition, &inputs).unwrap();
            let cases: Vec<Stepwise<'_>> = plan.cases.iter().filter_map(Case::stepwise).collect();
            let about = cases.iter().filter(|case| case.body.steps.iter().any(|step| step.status.iter().any(orders)));
            let mut count = 0;
            for case in about {
                let twins: Vec<_> = cases.iter().filter(|other| is_untagged_twin(case, other)).collect();
                assert_eq!(twins.len(), 1, "{edition} {}", case.head.id.0);
                assert!(twins[0].body.carries || twins[0].head.selected, "{edition} {}", case.head.id.0);
                count += 1;
            }
            assert_eq!(count, if edition.is_vendor() { 4 } else { 3 }, "{edition}");
        }
    }
}
