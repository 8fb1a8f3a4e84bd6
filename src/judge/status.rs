//! Judges a status code by what one requirement expects of it.

use super::verdict::Verdict;
use crate::plan::StatusRule;
use crate::suite::contract::{Breach, CodeBasis, Grade, Level};
use crate::suite::scenario::Outcome;
use crate::words::fhir::StatusCode;

/// A success without a body.
const NO_CONTENT: u16 = 204;

/// Weighs a status code (design section 4.1).
///
/// What the sets of the requirement do not name is decided by who fixes the code: a refusal with another 4xx than an
/// inferred one warns, and a success with another 2xx than an example's passes, because the rule itself is kept.
pub(super) fn weigh(rule: &StatusRule, outcome: Outcome, code: StatusCode) -> Verdict {
    let grade = rule.expect.grade(code);
    if matches!(rule.level, Level::Observed | Level::Unspecified) {
        return match (grade, rule.breach) {
            (Grade::Expected | Grade::Tolerated, _) | (_, Breach::Observe) => Verdict::Observed,
            (Grade::Forbidden | Grade::Other, Breach::Warn | Breach::Fail) => Verdict::Warn,
        };
    }
    match grade {
        Grade::Expected => Verdict::Pass,
        Grade::Tolerated => Verdict::Warn,
        Grade::Forbidden => Verdict::Fail,
        Grade::Other => {
            // Which code of a success it is, is the matter of BASE-01 and RSP-01 alone, and both tolerate one that says that
            // there is no body.
            let wants_ok = StatusCode::new(200).is_some_and(|ok| rule.expect.grade(ok) == Grade::Expected);
            if code.get() == NO_CONTENT && outcome != Outcome::Refused && wants_ok {
                return Verdict::Pass;
            }
            let kept = match outcome {
                Outcome::Accepted => code.is_success(),
                Outcome::Refused => code.is_client_error(),
                Outcome::Either | Outcome::RejectedOrValid => code.is_success() || code.is_client_error(),
            };
            let open = match rule.code {
                CodeBasis::Stated | CodeBasis::Base => false,
                CodeBasis::Inferred | CodeBasis::Example | CodeBasis::Unspecified | CodeBasis::None => true,
            };
            match (kept && open, outcome) {
                // What is served afterwards decides, and not the code (reading C-39).
                (true, Outcome::Accepted | Outcome::RejectedOrValid) => Verdict::Pass,
                (true, Outcome::Refused | Outcome::Either) => Verdict::Warn,
                (false, _) => rule.breach.into(),
            }
        }
    }
}

/// Whether a response says nothing about the contract: overload and outage (APPT-ERR-20, design section 4.4).
pub(super) fn says_nothing(code: StatusCode) -> bool {
    matches!(code.get(), 429 | 502 | 503 | 504)
}

/// Whether a response to the run's own credentials says that they are not, or no longer, accepted: what else is wrong with
/// such a request, or right, was not looked at.
pub(super) fn shuts_out(code: StatusCode) -> bool {
    code.get() == 401
}
