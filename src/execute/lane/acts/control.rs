//! What the end of an act says about the refusals before it: their control, or that they have to be repeated.

use crate::execute::evidence::{ControlSeen, ExchangeId};
use crate::plan::Role;
use crate::words::fhir::StatusCode;

/// What is known when everything of an act was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed {
    /// No step leads on from the act.
    pub at_end: bool,
    /// The read after everything that was tried.
    pub after: Option<ExchangeId>,
    /// It shows what the read before it showed.
    pub unchanged: bool,
    /// The step that leads on, where one was sent.
    pub control: Option<ExchangeId>,
    /// The step that leads on was accepted.
    pub accepted: bool,
}

impl Closed {
    /// The control of a case of the act; `None` where it has to be repeated by itself.
    pub fn of(&self, role: Role) -> Option<ControlSeen> {
        match role {
            Role::Look => Some(ControlSeen::NotNeeded),
            Role::Refusal | Role::Change { .. } | Role::Probe { .. } if !self.unchanged => None,
            Role::Refusal | Role::Change { .. } | Role::Probe { .. } if self.at_end => {
                self.after.map(ControlSeen::Twin)
            }
            Role::Refusal | Role::Change { .. } | Role::Probe { .. } => {
                self.control.filter(|_| self.accepted).map(ControlSeen::Exchange)
            }
        }
    }

    /// What stands in the trial of a case that has to be repeated.
    pub fn doubtful() -> ControlSeen {
        ControlSeen::Missing("the control of the batch was not accepted".to_owned())
    }
}

/// The control of a refusal that was repeated by itself: the step after it with the status of its response, where one was
/// sent; else the read after it, where that shows no change.
pub(super) fn control_alone(
    control: Option<(ExchangeId, Option<StatusCode>)>,
    after: ExchangeId,
    unchanged: bool,
) -> ControlSeen {
    match control {
        Some((id, Some(status))) if status.is_success() => ControlSeen::Exchange(id),
        Some((_, Some(status))) => ControlSeen::Missing(format!("the response to the control after it was {status}")),
        Some((_, None)) => ControlSeen::Missing("the control after it had no response".to_owned()),
        None if unchanged => ControlSeen::Twin(after),
        None => ControlSeen::Missing("the appointment changed, and no step can follow".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn closed(at_end: bool, unchanged: bool, control: Option<ExchangeId>, accepted: bool) -> Closed {
        Closed { at_end, after: Some(5), unchanged, control, accepted }
    }

    #[test]
    fn a_refusal_counts_where_nothing_changed_and_the_step_after_it_was_accepted() {
        for (closed, expected) in [
            (closed(false, true, Some(6), true), Some(ControlSeen::Exchange(6))),
            (closed(false, true, Some(6), false), None),
            (closed(false, true, None, false), None),
            (closed(false, false, Some(6), true), None),
            (closed(true, true, None, false), Some(ControlSeen::Twin(5))),
            (closed(true, false, None, false), None),
        ] {
            assert_eq!(closed.of(Role::Refusal), expected, "{closed:?}");
        }
    }

    #[test]
    fn a_look_needs_no_control() {
        assert_eq!(closed(false, false, None, false).of(Role::Look), Some(ControlSeen::NotNeeded));
    }

    #[test]
    fn a_repeated_refusal_says_what_became_of_its_control() {
        let status = |code| Some(StatusCode::new(code).unwrap());
        let missing = |text: &str| ControlSeen::Missing(text.to_owned());
        for (control, unchanged, expected) in [
            (Some((6, status(200))), false, ControlSeen::Exchange(6)),
            (Some((6, status(409))), true, missing("the response to the control after it was 409")),
            (Some((6, None)), true, missing("the control after it had no response")),
            (None, true, ControlSeen::Twin(5)),
            (None, false, missing("the appointment changed, and no step can follow")),
        ] {
            assert_eq!(control_alone(control, 5, unchanged), expected);
        }
    }
}
